"""A cleaned photograph, and what can be said of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.photos.noise_kind import NoiseKind
from aecore.photos.noise_level import NoiseLevel
from aecore.photos.restorer import (
    Restored,
    Restorer,
)
from aecore.photos.risk import ExpectedQuality, NoiseAt, Risk
from aecore.sentence import Sentence, joined

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
        return by_light(self.level, is_told=self.is_told)

    @property
    def x_hat(self) -> np.ndarray:
        """The photograph at the strength that is proposed."""
        return self.restored.at(self.strength)

    def quality(self, strength: float | None = None) -> ExpectedQuality | None:
        """Expected PSNR at a strength (None: the proposed one); None where it cannot be told."""
        if self.risk is None:
            return None
        found = self.risk.at(self.strength if strength is None else strength)
        # where black and white cut noise off, an error of 2 % in sigma is as large as what is left
        is_known = self.is_told or found.high_db - found.low_db <= _TELLS_NOTHING_DB
        return found if is_known else None

    @property
    def looks_clean(self) -> bool:
        """Whether there is hardly any noise to take away."""
        kind = self.kind
        is_texture = kind is not None and kind.is_regular
        if self.by_camera and kind is not None and kind.looks_clean and not self.is_dark:
            return self.level.looks_clean or not kind.is_jpeg
        if self.is_told or self.by_camera or self.is_dark or is_texture:
            return self.strength == 0.0
        return self.level.looks_clean and not self.is_rough

    @property
    def said(self) -> tuple[str, ...]:
        """What was found, in plain sentences."""
        unknown = ""
        if self.risk is not None and self.quality() is None and not self.looks_clean:
            unknown = Sentence(
                "The quality of the result cannot be estimated: sigma is not known precisely "
                "enough."
            )
        return tuple(filter(None, (self._noise(), *self._kinds(), self._tuned(), unknown)))

    def _tuned(self) -> str:
        if self.is_tuned is None or self.looks_clean:
            return ""
        if self.is_tuned:
            return Sentence(
                "The network was tuned to this photograph; the expected score is from before "
                "tuning."
            )
        return Sentence(
            "The network was not tuned to this photograph: tuning needs noise that is the same "
            "everywhere, hardly clipped at black and white, and 96 pixels a side."
        )

    def _noise(self) -> str:
        if self.is_told:
            return Sentence("Noise as given: sigma {sigma:.3g} of 255.", sigma=255 * self.sigma)
        is_found = self.risk is not None or self.is_rough or self.by_camera
        sigma_255 = 255 * self.sigma if is_found else self.level.sigma_255
        if self.by_camera and self.kind is not None:
            sigma_255 = 255 * self.kind.sigma
        if self.looks_clean and self.kind is not None and self.kind.is_regular:
            return Sentence(
                "This photograph is full of fine regular texture, which is not noise: it is kept."
            )
        about = {"sigma": sigma_255}
        if self.looks_clean and self.strength == 0:
            return Sentence(
                "This photograph looks clean (sigma about {sigma:.2g} of 255): nothing was "
                "changed.",
                **about,
            )
        if self.looks_clean:
            return Sentence(
                "This photograph looks clean (sigma about {sigma:.2g} of 255): hardly anything "
                "was changed.",
                **about,
            )
        if self.is_rough:
            return Sentence(
                "Noise: sigma about {sigma:.2g} of 255, judged by what the network removes.",
                **about,
            )
        return Sentence("Noise: sigma about {sigma:.2g} of 255.", **about)

    def _kinds(self) -> list[str]:
        if self.looks_clean:
            return []
        level, said = self.level, list(self.kind.said) if self.kind is not None else []
        if self.by_camera:
            unknown = Sentence("The quality of the result cannot be estimated for such noise.")
            return [*said, unknown]
        if self.kind is not None and self.kind.rows.is_here:
            said.append(
                Sentence(
                    "The quality of the result cannot be estimated for noise of rows and columns."
                )
            )
        edges = Sentence("The edges of JPEG's blocks show.")
        if self.is_rough:
            return [
                *([edges] if level.is_blocky else []),
                Sentence(
                    "Smooth parts hold less of it, as JPEG leaves them: how much there was, and "
                    "how good the result is, cannot be estimated from such a picture alone."
                ),
            ]
        if not level.is_white:
            seen = (
                edges
                if level.is_blocky
                else Sentence(
                    "Neighbouring pixels share their noise, as after JPEG and in cameras."
                )
            )
            unknown = Sentence(
                "The quality of the result cannot be estimated from such a picture alone."
            )
            said.append(joined((seen, unknown)) if self.risk is None else seen)
        if len(level.channels) == 3 and max(level.channels) > _APART * min(level.channels):
            red, green, blue = (255 * sigma for sigma in level.channels)
            said.append(
                Sentence(
                    "It differs by colour: red {red:.2g}, green {green:.2g}, blue {blue:.2g}.",
                    red=red,
                    green=green,
                    blue=blue,
                )
            )
        if level.grows_with_light:
            dark, bright = 255 * level.at(np.array([0.1, 0.9]))
            said.append(
                Sentence(
                    "It grows with brightness: {dark:.2g} in shadows, {bright:.2g} in highlights.",
                    dark=dark,
                    bright=bright,
                )
            )
        if self.is_uncut:
            said.append(
                Sentence("Clipped noise had made black lighter and white darker: corrected.")
            )
        return said


def by_light(level: NoiseLevel, *, is_told: bool) -> NoiseAt | None:
    """Deviation of the noise by brightness, where it was estimated and grows with the light."""
    return level.at if not is_told and level.grows_with_light else None
