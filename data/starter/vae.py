"""The autoencoder's training: pictures to latents and back."""

import glob
import os

import torch
import torch.nn.functional as F

import configs
from model import AutoencoderKL
from stage import Stage, load, seeded


def pictures(work, device):
    """The training pictures by size: {(h, w): uint8 [n, 3, h, w]}."""
    buckets = {}
    for file in sorted(glob.glob(os.path.join(work, "pictures", "[0-8]*.pt"))):
        shard = load(file)["pictures"]
        buckets.setdefault(tuple(shard.shape[2:]), []).append(shard.to(device))
    return {size: torch.cat(parts) for size, parts in buckets.items()}


def normalized(batch):
    """uint8 to [-1, 1]."""
    return batch.float() / 127.5 - 1


def pieces(batch, side, rng):
    """A square piece of every picture of a batch, at one random place."""
    height, width = batch.shape[2:]
    y, x = (int(rng.integers(0, (size - side) // 8 + 1)) * 8 for size in (height, width))
    return batch[:, :, y : y + side, x : x + side]


def edges(error):
    """Mean absolute difference between neighbours: blurred edges cost more than a plain absolute error says."""
    return (error[:, :, 1:] - error[:, :, :-1]).abs().mean() + (error[:, :, :, 1:] - error[:, :, :, :-1]).abs().mean()


def train(preset, work, device, autocast, deadline):
    """Absolute and squared error, edges, a little divergence from the normal distribution. Pieces first, whole
    pictures in the last third; then too the latents are a little noisy, as the U-Net leaves them."""
    network = new(preset).to(device)
    stage = Stage(preset, "vae", work, network, deadline, average=0.99, every=25)
    rng = seeded(1, stage.step)
    buckets = pictures(work, device)
    sizes = list(buckets)
    shares = torch.tensor([len(buckets[size]) for size in sizes]).double()
    for step in stage.steps():
        size = sizes[int(torch.multinomial(shares, 1))]
        late = stage.minute > 0.85 * preset.minutes["vae"]
        chosen = torch.from_numpy(rng.integers(len(buckets[size]), size=preset.batch["vae"] // (4 if late else 1)))
        batch = buckets[size][chosen.to(device)]
        batch = normalized(batch if late else pieces(batch, preset.crop, rng))
        with autocast():
            mean, logvar = network.encode(batch)
            latents = mean + torch.randn_like(mean) * (0.5 * logvar).exp()
            if late:
                latents = latents + torch.rand_like(latents[:, :1, :1, :1]) * 0.06 * mean.std() * torch.randn_like(mean)
            error = network.decode(latents).float() - batch
        mean, logvar = mean.float(), logvar.float()
        divergence = 0.5 * (mean**2 + logvar.exp() - 1 - logvar).mean()
        # Three of the four latent channels begin as a thumbnail: colours are found at once, and the latents stay smooth.
        hint = 0.2 * 0.5 ** (stage.minute / 1.5) * F.mse_loss(mean[:, :3], 2 * F.avg_pool2d(batch, 8))
        loss = error.abs().mean() + 2 * (error**2).mean() + 0.5 * edges(error) + 3e-4 * divergence + hint
        stage.update(loss, error.abs().mean(), (error**2).mean(), divergence, mean.std())
    return stage.finished()


def carry(conv, count, taps):
    """Lets a convolution pass its first channels on, weighted over its taps {(y, x): weight}."""
    with torch.no_grad():
        conv.weight[:count] = 0
        conv.bias[:count] = 0
        for channel in range(count):
            for (y, x), weight in taps.items():
                conv.weight[channel, channel, y, x] = weight


def thumbnail(network):
    """Sets the fresh autoencoder up so that it passes a thumbnail from end to end, each value beside its negative (for
    SiLU(x) - SiLU(-x) = x), with all the rest as it was. Training begins near there instead of at grey."""
    encoder, decoder = network.encoder, network.decoder
    for module in network.modules():
        for name in ("conv2", "to_out"):
            if hasattr(module, name):  # every residual branch starts small
                for value in getattr(module, name).parameters():
                    value.data.mul_(0.1)
    with torch.no_grad():
        for conv, count in ((encoder.conv_in, 3), (decoder.conv_in, 4)):
            conv.weight[: 2 * count] = 0
            conv.bias[: 2 * count] = 0
            for i in range(count):
                conv.weight[i, i, 1, 1], conv.weight[count + i, i, 1, 1] = 1, -1
        for half, count in ((encoder, 6), (decoder, 8)):
            blocks = half.down_blocks if half is encoder else half.up_blocks
            for block in blocks:
                for resnet in block.resnets:
                    if hasattr(resnet, "conv_shortcut"):
                        carry(resnet.conv_shortcut, count, {(0, 0): 1})
                for down in getattr(block, "downsamplers", ()):
                    carry(down.conv, count, {(y, x): 0.25 for y in (0, 1) for x in (0, 1)})
                for up in getattr(block, "upsamplers", ()):
                    carry(up.conv, count, {(1, 1): 1})
        for conv, count, half in ((encoder.conv_out, 3, 3), (decoder.conv_out, 3, 4)):
            conv.weight[:4] *= 0.1
            conv.bias[:] = 0
            for i in range(count):
                conv.weight[i, i, 1, 1], conv.weight[i, half + i, 1, 1] = 0.5, -0.5
        for conv in (network.quant_conv, network.post_quant_conv):
            conv.weight[:] = torch.eye(len(conv.weight))[:, :, None, None]
            conv.bias[:] = 0
        encoder.conv_out.bias[4:] = -4  # little noise at first


def new(preset):
    network = AutoencoderKL(configs.vae(preset))
    thumbnail(network)
    return network
