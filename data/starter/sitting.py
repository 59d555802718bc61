"""One command of a sitting at a machine with a GPU: goes on where the last one stopped, and brings back what there is.

    sitting.py --minutes 9.3 --work /tmp/starter --out results [--bring FOLDER]

The stages of train.py run as far as the minutes allow, those side by side that do not wait for each other; when all are
finished, the model folder is written and measured. What comes back are parts of at most 15 MB of one tar file
(starter.tar.00, ...): the checkpoints (averaged weights in half precision), and the model folder, plots and contact sheet
where there are any. Pictures and latents are made anew on each machine.

--bring names a folder to begin from, where the work folder is empty: parts of an earlier sitting, or a finished model
folder, whose U-Nets are then trained for --more of their schedule.
"""

import argparse
import glob
import io
import os
import subprocess
import sys
import tarfile
import time

import torch

from model import read_safetensors
from presets import PRESETS
from stage import load, save

PART = 15_000_000  # bytes
CHECKPOINTS = ("vae", "text", "unet", "refiner", "classifier", "decoder")
TURNS = (("draw", "text"), ("vae", "classifier"), ("latents",), ("unet",), ("refiner", "decoder"))  # stages side by side
MEASURING = 3.0  # minutes that export and evaluation want


def unpack(folder, work):
    """Puts the checkpoints of an earlier sitting into the work folder."""
    data = io.BytesIO(
        b"".join(open(part, "rb").read() for part in sorted(glob.glob(os.path.join(folder, "starter.tar.*"))))
    )
    with tarfile.open(fileobj=data) as archive:
        for name in CHECKPOINTS:
            if name + ".pt" in archive.getnames():
                with open(os.path.join(work, name + ".pt"), "wb") as file:
                    file.write(archive.extractfile(name + ".pt").read())


def adopt(folder, work, preset, more):
    """Makes checkpoints of a model folder: all finished but the U-Nets, which have a share of their schedule left."""

    def network(*path):
        return {key: value.float() for key, value in read_safetensors(os.path.join(folder, *path)).items()}

    weights = {
        "vae": network("vae", "diffusion_pytorch_model.safetensors"),
        "unet": network("unet", "diffusion_pytorch_model.safetensors"),
        "refiner": network("refiner", "unet", "diffusion_pytorch_model.safetensors"),
        "text": {},
    }
    for name, part in (("first", "text_encoder"), ("second", "text_encoder_2")):
        state = network(part, "model.safetensors")
        weights["text"].update({f"encoders.{name}.{key}": value for key, value in state.items()})
    with open(os.path.join(folder, "tokenizer", "merges.txt")) as file:
        merges = [tuple(line.split()) for line in file.read().splitlines()[1:]]
    for name, state in weights.items():
        minute = preset.minutes[name] * (1 - more if name in ("unet", "refiner") else 1)
        save(os.path.join(work, name + ".pt"), model=state, ema=state, step=1000, minute=minute, merges=merges)


def lightened(state):
    """A checkpoint without the optimizer's state, the averaged weights in place of the others, in half precision."""
    weights = {
        key: value.half() if value.is_floating_point() else value
        for key, value in {**state["model"], **state["ema"]}.items()
    }
    rest = {key: value for key, value in state.items() if key not in ("model", "ema", "optimizer")}
    return {"model": weights, "ema": {key: weights[key] for key in state["ema"]}, **rest}


def pack(work, extras, out):
    """Writes the parts: every checkpoint, and the folders and files in extras."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name in CHECKPOINTS:
            path = os.path.join(work, name + ".pt")
            if os.path.exists(path):
                state = io.BytesIO()
                torch.save(lightened(load(path)), state)
                entry = tarfile.TarInfo(name + ".pt")
                entry.size = state.tell()
                state.seek(0)
                archive.addfile(entry, state)
        for extra in extras:
            archive.add(extra, os.path.basename(extra))
    data = data.getvalue()
    for i in range(0, len(data), PART):
        with open(os.path.join(out, f"starter.tar.{i // PART:02d}"), "wb") as file:
            file.write(data[i : i + PART])
    print(f"{len(data) / 1e6:.1f} MB brought back", flush=True)


def script(name, args, *options):
    """A running script of this folder."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", path, *options, "--work", args.work, "--preset", args.preset]
    )


def trained(args, end):
    """Runs the stages; whether all are finished."""
    for turn in TURNS:
        limit = str((end - time.time()) / 60)
        running = [script("train.py", args, stage, "--device", args.device, "--limit", limit) for stage in turn]
        if any([process.wait() for process in running]):
            return False
    return True


def measured(args):
    """The folders that a finished training leaves."""
    model, plots = os.path.join(args.work, "model"), os.path.join(args.work, "plots")
    os.makedirs(plots, exist_ok=True)
    script("export.py", args, "--out", model).wait()
    script(
        "evaluate.py",
        args,
        "--model",
        model,
        "--device",
        args.device,
        "--count",
        args.count,
        "--plots",
        plots,
        "--sheet",
        os.path.join(plots, "sheet.png"),
    ).wait()
    return [model, plots]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=9.3)
    parser.add_argument("--work", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--bring", metavar="FOLDER")
    parser.add_argument(
        "--more", type=float, default=0.9, help="share of the schedule that brought U-Nets are trained for"
    )
    parser.add_argument("--preset", choices=list(PRESETS), default="full")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--count", default="1000", help="prompts to measure")
    args = parser.parse_args()
    end = time.time() + 60 * args.minutes - 15  # the packing takes some of it
    os.makedirs(args.work, exist_ok=True)
    if args.bring and not os.path.exists(os.path.join(args.work, "vae.pt")):
        if os.path.exists(os.path.join(args.bring, "model_index.json")):
            adopt(args.bring, args.work, PRESETS[args.preset], args.more)
        else:
            unpack(args.bring, args.work)

    extras = []
    if not trained(args, end):
        print("training is not finished; the same command goes on", flush=True)
    elif (end - time.time()) / 60 < MEASURING and args.device != "cpu":
        print("training is finished; the same command once more measures the model", flush=True)
    else:
        extras = measured(args)
    pack(args.work, extras, args.out)


if __name__ == "__main__":
    main()
