"""`aecore bench restore DIR`: the photo restorer beside classical filters, on any pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from aecore.bench.restore.methods import METHODS, Method
from aecore.errors import SpecError
from aecore.metrics.pictures import psnr, ssim
from aecore.photos.training.photographs import held_out_names, photo_paths, read_photo

NOTE = (
    "Gaussian noise is added to the 8-bit picture as values in [0, 1], seeded, not clipped; PSNR "
    "and SSIM are of the result clipped to [0, 1]. Means over pictures."
)

_TELL_S = 20.0
"""A slow method says how far it is so often."""


@dataclass(frozen=True)
class Row:
    """One method at one noise level.

    Parameters
    ----------
    sigma
        Deviation of the noise, of 255.
    psnr_db, ssim
        Means over the pictures; None of a method that is only timed.
    s_per_megapixel
        Wall time, over the pictures' pixels.
    """

    method: str
    title: str
    sigma: float
    n_pictures: int
    psnr_db: float | None
    ssim: float | None
    s_per_megapixel: float

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return asdict(self)


def here(names: tuple[str, ...] = ()) -> list[str]:
    """Methods that can be measured here; of `names`, where some are given.

    Raises
    ------
    SpecError
        If there is no such method, or it is asked for and cannot be had.
    """
    for name in names:
        if name not in METHODS:
            raise SpecError(
                f"There is no method {name!r:.60}.", f"Choose from {', '.join(METHODS)}."
            )
        if METHODS[name].needs and find_spec(METHODS[name].needs) is None:
            raise SpecError(
                f"{METHODS[name].title} needs the package {METHODS[name].needs}, whose licence is "
                "for non-commercial use.",
                "Install it: pip install 'latent-lab[photos]'.",
            )
    return [
        name
        for name, known in METHODS.items()
        if name in names or (not names and known.usual and _is_here(known))
    ]


def _is_here(known: Method) -> bool:
    return not known.needs or find_spec(known.needs) is not None


def pictures_of(
    folder: Path, *, grey: bool, held_out: bool, n_max: int | None
) -> dict[str, np.ndarray]:
    """Pictures of a folder, uint8 `(C, H, W)`, by name.

    Parameters
    ----------
    grey
        As one luma.
    held_out
        Only those that no training of the restorer sees.

    Raises
    ------
    DataError
        If there is none.
    SpecError
        If none is held out.
    """
    from aecore.imaging.limits import PHOTOGRAPH
    from aecore.imaging.pictures import decode

    paths = photo_paths(folder)
    if held_out:
        apart = frozenset(held_out_names())
        paths = [path for path in paths if path.stem in apart]
        if not paths:
            raise SpecError(f"{folder} holds none of the held-out pictures.", "Leave that out.")
    return {
        path.name: decode(path.read_bytes(), colour="grey", limits=PHOTOGRAPH).x
        if grey
        else read_photo(path)
        for path in paths[:n_max]
    }


def noisy_picture(x: np.ndarray, sigma: float, seed: int, index: int) -> np.ndarray:
    """A picture with white Gaussian noise: float32 shares of white, not clipped.

    Parameters
    ----------
    sigma
        Of 255.
    seed, index
        Decide the noise, with sigma: each picture has its own.
    """
    rng = np.random.default_rng((seed, round(10 * sigma), index))
    noise = rng.standard_normal(x.shape) * (sigma / 255)
    return np.asarray(x / 255.0 + noise, np.float32)


def rows(
    pictures: dict[str, np.ndarray],
    sigmas: tuple[float, ...],
    names: list[str],
    *,
    seed: int = 0,
    weights: Path | None = None,
    watch: Callable[[str], None] = lambda text: None,
) -> Iterator[Row]:
    """Measure each method at each level, as they are done.

    Parameters
    ----------
    weights
        Of the restorer; None: those that ship.
    """
    for name in names:
        method = METHODS[name]
        clean = method.make(weights)
        for sigma in sigmas:
            watch(f"{method.title}, sigma {sigma:g}")
            yield _row(name, method, clean, pictures, sigma, seed, watch)


def _row(
    name: str,
    method: Method,
    clean: Callable[[np.ndarray, float], np.ndarray],
    pictures: dict[str, np.ndarray],
    sigma: float,
    seed: int,
    watch: Callable[[str], None],
) -> Row:
    scores, took, n_pixels = [], 0.0, 0
    chosen = list(pictures.values())[: 3 if method.only_timed else None]
    clean(noisy_picture(chosen[0], sigma, seed, 0), sigma / 255)  # the first is slow for all
    told = time.monotonic()
    for index, x in enumerate(chosen):
        if time.monotonic() - told > _TELL_S:
            told = time.monotonic()
            watch(f"{method.title}, sigma {sigma:g}: {index} of {len(chosen)} pictures")
        noisy = noisy_picture(x, sigma, seed, index)
        began = time.perf_counter()
        x_hat = clean(noisy, sigma / 255)
        took += time.perf_counter() - began
        n_pixels += x.shape[1] * x.shape[2]
        x_hat = np.clip(x_hat, 0, 1)[None]
        wanted = x[None] / 255.0
        scores.append((float(psnr(wanted, x_hat)[0]), float(ssim(wanted, x_hat)[0])))
    means = np.mean(scores, axis=0)
    return Row(
        name,
        method.title,
        sigma,
        len(chosen),
        None if method.only_timed else float(means[0]),
        None if method.only_timed else float(means[1]),
        took / (n_pixels / 1e6),
    )


def table(found: list[Row]) -> str:
    """Rows as a Markdown table: one line a method, PSNR / SSIM a level, and its time."""
    sigmas = list(dict.fromkeys(row.sigma for row in found))
    head = "".join(f" sigma {sigma:g}: PSNR dB | SSIM |" for sigma in sigmas)
    lines = [f"| method |{head} s per megapixel |", "| --- |" + " --- |" * (2 * len(sigmas) + 1)]
    for name in dict.fromkeys(row.method for row in found):
        mine = [row for row in found if row.method == name]
        cells = [mine[0].title]
        for row in mine:
            scored = row.psnr_db is not None and row.ssim is not None
            cells += [f"{row.psnr_db:.2f}", f"{row.ssim:.4f}"] if scored else ["", ""]
        cells.append(f"{np.mean([row.s_per_megapixel for row in mine]):.2f}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", NOTE])
