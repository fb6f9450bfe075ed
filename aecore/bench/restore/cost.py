"""`aecore bench restore DIR --cost`: time, memory, and what clean pictures lose."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from aecore.bench.report import Figure
from aecore.bench.restore.measure import noisy_picture
from aecore.bench.restore.methods import METHODS
from aecore.errors import AecoreError

SIDE_PX = 512
_N_ROUNDS = 5
_SIGMA = 25
_TIMED = ("ours", "ours-float32", "dncnn", "dncnn-bf16")
Watch = Callable[[str], None]


def figures(
    pictures: dict[str, np.ndarray],
    *,
    weights: Path | None = None,
    watch: Watch = lambda text: None,
) -> Iterator[Figure]:
    """Time beside DnCNN's, memory at 12 megapixels, and clean pictures cleaned; as known.

    Parameters
    ----------
    pictures
        uint8 `(C, H, W)`, by name; without noise.
    weights
        Of the restorer; None: those that ship.
    """
    watch("time")
    yield from speed(weights)
    watch("clean pictures")
    yield from clean_pictures(pictures, weights)
    watch("12 megapixels")
    yield from large(weights)


def speed(
    weights: Path | None, *, side_px: int = SIDE_PX, n_rounds: int = _N_ROUNDS
) -> Iterator[Figure]:
    """Each method in turn on one colour picture, again and again; medians."""
    import torch

    from aecore.training.device import fast_on_cpu

    x = np.random.default_rng(0).integers(0, 256, (3, side_px, side_px), np.uint8)
    noisy = noisy_picture(x, _SIGMA, 0, 0)
    ways = {name: METHODS[name].make(weights) for name in _TIMED}
    for clean in ways.values():
        clean(noisy, _SIGMA / 255)  # the first is slow for all
    times: dict[str, list[float]] = {name: [] for name in _TIMED}
    for _ in range(n_rounds):
        for name, clean in ways.items():
            began = time.perf_counter()
            clean(noisy, _SIGMA / 255)
            times[name].append((time.perf_counter() - began) / (side_px**2 / 1e6))
    ours, exact, dncnn, dncnn_fast = (float(np.median(times[name])) for name in _TIMED)
    where = (
        f"{side_px} × {side_px}, colour, {torch.get_num_threads()} threads, median of {n_rounds}"
    )
    fast = fast_on_cpu()
    how = "bfloat16" if fast else "float32, for this processor multiplies no bfloat16: no target"
    yield Figure(
        "restorer: time per megapixel",
        ours,
        "s",
        1.0 if fast else None,
        reference=f"{where}; {how}",
    )
    yield Figure("restorer in float32: time per megapixel", exact, "s", reference=where)
    usual = "DnCNN's 17 layers, float32, default layout"
    yield Figure(
        f"{usual}, over ours", dncnn / ours, "×", 3.0, "high", f"{dncnn:.2f} s per megapixel"
    )
    yield Figure(
        "DnCNN's 17 layers over ours, both in bfloat16 and channels-last",
        dncnn_fast / ours,
        "×",
        2.0 if fast else None,
        "high",
        f"{dncnn_fast:.2f} s per megapixel",
    )
    yield Figure(f"{usual}, over ours in float32", dncnn / exact, "×", better="high")


def clean_pictures(pictures: dict[str, np.ndarray], weights: Path | None) -> Iterator[Figure]:
    """What is lost where nothing was to be taken away, at the strength that is proposed."""
    from aecore.photos.cleaning import clean_photo
    from aecore.photos.restorer import restorer_of

    restorer = restorer_of(weights)
    found, n_clean = {}, 0
    for name, x in pictures.items():
        cleaned = clean_photo(x, restorer)
        error = np.square(cleaned.x_hat.astype(float) - x).mean() / 255**2
        found[name] = float(-10 * np.log10(max(error, 1e-10)))
        n_clean += cleaned.looks_clean
    worst = min(found, key=found.__getitem__)
    yield Figure(
        "clean pictures come back: PSNR, the worst",
        found[worst],
        "dB",
        45.0,
        "high",
        f"{worst}; median {np.median(list(found.values())):.1f}, {len(found)} pictures, of which "
        f"{n_clean} are said to look clean",
    )


def large(weights: Path | None, *, size_px: tuple[int, int] = (3000, 4000)) -> Iterator[Figure]:
    """Memory and time of one large photograph, in a process of its own."""
    command = [sys.executable, "-P", "-m", "aecore.bench.restore.case", *map(str, size_px)]
    command += [str(weights)] if weights else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AecoreError(f"Memory was not measured: {done.stderr.strip()[-300:]}")
    gigabytes, *times_s = (float(number) for number in done.stdout.split()[-4:])
    cleaning_s, judging_s, uncertainty_s = times_s
    megapixels = size_px[0] * size_px[1] / 1e6
    yield Figure(
        f"{megapixels:.0f} megapixels cleaned and judged: most memory of the process",
        gigabytes,
        "GB",
        2.0,
        reference=f"cleaning {cleaning_s:.0f} s; level and expected quality {judging_s:.0f} s; "
        f"where it is uncertain {uncertainty_s:.0f} s",
    )
