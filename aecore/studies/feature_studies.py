"""Three looks at what codes are worth with few labels: read, tuned, and drawn from."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np

from aecore.artifact import Progress
from aecore.data.samples import SampleSet
from aecore.metrics.clusters import Clusters, kmeans
from aecore.metrics.features import labelled_rows, standardized, standardizer
from aecore.metrics.label_curve import LabelCurve, possible, reading
from aecore.runs import OpenRun
from aecore.sentence import Sentence, plural
from aecore.specs.studies import FeaturesSpec
from aecore.studies.augmentation import augment_steps, class_pictures
from aecore.studies.evaluation import PCABaseline, rows_of
from aecore.studies.evaluation_data import PCA, PIXELS, RUN
from aecore.studies.few_labels import tuning

SOURCES = (RUN, PCA, PIXELS)
N_FIT = 5000
"""Training samples that tell how features are spread, at the most; they need no label."""
N_STEPS = 200
"""Steps that an encoder is tuned for."""
N_NEW = 30
"""Pictures generated for each class."""
N_MADE_FROM, N_MADE = 100, 6
"""Labels behind the made-up pictures that are kept to be seen, and how many of each class."""


@dataclass
class Study:
    """What a study found; see `FeaturesResult`."""

    rows: np.ndarray
    curves: dict[str, LabelCurve] = field(default_factory=dict)
    clusters: dict[str, Clusters] = field(default_factory=dict)
    n_components: int = 0
    made: dict[int, np.ndarray] = field(default_factory=dict)
    n_made_from: int = 0


Told = Generator[Progress, None, Study]
_Way = Callable[[np.ndarray], np.ndarray]
_T = TypeVar("_T")


def tested(samples: SampleSet, spec: FeaturesSpec) -> np.ndarray:
    """Rows of the part that are told and have a label, sorted; the same for every run."""
    rows = rows_of(samples, spec.part, spec.n_samples)
    labels = samples.labels
    return rows[:0] if labels is None else rows[labels[rows] >= 0]


def codes(run: OpenRun, samples: SampleSet, spec: FeaturesSpec) -> Told:
    """Codes, PCA and pixels, read by simple methods and grouped by k-means."""
    labels, train = _labels(samples), samples.parts["train"]
    found = Study(tested(samples, spec))
    numbers = possible(spec.n_labels, labels[train])
    n_each = len(numbers) * spec.n_draws
    clock = _Clock(len(SOURCES) * (n_each + 1))
    yield clock.at(0, "encoding")
    pca = PCABaseline(samples, run.n_numbers)
    found.n_components = pca.n_components
    fit_rows = rows_of(samples, "train", N_FIT)
    ways: dict[str, _Way] = {RUN: run.encode, PCA: pca.encode, PIXELS: partial(_flat, samples)}
    n_classes = len(np.unique(labels[found.rows]))
    for i, (name, way) in enumerate(ways.items()):
        begin = i * (n_each + 1)
        features = _features(way, samples, fit_rows, each=name == RUN)
        steps = reading(
            features, labels, train, found.rows, numbers, n_draws=spec.n_draws, seed=spec.seed
        )
        told = yield from clock.through(
            steps, begin, Sentence("predicting classes from {what}", what=_WORDS[name])
        )
        for reader, curve in told.items():
            found.curves[f"{name}-{reader}"] = curve
        yield clock.at(begin + n_each, Sentence("clustering {what}", what=_WORDS[name]))
        if 2 <= n_classes < len(found.rows):
            (z,) = standardized(way(np.asarray(samples.x[found.rows])), each=name == RUN)
            found.clusters[name] = kmeans(z, n_classes, seed=spec.seed)
    return found


_WORDS = {RUN: Sentence("the codes"), PCA: "PCA", PIXELS: Sentence("the samples themselves")}


def tuned(run: OpenRun, samples: SampleSet, spec: FeaturesSpec) -> Told:
    """The encoder trained on with few labels, beside the same network from new weights."""
    labels = _labels(samples)
    found = Study(tested(samples, spec))
    numbers = possible(spec.n_labels, labels[samples.parts["train"]])
    n_each = 2 * spec.n_draws * N_STEPS
    clock = _Clock(n_each * len(numbers))
    accuracy = np.zeros((2, len(numbers), spec.n_draws))
    for i, n in enumerate(numbers):
        steps = tuning(
            run,
            samples,
            n,
            n_steps=N_STEPS,
            n_draws=spec.n_draws,
            part=spec.part,
            n_test=spec.n_samples,
            seed=spec.seed,
        )
        told = yield from clock.through(
            steps,
            i * n_each,
            plural("fine-tuning with {n:,} label", "fine-tuning with {n:,} labels", n),
        )
        accuracy[:, i] = told.tuned, told.scratch
    for name, some in zip(("tuned", "scratch"), accuracy, strict=True):
        found.curves[name] = LabelCurve(numbers, some)
    return found


def new(run: OpenRun, samples: SampleSet, spec: FeaturesSpec) -> Told:
    """A classifier of pixels, with labelled pictures alone and with made-up ones too."""
    labels, train = _labels(samples), samples.parts["train"]
    found = Study(tested(samples, spec))
    numbers = possible(spec.n_labels, labels[train], n_each=2)
    n_each = 2 * spec.n_draws
    clock = _Clock(n_each * len(numbers))
    accuracy = np.zeros((2, len(numbers), spec.n_draws))
    for i, n in enumerate(numbers):
        steps = augment_steps(
            run,
            samples,
            n,
            n_new=N_NEW,
            n_draws=spec.n_draws,
            part=spec.part,
            n_test=spec.n_samples,
            seed=spec.seed,
        )
        told = yield from clock.through(
            steps,
            i * n_each,
            plural(
                "generating pictures from {n:,} label", "generating pictures from {n:,} labels", n
            ),
        )
        accuracy[:, i] = told.alone, told.augmented
    for name, some in zip(("alone", "augmented"), accuracy, strict=True):
        found.curves[name] = LabelCurve(numbers, some)
    found.n_made_from = max((n for n in numbers if n <= N_MADE_FROM), default=numbers[0])
    rows = train[labelled_rows(labels[train], found.n_made_from, seed=spec.seed)]
    for label in np.unique(labels[rows]):
        x = np.asarray(samples.x[rows[labels[rows] == label]])
        found.made[int(label)] = class_pictures(run, x, N_MADE, seed=spec.seed)
    return found


def _labels(samples: SampleSet) -> np.ndarray:
    if samples.labels is None:
        raise TypeError("it is asked first whether there are labels")
    return samples.labels


def _flat(samples: SampleSet, x: np.ndarray) -> np.ndarray:
    return samples.to_scaled(x).reshape(len(x), -1)


def _features(
    way: _Way,
    samples: SampleSet,
    fit_rows: np.ndarray,
    *,
    each: bool,
) -> _Way:
    """Rows to standardized features, a few at a time: those of all would fill the memory."""
    as_standard = standardizer(way(np.asarray(samples.x[fit_rows])), each=each)
    return lambda rows: as_standard(way(np.asarray(samples.x[rows])))


class _Clock:
    """How far a study is, and how long the rest will take at the pace so far."""

    def __init__(self, n_total: int) -> None:
        self.n_total = n_total
        self.begin = time.monotonic()

    def at(self, n_done: int, phase: str) -> Progress:
        """So many steps are done."""
        spent = time.monotonic() - self.begin
        eta_s = spent / n_done * (self.n_total - n_done) if n_done else None
        return Progress(phase, n_done, self.n_total, eta_s)

    def through(
        self, steps: Generator[int | None, None, _T], begin: int, phase: str
    ) -> Generator[Progress, None, _T]:
        """Go through steps, counted from `begin`; one that yields None counts one."""
        n_done = 0
        while True:
            try:
                told = next(steps)
            except StopIteration as end:
                result: _T = end.value
                return result
            n_done = n_done + 1 if told is None else told
            yield self.at(begin + n_done, phase)
