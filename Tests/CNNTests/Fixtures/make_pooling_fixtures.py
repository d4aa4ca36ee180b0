"""Reference values of pooling, forward and backward, from PyTorch in double precision.

    python3 Tests/CNNTests/Fixtures/make_pooling_fixtures.py

Images are written as [batch, height, width, channel].
"""

import json
import pathlib
import platform

import torch
import torch.nn.functional as functional

torch.manual_seed(4)
made_with = f"torch {torch.__version__}, python {platform.python_version()}, seed 4, float64"


def numbers(x):
    """The elements with the channel last, or as they are where there is no height and width."""
    return (x.permute(0, 2, 3, 1) if x.dim() == 4 else x).tolist()


# As in PoolingFixtureTests.swift: the shape, the function. Half of the inputs of a maximum are whole
# numbers, so that there are ties.
cases = {
    "max 2": ((2, 3, 6, 4), lambda x: functional.max_pool2d(x, 2)),
    "max 3 stride 2 padding 1": ((1, 3, 7, 8), lambda x: functional.max_pool2d(x, 3, 2, 1)),
    "max 2x3 stride 1x2 padding 0x1": (
        (1, 9, 5, 7),
        lambda x: functional.max_pool2d(x, (2, 3), (1, 2), (0, 1)),
    ),
    "max 3 stride 1 dilation 2": ((1, 2, 7, 6), lambda x: functional.max_pool2d(x, 3, 1, 0, 2)),
    "average 2": ((2, 3, 6, 4), lambda x: functional.avg_pool2d(x, 2)),
    "average 3 stride 2 padding 1": (
        (1, 9, 5, 6),
        lambda x: functional.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
    ),
    "average 3 stride 2 padding 1 counted": (
        (1, 3, 7, 8),
        lambda x: functional.avg_pool2d(x, 3, 2, 1, count_include_pad=True),
    ),
    "average 2x3 stride 1x2 padding 0x1": (
        (1, 2, 5, 7),
        lambda x: functional.avg_pool2d(x, (2, 3), (1, 2), (0, 1), count_include_pad=False),
    ),
    "global average": (
        (2, 10, 3, 5),
        lambda x: functional.adaptive_avg_pool2d(x, 1).flatten(1),
    ),
}

contents = {}
for name, (shape, function) in cases.items():
    x = torch.randn(shape, dtype=torch.float64)
    if name.startswith("max"):
        x = torch.where(torch.rand(shape) < 0.5, x.round(), x)
    # In memory as the channel comes last, where PyTorch takes another way.
    x = x.to(memory_format=torch.channels_last).requires_grad_()
    y = function(x)
    upstream = torch.randn(y.shape, dtype=torch.float64)
    y.backward(upstream)
    contents[name] = {
        "x": numbers(x),
        "y": numbers(y),
        "upstream": numbers(upstream),
        "gradient": numbers(x.grad),
    }

path = pathlib.Path(__file__).with_name("pooling.json")
path.write_text(json.dumps({"made_with": made_with, "cases": contents}) + "\n")
