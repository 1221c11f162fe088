"""The net: a frozen EfficientNet-Lite0 encoder over photo and reference, their differences, and a small decoder.

Input pictures are RGB 0…255, N×3×S×S (S a multiple of 16); `has_reference` is 1 or 0, N. The result is at half size: logits
of "damaged" (1 channel) and of the six kinds.
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
    state = torch.load(path, map_location="cpu")
    encoder = Encoder()
    missing, _ = encoder.load_state_dict(state, strict=False)
    if missing:
        raise ValueError(f"weights lack {missing[:3]}")
    return encoder


def nearest_difference(p, r, reach):
    """Per pixel, the smallest mean absolute difference to the reference within `reach` pixels: forgives misalignment."""
    padded = F.pad(r, (reach,) * 4, mode="replicate")
    h, w = p.shape[2:]
    best = None
    for dy in range(2 * reach + 1):
        for dx in range(2 * reach + 1):
            d = (p - padded[:, :, dy : dy + h, dx : dx + w]).abs().mean(1, keepdim=True)
            best = d if best is None else torch.minimum(best, d)
    return best


def separable(cin, cout):
    return nn.Sequential(
        nn.Conv2d(cin, cin, 3, padding=1, groups=cin, bias=False),
        nn.Conv2d(cin, cout, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(inplace=True))


def up(x):
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class DefectNet(nn.Module):
    """Photo and reference to damage logits at half size."""

    CHANNELS = [16, 24, 40, 112]
    WIDTH = [24, 40, 56, 72]

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.eval()
        for p in encoder.parameters():
            p.requires_grad = False
        self.lateral, self.mix = nn.ModuleList(), nn.ModuleList()
        for i, (c, w) in enumerate(zip(self.CHANNELS, self.WIDTH)):
            cin = 2 * c + 2 + (6 if i == 0 else 0)
            self.lateral.append(nn.Sequential(nn.BatchNorm2d(cin), nn.Conv2d(cin, w, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU(inplace=True)))
            below = self.WIDTH[i + 1] if i < 3 else 0
            self.mix.append(nn.Sequential(separable(w + below, w), separable(w, w)))
        self.head = nn.Conv2d(self.WIDTH[0], 1 + KINDS, 3, padding=1)
        nn.init.constant_(self.head.bias[:1], -3.0)

    def train(self, mode=True):
        super().train(mode)
        self.encoder.eval()
        return self

    def forward(self, photo, reference, has_reference):
        flag = has_reference.reshape(-1, 1, 1, 1)
        reference = photo + (reference - photo) * flag
        n = photo.shape[0]
        both = self.encoder(torch.cat([photo, reference]))
        return self.decode(photo, reference, flag, [b[:n] for b in both], [b[n:] for b in both])

    def decode(self, photo, reference, flag, photo_features, reference_features):
        """What is trained: everything behind the encoder."""
        x = None
        for i in (3, 2, 1, 0):
            p, r = photo_features[i], reference_features[i]
            parts = [p, (p - r).abs(), nearest_difference(p, r, 1), flag.expand(-1, -1, p.shape[2], p.shape[3])]
            if i == 0:
                a, b = F.avg_pool2d(photo, 2) / 128 - 1, F.avg_pool2d(reference, 2) / 128 - 1
                parts += [a, (a - b).abs()]
            y = self.lateral[i](torch.cat(parts, 1))
            x = self.mix[i](y if x is None else torch.cat([y, up(x)], 1))
        out = self.head(x)
        return out[:, :1], out[:, 1:]


class Shipped(nn.Module):
    """What is exported: probabilities instead of logits."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, photo, reference, has_reference):
        damage, kind = self.net(photo, reference, has_reference)
        return torch.sigmoid(damage), torch.softmax(kind, 1)


def export(net, path, side=384):
    """Writes ONNX, opset 17, for one photo of any size that is a multiple of 16 (Ermu gives it 384 × 384)."""
    shipped = Shipped(net).eval()
    args = (torch.zeros(1, 3, side, side), torch.zeros(1, 3, side, side), torch.ones(1))
    torch.onnx.export(shipped, args, path, opset_version=17, dynamo=False, do_constant_folding=True,
                      input_names=["photo", "reference", "has_reference"], output_names=["damage", "kind"],
                      dynamic_axes={k: {2: "height", 3: "width"} for k in ("photo", "reference", "damage", "kind")})
