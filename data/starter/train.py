"""Trains the starter, in stages; each can be stopped at any time and goes on where it was.

    train.py vae      the autoencoder, on pictures drawn as needed
    train.py latents  a large set of pictures, encoded once; fixes the encoder
    train.py decoder  more of the autoencoder's decoder alone, for crisper edges
    train.py text     both text encoders, on saying what a caption describes
    train.py unet     the U-Net, on the cached latents

Stages write to the folder --work; export.py makes the model folder from what is there.
"""

import argparse
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import multiprocessing, nn

import world
from configs import TEXT_ENCODER, TEXT_ENCODER_2, UNET, VAE
from model import AutoencoderKL, ClipTextModel, UNet
from tokenizer import LENGTH, Tokenizer, world_merges

PAIR_SHARE = 0.65  # of the pictures show two things


def save(path, **state):
    """torch.save that never leaves half a file."""
    torch.save(state, path + ".part")
    os.replace(path + ".part", path)


class Schedule:
    """Learning rate: a short warm-up, level, and a cosine to nothing at the end. Time is minutes of training."""

    def __init__(self, peak, minutes, warmup=0.5, decay_share=0.4):
        self.peak, self.minutes, self.warmup, self.decay_share = peak, minutes, warmup, decay_share

    def rate(self, minute):
        left = max(1 - minute / self.minutes, 0) / self.decay_share
        return self.peak * min((minute + 0.02) / self.warmup, 1) * (0.5 - 0.5 * math.cos(math.pi * min(left, 1)))


class Ema:
    """Exponential moving average of a state_dict; the average starts as a plain mean."""

    def __init__(self, state, decay):
        self.state = {key: value.detach().clone() for key, value in state.items()}
        self.decay, self.count = decay, 0

    def update(self, state):
        self.count += 1
        decay = min(self.decay, self.count / (self.count + 10))
        for key, value in state.items():
            self.state[key].lerp_(value.detach(), 1 - decay)


def to_tensor(pictures):
    """uint8 [batch, 64, 64, 3] to [-1, 1] NCHW."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


def draw_batch(rng, count):
    """Fresh pictures of the training combinations."""
    scenes = [world.random_scene(rng, rng.random() < PAIR_SHARE, False) for _ in range(count)]
    return to_tensor([world.sample(rng, scene)[0] for scene in scenes])


def train_vae(args):
    """Pictures to latents and back: absolute and squared error, a little divergence from the normal distribution."""
    path = os.path.join(args.work, "vae.pt")
    vae = AutoencoderKL(VAE)
    for name, module in vae.named_modules():
        if name.endswith("conv2"):  # every residual branch starts small
            module.weight.data.mul_(0.1)
    optimizer = torch.optim.AdamW(vae.parameters(), 1e-3, betas=(0.9, 0.98), weight_decay=1e-4)
    ema = Ema(vae.state_dict(), 0.99)
    step, minute = 0, 0.0
    if os.path.exists(path):
        state = torch.load(path)
        vae.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        ema.state, ema.count, step, minute = state["ema"], state["step"], state["step"], state["minute"]
    schedule = Schedule(args.rate or 2.5e-3, args.minutes, warmup=0.2)
    rng = np.random.default_rng([1, step])
    began, resumed_at, recent = time.time(), minute, []
    while minute < args.minutes:
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(minute)
        image = draw_batch(rng, args.batch)
        mean, logvar = vae.encode(image)
        latents = mean + torch.randn_like(mean) * (0.5 * logvar).exp()
        error = vae.decode(latents) - image
        divergence = 0.5 * (mean ** 2 + logvar.exp() - 1 - logvar).mean()
        # Three of the four latent channels begin as a thumbnail: colours are found at once, and the latents stay smooth.
        hint = 0.2 * 0.5 ** (minute / 1.5) * F.mse_loss(mean[:, :3], 2 * F.avg_pool2d(image, 8))
        loss = error.abs().mean() + 2 * (error ** 2).mean() + args.kl * divergence + hint
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        ema.update(vae.state_dict())
        step += 1
        minute = resumed_at + (time.time() - began) / 60
        recent.append([error.detach().abs().mean().item(), (error.detach() ** 2).mean().item(), divergence.item(),
                       mean.detach().std().item(), (0.5 * logvar.detach()).exp().mean().item()])
        if step % 50 == 0:
            print(f"{minute:.1f} min, step {step}: L1 %.4f MSE %.5f KL %.2f latent std %.2f noise %.3f"
                  % tuple(np.mean(recent, 0)), flush=True)
            recent = []
        if step % 100 == 0 or minute >= args.minutes:
            save(path, model=vae.state_dict(), optimizer=optimizer.state_dict(), ema=ema.state, step=step,
                 minute=minute)


def encode_latents(args):
    """Draws and encodes the training set: latents (scaled to unit variance), scenes and size numbers. The file grows by
    4000 pictures at a time, and the U-Net can be trained meanwhile."""
    vae = AutoencoderKL(VAE)
    vae.load_state_dict(torch.load(os.path.join(args.work, "vae.pt"))["ema"])
    rng = np.random.default_rng(2)
    latents, scenes, sizes, scaling = [], [], [], None
    began = time.time()
    with torch.no_grad():
        while len(scenes) < args.count:
            batch = [world.random_scene(rng, rng.random() < PAIR_SHARE, False) for _ in range(20)]
            drawn = [world.sample(rng, scene) for scene in batch]
            latents.append(vae.encode(to_tensor([picture for picture, _ in drawn]))[0])
            sizes += [size for _, size in drawn]
            scenes += batch
            if len(scenes) % 4000 == 0 or len(scenes) >= args.count:
                scaling = scaling or 1 / torch.cat(latents).std().item()
                save(os.path.join(args.work, "latents.pt"), latents=torch.cat(latents) * scaling, scaling=scaling,
                     scenes=scenes, sizes=torch.tensor(sizes, dtype=torch.float32))
                print(f"{len(scenes)} pictures in {time.time() - began:.0f} s, scaling factor {scaling:.4f}", flush=True)


def train_decoder(args):
    """The decoder alone, from the autoencoder's average, on noisy latents as the U-Net leaves them."""
    path = os.path.join(args.work, "decoder.pt")
    vae = AutoencoderKL(VAE)
    vae.load_state_dict(torch.load(os.path.join(args.work, "vae.pt"))["ema"])
    trained = nn.ModuleList([vae.decoder, vae.post_quant_conv])
    optimizer = torch.optim.AdamW(trained.parameters(), 1e-3, betas=(0.9, 0.98), weight_decay=1e-4)
    ema = Ema(trained.state_dict(), 0.99)
    step, minute = 0, 0.0
    if os.path.exists(path):
        state = torch.load(path)
        trained.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        ema.state, ema.count, step, minute = state["ema"], state["step"], state["step"], state["minute"]
    schedule = Schedule(args.rate or 1.5e-3, args.minutes, decay_share=0.6)
    rng = np.random.default_rng([3, step])
    began, resumed_at, recent = time.time(), minute, []
    while minute < args.minutes:
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(minute)
        image = draw_batch(rng, args.batch)
        with torch.no_grad():
            mean, _ = vae.encode(image)
        noise = torch.rand(len(mean), 1, 1, 1) * 0.08 * mean.std()
        error = vae.decode(mean + torch.randn_like(mean) * noise) - image
        loss = error.abs().mean() + 2 * (error ** 2).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained.parameters(), 1.0)
        optimizer.step()
        ema.update(trained.state_dict())
        step += 1
        minute = resumed_at + (time.time() - began) / 60
        recent.append([error.detach().abs().mean().item(), (error.detach() ** 2).mean().item()])
        if step % 100 == 0:
            print(f"{minute:.1f} min, step {step}: L1 %.4f MSE %.5f" % tuple(np.mean(recent, 0)), flush=True)
            recent = []
        if step % 100 == 0 or minute >= args.minutes:
            save(path, model=trained.state_dict(), optimizer=optimizer.state_dict(), ema=ema.state, step=step,
                 minute=minute)


# ---------------------------------------------------------------- text encoders

class TextEncoders(nn.Module):
    """Both text encoders, from captions to what the U-Net reads."""

    def __init__(self, tokenizer):
        super().__init__()
        self.tokenizer = tokenizer
        self.first = ClipTextModel(TEXT_ENCODER)
        self.second = ClipTextModel(TEXT_ENCODER_2)
        for encoder in (self.first, self.second):
            embeddings = encoder.text_model.embeddings
            embeddings.token_embedding.weight.data.normal_(0, 0.02)
            embeddings.position_embedding.weight.data.normal_(0, 0.01)

    def forward(self, captions, length=LENGTH):
        """Context [batch, 77, 128], pooled [batch, 64], and where each caption ends."""
        ids = torch.tensor([self.tokenizer.pair(caption, length) for caption in captions])
        hidden, _ = self.first(ids[:, 0])
        hidden_2, pooled = self.second(ids[:, 1])
        return torch.cat([hidden, hidden_2], -1), pooled, ids[:, 1].argmax(1)


def labels(scene, caption):
    """A caption's meaning as class numbers; the number of classes is in CLASSES."""
    things = [(world.COLOUR_NAMES.index(t.colour) + 1, world.SHAPES.index(t.shape) + 1) for t in scene.things]
    things += [(0, 0)] * (2 - len(things))
    named = len(scene.things) < sum(caption.count(colour) for colour in world.COLOURS)
    ground = world.COLOUR_NAMES.index(scene.background) + 1 if named else 0
    return [ground, *things[0], *things[1], "vh".find(scene.axis or "-") + 1, (None, "small", "large").index(scene.size)]


CLASSES = (7, 7, 4, 7, 4, 3, 3)  # ground, colour and shape of the first and the second thing, axis, size
SHORT = 32  # tokens in the text stage; captions have at most 20


def train_text(args):
    """Teaches the encoders to understand captions: linear probes read the whole scene from the pooled vector, from the
    context at the end token, and from the mean of the padding after it. The probes are thrown away."""
    path = os.path.join(args.work, "text.pt")
    encoders = TextEncoders(Tokenizer(world_merges()))
    widths = (TEXT_ENCODER_2["projection_dim"], UNET["cross_attention_dim"], UNET["cross_attention_dim"])
    probes = nn.ModuleList(nn.Linear(width, sum(CLASSES)) for width in widths)
    both = nn.ModuleList([encoders, probes])
    optimizer = torch.optim.AdamW(both.parameters(), 1e-3, betas=(0.9, 0.98), weight_decay=0.01)
    step, minute = 0, 0.0
    if os.path.exists(path):
        state = torch.load(path)
        both.load_state_dict(state["both"])
        optimizer.load_state_dict(state["optimizer"])
        step, minute = state["step"], state["minute"]
    schedule = Schedule(args.rate or 2e-3, args.minutes)
    rng = np.random.default_rng([4, step])
    began, resumed_at, recent = time.time(), minute, []
    while minute < args.minutes:
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(minute)
        scenes = [world.random_scene(rng, rng.random() < 0.8, False) for _ in range(args.batch)]
        captions = [world.caption(scene, rng) for scene in scenes]
        truth = torch.tensor([labels(scene, caption) for scene, caption in zip(scenes, captions)])
        context, pooled, ends = encoders(captions, SHORT)
        places = (pooled, context[torch.arange(len(ends)), ends], context[:, 24:].mean(1))
        loss, right = 0, []
        for probe, features in zip(probes, places):
            scores = probe(features).split(CLASSES, 1)
            loss = loss + sum(F.cross_entropy(score, truth[:, i]) for i, score in enumerate(scores))
            guesses = torch.stack([score.argmax(1) for score in scores], 1)
            right.append((guesses == truth).all(1).float().mean().item())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(both.parameters(), 1.0)
        optimizer.step()
        step += 1
        minute = resumed_at + (time.time() - began) / 60
        for encoder in (encoders.first, encoders.second):  # the positions beyond are padding like the last
            positions = encoder.text_model.embeddings.position_embedding.weight.data
            positions[SHORT:] = positions[SHORT - 1]
        recent.append([loss.item(), *right])
        if step % 50 == 0:
            print(f"{minute:.1f} min, step {step}: loss %.3f, all right: pooled %.3f, end %.3f, padding %.3f"
                  % tuple(np.mean(recent, 0)), flush=True)
            recent = []
        if step % 100 == 0 or minute >= args.minutes:
            save(path, both=both.state_dict(), encoders=encoders.state_dict(), merges=encoders.tokenizer.merges,
                 optimizer=optimizer.state_dict(), step=step, minute=minute)


# ---------------------------------------------------------------- U-Net

def alphas_cumprod():
    betas = torch.linspace(0.00085 ** 0.5, 0.012 ** 0.5, 1000, dtype=torch.float64) ** 2
    return torch.cumprod(1 - betas, 0).float()


def train_unet(args):
    """Noise prediction with min-SNR weights (gamma 5). One caption in ten is dropped: half become zeros, as an absent
    negative prompt is in SDXL, and half the encoded empty text.

    Several workers, one thread each, update the same weights in shared memory without waiting for each other; on busy
    cores this is much faster than threads that meet at barriers. The first also averages, prints and saves.
    """
    torch.set_num_threads(1)
    path = os.path.join(args.work, "unet.pt")
    encoders = TextEncoders(Tokenizer(world_merges()))
    encoders.load_state_dict(torch.load(os.path.join(args.work, "text.pt"))["encoders"])
    encoders.requires_grad_(args.text_rate > 0)
    unet = UNet(UNET)
    for name, module in unet.named_modules():
        if name.endswith("conv2"):  # every residual branch starts small
            module.weight.data.mul_(0.1)
    nn.init.zeros_(unet.conv_out.weight)
    both = nn.ModuleList([unet, encoders])
    state = torch.load(path) if os.path.exists(path) else None
    if state:
        both.load_state_dict(state["model"])
    both.share_memory()
    for rank in range(1, args.workers):
        multiprocessing.Process(target=unet_worker, args=(args, both, state, rank, path), daemon=True).start()
    unet_worker(args, both, state, 0, path)


def unet_worker(args, both, state, rank, path):
    unet, encoders = both
    optimizer = torch.optim.AdamW([{"params": unet.parameters(), "share": 1.0},
                                   {"params": encoders.parameters(), "share": args.text_rate}],
                                  1e-3, betas=(0.9, 0.99), weight_decay=0.01)
    ema = Ema(both.state_dict(), 0.998)
    step, minute = 0, 0.0
    if state:
        optimizer.load_state_dict(state["optimizer"])
        for group, share in zip(optimizer.param_groups, (1.0, args.text_rate)):
            group["share"] = share
        ema.state, ema.count, step, minute = state["ema"], state["step"], state["step"], state["minute"]
    data = torch.load(os.path.join(args.work, "latents.pt"))
    schedule = Schedule(args.rate or 1.2e-3, args.minutes)
    alphas = alphas_cumprod()
    weights = (5 * (1 - alphas) / alphas).clamp(max=1)
    weights = weights / weights.mean()
    rng = np.random.default_rng([5, rank, step])
    torch.manual_seed(int(rng.integers(2 ** 31)))
    began, resumed_at, recent = time.time(), minute, []
    while minute < args.minutes:
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(minute) * group["share"]
        chosen = torch.from_numpy(rng.integers(len(data["latents"]), size=args.batch))
        drop = rng.random(args.batch)
        captions = ["" if d < 0.05 else world.caption(data["scenes"][i], rng) for i, d in zip(chosen, drop)]
        context, pooled, _ = encoders(captions)
        keep = torch.from_numpy((drop < 0.05) | (drop >= 0.1)).float()
        context, pooled = context * keep[:, None, None], pooled * keep[:, None]
        latents = data["latents"][chosen]
        noise = torch.randn_like(latents)
        # Stratified timesteps: every batch covers the whole range evenly.
        timestep = ((torch.randperm(args.batch) + torch.rand(args.batch)) * (1000 / args.batch)).long().clamp(max=999)
        alpha = alphas[timestep][:, None, None, None]
        noisy = alpha.sqrt() * latents + (1 - alpha).sqrt() * noise
        error = (unet(noisy, timestep, context, pooled, data["sizes"][chosen]) - noise) ** 2
        loss = (error.mean((1, 2, 3)) * weights[timestep]).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(both.parameters(), 1.0)
        optimizer.step()
        step += 1
        minute = resumed_at + (time.time() - began) / 60
        if rank > 0:
            continue
        ema.update(both.state_dict())
        high = timestep >= 600
        recent.append([loss.item(), error[high].mean().item(), error[~high].mean().item()])
        if step % 100 == 0:
            print(f"{minute:.1f} min, step {step}: loss %.4f, t >= 600 %.4f, t < 600 %.4f" % tuple(np.mean(recent, 0)),
                  flush=True)
            recent = []
        if step % 200 == 0 or minute >= args.minutes:
            save(path, model=both.state_dict(), optimizer=optimizer.state_dict(), ema=ema.state, step=step,
                 minute=minute)


STAGES = {"vae": train_vae, "latents": encode_latents, "decoder": train_decoder, "text": train_text, "unet": train_unet}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=list(STAGES))
    parser.add_argument("--work", default="/work/starter-train", help="folder of checkpoints and cached latents")
    parser.add_argument("--minutes", type=float, default=15, help="length of the whole schedule")
    parser.add_argument("--rate", type=float, help="peak learning rate")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--count", type=int, default=30000, help="latents: how many pictures")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2, help="unet: processes that train side by side")
    parser.add_argument("--text-rate", type=float, default=0.0, help="unet: the text encoders' share of the rate")
    parser.add_argument("--kl", type=float, default=5e-4)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(time.time_ns() % 2 ** 31)
    STAGES[args.stage](args)


if __name__ == "__main__":
    main()
