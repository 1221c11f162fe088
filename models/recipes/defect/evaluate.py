"""Evaluates exported defect nets on what was held out of training, and prints a table for each.

    python evaluate.py defect.onnx [other.onnx] --data ../../../../shared/data/vision --pairs DIR

Rows (`sources.py` says what is held out): damage drawn on room photos, with reference and without; the same photo twice;
rendered pairs, aligned by their true geometry with a little jitter; magnetic tiles; KolektorSDD (never trained on, evaluation
only); printed boards with their templates. IoU is pooled over all pixels at a fixed probability of .5. "silent" is the share of
undamaged pictures on which nothing would be reported; "sure, wrong" the share of wrong places among those at .6 or more.
Choices are made by `--part calibrate`, which has drawn surfaces and boards in the place of KolektorSDD and DeepPCB.
"""

from __future__ import annotations

import argparse
import glob
import os

import cv2
import numpy as np

from findings import Net, expected_calibration_error, is_right, places
from sources import MISSING, Boards, Rendered, Rooms, Scanned, Surfaces, Tiles, room_files
from surface import KINDS
from synth import OTHER, SIDE, Draws, nudge, shoot, warp


def half(t):
    return t.reshape(t.shape[0] // 2, 2, t.shape[1] // 2, 2).max((1, 3))


class Tally:
    """Scores of one row."""

    def __init__(self, name):
        self.name, self.scores, self.labels = name, [], []
        self.pos, self.neg = np.zeros(1001), np.zeros(1001)
        self.both = self.either = self.quiet = self.clean = 0
        self.confusion = np.zeros((6, 6), int)
        self.sure, self.right = [], []

    def add(self, net, photo, reference, has, target, inside=None):
        """`target` and `inside` at half size."""
        p, kind = net(photo, reference, has)
        p = p if inside is None else p * inside
        hurt = target > 0
        bins = (p * 1000).astype(int)
        self.pos += np.bincount(bins[hurt], minlength=1001)
        self.neg += np.bincount(bins[~hurt], minlength=1001)
        said = p >= 0.5
        self.both += (said & hurt).sum()
        self.either += (said | hurt).sum()
        self.scores.append(cv2.blur(p, (3, 3)).max())
        self.labels.append(hurt.any())
        found = places(p, kind)
        self.sure += [net.confidence(place, has) for place in found]
        self.right += [is_right(place, hurt) for place in found]
        if not hurt.any():
            self.clean += 1
            self.quiet += not found
        for k in np.unique(target[hurt & (target < OTHER)]):
            self.confusion[k - 1, (kind[:, target == k]).sum(1).argmax()] += 1
        return found

    def row(self):
        area = lambda pos, neg: float(((neg.cumsum() - neg / 2) * pos).sum() / max(pos.sum() * neg.sum(), 1))
        s, l = np.array(self.scores), np.array(self.labels, bool)
        order = np.argsort(np.argsort(s)) + 1.0
        n, m = l.sum(), (~l).sum()
        image = f"{(order[l].sum() - n * (n + 1) / 2) / (n * m):.3f}" if n and m else "–"
        pixel = f"{area(self.pos, self.neg):.3f}" if self.pos.sum() and self.neg.sum() else "–"
        kinds = f"{self.confusion.trace() / self.confusion.sum():.2f}" if self.confusion.sum() else "–"
        silent = f"{self.quiet / self.clean:.3f} of {self.clean}" if self.clean else "–"
        taken = [r for c, r in zip(self.sure, self.right) if c >= 0.6]
        wrong = f"{1 - np.mean(taken):.3f} of {len(taken)}" if taken else "–"
        iou = f"{self.both / self.either:.3f}" if n else "–"
        return (f"| {self.name} | {len(l)} | {image} | {pixel} | {iou} | {kinds} | {silent} "
                f"| {wrong} | {expected_calibration_error(self.sure, self.right):.3f} |")


def boards(net, data):
    """Recall and precision of boxes: a box counts as found where a place's middle lies in it or overlaps it by a third."""
    source = Scanned(data)
    found = wanted = right = total = quiet = 0
    tally = Tally("DeepPCB with template, zero-shot")
    for i in range(len(source.files)):
        board, template, boxes = source.read(i)
        target = half(source.mask(board, template, boxes) * OTHER)
        seen = [np.array(place["box"]) * 2 for place in tally.add(net, board, template, 1.0, target)]
        hits = np.array([[touches(s, b) for b in boxes] for s in seen]).reshape(len(seen), len(boxes))
        wanted, found = wanted + len(boxes), found + hits.any(0).sum()
        total, right = total + len(seen), right + hits.any(1).sum()
        quiet += not places(*net(template, template, 1.0))
    count = len(source.files)
    return tally, f"DeepPCB boxes: recall {found / wanted:.3f}, precision {right / max(total, 1):.3f}; identical pairs silent {quiet / count:.3f} of {count}"


def touches(a, b):
    across = min(a[2], b[2]) - max(a[0], b[0])
    down = min(a[3], b[3]) - max(a[1], b[1])
    area = lambda r: (r[2] - r[0]) * (r[3] - r[1])
    both = max(across, 0) * max(down, 0)
    x, y = (a[0] + a[2]) / 2, (a[1] + a[3]) / 2
    return both / (area(a) + area(b) - both) >= 0.33 or (b[0] <= x <= b[2] and b[1] <= y <= b[3])


def kolektor(data):
    root = os.path.join(data, "kolektorsdd_yolo", "Datasets")
    for f in sorted(glob.glob(os.path.join(root, "images", "*", "*.jpg"))):
        img = cv2.imread(f)
        label = f.replace("/images/", "/labels/")[:-4] + ".txt"
        h, w = (round(v * 256 / min(img.shape[:2]) / 16) * 16 for v in img.shape[:2])
        target = np.zeros((h, w), np.uint8)
        for line in open(label) if os.path.exists(label) else []:
            xy = np.array(line.split()[1:], float).reshape(-1, 2) * [w, h]
            cv2.fillPoly(target, [xy.astype(np.int32)], OTHER)
        yield cv2.resize(img, (w, h), interpolation=cv2.INTER_AREA), half(target)


def drawn_anew(net, source, name, seed, count):
    """A source without pictures of its own."""
    draws, tally = Draws(seed), Tally(name)
    for _ in range(count):
        photo, reference, target, flag = source.sample(draws)
        tally.add(net, photo, photo if reference is None else reference, flag, half(target))
    return tally


def evaluate(net, args):
    print("| held-out | pictures | image AUROC | pixel AUROC | IoU at .5 | kind | silent | sure, wrong | calibration error |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    by_kind = np.zeros((6, 6), int)
    rooms = Rooms(room_files(args.data, args.part))
    for name, has, unseen in (("with reference", True, True), ("without", False, True), ("with reference, can be seen", True, False), ("without, can be seen", False, False)):
        draws, tally = Draws([77, int(has)]), Tally(f"drawn on room photos, {name}")
        for _ in range(args.count):
            photo, reference, target, _ = rooms.sample(draws, has, 0.7, any_damage=unseen)
            tally.add(net, photo, reference, float(has), half(target))
        by_kind += tally.confusion * unseen
        print(tally.row(), flush=True)
    draws, tally = Draws(78), Tally("same photo twice, other light")
    for _ in range(args.count // 2):
        base = rooms.crop(draws)
        reference = warp(shoot(base, draws, 0.35), nudge(draws, SIDE, 0.9))
        tally.add(net, shoot(base, draws), reference, 1.0, np.zeros((SIDE // 2, SIDE // 2), np.uint8))
    print(tally.row(), flush=True)
    rendered = Rendered(args.pairs, args.part)
    for name, has in (("rendered, with reference", 1.0), ("rendered, without", 0.0)):
        draws, tally = Draws(79), Tally(name)
        for f in rendered.files:
            r = rendered.load(f)
            if not has and int(r["kind"]) == MISSING and r["mask"].any():
                continue
            square = rendered.square(r)
            photo, reference, mask = rendered.aligned(r, 384, square, nudge(draws, 384, 0.6))
            inside, _, _ = rendered.aligned({**r, "photo": r["product"]}, 384, square)
            inside = half((cv2.erode(inside, np.ones((5, 5))) > 128).astype(np.uint8))
            tally.add(net, photo, reference, has, half(np.where(mask > 100, int(r["kind"]) + 1, 0).astype(np.uint8)) * inside, inside)
        by_kind += tally.confusion
        print(tally.row(), flush=True)
    tiles, tally = Tiles(args.data, args.part), Tally("magnetic tile")
    for i in range(len(tiles.items)):
        photo, target = tiles.scaled(i)
        tally.add(net, photo, photo, 0.0, half(target))
    by_kind += tally.confusion
    print(tally.row(), flush=True)
    if args.part == "test":
        tally = Tally("KolektorSDD, zero-shot")
        for photo, target in kolektor(args.data):
            tally.add(net, photo, photo, 0.0, target)
        print(tally.row(), flush=True)
        tally, told = boards(net, args.data)
        print(tally.row(), told, sep="\n", flush=True)
    else:
        for name, source in (("surfaces", Surfaces()), ("boards, drawn", Boards())):
            print(drawn_anew(net, source, name, 80, args.count // 2).row(), flush=True)
    print(f"kind, given the region: {by_kind.trace() / by_kind.sum():.3f} (rows are true)", *(f"\n  {k:13}" + " ".join(f"{n:4d}" for n in r) for k, r in zip(KINDS, by_kind)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--data", required=True)
    parser.add_argument("--pairs", required=True)
    parser.add_argument("--part", default="test", choices=["test", "calibrate"], help="calibrate: what choices are made by")
    parser.add_argument("--count", type=int, default=300)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    for model in args.models:
        print(f"\n{model}")
        evaluate(Net(model), args)


if __name__ == "__main__":
    main()
