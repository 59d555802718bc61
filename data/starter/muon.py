"""Muon (Jordan et al. 2024): momentum whose matrices are made orthogonal, for the weights of convolutions and linear
layers; Adam for all the rest."""

import torch


def orthogonal(matrix):
    """The nearest semi-orthogonal matrix to [rows, columns], roughly: five Newton-Schulz steps X <- P(X X^T) X, worked out
    on the small Gram matrix, since all the P commute with it."""
    x = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = x / (x.norm() + 1e-7)
    gram, product = x @ x.T, None
    for _ in range(5):
        factor = torch.addmm(gram, gram, gram, beta=-4.7750, alpha=2.0315)
        factor.diagonal().add_(3.4445)
        product = factor if product is None else factor @ product
        gram = factor @ gram @ factor
    x = product @ x
    return x if matrix.shape[0] <= matrix.shape[1] else x.T


class Muon(torch.optim.Optimizer):
    """share: the root mean square of a matrix's step, in units of the rate, about what Adam's steps have."""

    def __init__(self, module, rate, momentum=0.95, weight_decay=0.01, share=0.2):
        matrices, rest = [], []
        for name, p in module.named_parameters():
            if p.requires_grad:
                wide = p.ndim >= 2 and min(p.shape[0], p[0].numel()) >= 8 and "embedding.weight" not in name
                (matrices if wide else rest).append(p)
        groups = [dict(params=matrices, matrix=True), dict(params=rest, matrix=False)]
        super().__init__(groups, dict(lr=rate, momentum=momentum, weight_decay=weight_decay, share=share))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            rate, decay = group["lr"], group["weight_decay"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if group["matrix"]:
                    if "momentum" not in state:
                        state["momentum"] = torch.zeros_like(p)
                    m = state["momentum"].lerp_(p.grad, 1 - group["momentum"])
                    step = p.grad.lerp(m, group["momentum"]).reshape(len(p), -1)
                    size = group["share"] * max(step.shape) ** 0.5
                    p.mul_(1 - rate * decay).add_(orthogonal(step).reshape(p.shape), alpha=-rate * size)
                else:
                    if "mean" not in state:
                        state["mean"], state["square"], state["step"] = torch.zeros_like(p), torch.zeros_like(p), 0
                    state["step"] += 1
                    m = state["mean"].lerp_(p.grad, 0.1)
                    v = state["square"].mul_(0.99).addcmul_(p.grad, p.grad, value=0.01)
                    c = 1 - 0.9 ** state["step"]
                    d = (v / (1 - 0.99 ** state["step"])).sqrt_().add_(1e-8)
                    p.mul_(1 - rate * decay * (p.ndim > 1)).addcdiv_(m, d, value=-rate / c)
