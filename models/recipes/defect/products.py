"""The demo shop's products, drawn as surfaces. A seed of 0 is the product itself; others are made-up variants for training."""

from __future__ import annotations

import cv2
import numpy as np

from surface import Surface, capsule, circle, polygon, ring, rounded_rect


def _vary(rng, colour, variant, amount=0.5):
    """The colour itself, or for a variant a random one."""
    if not variant or rng.random() > amount + 0.3:
        return np.float32(colour)
    base = rng.uniform(0.02, 0.85)
    return np.clip(np.float32(base + rng.normal(0, 0.12, 3)), 0.01, 0.92)


def _screen_glow(surface, box, draw):
    """Paints what a display shows: `draw(image, scale)` on a black picture of the display's box, added as light."""
    x, y, w, h = box
    s, up = surface.scale, 4
    img = np.zeros((int(h * s * up), int(w * s * up), 3), np.uint8)
    draw(img, s * up)
    small = cv2.resize(img, (int(w * s), int(h * s)), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    x0, y0 = int((x + surface.pad) * s), int((y + surface.pad) * s)
    surface.glow[y0 : y0 + small.shape[0], x0 : x0 + small.shape[1]] += small ** 1.8 * 0.85


def _text(img, s, text, x, y, height_mm, colour, weight=1.0):
    size = height_mm * s / 22
    cv2.putText(img, text, (int(x * s), int(y * s)), cv2.FONT_HERSHEY_DUPLEX, size, colour, max(int(size * 1.6 * weight), 1), cv2.LINE_AA)


def _cup(img, s, x, y, size, colour, level):
    t = max(int(0.7 * s), 1)
    k = lambda a, b: (int((x + a * size) * s), int((y + b * size) * s))
    pts = np.array([k(0, 0), k(0.1, 0.75), k(0.25, 0.9), k(0.6, 0.9), k(0.75, 0.75), k(0.85, 0)], np.int32)
    cv2.polylines(img, [pts], True, colour, t, cv2.LINE_AA)
    cv2.ellipse(img, k(0.86, 0.35), (int(0.2 * size * s), int(0.22 * size * s)), 0, -95, 80, colour, t, cv2.LINE_AA)
    fill = np.array([k(0.06, 1 - level), k(0.12, 0.75), k(0.27, 0.86), k(0.58, 0.86), k(0.72, 0.75), k(0.79, 1 - level)], np.int32)
    cv2.fillPoly(img, [fill], tuple(int(c * 0.75) for c in colour), cv2.LINE_AA)


def coffee_machine(seed, px_per_mm, left_out=None):
    """A bean-to-cup machine with a wide display above its spout; 270 × 360 mm."""
    rng = np.random.default_rng(seed)
    v = seed != 0
    s = Surface(270, 372, px_per_mm)
    s.left_out, s.depth_mm, s.name = left_out, 190.0, "coffee-machine"
    body = _vary(rng, (0.075, 0.072, 0.07), v)
    panel = _vary(rng, (0.026, 0.025, 0.025), v, 0.2)
    steel = np.float32([0.62, 0.63, 0.64])
    tilt = rng.uniform(-6, 6) if v else 0.0
    # bean hopper with its lid
    s.add(polygon([(62, 6), (208, 6), (220, 44), (50, 44)], 3), (0.10, 0.11, 0.13), bevel=5, gloss=1.0, rough=0.08, solid=True)
    beans = rng.uniform(0, 6.28, 2)
    s.add(polygon([(66, 20), (204, 20), (211, 40), (59, 40)], 1), (0.035, 0.06, 0.11), bevel=0, gloss=0.5, rough=0.2,
          texture=lambda x, y: 0.75 + 0.5 * np.sin(x * 1.15 + beans[0] + np.sin(y * 0.9)) * np.sin(y * 1.3 + beans[1]))
    s.add(rounded_rect(56, 0, 158, 9, 4), panel + 0.03, bevel=3, gloss=0.8, rough=0.2, part="lid")
    # body, front panel and trim
    s.add(rounded_rect(10, 40, 250, 322, 16), body, bevel=11, gloss=0.45, rough=0.34, solid=True)
    s.add(rounded_rect(20, 50, 230, 118, 9), panel, bevel=1.4, gloss=0.9, rough=0.14)
    s.add(rounded_rect(20, 170, 230, 4.5, 2), steel, bevel=2, curve="y", metal=1, rough=0.2)
    # display
    dx, dy, dw, dh = 52 + tilt, 60, 166, 74
    s.frames["screen"] = (dx, dy, dw, dh)
    s.add(rounded_rect(dx - 2, dy - 2, dw + 4, dh + 4, 5), (0.012, 0.012, 0.012), bevel=1.2, gloss=1, rough=0.1)
    s.add(rounded_rect(dx, dy, dw, dh, 3), (0.016, 0.013, 0.011), bevel=0, gloss=1.1, rough=0.06)
    accent = tuple(int(c) for c in (rng.uniform(60, 255, 3) if v else (235, 200, 120)))
    clock = "09:41" if not v else f"{rng.integers(0, 24):02d}:{rng.integers(0, 60):02d}"

    def show(img, k):
        white = (225, 228, 230)
        _text(img, k, clock, 7, 13.5, 7, white)
        _text(img, k, "93", dw - 22, 13.5, 6, white)
        cv2.circle(img, (int((dw - 6.5) * k), int(9 * k)), max(int(0.9 * k), 1), white, max(int(0.4 * k), 1), cv2.LINE_AA)
        for i in range(3):
            x = 12 + i * 52
            if i == 1:
                cv2.rectangle(img, (int((x - 6) * k), int(19 * k)), (int((x + 38) * k), int(68 * k)), tuple(int(c * 0.22) for c in accent), -1)
            _cup(img, k, x + 4, 25, 26 - 3 * (i == 0), accent if i == 1 else white, 0.3 + 0.2 * i)
            cv2.line(img, (int((x + 4) * k), int(59 * k)), (int((x + 27) * k), int(59 * k)), white if i == 1 else (120, 122, 125), max(int(1.6 * k), 1), cv2.LINE_AA)

    _screen_glow(s, (dx, dy, dw, dh), show)
    # buttons and a knob below the display
    for i, x in enumerate((66, 92, 178, 204)):
        s.add(circle(x, 152, 7), panel + 0.05, bevel=2, gloss=0.8, rough=0.2, part=f"button{i}")
        s.add(ring(circle(x, 152, 7.4), circle(x, 152, 6.6)), steel * 0.7, bevel=0.4, metal=1, rough=0.2, part=f"button{i}-rim")
    s.add(circle(135, 152, 14.5), steel * 0.8, bevel=3, metal=1, rough=0.22, part="knob")
    if left_out != "knob":
        s.add(circle(135, 152, 10.5), steel, bevel=1, metal=1, rough=0.3,
              texture=lambda x, y: 0.9 + 0.12 * np.cos(2 * np.arctan2(y - 152, x - 135)))
        s.add(capsule(135, 143.5, 135, 147, 0.9), (0.03, 0.03, 0.03), bevel=0, gloss=0.2)
    else:
        s.add(circle(135, 152, 4), (0.01, 0.01, 0.01), bevel=0.8, recess=True, gloss=0.1)
    # the bay for the cup, its spout and the cup
    s.add(rounded_rect(46, 182, 178, 142, 10), body * 0.45 + 0.004, bevel=10, recess=True, steep=1.3, gloss=0.35, rough=0.3,
          texture=lambda x, y: 0.45 + 0.75 * np.clip((y - 182) / 142, 0, 1))
    s.add(rounded_rect(104, 178, 62, 34, 8), panel + 0.05, bevel=7, gloss=0.9, rough=0.15, part="spout")
    s.add(rounded_rect(104, 196, 62, 3, 1), steel, bevel=1, metal=1, rough=0.2, part="spout-trim")
    for i, x in enumerate((121, 143)):
        s.add(rounded_rect(x - 4 + 2, 210, 8, 12, 2), steel, bevel=3, curve="x", metal=1, rough=0.15, part=f"nozzle{i}")
    # drip tray
    s.add(rounded_rect(34, 322, 202, 30, 6), panel + 0.02, bevel=4, gloss=0.6, rough=0.25, part="tray")
    s.add(rounded_rect(40, 322, 190, 6, 2), steel, bevel=1.5, metal=1, rough=0.25,
          texture=lambda x, y: 0.5 + 0.5 * (np.sin(x * 1.1) > -0.3))
    s.add(rounded_rect(112, 337, 46, 5, 2.5), steel * 0.9, bevel=1.5, metal=1, rough=0.2, part="tray-grip")
    for x in (26, 214):
        s.add(rounded_rect(x, 358, 30, 14, 3), (0.02, 0.02, 0.02), bevel=2, gloss=0.1, solid=True)
    return s


def kettle(seed, px_per_mm, left_out=None):
    """A steel electric kettle on its base; 250 × 260 mm."""
    rng = np.random.default_rng(seed)
    v = seed != 0
    s = Surface(250, 262, px_per_mm)
    s.left_out, s.depth_mm, s.name = left_out, 0.0, "kettle"
    black = _vary(rng, (0.035, 0.034, 0.034), v, 0.2)
    steel = np.float32([0.66, 0.67, 0.68]) if not v or rng.random() < 0.6 else _vary(rng, (0.6, 0.6, 0.6), True)
    metal = 1.0 if not v or rng.random() < 0.6 else 0.0
    # handle: a loop at the right
    loop = ring(rounded_rect(150, 34, 88, 168, 34), rounded_rect(150, 58, 62, 122, 22))
    s.add(loop, black, bevel=9, gloss=0.6, rough=0.28, part="handle")
    # spout at the left, behind the body
    s.add(polygon([(66, 62), (34, 40), (18, 38), (26, 52), (62, 118)], 3), steel * 0.95, bevel=9, steep=1.0, metal=metal, gloss=0.6, rough=0.2)
    # base plate
    arc = np.linspace(0, np.pi, 25)
    foot = [(110 + 76 * np.cos(a), 250 + 11 * np.sin(a)) for a in arc]
    s.add(polygon([(36, 242), (184, 242), *foot], 1), black, bevel=5, curve="x", gloss=0.5, rough=0.3)
    s.add(rounded_rect(42, 234, 136, 8, 3), black * 0.7, bevel=2, curve="x", gloss=0.5, rough=0.3)
    # body: an upright cone frustum
    body = polygon([(64, 54), (156, 54), (174, 232), (46, 232)], 4)
    s.add(body, steel, bevel=4, curve="x", metal=metal, gloss=0.9, rough=0.17)
    s.frames["body"] = (46, 54, 128, 178)
    s.add(polygon([(47.5, 214), (172.5, 214), (174, 232), (46, 232)], 3), black, bevel=2, curve="x", gloss=0.7, rough=0.25)
    s.add(polygon([(47.2, 212), (172.8, 212), (173, 214.5), (47, 214.5)], 0.2), steel * 0.7, bevel=0.5, curve="x", metal=1, rough=0.2)
    # water window with marks
    s.add(rounded_rect(140, 96, 13, 96, 6), (0.16, 0.15, 0.13), bevel=2, recess=True, gloss=1.0, rough=0.08, part="window")
    s.add(rounded_rect(142, 140, 9, 50, 4), (0.42, 0.36, 0.28), bevel=0, gloss=1.0, rough=0.08)
    for i in range(6):
        s.add(rounded_rect(133, 106 + i * 15, 5 if i % 2 else 4, 0.9, 0.3), (0.05, 0.05, 0.05), bevel=0, gloss=0.1)
    # lid, its knob, collar
    s.add(rounded_rect(58, 44, 104, 13, 5), black, bevel=4, curve="x", gloss=0.8, rough=0.2)
    s.add(polygon([(70, 44), (92, 29), (128, 29), (150, 44)], 2), steel * 0.9, bevel=6, curve="x", metal=metal, gloss=0.7, rough=0.2, part="lid")
    s.add(rounded_rect(97, 14, 26, 15, 6), black, bevel=5, gloss=0.9, rough=0.18, part="knob")
    # switch at the handle's foot and its lamp
    s.add(rounded_rect(186, 196, 26, 11, 5), black + 0.05, bevel=3, gloss=0.7, rough=0.2, part="switch")
    s.add(circle(199, 201.5, 2.2), (0.2, 0.1, 0.05), bevel=0, glow=(0.75, 0.42, 0.1), part="lamp")
    return s


def speaker(seed, px_per_mm, left_out=None):
    """A smart speaker with a display: a screen on a fabric foot; 230 × 165 mm."""
    rng = np.random.default_rng(seed)
    v = seed != 0
    s = Surface(230, 166, px_per_mm)
    s.left_out, s.depth_mm, s.name = left_out, 60.0, "speaker"
    frame = _vary(rng, (0.20, 0.185, 0.17), v)
    cloth = _vary(rng, (0.27, 0.25, 0.23), v)

    def weave(x, y):
        return 0.82 + 0.22 * np.sin(x * 3.1 + np.sin(y * 3.0) * 0.6) * np.sin(y * 3.1) + 0.05 * np.sin(x * 0.7 + y * 1.1)

    s.add(polygon([(34, 120), (196, 120), (212, 158), (18, 158)], 6), cloth, bevel=9, gloss=0.05, rough=0.8, texture=weave, solid=True)
    s.add(rounded_rect(24, 158, 182, 7, 3), (0.05, 0.05, 0.05), bevel=2, gloss=0.2)
    s.add(rounded_rect(4, 2, 222, 132, 10), frame, bevel=4, gloss=0.4, rough=0.3, solid=True)
    s.frames["screen"] = (14, 11, 202, 114)
    s.add(rounded_rect(13, 10, 204, 116, 5), (0.012, 0.012, 0.012), bevel=0.8, recess=True, gloss=1, rough=0.08)
    s.add(rounded_rect(14, 11, 202, 114, 4), (0.02, 0.018, 0.016), bevel=0, gloss=1.1, rough=0.05)
    hue = rng.uniform(40, 200, 3) if v else np.array([150, 95, 60])
    text = "18:24" if not v else f"{rng.integers(0, 24):02d}:{rng.integers(0, 60):02d}"

    def show(img, k):
        h, w = img.shape[:2]
        yy, xx = np.mgrid[0:h, 0:w] / np.array([h, w]).reshape(2, 1, 1)
        img[:] = (hue[None, None] * (0.45 + 0.5 * yy[..., None]) * (0.7 + 0.3 * xx[..., None])).astype(np.uint8)
        pts = np.array([[0, h], [0, 0.72 * h], [0.2 * w, 0.55 * h], [0.38 * w, 0.74 * h], [0.6 * w, 0.48 * h], [0.85 * w, 0.76 * h], [w, 0.66 * h], [w, h]], np.int32)
        cv2.fillPoly(img, [pts], tuple(int(c * 0.42) for c in hue), cv2.LINE_AA)
        cv2.circle(img, (int(0.78 * w), int(0.3 * h)), int(9 * k), (190, 225, 245), -1, cv2.LINE_AA)
        _text(img, k, text, 14, 46, 24, (245, 245, 245))
        _text(img, k, "21", 16, 64, 9, (235, 235, 235))
        for i in range(3):
            cv2.rectangle(img, (int((14 + i * 60) * k), int(94 * k)), (int((66 + i * 60) * k), int(107 * k)), (235, 235, 235), max(int(0.5 * k), 1), cv2.LINE_AA)
            cv2.circle(img, (int((21 + i * 60) * k), int(100.5 * k)), int(2.8 * k), (235, 235, 235), -1, cv2.LINE_AA)

    _screen_glow(s, (14, 11, 202, 114), show)
    s.add(circle(115, 6.2, 1.6), (0.02, 0.02, 0.02), bevel=0.5, gloss=1, rough=0.1, part="camera")
    for i, x in enumerate((84, 146)):
        s.add(rounded_rect(x - 7, -3, 14, 6, 2), frame * 0.8, bevel=2, gloss=0.4, part=f"key{i}")
    return s


PRODUCTS = {"coffee-machine": coffee_machine, "kettle": kettle, "speaker": speaker}
PARTS = {
    "coffee-machine": ["knob", "button0", "button3", "nozzle0", "nozzle1", "tray-grip"],
    "kettle": ["knob", "switch", "window"],
    "speaker": ["key0", "key1", "camera"],
}
