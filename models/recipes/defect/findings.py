"""The net as Ermu runs it: probabilities, places, and how sure each place is. Mirrors crates/vision/src/regions.rs."""

from __future__ import annotations

import cv2
import numpy as np
import onnxruntime

THRESHOLD, MARGIN, FEWEST_PX = 0.5, 0.3, 6
KEYS = {1.0: "confidence_with_reference", 0.0: "confidence_alone"}


class Net:
    """An exported net and, if it has been calibrated, its calibration."""

    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        stored = self.session.get_modelmeta().custom_metadata_map
        self.weights = {flag: np.array(stored[key].split(), float) for flag, key in KEYS.items() if key in stored}

    def __call__(self, photo, reference, has_reference):
        """Damage (h, w) and kinds (6, h, w) at half size of BGR u8 pictures."""
        planes = lambda a: np.ascontiguousarray(a[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32))
        damage, kind = self.session.run(None, {"photo": planes(photo), "reference": planes(reference), "has_reference": np.float32([has_reference])})
        return damage[0, 0], kind[0]

    def confidence(self, place, has_reference):
        """Probability that the place is damage; for a net without calibration what Ermu said before there was one."""
        weights = self.weights.get(float(has_reference))
        if weights is None:
            return float(place["surest"] * min(place["pixels"] / 16, 1) ** 0.25)
        return float(1 / (1 + np.exp(-(features(place) @ weights))))


def places(damage, kind, inside=None):
    """Connected places of damage: mask, box (x0, y0, x1, y1), kind, pixels, and the mean of their surest quarter."""
    damage = damage if inside is None else damage * inside
    hurt = damage >= MARGIN
    # Pixels within five of each other are one place.
    _, labels = cv2.connectedComponents(cv2.dilate(hurt.astype(np.uint8), np.ones((5, 5), np.uint8)), connectivity=8)
    labels = labels * hurt
    out = []
    for label in np.unique(labels[labels > 0]):
        mask = labels == label
        values = np.sort(damage[mask])[::-1]
        if (values >= THRESHOLD).sum() < FEWEST_PX:
            continue
        ys, xs = np.nonzero(mask)
        out.append({
            "mask": mask, "box": (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1), "pixels": len(values),
            "surest": float(values[: -(-len(values) // 4)].mean()), "kind": int((kind[:, mask] * damage[mask]).sum(1).argmax()),
        })
    return out


def features(place):
    """What confidence is computed from."""
    p = np.clip(place["surest"], 1e-4, 1 - 1e-4)
    return np.array([np.log(p / (1 - p)), np.log(min(place["pixels"], 400) / 16), 1.0])


def is_right(place, hurt):
    """Whether at least half of a place's sure pixels lie on damage or within two pixels of it. `hurt` is u8 or bool."""
    near = cv2.dilate(hurt.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return bool(near[place["mask"]].mean() >= 0.5)


def expected_calibration_error(confidence, right, bins=10):
    """Mean distance between how sure and how often right, over bins of equal width."""
    confidence, right = np.asarray(confidence, float), np.asarray(right, float)
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum(abs(confidence[which == b].sum() - right[which == b].sum()) for b in range(bins)) / max(len(right), 1)
