"""The scores of the runs side by side: asked for as jobs, then a table with verdicts."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import streamlit as st

from aecore.metrics.catalogue import MetricInfo
from aecore.metrics.versus import Cell, Column, Row, records, side_by_side
from aecore.studies.scores import RunScores, load_scores, scores_spec
from pages.ui import backend, job_requests
from pages.ui.compare.wall import CompareContext
from pages.ui.markdown import escape
from pages.ui.translation import _, mark

_SHOWN_LABELS = ("knn", "probe", "knn_10", "probe_10", "knn_100", "probe_100")
_N_NAMED = 5
"""Columns up to which the table spells names out."""
_ARROW = {"low": "↓", "high": "↑", "": ""}


@dataclass(frozen=True)
class Table:
    """Scores of runs, PCA and pixels, in the order of the columns.

    Parameters
    ----------
    names
        Of the columns: letter and family of a run, "PCA, 20", "Pixels".
    is_run
        Which columns are runs; the others are yardsticks.
    reference
        Index of the column that the others are held against.
    """

    names: tuple[str, ...]
    is_run: tuple[bool, ...]
    columns: tuple[Column, ...]
    scores: tuple[RunScores, ...]
    rows: list[Row]
    reference: int

    def row(self, name: str) -> Row | None:
        """The row of a score, None where no column has it."""
        return next((row for row in self.rows if row.about.name == name), None)


def scores_of(seen: CompareContext, part: str) -> tuple[RunScores, ...] | None:
    """The scores of every run; jobs compute them side by side, None until all are there."""
    specs = [scores_spec(run, "val" if part == "val" else "test") for run in seen.runs]
    before = st.session_state.get("compare.asked", [])
    keys = [spec.key for spec in specs]
    for key in before:
        if key not in keys:
            job_requests.give_up(key)  # what nobody looks at any more need not be finished
    st.session_state["compare.asked"] = keys
    wanted = [
        (spec, _("Scoring {label}", label=chosen.label))
        for spec, chosen in zip(specs, seen.chosen, strict=True)
    ]
    if not job_requests.request_all(wanted):
        return None
    return tuple(_loaded(str(backend.store().root), key) for key in keys)


@st.cache_resource(max_entries=24, show_spinner=False)
def _loaded(root: str, key: str) -> RunScores:
    """`root` tells stores apart."""
    return load_scores(backend.store().artifact(key))


def names_of(seen: CompareContext) -> dict[str, str]:
    """The columns that can be the reference, runs, then PCA: id to what it is called."""
    runs = {chosen.artifact.key: chosen.label for chosen in seen.chosen}
    return runs | {f"pca-{n}": _pca_name(n) for n in seen.components}


def _pca_name(n: int) -> str:
    return f"PCA, {n:,}"


def table_of(seen: CompareContext, scores: tuple[RunScores, ...], reference: str) -> Table:
    """The scores as a table, held against the column of that name."""
    columns = [found.run for found in scores]
    names = [chosen.label for chosen in seen.chosen]
    n_runs = len(names)
    for found in scores:
        name = _pca_name(found.n_components)
        if name not in names:
            names.append(name)
            columns.append(found.pca)
    if scores[0].pixels.each or scores[0].pixels.whole:
        names.append(_("Pixels") if seen.samples.is_pictures else _("Columns"))
        columns.append(scores[0].pixels)
    at = names.index(reference) if reference in names else 0
    key = (backend.store().root, *(found.spec.key for found in scores), at)
    return Table(
        tuple(names),
        tuple(i < n_runs for i in range(len(names))),
        tuple(columns),
        scores,
        _rows(str(key), columns, at),
        at,
    )


@st.cache_data(max_entries=24, show_spinner=mark("Testing differences…"))
def _rows(key: str, _columns: Sequence[Column], _reference: int) -> list[Row]:
    return side_by_side(_columns, _reference)


def table_card(table: Table) -> None:
    """Every score of every column, a group at a time, and the table as a file."""
    n = len(table.scores[0].rows)
    with st.container(border=True, key="compare.table"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                _(
                    "**Scores** &nbsp; :gray[{n:,} samples; relative to "
                    "{names}; ↑ higher is better, ↓ lower]",
                    n=n,
                    names=escape(table.names[table.reference]),
                ),
                width="stretch",
            )
            st.download_button(
                "CSV",
                as_csv(table),
                "compare.csv",
                "text/csv",
                key="compare.csv",
                icon=":material/download:",
                on_click="ignore",
            )
        for group, rows in groupby(table.rows, key=lambda row: row.about.group):
            st.markdown(_as_markdown(table, group, list(rows)))


def _as_markdown(table: Table, group: str, rows: list[Row]) -> str:
    """One group of scores; columns that have none of them are left out."""
    few = [row for row in rows if not _is_curve_only(row.about)]
    few = [row for row in few if any(cell.value is not None for cell in row.cells)]
    if not few:
        return ""
    kept = [
        i for i in range(len(table.names)) if any(row.cells[i].value is not None for row in few)
    ]
    names = [table.names[i] for i in kept]
    if len(kept) > _N_NAMED:  # the line above the pictures says what the letters stand for
        names = [name.partition(" · ")[0] for name in names]
    lines = [
        "| " + " | ".join([f"**{_(group)}**", *map(escape, names)]) + " |",
        "| " + " | ".join(["---"] * (len(kept) + 1)) + " |",
    ]
    for row in few:
        about = row.about
        head = f"{_(about.title)} {_ARROW[about.better]} :small[:gray[{_(about.range_words)}]]"
        cells = [_words(about, row.cells[i]) for i in kept]
        lines.append("| " + " | ".join([head, *cells]) + " |")
    return "\n".join(lines)


def _is_curve_only(about: MetricInfo) -> bool:
    """Accuracies that the curve shows, and the table would drown in."""
    return about.name.startswith(("knn", "probe")) and about.name not in _SHOWN_LABELS


def _words(about: MetricInfo, cell: Cell) -> str:
    """A value, where its mean may lie, and the verdict."""
    if cell.value is None:
        return ":gray[–]"
    words = f"**{about.text(cell.value)}**" if cell.is_best else about.text(cell.value)
    if cell.is_best:
        words += " :green[:material/trophy:]"
    if cell.interval is not None:
        low = about.text(cell.interval.low, with_unit=False)
        high = about.text(cell.interval.high, with_unit=False)
        words += _(" :small[:gray[{low} to {high}]]", low=low, high=high)
    return f"{words} {_badge(cell)}".strip()


def _badge(cell: Cell) -> str:
    if cell.verdict == "not significant":
        return _(":gray-badge[not significant]")
    if cell.verdict == "significant":
        if cell.is_better is None:
            return _(":blue-badge[significant]")
        return (
            _(":green-badge[significantly better]")
            if cell.is_better
            else _(":red-badge[significantly worse]")
        )
    return _(":gray-badge[reference]") if cell.verdict == "reference" else ""


def as_csv(table: Table) -> str:
    """Every score, with its interval and verdict, one a line."""
    found = records(table.rows, table.names)
    keys = {
        chosen: scores.spec.run for chosen, scores in zip(table.names, table.scores, strict=False)
    }
    file = io.StringIO()
    writer = csv.DictWriter(file, [*found[0], "run"], lineterminator="\n")
    writer.writeheader()
    for record in found:
        writer.writerow({**record, "run": keys.get(str(record["column"]), "")})
    return file.getvalue()
