"""All scores of a run on one part, beside PCA and bare pixels: computed as a job, and kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from threadpoolctl import threadpool_limits

from aecore.artifact import Artifact, Progress
from aecore.data.ingest import open_samples
from aecore.errors import AecoreError
from aecore.metrics.clusters import kmeans_agreement
from aecore.metrics.disentanglement import factor_vae_score, mutual_information_gap
from aecore.metrics.features import few_labels, knn_hits, probe_hits, standardized
from aecore.metrics.neighbourhood import trustworthiness
from aecore.metrics.pictures import mse, psnr, ssim
from aecore.metrics.versus import Column
from aecore.runs import OpenRun, open_run_at
from aecore.sentence import Sentence
from aecore.specs.codes import QuantizedCodeSpec
from aecore.specs.studies import ScoresSpec
from aecore.store import Store
from aecore.studies.evaluation import row_nats
from aecore.studies.evaluation_data import PCA, PIXELS, RUN, EvaluationData, sight_of
from aecore.units.posterior import Posterior

RESULT = "scores.json"
N_LIKELY = 100
"""Pictures whose likelihood is estimated."""
K_LIKELY = 100
"""Codes drawn for each."""
N_FACTOR_DIMS = 512
"""Dimensions of a code that are held against factors, at the most."""


@dataclass(frozen=True)
class RunScores:
    """What a run scores, and PCA and the pixels beside it; see `aecore.metrics.catalogue`.

    Parameters
    ----------
    rows
        int64 `(n,)`, which samples of the set; the same for every run on the same data.
    n_components
        Of the PCA beside it: as many as its code has numbers (entries, of a quantized one).
    n_fit
        Training samples that features were read from.
    posterior
        Of a gaussian code; None for others.
    left_out
        Name of a score, or of a group of them, to why it could not be had.
    """

    spec: ScoresSpec
    rows: np.ndarray
    n_components: int
    n_fit: int
    run: Column
    pca: Column
    pixels: Column
    posterior: Posterior | None
    left_out: dict[str, str]


def scores_spec(
    run: OpenRun, part: Literal["test", "val"] = "test", *, n_samples: int = 1000, seed: int = 0
) -> ScoresSpec:
    """What asks for the scores of a run as its weights stand now.

    Raises
    ------
    SpecError
        If a setting is out of bounds.
    """
    return ScoresSpec.of(run=run.key, epochs=run.epochs, part=part, n_samples=n_samples, seed=seed)


def compute(spec: ScoresSpec, artifact: Artifact, store: Store) -> Generator[Progress, None, None]:
    """The job of a `ScoresSpec`.

    Raises
    ------
    JobError
        If the run's weights are others than those that were asked about.
    TooFewSamplesError
        If the part is empty.
    """
    yield Progress("opening the model", 0, len(_STEPS) + 1)
    run = open_run_at(store, spec.run, spec.epochs, Sentence("scores"))
    samples = open_samples(store, run.spec.data)
    yield Progress("encoding", 0, len(_STEPS) + 1)
    sight = sight_of(run, samples, spec)
    columns = {name: Column() for name in (RUN, PCA, PIXELS)}
    left_out: dict[str, str] = {}
    for n_done, (phase, step) in enumerate(_STEPS, 1):
        yield Progress(phase, n_done, len(_STEPS) + 1)
        with threadpool_limits(1):  # small matrices: threads lose tenfold on a busy machine
            step(sight, columns, left_out)
    _write(artifact, sight, columns, left_out)
    yield Progress("done", len(_STEPS) + 1, len(_STEPS) + 1)


def _reconstructions(
    sight: EvaluationData, columns: dict[str, Column], left_out: dict[str, str]
) -> None:
    ours, plain = row_nats(sight.run, sight.samples, sight.x)
    if not np.isnan(ours).any():
        columns[RUN].each["row_nats"], columns[PIXELS].each["row_nats"] = ours, plain
    if sight.run.model.has_softmax_output:
        left_out["mse"] = Sentence(
            "Probabilities of counts are no counts: they have no squared error."
        )
        return
    for name, x_hat in (
        (RUN, sight.run.decode(sight.z[RUN])),
        (PCA, sight.pca.reconstruct(sight.x)),
    ):
        for score in (mse, psnr, ssim) if sight.samples.is_pictures else (mse,):
            columns[name].each[score.__name__] = score(sight.x, x_hat)


def _labels(sight: EvaluationData, columns: dict[str, Column], left_out: dict[str, str]) -> None:
    labels, fit_labels = sight.labels, sight.fit_labels
    if labels is None or fit_labels is None or len(np.unique(fit_labels[fit_labels >= 0])) < 2:
        left_out["labels"] = Sentence("These samples have no labels, or all the same.")
        return
    if not (labels >= 0).any():
        left_out["labels"] = Sentence("No sample of this part has a label.")
        return
    for name, column in columns.items():
        fit, z = standardized(sight.z_fit[name], sight.z[name], each=name == RUN)
        column.each["knn"] = knn_hits(fit, fit_labels, z, labels)
        column.each["probe"] = probe_hits(fit, fit_labels, z, labels)
        found = few_labels(fit, fit_labels, z, labels, seed=sight.seed)
        for i, n in enumerate(found.n_labels):
            column.each[f"knn_{n}"], column.each[f"probe_{n}"] = found.knn[i], found.probe[i]


def _groups(sight: EvaluationData, columns: dict[str, Column], left_out: dict[str, str]) -> None:
    k = min(10, (len(sight.rows) - 1) // 2)
    for name, column in columns.items():
        if name != PIXELS and k >= 1:
            column.whole["trustworthiness"] = trustworthiness(
                sight.z[PIXELS], sight.z[name], k=k, seed=sight.seed
            )
        if sight.labels is None or "labels" in left_out:
            continue
        n_classes = len(np.unique(sight.labels[sight.labels >= 0]))
        if 2 <= n_classes < (sight.labels >= 0).sum():
            (z,) = standardized(sight.z[name], each=name == RUN)
            found = kmeans_agreement(z, sight.labels, seed=sight.seed)
            column.whole["nmi"], column.whole["ari"] = found.nmi, found.ari


def _code(sight: EvaluationData, columns: dict[str, Column], left_out: dict[str, str]) -> None:
    whole = columns[RUN].whole
    if sight.posterior is not None:
        whole["active"], whole["kl"] = sight.posterior.n_active, float(sight.posterior.kl.sum())
    if sight.entries is not None:
        from aecore.models.codes import perplexity

        whole["perplexity"] = perplexity(
            sight.entries, sight.run.spec.code_as(QuantizedCodeSpec).codebook_size
        )


def _likelihood(
    sight: EvaluationData, columns: dict[str, Column], left_out: dict[str, str]
) -> None:
    from aecore.studies.likelihood import likelihoods

    run, spec = sight.run, sight.run.spec
    first = spec.objective[0].name
    if spec.code.kind != "gaussian" or first not in ("bce", "iwae"):
        left_out["likelihood"] = Sentence(
            "A likelihood needs a gaussian code and a decoder trained on the cross-entropy."
        )
        return
    some = sight.x[:N_LIKELY]
    found = likelihoods(run, some, n_samples=K_LIKELY, seed=sight.seed)
    bound, nll = np.full((2, len(sight.x)), np.nan)
    bound[: len(some)], nll[: len(some)] = found.bound, found.nll
    columns[RUN].each["bound"], columns[RUN].each["nll"] = bound, nll


def _factors(sight: EvaluationData, columns: dict[str, Column], left_out: dict[str, str]) -> None:
    if not sight.factors:
        return
    for name in (RUN, PCA):
        z = sight.z_fit[name]
        if not 2 <= z.shape[1] <= N_FACTOR_DIMS or sight.entries is not None:
            left_out["factors"] = Sentence(
                "Only a code of 2 to 512 numbers is held against factors."
            )
            continue
        columns[name].whole["mig"] = mutual_information_gap(z, sight.factors)
        columns[name].whole["factor_vae"] = factor_vae_score(z, sight.factors, seed=sight.seed)


def _generation(
    sight: EvaluationData, columns: dict[str, Column], left_out: dict[str, str]
) -> None:
    from aecore.studies.generation import generation_scores

    try:
        found = generation_scores(sight.run, sight.samples, sight.codes, seed=sight.seed)
    except AecoreError as problem:
        left_out["generation"] = problem.text
        return
    columns[RUN].whole["frechet_rebuilt"] = found.reconstructions
    columns[PCA].whole["frechet_rebuilt"] = found.pca
    for name, distance in found.samples.items():
        columns[RUN].whole[f"frechet_{name}"] = distance


_Step = Callable[[EvaluationData, dict[str, Column], dict[str, str]], None]
_STEPS: tuple[tuple[str, _Step], ...] = (
    (Sentence("scoring reconstructions"), _reconstructions),
    (Sentence("predicting classes from the codes"), _labels),
    (Sentence("clustering the codes"), _groups),
    (Sentence("measuring the code"), _code),
    (Sentence("estimating the likelihood"), _likelihood),
    (Sentence("comparing codes with factors"), _factors),
    (Sentence("scoring generated pictures"), _generation),
)


def _write(
    artifact: Artifact, sight: EvaluationData, columns: dict[str, Column], left_out: dict[str, str]
) -> None:
    artifact.write_array("rows.npy", sight.rows)
    names = {name: list(column.each) for name, column in columns.items()}
    for name, column in columns.items():
        values = np.array(list(column.each.values()), np.float64).reshape(-1, len(sight.rows))
        artifact.write_array(f"each-{name}.npy", values)
    if sight.posterior is not None:
        found = np.stack([sight.posterior.kl, sight.posterior.variance])
        artifact.write_array("posterior.npy", found)
    wholes = {
        name: {score: float(v) for score, v in column.whole.items() if math.isfinite(v)}
        for name, column in columns.items()
    }
    artifact.write_json(
        RESULT,
        {
            "each": names,
            "whole": wholes,
            "n_components": sight.pca.n_components,
            "n_fit": len(sight.fit_rows),
            "has_posterior": sight.posterior is not None,
            "left_out": left_out,
        },
    )


def load_scores(artifact: Artifact) -> RunScores:
    """Read the scores back.

    Raises
    ------
    ArtifactMissingError
        If they have not been computed yet.
    DataError
        If the artifact is another kind of thing.
    """
    spec = artifact.spec_as(ScoresSpec)
    kept = artifact.read_json(RESULT)
    columns = {}
    for name in (RUN, PCA, PIXELS):
        values = artifact.read_array(f"each-{name}.npy")
        columns[name] = Column(
            dict(zip(kept["each"][name], values, strict=True)), kept["whole"][name]
        )
    posterior = None
    if kept["has_posterior"]:
        kl, variance = artifact.read_array("posterior.npy")
        posterior = Posterior(kl, variance)
    return RunScores(
        spec=spec,
        rows=artifact.read_array("rows.npy"),
        n_components=kept["n_components"],
        n_fit=kept["n_fit"],
        **columns,
        posterior=posterior,
        left_out=kept["left_out"],
    )
