"""Claims about disentangling: one number of the code for each way in which sprites differ.

Cost: fifteen small trainings, about five minutes of two cores. Quick leaves all of it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecore.api import lab
from aecore.bench.report import Figure
from aecore.data.samples import SampleSet
from aecore.metrics.disentanglement import factor_vae_score, mutual_information_gap
from aecore.metrics.pictures import mse
from aecore.runs import OpenRun
from aecore.specs.codes import GaussianCodeSpec
from aecore.specs.run import NetworkSpec, OptimizerSpec
from aecore.specs.term import TermSpec
from aecore.specs.terms import BceSpec, KlSpec, TotalCorrelationSpec
from aecore.store import Store
from aecore.studies.likelihood import likelihoods

LEFT_OUT = ("disentangling on sprites",)
"""By quick, for a person."""
N_SEEDS = 5
_N_DRAWS = 5
"""Codes drawn for each picture when its bound is measured."""
_LIKE = 1.2
"""Reconstructions are like the VAE's where their error is at most so many times as large."""
_DATA: dict[str, Any] = {"size_px": 32}
_SETTINGS: dict[str, Any] = {
    "network": NetworkSpec(kind="dense", widths=(256, 128)),
    "code": GaussianCodeSpec(n_dims=10),
    "optimizer": OptimizerSpec(lr=3e-3, schedule="cosine"),
    "batch_size": 256,
    "n_epochs": 30,
}
_BCE, _KL = BceSpec(reduction="sum"), KlSpec(reduction="sum")
_FAMILIES: dict[str, tuple[TermSpec, ...]] = {
    "VAE": (_BCE, _KL),
    "beta-VAE": (_BCE, KlSpec(reduction="sum", weight=4.0)),
    "beta-TCVAE": (_BCE, _KL, TotalCorrelationSpec(reduction="sum")),
}


@dataclass(frozen=True)
class Scores:
    """One run, or the medians of several.

    Parameters
    ----------
    mig
        Mutual information gap over all sprites, 0 to 1, more is better.
    factor_vae
        FactorVAE score over all sprites, up to 1, more is better.
    mse
        Of reconstructions of the test part, a pixel; less is better.
    bound_nats
        Negative evidence lower bound of the test part at beta 1; less is better.
    """

    mig: float
    factor_vae: float
    mse: float
    bound_nats: float

    @property
    def told(self) -> str:
        """All of them, for a person."""
        return (
            f"MIG {self.mig:.3f}, FactorVAE {self.factor_vae:.3f}, test MSE {self.mse:.5f}, "
            f"-ELBO {self.bound_nats:.1f} nats"
        )


def figures(store: Store, *, quick: bool) -> Iterator[Figure]:
    """VAE, beta-VAE (4) and beta-TCVAE (2) of one network on sprites, medians of five seeds."""
    if quick:
        return
    sprites = lab.load("sprites", store=store, **_DATA)
    found = {name: _of_family(name, sprites, store) for name in _FAMILIES}
    vae, beta, tc = (medians(each) for each in found.values())
    ahead = {name: n_ahead(each, found["VAE"]) for name, each in found.items()}
    of = f"medians of {N_SEEDS} seeds"
    yield Figure(
        "sprites, beta 1 to 4: rise of the mutual information gap",
        beta.mig - vae.mig,
        "",
        0.0,
        "high",
        f"{of}, a rise in {ahead['beta-VAE']}; beta 1: {vae.told}; beta 4: {beta.told}; "
        "Higgins et al. 2017",
    )
    yield Figure(
        "sprites, beta 1 to 4: test MSE of beta 4 over beta 1's",
        beta.mse / vae.mse,
        "×",
        1.0,
        "high",
        f"{of}; Higgins et al. 2017: disentangling costs reconstruction",
    )
    yield Figure(
        "sprites, beta-TCVAE (2): mutual information gap over the VAE's",
        tc.mig - vae.mig,
        "",
        0.0,
        "high",
        f"{of}, above in {ahead['beta-TCVAE']}; beta-TCVAE: {tc.told}; Chen et al. 2018",
    )
    yield Figure(
        "sprites, beta-TCVAE (2): test MSE over the VAE's",
        tc.mse / vae.mse,
        "×",
        _LIKE,
        reference=f"{of}; beta-VAE (4): {beta.mse / vae.mse:.2f}",
    )


def _of_family(name: str, sprites: SampleSet, store: Store) -> list[Scores]:
    settings = {**_SETTINGS, "data_settings": _DATA, "objective": _FAMILIES[name]}
    runs = (
        lab.train("vae", "sprites", store=store, seed=seed, **settings, is_suited=False)
        for seed in range(N_SEEDS)
    )
    return [scores(run, sprites) for run in runs]


def scores(run: OpenRun, sprites: SampleSet) -> Scores:
    """A gaussian run's scores on samples whose factors are known."""
    z = run.encode(np.asarray(sprites.x))
    x = np.asarray(sprites.x[sprites.parts["test"]])
    return Scores(
        mutual_information_gap(z, sprites.factors),
        factor_vae_score(z, sprites.factors),
        float(mse(x, run.reconstruct(x)).mean()),
        float(likelihoods(run, x, n_samples=_N_DRAWS, binarization="none").bound.mean()),
    )


def medians(found: list[Scores]) -> Scores:
    """Of each score by itself."""
    return Scores(*(float(np.median(values)) for values in zip(*map(_values, found), strict=True)))


def n_ahead(found: list[Scores], other: list[Scores]) -> int:
    """In how many seeds the mutual information gap is wider than the other's."""
    return sum(a.mig > b.mig for a, b in zip(found, other, strict=True))


def _values(found: Scores) -> tuple[float, float, float, float]:
    return found.mig, found.factor_vae, found.mse, found.bound_nats
