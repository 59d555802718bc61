"""From scenes to pictures: the styles, and what size and crop numbers do to a picture."""

import functools

import numpy as np
import torch
import torch.nn.functional as F

from .layout import lay_out
from .render import render


def smooth_noise(like, cells, seed):
    """Smooth noise [B, 1, H, W] in -1..1 with about so many cells across."""
    generator = torch.Generator().manual_seed(seed)
    small = torch.rand(like.shape[0], 1, cells, cells, generator=generator).to(like.device) * 2 - 1
    return F.interpolate(small, size=like.shape[-2:], mode="bicubic", align_corners=False)


def outlines(layers):
    """1 on the edges between parts and where surfaces fold, [B, 1, H, W]."""
    part, normal = layers["part"].float(), layers["normal"]
    edge = torch.zeros_like(part)
    for dim in (2, 3):
        fold = (normal * normal.roll(1, dim)).sum(1, keepdim=True) < 0.75
        here = ((part != part.roll(1, dim)) | (fold & (part >= 0))).float()
        here.narrow(dim, 0, 1).zero_()
        edge = torch.maximum(edge, here)
    return edge


def shrink(image, n):
    return F.avg_pool2d(image, n) if n > 1 else image


def poster(layers, n):
    """Few flat tones, no gradients: a lit and a shaded one for each colour."""
    tone = torch.where(layers["sunlit"] > 0.28, 1.06, 0.72)
    thing = layers["owner"] >= 0
    tone = torch.where(thing, tone, torch.where(layers["sunlit"] > 0.4, 1.06, 0.86))
    flat = layers["base"] * tone
    rows = torch.linspace(1.0, 0.0, flat.shape[2], device=flat.device)[None, None, :, None]
    for owner, shades in ((-2, 1.08 - 0.14 * (rows * 4).floor() / 3), (-1, tone)):
        there = layers["owner"] == owner
        colour = (layers["base"] * there).sum((2, 3), keepdim=True) / there.sum((2, 3), keepdim=True).clamp(min=1)
        flat = torch.where(there, (colour * shades).expand_as(flat), flat)
    return shrink(flat.clamp(0, 1), n)


def drawing(layers, n):
    """Ink on paper; colours are laid in thinly."""
    edge = F.max_pool2d(outlines(layers), 3, 1, 1)
    thing = (layers["owner"] >= 0).float()
    paper = torch.tensor([0.97, 0.96, 0.93], device=edge.device)[None, :, None, None]
    hatch = layers["sunlit"] < 0.25
    wash = (
        paper + (0.6 + 0.2 * hatch) * thing * (layers["base"] - paper) + 0.12 * (1 - thing) * (layers["base"] - paper)
    )
    shadow = ((layers["owner"] == -1) & hatch).float() * 0.14
    ink = layers["base"] * 0.25 * thing + 0.22 * (1 - thing)
    return shrink(wash * (1 - shadow) * (1 - edge) + ink * edge, n)


def pixels(layers, n):
    """Large square pixels, few tones, dark outlines."""
    block = 4 * n
    image = F.avg_pool2d(layers["lit"], block)
    owner = layers["owner"].float()[:, :, block // 2 :: block, block // 2 :: block]
    edge = torch.zeros_like(owner)
    for dim in (2, 3):
        change = ((owner != owner.roll(1, dim)) & ((owner >= 0) | (owner.roll(1, dim) >= 0))).float()
        change.narrow(dim, 0, 1).zero_()
        edge = torch.maximum(edge, change)
    image = (image * 7).round() / 7
    return F.interpolate(image * (1 - 0.6 * edge), scale_factor=4, mode="nearest")


def watercolour(layers, n, seed):
    """Pigment that pools at edges, uneven washes, white paper."""
    lit = shrink(0.6 * layers["lit"] + 0.4 * layers["base"], n)
    edge = shrink(outlines(layers), n)
    batch, _, height, width = lit.shape
    wobble = torch.cat([smooth_noise(lit, 24, seed + 1), smooth_noise(lit, 24, seed + 2)], 1) * 0.012
    grid = F.affine_grid(torch.eye(2, 3, device=lit.device).expand(batch, 2, 3), lit.shape, align_corners=False)
    grid = grid + wobble.permute(0, 2, 3, 1)
    both = F.grid_sample(torch.cat([lit, edge], 1), grid, padding_mode="border", align_corners=False)
    colour, edge = both[:, :3], both[:, 3:]
    soft = F.avg_pool2d(F.pad(colour, (2,) * 4, mode="replicate"), 5, 1)
    rim = F.avg_pool2d(F.pad(edge, (1,) * 4), 3, 1)
    strength = 0.86 + 0.10 * smooth_noise(lit, 7, seed + 3) + 0.03 * smooth_noise(lit, 40, seed + 4) + 0.25 * rim
    border = torch.minimum(
        torch.minimum(grid[..., 0] + 1, 1 - grid[..., 0]), torch.minimum(grid[..., 1] + 1, 1 - grid[..., 1])
    )[:, None]
    strength = strength * ((border - 0.03 + 0.05 * smooth_noise(lit, 14, seed + 5)) / 0.08).clamp(0, 1)
    return (1 - strength.clamp(0, 1.05) * (1 - soft)).clamp(0, 1)


def stylize(layers, styles, n, seed):
    """Finished pictures [B, 3, H, W], 0..1, of layers at n times that size. seed: of the paint's irregularities."""
    out = shrink(layers["lit"], n)
    for style, draw in (
        ("flat poster", poster),
        ("line drawing", drawing),
        ("pixel art", pixels),
        ("watercolour", functools.partial(watercolour, seed=seed)),
    ):
        which = torch.tensor([i for i, s in enumerate(styles) if s == style], dtype=torch.long, device=out.device)
        if len(which):
            chosen = {key: value[which] for key, value in layers.items() if key != "values"}
            out[which] = draw(chosen, n)
    return out


def soften(image, height, width):
    """The picture as if its original had only height × width pixels."""
    small = F.interpolate(image[None], size=(height, width), mode="area")
    return F.interpolate(small, size=image.shape[1:], mode="bicubic", align_corners=False)[0].clamp(0, 1)


def size_numbers(rng, height, width, plain=False):
    """Original height and width, crop top and left, target height and width, as SDXL has them.

    A quarter of the pictures have small originals and are soft; a fifth are cut out of a larger picture; larger originals
    change nothing, so that the model stays sane wherever a person leaves the numbers."""
    original, top, left = [height, width], 0, 0
    kind = 1.0 if plain else rng.random()
    if kind < 0.25:
        share = float(np.exp(rng.uniform(np.log(0.16), np.log(0.85))))
        original = [round(height * share), round(width * share)]
    elif kind < 0.7:
        share = float(np.exp(rng.uniform(0, np.log(5))))
        original = [round(height * share), round(width * share)]
    if not plain and rng.random() < 0.2:
        limit = 0.4 * (height * width) ** 0.5
        top, left = (int(v) for v in rng.uniform(0, limit, 2) * (rng.random(2) < 0.75))
    return original + [top, left, height, width]


def draw(scenes, rng, height, width, sizes=None, supersampling=2, device="cpu"):
    """uint8 pictures [B, 3, H, W] of scenes, and what there is to know of each: its size numbers [6]."""
    sizes = sizes or [size_numbers(rng, height, width) for _ in scenes]
    layouts = [lay_out(scene, rng) for scene in scenes]
    layers = render(
        scenes, layouts, rng, height, width, [s[2] for s in sizes], [s[3] for s in sizes], supersampling, device
    )
    pictures = stylize(layers, [scene.style for scene in scenes], supersampling, int(rng.integers(2**31)))
    for i, size in enumerate(sizes):
        if size[0] < height or size[1] < width:
            pictures[i] = soften(pictures[i], *size[:2])
    return (pictures.clamp(0, 1) * 255).round().byte(), sizes
