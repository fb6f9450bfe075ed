"""A denoiser over levels of one noise, beside the filters: computed as a job, kept as JSON."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from aecore.artifact import Artifact, Progress
from aecore.data.ingest import open_samples
from aecore.data.samples import PartName
from aecore.denoising.denoise import Scores, best_filter, denoise
from aecore.denoising.filters import FILTERS, available, left_out
from aecore.denoising.noise import check_pictures
from aecore.runs import OpenRun, open_run_at
from aecore.sentence import Sentence
from aecore.specs.run import CorruptionSpec
from aecore.specs.studies import DenoiseSpec
from aecore.store import Store
from aecore.studies.evaluation import rows_of

RESULT = "levels.json"
NOISY, CLEANED = "noisy", "cleaned"
"""Names of the curves of the input and of the model, beside those of the filters."""
_TITLES = {NOISY: Sentence("The input"), CLEANED: Sentence("The model")}
_SHARES = tuple(round(0.1 * i, 1) for i in range(1, 10))
_TRIED: dict[str, tuple[float, ...]] = {
    "gaussian": (*_SHARES, 1.0),
    "occlusion": (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6),
    "downscale": (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0),
    "blur": (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0),
}
"""Levels that are tried of each noise; of the others, shares from 0.1 to 0.9."""


@dataclass(frozen=True)
class Levels:
    """Mean scores over the levels of a noise.

    Parameters
    ----------
    levels
        `(k,)`.
    psnr, ssim
        Name ("noisy", "cleaned", or a filter's) to means, `(k,)`; dB, and -1 to 1. NaN where a
        mean is not finite.
    strengths
        Name of a filter to the strength it was given at each level.
    left_out
        Name of a filter to why it could not be tried, or of a curve to what is missing of it.
    n_pictures
        So many pictures each mean is over.
    """

    spec: DenoiseSpec
    levels: np.ndarray
    psnr: dict[str, np.ndarray]
    ssim: dict[str, np.ndarray]
    strengths: dict[str, np.ndarray]
    left_out: dict[str, str]
    n_pictures: int


def levels_spec(
    run: OpenRun,
    noise: CorruptionSpec | None = None,
    *,
    part: PartName = "test",
    n_pictures: int = 100,
    seed: int = 0,
) -> DenoiseSpec:
    """What to ask for: a run over eight to ten levels of a noise, and the one it was trained at.

    Parameters
    ----------
    noise
        Its level gives way; None: the noise the run was trained with, else gaussian.
    """
    noise = noise or default_noise(run)
    levels = {0.0, *_TRIED.get(noise.kind, _SHARES)}
    levels |= {run.spec.corruption.level} if is_trained_for(run, noise) else set()
    return DenoiseSpec.of(
        run=run.key,
        epochs=run.epochs,
        noise=noise.model_copy(update={"level": 0.0}),
        levels=tuple(sorted(levels)),
        part=part,
        n_pictures=n_pictures,
        seed=seed,
    )


def default_noise(run: OpenRun) -> CorruptionSpec:
    """The noise a run was trained with; where that is none, gaussian of deviation 0.4."""
    trained = run.spec.corruption
    return trained if trained.kind != "none" else CorruptionSpec(kind="gaussian", level=0.4)


def is_trained_for(run: OpenRun, noise: CorruptionSpec) -> bool:
    """Whether a run has met this kind of noise in training."""
    trained = run.spec.corruption
    return trained.kind == noise.kind and (trained.kind != "gaussian" or trained.mean == noise.mean)


def compute(spec: DenoiseSpec, artifact: Artifact, store: Store) -> Generator[Progress, None, None]:
    """The job of a `DenoiseSpec`: score input, model and filters at each level.

    Raises
    ------
    DataError
        If the run reads no pictures.
    JobError
        If it was trained on since this was asked for.
    TooFewSamplesError
        If the part is empty.
    """
    yield Progress("opening the model")
    run = open_run_at(store, spec.run, spec.epochs, Sentence("scores"))
    check_pictures(run)
    samples = open_samples(store, run.spec.data)
    x = np.asarray(samples.x[rows_of(samples, spec.part, spec.n_pictures)])
    names = list(available(run.shape, spec.noise.kind))
    found: dict[str, list[Scores]] = {name: [] for name in (NOISY, CLEANED, *names)}
    strengths: dict[str, list[float]] = {name: [] for name in names}
    n_steps, n_done = len(spec.levels) * (1 + len(names)), 0
    for level in spec.levels:
        noise = spec.noise.model_copy(update={"level": level})
        yield Progress(Sentence("level {level:g}", level=level), n_done, n_steps)
        seen = denoise(run, x, noise, spec.seed)
        found[NOISY].append(seen.before)
        found[CLEANED].append(seen.after)
        n_done += 1
        for name in names:
            yield Progress(
                Sentence(
                    "level {level:g}, {filter}", level=level, filter=Sentence(FILTERS[name].title)
                ),
                n_done,
                n_steps,
            )
            filter_ = best_filter(run, samples, name, noise, spec.seed)
            found[name].append(Scores.of(x, filter_.clean(seen.noisy)))
            strengths[name].append(filter_.strength)
            n_done += 1
    artifact.write_json(
        RESULT,
        {
            "psnr": {name: [_mean(s.psnr) for s in scores] for name, scores in found.items()},
            "ssim": {name: [_mean(s.ssim) for s in scores] for name, scores in found.items()},
            "strengths": strengths,
            "left_out": {
                name: reason
                for name, known in FILTERS.items()
                if spec.noise.kind in known.against and (reason := left_out(name, run.shape))
            },
            "n_pictures": len(x),
        },
    )
    yield Progress("done", n_steps, n_steps)


def load_levels(artifact: Artifact) -> Levels:
    """Read the result back.

    Raises
    ------
    ArtifactMissingError
        If it has not been computed.
    DataError
        If the artifact is another kind of thing.
    """
    spec = artifact.spec_as(DenoiseSpec)
    kept = artifact.read_json(RESULT)
    curves = {  # None becomes NaN
        score: {name: np.array(values, np.float64) for name, values in kept[score].items()}
        for score in ("psnr", "ssim", "strengths")
    }
    return Levels(
        spec,
        np.array(spec.levels),
        **curves,
        left_out={**kept["left_out"], **_missing(curves["psnr"])},
        n_pictures=kept["n_pictures"],
    )


def _mean(values: np.ndarray) -> float | None:
    """Mean, as JSON can hold it: None where it is not finite."""
    mean = float(values.mean())
    return mean if math.isfinite(mean) else None


def _missing(curves: dict[str, np.ndarray]) -> dict[str, str]:
    """What is missing of curves, in a sentence each, by name."""
    found: dict[str, str] = {}
    for name, values in curves.items():
        if n_missing := int((~np.isfinite(values)).sum()):
            title = Sentence(FILTERS[name].title) if name in FILTERS else _TITLES[name]
            found[name] = Sentence(
                "{title}: no score at {n_missing} of {n} levels.",
                title=title,
                n_missing=n_missing,
                n=len(values),
            )
    return found
