"""Figures of denoising: MNIST digits under the noise of Keras' own example, beside the filters."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aecore.api import lab
from aecore.bench.report import Figure
from aecore.data.sources import is_here
from aecore.denoising.denoise import Scores, best_filter, denoise
from aecore.denoising.filters import FILTERS, available
from aecore.specs.run import CorruptionSpec
from aecore.store import Store

KERAS_NOISE = CorruptionSpec(kind="gaussian", level=0.5, mean=0.5, clip=True)
KERAS_MSE = 0.0155
N_EPOCHS = 5
_N_FILTERED = 1000


def figures(store: Store) -> Iterator[Figure]:
    """Test MSE of the recipe "denoising", trained and tested under that noise.

    The example adds N(0.5, 0.5) to every pixel and clips to [0, 1]; its autoencoder reaches a
    test MSE of 0.01548 after 30 epochs (github.com/keras-team/keras, issue 9058). Where MNIST is
    not in the data folder, the 5,000 digits that ship take its place, without a target.
    """
    whole = is_here("mnist")
    name = "mnist" if whole else "mnist-5k"
    run = lab.train(
        "denoising", name, store=store, corruption=KERAS_NOISE, n_epochs=N_EPOCHS, is_suited=False
    )
    samples = lab.load(name, store=store)
    x = np.asarray(samples.x[samples.parts["test"]])
    found = denoise(run, x, KERAS_NOISE)
    after = found.after.means()
    words = [f"PSNR {found.before.psnr.mean():.1f} → {after['psnr_db']:.1f} dB"]
    few = denoise(run, x[:_N_FILTERED], KERAS_NOISE)
    for filter_name in available(run.shape):
        filter_ = best_filter(run, samples, filter_name, KERAS_NOISE)
        error = Scores.of(few.clean, filter_.clean(few.noisy)).mse.mean()
        words.append(f"{FILTERS[filter_name].title} {error:.4f}")
    if whole:
        words.insert(0, "Keras example: 0.01548 after 30 epochs")
    where = "10,000 MNIST test digits" if whole else f"{len(x):,} digits of mnist-5k"
    yield Figure(
        f"denoising recipe, {run.epochs} epochs, test MSE on {where} under N(0.5, 0.5)",
        after["mse"],
        "",
        KERAS_MSE if whole else None,
        reference="; ".join(words),
    )
