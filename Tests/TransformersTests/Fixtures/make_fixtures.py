"""References of chapter 7, from PyTorch, transformers and tokenizers.

    python3 Tests/TransformersTests/Fixtures/make_fixtures.py

Writes layers.json (layers in double precision, with every gradient), tokens.json (a byte-level vocabulary that the
tokenizers library learns from training.txt, and what it makes of awkward texts), and folders with small random GPT-2
models as `save_pretrained` writes them, with their logits. Nothing is downloaded.
"""

import json
import os
import pathlib
import platform
import shutil

os.environ["HF_HUB_OFFLINE"] = "1"

import safetensors.torch
import tokenizers
import torch
import torch.nn as nn
import torch.nn.functional as F
import transformers
from tokenizers import decoders, models, pre_tokenizers, trainers

here = pathlib.Path(__file__).parent
torch.set_num_threads(1)
made_with = (
    f"torch {torch.__version__}, transformers {transformers.__version__}, tokenizers {tokenizers.__version__}, "
    f"python {platform.python_version()}, float64"
)


def rounded(x):
    """Enough digits for double precision comparisons at 1e-9, in a file of a fair size."""
    if isinstance(x, list):
        return [rounded(y) for y in x]
    return float(f"{x:.12g}")


def numbers(tensor):
    return rounded(tensor.detach().flatten().tolist())


cases = {}


def case(name, inputs, output, parameters={}):
    """Values, an uneven upstream gradient, and the gradients with respect to inputs and parameters."""
    torch.manual_seed(len(cases) + 100)
    upstream = torch.randn_like(output)
    output.backward(upstream)
    entry = {"output": numbers(output), "upstream": numbers(upstream)}
    for key, tensor in list(inputs.items()) + list(parameters.items()):
        entry[key] = numbers(tensor)
        entry[f"{key} gradient"] = numbers(tensor.grad)
    cases[name] = entry


torch.set_default_dtype(torch.float64)
torch.manual_seed(7)


def leaf(*shape, scale=1.0):
    return (scale * torch.randn(*shape)).requires_grad_()


x, scale, shift = leaf(2, 3, 7, scale=2.0), leaf(7), leaf(7)
case("layerNormalization", {"x": x, "scale": scale, "shift": shift}, F.layer_norm(x, (7,), scale, shift, 1e-5))
x, scale, shift = leaf(3, 5, scale=0.01), leaf(5), leaf(5)
case("layerNormalization, large epsilon", {"x": x, "scale": scale, "shift": shift}, F.layer_norm(x, (5,), scale, shift, 0.5))
x = leaf(4, 9, scale=2.0)
case("tanhGELU", {"x": x}, F.gelu(x, approximate="tanh"))
x = leaf(4, 9, scale=2.0)
case("exactGELU", {"x": x}, F.gelu(x))

D, H, I = 8, 2, 12


def swiftNames(module):
    """PyTorch's parameters under this chapter's names; weights of dense layers are [in, out] here."""
    found = {}

    def attention(prefix, m):
        # MultiheadAttention holds query, key and value in one matrix [3d, d], as rows.
        for index, part in enumerate(("query", "key", "value")):
            found[f"{prefix}.{part}.weight"] = (m.in_proj_weight, lambda t, i=index: t[i * D : (i + 1) * D].T)
            found[f"{prefix}.{part}.bias"] = (m.in_proj_bias, lambda t, i=index: t[i * D : (i + 1) * D])
        found[f"{prefix}.output.weight"] = (m.out_proj.weight, lambda t: t.T)
        found[f"{prefix}.output.bias"] = (m.out_proj.bias, lambda t: t)

    def dense(prefix, m):
        found[f"{prefix}.weight"] = (m.weight, lambda t: t.T)
        found[f"{prefix}.bias"] = (m.bias, lambda t: t)

    def norm(prefix, m):
        found[f"{prefix}.weight"] = (m.weight, lambda t: t)
        found[f"{prefix}.bias"] = (m.bias, lambda t: t)

    attention("attention", module.self_attn)
    norm("attentionNorm", module.norm1)
    if hasattr(module, "multihead_attn"):
        attention("memoryAttention", module.multihead_attn)
        norm("memoryNorm", module.norm2)
        norm("feedForwardNorm", module.norm3)
    else:
        norm("feedForwardNorm", module.norm2)
    dense("feedForward.up", module.linear1)
    dense("feedForward.down", module.linear2)
    return found


def block(name, module, inputs, run):
    for parameter in module.parameters():
        with torch.no_grad():
            parameter.copy_(0.4 * torch.randn_like(parameter) + (1.0 if parameter.dim() == 1 and parameter.shape[0] == D and False else 0.0))
    output = run(module)
    torch.manual_seed(len(cases) + 100)
    upstream = torch.randn_like(output)
    output.backward(upstream)
    entry = {"output": numbers(output), "upstream": numbers(upstream)}
    for key, tensor in inputs.items():
        entry[key] = numbers(tensor)
        entry[f"{key} gradient"] = numbers(tensor.grad)
    for key, (parameter, view) in swiftNames(module).items():
        entry[key] = numbers(view(parameter.detach()))
        entry[f"{key} gradient"] = numbers(view(parameter.grad))
    cases[name] = entry


causal = nn.Transformer.generate_square_subsequent_mask(5)
padding = torch.tensor([[False] * 5, [False, False, False, True, True]])
for first in (False, True):
    kind = "pre" if first else "post"
    x = leaf(2, 5, D)
    layer = nn.TransformerEncoderLayer(D, H, I, dropout=0.0, activation="relu", norm_first=first, batch_first=True)
    block(f"encoder {kind}", layer, {"x": x}, lambda m: m(x, src_mask=causal))
    x2 = leaf(2, 5, D)
    layer = nn.TransformerEncoderLayer(D, H, I, dropout=0.0, activation="gelu", norm_first=first, batch_first=True)
    block(f"encoder {kind}, padded, gelu", layer, {"x": x2}, lambda m: m(x2, src_key_padding_mask=padding))
    x3, memory = leaf(2, 5, D), leaf(2, 4, D)
    layer = nn.TransformerDecoderLayer(D, H, I, dropout=0.0, activation="relu", norm_first=first, batch_first=True)
    block(
        f"decoder {kind}",
        layer,
        {"x": x3, "memory": memory},
        lambda m: m(x3, memory, tgt_mask=causal, memory_key_padding_mask=padding[:, 1:]),
    )

(here / "layers.json").write_text(json.dumps({"made_with": made_with, "cases": cases}) + "\n")

# Byte pairs.

text = (here / "training.txt").read_text()
tokenizer = tokenizers.Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train_from_iterator(
    [text],
    trainers.BpeTrainer(vocab_size=420, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False),
)
state = json.loads(tokenizer.to_str())["model"]
awkward = [
    "",
    " ",
    "Alice was beginning",
    "I'll don't they've WE'LL it's' 's 'll' she'd'd",
    "  two  spaces   three    four ",
    "trailing spaces   ",
    "\r\nline\r\n\r\nends\n\n\n here\t\ttabs \t mixed",
    "caf\u00e9 cafe\u0301 na\u00efve \u0915\u094d\u0937\u093f e\u0301\u0302\u0303",
    "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 emoji\U0001f1e9\U0001f1ea!",
    "\u4f60\u597d\uff0c\u4e16\u754c 123\u00bd\u2167\u0663 \u2460",
    "\u00a0no\u00a0break\u2003em\u3000ideographic\u200bzero",
    "aaaaaaaaa aaaaaaaa banananana",
    "x=3.14159+2**10; print('%d' % x) # comment's",
    "".join(chr(i) for i in range(128)),
    "".join(chr(i) for i in range(128, 384)),
    "\ufeffbom \ufffd replacement \ud7ff \ue000 \U0010ffff",
    "don\u2019t \u201cquoted\u201d \u2014 dash\u2026 ",
]
(here / "tokens.json").write_text(
    json.dumps(
        {
            "made_with": made_with,
            "merges": [list(pair) for pair in state["merges"]],
            "vocabulary": state["vocab"],
            "texts": [{"text": t, "tokens": tokenizer.encode(t).ids} for t in awkward],
        }
    )
    + "\n"
)

# Models.

torch.set_default_dtype(torch.float32)


def model(name, dtype=torch.float32, **settings):
    torch.manual_seed(11)
    config = transformers.GPT2Config(
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0, eos_token_id=0, initializer_range=0.2, **settings
    )
    network = transformers.GPT2LMHeadModel(config).eval()
    for parameter in network.parameters():
        with torch.no_grad():
            parameter.add_(0.1 * torch.randn_like(parameter))
            parameter.copy_(parameter.to(dtype))
    folder = here / name
    shutil.rmtree(folder, ignore_errors=True)
    network.to(dtype).save_pretrained(folder)
    for extra in folder.glob("generation_config.json"):
        extra.unlink()
    ids = torch.randint(config.vocab_size, (2, min(config.n_positions, 7)))
    network = network.to(torch.float64)
    logits = network(ids).logits
    loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
    loss.backward()
    greedy = network.generate(
        ids[:1, :3], max_new_tokens=config.n_positions - 3, do_sample=False, pad_token_id=0, eos_token_id=None
    )[0].tolist()
    (folder / "expected.json").write_text(
        json.dumps(
            {
                "made_with": made_with,
                "cases": {
                    "forward": {
                        "ids": ids.tolist(),
                        "logits": numbers(logits),
                        "loss": loss.item(),
                        "wte gradient": numbers(network.transformer.wte.weight.grad),
                        "c_attn gradient": numbers(network.transformer.h[0].attn.c_attn.weight.grad),
                        "greedy": greedy,
                    }
                },
            }
        )
        + "\n"
    )
    return folder


folder = model("gpt2-tiny", vocab_size=420, n_positions=16, n_embd=12, n_layer=2, n_head=3)
tokenizer.model.save(str(folder))
model("gpt2-wide", vocab_size=23, n_positions=8, n_embd=8, n_layer=1, n_head=2, n_inner=20)
model("gpt2-bf16", dtype=torch.bfloat16, vocab_size=23, n_positions=8, n_embd=8, n_layer=1, n_head=1)
folder = model("gpt2-f16", dtype=torch.float16, vocab_size=23, n_positions=8, n_embd=8, n_layer=2, n_head=4)
# As the file on the hub is: without the prefix, with mask buffers.
file = folder / "model.safetensors"
tensors = {k.removeprefix("transformer."): v for k, v in safetensors.torch.load_file(file).items()}
for layer in range(2):
    tensors[f"h.{layer}.attn.bias"] = torch.tril(torch.ones(8, 8, dtype=torch.uint8)).view(1, 1, 8, 8)
    tensors[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
safetensors.torch.save_file(tensors, file, metadata={"format": "pt"})
