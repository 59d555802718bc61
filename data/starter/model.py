"""The networks of an SDXL-form model, as plain PyTorch modules.

Every module path equals the tensor name that diffusers (U-Net, VAE) and transformers (text encoders) write, so a
state_dict is a model folder's safetensors file and the other way round. Each network is built from the dictionary that
its config.json holds. Only what SDXL itself uses is here.
"""

import json
import math
import os
import struct

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


# ---------------------------------------------------------------- safetensors

_DTYPES = {"F16": np.float16, "F32": np.float32, "F64": np.float64, "I32": np.int32, "I64": np.int64, "U8": np.uint8}


def read_safetensors(path):
    """All tensors of a safetensors file as {name: torch.Tensor}, in the types they are stored in."""
    with open(path, "rb") as file:
        header_size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(header_size))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        array = np.frombuffer(data[begin:end], dtype=_DTYPES[entry["dtype"]])
        tensors[name] = torch.from_numpy(array.reshape(entry["shape"]).copy())
    return tensors


def write_safetensors(path, tensors, dtype="F16"):
    """Writes {name: torch.Tensor} in one type, sorted by name, header padded so that the data is 8-byte aligned."""
    header, chunks, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name in sorted(tensors):
        array = tensors[name].detach().cpu().numpy().astype(_DTYPES[dtype])
        data = np.ascontiguousarray(array).tobytes()
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [offset, offset + len(data)]}
        chunks.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        file.writelines(chunks)


# ---------------------------------------------------------------- shared layers


class GroupNorm(nn.GroupNorm):
    """In fp32 whatever comes in: mixed precision needs it, and PyTorch 1.13 on a CPU does not do it by itself."""

    def forward(self, x):
        return super().forward(x.float())


class LayerNorm(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.float())


class ResnetBlock(nn.Module):
    def __init__(self, channels_in, channels_out, groups, eps, time_channels=None):
        super().__init__()
        self.norm1 = GroupNorm(groups, channels_in, eps)
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        if time_channels:
            self.time_emb_proj = nn.Linear(time_channels, channels_out)
        self.norm2 = GroupNorm(groups, channels_out, eps)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        if channels_in != channels_out:
            self.conv_shortcut = nn.Conv2d(channels_in, channels_out, 1)

    def forward(self, x, time=None):
        h = self.conv1(F.silu(self.norm1(x)))
        if time is not None:
            h = h + self.time_emb_proj(F.silu(time))[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        return h + (self.conv_shortcut(x) if hasattr(self, "conv_shortcut") else x)


class Downsample(nn.Module):
    """Stride 2. The VAE pads only right and below (padding 0 here), the U-Net pads all round (padding 1)."""

    def __init__(self, channels, padding):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2, padding=padding)

    def forward(self, x):
        return self.conv(x if self.conv.padding[0] else F.pad(x, (0, 1, 0, 1)))


class Upsample(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x, size=None):
        """size: (height, width) where it is not exactly twice as large."""
        return self.conv(F.interpolate(x, size=size or (2 * x.shape[2], 2 * x.shape[3]), mode="nearest"))


def attention(q, k, v, heads, mask=None):
    """Softmax attention over [batch, tokens, channels]; mask is added to the scores."""
    batch, tokens, channels = q.shape
    size = channels // heads
    q, k, v = (t.reshape(batch, -1, heads, size).transpose(1, 2) for t in (q, k, v))
    if hasattr(F, "scaled_dot_product_attention"):
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=None if mask is None else mask.to(q.dtype))
        return out.transpose(1, 2).reshape(batch, tokens, channels)
    scores = (q * size**-0.5) @ k.transpose(-1, -2)
    if mask is not None:
        scores = scores + mask
    return (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, tokens, channels)


class Attention(nn.Module):
    def __init__(self, channels, context_channels, heads, bias=False):
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(channels, channels, bias=bias)
        self.to_k = nn.Linear(context_channels, channels, bias=bias)
        self.to_v = nn.Linear(context_channels, channels, bias=bias)
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def forward(self, x, context=None):
        context = x if context is None else context
        return self.to_out[0](attention(self.to_q(x), self.to_k(context), self.to_v(context), self.heads))


# ---------------------------------------------------------------- VAE


class ImageAttention(Attention):
    """The VAE's single-head attention over all positions of a feature map, with its own norm and residual."""

    def __init__(self, channels, groups):
        super().__init__(channels, channels, 1, bias=True)
        self.group_norm = GroupNorm(groups, channels, 1e-6)

    def forward(self, x):
        tokens = self.group_norm(x).flatten(2).transpose(1, 2)
        return x + super().forward(tokens).transpose(1, 2).reshape(x.shape)


class VaeMidBlock(nn.Module):
    def __init__(self, channels, groups):
        super().__init__()
        self.resnets = nn.ModuleList(ResnetBlock(channels, channels, groups, 1e-6) for _ in range(2))
        self.attentions = nn.ModuleList([ImageAttention(channels, groups)])

    def forward(self, x):
        return self.resnets[1](self.attentions[0](self.resnets[0](x)))


class VaeBlock(nn.Module):
    """Resnets, then a down- or upsampler where there is one."""

    def __init__(self, channels_in, channels_out, layers, groups):
        super().__init__()
        self.resnets = nn.ModuleList(
            ResnetBlock(channels_in if i == 0 else channels_out, channels_out, groups, 1e-6) for i in range(layers)
        )

    def forward(self, x):
        for resnet in self.resnets:
            x = resnet(x)
        for resample in getattr(self, "downsamplers", getattr(self, "upsamplers", ())):
            x = resample(x)
        return x


class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        widths, groups = config["block_out_channels"], config["norm_num_groups"]
        self.conv_in = nn.Conv2d(config["in_channels"], widths[0], 3, padding=1)
        self.down_blocks = nn.ModuleList()
        for i, width in enumerate(widths):
            block = VaeBlock(widths[max(i - 1, 0)], width, config["layers_per_block"], groups)
            if i < len(widths) - 1:
                block.downsamplers = nn.ModuleList([Downsample(width, 0)])
            self.down_blocks.append(block)
        self.mid_block = VaeMidBlock(widths[-1], groups)
        self.conv_norm_out = GroupNorm(groups, widths[-1], 1e-6)
        self.conv_out = nn.Conv2d(widths[-1], 2 * config["latent_channels"], 3, padding=1)

    def forward(self, x):
        x = self.conv_in(x)
        for block in self.down_blocks:
            x = block(x)
        return self.conv_out(F.silu(self.conv_norm_out(self.mid_block(x))))


class Decoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        widths, groups = config["block_out_channels"][::-1], config["norm_num_groups"]
        self.conv_in = nn.Conv2d(config["latent_channels"], widths[0], 3, padding=1)
        self.mid_block = VaeMidBlock(widths[0], groups)
        self.up_blocks = nn.ModuleList()
        for i, width in enumerate(widths):
            block = VaeBlock(widths[max(i - 1, 0)], width, config["layers_per_block"] + 1, groups)
            if i < len(widths) - 1:
                block.upsamplers = nn.ModuleList([Upsample(width)])
            self.up_blocks.append(block)
        self.conv_norm_out = GroupNorm(groups, widths[-1], 1e-6)
        self.conv_out = nn.Conv2d(widths[-1], config["out_channels"], 3, padding=1)

    def forward(self, x):
        x = self.mid_block(self.conv_in(x))
        for block in self.up_blocks:
            x = block(x)
        return self.conv_out(F.silu(self.conv_norm_out(x)))


class AutoencoderKL(nn.Module):
    def __init__(self, config):
        super().__init__()
        latent = config["latent_channels"]
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.quant_conv = nn.Conv2d(2 * latent, 2 * latent, 1)
        self.post_quant_conv = nn.Conv2d(latent, latent, 1)

    def encode(self, image):
        """Mean and log variance of the latents of an image in [-1, 1]."""
        mean, logvar = self.quant_conv(self.encoder(image)).chunk(2, 1)
        return mean, logvar.clamp(-30, 20)

    def decode(self, latents):
        return self.decoder(self.post_quant_conv(latents))


# ---------------------------------------------------------------- text encoders


class ClipAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x, mask):
        return self.out_proj(attention(self.q_proj(x), self.k_proj(x), self.v_proj(x), self.heads, mask))


class ClipMlp(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.quick = config["hidden_act"] == "quick_gelu"
        self.fc1 = nn.Linear(config["hidden_size"], config["intermediate_size"])
        self.fc2 = nn.Linear(config["intermediate_size"], config["hidden_size"])

    def forward(self, x):
        x = self.fc1(x)
        return self.fc2(x * torch.sigmoid(1.702 * x) if self.quick else F.gelu(x))


class ClipLayer(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, eps = config["hidden_size"], config["layer_norm_eps"]
        self.layer_norm1 = LayerNorm(width, eps)
        self.self_attn = ClipAttention(width, config["num_attention_heads"])
        self.layer_norm2 = LayerNorm(width, eps)
        self.mlp = ClipMlp(config)

    def forward(self, x, mask):
        x = x + self.self_attn(self.layer_norm1(x), mask)
        return x + self.mlp(self.layer_norm2(x))


class ClipEmbeddings(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.token_embedding = nn.Embedding(config["vocab_size"], config["hidden_size"])
        self.position_embedding = nn.Embedding(config["max_position_embeddings"], config["hidden_size"])

    def forward(self, ids):
        return self.token_embedding(ids) + self.position_embedding.weight[: ids.shape[1]]


class ClipEncoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.layers = nn.ModuleList(ClipLayer(config) for _ in range(config["num_hidden_layers"]))


class ClipTextTransformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embeddings = ClipEmbeddings(config)
        self.encoder = ClipEncoder(config)
        self.final_layer_norm = LayerNorm(config["hidden_size"], config["layer_norm_eps"])


class ClipTextModel(nn.Module):
    """CLIPTextModel, or CLIPTextModelWithProjection where the config's architecture says so."""

    def __init__(self, config):
        super().__init__()
        self.text_model = ClipTextTransformer(config)
        if config["architectures"] == ["CLIPTextModelWithProjection"]:
            self.text_projection = nn.Linear(config["hidden_size"], config["projection_dim"], bias=False)

    def forward(self, ids):
        """Hidden states before the last layer, and the projected state at the end token (None without projection)."""
        model = self.text_model
        mask = torch.full((ids.shape[1],) * 2, float("-inf"), device=ids.device).triu(1)
        x = model.embeddings(ids)
        for layer in model.encoder.layers[:-1]:
            x = layer(x, mask)
        if not hasattr(self, "text_projection"):
            return x, None
        last = model.encoder.layers[-1](x, mask)
        at_end = last[torch.arange(len(ids), device=ids.device), ids.argmax(1)]
        return x, self.text_projection(model.final_layer_norm(at_end))


# ---------------------------------------------------------------- U-Net


def sinusoid(values, channels):
    """Sinusoidal embedding as with flip_sin_to_cos true and freq_shift 0: the cosines first."""
    half = channels // 2
    rates = torch.exp(torch.arange(half, dtype=torch.float32, device=values.device) * (-math.log(10000.0) / half))
    angles = values.float()[:, None] * rates
    return torch.cat([angles.cos(), angles.sin()], 1)


class TimestepEmbedding(nn.Module):
    def __init__(self, channels_in, channels_out):
        super().__init__()
        self.linear_1 = nn.Linear(channels_in, channels_out)
        self.linear_2 = nn.Linear(channels_out, channels_out)

    def forward(self, x):
        return self.linear_2(F.silu(self.linear_1(x)))


class Geglu(nn.Module):
    def __init__(self, channels_in, channels_out):
        super().__init__()
        self.proj = nn.Linear(channels_in, 2 * channels_out)

    def forward(self, x):
        value, gate = self.proj(x).chunk(2, -1)
        return value * F.gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.net = nn.ModuleList([Geglu(channels, 4 * channels), nn.Identity(), nn.Linear(4 * channels, channels)])

    def forward(self, x):
        for layer in self.net:
            x = layer(x)
        return x


class TransformerBlock(nn.Module):
    def __init__(self, channels, context_channels, heads):
        super().__init__()
        self.norm1 = LayerNorm(channels)
        self.attn1 = Attention(channels, channels, heads)
        self.norm2 = LayerNorm(channels)
        self.attn2 = Attention(channels, context_channels, heads)
        self.norm3 = LayerNorm(channels)
        self.ff = FeedForward(channels)

    def forward(self, x, context):
        x = x + self.attn1(self.norm1(x))
        x = x + self.attn2(self.norm2(x), context)
        return x + self.ff(self.norm3(x))


class Transformer2D(nn.Module):
    def __init__(self, channels, context_channels, heads, layers, groups):
        super().__init__()
        self.norm = GroupNorm(groups, channels, 1e-6)
        self.proj_in = nn.Linear(channels, channels)
        self.transformer_blocks = nn.ModuleList(
            TransformerBlock(channels, context_channels, heads) for _ in range(layers)
        )
        self.proj_out = nn.Linear(channels, channels)

    def forward(self, x, context):
        tokens = self.proj_in(self.norm(x).flatten(2).transpose(1, 2))
        for block in self.transformer_blocks:
            tokens = block(tokens, context)
        return x + self.proj_out(tokens).transpose(1, 2).reshape(x.shape)


class UNetBlock(nn.Module):
    """A level of the U-Net, or its middle: resnets, and from level 1 on transformers after the first so many of them."""

    def __init__(self, widths_in, width, level, config, transformers=None):
        super().__init__()
        groups, depth = config["norm_num_groups"], config["transformer_layers_per_block"][level]
        time_channels = 4 * config["block_out_channels"][0]
        self.resnets = nn.ModuleList(
            ResnetBlock(w, width, groups, config["norm_eps"], time_channels) for w in widths_in
        )
        if level > 0:
            count = len(widths_in) if transformers is None else transformers
            self.attentions = nn.ModuleList(
                Transformer2D(width, config["cross_attention_dim"], config["attention_head_dim"][level], depth, groups)
                for _ in range(count)
            )

    def layer(self, i, x, time, context):
        x = self.resnets[i](x, time)
        return self.attentions[i](x, context) if hasattr(self, "attentions") else x


class UNet(nn.Module):
    """UNet2DConditionModel as SDXL configures it."""

    def __init__(self, config):
        super().__init__()
        widths, layers = config["block_out_channels"], config["layers_per_block"]
        last = len(widths) - 1
        time_channels = 4 * widths[0]
        self.size_channels = config["addition_time_embed_dim"]
        self.time_channels = widths[0]
        self.time_embedding = TimestepEmbedding(widths[0], time_channels)
        self.add_embedding = TimestepEmbedding(config["projection_class_embeddings_input_dim"], time_channels)
        self.conv_in = nn.Conv2d(config["in_channels"], widths[0], 3, padding=1)

        skips = [widths[0]]
        self.down_blocks = nn.ModuleList()
        for level, width in enumerate(widths):
            before = widths[max(level - 1, 0)]
            block = UNetBlock([before] + [width] * (layers - 1), width, level, config)
            skips += [width] * layers
            if level < last:
                block.downsamplers = nn.ModuleList([Downsample(width, 1)])
                skips.append(width)
            self.down_blocks.append(block)

        self.mid_block = UNetBlock([widths[-1]] * 2, widths[-1], last, config, transformers=1)

        self.up_blocks = nn.ModuleList()
        before = widths[-1]
        for level in reversed(range(len(widths))):
            width, widths_in = widths[level], []
            for _ in range(layers + 1):
                widths_in.append(before + skips.pop())
                before = width
            block = UNetBlock(widths_in, width, level, config)
            if level > 0:
                block.upsamplers = nn.ModuleList([Upsample(width)])
            self.up_blocks.append(block)

        self.conv_norm_out = GroupNorm(config["norm_num_groups"], widths[0], config["norm_eps"])
        self.conv_out = nn.Conv2d(widths[0], config["out_channels"], 3, padding=1)

    def forward(self, x, timestep, context, pooled, time_ids):
        """The predicted noise. timestep [batch], context [batch, tokens, channels], pooled [batch, channels],
        time_ids [batch, 6]: original height, width, crop top, left, target height, width; in a refiner [batch, 5], with an
        aesthetic score in place of the target."""
        time = self.time_embedding(sinusoid(timestep, self.time_channels))
        sizes = sinusoid(time_ids.flatten(), self.size_channels).reshape(len(x), -1)
        time = time + self.add_embedding(torch.cat([pooled, sizes], 1))

        x = self.conv_in(x)
        skips = [x]
        for block in self.down_blocks:
            for i in range(len(block.resnets)):
                x = block.layer(i, x, time, context)
                skips.append(x)
            if hasattr(block, "downsamplers"):
                x = block.downsamplers[0](x)
                skips.append(x)

        x = self.mid_block.resnets[0](x, time)
        x = self.mid_block.resnets[1](self.mid_block.attentions[0](x, context), time)

        for block in self.up_blocks:
            for i in range(len(block.resnets)):
                x = block.layer(i, torch.cat([x, skips.pop()], 1), time, context)
            if hasattr(block, "upsamplers"):
                x = block.upsamplers[0](x, skips[-1].shape[2:])
        return self.conv_out(F.silu(self.conv_norm_out(x)))


# ---------------------------------------------------------------- a model folder

NETWORKS = {
    "vae": (AutoencoderKL, "diffusion_pytorch_model.safetensors"),
    "unet": (UNet, "diffusion_pytorch_model.safetensors"),
    "text_encoder": (ClipTextModel, "model.safetensors"),
    "text_encoder_2": (ClipTextModel, "model.safetensors"),
}


def load_network(folder, name):
    """One network of a model folder, in fp32 from its fp16 file, with its config."""
    kind, file = NETWORKS[name]
    with open(os.path.join(folder, name, "config.json")) as stream:
        config = json.load(stream)
    network = kind(config)
    tensors = read_safetensors(os.path.join(folder, name, file))
    network.load_state_dict({key: tensor.float() for key, tensor in tensors.items()})
    return network.eval(), config
