"""Writes the model folder (diffusers layout, fp16) from the averaged weights of the training stages.

    export.py --preset full --work FOLDER --out FOLDER
    export.py ... --decoder               only the decoder anew, in a model folder that is there

Files are written beside the folder and moved in one by one, so that a reader never sees half a file. The refiner, where
one was trained, becomes the folder refiner/ inside.
"""

import argparse
import json
import os
import shutil

import torch
from torch import nn

import configs
import decoder
import text
from model import write_safetensors
from presets import PRESETS
from stage import load
from tokenizer import END, LENGTH, START


def write_json(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        json.dump(value, file, indent=2, ensure_ascii=False)
        file.write("\n")


def special(content, normalized=True):
    return {"content": content, "lstrip": False, "normalized": normalized, "rstrip": False, "single_word": False}


def write_tokenizer(folder, tokenizer, pad):
    added = {tokenizer.start: special(START), tokenizer.end: special(END)}
    if pad != END:
        added[tokenizer.vocabulary[pad]] = special(pad, normalized=False)
    write_json(os.path.join(folder, "vocab.json"), tokenizer.vocabulary)
    with open(os.path.join(folder, "merges.txt"), "w") as file:
        file.write("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in tokenizer.merges))
    write_json(
        os.path.join(folder, "special_tokens_map.json"),
        {"bos_token": special(START), "eos_token": special(END), "pad_token": pad, "unk_token": special(END)},
    )
    write_json(
        os.path.join(folder, "tokenizer_config.json"),
        {
            "added_tokens_decoder": {str(i): dict(added[i], special=True) for i in sorted(added)},
            "bos_token": START,
            "clean_up_tokenization_spaces": True,
            "eos_token": END,
            "errors": "replace",
            "model_max_length": LENGTH,
            "pad_token": pad,
            "tokenizer_class": "CLIPTokenizer",
            "unk_token": END,
        },
    )


@torch.no_grad()
def preview_factors(network, bucket, scaling):
    """Least squares from scaled latents to the picture at one eighth of its size: factors [4][3] and bias [3]."""
    some = bucket["latents"][torch.linspace(0, len(bucket["latents"]) - 1, 600).long()].float()
    pictures = torch.cat([network.decode(part / scaling) for part in some.split(25)])
    colours = nn.functional.avg_pool2d(pictures.clamp(-1, 1), 8).permute(0, 2, 3, 1).reshape(-1, 3)
    inputs = some.permute(0, 2, 3, 1).reshape(-1, 4)
    inputs = torch.cat([inputs, torch.ones(len(inputs), 1)], 1)
    solution = torch.linalg.lstsq(inputs.double(), colours.double()).solution
    error = (inputs.double() @ solution - colours).abs().mean().item()
    print(f"preview projection: mean error {error:.3f} of a range of 2")
    rounded = [[round(v, 5) for v in row] for row in solution.tolist()]
    return rounded[:4], rounded[4]


WEIGHTS = "diffusion_pytorch_model.safetensors"


def write_network(folder, name, config, state, file=WEIGHTS):
    write_json(os.path.join(folder, name, "config.json"), config)
    write_safetensors(os.path.join(folder, name, file), state)


def write_base(stage, preset, work):
    encoders, tokenizer = text.trained(preset, work, "cpu")
    vocabulary = len(tokenizer.vocabulary)
    cached = load(os.path.join(work, "latents.pt"))
    scaling = round(cached["scaling"], 6)
    network = decoder.trained(preset, work, "cpu")
    config = dict(configs.vae(preset), scaling_factor=scaling)
    config["latent_rgb_factors"], config["latent_rgb_bias"] = preview_factors(
        network, next(iter(cached["base"].values())), scaling
    )
    sizes = [[width, height] for height, width in preset.buckets]
    write_json(os.path.join(stage, "model_index.json"), {**configs.MODEL_INDEX, "trained_sizes": sizes})
    write_json(os.path.join(stage, "scheduler", "scheduler_config.json"), configs.SCHEDULER)
    write_tokenizer(os.path.join(stage, "tokenizer"), tokenizer, END)
    write_tokenizer(os.path.join(stage, "tokenizer_2"), tokenizer, "!")
    write_network(stage, "vae", config, network.state_dict())
    write_network(
        stage,
        "text_encoder",
        configs.text_encoder(preset, vocabulary),
        encoders.first.state_dict(),
        "model.safetensors",
    )
    write_network(
        stage,
        "text_encoder_2",
        configs.text_encoder_2(preset, vocabulary),
        encoders.second.state_dict(),
        "model.safetensors",
    )
    write_network(stage, "unet", configs.unet(preset), load(os.path.join(work, "unet.pt"))["ema"])


def write_refiner(stage, preset, work):
    """What it has in common with the base are links to the base's files."""
    folder = os.path.join(stage, "refiner")
    write_json(os.path.join(folder, "model_index.json"), configs.REFINER_INDEX)
    for part in ("scheduler", "tokenizer_2", "text_encoder_2", "vae"):
        os.makedirs(os.path.join(folder, part))
        for file in os.listdir(os.path.join(stage, part)):
            os.symlink(os.path.join("..", "..", part, file), os.path.join(folder, part, file))
    write_network(folder, "unet", configs.refiner(preset), load(os.path.join(work, "refiner.pt"))["ema"])


def move(stage, out):
    """Every file of stage to its place in out; the number of bytes."""
    total = 0
    for folder, _, files in os.walk(stage):
        for file in files:
            source = os.path.join(folder, file)
            target = os.path.join(out, os.path.relpath(source, stage))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            total += os.lstat(source).st_size
            os.replace(source, target)
    shutil.rmtree(stage)
    return total


def write_decoder(stage, preset, work):
    """Latents stay what they are, so all the rest of the folder does, the preview projection too."""
    os.makedirs(os.path.join(stage, "vae"))
    write_safetensors(os.path.join(stage, "vae", WEIGHTS), decoder.trained(preset, work, "cpu").state_dict())


def write_model(preset, work, out, only_decoder=False):
    stage = os.path.join(out, ".export")
    shutil.rmtree(stage, ignore_errors=True)
    if only_decoder:
        write_decoder(stage, preset, work)
    else:
        write_base(stage, preset, work)
        if os.path.exists(os.path.join(work, "refiner.pt")):
            write_refiner(stage, preset, work)
    print(f"{move(stage, out) / 1e6:.2f} MB in {out}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True)
    parser.add_argument("--preset", choices=list(PRESETS), default="cpu")
    parser.add_argument("--out", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--decoder", action="store_true")
    args = parser.parse_args()
    write_model(PRESETS[args.preset], args.work, args.out, args.decoder)


if __name__ == "__main__":
    main()
