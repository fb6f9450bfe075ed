"""Claims about what autoencoders keep: PCA's subspace, 30 numbers of a digit, a VAE's bound.

Cost: five minutes of two cores; the deep one another ten, which quick leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aecore.api import lab
from aecore.bench.inside import denoise
from aecore.bench.report import Figure
from aecore.data.samples import SampleSet
from aecore.metrics.pictures import mse
from aecore.runs import OpenRun
from aecore.specs.run import NetworkSpec, OptimizerSpec
from aecore.store import Store

LEFT_OUT = ("the deep autoencoder's 3.00",)
"""By quick, for a person."""
N_PIXELS = 784
_N_DEEP_EPOCHS = 50
"""Of the deep autoencoder; the paper's fine-tuning took 200."""
_DEEP = NetworkSpec(kind="dense", widths=(1000, 500, 250), batch_norm=True, activation="silu")
"""The paper's layers; smooth units and normalization instead of logistic ones and pre-training."""


def figures(store: Store, *, quick: bool) -> Iterator[Figure]:
    """Linear, deep, variational, denoising; quick leaves out the deep one."""
    mnist = lab.load("mnist", store=store)
    yield from linear(store, mnist)
    yield from variational(store, mnist)
    yield from denoise.figures(store)
    if not quick:
        yield from deep(store, mnist)


def linear(store: Store, mnist: SampleSet) -> Iterator[Figure]:
    """A linear autoencoder finds PCA's subspace (Baldi & Hornik 1989)."""
    run = lab.train("linear", "mnist", store=store, n_epochs=40, is_suited=False)
    pca = _whole_pca(mnist, run.n_dims)
    decoder = next(iter(run.model.decoder.parameters())).detach().numpy()  # (784, D)
    yield Figure(
        "linear AE, MNIST, 32 codes, 40 epochs: largest principal angle to PCA's subspace",
        largest_angle_deg(decoder, pca.components_.T),
        "°",
        2.0,
        reference="Baldi & Hornik 1989; scikit-learn's PCA",
    )
    test = np.asarray(mnist.x[mnist.parts["test"]]).reshape(-1, N_PIXELS) / 255.0
    of_pca = float(np.square(test - pca.inverse_transform(pca.transform(test))).mean())
    ours = float(_unclipped_error(run, test).mean())
    yield Figure(
        "the same: test MSE over PCA's",
        ours / of_pca,
        "×",
        1.001,
        reference=f"{ours:.6f} against {of_pca:.6f}",
    )


def largest_angle_deg(a: np.ndarray, b: np.ndarray) -> float:
    """Largest principal angle between the spans of two sets of columns, `(n, D)` each; degrees.

    Björck & Golub 1973, Mathematics of Computation 27.
    """
    from scipy.linalg import subspace_angles

    return float(np.rad2deg(subspace_angles(a.astype(np.float64), b.astype(np.float64)).max()))


def _whole_pca(samples: SampleSet, n_dims: int):  # type: ignore[no-untyped-def]
    from sklearn.decomposition import PCA

    train = np.asarray(samples.x[samples.parts["train"]]).reshape(-1, N_PIXELS) / 255.0
    return PCA(n_dims, random_state=0).fit(train)


def _unclipped_error(run: OpenRun, test: np.ndarray) -> np.ndarray:
    """Squared error a pixel of each sample, of values before they are rounded for a screen."""
    import torch

    with torch.inference_mode():
        x = torch.from_numpy(test.astype(np.float32)).view(-1, *run.shape)
        x_hat = run.model.decode(run.model.encode(x).point).flatten(1).numpy()
    error: np.ndarray = np.square(test - x_hat).mean(1)
    return error


def deep(store: Store, mnist: SampleSet) -> Iterator[Figure]:
    """Thirty numbers keep more of a digit than thirty components (Hinton & Salakhutdinov 2006)."""
    run = lab.train(
        "deep",
        "mnist",
        store=store,
        data_settings={"val_fraction": 0.0},  # the paper trains on all 60,000
        network=_DEEP,
        optimizer=OptimizerSpec(lr=2e-3, schedule="cosine"),
        batch_size=256,
        n_epochs=_N_DEEP_EPOCHS,
        is_suited=False,
    )
    x = np.asarray(mnist.x[mnist.parts["test"]])
    yield Figure(
        f"deep AE, 30 codes, {_N_DEEP_EPOCHS} epochs: squared error per MNIST test picture",
        float(N_PIXELS * mse(x, run.reconstruct(x)).mean()),
        "",
        3.0,
        reference="Hinton & Salakhutdinov 2006: 3.00",
    )
    pca = _whole_pca(mnist, run.n_dims)
    flat = x.reshape(-1, N_PIXELS) / 255.0
    back = pca.inverse_transform(pca.transform(flat))
    of_pca, clipped = (float(np.square(flat - b).sum(1).mean()) for b in (back, back.clip(0, 1)))
    yield Figure(
        "PCA with 30 components beside it: off the paper's 13.87 by",
        abs(of_pca - 13.87),
        "",
        0.01,
        reference=f"{of_pca:.2f}; {clipped:.2f} where values are clipped to [0, 1], as the deep "
        "one's are by its output",
    )


def variational(store: Store, mnist: SampleSet) -> Iterator[Figure]:
    """The setting of PyTorch's own VAE example, its test loss after seven epochs."""
    import torch

    from aecore.objectives.objective import Objective

    run = lab.train(
        "vae",
        "mnist",
        store=store,
        data_settings={"val_fraction": 0.0},
        n_epochs=7,
        batch_size=128,
        optimizer=OptimizerSpec(lr=1e-3),
        is_suited=False,
    )
    x = torch.from_numpy(mnist.scaled(mnist.parts["test"]))
    objective, total = Objective(run.spec.objective), 0.0
    with torch.inference_mode():
        run.model.noise.seed(0, torch.device("cpu"))
        for batch in torch.split(x, 1000):
            output = run.model(batch, draw=True)  # the example draws its codes in testing too
            loss = objective(output, batch, run.model, training=False)
            total += float(loss.total) * len(batch)
    yield Figure(
        "VAE MLP, z = 20, BCE: test loss after 7 epochs",
        total / len(x),
        "nats",
        106.66,
        reference="pytorch/examples, issue 1416",
    )
