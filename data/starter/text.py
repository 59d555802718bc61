"""The text encoders and their training: they learn to say what a caption describes, as CLIP did, and then stay fixed."""

import os

import torch
import torch.nn.functional as F
from torch import nn

import configs
import world
from model import ClipTextModel
from stage import Stage, load, seeded
from tokenizer import Tokenizer, world_merges

SHORT = 48  # tokens in training; captions have fewer


class TextEncoders(nn.Module):
    """Both text encoders, from token ids to what the U-Net reads."""

    def __init__(self, preset, vocabulary):
        super().__init__()
        self.first = ClipTextModel(configs.text_encoder(preset, vocabulary))
        self.second = ClipTextModel(configs.text_encoder_2(preset, vocabulary))
        for encoder in (self.first, self.second):
            embeddings = encoder.text_model.embeddings
            embeddings.token_embedding.weight.data.normal_(0, 0.02)
            embeddings.position_embedding.weight.data.normal_(0, 0.01)

    def forward(self, ids):
        """ids [batch, 2, tokens] to context [batch, tokens, channels] and pooled [batch, channels]."""
        ids = ids.long()
        hidden, _ = self.first(ids[:, 0])
        hidden_2, pooled = self.second(ids[:, 1])
        return torch.cat([hidden, hidden_2], -1), pooled

    def flatten_positions(self):
        """Positions beyond SHORT are padding like the last one before."""
        for encoder in (self.first, self.second):
            positions = encoder.text_model.embeddings.position_embedding.weight.data
            positions[SHORT:] = positions[SHORT - 1]


class Reader(nn.Module):
    """The encoders with linear probes that tell the whole scene from the pooled vector, from the context at the end
    token and from the mean of the padding after it. The probes are thrown away."""

    def __init__(self, preset, vocabulary):
        super().__init__()
        self.encoders = TextEncoders(preset, vocabulary)
        first, second = preset.text[0][0], preset.text[1][0]
        self.probes = nn.ModuleList(
            nn.Linear(width, sum(world.CLASSES)) for width in (second, first + second, first + second, second)
        )
        self.second = second

    def forward(self, ids):
        context, pooled = self.encoders(ids)
        ends = ids[:, 1].long().argmax(1)
        at_end = context[torch.arange(len(ids), device=ids.device), ends]
        padding = context[:, SHORT - 8 :]
        places = pooled, at_end, padding.mean(1), at_end[:, -self.second :]
        return [probe(place.float()).split(world.CLASSES, 1) for probe, place in zip(self.probes, places)]


def train(preset, work, device, autocast, deadline):
    path = os.path.join(work, "text.pt")
    if os.path.exists(path) and load(path)["minute"] >= preset.minutes["text"]:
        return True  # perhaps from a model folder, without probes
    tokenizer = Tokenizer(world_merges())
    reader = Reader(preset, len(tokenizer.vocabulary)).to(device)
    stage = Stage(preset, "text", work, reader, deadline, average=0.99, betas=(0.9, 0.98))
    stage.extra = {"merges": tokenizer.merges}
    rng = seeded(4, stage.step)
    for _ in stage.steps():
        scenes = [world.said(world.random_scene(rng, preset.domain), rng) for _ in range(preset.batch["text"])]
        ids = torch.from_numpy(tokenizer.pairs([world.caption(scene, rng) for scene in scenes], SHORT)).to(device)
        truth = torch.tensor([world.labels(scene) for scene in scenes], device=device)
        loss, right = 0, []
        for scores in reader(ids):
            loss = loss + sum(F.cross_entropy(score, truth[:, i]) for i, score in enumerate(scores))
            guesses = torch.stack([score.argmax(1) for score in scores], 1)
            right.append((guesses == truth).all(1).float().mean())
        stage.update(loss, *right)
        reader.encoders.flatten_positions()
    return stage.finished()


def trained(preset, work, device):
    """The fixed encoders and the tokenizer."""
    state = load(os.path.join(work, "text.pt"))
    tokenizer = Tokenizer(state["merges"])
    encoders = TextEncoders(preset, len(tokenizer.vocabulary))
    encoders.load_state_dict({key[9:]: value for key, value in state["ema"].items() if key.startswith("encoders.")})
    encoders.flatten_positions()
    return encoders.to(device).eval().requires_grad_(False), tokenizer
