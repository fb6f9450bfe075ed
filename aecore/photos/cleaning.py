"""One photograph cleaned by the trained network, with all that can be said about it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from aecore.artifact import Progress, run_to_end
from aecore.errors import SpecError
from aecore.imaging.photo_writing import blended
from aecore.photos.camera_net import AS_ESTIMATED, Turned
from aecore.photos.cleaned import Cleaned, by_light
from aecore.photos.cut_noise import undo_clipping
from aecore.photos.noise_kind import NoiseKind, naming
from aecore.photos.noise_level import NoiseLevel, is_cut_off, noise_level, strength_at
from aecore.photos.restorer import Restored, Restorer
from aecore.photos.risk import risk_of
from aecore.photos.row_noise import NO_ROWS, row_noise, without_rows
from aecore.photos.strength import camera_strength, change_of, strength_by_change
from aecore.photos.tune import tuning
from aecore.photos.values import check_photo, from_unit, grey_once, n_colours_of, to_unit, white_of

_CLEARLY = 0.3
"""A strength from which on it is said that there is noise after all."""
_N_VIEWS, _N_VIEWS_SMALL = 8, 4
"""Turns and mirrorings of a photograph that is cleaned thoroughly, and of a small one at most."""
_SMALL_PX = 2_000_000
"""A photograph is cleaned in so many views as have fewer pixels together: what a second allows."""
_SHARE = 0.5
"""Of the network for noise of cameras in the mean of both, where the noise is not coarse."""
_THROUGH_TEXTURE_255 = 12.0
"""Noise that is told from regular texture; of less the network would take the texture."""


def clean_photo_steps(
    x: np.ndarray,
    restorer: Restorer,
    sigma: float | None = None,
    *,
    thorough: bool = False,
    turned: Turned | None = None,
    seed: int = 0,
) -> Generator[Progress, None, Cleaned]:
    """Estimate the noise, clean, and find out what can be said; closing the generator cancels.

    A picture whose colours are all the same is cleaned as a grey one.

    Parameters
    ----------
    x
        `(C, H, W)`: grey, grey and alpha, colour, or colour and alpha; uint8, uint16, or floats
        in [0, 1] and what noise adds. Alpha is kept as it is.
    sigma
        Deviation of the noise as a share of white, where it is known.
    thorough
        Whether to clean again by a copy of the network that has learnt from this photograph, where
        its noise is white, and as the mean of eight views.
    turned
        How much more noise a person wants taken than was estimated; None: as the noise asks.
    seed
        Decides what is drawn by chance to find out how good the result is.

    Yields
    ------
    Progress
        In tiles of each part of the work.

    Raises
    ------
    DataError
        If this is no such picture.
    """
    check_photo(x)
    seen = yield from _measuring(x, restorer, sigma, turned)
    if seen.camera is not None:
        is_mixed = turned is None and seen.is_mixed
        plain = (yield from restorer.restoring(seen.x)) if is_mixed else None
        return (yield from _by_camera(x, seen, plain, thorough=thorough, turned=turned))
    level, kind, is_told = seen.level, seen.kind, sigma is not None
    if kind is not None and kind.is_under_jpeg(level):
        kind = kind.hidden()
    judged = seen.sigma if sigma is None else sigma
    noise = by_light(level, is_told=is_told)
    restored = yield from restorer.restoring(seen.x)
    strength, is_rough = strength_at(255 * judged) if is_told else level.strength, False
    if kind is not None and kind.is_regular:
        is_strong = 255 * level.sigma > _THROUGH_TEXTURE_255
        strength = level.strength if is_strong else 0.0
    elif not is_told and restorer.is_best_guess:
        change = change_of(restored)
        hidden = strength_by_change(level, change)
        is_more = 255 * change.rms > level.sigma_255
        is_hidden = is_more and hidden > _CLEARLY
        is_faint = not is_hidden and seen.is_clean_jpeg
        if restorer.camera is not None and (is_faint or (is_hidden and seen.was_jpeg)):
            by = seen.by(restorer.camera, is_hidden=is_hidden)
            plain = restored if is_hidden and by.is_mixed else None
            return (yield from _by_camera(x, by, plain, thorough=thorough, turned=turned))
        if is_rough := is_hidden and hidden > strength:
            judged, noise = change.rms, None
        strength = max(strength, hidden)
    risk = None
    if is_told or (level.is_white and not is_rough and not seen.has_rows):
        error = 0.0 if is_told else level.error
        risk = yield from risk_of(
            restored,
            restorer,
            judged,
            noise,
            sigma_error=error,
            sharpens=not is_told and not level.looks_clean,
            seed=seed,
        )
        judged = judged if risk is None else risk.sigma
    is_tuned = None
    if thorough:
        known = judged if risk is not None and level.is_white and not level.looks_clean else 0.0
        tuned = yield from tuning(restored, restorer, known, noise, n_views=_N_VIEWS, seed=seed)
        is_tuned, restorer = tuned.net is not restorer.net, tuned
        restored = yield from restorer.restoring(seen.x)
    given = restored
    is_uncut = risk is not None and is_cut_off(seen.x[: n_colours_of(seen.x)], white_of(seen.x))
    if is_uncut:
        restored = undo_clipping(restored, judged, noise)
    return Cleaned(
        _at_home(x, seen, restored),
        given,
        level,
        judged,
        strength if not seen.has_rows else max(strength, 1.0),
        risk,
        is_told,
        is_rough,
        is_uncut,
        is_tuned,
        restorer,
        kind,
    )


@dataclass(frozen=True)
class _Measured:
    """A photograph as the network is to see it, and its noise.

    Parameters
    ----------
    x, came
        Without what rows share, and with it; grey in one channel.
    sigma
        Deviation that is estimated, a share of white.
    camera
        What cleans noise of cameras, where it is to clean this.
    """

    x: np.ndarray
    came: np.ndarray
    level: NoiseLevel
    sigma: float
    kind: NoiseKind | None
    camera: Restorer | None

    def by(self, camera: Restorer, *, is_hidden: bool) -> _Measured:
        """The same, to be cleaned by the network for noise of cameras, told of what JPEG hid."""
        if self.kind is None:
            return self
        kind = self.kind.hidden() if is_hidden else self.kind.without_hidden()
        told = replace(AS_ESTIMATED, everywhere=kind.everywhere)
        return replace(self, kind=kind, camera=camera.turned(told))

    @property
    def is_mixed(self) -> bool:
        """Whether what the network for white noise makes of it is mixed in: not of coarse noise."""
        return self.kind is not None and not self.kind.has_coarse_luma

    @property
    def is_clean_jpeg(self) -> bool:
        """Whether all that is to be taken is what JPEG added."""
        is_clean = self.kind is not None and self.kind.looks_clean and self.level.looks_clean
        return self.was_jpeg and is_clean

    @property
    def was_jpeg(self) -> bool:
        return self.kind is not None and self.kind.is_jpeg

    @property
    def has_rows(self) -> bool:
        return self.kind is not None and self.kind.rows.is_here


def _measuring(
    x: np.ndarray, restorer: Restorer, sigma: float | None, turned: Turned | None
) -> Generator[Progress, None, _Measured]:
    yield Progress("estimating the noise", 0, 1)
    came = seen = grey_once(x)
    values = to_unit(seen)
    camera = restorer.camera if sigma is None else None
    rows = NO_ROWS if camera is None else row_noise(values)
    if rows.is_here:
        values = without_rows(values, rows)
        seen = np.concatenate([from_unit(values, seen.dtype), seen[len(values) :]])
    level = noise_level(values)
    judged = _judged(level, values)
    yield Progress("estimating the noise", 1, 1)
    if camera is None:
        return _Measured(seen, came, level, judged, None, None)
    kind = yield from naming(values, level, rows, camera)
    is_its = turned is not None or kind.wants_camera(level)
    told = replace(turned or AS_ESTIMATED, everywhere=kind.everywhere)
    by = camera.turned(told) if is_its else None
    return _Measured(seen, came, level, judged, kind, by)


def _by_camera(
    x: np.ndarray,
    seen: _Measured,
    plain: Restored | None,
    *,
    thorough: bool,
    turned: Turned | None,
) -> Generator[Progress, None, Cleaned]:
    """By the network for noise of cameras; how good that is nobody can tell.

    Parameters
    ----------
    plain
        What the network for white noise made of it, which is mixed in: each errs elsewhere. None:
        nothing is, so that all follows what a person turns.
    """
    restorer, kind = seen.camera, seen.kind
    if restorer is None or kind is None:
        raise SpecError("There is no network for noise of cameras.", "Install latent-lab again.")
    n_views = _N_VIEWS if thorough else _n_views_of(seen.x.shape[1] * seen.x.shape[2])
    restored = yield from restorer.with_network(restorer.net, n_views).restoring(seen.x)
    if plain is not None:
        restored = Restored(seen.x, blended(plain.x_hat, restored.x_hat, _SHARE))
    strength = 1.0
    if turned is None and not seen.has_rows:
        strength = camera_strength(seen.level, change_of(restored))
        if kind.looks_clean and not kind.is_jpeg:
            strength = min(strength, strength_at(255 * kind.sigma))
    return Cleaned(
        _at_home(x, seen, restored),
        restored,
        seen.level,
        kind.turned(turned or AS_ESTIMATED).sigma,
        strength,
        None,
        is_told=False,
        is_tuned=False if thorough else None,
        restorer=restorer,
        kind=kind,
        by_camera=True,
    )


def _n_views_of(n_pixels: int) -> int:
    """How many views of a photograph of so many pixels are cleaned; each takes as long.

    Examples
    --------
    >>> [_n_views_of(n) for n in (512 * 512, 1_000_000, 12_000_000)]
    [4, 2, 1]
    """
    return max(1, min(_N_VIEWS_SMALL, _SMALL_PX // n_pixels))


def _at_home(x: np.ndarray, seen: _Measured, restored: Restored) -> Restored:
    """What was made, beside the photograph as it came."""
    if len(seen.came) < len(x):
        return Restored(x, np.concatenate([restored.x_hat[:1].repeat(3, 0), x[3:]]))
    return Restored(seen.came, restored.x_hat) if seen.has_rows else restored


def clean_photo(
    x: np.ndarray, restorer: Restorer, sigma: float | None = None, **how: Any
) -> Cleaned:
    """As `clean_photo_steps`, without telling how far it is."""
    return run_to_end(clean_photo_steps(x, restorer, sigma, **how))


def _judged(level: NoiseLevel, values: np.ndarray) -> float:
    """One deviation for the noise of a picture, a share of white."""
    if level.grows_with_light:
        return float(level.at(values.mean()))
    return level.sigma if level.is_white else level.sigma_255 / 255
