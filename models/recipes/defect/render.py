"""Writes training pairs, the shop's catalogue photos and the image fixtures; all from seeds.

    python render.py pairs DIR --count 600 [--first 0]
    python render.py shop ../../../shops/demo/photos
    python render.py fixtures ../../../image-fixtures
"""

from __future__ import annotations

import argparse
import os

import cv2
import numpy as np

from products import PARTS, PRODUCTS
from scene import develop, photograph
from surface import KINDS, damage


def pair(seed, side=448):
    """One customer's photo and its catalogue photo, as arrays to be saved."""
    rng = np.random.default_rng([7, seed])
    name = list(PRODUCTS)[seed % len(PRODUCTS)]
    kind = KINDS[int(rng.choice(6, p=[0.32, 0.14, 0.16, 0.14, 0.14, 0.10]))]
    clean = rng.random() < 0.15
    variant = 0 if rng.random() < 0.2 else 1 + seed
    make = PRODUCTS[name]
    scale = 1.6 if name != "speaker" else 2.2
    left_out = str(rng.choice(PARTS[name])) if kind == "missing_part" and not clean else None
    whole = make(variant, scale)
    hurt = make(variant, scale, left_out)
    mask = np.zeros_like(hurt.alpha)
    if left_out:
        mask = (whole.parts[left_out] > 0.5).astype(np.float32)
    elif not clean:
        ys, xs = np.nonzero(hurt.alpha > 0.9)
        i = int(rng.integers(len(xs)))
        at = (xs[i] / scale - hurt.pad, ys[i] / scale - hurt.pad)
        size = {"scratch": (12, 75), "crack": (14, 60), "dent": (10, 36), "stain": (8, 36), "chip": (6, 22)}[kind]
        mask = damage(hurt, rng, kind, at, rng.uniform(*size))
    ref_linear, ref = photograph(whole, np.zeros_like(mask), (side, side), rng, studio=True)
    if rng.random() < 0.3:  # the catalogue photo was itself taken by phone
        ref_linear, ref = photograph(whole, np.zeros_like(mask), (side, side), rng)
        reference = develop(ref_linear, rng)
    else:
        reference = develop(ref_linear, rng, grade="studio")
    linear, photo = photograph(hurt, mask, (side, side), rng)
    image = develop(linear, rng)
    image = cv2.imdecode(cv2.imencode(".jpg", image, [1, int(rng.integers(70, 96))])[1], 1)
    return dict(photo=image, reference=reference, mask=photo.mask, product=photo.product, front=photo.front,
                ref_front=ref.front, ref_product=ref.product, kind=KINDS.index(kind), name=name)


def pairs(folder, first, count):
    os.makedirs(folder, exist_ok=True)
    for seed in range(first, first + count):
        path = os.path.join(folder, f"{seed:06d}.npz")
        if not os.path.exists(path):
            np.savez(path + ".tmp.npz", **pair(seed))
            os.replace(path + ".tmp.npz", path)


def main():
    cv2.setNumThreads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["pairs", "shop", "fixtures"])
    parser.add_argument("folder")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=600)
    args = parser.parse_args()
    if args.what == "pairs":
        pairs(args.folder, args.first, args.count)
    else:
        import fixtures

        {"shop": fixtures.shop, "fixtures": fixtures.fixtures}[args.what](args.folder)


if __name__ == "__main__":
    main()
