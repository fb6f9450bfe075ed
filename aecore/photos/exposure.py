"""Dark photographs of 16 bits: judged and cleaned as if they were as light as others."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from aecore.artifact import Progress
from aecore.photos.restorer import Restored, Restorer
from aecore.photos.row_noise import RowNoise
from aecore.photos.values import from_unit, grey_once, n_colours_of

if TYPE_CHECKING:
    from aecore.photos.camera_net import Turned
    from aecore.photos.cleaned import Cleaned

_DARK = 0.25
"""Photographs whose lightest value is less, a share of white, are cleaned so."""


def exposure_of(x: np.ndarray) -> float:
    """The lightest value of a dark photograph of 16 bits, a share of white; 1 of all others.

    An 8-bit photograph has too few steps for what shadows hold, and is what it is.
    """
    if x.dtype != np.uint16:
        return 1.0
    lightest = float(x[: n_colours_of(x)].max()) / 65535
    return lightest if 0 < lightest < _DARK else 1.0


def cleaning_lit(
    x: np.ndarray,
    restorer: Restorer,
    sigma: float | None = None,
    *,
    thorough: bool = False,
    turned: Turned | None = None,
) -> Generator[Progress, None, Cleaned]:
    """As `cleaning.clean_photo_steps`; one of 16 bits that is dark is in full light meanwhile."""
    from aecore.photos.cleaning import clean_photo_steps

    light = exposure_of(x)
    if light == 1.0:
        return (yield from clean_photo_steps(x, restorer, sigma, thorough=thorough, turned=turned))
    lit = x.astype(np.float32) / np.float32(65535)
    lit[: n_colours_of(x)] /= np.float32(light)
    told = None if sigma is None else sigma / light
    found = yield from clean_photo_steps(lit, restorer, told, thorough=thorough, turned=turned)
    return _in_its_light(found, x, light)


def _in_its_light(found: Cleaned, x: np.ndarray, light: float) -> Cleaned:
    level, risk, kind = found.level, found.risk, found.kind
    if kind is not None:
        rows = RowNoise(kind.rows.rows_255 * light, kind.rows.columns_255 * light)
        a, b, c = (light * v for v in kind.luma)
        d, e, f = (light * v for v in kind.colour)
        told = kind.under_jpeg
        under_jpeg = None if told is None else tuple(light * v for v in told)
        kind = replace(kind, luma=(a, b, c), colour=(d, e, f), rows=rows, under_jpeg=under_jpeg)
    if risk is not None:
        risk = replace(
            risk,
            moved=risk.moved * light**2,
            sigma=risk.sigma * light,
            sigma_error=risk.sigma_error * light,
        )
    return replace(
        found,
        restored=_dark(found.restored, x, light),
        given=_dark(found.given, grey_once(x) if len(found.given.x) < len(x) else x, light),
        level=replace(
            level,
            sigma=level.sigma * light,
            coarse=level.coarse * light,
            error=level.error * light,
            by_brightness=level.by_brightness * light,
            by_offset=level.by_offset * light**2,
            channels=tuple(v * light for v in level.channels),
        ),
        sigma=found.sigma * light,
        risk=risk,
        kind=kind,
        is_dark=True,
    )


def _dark(restored: Restored, x: np.ndarray, light: float) -> Restored:
    n = n_colours_of(restored.x_hat)
    colours = from_unit(restored.x_hat[:n] * np.float32(light), x.dtype)
    return Restored(x, np.concatenate([colours, x[n:]]))
