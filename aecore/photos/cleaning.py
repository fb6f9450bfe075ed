"""One photograph cleaned by the trained network, with all that can be said about it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from aecore.errors import SpecError
from aecore.imaging.photo_writing import blended
from aecore.photos.camera_net import AS_ESTIMATED, Turned
from aecore.photos.cut_noise import undo_clipping
from aecore.photos.noise_kind import NoiseKind, naming
from aecore.photos.noise_level import NoiseLevel, is_cut_off, noise_level, strength_at
from aecore.photos.restorer import (
    Restored,
    Restorer,
    check_photo,
    from_unit,
    grey_once,
    n_colours_of,
    to_unit,
    white_of,
)
from aecore.photos.risk import ExpectedQuality, NoiseAt, Risk, risk_of
from aecore.photos.row_noise import NO_ROWS, row_noise, without_rows
from aecore.photos.strength import camera_strength, change_of, strength_by_change
from aecore.photos.tune import tuning
from aecore.store import Progress, run_to_end

_COLOURS = ("red", "green", "blue")
_CLEARLY = 0.3
"""A strength from which on it is said that there is noise after all."""
_N_VIEWS = 8
"""Turns and mirrorings of a photograph that is cleaned thoroughly."""
_CAMERA_SHARE = 0.6
"""Of the network for noise of cameras in the mean of both."""
_THROUGH_TEXTURE_255 = 12.0
"""Noise that is told from regular texture; of less the network would take the texture."""
_TELLS_NOTHING_DB = 6.0
"""An estimate whose ends are so far apart is none."""
_APART = 1.5
"""So many times as much noise in one colour, or in the light, is worth a word."""


@dataclass(frozen=True)
class Cleaned:
    """A cleaned photograph, and the truth about it as far as it can be known without the clean one.

    Parameters
    ----------
    restored
        The photograph, and what the network made of it at full strength.
    given
        The same before black and white were put right, and grey in one channel where it came as
        three. `invention.inventing` tells of it, by `restorer`, `sigma` and `noise`, where more was
        changed than noise explains; that takes twice as long as cleaning.
    level
        Noise estimated from the photograph.
    sigma
        Deviation of the noise that all here is judged by, a share of white: what was told, else
        what was estimated, from what the network took away where that tells more than the patches.
    strength
        How much of the network's change to take unless a person says otherwise, 0 to 1.
    risk
        What `quality` is computed from, of the network as it ships; None where no estimate of it
        holds.
    is_told
        Whether sigma came from a person.
    is_rough
        Whether the network takes away more than the estimated noise explains, since JPEG has wiped
        the noise off what is smooth; sigma is then what it takes away (root mean square).
    is_uncut
        Whether noise had been cut off at black and white, and that was taken back.
    is_tuned
        Whether the network was tuned to the photograph; None where that was not asked for.
    restorer
        What cleaned it; None where nobody can ask it again.
    kind
        What noise it is; None where that was not measured.
    by_camera
        Whether the network for noise of cameras cleaned it; `sigma` is then of `kind`.
    is_dark
        Whether it was brought to full light to be judged and cleaned.
    """

    restored: Restored
    given: Restored
    level: NoiseLevel
    sigma: float
    strength: float
    risk: Risk | None
    is_told: bool
    is_rough: bool = False
    is_uncut: bool = False
    is_tuned: bool | None = None
    restorer: Restorer | None = None
    kind: NoiseKind | None = None
    by_camera: bool = False
    is_dark: bool = False

    @property
    def noise(self) -> NoiseAt | None:
        """Deviation of the noise by brightness; None where it is the same everywhere."""
        if self.is_rough or self.by_camera:
            return None
        return _by_light(self.level, is_told=self.is_told)

    @property
    def x_hat(self) -> np.ndarray:
        """The photograph at the strength that is proposed."""
        return self.restored.at(self.strength)

    def quality(self, strength: float | None = None) -> ExpectedQuality | None:
        """PSNR to expect at a strength (None: the proposed one); None where it cannot be told."""
        if self.risk is None:
            return None
        found = self.risk.at(self.strength if strength is None else strength)
        # where black and white cut noise off, an error of 2 % in sigma is as large as what is left
        is_known = self.is_told or found.high_db - found.low_db <= _TELLS_NOTHING_DB
        return found if is_known else None

    @property
    def looks_clean(self) -> bool:
        """Whether there is hardly any noise to take away."""
        is_texture = self.kind is not None and self.kind.is_regular
        if self.is_told or self.by_camera or self.is_dark or is_texture:
            return self.strength == 0.0
        return self.level.looks_clean and not self.is_rough

    @property
    def said(self) -> tuple[str, ...]:
        """What was found, in plain sentences."""
        unknown = ""
        if self.risk is not None and self.quality() is None and not self.looks_clean:
            unknown = "How good the result is cannot be told: sigma is not known closely enough."
        return tuple(filter(None, (self._noise(), *self._kinds(), self._tuned(), unknown)))

    def _tuned(self) -> str:
        if self.is_tuned is None or self.looks_clean:
            return ""
        if self.is_tuned:
            return "The network has learnt from this photograph; the score expected is of before."
        return (
            "The network has not learnt from this photograph: that takes noise that is the same "
            "everywhere, little of it cut off at black and white, and 96 pixels a side."
        )

    def _noise(self) -> str:
        if self.is_told:
            return f"Noise as told: sigma {255 * self.sigma:.3g} of 255."
        is_found = self.risk is not None or self.is_rough or self.by_camera
        sigma_255 = 255 * self.sigma if is_found else self.level.sigma_255
        if self.by_camera and self.kind is not None:
            sigma_255 = 255 * self.kind.sigma
        found = f"sigma about {sigma_255:.2g} of 255"
        if self.looks_clean and self.kind is not None and self.kind.is_regular:
            return "Fine regular texture fills this photograph, which is not noise: it stays."
        if self.looks_clean:
            much = "nothing" if self.strength == 0 else "hardly anything"
            return f"This photograph looks clean ({found}): {much} was changed."
        return f"Noise: {found}{', by what the network takes away' if self.is_rough else ''}."

    def _kinds(self) -> list[str]:
        if self.looks_clean:
            return []
        level, said = self.level, list(self.kind.said) if self.kind is not None else []
        if self.by_camera:
            return [*said, "How good the result is cannot be told of such noise."]
        if self.kind is not None and self.kind.rows.is_here:
            said.append("How good the result is cannot be told of rows and columns.")
        if self.is_rough:
            return [
                *(["The edges of JPEG's blocks show."] if level.is_blocky else []),
                "Smooth parts hold less of it, as JPEG leaves them: how much there was, and how "
                "good the result is, cannot be told from such a picture alone.",
            ]
        if not level.is_white:
            seen = (
                "The edges of JPEG's blocks show."
                if level.is_blocky
                else "Neighbouring pixels share their noise, as JPEG and cameras leave it."
            )
            unknown = " How good the result is cannot be told from such a picture alone."
            said.append(seen + unknown if self.risk is None else seen)
        if len(level.channels) == 3 and max(level.channels) > _APART * min(level.channels):
            each = zip(_COLOURS, level.channels, strict=True)
            words = ", ".join(f"{name} {255 * sigma:.2g}" for name, sigma in each)
            said.append(f"It differs by colour: {words}.")
        if level.grows_with_light:
            dark, bright = 255 * level.at(np.array([0.1, 0.9]))
            said.append(f"It grows with the light: {dark:.2g} in shadows, {bright:.2g} in lights.")
        if self.is_uncut:
            said.append("Noise had made black lighter and white darker: that is put right.")
        return said


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
        plain = (yield from restorer.restoring(seen.x)) if turned is None else None
        return (yield from _by_camera(x, seen, plain, thorough=thorough, turned=turned))
    level, kind, is_told = seen.level, seen.kind, sigma is not None
    judged = seen.sigma if sigma is None else sigma
    noise = _by_light(level, is_told=is_told)
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
        if is_hidden and restorer.camera is not None and seen.was_jpeg:
            by = seen.by(restorer.camera)
            return (yield from _by_camera(x, by, restored, thorough=thorough, turned=turned))
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

    def by(self, camera: Restorer) -> _Measured:
        """The same, to be cleaned by the network for noise of cameras: JPEG hid what it holds."""
        if self.kind is None:
            return self
        kind = self.kind.hidden()
        told = replace(AS_ESTIMATED, everywhere=kind.everywhere)
        return replace(self, kind=kind, camera=camera.turned(told))

    @property
    def was_jpeg(self) -> bool:
        return self.level.is_blocky or (self.kind is not None and self.kind.is_jpeg)

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
    if thorough:
        restorer = restorer.with_network(restorer.net, _N_VIEWS)
    restored = yield from restorer.restoring(seen.x)
    if plain is not None:
        restored = Restored(seen.x, blended(plain.x_hat, restored.x_hat, _CAMERA_SHARE))
    strength = 1.0
    if turned is None and not seen.has_rows:
        strength = camera_strength(seen.level, change_of(restored))
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


def _by_light(level: NoiseLevel, *, is_told: bool) -> NoiseAt | None:
    """Deviation of the noise by brightness, where it was estimated and grows with the light."""
    return level.at if not is_told and level.grows_with_light else None


def _judged(level: NoiseLevel, values: np.ndarray) -> float:
    """One deviation for the noise of a picture, a share of white."""
    if level.grows_with_light:
        return float(level.at(values.mean()))
    return level.sigma if level.is_white else level.sigma_255 / 255
