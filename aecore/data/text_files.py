"""Files of texts: their encoding, their lines, and the columns of those that are tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aecore.data.folder_labels import PART_FOLDERS
from aecore.data.samples import PartName
from aecore.data.table_cells import Cells, as_words
from aecore.data.table_files import (
    TEXT_SUFFIXES,
    cells_of_bytes,
    cells_of_text,
)
from aecore.data.text_encoding import delimiter_of, encoding_of
from aecore.errors import DataError
from aecore.sentence import Sentence
from aecore.specs.data import TextSpec

BINARY_SUFFIXES = (".parquet", ".xlsx", ".xls")
"""Endings of tables that are no text files."""
MAX_TEXT = 1_000_000
"""Characters of one text that are read; the rest is left out."""
_HEAD = 2**16
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
_MOST_CONTROL = 0.001
_LABEL_WORDS = ("label", "class", "category", "topic", "target")
_TEXT_WORDS = ("text", "content", "body", "document", "sentence", "message")
_MAX_CLASSES = 200
_MAX_CLASS_LENGTH = 60
_FEWEST_OF_CLASS = 4
"""Texts of a class on average, from which on a column may be that of the classes."""


@dataclass(frozen=True)
class TextRows:
    """Texts of one file.

    Parameters
    ----------
    names
        Of each, such as "line 3".
    labels, parts
        Of each; None where it has none, or the file tells none.
    told
        How the file was understood, in sentences.
    """

    texts: list[str]
    names: list[str]
    labels: list[str | None] | None = None
    parts: list[PartName | None] | None = None
    told: tuple[str, ...] = ()


def is_table(name: str) -> bool:
    """Whether a file is a table, by its name.

    Examples
    --------
    >>> is_table("news.tsv"), is_table("news.txt")
    (True, False)
    """
    return name.lower().endswith((*TEXT_SUFFIXES, *BINARY_SUFFIXES))


def text_of(content: bytes, name: str, encoding: str | None = None) -> str:
    """A file's bytes as text, with `\\n` between lines.

    Parameters
    ----------
    encoding
        None: UTF-8, UTF-16, or by the bytes that are no ASCII; see `encoding_of`.

    Raises
    ------
    DataError
        If it is no text, or its encoding cannot be decided.

    Examples
    --------
    >>> text_of("été\\r\\nhiver".encode("cp1252"), "a.txt")
    'été\\nhiver'
    """
    if content.startswith(b"%PDF"):
        raise DataError("{name} is a PDF.", "Save what it says as a text file (.txt).", name=name)
    chosen = encoding or encoding_of(content)
    try:
        text = content.decode(chosen)
    except LookupError as problem:
        raise DataError(
            "There is no encoding {chosen:.40}.", "Name another.", chosen=repr(chosen)
        ) from problem
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        if encoding:
            raise DataError(
                "Line {line:,} of {name} is not written in {encoding}.",
                "Name another encoding (--encoding).",
                line=line,
                name=name,
                encoding=encoding,
            ) from problem
        raise DataError(
            "The encoding of {name} cannot be decided.",
            "Save it as UTF-8, or name its encoding (--encoding).",
            name=name,
        ) from problem
    head = text[:_HEAD]
    if len(_CONTROL.findall(head)) > _MOST_CONTROL * len(head):
        raise DataError(
            "{name} is no text: it holds control characters.", "Import text files.", name=name
        )
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def lines_of(text: str) -> TextRows:
    """One text a line; empty lines are left out."""
    lines = enumerate(text.split("\n"), 1)
    kept = [(i, line) for i, whole in lines if (line := whole.strip())]
    return TextRows([line[:MAX_TEXT] for _, line in kept], [f"line {i}" for i, _ in kept])


def rows_of(
    content: bytes,
    name: str,
    spec: TextSpec,
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
) -> TextRows:
    """One text a row of a table.

    Parameters
    ----------
    delimiter, encoding
        None: found out.

    Raises
    ------
    DataError
        If it cannot be read, or has no such column.
    """
    if name.lower().endswith(BINARY_SUFFIXES):
        return _rows_of_cells(cells_of_bytes(content, name), spec)
    delimiter = delimiter or ("\t" if name.lower().endswith((".tsv", ".tab")) else None)
    if spec.column is None and not _has_columns(content, name, encoding, delimiter):
        return lines_of(text_of(content, name, encoding))
    return _rows_of_cells(cells_of_text(content, delimiter, encoding), spec)


def _rows_of_cells(cells: dict[str, Cells], spec: TextSpec) -> TextRows:
    """The column of the texts, with those of their classes and parts."""
    column = _named(cells, spec.column) or _text_column(cells)
    if column == spec.label_column:
        raise DataError(
            "{column} is to hold both the texts and the classes.",
            "Name two columns.",
            column=column,
        )
    words = {each: as_words(cell) for each, cell in cells.items() if each != column}
    part_column = next((each for each, cell in words.items() if _are_parts(cell)), None)
    label_column = _named(cells, spec.label_column) or _label_column(
        {each: cell for each, cell in words.items() if each != part_column}
    )
    told = [Sentence("Texts are in {column}.", column=column)]
    if label_column:
        told.append(Sentence("Classes are in {column}.", column=label_column))
    if part_column:
        told.append(Sentence("Parts are in {column}.", column=part_column))
    texts = as_words(cells[column])
    rows = [i for i, text in enumerate(texts) if text]
    return TextRows(
        [str(texts[i])[:MAX_TEXT] for i in rows],
        [f"row {i + 1}" for i in rows],
        [words[label_column][i] for i in rows] if label_column else None,
        [PART_FOLDERS.get((words[part_column][i] or "").lower()) for i in rows]
        if part_column
        else None,
        tuple(told),
    )


def _has_columns(content: bytes, name: str, encoding: str | None, delimiter: str | None) -> bool:
    head = text_of(content, name, encoding)[:_HEAD]
    chosen = delimiter or delimiter_of(head)
    lines = [line for line in head.split("\n") if line][:20]
    return sum(chosen in line for line in lines) > len(lines) / 2


def _named(cells: dict[str, Cells], name: str | None) -> str | None:
    if name is not None and name not in cells:
        raise DataError(
            "The table has no column {name:.60}.",
            "Its columns are {cells}.",
            name=repr(name),
            cells=", ".join(list(cells)[:20]),
        )
    return name


def _text_column(cells: dict[str, Cells]) -> str:
    """One called text, else the one with the longest cells."""
    for name in cells:
        if name.lower() in _TEXT_WORDS:
            return name
    return max(cells, key=lambda name: sum(len(word or "") for word in as_words(cells[name])))


def _label_column(words: dict[str, list[str | None]]) -> str | None:
    """One called label, else one with few different short words that come again and again."""
    for name in words:
        if name.lower() in _LABEL_WORDS:
            return name
    for name, cells in words.items():
        known = {cell for cell in cells if cell}
        is_short = all(len(cell) <= _MAX_CLASS_LENGTH for cell in known)
        if 2 <= len(known) <= min(_MAX_CLASSES, len(cells) // _FEWEST_OF_CLASS) and is_short:
            return name
    return None


def _are_parts(cells: Sequence[str | None]) -> bool:
    known = {cell.lower() for cell in cells if cell}
    return len(known) > 1 and known <= PART_FOLDERS.keys()
