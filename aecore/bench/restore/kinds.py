"""`aecore bench restore DIR --kinds`: six kinds of noise as cameras write it, named and cleaned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from aecore.bench.report import Figure
from aecore.bench.restore.methods import METHODS as FILTERS
from aecore.bench.restore.noise_kinds import KINDS, SIGMA_255, noisy
from aecore.errors import SpecError
from aecore.metrics.pictures import psnr
from aecore.photos.cleaned import Cleaned
from aecore.photos.cleaning import clean_photo
from aecore.photos.restorer import Restorer, restorer_of
from aecore.photos.values import to_unit

TITLES = {
    "input": "as it came",
    "app": "the app, blind",
    "white": "the network for white noise alone",
    "bm3d": "CBM3D, told sigma",
}
_RIGHT = 90.0
_LEAST_GAIN_DB = -0.1
NAMES = {
    "white": {"white"},
    "light": {"light"},
    "coarse": {"coarse"},
    "rows": {"rows"},
    "jpeg": {"jpeg"},
    "camera": {"coarse"},
}
"""What must be among the words for each kind."""


def figures(
    pictures: dict[str, np.ndarray],
    names: tuple[str, ...] = (),
    *,
    crop_px: int | None = None,
    weights: Path | None = None,
    seed: int = 0,
    watch: Callable[[str], None] = lambda text: None,
) -> Iterator[Figure]:
    """PSNR of each kind by each method, and whether the words for it are right.

    Parameters
    ----------
    pictures
        uint8 `(3, H, W)`, by name.
    names
        Of `TITLES`; none: all that can be had.
    crop_px
        Only so large a square from the middle of each; None: all of it.

    Raises
    ------
    SpecError
        If there is no such method.
    """
    for name in names:
        if name not in TITLES:
            raise SpecError(
                f"There is no method {name!r:.60}.", f"Choose from {', '.join(TITLES)}."
            )
    chosen = [name for name in TITLES if name in names or not names]
    if find_spec("bm3d") is None:
        chosen = [name for name in chosen if name != "bm3d"]
    restorer = restorer_of(weights)
    for kind in KINDS:
        scores: dict[str, list[float]] = {name: [] for name in chosen}
        n_right = 0
        for number, whole in enumerate(pictures.values()):
            watch(f"{kind}: {number + 1} of {len(pictures)}")
            clean = _middle(whole, crop_px) / 255
            x = noisy(clean, kind, seed + number)
            found = clean_photo(x, restorer)
            n_right += is_right(found, kind)
            for name in chosen:
                scores[name].append(_psnr(_made(name, x, kind, found, restorer), clean))
        yield from _of_kind(kind, scores, n_right, len(pictures))


def is_right(found: Cleaned, kind: str) -> bool:
    """Whether the words for a photograph name the kind of its noise."""
    return found.kind is not None and NAMES[kind] <= set(found.kind.names)


def _of_kind(kind: str, scores: dict[str, list[float]], n_right: int, n: int) -> Iterator[Figure]:
    app, before = scores.get("app"), scores.get("input")
    for name, found in scores.items():
        target, said = None, f"{n} pictures, sigma {SIGMA_255[kind]:g}"
        if name == "app" and "bm3d" in scores:
            target = float(np.mean(scores["bm3d"]))
        yield Figure(f"{kind}: {TITLES[name]}", float(np.mean(found)), "dB", target, "high", said)
    if app is not None and before is not None:
        gained = np.array(app) - before
        yield Figure(
            f"{kind}: least gain", float(gained.min()), "dB", _LEAST_GAIN_DB, "high", "the app"
        )
    yield Figure(f"{kind}: named rightly", 100 * n_right / n, "%", _RIGHT, "high", f"{n} pictures")


def _made(name: str, x: np.ndarray, kind: str, found: Cleaned, restorer: Restorer) -> np.ndarray:
    if name == "input":
        return to_unit(x)
    if name == "app":
        return to_unit(found.x_hat)
    if name == "white":
        import torch

        return np.asarray(restorer.restore_values(torch.from_numpy(to_unit(x))[None])[0].cpu())
    return FILTERS["bm3d"].make(None)(to_unit(x), SIGMA_255[kind] / 255)


def _psnr(x_hat: np.ndarray, clean: np.ndarray) -> float:
    return float(psnr(clean[None], np.clip(x_hat, 0, 1)[None])[0])


def _middle(x: np.ndarray, side_px: int | None) -> np.ndarray:
    if side_px is None:
        return x
    top, left = (max(0, side - side_px) // 2 for side in x.shape[1:])
    return x[:, top : top + side_px, left : left + side_px]
