"""What kind of noise a photograph holds, and what is said of it."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np
import torch

from aecore.artifact import Progress
from aecore.photos.camera_net import CameraNet, Turned
from aecore.photos.jpeg_traces import was_jpeg
from aecore.photos.noise_level import NoiseLevel
from aecore.photos.noise_map import CELL_PX, SCALES
from aecore.photos.regular_texture import is_regular
from aecore.photos.restorer import Restorer
from aecore.photos.row_noise import RowNoise
from aecore.sentence import Sentence

_PART_PX = 512
_MAX_PARTS = 9
"""Of a large photograph, so many squares are looked at."""
_COMPRESSED = Sentence("It was compressed by JPEG.")
_COARSE = 1.25
"""Noise at half the size over noise at full size: 1 where it is white."""
_MUCH_255, _HARDLY = 10.0, 0.15
_HIDDEN = 2.0
"""JPEG takes noise off smooth parts: there was about so many times what is left to see."""
_HIDDEN_AT_MOST, _HIDDEN_SCALE, _HIDDEN_POWER = 3.2, 1.3, 0.7
"""The more the estimate differs by place, the more JPEG hid (chosen on every second real pair)."""
_COLOURLESS = 0.15
_STRONG_255, _LEFT_255 = 5.0, 0.9
"""Noise of that strength before JPEG leaves so much in smooth parts; texture leaves less."""
_NEARLY_WHITE = 1.35
_CLEAN_255 = 1.8
"""Estimates of photographs without noise stay under it."""
_APART = 1.6
"""So many times as much noise in luma as in colour, or the other way, is worth a word."""


@dataclass(frozen=True)
class NoiseKind:
    """What noise a photograph holds, by the network that measures it.

    Parameters
    ----------
    luma, colour
        Standard deviations in luma and in colour at full size, half and a quarter of it, shares
        of white, as `noise_map.measured_map` has them.
    rows
        What rows and columns share.
    is_jpeg
        Whether JPEG has shaped it.
    grows_with_light
        Whether there is clearly more of it in lights than in shadows.
    least
        Under which a quarter of the photograph lies, at half the size: fine texture, which is
        taken for noise in places, does not raise it. None: as the rest.
    is_uneven
        Whether a part of it holds much and another hardly any.
    is_regular
        Whether fine regular texture fills it, which these levels then take for noise.
    under_jpeg
        What the network is told of the whole photograph where JPEG hides what there is by place:
        deviations of luma and of colour, shares of white. None: these levels.
    """

    luma: tuple[float, float, float]
    colour: tuple[float, float, float]
    rows: RowNoise
    is_jpeg: bool = False
    grows_with_light: bool = False
    least: float | None = None
    is_uneven: bool = False
    is_regular: bool = False
    under_jpeg: tuple[float, ...] | None = None

    @property
    def sigma(self) -> float:
        """Deviation over all channels, a share of white."""
        return float(np.sqrt((self.luma[0] ** 2 + 2 * self.colour[0] ** 2) / 3))

    @property
    def coarseness(self) -> float:
        """How many times as strong as white noise of that deviation it is at half the size: 1 is
        white, 2 the most. Of luma or colour, where there is more of it, by both smaller sizes."""
        ratios = [1.0]
        for fine, half, quarter in (self.luma, self.colour):
            if 255 * half > _CLEAN_255 / 2:
                ratios += [half / max(fine, 1e-6), math.sqrt(quarter / max(fine, 1e-6))]
        return min(2.0, max(ratios))

    @property
    def is_coarse(self) -> bool:
        """Whether neighbours share it."""
        return not self.looks_clean and self.coarseness > _COARSE

    @property
    def has_coarse_luma(self) -> bool:
        """Whether neighbours share it in brightness too: in colour JPEG makes any noise coarse."""
        return self.luma[1] > _COARSE * self.luma[0]

    @property
    def looks_clean(self) -> bool:
        """Whether there is hardly any."""
        least = max(self.luma[1], self.colour[1]) if self.least is None else self.least
        return 255 * least < _CLEAN_255 and not self.rows.is_here and not self.is_uneven

    @property
    def is_white(self) -> bool:
        """Whether neighbours share nothing, and nothing shaped it."""
        return not (self.is_coarse or self.rows.is_here or self.is_jpeg)

    def hidden(self) -> NoiseKind:
        """The same, of a JPEG that is known to be noisy, whatever smooth parts show."""
        return replace(self, least=1.0)

    @property
    def everywhere(self) -> tuple[float, ...] | None:
        """What the network is told of the whole photograph, where JPEG hides what there is by
        place; None: what it sees by place."""
        if not (self.is_jpeg or self.has_coarse_luma or self.looks_clean) or self.is_uneven:
            return None
        return self.under_jpeg or (*self.luma, *self.colour)

    def without_hidden(self) -> NoiseKind:
        """The same of a JPEG in which nothing speaks for hidden noise: what is seen is all."""
        return replace(self, under_jpeg=tuple(v / _HIDDEN for v in (*self.luma, *self.colour)))

    def is_under_jpeg(self, level: NoiseLevel) -> bool:
        """Whether JPEG has hidden strong noise in smooth parts, which look clean since."""
        is_strong = level.sigma_255 > _STRONG_255 and 255 * (self.least or 0.0) > _LEFT_255
        return self.looks_clean and self.is_jpeg and is_strong

    def wants_camera(self, level: NoiseLevel) -> bool:
        """Whether the network for noise of cameras is to clean it: all but plain white noise, what
        looks clean, and what has no colour, as texture: of grey pictures nothing tells them apart.
        """
        if self.is_regular or self.colour[1] < _COLOURLESS * self.luma[1]:
            return False
        if self.is_uneven:
            return True
        if self.looks_clean:  # texture, or what JPEG does, is taken for noise by its patches
            return not self.is_under_jpeg(level) and not level.looks_clean
        is_plain = level.is_white and not level.looks_clean and self.coarseness < _NEARLY_WHITE
        return not is_plain or self.is_jpeg

    def turned(self, by: Turned) -> NoiseKind:
        """As a person wants it taken to be."""

        def told(values: tuple[float, float, float], side: float) -> tuple[float, float, float]:
            fine, half, quarter = values
            return side * fine, side * by.coarse * half, side * by.coarse**2 * quarter

        return replace(self, luma=told(self.luma, by.luma), colour=told(self.colour, by.colour))

    @property
    def names(self) -> tuple[str, ...]:
        """What it is, of: clean, white, light, coarse, rows, columns, jpeg."""
        if self.looks_clean:
            return ("clean", "jpeg") if self.is_jpeg else ("clean",)
        found = {
            "rows": self.rows.rows_255 > 0,
            "columns": self.rows.columns_255 > 0,
            "coarse": self.is_coarse,
            "jpeg": self.is_jpeg,
            "light": self.grows_with_light and not self.is_jpeg and not self.is_coarse,
        }
        return tuple(name for name, holds in found.items() if holds) or ("white",)

    @property
    def said(self) -> tuple[str, ...]:
        """The same, in plain sentences."""
        if self.looks_clean:
            return (_COMPRESSED,) if self.is_jpeg else ()
        said = [Sentence("Only a part of the photograph is noisy.")] if self.is_uneven else []
        luma, colour = 255 * self.luma[0], 255 * self.colour[0]
        if max(luma, colour) > _APART * min(luma, colour):
            said.append(
                Sentence(
                    "Noise of brightness: {luma:.2g}; of colour: {colour:.2g}.",
                    luma=luma,
                    colour=colour,
                )
            )
        if self.is_coarse:
            said.append(
                Sentence(
                    "The noise is coarse: neighbouring pixels share it, as in files of cameras."
                )
            )
        if self.is_jpeg:
            said.append(_COMPRESSED)
        if (level := self.rows.rows_255) > 0:
            said.append(
                Sentence("Rows differ in brightness by about {level:.2g}: removed.", level=level)
            )
        if (level := self.rows.columns_255) > 0:
            said.append(
                Sentence("Columns differ in brightness by about {level:.2g}: removed.", level=level)
            )
        return tuple(said)


def naming(
    values: np.ndarray, level: NoiseLevel, rows: RowNoise, camera: Restorer
) -> Generator[Progress, None, NoiseKind]:
    """Find out what noise a photograph holds; closing the generator cancels.

    Parameters
    ----------
    values
        Colours `(C, H, W)`, shares of white, without what rows share.
    level
        What was found of them by their patches.
    camera
        What cleans noise of cameras.
    """
    told = []
    parts = _parts(values.shape[1:])
    for n_done, (top, left) in enumerate(parts):
        yield Progress("measuring the noise", n_done, len(parts))
        part = values[:, top : top + _PART_PX, left : left + _PART_PX]
        told.append(camera_map(part, camera).reshape(2 * len(SCALES), -1))
    cells = np.concatenate(told, 1)
    half = np.maximum(cells[1], cells[len(SCALES) + 1])
    tenth, least, most = (float(v) for v in np.quantile(half, (0.1, 0.25, 0.75)))
    strong = half >= most
    is_fine = float(np.median(half[strong] / cells[(0, 3), :].max(0)[strong])) < _COARSE
    is_uneven = 255 * most > _MUCH_255 and tenth < _HARDLY * most and is_fine
    is_jpeg = level.is_blocky or was_jpeg(values)
    if is_jpeg and not is_uneven:
        levels = _HIDDEN * cells.mean(1)
    else:
        levels = np.sqrt((np.mean if is_uneven else np.median)(cells**2, 1))
    a, b, c, d, e, f = (float(v) for v in levels)
    light = level.grows_with_light
    texture = is_regular(values)
    return NoiseKind(
        luma=(a, b, c),
        colour=(d, e, f),
        rows=rows,
        is_jpeg=is_jpeg,
        grows_with_light=light,
        least=least,
        is_uneven=is_uneven,
        is_regular=texture,
        under_jpeg=tuple((_times_hidden(cells) * cells.mean(1)).tolist()),
    )


def _times_hidden(cells: np.ndarray) -> float:
    """How many times the mean of its estimates noise is that JPEG has hidden in places; 1: none.

    Parameters
    ----------
    cells
        Estimates by place, `(N_TOLD, n)`.
    """
    low, high = np.quantile(cells[1], (0.25, 0.75))  # of luma, at half the size
    by_place = _HIDDEN_SCALE * (high / max(low, 1e-6)) ** _HIDDEN_POWER
    return float(np.clip(by_place, 1.0, _HIDDEN_AT_MOST))


def camera_map(values: np.ndarray, camera: Restorer) -> np.ndarray:
    """What the network takes noise to be, by place: `(N_TOLD, h, w)`, see `noise_map`."""
    net = camera.placed
    if not isinstance(net, CameraNet):
        raise TypeError("The network measures no noise.")
    H, W = values.shape[1:]
    more = [(0, 0), (0, -H % CELL_PX), (0, -W % CELL_PX)]
    padded = np.pad(np.broadcast_to(values, (3, H, W)), more, mode="symmetric")
    with torch.inference_mode():
        x = torch.from_numpy(np.ascontiguousarray(padded))[None].to(camera.device, camera.dtype)
        return np.asarray(net.estimator(x)[0].float().cpu())


def _parts(size: tuple[int, ...]) -> list[tuple[int, int]]:
    """Corners of squares spread over a photograph."""
    H, W = size
    rows, columns = (max(1, min(3, side // _PART_PX)) for side in (H, W))
    tops = np.linspace(0, max(0, H - _PART_PX), rows).astype(int)
    lefts = np.linspace(0, max(0, W - _PART_PX), columns).astype(int)
    return [(int(t), int(left)) for t in tops for left in lefts][:_MAX_PARTS]
