"""The shop's catalogue photos and the image fixtures: what is rendered, how, and what is true about it."""

from __future__ import annotations

import os

import cv2
import numpy as np

from products import PRODUCTS
from scene import develop, photograph
from surface import damage

SCALE = {"coffee-machine": 3.2, "kettle": 3.6, "speaker": 4.4}
LICENCE = "CC0-1.0, rendered here"


def pose(yaw=0.0, pitch=3.0, roll=0.0, fill=0.8, shift=(0.0, 0.0)):
    return dict(yaw=yaw, pitch=pitch, roll=roll, fill=fill, shift=shift)


def shop(folder):
    """Catalogue photos: studio light, white ground."""
    views = {
        "coffee-machine": [pose(fill=0.86), pose(yaw=14, pitch=7, fill=0.8)],
        "kettle": [pose(fill=0.82)],
        "speaker": [pose(fill=0.82), pose(yaw=-13, pitch=6, fill=0.78)],
    }
    for name, poses in views.items():
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        for i, view in enumerate(poses):
            rng = np.random.default_rng([1, i])
            surface = PRODUCTS[name](0, SCALE[name])
            size = (1000, 1000)
            linear, _ = photograph(surface, np.zeros_like(surface.alpha), size, rng, studio=True, pose=view)
            path = os.path.join(folder, name, f"{i + 1}.jpg")
            cv2.imwrite(path, develop(linear, rng, grade="studio"), [cv2.IMWRITE_JPEG_QUALITY, 88])


# file, product, (height, width), scene seed, pose, (kind, (x, y) in mm, size in mm, seed) or a part that is missing, grade
SCENES = [
    ("coffee-machine-scratch.jpg", "coffee-machine", (1280, 960), 100, pose(-7, 6, 1.5, 0.84), ("scratch", (196, 82), 44, 5), "phone"),
    ("coffee-machine-clean.jpg", "coffee-machine", (1280, 960), 102, pose(6, 7, -2, 0.82), None, "phone"),
    ("kettle-dent.jpg", "kettle", (960, 1280), 12, pose(4, 4, -1.5, 0.84), ("dent", (92, 168), 30, 3), "phone"),
    ("kettle-scratch.webp", "kettle", (1000, 1000), 47, pose(-5, 5, 2, 0.8), ("scratch", (112, 110), 52, 8), "phone"),
    ("kettle-clean.jpg", "kettle", (960, 1280), 55, pose(-6, 5, 1, 0.82), None, "phone"),
    ("speaker-crack.png", "speaker", (300, 400), 63, pose(5, 6, 0, 0.9), ("crack", (60, 96), 46, 4), "studio"),
    ("speaker-missing-key.jpg", "speaker", (960, 1280), 71, pose(-6, 8, 2, 0.82), "key1", "phone"),
    ("coffee-machine-missing-knob.jpg", "coffee-machine", (1280, 960), 111, pose(5, 6, -1, 0.84), "knob", "phone"),
    ("speaker-scratch.jpg", "speaker", (960, 1280), 75, pose(7, 7, -2, 0.84), ("scratch", (168, 40), 40, 2), "phone"),
    ("coffee-machine-stain.jpg", "coffee-machine", (1280, 960), 88, pose(8, 5, -1, 0.8), ("stain", (60, 345), 26, 6), "phone"),
    ("coffee-machine-blurred.jpg", "coffee-machine", (1280, 960), 100, pose(-7, 6, 1.5, 0.84), ("scratch", (196, 82), 44, 5), "blurred"),
    ("kettle-dark.jpg", "kettle", (960, 1280), 12, pose(4, 4, -1.5, 0.84), ("dent", (92, 168), 30, 3), "dark"),
]
FAULTS = {"blurred": ["blurred"], "dark": ["dark"]}


def scene(product, size, seed, view, hurt, grade):
    """One fixture: BGR picture, mask, and the place in words."""
    rng = np.random.default_rng([2, seed])
    scale = SCALE[product] * max(max(size) / 1280, 0.5)
    part = hurt if isinstance(hurt, str) else None
    surface = PRODUCTS[product](0, scale, part)
    mask = np.zeros_like(surface.alpha)
    if part:
        mask = (surface.parts[part] > 0.5).astype(np.float32)
    elif hurt:
        kind, at, extent, hurt_seed = hurt
        mask = damage(surface, np.random.default_rng([3, hurt_seed]), kind, at, extent)
    linear, truth = photograph(surface, mask, size, rng, pose=view)
    return develop(linear, rng, grade=grade), truth.mask, nine_grid(surface.alpha, mask) if hurt else None


def nine_grid(product, mask):
    """The word for the middle of the damage in the product's own frame."""
    ys, xs = np.nonzero(product > 0.5)
    my, mx = np.argwhere(mask > 0.3).mean(0)
    third = lambda v, a: min(int(3 * (v - a.min()) / (a.max() - a.min())), 2)
    words = [["top_left", "top", "top_right"], ["left", "centre", "right"], ["bottom_left", "bottom", "bottom_right"]]
    return words[third(my, ys)][third(mx, xs)]


def exif(orientation):
    """A minimal EXIF block (TIFF, big-endian): orientation, and a made-up GPS position that must not survive."""
    entry = lambda tag, kind, count, value: tag.to_bytes(2, "big") + kind.to_bytes(2, "big") + count.to_bytes(4, "big") + value
    short = lambda v: v.to_bytes(2, "big") + b"\0\0"
    first = (2).to_bytes(2, "big") + entry(0x0112, 3, 1, short(orientation)) + entry(0x8825, 4, 1, (38).to_bytes(4, "big")) + bytes(4)
    gps_at = 38 + 2 + 2 * 12 + 4
    degrees = b"".join(v.to_bytes(4, "big") for v in (31, 1, 13, 1, 48, 1))
    gps = (2).to_bytes(2, "big") + entry(1, 2, 2, b"N\0\0\0") + entry(2, 5, 3, gps_at.to_bytes(4, "big")) + bytes(4) + degrees
    body = b"Exif\0\0MM\0\x2a\0\0\0\x08" + first + gps
    return b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body


def save(path, picture):
    quality = {".jpg": [cv2.IMWRITE_JPEG_QUALITY, 82], ".webp": [cv2.IMWRITE_WEBP_QUALITY, 84], ".png": [cv2.IMWRITE_PNG_COMPRESSION, 9]}
    cv2.imwrite(path, picture, quality[os.path.splitext(path)[1]])


def fixtures(folder):
    """Writes photos, masks and manifest.toml."""
    os.makedirs(os.path.join(folder, "masks"), exist_ok=True)
    entries = []
    for file, product, size, seed, view, hurt, grade in SCENES:
        picture, mask, place = scene(product, size, seed, view, hurt, grade)
        save(os.path.join(folder, file), picture)
        kind = None if hurt is None else "missing_part" if isinstance(hurt, str) else hurt[0]
        entries.append((file, product, mask if hurt else None, kind, place, FAULTS.get(grade, []), "render.py fixtures"))
        if file == "coffee-machine-scratch.jpg":
            turned = cv2.rotate(picture, cv2.ROTATE_90_COUNTERCLOCKWISE)
            data = cv2.imencode(".jpg", turned, [cv2.IMWRITE_JPEG_QUALITY, 82])[1].tobytes()
            name = "coffee-machine-scratch-turned.jpg"
            with open(os.path.join(folder, name), "wb") as out:
                out.write(data[:2] + exif(6) + data[2:])
            entries.append((name, product, mask, kind, place, [], "render.py fixtures; stored lying, EXIF orientation 6, with a made-up GPS position"))
    lines = ["# Photos that this project rendered itself, and what is true about them. `models/recipes/defect/render.py fixtures` makes them.",
             "# box: left, top, width, height as shares of the upright photo. Catalogue photos: shops/demo/photos/<product>/."]
    for file, product, mask, kind, place, faults, made in entries:
        lines += ["", "[[photo]]", f'file = "{file}"', f'product = "{product}"', f'made = "{made}"', f'licence = "{LICENCE}"']
        if mask is not None:
            ys, xs = np.nonzero(mask)
            h, w = mask.shape
            box = [xs.min() / w, ys.min() / h, (xs.max() + 1 - xs.min()) / w, (ys.max() + 1 - ys.min()) / h]
            name = "masks/" + os.path.splitext(file)[0] + ".png"
            cv2.imwrite(os.path.join(folder, name), mask, [cv2.IMWRITE_PNG_BILEVEL, 1])
            lines += [f'kind = "{kind}"', f'place = "{place}"', f'mask = "{name}"', "box = [" + ", ".join(f"{v:.4f}" for v in box) + "]"]
        if faults:
            lines += ["faults = [" + ", ".join(f'"{f}"' for f in faults) + "]"]
    with open(os.path.join(folder, "manifest.toml"), "w") as out:
        out.write("\n".join(lines) + "\n")
