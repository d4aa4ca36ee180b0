#!/usr/bin/env python3
"""Attentions, matrix products, convolutions, training steps, generation and fused Adam beside PyTorch's, in one run.

A machine's speed changes from minute to minute, so figures from two runs say little about each other. Here
the two take turns: for every row PyTorch, then the book's code, three times or more. The tables show both medians, their ratio, and the ratio of the best rounds.

The peer is no part of the book and has to be installed once, outside the package or under .build:

    python3 -m venv .build/peers && .build/peers/bin/pip install torch numpy transformers
    swift build -c release --product bench
    .build/peers/bin/python Sources/bench/Peers/compare.py [--only NAME] [--threads 1,2] [--rounds 3]

With --readme it measures what README.md says about speed, and writes that section of it.
"""
import argparse
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import time

try:
    import torch
    import torch.nn as nn
    import torch.nn.functional as F
except ImportError as error:
    sys.exit(
        f"compare.py: {error}; install the peer with\n"
        "    python3 -m venv .build/peers && .build/peers/bin/pip install torch numpy\n"
        "and run this with .build/peers/bin/python")

SQUARES = [(n, n, n) for n in (64, 128, 256, 512, 1024, 2048)]
ODD = [(97, 331, 1013), (101, 103, 107), (513, 511, 509), (1009, 1013, 1019)]
TRANSPOSED = [(512, 512, 512), (97, 331, 1013)]
# Of a training step: forward plain, by the weights left, by the inputs right.
STEPS = [
    ((32, 64, 784), None), ((784, 64, 32), "left"), ((32, 64, 10), "right"),
    ((128, 512, 784), None), ((784, 512, 128), "left"), ((128, 512, 512), "right"),
]
PRODUCTS = (
    [(shape, None) for shape in SQUARES + ODD]
    + [(shape, side) for shape in TRANSPOSED for side in ("left", "right", "both")]
    + STEPS
)


# One size small: generation, the heads of classifiers, small batches.
SKINNY = [
    shape
    for small in (1, 2, 3, 4, 5, 8, 10, 12, 16, 31, 32, 64)
    for a, b in ((256, 1024), (1024, 256))
    for shape in ((small, a, b), (a, small, b), (a, b, small))
]

# Attention's: how many products, rows, columns, inner size.
BATCHED = [(48, 64, 64, 32), (48, 64, 32, 64)]

# Of chapter 8's generators: side and input channels, kernel, output channels, padding, output padding.
TRANSPOSED_CONVOLUTIONS = [
    (7, 64, 4, 32, 1, 0), (14, 32, 4, 1, 1, 0), (7, 128, 5, 64, 2, 1), (14, 64, 4, 1, 1, 0),
]

# Models of `bench models` that write, in the words of transformers' configuration, and how many tokens.
TEXTS = {
    "gpt_text": (dict(vocab_size=65, n_positions=64, n_embd=128, n_layer=4, n_head=4), 60),
    "gpt2_text": (dict(), 32),
}

# Kernels of `bench kernels` and what PyTorch calls them; a pullback gets a gradient and what it needs.
ELEMENTWISE = {
    "tanh": lambda x, g, y: torch.tanh(x, out=y),
    "tanhBackward": lambda x, g, y: torch.ops.aten.tanh_backward.grad_input(g, x, grad_input=y),
    "sigmoid": lambda x, g, y: torch.sigmoid(x, out=y),
    "sigmoidBackward": lambda x, g, y: torch.ops.aten.sigmoid_backward.grad_input(g, x, grad_input=y),
    "gelu": lambda x, g, y: torch.ops.aten.gelu.out(x, approximate="tanh", out=y),
    "geluBackward": lambda x, g, y: torch.ops.aten.gelu_backward.grad_input(g, x, approximate="tanh", grad_input=y),
}
ELEMENT_COUNTS = (32_768, 1_000_000)

# Of ResNet-18: images and input channels, kernel, output channels, stride.
CONVOLUTIONS = [
    (224, 3, 7, 64, 2), (56, 64, 3, 64, 1), (56, 64, 3, 128, 2), (28, 128, 3, 128, 1), (14, 256, 3, 256, 1),
    (7, 512, 3, 512, 1), (56, 64, 1, 128, 2),
]


def classifier(hidden, batch, optimizer):
    """784-hidden-hidden-10, ReLU, softmax cross-entropy."""
    net = nn.Sequential(
        nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 10))
    x, y = torch.rand(batch, 784), torch.randint(10, (batch,))
    return net, optimizer(net.parameters()), lambda: F.cross_entropy(net(x), y)


def image_classifier(*layers):
    """Layers for images of 28×28, softmax cross-entropy, Adam."""
    net = nn.Sequential(*layers)
    x, y = torch.rand(64, 1, 28, 28), torch.randint(10, (64,))
    return net, torch.optim.Adam(net.parameters()), lambda: F.cross_entropy(net(x), y)


def cnn():
    """32-64-64 convolutions of 3×3, dense64, dense10."""
    return image_classifier(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Flatten(), nn.Linear(576, 64), nn.ReLU(), nn.Linear(64, 10))


class Residual(nn.Module):
    """A basic block, with a projection where the shape changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.path = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        self.shortcut = nn.Identity() if inputs == outputs and stride == 1 else nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return F.relu(self.path(x) + self.shortcut(x))


def resnet():
    """Fourteen layers, 16-32-64 channels, two basic blocks a stage."""
    return image_classifier(
        nn.Conv2d(1, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), Residual(16, 16, 1),
        Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 32, 1), Residual(32, 64, 2), Residual(64, 64, 1),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class Reader(nn.Module):
    """Embedding(10000, 64), two recurrent layers of 64 or one in both directions, dense10 on the last step."""

    def __init__(self, layer, bidirectional=False):
        super().__init__()
        self.embedding = nn.Embedding(10_000, 64)
        self.layers = layer(
            64, 64, num_layers=1 if bidirectional else 2, batch_first=True, bidirectional=bidirectional)
        self.output = nn.Linear(128 if bidirectional else 64, 10)

    def forward(self, tokens):
        return self.output(self.layers(self.embedding(tokens))[0][:, -1])


def reader(layer, bidirectional=False):
    """A classifier of 32 sequences of a hundred tokens, softmax cross-entropy, Adam."""
    net = Reader(layer, bidirectional)
    tokens, labels = torch.randint(10_000, (32, 100)), torch.randint(10, (32,))
    return net, torch.optim.Adam(net.parameters()), lambda: F.cross_entropy(net(tokens), labels)


def gradient_descent(parameters):
    return torch.optim.SGD(parameters, lr=0.01)


# What makes each model of `bench models`: the network, its optimizer and a function that computes the loss.
# The table names the optimizer; that of the book's model stands in the table of `bench models`.
MODELS = {
    "mlp": lambda: classifier(64, 32, gradient_descent),
    "mlp_wide": lambda: classifier(512, 128, torch.optim.Adam),
    "cnn": cnn,
    "resnet": resnet,
    "rnn": lambda: reader(nn.RNN),
    "lstm": lambda: reader(nn.LSTM),
    "gru": lambda: reader(nn.GRU),
    "bilstm": lambda: reader(nn.LSTM, bidirectional=True),
}

# Sequences, heads, queries, keys and the width of a head; and one query against a cache of keys.
ATTENTIONS = [
    (12, 4, 64, 64, 32), (64, 4, 24, 24, 32), (8, 8, 256, 256, 64), (1, 8, 2048, 2048, 64),
    (1, 8, 1, 64, 64), (1, 8, 1, 256, 64), (1, 8, 1, 1024, 64),
]

# The weights of the parameter that Adam moves: with gradient and moments 16 MB, more than a second-level cache.
ADAM_COUNT = 1_000_000


def seconds(step, budget, repeats=5):
    """The median over batches of steps of the time of one."""
    step()
    step()
    start = time.perf_counter()
    step()
    count = max(1, int(budget / repeats / (time.perf_counter() - start)))
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(count):
            step()
        times.append((time.perf_counter() - start) / count)
    return statistics.median(times)


def torch_product(shape, side):
    """The seconds of torch.mm; a transposed operand is a view, as a backward pass has it."""
    rows, columns, inner = shape
    a = torch.rand(inner, rows).t() if side in ("left", "both") else torch.rand(rows, inner)
    b = torch.rand(columns, inner).t() if side in ("right", "both") else torch.rand(inner, columns)
    c = torch.empty(rows, columns)
    return seconds(lambda: torch.mm(a, b, out=c), 0.3)


def torch_products(count, rows, columns, inner):
    """The seconds of torch.bmm."""
    a, b, c = torch.rand(count, rows, inner), torch.rand(count, inner, columns), torch.empty(count, rows, columns)
    return seconds(lambda: torch.bmm(a, b, out=c), 0.3)


def torch_elementwise(kernel, count):
    """The seconds of an element-wise function, or of its pullback."""
    x, g, y = torch.rand(count), torch.rand(count), torch.empty(count)
    return seconds(lambda: ELEMENTWISE[kernel](x, g, y), 0.2)


def torch_convolution(size, inputs, kernel, outputs, stride, backward):
    """The seconds of a convolution of eight images, or of both its gradients, in the faster of two layouts."""
    best = float("inf")
    for layout in (torch.contiguous_format, torch.channels_last):
        x = torch.rand(8, inputs, size, size).contiguous(memory_format=layout)
        w = torch.rand(outputs, inputs, kernel, kernel).contiguous(memory_format=layout)
        y = F.conv2d(x, w, stride=stride, padding=kernel // 2)
        if backward:
            g = torch.rand(y.shape).contiguous(memory_format=layout)

            def step():
                torch.ops.aten.convolution_backward(
                    g, x, w, None, [stride] * 2, [kernel // 2] * 2, [1, 1], False, [0, 0], 1, [True, True, False])
        else:

            def step():
                F.conv2d(x, w, stride=stride, padding=kernel // 2)

        best = min(best, seconds(step, 0.5))
    return best


def torch_transposed_convolution(side, inputs, kernel, outputs, padding, extra, backward):
    """The seconds of a transposed convolution of 64 images, or of both its gradients, in the faster of two layouts."""
    best = float("inf")
    for layout in (torch.contiguous_format, torch.channels_last):
        x = torch.rand(64, inputs, side, side).contiguous(memory_format=layout)
        w = torch.rand(inputs, outputs, kernel, kernel).contiguous(memory_format=layout)
        y = F.conv_transpose2d(x, w, stride=2, padding=padding, output_padding=extra)
        if backward:
            g = torch.rand(y.shape).contiguous(memory_format=layout)

            def step():
                torch.ops.aten.convolution_backward(
                    g, x, w, None, [2, 2], [padding] * 2, [1, 1], True, [extra] * 2, 1, [True, True, False])
        else:

            def step():
                F.conv_transpose2d(x, w, stride=2, padding=padding, output_padding=extra)

        best = min(best, seconds(step, 0.5))
    return best


def torch_model(name):
    """The seconds of a training step."""
    torch.manual_seed(0)
    _, optimizer, loss = MODELS[name]()

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss().backward()
        optimizer.step()

    return seconds(step, 1.5)


def torch_text(name):
    """The seconds that transformers' GPT-2 takes for a text, token by token, with its cache."""
    from transformers import GPT2Config, GPT2LMHeadModel

    sizes, tokens = TEXTS[name]
    torch.manual_seed(0)
    model = GPT2LMHeadModel(GPT2Config(**sizes)).eval()
    start = torch.randint(0, model.config.vocab_size, (1, 4))

    def step():
        new, past = start, None
        for _ in range(tokens):
            result = model(new, past_key_values=past, use_cache=True, logits_to_keep=1)
            new, past = result.logits[:, -1:].argmax(-1), result.past_key_values

    with torch.inference_mode():
        return seconds(step, 1.5)


def torch_adam(count):
    """The seconds of a step of fused Adam."""
    torch.manual_seed(0)
    weights = torch.rand(count, requires_grad=True)
    weights.grad = torch.rand(count)
    return seconds(torch.optim.Adam([weights], fused=True).step, 0.3)


def torch_attention(batch, heads, queries, keys, width, causal, backward):
    """The seconds of attention, or of it and its gradients, on views of [batch, time, heads, width]."""
    def view(time):
        return torch.rand(batch, time, heads, width, requires_grad=backward)

    q, k, v = view(queries), view(keys), view(keys)
    upstream = torch.rand(batch, heads, queries, width)

    def step():
        y = F.scaled_dot_product_attention(
            q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), is_causal=causal and queries > 1)
        if backward:
            torch.autograd.grad(y, (q, k, v), upstream)

    return seconds(step, 0.3)


def swift(bench, threads, *options):
    """The objects that `bench` prints, one a line."""
    command = [bench, *options, "--kernels", "fast", "--json", "--threads", str(threads)]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr.strip() or f"{' '.join(command)}: exit status {run.returncode}")
    return [json.loads(line) for line in run.stdout.splitlines()]


def swift_product(bench, threads, shape, side):
    options = ["--shape", "x".join(map(str, shape))] + (["--transposed", side] if side else [])
    return swift(bench, threads, "kernels", *options)[0]["microseconds"] * 1e-6


def swift_products(bench, threads, title):
    rows = swift(bench, threads, "kernels", "--only", "batchedProduct", "--shape", title)
    return rows[0]["microseconds"] * 1e-6


def swift_elementwise(bench, threads, kernel, count):
    return swift(bench, threads, "kernels", "--only", kernel, "--shape", str(count))[0]["microseconds"] * 1e-6


def swift_convolution(bench, threads, title, backward, kernel="conv2d"):
    kernel += "Backward" if backward else ""
    return swift(bench, threads, "kernels", "--only", kernel, "--shape", title)[0]["microseconds"] * 1e-6


def swift_model(bench, threads, name):
    return swift(bench, threads, "models", "--only", name)[0]["ms_per_step"] * 1e-3


def swift_adam(bench, threads, count):
    rows = swift(bench, threads, "kernels", "--only", "adam")
    return next(row["microseconds"] for row in rows if row["shape"] == str(count)) * 1e-6


def swift_attention(bench, threads, title, backward):
    """The kernel alone, or the sum of both kernels."""
    kernels = ("attention", "attentionBackward") if backward else ("attention",)
    return sum(
        swift(bench, threads, "kernels", "--only", kernel, "--shape", title)[0]["microseconds"] * 1e-6
        for kernel in kernels)


def take_turns(rounds, theirs, ours):
    """Both medians and both bests, in seconds."""
    pairs = [(theirs(), ours()) for _ in range(rounds)]
    theirs, ours = zip(*pairs)
    return statistics.median(theirs), statistics.median(ours), min(theirs), min(ours)


def compare_products(bench, threads, rounds, products=PRODUCTS):
    """Prints a table, as all of these, and returns the ratios of the medians."""
    ratios = []
    print(f"\n{threads} threads: rate of the product, so above 1 the book's code is faster")
    print(f"{'shape':16}{'transposed':12}{'torch.mm':>10}{'swift':>10} GFLOP/s{'ratio':>8}{'best':>8}")
    for shape, side in products:
        torch_median, swift_median, torch_best, swift_best = take_turns(
            rounds, lambda: torch_product(shape, side),
            lambda: swift_product(bench, threads, shape, side))
        ratios.append(torch_median / swift_median)
        operations = 2e-9 * shape[0] * shape[1] * shape[2]
        print(
            f"{'x'.join(map(str, shape)):16}{side or '':12}{operations / torch_median:10.1f}"
            f"{operations / swift_median:10.1f}        {ratios[-1]:8.2f}"
            f"{torch_best / swift_best:8.2f}", flush=True)
    return ratios


def compare_skinny(bench, threads, rounds):
    sides = (None, "left", "right", "both")
    compare_products(bench, threads, rounds, [(shape, side) for side in sides for shape in SKINNY])


def compare_batched_products(bench, threads, rounds):
    print(f"\n{threads} threads: time of many products, so below 1 the book's code is faster")
    print(f"{'shape':16}{'torch.bmm':>12}{'swift':>10} µs{'ratio':>8}{'best':>8}")
    for sizes in BATCHED:
        title = "x".join(map(str, sizes))
        torch_median, swift_median, torch_best, swift_best = take_turns(
            rounds, lambda: torch_products(*sizes), lambda: swift_products(bench, threads, title))
        print(
            f"{title:16}{torch_median * 1e6:12.1f}{swift_median * 1e6:10.1f}   "
            f"{swift_median / torch_median:8.2f}{swift_best / torch_best:8.2f}", flush=True)


def compare_elementwise(bench, threads, rounds):
    print(f"\n{threads} threads: time of an element-wise kernel, so below 1 the book's code is faster")
    print(f"{'kernel':18}{'elements':>10}{'torch':>10}{'swift':>10} µs{'ratio':>8}{'best':>8}")
    for kernel in ELEMENTWISE:
        for count in ELEMENT_COUNTS:
            torch_median, swift_median, torch_best, swift_best = take_turns(
                rounds, lambda: torch_elementwise(kernel, count),
                lambda: swift_elementwise(bench, threads, kernel, count))
            print(
                f"{kernel:18}{count:10}{torch_median * 1e6:10.1f}{swift_median * 1e6:10.1f}   "
                f"{swift_median / torch_median:8.2f}{swift_best / torch_best:8.2f}", flush=True)


def compare_convolutions(bench, threads, rounds, convolutions=CONVOLUTIONS):
    ratios = []
    print(f"\n{threads} threads: rate of the convolution of eight images, so above 1 the book's code is faster")
    print(f"{'shape':26}{'torch':>10}{'swift':>10} GFLOP/s{'ratio':>8}{'best':>8}")
    for backward in (False, True):
        for size, inputs, kernel, outputs, stride in convolutions:
            title = f"8x{size}x{size}x{inputs}-{kernel}x{kernel}x{outputs}-s{stride}"
            torch_median, swift_median, torch_best, swift_best = take_turns(
                rounds, lambda: torch_convolution(size, inputs, kernel, outputs, stride, backward),
                lambda: swift_convolution(bench, threads, title, backward))
            ratios.append(torch_median / swift_median)
            pixels = 8 * ((size - 1) // stride + 1) ** 2
            operations = 2e-9 * pixels * kernel * kernel * inputs * outputs * (2 if backward else 1)
            print(
                f"{title + (' back' if backward else ''):26}{operations / torch_median:10.1f}"
                f"{operations / swift_median:10.1f}        {ratios[-1]:8.2f}"
                f"{torch_best / swift_best:8.2f}", flush=True)
    return ratios


def compare_transposed_convolutions(bench, threads, rounds):
    print(f"\n{threads} threads: time of transposed convolutions of 64 images, so below 1 the book's code is faster")
    print(f"{'shape':28}{'torch':>10}{'swift':>10} µs{'ratio':>8}{'best':>8}")
    for backward in (False, True):
        for sizes in TRANSPOSED_CONVOLUTIONS:
            side, inputs, kernel, outputs, _, _ = sizes
            title = f"64x{side}x{side}x{inputs}-{kernel}x{kernel}x{outputs}-s2"
            torch_median, swift_median, torch_best, swift_best = take_turns(
                rounds, lambda: torch_transposed_convolution(*sizes, backward),
                lambda: swift_convolution(bench, threads, title, backward, "convTranspose2d"))
            print(
                f"{title + (' back' if backward else ''):28}{torch_median * 1e6:10.1f}{swift_median * 1e6:10.1f}   "
                f"{swift_median / torch_median:8.2f}{swift_best / torch_best:8.2f}", flush=True)


def compare_models(bench, threads, rounds):
    ratios = {}
    print(f"\n{threads} threads: time of a training step, so below 1 the book's code is faster")
    print(f"{'model':12}{'optimizer':10}{'torch':>10}{'swift':>10} ms{'ratio':>8}{'best':>8}")
    for name in MODELS:
        optimizer = type(MODELS[name]()[1]).__name__
        torch_median, swift_median, torch_best, swift_best = take_turns(
            rounds, lambda: torch_model(name), lambda: swift_model(bench, threads, name))
        ratios[name] = swift_median / torch_median
        print(
            f"{name:12}{optimizer:10}{torch_median * 1e3:10.4f}{swift_median * 1e3:10.4f}   "
            f"{ratios[name]:8.2f}{swift_best / torch_best:8.2f}", flush=True)
    return ratios


def compare_generation(bench, threads, rounds):
    print(f"\n{threads} threads: tokens a second of one text with a cache, so above 1 the book's code is faster")
    print(f"{'model':12}{'torch':>10}{'swift':>10}{'ratio':>8}{'best':>8}")
    for name, (_, tokens) in TEXTS.items():
        torch_median, swift_median, torch_best, swift_best = take_turns(
            rounds, lambda: torch_text(name), lambda: swift_model(bench, threads, name))
        print(
            f"{name:12}{tokens / torch_median:10.1f}{tokens / swift_median:10.1f}"
            f"{torch_median / swift_median:8.2f}{torch_best / swift_best:8.2f}", flush=True)


def compare_adam(bench, threads, rounds):
    print(f"\n{threads} threads: time of fused Adam, so below 1 the book's code is faster; the last column is")
    print("the best rounds without the call from Python, for which a step of a single weight stands")
    print(f"{'weights':12}{'torch':>10}{'swift':>10} µs{'ratio':>8}{'best':>8}{'bare':>8}")
    torch_median, swift_median, torch_best, swift_best = take_turns(
        rounds, lambda: torch_adam(ADAM_COUNT), lambda: swift_adam(bench, threads, ADAM_COUNT))
    print(
        f"{ADAM_COUNT:<12}{torch_median * 1e6:10.1f}{swift_median * 1e6:10.1f}   "
        f"{swift_median / torch_median:8.2f}{swift_best / torch_best:8.2f}"
        f"{swift_best / (torch_best - torch_adam(1)):8.2f}", flush=True)


def compare_attentions(bench, threads, rounds):
    print(f"\n{threads} threads: time of attention, so below 1 the book's code is faster")
    print(f"{'shape':30}{'torch':>10}{'swift':>10} µs{'ratio':>8}{'best':>8}")
    for backward in (False, True):
        for batch, heads, queries, keys, width in ATTENTIONS:
            for causal in (False, True) if queries > 1 else (True,):
                if backward and queries == 1:
                    continue
                time = f"{keys}" if queries == keys else f"{queries}/{keys}"
                title = f"{batch}x{heads}x{time}x{width}{' causal' if causal else ''}"
                torch_median, swift_median, torch_best, swift_best = take_turns(
                    rounds,
                    lambda: torch_attention(batch, heads, queries, keys, width, causal, backward),
                    lambda: swift_attention(bench, threads, title, backward))
                print(
                    f"{title + (' both' if backward else ''):30}{torch_median * 1e6:10.1f}"
                    f"{swift_median * 1e6:10.1f}   {swift_median / torch_median:8.2f}"
                    f"{swift_best / torch_best:8.2f}", flush=True)


COMPARISONS = {
    "attention": compare_attentions, "matmul": compare_products, "skinny": compare_skinny,
    "bmm": compare_batched_products, "elementwise": compare_elementwise, "conv2d": compare_convolutions,
    "conv_transpose2d": compare_transposed_convolutions, "models": compare_models,
    "generation": compare_generation, "adam": compare_adam,
}


# Of README.md's table: what it calls the kernel and its size, then `bench`'s names for them.
README_KERNELS = [
    ("matrix product", "256 × 256 × 256", "matmul", "256x256x256"),
    ("convolution, 3 × 3", "28 × 28 × 32 to 64 channels", "conv2d", "1x28x28x32-3x3x64-s1"),
    ("its backward pass", "the same", "conv2dBackward", "1x28x28x32-3x3x64-s1"),
    ("maximum pooling, 2 × 2", "64 × 11 × 11 × 64", "maxPooling", "64x11x11x64-2x2"),
    ("matrix-vector product", "256 × 256", "matrixVector", "256x256"),
    ("dot product", "32,768", "dot", "32768"),
    ("column sums", "256 × 128", "columnSums", "256x128"),
    ("tanh", "32,768", "tanh", "32768"),
    ("GELU, backward", "32,768", "geluBackward", "32768"),
    ("softmax", "256 × 128", "softmax", "256x128"),
    ("softmax cross-entropy", "2048 × 10", "softmaxCrossEntropy", "2048x10"),
    ("sum of two vectors", "32,768", "add", "32768"),
]

# What README.md calls the models of `bench models`.
README_MODELS = {
    "mlp": "784-64-64-10, gradient descent", "mlp_wide": "784-512-512-10, Adam",
    "cnn": "convolutions of 32, 64 and 64 channels", "resnet": "residual network of 14 layers",
    "rnn": "two simple recurrent layers of 64 units, 100 steps", "lstm": "two LSTMs of the same size",
    "gru": "two GRUs of the same size",
    "bilstm": "an LSTM of 64 units in both directions",
}


def processor():
    """What the system calls this machine's processor, and its vectors."""
    if platform.system() == "Darwin":
        return subprocess.run(
            ["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True).stdout.strip()
    information = pathlib.Path("/proc/cpuinfo").read_text()
    name = re.search("model name\\s*: (.*)", information)
    vectors = "AVX-512" if " avx512f " in information else "AVX2"
    return f"{name[1] if name else platform.machine()} with {vectors}"


def microseconds(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def kernel_rows(bench):
    """README.md's table of kernels, Naive against Fast on one thread."""
    yield "| kernel | size | naive | fast | speed-up |"
    yield "|:--|:--|--:|--:|--:|"
    for title, size, kernel, shape in README_KERNELS:
        times = {}
        for backend in ("naive", "fast"):
            command = [
                bench, "kernels", "--only", kernel, "--shape", shape, "--kernels", backend, "--json",
                "--threads", "1"]
            run = subprocess.run(command, capture_output=True, text=True, check=True)
            times[backend] = json.loads(run.stdout.splitlines()[0])["microseconds"]
        ratio = times["naive"] / times["fast"]
        yield (
            f"| {title} | {size} | {microseconds(times['naive'])} µs | {microseconds(times['fast'])} µs "
            f"| {ratio:.{0 if ratio >= 10 else 1}f} × |")


def write_readme(readme, bench, rounds):
    """Measures what stands between README.md's two comments, in one run, and writes it there."""
    threads = min(2, os.cpu_count())
    torch.set_num_threads(threads)
    kernels = list(kernel_rows(bench))
    print("\n".join(kernels), flush=True)
    models = compare_models(bench, threads, rounds)
    products = compare_products(bench, threads, rounds, [(s, None) for s in SQUARES if s[0] >= 128])
    convolutions = compare_convolutions(
        bench, threads, rounds, [c for c in CONVOLUTIONS if c[2] == 3 and c[4] == 1])
    lines = [
        f"One run of `compare.py --readme` on {processor()}. One thread:", "", *kernels, "",
        f"Beside PyTorch {torch.__version__.split('+')[0]} on {threads} threads, "
        + (f"the medians of {rounds} rounds in which the two take turns:" if rounds > 1 else "one round:"), "",
        "| a training step of | time, in PyTorch's |", "|:--|--:|",
        *(f"| {README_MODELS[name]} | {ratio:.2f} |" for name, ratio in models.items()), "",
        "| the rate of | in PyTorch's |", "|:--|--:|",
        f"| matrix products of 128 to 2048 rows | {min(products):.2f} to {max(products):.2f} |",
        f"| ResNet-18's 3 × 3 convolutions, forward and backward | {min(convolutions):.2f} to"
        f" {max(convolutions):.2f} |",
    ]
    begin, end = "<!-- measured -->", "<!-- end measured -->"
    before, _, rest = readme.read_text().partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        sys.exit(f"{readme}: no '{begin}' followed by '{end}'")
    written = readme.with_name(readme.name + ".partial")
    written.write_text(before + begin + "\n" + "\n".join(lines) + "\n" + end + after)
    written.replace(readme)


def main():
    root = pathlib.Path(__file__).resolve().parents[3]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=COMPARISONS)
    parser.add_argument("--bench", default=str(root / ".build/release/bench"), metavar="PATH")
    parser.add_argument("--threads", default="1,2", metavar="LIST")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--readme", action="store_true", help="measure and write README.md's section on speed")
    options = parser.parse_args()
    if not pathlib.Path(options.bench).is_file():
        sys.exit(f"{options.bench}: no such program; swift build -c release --product bench makes it")
    if options.readme:
        write_readme(root / "README.md", options.bench, options.rounds)
        return
    for threads in map(int, options.threads.split(",")):
        torch.set_num_threads(threads)
        for name, compare in COMPARISONS.items():
            if options.only in (None, name):
                compare(options.bench, threads, options.rounds)


if __name__ == "__main__":
    main()
