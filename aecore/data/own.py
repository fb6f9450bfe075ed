"""Own pictures read one by one into one array; a bad file costs itself, by name."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np

from aecore.data.archives import Candidate, labels_from
from aecore.data.row_file import RowFile, RowFiles
from aecore.data.sources import Raw
from aecore.data.uploads import upload_files
from aecore.errors import DataError, PictureError, TooFewSamplesError
from aecore.imaging.pictures import Colour, decode, no_memory
from aecore.imaging.process_limits import bounded_memory
from aecore.store import Progress, Store

DEFAULT_SIZE_PX = 64
MAX_SET_BYTES = 16 * 2**30
PICTURE_BYTES = 1_000_000_000
"""What reading one file may take: three times what any known one of 24 megapixels does."""
_AT_ONCE = 1024


def reading(
    store: Store,
    upload: str,
    files: RowFiles,
    *,
    size_px: int | None = None,
    colour: Colour = "native",
    n_max: int | None = None,
    seed: int = 0,
) -> Generator[Progress, None, Raw]:
    """Read an upload, yielding how far it is; returns its pictures.

    Parameters
    ----------
    files
        Where the pictures are put; they can be read as long as it is open.
    size_px
        Height and width; None: 64.
    colour
        "native": grey where every picture is grey, else colour.
    n_max
        At most so many files are read, drawn by `seed`.

    Raises
    ------
    TooFewSamplesError
        If no picture could be read.
    DataError
        If the upload cannot be had, or would not fit.
    """
    # The bound is one picture's: what is read goes to disk.
    with bounded_memory(PICTURE_BYTES), upload_files(store, upload) as found:
        candidates = found
        if n_max is not None and n_max < len(found):
            drawn = np.random.default_rng(seed).permutation(len(found))[:n_max]
            candidates = [found[i] for i in np.sort(drawn)]
        raw = yield from _read(candidates, files, size_px or DEFAULT_SIZE_PX, colour)
    return raw


def _read(
    candidates: Sequence[Candidate], files: RowFiles, size_px: int, colour: Colour
) -> Generator[Progress, None, Raw]:
    n_files = len(candidates)
    if n_files * 3 * size_px**2 > MAX_SET_BYTES:
        raise DataError(
            f"{n_files:,} pictures of {size_px} × {size_px} pixels are too many.",
            "Choose a smaller size, or a smaller number of pictures.",
        )
    n_channels = 3 if colour == "rgb" else 1  # native: until the first coloured picture
    rows = files.new((n_channels, size_px, size_px))
    sizes_px = np.empty((n_files, 2), np.int64)
    read: list[Candidate] = []
    unreadable: list[tuple[str, str]] = []
    yield Progress("reading pictures", 0, n_files)
    for n_done, candidate in enumerate(candidates, 1):
        try:
            picture = decode(candidate.read(), size_px=(size_px, size_px), colour=colour)
        except MemoryError:
            unreadable.append((candidate.name, str(no_memory())))
        except PictureError as problem:
            unreadable.append((candidate.name, str(problem)))
        else:
            if len(picture.x) > rows.shape[0]:
                rows = yield from _in_colour(rows, files)
            rows.append(picture.x)  # a grey picture among coloured ones fills all three channels
            sizes_px[len(read)] = picture.width_px, picture.height_px
            read.append(candidate)
        yield Progress("reading pictures", n_done, n_files)
    if not read:
        raise TooFewSamplesError(
            f"None of {n_files} files is a picture that can be read."
            if n_files
            else "There is no picture in what was brought.",
            "; ".join(f"{name}: {reason}" for name, reason in unreadable[:3])
            or "Bring PNG, JPEG, WebP, BMP, TIFF or GIF files, or a zip of them.",
        )
    labels, label_names = _labels(read)
    return Raw(
        rows.array(),
        labels,
        label_names,
        names=tuple(candidate.name for candidate in read),
        sizes_px=sizes_px[: len(read)],
        unreadable=tuple(unreadable),
    )


def _in_colour(rows: RowFile, files: RowFiles) -> Generator[Progress, None, RowFile]:
    """The same pictures with three channels."""
    coloured = files.new((3, *rows.shape[1:]))
    x = rows.array()
    for start in range(0, len(x), _AT_ONCE):
        coloured.append(x[start : start + _AT_ONCE])
        yield Progress("reading pictures")
    rows.close()
    return coloured


def _labels(read: Sequence[Candidate]) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Labels from folders; a picture outside of them has -1."""
    found = labels_from([candidate.folders for candidate in read])
    names = tuple(sorted({label for label in found if label is not None}))
    if not names:
        return None, ()
    number: dict[str | None, int] = {name: i for i, name in enumerate(names)}
    return np.array([number.get(label, -1) for label in found], np.int64), names
