"""Scores of what a run makes up: each sampler's pictures against held-out ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aecore.data.samples import PARTS, SampleSet
from aecore.latent.codes import Codes
from aecore.latent.samplers import Mixture, OneGaussian, Prior, Sampler
from aecore.studies.evaluation import PCABaseline
from aecore.studies.sample_quality import N_MAX, GenerationScores, held_out, scores_of_pictures

if TYPE_CHECKING:
    from aecore.runs import OpenRun


def fitted_samplers(codes: Codes, *, seed: int = 0) -> list[Sampler]:
    """The prior, one Gaussian and a mixture of ten, fitted to the codes of the training part.

    Raises
    ------
    TooFewSamplesError, DataError
        See `Mixture`.
    """
    is_train = codes.part == PARTS.index("train")
    z = codes.z[is_train] if is_train.any() else codes.z
    return [Prior(codes.n_dims), OneGaussian(z, seed=seed), Mixture(z, seed=seed)]


def generation_scores(
    run: OpenRun, samples: SampleSet, codes: Codes, *, n: int = N_MAX, seed: int = 0
) -> GenerationScores:
    """Frechet distances in features-28 of a run's reconstructions and of each sampler's pictures.

    Parameters
    ----------
    samples
        What the run was trained on.
    codes
        Its codes; see `aecore.latent.codes`.
    n
        Pictures in each cloud; fewer where fewer than 2n are held out.
    seed
        Decides which pictures are drawn, and the codes.

    Raises
    ------
    TooFewSamplesError
        If too few pictures are held out.
    DataError
        If the samples are no pictures.
    """
    pictures = held_out(samples, n, seed=seed)
    n_each = len(pictures.real)
    return scores_of_pictures(
        pictures,
        run.reconstruct(pictures.others),
        PCABaseline(samples, run.n_numbers).reconstruct(pictures.others),
        {
            sampler.name: np.asarray(run.decode(sampler.sample(n_each, seed)))
            for sampler in fitted_samplers(codes)
        },
    )
