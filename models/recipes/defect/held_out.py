"""Writes photos that were held out of training, with what is true about them, for `ermu eval vision`.

    python held_out.py drawn DIR --data ../../../../shared/data/vision
    python held_out.py rendered DIR --data … [--pairs DIR]

`drawn`: damage drawn on the last 40 room photos, each over the same photo undamaged, roughly aligned. `rendered`: products
of made-up looks, each with its own catalogue photo, which Ermu has to match; without --pairs they are rendered first, which
takes about a second each.
"""

from __future__ import annotations

import argparse
import os

import cv2
import numpy as np

from render import pairs
from sources import Rendered, Rooms, room_files
from surface import KINDS
from synth import Draws

WORDS = [["top_left", "top", "top_right"], ["left", "centre", "right"], ["bottom_left", "bottom", "bottom_right"]]


def save(folder, name, picture):
    cv2.imwrite(os.path.join(folder, name), np.ascontiguousarray(picture), [cv2.IMWRITE_JPEG_QUALITY, 95])
    return name


def entry(folder, name, lines, mask=None, kind=None):
    if mask is not None and mask.any():
        cv2.imwrite(os.path.join(folder, f"{name}-mask.png"), (mask > 0).astype(np.uint8) * 255)
        lines += [f'mask = "{name}-mask.png"', f'kind = "{kind}"']
    return "\n".join(["[[photo]]", *lines, ""])


def drawn(folder, args):
    rooms, draws = Rooms(room_files(args.data, "test")), Draws(81)
    for i in range(args.count):
        photo, reference, target, _ = rooms.sample(draws, True, 0.7, any_damage=True)
        kinds = np.unique(target[target > 0])
        name = f"{i:04d}"
        lines = [f'file = "{save(folder, name + ".jpg", photo)}"', f'registered = "{save(folder, name + "-reference.jpg", reference)}"']
        # Where two kinds of damage were drawn, the larger gives its name.
        kind = KINDS[max(kinds, key=lambda k: (target == k).sum()) - 1] if len(kinds) else None
        yield entry(folder, name, lines, target, kind)


def rendered(folder, args):
    source = args.pairs or os.path.join(folder, "pairs")
    if not args.pairs:
        pairs(source, 100_000, 90)
    held_out = Rendered(source, "test")
    for f in held_out.files[: args.count]:
        r = held_out.load(f)
        name = os.path.basename(f)[:6]
        lines = [f'file = "{save(folder, name + ".jpg", r["photo"])}"', f'references = ["{save(folder, name + "-catalogue.jpg", r["reference"])}"]']
        if r["mask"].any():
            lines.append(f'place = "{place(r)}"')
        yield entry(folder, name, lines, r["mask"], KINDS[int(r["kind"])])


def place(r):
    """The word for the middle of the damage on the product's front, seen straight."""
    back = np.linalg.inv(r["front"])
    straight = lambda m: cv2.perspectiveTransform(np.argwhere(m)[:, ::-1].astype(np.float64)[:, None], back)[:, 0]
    product, hurt = straight(r["product"]), straight(r["mask"])
    third = lambda v, a: min(max(int(3 * (v - a.min()) / (a.max() - a.min())), 0), 2)
    x, y = hurt.mean(0)
    return WORDS[third(y, product[:, 1])][third(x, product[:, 0])]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["drawn", "rendered"])
    parser.add_argument("folder")
    parser.add_argument("--data", required=True)
    parser.add_argument("--pairs", help="what `render.py pairs` wrote, seeds from 100000 on")
    parser.add_argument("--count", type=int, default=200)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    os.makedirs(args.folder, exist_ok=True)
    entries = list({"drawn": drawn, "rendered": rendered}[args.what](args.folder, args))
    with open(os.path.join(args.folder, "manifest.toml"), "w") as out:
        out.write("\n".join(entries))
    print(f"{len(entries)} photos in {args.folder}")


if __name__ == "__main__":
    main()
