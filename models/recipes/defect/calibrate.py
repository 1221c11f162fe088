"""Fits how sure a place is to how often such places are right, on the calibration split, and writes that into the ONNX.

    python calibrate.py defect.onnx --data ../../../../shared/data/vision --pairs DIR

Logistic regression (Platt 1999) of "right" on the logit of a place's surest quarter and the logarithm of its size, apart for
places found with a reference and without.
"""

from __future__ import annotations

import argparse

import cv2
import numpy as np
import onnx

from findings import KEYS, Net, expected_calibration_error, features, is_right, places
from sources import Mix
from synth import Draws


def fit(x, y, ridge=1.0):
    """Newton's method with halved steps; the weak prior (slope 1 on the logit, nothing else) keeps few samples from absurd
    weights."""
    prior = np.array([1.0, 0.0, 0.0])
    cost = lambda w: np.logaddexp(0, x @ w).sum() - y @ (x @ w) + ridge / 2 * ((w - prior) ** 2).sum()
    w = np.zeros(3)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -50, 50)))
        gradient = x.T @ (p - y) + ridge * (w - prior)
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge * np.eye(3), gradient)
        while cost(w - step) > cost(w) and np.abs(step).max() > 1e-9:
            step = step / 2
        w = w - step
        if np.abs(step).max() < 1e-8:
            break
    return w


def found_places(net, mix, seed, count):
    """Features of every place that the net finds, and whether it is right, by what it was compared with."""
    draws, rows = Draws(seed), {flag: ([], []) for flag in KEYS}
    for _ in range(count):
        photo, reference, target, flag = mix.sample(draws)
        hurt = target.reshape(target.shape[0] // 2, 2, target.shape[1] // 2, 2).max((1, 3)) > 0
        for place in places(*net(photo, reference, flag)):
            rows[flag][0].append(features(place))
            rows[flag][1].append(float(is_right(place, hurt)))
    return {flag: (np.array(x), np.array(y)) for flag, (x, y) in rows.items()}


def bar_for(confidence, right, wrong=0.02, fewest=20):
    """The lowest confidence from which at most that share is wrong, of at least so many accepted; infinite where there is none."""
    order = np.argsort(-confidence)
    share = np.cumsum(1 - right[order]) / np.arange(1, len(right) + 1)
    good = [i for i in range(fewest - 1, len(right)) if share[i] <= wrong]
    return float(confidence[order][good[-1]]) if good else np.inf


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--data", required=True)
    parser.add_argument("--pairs", required=True)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--fit", default="calibrate", help="part to fit on: calibrate, or test-even for a net that was trained on that")
    parser.add_argument("--check", default="test", help="part that it is checked on: test, or test-odd")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    net = Net(args.model)
    fitted = found_places(net, Mix(args.data, args.pairs, args.fit), [3, 41], args.count)
    checked = found_places(net, Mix(args.data, args.pairs, args.check), [3, 42], args.count // 2)
    model = onnx.load(args.model)
    kept = [p for p in model.metadata_props if p.key not in KEYS.values()]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    sigmoid = lambda x, w: 1 / (1 + np.exp(-(x @ w)))
    for flag, (x, y) in fitted.items():
        w, (cx, cy) = fit(x, y), checked[flag]
        before, after = (expected_calibration_error(sigmoid(cx, v), cy) for v in (np.array([1.0, 0, 0]), w))
        bar = bar_for(sigmoid(x, w), y)
        print(f"{KEYS[flag]}: {len(y)} places, {y.mean():.3f} right, weights {np.round(w, 3)}; at most 2 % wrong from {bar:.3f}")
        print(f"  checked on {len(cy)} others, {cy.mean():.3f} right: calibration error {before:.3f} before, {after:.3f} after")
        for bar in (0.6, 0.8, 0.9, bar):
            taken = sigmoid(cx, w) >= bar
            print(f"  from {bar:.3f}: {taken.mean():.3f} accepted, {1 - cy[taken].mean() if taken.any() else 0:.3f} of them wrong")
        model.metadata_props.add(key=KEYS[flag], value=" ".join(f"{v:.5f}" for v in w))
    onnx.save(model, args.model)


if __name__ == "__main__":
    main()
