"""Baskets and ratings: a table of who chose what becomes people x things, sparse."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from aecore.data.arrays import Arrays
from aecore.data.sparse_rows import SparseRows
from aecore.data.table_cells import Cells, as_words, dates_of, missing_of, numbers_of
from aecore.data.table_files import SUFFIXES, cells_of
from aecore.errors import DataError, TooFewSamplesError
from aecore.sentence import Sentence, plural
from aecore.specs.data import BasketsAsked

Role = str
MAX_PEOPLE, MAX_THINGS = 1_000_000, 200_000
"""Of one set: the app holds the names of all."""
_WORDS: dict[Role, tuple[str, ...]] = {
    "person": ("user", "person", "people", "customer", "member", "reader", "visitor", "client"),
    "thing": ("item", "thing", "product", "article", "movie", "book", "song", "track", "sku"),
    "value": ("rating", "value", "count", "quantity", "score", "stars", "amount"),
    "time": ("time", "date"),
}
"""Words by which a column is recognized, where none is named."""
_NAME_WORDS = ("title", "name")


def arrays_of_baskets(
    what: Any,
    asked: BasketsAsked,
    things: Any = None,
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    name: str = "",
    things_name: str = "",
) -> Arrays:
    """A table of baskets or ratings as people x things.

    Parameters
    ----------
    what
        A DataFrame, or the path of a table. Long: a row for each choice, with columns for person
        and thing, and perhaps a value and a time. Wide: a row for each person, a column for
        each thing; the first column, where it is no number, names the person.
    asked
        How it is read.
    things
        A second table: ids of things, and their names.
    name, things_name
        What the files are called, where the paths do not say.

    Raises
    ------
    DataError
        Naming row and column.
    TooFewSamplesError
        If fewer than two people or two things are left.
    """
    how = {"delimiter": delimiter, "encoding": encoding}
    cells = _cells(what, name, how)
    notes: list[str] = []
    pairs = _wide(cells, asked) if asked.form == "wide" else _long(cells, asked, notes)
    people, persons = _ids(pairs[0])
    thing_ids, columns = _ids(pairs[1])
    values = pairs[2]
    kept = _liked(values, asked, notes)
    matrix = sparse.csr_array(
        (values[kept] if asked.at_least is None else np.ones(kept.sum(), np.float32),
         (persons[kept], columns[kept])),
        shape=(len(people), len(thing_ids)),
    )  # fmt: skip
    has_few = np.diff(matrix.indptr) < asked.least_things
    if has_few.any():
        notes.append(
            Sentence(
                "{n_few:,} of {n:,} people have fewer than {least} things, and are left out.",
                n_few=has_few.sum(),
                n=len(people),
                least=asked.least_things,
            )
        )
    matrix = matrix[np.flatnonzero(~has_few)]
    is_used = np.bincount(matrix.indices, minlength=len(thing_ids)) > 0
    matrix = sparse.csr_array(matrix[:, np.flatnonzero(is_used)])
    if matrix.shape[0] < 2 or matrix.shape[1] < 2:
        raise TooFewSamplesError(
            "{n_people:,} people and {n_things:,} things are left of the table.",
            "Import a table with more of them; ask for fewer things a person (--least-things).",
            n_people=matrix.shape[0],
            n_things=matrix.shape[1],
        )
    if matrix.shape[0] > MAX_PEOPLE or matrix.shape[1] > MAX_THINGS:
        raise DataError(
            "The table has {n_people:,} people and {n_things:,} things; at most {max_people:,} and "
            "{max_things:,} are taken.",
            "Import those with the most choices.",
            n_people=matrix.shape[0],
            n_things=matrix.shape[1],
            max_people=MAX_PEOPLE,
            max_things=MAX_THINGS,
        )
    names = _thing_names([thing_ids[i] for i in np.flatnonzero(is_used)], things, things_name, how)
    notes.insert(0, _understood(asked, pairs[3]))
    if names.n_unnamed:
        notes.append(
            plural(
                "{n:,} thing is not in the table of names: it keeps its id.",
                "{n:,} things are not in the table of names: they keep ids.",
                names.n_unnamed,
            )
        )
    return Arrays(
        SparseRows(matrix),
        told=tuple(notes),
        names=tuple(people[i] for i in np.flatnonzero(~has_few)),
        feature_names=names.words,
    )


def _cells(what: Any, name: str, how: Mapping[str, Any]) -> dict[str, Cells]:
    if not isinstance(what, str | Path):
        return cells_of(what)
    name = name or Path(what).name
    if Path(name).suffix.lower() not in SUFFIXES:
        name = f"{name}.csv"  # the character between columns is found out
    return cells_of(what, name=name, **how)


def _wide(
    cells: Mapping[str, Cells], asked: BasketsAsked
) -> tuple[list[str], list[str], np.ndarray, dict[Role, str]]:
    """Person, thing and value of each cell that is not empty or 0."""
    first = next(iter(cells))
    person = asked.person or (first if np.isnan(numbers_of(cells[first])).any() else "")
    if person and person not in cells:
        raise _no_column(person, cells)
    n = len(cells[first])
    people = _words(person, cells[person]) if person else [str(i + 1) for i in range(n)]
    first_rows: dict[str, int] = {}
    again = next((i for i, word in enumerate(people) if first_rows.setdefault(word, i) != i), None)
    if again is not None:
        raise DataError(
            "Row {again:,}: {people:.60} stands twice in the column {person:.60}.",
            "In a wide table each person has one row; else read it as long.",
            again=again + 1,
            people=repr(people[again]),
            person=repr(person),
        )
    who: list[str] = []
    what: list[str] = []
    values: list[np.ndarray] = []
    for name, column in cells.items():
        if name == person:
            continue
        numbers = np.where(missing_of(column), 0.0, _numbers(name, column, asked, is_full=False))
        rows = np.flatnonzero(numbers)
        who += [people[i] for i in rows]
        what += [name] * len(rows)
        values.append(numbers[rows])
    return who, what, np.concatenate(values), {"person": person or "row"}


def _long(
    cells: Mapping[str, Cells], asked: BasketsAsked, notes: list[str]
) -> tuple[list[str], list[str], np.ndarray, dict[Role, str]]:
    """Person, thing and value of each choice, each pair once."""
    roles = _roles(cells, asked)
    people = _words(roles["person"], cells[roles["person"]])
    things = _words(roles["thing"], cells[roles["thing"]])
    values = np.ones(len(people))
    if "value" in roles:
        values = _numbers(roles["value"], cells[roles["value"]], asked)
    order = np.arange(len(people))
    if "time" in roles:
        column = cells[roles["time"]]
        times = numbers_of(column)
        times = dates_of(column) if np.isnan(times).all() else times
        if (is_none := np.isnan(times)).any():
            raise DataError(
                "Row {row:,}: the column {time:.60} holds no time.",
                "Write numbers or dates (2024-12-31), or name no column of times.",
                row=int(is_none.argmax()) + 1,
                time=repr(roles["time"]),
            )
        order = np.argsort(times, kind="stable")
    last = {(people[i], things[i]): i for i in order}
    if len(last) < len(people):
        n_again = len(people) - len(last)
        notes.append(
            plural(
                "{n:,} row names a person and a thing again: the latest counts.",
                "{n:,} rows name a person and a thing again: the latest counts.",
                n_again,
            )
            if "time" in roles
            else plural(
                "{n:,} row names a person and a thing again: the last counts.",
                "{n:,} rows name a person and a thing again: the last counts.",
                n_again,
            )
        )
    kept = np.sort(np.fromiter(last.values(), np.int64, len(last)))
    return [people[i] for i in kept], [things[i] for i in kept], values[kept], roles


def _roles(cells: Mapping[str, Cells], asked: BasketsAsked) -> dict[Role, str]:
    """The column of each role: as named, else recognized by its name, else by its place."""
    columns: dict[Role, str] = {}
    for role in _WORDS:
        if (name := getattr(asked, role)) is not None:
            if name not in cells:
                raise _no_column(name, cells)
            columns[role] = name
    for role, words in _WORDS.items():
        free = [name for name in cells if name not in columns.values()]
        known = [name for name in free if any(word in name.casefold() for word in words)]
        if role not in columns and known:
            columns[role] = known[0]
    for role in ("person", "thing"):
        if role not in columns:
            columns[role] = next(name for name in cells if name not in columns.values())
    return columns


def _no_column(name: str, cells: Mapping[str, Cells]) -> DataError:
    return DataError(
        "The table has no column {name:.60}.",
        "Its columns are {cells}.",
        name=repr(name),
        cells=", ".join(list(cells)[:12]),
    )


def _words(name: str, column: Cells) -> list[str]:
    if (is_none := missing_of(column)).any():
        raise DataError(
            "Row {row:,}: the column {name:.60} is empty.",
            "Each row needs a person and a thing: fill it in, or take the row out.",
            row=int(is_none.argmax()) + 1,
            name=repr(name),
        )
    return [str(word) for word in as_words(column)]


def _numbers(name: str, column: Cells, asked: BasketsAsked, *, is_full: bool = True) -> np.ndarray:
    """Values of a column; `is_full`: none may be empty."""
    numbers, is_none = numbers_of(column), missing_of(column)
    is_bad = ~np.isfinite(numbers) & (is_full | ~is_none)
    if is_bad.any():
        row = int(is_bad.argmax())
        word = as_words(column)[row] or ""
        raise DataError(
            "Row {row:,}: the column {name:.60} holds {word:.40}, which is no number.",
            "Values are counts or ratings; name another column, or none.",
            row=row + 1,
            name=repr(name),
            word=repr(word),
        )
    if asked.at_least is None and (numbers < 0).any():
        row = int((numbers < 0).argmax())
        raise DataError(
            "Row {row:,}: the column {name:.60} holds {numbers:g}; counts and ratings "
            "are 0 or more.",
            "Say from which value on a thing counts as chosen (--at-least 1).",
            row=row + 1,
            name=repr(name),
            numbers=numbers[row],
        )
    return numbers


def _liked(values: np.ndarray, asked: BasketsAsked, notes: list[str]) -> np.ndarray:
    """Which choices count, bool `(n,)`."""
    if asked.at_least is not None:
        kept = np.asarray(values >= asked.at_least)
        notes.append(
            Sentence(
                "{n_chosen:,} of {n:,} values are {at_least:g} or more: these count as chosen, the "
                "others as not.",
                n_chosen=kept.sum(),
                n=len(values),
                at_least=asked.at_least,
            )
        )
        return kept
    if n_zero := int((values == 0).sum()):
        notes.append(
            plural(
                "{n:,} value is 0, which is read as not chosen.",
                "{n:,} values are 0, which is read as not chosen.",
                n_zero,
            )
        )
    return np.asarray(values > 0)


def _ids(words: list[str]) -> tuple[list[str], np.ndarray]:
    """The different words in order, numbers by size, and which each is."""
    known = sorted(set(words))
    if all(word.isascii() and word.isdigit() for word in known):
        known.sort(key=_by_size)
    index = {word: i for i, word in enumerate(known)}
    return known, np.fromiter((index[word] for word in words), np.int64, len(words))


def _by_size(digits: str) -> tuple[int, str, str]:
    """A whole number's place among others, however long it is (`int` takes 4,300 digits)."""
    significant = digits.lstrip("0")
    return len(significant), significant, digits


class _Names:
    """Names of things, and how many have none."""

    def __init__(self, words: tuple[str, ...], n_unnamed: int) -> None:
        self.words, self.n_unnamed = words, n_unnamed


def _thing_names(ids: list[str], things: Any, name: str, how: Mapping[str, Any]) -> _Names:
    if things is None:
        return _Names(tuple(ids), 0)
    cells = _cells(things, name, how)
    columns = list(cells)
    title = next(
        (column for column in columns[1:] if any(w in column.casefold() for w in _NAME_WORDS)),
        columns[1],
    )
    known: dict[str, str] = {}
    rows = zip(_words(columns[0], cells[columns[0]]), as_words(cells[title]), strict=True)
    for row, (thing, word) in enumerate(rows, 1):
        if known.setdefault(thing, word or thing) != (word or thing):
            raise DataError(
                "Row {row:,} of the table of names: {thing:.60} stands twice, as "
                "{known:.60} and as {word:.60}.",
                "Give each thing one name.",
                row=row,
                thing=repr(thing),
                known=repr(known[thing]),
                word=repr(word),
            )
    if not known.keys() & set(ids):
        raise DataError(
            "No thing of the baskets is in the column {columns:.60} of the table of names.",
            "Its first column is to hold the ids that the baskets have.",
            columns=repr(columns[0]),
        )
    return _Names(_different([known.get(i, i) for i in ids], ids), sum(i not in known for i in ids))


def _different(words: list[str], ids: list[str]) -> tuple[str, ...]:
    """Names, with the id where two things have the same one."""
    n_each: dict[str, int] = {}
    for word in words:
        n_each[word] = n_each.get(word, 0) + 1
    return tuple(
        word if n_each[word] == 1 else f"{word} ({thing})"
        for word, thing in zip(words, ids, strict=True)
    )


def _understood(asked: BasketsAsked, roles: Mapping[Role, str]) -> str:
    if asked.form == "wide":
        return Sentence("Read as wide: a row for each person, a column for each thing.")
    words = ", ".join(f"{role} {name!r:.60}" for role, name in roles.items())
    return Sentence("Read as long, by columns: {names}.", names=words)
