"""Claims about likelihood: what a digit in black and white costs under a VAE and under an IWAE.

Cost: half an hour of two cores, most of it the IWAE's fifty guesses at each picture and the five
thousand at each test picture. Quick leaves all of it out.

Pixels are black or white, fixed once for all: white where the grey is above one half. Most of the
literature draws each pixel once with its grey as the chance to be white (Salakhutdinov & Murray
2008, ICML), which no model can foresee and which costs more nats. Figures of the two sets do not
compare, so the VAE is measured on both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from aecore.api import lab
from aecore.bench.report import Figure
from aecore.runs import OpenRun
from aecore.specs.codes import GaussianCodeSpec
from aecore.specs.run import NetworkSpec, OptimizerSpec
from aecore.specs.terms import IwaeSpec
from aecore.store import Store
from aecore.studies.likelihood import negative_log_likelihood

LEFT_OUT = ("likelihoods of VAE and IWAE",)
"""By quick, for a person."""
N_TEST = 500
"""Test pictures whose likelihood is estimated, the first ones."""
N_SAMPLES = 5000
"""Codes drawn for each."""
_CONV_EPOCHS = 10
_WARM_EPOCHS = 16
"""Of the dense VAE from whose weights VAE and IWAE go on."""
_ON_EPOCHS = 4
"""That both go on for; Burda et al. train for 3,280."""
_FAST = OptimizerSpec(lr=2e-3, schedule="cosine")
_CONV: dict[str, Any] = {
    "network": NetworkSpec(kind="conv", widths=(32, 64), batch_norm=True),
    "code": GaussianCodeSpec(n_dims=32),
    "optimizer": _FAST,
}
_BURDA: dict[str, Any] = {
    "network": NetworkSpec(kind="dense", widths=(200, 200), activation="tanh"),
    "code": GaussianCodeSpec(n_dims=50),
}
"""Two layers of 200, 50 codes: the smaller network of Burda et al. 2016."""
_How = Literal["threshold", "drawn"]
_HOWS: dict[_How, str] = {"threshold": "at one half", "drawn": "by draws"}
_IWAE = (IwaeSpec(reduction="sum", n_samples=50),)


@dataclass(frozen=True)
class Estimate:
    """`-log p(x)` of test pictures.

    Parameters
    ----------
    each
        `(n,)`, nats, less is better.
    """

    each: np.ndarray

    @property
    def nats(self) -> float:
        """Mean over the pictures."""
        return float(self.each.mean())

    @property
    def error(self) -> float:
        """Standard error of the mean."""
        return float(self.each.std(ddof=1) / np.sqrt(len(self.each)))

    @property
    def told(self) -> str:
        """The mean with its error, for a person."""
        return f"{self.nats:.2f} ± {self.error:.2f} nats on {len(self.each):,} test pictures"


def figures(store: Store, *, quick: bool) -> Iterator[Figure]:
    """A convolutional VAE on both binary sets; VAE and IWAE of one network on the thresholded."""
    if quick:
        return
    yield from convolutional(store)
    yield from importance_weighted(store)


def convolutional(store: Store) -> Iterator[Figure]:
    """The VAE's likelihood; the reference's set is the drawn one."""
    for how, words in _HOWS.items():
        settings = _binary(how)
        run = lab.train(
            "vae",
            "mnist",
            store=store,
            data_settings=settings,
            n_epochs=_CONV_EPOCHS,
            **_CONV,
            is_suited=False,
        )
        found = estimate(run, _pictures(store, settings))
        yield Figure(
            f"convolutional VAE, MNIST binarized {words}: -log p(x)",
            found.nats,
            "nats",
            89.9,
            reference=f"{found.told}, {N_SAMPLES:,} importance samples; Kingma & Welling 2014 as "
            "pythae tells it: 89.9",
        )


def importance_weighted(store: Store) -> Iterator[Figure]:
    """Fifty guesses instead of one, from the same start, for as many epochs (Burda et al. 2016)."""
    settings = _binary("threshold")
    common: dict[str, Any] = {"store": store, "data_settings": settings, **_BURDA}
    start = lab.train(
        "vae", "mnist", n_epochs=_WARM_EPOCHS, optimizer=_FAST, **common, is_suited=False
    )
    on: dict[str, Any] = {
        **common,
        "start_from": start.key,
        "n_epochs": _ON_EPOCHS,
        "optimizer": OptimizerSpec(lr=1e-3, schedule="cosine"),
    }
    x = _pictures(store, settings)
    vae = estimate(lab.train("vae", "mnist", **on, is_suited=False), x)
    iwae = estimate(lab.train("iwae", "mnist", objective=_IWAE, **on, is_suited=False), x)
    yield Figure(
        "IWAE (50 samples), dense 200-200-50, MNIST binarized at one half: -log p(x)",
        iwae.nats,
        "nats",
        87.1,
        reference=f"{iwae.told}; {_WARM_EPOCHS} epochs as a VAE, {_ON_EPOCHS} as an IWAE; "
        "Burda et al. 2016: 87.10 (by draws)",
    )
    less = Estimate(iwae.each - vae.each)
    yield Figure(
        "the same less that of a VAE of the same network, start and epochs",
        less.nats,
        "nats",
        0.0,
        reference=f"± {less.error:.2f} over the same pictures; VAE {vae.told}; Burda et al. 2016: "
        "below",
    )


def estimate(run: OpenRun, x: np.ndarray, n_samples: int = N_SAMPLES) -> Estimate:
    """`-log p(x)` by importance sampling.

    Parameters
    ----------
    x
        uint8 `(n, C, H, W)`, of 0 and 255.
    """
    return Estimate(negative_log_likelihood(run, x, n_samples=n_samples))


def _binary(how: _How) -> dict[str, Any]:
    return {"binarize": how, "val_fraction": 0.0}


def _pictures(store: Store, settings: dict[str, Any]) -> np.ndarray:
    samples = lab.load("mnist", store=store, **settings)
    return np.asarray(samples.x[samples.parts["test"][:N_TEST]])
