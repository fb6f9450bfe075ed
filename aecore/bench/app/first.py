"""Figures of the first minutes: start, first point of a curve, a VAE on two cores, PCA's equal."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from aecore.api import lab
from aecore.bench.report import Figure
from aecore.data.samples import SampleSet, load_samples
from aecore.metrics.features import knn_accuracy
from aecore.recipes import recipe
from aecore.runs import open_run
from aecore.specs.data import DataSpec
from aecore.store import Store
from aecore.studies.evaluation import PCABaseline, evaluate

MNIST_5K = DataSpec(source="mnist-5k")


def figures(store: Store) -> Iterator[Figure]:
    """All of them; those of the browser last, in a server of their own."""
    from aecore.bench.app.first_in_browser import in_browser

    lab.finish(store, store.create(MNIST_5K).key)
    yield from vae(store)
    yield from linear(store)
    yield from in_browser()


def vae(store: Store) -> Iterator[Figure]:
    """The default VAE on 5,000 digits: seconds, and what its codes are worth as features.

    The time is measured anew on each call, in a run whose seed no other run has.
    """
    seed = int(time.time()) % 1_000_000
    begin = time.perf_counter()
    run = lab.train("vae", "mnist-5k", store=store, seed=seed, is_suited=False)
    seconds = time.perf_counter() - begin
    store.remove(run.key)
    yield Figure(
        "VAE on mnist-5k, default recipe, from the call to an open model",
        seconds,
        "s",
        40.0,
        reference="issue: two cores",
    )
    run = lab.train("vae", "mnist-5k", store=store, is_suited=False)
    samples = load_samples(store.artifact(run.spec.data))
    pca = PCABaseline(samples, run.n_dims)
    of_pca = _neighbours(samples, pca.encode(np.asarray(samples.x)))
    yield Figure(
        "5-nearest-neighbour accuracy of the VAE's codes on the test part",
        _neighbours(samples, run.encode(np.asarray(samples.x))),
        "",
        0.88,
        "high",
        f"PCA with {pca.n_components} components, same vote: {of_pca:.3f}",
    )


def _neighbours(samples: SampleSet, codes: np.ndarray) -> float:
    train, test = samples.parts["train"], samples.parts["test"]
    labels = samples.labels
    if labels is None:
        raise TypeError("mnist-5k has labels")
    return knn_accuracy(codes[train], labels[train], codes[test], labels[test])


def linear(store: Store) -> Iterator[Figure]:
    """The linear recipe against scikit-learn's PCA with as many components, test MSE."""
    samples = lab.load("mnist-5k", store=store)
    spec = recipe("linear").spec(MNIST_5K.key)
    store.create(spec, title="Linear (PCA's equal)", recipe="linear", data_title="mnist-5k")
    lab.finish(store, spec.key)
    found = evaluate(open_run(store, spec.key), samples).means()
    yield Figure(
        "linear recipe over PCA, test MSE on mnist-5k",
        found["mse"] / found["pca_mse"],
        "×",
        1.01,
        reference=f"MSE {found['mse']:.5f}, PCA {found['pca_mse']:.5f}",
    )
