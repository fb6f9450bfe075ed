"""Sets such as people bring: faces, cuttings of colour photographs, digits, and few of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aecore.data.sources import data_folder
from aecore.errors import DataError

N_CUTTINGS = 2000
N_FEW = 60
SETS = (
    "faces",
    "colour-32",
    "colour-64",
    "colour-48x80",
    "mnist-5k",
    "faces-60",
    "colour-32-60",
    "mnist-60",
)
_CUTTINGS_PX = {"colour-32": (32, 32), "colour-64": (64, 64), "colour-48x80": (48, 80)}
"""Height and width of the cuttings of a set, by its name without the number of pictures."""


@dataclass(frozen=True)
class OwnSet:
    """What is trained on.

    Parameters
    ----------
    name
        For a person.
    what
        A folder of pictures, or the name of a set; None where it is not here.
    settings
        Of its `DataSpec`.
    missing
        Why it is left out; "" where it is here.
    """

    name: str
    what: str | Path | None
    settings: dict[str, Any]
    missing: str = ""

    @property
    def is_few(self) -> bool:
        """Whether it has some tens of pictures."""
        return bool(self.settings.get("n_max", N_CUTTINGS) <= N_FEW)

    @property
    def is_colour(self) -> bool:
        """Whether it is of colour photographs."""
        return self.name.startswith("colour")


def sets_of(
    paths: Sequence[Path], chosen: Sequence[str], workplace: Path, *, seed: int = 0
) -> Iterator[OwnSet]:
    """The sets to measure on: those that are named, and any folder.

    `faces` and `bsds400` are looked for among the paths and in the data folder (AECORE_DATA).

    Parameters
    ----------
    chosen
        Names of `SETS`; empty: all, unless folders are named that are none of them.
    workplace
        Where cuttings are written.
    """
    known = {path.name: path for path in paths if path.name in ("faces", "bsds400")}
    known |= {
        name: data_folder() / name
        for name in ("faces", "bsds400")
        if name not in known and (data_folder() / name).is_dir()
    }
    others = [path for path in paths if path.name not in known]
    for name in chosen or (() if others else SETS):
        yield _known(name, known, workplace, seed)
    for path in others:
        yield OwnSet(path.name, path, {})


def _known(name: str, known: dict[str, Path], workplace: Path, seed: int) -> OwnSet:
    if name not in SETS:
        raise DataError(f"There is no set {name!r:.60}.", f"Choose of {', '.join(SETS)}.")
    few = {"n_max": N_FEW} if name.endswith("-60") else {}
    if name.startswith("mnist"):
        return OwnSet(name, "mnist-5k", few)
    source = "faces" if name.startswith("faces") else "bsds400"
    if source not in known:
        return OwnSet(name, None, few, f"the folder {source} is not here: name it, or AECORE_DATA")
    if source == "faces":
        return OwnSet(name, known[source], {"size_px": 64, **few})
    H, W = _CUTTINGS_PX[name.removesuffix("-60")]
    folder = workplace / f"cuttings-{H}x{W}"
    if not folder.is_dir():
        _write_cuttings(known[source], folder, (H, W), seed)
    width = {"width_px": W} if W != H else {}
    return OwnSet(name, folder, {"size_px": H, **width, **few})


def _write_cuttings(photos: Path, folder: Path, size_px: tuple[int, int], seed: int) -> None:
    """Rectangles of `(H, W)` cut from photographs at places drawn by the seed, as PNG."""
    from PIL import Image

    random = np.random.default_rng(seed)
    files = sorted(path for path in photos.iterdir() if path.suffix.lower() in (".jpg", ".png"))
    opened = [Image.open(path).convert("RGB") for path in files]
    folder.mkdir(parents=True)
    for number in range(N_CUTTINGS):
        photo = opened[number % len(opened)]
        left, top = (
            int(random.integers(0, side - cut_px + 1))
            for side, cut_px in zip(photo.size, size_px[::-1], strict=True)
        )
        cut = photo.crop((left, top, left + size_px[1], top + size_px[0]))
        cut.save(folder / f"{number:04}.png")
