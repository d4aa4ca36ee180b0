"""Reference values of autoencoders and Boltzmann machines, from PyTorch, NumPy and scikit-learn in double precision.

    python3 Tests/AutoencodersTests/Fixtures/make_fixtures.py
"""

import itertools
import json
import pathlib
import platform

import numpy as np
import sklearn
import torch
import torch.nn.functional as F
from sklearn.neural_network import BernoulliRBM

torch.manual_seed(9)
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
here = pathlib.Path(__file__).parent


def numbers(value):
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    return np.asarray(value, dtype=float).tolist()


def write(name, cases, also=""):
    made_with = f"torch {torch.__version__}, numpy {np.__version__}, {also}Python {platform.python_version()}"
    content = {"made_with": made_with, "cases": {c: {k: numbers(v) for k, v in t.items()} for c, t in cases.items()}}
    (here / f"{name}.json").write_text(json.dumps(content) + "\n")


def operations():
    """Values and gradients with an uneven upstream gradient."""
    cases = {}
    rows, latent, pixels = 3, 5, 11

    moments = torch.randn(rows, 2 * latent).requires_grad_()
    noise = torch.randn(rows, latent)
    mean, log_variance = moments[:, :latent], moments[:, latent:]
    z = mean + torch.exp(0.5 * log_variance) * noise
    upstream = torch.randn(rows, latent)
    z.backward(upstream)
    cases["gaussianSample"] = dict(moments=moments, noise=noise, output=z, upstream=upstream, gradient=moments.grad)

    moments = torch.randn(rows, 2 * latent).requires_grad_()
    mean, log_variance = moments[:, :latent], moments[:, latent:]
    q = torch.distributions.Normal(mean, torch.exp(0.5 * log_variance))
    p = torch.distributions.Normal(torch.zeros_like(mean), torch.ones_like(mean))
    divergence = torch.distributions.kl_divergence(q, p).sum(1)
    upstream = torch.randn(rows)
    divergence.backward(upstream)
    cases["gaussianDivergence"] = dict(moments=moments, output=divergence, upstream=upstream, gradient=moments.grad)

    logits = (3 * torch.randn(rows, pixels)).requires_grad_()
    target = torch.randint(0, 2, (rows, pixels)).double()
    likelihood = torch.distributions.Bernoulli(logits=logits).log_prob(target).sum(1)
    upstream = torch.randn(rows)
    likelihood.backward(upstream)
    cases["bernoulli"] = dict(x=logits, target=target, output=likelihood, upstream=upstream, gradient=logits.grad)

    means = torch.randn(rows, pixels).requires_grad_()
    target = torch.randn(rows, pixels)
    likelihood = torch.distributions.Normal(means, torch.tensor(0.5)).log_prob(target).sum(1)
    upstream = torch.randn(rows)
    likelihood.backward(upstream)
    cases["gaussian"] = dict(x=means, target=target, output=likelihood, upstream=upstream, gradient=means.grad)

    logits = torch.randn(4, 6).requires_grad_()
    a = torch.sigmoid(logits)
    rho, rho_hat = 0.1, a.mean(0)
    penalty = (rho * torch.log(rho / rho_hat) + (1 - rho) * torch.log((1 - rho) / (1 - rho_hat))).sum()
    penalty.backward()
    cases["sparsity"] = dict(x=logits, output=penalty, gradient=logits.grad)

    x, w, b = torch.randn(4, 7), torch.randn(7, 6).requires_grad_(), torch.randn(6).requires_grad_()
    jacobians = [
        torch.autograd.functional.jacobian(lambda v: torch.sigmoid(v @ w + b), row, create_graph=True) for row in x
    ]
    penalty = sum((j**2).sum() for j in jacobians) / 4
    penalty.backward()
    cases["contraction"] = dict(x=x, weight=w, bias=b, output=penalty, weightGradient=w.grad, biasGradient=b.grad)
    write("operations", cases)


def vae():
    """Three steps of SGD of a small VAE whose noise is given."""
    data, hidden, latent, batch = 9, 7, 3, 4
    encoder = torch.nn.Sequential(torch.nn.Linear(data, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, 2 * latent))
    decoder = torch.nn.Sequential(torch.nn.Linear(latent, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, data))
    x = torch.randint(0, 2, (batch, data)).double()
    case = dict(x=x)
    named = {}
    for name, net in (("encoder", encoder), ("decoder", decoder)):
        for index, layer in ((0, net[0]), (1, net[2])):
            named[f"{name}.{index}.weight"] = (layer.weight, True)
            named[f"{name}.{index}.bias"] = (layer.bias, False)
    for name, (parameter, transposed) in named.items():
        case[name] = parameter.detach().T.clone() if transposed else parameter.detach().clone()
    optimizer = torch.optim.SGD([*encoder.parameters(), *decoder.parameters()], lr=0.1)
    noises, losses = [], []
    for _ in range(3):
        noise = torch.randn(batch, latent)
        moments = encoder(x)
        mean, log_variance = moments[:, :latent], moments[:, latent:]
        logits = decoder(mean + torch.exp(0.5 * log_variance) * noise)
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / batch
        divergence = -0.5 * torch.sum(1 + log_variance - mean**2 - log_variance.exp()) / batch
        loss = reconstruction + 2.0 * divergence
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        noises.append(noise)
        losses.append(loss.detach())
    case["noises"] = torch.stack(noises)
    case["losses"] = torch.stack(losses)
    for name, (parameter, transposed) in named.items():
        case[f"{name} trained"] = parameter.detach().T if transposed else parameter.detach()
    write("vae", {"three steps": case})


def machine():
    """A 6 × 4 machine by going through all of its 1024 states: ln Z, free energies, the exact gradient."""
    visible, hidden = 6, 4
    w = torch.randn(visible, hidden).requires_grad_()
    b, c = torch.randn(visible).requires_grad_(), torch.randn(hidden).requires_grad_()
    v_all = torch.tensor(list(itertools.product([0.0, 1.0], repeat=visible)))
    h_all = torch.tensor(list(itertools.product([0.0, 1.0], repeat=hidden)))
    energy = -(v_all @ b)[:, None] - (h_all @ c)[None, :] - v_all @ w @ h_all.T
    log_z = torch.logsumexp(-energy.flatten(), 0)
    data = torch.randint(0, 2, (5, visible)).double()
    data_energy = -(data @ b)[:, None] - (h_all @ c)[None, :] - data @ w @ h_all.T
    free = -torch.logsumexp(-data_energy, 1)
    loss = (free + log_z).mean()
    loss.backward()
    write("machine", {"enumerated": dict(
        weight=w, visibleBias=b, hiddenBias=c, data=data, freeEnergy=free, logPartition=log_z, loss=loss,
        weightGradient=w.grad, visibleBiasGradient=b.grad, hiddenBiasGradient=c.grad)})


def components():
    """Eigenvalues of symmetric matrices, and the principal components of data, by NumPy."""
    generator = np.random.default_rng(9)
    cases = {}
    for n in (1, 2, 5, 13):
        a = generator.normal(size=(n, n))
        a = a + a.T
        values, vectors = np.linalg.eigh(a)
        cases[f"symmetric {n}"] = dict(matrix=a, values=values[::-1], vectors=vectors.T[::-1])
    for n, rank in ((5, 5), (17, 17), (12, 4)):
        a = generator.normal(size=(n, rank)) * 2.0 ** -np.arange(rank)
        a = a @ a.T
        values, vectors = np.linalg.eigh(a)
        cases[f"covariance {n} of rank {rank}"] = dict(matrix=a, values=values[::-1], vectors=vectors.T[::-1])
    x = generator.normal(size=(40, 7)) @ np.diag([3, 2, 1.5, 1, 0.5, 0.25, 0.1]) + generator.normal(size=7)
    centred = x - x.mean(0)
    _, s, vt = np.linalg.svd(centred, full_matrices=False)
    reconstruction = x.mean(0) + centred @ vt[:3].T @ vt[:3]
    cases["data"] = dict(x=x, variances=s**2 / 40, reconstruction=reconstruction)
    p, q = generator.normal(size=(3, 8)), generator.normal(size=(3, 8))
    basis = [np.linalg.qr(m.T)[0] for m in (p, q)]
    cosines = np.linalg.svd(basis[0].T @ basis[1], compute_uv=False)
    cases["angles"] = dict(p=p, q=q, angles=np.arccos(cosines))
    write("components", cases)


def bernoulli_rbm():
    """Three steps of scikit-learn's persistent chains, their samples recorded, and its free energies."""
    generator = np.random.default_rng(9)
    visible, hidden, batch, rate = 7, 5, 4, 0.1
    model = BernoulliRBM(n_components=hidden, learning_rate=rate, batch_size=batch, random_state=9)
    model.components_ = generator.normal(size=(hidden, visible))
    model.intercept_hidden_, model.intercept_visible_ = generator.normal(size=hidden), generator.normal(size=visible)
    model.h_samples_ = np.zeros((batch, hidden))
    data = generator.integers(0, 2, size=(3, batch, visible)).astype(float)
    names = dict(weight="components_", visibleBias="intercept_visible_", hiddenBias="intercept_hidden_")

    def state(suffix=""):
        values = {key: getattr(model, name).copy() for key, name in names.items()}
        return {f"{key}{suffix}": value.T if key == "weight" else value for key, value in values.items()}

    case = dict(state(), data=data, freeEnergy=model._free_energy(data[0]))
    chains, sample = [], model._sample_visibles
    model._sample_visibles = lambda h, rng: chains.append(sample(h, rng).astype(float)) or chains[-1]
    rng = np.random.RandomState(9)
    for rows in data:
        model._fit(rows, rng)
    case.update(state(" trained"), chains=np.stack(chains))
    write("bernoulli-rbm", {f"three steps of rate {rate}": case}, also=f"scikit-learn {sklearn.__version__}, ")


operations()
vae()
machine()
components()
bernoulli_rbm()
