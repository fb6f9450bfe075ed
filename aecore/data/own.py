"""Own pictures read one by one into one array; a bad file costs itself, by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from math import prod

import numpy as np

from aecore.artifact import Progress
from aecore.data import label_table
from aecore.data.archives import Candidate
from aecore.data.folder_labels import Arrangement, arranged
from aecore.data.label_table import LabelTable
from aecore.data.row_file import RowFile, RowFiles
from aecore.data.sources import LostSides, Raw
from aecore.data.uploads import upload_files
from aecore.errors import DataError, PictureError, TooFewSamplesError
from aecore.imaging.deep_photos import Range
from aecore.imaging.fitting import middle, share_lost, usual_size
from aecore.imaging.framing import Framing
from aecore.imaging.limits import no_memory
from aecore.imaging.opening import header_size
from aecore.imaging.pictures import FIRST_FRAME, Picture, decode, decoding, values_found
from aecore.imaging.pixels import Values
from aecore.imaging.process_limits import bounded_memory
from aecore.sentence import Sentence, plural
from aecore.specs.data import DataSpec
from aecore.store import Store

MAX_SET_BYTES = 16 * 2**30
PICTURE_BYTES = 1_200_000_000
"""What reading one file may take: twice what any known one of 64 megapixels does."""
_BLOCK_BYTES = 2**24
_N_LOOKED_AT = 64
_N_LOST, _LOST_PX = 3, 160
_DARK = 0.25
_READING = Sentence("reading pictures")


@dataclass
class _Read:
    """What has been read so far."""

    rows: RowFile
    files: list[Candidate] = field(default_factory=list)
    sources: list[Candidate] = field(default_factory=list)
    sizes_px: list[tuple[int, int]] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    peak: float | None = None

    def keep(self, candidate: Candidate, picture: Picture, frame: int | None) -> None:
        """Keep a picture of a file, or a frame of one, counted from 1."""
        self.rows.append(picture.x)  # a grey one among coloured ones fills all three channels
        named = candidate if frame is None else replace(candidate, name=f"{candidate.name}#{frame}")
        self.files.append(named)
        self.sources.append(candidate)
        self.sizes_px.append((picture.width_px, picture.height_px))
        self.notes.update(picture.notes)
        if picture.peak is not None:
            self.peak = max(self.peak or 0.0, picture.peak)


def reading(store: Store, spec: DataSpec, files: RowFiles) -> Generator[Progress, None, Raw]:
    """Read an upload, yielding how far it is; returns its pictures.

    Parameters
    ----------
    files
        Where the pictures are put; they can be read as long as it is open.

    Raises
    ------
    TooFewSamplesError
        If no picture could be read.
    DataError
        If the upload cannot be had, would not fit, or a table of labels cannot be read.
    """
    with upload_files(store, str(spec.upload)) as found, ExitStack() as bound:
        # The bound is one picture's: what is read goes to disk, and is mapped as a whole after it.
        bound.enter_context(bounded_memory(PICTURE_BYTES))
        tables = [candidate for candidate in found if label_table.is_table(candidate)]
        candidates = [candidate for candidate in found if candidate not in tables]
        read = [label_table.read_table(candidate) for candidate in tables if spec.folders]
        table = label_table.merged(read) if read else None
        if spec.n_max is not None and spec.n_max < len(candidates):
            drawn = np.random.default_rng(spec.seed).permutation(len(candidates))[: spec.n_max]
            candidates = [candidates[i] for i in np.sort(drawn)]
        framing = Framing(
            size_px=spec.shape_px or _usual_size(candidates),
            colour=spec.colour,
            fit=spec.fit,
            ground=spec.ground,
            values=(yield from _values(candidates, spec)),
        )
        read_pictures = yield from _read(candidates, files, framing, spec)
        bound.close()
        return _raw(read_pictures, framing, spec, table)


def _usual_size(candidates: Sequence[Candidate]) -> tuple[int, int]:
    """Height and width by the headers of some files, evenly over all."""
    sizes: list[tuple[int, int]] = []
    step = max(1, len(candidates) // _N_LOOKED_AT)
    for candidate in candidates[::step]:
        try:
            sizes.append(header_size(candidate.read()))
        except (PictureError, MemoryError):
            continue
    return usual_size(sizes)


def _values(
    candidates: Sequence[Candidate], spec: DataSpec
) -> Generator[Progress, None, Values | None]:
    """What becomes black and white, where the files alone do not say."""
    if spec.value_range == "given":
        return spec.low, spec.high
    if spec.value_range == "format":
        return None
    found: dict[str, Range] = {}
    for n_done, candidate in enumerate(candidates, 1):
        try:
            code, (low, high) = values_found(candidate.read())
        except (PictureError, MemoryError):
            continue  # it is told when it is read
        before = found.get(code, (low, high))
        found[code] = min(low, before[0]), max(high, before[1])
        yield Progress("finding the range of values", n_done, len(candidates))
    return {code: values for code, values in found.items() if values[0] < values[1]}


def _read(
    candidates: Sequence[Candidate],
    files: RowFiles,
    framing: Framing,
    spec: DataSpec,
) -> Generator[Progress, None, _Read]:
    n_files = len(candidates)
    height, width = framing.size_px or (0, 0)
    _check_bytes(n_files, height, width)
    n_channels = 3 if framing.colour == "rgb" else 1  # native: until the first coloured picture
    read = _Read(files.new((n_channels, height, width)))
    yield Progress(_READING, 0, n_files)
    for n_done, candidate in enumerate(candidates, 1):
        try:
            yield from _read_one(candidate, files, framing, spec, read)
        except MemoryError:
            read.unreadable.append((candidate.name, no_memory().text))
        except PictureError as problem:
            read.unreadable.append((candidate.name, problem.text))
        yield Progress(_READING, n_done, n_files)
    if not read.files:
        raise TooFewSamplesError(
            Sentence("None of {n_files} files is a picture that can be read.", n_files=n_files)
            if n_files
            else "There is no picture in what was imported.",
            "; ".join(f"{name}: {reason}" for name, reason in read.unreadable[:3])
            or "Import PNG, JPEG, WebP, BMP, TIFF or GIF files, or a zip of them.",
        )
    return read


def _read_one(
    candidate: Candidate, files: RowFiles, framing: Framing, spec: DataSpec, read: _Read
) -> Generator[Progress, None, None]:
    """One file, or each of its frames."""
    is_all = spec.frames == "all"
    with closing(decoding(candidate.read(), framing, all_frames=is_all)) as frames:
        for number, picture in enumerate(frames, 1):
            if len(picture.x) > read.rows.shape[0]:
                read.rows = yield from _in_colour(read.rows, files)
            if number > 1:
                _check_bytes(len(read.files) + 1, *picture.x.shape[1:])
                yield Progress(_READING)
            read.keep(candidate, picture, number if is_all else None)


def _check_bytes(n_pictures: int, height: int, width: int) -> None:
    if n_pictures * 3 * height * width > MAX_SET_BYTES:
        raise DataError(
            "{n_pictures:,} pictures of {width} × {height} pixels are too many.",
            "Choose a smaller size, or a smaller number of pictures.",
            n_pictures=n_pictures,
            width=width,
            height=height,
        )


def _in_colour(rows: RowFile, files: RowFiles) -> Generator[Progress, None, RowFile]:
    """The same pictures with three channels."""
    coloured = files.new((3, *rows.shape[1:]))
    for x in rows.blocks(max(1, _BLOCK_BYTES // prod(coloured.shape))):
        coloured.append(x)
        yield Progress(_READING)
    rows.close()
    return coloured


# What else is known of them ---------------------------------------------------------------


def _raw(read: _Read, framing: Framing, spec: DataSpec, table: LabelTable | None) -> Raw:
    told: list[str] = [
        plural("{n:,} picture: {note}.", "{n:,} pictures: {note}.", n, note=note)
        for note, n in sorted(read.notes.items())
        if note != FIRST_FRAME
    ]
    warned: list[str] = []
    if n_first := read.notes[FIRST_FRAME]:
        warned.append(
            plural(
                "{n:,} picture: {note}. To import every one, set Frames to all (--frames all).",
                "{n:,} pictures: {note}. To import every one, set Frames to all (--frames all).",
                n_first,
                note=FIRST_FRAME,
            )
        )
    groups = _files_of(read)
    if len(np.unique(groups)) < len(groups):
        told.append(_about_frames(groups, spec))
    if read.peak is not None and read.peak <= _DARK:
        warned.append(
            Sentence(
                "The numbers of these files reach {percent:.2g} % of what their kind can: the "
                "pictures are nearly black. Set Range of values to that of the set (--range set).",
                percent=100 * read.peak,
            )
        )
    arrangement = Arrangement([None] * len(read.files))
    columns = {}
    if table is not None:
        arrangement, words = label_table.arranged_by(table, read.sources)
        columns = label_table.columns_of(table, read.sources)
        warned += words
        if arrangement.parts is None:
            by_folders = arranged([candidate.folders for candidate in read.files])
            arrangement = replace(arrangement, parts=by_folders.parts)
    elif spec.folders:
        arrangement = arranged([candidate.folders for candidate in read.files])
    labels, label_names = _labels(arrangement)
    is_val = is_test = None
    if arrangement.parts is not None:
        is_val = np.array([part == "val" for part in arrangement.parts])
        is_test = np.array([part == "test" for part in arrangement.parts])
        told.append(Sentence("Training, validation and test are as the import says."))
    sizes_px = np.array(read.sizes_px, np.int64)
    return Raw(
        read.rows.array(),
        labels,
        label_names,
        names=tuple(candidate.name for candidate in read.files),
        sizes_px=sizes_px,
        unreadable=tuple(read.unreadable),
        is_test=is_test if is_test is not None and is_test.any() else None,
        is_val=is_val if is_val is not None and is_val.any() else None,
        columns=columns,
        told=tuple(told),
        warned=tuple(warned),
        fit=spec.fit,
        framing=framing,
        groups=groups,
        lost=_lost(read, sizes_px, framing, spec),
    )


def _files_of(read: _Read) -> np.ndarray:
    """Number of the file of each picture, int64 `(n_samples,)`."""
    sources = read.sources  # frames of a file follow each other; two files may have one name
    is_new = [i == 0 or source is not sources[i - 1] for i, source in enumerate(sources)]
    return np.cumsum(np.array(is_new, np.int64)) - 1


def _about_frames(groups: np.ndarray, spec: DataSpec) -> str:
    n_parts = 1 + (spec.val_fraction > 0) + (spec.test_fraction > 0)
    if len(np.unique(groups)) >= n_parts:
        return Sentence("Frames of one file are much alike: all of them are in one part.")
    return Sentence(
        "Frames of one file are much alike: the first of each are trained on, the last held out. "
        "Scores will look better than with files that are held out whole."
    )


def _labels(arrangement: Arrangement) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """A picture without a class has -1."""
    names = tuple(sorted({label for label in arrangement.labels if label is not None}))
    if not names:
        return None, ()
    number: dict[str | None, int] = {name: i for i, name in enumerate(names)}
    return np.array([number.get(label, -1) for label in arrangement.labels], np.int64), names


def _lost(
    read: _Read, sizes_px: np.ndarray, framing: Framing, spec: DataSpec
) -> tuple[LostSides, ...]:
    """Three pictures that lose most, with the box that is kept; none where nothing is lost."""
    if framing.size_px is None or framing.fit == "squeeze" or spec.frames == "all":
        return ()
    lost = share_lost(sizes_px, framing.size_px)
    found = []
    for i in np.argsort(-lost, kind="stable")[:_N_LOST]:
        if lost[i] < 0.01:
            break
        width, height = (int(side) for side in sizes_px[i])
        left, top, right, bottom = middle((width, height), framing.size_px)
        if framing.fit == "bars":
            left, top, right, bottom = 0, 0, width, height
        try:
            small = decode(read.files[i].read(), max_side_px=_LOST_PX, colour="rgb")
        except (PictureError, MemoryError):
            continue
        box = left / width, top / height, right / width, bottom / height
        found.append(LostSides(read.files[i].name, small.x, box))
    return tuple(found)
