"""Scores the starter on prompts whose combinations were held out of training.

    evaluate.py                        samples with PyTorch from the model folder and scores the pictures
    evaluate.py --prompts-out FILE     only writes the prompts, one a line; picture i (from 0) belongs to line i
    evaluate.py --images DIR           scores the pictures DIR/<i>.png (any number of leading zeros), drawn by any program

Even prompts have one object, odd ones two. Seeds: picture i is drawn from torch.manual_seed(i).
"""

import argparse
import os
import re

import numpy as np
import torch
from PIL import Image

import world
from model import load_network
from tokenizer import Tokenizer

PROMPT_SEED = 20260


def prompts(count, held_out=True):
    """The scenes and the captions to draw; the ground is always named."""
    rng = np.random.default_rng(PROMPT_SEED)
    scenes = [world.random_scene(rng, i % 2 == 1, held_out) for i in range(count)]
    return scenes, [world.caption(scene, rng, plain=True) for scene in scenes]


class Pipeline:
    """Text to picture from a model folder, as diffusers' SDXL pipeline with the Euler scheduler does it."""

    def __init__(self, folder):
        self.first, _ = load_network(folder, "text_encoder")
        self.second, _ = load_network(folder, "text_encoder_2")
        self.unet, _ = load_network(folder, "unet")
        self.vae, config = load_network(folder, "vae")
        self.scaling = config["scaling_factor"]
        with open(os.path.join(folder, "tokenizer", "merges.txt")) as file:
            self.tokenizer = Tokenizer(line.split() for line in file.read().splitlines()[1:])

    def encode(self, texts):
        ids = torch.tensor([self.tokenizer.pair(text) for text in texts])
        (hidden, _), (hidden_2, pooled) = self.first(ids[:, 0]), self.second(ids[:, 1])
        return torch.cat([hidden, hidden_2], -1), pooled

    @torch.no_grad()
    def __call__(self, texts, seeds, steps=20, guidance=5.0, sizes=(64, 64, 0, 0, 64, 64), empty="zeros"):
        """uint8 pictures [batch, 64, 64, 3]. The empty negative prompt is zeros, or the encoded empty text."""
        context, pooled = self.encode(texts)
        if empty == "zeros":
            negative, negative_pooled = torch.zeros_like(context), torch.zeros_like(pooled)
        else:
            negative, negative_pooled = self.encode([""] * len(texts))
        context, pooled = torch.cat([negative, context]), torch.cat([negative_pooled, pooled])
        time_ids = torch.tensor([sizes] * len(context), dtype=torch.float32)

        betas = torch.linspace(0.00085 ** 0.5, 0.012 ** 0.5, 1000, dtype=torch.float64) ** 2
        alphas = torch.cumprod(1 - betas, 0)
        timesteps = torch.arange(steps - 1, -1, -1) * (1000 // steps) + 1
        sigmas = ((1 - alphas) / alphas).sqrt()[timesteps].tolist() + [0.0]

        noise = [torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
        x = torch.cat(noise) * (sigmas[0] ** 2 + 1) ** 0.5
        for i, timestep in enumerate(timesteps):
            scaled = x / (sigmas[i] ** 2 + 1) ** 0.5
            output = self.unet(torch.cat([scaled, scaled]), timestep.expand(len(context)), context, pooled, time_ids)
            plain, prompted = output.chunk(2)
            x = x + (sigmas[i + 1] - sigmas[i]) * (plain + guidance * (prompted - plain))
        pictures = torch.cat([self.vae.decode(part) for part in (x / self.scaling).split(25)])
        return ((pictures.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()


def read_folder(folder, count):
    """Pictures by index; a missing one is an error."""
    files = {int(match[1]): name for name in os.listdir(folder) if (match := re.fullmatch(r"0*(\d+)\.png", name))}
    pictures = []
    for i in range(count):
        picture = np.asarray(Image.open(os.path.join(folder, files[i])).convert("RGB"))
        if picture.shape != (world.SIZE, world.SIZE, 3):
            raise SystemExit(f"{files[i]} is {picture.shape[1]} × {picture.shape[0]}, expected 64 × 64")
        pictures.append(picture)
    return pictures


def report(scenes, pictures):
    """Prints the rates; returns the judgements."""
    judged = [world.judge(picture, scene) for picture, scene in zip(pictures, scenes)]
    for name, things in (("singles", 1), ("pairs", 2)):
        group = [j for j, scene in zip(judged, scenes) if len(scene.things) == things]
        keys = ["all", "count", "background", "colours", "shapes"] + (["relation"] if things == 2 else ["size"])
        rates = ", ".join(f"{'fully right' if k == 'all' else k} {100 * np.mean([j[k] for j in group]):.1f} %"
                          for k in keys)
        print(f"{name} ({len(group)}): {rates}")
    return judged


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=3.0)
    parser.add_argument("--empty", choices=["zeros", "encoded"], default="zeros", help="what the empty negative prompt is")
    parser.add_argument("--trained", action="store_true", help="prompts of the training combinations instead")
    parser.add_argument("--prompts-out", metavar="FILE")
    parser.add_argument("--images", metavar="DIR")
    parser.add_argument("--sheet", metavar="PNG", help="writes a contact sheet of the pictures")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)

    scenes, captions = prompts(args.count, not args.trained)
    if args.prompts_out:
        with open(args.prompts_out, "w") as file:
            file.write("".join(caption + "\n" for caption in captions))
        return
    if args.images:
        pictures = read_folder(args.images, args.count)
    else:
        pipeline, pictures = Pipeline(args.model), []
        for begin in range(0, args.count, 50):
            part = captions[begin:begin + 50]
            seeds = range(begin, begin + len(part))
            pictures += list(pipeline(part, seeds, args.steps, args.guidance, empty=args.empty))
    report(scenes, pictures)
    if args.sheet:
        world.contact_sheet(pictures).save(args.sheet)


if __name__ == "__main__":
    main()
