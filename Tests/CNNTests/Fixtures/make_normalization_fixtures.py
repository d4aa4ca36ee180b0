"""Reference values of batch normalisation, from PyTorch in double precision.

    python3 Tests/CNNTests/Fixtures/make_normalization_fixtures.py

Images are written as [batch, height, width, channel].
"""

import json
import pathlib
import platform

import torch

torch.manual_seed(5)
made_with = f"torch {torch.__version__}, python {platform.python_version()}, seed 5, float64"


def numbers(x):
    """The elements with the channel last."""
    return (x.permute(0, 2, 3, 1) if x.dim() == 4 else x).tolist()


# As in BatchNormalizationTests.swift: the shape, momentum, epsilon.
cases = {
    "images": ((2, 5, 3, 2), 0.1, 1e-5),
    "rows": ((5, 9), 0.25, 1e-3),
    "many channels": ((2, 33, 2, 1), 0.1, 1e-5),
}

contents = {}
for name, (shape, momentum, epsilon) in cases.items():
    for phase in ["training", "evaluation"]:
        for tail in ["", " relu", " residual", " residual relu"]:
            kind = torch.nn.BatchNorm2d if len(shape) == 4 else torch.nn.BatchNorm1d
            layer = kind(shape[1], eps=epsilon, momentum=momentum, dtype=torch.float64)
            with torch.no_grad():
                layer.weight.normal_()
                layer.bias.normal_()
                layer.running_mean.normal_()
                layer.running_var.uniform_(0.5, 2)
            case = {
                "weight": layer.weight.tolist(),
                "bias": layer.bias.tolist(),
                "running.mean": layer.running_mean.tolist(),
                "running.variance": layer.running_var.tolist(),
            }
            layer.train(phase == "training")
            x = (2 * torch.randn(shape, dtype=torch.float64) + 1).requires_grad_()
            residual = torch.randn(shape, dtype=torch.float64, requires_grad=True)
            y = layer(x)
            if "residual" in tail:
                y = y + residual
            if "relu" in tail:
                # An output that rounding might push across the kink would compare nothing.
                assert y.abs().min() > 1e-5
                y = torch.relu(y)
            upstream = torch.randn(shape, dtype=torch.float64)
            y.backward(upstream)
            case |= {
                "x": numbers(x),
                "y": numbers(y),
                "upstream": numbers(upstream),
                "gradient": numbers(x.grad),
                "weight gradient": layer.weight.grad.tolist(),
                "bias gradient": layer.bias.grad.tolist(),
                "running.mean after": layer.running_mean.tolist(),
                "running.variance after": layer.running_var.tolist(),
            }
            if "residual" in tail:
                case |= {"residual": numbers(residual), "residual gradient": numbers(residual.grad)}
            contents[f"{name} {phase}{tail}"] = case

path = pathlib.Path(__file__).with_name("normalization.json")
path.write_text(json.dumps({"made_with": made_with, "cases": contents}) + "\n")
