"""Training samples: a photo, what it should look like (the reference, roughly aligned), and what is wrong with it."""

from __future__ import annotations

import glob
import os

import cv2
import numpy as np

from surface import KINDS, noise

SIDE = 256
IGNORE = 255


def stroke_mask(rng, side, kind):
    """A scratch or a crack as an anti-aliased mask 0…1."""
    up = 2
    out = np.zeros((side * up, side * up), np.uint8)
    angle = rng.uniform(0, 2 * np.pi)
    length = np.exp(rng.uniform(np.log(18), np.log(170))) * up * side / 256
    bend = rng.uniform(0.01, 0.08) if kind == "scratch" else rng.uniform(0.3, 0.7)
    width = rng.uniform(1.0, 2.6) * up if kind == "scratch" else rng.uniform(1.0, 3.0) * up
    start = rng.uniform(0.12, 0.88, 2) * side * up - 0.5 * length * np.array([np.cos(angle), np.sin(angle)])

    def walk(p, a, length, width, depth):
        step = 5.0 * up
        for _ in range(max(int(length / step), 2)):
            a += rng.normal(0, bend)
            q = p + step * np.array([np.cos(a), np.sin(a)])
            cv2.line(out, tuple(int(v * 16) for v in p), tuple(int(v * 16) for v in q), 255,
                     max(int(round(width * rng.uniform(0.6, 1.1))), 1), cv2.LINE_AA, 4)
            if kind == "crack" and depth < 2 and rng.random() < 0.1:
                walk(q, a + rng.choice([-1, 1]) * rng.uniform(0.4, 1.2), length * rng.uniform(0.2, 0.5), width * 0.7, depth + 1)
            p = q

    for i in range(int(rng.integers(1, 4)) if kind == "scratch" else 1):
        walk(start + rng.normal(0, 6 * up * i + 0.01, 2), angle + rng.normal(0, 0.08 * i), length * rng.uniform(0.4, 1) if i else length, width, 0)
    return cv2.resize(out, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def blob_mask(rng, side, size, ragged, hard):
    """A rounded or ragged spot as a mask 0…1."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    cx, cy = rng.uniform(0.1, 0.9, 2) * side
    a, squash = rng.uniform(0, np.pi), rng.uniform(0.45, 1)
    u = ((x - cx) * np.cos(a) + (y - cy) * np.sin(a)) / size
    v = (-(x - cx) * np.sin(a) + (y - cy) * np.cos(a)) / (size * squash)
    d = np.hypot(u, v)
    if ragged > 0:
        d = d + ragged * noise(rng, (side, side), max(size, 6))
    return np.clip((1 - d) * hard * size / 8, 0, 1), d, (u, v, a)


def hurt(img, rng, kind):
    """Damages a picture (float BGR 0…1). Returns the picture and the mask (bool)."""
    side = img.shape[0]
    if kind in ("scratch", "crack"):
        m = stroke_mask(rng, side, kind)
        local = cv2.GaussianBlur(img, (0, 0), 4)
        bright = local.mean(-1, keepdims=True)
        if kind == "scratch":
            sign = np.where(bright > 0.6, -1.0, np.where(bright < 0.3, 1.0, rng.choice([-1.0, 1.0])))
            tone = np.clip(bright + sign * rng.uniform(0.15, 0.5), 0, 1) * 0.7 + local * 0.3
            k = m * rng.uniform(0.45, 1.0)
            out = img * (1 - k[..., None]) + tone * k[..., None]
            if rng.random() < 0.5:  # the lit rim of a groove
                rim = np.roll(m, (1, 1), (0, 1)) * (1 - m) * rng.uniform(0.1, 0.4)
                out = np.clip(out + rim[..., None] * -sign, 0, 1)
        else:
            tone = np.where(bright > 0.15, local * rng.uniform(0.05, 0.4), bright + 0.35)
            k = m * rng.uniform(0.6, 1.0)
            out = img * (1 - k[..., None]) + tone * k[..., None]
        return out, m > 0.35
    if kind == "dent":
        size = rng.uniform(10, 42)
        _, d, (u, v, a) = blob_mask(rng, side, size, 0, 4)
        depth = rng.uniform(0.15, 0.5)
        bump = np.exp(-1.8 * d * d).astype(np.float32)
        y, x = np.mgrid[0:side, 0:side].astype(np.float32)
        gx, gy = u * np.cos(a) - v * np.sin(a), u * np.sin(a) + v * np.cos(a)
        k = bump * size * rng.uniform(0.1, 0.5)
        out = cv2.remap(img, (x + gx * k).astype(np.float32), (y + gy * k).astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        t = rng.uniform(0, 2 * np.pi)
        shade = (gx * np.cos(t) + gy * np.sin(t)) * bump * depth * 2.2
        spot = np.exp(-((gx - 0.35 * np.cos(t)) ** 2 + (gy - 0.35 * np.sin(t)) ** 2) * rng.uniform(6, 20)) * rng.uniform(0, 0.35)
        out = np.clip(out * (1 + shade[..., None]) + (spot * bump)[..., None], 0, 1)
        return out.astype(np.float32), d < 1.05
    if kind == "stain":
        m, _, _ = blob_mask(rng, side, rng.uniform(7, 40), rng.uniform(0.2, 0.6), rng.uniform(0.6, 4))
        tone = np.float32(rng.uniform(0, 0.7, 3)) if rng.random() < 0.5 else np.float32([0.05, 0.12, 0.22]) * rng.uniform(0.5, 2)
        if np.abs(tone.mean() - img[m > 0.5].mean() if (m > 0.5).any() else 1) < 0.12:
            tone = np.clip(tone + 0.35, 0, 1)
        k = (m * rng.uniform(0.35, 0.9))[..., None]
        out = img * (1 - k) + (tone * (0.4 + 0.6 * img) if rng.random() < 0.5 else tone) * k
        return out, m > 0.3
    if kind == "chip":
        m, _, _ = blob_mask(rng, side, rng.uniform(5, 26), rng.uniform(0.3, 0.6), 8)
        inside = img[m > 0.5].mean(0) if (m > 0.5).any() else img.mean((0, 1))
        tone = np.clip(inside * rng.uniform(0.4, 0.9) + rng.choice([-0.15, 0.25]) * rng.uniform(0.6, 1.3), 0, 1)
        rough = tone * (1 + rng.uniform(0.1, 0.4) * noise(rng, (side, side), rng.uniform(2, 6))[..., None])
        soft = cv2.GaussianBlur(m.astype(np.float32), (0, 0), 1.5)
        t = rng.uniform(0, 2 * np.pi)
        relief = cv2.Sobel(soft, cv2.CV_32F, 1, 0) * np.cos(t) + cv2.Sobel(soft, cv2.CV_32F, 0, 1) * np.sin(t)
        out = img * (1 - m[..., None]) + rough * m[..., None] + relief[..., None] * rng.uniform(0.1, 0.5)
        return np.clip(out, 0, 1).astype(np.float32), m > 0.4
    # missing part: where there was detail, the surroundings go on
    small = cv2.GaussianBlur(np.abs(cv2.Laplacian(img.mean(-1).astype(np.float32), cv2.CV_32F)), (0, 0), 9)
    size = rng.uniform(8, 28)
    pick = [rng.uniform(0.12, 0.88, 2) * side for _ in range(8)]
    cx, cy = max(pick, key=lambda p: small[int(p[1]), int(p[0])])
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    p = rng.choice([2.0, 6.0])
    d = (np.abs((x - cx) / size) ** p + np.abs((y - cy) / (size * rng.uniform(0.5, 1.6))) ** p) ** (1 / p)
    m = d < 1
    fill = cv2.inpaint((img * 255).astype(np.uint8), cv2.dilate(m.astype(np.uint8), np.ones((5, 5))), 3, cv2.INPAINT_TELEA).astype(np.float32) / 255
    if rng.random() < 0.4:
        hole = (d < 0.35)[..., None]
        fill = np.where(hole, fill * 0.25, fill)
    changed = np.abs(fill - img).mean() * side * side / max(m.sum(), 1)
    soft = cv2.GaussianBlur(m.astype(np.float32), (0, 0), 0.8)[..., None]
    return img * (1 - soft) + fill * soft, m if changed > 0.04 else np.zeros_like(m)


def shoot(img, rng, strength=1.0):
    """Light and phone: gradients, shadows, a reflection, white balance, noise, blur, JPEG. None of it is damage."""
    h, w = img.shape[:2]
    out = img.astype(np.float32).copy()
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    a = rng.uniform(0, 2 * np.pi)
    out *= (1 + strength * rng.uniform(0, 0.45) * ((x / w - 0.5) * np.cos(a) + (y / h - 0.5) * np.sin(a)))[..., None]
    if rng.random() < 0.35 * strength:  # soft shadow edge
        d = (x - w * rng.uniform(0.1, 0.9)) * np.cos(a) + (y - h * rng.uniform(0.1, 0.9)) * np.sin(a)
        out *= (1 - rng.uniform(0.1, 0.4) / (1 + np.exp(-d / rng.uniform(3, 30))))[..., None]
    if rng.random() < 0.45 * strength:  # reflection of a lamp or a window
        cx, cy, s = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(8, 60)
        q = rng.choice([2.0, 6.0])
        d = (np.abs((x - cx) / s) ** q + np.abs((y - cy) / (s * rng.uniform(0.4, 2.5))) ** q) ** (1 / q)
        out += (rng.uniform(0.08, 0.5) / (1 + np.exp((d - 1) * rng.uniform(2, 9))))[..., None]
    if rng.random() < 0.3:
        out += rng.uniform(0, 0.15)  # veil
    out = np.clip(out, 0, 1.3) ** rng.uniform(1 - 0.25 * strength, 1 + 0.3 * strength)
    out *= (1 + rng.normal(0, 0.07 * strength, 3)) * rng.uniform(1 - 0.2 * strength, 1 + 0.15 * strength)
    s = rng.uniform(0, 1.0)
    if s > 0.35:
        out = cv2.GaussianBlur(out.astype(np.float32), (0, 0), s)
    out += rng.normal(0, rng.uniform(0.002, 0.02), out.shape)
    out = (np.clip(out, 0, 1) * 255).astype(np.uint8)
    if rng.random() < 0.7:
        out = cv2.imdecode(cv2.imencode(".jpg", out, [1, int(rng.integers(55, 96))])[1], 1)
    return out


def nudge(rng, side, amount):
    """A homography near the identity: what is left after alignment, and slight parallax."""
    q = np.float32([[0, 0], [side, 0], [side, side], [0, side]])
    shift = rng.normal(0, amount, 2)
    return cv2.getPerspectiveTransform(q, (q + shift + rng.normal(0, amount * 0.6, (4, 2))).astype(np.float32))


class RealPhotos:
    """Crops of photos of whole things: defects are put in, the same crop undamaged is the reference."""

    def __init__(self, files):
        self.files, self.cache = files, {}

    def crop(self, rng):
        f = self.files[int(rng.integers(len(self.files)))]
        if f not in self.cache:
            self.cache[f] = cv2.imread(f)
        img = self.cache[f]
        h, w = img.shape[:2]
        s = min(rng.uniform(150, 420), h, w)
        x0, y0 = rng.uniform(0, w - s + 1e-3), rng.uniform(0, h - s + 1e-3)
        a = rng.uniform(-0.3, 0.3)
        m = cv2.getRotationMatrix2D((x0 + s / 2, y0 + s / 2), np.degrees(a), SIDE / s)
        m[:, 2] += SIDE / 2 - np.array([x0 + s / 2, y0 + s / 2])
        out = cv2.warpAffine(img, m, (SIDE, SIDE), flags=cv2.INTER_AREA if s > SIDE else cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        if rng.random() < 0.5:
            out = out[:, ::-1]
        if rng.random() < 0.3:
            out = out[:, :, rng.permutation(3)]
        return out.astype(np.float32) / 255

    def sample(self, rng, with_reference=None, kinds=None):
        base = self.crop(rng)
        if rng.random() < 0.35:  # a smooth thing: what products are mostly made of
            base = cv2.GaussianBlur(base, (0, 0), rng.uniform(3, 14)) * rng.uniform(0.4, 1.2)
            base = np.clip(base, 0, 1)
        has = rng.random() < 0.65 if with_reference is None else with_reference
        target = np.zeros((SIDE, SIDE), np.uint8)
        photo = base
        if rng.random() > 0.15:
            for _ in range(1 if rng.random() < 0.75 else 2):
                options = kinds or (KINDS if has else KINDS[:5])
                weights = np.array([{"scratch": 3, "crack": 1.5}.get(k, 1.0) for k in options])
                k = options[int(rng.choice(len(options), p=weights / weights.sum()))]
                photo, m = hurt(photo.astype(np.float32), rng, k)
                target[m] = KINDS.index(k) + 1
        ref = shoot(base, rng, 0.35)
        amount = rng.choice([0.0, 0.7, 1.6, 3.0], p=[0.2, 0.35, 0.3, 0.15])
        ref = cv2.warpPerspective(ref, nudge(rng, SIDE, amount), (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT)
        photo = shoot(photo, rng)
        if has and rng.random() < 0.3:  # another background around the thing in the reference
            m, _, _ = blob_mask(rng, SIDE, rng.uniform(80, 150), 0.1, 8)
            m = m[..., None]
            ref = (ref * m + rng.uniform(150, 250) * (1 - m)).astype(np.uint8)
            target[(m[..., 0] < 0.5)] = 0
        return photo, ref, target, float(has)


class Rendered:
    """Pairs that `render.py pairs` wrote: photo, reference, mask, product and both front homographies."""

    def __init__(self, folder, first=0, last=10**9):
        names = sorted(glob.glob(os.path.join(folder, "*.npz")))
        self.files = [f for f in names if first <= int(os.path.basename(f)[:6]) < last]
        self.cache = {}

    def load(self, f):
        if f not in self.cache:
            d = np.load(f)
            self.cache[f] = {k: d[k] for k in d.files}
        return self.cache[f]

    def aligned(self, d, side, window, jitter=None):
        """Photo window (x, y, size) at `side` px and the reference warped onto it."""
        x, y, s = window
        m = np.array([[side / s, 0, -x * side / s], [0, side / s, -y * side / s], [0, 0, 1.0]])
        flags = cv2.INTER_AREA if s > side else cv2.INTER_LINEAR
        photo = cv2.warpPerspective(d["photo"], m, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        mask = cv2.warpPerspective(d["mask"], m, (side, side), flags=cv2.INTER_NEAREST)
        hr = m @ d["front"] @ np.linalg.inv(d["ref_front"])
        if jitter is not None:
            hr = jitter @ hr
        ref = cv2.warpPerspective(d["reference"], hr, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return photo, ref, mask

    @staticmethod
    def square(d):
        ys, xs = np.nonzero(d["product"])
        x0, x1, y0, y1 = xs.min(), xs.max(), ys.min(), ys.max()
        s = max(x1 - x0, y1 - y0) * 1.08
        return (x0 + x1 - s) / 2, (y0 + y1 - s) / 2, s

    def sample(self, rng):
        d = self.load(self.files[int(rng.integers(len(self.files)))])
        x, y, s = self.square(d)
        s2 = s * SIDE / 384 * rng.uniform(0.8, 1.5)
        if d["mask"].any() and rng.random() < 0.75:
            ys, xs = np.nonzero(d["mask"])
            i = int(rng.integers(len(xs)))
            cx, cy = xs[i] + rng.uniform(-0.35, 0.35) * s2, ys[i] + rng.uniform(-0.35, 0.35) * s2
        else:
            cx, cy = x + rng.uniform(0.2, 0.8) * s, y + rng.uniform(0.2, 0.8) * s
        amount = rng.choice([0.3, 0.9, 1.8], p=[0.4, 0.4, 0.2])
        photo, ref, mask = self.aligned(d, SIDE, (cx - s2 / 2, cy - s2 / 2, s2), nudge(rng, SIDE, amount))
        kind = int(d["kind"])
        has = rng.random() < 0.75 or kind == KINDS.index("missing_part")
        target = np.where(mask > 100, kind + 1, 0).astype(np.uint8)
        if rng.random() < 0.5:
            photo, ref, target = photo[:, ::-1], ref[:, ::-1], target[:, ::-1]
        if rng.random() < 0.5:
            photo = shoot(photo.astype(np.float32) / 255, rng, 0.4)
        return photo, ref, target, float(has)


TILE_KIND = {"Blowhole": "chip", "Break": "chip", "Crack": "crack", "Fray": "chip", "Uneven": "stain"}


class Tiles:
    """Magnetic tiles with their masks, without reference; even files train, odd files test."""

    def __init__(self, folder, parity):
        self.items = []
        for name in ("Free", *TILE_KIND):
            files = sorted(glob.glob(os.path.join(folder, f"MT_{name}", "Imgs", "*.jpg")))
            self.items += [(f, name) for f in files[parity::2]]
        self.cache = {}

    def read(self, i):
        f, name = self.items[i]
        if f not in self.cache:
            img = cv2.imread(f)
            mask = cv2.imread(f[:-4] + ".png", 0) if name != "Free" else np.zeros(img.shape[:2], np.uint8)
            if mask is None:
                mask = np.zeros(img.shape[:2], np.uint8)
            self.cache[f] = (img, mask)
        img, mask = self.cache[f]
        kind = KINDS.index(TILE_KIND[name]) if name != "Free" else 0
        return img, mask, kind

    def sample(self, rng):
        img, mask, kind = self.read(int(rng.integers(len(self.items))))
        target = np.where(mask > 100, kind + 1, 0).astype(np.uint8)
        s = min(img.shape[0], img.shape[1])
        x, y = int(rng.integers(img.shape[1] - s + 1)), int(rng.integers(img.shape[0] - s + 1))
        photo = cv2.resize(img[y : y + s, x : x + s], (SIDE, SIDE))
        target = cv2.resize(target[y : y + s, x : x + s], (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
        if rng.random() < 0.5:
            photo, target = photo[:, ::-1], target[:, ::-1]
        if rng.random() < 0.5:
            photo, target = photo[::-1], target[::-1]
        photo = shoot(photo.astype(np.float32) / 255, rng, 0.4)
        return photo, photo, target, 0.0
