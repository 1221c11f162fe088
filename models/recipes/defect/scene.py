"""A product on a table before a pin-hole camera: catalogue photos and customers' photos, with exact masks.

World: millimetres, x right, y up, z towards the viewer; the product's front is the plane z = 0, its foot at y = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from surface import Light, noise


@dataclass
class Photo:
    """A rendered photo (BGR u8) with what is true about it."""

    image: np.ndarray
    mask: np.ndarray  # u8, 255 where damaged
    product: np.ndarray  # u8, 255 where the product's front is
    front: np.ndarray  # 3x3: millimetres on the front plane → pixels


def camera(size, yaw, pitch, roll, distance, aim, focal=1.15, shift=(0.0, 0.0)):
    """A 3×4 projection matrix; angles in degrees, `focal` in image heights."""
    h, w = size
    yaw, pitch, roll = np.radians([yaw, pitch, roll])
    eye = np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)]) * distance + aim
    forward = (aim - eye) / np.linalg.norm(aim - eye)
    right = np.cross(forward, [0, 1, 0])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    c, s = np.cos(roll), np.sin(roll)
    right, up = c * right + s * up, c * up - s * right
    r = np.stack([right, -up, forward])
    f = focal * max(h, w)
    k = np.array([[f, 0, w / 2 + shift[0] * w], [0, f, h / 2 + shift[1] * h], [0, 0, 1]])
    return k @ np.hstack([r, -(r @ eye)[:, None]])


def plane(p, origin, ax, ay):
    """The homography of a plane in the world (origin and two axes a unit) to the image."""
    return np.stack([p[:, :3] @ ax, p[:, :3] @ ay, p[:, :3] @ origin + p[:, 3]], 1)


def below(p, a, b, size):
    """1 below the projected line from `a` to `b`, 0 above it: past its horizon a plane would wrap around."""
    (ax, ay), (bx, by) = [(q[:2] / q[2]) for q in (p @ np.append(a, 1), p @ np.append(b, 1))]
    y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)
    return np.clip(y - (ay + (x - ax) * (by - ay) / (bx - ax)) + 0.5, 0, 1).astype(np.float32)


def wood(rng, n):
    """A board: streaks along x."""
    g = noise(rng, (n, n // 8), 24, 5)
    g = cv2.resize(g, (n, n), interpolation=cv2.INTER_CUBIC)
    ringy = np.sin(g * rng.uniform(5, 12) + np.linspace(0, rng.uniform(8, 40), n)[:, None])
    tone = np.float32([[0.16, 0.30, 0.48], [0.08, 0.15, 0.26], [0.38, 0.52, 0.66], [0.22, 0.26, 0.30]][rng.integers(4)])
    out = tone * (1 + 0.13 * ringy[..., None] + 0.12 * noise(rng, (n, n), 90)[..., None])
    for y in range(0, n, n // int(rng.integers(4, 9))):
        out[y : y + 2] *= 0.6
    return np.clip(out, 0.01, 1)


def stone(rng, n):
    """Marble or terrazzo."""
    base = np.float32(rng.choice([0.72, 0.5, 0.18])) * np.float32([1, 1, 1])
    g = noise(rng, (n, n), 160, 6)
    vein = np.exp(-np.abs(g) * rng.uniform(8, 16))
    return np.clip(base * (1 + 0.08 * noise(rng, (n, n), 40)[..., None]) - 0.22 * vein[..., None] * base, 0.01, 1)


def cloth(rng, n):
    """A table cloth, plain or checked."""
    tone = np.float32(rng.uniform(0.1, 0.75, 3))
    x = np.arange(n)
    weave = 1 + 0.05 * np.sin(x * 1.9)[None] + 0.05 * np.sin(x * 1.9)[:, None]
    out = np.broadcast_to(tone, (n, n, 3)) * weave[..., None]
    if rng.random() < 0.5:
        period = int(rng.integers(40, 140))
        band = ((x // period) % 2).astype(np.float32)
        out = out * (1 - 0.25 * band[None, :, None]) * (1 - 0.25 * band[:, None, None])
    return np.clip(out * (1 + 0.06 * noise(rng, (n, n), 60)[..., None]), 0.01, 1)


def wall(rng, n):
    """Paint or tiles."""
    tone = np.float32(rng.uniform(0.45, 0.85)) * (1 + rng.normal(0, 0.05, 3).astype(np.float32))
    out = np.broadcast_to(tone, (n, n, 3)) * (1 + 0.03 * noise(rng, (n, n), 30)[..., None])
    if rng.random() < 0.4:
        step = int(rng.integers(60, 150))
        out = out.copy()
        for k in range(0, n, step):
            out[k : k + 3] *= 0.78
            out[:, k : k + 3] *= 0.78
    return np.clip(out, 0.01, 1)


def to_srgb(linear):
    """Linear light to display values 0…1, with a soft shoulder."""
    x = np.clip(linear, 0, None)
    x = np.where(x > 0.8, 0.8 + 0.2 * (1 - np.exp(-(x - 0.8) / 0.2)), x)
    return np.clip(x, 0, 1) ** (1 / 2.2)


def blend(image, layer, alpha):
    image += (layer - image) * (alpha[..., None] if alpha.ndim == 2 else alpha)


def photograph(surface, mask_mm, size, rng, *, studio=False, pose=None):
    """Renders the surface. Returns linear colour and the `Photo` masks; `mask_mm` is the damage on the surface's raster."""
    h, w = size
    wide, tall = surface.size_mm
    light = Light(rng, studio)
    if pose is None:
        pose = dict(yaw=0.0, pitch=3.0, roll=0.0, fill=0.86, shift=(0.0, 0.0)) if studio else dict(
            yaw=rng.uniform(-13, 13), pitch=rng.uniform(0, 11), roll=rng.uniform(-5, 5), fill=rng.uniform(0.58, 0.88),
            shift=(rng.uniform(-0.06, 0.06), rng.uniform(-0.05, 0.05)))
    focal = 1.2
    distance = focal * max(h, w) * max(tall / h, wide / w) / pose["fill"]
    aim = np.array([0.0, tall * 0.5, -surface.depth_mm * 0.3])
    p = camera(size, pose["yaw"], pose["pitch"], pose["roll"], distance + surface.depth_mm * 0.3, aim, focal, pose["shift"])
    image = np.full((h, w, 3), 0.86 if studio else 0.6, np.float32)
    # backdrop: a wall behind and a table below, each a texture under its own homography
    n = 768
    reach = max(wide, tall) * 3.0
    if studio:
        yy = np.linspace(0, 1, h, dtype=np.float32)[:, None, None]
        image *= 1.02 - 0.10 * yy
    else:
        unit = 2 * reach / n
        table = [wood, stone, cloth][int(rng.integers(3))](rng, n) * (light.ambient + light.key * max(light.direction[1] * -1, 0.25))
        back = -surface.depth_mm - rng.uniform(60, 400)
        paint = wall(rng, n) * (light.ambient + 0.6 * light.key) * rng.uniform(0.5, 1.0)
        hw = plane(p, np.array([-reach, 2 * reach, back]), np.array([unit, 0, 0]), np.array([0, -unit, 0]))
        image = cv2.warpPerspective(paint, hw, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        ht = plane(p, np.array([-reach, 0, back]), np.array([unit, 0, 0]), np.array([0, 0, unit]))
        one = cv2.warpPerspective(np.ones((n, n), np.float32), ht, (w, h), flags=cv2.INTER_LINEAR)
        one *= below(p, np.array([-reach, 0, back]), np.array([reach, 0, back]), (h, w))
        blend(image, cv2.warpPerspective(table, ht, (w, h), flags=cv2.INTER_LINEAR), one)
    # shadow on the table: a tight one of the foot, a wide one away from the lamp
    n, unit = 512, 3.2 * max(wide, tall) / 512
    x = (np.arange(n) - n / 2) * unit
    X, Z = np.meshgrid(x, x)
    deep = max(surface.depth_mm, wide * 0.35)
    z_mid = -deep / 2 if surface.depth_mm > 0 else 0.0
    foot = ((np.abs(X) < wide * 0.44) & (np.abs(Z - z_mid) < deep / 2)) if surface.depth_mm > 0 else ((X / (wide * 0.40)) ** 2 + (Z / (deep * 0.5)) ** 2 < 1)
    foot = foot.astype(np.float32)
    k = 10 / unit
    tight = cv2.GaussianBlur(foot, (0, 0), k)
    m = np.float32([[1, 0, -light.direction[0] * 60 / unit], [0, 1, -20 / unit]])
    wide_shadow = cv2.GaussianBlur(cv2.warpAffine(foot, m, (n, n)), (0, 0), 5 * k)
    shade = 1 - np.clip(0.42 * tight + 0.38 * wide_shadow, 0, 0.8) * (0.6 if studio else 1.0)
    hs = plane(p, np.array([x[0], 0, x[0]]), np.array([unit, 0, 0]), np.array([0, 0, unit]))
    image *= cv2.warpPerspective(shade, hs, (w, h), borderMode=cv2.BORDER_CONSTANT, borderValue=1.0)[..., None]
    # the product: its outline pushed back slice by slice, then the front
    s, pad = surface.scale, surface.pad

    def front_at(z):
        return plane(p, np.array([(-wide / 2 - pad), tall + pad, z]), np.array([1 / s, 0, 0]), np.array([0, -1 / s, 0]))

    if surface.depth_mm > 0:
        gy, gx = np.gradient(cv2.GaussianBlur(surface.solid, (0, 0), 2.0 * s))
        norm = np.hypot(gx, gy) + 1e-4
        lit = np.clip((-gx / norm) * light.direction[0] + (-gy / norm) * light.direction[1], 0, 1)
        tone = surface.colour[surface.solid > 0.5].mean(0) if (surface.solid > 0.5).any() else np.float32([0.1] * 3)
        near = cv2.blur(surface.colour, (int(8 * s) | 1, int(8 * s) | 1)) * 0.5 + tone * 0.5
        side = near * (light.ambient * 0.7 + light.key * 0.8 * lit[..., None]) + 0.02
        slices = 28
        for i in range(slices, 0, -1):
            hz = front_at(-surface.depth_mm * i / slices)
            a = cv2.warpPerspective(surface.solid, hz, (w, h), flags=cv2.INTER_LINEAR)
            if i > 1:
                blend(image, cv2.warpPerspective(side * (1.06 - 0.35 * i / slices), hz, (w, h)), a)
            else:
                blend(image, cv2.warpPerspective(side * 1.05, hz, (w, h)), a)
    hf = front_at(0.0)
    up = 2 if max(h, w) <= 700 and s * distance > 0 else 1
    hu = np.diag([up, up, 1.0]) @ hf
    size_up = (w * up, h * up)
    down = (lambda a: cv2.resize(a, (w, h), interpolation=cv2.INTER_AREA)) if up > 1 else (lambda a: a)
    a = down(cv2.warpPerspective(surface.alpha, hu, size_up, flags=cv2.INTER_LINEAR))
    colour = down(cv2.warpPerspective(surface.shade(light).astype(np.float32), hu, size_up, flags=cv2.INTER_LINEAR))
    blend(image, colour, a)
    mask = down(cv2.warpPerspective(mask_mm.astype(np.float32), hu, size_up, flags=cv2.INTER_LINEAR))
    to_mm = np.array([[s, 0, pad * s], [0, s, pad * s], [0, 0, 1.0]])
    return image, Photo(None, (mask > 0.3).astype(np.uint8) * 255, (a > 0.5).astype(np.uint8) * 255, hf @ to_mm)


def develop(linear, rng, *, grade="phone"):
    """What a lens and sensor do to it; `grade` is studio, phone, blurred or dark. Returns BGR u8."""
    h, w = linear.shape[:2]
    img = linear.astype(np.float32).copy()
    if grade == "studio":
        return (to_srgb(img) * 255 + 0.5).astype(np.uint8)
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    yy, xx = yy / h - 0.5, xx / w - 0.5
    img *= (1 - rng.uniform(0.1, 0.5) * (xx ** 2 + yy ** 2))[..., None]
    a = rng.uniform(0, 2 * np.pi)
    img *= (1 + rng.uniform(0, 0.35) * (xx * np.cos(a) + yy * np.sin(a)))[..., None]
    img *= rng.uniform(0.8, 1.15) * (0.055 if grade == "dark" else 1.0)
    img *= np.clip(rng.normal(1, 0.04, 3), 0.88, 1.12).astype(np.float32)
    blur = rng.uniform(0.2, 0.8) * max(h, w) / 1280 if grade != "blurred" else max(h, w) / 95
    if blur > 0.25:
        img = cv2.GaussianBlur(img, (0, 0), blur)
    img += rng.normal(0, 1, img.shape).astype(np.float32) * np.sqrt(np.clip(img, 0, 1) * rng.uniform(1e-5, 2e-4) + 2e-6)
    out = to_srgb(img)
    if grade == "phone":
        soft = cv2.GaussianBlur(out, (0, 0), 1.2)
        out = np.clip(out + rng.uniform(0, 0.5) * (out - soft), 0, 1)
    return (out * 255 + 0.5).astype(np.uint8)
