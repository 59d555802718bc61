"""The decoder's own training, after all else: sharper pictures of the same latents, so that the U-Nets stay valid.

It learns from three kinds of latents: as the encoder leaves them, with noise, and repainted: begun from a known picture
with noise and finished by the U-Net, so that what the U-Net gets wrong is in them and the right picture is known still.
"""

import glob
import os

import torch
import torch.nn.functional as F
from torch import nn

import classifier
import configs
import text
import world
from latents import trained_vae
from model import UNet
from stage import Stage, load, save, seeded
from unet import alphas_cumprod
from vae import edges, normalized, pictures

TRAINED = ("decoder.", "post_quant_conv.")
BEGIN = (60, 400)  # timesteps from which latents are repainted
GUIDANCE = 3.0
NOISE = 0.15  # of the latents' deviation, at most
REPAINTED = 1536  # pictures, of each size as large a share
WEIGHTS = {"edges": 0.5, "judge": 0.3, "likeness": 4.0, "fooling": 0.15}


class Critic(nn.Module):
    """Tells drawn from decoded by small patches; its features are what decoded pictures are made like."""

    def __init__(self, width=24):
        super().__init__()
        widths = (3, width, 2 * width, 2 * width)
        self.layers = nn.ModuleList(
            nn.utils.spectral_norm(nn.Conv2d(a, b, 4 if i < 2 else 3, stride=2 if i < 2 else 1, padding=1))
            for i, (a, b) in enumerate(zip(widths, widths[1:]))
        )
        self.score = nn.Conv2d(widths[-1], 1, 3, padding=1)

    def forward(self, pictures):
        """Scores of patches, and the features before."""
        x, features = pictures, []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.score(x), features


def seen(judge, batch):
    """The judge's features of pictures of any size, layer by layer, each to its own scale."""
    height, width = batch.shape[2:]
    line = [torch.linspace(-1, 1, n, device=batch.device) for n in (width, height)]
    places = torch.stack([line[0].expand(height, width), line[1][:, None].expand(height, width)])
    x, features = torch.cat([batch, places.expand(len(batch), -1, -1, -1)], 1), []
    for layer in judge.layers:
        x = layer(x)
        if isinstance(layer, nn.ReLU):
            features.append(x / (x.detach().pow(2).mean().sqrt() + 1e-6))
    return features


def apart(features, others):
    return sum((a - b.detach()).abs().mean() for a, b in zip(features, others)) / len(features)


@torch.no_grad()
def repaint(network, latents, begin, sides, numbers, steps=3):
    """Scaled latents with the noise of timestep begin, denoised by the U-Net in Euler steps with guidance."""
    alphas = alphas_cumprod(latents.device)
    times = torch.linspace(begin, 0, steps + 1).long()[:-1]
    sigmas = [*((1 - alphas) / alphas).sqrt()[times].tolist(), 0.0]
    x = latents + sigmas[0] * torch.randn_like(latents)
    context, pooled = sides
    both = [torch.cat([torch.zeros_like(part), part]) for part in (context, pooled)]
    for time, sigma, after in zip(times, sigmas, sigmas[1:]):
        scaled = (x / (sigma**2 + 1) ** 0.5).repeat(2, 1, 1, 1)
        plain, prompted = network(scaled, time.expand(len(scaled)), *both, numbers.repeat(2, 1)).chunk(2)
        x = x + (after - sigma) * (plain + GUIDANCE * (prompted - plain))
    return x


@torch.no_grad()
def prepare(preset, work, device):
    """{size: {"latents" of all its pictures, "repainted", "which" pictures those were}}, in the VAE's own scale; kept
    in decoder-latents.pt."""
    path = os.path.join(work, "decoder-latents.pt")
    if os.path.exists(path):
        return load(path, device)["sizes"]
    vae, rng = trained_vae(preset, work, device), seeded(8)
    network = UNet(configs.unet(preset)).to(device).eval()
    network.load_state_dict(load(os.path.join(work, "unet.pt"), device)["ema"])
    encoders, tokenizer = text.trained(preset, work, device)
    files = sorted(glob.glob(os.path.join(work, "pictures", "[0-8]*.pt")))
    share, out, scaling = REPAINTED / (len(files) * preset.shard), {}, None
    for file in files:
        shard = load(file)
        batch = normalized(shard["pictures"].to(device))
        latents = torch.cat([vae.encode(part)[0] for part in batch.split(32)])
        scaling = scaling or 1 / latents.std()
        size = out.setdefault(tuple(batch.shape[2:]), {"latents": [], "repainted": [], "which": []})
        offset, count = sum(map(len, size["latents"])), max(round(share * len(batch)), 1)
        chosen = torch.from_numpy(rng.permutation(len(batch))[:count])
        for some in chosen.split(16):
            captions = [world.caption(shard["scenes"][i], rng) for i in some]
            sides = encoders(torch.from_numpy(tokenizer.pairs(captions)).to(device))
            begin = int(rng.integers(*BEGIN))
            numbers = shard["sizes"][some].float().to(device)
            painted = repaint(network, latents[some.to(device)] * scaling, begin, sides, numbers) / scaling
            size["repainted"].append(painted)
            size["which"].append(some + offset)
        size["latents"].append(latents)
    print(f"decoder: {sum(sum(map(len, size['which'])) for size in out.values())} pictures repainted", flush=True)
    out = {size: {name: torch.cat(parts) for name, parts in value.items()} for size, value in out.items()}
    save(path, sizes=out)
    return out


class Batches:
    """Pictures and latents of them, half repainted, half as the encoder leaves them or a little noisy."""

    def __init__(self, preset, work, device, rng):
        self.drawn, self.sizes, self.rng = pictures(work, device), prepare(preset, work, device), rng
        shares = torch.tensor([len(batch) for batch in self.drawn.values()]).double()
        self.shares, self.half = shares / shares.sum(), max(preset.batch["decoder"] // 2, 1)

    def draw(self):
        """Latents in the VAE's own scale, pictures in [-1, 1]."""
        size = list(self.drawn)[int(torch.multinomial(self.shares, 1))]
        drawn, cached = self.drawn[size], self.sizes[size]
        encoded = torch.from_numpy(self.rng.integers(len(drawn), size=self.half)).to(drawn.device)
        painted = torch.from_numpy(self.rng.integers(len(cached["which"]), size=self.half)).to(drawn.device)
        latents = cached["latents"][encoded]
        strength = NOISE * (2 * torch.rand_like(latents[:, :1, :1, :1]) - 1).clamp(min=0)  # half of them have none
        latents = latents + strength * latents.std() * torch.randn_like(latents)
        chosen = torch.cat([encoded, cached["which"][painted].to(drawn.device)])
        return torch.cat([latents, cached["repainted"][painted]]), normalized(drawn[chosen])


def new(preset, work, device):
    """The autoencoder as it is, all but the decoder fixed."""
    network = trained_vae(preset, work, device).train()
    for name, value in network.named_parameters():
        value.requires_grad_(name.startswith(TRAINED))
    return network


def train(preset, work, device, autocast, deadline):
    """Absolute error, edges, likeness in the features of judge and critic, and fooling the critic a little."""
    network, critic = new(preset, work, device), Critic().to(device)
    judge = classifier.trained(work, device).requires_grad_(False)
    stage = Stage(preset, "decoder", work, network, deadline, every=20)
    if stage.step:
        critic.load_state_dict(load(stage.path, device)["critic"])
    stage.extra = {"critic": critic.state_dict()}
    optimizer = torch.optim.Adam(critic.parameters(), 1e-3, betas=(0.5, 0.9))
    batches = Batches(preset, work, device, seeded(9, stage.step))
    for _ in stage.steps():
        latents, truth = batches.draw()
        with autocast():
            decoded = network.decode(latents).float()
            scores, features = critic(decoded)
            with torch.no_grad():
                wanted = critic(truth)[1]
                told = seen(judge, truth)
            parts = {
                "edges": edges(decoded - truth),
                "judge": apart(seen(judge, decoded), told),
                "likeness": apart(features, wanted),
                "fooling": -scores.float().mean(),
            }
        error = (decoded - truth).abs().mean()
        stage.update(error + sum(WEIGHTS[name] * part.float() for name, part in parts.items()), error, *parts.values())
        optimizer.zero_grad(set_to_none=True)
        with autocast():
            real, fake = critic(truth)[0].float(), critic(decoded.detach())[0].float()
        (F.relu(1 - real).mean() + F.relu(1 + fake).mean()).backward()
        optimizer.step()
    return stage.finished()


def trained(preset, work, device):
    """The autoencoder with the sharp decoder, where one was trained."""
    network, path = trained_vae(preset, work, device), os.path.join(work, "decoder.pt")
    if os.path.exists(path):
        state = load(path, device)["ema"]
        network.load_state_dict({key: state[key] for key in state if key.startswith(TRAINED)}, strict=False)
    return network
