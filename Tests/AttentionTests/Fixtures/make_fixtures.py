"""Reference attentions and their gradients, from PyTorch in double precision.

    python3 Tests/AttentionTests/Fixtures/make_fixtures.py

Scaled dot-product attention with every kind of mask; PyTorch's own causal mask aligns top left, so that of
fewer queries than keys is spelled out. MultiheadAttention, whose weights are [out, in], q, k and v below one
another. The additive and Luong's attention are a few lines of their papers' formulas. Rotary positions in halves
are the transformers library's, those of neighbours a product of complex numbers.
"""

import json
import pathlib
import platform

import torch
import torch.nn.functional as F
import transformers
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

torch.manual_seed(6)
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

cases = {}


def heads(x, count):
    """[batch, time, heads · width] to [batch, heads, time, width]."""
    return x.unflatten(-1, (count, -1)).transpose(1, 2)


def record(name, tensors, output, **more):
    """Keeps inputs, the output, an upstream gradient and the gradients it gives."""
    upstream = torch.randn_like(output)
    gradients = torch.autograd.grad(output, list(tensors.values()), upstream)
    case = {key: value.tolist() for key, value in tensors.items()}
    case |= {f"{key} gradient": g.tolist() for key, g in zip(tensors, gradients)}
    case |= {"output": output.tolist(), "upstream": upstream.tolist()}
    case |= {key: value.tolist() for key, value in more.items()}
    cases[name] = case


def inputs(*shapes):
    return [torch.randn(shape).requires_grad_() for shape in shapes]


def attention(name, queries, keys, mask=None, causal=False, scale=None):
    q, k, v = inputs((2, queries, 6), (2, keys, 6), (2, keys, 6))
    y = F.scaled_dot_product_attention(
        heads(q, 2), heads(k, 2), heads(v, 2), attn_mask=mask, is_causal=causal, scale=scale)
    record(name, {"query": q, "key": k, "value": v}, y.transpose(1, 2).flatten(2))


attention("none", 5, 7)
attention("scale", 5, 7, scale=0.3)
attention("causal", 6, 6, causal=True)
attention("causal, fewer queries", 3, 7, mask=torch.ones(3, 7, dtype=torch.bool).tril(7 - 3))
lengths = torch.tensor([7, 4])
attention("lengths", 5, 7, mask=(torch.arange(7) < lengths[:, None])[:, None, None, :])
pattern = torch.tensor([[(3 * i + 2 * j) % 4 != 1 for j in range(7)] for i in range(5)])
attention("pattern", 5, 7, mask=pattern)


def multi_head(name, queries, keys, itself, mask=None):
    layer = torch.nn.MultiheadAttention(6, 3, batch_first=True)
    torch.nn.init.normal_(layer.in_proj_bias)
    torch.nn.init.normal_(layer.out_proj.bias)
    x, = inputs((2, queries, 6))
    memory = x if itself else inputs((2, keys, 6))[0]
    y, _ = layer(x, memory, memory, attn_mask=mask, need_weights=False)
    tensors = {"x": x} | ({} if itself else {"memory": memory})
    tensors |= {
        "in weight": layer.in_proj_weight, "in bias": layer.in_proj_bias,
        "out weight": layer.out_proj.weight, "out bias": layer.out_proj.bias}
    record(name, tensors, y)


# True drops a pair here, where it keeps one above.
multi_head("self-attention", 5, 5, True, mask=torch.ones(5, 5, dtype=torch.bool).triu(1))
multi_head("cross-attention", 3, 5, False)


def with_memory(name, score, *weights):
    q, m = inputs((2, 3, 4), (2, 5, 6))
    w = inputs(*weights)
    scores = score(q, m, *w).masked_fill(torch.arange(5) >= torch.tensor([5, 3])[:, None, None], -torch.inf)
    p = scores.softmax(-1)
    tensors = {"query": q, "memory": m} | {f"weight{i}": x for i, x in enumerate(w)}
    record(name, tensors, p @ m, weights=p)


with_memory(
    "additive", lambda q, m, wq, wk, v: (torch.tanh((q @ wq)[:, :, None] + (m @ wk)[:, None]) @ v).squeeze(-1),
    (4, 7), (6, 7), (7, 1))
with_memory("general", lambda q, m, w: q @ w @ m.mT, (4, 6))
with_memory("scaled dot-product", lambda q, m, wq, wk: (q @ wq) @ (m @ wk).mT / 7**0.5, (4, 7), (6, 7))


def angles(first, count, width):
    return torch.arange(first, first + count)[:, None] * 10000 ** (-torch.arange(0, width, 2) / width)


def rotary(name, rotate):
    x, = inputs((2, 5, 12))
    record(name, {"x": x}, rotate(heads(x, 2), angles(3, 5, 6)).transpose(1, 2).flatten(2))


def neighbours(x, angle):
    z = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
    return torch.view_as_real(z * torch.polar(torch.ones_like(angle), angle)).flatten(-2)


def halves(x, angle):
    both = torch.cat((angle, angle), dim=-1)[None]
    return apply_rotary_pos_emb(x, x, both.cos(), both.sin())[0]


rotary("rotary neighbours", neighbours)
rotary("rotary halves", halves)
angle = angles(0, 40, 10)
cases["sinusoids"] = {"table": torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(-2).tolist()}
far = angles(8190, 2, 10)
cases["sinusoids far"] = {"table": torch.stack((far.sin(), far.cos()), dim=-1).flatten(-2).tolist()}

made_with = (
    f"torch {torch.__version__}, transformers {transformers.__version__}, "
    f"python {platform.python_version()}, seed 6, float64")
path = pathlib.Path(__file__).with_name("attention.json")
path.write_text(json.dumps({"made_with": made_with, "cases": cases}) + "\n")
