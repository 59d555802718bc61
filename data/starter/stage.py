"""What every stage of training has in common: a time box, a schedule, an average of the weights, checkpoints."""

import math
import os
import time

import numpy as np
import torch

from muon import Muon


def save(path, **state):
    """torch.save that never leaves half a file."""
    torch.save(state, path + ".part")
    os.replace(path + ".part", path)


def load(path, device="cpu"):
    return torch.load(path, map_location=device, **({"weights_only": False} if torch.__version__ >= "2" else {}))


class Ema:
    """Exponential moving average of a state_dict; the average starts as a plain mean."""

    def __init__(self, state, decay):
        self.state = {key: value.detach().clone() for key, value in state.items()}
        self.decay, self.count = decay, 0

    @torch.no_grad()
    def update(self, state):
        self.count += 1
        decay = min(self.decay, self.count / (self.count + 10))
        mine, theirs = list(self.state.values()), [state[key].detach() for key in self.state]
        torch._foreach_mul_(mine, decay)
        torch._foreach_add_(mine, theirs, alpha=1 - decay)


class Stage:
    """One module's training. Iterate over steps() and call update() with each loss.

    The checkpoint is the file name.pt in work; the minutes trained so far are in it, so that a stage goes on where it was.
    The preset's minutes are the length of the whole schedule, its rate is the highest. deadline (time.time()) ends this sitting earlier. betas: train with Adam instead of Muon.
    """

    def __init__(
        self,
        preset,
        name,
        work,
        module,
        deadline=float("inf"),
        average=0.998,
        warmup=0.3,
        decay_share=0.4,
        every=100,
        betas=None,
    ):
        self.path, self.module, self.deadline = os.path.join(work, name + ".pt"), module, deadline
        self.minutes, self.peak = preset.minutes[name], preset.rate[name]
        self.warmup, self.decay_share, self.every = warmup, decay_share, every
        self.parameters = [p for p in module.parameters() if p.requires_grad]
        if betas:
            self.optimizer = torch.optim.AdamW(self.parameters, self.peak, betas=betas, weight_decay=0.01)
        else:
            self.optimizer = Muon(module, self.peak)
        self.step, self.minute, self.recent = 0, 0.0, []
        state = load(self.path, self.parameters[0].device) if os.path.exists(self.path) else None
        if state:
            module.load_state_dict(state["model"])
            self.step, self.minute = state["step"], state["minute"]
            if "optimizer" in state:
                self.optimizer.load_state_dict(state["optimizer"])
        self.ema = Ema(module.state_dict(), average)
        if state:
            for key, value in state["ema"].items():
                self.ema.state[key].copy_(value)
            self.ema.count = self.step
        self.begun = self.minute  # warm up again after a pause

    def rate(self):
        left = max(1 - self.minute / self.minutes, 0) / self.decay_share
        up = min((self.minute - self.begun + 0.02) / self.warmup, 1)
        return self.peak * up * (0.5 - 0.5 * math.cos(math.pi * min(left, 1)))

    def clock(self):
        """Seconds of work: on the CPU those that it gave, so that a busy machine takes nothing from the schedule."""
        busy = self.parameters[0].device.type == "cpu"
        return time.process_time() / torch.get_num_threads() if busy else time.time()

    def finished(self):
        return self.minute >= self.minutes

    def steps(self):
        before = self.clock()
        while not self.finished() and time.time() < self.deadline:
            for group in self.optimizer.param_groups:
                group["lr"] = self.rate()
            yield self.step
            self.step += 1
            now = self.clock()
            self.minute += (now - before) / 60
            before = now
            if self.step % self.every == 0:
                self.report()
            if self.step % (5 * self.every) == 0:
                self.save()
        self.save()

    def update(self, loss, *figures):
        """One optimizer step; figures are averaged and printed now and then."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.ema.update(self.module.state_dict())
        self.recent.append(torch.stack([torch.as_tensor(f).detach().float() for f in (loss, *figures)]))

    def report(self):
        means = torch.stack(self.recent).mean(0).tolist()
        name = os.path.basename(self.path).split(".")[0]
        print(f"{name} {self.minute:.1f} min, step {self.step}: " + " ".join(f"{v:.4f}" for v in means), flush=True)
        self.recent = []

    def save(self):
        save(
            self.path,
            model=self.module.state_dict(),
            ema=self.ema.state,
            optimizer=self.optimizer.state_dict(),
            step=self.step,
            minute=self.minute,
            **getattr(self, "extra", {}),
        )


def seeded(*numbers):
    """A generator for numpy, PyTorch seeded alike."""
    rng = np.random.default_rng(numbers)
    torch.manual_seed(int(rng.integers(2**31)))
    return rng
