"""Claims about pictures that a model makes up: where codes are drawn from decides.

Cost: three trainings of 30 epochs, a quarter of an hour of two cores on all of MNIST; quick makes
the same claims on the 5,000 digits that ship.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aecore.api import lab
from aecore.bench.report import Figure
from aecore.data.samples import SampleSet
from aecore.latent.codes import codes_spec, load_codes
from aecore.metrics.pictures import mse
from aecore.runs import OpenRun
from aecore.specs.codes import GaussianCodeSpec, PlainCodeSpec
from aecore.specs.run import NetworkSpec
from aecore.store import Store
from aecore.studies.generation import generation_scores
from aecore.studies.sample_quality import GenerationScores

LEFT_OUT = ("samples of all 60,000 digits, whose place mnist-5k takes",)
"""By quick, for a person."""
N_DIMS = 16
_NETWORK = NetworkSpec(kind="dense", widths=(400,))
_PLAIN = PlainCodeSpec(n_dims=N_DIMS)
_CODES = {
    "undercomplete": _PLAIN,
    "vae": GaussianCodeSpec(n_dims=N_DIMS),
    "wae-mmd": _PLAIN,
}
_UNIT = "in features-28"
_GHOSH = "Ghosh et al. 2020, table 1"


@dataclass(frozen=True)
class _Judged:
    run: OpenRun
    scores: GenerationScores
    mse: float
    """Of the reconstructions of the whole test part."""


def figures(store: Store, quick: bool) -> Iterator[Figure]:
    """Plain autoencoder, VAE and WAE of one size (784-400-16), compared in one harness.

    Parameters
    ----------
    quick
        The 5,000 digits that ship instead of MNIST's 60,000: everything else is the same.
    """
    data = "mnist-5k" if quick else "mnist"
    samples = lab.load(data, store=store)
    judged = {name: _judge(name, data, samples, store) for name in _CODES}
    plain, vae, wae = judged["undercomplete"], judged["vae"], judged["wae-mmd"]
    n = plain.scores.n
    where = f"{data}, {n:,} pictures a cloud"
    yield Figure(
        "plain AE: Frechet distance of mixture samples over that of prior samples",
        plain.scores.samples["mixture"] / plain.scores.samples["prior"],
        "",
        0.5,
        reference=f"{where}; {_GHOSH}: 10.66 / 58.73 = 0.18 with Inception's features",
    )
    yield Figure(
        "prior samples: Frechet distance of the VAE's over the plain AE's",
        vae.scores.samples["prior"] / plain.scores.samples["prior"],
        "",
        1.0,
        reference=f"{where}; {_GHOSH}: 19.21 / 58.73 = 0.33",
    )
    yield Figure(
        "test MSE of the WAE over the VAE's",
        wae.mse / vae.mse,
        "",
        1.0,
        reference=f"{wae.mse:.4f} / {vae.mse:.4f}; {_GHOSH}: FID of reconstructions "
        "10.03 / 18.26 = 0.55",
    )
    titles = {"undercomplete": "plain AE", "vae": "VAE", "wae-mmd": "WAE"}
    for name, found in judged.items():
        yield from _told(titles[name], found.scores, where)
    yield Figure("Frechet distance of other real pictures", plain.scores.floor, _UNIT)


def _judge(name: str, data: str, samples: SampleSet, store: Store) -> _Judged:
    run = lab.train(name, data, store=store, network=_NETWORK, code=_CODES[name], is_suited=False)
    key = store.create(codes_spec(run)).key
    lab.finish(store, key)
    scores = generation_scores(run, samples, load_codes(store.artifact(key)))
    x = np.asarray(samples.x[samples.parts["test"]])
    return _Judged(run, scores, float(mse(x, run.reconstruct(x)).mean()))


def _told(title: str, scores: GenerationScores, where: str) -> Iterator[Figure]:
    found = {"reconstructions": scores.reconstructions}
    found |= {f"{name} samples": value for name, value in scores.samples.items()}
    for what, value in found.items():
        yield Figure(f"{title}: Frechet distance of {what}", value, _UNIT, reference=where)
