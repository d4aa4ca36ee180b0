"""Reference values of convolution, forward and backward, from PyTorch in double precision.

    python3 Tests/CNNTests/Fixtures/make_convolution_fixtures.py

Images are written as [batch, height, width, channel], weights as [height, width, in, out].

All factors are whole thousandths, so that all results are whole millionths: rounded to those, they carry
no rounding of PyTorch's.
"""

import json
import pathlib
import platform

import torch
import torch.nn.functional as functional

torch.manual_seed(4)
made_with = f"torch {torch.__version__}, python {platform.python_version()}, seed 4, float64"


def case(x, kernel, out, stride=(1, 1), dilation=(1, 1), padding=(0, 0, 0, 0), bias=True):
    """The images' shape as it is written, and the options; padding: top, bottom, left, right."""
    return x, kernel, out, stride, dilation, padding, bias


# As in ConvolutionPyTorchTests.swift, which says "same" where the padding here was worked out by hand.
cases = {
    "1x1": case((2, 3, 4, 5), (1, 1), 3),
    "1x1, stride 2": case((1, 5, 6, 16), (1, 1), 5, stride=(2, 2), bias=False),
    "1x1, 32 channels": case((1, 3, 4, 32), (1, 1), 32),
    "3x3": case((2, 5, 6, 1), (3, 3), 3),
    "3x3, same": case((2, 7, 9, 3), (3, 3), 16, padding=(1, 1, 1, 1)),
    "3x3, same, stride 2": case((1, 6, 7, 3), (3, 3), 5, (2, 2), padding=(0, 1, 1, 1)),
    "3x3, stride 3x1": case((1, 8, 5, 5), (3, 3), 3, (3, 1), bias=False),
    "3x3, same, stride 3x1": case((1, 8, 5, 1), (3, 3), 5, (3, 1), padding=(0, 1, 1, 1)),
    "3x3, dilation 2": case((1, 7, 6, 3), (3, 3), 5, dilation=(2, 2)),
    "3x3, same, dilation 2": case(
        (1, 5, 6, 16), (3, 3), 3, dilation=(2, 2), padding=(2, 2, 2, 2)
    ),
    "3x3, padded, stride 2, dilation 2": case(
        (1, 8, 7, 3), (3, 3), 5, (2, 2), (2, 2), padding=(2, 1, 0, 3), bias=False
    ),
    "3x3, 32 channels, stride 2": case((1, 5, 6, 32), (3, 3), 5, (2, 2)),
    "5x5, same": case((1, 6, 5, 3), (5, 5), 16, padding=(2, 2, 2, 2)),
    "5x5, same, stride 2": case((1, 7, 6, 1), (5, 5), 3, (2, 2), padding=(2, 2, 1, 2)),
    "5x5, same, dilation 2": case(
        (1, 6, 7, 1), (5, 5), 3, dilation=(2, 2), padding=(4, 4, 4, 4)
    ),
    "5x5, padded": case((2, 5, 4, 16), (5, 5), 3, padding=(1, 0, 2, 1), bias=False),
    "2x3": case((2, 4, 5, 16), (2, 3), 5),
    "2x3, same": case((1, 4, 5, 3), (2, 3), 16, padding=(0, 1, 1, 1)),
    "2x3, same, stride 2": case((1, 5, 6, 5), (2, 3), 1, (2, 2), padding=(0, 1, 0, 1)),
    "2x3, padded, stride 3x1, dilation 2": case(
        (1, 6, 6, 1), (2, 3), 16, (3, 1), (2, 2), padding=(0, 2, 1, 0)
    ),
    # What the fast kernels compute by Winograd's transforms.
    "3x3, padded, 32 channels": case((2, 4, 6, 32), (3, 3), 32, padding=(0, 2, 2, 1)),
}


def factors(shape, terms=1):
    """Thousandths with the deviation at which a sum of that many products has a deviation of about 1."""
    return torch.round(1000 * torch.randn(shape, dtype=torch.float64) / terms**0.5) / 1000


def millionths(x, order=None):
    return [round(number, 6) for number in (x.permute(order) if order else x).flatten().tolist()]


images_last = (0, 2, 3, 1)
weights_last = (2, 3, 1, 0)

contents = {}
for name, (shape, kernel, out, stride, dilation, padding, has_bias) in cases.items():
    batch, height, width, channels = shape
    top, bottom, left, right = padding
    x = factors((batch, channels, height, width)).requires_grad_()
    weight = factors((out, channels, *kernel), terms=channels * kernel[0] * kernel[1])
    weight.requires_grad_()
    bias = factors((out,)).requires_grad_() if has_bias else None
    padded = functional.pad(x, (left, right, top, bottom))
    y = functional.conv2d(padded, weight, bias, stride, dilation=dilation)
    upstream = factors(y.shape, terms=y.numel() / out)
    y.backward(upstream)
    contents[name] = {
        "x": millionths(x, images_last),
        "weight": millionths(weight, weights_last),
        "y": millionths(y, images_last),
        "upstream": millionths(upstream, images_last),
        "x gradient": millionths(x.grad, images_last),
        "weight gradient": millionths(weight.grad, weights_last),
    }
    if has_bias:
        contents[name] |= {"bias": millionths(bias), "bias gradient": millionths(bias.grad)}

path = pathlib.Path(__file__).with_name("convolution.json")
contents = {"made_with": made_with, "cases": contents}
path.write_text(json.dumps(contents, separators=(",", ":")) + "\n")
