"""The net: a frozen EfficientNet-Lite0 encoder over photo and reference, what differs between them, and a small decoder.

Input pictures are RGB 0…255, N×3×H×W (multiples of 16); `has_reference` is 1 or 0, N. The result is at half size: probabilities
of "damaged" (1 channel) and of the six kinds.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

KINDS = 6
# What is taken off the logit of "damaged" where there is no reference: chosen by `evaluate.py --part calibrate`. There the net
# says too much, since what it was trained on is damaged more often than what it is asked about.
RESTRAINT_ALONE = 1.5
# Where a photo is its reference to within about three grey levels, and nothing near it is otherwise, there is no damage.
ALIKE, RESTRAINT_ALIKE = 3.0, 12.0


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


def nearest_difference(p, r, within=1):
    """Per pixel, the smallest mean absolute difference to the reference within so many pixels: forgives misalignment."""
    padded = F.pad(r, (within,) * 4, mode="replicate")
    h, w = p.shape[2:]
    best = None
    for dy in range(2 * within + 1):
        for dx in range(2 * within + 1):
            d = (p - padded[:, :, dy : dy + h, dx : dx + w]).abs().mean(1, keepdim=True)
            best = d if best is None else torch.minimum(best, d)
    return best


def unusual(p):
    """Per pixel, how far the features lie from what the rest of the picture has, in its own spread."""
    middle = p.mean((2, 3), keepdim=True)
    apart = (p - middle).abs()
    return (apart / (apart.mean((2, 3), keepdim=True) + 0.05)).mean(1, keepdim=True)


def compare(photo, reference, photo_features, reference_features):
    """What the decoder sees, at 1/4, 1/8 and 1/16: the photo's features, how they differ from the reference's, and how unusual
    they are in the photo, and light. What is at 1/2 (pixels, their detail, and the first features compared) comes folded: four
    pixels' worth as channels of 1/4. Without a reference (None) nothing differs."""
    apart = lambda x, y: torch.zeros_like(x) if y is None else (x - y).abs()
    nearest = lambda x, y, within=1: torch.zeros_like(x[:, :1]) if y is None else nearest_difference(x, y, within)
    out = []
    for i, p in enumerate(photo_features):
        r = None if reference is None else reference_features[i]
        if i > 0:
            out.append(torch.cat([p, apart(p, r), nearest(p, r), unusual(p)], 1))
            continue
        a, b = (None if x is None else F.avg_pool2d(x, 2) / 128 - 1 for x in (photo, reference))
        fine, other = detail(a), None if b is None else detail(b)
        own = fine / (fine.abs().mean((2, 3), keepdim=True) + 0.01)
        half = [a, apart(a, b), fine, own.clamp(-8, 8), nearest(fine, other), nearest(fine, other, 2), nearest(p, r), unusual(p)]
        out.append(F.pixel_unshuffle(torch.cat(half, 1), 2))
    a, b = (None if x is None else F.avg_pool2d(x, 4) for x in (photo, reference))
    out = [torch.cat(out[:2], 1), *out[2:]]
    for i, level in enumerate(out):
        out[i] = torch.cat([level, light(a, b)], 1)
        a, b = (None if x is None else F.avg_pool2d(x, 2) for x in (a, b))
    return out


def light(photo, reference):
    """Broad light and dark, which the encoder does not tell: log brightness beside that of the whole picture and of the
    surroundings, the same of its ratio to the reference's, and how far the colour is off."""
    log = lambda x: torch.log(x.mean(1, keepdim=True) / 255 + 0.04)
    colour = lambda x: (x - x.mean(1, keepdim=True)) / (x.mean(1, keepdim=True) + 16)
    own = log(photo)
    ratio = torch.zeros_like(own) if reference is None else own - log(reference)
    off = torch.zeros_like(own) if reference is None else (colour(photo) - colour(reference)).abs().mean(1, keepdim=True)
    return torch.cat([x for y in (own, ratio) for x in (y - y.mean((2, 3), keepdim=True), y - around(y))] + [off], 1)


def around(x):
    """The mean of 9 × 9."""
    return F.avg_pool2d(F.pad(x, (4, 4, 4, 4), mode="replicate"), 9, 1)


def detail(x):
    """Brightness without its slow part, which is light: what is left of a thin line stays."""
    x = x.mean(1, keepdim=True)
    return x - around(x)


def conv(cin, cout):
    return nn.Sequential(nn.Conv2d(cin, cout, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(inplace=True))


def separable(cin, cout, dilation=1):
    return nn.Sequential(nn.Conv2d(cin, cin, 3, padding=dilation, dilation=dilation, groups=cin, bias=False), *conv(cin, cout))


def up(x, times=2):
    return F.interpolate(x, scale_factor=times, mode="bilinear", align_corners=False)


class Decoder(nn.Module):
    """What is trained. Coarse to fine; "damaged" is told at 1/2, four pixels at a time; the kind at 1/8, with the shape of what
    is said to be damaged in sight."""

    INPUT = [48 + 24 + 24 + 2 + 5, 40 + 40 + 2 + 5, 112 + 112 + 2 + 5]
    WIDTH = [40, 64, 80]
    # How far apart the taps of each level's steps are: what is large has to be seen whole.
    REACH = [(1, 1), (1, 1, 3), (1, 1, 2, 4)]
    SHAPE = 48

    def __init__(self):
        super().__init__()
        self.lateral, self.below, self.mix = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for i, (cin, w) in enumerate(zip(self.INPUT, self.WIDTH)):
            self.register_buffer(f"mean{i}", torch.zeros(1, cin, 1, 1))
            self.register_buffer(f"spread{i}", torch.ones(1, cin, 1, 1))
            self.lateral.append(conv(cin + 1, w))
            if i < 2:
                self.below.append(nn.Conv2d(self.WIDTH[i + 1], w, 1, bias=False))
            self.mix.append(nn.ModuleList([separable(w, w, reach) for reach in self.REACH[i]]))
        self.damage = nn.Conv2d(self.WIDTH[0], 4, 1)
        self.early = nn.ModuleList([nn.Conv2d(w, 1, 1) for w in self.WIDTH[1:]])  # for training only
        self.enter = conv(self.WIDTH[0] + self.WIDTH[1] + 2, self.SHAPE)
        self.shape = nn.ModuleList([separable(self.SHAPE, self.SHAPE, d) for d in (1, 2, 4)])
        self.kind = nn.Conv2d(self.SHAPE, KINDS, 1)
        for head in (self.damage, *self.early):
            nn.init.constant_(head.bias, -3.0)

    def measure(self, seen):
        """Takes mean and spread of what it sees, once, before training."""
        for i, x in enumerate(seen):
            getattr(self, f"mean{i}").copy_(x.mean((0, 2, 3), keepdim=True))
            getattr(self, f"spread{i}").copy_(x.std((0, 2, 3), keepdim=True).clamp_min(1e-3))

    def normal(self, seen):
        return [((x - getattr(self, f"mean{i}")) / getattr(self, f"spread{i}")).clamp(-10, 10) for i, x in enumerate(seen)]

    def forward(self, normal, has_reference):
        """Logits of damage at 1/2, of kinds at 1/8, and of damage at 1/8 and 1/16."""
        flag = has_reference.reshape(-1, 1, 1, 1)
        x, levels = None, [None] * 3
        for i in (2, 1, 0):
            y = normal[i]
            y = self.lateral[i](torch.cat([y, flag.expand(-1, -1, y.shape[2], y.shape[3])], 1))
            x = y if x is None else y + up(self.below[i](x))
            for step in self.mix[i]:
                x = x + step(x)
            levels[i] = x
        damage = F.pixel_shuffle(self.damage(x), 2)
        said = torch.sigmoid(damage.detach())
        k = self.enter(torch.cat([F.avg_pool2d(x, 2), levels[1], F.avg_pool2d(said, 4), F.max_pool2d(said, 4)], 1))
        for step in self.shape:
            k = k + step(k)
        return damage, self.kind(k), [head(levels[i]) for head, i in zip(self.early, (1, 2))]


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
        flag = has_reference.reshape(-1, 1, 1, 1)
        apart = F.max_pool2d((F.avg_pool2d(photo, 2) - F.avg_pool2d(reference, 2)).abs().mean(1, keepdim=True), 9, 1, 4)
        damage = damage - RESTRAINT_ALONE * (1 - flag) - RESTRAINT_ALIKE * flag * F.relu(1 - apart / ALIKE)
        return torch.sigmoid(damage), torch.softmax(up(kind, 4), 1)


def export(encoder, decoder, path, side=384):
    """Writes ONNX, opset 17, for one photo whose sides are multiples of 16."""
    shipped = Shipped(encoder, decoder).eval()
    args = (torch.zeros(1, 3, side, side), torch.zeros(1, 3, side, side), torch.ones(1))
    torch.onnx.export(shipped, args, path, opset_version=17, dynamo=False, do_constant_folding=True,
                      input_names=["photo", "reference", "has_reference"], output_names=["damage", "kind"],
                      dynamic_axes={k: {2: "height", 3: "width"} for k in ("photo", "reference", "damage", "kind")})
