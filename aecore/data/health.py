"""A health report: what was read, what was not, and what in a set will spoil training."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from aecore.artifact import Progress, run_to_end
from aecore.data.sources import Raw
from aecore.data.sparse_rows import SparseRows
from aecore.imaging.fitting import share_lost

N_LISTED = 200
"""Names and groups that a report lists; the counts beside them are complete."""
FEW = 100
"""Fewer pictures than this are worth a warning."""
UNBALANCED = 10.0
"""So many times more pictures in the largest class than in the smallest are, too."""
LOST = 0.03
"""Less than this share of a picture is cut away without a word."""
ANOMALY_NAMES = {"normal", "anomaly"}
"""Classes that are unbalanced by nature."""
_BLANK_RANGE = 2
_CHUNK_BYTES = 2**24


class HealthReport(BaseModel):
    """What was found in a set; `model_dump_json` and `model_validate_json` keep it whole.

    Attributes
    ----------
    noun, is_sparse
        What a sample is, and whether it is a sparse row.
    n_read, n_unreadable, n_blank, n_duplicates
        Pictures read, files left out, pictures of one shade (within 2 of 255), and copies of an
        earlier picture.
    unreadable
        Name and reason of the first files left out.
    blank
        Names of the first blank pictures.
    duplicates
        Names of pictures that are equal once decoded and resized, a group a list.
    n_leaked
        Validation and test pictures whose copy is trained on.
    sizes
        How many originals had a size ("640 × 480"), the most frequent first.
    n_sizes
        How many different sizes there were.
    class_counts
        Pictures of each class; empty without labels.
    n_unlabelled
        Pictures without a label, where others have one.
    is_uniform
        All pictures are the same: nothing can be learnt.
    fit
        What happened to pictures of another shape: "cut", "bars" or "squeeze".
    lost_mean, lost_max
        Share of a picture's area that the shape cut away (or that became bars), 0 to 1.
    n_lost
        Small pictures beside the report that show it.
    told
        Sentences on how they came in that call for nothing.
    warnings
        Sentences for a person; empty where all is well.
    """

    model_config = ConfigDict(frozen=True)

    noun: Literal["picture", "row"] = "picture"
    is_sparse: bool = False
    n_read: int
    n_unreadable: int = 0
    unreadable: list[tuple[str, str]] = []
    n_blank: int = 0
    blank: list[str] = []
    n_duplicates: int = 0
    duplicates: list[list[str]] = []
    n_leaked: int = 0
    sizes: dict[str, int] = {}
    n_sizes: int = 1
    class_counts: dict[str, int] = {}
    n_unlabelled: int = 0
    is_uniform: bool = False
    fit: Literal["cut", "bars", "squeeze"] = "cut"
    lost_mean: float = 0.0
    lost_max: float = 0.0
    n_lost: int = 0
    told: list[str] = []
    warnings: list[str] = []

    @property
    def mixed_sizes(self) -> bool:
        """Whether originals had more than one size."""
        return self.n_sizes > 1


def examine(raw: Raw, train: np.ndarray | None = None) -> HealthReport:
    """Examine a set at once; see `examining`."""
    return run_to_end(examining(raw, train))


def examining(raw: Raw, train: np.ndarray | None = None) -> Generator[Progress, None, HealthReport]:
    """Examine a set, yielding how far it is; returns the report.

    Parameters
    ----------
    raw
        Pictures as they were brought in; those without names are called "#12".
    train
        Indices that are trained on, to find their copies among the others.
    """
    x = raw.x
    if isinstance(x, SparseRows):
        yield Progress("looking for copies")
        return _of_sparse(raw, x, train)
    n_samples = len(x)
    is_blank = np.zeros(n_samples, bool)
    groups: dict[bytes, list[int]] = {}
    chunk = max(1, _CHUNK_BYTES // max(1, x[:1].nbytes))
    for start in range(0, n_samples, chunk):
        rows = np.ascontiguousarray(x[start : start + chunk]).reshape(-1, x[0].size)
        if x.ndim == 4:
            is_blank[start : start + chunk] = rows.max(1) - rows.min(1) <= _BLANK_RANGE
        for i, row in enumerate(rows, start):
            groups.setdefault(hashlib.blake2b(row.data, digest_size=16).digest(), []).append(i)
        yield Progress("looking for copies and blanks", start + len(rows), n_samples)

    def name(i: int) -> str:
        return raw.names[i] if raw.names else f"#{i}"

    copies = [rows for rows in groups.values() if len(rows) > 1]
    sizes = _sizes(x, raw.sizes_px)
    class_counts, n_unlabelled = _classes(raw.labels, raw.label_names)
    lost = (
        np.zeros(1)
        if raw.sizes_px is None
        else share_lost(raw.sizes_px, (x.shape[-2], x.shape[-1]))
    )
    report = HealthReport(
        noun="picture" if x.ndim == 4 else "row",
        n_read=n_samples,
        fit=raw.fit,
        lost_mean=float(lost.mean()),
        lost_max=float(lost.max()),
        n_lost=len(raw.lost),
        told=list(raw.told),
        n_unreadable=len(raw.unreadable),
        unreadable=list(raw.unreadable[:N_LISTED]),
        n_blank=int(is_blank.sum()),
        blank=[name(i) for i in np.flatnonzero(is_blank)[:N_LISTED]],
        n_duplicates=n_samples - len(groups),
        duplicates=[[name(i) for i in rows[:N_LISTED]] for rows in copies[:N_LISTED]],
        n_leaked=0 if train is None else _leaked(copies, train, n_samples),
        sizes=dict(list(sizes.items())[:N_LISTED]),
        n_sizes=len(sizes),
        class_counts=class_counts,
        n_unlabelled=n_unlabelled,
        is_uniform=n_samples > 0 and len(groups) == 1,
    )
    warnings = [*_warnings(report), *raw.warned, *_shape_warnings(report, x.shape)]
    return report.model_copy(update={"warnings": warnings})


def _of_sparse(raw: Raw, x: SparseRows, train: np.ndarray | None) -> HealthReport:
    """What was found in sparse rows: empty ones, copies, columns that nobody has."""
    n_samples, n_columns = x.shape
    groups: dict[bytes, list[int]] = {}
    for i in range(n_samples):
        columns, values = x.row(i)
        if len(columns):
            content = columns.astype(np.int32).tobytes() + values.tobytes()
            groups.setdefault(hashlib.blake2b(content, digest_size=16).digest(), []).append(i)
    copies = [rows for rows in groups.values() if len(rows) > 1]
    n_each = np.diff(x.csr.indptr)
    n_empty = int((n_each == 0).sum())
    n_unused = int((np.bincount(x.csr.indices, minlength=n_columns) == 0).sum())
    class_counts, n_unlabelled = _classes(raw.labels, raw.label_names)
    report = HealthReport(
        noun="row",
        is_sparse=True,
        n_read=n_samples,
        n_duplicates=n_samples - n_empty - len(groups),
        n_leaked=0 if train is None else _leaked(copies, train, n_samples),
        n_sizes=0,
        n_unreadable=len(raw.unreadable),
        unreadable=list(raw.unreadable[:N_LISTED]),
        class_counts=class_counts,
        n_unlabelled=n_unlabelled,
        is_uniform=len(groups) == 1 and not n_empty,
        told=[
            f"{n_samples:,} rows of {n_columns:,} columns, of which {np.median(n_each):,.0f} hold "
            f"something in the middle row; {x.n_stored / n_samples / n_columns:.2%} of all cells.",
            *raw.told,
        ],
    )
    found = [*_left_out(report), *raw.warned]
    if report.is_uniform and n_samples > 1:
        found.append("All rows are identical: there is nothing to learn from them.")
    if n_empty:
        found.append(f"{_rows_are(n_empty)} empty: nothing can be said of them.")
    if n_unused:
        found.append(f"{n_unused:,} of {n_columns:,} columns are empty in every row.")
    if report.n_leaked:
        found.append(
            f"{_rows_are(report.n_leaked)} held out while an equal row is trained on: scores will "
            "look better than they are."
        )
    if n_samples < FEW:
        found.append(f"Only {n_samples:,} rows: a few hundred or more are better.")
    return report.model_copy(update={"warnings": [*found, *_class_warnings(report)]})


def _rows_are(n: int) -> str:
    return "1 row is" if n == 1 else f"{n:,} rows are"


def _leaked(copies: list[list[int]], train: np.ndarray, n_samples: int) -> int:
    trained = np.zeros(n_samples, bool)
    trained[train] = True
    return sum(int((~trained[rows]).sum()) for rows in copies if trained[rows].any())


def _sizes(x: np.ndarray, sizes_px: np.ndarray | None) -> dict[str, int]:
    if x.ndim != 4:
        return {}
    if sizes_px is None:
        return {f"{x.shape[-1]} × {x.shape[-2]}": len(x)}
    found, counts = np.unique(sizes_px, axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return {f"{found[i][0]} × {found[i][1]}": int(counts[i]) for i in order}


def _classes(labels: np.ndarray | None, label_names: Sequence[str]) -> tuple[dict[str, int], int]:
    """Pictures of each class, and those without one."""
    if labels is None:
        return {}, 0
    counts = np.bincount(labels[labels >= 0], minlength=len(label_names))
    named = {name: int(n) for name, n in zip(label_names, counts, strict=True)}
    return named, int((labels < 0).sum())


def _warnings(report: HealthReport) -> list[str]:
    found = _left_out(report)
    if report.is_uniform and report.n_read > 1:
        why = "".join(
            f" {words}" for words in report.told
        )  # perhaps what differs was laid on white
        found.append(f"All {report.noun}s are identical: there is nothing to learn from them.{why}")
    elif report.n_duplicates:
        leaked = (
            f" {report.n_leaked} of them are held out for scores while their copy is trained on: "
            "scores will look better than they are."
            if report.n_leaked
            else ""
        )
        found.append(f"{_count(report.n_duplicates, report.noun)} repeated from others.{leaked}")
    if report.n_blank and not report.is_uniform:
        shown = ", ".join(report.blank[:5]) + ("…" if report.n_blank > 5 else "")
        found.append(f"{_count(report.n_blank, 'picture')} blank, one shade all over: {shown}.")
    if report.n_read < FEW:
        found.append(
            f"Only {_count(report.n_read, report.noun, verb=False)}: a model will learn them by "
            "heart; a few hundred or more are better."
        )
    return found + _class_warnings(report)


def _left_out(report: HealthReport) -> list[str]:
    if not report.unreadable:
        return []
    shown = "; ".join(f"{name}: {reason}" for name, reason in report.unreadable[:5])
    more = f"; and {report.n_unreadable - 5} more" if report.n_unreadable > 5 else ""
    return [f"{_count(report.n_unreadable, 'file')} left out. {shown}{more}"]


def _shape_warnings(report: HealthReport, shape: tuple[int, ...]) -> list[str]:
    """What the shape of the samples did to pictures of another."""
    size = f"{shape[-1]} × {shape[-2]} px"
    found = []
    if report.mixed_sizes:
        found.append(
            f"The originals have {report.n_sizes} different sizes; each was resized to {size}."
        )
    if report.lost_max < LOST:
        return found
    mean, most = (f"{100 * share:.0f} %" for share in (report.lost_mean, report.lost_max))
    if report.fit == "cut":
        found.append(
            f"{mean} of the pictures' area is cut away (at most {most} of one): the middle of each "
            f"was kept at {size}. To keep all of it, set another size, or bars or squeezing."
        )
    elif report.fit == "bars":
        found.append(f"{mean} of the samples is bars (at most {most} of one).")
    else:
        found.append(
            f"Sides are squeezed by a factor of up to {1 / max(1e-3, 1 - report.lost_max):.2g}."
        )
    return found


def _class_warnings(report: HealthReport) -> list[str]:
    counts = {name: n for name, n in report.class_counts.items() if n}
    if not counts:
        return []
    found = []
    smallest, largest = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    if len(counts) == 1 and not report.n_unlabelled:
        found.append(f"There is one class only, {largest}: classes cannot be compared.")
    elif set(counts) != ANOMALY_NAMES and counts[largest] > UNBALANCED * counts[smallest]:
        found.append(
            f"Classes are unbalanced: {counts[largest]:,} of {largest}, {counts[smallest]:,} of "
            f"{smallest}; the rare ones will be learnt worse."
        )
    if report.n_unlabelled:
        found.append(f"{_count(report.n_unlabelled, report.noun)} without a class.")
    return found


def _count(n: int, what: str, verb: bool = True) -> str:
    """ "1 picture is", "3 pictures are"."""
    words = f"{n:,} {what}{'' if n == 1 else 's'}"
    return f"{words} {'is' if n == 1 else 'are'}" if verb else words
