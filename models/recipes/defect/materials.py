"""Surfaces as things are made of, drawn: what a photo without a catalogue photo often shows close by. None of it is damage."""

from __future__ import annotations

import cv2
import numpy as np

from synth import SIDE, XX, YY


def material(d):
    """A surface (float32 BGR 0…1): printed or plain things in any colour, and materials, half of them grey."""
    if d.random() < 0.35:
        return printed(d)
    make = (metal, cast, wood, plain, woven, perforated)[int(d.choice(6, p=[0.28, 0.22, 0.12, 0.18, 0.1, 0.1]))]
    light = make(d)
    level = d.uniform(0.12, 0.9) if d.random() < 0.6 else d.between(0.06, 0.5)
    tint = np.ones(3) if d.random() < 0.5 else 1 + d.normal(0, 0.2, 3)
    if make is wood and d.random() < 0.7:
        tint = np.array([0.5, 0.8, 1.1]) * (1 + d.normal(0, 0.08, 3))
    out = cv2.merge([light * np.float32(np.clip(level * t, 0.03, 0.97)) for t in tint])
    if d.random() < 0.25:
        out = marked(d, out, level)
    return np.clip(out, 0, 1)


def streaks(d, length):
    """Noise drawn out along the rows."""
    out = cv2.blur(d.field(float(d.choice([2, 4]))), (int(length), 1))
    return out / max(float(out.std()), 1e-3)


def metal(d):
    """Brushed, drawn, ground: streaks of several lengths, bands of light across them."""
    out = np.ones((SIDE, SIDE), np.float32)
    for _ in range(int(d.integers(1, 4))):
        out += np.float32(d.between(0.01, 0.16)) * streaks(d, d.between(9, 200))
    if d.random() < 0.5:  # single lines of the tool
        lines = np.maximum(streaks(d, 200) - 1.6, 0)
        out += np.float32(d.uniform(0.05, 0.4) * d.choice([-1, 1])) * lines
    if d.random() < 0.6:
        out *= np.float32(1) + np.float32(d.uniform(0.05, 0.5)) * np.cos(YY * np.float32(d.uniform(0.005, 0.05)) + np.float32(d.uniform(0, 6)))
    out += np.float32(d.uniform(0, 0.12)) * d.field(64) + np.float32(d.uniform(0, 0.06)) * d.field(2)
    return out.T.copy() if d.random() < 0.5 else out


def cast(d):
    """Concrete, cast iron, stone, plaster: clouds, grain, and many pores."""
    out = np.ones((SIDE, SIDE), np.float32)
    for cell, most in ((64, 0.2), (32, 0.15), (16, 0.12), (8, 0.1), (4, 0.15), (2, 0.25)):
        if d.random() < 0.6:
            out += np.float32(d.uniform(0, most)) * d.field(cell)
    if d.random() < 0.45:
        pores = np.clip((d.field(d.choice([2, 4, 8])) - np.float32(d.uniform(0.7, 1.3))) * 3, 0, 1)
        out *= 1 - pores * np.float32(d.uniform(-0.3, 0.6))
    return out


def wood(d):
    across = XX * np.float32(d.uniform(0.1, 0.6)) + np.float32(d.uniform(1, 6)) * d.field(64) + np.float32(d.uniform(0, 0.8)) * d.field(16)
    out = 1 + np.float32(d.uniform(0.03, 0.2)) * np.sin(across) + np.float32(d.uniform(0.02, 0.12)) * streaks(d, d.between(15, 80)).T
    return out if d.random() < 0.5 else out.T.copy()


def plain(d):
    """Plastic, paint, glass: even, or with the fine grain of a mould."""
    out = 1 + np.float32(d.uniform(0, 0.12)) * d.field(64)
    if d.random() < 0.5:
        out = out + np.float32(d.uniform(0, 0.08)) * d.field(2)
    return out


def woven(d):
    fx, fy = d.between(0.25, 1.6), d.between(0.25, 1.6)
    bend = np.float32(d.uniform(0, 2)) * d.field(64)
    out = np.sin(XX * np.float32(fx) + bend) * np.sin(YY * np.float32(fy) + bend)
    return 1 + np.float32(d.uniform(0.05, 0.35)) * out + np.float32(d.uniform(0, 0.1)) * d.field(2)


def perforated(d):
    """Holes, studs or grooves in rows."""
    step, skew = d.between(9, 48), d.uniform(0, 0.5)
    row = np.floor(YY / np.float32(step))
    x = (XX + row * np.float32(skew * step)) % np.float32(step) - np.float32(step / 2)
    y = YY % np.float32(step) - np.float32(step / 2)
    r = np.abs(y) if d.random() < 0.25 else np.sqrt(x * x + y * y)
    holes = np.clip((np.float32(step * d.uniform(0.12, 0.38)) - r) * np.float32(d.uniform(0.5, 1.5)), 0, 1)
    return plain(d) * (1 + holes * np.float32(d.choice([-0.8, -0.5, 0.3, 0.6])))


def marked(d, img, level):
    """With seams, holes and prints that belong there."""
    out = (np.clip(img, 0, 1) * 255).astype(np.uint8)
    for _ in range(int(d.integers(1, 4))):
        mark(d, out, tuple(float(v) for v in np.clip(level * d.uniform(0.3, 1.7) * (1 + d.normal(0, 0.1, 3)), 0, 1) * 255))
    return out.astype(np.float32) / 255


def mark(d, img, tone):
    x, y = (int(v) for v in d.integers(-20, SIDE + 20, 2))
    size, thick = int(d.between(5, 120)), int(d.choice([-1, 1, 2, 4]))
    shape = int(d.integers(4))
    if shape == 0:
        cv2.rectangle(img, (x, y), (x + size, y + int(size * d.uniform(0.2, 1.5))), tone, thick, cv2.LINE_AA)
    elif shape == 1:
        cv2.ellipse(img, (x, y), (size // 2 + 1, int(size * d.uniform(0.25, 1)) // 2 + 1), d.uniform(0, 180), 0, 360, tone, thick, cv2.LINE_AA)
    elif shape == 2:  # a seam runs from side to side, straight
        a, b = int(d.integers(SIDE)), int(d.integers(-6, 7))
        ends = ((0, a), (SIDE, a + b)) if d.random() < 0.5 else ((a, 0), (a + b, SIDE))
        cv2.line(img, *ends, tone, max(thick, 1), cv2.LINE_AA)
    else:
        text = "".join(chr(int(d.integers(48, 91))) for _ in range(int(d.integers(1, 9))))
        cv2.putText(img, text, (x, y), int(d.integers(4)), d.between(0.3, 2), tone, max(thick, 1), cv2.LINE_AA)


def printed(d):
    """Coloured and plain, grained, brushed or speckled; with seams, prints, holes that belong there."""
    base = (d.uniform(0.08, 0.92) * (1 + d.normal(0, 0.06, 3))).astype(np.float32)
    if d.random() < 0.45:
        base = np.clip(base + d.normal(0, 0.18, 3).astype(np.float32), 0.03, 0.95)
    light = np.ones((SIDE, SIDE), np.float32)
    for cell, most in ((64, 0.25), (16, 0.1), (4, 0.12), (2, 0.15)):
        if d.random() < 0.55:
            light = light + np.float32(d.uniform(0, most)) * d.field(cell)
    img = np.ascontiguousarray(np.clip(base * light[..., None], 0, 1) * 255).astype(np.uint8)
    for _ in range(int(d.choice([0, 1, 2, 4, 8], p=[0.35, 0.2, 0.2, 0.15, 0.1]))):
        mark(d, img, tuple(float(v) for v in np.clip(base * d.uniform(0.3, 1.6) + d.normal(0, 0.1, 3), 0, 1) * 255))
    return cv2.GaussianBlur(img.astype(np.float32) / 255, (0, 0), 0.6)
