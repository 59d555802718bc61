"""The judge: a small network that tells from a picture what it shows, trained on the renderer's labels."""

import glob
import os

import torch
import torch.nn.functional as F
from torch import nn

import data
import world
from stage import Stage, load, seeded
from vae import normalized

WIDTHS = (24, 48, 96, 128)
VIEW = 128  # side of what the judge sees; larger pictures are shrunk


class Judge(nn.Module):
    """Pictures [B, 3, h, w] in [-1, 1] to scores for each of world.LABELS; features() is what distances are taken in."""

    def __init__(self):
        super().__init__()
        layers, before = [], 5  # colours, and where each pixel is
        for i, width in enumerate(WIDTHS):
            for j in range(1 if i == 0 else 2):
                layers += [
                    nn.Conv2d(before, width, 3, stride=2 if j == 0 else 1, padding=1),
                    nn.BatchNorm2d(width),
                    nn.ReLU(),
                ]
                before = width
        self.layers = nn.Sequential(*layers)
        cells = (VIEW // 2 ** len(WIDTHS)) ** 2
        self.hidden = nn.Linear(32 * cells, 256)
        self.narrow = nn.Conv2d(before, 32, 1)
        self.heads = nn.Linear(256, sum(world.CLASSES))

    def features(self, pictures):
        if pictures.shape[-1] != VIEW or pictures.shape[-2] != VIEW:
            pictures = F.interpolate(pictures, size=(VIEW, VIEW), mode="area")
        line = torch.linspace(-1, 1, VIEW, device=pictures.device)
        places = torch.stack([line.expand(VIEW, VIEW), line[:, None].expand(VIEW, VIEW)]).expand(
            len(pictures), -1, -1, -1
        )
        x = self.narrow(self.layers(torch.cat([pictures, places], 1)))
        return F.relu(self.hidden(x.flatten(1)))

    def forward(self, pictures):
        return self.heads(F.dropout(self.features(pictures), 0.2, self.training)).split(world.CLASSES, 1)

    @torch.no_grad()
    def read(self, pictures):
        """Class numbers [n, labels] of uint8 pictures."""
        scores = [self(normalized(part)) for part in pictures.split(64)]
        return torch.cat([torch.stack([s.argmax(1) for s in part], 1) for part in scores])


def shards(work, device):
    """Pictures, labels, and labels of the mirror image, of everything that is neither cut nor very soft."""
    pictures, truth, mirrored = [], [], []
    for file in sorted(glob.glob(os.path.join(work, "pictures", "*.pt"))):
        shard = load(file)
        plain = (
            ((shard["sizes"][:, 0] * 2 >= shard["sizes"][:, 4]) & (shard["sizes"][:, 2:4].amax(1) == 0))
            .nonzero()
            .squeeze(1)
        )
        scenes = [shard["scenes"][i] for i in plain]
        pictures.append(
            torch.cat(
                [
                    F.interpolate(part.to(device).float(), size=(VIEW, VIEW), mode="area").round().byte()
                    for part in shard["pictures"][plain].split(128)
                ]
            )
        )
        truth += [world.labels(scene) for scene in scenes]
        mirrored += [world.labels(data.mirrored(scene)) for scene in scenes]
    return torch.cat(pictures), torch.tensor(truth, device=device), torch.tensor(mirrored, device=device)


def augmented(batch):
    """A little moved and enlarged or shrunk; a little noise, softness and other brightness, for generated pictures are
    never as clean as drawn ones."""
    count = len(batch)
    place = torch.zeros(count, 2, 3, device=batch.device)
    place[:, 0, 0] = place[:, 1, 1] = 0.93 + 0.14 * torch.rand(count, device=batch.device)
    place[:, :, 2] = 0.12 * (torch.rand(count, 2, device=batch.device) - 0.5)
    grid = F.affine_grid(place, batch.shape, align_corners=False)
    batch = F.grid_sample(batch, grid, padding_mode="reflection", align_corners=False)
    soft = F.interpolate(F.avg_pool2d(batch, 2), scale_factor=2.0, mode="bilinear", align_corners=False)
    share = torch.rand(len(batch), 1, 1, 1, device=batch.device)
    batch = soft + (batch - soft) * share + 0.06 * torch.rand_like(share) * torch.randn_like(batch)
    return batch * (0.9 + 0.2 * torch.rand_like(share)) + 0.1 * (torch.rand_like(share) - 0.5)


def train(preset, work, device, autocast, deadline):
    judge = Judge().to(device)
    stage = Stage(preset, "classifier", work, judge, deadline, average=0.99)
    stage.ema.state = {key: value for key, value in stage.ema.state.items() if value.is_floating_point()}
    seeded(6, stage.step)
    pictures, truth, mirrored = shards(work, device)
    for _ in stage.steps():
        chosen = torch.randint(len(pictures), (preset.batch["classifier"],), device=device)
        flip = torch.rand(len(chosen), device=device) < 0.5
        batch = augmented(normalized(pictures[chosen]))
        batch = torch.where(flip[:, None, None, None], batch.flip(3), batch)
        labels = torch.where(flip[:, None], mirrored[chosen], truth[chosen])
        with autocast():
            scores = judge(batch)
        loss = sum(F.cross_entropy(score.float(), labels[:, i]) for i, score in enumerate(scores))
        right = torch.stack([score.argmax(1) for score in scores], 1) == labels
        stage.update(loss, right.all(1).float().mean())
    return stage.finished()


def trained(work, device):
    judge = Judge()
    state = load(os.path.join(work, "classifier.pt"))
    judge.load_state_dict(state["model"])
    judge.load_state_dict(state["ema"], strict=False)
    return judge.to(device).eval()
