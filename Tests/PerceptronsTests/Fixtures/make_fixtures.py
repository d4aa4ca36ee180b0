"""Reference values of the activations and their gradients, from PyTorch in double precision.

    python3 Tests/PerceptronsTests/Fixtures/make_fixtures.py
"""

import json
import pathlib
import platform

import torch
import torch.nn.functional as functional

torch.manual_seed(1)

activations = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leakyReLU": lambda x: functional.leaky_relu(x, 0.01),
    "gelu": lambda x: functional.gelu(x, approximate="tanh"),
    "softmax": lambda x: torch.softmax(x, dim=1),
}

cases = {}
for name, activation in activations.items():
    x = (2 * torch.randn(9, 7, dtype=torch.float64)).clamp(-6, 6).requires_grad_()
    y = activation(x)
    dy = torch.randn_like(y)
    y.backward(dy)
    cases[name] = {
        "x": x.tolist(),
        "y": y.tolist(),
        "dy": dy.tolist(),
        "dx": x.grad.tolist(),
    }

made_with = f"torch {torch.__version__}, python {platform.python_version()}, seed 1, float64"
fixture = {"made_with": made_with, "cases": cases}
path = pathlib.Path(__file__).with_name("activations.json")
path.write_text(json.dumps(fixture) + "\n")
