"""A health report: what was read, what was not, and what in a set will spoil training."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence

import numpy as np

from aecore.artifact import Progress, run_to_end
from aecore.data.health_report import HealthReport
from aecore.data.sources import Raw
from aecore.data.sparse_rows import SparseRows
from aecore.imaging.fitting import share_lost
from aecore.sentence import Sentence, joined, plural

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
            Sentence(
                "{n_rows:,} rows of {n_columns:,} columns, of which {n_filled:,.0f} hold something "
                "in the middle row; {percent:.2f}% of all cells.",
                n_rows=n_samples,
                n_columns=n_columns,
                n_filled=np.median(n_each),
                percent=100 * x.n_stored / n_samples / n_columns,
            ),
            *raw.told,
        ],
    )
    found = [*_left_out(report), *raw.warned]
    if report.is_uniform and n_samples > 1:
        found.append(Sentence("All rows are identical: there is nothing to learn from them."))
    if n_empty:
        found.append(
            plural(
                "{n:,} row is empty: nothing can be said of it.",
                "{n:,} rows are empty: nothing can be said of them.",
                n_empty,
            )
        )
    if n_unused:
        found.append(
            Sentence(
                "{n_unused:,} of {n_columns:,} columns are empty in every row.",
                n_unused=n_unused,
                n_columns=n_columns,
            )
        )
    if report.n_leaked:
        found.append(
            plural(
                "{n:,} row is held out while an equal row is trained on: scores will look better "
                "than they are.",
                "{n:,} rows are held out while an equal row is trained on: scores will look better "
                "than they are.",
                report.n_leaked,
            )
        )
    if n_samples < FEW:
        found.append(
            plural(
                "Only {n:,} row: a few hundred or more are better.",
                "Only {n:,} rows: a few hundred or more are better.",
                n_samples,
            )
        )
    return report.model_copy(update={"warnings": [*found, *_class_warnings(report)]})


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
    is_row = report.noun == "row"
    if report.is_uniform and report.n_read > 1:
        alike = (
            Sentence("All rows are identical: there is nothing to learn from them.")
            if is_row
            else Sentence("All pictures are identical: there is nothing to learn from them.")
        )
        found.append(joined((alike, *report.told)))  # perhaps what differs was laid on white
    elif n := report.n_duplicates:
        copied = (
            plural("{n:,} row is repeated from others.", "{n:,} rows are repeated from others.", n)
            if is_row
            else plural(
                "{n:,} picture is repeated from others.",
                "{n:,} pictures are repeated from others.",
                n,
            )
        )
        leaked = plural(
            "{n:,} of them is held out for scores while its copy is trained on: scores will look "
            "better than they are.",
            "{n:,} of them are held out for scores while their copy is trained on: scores will "
            "look better than they are.",
            report.n_leaked,
        )
        found.append(joined((copied, leaked if report.n_leaked else "")))
    if report.n_blank and not report.is_uniform:
        found.append(
            plural(
                "{n:,} picture is blank, one shade all over: {names}.",
                "{n:,} pictures are blank, one shade all over: {names}.",
                report.n_blank,
                names=", ".join(report.blank[:5]) + ("…" if report.n_blank > 5 else ""),
            )
        )
    if report.n_read < FEW:
        found.append(_few_rows(report.n_read) if is_row else _few_pictures(report.n_read))
    return found + _class_warnings(report)


def _few_rows(n: int) -> str:
    return plural(
        "Only {n:,} row: a model will learn it by heart; a few hundred or more are better.",
        "Only {n:,} rows: a model will learn them by heart; a few hundred or more are better.",
        n,
    )


def _few_pictures(n: int) -> str:
    return plural(
        "Only {n:,} picture: a model will learn it by heart; a few hundred or more are better.",
        "Only {n:,} pictures: a model will learn them by heart; a few hundred or more are better.",
        n,
    )


def _left_out(report: HealthReport) -> list[str]:
    if not report.unreadable:
        return []
    n = report.n_unreadable
    left_out = plural("{n:,} file is left out.", "{n:,} files are left out.", n)
    shown = [
        Sentence("{name}: {reason}", name=name, reason=reason)
        for name, reason in report.unreadable[:5]
    ]
    more = n - len(shown)
    rest = plural("And {n:,} more.", "And {n:,} more.", more) if more else ""
    return [joined((left_out, *shown, rest))]


def _shape_warnings(report: HealthReport, shape: tuple[int, ...]) -> list[str]:
    """What the shape of the samples did to pictures of another."""
    size = f"{shape[-1]} × {shape[-2]}"
    found: list[str] = []
    if report.mixed_sizes:
        found.append(
            Sentence(
                "The originals have {n} different sizes; each was resized to {size} px.",
                n=report.n_sizes,
                size=size,
            )
        )
    if report.lost_max < LOST:
        return found
    mean, most = 100 * report.lost_mean, 100 * report.lost_max
    if report.fit == "cut":
        found.append(
            Sentence(
                "{mean:.0f} % of the pictures' area is cut away (at most {most:.0f} % of one): the "
                "middle of each was kept at {size} px. To keep all of it, set another size, or "
                "bars or squeezing.",
                mean=mean,
                most=most,
                size=size,
            )
        )
    elif report.fit == "bars":
        found.append(
            Sentence(
                "{mean:.0f} % of the samples is bars (at most {most:.0f} % of one).",
                mean=mean,
                most=most,
            )
        )
    else:
        found.append(
            Sentence(
                "Sides are squeezed by a factor of up to {factor:.2g}.",
                factor=1 / max(1e-3, 1 - report.lost_max),
            )
        )
    return found


def _class_warnings(report: HealthReport) -> list[str]:
    counts = {name: n for name, n in report.class_counts.items() if n}
    if not counts:
        return []
    found: list[str] = []
    smallest, largest = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    if len(counts) == 1 and not report.n_unlabelled:
        found.append(
            Sentence("There is one class only, {name}: classes cannot be compared.", name=largest)
        )
    elif set(counts) != ANOMALY_NAMES and counts[largest] > UNBALANCED * counts[smallest]:
        found.append(
            Sentence(
                "Classes are unbalanced: {n_largest:,} of {largest}, {n_smallest:,} of {smallest}; "
                "the rare ones will be learnt worse.",
                n_largest=counts[largest],
                largest=largest,
                n_smallest=counts[smallest],
                smallest=smallest,
            )
        )
    if n := report.n_unlabelled:
        found.append(
            plural("{n:,} row is without a class.", "{n:,} rows are without a class.", n)
            if report.noun == "row"
            else plural(
                "{n:,} picture is without a class.", "{n:,} pictures are without a class.", n
            )
        )
    return found
