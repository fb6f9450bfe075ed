"""A table beside the pictures, `labels.csv`: the class of each file, its part, and what else."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from aecore.data.archives import Candidate
from aecore.data.folder_labels import PART_FOLDERS, Arrangement
from aecore.data.samples import Column, PartName
from aecore.errors import DataError, PictureError
from aecore.sentence import Sentence, plural

NAMES = ("labels.csv", "labels.tsv", "labels.txt", "metadata.csv")
_FILE_WORDS = (
    *("file", "filename", "filenames", "filepath", "name", "path", "id", "fname"),
    *("image", "imageid", "imagename", "imagepath", "img", "imgname", "imgpath", "picture"),
)
_LABEL_WORDS = (
    *("label", "labels", "labelname", "class", "classid", "classname", "category"),
    *("categoryid", "categoryname", "target", "y"),
)
_PART_WORDS = ("part", "split", "set", "subset", "partition")
MAX_COLUMNS = 20
MAX_WORDS = 200
"""Different words that a column may hold to be one to colour by."""
_MAX_ROWS = 1_000_000
_MAX_CELLS = 4_000_000
_MAX_BYTES = 2**25
_LARGEST = float(np.finfo(np.float32).max)
_MAX_ENDS = 6
_ABOVE = re.compile(r"\A(?:\s*(?:#[^\r\n]*|sep=.)[\r\n]+)+", re.IGNORECASE)


@dataclass(frozen=True)
class LabelTable:
    """What a table says.

    Parameters
    ----------
    rows
        File to its cells; files are named as in the table.
    columns
        What the cells are: "label", "part", or the name of a further column.
    """

    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()

    @cached_property
    def _by_end(self) -> dict[str, tuple[str, ...] | None]:
        """Rows by each end of their path, in small letters; None where two rows end alike.

        Tables name files as they lay on another machine, or on the web.
        """
        found: dict[str, tuple[str, ...] | None] = {}
        for name, row in self.rows.items():
            words = name.lower().split("/")[-_MAX_ENDS:]
            for start in range(len(words)):
                end = "/".join(words[start:])
                found[end] = row if found.get(end, row) == row else None
        return found

    def cells(self, candidate: Candidate) -> tuple[str, ...] | None:
        """The row of a file, by its whole name, by its name from the table's folder, or alone;
        else by the end of the path that it has in common with one row."""
        whole = candidate.name
        below = "/".join(whole.split("/")[len(self.folders) :])
        last = whole.rsplit("/", 1)[-1]
        stem = last.rsplit(".", 1)[0]
        for name in (below, whole, last, stem):
            if name in self.rows:
                return self.rows[name]
        words = whole.lower().split("/")
        for start in range(len(words)):
            end = "/".join(words[start:])
            if end in self._by_end:
                return self._by_end[end]
        return None


def merged(tables: Sequence[LabelTable]) -> LabelTable:
    """Several tables as one: each names the files of its own folder."""
    if len(tables) == 1:
        return tables[0]
    columns = tuple(dict.fromkeys(name for table in tables for name in table.columns))
    rows = {}
    for table in tables:
        for name, row in table.rows.items():
            cells = dict(zip(table.columns, row, strict=True))
            whole = "/".join((*table.folders, name))
            rows[whole] = tuple(cells.get(column, "") for column in columns)
    return LabelTable(rows, columns)


def is_table(candidate: Candidate) -> bool:
    """Whether a file is a table of labels, by its name."""
    return candidate.name.rsplit("/", 1)[-1].lower() in NAMES


def read_table(candidate: Candidate) -> LabelTable:
    """Read a table: columns by commas, semicolons or tabs; the first row may name them.

    Raises
    ------
    DataError
        If it is none.
    """
    try:
        content = candidate.read()
    except PictureError as problem:
        raise DataError(f"{candidate.name}: {problem.message}", problem.hint) from problem
    if len(content) > _MAX_BYTES:
        raise _none(candidate, Sentence("it has more than {n} MB", n=_MAX_BYTES // 2**20))
    text = _text_of(content)
    head = text[:4096]
    delimiter = max(",;\t", key=head.count)
    rows: list[list[str]] = []
    n_cells = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=None), delimiter=delimiter):
            if any(cell.strip() for cell in row):
                rows.append([cell.strip() for cell in row[:MAX_COLUMNS]])
                n_cells += len(rows[-1])
            if len(rows) > _MAX_ROWS:
                raise _none(candidate, Sentence("it has more than {n:,} rows", n=_MAX_ROWS))
            if n_cells > _MAX_CELLS:
                raise _none(candidate, Sentence("it has more than {n:,} cells", n=_MAX_CELLS))
    except csv.Error as problem:
        raise _none(candidate, str(problem)) from problem
    if not rows or len(rows[0]) < 2:
        raise _none(candidate, Sentence("it has not two columns"))
    names = [_word(cell) for cell in rows[0]]
    has_names = names[0] in _FILE_WORDS or any(name in _LABEL_WORDS for name in names)
    columns = _columns(rows[0] if has_names else [], len(rows[0]))
    at = next((i for i, name in enumerate(names) if name in _FILE_WORDS), 0) if has_names else 0
    kept = {
        _plain(row[at]): tuple(
            (row + [""] * len(columns))[i] for i in range(len(columns)) if i != at
        )
        for row in rows[has_names:]
        if len(row) > at
    }
    others = tuple(name for i, name in enumerate(columns) if i != at)
    return LabelTable(kept, others, candidate.folders)


def _text_of(content: bytes) -> str:
    """A table as text, without what spreadsheets and people write above its first row."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", "replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", "replace")
    return _ABOVE.sub("", text)


def _word(cell: str) -> str:
    """The name of a column in small letters alone: image_id and Image ID are one."""
    return "".join(letter for letter in cell.lower() if letter.isalnum())


def _plain(name: str) -> str:
    return name.replace("\\", "/").removeprefix("./")


def _columns(names: Sequence[str], n: int) -> tuple[str, ...]:
    if not names:
        return ("file", "label", *(f"column {i}" for i in range(3, n + 1)))
    found: list[str] = []
    words = [_word(name) for name in names]
    if n == 2 and words[0] in _FILE_WORDS and words[1] not in _PART_WORDS:
        return names[0], "label"  # whatever it is called: there is nothing else
    for name, word in zip(names, words, strict=True):
        if word in _LABEL_WORDS and "label" not in found:
            found.append("label")
        elif word in _PART_WORDS and "part" not in found:
            found.append("part")
        else:
            found.append(name or f"column {len(found) + 1}")
    return tuple(found)


def _none(candidate: Candidate, why: str) -> DataError:
    return DataError(
        "{name} is no table of labels: {why}.",
        "Two columns are needed: file,label; further ones are kept as names to colour by.",
        name=candidate.name,
        why=why,
    )


def arranged_by(table: LabelTable, files: Sequence[Candidate]) -> tuple[Arrangement, list[str]]:
    """Class and part of each file by a table, and what of the two does not match, in sentences."""
    cells = [table.cells(candidate) for candidate in files]
    labels = _column(cells, table.columns, "label")
    parts: list[PartName | None] | None = None
    if "part" in table.columns:
        parts = [
            PART_FOLDERS.get((word or "").lower()) for word in _column(cells, table.columns, "part")
        ]
    told: list[str] = []
    n_without = sum(row is None for row in cells)
    if n_without:
        told.append(
            Sentence(
                "labels.csv names no class for {n_without:,} of {n:,} pictures.",
                n_without=n_without,
                n=len(files),
            )
        )
    n_extra = len(table.rows) - (len(files) - n_without)
    if n_extra > 0:
        told.append(
            plural(
                "labels.csv names {n:,} file that is not here or cannot be read.",
                "labels.csv names {n:,} files that are not here or cannot be read.",
                n_extra,
            )
        )
    if "label" not in table.columns:
        told.append(Sentence("labels.csv has no column called label: there are no classes."))
    return Arrangement(labels, parts if parts and any(parts) else None), told


def columns_of(table: LabelTable, files: Sequence[Candidate]) -> dict[str, Column]:
    """Further columns, of the files in their order: numbers, or words where they are few."""
    cells = [table.cells(candidate) for candidate in files]
    found: dict[str, Column] = {}
    for name in table.columns:
        if name in ("label", "part") or not files:
            continue
        words = _column(cells, table.columns, name)
        numbers = [_number(word) for word in words]
        if all(number is not None for number in numbers):
            found[name] = Column(np.array(numbers, np.float32))
            continue
        known = sorted({word for word in words if word})
        if 1 < len(known) <= MAX_WORDS:
            index = {word: i for i, word in enumerate(known)}
            values = np.array([index.get(word or "", -1) for word in words], np.float32)
            found[name] = Column(values, tuple(known))
    return found


def _column(
    cells: Sequence[tuple[str, ...] | None], columns: tuple[str, ...], name: str
) -> list[str | None]:
    if name not in columns:
        return [None] * len(cells)
    at = columns.index(name)
    return [(row[at] or None) if row is not None else None for row in cells]


def _number(word: str | None) -> float | None:
    """The number that a word is; NaN for none; None where it is another word."""
    if word is None:
        return math.nan
    try:
        number = float(word.replace(",", ".") if word.count(",") == 1 else word)
    except ValueError:
        return None
    return number if math.isnan(number) or abs(number) <= _LARGEST else None
