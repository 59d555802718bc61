"""Writes the model folder (diffusers layout, fp16) from the averaged weights of the training stages.

    export.py --work FOLDER --out FOLDER

Files are written beside the folder and moved in one by one, so that a reader never sees half a file.
"""

import argparse
import copy
import json
import os
import shutil

import torch
from torch import nn

from configs import MODEL_INDEX, SCHEDULER, TEXT_ENCODER, TEXT_ENCODER_2, UNET, VAE
from model import AutoencoderKL, write_safetensors
from tokenizer import END, LENGTH, START, Tokenizer


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
    write_json(os.path.join(folder, "special_tokens_map.json"), {
        "bos_token": special(START), "eos_token": special(END),
        "pad_token": pad, "unk_token": special(END)})
    write_json(os.path.join(folder, "tokenizer_config.json"), {
        "added_tokens_decoder": {str(i): dict(added[i], special=True) for i in sorted(added)},
        "bos_token": START,
        "clean_up_tokenization_spaces": True,
        "eos_token": END,
        "errors": "replace",
        "model_max_length": LENGTH,
        "pad_token": pad,
        "tokenizer_class": "CLIPTokenizer",
        "unk_token": END,
    })


def preview_factors(vae, data):
    """Least squares from scaled latents to the picture at one eighth of its size: factors [4][3] and bias [3]."""
    latents = data["latents"][:2000]
    with torch.no_grad():
        pictures = torch.cat([vae.decode(part / data["scaling"]) for part in latents.split(50)])
    colours = nn.functional.avg_pool2d(pictures.clamp(-1, 1), 8).permute(0, 2, 3, 1).reshape(-1, 3)
    inputs = latents.permute(0, 2, 3, 1).reshape(-1, 4)
    inputs = torch.cat([inputs, torch.ones(len(inputs), 1)], 1)
    solution = torch.linalg.lstsq(inputs.double(), colours.double()).solution
    error = (inputs.double() @ solution - colours).abs().mean().item()
    print(f"preview projection: mean error {error:.3f} of a range of 2")
    rounded = [[round(v, 5) for v in row] for row in solution.tolist()]
    return rounded[:4], rounded[4]


def part(state, prefix):
    return {key[len(prefix):]: value for key, value in state.items() if key.startswith(prefix)}


def load(work, name):
    return torch.load(os.path.join(work, name), map_location="cpu")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", default="/work/starter-train")
    parser.add_argument("--out", default=os.path.dirname(os.path.abspath(__file__)))
    args = parser.parse_args()
    torch.set_num_threads(1)

    data, networks, text = load(args.work, "latents.pt"), load(args.work, "unet.pt"), load(args.work, "text.pt")
    vae_state = dict(load(args.work, "vae.pt")["ema"])
    if os.path.exists(os.path.join(args.work, "decoder.pt")):
        decoder = load(args.work, "decoder.pt")["ema"]
        vae_state.update({"decoder." + key: value for key, value in part(decoder, "0.").items()})
        vae_state.update({"post_quant_conv." + key: value for key, value in part(decoder, "1.").items()})
    vae = AutoencoderKL(VAE)
    vae.load_state_dict(vae_state)

    vae_config = copy.deepcopy(VAE)
    vae_config["scaling_factor"] = round(data["scaling"], 6)
    vae_config["latent_rgb_factors"], vae_config["latent_rgb_bias"] = preview_factors(vae, data)

    stage = os.path.join(args.out, ".export")
    shutil.rmtree(stage, ignore_errors=True)
    write_json(os.path.join(stage, "model_index.json"), MODEL_INDEX)
    write_json(os.path.join(stage, "scheduler", "scheduler_config.json"), SCHEDULER)
    tokenizer = Tokenizer(text["merges"])
    write_tokenizer(os.path.join(stage, "tokenizer"), tokenizer, END)
    write_tokenizer(os.path.join(stage, "tokenizer_2"), tokenizer, "!")
    for name, config, state, file in (
            ("unet", UNET, part(networks["ema"], "0."), "diffusion_pytorch_model.safetensors"),
            ("vae", vae_config, vae_state, "diffusion_pytorch_model.safetensors"),
            ("text_encoder", TEXT_ENCODER, part(networks["ema"], "1.first."), "model.safetensors"),
            ("text_encoder_2", TEXT_ENCODER_2, part(networks["ema"], "1.second."), "model.safetensors")):
        write_json(os.path.join(stage, name, "config.json"), config)
        write_safetensors(os.path.join(stage, name, file), state)

    total = 0
    for folder, _, files in os.walk(stage):
        for file in files:
            source = os.path.join(folder, file)
            target = os.path.join(args.out, os.path.relpath(source, stage))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            total += os.path.getsize(source)
            os.replace(source, target)
    shutil.rmtree(stage)
    print(f"{total / 1e6:.2f} MB in {args.out}, U-Net after {networks['step']} steps")


if __name__ == "__main__":
    main()
