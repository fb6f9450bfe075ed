"""What a run's codes are worth as features when few samples have a label: asked for, and kept."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from aecore.artifact import Artifact, Progress
from aecore.data.ingest import open_samples
from aecore.data.samples import PartName, SampleSet
from aecore.errors import DataError, TooFewSamplesError
from aecore.metrics.clusters import Agreement, Clusters, agreement
from aecore.metrics.label_curve import LabelCurve, possible
from aecore.runs import OpenRun, open_run_at
from aecore.sentence import Sentence, plural
from aecore.specs.studies import FeaturesSpec, FeatureStudy
from aecore.store import Store
from aecore.studies import feature_studies
from aecore.studies.feature_studies import Study

RESULT = "features.json"
STUDIES: tuple[FeatureStudy, ...] = get_args(FeatureStudy)
N_LABELS: tuple[int, ...] = FeaturesSpec.model_fields["n_labels"].default
N_DRAWS: dict[FeatureStudy, int] = {"codes": 5, "tuned": 3, "new": 3}
"""Draws of labels where nothing is said; what is trained gets fewer."""


@dataclass(frozen=True, repr=False)
class FeaturesResult:
    """How well classes are told with few labels.

    Parameters
    ----------
    rows
        int64 `(n,)`, samples of the set that were told, all with a label.
    n_known
        Training samples that have a label; labels are drawn from them.
    n_components
        Of the PCA beside the codes (study "codes"): as many as the code has numbers.
    curves
        Of study "codes": "run-probe", "pca-knn", "pixels-probe", …; "tuned": "tuned" and
        "scratch"; "new": "alone" and "augmented".
    clusters
        Of study "codes": k-means of "run", "pca", "pixels", as many groups as there are classes;
        places are those of `rows`. Empty where there are fewer samples than classes.
    made
        Of study "new": label to made-up samples of that class, `(6, *shape)`.
    n_made_from
        Labels behind them.
    """

    spec: FeaturesSpec
    rows: np.ndarray
    n_known: int
    n_components: int
    curves: dict[str, LabelCurve]
    clusters: dict[str, Clusters]
    agreement: dict[str, Agreement]
    made: dict[int, np.ndarray]
    n_made_from: int

    @property
    def n_labels(self) -> tuple[int, ...]:
        """Numbers of labels that were tried, rising."""
        return next(iter(self.curves.values())).n_labels


def features_spec(
    run: OpenRun, study: FeatureStudy = "codes", part: PartName = "test", **settings: Any
) -> FeaturesSpec:
    """What asks for a study of a run as its weights stand now.

    Parameters
    ----------
    settings
        Fields of `FeaturesSpec`: `n_labels`, `n_draws`, `n_samples`, `seed`.

    Raises
    ------
    SpecError
        If a setting is out of bounds.
    """
    settings = {"n_draws": N_DRAWS.get(study, 3), **settings}
    return FeaturesSpec.of(run=run.key, epochs=run.epochs, study=study, part=part, **settings)


def why_not(
    run: OpenRun,
    samples: SampleSet,
    study: FeatureStudy = "codes",
    part: PartName = "test",
    n_labels: tuple[int, ...] = N_LABELS,
) -> str:
    """Why a study cannot be had of this run on these samples, in a sentence; "" where it can."""
    return _no_labels(samples, part, n_labels) or (
        _nothing_new(run, samples, n_labels) if study == "new" else ""
    )


def _known(samples: SampleSet) -> np.ndarray:
    """Labels of the training samples that have one."""
    if samples.labels is None:
        return np.empty(0, np.int64)
    labels: np.ndarray = samples.labels[samples.parts["train"]]
    return labels[labels >= 0]


def _no_labels(samples: SampleSet, part: PartName, n_labels: tuple[int, ...]) -> str:
    known = _known(samples)
    if samples.labels is None or not len(known):
        return Sentence(
            "These samples have no labels, so there are no classes to predict from the codes."
        )
    if len(np.unique(known)) < 2:
        return Sentence(
            "All labelled training samples are of one class, so there is nothing to classify."
        )
    if not (samples.labels[samples.parts[part]] >= 0).any():
        return Sentence(
            "No sample of the {part} part has a label, so accuracy cannot be measured there.",
            part=part,
        )
    if len(known) < min(n_labels):
        return plural(
            "Only {n} training sample has a label; {n_needed} are needed.",
            "Only {n} training samples have a label; {n_needed} are needed.",
            len(known),
            n_needed=min(n_labels),
        )
    return ""


def _nothing_new(run: OpenRun, samples: SampleSet, n_labels: tuple[int, ...]) -> str:
    kind = run.spec.code.kind
    if kind != "gaussian":
        return Sentence(
            "New samples are generated from a Gaussian code (a VAE's), which is trained to "
            "decode the space between codes; this code is {kind}.",
            kind=kind,
        )
    if not possible(n_labels, _known(samples), n_each=2):
        return Sentence("Each class needs two labelled samples or more, to estimate its variance.")
    return ""


def compute(
    spec: FeaturesSpec, artifact: Artifact, store: Store
) -> Generator[Progress, None, None]:
    """The job of a `FeaturesSpec`.

    Raises
    ------
    JobError
        If the run's weights are others than those that were asked about.
    TooFewSamplesError
        If labels are missing, or a gaussian code is: see `why_not`.
    DataError
        If a code is not a finite number.
    """
    yield Progress("opening the model")
    run = open_run_at(store, spec.run, spec.epochs, Sentence("accuracies"))
    samples = open_samples(store, run.spec.data)
    _check(run, samples, spec)
    study = {
        "codes": feature_studies.codes,
        "tuned": feature_studies.tuned,
        "new": feature_studies.new,
    }[spec.study]
    with closing(study(run, samples, spec)) as steps:
        found = yield from steps
    _write(artifact, found, samples)


def _check(run: OpenRun, samples: SampleSet, spec: FeaturesSpec) -> None:
    if reason := why_not(run, samples, spec.study, spec.part, spec.n_labels):
        raise TooFewSamplesError(reason, "Choose another run, or other data.")
    some = run.encode(np.asarray(samples.x[samples.parts["train"][:256]]))
    if not np.isfinite(some).all():
        raise DataError(
            "This model gives codes that are not finite numbers: its weights have diverged.",
            "Train it again with a smaller learning rate.",
        )


def _write(artifact: Artifact, found: Study, samples: SampleSet) -> None:
    labels = samples.labels
    if labels is None:
        raise TypeError("labels were asked for before")
    artifact.write_array("rows.npy", found.rows)
    accuracy = np.stack([curve.accuracy for curve in found.curves.values()])
    artifact.write_array("accuracy.npy", accuracy)
    for name, clusters in found.clusters.items():
        artifact.write_array(f"clusters-{name}.npy", clusters.assigned)
        artifact.write_array(f"distance-{name}.npy", clusters.distance)
    if found.made:
        artifact.write_array("made.npy", np.stack(list(found.made.values())))
    agreed = {
        name: agreement(clusters.assigned, labels[found.rows])
        for name, clusters in found.clusters.items()
    }
    artifact.write_json(
        RESULT,
        {
            "n_labels": list(next(iter(found.curves.values())).n_labels),
            "curves": list(found.curves),
            "n_known": int((labels[samples.parts["train"]] >= 0).sum()),
            "n_components": found.n_components,
            "clusters": {
                name: {"nmi": some.nmi, "ari": some.ari, "n": found.clusters[name].n_clusters}
                for name, some in agreed.items()
            },
            "made": list(found.made),
            "n_made_from": found.n_made_from,
        },
    )


def load_features(artifact: Artifact) -> FeaturesResult:
    """Read a study back.

    Raises
    ------
    ArtifactMissingError
        If it has not been computed yet.
    DataError
        If the artifact is another kind of thing.
    """
    spec = artifact.spec_as(FeaturesSpec)
    kept = artifact.read_json(RESULT)
    n_labels = tuple(kept["n_labels"])
    accuracy = artifact.read_array("accuracy.npy")
    made = artifact.read_array("made.npy") if kept["made"] else np.empty(0)
    return FeaturesResult(
        spec=spec,
        rows=artifact.read_array("rows.npy"),
        n_known=kept["n_known"],
        n_components=kept["n_components"],
        curves={
            name: LabelCurve(n_labels, some)
            for name, some in zip(kept["curves"], accuracy, strict=True)
        },
        clusters={
            name: Clusters(
                artifact.read_array(f"clusters-{name}.npy"),
                artifact.read_array(f"distance-{name}.npy"),
                about["n"],
            )
            for name, about in kept["clusters"].items()
        },
        agreement={
            name: Agreement(about["nmi"], about["ari"]) for name, about in kept["clusters"].items()
        },
        made=dict(zip(kept["made"], made, strict=True)),
        n_made_from=kept["n_made_from"],
    )


def records(found: FeaturesResult) -> list[dict[str, Any]]:
    """Every accuracy and agreement, one a line, to be taken away.

    `score` is "accuracy", "nmi" or "ari", all at most 1, more is better; `draw` counts from 0.
    """
    lines = [
        {"study": found.spec.study, "what": name, "score": "accuracy", "labels": n, "draw": draw}
        | {"value": float(value)}
        for name, curve in found.curves.items()
        for n, some in zip(curve.n_labels, curve.accuracy, strict=True)
        for draw, value in enumerate(some)
    ]
    for name, agreed in found.agreement.items():
        for score in ("nmi", "ari"):
            value = float(getattr(agreed, score))
            line = {"study": found.spec.study, "what": name, "score": score}
            lines.append({**line, "labels": None, "draw": None, "value": value})
    return lines
