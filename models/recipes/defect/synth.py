"""Damage drawn into pictures, and what light and a telephone do to them."""

from __future__ import annotations

import cv2
import numpy as np

from surface import KINDS, noise

SIDE = 256
# A target pixel is 0 (whole), a kind + 1, or this: damaged, of a kind that is none of ours.
OTHER = len(KINDS) + 1


class Draws:
    """Random numbers, and fields of noise that are made once and cut from at random: drawing anew costs more than the net."""

    CELLS = (2, 4, 8, 16, 32, 64)

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        n = 3 * SIDE // 2
        self.smooth = {c: [noise(self.rng, (n, n), c, 3) for _ in range(4)] for c in self.CELLS}
        self.grain = [self.rng.standard_normal((n, n, 3), np.float32) for _ in range(4)]

    def __getattr__(self, name):
        return getattr(self.rng, name)

    def _cut(self, fields):
        f = fields[int(self.rng.integers(len(fields)))]
        y, x = self.rng.integers(0, f.shape[0] - SIDE, 2)
        f = f[y : y + SIDE, x : x + SIDE]
        return f[:: int(self.rng.choice([-1, 1])), :: int(self.rng.choice([-1, 1]))]

    def field(self, cell):
        """Smooth noise about −1 to 1, of about `cell` pixels."""
        return self._cut(self.smooth[min(self.CELLS, key=lambda c: abs(np.log(c / max(cell, 1))))])

    def sensor(self):
        return self._cut(self.grain)

    def between(self, low, high):
        """Even in the logarithm."""
        return float(np.exp(self.rng.uniform(np.log(low), np.log(high))))


YY, XX = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
YY2, XX2 = np.mgrid[0.5:SIDE:2, 0.5:SIDE:2].astype(np.float32)


def stroke_mask(d, kind):
    """Scratches or a crack, anti-aliased, 0…1: a scratch is a smooth arc that thins out, a crack is crooked and branches."""
    up = 2
    out = np.zeros((SIDE * up, SIDE * up), np.uint8)
    angle = d.uniform(0, 2 * np.pi)
    length = d.between(16, 190) * up
    width = d.between(0.7, 2.8) * up
    middle = d.uniform(0.1, 0.9, 2) * SIDE * up
    step = 4.0 * up

    def walk(p, a, length, width, depth):
        bend, arc = (d.uniform(0.0, 0.05), d.normal(0, 0.02)) if kind == "scratch" else (d.uniform(0.3, 0.75), 0.0)
        home = a
        count = max(int(length / step), 2)
        for i in range(count):
            # A crack wanders about its direction; a scratch keeps turning the way it turns.
            a = a + arc + d.normal(0, bend) if kind == "scratch" else home + 0.55 * (a - home) + d.normal(0, bend)
            q = p + step * np.array([np.cos(a), np.sin(a)])
            taper = 0.35 + 0.65 * np.sin(np.pi * (i + 0.7) / count) if kind == "scratch" else d.uniform(0.5, 1.15) * (1 - 0.5 * i / count)
            cv2.line(out, tuple(int(v * 16) for v in p), tuple(int(v * 16) for v in q), 255, max(int(round(width * taper)), 1), cv2.LINE_AA, 4)
            if kind == "crack" and depth < 2 and d.random() < 0.09:
                walk(q, a + d.choice([-1, 1]) * d.uniform(0.5, 1.2), length * d.uniform(0.2, 0.5), width * 0.7, depth + 1)
            p = q

    count = int(d.choice([1, 2, 3, 5], p=[0.62, 0.2, 0.12, 0.06])) if kind == "scratch" else 1
    for i in range(count):
        a = angle + d.normal(0, 0.1) * i
        long = length * (1 if i == 0 else d.uniform(0.3, 1))
        walk(middle - 0.5 * long * np.array([np.cos(a), np.sin(a)]) + d.normal(0, 7 * up, 2) * (i > 0), a, long, width, 0)
    return cv2.resize(out, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def spot(d, size, ragged, at=None):
    """Distance from the middle of a rounded or ragged spot (1 at its rim) and its coordinates."""
    cx, cy = d.uniform(0.08, 0.92, 2) * SIDE if at is None else at
    a, squash = d.uniform(0, np.pi), d.uniform(0.45, 1)
    c, s = np.float32(np.cos(a)), np.float32(np.sin(a))
    u = ((XX - float(cx)) * c + (YY - float(cy)) * s) / size
    v = ((YY - float(cy)) * c - (XX - float(cx)) * s) / (size * squash)
    r = np.sqrt(u * u + v * v)
    if ragged > 0:
        r = r + np.float32(ragged) * d.field(max(size * 0.8, 3))
    return r.astype(np.float32), u, v, (c, s)


def on_detail(d, img, tries):
    """Of some random places the one with the most detail: an edge, a corner, a part."""
    gray = cv2.cvtColor(img, cv2.COLOR_BGR2GRAY)
    detail = cv2.blur(np.abs(cv2.Laplacian(gray, cv2.CV_32F)), (13, 13))
    picks = [d.uniform(0.1, 0.9, 2) * SIDE for _ in range(tries)]
    return max(picks, key=lambda p: detail[int(p[1]), int(p[0])])


def lay(img, tone, k):
    return img + (tone - img) * cv2.merge([np.float32(k)] * 3)


def hurt(img, d, kind):
    """Damages a picture (float32 BGR 0…1). Returns the picture and where (bool)."""
    if kind in ("scratch", "crack"):
        m = stroke_mask(d, kind)
        local = cv2.GaussianBlur(img, (0, 0), 4)
        bright = local.mean(-1, keepdims=True)
        strength = d.between(0.1, 0.6)
        if kind == "scratch":
            sign = np.where(bright > 0.65, -1.0, np.where(bright < 0.3, 1.0, d.choice([-1.0, 1.0]))).astype(np.float32)
            tone = np.clip(bright + sign * strength, 0, 1) * 0.75 + local * 0.25
            out = lay(img, tone, m * d.uniform(0.5, 1.0))
            if d.random() < 0.45:  # the lit rim of a groove
                rim = np.roll(m, (1, 1), (0, 1)) * (1 - m) * d.uniform(0.1, 0.4)
                out = out - rim[..., None] * sign
        else:
            tone = np.where(bright > 0.2, local * d.uniform(0.05, 0.65), bright + strength)
            out = lay(img, tone, m * d.uniform(0.6, 1.0))
            if d.random() < 0.3:  # one side stands a little higher and catches light
                out = out + (np.roll(m, (-1, -1), (0, 1)) * (1 - m) * d.uniform(0.05, 0.3))[..., None]
        return np.clip(out, 0, 1).astype(np.float32), m > 0.35
    if kind == "dent":
        size = d.between(9, 46)
        r, u, v, (ca, sa) = spot(d, size, 0)
        depth = d.uniform(0.15, 0.55)
        bump = np.exp(-1.8 * r * r)
        gx, gy = u * ca - v * sa, u * sa + v * ca
        k = bump * size * d.uniform(0.1, 0.5)
        out = cv2.remap(img, XX + (gx * k).astype(np.float32), YY + (gy * k).astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        t = d.uniform(0, 2 * np.pi)
        c, s = np.float32(np.cos(t)), np.float32(np.sin(t))
        shade = (gx * c + gy * s) * bump * depth * 2.2
        glint = np.exp(-((gx - 0.35 * c) ** 2 + (gy - 0.35 * s) ** 2) * d.uniform(6, 20)) * d.uniform(0, 0.4)
        out = np.clip(out * (1 + shade[..., None]) + (glint * bump)[..., None], 0, 1)
        return out.astype(np.float32), r < 1.05
    if kind == "stain":
        size = d.between(6, 46)
        r, *_ = spot(d, size, d.uniform(0.15, 0.6))
        m = np.clip((1 - r) * d.between(0.6, 5) * size / 8, 0, 1)
        if d.random() < 0.2:  # a dried drop: the rim is darker than the middle
            m = m * (0.35 + 0.65 * np.exp(-((r - 0.85) ** 2) * 30))
        inside = m > 0.5
        here = img[inside].mean(0) if inside.any() else img.mean((0, 1))
        tone = d.uniform(0, 0.75, 3) if d.random() < 0.5 else np.array([0.05, 0.12, 0.22]) * d.uniform(0.4, 2.2)
        if abs(float(tone.mean() - here.mean())) < 0.12:
            tone = np.clip(tone + (0.3 if here.mean() < 0.5 else -0.3), 0, 1)
        tone = tone.astype(np.float32)
        k = m * d.uniform(0.3, 0.95)
        out = lay(img, tone * (0.4 + 0.6 * img) if d.random() < 0.5 else tone, k)
        if d.random() < 0.25:  # splashes around it
            for _ in range(int(d.integers(1, 5))):
                x, y = d.uniform(0.1, 0.9, 2) * SIDE
                drop, *_ = spot(d, d.between(2, 6), 0.1, (x, y))
                m2 = np.clip((1 - drop) * 3, 0, 1)
                out, m = lay(out, tone, m2 * 0.8), np.maximum(m, m2)
        return np.clip(out, 0, 1).astype(np.float32), m > 0.3
    if kind == "chip":
        at = on_detail(d, img, 6) if d.random() < 0.6 else None
        size = d.between(4, 30)
        r, *_ = spot(d, size, d.uniform(0.3, 0.65), at)
        m = np.clip((1 - r) * size, 0, 1)
        inside = m > 0.5
        here = img[inside].mean(0) if inside.any() else img.mean((0, 1))
        fresh = here.mean() * np.ones(3) if d.random() < 0.5 else here  # what is under the paint
        tone = np.clip(fresh * d.uniform(0.4, 0.95) + d.choice([-0.18, 0.28]) * d.uniform(0.5, 1.3), 0, 1).astype(np.float32)
        rough = tone * (1 + np.float32(d.uniform(0.1, 0.45)) * d.field(d.uniform(2, 6))[..., None])
        soft = cv2.GaussianBlur(m, (0, 0), 1.3)
        t = d.uniform(0, 2 * np.pi)
        relief = cv2.Sobel(soft, cv2.CV_32F, 1, 0) * np.float32(np.cos(t)) + cv2.Sobel(soft, cv2.CV_32F, 0, 1) * np.float32(np.sin(t))
        out = lay(img, rough, m) + relief[..., None] * np.float32(d.uniform(0.1, 0.5))
        return np.clip(out, 0, 1).astype(np.float32), m > 0.4
    # A missing part: where there was detail, the surroundings go on, perhaps with a hole or its fastening.
    size = d.between(7, 32)
    cx, cy = on_detail(d, img, 8)
    p, tall = float(d.choice([2.0, 6.0])), d.uniform(0.5, 1.6)
    r = (np.abs((XX - float(cx)) / size) ** p + np.abs((YY - float(cy)) / (size * tall)) ** p) ** (1 / p)
    m = r < 1
    fill = cv2.inpaint((img * 255).astype(np.uint8), cv2.dilate(m.astype(np.uint8), np.ones((5, 5))), 3, cv2.INPAINT_TELEA).astype(np.float32) / 255
    if d.random() < 0.5:
        fill = np.where((r < d.uniform(0.2, 0.7))[..., None], fill * np.float32(d.uniform(0.1, 0.5)), fill)
    changed = np.abs(fill - img).mean(-1)[m].mean() if m.any() else 0
    if changed < 0.05:
        return img, np.zeros_like(m)
    soft = cv2.GaussianBlur(m.astype(np.float32), (0, 0), 0.8)
    return lay(img, fill, soft).astype(np.float32), m


def shoot(img, d, strength=1.0):
    """Light and telephone: gradients, shadows, reflections, white balance, blur, noise, JPEG. None of it is damage."""
    h, w = img.shape[:2]
    # Light is smooth: every second pixel will do.
    yy, xx = np.mgrid[0.5:h:2, 0.5:w:2].astype(np.float32) if (h, w) != (SIDE, SIDE) else (YY2, XX2)
    a = d.uniform(0, 2 * np.pi)
    c, s = np.float32(np.cos(a)), np.float32(np.sin(a))
    light = 1 + np.float32(strength * d.uniform(0, 0.45)) * ((xx / w - 0.5) * c + (yy / h - 0.5) * s)
    glow = np.zeros_like(light)
    if d.random() < 0.35 * strength:  # a soft shadow edge
        t = (xx - w * d.uniform(0.1, 0.9)) * c + (yy - h * d.uniform(0.1, 0.9)) * s
        light *= 1 - np.float32(d.uniform(0.1, 0.4)) / (1 + np.exp(np.clip(-t / d.uniform(3, 30), -30, 30)))
    for _ in range(int(d.random() < 0.45 * strength) + int(d.random() < 0.15 * strength)):  # lamp, window, or a streak on metal
        cx, cy, size = d.uniform(0, w), d.uniform(0, h), d.between(4, 60)
        q, tall, turn = float(d.choice([2.0, 6.0])), d.between(0.15, 6), d.uniform(0, np.pi)
        u = (xx - cx) * np.float32(np.cos(turn)) + (yy - cy) * np.float32(np.sin(turn))
        v = (yy - cy) * np.float32(np.cos(turn)) - (xx - cx) * np.float32(np.sin(turn))
        r = (np.abs(u / size) ** q + np.abs(v / (size * tall)) ** q) ** (1 / q)
        glow += np.float32(d.uniform(0.08, 0.55)) / (1 + np.exp(np.clip((r - 1) * d.uniform(2, 9), -30, 30)))
    if d.random() < 0.3 * strength:
        glow += np.float32(d.uniform(0, 0.15))  # veil
    over = lambda x: cv2.merge([cv2.resize(x, (w, h), interpolation=cv2.INTER_LINEAR)] * 3)
    out = img * over(light) + over(glow)
    gain = ((1 + d.normal(0, 0.07 * strength, 3)) * d.uniform(1 - 0.2 * strength, 1 + 0.15 * strength)).astype(np.float32)
    curve = d.uniform(1 - 0.25 * strength, 1 + 0.3 * strength)
    tone = np.linspace(0, 1.3, 256, dtype=np.float32)[:, None] ** np.float32(curve) * gain
    out = cv2.LUT(cv2.convertScaleAbs(out, alpha=255 / 1.3), np.ascontiguousarray(tone[None]))
    blur = d.uniform(0, 1.05)
    if blur > 0.35:
        out = cv2.GaussianBlur(out, (0, 0), blur)
    if (h, w) == (SIDE, SIDE):
        out += np.float32(d.between(0.002, 0.025)) * d.sensor()
    out = (np.clip(out, 0, 1, out=out) * 255).astype(np.uint8)
    if d.random() < 0.7:
        out = cv2.imdecode(cv2.imencode(".jpg", out, [1, int(d.integers(50, 96))])[1], 1)
    return out


def nudge(d, side, amount):
    """A homography near the identity: what is left after alignment, and slight parallax."""
    q = np.float32([[0, 0], [side, 0], [side, side], [0, side]])
    shift = d.normal(0, amount, 2)
    return cv2.getPerspectiveTransform(q, (q + shift + d.normal(0, amount * 0.6, (4, 2))).astype(np.float32))


def warp(img, m):
    return cv2.warpPerspective(img, m, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT)
