"""Claims about repairs: a network that knows digits beats interpolation that knows smoothness.

Cost: two trainings of a convolutional network on the 5,000 digits that ship, a minute of two
cores each.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aecore.api import lab
from aecore.bench.report import Figure
from aecore.data.samples import SampleSet
from aecore.denoising.denoise import best_filter, clean
from aecore.denoising.noise import Noisy, noisy
from aecore.metrics.pictures import PSNR_MAX_DB, as_unit
from aecore.runs import OpenRun
from aecore.specs.run import CorruptionSpec
from aecore.specs.terms import BceSpec
from aecore.store import Store

LEFT_OUT: tuple[str, ...] = ()
_DATA = "mnist-5k"
_HIDDEN = CorruptionSpec(kind="occlusion", level=0.15)
_HALVED = CorruptionSpec(kind="downscale", level=1.0)
_N_EPOCHS = 10
_BCE = (BceSpec(),)
"""The squared error hardly minds a background that is nearly black; the cross-entropy does."""


def figures(store: Store, *, quick: bool) -> Iterator[Figure]:
    """Inpainting beside biharmonic filling, super-resolution beside bicubic interpolation."""
    samples = lab.load(_DATA, store=store)
    x = np.asarray(samples.x[samples.parts["test"]])
    yield from inpainting(store, samples, x)
    yield from super_resolution(store, x)


def inpainting(store: Store, samples: SampleSet, x: np.ndarray) -> Iterator[Figure]:
    """A rectangle of 15 % of the area is hidden; both are told where, both fill only that."""
    run = lab.train(
        "inpainting",
        _DATA,
        store=store,
        corruption=_HIDDEN,
        objective=_BCE,
        n_epochs=_N_EPOCHS,
        is_suited=False,
    )
    dirty = noisy(run, x, _HIDDEN)
    if dirty.hidden is None:
        raise TypeError("an occlusion hides pixels")
    ours = filled(run, dirty)
    theirs = best_filter(run, samples, "biharmonic", _HIDDEN).clean(dirty)
    of = f"{len(x):,} test digits of {_DATA}; scikit-image's biharmonic filling"
    a, b = (pooled_psnr_db(x, y, dirty.hidden) for y in (ours, theirs))
    yield Figure(
        "inpainting: PSNR of the pooled error in hidden pixels, over biharmonic's",
        a - b,
        "dB",
        0.0,
        "high",
        f"{a:.2f} against {b:.2f} dB, {of}",
    )
    each = [psnr_db(x, y, dirty.hidden) for y in (ours, theirs)]
    (a, b), perfect = (float(of_one.mean()) for of_one in each), each[1] >= PSNR_MAX_DB
    yield Figure(
        "inpainting: mean of the pictures' PSNR in hidden pixels, over biharmonic's",
        a - b,
        "dB",
        0.0,
        "high",
        f"{a:.2f} against {b:.2f} dB, {of}, perfect (counted as {PSNR_MAX_DB:g} dB) in "
        f"{perfect.sum()}",
    )


def super_resolution(store: Store, x: np.ndarray) -> Iterator[Figure]:
    """Digits of 14 x 14 pixels enlarged to 28 x 28; the network is given bicubic's picture."""
    run = lab.train(
        "super-resolving",
        _DATA,
        store=store,
        corruption=_HALVED,
        objective=_BCE,
        n_epochs=_N_EPOCHS,
        is_suited=False,
    )
    dirty = noisy(run, x, _HALVED)
    ours = clean(run, dirty)
    n = f"{len(x):,} test digits of {_DATA}; torch's bicubic interpolation"
    a, b = (pooled_psnr_db(x, y) for y in (ours, dirty.shown))
    yield Figure(
        "2x super-resolution: PSNR of the pooled error, over bicubic's",
        a - b,
        "dB",
        0.0,
        "high",
        f"{a:.2f} against {b:.2f} dB, {n}",
    )
    a, b = (float(psnr_db(x, y).mean()) for y in (ours, dirty.shown))
    yield Figure(
        "2x super-resolution: mean of the pictures' PSNR, over bicubic's",
        a - b,
        "dB",
        0.0,
        "high",
        f"{a:.2f} against {b:.2f} dB, {n}",
    )


def filled(run: OpenRun, dirty: Noisy) -> np.ndarray:
    """What a run paints where pixels are hidden, else what came; uint8 `(n, C, H, W)`."""
    if dirty.hidden is None:
        return clean(run, dirty)
    return np.where(dirty.hidden[:, None], clean(run, dirty), dirty.shown)


def pooled_psnr_db(x: np.ndarray, x_hat: np.ndarray, where: np.ndarray | None = None) -> float:
    """PSNR of the mean squared error over all pixels of all pictures; dB, more is better.

    Parameters
    ----------
    x, x_hat
        uint8 `(n, C, H, W)`.
    where
        bool `(n, H, W)`, the pixels that count; None: all.
    """
    squared, counted = _errors(x, x_hat, where)
    return float(_decibels(squared.sum() / counted.sum()))


def psnr_db(x: np.ndarray, x_hat: np.ndarray, where: np.ndarray | None = None) -> np.ndarray:
    """PSNR of each picture, over the pixels that count; `(n,)`, dB, at most `PSNR_MAX_DB`."""
    squared, counted = _errors(x, x_hat, where)
    return _decibels(squared / counted)


def _errors(
    x: np.ndarray, x_hat: np.ndarray, where: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Sum of squared errors and number of values of each picture, `(n,)` both."""
    apart = np.square(as_unit(x) - as_unit(x_hat))
    counts = np.ones_like(apart) if where is None else np.broadcast_to(where[:, None], apart.shape)
    return (apart * counts).sum((1, 2, 3)), counts.sum((1, 2, 3))


def _decibels(error: np.ndarray) -> np.ndarray:
    decibels: np.ndarray = -10.0 * np.log10(np.maximum(error, 10.0 ** (-PSNR_MAX_DB / 10.0)))
    return decibels
