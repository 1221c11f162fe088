"""Evaluates the exported defect net on what was held out of training, and prints a table.

    python evaluate.py ../../weights/defect.onnx --data ../../../../shared/data/vision --pairs DIR

Rows: synthetic damage on the last 40 room photos, with reference and without; rendered pairs from seed 100000 on, aligned by
their true geometry with a little jitter; magnetic tiles with odd numbers; KolektorSDD (never trained on, evaluation only).
IoU is pooled over all pixels at a fixed probability of .5. "silent" is the share of undamaged pictures without any region of
6 pixels or more at .5 on the output grid, which is what Ermu would report.
"""

from __future__ import annotations

import argparse
import glob
import os

import cv2
import numpy as np
import onnxruntime

from synth import KINDS, SIDE, RealPhotos, Rendered, Tiles, nudge, shoot
from train import room_photos


class Tally:
    """Scores of one row."""

    def __init__(self, name):
        self.name, self.scores, self.labels = name, [], []
        self.pos, self.neg = np.zeros(1001), np.zeros(1001)
        self.both = self.either = self.quiet = self.clean = 0
        self.confusion = np.zeros((6, 6), int)

    def add(self, p, kind, target, inside=None):
        """`p` (h, w), `kind` (6, h, w), `target` at the same size with kind + 1 or 0."""
        if inside is not None:
            p = p * inside
        hurt = target > 0
        bins = (p * 1000).astype(int)
        self.pos += np.bincount(bins[hurt], minlength=1001)
        self.neg += np.bincount(bins[~hurt], minlength=1001)
        said = p >= 0.5
        self.both += (said & hurt).sum()
        self.either += (said | hurt).sum()
        self.scores.append(cv2.blur(p, (3, 3)).max())
        self.labels.append(hurt.any())
        if not hurt.any():
            self.clean += 1
            _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(said.astype(np.uint8), np.ones((3, 3), np.uint8)))
            self.quiet += not any(s[4] >= 14 for s in stats[1:])
        for k in np.unique(target[hurt]):
            where = target == k
            self.confusion[k - 1, (kind[:, where] * p[where]).sum(1).argmax()] += 1

    def row(self):
        area = lambda pos, neg: float(((neg.cumsum() - neg / 2) * pos).sum() / max(pos.sum() * neg.sum(), 1))
        s, l = np.array(self.scores), np.array(self.labels)
        bins = (s * 1000).astype(int)
        image = area(np.bincount(bins[l], minlength=1001), np.bincount(bins[~l], minlength=1001)) if l.any() and (~l).any() else float("nan")
        kinds = self.confusion.trace() / max(self.confusion.sum(), 1)
        silent = f"{self.quiet / self.clean:.3f} of {self.clean}" if self.clean else "–"
        return (f"| {self.name} | {len(l)} | {image:.3f} | {area(self.pos, self.neg):.3f} | {self.both / max(self.either, 1):.3f} "
                f"| {kinds:.2f} | {silent} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--data", required=True)
    parser.add_argument("--pairs", required=True)
    parser.add_argument("--count", type=int, default=300)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    net = onnxruntime.InferenceSession(args.model, options, providers=["CPUExecutionProvider"])

    def run(photo, reference, has):
        planes = lambda a: np.ascontiguousarray(a[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32))
        damage, kind = net.run(None, {"photo": planes(photo), "reference": planes(reference), "has_reference": np.float32([has])})
        return damage[0, 0], kind[0]

    half = lambda t: t.reshape(t.shape[0] // 2, 2, t.shape[1] // 2, 2).max((1, 3))
    rooms = RealPhotos(room_photos(args.data)[1])
    print("| held-out | pictures | image AUROC | pixel AUROC | IoU at .5 | kind | silent |\n|---|---|---|---|---|---|---|", flush=True)
    by_kind = np.zeros((6, 6), int)
    for name, has in (("synthetic, with reference", True), ("synthetic, without", False)):
        rng, tally = np.random.default_rng(77), Tally(name)
        for i in range(args.count):
            photo, reference, target, _ = rooms.sample(rng, has)
            tally.add(*run(photo, reference, float(has)), half(target))
        by_kind += tally.confusion
        print(tally.row(), flush=True)
    rng, tally = np.random.default_rng(78), Tally("same photo twice, other light")
    for i in range(args.count // 2):
        base = rooms.crop(rng)
        reference = cv2.warpPerspective(shoot(base, rng, 0.35), nudge(rng, SIDE, 0.9), (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT)
        tally.add(*run(shoot(base, rng), reference, 1.0), np.zeros((SIDE // 2, SIDE // 2), np.uint8))
    print(tally.row(), flush=True)
    rendered = Rendered(args.pairs, 100000)
    for name, has in (("rendered, with reference", 1.0), ("rendered, without", 0.0)):
        rng, tally = np.random.default_rng(79), Tally(name)
        for f in rendered.files:
            d = rendered.load(f)
            if not has and int(d["kind"]) == KINDS.index("missing_part") and d["mask"].any():
                continue
            square = rendered.square(d)
            photo, reference, mask = rendered.aligned(d, 384, square, nudge(rng, 384, 0.6))
            inside, _, _ = rendered.aligned({**d, "photo": d["product"]}, 384, square)
            inside = half((cv2.erode(inside, np.ones((5, 5))) > 128).astype(np.uint8))
            target = half(np.where(mask > 100, int(d["kind"]) + 1, 0).astype(np.uint8)) * inside
            tally.add(*run(photo, reference, has), target, inside)
        by_kind += tally.confusion
        print(tally.row(), flush=True)
    tiles, tally = Tiles(os.path.join(args.data, "magnetic_tile"), 1), Tally("magnetic tile, test half")
    for i in range(len(tiles.items)):
        img, mask, kind = tiles.read(i)
        h, w = (max(round(v * 256 / min(img.shape[:2]) / 16), 1) * 16 for v in img.shape[:2])
        h, w = min(h, 640), min(w, 640)
        photo = cv2.resize(img, (w, h))
        target = cv2.resize(np.where(mask > 100, kind + 1, 0).astype(np.uint8), (w, h), interpolation=cv2.INTER_NEAREST)
        tally.add(*run(photo, photo, 0.0), half(target))
    print(tally.row(), flush=True)
    tally = Tally("KolektorSDD, zero-shot")
    root = os.path.join(args.data, "kolektorsdd_yolo", "Datasets")
    for f in sorted(glob.glob(os.path.join(root, "images", "*", "*.jpg"))):
        img = cv2.imread(f)
        label = f.replace("/images/", "/labels/")[:-4] + ".txt"
        h, w = (round(v * 256 / min(img.shape[:2]) / 16) * 16 for v in img.shape[:2])
        target = np.zeros((h, w), np.uint8)
        for line in open(label) if os.path.exists(label) else []:
            xy = np.array(line.split()[1:], float).reshape(-1, 2) * [w, h]
            cv2.fillPoly(target, [xy.astype(np.int32)], KINDS.index("crack") + 1)
        photo = cv2.resize(img, (w, h), interpolation=cv2.INTER_AREA)
        tally.add(*run(photo, photo, 0.0), half(target))
    print(tally.row(), flush=True)
    print("\nkind, given the region (rows are true):", *(f"\n  {k:13}" + " ".join(f"{n:4d}" for n in r) for k, r in zip(KINDS, by_kind)))


if __name__ == "__main__":
    main()
