"""Claims about codes: as features, contracted, sparse, quantized.

Cost: five minutes of two cores; the quantized code another ten, which quick leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from aecore.api import lab
from aecore.bench.report import Figure
from aecore.data.samples import SampleSet
from aecore.metrics.features import knn_accuracy
from aecore.metrics.pictures import mse
from aecore.runs import OpenRun
from aecore.specs.codes import PlainCodeSpec, QuantizedCodeSpec
from aecore.specs.terms import ContractiveSpec, MseSpec, SparseKlSpec
from aecore.store import Store

if TYPE_CHECKING:
    from torch import Tensor

LEFT_OUT = ("the codebook's perplexity",)
"""By quick, for a person."""
_N_JACOBIANS = 100
_MANY = PlainCodeSpec(n_dims=400, activation="sigmoid")
"""More units than the directions in which digits differ, as in Rifai et al. 2011."""
_FAR = 128
"""Beyond so many singular values little should be left."""
_N_QUANTIZED_EPOCHS = 3


def figures(store: Store, *, quick: bool) -> Iterator[Figure]:
    """Neighbours, contraction, sparsity; quick leaves out the codebook."""
    mnist = lab.load("mnist", store=store)
    yield neighbours(store, mnist)
    yield from contraction(store)
    yield sparsity(store)
    if not quick:
        yield codebook(store, mnist)


def convolutional(store: Store) -> OpenRun:
    """The convolutional autoencoder on MNIST, whose codes serve as features."""
    return lab.train("conv", "mnist", store=store, n_epochs=5, is_suited=False)


def neighbours(store: Store, mnist: SampleSet) -> Figure:
    """Can the digit be told from its nearest codes? (Graves et al. 2018 report 97 %.)"""
    run = convolutional(store)
    train, test = mnist.parts["train"], mnist.parts["test"]
    labels = mnist.labels
    if labels is None:
        raise TypeError("MNIST has labels")
    codes = [run.encode(np.asarray(mnist.x[rows])) for rows in (train, test)]
    return Figure(
        "5-nearest-neighbour accuracy on codes, convolutional AE, MNIST test",
        knn_accuracy(codes[0], labels[train], codes[1], labels[test]),
        "",
        0.97,
        "high",
        "Graves et al. 2018: 0.97",
    )


def contraction(store: Store) -> Iterator[Figure]:
    """The contractive term shrinks the Jacobian, most where it is small already.

    Rifai et al. 2011: beside the same network without the term, at like reconstruction. With the
    recipe's 64 units there is no direction to spare, and the term evens them out instead.
    """
    settings: dict[str, Any] = {"store": store, "code": _MANY, "n_epochs": 20}
    mse_alone = (MseSpec(),)
    contracted = (*mse_alone, ContractiveSpec(weight=0.01))
    with_term = lab.train(
        "contractive", "mnist-5k", objective=contracted, **settings, is_suited=False
    )
    without = lab.train("contractive", "mnist-5k", objective=mse_alone, **settings, is_suited=False)
    samples = lab.load("mnist-5k", store=store)
    x = np.asarray(samples.x[samples.parts["test"]])
    spectra = [singular_values(run, x[:_N_JACOBIANS]) for run in (with_term, without)]
    errors = [float(mse(x, run.reconstruct(x)).mean()) for run in (with_term, without)]
    norms = [float(np.square(values).sum(1).mean()) for values in spectra]
    yield Figure(
        "contractive AE: squared Jacobian norm over that of the same network without the term",
        norms[0] / norms[1],
        "×",
        1.0,
        reference=f"test MSE {errors[0]:.4f} against {errors[1]:.4f}",
    )
    shares = [float((values / values[:, :1])[:, _FAR].mean()) for values in spectra]
    yield Figure(
        f"contractive AE: singular value {_FAR + 1} over the first, over the same without the term",
        shares[0] / shares[1],
        "×",
        1.0,
        reference=f"{shares[0]:.3f} against {shares[1]:.3f}; Rifai et al. 2011: decays faster",
    )


def singular_values(run: OpenRun, x: np.ndarray) -> np.ndarray:
    """Of the encoder's Jacobian at each sample, falling; `(n, D)`."""
    import torch

    scaled = torch.from_numpy(run.frame.to_scaled(x))
    found = []
    for sample in scaled:
        jacobian = torch.func.jacrev(lambda one: run.model.encode(one[None]).point[0])(sample)
        found.append(torch.linalg.svdvals(jacobian.flatten(1)).numpy())
    return np.stack(found)


def sparsity(store: Store) -> Figure:
    """Units are active as often as they were asked to be."""
    run = lab.train("sparse-kl", "mnist-5k", store=store, is_suited=False)
    term = run.spec.term(SparseKlSpec)
    if term is None:
        raise TypeError("the recipe asks for a target")
    samples = lab.load("mnist-5k", store=store)
    active = float(run.encode(np.asarray(samples.x[samples.parts["test"]])).mean())
    return Figure(
        "sparse AE: mean activity over the target, off by",
        abs(active / term.target - 1.0),
        "",
        0.2,
        reference=f"activity {active:.3f}, target {term.target:g}; Ng 2011",
    )


def codebook(store: Store, mnist: SampleSet) -> Figure:
    """A VQ-VAE speaks with most of its words: perplexity of the entries over the test part."""
    from aecore.models.codes import perplexity

    run = lab.train("vq-vae", "mnist", store=store, n_epochs=_N_QUANTIZED_EPOCHS, is_suited=False)
    size = run.spec.code_as(QuantizedCodeSpec).codebook_size
    x = np.asarray(mnist.x[mnist.parts["test"]])
    found = perplexity(entries_of(run, x), size)
    error = float(mse(x, run.reconstruct(x)).mean())
    return Figure(
        "VQ-VAE, MNIST: perplexity of the codebook on test pictures",
        found,
        "",
        size / 2,
        "high",
        f"of {size} entries, {_N_QUANTIZED_EPOCHS} epochs, test MSE {error:.4f}; van den Oord et "
        "al. 2017",
    )


def entries_of(run: OpenRun, x: np.ndarray) -> Tensor:
    """Which entry of the codebook each place of each picture has; `(n, n_places)`."""
    import torch

    parts = torch.split(torch.from_numpy(run.frame.to_scaled(x)), 500)
    with torch.inference_mode():
        found = [run.model.encode(part).entries for part in parts]
    return torch.cat([entries for entries in found if entries is not None])
