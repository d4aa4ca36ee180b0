"""Reference values of Keras's layers, in double precision, with PyTorch underneath.

    pip install keras torch
    KERAS_BACKEND=torch python3 Tests/RNNTests/Fixtures/make_keras_fixtures.py

Three cases, each of 3 sequences of 5 steps, 4 inputs, 6 units:

- "gru, reset before": GRU(6, reset_after=False), the reset gate before the product.
- "gru, reset after": GRU(6, reset_after=True), Keras's default, with a second bias.
- "lstm, unit forget bias": LSTM(6, unit_forget_bias=True); its bias is the one that Keras began with.

Keras orders the gates z, r, h (GRU) and i, f, c, o (LSTM); they are stored in this book's orders, r, z, n and i, f, g, o.
"""

import json
import os
import pathlib
import platform

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy
import torch

keras.config.set_floatx("float64")
torch.set_num_threads(1)
numbers = numpy.random.default_rng(5)
batch, time, inputs, units = 3, 5, 4, 6


def draw(*shape):
    return torch.tensor(numbers.standard_normal(shape) / 2, requires_grad=True)


def reordered(tensor, order):
    """The gates along the last axis in another order: the columns of gate order[0] first."""
    return torch.cat([tensor[..., g * units : (g + 1) * units] for g in order], dim=-1)


def case(layer, order):
    layer.build((batch, time, inputs))
    kernel, recurrent = draw(inputs, len(order) * units), draw(units, len(order) * units)
    is_lstm = isinstance(layer, keras.layers.LSTM)
    layer.cell.kernel.assign(kernel)
    layer.cell.recurrent_kernel.assign(recurrent)
    if not is_lstm:
        layer.cell.bias.assign(draw(*layer.cell.bias.shape))
    weights = [layer.cell.kernel, layer.cell.recurrent_kernel, layer.cell.bias]
    x, states = draw(batch, time, inputs), [draw(batch, units) for _ in range(1 + is_lstm)]
    output = layer(x, initial_state=states)
    upstream = draw(*output.shape).detach()
    (output * upstream).sum().backward()
    result = {"x": x, "h0": states[0], "output": output, "upstream": upstream}
    result.update({"x gradient": x.grad, "h0 gradient": states[0].grad})
    if is_lstm:
        result.update({"c0": states[1], "c0 gradient": states[1].grad})
    for name, weight in zip(["inputWeight", "recurrentWeight"], weights):
        result[name], result[name + " gradient"] = reordered(weight.value, order), reordered(weight.value.grad, order)
    bias, gradient = reordered(weights[2].value, order), reordered(weights[2].value.grad, order)
    if bias.ndim == 2:  # of the inputs, and of the states: the latter counts apart only within the reset gate
        inner = slice(2 * units, 3 * units)
        result["recurrentBias"], result["recurrentBias gradient"] = bias[1][inner], gradient[1][inner]
        bias, gradient = torch.cat([bias.sum(0)[: 2 * units], bias[0][inner]]), gradient[0]
    result["bias"], result["bias gradient"] = bias, gradient
    return {key: value.tolist() for key, value in result.items()}


options = {"return_sequences": True}
cases = {
    "gru, reset before": case(keras.layers.GRU(units, reset_after=False, **options), [1, 0, 2]),
    "gru, reset after": case(keras.layers.GRU(units, reset_after=True, **options), [1, 0, 2]),
    "lstm, unit forget bias": case(keras.layers.LSTM(units, unit_forget_bias=True, **options), [0, 1, 2, 3]),
}
made_with = f"keras {keras.__version__}, torch {torch.__version__}, python {platform.python_version()}, seed 5, float64"
text = json.dumps({"made_with": made_with, "cases": cases})
pathlib.Path(__file__).with_name("keras.json").write_text(text + "\n")
