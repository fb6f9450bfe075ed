"""How time and memory of training grow: with pictures, with their size, with the code."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from aecore.bench.report import Figure
from aecore.errors import AecoreError
from aecore.store import Store

_LINEAR = 1.25
"""What must grow no worse than linearly may be off by so much: caches end somewhere."""


@dataclass(frozen=True)
class Cost:
    """Of training one network on so many pictures.

    Parameters
    ----------
    begin_s
        From opening the pictures to the end of the first step.
    us_per_picture
        Microseconds of training for a picture, the least of several steps.
    own_mb
        Most memory that the process had to itself. What it sees of the file of pictures is not
        in it: those pages are the system's, and go when others need them.
    """

    n_pictures: int
    side_px: int
    n_dims: int
    begin_s: float
    us_per_picture: float
    own_mb: float


def figures(_store: Store, *, quick: bool = False) -> Iterator[Figure]:
    """A convolutional VAE (32-64 channels, batch 128) on black colour pictures in a file.

    Parameters
    ----------
    quick
        Leave out 128 pixels.
    """
    least = cost(1_000, 64, 16)
    yield from _told(least)
    for n_pictures in (10_000, 100_000):
        found = cost(n_pictures, 64, 16)
        yield from _told(found)
    yield Figure(
        "time for a picture, 100,000 of them over 1,000",
        found.us_per_picture / least.us_per_picture,
        "×",
        _LINEAR,
        reference="64 pixels, colour",
    )
    yield Figure(
        "own memory, 100,000 pictures over 1,000: beyond it",
        found.own_mb - least.own_mb,
        "MB",
        0.1 * found.n_pictures * 3 * 64 * 64 / 1e6,
        reference=f"a second copy would be {found.n_pictures * 3 * 64 * 64 / 1e6:.0f} MB",
    )
    for side_px in (28, *(() if quick else (128,))):
        found = cost(1_000, side_px, 16)
        yield from _told(found)
        less, more = sorted((found, least), key=lambda known: known.side_px)
        yield Figure(
            f"time for a pixel, {more.side_px} px over {less.side_px} px",
            more.us_per_picture / less.us_per_picture / (more.side_px / less.side_px) ** 2,
            "×",
            1.5,
            reference="1 is linear in the pixels",
        )
    wide = [cost(1_000, 64, n_dims) for n_dims in (2, 128, 512)]
    for found in wide:
        yield from _told(found)
    yield Figure(
        "time for a picture, 512 dimensions over 2",
        wide[-1].us_per_picture / wide[0].us_per_picture,
        "×",
        reference="linear in the weights beside the code, next to nothing in the rest",
    )


def _told(found: Cost) -> Iterator[Figure]:
    what = f"{found.n_pictures:,} pictures of {found.side_px} px, {found.n_dims} dimensions"
    words = f"begins in {found.begin_s:.2g} s; own memory {found.own_mb:.0f} MB"
    yield Figure(f"{what}: time of training a picture", found.us_per_picture, "µs", reference=words)


def cost(n_pictures: int, side_px: int, n_dims: int) -> Cost:
    """Measured in a process of its own, whose memory is nobody else's.

    Raises
    ------
    AecoreError
        If it fails.
    """
    asked = [str(n_pictures), str(side_px), str(n_dims)]
    command = [sys.executable, "-P", "-m", "aecore.bench.speed.growth_case", *asked]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AecoreError(f"Growth was not measured: {done.stderr.strip()[-300:]}")
    numbers = [float(number) for number in done.stdout.split()[-3:]]
    return Cost(n_pictures, side_px, n_dims, *numbers)
