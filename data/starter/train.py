"""Trains the starter, in stages; each can be stopped at any time and goes on where it was.

    train.py draw        pictures, in shards
    train.py vae         the autoencoder
    train.py text        both text encoders, on saying what a caption describes
    train.py latents     the pictures, encoded once
    train.py unet        the U-Net, on the latents
    train.py refiner     the refiner, on the latents' last steps
    train.py classifier  the judge that evaluate.py uses
    train.py decoder     the decoder once more, for sharp pictures of the same latents
    train.py all         one after the other, as far as --limit allows

Stages write to the folder --work; export.py makes the model folder from what is there.
"""

import argparse
import contextlib
import os
import sys
import time

import torch

import classifier
import data
import decoder
import latents
import text
import unet
import vae
from presets import PRESETS


def autocaster(device, dtype):
    """A context for mixed precision, new each time it is called."""
    if dtype is None:
        return contextlib.nullcontext
    return lambda: torch.autocast(torch.device(device).type, dtype=dtype)


def draw(args, preset, deadline):
    """As many pictures as its minutes allow, once in a work folder."""
    done = os.path.join(args.work, "pictures", "done")
    if os.path.exists(done):
        return True
    deadline = min(deadline, time.time() + 60 * preset.minutes["draw"])
    numbers = [*range(data.JUDGED, data.JUDGED + preset.judged), *range(preset.shards)]
    for drawn, number in enumerate(numbers):
        if time.time() > deadline and drawn > preset.judged:
            print(f"{drawn} of {len(numbers)} shards are drawn: going on with these", flush=True)
            break
        data.draw_shards(preset, args.work, [number], args.device)
    with open(done, "w") as file:
        file.write(f"{drawn + 1} shards\n")
    return True


def train_vae(args, preset, deadline):
    return vae.train(preset, args.work, args.device, args.autocast, deadline)


def train_text(args, preset, deadline):
    return text.train(preset, args.work, args.device, args.autocast, deadline)


def encode(args, preset, deadline):
    if os.path.exists(os.path.join(args.work, "latents.pt")):
        return True
    if deadline - time.time() < 60 * preset.minutes["latents"]:
        return False
    latents.encode(preset, args.work, args.device, args.autocast)
    return True


def train_unet(args, preset, deadline, refines=False):
    return unet.train(preset, args.work, args.device, args.autocast, deadline, refines)


def train_refiner(args, preset, deadline):
    return train_unet(args, preset, deadline, refines=True)


def train_classifier(args, preset, deadline):
    return classifier.train(preset, args.work, args.device, args.autocast, deadline)


def train_decoder(args, preset, deadline):
    return decoder.train(preset, args.work, args.device, args.autocast, deadline)


UNFINISHED = 3  # exit status
STAGES = {
    "draw": draw,
    "vae": train_vae,
    "text": train_text,
    "latents": encode,
    "unet": train_unet,
    "refiner": train_refiner,
    "classifier": train_classifier,
    "decoder": train_decoder,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=[*STAGES, "all"])
    parser.add_argument("--work", required=True, help="folder of checkpoints and cached latents")
    parser.add_argument("--preset", choices=list(PRESETS), default="cpu")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--limit", type=float, default=1e9, help="minutes after which this run ends")
    parser.add_argument("--exact", action="store_true", help="fp32 throughout instead of bf16 where it does no harm")
    args = parser.parse_args()
    os.makedirs(args.work, exist_ok=True)
    torch.backends.cudnn.benchmark = True
    preset, deadline = PRESETS[args.preset], time.time() + 60 * args.limit
    args.autocast = autocaster(args.device, None if args.exact else torch.bfloat16)
    for name in STAGES if args.stage == "all" else [args.stage]:
        if not STAGES[name](args, preset, deadline):
            print(f"{name} is not finished; the same command goes on", flush=True)
            sys.exit(UNFINISHED)


if __name__ == "__main__":
    main()
