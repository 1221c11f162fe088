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
    """Newton's method; the weak prior (slope 1 on the logit, nothing else) keeps few samples from absurd weights."""
    w = np.zeros(x.shape[1])
    prior = np.array([1.0, 0.0, 0.0])
    w[:] = prior
    for _ in range(50):
        p = 1 / (1 + np.exp(-(x @ w)))
        gradient = x.T @ (p - y) + ridge * (w - prior)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + ridge * np.eye(len(w))
        step = np.linalg.solve(hessian, gradient)
        w -= step
        if np.abs(step).max() < 1e-8:
            break
    return w


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--data", required=True)
    parser.add_argument("--pairs", required=True)
    parser.add_argument("--count", type=int, default=1200)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    net, draws = Net(args.model), Draws([3, 41])
    mix = Mix(args.data, args.pairs, "calibrate")
    rows = {flag: ([], []) for flag in KEYS}
    for _ in range(args.count):
        photo, reference, target, flag = mix.sample(draws)
        hurt = target.reshape(target.shape[0] // 2, 2, target.shape[1] // 2, 2).max((1, 3)) > 0
        for place in places(*net(photo, reference, flag)):
            rows[flag][0].append(features(place))
            rows[flag][1].append(is_right(place, hurt))
    model = onnx.load(args.model)
    kept = [p for p in model.metadata_props if p.key not in KEYS.values()]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    for flag, (x, y) in rows.items():
        x, y = np.array(x), np.array(y, float)
        # Half is fitted to see what it is worth on the other half; what is stored is fitted to all.
        half = fit(x[::2], y[::2])
        apart = expected_calibration_error(1 / (1 + np.exp(-(x[1::2] @ half))), y[1::2])
        w = fit(x, y)
        print(f"{KEYS[flag]}: {len(y)} places, {y.mean():.3f} right, weights {np.round(w, 3)}, calibration error on the other half {apart:.3f}")
        model.metadata_props.add(key=KEYS[flag], value=" ".join(f"{v:.5f}" for v in w))
    onnx.save(model, args.model)


if __name__ == "__main__":
    main()
