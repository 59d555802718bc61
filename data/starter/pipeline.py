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

    def prepare(self, texts, height, width, sizes, score, negative_score):
        """What both sides of guidance read, by network: context, pooled, numbers. The empty negative prompt is zeros in the
        base, encoded in the refiner."""
        context, pooled = self.encode(texts)
        empty, empty_pooled = self.encode([""] * len(texts))
        zeros, zeros_pooled = torch.zeros_like(context), torch.zeros_like(pooled)
        second, sizes = pooled.shape[1], sizes or (height, width, 0, 0, height, width)
        return {
            self.unet: (torch.cat([zeros, context]), torch.cat([zeros_pooled, pooled]), [list(sizes)] * 2),
            self.refiner: (
                torch.cat([empty, context])[..., -second:],
                torch.cat([empty_pooled, pooled]),
                [[*sizes[:4], negative_score], [*sizes[:4], score]],
            ),
        }

    def denoise(self, network, x, sides, timesteps, sigmas, guidance):
        """Euler steps of one network; sigmas has one entry more than timesteps."""
        context, pooled, ids = sides[network]
        ids = torch.tensor(ids, dtype=torch.float32, device=self.device).repeat_interleave(len(x), 0)
        for i, timestep in enumerate(timesteps):
            scaled = (x / (sigmas[i] ** 2 + 1) ** 0.5).repeat(2, 1, 1, 1)
            times = timestep.to(self.device).expand(2 * len(x))
            plain, prompted = network(scaled, times, context, pooled, ids).chunk(2)
            x = x + (sigmas[i + 1] - sigmas[i]) * (plain + guidance * (prompted - plain))
        return x

    @torch.no_grad()
    def handed_off(
        self, texts, seeds, handoffs, steps=20, guidance=3.0, size=None, sizes=None, score=6.0, negative_score=2.5
    ):
        """uint8 pictures for each share of the steps after which the refiner takes over, in rising order; 1: never. size:
        (height, width); sizes: the six numbers, by default (size, 0, 0, size)."""
        height, width = size or (self.config["sample_size"],) * 2
        sides = self.prepare(texts, height, width, sizes, score, negative_score)
        timesteps, sigmas = sigma_table(steps)
        noise = [
            torch.randn(1, 4, height // 8, width // 8, generator=torch.Generator().manual_seed(seed)) for seed in seeds
        ]
        x, done = torch.cat(noise).to(self.device) * (sigmas[0] ** 2 + 1) ** 0.5, 0
        for handoff in handoffs:
            split = round(handoff * steps)
            x = self.denoise(self.unet, x, sides, timesteps[done:split], sigmas[done : split + 1], guidance)
            done = split
            if split == steps:
                yield self.decode(x)
            else:
                yield self.decode(self.denoise(self.refiner, x, sides, timesteps[split:], sigmas[split:], guidance))

    def __call__(self, texts, seeds, handoff=1.0, **options):
        """uint8 pictures; options as in handed_off ()."""
        return next(self.handed_off(texts, seeds, [handoff], **options))
