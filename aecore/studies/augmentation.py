"""Classes enlarged by new pictures that a model makes up, and what a classifier gains by them."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from aecore.artifact import run_to_end
from aecore.data.samples import PartName, SampleSet
from aecore.errors import TooFewSamplesError
from aecore.latent.samplers import Mixture, OneGaussian
from aecore.metrics.features import labelled_rows, standardized
from aecore.studies.evaluation import rows_of

if TYPE_CHECKING:
    from aecore.runs import OpenRun

N_TEST = 1000


@dataclass(frozen=True)
class Augmented:
    """Test accuracy of a classifier of pixels, with labelled pictures alone and with new ones too.

    Parameters
    ----------
    n_labels, n_new
        Labelled pictures, and pictures made up for each class.
    alone, augmented
        float64 `(n_draws,)`, in [0, 1], more is better.
    alone_hits, augmented_hits
        float64 `(m,)`, share of the draws in which each test picture was told right.
    """

    n_labels: int
    n_new: int
    alone: np.ndarray
    augmented: np.ndarray
    alone_hits: np.ndarray
    augmented_hits: np.ndarray

    @property
    def gain(self) -> float:
        """Mean accuracy won by the new pictures, -1 to 1; more is better, below 0 they harm."""
        return float(self.augmented.mean() - self.alone.mean())


def class_pictures(
    run: OpenRun,
    x: np.ndarray,
    n: int,
    *,
    sampler: Literal["gaussian", "mixture"] = "gaussian",
    seed: int = 0,
) -> np.ndarray:
    """New pictures of one class: draws from a distribution of its codes, decoded.

    Parameters
    ----------
    x
        Pictures of the class, uint8 `(m, C, H, W)`, two or more.
    n
        How many to make.
    sampler
        One gaussian of the class's codes (of a gaussian code, their means), or a mixture of up
        to ten.

    Raises
    ------
    TooFewSamplesError
        For fewer than two pictures.
    """
    if len(x) < 2:
        raise TooFewSamplesError(
            "The variance of a class cannot be estimated from one picture.",
            "Give two or more of each class.",
        )
    codes = run.encode(x)
    fitted = OneGaussian(codes, seed=seed) if sampler == "gaussian" else Mixture(codes, seed=seed)
    return run.decode(fitted.sample(n, seed))


def augmented(
    run: OpenRun,
    samples: SampleSet,
    n_labels: int,
    *,
    n_new: int = 30,
    sampler: Literal["gaussian", "mixture"] = "gaussian",
    n_draws: int = 3,
    part: PartName = "test",
    n_test: int = N_TEST,
    seed: int = 0,
) -> Augmented:
    """What a classifier gains when each class is enlarged by pictures the model makes up.

    The classifier reads pixels: one hidden layer of 64, trained to convergence by L-BFGS with
    an L2 penalty (scikit-learn); the same for both. The model has seen all training pictures,
    but no label. A model that blurs teaches the classifier blurred pictures: the gain may well
    be below 0, and is told as it is.

    Parameters
    ----------
    n_labels
        Labelled training pictures, drawn evenly from the classes; two or more of each.
    n_new
        Pictures generated for each class.
    part, n_test
        Which pictures are told, and how many of them at the most.

    Raises
    ------
    TooFewSamplesError
        If a class has fewer than two labelled pictures.
    """
    fits = augment_steps(
        run,
        samples,
        n_labels,
        n_new=n_new,
        sampler=sampler,
        n_draws=n_draws,
        part=part,
        n_test=n_test,
        seed=seed,
    )
    return run_to_end(fits)


def augment_steps(
    run: OpenRun,
    samples: SampleSet,
    n_labels: int,
    *,
    n_new: int = 30,
    sampler: Literal["gaussian", "mixture"] = "gaussian",
    n_draws: int = 3,
    part: PartName = "test",
    n_test: int = N_TEST,
    seed: int = 0,
) -> Generator[int, None, Augmented]:
    """`augmented`, telling how many of its `2 * n_draws` classifiers are done as it goes."""
    labels, train = samples.labels, samples.parts["train"]
    if labels is None or (labels[train] >= 0).sum() < n_labels:
        raise TooFewSamplesError(
            "Too few samples have a label.", "{n_labels} are needed.", n_labels=n_labels
        )
    test = rows_of(samples, part, n_test)
    test = test[labels[test] >= 0]
    x_test = np.asarray(samples.x[test])
    hits = np.zeros((2, n_draws, len(test)))
    for draw in range(n_draws):
        rows = train[labelled_rows(labels[train], n_labels, seed=seed + draw)]
        x, y = np.asarray(samples.x[rows]), labels[rows]
        classes = np.unique(y)
        new = [
            class_pictures(run, x[y == name], n_new, sampler=sampler, seed=seed + draw)
            for name in classes
        ]
        more_x = np.concatenate([x, *new])
        more_y = np.concatenate([y, np.repeat(classes, n_new)])
        for i, (some_x, some_y) in enumerate(((x, y), (more_x, more_y))):
            yield 2 * draw + i
            predicted = _classified(samples, some_x, some_y, x_test, seed + draw)
            hits[i, draw] = predicted == labels[test]
    (alone, more), (alone_hits, more_hits) = hits.mean(2), hits.mean(1)
    return Augmented(n_labels, n_new, alone, more, alone_hits, more_hits)


def _classified(
    samples: SampleSet, x: np.ndarray, labels: np.ndarray, x_test: np.ndarray, seed: int
) -> np.ndarray:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits

    flat, flat_test = (samples.to_scaled(some).reshape(len(some), -1) for some in (x, x_test))
    flat, flat_test = standardized(flat, flat_test, each=False)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly there serves as well
        classifier = MLPClassifier(
            (64,), solver="lbfgs", alpha=1.0, max_iter=100, random_state=seed
        ).fit(flat, labels)
    return np.asarray(classifier.predict(flat_test))
