"""Every score of a run's test samples, with held-out normal ones: asked for, and kept."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from aecore.artifact import Artifact, Progress
from aecore.data.ingest import open_samples
from aecore.data.normal import normal_labels
from aecore.data.samples import SampleSet
from aecore.errors import DataError, TooFewSamplesError
from aecore.metrics.anomaly import auroc
from aecore.metrics.compare import Interval
from aecore.runs import OpenRun, open_run_at
from aecore.sentence import Sentence, plural
from aecore.specs.data import DataSpec
from aecore.specs.studies import AnomalySpec
from aecore.store import Store
from aecore.studies.anomaly.method import State
from aecore.studies.anomaly.methods import DEFAULT, METHODS, methods_of
from aecore.studies.anomaly.view import CHUNK, View

RESULT = "anomaly.json"
N_LEAST = 10
"""Normal training samples that scores can be learnt from, at the least."""
_MAX_BYTES = 100e6
"""Of the samples that scores learn from, as the model sees them."""


@dataclass(frozen=True, repr=False)
class AnomalyResult:
    """How odd samples are, by every score.

    Parameters
    ----------
    rows
        int64 `(n,)`, samples of the test part.
    kind
        int8 `(n,)`: 1 anomaly, 0 normal, -1 not known.
    scores
        Score to float64 `(n,)`, high is odd.
    held_out
        Score to float64 `(n_held_out,)`, of normal samples that nothing was learnt from.
    fit_rows
        Normal training samples that scores were learnt from.
    normal
        Names of the normal classes; empty where no anomaly is known.
    n_mixed
        Anomalies among the training samples, which the model learnt from.
    left_out
        Score to why this run has it not.
    """

    spec: AnomalySpec
    rows: np.ndarray
    kind: np.ndarray
    scores: dict[str, np.ndarray]
    held_out: dict[str, np.ndarray]
    fit_rows: np.ndarray
    normal: tuple[str, ...]
    n_mixed: int
    left_out: dict[str, str]

    @property
    def has_both(self) -> bool:
        """Whether there are known anomalies and known normal samples to judge by."""
        return bool((self.kind == 1).any() and (self.kind == 0).any())

    @property
    def why_no_auroc(self) -> str:
        """Why no score can be judged, and what mends it; empty where `has_both`."""
        if self.has_both:
            return ""
        if not self.normal:
            return Sentence(
                "No AUROC: no anomaly is known, so nothing can say which score tells best. Name "
                "the normal classes, or import some anomalies as a class of their own."
            )
        if (self.kind == 0).any():
            return Sentence(
                "No AUROC: every test sample is of a normal class. Leave out the classes that are "
                "anomalies, or import some anomalies as a class of their own."
            )
        return Sentence(
            "No AUROC: no test sample is of a normal class. Import the data with a larger test "
            "share, or call more classes normal."
        )

    def auroc(self, name: str) -> Interval:
        """How well a score tells the known anomalies; see `aecore.metrics.anomaly.auroc`.

        Raises
        ------
        TooFewSamplesError
            Where none, or nothing else, is known.
        """
        found = self.scores[name]
        return auroc(found[self.kind == 0], found[self.kind == 1])

    @property
    def best(self) -> str:
        """The score of the model that tells best; the default where no anomaly is known."""
        ours = [name for name in self.scores if not METHODS[name].is_baseline]
        if not self.has_both:
            return DEFAULT
        return max(ours, key=lambda name: self.auroc(name).mean)


def anomaly_spec(run: OpenRun, normal: tuple[str, ...] = (), **settings: Any) -> AnomalySpec:
    """What asks for the scores of a run as its weights stand now.

    Parameters
    ----------
    settings
        Fields of `AnomalySpec`: `n_fit`, `n_held_out`, `n_samples`, `seed`.

    Raises
    ------
    SpecError
        If a setting is out of bounds.
    """
    return AnomalySpec.of(run=run.key, epochs=run.epochs, normal=normal, **settings)


def compute(spec: AnomalySpec, artifact: Artifact, store: Store) -> Generator[Progress, None, None]:
    """The job of an `AnomalySpec`.

    Raises
    ------
    JobError
        If the run's weights are others than those that were asked about.
    TooFewSamplesError
        If too few normal samples can be learnt from, or none is held out.
    DataError
        If a class is not there, or a score is not finite.
    """
    yield Progress("opening the model")
    run = open_run_at(store, spec.run, spec.epochs, Sentence("scores"))
    samples = open_samples(store, run.spec.data)
    normal = spec.normal or normal_of(store, run)
    kinds = kinds_of(samples, normal)
    fit_rows, held_out, rows = _drawn(samples, kinds, spec, normal)
    methods = methods_of(run)
    known = View(run, np.asarray(samples.x[fit_rows]))
    scores, n_total = {}, len(methods)
    held_scores: dict[str, np.ndarray] = {}
    for n_done, (name, method) in enumerate(methods.items()):
        yield Progress(
            Sentence("learning what is normal: {method}", method=Sentence(method.title)),
            n_done,
            2 * n_total,
        )
        with threadpool_limits(1):
            state = method.fit(known)
        write_state(artifact, name, state)
    del known
    states = {name: read_state(artifact, name) for name in methods}
    scorers = {name: methods[name].scorer(states[name]) for name in methods}
    parts = np.concatenate([held_out, rows])
    found = {name: np.empty(len(parts)) for name in methods}
    for start in range(0, len(parts), CHUNK):
        here = slice(start, start + CHUNK)
        view = View(run, np.asarray(samples.x[parts[here]]))
        for name, score in scorers.items():
            with threadpool_limits(1):
                found[name][here] = score(view)
        n_done = n_total + n_total * min(len(parts), start + CHUNK) // len(parts)
        yield Progress("scoring", n_done, 2 * n_total)
    for name, values in found.items():
        _check_finite(name, values)
        held_scores[name], scores[name] = np.split(values, [len(held_out)])
    artifact.write_array("rows.npy", rows)
    artifact.write_array("kind.npy", kinds[rows])
    artifact.write_array("fit-rows.npy", fit_rows)
    artifact.write_array("scores.npy", np.stack(list(scores.values())))
    artifact.write_array("held-out.npy", np.stack(list(held_scores.values())))
    artifact.write_json(
        RESULT,
        {
            "names": list(methods),
            "normal": list(normal),
            "n_mixed": int((kinds[samples.parts["train"]] == 1).sum()),
            "left_out": {name: reason for name, m in METHODS.items() if (reason := m.why_not(run))},
        },
    )


def normal_of(store: Store, run: OpenRun) -> tuple[str, ...]:
    """The classes that the run's data calls normal."""
    data = store.artifact(run.spec.data).spec
    return data.normal if isinstance(data, DataSpec) else ()


def kinds_of(samples: SampleSet, normal: tuple[str, ...]) -> np.ndarray:
    """int8 `(n_samples,)`: 1 anomaly, 0 normal, -1 not known; all -1 where no class is named."""
    if not normal:
        return np.full(len(samples), -1, np.int8)
    names = samples.label_names if samples.labels is not None else ()
    labels = normal_labels(normal, names)
    if samples.labels is None:
        raise TypeError("names without labels")
    is_odd = ~np.isin(samples.labels, labels)
    return np.where(samples.labels < 0, -1, is_odd).astype(np.int8)


def _drawn(
    samples: SampleSet, kinds: np.ndarray, spec: AnomalySpec, normal: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Normal training samples, normal held-out ones, and test samples."""
    random = np.random.default_rng(spec.seed)
    is_normal = kinds == 0 if normal else np.ones(len(kinds), bool)
    n_fit = min(spec.n_fit, max(N_LEAST, int(_MAX_BYTES / (4 * np.prod(samples.shape)))))
    train, held_out = (
        _some(rows[is_normal[rows]], n, random)
        for rows, n in ((samples.parts["train"], n_fit), (samples.parts["val"], spec.n_held_out))
    )
    if len(train) < N_LEAST:
        raise TooFewSamplesError(
            plural(
                "{n:,} normal training sample: what is normal cannot be learnt from so few.",
                "{n:,} normal training samples: what is normal cannot be learnt from so few.",
                len(train),
            ),
            Sentence(
                "Call more classes normal; {n_least} samples or more are needed.", n_least=N_LEAST
            ),
        )
    if not len(held_out):
        raise TooFewSamplesError(
            "No normal sample is held out, so no threshold can be set.",
            "Import the data with a validation share.",
        )
    if not len(samples.parts["test"]):
        raise TooFewSamplesError(
            "No sample is left to look at.", "Import the data with a test share."
        )
    return train, held_out, _some(samples.parts["test"], spec.n_samples, random)


def _some(rows: np.ndarray, n_max: int, random: np.random.Generator) -> np.ndarray:
    return np.sort(random.permutation(rows)[:n_max]) if len(rows) > n_max else rows


def _check_finite(name: str, values: np.ndarray) -> None:
    if not np.isfinite(values).all():
        raise DataError(
            "The score {title} gives numbers that are not finite: the weights of "
            "this model have diverged.",
            "Train it again with a smaller learning rate.",
            title=repr(METHODS[name].title),
        )


def write_state(artifact: Artifact, name: str, state: State) -> None:
    """Keep what a score learnt."""
    for part, values in state.items():
        artifact.write_array(f"state-{name}-{part}.npy", values)
    artifact.write_json(f"state-{name}.json", {"parts": list(state)})


def read_state(artifact: Artifact, name: str) -> State:
    """Read it back.

    Raises
    ------
    ArtifactMissingError
        If it is not there (yet).
    """
    parts = artifact.read_json(f"state-{name}.json")["parts"]
    return {part: artifact.read_array(f"state-{name}-{part}.npy") for part in parts}


def load_anomaly(artifact: Artifact) -> AnomalyResult:
    """Read a study back.

    Raises
    ------
    ArtifactMissingError
        If it has not been computed yet.
    DataError
        If the artifact is another kind of thing.
    """
    spec = artifact.spec_as(AnomalySpec)
    kept = artifact.read_json(RESULT)
    scores, held_out = artifact.read_array("scores.npy"), artifact.read_array("held-out.npy")
    return AnomalyResult(
        spec=spec,
        rows=artifact.read_array("rows.npy"),
        kind=artifact.read_array("kind.npy"),
        scores=dict(zip(kept["names"], scores, strict=True)),
        held_out=dict(zip(kept["names"], held_out, strict=True)),
        fit_rows=artifact.read_array("fit-rows.npy"),
        normal=tuple(kept["normal"]),
        n_mixed=kept["n_mixed"],
        left_out=kept["left_out"],
    )
