"""Reference trajectories, schedules and clipped gradients, from PyTorch in double precision.

    python3 Tests/OptimizersTests/Fixtures/make_fixtures.py

The problem is small, and neither quadratic nor separable: with A (7 × 5), b (7), and the parameters w (5) and
c (1), the loss is the mean of log cosh(A w + c − b). Each trajectory holds w and c after each of 50 steps.
PyTorch has no Lion; the few lines below follow algorithm 2 of Chen et al., 2023.
"""

import json
import pathlib
import platform

import torch

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)

STEPS = 50
A = torch.randn(7, 5) * torch.tensor([1.0, 0.3, 3.0, 1.0, 0.1])
b = 2 * torch.randn(7)
start = torch.randn(5)


class Lion(torch.optim.Optimizer):
    def __init__(self, parameters, lr, betas, weight_decay=0.0):
        super().__init__(parameters, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                direction = (beta1 * m + (1 - beta1) * p.grad).sign()
                p -= group["lr"] * (direction + group["weight_decay"] * p)
                m.copy_(beta2 * m + (1 - beta2) * p.grad)


optimizers = {
    "sgd": (torch.optim.SGD, dict(lr=0.05)),
    "sgd decay": (torch.optim.SGD, dict(lr=0.05, weight_decay=0.1)),
    "momentum": (torch.optim.SGD, dict(lr=0.05, momentum=0.8)),
    "momentum, dampening, decay": (
        torch.optim.SGD,
        dict(lr=0.05, momentum=0.8, dampening=0.3, weight_decay=0.1),
    ),
    "nesterov": (torch.optim.SGD, dict(lr=0.05, momentum=0.8, nesterov=True)),
    "nesterov, decay": (
        torch.optim.SGD,
        dict(lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.1),
    ),
    "adaGrad": (torch.optim.Adagrad, dict(lr=0.1)),
    "adaGrad, epsilon, decay": (torch.optim.Adagrad, dict(lr=0.1, eps=0.01, weight_decay=0.1)),
    "rmsProp": (torch.optim.RMSprop, dict(lr=0.02)),
    "rmsProp, all": (
        torch.optim.RMSprop,
        dict(lr=0.02, alpha=0.9, eps=0.01, weight_decay=0.1),
    ),
    "adam": (torch.optim.Adam, dict(lr=0.05)),
    "adam, all": (
        torch.optim.Adam,
        dict(lr=0.05, betas=(0.8, 0.95), eps=0.01, weight_decay=0.1),
    ),
    "adamW": (torch.optim.AdamW, dict(lr=0.05)),
    "adamW, all": (
        torch.optim.AdamW,
        dict(lr=0.05, betas=(0.8, 0.95), eps=0.01, weight_decay=0.3),
    ),
    "lion": (Lion, dict(lr=0.02, betas=(0.9, 0.99))),
    "lion, all": (Lion, dict(lr=0.02, betas=(0.8, 0.95), weight_decay=0.3)),
}


def loss(w, c):
    x = A @ w + c - b
    return torch.log(torch.cosh(x)).mean()


cases = {"problem": {"A": A.tolist(), "b": b.tolist(), "start": start.tolist()}}
for name, (kind, options) in optimizers.items():
    w = start.clone().requires_grad_()
    c = torch.zeros(1, requires_grad=True)
    optimizer = kind([w, c], **options)
    trajectory = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss(w, c).backward()
        optimizer.step()
        trajectory.append(w.tolist() + c.tolist())
    cases[name] = {"trajectory": trajectory, "options": [str(options)]}

schedulers = torch.optim.lr_scheduler


def rates(make, base, count):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=base)
    schedule = make(optimizer)
    found = []
    for _ in range(count):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


schedules = {
    "step": (lambda o: schedulers.StepLR(o, 7, gamma=0.3), 0.2, 40),
    "cosine": (lambda o: schedulers.CosineAnnealingLR(o, 30, eta_min=0.01), 0.2, 31),
    "linear": (lambda o: schedulers.LinearLR(o, 0.25, 1.0, total_iters=10), 0.2, 20),
    "sequence": (
        lambda o: schedulers.SequentialLR(
            o,
            [
                schedulers.LinearLR(o, 0.25, 1.0, total_iters=10),
                schedulers.CosineAnnealingLR(o, 20, eta_min=0.01),
            ],
            milestones=[10],
        ),
        0.2,
        31,
    ),
}
for name, (make, base, count) in schedules.items():
    cases[f"schedule {name}"] = {"rates": rates(make, base, count)}

gradients = [2 * torch.randn(4, 3), 2 * torch.randn(5)]


def clipped(clip):
    parameters = [torch.zeros_like(g).requires_grad_() for g in gradients]
    for p, g in zip(parameters, gradients):
        p.grad = g.clone()
    norm = clip(parameters)
    return {
        "before0": gradients[0].tolist(),
        "before1": gradients[1].tolist(),
        "after0": parameters[0].grad.tolist(),
        "after1": parameters[1].grad.tolist(),
        "norm": 0.0 if norm is None else norm.item(),
    }


cases["clip norm"] = clipped(lambda p: torch.nn.utils.clip_grad_norm_(p, 1.5))
cases["clip nothing"] = clipped(lambda p: torch.nn.utils.clip_grad_norm_(p, 100.0))
cases["clip value"] = clipped(lambda p: torch.nn.utils.clip_grad_value_(p, 0.75))

made_with = f"torch {torch.__version__}, python {platform.python_version()}, seed 3, float64"
path = pathlib.Path(__file__).with_name("optimizers.json")
path.write_text(json.dumps({"made_with": made_with, "cases": cases}) + "\n")
