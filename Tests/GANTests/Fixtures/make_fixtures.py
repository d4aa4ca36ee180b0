"""Reference values of chapter 8 from PyTorch in double precision.

    python3 Tests/GANTests/Fixtures/make_fixtures.py

Images are written as [batch, height, width, channel], weights of a convolution as [height, width, in, out],
those of a transposed one as [height, width, out, in], those of a dense layer as [in, out].

transposed.json  transposed convolutions, forward and backward; whole thousandths in, whole millionths out.
spectral.json    torch.nn.utils.parametrizations.spectral_norm: three training steps' outputs and gradients.
penalty.json     WGAN-GP by double backward: penalty and its gradient with respect to all weights.
instance.json    torch.nn.InstanceNorm2d with scales and shifts, forward and backward.
games.json       ten steps of a tiny DCGAN with Adam: losses, and all weights afterwards.
"""

import json
import pathlib
import platform

import torch
import torch.nn as nn
import torch.nn.functional as functional

torch.manual_seed(8)
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
made_with = f"torch {torch.__version__}, python {platform.python_version()}, seed 8, float64"
here = pathlib.Path(__file__).parent
images_last = (0, 2, 3, 1)
weights_last = (2, 3, 1, 0)


def write(name, cases):
    text = json.dumps({"made_with": made_with, "cases": cases}, separators=(",", ":"))
    (here / f"{name}.json").write_text(text + "\n")


def numbers(x, digits=17):
    x = x.detach()
    if x.dim() == 4:
        x = x.permute(images_last)
    return [round(n, digits) for n in x.flatten().tolist()]


def weights(w, digits=17):
    w = w.detach()
    w = w.permute(weights_last) if w.dim() == 4 else w.t() if w.dim() == 2 else w
    return [round(n, digits) for n in w.flatten().tolist()]


# Transposed convolution: (batch, height, width, in), kernel, out, stride, dilation, padding, output padding.
transposed = {
    "1x1": ((2, 3, 4, 5), (1, 1), 3, (1, 1), (1, 1), (0, 0), (0, 0)),
    "4x4, stride 2": ((2, 3, 4, 5), (4, 4), 3, (2, 2), (1, 1), (1, 1), (0, 0)),
    "4x4, stride 2, one channel": ((2, 7, 5, 6), (4, 4), 1, (2, 2), (1, 1), (1, 1), (0, 0)),
    "4x4, stride 2, many channels": ((2, 3, 3, 17), (4, 4), 9, (2, 2), (1, 1), (1, 1), (0, 0)),
    "3x3, stride 2, output padding 1": ((1, 4, 3, 2), (3, 3), 10, (2, 2), (1, 1), (1, 1), (1, 1)),
    "5x5, stride 3, output padding 2x1": ((1, 3, 2, 3), (5, 5), 2, (3, 3), (1, 1), (2, 0), (2, 1)),
    "2x3, stride 2x1": ((1, 3, 5, 4), (2, 3), 2, (2, 1), (1, 1), (0, 1), (1, 0)),
    "3x3, dilation 2, stride 2": ((1, 3, 4, 2), (3, 3), 3, (2, 2), (2, 2), (2, 1), (1, 0)),
    "3x3, padding 2": ((1, 5, 6, 3), (3, 3), 4, (1, 1), (1, 1), (2, 2), (0, 0)),
    "2x2, stride 3": ((1, 2, 3, 9), (2, 2), 9, (3, 3), (1, 1), (0, 0), (2, 1)),
}


def factors(shape, terms=1):
    return torch.round(1000 * torch.randn(shape) / terms**0.5) / 1000


cases = {}
for name, (shape, kernel, out, stride, dilation, padding, extra) in transposed.items():
    batch, height, width, channels = shape
    x = factors((batch, channels, height, width)).requires_grad_()
    w = factors((channels, out, *kernel), terms=channels * kernel[0] * kernel[1]).requires_grad_()
    b = factors((out,)).requires_grad_()
    y = functional.conv_transpose2d(x, w, b, stride, padding, extra, 1, dilation)
    upstream = factors(y.shape)
    y.backward(upstream)
    cases[name] = {
        "x": numbers(x, 3), "weight": weights(w, 3), "bias": numbers(b, 3), "shape": list(y.permute(images_last).shape),
        "upstream": numbers(upstream, 3), "y": numbers(y, 6), "x gradient": numbers(x.grad, 6),
        "weight gradient": weights(w.grad, 6), "bias gradient": numbers(b.grad, 6),
    }
write("transposed", cases)

# Spectral normalisation: three rounds of one power iteration each.
cases = {}
for name, layer, x in [
    ("dense", nn.Linear(5, 4), torch.randn(3, 5)),
    ("convolution", nn.Conv2d(2, 3, 3), torch.randn(2, 2, 5, 4)),
]:
    start = layer.weight.detach().clone()
    layer = nn.utils.parametrizations.spectral_norm(layer, n_power_iterations=1)
    norm = layer.parametrizations.weight[0]
    original = layer.parametrizations.weight.original
    # u and v as they are before the first step; our left is v, our right is u.
    left, right = norm._v.clone(), norm._u.clone()
    if name == "convolution":  # PyTorch's rows run over in, height, width; ours over height, width, in.
        order = lambda v: v.reshape(2, 3, 3).permute(1, 2, 0).flatten()
    else:
        order = lambda v: v
    case = {
        "x": numbers(x), "weight": weights(start), "bias": numbers(layer.bias), "left": numbers(order(left)),
        "right": numbers(right), "y": [], "upstream": [], "weight gradient": [],
    }
    for _ in range(3):
        layer.zero_grad()
        y = layer(x)
        upstream = torch.randn(y.shape)
        y.backward(upstream)
        case["y"] += numbers(y)
        case["upstream"] += numbers(upstream)
        case["weight gradient"] += weights(original.grad)
    case["left after"], case["right after"] = numbers(order(norm._v)), numbers(norm._u)
    layer.eval()
    case["y in evaluation"] = numbers(layer(x))
    cases[name] = case
write("spectral", cases)


class Permute(nn.Module):
    """To the order of our images before a flattening, or back after one."""

    def __init__(self, *order):
        super().__init__()
        self.order = order

    def forward(self, x):
        return x.permute(self.order)


# The gradient penalty by double backward.
critics = {
    "leaky": (nn.Sequential(
        nn.Linear(3, 7), nn.LeakyReLU(0.2), nn.Linear(7, 5), nn.LeakyReLU(0.2), nn.Linear(5, 1)), (6, 3)),
    "tanh": (nn.Sequential(nn.Linear(3, 7), nn.Tanh(), nn.Linear(7, 5), nn.Sigmoid(), nn.Linear(5, 1)), (6, 3)),
    "convolution": (nn.Sequential(
        nn.Conv2d(2, 3, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(3, 4, 3, 2), nn.LeakyReLU(0.2),
        Permute(0, 2, 3, 1), nn.Flatten(), nn.Linear(8, 1)), (3, 2, 6, 10)),
}
cases = {}
for name, (critic, shape) in critics.items():
    x = torch.randn(shape).requires_grad_()
    scores = critic(x)
    slopes, = torch.autograd.grad(scores.sum(), x, create_graph=True)
    norms = slopes.flatten(1).norm(dim=1)
    penalty = ((norms - 1) ** 2).mean()
    loss = scores.mean() + 10 * penalty
    loss.backward()
    case = {"x": numbers(x), "scores": numbers(scores), "norms": numbers(norms), "penalty": penalty.item(),
            "x gradient": numbers(x.grad)}
    for index, parameter in enumerate(critic.parameters()):
        case[f"parameter {index}"] = weights(parameter)
        case[f"gradient {index}"] = weights(parameter.grad)
    cases[name] = case
write("penalty", cases)

# Ten steps of a tiny DCGAN, as in bench/Models/GANModels.swift.
G = nn.Sequential(
    nn.Linear(3, 16), nn.ReLU(), nn.Unflatten(1, (2, 2, 4)), Permute(0, 3, 1, 2),
    nn.ConvTranspose2d(4, 2, 4, 2, 1, bias=False), nn.BatchNorm2d(2), nn.ReLU(),
    nn.ConvTranspose2d(2, 1, 4, 2, 1), nn.Tanh())
D = nn.Sequential(
    nn.Conv2d(1, 2, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(2, 4, 4, 2, 1), nn.LeakyReLU(0.2),
    Permute(0, 2, 3, 1), nn.Flatten(), nn.Linear(16, 1))
bce = functional.binary_cross_entropy_with_logits
case = {}
for letter, model in (("G", G), ("D", D)):
    for index, parameter in enumerate(model.parameters()):
        case[f"{letter}{index} before"] = weights(parameter)
x = torch.rand(5, 1, 8, 8) * 2 - 1
z = torch.randn(10, 5, 3)
one, zero = torch.ones(5, 1), torch.zeros(5, 1)
og, od = (torch.optim.Adam(m.parameters(), 2e-3, betas=(0.5, 0.999)) for m in (G, D))
losses = []
for step in range(10):
    fake = G(z[step])
    od.zero_grad()
    loss = bce(D(x), one) + bce(D(fake.detach()), zero)
    loss.backward()
    od.step()
    losses.append(loss.item())
    og.zero_grad()
    loss = bce(D(fake), one)
    loss.backward()
    og.step()
    losses.append(loss.item())
case |= {"x": numbers(x), "z": numbers(z), "losses": losses}
for letter, model in (("G", G), ("D", D)):
    for index, parameter in enumerate(model.parameters()):
        case[f"{letter}{index} after"] = weights(parameter)
write("games", {"dcgan": case})

# Last, so that what is drawn above stays as it is.
instance = {}
for name, shape in {"several images": (3, 4, 5, 2), "one image": (1, 2, 3, 17)}.items():
    batch, height, width, channels = shape
    layer = nn.InstanceNorm2d(channels, affine=True)
    nn.init.normal_(layer.weight)
    nn.init.normal_(layer.bias)
    x = torch.randn(batch, channels, height, width, requires_grad=True)
    y = layer(x)
    upstream = torch.randn_like(y)
    y.backward(upstream)
    instance[name] = {
        "x": numbers(x), "scale": numbers(layer.weight), "shift": numbers(layer.bias),
        "y": numbers(y), "upstream": numbers(upstream), "x gradient": numbers(x.grad),
        "scale gradient": numbers(layer.weight.grad), "shift gradient": numbers(layer.bias.grad),
    }
write("instance", instance)
