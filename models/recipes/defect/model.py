"""The net: a frozen EfficientNet-Lite0 encoder over photo and reference, what differs between them, and a small decoder.

Input pictures are RGB 0…255, N×3×H×W (multiples of 16); `has_reference` is 1 or 0, N. The result is at half size: logits of
"damaged" (1 channel) and of the six kinds.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

KINDS = 6


class Block(nn.Module):
    """An inverted residual of EfficientNet-Lite: expand, depthwise, project; no squeeze-excitation, ReLU6."""

    def __init__(self, cin, cout, kernel, stride, expand):
        super().__init__()
        mid = cin * expand
        if expand > 1:
            self._expand_conv = nn.Conv2d(cin, mid, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(mid, eps=1e-3)
        self._depthwise_conv = nn.Conv2d(mid, mid, kernel, stride, kernel // 2, groups=mid, bias=False)
        self._bn1 = nn.BatchNorm2d(mid, eps=1e-3)
        self._project_conv = nn.Conv2d(mid, cout, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(cout, eps=1e-3)
        self.expand, self.skip = expand, stride == 1 and cin == cout

    def forward(self, x):
        y = x
        if self.expand > 1:
            y = F.relu6(self._bn0(self._expand_conv(y)))
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.skip else y


# (repeats, kernel, stride, expand, channels), the first five stages of Lite0
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112)]


class Encoder(nn.Module):
    """Stages at 1/2 (16 channels), 1/4 (24), 1/8 (40), 1/16 (112). Key names follow the published weights."""

    def __init__(self):
        super().__init__()
        self._conv_stem = nn.Conv2d(3, 32, 3, 2, 1, bias=False)
        self._bn0 = nn.BatchNorm2d(32, eps=1e-3)
        blocks, cin, self.taps = [], 32, []
        for repeats, kernel, stride, expand, cout in STAGES:
            for i in range(repeats):
                blocks.append(Block(cin, cout, kernel, stride if i == 0 else 1, expand))
                cin = cout
            self.taps.append(len(blocks) - 1)
        del self.taps[3]
        self._blocks = nn.ModuleList(blocks)

    def forward(self, rgb):
        x = F.relu6(self._bn0(self._conv_stem((rgb - 127.0) / 128.0)))
        out = []
        for i, block in enumerate(self._blocks):
            x = block(x)
            if i in self.taps:
                out.append(x)
        return out


def load_encoder(path):
    """The published weights, first stages only."""
    encoder = Encoder()
    missing, _ = encoder.load_state_dict(torch.load(path, map_location="cpu"), strict=False)
    if missing:
        raise ValueError(f"weights lack {missing[:3]}")
    return encoder.eval()


def nearest_difference(p, r):
    """Per pixel, the smallest mean absolute difference to the reference within one pixel: forgives misalignment."""
    padded = F.pad(r, (1, 1, 1, 1), mode="replicate")
    h, w = p.shape[2:]
    best = None
    for dy in range(3):
        for dx in range(3):
            d = (p - padded[:, :, dy : dy + h, dx : dx + w]).abs().mean(1, keepdim=True)
            best = d if best is None else torch.minimum(best, d)
    return best


def compare(photo, reference, photo_features, reference_features):
    """What the decoder sees. At half size: the pixels, how they differ, and how the first features differ; below: the photo's
    features and how they differ."""
    out = []
    for i, (p, r) in enumerate(zip(photo_features, reference_features)):
        if i > 0:
            out.append(torch.cat([p, (p - r).abs(), nearest_difference(p, r)], 1))
            continue
        a, b = F.avg_pool2d(photo, 2) / 128 - 1, F.avg_pool2d(reference, 2) / 128 - 1
        # Without the slow part, which is light: what is left of a thin line stays.
        fine = [x - F.avg_pool2d(F.pad(x, (4, 4, 4, 4), mode="replicate"), 9, 1) for x in (a.mean(1, keepdim=True), b.mean(1, keepdim=True))]
        out.append(torch.cat([a, (a - b).abs(), fine[0], nearest_difference(*fine), nearest_difference(p, r)], 1))
    return out


def conv(cin, cout):
    return nn.Sequential(nn.Conv2d(cin, cout, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(inplace=True))


def separable(cin, cout):
    return nn.Sequential(nn.Conv2d(cin, cin, 3, padding=1, groups=cin, bias=False), *conv(cin, cout))


def up(x):
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class Decoder(nn.Module):
    """What is trained. Coarse to fine; the kind is told at 1/4, where a line's shape is still in sight."""

    INPUT = [3 + 3 + 1 + 1 + 1, 24 + 24 + 1, 40 + 40 + 1, 112 + 112 + 1]
    WIDTH = [12, 32, 56, 80]

    def __init__(self):
        super().__init__()
        self.lateral, self.below, self.mix = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for i, (cin, w) in enumerate(zip(self.INPUT, self.WIDTH)):
            self.register_buffer(f"mean{i}", torch.zeros(1, cin, 1, 1))
            self.register_buffer(f"spread{i}", torch.ones(1, cin, 1, 1))
            self.lateral.append(conv(cin + 1, w))
            if i < 3:
                self.below.append(nn.Conv2d(self.WIDTH[i + 1], w, 1, bias=False))
            self.mix.append(nn.Sequential(separable(w if i == 3 else 2 * w, w), separable(w, w)))
        self.damage = nn.Conv2d(self.WIDTH[0], 1, 3, padding=1)
        self.kind = nn.Sequential(separable(self.WIDTH[1], 40), nn.Conv2d(40, KINDS, 1))
        self.early = nn.ModuleList([nn.Conv2d(self.WIDTH[i], 1, 1) for i in (1, 2)])  # for training only
        for head in (self.damage, *self.early):
            nn.init.constant_(head.bias, -3.0)

    def measure(self, seen):
        """Takes mean and spread of what it sees, once, before training."""
        for i, x in enumerate(seen):
            getattr(self, f"mean{i}").copy_(x.mean((0, 2, 3), keepdim=True))
            getattr(self, f"spread{i}").copy_(x.std((0, 2, 3), keepdim=True).clamp_min(1e-3))

    def normal(self, seen):
        return [(x - getattr(self, f"mean{i}")) / getattr(self, f"spread{i}") for i, x in enumerate(seen)]

    def forward(self, normal, has_reference):
        flag = has_reference.reshape(-1, 1, 1, 1)
        x, levels = None, [None] * 4
        for i in (3, 2, 1, 0):
            y = normal[i]
            y = self.lateral[i](torch.cat([y, flag.expand(-1, -1, y.shape[2], y.shape[3])], 1))
            x = self.mix[i](y if x is None else torch.cat([y, up(self.below[i](x))], 1))
            levels[i] = x
        return self.damage(x), up(self.kind(levels[1])), [head(levels[i]) for head, i in zip(self.early, (1, 2))]


class Shipped(nn.Module):
    """What is exported: pictures in, probabilities out."""

    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, photo, reference, has_reference):
        reference = photo + (reference - photo) * has_reference.reshape(-1, 1, 1, 1)
        n = photo.shape[0]
        both = self.encoder(torch.cat([photo, reference]))
        seen = compare(photo, reference, [f[:n] for f in both], [f[n:] for f in both])
        damage, kind, _ = self.decoder(self.decoder.normal(seen), has_reference)
        return torch.sigmoid(damage), torch.softmax(kind, 1)


def export(encoder, decoder, path, side=384):
    """Writes ONNX, opset 17, for one photo whose sides are multiples of 16."""
    shipped = Shipped(encoder, decoder).eval()
    args = (torch.zeros(1, 3, side, side), torch.zeros(1, 3, side, side), torch.ones(1))
    torch.onnx.export(shipped, args, path, opset_version=17, dynamo=False, do_constant_folding=True,
                      input_names=["photo", "reference", "has_reference"], output_names=["damage", "kind"],
                      dynamic_axes={k: {2: "height", 3: "width"} for k in ("photo", "reference", "damage", "kind")})
