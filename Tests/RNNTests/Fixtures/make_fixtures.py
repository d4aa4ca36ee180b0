"""Reference values of recurrent layers, from PyTorch in double precision; one form from NumPy.

    python3 Tests/RNNTests/Fixtures/make_fixtures.py

Weights are stored as this book lays them out: [in, gates x units], that is PyTorch's transposed. Gate orders are
PyTorch's: LSTM i, f, g, o; GRU r, z, n. PyTorch's two biases of the input and the state add up to one here, but
for the GRU's candidate, whose second bias is inside of the reset gate.
"""

import json
import pathlib
import platform

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.manual_seed(5)
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
made_with = f"torch {torch.__version__}, python {platform.python_version()}, seed 5, float64"
batch, time, inputs, units = 3, 5, 4, 6
lengths = [3, 5, 1]


def layer_case(make, gates, padded, bidirectional=False, layers=1):
    layer = make(inputs, units, batch_first=True, bidirectional=bidirectional, num_layers=layers)
    directions = 2 if bidirectional else 1
    x = torch.randn(batch, time, inputs, requires_grad=True)
    h0 = torch.randn(layers * directions, batch, units, requires_grad=True)
    c0 = torch.randn(layers * directions, batch, units, requires_grad=True)
    initial = (h0, c0) if make is torch.nn.LSTM else h0
    if padded:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        output, last = layer(packed, initial)
        output, _ = pad_packed_sequence(output, batch_first=True, total_length=time)
    else:
        output, last = layer(x, initial)
    hn, cn = last if make is torch.nn.LSTM else (last, None)
    upstream, upstream_h = torch.randn(output.shape), torch.randn(hn.shape)
    loss = (output * upstream).sum() + (hn * upstream_h).sum()
    case = {"x": x, "h0": h0, "output": output, "hn": hn, "upstream": upstream}
    case["upstreamH"] = upstream_h
    if cn is not None:
        upstream_c = torch.randn(cn.shape)
        loss = loss + (cn * upstream_c).sum()
        case.update({"c0": c0, "cn": cn, "upstreamC": upstream_c})
    loss.backward()
    case["x gradient"], case["h0 gradient"] = x.grad, h0.grad
    if cn is not None:
        case["c0 gradient"] = c0.grad
    for index in range(layers):
        for direction in range(directions):
            suffix = f"_l{index}" + ("_reverse" if direction else "")
            name = f"{index * directions + direction}."
            p = {n: getattr(layer, n + suffix) for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
            bias, bias_gradient = p["bias_ih"] + p["bias_hh"], p["bias_ih"].grad
            if gates == 3:
                inner = slice(2 * units, 3 * units)
                bias = torch.cat([bias[: 2 * units], p["bias_ih"][inner]])
                case[name + "recurrentBias"] = p["bias_hh"][inner]
                case[name + "recurrentBias gradient"] = p["bias_hh"].grad[inner]
            case[name + "inputWeight"] = p["weight_ih"].T
            case[name + "recurrentWeight"] = p["weight_hh"].T
            case[name + "bias"] = bias
            case[name + "inputWeight gradient"] = p["weight_ih"].grad.T
            case[name + "recurrentWeight gradient"] = p["weight_hh"].grad.T
            case[name + "bias gradient"] = bias_gradient
    return {key: value.tolist() for key, value in case.items()}


def relu_rnn(*arguments, **options):
    return torch.nn.RNN(*arguments, nonlinearity="relu", **options)


kinds = {"tanh": (torch.nn.RNN, 1), "relu": (relu_rnn, 1), "lstm": (torch.nn.LSTM, 4), "gru": (torch.nn.GRU, 3)}
cases = {}
for name, (make, gates) in kinds.items():
    cases[name] = layer_case(make, gates, padded=False)
    cases[name + " padded"] = layer_case(make, gates, padded=True)
    cases[name + " bidirectional"] = layer_case(make, gates, padded=True, bidirectional=True)
    cases[name + " stacked"] = layer_case(make, gates, padded=True, layers=2)

# Cho's form: the reset gate before the product; gates r, z, n; no second bias. Plain formulas on tensors.
x = torch.randn(batch, time, inputs, requires_grad=True)
h0 = torch.randn(batch, units, requires_grad=True)
w = (torch.randn(inputs, 3 * units) / 2).requires_grad_()
u = (torch.randn(units, 3 * units) / 2).requires_grad_()
b = (torch.randn(3 * units) / 2).requires_grad_()
h, outputs = h0, []
for t in range(time):
    z = x[:, t] @ w + b
    r = torch.sigmoid(z[:, :units] + h @ u[:, :units])
    update = torch.sigmoid(z[:, units : 2 * units] + h @ u[:, units : 2 * units])
    candidate = torch.tanh(z[:, 2 * units :] + (r * h) @ u[:, 2 * units :])
    h = (1 - update) * candidate + update * h
    outputs.append(h)
output = torch.stack(outputs, dim=1)
upstream = torch.randn(output.shape)
(output * upstream).sum().backward()
case = {"x": x, "h0": h0, "output": output, "upstream": upstream, "x gradient": x.grad, "h0 gradient": h0.grad}
for name, p in [("inputWeight", w), ("recurrentWeight", u), ("bias", b)]:
    case[name], case[name + " gradient"] = p, p.grad
cases["gru, reset before"] = {key: value.tolist() for key, value in case.items()}

text = json.dumps({"made_with": made_with, "cases": cases})
pathlib.Path(__file__).with_name("layers.json").write_text(text + "\n")
