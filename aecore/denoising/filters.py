"""Classical filters that need no training, each as strong as serves it best against one noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from aecore.denoising.noise import Effect, Noisy, to_shown
from aecore.errors import SpecError
from aecore.metrics.pictures import psnr
from aecore.sentence import Sentence
from aecore.specs.run import CorruptionKind

Apply = Callable[[np.ndarray, float, float], np.ndarray]
"""Values `(n, C, H, W)`, deviation of the noise, strength: to values."""
GRAINY: tuple[CorruptionKind, ...] = ("gaussian", "masking", "salt_pepper", "dropout", "swap")
"""Corruptions that hit single pixels."""


@dataclass(frozen=True)
class Filter:
    """One filter.

    Parameters
    ----------
    summary
        What it does, in one plain sentence, and its reference.
    strengths
        What is tried, from weak to strong; `unit` says what the numbers mean.
    by_median
        Whether it takes medians: it is then not misled by means (see `Effect.undone`).
    """

    title: str
    summary: str
    strengths: tuple[float, ...]
    unit: str
    apply: Apply
    by_median: bool = False
    min_side_px: int = 3
    needs: str = ""
    """Package it wants beyond those that come with the library."""
    against: tuple[CorruptionKind, ...] = GRAINY
    """Kinds of noise it is made for."""
    fills: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
    """Values `(n, C, H, W)` and hidden pixels `(n, H, W)` to values: of a filter that is told
    where something is missing, in place of `apply`."""


def _gaussian(values: np.ndarray, deviation: float, strength: float) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    smooth: np.ndarray = gaussian_filter(values, strength, axes=(2, 3), mode="nearest")
    return smooth


def _median(values: np.ndarray, deviation: float, strength: float) -> np.ndarray:
    from scipy.ndimage import median_filter

    smooth: np.ndarray = median_filter(values, size=int(strength), axes=(2, 3), mode="nearest")
    return smooth


def _total_variation(values: np.ndarray, deviation: float, strength: float) -> np.ndarray:
    from skimage.restoration import denoise_tv_chambolle

    weight = strength * max(deviation, 0.01)
    return np.stack([denoise_tv_chambolle(x, weight=weight, channel_axis=0) for x in values])


def _nl_means(values: np.ndarray, deviation: float, strength: float) -> np.ndarray:
    from skimage.restoration import denoise_nl_means

    sigma = max(deviation, 0.01)
    settings = {"patch_size": 5, "patch_distance": 6, "h": strength * sigma, "sigma": sigma}
    if values.shape[1] == 1:  # as a channel of its own it is taken for the axis of a volume
        return np.stack([denoise_nl_means(x[0], fast_mode=True, **settings)[None] for x in values])
    return np.stack(
        [denoise_nl_means(x, fast_mode=True, channel_axis=0, **settings) for x in values]
    )


def _wavelet(values: np.ndarray, deviation: float, strength: float) -> np.ndarray:
    from skimage.restoration import denoise_wavelet

    sigma = strength * max(deviation, 0.01)
    return np.stack([[denoise_wavelet(channel, sigma=sigma) for channel in x] for x in values])


def _unsharp(values: np.ndarray, deviation: float, strength: float) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    smooth = gaussian_filter(values, 1.0, axes=(2, 3), mode="nearest")
    sharper: np.ndarray = values + strength * (values - smooth)
    return sharper


def _biharmonic(values: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    from skimage.restoration import inpaint_biharmonic

    whole = zip(values, hidden, strict=True)
    return np.stack(
        [inpaint_biharmonic(x, mask, channel_axis=0) if mask.any() else x for x, mask in whole]
    )


def _as_they_are(values: np.ndarray, deviation: float, strength: float) -> np.ndarray:
    return values


FILTERS: dict[str, Filter] = {
    "gaussian": Filter(
        "Gaussian blur",
        "Each pixel becomes a weighted mean of its neighbours.",
        (0.3, 0.5, 0.7, 0.9, 1.2, 1.6, 2.2),
        "px deviation",
        _gaussian,
    ),
    "median": Filter(
        "Median",
        "Each pixel becomes the median of its neighbours: single outliers vanish. Tukey 1977.",
        (3, 5, 7),
        "px window",
        _median,
        by_median=True,
    ),
    "tv": Filter(
        "Total variation",
        "As little variation of brightness as the noise allows. Chambolle 2004, JMIV 20.",
        (0.15, 0.3, 0.5, 0.8, 1.2, 1.8, 2.7),
        "× noise deviation",
        _total_variation,
    ),
    "nl_means": Filter(
        "Non-local means",
        "Mean over similar patches of the picture. Buades, Coll & Morel 2005, CVPR.",
        (0.3, 0.5, 0.7, 1.0, 1.4),
        "× noise deviation",
        _nl_means,
        min_side_px=8,
    ),
    "wavelet": Filter(
        "Wavelet",
        "Small wavelet coefficients are removed as noise. Chang, Yu & Vetterli 2000, IEEE TIP 9.",
        (0.5, 0.75, 1.0, 1.5, 2.0),
        "× noise deviation",
        _wavelet,
        min_side_px=8,
        needs="pywt",
    ),
    "unsharp": Filter(
        "Unsharp mask",
        "What a blur of 1 px removes is added once more: edges become steeper.",
        (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0),
        "× the difference",
        _unsharp,
        against=("downscale", "blur"),
    ),
    "biharmonic": Filter(
        "Biharmonic",
        "The hidden region, which must be known, is filled as smoothly as its border allows. "
        "Damelin & Hoang 2018, IJMMS.",
        (1.0,),
        "",
        _as_they_are,
        against=("occlusion",),
        fills=_biharmonic,
    ),
}


def left_out(name: str, shape: tuple[int, ...], kind: CorruptionKind | None = None) -> str:
    """Why a filter cannot work on pictures of this shape here; empty where it can.

    Parameters
    ----------
    kind
        Of the noise; a filter is made for some kinds. None: whichever it is made for.

    Raises
    ------
    SpecError
        If there is no such filter.
    """
    if name not in FILTERS:
        raise SpecError(
            "There is no filter {name:.60}.",
            "Choose from {filters}.",
            name=repr(name),
            filters=", ".join(FILTERS),
        )
    wanted = FILTERS[name]
    if kind is not None and kind not in wanted.against:
        return Sentence(
            "{title} is made for {kinds}, not for {kind}.",
            title=Sentence(wanted.title),
            kinds=", ".join(wanted.against).replace("_", " "),
            kind=kind.replace("_", " "),
        )
    if min(shape[1:]) < wanted.min_side_px:
        return Sentence(
            "{title} needs pictures of {min_side_px} pixels or more a side.",
            title=Sentence(wanted.title),
            min_side_px=wanted.min_side_px,
        )
    if wanted.needs and find_spec(wanted.needs) is None:
        return Sentence(
            "{title} needs the package PyWavelets, which is not installed.",
            title=Sentence(wanted.title),
        )
    return ""


def available(shape: tuple[int, ...], kind: CorruptionKind = "gaussian") -> dict[str, str]:
    """Name to title of the filters for this noise that can work on pictures of this shape."""
    return {name: FILTERS[name].title for name in FILTERS if not left_out(name, shape, kind)}


@dataclass(frozen=True)
class Tuned:
    """A filter as strong as scored best against one noise.

    Parameters
    ----------
    psnr_db
        Mean over the pictures it was tuned on.
    """

    name: str
    strength: float
    effect: Effect
    psnr_db: float

    @property
    def told(self) -> str:
        """Name and strength, for a person."""
        known = FILTERS[self.name]
        if not known.unit:
            return Sentence(known.title)
        return Sentence(
            "{title}, {strength:g} {unit}",
            title=Sentence(known.title),
            strength=self.strength,
            unit=Sentence(known.unit),
        )

    def clean(self, noisy: Noisy) -> np.ndarray:
        """Pictures without (some of) the noise: uint8 `(n, C, H, W)`."""
        return _clean(FILTERS[self.name], noisy, self.effect, self.strength)


def tuned(name: str, clean: np.ndarray, noisy: Noisy, effect: Effect) -> Tuned:
    """Find the strength that serves a filter best.

    So that the comparison with a model is fair, a filter is given what the model was given: the
    kind and level of the noise, and training pictures. Values are first shifted and stretched so
    that the noise leaves black black and white white on average; then each strength is tried on
    training pictures with the same noise, and the one with the highest mean PSNR is taken.

    Parameters
    ----------
    clean, noisy
        The same training pictures without and with the noise; clean as uint8 `(n, C, H, W)`.
    effect
        What the noise does to black and white.
    """
    known = FILTERS[name]
    scores = {
        strength: float(psnr(clean, _clean(known, noisy, effect, strength)).mean())
        for strength in known.strengths
        if known.unit != "px window" or strength <= min(clean.shape[2:])
    }
    best = max(scores, key=scores.__getitem__)
    return Tuned(name, best, effect, scores[best])


def _clean(known: Filter, noisy: Noisy, effect: Effect, strength: float) -> np.ndarray:
    if known.fills is not None:
        hidden = noisy.hidden
        return noisy.shown if hidden is None else to_shown(known.fills(noisy.values, hidden))
    values = effect.undone(noisy.values, by_median=known.by_median).astype(np.float32)
    return to_shown(known.apply(values, effect.deviation, strength))
