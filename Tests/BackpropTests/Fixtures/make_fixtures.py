"""Reference values of operations, losses and a small network, from PyTorch in double precision.

    python3 Tests/BackpropTests/Fixtures/make_fixtures.py
"""

import json
import pathlib
import platform

import torch
import torch.nn.functional as functional

torch.manual_seed(2)
made_with = f"torch {torch.__version__}, python {platform.python_version()}, seed 2, float64"


def normal(shape):
    """Normal numbers, none of them closer to zero than 0.1, where some activations have a kink."""
    x = torch.randn(shape, dtype=torch.float64)
    return torch.where(x < 0, x - 0.1, x + 0.1)


def write(name, cases):
    text = json.dumps({"made_with": made_with, "cases": cases})
    pathlib.Path(__file__).with_name(name).write_text(text + "\n")


# As in Operation.swift: the name, the shapes of the inputs, the function.
mse_target = torch.arange(6, dtype=torch.float64).reshape(2, 3) / 4
bce_target = torch.tensor([[0, 0.25, 1], [1, 0.5, 0]], dtype=torch.float64)
labels = torch.tensor([2, 0, 3])
mask = torch.tensor([[True, False, False], [True, True, False]])
soft_target = torch.tensor([[0, 0.25, 0.75], [0.5, 0.25, 0.25]], dtype=torch.float64)
operations = {
    "add": ([(2, 3), (2, 3)], lambda x, y: x + y),
    "subtract": ([(2, 3), (2, 3)], lambda x, y: x - y),
    "multiply": ([(2, 3), (2, 3)], lambda x, y: x * y),
    "scale": ([(2, 3)], lambda x: -0.75 * x),
    "sum": ([(2, 3)], lambda x: x.sum()),
    "reshape": ([(2, 3)], lambda x: x.reshape(3, 2)),
    "square": ([(2, 3)], lambda x: x * x),
    "matrixProduct": ([(2, 3, 4), (4, 5)], lambda x, w: x @ w),
    "matrixProduct by itself": ([(3, 3)], lambda x: x @ x),
    "addRow": ([(2, 3, 4), (4,)], lambda x, b: x + b),
    "sigmoid": ([(2, 5)], torch.sigmoid),
    "tanh": ([(2, 5)], torch.tanh),
    "relu": ([(2, 5)], torch.relu),
    "leakyReLU": ([(2, 5)], lambda x: functional.leaky_relu(x, 0.25)),
    "gelu": ([(2, 5)], lambda x: functional.gelu(x, approximate="tanh")),
    "softmax": ([(2, 3, 5)], lambda x: torch.softmax(x, dim=-1)),
    "meanSquaredError": ([(2, 3)], lambda x: functional.mse_loss(x, mse_target)),
    "binaryCrossEntropy": (
        [(2, 3)],
        lambda x: functional.binary_cross_entropy_with_logits(x, bce_target),
    ),
    "softmaxCrossEntropy": ([(3, 4)], lambda x: functional.cross_entropy(x, labels)),
    "exp": ([(2, 5)], torch.exp),
    "log": ([(2, 5)], lambda x: torch.log(x * x + 1)),
    "squareRoot": ([(2, 5)], lambda x: torch.sqrt(x * x + 1)),
    "softplus": ([(2, 5)], functional.softplus),
    "absoluteValue": ([(2, 5)], torch.abs),
    "divide": ([(2, 5), (2, 5)], lambda x, y: x / (y * y + 1)),
    "negative": ([(2, 3)], lambda x: -x),
    "plus and minus a number": ([(2, 3)], lambda x: (x + 2.5) * (x - 0.5)),
    "slice": ([(3, 4, 2)], lambda x: x[:, 1:3] + x[:, 2:4]),
    "slice of the first axis": ([(5, 3)], lambda x: x[1:4]),
    "concatenate": ([(2, 1, 3), (2, 3, 3)], lambda x, y: torch.cat([x, y, x], dim=1)),
    "stack": ([(2, 3), (2, 3)], lambda x, y: torch.stack([x, y, x], dim=1)),
    "stack at the end": ([(2, 3), (2, 3)], lambda x, y: torch.stack([x, y], dim=-1)),
    "permute": ([(2, 3, 4, 2)], lambda x: x.permute(0, 2, 1, 3)),
    "permute all": ([(2, 3, 4)], lambda x: x.permute(2, 0, 1)),
    "rows": ([(4, 3)], lambda x: functional.embedding(torch.tensor([2, 0, 2, 3, 2]), x)),
    "sum of an axis": ([(2, 3, 4)], lambda x: x.sum(dim=1)),
    "sum of the last axis": ([(2, 3, 4)], lambda x: x.sum(dim=-1)),
    "mean of an axis": ([(2, 3, 4)], lambda x: x.mean(dim=0)),
    "mean": ([(2, 3, 4)], lambda x: x.mean()),
    "two sums of one variable": ([(2, 3)], lambda x: x.sum(dim=0).sum() + x.sum(dim=1).sum()),
    "broadcast": ([(3, 1)], lambda x: x.expand(2, 3, 4)),
    "broadcast a row": ([(4,), (2, 1, 4)], lambda x, y: x.expand(2, 3, 4) * y),
    "batched product": ([(2, 3, 4), (2, 4, 5)], lambda x, y: x @ y),
    "batched product, left transposed": ([(2, 4, 3), (2, 4, 5)], lambda x, y: x.mT @ y),
    "batched product, right transposed": ([(2, 2, 3, 4), (2, 2, 5, 4)], lambda x, y: x @ y.mT),
    "batched product, both transposed": ([(2, 4, 3), (2, 5, 4)], lambda x, y: x.mT @ y.mT),
    "soft targets": ([(2, 3)], lambda x: functional.cross_entropy(x, soft_target)),
    "ignored labels": (
        [(4, 3)],
        lambda x: functional.cross_entropy(x, torch.tensor([2, -1, 0, -1]), ignore_index=-1),
    ),
    "smoothed labels": (
        [(3, 4)],
        lambda x: functional.cross_entropy(
            x, torch.tensor([2, 9, 3]), ignore_index=9, label_smoothing=0.1
        ),
    ),
    "power": ([(2, 5)], lambda x: (x * x + 1) ** -1.5),
    "cube": ([(2, 5)], lambda x: x**3),
    "selected": ([(2, 3), (2, 3)], lambda x, y: torch.where(mask, x, y)),
    "maximum of an axis": ([(2, 3, 4)], lambda x: x.max(dim=1).values),
    "maximum of the last axis": ([(2, 3, 4)], lambda x: x.max(dim=-1).values),
    "maximum": ([(2, 3, 4)], lambda x: x.max()),
    "two maxima of one variable": (
        [(3, 4)],
        lambda x: x.max(dim=0).values.sum() + x.max(dim=1).values.sum(),
    ),
    "losses of rows": (
        [(3, 4)],
        lambda x: functional.cross_entropy(x, labels, reduction="none"),
    ),
    "product with a bias": ([(2, 3, 4), (4, 5), (5,)], lambda x, w, b: x @ w + b),
}

cases = {}
for name, (shapes, function) in operations.items():
    inputs = [normal(shape).requires_grad_() for shape in shapes]
    output = function(*inputs)
    upstream = normal(output.shape)
    output.backward(upstream)
    case = {"upstream": upstream.tolist(), "output": output.tolist()}
    for index, x in enumerate(inputs):
        case[f"x{index}"] = x.tolist()
        case[f"gradient{index}"] = x.grad.tolist()
    cases[name] = case
write("operations.json", cases)

# Networks of dense layers, trained by five steps of gradient descent on one batch.
rate = 0.5
networks = {
    "tanh": ([5, 4, 3], torch.tanh),
    "relu": ([12, 8, 8, 4], torch.relu),
}
cases = {}
for name, (widths, activation) in networks.items():
    x = normal((6, widths[0]))
    labels = torch.arange(6) % widths[-1]
    weights = [normal(shape) / shape[0] ** 0.5 for shape in zip(widths, widths[1:])]
    biases = [normal((width,)) / 4 for width in widths[1:]]
    case = {"x": x.tolist(), "labels": labels.tolist(), "losses": []}
    for index, (weight, bias) in enumerate(zip(weights, biases)):
        case[f"{index}.weight"] = weight.tolist()
        case[f"{index}.bias"] = bias.tolist()
        weight.requires_grad_()
        bias.requires_grad_()
    for step in range(5):
        y = x
        for index, (weight, bias) in enumerate(zip(weights, biases)):
            y = y @ weight + bias
            if index < len(weights) - 1:
                # A sum that rounding might push across the kink of ReLU would compare nothing.
                assert y.abs().min() > 1e-4
                y = activation(y)
        loss = functional.cross_entropy(y, labels)
        case["losses"].append(loss.item())
        loss.backward()
        for index, (weight, bias) in enumerate(zip(weights, biases)):
            for kind, parameter in [("weight", weight), ("bias", bias)]:
                if step == 0:
                    case[f"{index}.{kind} gradient"] = parameter.grad.tolist()
                with torch.no_grad():
                    parameter -= rate * parameter.grad
                parameter.grad = None
                case[f"{index}.{kind} trained"] = parameter.tolist()
    cases[name] = case
write("networks.json", cases)
