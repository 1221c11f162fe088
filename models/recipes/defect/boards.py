"""Printed circuit boards, drawn, and what goes wrong on them: gaps, bridges, bites, spurs, pinholes, copper too much."""

from __future__ import annotations

import cv2
import numpy as np

from synth import SIDE


def board(d):
    """Copper (255) on a board (0), u8."""
    out = np.zeros((SIDE, SIDE), np.uint8)
    if d.random() < 0.3:  # poured copper, with clearance around what comes later
        for _ in range(int(d.integers(1, 4))):
            x, y = (int(v) for v in d.integers(-30, SIDE, 2))
            cv2.rectangle(out, (x, y), (x + int(d.uniform(30, 160)), y + int(d.uniform(20, 120))), 255, -1)
    width = int(d.integers(3, 9))
    pitch = width * d.uniform(2.0, 4.0)
    for _ in range(int(d.integers(1, 5))):  # bundles of traces that bend together
        p = d.uniform(0, SIDE, 2)
        turn = int(d.integers(8))
        path = [p]
        for _ in range(int(d.integers(2, 6))):
            a = turn * np.pi / 4
            p = p + d.uniform(25, 130) * np.array([np.cos(a), np.sin(a)])
            path.append(p)
            turn += int(d.choice([-1, 0, 1]))
        path, across = np.array(path), (turn * np.pi / 4) + np.pi / 2
        for i in range(int(d.integers(1, 7))):
            shifted = path + i * pitch * np.array([np.cos(across), np.sin(across)])
            cv2.polylines(out, [np.int32(shifted * 16)], False, 0, width + 6, cv2.LINE_AA, 4)
            cv2.polylines(out, [np.int32(shifted * 16)], False, 255, width, cv2.LINE_AA, 4)
            for end in shifted[[0, -1]]:
                if d.random() < 0.6:
                    pad(d, out, end, width)
    for _ in range(int(d.integers(0, 9))):
        pad(d, out, d.uniform(0, SIDE, 2), width)
    return out


def pad(d, out, at, width):
    at, size = (int(at[0]), int(at[1])), int(width * d.uniform(1.0, 2.2)) + 2
    cv2.circle(out, at, size + 3, 0, -1, cv2.LINE_AA)
    if d.random() < 0.25:
        cv2.rectangle(out, (at[0] - size, at[1] - size), (at[0] + size, at[1] + size), 255, -1)
    else:
        cv2.circle(out, at, size, 255, -1, cv2.LINE_AA)
    if d.random() < 0.5:
        cv2.circle(out, at, max(size // 2, 2), 0, -1, cv2.LINE_AA)


def spoilt(whole, d, count):
    """The board with some faults."""
    out = whole.copy()
    copper = whole > 128
    solid = cv2.erode(whole, np.ones((3, 3), np.uint8)) > 128
    places = {"edge": copper & ~solid, "copper": solid, "board": ~copper}
    places = {k: np.argwhere(v)[:, ::-1] for k, v in places.items()}
    for _ in range(count):
        fault = str(d.choice(["gap", "bite", "pinhole", "spur", "bridge", "copper"]))
        where = places[{"gap": "copper", "bite": "edge", "pinhole": "copper", "spur": "edge", "bridge": "edge", "copper": "board"}[fault]]
        if not len(where):
            continue
        at = tuple(int(v) for v in where[int(d.integers(len(where)))])
        add = 255 if fault in ("spur", "bridge", "copper") else 0
        if fault == "bridge":
            a, long = d.uniform(0, 2 * np.pi), d.uniform(8, 26)
            to = (int(at[0] + long * np.cos(a)), int(at[1] + long * np.sin(a)))
            cv2.line(out, at, to, add, int(d.integers(2, 6)), cv2.LINE_AA)
            continue
        size = d.uniform(4, 11) if fault == "gap" else d.between(1.6, 7)
        axes = (max(int(round(size)), 1), max(int(round(size * d.uniform(0.5, 1.1))), 1))
        cv2.ellipse(out, at, axes, d.uniform(0, 180), 0, 360, add, -1, cv2.LINE_AA)
    return out


def etched(copper, d):
    """What etching and a scanner make of it: edges not quite where they were drawn, and rough."""
    x = cv2.GaussianBlur(copper.astype(np.float32) / 255, (0, 0), d.uniform(0.6, 1.5))
    x = (x + np.float32(d.uniform(0, 0.12)) * d.field(float(d.choice([2, 4]))) - np.float32(d.uniform(0.38, 0.62))) * np.float32(d.uniform(1.5, 8)) + 0.5
    return np.clip(x, 0, 1)


def faults(whole, hurt):
    """Where they truly differ (bool), without slivers of a pixel."""
    apart = (cv2.absdiff(whole, hurt) > 110).astype(np.uint8)
    return cv2.morphologyEx(apart, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)) > 0
