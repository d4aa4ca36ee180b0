"""Reference values of small image networks, from PyTorch in double precision.

    python3 Tests/CNNTests/Fixtures/make_networks_fixtures.py

Every tensor has the book's layout: images [batch, height, width, channel], convolution weights [height, width,
in, out], dense weights [in, out]. The functions below bring it into PyTorch's and back, so that gradients come
out in the book's layout as well.
"""

import json
import pathlib
import platform

import torch
import torch.nn.functional as functional

torch.manual_seed(4)
made_with = f"torch {torch.__version__}, python {platform.python_version()}, seed 4, float64"
rate = 0.1


def normal(*shape):
    return torch.randn(shape, dtype=torch.float64)


def convolution(x, weight, bias=None, **options):
    y = functional.conv2d(
        x.permute(0, 3, 1, 2), weight.permute(3, 2, 0, 1), bias, **options)
    return y.permute(0, 2, 3, 1)


def pooling(x, function, *sizes, **options):
    return function(x.permute(0, 3, 1, 2), *sizes, **options).permute(0, 2, 3, 1)


def relu(x):
    # A sum that rounding might push across the kink would compare nothing.
    assert x.abs().min() > 1e-4
    return torch.relu(x)


class Network:
    """Parameters by the book's names, and the running statistics of every batch normalisation."""

    def __init__(self):
        self.parameters = {}
        self.statistics = {}
        self.is_training = True

    def weight(self, name, *shape):
        inputs = shape[0] if len(shape) == 2 else shape[0] * shape[1] * shape[2]
        self.parameters[name] = (normal(*shape) / inputs**0.5).requires_grad_()

    def bias(self, name, count):
        self.parameters[name] = (normal(count) / 4).requires_grad_()

    def convolution(self, name, x, **options):
        return convolution(
            x, self.parameters[f"{name}.weight"], self.parameters.get(f"{name}.bias"), **options)

    def dense(self, name, x):
        return x @ self.parameters[f"{name}.weight"] + self.parameters[f"{name}.bias"]

    def add_normalized(self, name, *shape):
        """The parameters of a `NormalizedConv2D`."""
        self.weight(f"{name}.convolution.weight", *shape)
        channels = shape[-1]
        self.parameters[f"{name}.normalization.weight"] = (
            1 + normal(channels) / 4).requires_grad_()
        self.bias(f"{name}.normalization.bias", channels)
        self.statistics[f"{name}.normalization.running.mean"] = normal(channels) / 4
        self.statistics[f"{name}.normalization.running.variance"] = 1 + normal(channels) ** 2

    def normalized(self, name, x, **options):
        """A `NormalizedConv2D` without its activation."""
        y = self.convolution(f"{name}.convolution", x, **options)
        y = functional.batch_norm(
            y.permute(0, 3, 1, 2),
            self.statistics[f"{name}.normalization.running.mean"],
            self.statistics[f"{name}.normalization.running.variance"],
            self.parameters[f"{name}.normalization.weight"],
            self.parameters[f"{name}.normalization.bias"],
            training=self.is_training, momentum=0.1, eps=1e-5)
        return y.permute(0, 2, 3, 1)


class Plain(Network):
    """Convolutions, a pooling of either kind, and a dense layer."""

    image = (8, 8, 2)

    def __init__(self):
        super().__init__()
        self.weight("0.weight", 3, 3, 2, 4)
        self.bias("0.bias", 4)
        self.weight("2.weight", 3, 3, 4, 5)
        self.bias("2.bias", 5)
        self.weight("5.weight", 2 * 2 * 5, 3)
        self.bias("5.bias", 3)

    def __call__(self, x):
        x = pooling(relu(self.convolution("0", x)), functional.max_pool2d, 2)
        x = torch.tanh(self.convolution("2", x, padding=1))
        x = pooling(x, functional.avg_pool2d, 2, stride=1)
        return self.dense("5", x.flatten(1))


class Residual(Network):
    """A strided basic block with a projection, a bottleneck, and the mean of every channel."""

    image = (5, 5, 2)

    def __init__(self):
        super().__init__()
        self.add_normalized("0.path.0", 3, 3, 2, 4)
        self.add_normalized("0.last", 3, 3, 4, 4)
        self.add_normalized("0.shortcut", 1, 1, 2, 4)
        self.add_normalized("1.path.0", 1, 1, 4, 1)
        self.add_normalized("1.path.1", 3, 3, 1, 1)
        self.add_normalized("1.last", 1, 1, 1, 4)
        self.weight("3.weight", 4, 3)
        self.bias("3.bias", 3)

    def __call__(self, x):
        y = relu(self.normalized("0.path.0", x, stride=2, padding=1))
        y = self.normalized("0.last", y, padding=1)
        x = relu(y + self.normalized("0.shortcut", x, stride=2))
        y = relu(self.normalized("1.path.0", x))
        y = relu(self.normalized("1.path.1", y, padding=1))
        x = relu(self.normalized("1.last", y) + x)
        return self.dense("3", x.mean((1, 2)))


class Inception(Network):
    """An inception block and the mean of every channel."""

    image = (4, 4, 2)

    def __init__(self):
        super().__init__()
        for name, *shape in [
            ("0.0", 1, 1, 2, 1), ("1.0", 1, 1, 2, 2), ("1.1", 3, 3, 2, 3), ("2.0", 1, 1, 2, 1),
            ("2.1", 5, 5, 1, 2), ("3.1", 1, 1, 2, 2),
        ]:
            self.add_normalized(f"0.branches.{name}", *shape)
        self.weight("2.weight", 8, 3)
        self.bias("2.bias", 3)

    def __call__(self, x):
        def part(name, x, padding=0):
            return relu(self.normalized(f"0.branches.{name}", x, padding=padding))

        pooled = pooling(x, functional.max_pool2d, 3, stride=1, padding=1)
        x = torch.cat([
            part("0.0", x), part("1.1", part("1.0", x), 1), part("2.1", part("2.0", x), 2),
            part("3.1", pooled),
        ], 3)
        return self.dense("2", x.mean((1, 2)))


def case(network):
    """Five steps of gradient descent on one batch, and the logits in evaluation before and after."""
    x = normal(6, *network.image)
    labels = torch.arange(6) % 3
    named = {**network.parameters, **network.statistics}
    case = {name: tensor.tolist() for name, tensor in named.items()}
    case |= {"x": x.tolist(), "labels": labels.tolist(), "losses": []}

    def evaluate():
        network.is_training = False
        logits = network(x)
        network.is_training = True
        return logits.tolist()

    case["logits before"] = evaluate()
    images = x.clone().requires_grad_()
    for step in range(5):
        loss = functional.cross_entropy(network(images), labels)
        case["losses"].append(loss.item())
        loss.backward()
        if step == 0:
            case["x gradient"] = images.grad.tolist()
        for name, parameter in network.parameters.items():
            if step == 0:
                case[f"{name} gradient"] = parameter.grad.tolist()
            with torch.no_grad():
                parameter -= rate * parameter.grad
            parameter.grad = None
    for name, tensor in named.items():
        case[f"{name} trained"] = tensor.tolist()
    case["logits after"] = evaluate()
    return case


cases = {"plain": case(Plain()), "residual": case(Residual()), "inception": case(Inception())}
text = json.dumps({"made_with": made_with, "cases": cases})
pathlib.Path(__file__).with_name("networks.json").write_text(text + "\n")
