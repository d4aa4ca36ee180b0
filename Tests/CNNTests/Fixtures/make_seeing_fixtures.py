"""Reference values of resampling and of Grad-CAM, from PyTorch in double precision.

    python3 Tests/CNNTests/Fixtures/make_seeing_fixtures.py
"""

import json
import pathlib
import platform

import torch
import torch.nn.functional as functional

torch.manual_seed(4)
made_with = f"torch {torch.__version__}, python {platform.python_version()}, seed 4, float64"


def normal(*shape):
    return torch.randn(shape, dtype=torch.float64)


def channels_last(x):
    return x.permute(0, 2, 3, 1).tolist()


cases = {}

# Resampling: places inside the images, in the border, on pixels and beyond.
for name, (batch, channels, height, width, rows, columns) in {
    "one channel": (2, 1, 5, 7, 4, 6),
    "three channels": (2, 3, 4, 3, 5, 5),
}.items():
    images = normal(batch, channels, height, width)
    r = torch.rand((batch, rows, columns), dtype=torch.float64) * (height + 3) - 2
    q = torch.rand((batch, rows, columns), dtype=torch.float64) * (width + 3) - 2
    r[0, 0, :2] = torch.tensor([0.0, height - 1.0])
    q[0, 0, :2] = torch.tensor([1.0, width - 1.0])
    # With corners on corners, −1 and 1 are the centres of the first and the last pixel.
    grid = torch.stack([2 * q / (width - 1) - 1, 2 * r / (height - 1) - 1], dim=-1)
    output = functional.grid_sample(
        images, grid, mode="bilinear", padding_mode="zeros", align_corners=True
    )
    cases[name] = {
        "images": channels_last(images),
        "rows": r.tolist(),
        "columns": q.tolist(),
        "output": channels_last(output),
    }

images = normal(2, 2, 3, 4)
cases["resized"] = {
    "images": channels_last(images),
    "output": channels_last(
        functional.interpolate(images, size=(7, 9), mode="bilinear", align_corners=False)
    ),
}

# Grad-CAM: a convolution with ReLU, a second one with tanh, and a dense layer on what is left.
images = normal(3, 2, 6, 5)
first, first_bias = normal(4, 2, 3, 3) / 3, normal(4) / 4
second, second_bias = normal(5, 4, 2, 2) / 3, normal(5) / 4
dense, dense_bias = normal(5 * 3 * 2, 3) / 4, normal(3) / 4
classes = [2, 0, 1]
features = functional.relu(functional.conv2d(images, first, first_bias))
features = torch.tanh(functional.conv2d(features, second, second_bias)).requires_grad_()
# Keras's order: rows, columns, channels.
scores = features.permute(0, 2, 3, 1).reshape(3, -1) @ dense + dense_bias
# A square makes the gradient depend on the features.
scores = scores + scores * scores / 8
gradient = torch.autograd.grad(sum(scores[n, c] for n, c in enumerate(classes)), features)[0]
weights = gradient.mean(dim=(2, 3), keepdim=True)
sums = (weights * features).sum(dim=1)
# A sum that rounding might push across 0 would compare nothing.
assert sums.abs().min() > 1e-4 and (sums < 0).any() and (sums > 0).any()
cases["gradCAM"] = {
    "images": channels_last(images),
    "0.weight": first.permute(2, 3, 1, 0).tolist(),
    "0.bias": first_bias.tolist(),
    "1.weight": second.permute(2, 3, 1, 0).tolist(),
    "1.bias": second_bias.tolist(),
    "2.weight": dense.tolist(),
    "2.bias": dense_bias.tolist(),
    "features": channels_last(features.detach()),
    "output": functional.relu(sums).tolist(),
}

text = json.dumps({"made_with": made_with, "cases": cases})
pathlib.Path(__file__).with_name("seeing.json").write_text(text + "\n")
