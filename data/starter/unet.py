"""The training of U-Net and refiner: noise prediction on the cached latents."""

import os

import torch
from torch import nn

import configs
import latents as encoded
import text
from model import UNet
from stage import Stage, load, seeded

REFINED = 260  # of the 1000 timesteps are the refiner's: the last fifth of a picture's steps and some more


def alphas_cumprod(device="cpu"):
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    return torch.cumprod(1 - betas, 0).float().to(device)


def new(config):
    network = UNet(config)
    for name, module in network.named_modules():
        if name.endswith("conv2"):  # every residual branch starts small
            module.weight.data.mul_(0.1)
    nn.init.zeros_(network.conv_out.weight)
    return network


def inherit(network, preset, state):
    """The refiner begins with what the base knows, except of the three numbers that it does not share."""
    (first, _, _), (second, _, _) = preset.text
    shared = {}
    for name, value in state.items():
        if name.endswith(("attn2.to_k.weight", "attn2.to_v.weight")):
            value = value[:, first:]  # of the two encoders it has the second
        elif name == "add_embedding.linear_1.weight":
            known = second + 4 * configs.SIZE_CHANNELS  # the pooled text, size and crop; the score is new
            value = torch.cat([value[:, :known], torch.zeros_like(value[:, : configs.SIZE_CHANNELS])], 1)
        shared[name] = value
    network.load_state_dict(shared)


class Batches:
    """Random batches of cached latents, each of one picture size."""

    def __init__(self, work, name, device):
        self.buckets = {
            size: {key: value.to(device) for key, value in bucket.items()}
            for size, bucket in load(os.path.join(work, "latents.pt"))[name].items()
        }
        self.sizes = list(self.buckets)
        self.shares = torch.tensor([len(bucket["latents"]) for bucket in self.buckets.values()]).double()

    def draw(self, count, device):
        """Latents, token ids, numbers."""
        bucket = self.buckets[self.sizes[int(torch.multinomial(self.shares, 1))]]
        chosen = torch.randint(len(bucket["latents"]), (count,), device=device)
        spoken = torch.randint(bucket["ids"].shape[1], (count,), device=device)
        return bucket["latents"][chosen].float(), bucket["ids"][chosen, spoken], bucket["numbers"][chosen].float()


def train(preset, work, device, autocast, deadline, refines=False):
    """Noise prediction with min-SNR weights (gamma 5). One caption in ten is dropped: half become zeros, as an absent
    negative prompt is in SDXL's base, and half the encoded empty text, as in its refiner, which has only these. The
    refiner's are dropped of good pictures only, and then any score is said: so guidance leads away from poor pictures
    where a poor score is asked for, and else only towards the prompt."""
    name = "refiner" if refines else "unet"
    network = new(getattr(configs, name)(preset)).to(device)
    if refines:
        inherit(network, preset, load(os.path.join(work, "unet.pt"), device)["ema"])
    encoders, tokenizer = text.trained(preset, work, device)
    empty = torch.from_numpy(tokenizer.pairs([""])).to(device)[0]
    second = preset.text[1][0]
    stage = Stage(preset, name, work, network, deadline, average=preset.average)
    seeded(5, stage.step)
    batches, last = Batches(work, "refiner" if refines else "base", device), REFINED if refines else 1000
    alphas = alphas_cumprod(device)
    weights = (5 * (1 - alphas) / alphas).clamp(max=1)[:last]
    weights = weights / weights.mean()
    count = preset.batch[name]
    for _ in stage.steps():
        latents, ids, numbers = batches.draw(count, device)
        if stage.minute < 0.7 * preset.minutes[name]:
            ids = ids[:, :, : text.SHORT]  # what follows is padding: the last third learns to live with it
        drop = torch.rand(count, device=device)
        if refines:
            good = numbers[:, 4] >= encoded.GOOD
            drop = torch.where(good, drop * 0.6, torch.ones_like(drop))
            any_score = encoded.WORST + (encoded.BEST - encoded.WORST) * torch.rand_like(drop)
            numbers[:, 4] = torch.where(drop < 0.1, any_score, numbers[:, 4])
        ids = torch.where((drop < (0.1 if refines else 0.05))[:, None, None], empty[:, : ids.shape[2]], ids)
        keep = ((drop < 0.05) | (drop >= (0.0 if refines else 0.1))).float()
        # Stratified timesteps: every batch covers the whole range evenly.
        timestep = (torch.randperm(count, device=device) + torch.rand(count, device=device)) * (last / count)
        timestep = timestep.long().clamp(max=last - 1)
        alpha = alphas[timestep][:, None, None, None]
        noise = torch.randn_like(latents)
        noisy = alpha.sqrt() * latents + (1 - alpha).sqrt() * noise
        with autocast():
            with torch.no_grad():
                context, pooled = encoders(ids)
                if refines:
                    context = context[..., -second:]
                context, pooled = context * keep[:, None, None], pooled * keep[:, None]
            output = network(noisy, timestep, context, pooled, numbers)
        error = ((output.float() - noise) ** 2).mean((1, 2, 3))
        high = (timestep >= 0.6 * last).float()
        stage.update(
            (error * weights[timestep]).mean(),
            (error * high).sum() / high.sum(),
            (error * (1 - high)).sum() / (1 - high).sum(),
        )
    return stage.finished()
