"""Own texts read from an upload: files, lines or rows of a table; a bad file costs itself."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import numpy as np

from aecore.artifact import Progress
from aecore.data import label_table
from aecore.data.archives import Candidate
from aecore.data.folder_labels import arranged
from aecore.data.memory import reading_bytes
from aecore.data.samples import PartName
from aecore.data.sources import Raw
from aecore.data.sparse_rows import SparseRows
from aecore.data.text_files import MAX_TEXT, TextRows, is_table, lines_of, rows_of, text_of
from aecore.data.uploads import upload_files
from aecore.data.vocabulary import Vocabulary
from aecore.errors import DataError, TooFewSamplesError
from aecore.imaging.limits import TRAINING
from aecore.imaging.process_limits import bounded_memory
from aecore.sentence import Sentence, plural
from aecore.specs.data import DataSpec, TextSpec
from aecore.store import Store

MAX_TEXTS = 100_000
MAX_CHARACTERS = 200_000_000
"""Of all texts of a set together."""
READING_BYTES = 4_000_000_000
"""Memory that reading texts may take, where the machine has as much."""
_FEWEST = 3
_READING = Sentence("reading texts")


@dataclass
class _Read:
    """What has been read so far."""

    texts: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    labels: list[str | None] = field(default_factory=list)
    parts: list[PartName | None] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    n_characters: int = 0

    def keep(self, rows: TextRows, label: str | None = None, part: PartName | None = None) -> None:
        """Keep the texts of a file; what it says of class and part goes before its folder's."""
        n = len(rows.texts)
        self.texts += rows.texts
        self.names += rows.names
        self.labels += rows.labels or [label] * n
        self.parts += rows.parts or [part] * n
        self.told += [words for words in rows.told if words not in self.told]
        self.n_characters += sum(map(len, rows.texts))

    def check_size(self) -> None:
        """Refuse what is more than is taken."""
        if len(self.texts) > MAX_TEXTS or self.n_characters > MAX_CHARACTERS:
            raise DataError(
                "The texts are more than {max_texts:,}, or have more than "
                "{max_characters} million characters together.",
                "Import a part of them.",
                max_texts=MAX_TEXTS,
                max_characters=MAX_CHARACTERS // 10**6,
            )


def reading(store: Store, spec: DataSpec) -> Generator[Progress, None, Raw]:
    """Read an upload as texts, yielding how far it is; returns rows of weighted words.

    Folders are classes, or a labels.csv, or a column of a table; the parts train, val and test
    likewise. Words are counted over all parts, as in the index of a library: no label, and
    nothing that is learnt, depends on them.

    Raises
    ------
    TooFewSamplesError
        If fewer than three texts could be read.
    DataError
        If the upload cannot be had, is too large, a table has no such column, or no word is left.
    """
    asked = spec.texts or TextSpec()
    read = _Read()
    with (
        bounded_memory(reading_bytes(READING_BYTES)),
        upload_files(store, str(spec.upload)) as files,
    ):
        yield from _read_files(files, spec, asked, read)
        if len(read.texts) < _FEWEST:
            raise TooFewSamplesError(
                plural(
                    "{n} text can be read in what was imported; {fewest} or more are needed.",
                    "{n:,} texts can be read in what was imported; {fewest} or more are needed.",
                    len(read.texts),
                    fewest=_FEWEST,
                ),
                "; ".join(f"{name}: {reason}" for name, reason in read.unreadable[:3])
                or "Import text files, a zip of them, a CSV of texts, or one text a line.",
            )
        kept = _drawn(len(read.texts), spec)
        yield Progress("counting words")
        texts = [read.texts[i] for i in kept]
        raw = raw_of(texts, asked, names=[read.names[i] for i in kept])
    labels, label_names = _numbered([read.labels[i] for i in kept])
    parts = [read.parts[i] for i in kept]
    told = read.told
    if any(parts):
        told.append(Sentence("Training, validation and test are as the import says."))
    changes = {
        "labels": labels,
        "label_names": label_names,
        "unreadable": tuple(read.unreadable),
        "is_val": _is_part(parts, "val"),
        "is_test": _is_part(parts, "test"),
        "told": tuple(told),
    }
    return Raw(**{**raw.__dict__, **changes})


def raw_of(
    texts: Sequence[str],
    spec: TextSpec,
    *,
    names: Sequence[str] = (),
    labels: np.ndarray | None = None,
    label_names: tuple[str, ...] = (),
) -> Raw:
    """Texts as rows of weighted words.

    Raises
    ------
    DataError
        If no word is left.
    """
    vocabulary = Vocabulary.of(texts, spec)
    x = SparseRows(vocabulary.rows(texts))
    return Raw(
        x,
        labels,
        label_names,
        names=tuple(names),
        feature_names=vocabulary.words,
        texts=tuple(texts),
        vocabulary=vocabulary,
    )


def _read_files(
    files: Sequence[Candidate], spec: DataSpec, asked: TextSpec, read: _Read
) -> Generator[Progress, None, None]:
    tables = [file for file in files if len(files) > 1 and label_table.is_table(file)]
    files = [file for file in files if file not in tables]
    if tables and spec.folders:
        known, warned = label_table.arranged_by(label_table.read_table(tables[0]), files)
        read.told += warned
    else:
        known = arranged([file.folders for file in files] if spec.folders else [()] * len(files))
    parts = known.parts or [None] * len(files)
    for n_done, (file, label, part) in enumerate(zip(files, known.labels, parts, strict=True)):
        yield Progress(_READING, n_done, len(files))
        try:
            read.keep(_texts_of(file, spec, asked, alone=len(files) == 1), label, part)
        except MemoryError:
            read.unreadable.append((file.name, Sentence("It takes more memory than a text may.")))
        except DataError as problem:
            if len(files) == 1:
                raise
            read.unreadable.append((file.name, problem.text))
        read.check_size()
    yield Progress(_READING, len(files), len(files))


def _texts_of(file: Candidate, spec: DataSpec, asked: TextSpec, *, alone: bool) -> TextRows:
    """The texts of a file; `alone`: nothing else was brought."""
    each, name = asked.each, file.name.rsplit("/", 1)[-1]
    if each == "auto":
        each = "file" if not alone else "row" if is_table(name) else "line"
    content = file.read()
    if len(content) > TRAINING.n_bytes:
        raise DataError(
            "{name} has more than {n_bytes} MB.",
            "Import it in parts, as a zip.",
            name=name,
            n_bytes=TRAINING.n_bytes // 10**6,
        )
    if each == "row":
        how = {"delimiter": spec.delimiter, "encoding": spec.encoding}
        found = rows_of(content, name, asked, **how)
    elif each == "line":
        found = lines_of(text_of(content, name, spec.encoding))
    else:
        text = text_of(content, name, spec.encoding).strip()
        if not text:
            raise DataError("{name} is empty.", "", name=name)
        return TextRows([text[:MAX_TEXT]], [file.name])
    if alone:
        return found
    return TextRows(
        found.texts,
        [f"{file.name}, {row}" for row in found.names],
        found.labels,
        found.parts,
        found.told,
    )


def _drawn(n: int, spec: DataSpec) -> np.ndarray:
    if spec.n_max is None or spec.n_max >= n:
        return np.arange(n)
    return np.sort(np.random.default_rng(spec.seed).permutation(n)[: spec.n_max])


def _numbered(labels: Sequence[str | None]) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Classes as numbers, -1 for a text without one; None where no text has one."""
    names = tuple(sorted({label for label in labels if label}))
    if not names:
        return None, ()
    number: dict[str | None, int] = {name: i for i, name in enumerate(names)}
    return np.array([number.get(label, -1) for label in labels], np.int64), names


def _is_part(parts: Sequence[PartName | None], part: PartName) -> np.ndarray | None:
    found = np.array([each == part for each in parts])
    return found if found.any() else None
