"""A product's front as maps (colour, normal, gloss), drawn from signed distances, with damage put in before shading.

Coordinates are millimetres on the product's front plane: x to the right, y down, the origin at its top left.
"""

from __future__ import annotations

import cv2
import numpy as np

KINDS = ["scratch", "crack", "dent", "stain", "chip", "missing_part"]


def rounded_rect(x, y, w, h, r):
    """Signed distance in mm to a rounded rectangle; negative inside."""
    cx, cy = x + w / 2, y + h / 2

    def distance(px, py):
        qx = np.abs(px - cx) - (w / 2 - r)
        qy = np.abs(py - cy) - (h / 2 - r)
        outside = np.hypot(np.maximum(qx, 0), np.maximum(qy, 0))
        return outside + np.minimum(np.maximum(qx, qy), 0) - r

    return distance, (x, y, w, h)


def circle(cx, cy, r):
    """Signed distance in mm to a disc."""
    return (lambda px, py: np.hypot(px - cx, py - cy) - r), (cx - r, cy - r, 2 * r, 2 * r)


def capsule(x0, y0, x1, y1, r):
    """Signed distance in mm to a segment with round ends."""

    def distance(px, py):
        dx, dy = x1 - x0, y1 - y0
        t = np.clip(((px - x0) * dx + (py - y0) * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
        return np.hypot(px - x0 - t * dx, py - y0 - t * dy) - r

    box = (min(x0, x1) - r, min(y0, y1) - r, abs(x1 - x0) + 2 * r, abs(y1 - y0) + 2 * r)
    return distance, box


def polygon(points, r=0.0):
    """Signed distance in mm to a polygon, rounded outwards by `r`."""
    p = np.asarray(points, np.float32)

    def distance(px, py):
        best = np.full(px.shape, 1e9, np.float32)
        inside = np.zeros(px.shape, bool)
        for (ax, ay), (bx, by) in zip(p, np.roll(p, -1, 0)):
            dx, dy = bx - ax, by - ay
            t = np.clip(((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy + 1e-9), 0, 1)
            best = np.minimum(best, np.hypot(px - ax - t * dx, py - ay - t * dy))
            crosses = ((ay > py) != (by > py)) & (px < (bx - ax) * (py - ay) / (by - ay + 1e-9) + ax)
            inside ^= crosses
        return np.where(inside, -best, best) - r

    (x0, y0), (x1, y1) = p.min(0) - r, p.max(0) + r
    return distance, (x0, y0, x1 - x0, y1 - y0)


def ring(shape, hole):
    """What is inside `shape` and outside `hole`."""
    outer, inner = shape[0], hole[0]
    return (lambda px, py: np.maximum(outer(px, py), -inner(px, py))), shape[1]


class Surface:
    """The maps of one product's front."""

    def __init__(self, width_mm, height_mm, px_per_mm, pad_mm=12.0):
        self.scale, self.pad = px_per_mm, pad_mm
        self.size_mm = (width_mm, height_mm)
        h = int(round((height_mm + 2 * pad_mm) * px_per_mm))
        w = int(round((width_mm + 2 * pad_mm) * px_per_mm))
        self.alpha = np.zeros((h, w), np.float32)
        self.colour = np.zeros((h, w, 3), np.float32)
        self.normal = np.zeros((h, w, 3), np.float32)
        self.normal[..., 2] = 1
        self.metal = np.zeros((h, w), np.float32)
        self.gloss = np.zeros((h, w), np.float32)
        self.rough = np.full((h, w), 0.5, np.float32)
        self.glow = np.zeros((h, w, 3), np.float32)
        self.solid = np.zeros((h, w), np.float32)  # what is extruded to the back
        self.parts = {}
        self.frames = {}
        self.left_out = None

    def window(self, box, margin_mm=2.0):
        """The pixel window of a box in mm and the mm coordinates of its pixel centres."""
        x, y, w, h = box
        s, p = self.scale, self.pad + margin_mm
        x0 = max(int((x + self.pad - margin_mm) * s), 0)
        y0 = max(int((y + self.pad - margin_mm) * s), 0)
        x1 = min(int((x + w + p) * s) + 1, self.alpha.shape[1])
        y1 = min(int((y + h + p) * s) + 1, self.alpha.shape[0])
        px, py = np.meshgrid(
            (np.arange(x0, x1, dtype=np.float32) + 0.5) / s - self.pad,
            (np.arange(y0, y1, dtype=np.float32) + 0.5) / s - self.pad,
        )
        return np.s_[y0:y1, x0:x1], px, py

    def coverage(self, shape):
        """A shape's full-size anti-aliased mask."""
        out = np.zeros_like(self.alpha)
        win, px, py = self.window(shape[1])
        if px.size:
            out[win] = np.clip(0.5 - shape[0](px, py) * self.scale, 0, 1)
        return out

    def add(self, shape, colour, *, bevel=1.0, steep=0.9, curve=None, metal=0.0, gloss=0.3, rough=0.35,
            glow=None, part=None, solid=False, opacity=1.0, recess=False, texture=None):
        """Puts one layer on top. `curve` bends it like an upright cylinder ('x') or a lying one ('y')."""
        if part is not None and part == self.left_out:
            self.parts[part] = self.coverage(shape)
            return
        win, px, py = self.window(shape[1])
        if not px.size:
            return
        d = shape[0](px, py).astype(np.float32)
        a = np.clip(0.5 - d * self.scale, 0, 1) * opacity
        n = np.zeros(d.shape + (3,), np.float32)
        if bevel > 0:
            gy, gx = np.gradient(d, 1 / self.scale)
            lean = np.clip(1 + d / bevel, 0, 1) ** 1.5 * steep * (-1 if recess else 1)
            n[..., 0] += gx * lean
            n[..., 1] += gy * lean
        x, y, w, h = shape[1]
        if curve == "x":
            n[..., 0] += np.clip((px - x - w / 2) / (w / 2), -1, 1) * 1.0 / np.sqrt(
                np.maximum(1.05 - np.clip((px - x - w / 2) / (w / 2), -1, 1) ** 2, 0.04))
        elif curve == "y":
            t = np.clip((py - y - h / 2) / (h / 2), -1, 1)
            n[..., 1] += t / np.sqrt(np.maximum(1.05 - t ** 2, 0.04))
        n[..., 2] = 1
        n /= np.linalg.norm(n, axis=-1, keepdims=True)
        c = np.broadcast_to(np.asarray(colour, np.float32), d.shape + (3,))
        if texture is not None:
            c = c * texture(px, py)[..., None]

        def blend(target, value):
            k = a if target.ndim == 2 else a[..., None]
            target[win] = target[win] * (1 - k) + value * k

        blend(self.colour, c)
        blend(self.normal, n)
        blend(self.metal, metal)
        blend(self.gloss, gloss)
        blend(self.rough, rough)
        blend(self.glow, 0.0 if glow is None else np.asarray(glow, np.float32))
        self.alpha[win] = np.maximum(self.alpha[win], a)
        if solid:
            self.solid[win] = np.maximum(self.solid[win], a)
        if part is not None:
            full = np.zeros_like(self.alpha)
            full[win] = a
            self.parts[part] = full

    def shade(self, light):
        """Colour of every pixel, linear, under `light` (see `Light`)."""
        n = self.normal / np.maximum(np.linalg.norm(self.normal, axis=-1, keepdims=True), 1e-6)
        facing = np.clip(n @ light.direction, 0, None)
        base = self.colour * (light.ambient * (0.75 - 0.25 * n[..., 1:2]) + light.key * facing[..., None])
        rx, ry = 2 * n[..., 2] * n[..., 0], 2 * n[..., 2] * n[..., 1]
        env = light.environment(rx, ry, self.rough)
        fresnel = 0.06 + 0.5 * (1 - np.clip(n[..., 2], 0, 1)) ** 3
        half = light.direction + np.array([0, 0, 1], np.float32)
        half /= np.linalg.norm(half)
        power = 2 / np.maximum(self.rough, 0.04) ** 2
        spot = np.clip(n @ half, 0, 1) ** power * np.minimum(power / 40, 3) * light.spot
        m = self.metal[..., None]
        dull = base + (self.gloss * (fresnel * env + 0.5 * spot))[..., None] * light.tint
        mirror = self.colour * (env + 0.35 * spot)[..., None] * light.tint * 0.95
        return dull * (1 - m) + mirror * m + self.glow


class Light:
    """One lamp from a direction, soft boxes seen in reflections, and what comes from all sides."""

    def __init__(self, rng, studio=False):
        u = rng.uniform
        if studio:
            d = np.array([-0.45, -0.75, 0.9])
            self.ambient, self.key, self.spot = np.float32([0.52] * 3), np.float32([0.55] * 3), 0.25
            self.tint = np.ones(3, np.float32)
            self.boxes = [(-0.75, -0.35, 0.22, 0.9, 1.0), (0.8, -0.2, 0.12, 0.9, 0.7), (0.0, -1.1, 1.2, 0.35, 0.8)]
            self.floor, self.sky = 0.28, 0.42
        else:
            d = np.array([u(-0.9, 0.9), u(-1.0, -0.2), u(0.5, 1.1)])
            warm = u(-1, 1)
            self.tint = np.float32([1 - 0.08 * warm, 1.0, 1 + 0.10 * warm])  # blue, green, red
            self.ambient = np.float32(u(0.25, 0.6)) * self.tint
            self.key = np.float32(u(0.4, 0.85)) * self.tint
            self.spot = u(0.0, 0.8)
            self.boxes = [
                (u(-1.2, 1.2), u(-1.0, 0.4), u(0.08, 0.4), u(0.2, 0.9), u(0.3, 1.3)) for _ in range(rng.integers(1, 4))
            ]
            self.floor, self.sky = u(0.12, 0.4), u(0.2, 0.5)
        self.direction = (d / np.linalg.norm(d)).astype(np.float32)

    def environment(self, rx, ry, rough):
        """Brightness seen along a reflected direction; rough surfaces see it blurred."""
        t = 1 / (1 + np.exp((ry + 0.05) * 4))
        out = self.floor * (1 - t) + self.sky * t
        soft = 0.06 + 0.35 * rough
        for cx, cy, w, h, power in self.boxes:
            wx = 1 / (1 + np.exp((np.abs(rx - cx) - w) / (soft * 0.35)))
            wy = 1 / (1 + np.exp((np.abs(ry - cy) - h) / (soft * 0.35)))
            out = out + power * wx * wy
        return out.astype(np.float32)


def wander(rng, start, length, bend, step, angle=None):
    """A crooked path in mm."""
    a = rng.uniform(0, 2 * np.pi) if angle is None else angle
    points, p = [np.asarray(start, float)], np.asarray(start, float)
    for _ in range(max(int(length / step), 2)):
        a += rng.normal(0, bend)
        p = p + step * np.array([np.cos(a), np.sin(a)])
        points.append(p)
    return np.array(points)


def stroke(surface, points, width_mm, taper=True):
    """The anti-aliased mask of a path."""
    s = surface.scale
    up = 2
    h, w = surface.alpha.shape
    out = np.zeros((h * up, w * up), np.uint8)
    px = (points + surface.pad) * s * up
    for i in range(len(px) - 1):
        f = 1.0 if not taper else 0.35 + 0.65 * np.sin(np.pi * (i + 0.7) / len(px))
        a, b = [tuple(int(v * 16) for v in q) for q in (px[i], px[i + 1])]
        cv2.line(out, a, b, 255, max(int(round(width_mm * s * up * f)), 1), cv2.LINE_AA, 4)
    return cv2.resize(out, (w, h), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def noise(rng, shape, cell, octaves=4):
    """Smooth noise about −1 to 1."""
    out = np.zeros(shape, np.float32)
    for o in range(octaves):
        c = max(cell / 2 ** o, 1)
        small = rng.normal(0, 1, (int(shape[0] / c) + 3, int(shape[1] / c) + 3)).astype(np.float32)
        big = cv2.resize(small, None, fx=c, fy=c, interpolation=cv2.INTER_CUBIC)
        out += big[: shape[0], : shape[1]] / 1.8 ** o
    return (out / 1.6).astype(np.float32)


def damage(surface, rng, kind, at, size_mm):
    """Damages the maps about `at` (mm) and returns the mask of what changed (1 = damaged)."""
    h, w = surface.alpha.shape
    s = surface.scale
    py, px = np.mgrid[0:h, 0:w].astype(np.float32)
    px, py = px / s - surface.pad, py / s - surface.pad
    if kind in ("scratch", "crack"):
        jag = (0.05, 2.0) if kind == "scratch" else (0.55, 2.2)
        mask = np.zeros((h, w), np.float32)
        angle = rng.uniform(0, 2 * np.pi)
        count = int(rng.integers(1, 3)) if kind == "scratch" else 1
        for i in range(count):
            length = size_mm * (1 if i == 0 else rng.uniform(0.3, 0.7))
            start = np.asarray(at) - 0.5 * length * np.array([np.cos(angle), np.sin(angle)]) + rng.normal(0, 1.5 * i + 0.1, 2)
            path = wander(rng, start, length, jag[0], jag[1], angle + rng.normal(0, 0.1))
            width = rng.uniform(0.7, 1.5) if kind == "scratch" else rng.uniform(0.8, 1.4)
            mask = np.maximum(mask, stroke(surface, path, width))
            if kind == "crack":
                for _ in range(int(rng.integers(1, 4))):
                    k = int(rng.integers(1, len(path)))
                    side = wander(rng, path[k], length * rng.uniform(0.2, 0.5), jag[0], jag[1], angle + rng.choice([-1, 1]) * rng.uniform(0.4, 1.1))
                    mask = np.maximum(mask, stroke(surface, side, width * 0.7))
        mask *= surface.alpha
        dark = surface.colour.mean(-1) < 0.32
        if kind == "scratch":
            tone = np.where(dark[..., None], rng.uniform(0.45, 0.8), surface.colour * rng.uniform(0.45, 0.75) + 0.05)
            k = (mask * rng.uniform(0.65, 0.95))[..., None]
        else:
            tone = np.where(dark[..., None], surface.colour * 0.1 + rng.choice([0.0, 0.45]), 0.02)
            k = (mask * 0.92)[..., None]
        surface.colour[:] = surface.colour * (1 - k) + tone * k
        surface.glow *= 1 - k
        surface.metal *= 1 - 0.8 * mask
        surface.gloss *= 1 - 0.5 * mask
        mask = mask.astype(np.float32)
        gx = cv2.Sobel(mask, cv2.CV_32F, 1, 0) * 0.6
        gy = cv2.Sobel(mask, cv2.CV_32F, 0, 1) * 0.6
        surface.normal[..., 0] += gx
        surface.normal[..., 1] += gy
        return mask
    if kind == "dent":
        a, squash = rng.uniform(0, np.pi), rng.uniform(0.5, 1.0)
        dx, dy = px - at[0], py - at[1]
        u = (dx * np.cos(a) + dy * np.sin(a)) / (size_mm / 2)
        v = (-dx * np.sin(a) + dy * np.cos(a)) / (size_mm / 2 * squash)
        r2 = u * u + v * v
        depth = rng.uniform(0.9, 1.7)
        bump = np.exp(-1.6 * r2)
        gu, gv = -3.2 * u * bump * depth, -3.2 * v * bump * depth
        surface.normal[..., 0] -= gu * np.cos(a) - gv * np.sin(a)
        surface.normal[..., 1] -= gu * np.sin(a) + gv * np.cos(a)
        surface.colour *= (1 - 0.12 * bump)[..., None]
        return ((r2 < 1.0) * surface.alpha).astype(np.float32)
    if kind == "stain":
        d = np.hypot(px - at[0], py - at[1]) / (size_mm / 2) + 0.45 * noise(rng, (h, w), size_mm * s / 2.5)
        mask = np.clip((0.8 - d) * rng.uniform(3, 8), 0, 1) * surface.alpha
        tint = rng.choice([0, 1, 2])
        tone = np.float32([[0.03, 0.08, 0.18], [0.02, 0.02, 0.03], [0.35, 0.42, 0.45]][tint])
        k = (mask * rng.uniform(0.55, 0.85))[..., None]
        surface.colour[:] = surface.colour * (1 - k) + tone * k
        surface.glow *= 1 - k
        surface.metal *= 1 - 0.7 * mask
        surface.gloss *= 1 - 0.6 * mask
        return (mask > 0.3).astype(np.float32) * surface.alpha
    if kind == "chip":
        d = np.hypot(px - at[0], py - at[1]) / (size_mm / 2) + 0.25 * noise(rng, (h, w), size_mm * s / 3)
        mask = np.clip((0.85 - d) * size_mm * s / 3, 0, 1) * surface.alpha
        tone = np.clip(surface.colour.reshape(-1, 3)[surface.alpha.ravel() > 0.5].mean(0) * 0.6 + rng.uniform(0.15, 0.4), 0, 1)
        rough = 1 + 0.3 * noise(rng, (h, w), 3 * s)
        surface.colour[:] = surface.colour * (1 - mask[..., None]) + tone * rough[..., None] * mask[..., None]
        surface.glow *= 1 - mask[..., None]
        surface.metal *= 1 - mask
        surface.gloss *= 1 - mask
        edge = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1 + 0.5 * s)
        surface.normal[..., 0] += cv2.Sobel(edge, cv2.CV_32F, 1, 0) * 2 + 0.4 * noise(rng, (h, w), 2 * s) * mask
        surface.normal[..., 1] += cv2.Sobel(edge, cv2.CV_32F, 0, 1) * 2 + 0.4 * noise(rng, (h, w), 2 * s) * mask
        return (mask > 0.5).astype(np.float32)
    raise ValueError(f"unknown kind {kind}; one of {KINDS}")
