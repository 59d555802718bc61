"""Text to picture from a model folder, as diffusers' SDXL pipeline with the Euler scheduler does it; base, and refiner."""

import os

import torch

from model import load_network
from tokenizer import Tokenizer
from unet import alphas_cumprod


def sigma_table(steps):
    """Timesteps, "leading" with an offset of 1, and their sigmas, which end in 0."""
    alphas = alphas_cumprod().double()
    timesteps = torch.arange(steps - 1, -1, -1) * (1000 // steps) + 1
    return timesteps, ((1 - alphas) / alphas).sqrt()[timesteps].tolist() + [0.0]


class Pipeline:
    def __init__(self, folder, device="cpu"):
        self.device = device

        def network(name, where=folder):
            return load_network(where, name)[0].to(device).requires_grad_(False)

        self.first, self.second, self.unet, self.vae = map(network, ("text_encoder", "text_encoder_2", "unet", "vae"))
        self.config = load_network(folder, "vae")[1]
        self.scaling = self.config["scaling_factor"]
        refiner = os.path.join(folder, "refiner")
        self.refiner = network("unet", refiner) if os.path.exists(refiner) else None
        with open(os.path.join(folder, "tokenizer", "merges.txt")) as file:
            self.tokenizer = Tokenizer(line.split() for line in file.read().splitlines()[1:])

    def encode(self, texts):
        ids = torch.from_numpy(self.tokenizer.pairs(texts)).long().to(self.device)
        (hidden, _), (hidden_2, pooled) = self.first(ids[:, 0]), self.second(ids[:, 1])
        return torch.cat([hidden, hidden_2], -1), pooled

    def decode(self, latents):
        """uint8 pictures [batch, 3, h, w]."""
        pictures = torch.cat([self.vae.decode(part / self.scaling) for part in latents.split(16)])
        return ((pictures.clamp(-1, 1) + 1) * 127.5).round().byte()

    @torch.no_grad()
    def __call__(
        self, texts, seeds, steps=20, guidance=3.0, size=None, sizes=None, handoff=1.0, score=6.0, negative_score=2.5
    ):
        """uint8 pictures. size: (height, width); sizes: the six numbers, by default (size, 0, 0, size). The refiner takes
        over after handoff of the steps. The empty negative prompt is zeros in the base, encoded in the refiner."""
        height, width = size or (self.config["sample_size"],) * 2
        sizes = sizes or (height, width, 0, 0, height, width)
        context, pooled = self.encode(texts)
        empty, empty_pooled = self.encode([""] * len(texts))
        zeros, zeros_pooled = torch.zeros_like(context), torch.zeros_like(pooled)
        second = pooled.shape[1]
        sides = {
            self.unet: (torch.cat([zeros, context]), torch.cat([zeros_pooled, pooled]), [list(sizes)] * 2),
            self.refiner: (
                torch.cat([empty, context])[..., -second:],
                torch.cat([empty_pooled, pooled]),
                [[*sizes[:4], negative_score], [*sizes[:4], score]],
            ),
        }
        timesteps, sigmas = sigma_table(steps)
        noise = [
            torch.randn(1, 4, height // 8, width // 8, generator=torch.Generator().manual_seed(seed)) for seed in seeds
        ]
        x = torch.cat(noise).to(self.device) * (sigmas[0] ** 2 + 1) ** 0.5
        for i, timestep in enumerate(timesteps):
            network = self.unet if i < round(handoff * steps) or self.refiner is None else self.refiner
            both, both_pooled, ids = sides[network]
            ids = torch.tensor(ids, dtype=torch.float32, device=self.device).repeat_interleave(len(x), 0)
            scaled = (x / (sigmas[i] ** 2 + 1) ** 0.5).repeat(2, 1, 1, 1)
            plain, prompted = network(
                scaled, timestep.to(self.device).expand(2 * len(x)), both, both_pooled, ids
            ).chunk(2)
            x = x + (sigmas[i + 1] - sigmas[i]) * (plain + guidance * (prompted - plain))
        return self.decode(x)
