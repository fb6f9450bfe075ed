"""The ways to clean a photograph: the network, filters that need no training, one picture alone."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np

from aecore.artifact import Progress
from aecore.denoising.filters import FILTERS
from aecore.errors import SpecError
from aecore.photos.tiles import tiles
from aecore.sentence import Sentence
from aecore.specs.photos import BY_NETWORK, RestoreMethod
from aecore.specs.run import Precision

if TYPE_CHECKING:
    from torch import Tensor

    from aecore.photos.camera_net import Turned
    from aecore.photos.cleaned import Cleaned
    from aecore.photos.restorer import Restored, Restorer

Apply = Callable[[np.ndarray, float], np.ndarray]
"""Values `(C, H, W)` and the deviation of their noise, shares of white: to clean values."""
_TILE_PX = 384
_MARGIN_PX = 32
_MULTIPLE_PX = 16
_LEAST = 1 / 255


@dataclass(frozen=True)
class PhotoMethod:
    """One way.

    Parameters
    ----------
    summary
        What it does, in one plain sentence, and its reference.
    apply
        How a filter cleans; None for what learns.
    needs
        Package that it wants beyond those that come with the library.
    """

    title: str
    summary: str
    apply: Apply | None = None
    min_side_px: int = 4
    needs: str = ""


def _by_filter(name: str, strength: float) -> PhotoMethod:
    """The filter of small pictures, at one strength in units of the noise."""
    known = FILTERS[name]

    def apply(values: np.ndarray, sigma: float) -> np.ndarray:
        return np.asarray(known.apply(values[None], sigma, strength)[0])

    least_px = max(known.min_side_px, 4)
    return PhotoMethod(known.title, known.summary, apply, least_px, known.needs)


def _bm3d(values: np.ndarray, sigma: float) -> np.ndarray:
    package = import_module("bm3d")
    if len(values) == 1:
        return np.asarray(package.bm3d(values[0], sigma_psd=sigma))[None]
    pixels = values.transpose(1, 2, 0)
    return np.asarray(package.bm3d_rgb(pixels, sigma_psd=sigma)).transpose(2, 0, 1)


METHODS: dict[RestoreMethod, PhotoMethod] = {
    "restorer": PhotoMethod(
        "Restorer", "The network that comes with Latent Lab; it estimates the noise itself."
    ),
    "thorough": PhotoMethod(
        "Restorer, tuned",
        "The network learns a little more from this photograph, then cleans eight turns and "
        "mirrorings of it, and their mean is taken: half a minute (some minutes on an older "
        "processor) and eight times as long, nearer where patterns repeat. "
        "Mohan et al. 2021, NeurIPS; Timofte et al. 2016, CVPR.",
    ),
    "zero_shot": PhotoMethod(
        "From this picture alone",
        "A small network learns from this photograph and no other: for what is unlike photographs. "
        "Mansour & Heckel 2023, CVPR; Pang et al. 2021, CVPR.",
        min_side_px=8,
    ),
    "nl_means": _by_filter("nl_means", 0.7),
    "wavelet": _by_filter("wavelet", 1.0),
    "tv": _by_filter("tv", 1.2),
    "bm3d": PhotoMethod(
        "BM3D",
        "Similar patches are stacked and filtered together. Dabov et al. 2007, IEEE TIP 16.",
        _bm3d,
        min_side_px=16,
        needs="bm3d",
    ),
}
_PACKAGES = {"pywt": "PyWavelets", "bm3d": Sentence("bm3d (for use that is not commercial)")}


def is_here(method: RestoreMethod) -> bool:
    """Whether what a method needs is installed."""
    needs = METHODS[method].needs
    return not needs or find_spec(needs) is not None


def why_not_here(method: RestoreMethod) -> str:
    """What a method needs and is not installed, in a sentence; empty where all is."""
    if is_here(method):
        return ""
    known = METHODS[method]
    return Sentence(
        "{title} needs the package {package}, which is not installed.",
        title=Sentence(known.title),
        package=_PACKAGES[known.needs],
    )


def left_out(method: RestoreMethod, shape: tuple[int, ...]) -> str:
    """Why a photograph `(C, H, W)` cannot be cleaned this way here; empty where it can."""
    if reason := why_not_here(method):
        return reason
    known = METHODS[method]
    if min(shape[1:]) < known.min_side_px:
        return Sentence(
            "{title} needs photographs of {min_side_px} pixels or more a side.",
            title=Sentence(known.title),
            min_side_px=known.min_side_px,
        )
    return ""


def cleaning_by(
    method: RestoreMethod,
    x: np.ndarray,
    sigma: float | None = None,
    precision: Precision | None = None,
    turned: Turned | None = None,
) -> Generator[Progress, None, Cleaned]:
    """Clean a photograph one way, and find out what can be said; closing the generator cancels.

    Parameters
    ----------
    x
        `(C, H, W)`, as `aecore.photos.restorer.restore` takes it.
    sigma
        Deviation of the noise as a share of white, where it is known.
    precision
        What a network computes in; None: what this machine is fast in.
    turned
        How much more noise the network is told than is estimated; None: as the noise asks.

    Yields
    ------
    Progress
        In steps of each part of the work.

    Raises
    ------
    SpecError
        If it cannot be done this way.
    DataError
        If this is no photograph.
    """
    from aecore.photos.exposure import cleaning_lit

    if reason := left_out(method, x.shape):
        raise SpecError(reason, "Choose another way.")
    if method == "zero_shot":
        return (yield from _from_itself(x, sigma, precision))
    is_thorough = method == "thorough"
    by = cleaner(method, sigma, precision)
    return (yield from cleaning_lit(x, by, sigma, thorough=is_thorough, turned=turned))


def cleaner(
    method: RestoreMethod, sigma: float | None = None, precision: Precision | None = None
) -> Restorer:
    """What cleans by a method and can be asked again: the network, or a filter in its place.

    Raises
    ------
    SpecError
        If it is neither.
    """
    from aecore.photos.restorer import shipped_restorer

    if method in BY_NETWORK:
        return shipped_restorer(precision)
    apply = METHODS[method].apply
    if apply is None:
        raise SpecError(
            "{title}: it cannot be run again.", "Choose another way.", title=METHODS[method].title
        )
    # to `cleaning` it is as good as the network: it cleans tiles, and answers to probes
    return cast("Restorer", _Filter(apply, sigma))


class _Filter:
    """A filter in the place of the network; it measures the noise where nobody tells it."""

    net = SimpleNamespace(multiple_px=_MULTIPLE_PX)
    is_best_guess = False
    camera = None

    def __init__(self, apply: Apply, sigma: float | None) -> None:
        self.apply = apply
        self.sigma = _LEAST if sigma is None else sigma
        self.is_told = sigma is not None

    def restore_values(self, x: Tensor, *, n_views: int | None = None) -> Tensor:
        """Clean values `(B, C, H, W)`; it has one view."""
        import torch

        found = [self._cleaned(values) for values in x.cpu().numpy()]
        return torch.from_numpy(np.stack(found).astype(np.float32))

    def restoring(self, x: np.ndarray) -> Generator[Progress, None, Restored]:
        """Clean a photograph `(C, H, W)` tile by tile."""
        from aecore.photos.noise_level import noise_level
        from aecore.photos.restorer import Restored, put_tile
        from aecore.photos.values import check_photo, to_unit

        check_photo(x)
        if not self.is_told:
            level = noise_level(to_unit(x))
            self.sigma = level.sigma if level.is_white else level.sigma_255 / 255
        x_hat = x.copy()
        parts = list(tiles(x.shape[1:], _TILE_PX, _MARGIN_PX, _MULTIPLE_PX))
        for n_done, part in enumerate(parts):
            yield Progress("cleaning", n_done, len(parts))
            put_tile(x_hat, part, self._cleaned(to_unit(part.seen_of(x))))
        return Restored(x, x_hat)

    def _cleaned(self, values: np.ndarray) -> np.ndarray:
        return self.apply(values, max(self.sigma, _LEAST))


def _from_itself(
    x: np.ndarray, sigma: float | None, precision: Precision | None
) -> Generator[Progress, None, Cleaned]:
    """By a network that learns from the photograph; of what it invented nothing is known."""
    from aecore.photos.cleaned import Cleaned
    from aecore.photos.noise_level import noise_level, strength_at
    from aecore.photos.values import to_unit
    from aecore.photos.zero_shot import zero_shot

    restored = yield from zero_shot(x, sigma, precision=precision)
    yield Progress("estimating the noise", 0, 1)
    level = noise_level(to_unit(x))
    judged = level.sigma_255 / 255 if sigma is None else sigma
    strength = strength_at(255 * judged)
    return Cleaned(restored, restored, level, judged, strength, None, sigma is not None)
