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
