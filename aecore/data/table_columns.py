"""Columns of a table as numbers a network can learn from, and back in the table's own units."""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self, get_args

import numpy as np

from aecore.data.rank_scale import interpolate, normal_scores
from aecore.data.table_cells import (
    Cells,
    are_dates,
    as_words,
    dates_of,
    decimals_of,
    missing_of,
    numbers_of,
)
from aecore.errors import DataError
from aecore.sentence import Sentence

ColumnKind = Literal[
    "number", "yes_no", "category", "date", "text", "label", "anomaly", "id", "left_out"
]
KINDS: tuple[ColumnKind, ...] = get_args(ColumnKind)
NOT_LEARNT: tuple[ColumnKind, ...] = ("text", "label", "anomaly", "id", "left_out")
"""Kinds that become no feature."""

MAX_ONE_HOT = 32
"""Words of a category that get a feature each; more are hashed into as many."""
_MAX_WORDS = 1000
_MAX_KNOTS = 1001
_SKEWED = 3.0
"""Skewness (third standardized moment) from which on a number goes by rank."""
_BEYOND = 0.5
"""How much further than the last training row the furthest of all rows is put."""
_DAY_S = 86400
_FIRST_S, _LAST_S = -62_135_596_800, 253_402_214_400
_LABELS = {"label", "class", "target", "y", "species", "anomaly", "outlier", "is_anomalous"}
_MOST_CLASSES, _MOST_NUMBERED = 200, 30
"""Different words, or numbers, that a label may have; a target of more numbers is a number."""
_TEXTS = {"text", "texts"}
_IDS = {"id", "index", "key", "uuid", "guid", "unnamed: 0", ""}
_PAIRS = (
    ("no", "yes"),
    ("n", "y"),
    ("false", "true"),
    ("f", "t"),
    ("нет", "да"),
    ("nein", "ja"),
    ("non", "oui"),
    ("否", "是"),
)


@dataclass(frozen=True)
class TableColumn:
    """What a column is, and all that its numbers need to be undone.

    Parameters
    ----------
    words
        Of a category those with a feature each (or all, where `n_hashed`), of yes and no both.
    n_hashed
        Features that the words of a category share; 0: each has its own.
    offset, spread
        Of a number or date: what is subtracted, and what is divided by.
    knots, scores
        Of a skewed number: values of its quantiles, and the normal scores that they become.
    decimals
        Places behind the point that a number had at the most; None: any.
    has_missing
        Whether its last feature is 1 where a cell was empty (the others are then 0, the mean).
    has_time
        Whether a date comes with a time of day (which comes back to about 1e-7 of their range).
    """

    name: str
    kind: ColumnKind
    words: tuple[str, ...] = ()
    n_hashed: int = 0
    offset: float = 0.0
    spread: float = 1.0
    knots: tuple[float, ...] = ()
    scores: tuple[float, ...] = ()
    decimals: int | None = None
    has_missing: bool = False
    has_time: bool = False

    @property
    def n_features(self) -> int:
        """Features that it becomes."""
        if self.kind in NOT_LEARNT:
            return 0
        n = (self.n_hashed or len(self.words)) if self.kind == "category" else 1
        return n + self.has_missing

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Inverse of `to_json`."""
        listed = {name: tuple(values[name]) for name in ("words", "knots", "scores")}
        return cls(**{**values, **listed})

    def to_json(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)

    # In and out -----------------------------------------------------------------------

    def encode(self, cells: Cells) -> np.ndarray:
        """Cells `(n,)` to features, float32 `(n, n_features)`."""
        out = np.zeros((len(cells), self.n_features), np.float32)
        if not self.n_features:
            return out
        if self.kind == "category":
            missing = self._fill_words(cells, out)
        else:
            values = self._values(cells)
            missing = np.isnan(values)
            out[:, 0] = np.where(missing, 0.0, self._scored(values))
        if self.has_missing:
            out[:, -1] = missing
        return out

    def decode(self, x: np.ndarray) -> list[Any]:
        """Features `(n, n_features)` to what stood in the cells; None where they were empty."""
        missing = x[:, -1] > 0.5 if self.has_missing else np.zeros(len(x), bool)
        if self.kind == "category":
            at = x[:, : x.shape[1] - self.has_missing].argmax(1)
            shared = self._most_frequent() if self.n_hashed else self.words
            return [None if m else shared[i] for i, m in zip(at, missing, strict=True)]
        values = self._unscored(x[:, 0].astype(np.float64))
        return [None if m else self._cell(v) for v, m in zip(values, missing, strict=True)]

    def _fill_words(self, cells: Cells, out: np.ndarray) -> np.ndarray:
        index = {word: i for i, word in enumerate(self.words)}
        missing = np.zeros(len(cells), bool)
        for row, cell in enumerate(as_words(cells)):
            if cell is None:
                missing[row] = True
            elif self.n_hashed:
                out[row, _bucket(cell, self.n_hashed)] = 1
            elif cell in index:
                out[row, index[cell]] = 1
        return missing

    def _most_frequent(self) -> list[str]:
        """Of each bucket the word that stood most often in the table (`words` begins with it)."""
        found = ["(other)"] * self.n_hashed
        for word in reversed(self.words):
            found[_bucket(word, self.n_hashed)] = word
        return found

    def _values(self, cells: Cells) -> np.ndarray:
        """Cells as float64, NaN for none."""
        if self.kind == "date":
            return dates_of(cells)
        if self.kind == "yes_no":
            index = {word: float(i) for i, word in enumerate(self.words)}
            known = [None if c is None else c.casefold() for c in as_words(cells)]
            return np.array([index.get(c or "", math.nan) for c in known], np.float64)
        return numbers_of(cells)

    def _scored(self, values: np.ndarray) -> np.ndarray:
        if self.knots:
            return interpolate(values, np.array(self.knots), np.array(self.scores))
        return (values - self.offset) / self.spread

    def _unscored(self, scores: np.ndarray) -> np.ndarray:
        if self.knots:
            return interpolate(scores, np.array(self.scores), np.array(self.knots))
        return scores * self.spread + self.offset

    def _cell(self, value: float) -> Any:
        if self.kind == "date":
            step_s = 1 if self.has_time else _DAY_S
            seconds = min(max(value, _FIRST_S), _LAST_S)  # years 1 to 9999
            at = datetime.fromtimestamp(round(seconds / step_s) * step_s, UTC).replace(tzinfo=None)
            return at.isoformat(sep=" ") if self.has_time else at.date().isoformat()
        if self.kind == "yes_no":
            return self.words[int(value > 0.5)]
        if self.decimals == 0:
            return round(value)
        return float(value) if self.decimals is None else round(float(value), self.decimals)


# How a column is understood ------------------------------------------------------------


def column_of(
    name: str, cells: Cells, rows: np.ndarray, asked: ColumnKind | None = None
) -> TableColumn:
    """What a column is, and how it is scaled by those of its rows that are trained on.

    Parameters
    ----------
    rows
        Indices of the training part.
    asked
        Its kind, where a person says so.

    Raises
    ------
    DataError
        Naming row and column, where the cells are not of the kind that was asked for, or a number
        is infinite.
    """
    missing = missing_of(cells)
    kind = "left_out" if missing.all() else asked or _understood(name, cells, missing)
    if kind in NOT_LEARNT:
        return TableColumn(name, kind)
    has_missing = bool(missing.any())
    if kind == "category":
        known = [w for w, _ in Counter(w for w in as_words(cells) if w is not None).most_common()]
        n_hashed = MAX_ONE_HOT if len(known) > MAX_ONE_HOT else 0
        words = tuple(known[:_MAX_WORDS] if n_hashed else sorted(known))
        return TableColumn(name, kind, words, n_hashed, has_missing=has_missing)
    if kind == "yes_no":
        return TableColumn(name, kind, _both(name, cells), has_missing=has_missing)
    values = dates_of(cells) if kind == "date" else numbers_of(cells)
    _check(name, kind, cells, values, missing)
    if kind == "date":
        has_time = bool((values[~missing] % _DAY_S != 0).any())
        return _scaled(
            TableColumn(name, kind, has_missing=has_missing, has_time=has_time), values, rows
        )
    column = TableColumn(name, kind, decimals=decimals_of(cells, values), has_missing=has_missing)
    return _scaled(column, values, rows)


def _understood(name: str, cells: Cells, missing: np.ndarray) -> ColumnKind:
    word, there = name.strip().casefold(), cells[~missing]
    n_known = len(set(there.tolist()))
    if not len(there):
        return "left_out"
    is_words = cells.dtype == object and bool(np.isnan(numbers_of(there)).any())
    is_id = word in _IDS or word.endswith(("_id", " id"))
    reasons: tuple[tuple[ColumnKind, bool], ...] = (
        ("label", word in _LABELS and n_known <= (_MOST_CLASSES if is_words else _MOST_NUMBERED)),
        ("id", is_id and n_known == len(there)),
        ("text", is_words and word in _TEXTS),
        ("yes_no", cells.dtype == object and _pair(there) is not None),
        ("number", not np.isnan(numbers_of(there)).any()),
        ("date", are_dates(there)),
    )
    for kind, holds in reasons:
        if holds:
            return kind
    n_letters = sum(map(len, there)) / len(there)
    is_varied = n_known > 50 and n_known > len(there) / 2
    return "text" if n_letters > 40 or is_varied else "category"


def _check(name: str, kind: str, cells: Cells, values: np.ndarray, missing: np.ndarray) -> None:
    for wrong, what in (
        (np.isnan(values) & ~missing, Sentence("is no {kind}", kind=kind)),
        (np.isinf(values), Sentence("is infinite")),
    ):
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise DataError(
                "Row {row:,}, column {name:.60}: {cells:.40} {what}.",
                "Empty the cell, correct it, or leave the column out.",
                row=row + 1,
                name=repr(name),
                cells=repr(cells[row]),
                what=what,
            )


def _scaled(column: TableColumn, values: np.ndarray, rows: np.ndarray) -> TableColumn:
    """With offset and spread; or by rank where the numbers are skewed."""
    known = values[rows]
    known = known[~np.isnan(known)]
    if not len(known):
        known = values[~np.isnan(values)]
    largest = np.abs(known).max()
    if largest > 1e150:
        raise DataError(
            "Column {name:.60} has numbers too large to standardize.",
            "Divide it by a large number, or leave it out.",
            name=repr(column.name),
        )
    mean, spread = float(known.mean()), float(known.std())
    if not spread > 1e-12 * largest:
        return _with(column, offset=mean, spread=1.0)
    skew = float((((known - mean) / spread) ** 3).mean())
    knots = np.unique(np.quantile(known, np.linspace(0, 1, _MAX_KNOTS), method="nearest"))
    if column.kind != "number" or abs(skew) < _SKEWED or len(knots) < 10:
        return _with(column, offset=mean, spread=spread)
    scores = normal_scores(knots, known)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if low < knots[0]:  # rows that are not trained on come back as well
        knots, scores = np.insert(knots, 0, low), (scores[0] - _BEYOND, *scores)
    if high > knots[-1]:
        knots, scores = np.append(knots, high), (*scores, scores[-1] + _BEYOND)
    # As float32 has them: else the furthest would fall beyond the ends on their way back.
    kept = tuple(np.asarray(scores, np.float32).tolist())
    return _with(column, knots=tuple(knots.tolist()), scores=kept)


def _with(column: TableColumn, **changes: Any) -> TableColumn:
    return TableColumn(**{**column.__dict__, **changes})


def _pair(there: np.ndarray) -> tuple[str, str] | None:
    known = {str(cell).casefold() for cell in there}
    return next((pair for pair in _PAIRS if known == set(pair)), None)


def _both(name: str, cells: Cells) -> tuple[str, str]:
    known = [word for word in as_words(cells) if word is not None]
    found = _pair(np.array(known, object))
    if found is not None:
        return found
    both = sorted({word.casefold() for word in known})
    if len(both) != 2:
        raise DataError(
            "Column {name:.60} has {n_both:,} different words, not two.",
            "Read it as a category, or leave it out.",
            name=repr(name),
            n_both=len(both),
        )
    return both[0], both[1]


def _bucket(word: str, n: int) -> int:
    return zlib.crc32(word.encode()) % n


# All columns of a table ------------------------------------------------------------------


@dataclass(frozen=True)
class TableColumns:
    """The columns of a table in their order: a row as features, and back."""

    columns: tuple[TableColumn, ...]

    @property
    def learnt(self) -> tuple[TableColumn, ...]:
        """The columns that become features."""
        return tuple(column for column in self.columns if column.n_features)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """A name for each feature: the column's, with the word or "missing" behind it."""
        found: list[str] = []
        for column in self.columns:
            n = column.n_features - column.has_missing
            if column.kind == "category":
                shown = [f"#{i}" for i in range(n)] if column.n_hashed else column.words
                found += [f"{column.name}={word}" for word in shown]
            elif n > 0:
                found.append(column.name)
            if column.n_features and column.has_missing:
                found.append(f"{column.name} missing")
        return tuple(found)

    def encode(self, cells: Mapping[str, Cells]) -> np.ndarray:
        """Columns by name to float32 `(n, F)`."""
        return np.concatenate([c.encode(cells[c.name]) for c in self.columns], axis=1)

    def decode(self, x: np.ndarray) -> dict[str, list[Any]]:
        """Features `(n, F)` to columns by name, in the table's own units; those kept alone."""
        found, at = {}, 0
        for column in self.columns:
            if column.n_features:
                found[column.name] = column.decode(x[:, at : at + column.n_features])
            at += column.n_features
        return found

    def to_json(self) -> list[dict[str, Any]]:
        """As JSON keeps it."""
        return [column.to_json() for column in self.columns]

    @classmethod
    def from_json(cls, values: Sequence[Mapping[str, Any]]) -> Self:
        """Inverse of `to_json`."""
        return cls(tuple(TableColumn.from_json(each) for each in values))
