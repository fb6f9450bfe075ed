"""Claims about few labels: an encoder that saw 54,000 digits without labels needs few of them.

Cost: the convolutional autoencoder of `science_codes`, and half a minute of two cores for ten
small classifiers. Quick leaves nothing out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from aecore.api.lab import load
from aecore.bench.report import Figure
from aecore.bench.science.codes import convolutional
from aecore.data.samples import SampleSet
from aecore.metrics.features import few_labels, standardized
from aecore.runs import OpenRun
from aecore.store import Store
from aecore.studies.evaluation import PCABaseline
from aecore.studies.few_labels import fine_tuned

LEFT_OUT: tuple[str, ...] = ()
"""By quick, for a person."""
N_LABELS = 100
"""Ten of each digit."""
_N_READINGS = 10
_N_TUNINGS = 5
"""Times that labels are drawn."""
_N_FIT = 5000
"""Training digits, without their labels, that say how features are spread."""


def figures(store: Store, *, quick: bool) -> Iterator[Figure]:
    """Codes against pixels and PCA, and an encoder tuned against the same from scratch."""
    mnist = load("mnist", store=store)
    run = convolutional(store)
    yield from reading(run, mnist)
    yield tuning(run, mnist)


def reading(run: OpenRun, mnist: SampleSet) -> Iterator[Figure]:
    """A linear probe and nearest neighbours, on codes, on pixels, on as many components."""
    pca = PCABaseline(mnist, run.n_dims)
    ways: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "codes": run.encode,
        "pixels": lambda x: x.reshape(len(x), -1) / 255.0,
        "PCA": pca.encode,
    }
    found = {name: _told_right(way, mnist, each=name == "codes") for name, way in ways.items()}
    for method, title in (("probe", "a linear probe"), ("knn", "5 nearest neighbours")):
        codes, pixels, components = (found[name][method] for name in ways)
        middle = {name: f"{100 * np.median(found[name][method]):.1f} %" for name in ways}
        yield Figure(
            f"{N_LABELS} labels, {title}: accuracy on codes of the convolutional AE over pixels'",
            100.0 * float(np.median(codes - pixels)),
            "points",
            0.0,
            "high",
            f"medians of {_N_READINGS} draws of labels: {middle['codes']} against "
            f"{middle['pixels']}, PCA {middle['PCA']}; ahead of pixels in "
            f"{(codes > pixels).sum()}, of PCA in {(codes > components).sum()} draws",
        )


def _told_right(
    way: Callable[[np.ndarray], np.ndarray], mnist: SampleSet, *, each: bool
) -> dict[str, np.ndarray]:
    """Accuracy with each draw of labels, `(n_draws,)`, by a probe and by neighbours."""
    labels = mnist.labels
    if labels is None:
        raise TypeError("MNIST has labels")
    train, test = mnist.parts["train"][:_N_FIT], mnist.parts["test"]
    z, z_test = standardized(*(way(np.asarray(mnist.x[r])) for r in (train, test)), each=each)
    draws = [
        few_labels(
            z, labels[train], z_test, labels[test], n_labels=(N_LABELS,), n_draws=1, seed=seed
        )
        for seed in range(_N_READINGS)
    ]
    return {
        method: np.array([found.accuracy(method)[0] for found in draws])
        for method in ("probe", "knn")
    }


def tuning(run: OpenRun, mnist: SampleSet) -> Figure:
    """The encoder trained on with the labels, against the same network from new weights."""
    found = fine_tuned(run, mnist, N_LABELS, n_draws=_N_TUNINGS)
    gains = 100.0 * (found.tuned - found.scratch)
    tuned, scratch = (100.0 * np.median(some) for some in (found.tuned, found.scratch))
    return Figure(
        f"{N_LABELS} labels, fine-tuned: accuracy over the same network's from scratch",
        float(np.median(gains)),
        "points",
        0.0,
        "high",
        f"medians of {_N_TUNINGS} draws of labels: {tuned:.1f} against {scratch:.1f} %; mean gain "
        f"{gains.mean():.1f}, deviation {gains.std(ddof=1):.1f} points; {found.n_steps} steps both",
    )
