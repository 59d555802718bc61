"""The pictures, encoded once, with their captions in token ids: what U-Net and refiner are trained on."""

import glob
import os

import numpy as np
import torch
import torch.nn.functional as F

import configs
import data
import text
import world
from model import AutoencoderKL
from stage import load, save, seeded
from vae import normalized

CAPTIONS = 3  # of each picture
WORST, GOOD, BEST = 2.0, 6.0, 7.5  # aesthetic scores; from GOOD on a picture is as it was drawn


def trained_vae(preset, work, device):
    network = AutoencoderKL(configs.vae(preset))
    network.load_state_dict(load(os.path.join(work, "vae.pt"))["ema"])
    return network.to(device).eval().requires_grad_(False)


def dulled(pictures, worth):
    """Pictures [B, 3, h, w] in [-1, 1] as poor as their worth [B] in 0..1 says: soft, pale and flat."""
    height, width = pictures.shape[2:]
    share = 0.42
    soft = F.interpolate(pictures, size=(round(height * share), round(width * share)), mode="area")
    soft = F.interpolate(soft, size=(height, width), mode="bicubic", align_corners=False)
    worth = worth[:, None, None, None]
    blurred = soft + (pictures - soft) * worth
    grey = blurred.mean(1, keepdim=True)
    pale = grey + (blurred - grey) * (0.55 + 0.45 * worth)
    return (pale * (0.8 + 0.2 * worth) + 0.06 * (1 - worth)).clamp(-1, 1)


def captions(scenes, tokenizer, rng):
    """int16 [scenes, CAPTIONS, 2, 77]."""
    ids = tokenizer.pairs([world.caption(world.said(scene, rng), rng) for scene in scenes for _ in range(CAPTIONS)])
    return torch.from_numpy(ids.reshape(len(scenes), CAPTIONS, *ids.shape[1:]))


@torch.no_grad()
def encode(preset, work, device, autocast):
    """Writes latents.pt: {"scaling", "base": {size: {"latents", "ids", "numbers"}}, "refiner": the same}. Pictures that
    are not cut are there twice, as they are and mirrored. The refiner's are sharp ones, two in five made worse, and its
    numbers end with an aesthetic score that says how good they are."""
    network, (_, tokenizer) = trained_vae(preset, work, device), text.trained(preset, work, "cpu")
    rng = seeded(2)
    base, refiner = {}, {}

    def latents(pictures):
        parts = []
        for part in pictures.split(32):
            with autocast():
                parts.append(network.encode(part)[0].float())
        return torch.cat(parts)

    for number, file in enumerate(sorted(glob.glob(os.path.join(work, "pictures", "[0-8]*.pt")))):
        shard = load(file)
        pictures, sizes, scenes = normalized(shard["pictures"].to(device)), shard["sizes"], shard["scenes"]
        size = tuple(pictures.shape[2:])
        whole = sizes[:, 3] == 0
        sharp = ((sizes[:, 0] >= size[0]) & (sizes[:, 1] >= size[1])).nonzero().squeeze(1)
        flipped = [data.mirrored(scene) for scene, keep in zip(scenes, whole) if keep]
        both = torch.cat([latents(pictures), latents(pictures[whole.to(device)].flip(3))])
        base.setdefault(size, []).append(
            (both.half().cpu(), captions(scenes + flipped, tokenizer, rng), torch.cat([sizes, sizes[whole]]))
        )
        scores = torch.from_numpy(
            np.where(rng.random(len(sharp)) < 0.6, rng.uniform(GOOD, BEST, len(sharp)), rng.uniform(WORST, GOOD, len(sharp)))
        ).float()
        worth = ((scores - WORST) / (GOOD - WORST)).clamp(max=1)
        poor = latents(dulled(pictures[sharp.to(device)], worth.to(device)))
        numbers = torch.cat([sizes[sharp, :4].float(), scores[:, None]], 1)
        refiner.setdefault(size, []).append(
            (poor.half().cpu(), captions([scenes[i] for i in sharp], tokenizer, rng), numbers)
        )
        if number == 0:
            scaling = 1 / both.std().item()
    merged = [
        {
            size: {
                name: torch.cat([part[i] for part in parts]) * (scaling if name == "latents" else 1)
                for i, name in enumerate(("latents", "ids", "numbers"))
            }
            for size, parts in buckets.items()
        }
        for buckets in (base, refiner)
    ]
    save(os.path.join(work, "latents.pt"), scaling=scaling, base=merged[0], refiner=merged[1])
    print(
        f"latents: {sum(len(b['latents']) for b in merged[0].values())} for the U-Net, "
        f"{sum(len(b['latents']) for b in merged[1].values())} for the refiner, scaling {scaling:.4f}",
        flush=True,
    )
