"""Measures a model folder: prompts of held-out combinations, judged by a network that was trained on drawn pictures.

    evaluate.py --preset full --work DIR                         samples with PyTorch and scores the pictures
    evaluate.py ... --cli PATH                                   the same pictures through limn-cli (fp16, Vulkan)
    evaluate.py ... --plots DIR                                  also the curves of guidance, size, crop and hand-off
    evaluate.py ... --sheet FILE.png                             also a contact sheet of 64 varied prompts

Seeds: picture i is drawn from seed i; --cli hands PyTorch's own noise over, so that the two can be compared.
"""

import argparse
import json
import math
import os
import subprocess
import tempfile
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import classifier
import world
from model import write_safetensors
from pipeline import Pipeline
from presets import PRESETS
from vae import normalized

NAMES = list(world.LABELS)
COMPARED = 500  # pictures whose distances are measured, with each hand-off
HANDOFFS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def prompts(domain, count, held_out=True, seed=20261):
    """Scenes and captions; captions say everything, in plain words for every other scene and in free words for the rest."""
    rng = np.random.default_rng(seed)
    scenes = [world.random_scene(rng, domain, held_out) for _ in range(count)]
    return scenes, [world.caption(scene, rng, plain=i % 2 == 0) for i, scene in enumerate(scenes)]


def painted(pipeline, captions, handoffs=(1.0,), first=0, **options):
    """uint8 pictures [n, 3, h, w] on the CPU for each hand-off, in batches that fit the device. first: the first seed."""
    batch = 100 if pipeline.device != "cpu" else 20
    parts = []
    for i in range(0, len(captions), batch):
        some = captions[i : i + batch]
        seeds = range(first + i, first + i + len(some))
        parts.append([part.cpu() for part in pipeline.handed_off(some, seeds, handoffs, **options)])
    return [torch.cat(pictures) for pictures in zip(*parts)]


def painted_once(pipeline, captions, **options):
    return painted(pipeline, captions, **options)[0]


def painted_by_cli(cli, model, captions, side, guidance):
    """The same through limn-cli, one run a picture."""
    pictures, seconds = [], time.time()
    with tempfile.TemporaryDirectory() as folder:
        noise_file, out = os.path.join(folder, "noise.safetensors"), os.path.join(folder, "out.png")
        for i, caption in enumerate(captions):
            noise = torch.randn(1, 4, side // 8, side // 8, generator=torch.Generator().manual_seed(i))
            write_safetensors(noise_file, {"noise": noise}, "F32")
            subprocess.run(
                [
                    cli,
                    "generate",
                    "--model",
                    model,
                    "--prompt",
                    caption,
                    "--steps",
                    "20",
                    "--guidance",
                    str(guidance),
                    "--size",
                    f"{side}x{side}",
                    "--noise",
                    noise_file,
                    "--output",
                    out,
                ],
                check=True,
                stdout=subprocess.DEVNULL,
            )
            pictures.append(torch.from_numpy(np.array(Image.open(out).convert("RGB"))).permute(2, 0, 1))
    print(f"limn-cli: {(time.time() - seconds) / len(captions):.1f} s a picture, start included")
    return torch.stack(pictures)


def drawn_plainly(scenes, rng, side, device):
    """What the renderer makes of the scenes, on the CPU."""
    plain = [side, side, 0, 0, side, side]
    return torch.cat(
        [
            world.draw([scene], rng, side, side, [plain], device=device)[0].cpu()
            for scene in scenes
        ]
    )


def rates(read, scenes):
    """Shares of right answers, by attribute, of class numbers that a judge read. Object, colour and material are shares of
    the things that prompts ask for, each at its place; a colour that a prompt does not name is not asked for. The others are
    shares of pictures."""
    truth = np.array([world.labels(scene) for scene in scenes])
    right = read.cpu().numpy() == truth
    at = {name: right[:, i] for i, name in enumerate(NAMES)}
    pairs = np.array([len(scene.things) == 2 for scene in scenes])
    groups = np.array([scene.count > 1 for scene in scenes])
    asked = np.stack([np.ones_like(pairs), pairs], 1)
    coloured = asked & np.array([[thing.colour is not None for thing in (scene.things * 2)[:2]] for scene in scenes])

    def of_things(name):
        return np.stack([at[name], at[name + " of the second"]], 1)

    kinds, materials = of_things("kind"), of_things("material")
    colours = of_things("colour") | ~coloured
    things = kinds.all(1) & colours.all(1) & at["relation"] & at["count"]
    everything = things & at["ground"] & at["time"] & at["style"] & materials.all(1)
    table = (
        ("object", kinds, asked),
        ("colour", colours, coloured),
        ("material", materials, asked),
        ("relation", at["relation"], pairs),
        ("count", at["count"], groups),
        ("size", at["size"], ~pairs & ~groups),
        ("ground", at["ground"], ...),
        ("time", at["time"], ...),
        ("style", at["style"], ...),
        ("both objects of a pair", kinds.all(1), pairs),
        ("both colours of a pair", colours.all(1), pairs),
        ("things fully right", things, ...),
        ("pictures fully right", everything, ...),
    )
    return {name: float(values[where].mean()) for name, values, where in table if values[where].size}


def say(title, figures):
    print(f"{title}: " + ", ".join(f"{name} {100 * value:.1f} %" for name, value in figures.items()), flush=True)


def features(judge, pictures):
    device = next(judge.parameters()).device
    with torch.no_grad():
        return torch.cat([judge.features(normalized(part.to(device))) for part in pictures.split(64)]).double().cpu()


def frechet(a, b):
    """The Fréchet distance of two sets of features, as FID has it, in the judge's features."""
    mean_a, mean_b = a.mean(0), b.mean(0)
    cov_a, cov_b = torch.cov(a.T), torch.cov(b.T)
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.T
    cross = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()
    return float(((mean_a - mean_b) ** 2).sum() + torch.trace(cov_a) + torch.trace(cov_b) - 2 * cross)


def sharpness(pictures):
    """Mean absolute difference between neighbouring pixels, of 255."""
    p = pictures.float()
    return float((p[..., 1:] - p[..., :-1]).abs().mean() + (p[..., 1:, :] - p[..., :-1, :]).abs().mean()) / 2


def gradients(pictures, count=2000):
    """Steps between neighbouring pixels, of 255: that many evenly spaced quantiles."""
    grey = pictures.float().mean(1)
    across, down = (grey.diff(dim=dim).abs().flatten() for dim in (1, 2))
    steps = torch.cat([across, down]).sort().values
    return steps[torch.linspace(0, len(steps) - 1, count).long()]


def gradients_apart(pictures, others):
    """The Wasserstein distance of the distributions of steps, of 255."""
    return float((gradients(pictures) - gradients(others)).abs().mean())


def lone_spheres(copies):
    """Scenes of a strongly coloured sphere with nothing coloured around it."""
    return [
        world.Scene((world.Thing("sphere", colour),), ground="white backdrop", size=size)
        for colour in ("red", "orange", "green", "blue")
        for size in (None, "large")
    ] * copies


def outline_error(pictures):
    """How far the outlines of lone_spheres () are from the circles that fit them best: root mean square in shares of
    the radius, the median of the pictures. An outline is where colour ends on each of 72 rays from the middle."""
    errors = []
    angles = torch.arange(72) * (2 * math.pi / 72)
    for picture in pictures.float():
        colourful = 1 - picture.amin(0) / picture.amax(0).clamp(min=1)
        side = len(colourful)
        inside = (colourful > 0.5).nonzero().float()
        if not len(inside):
            errors.append(torch.tensor(math.inf, dtype=torch.float64))
            continue
        middle = inside.median(0).values
        radii = torch.arange(0, side / 2, 0.25)
        points = middle + radii[None, :, None] * torch.stack([angles.sin(), angles.cos()], 1)[:, None]
        grid = (points.flip(2) + 0.5) / side * 2 - 1
        values = F.grid_sample(colourful[None, None], grid[None], align_corners=False)[0, 0]
        last = ((values > 0.4) * torch.arange(1, len(radii) + 1)).amax(1) - 1
        edge = points[torch.arange(72), last].double()
        fit = torch.linalg.lstsq(torch.cat([2 * edge, torch.ones(72, 1)], 1), (edge**2).sum(1, keepdim=True)).solution
        centre = fit[:2, 0]
        radius = (fit[2, 0] + (centre**2).sum()).sqrt()
        errors.append((((edge - centre).norm(dim=1) - radius) ** 2).mean().sqrt() / radius)
    return float(torch.stack(errors).median())


def say_alike(title, pictures, drawn, features, drawn_features):
    """How like drawn pictures these are; the Fréchet distance."""
    distance = frechet(features, drawn_features)
    print(
        f"{title}: distance {distance:.2f}, sharpness {sharpness(pictures):.2f} (drawn {sharpness(drawn):.2f}), "
        f"gradients {gradients_apart(pictures, drawn):.3f} apart",
        flush=True,
    )
    return distance


def say_outlines(pipeline, side, guidance, device):
    scenes, rng = lone_spheres(4), np.random.default_rng(5)
    captions = [world.caption(scene, rng, plain=True) for scene in scenes]
    drawn = drawn_plainly(scenes, rng, side, device)
    with torch.no_grad():
        decoded = pipeline.decode(pipeline.vae.encode(normalized(drawn.to(device)))[0] * pipeline.scaling).cpu()
    painted = painted_once(pipeline, captions, guidance=guidance)
    drawn, decoded, painted = (100 * outline_error(pictures) for pictures in (drawn, decoded, painted))
    print(
        f"outlines of spheres: {drawn:.1f} % off a circle drawn, {decoded:.1f} % encoded and decoded, "
        f"{painted:.1f} % painted",
        flush=True,
    )


def subject(pictures):
    """Mean place (x, y) of the subject in pixels: where a picture differs from the median of its row."""
    p = pictures.float()
    weight = ((p - p.median(3, keepdim=True).values).abs().sum(1) - 90).clamp(min=0)
    total = weight.sum((1, 2)).clamp(min=1)
    height, width = weight.shape[1:]
    x = (weight * torch.arange(width)).sum((1, 2)) / total
    y = (weight * torch.arange(height)[:, None]).sum((1, 2)) / total
    return float(x.mean()), float(y.mean())


def curves(pipeline, judge, domain, guidance, count):
    """The figures behind the plots, as {name: [(setting, value), ...]}."""
    side = pipeline.config["sample_size"]
    scenes, captions = prompts(domain, count)
    device = next(judge.parameters()).device
    out = {"sharpness": [], "drawn sharpness": [], "subject x": [], "subject y": [], "guidance": []}
    few = captions[: max(count // 4, 8)]
    rng = np.random.default_rng(1)
    for share in (0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 2.0, 4.0):
        original = round(side * share)
        out["sharpness"].append(
            (
                original,
                sharpness(painted_once(pipeline, few, guidance=guidance, sizes=(original, original, 0, 0, side, side))),
            )
        )
        drawn, _ = world.draw(
            scenes[:16], rng, side, side, [[original, original, 0, 0, side, side]] * len(scenes[:16]), device=device
        )
        out["drawn sharpness"].append((original, sharpness(drawn.cpu())))
    lone = [
        world.caption(world.Scene((world.Thing("sphere", colour),), ground="snow"), rng, plain=True)
        for colour in ("red", "blue")
    ] * (len(few) // 2)
    for crop in range(0, int(0.4 * side) + 1, side // 16):
        out["subject x"].append(
            (crop, subject(painted_once(pipeline, lone, guidance=guidance, sizes=(side, side, 0, crop, side, side)))[0])
        )
        out["subject y"].append(
            (crop, subject(painted_once(pipeline, lone, guidance=guidance, sizes=(side, side, crop, 0, side, side)))[1])
        )
    for value in (1.0, 2.0, 3.0, 4.0, 5.0, 7.0):
        figures = rates(judge.read(painted_once(pipeline, captions, guidance=value).to(device)), scenes)
        out["guidance"].append((value, (figures["object"] + figures["colour"]) / 2))
    if pipeline.refiner is not None:
        out["score"] = [
            (score, sharpness(painted_once(pipeline, few, handoffs=(0.8,), guidance=guidance, score=score)))
            for score in (2.0, 3.5, 5.0, 6.0, 7.5)
        ]
    return out


def plot(figures, side, folder):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "figures.json"), "w") as file:
        json.dump(figures, file, indent=1)
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    plots = (
        ("sharpness", "original size, pixels", "mean step between neighbours", ("sharpness", "drawn sharpness")),
        ("crop", "crop, pixels", "place of the subject, pixels", ("subject x", "subject y")),
        ("guidance", "guidance", "objects and colours right", ("guidance",)),
        ("handoff", "share of the steps that the base runs", "Fréchet distance to drawn pictures", ("hand-off",)),
        ("aesthetic", "aesthetic score", "mean step between neighbours", ("score",)),
    )
    for name, across, upward, lines in plots:
        if not any(line in figures for line in lines):
            continue
        figure, axes = pyplot.subplots(figsize=(5, 3.4))
        for line in lines:
            axes.plot(*zip(*figures[line]), marker="o", label=line)
        if name == "sharpness":
            axes.set_xscale("log", base=2)
            axes.axvline(side, color="grey", linewidth=0.5)
        axes.set_xlabel(across)
        axes.set_ylabel(upward)
        if len(lines) > 1:
            axes.legend()
        figure.tight_layout()
        figure.savefig(os.path.join(folder, name + ".png"), dpi=110)
        pyplot.close(figure)


def sheet(pictures, columns=8):
    """A PIL image of many pictures of one size."""
    columns = min(columns, len(pictures))
    rows = [
        torch.cat(list(pictures[i : i + columns]), 2) for i in range(0, len(pictures) // columns * columns, columns)
    ]
    return Image.fromarray(torch.cat(rows, 1).permute(1, 2, 0).numpy())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--work", required=True, help="where classifier.pt is")
    parser.add_argument("--preset", choices=list(PRESETS), default="cpu")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--guidance", type=float, default=3.0)
    parser.add_argument("--cli", metavar="PATH")
    parser.add_argument("--plots", metavar="DIR")
    parser.add_argument("--sheet", metavar="PNG")
    args = parser.parse_args()
    preset, judge = PRESETS[args.preset], classifier.trained(args.work, args.device)
    side = preset.size

    scenes, captions = prompts(preset.domain, args.count)
    if args.cli:
        pictures = painted_by_cli(args.cli, args.model, captions, side, args.guidance)
        say("limn-cli", rates(judge.read(pictures.to(args.device)), scenes))
        alike = painted_once(Pipeline(args.model, args.device), captions, guidance=args.guidance)
        say("PyTorch", rates(judge.read(alike.to(args.device)), scenes))
        difference = (pictures.float() - alike.float()).abs()
        print(f"pictures differ by {difference.mean():.3f} of 255 in the mean, {difference.max():.0f} at most")
        return
    control = drawn_plainly(scenes[:COMPARED], np.random.default_rng(3), side, args.device)
    say("the judge itself, on drawn pictures", rates(judge.read(control.to(args.device)), scenes[:COMPARED]))
    pipeline = Pipeline(args.model, args.device)
    handoffs = HANDOFFS if pipeline.refiner is not None else (1.0,)
    real, distances = features(judge, control), []
    again = drawn_plainly(scenes[:COMPARED], np.random.default_rng(4), side, args.device)
    say_alike("drawn anew", again, control, features(judge, again), real)
    compared = painted(pipeline, captions[:COMPARED], handoffs, guidance=args.guidance)
    for handoff, pictures in zip(handoffs, compared):
        title = f"hand-off {handoff}"
        say(title, rates(judge.read(pictures.to(args.device)), scenes[:COMPARED]))
        distances.append((handoff, say_alike(title, pictures, control, features(judge, pictures), real)))
    say_outlines(pipeline, side, args.guidance, args.device)
    if args.count > COMPARED:
        rest = painted_once(pipeline, captions[COMPARED:], first=COMPARED, guidance=args.guidance)
        say("the base alone", rates(judge.read(torch.cat([pictures, rest]).to(args.device)), scenes))
    if args.sheet:
        sheet(pictures[:64]).save(args.sheet)
        with open(args.sheet + ".txt", "w") as file:
            file.write("".join(caption + "\n" for caption in captions[:64]))
    if args.plots:
        figures = curves(pipeline, judge, preset.domain, args.guidance, max(args.count // 10, 8))
        plot({**figures, "hand-off": distances}, side, args.plots)


if __name__ == "__main__":
    main()
