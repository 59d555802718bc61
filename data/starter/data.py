"""The training set: pictures drawn in shards, each fully determined by its number, so that any machine draws the same."""

import os
from dataclasses import replace

import numpy as np
import torch

import world


JUDGED = 9000  # shards from here on show the held-out combinations too, plainly: they teach and test the judge


def shard(preset, number, device):
    """{"pictures": uint8 [n, 3, h, w], "scenes", "sizes" [n, 6]} of one bucket size, chosen by the number."""
    rng = np.random.default_rng([7, number])
    height, width = preset.buckets[
        0 if number >= JUDGED else int(rng.choice(len(preset.buckets), p=preset.bucket_shares))
    ]
    scenes = [
        world.random_scene(rng, preset.domain, number >= JUDGED and bool(rng.random() < 0.5))
        for _ in range(preset.shard)
    ]
    pictures, sizes = [], []
    for begin in range(0, preset.shard, preset.draw_batch):
        part = scenes[begin : begin + preset.draw_batch]
        plain = [world.size_numbers(rng, height, width, plain=True) for _ in part] if number >= JUDGED else None
        drawn, numbers = world.draw(part, rng, height, width, plain, preset.supersampling, device)
        pictures.append(drawn.cpu())
        sizes += numbers
    return {"pictures": torch.cat(pictures), "scenes": scenes, "sizes": torch.tensor(sizes)}


def path(work, number):
    return os.path.join(work, "pictures", f"{number:04d}.pt")


def draw_shards(preset, work, numbers, device):
    """Draws the shards that are not there yet."""
    os.makedirs(os.path.join(work, "pictures"), exist_ok=True)
    for number in numbers:
        if not os.path.exists(path(work, number)):
            torch.save(shard(preset, number, device), path(work, number) + ".part")
            os.replace(path(work, number) + ".part", path(work, number))


def mirrored(scene):
    """The scene that a mirror image shows."""
    return replace(scene, things=scene.things[::-1]) if scene.relation == "left" else scene
