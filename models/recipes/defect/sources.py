"""Where samples come from, and which of each source is for training, for calibration and for the test.

| source | train | calibrate | test |
|---|---|---|---|
| room photos, sorted by name | the first 140 | the next 20 | the last 40 |
| rendered pairs, by seed | below 240 | 240 to 99,999 | from 100,000 |
| magnetic tiles, sorted by name, each class | even, but for every tenth | every tenth | odd |

Surfaces and boards are drawn, each anew. KolektorSDD, DeepPCB, toys and cookies are for the test alone.

A sample is photo, reference (both u8 BGR, SIDE × SIDE), target (see `synth.OTHER`), and 1.0 where the reference is to be used.
"""

from __future__ import annotations

import glob
import os

import cv2
import numpy as np

from surface import KINDS
from boards import board, etched, faults, spoilt
from materials import material
from synth import OTHER, SIDE, hurt, nudge, shoot, spot, warp

MISSING = KINDS.index("missing_part")
# Of the texture's own spread, what damage must change to be told from it: without a reference, and beside one.
PLAIN, BESIDE = 1.0, 0.5


def of_part(items_by_part, part):
    """The items of a part, or of `test-even` and `test-odd`, which halve the test: to calibrate a net that was trained on
    what is for calibration now."""
    name, _, which = part.partition("-")
    return items_by_part[name][{"": slice(None), "even": slice(0, None, 2), "odd": slice(1, None, 2)}[which]]


def room_files(data, part):
    files = sorted(glob.glob(os.path.join(data, "doordetect_640", "images", "*.jpg")))
    return of_part({"train": files[:140], "calibrate": files[140:160], "test": files[160:]}, part)


def is_plain(before, after, where, least):
    """Whether damage stands out: it changes the picture by 4 % of white and by so much of what the picture itself varies there.
    What nobody could see is no damage, and teaches nothing but false alarms."""
    if not where.any():
        return False
    tone = before.mean(-1)
    grain = tone[cv2.dilate(where.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0].std()
    return bool(np.abs(after.mean(-1) - tone)[where].mean() >= max(0.04, least * grain))


def damaged_pair(base, d, with_reference=None, share_hurt=None, any_damage=False):
    """A picture (float32 BGR 0…1), perhaps damaged, photographed twice. `any_damage`: also what nobody could see."""
    has = d.random() < 0.65 if with_reference is None else with_reference
    if has and d.random() < 0.15:
        # What the catalogue photo shows too is the product, whatever it looks like.
        base, _ = hurt(base, d, str(d.choice(KINDS[:5])))
    target = np.zeros((SIDE, SIDE), np.uint8)
    photo = base
    if d.random() < (share_hurt or (0.75 if has else 0.6)):
        for _ in range(1 if d.random() < 0.75 else 2):
            kind = str(d.choice(KINDS if has else KINDS[:5], p=[0.26, 0.2, 0.15, 0.14, 0.15, 0.1] if has else [0.28, 0.22, 0.17, 0.16, 0.17]))
            drawn, m = hurt(photo, d, kind)
            if any_damage or is_plain(photo, drawn, m, BESIDE if has else PLAIN):
                photo = drawn
                target[m] = KINDS.index(kind) + 1
    if has and d.random() < 0.06:  # the catalogue photo itself
        same = shoot(photo, d, 0.3)
        return same, same.copy(), np.zeros_like(target), 1.0
    reference = warp(shoot(base, d, 0.35), nudge(d, SIDE, d.choice([0.0, 0.7, 1.6, 3.0], p=[0.2, 0.4, 0.3, 0.1])))
    photo = shoot(photo, d)
    if has and d.random() < 0.2:  # another ground around the thing
        m = thing(d)
        reference = (reference * m[..., None] + d.uniform(150, 250) * (1 - m[..., None])).astype(np.uint8)
        target[m < 0.5] = 0
    return photo, reference, target, float(has)


def thing(d):
    """The outline of some thing as a mask 0…1."""
    r, *_ = spot(d, d.uniform(80, 150), 0.1)
    return np.clip((1 - r) * 20, 0, 1)


class Rooms:
    """Crops of photos of rooms; a third of them made smooth, as most products are."""

    def __init__(self, files):
        self.files, self.cache = files, {}

    def crop(self, d):
        f = self.files[int(d.integers(len(self.files)))]
        if f not in self.cache:
            self.cache[f] = cv2.imread(f)
        img = self.cache[f]
        h, w = img.shape[:2]
        s = min(d.uniform(140, 420), h, w)
        x, y = d.uniform(0, w - s + 1e-3) + s / 2, d.uniform(0, h - s + 1e-3) + s / 2
        m = cv2.getRotationMatrix2D((x, y), np.degrees(d.uniform(-0.3, 0.3)), SIDE / s)
        m[:, 2] += SIDE / 2 - np.array([x, y])
        out = cv2.warpAffine(img, m, (SIDE, SIDE), flags=cv2.INTER_AREA if s > SIDE else cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        out = out[:, :: int(d.choice([-1, 1]))]
        if d.random() < 0.3:
            out = out[:, :, d.permutation(3)]
        if d.random() < 0.15:
            out = np.repeat(cv2.cvtColor(np.ascontiguousarray(out), cv2.COLOR_BGR2GRAY)[..., None], 3, 2)
        out = out.astype(np.float32) / 255
        if d.random() < 0.3:
            out = np.clip(cv2.GaussianBlur(out, (0, 0), d.uniform(3, 14)) * np.float32(d.uniform(0.4, 1.2)), 0, 1)
        return out

    def sample(self, d, with_reference=None, share_hurt=None, any_damage=False):
        return damaged_pair(self.crop(d), d, with_reference, share_hurt, any_damage)


class Surfaces:
    """Materials that are drawn, damaged faintly and strongly, darker and lighter than they are."""

    def sample(self, d):
        base = material(d)
        if d.random() < 0.25:
            return damaged_pair(base, d)
        target, photo = np.zeros((SIDE, SIDE), np.uint8), base
        if d.random() < 0.55:
            for _ in range(1 if d.random() < 0.8 else 2):
                photo = self.add(photo, target, d)
        return shoot(photo, d, d.uniform(0.2, 1.0)), None, target, 0.0

    @staticmethod
    def add(photo, target, d):
        kind = str(d.choice(KINDS[:5], p=[0.24, 0.32, 0.12, 0.16, 0.16]))
        drawn, m = hurt(photo, d, kind)
        strength = d.between(0.35, 1.0) * (-1 if d.random() < 0.25 and kind != "dent" else 1)
        drawn = np.clip(photo + np.float32(strength) * (drawn - photo), 0, 1)
        if not is_plain(photo, drawn, m, PLAIN):
            return photo
        target[m] = KINDS.index(kind) + 1
        return drawn


class Boards:
    """Printed boards, drawn, over what they should be. What is wrong on them is of none of our kinds."""

    def sample(self, d):
        copper = board(d)
        bad = spoilt(copper, d, int(d.integers(1, 7))) if d.random() < 0.75 else copper
        target = np.where(faults(copper, bad), OTHER, 0).astype(np.uint8)
        photo, reference = etched(bad, d), etched(copper, d)
        low, high = (np.zeros(3), np.ones(3)) if d.random() < 0.5 else (d.uniform(0, 0.45, 3), d.uniform(0.5, 1, 3))
        if d.random() < 0.2:
            low, high = high, low
        paint = lambda x: cv2.merge([np.float32(a) + x * np.float32(b - a) for a, b in zip(low, high)])
        photo, reference = paint(photo), paint(reference)
        if d.random() < 0.5:
            photo, reference = shoot(photo, d, 0.5), shoot(reference, d, 0.3)
        else:
            photo, reference = (np.uint8(x * 255) for x in (photo, reference))
        return photo, warp(reference, nudge(d, SIDE, d.choice([0.0, 0.5, 1.2]))), target, 1.0


class Rendered:
    """Pairs that `render.py pairs` wrote: photo, reference, mask, product and both front homographies."""

    def __init__(self, folder, part):
        names = sorted(glob.glob(os.path.join(folder, "*.npz")))
        seeds = {"train": (0, 240), "calibrate": (240, 100_000), "test": (100_000, 10**9)}
        self.files = of_part({k: [f for f in names if a <= int(os.path.basename(f)[:6]) < b] for k, (a, b) in seeds.items()}, part)
        self.cache = {}

    def load(self, f):
        if f not in self.cache:
            with np.load(f) as data:
                self.cache[f] = {k: data[k] for k in data.files}
        return self.cache[f]

    @staticmethod
    def aligned(r, side, window, jitter=None):
        """The photo's window (x, y, size) at `side` px and the reference warped onto it."""
        x, y, s = window
        m = np.array([[side / s, 0, -x * side / s], [0, side / s, -y * side / s], [0, 0, 1.0]])
        flags = cv2.INTER_AREA if s > side else cv2.INTER_LINEAR
        photo = cv2.warpPerspective(r["photo"], m, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        mask = cv2.warpPerspective(r["mask"], m, (side, side), flags=cv2.INTER_NEAREST)
        over = m @ r["front"] @ np.linalg.inv(r["ref_front"])
        over = over if jitter is None else jitter @ over
        return photo, cv2.warpPerspective(r["reference"], over, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), mask

    @staticmethod
    def square(r):
        ys, xs = np.nonzero(r["product"])
        x0, x1, y0, y1 = xs.min(), xs.max(), ys.min(), ys.max()
        s = max(x1 - x0, y1 - y0) * 1.08
        return (x0 + x1 - s) / 2, (y0 + y1 - s) / 2, s

    def sample(self, d):
        r = self.load(self.files[int(d.integers(len(self.files)))])
        x, y, s = self.square(r)
        s2 = s * SIDE / 384 * d.uniform(0.75, 1.5)
        if r["mask"].any() and d.random() < 0.7:
            ys, xs = np.nonzero(r["mask"])
            i = int(d.integers(len(xs)))
            cx, cy = xs[i] + d.uniform(-0.35, 0.35) * s2, ys[i] + d.uniform(-0.35, 0.35) * s2
        else:
            cx, cy = x + d.uniform(0.2, 0.8) * s, y + d.uniform(0.2, 0.8) * s
        window = (cx - s2 / 2, cy - s2 / 2, s2)
        photo, reference, mask = self.aligned(r, SIDE, window, nudge(d, SIDE, d.choice([0.3, 0.9, 1.8], p=[0.4, 0.4, 0.2])))
        kind = int(r["kind"])
        has = d.random() < 0.8 or kind == MISSING
        target = np.where(mask > 100, kind + 1, 0).astype(np.uint8)
        if d.random() < 0.25:  # more damage on the render
            extra = str(d.choice(KINDS[:5]))
            before = photo.astype(np.float32) / 255
            drawn, m = hurt(before, d, extra)
            inside, _, _ = self.aligned({**r, "photo": r["product"]}, SIDE, window)
            m &= cv2.erode(inside, np.ones((5, 5))) > 128
            if is_plain(before, drawn, m, BESIDE if has else PLAIN):
                soft = cv2.GaussianBlur(m.astype(np.float32), (0, 0), 1)[..., None]
                photo = (photo * (1 - soft) + drawn * 255 * soft).astype(np.uint8)
                target[m] = KINDS.index(extra) + 1
        if d.random() < 0.5:
            photo, reference, target = photo[:, ::-1], reference[:, ::-1], target[:, ::-1]
        if d.random() < 0.5:
            photo = shoot(np.ascontiguousarray(photo).astype(np.float32) / 255, d, 0.4)
        return photo, reference, target, float(has)


TILE_KIND = {"Blowhole": "chip", "Break": "chip", "Crack": "crack", "Fray": "chip", "Uneven": "stain"}


class Tiles:
    """Magnetic tiles with their masks, without reference."""

    def __init__(self, data, part):
        self.items, self.cache = [], {}
        for name in ("Free", *TILE_KIND):
            files = sorted(glob.glob(os.path.join(data, "magnetic_tile", f"MT_{name}", "Imgs", "*.jpg")))
            mine = {"train": [f for i, f in enumerate(files) if i % 2 == 0 and i % 10], "calibrate": files[::10], "test": files[1::2]}
            self.items += [(f, name) for f in of_part(mine, part)]

    def read(self, i):
        """Picture (BGR), mask (255 where damaged) and kind."""
        f, name = self.items[i]
        if f not in self.cache:
            img = cv2.imread(f)
            mask = cv2.imread(f[:-4] + ".png", 0) if name != "Free" else None
            self.cache[f] = (img, np.zeros(img.shape[:2], np.uint8) if mask is None else mask)
        return *self.cache[f], KINDS.index(TILE_KIND[name]) if name != "Free" else 0

    def scaled(self, i):
        """The whole tile at 256 px of its short side (sides multiples of 16, at most 640), and its target."""
        img, mask, kind = self.read(i)
        h, w = (min(max(round(v * 256 / min(img.shape[:2]) / 16), 1) * 16, 640) for v in img.shape[:2])
        target = cv2.resize(np.where(mask > 100, kind + 1, 0).astype(np.uint8), (w, h), interpolation=cv2.INTER_NEAREST)
        return cv2.resize(img, (w, h)), target

    def sample(self, d):
        damaged = d.random() < 0.5
        i = int(d.choice([i for i, (_, name) in enumerate(self.items) if (name != "Free") == damaged]))
        img, mask, kind = self.read(i)
        target = np.where(mask > 100, kind + 1, 0).astype(np.uint8)
        if d.random() < 0.3:
            img, target = cv2.transpose(img), cv2.transpose(target)
        h, w = target.shape
        s = int(min(h, w) * d.uniform(0.6, 1.0))
        x, y = int(d.integers(w - s + 1)), int(d.integers(h - s + 1))
        if target.any() and d.random() < 0.75:  # about the damage
            ys, xs = np.nonzero(target)
            j = int(d.integers(len(xs)))
            x, y = int(np.clip(xs[j] - d.uniform(0, s), 0, w - s)), int(np.clip(ys[j] - d.uniform(0, s), 0, h - s))
        photo = cv2.resize(img[y : y + s, x : x + s], (SIDE, SIDE))
        target = cv2.resize(target[y : y + s, x : x + s], (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
        flip = np.s_[:: int(d.choice([-1, 1])), :: int(d.choice([-1, 1]))]
        photo, target = np.ascontiguousarray(photo[flip]).astype(np.float32) / 255, np.ascontiguousarray(target[flip])
        if not target.any() and d.random() < 0.25:
            kind = str(d.choice(KINDS[:5]))
            drawn, m = hurt(photo, d, kind)
            if is_plain(photo, drawn, m, PLAIN):
                photo, target[m] = drawn, KINDS.index(kind) + 1
        photo = shoot(photo, d, 0.4)
        return photo, photo, target, 0.0


class Scanned:
    """DeepPCB: scanned boards beside their templates. For the test alone; the groups that `ermu eval vision` takes too."""

    LEFT_OUT = ("00041", "13000", "20085", "12100", "12300")

    def __init__(self, data):
        files = glob.glob(os.path.join(data, "deeppcb", "PCBData", "group*", "[0-9]*[0-9]", "*_test.jpg"))
        self.files = sorted(f for f in files if os.path.basename(os.path.dirname(f)) not in self.LEFT_OUT)

    def read(self, i):
        """Board, template (BGR) and boxes (x0, y0, x1, y1)."""
        f = self.files[i]
        folder, name = os.path.split(f)
        boxes = np.loadtxt(os.path.join(folder + "_not", name[:-9] + ".txt"), int, ndmin=2)[:, :4]
        return cv2.imread(f), cv2.imread(f.replace("_test", "_temp")), boxes

    @staticmethod
    def mask(board, template, boxes):
        """Where the two differ, inside the boxes."""
        apart = cv2.absdiff(board, template).max(-1) > 90
        apart = cv2.morphologyEx(apart.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
        inside = np.zeros_like(apart)
        for x0, y0, x1, y1 in boxes:
            inside[y0 : y1 + 1, x0 : x1 + 1] = 1
        return apart * inside


class Mix:
    """The sources in the shares in which they are trained on (or calibrated with)."""

    SHARES = {"rooms": 0.34, "surfaces": 0.16, "rendered": 0.16, "tiles": 0.24, "boards": 0.10}

    def __init__(self, data, pairs, part):
        self.sources = {
            "rooms": Rooms(room_files(data, part)), "surfaces": Surfaces(), "rendered": Rendered(pairs, part),
            "tiles": Tiles(data, part), "boards": Boards(),
        }

    def sample(self, d):
        name = str(d.choice(list(self.SHARES), p=list(self.SHARES.values())))
        photo, reference, target, flag = self.sources[name].sample(d)
        return photo, photo if reference is None else reference, target, flag
