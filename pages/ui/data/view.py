"""A sample set on a page: a wall of its pictures, its classes, its parts, and its health."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from aecore.data.health import HealthReport
from aecore.data.row_values import column_names
from aecore.data.samples import PARTS, SampleSet
from aecore.data.table_columns import TableColumn
from pages.ui import rows as rows_view
from pages.ui.data.bars import bars
from pages.ui.data.table_form import KINDS
from pages.ui.gallery import gallery
from pages.ui.markdown import escape
from pages.ui.samples import ALL, PART_NAMES, ask_class, captions, rows_of
from pages.ui.url_state import choice

_PART_WORDS = {
    "train": "The model learns from these.",
    "val": "Watched while it learns, to see when it begins to learn by heart.",
    "test": "Kept apart until the end, for honest scores.",
}
_SMALL_PX = 48
_N_NAMED = 5


def headline(samples: SampleSet, report: HealthReport, title: str) -> None:
    """What the set is: its title, how many samples, their shape, and whether all is well."""
    noun = "pictures" if samples.is_pictures else "texts" if samples.texts else "rows"
    words = [f"{len(samples):,} {noun}"]
    if samples.is_pictures:
        channels, height, width = samples.shape
        words += [f"{width} × {height} pixels", "grey" if channels == 1 else "colour"]
    elif samples.texts:
        words.append(f"{samples.shape[0]:,} words are counted")
    else:
        words.append(f"{len(column_names(samples)):,} columns")
        words[-1] += "" if samples.is_sparse else f", {samples.shape[0]:,} features"
    if samples.label_names:
        words.append(f"{len(samples.label_names)} classes")
    if samples.is_pictures or samples.scale == "standard":
        is_unit = samples.scale == "unit"
        words.append("values from 0 to 1" if is_unit else "values standardized")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(escape(title), anchor=False, width="content")
        if report.warnings:
            n = len(report.warnings)
            words_found = "1 finding, below" if n == 1 else f"{n} findings, below"
            st.badge(words_found, icon=":material/warning:", color="orange")
        else:
            st.badge("healthy", icon=":material/check_circle:", color="green")
    st.caption(" · ".join(words))


@st.fragment
def wall(samples: SampleSet, key: str) -> None:
    """A large grid of samples with filters and a pager; a filter reruns nothing but this."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="data.filters"):
        part = choice("Part", {ALL: "All", **PART_NAMES}, "data.part", widget=st.segmented_control)
        rows = rows_of(samples, part, ask_class("data.class", samples, width=180))
        st.space("stretch")
        n_shown = (
            40 if not samples.is_pictures or samples.shape[-1] <= _SMALL_PX else 20
        )  # whole rows on a wide page
        n_pages = max(1, -(-len(rows) // n_shown))
        page = _pager(n_pages, key)
    if not len(rows):
        st.info("No sample is in this part and this class: choose another.", icon=":material/info:")
        return
    drawn = np.random.default_rng(0).permutation(rows)
    shown = np.sort(drawn[page * n_shown : (page + 1) * n_shown])
    if not samples.is_pictures:
        rows_view.table(samples, shown, key="data.table")
        return
    gallery(
        samples.x[shown],
        captions(samples, shown),
        key="data.wall",
        target_px=96 if samples.shape[-1] <= _SMALL_PX else 128,
    )


def _pager(n_pages: int, key: str) -> int:
    """Buttons to the pages before and after; the page, from 0."""
    place = f"data.page.{key}"
    page = int(st.session_state.get(place, 0)) % n_pages

    def go(step: int) -> None:
        st.session_state[place] = page + step

    st.button(
        "Back",
        key="data.before",
        icon=":material/chevron_left:",
        on_click=go,
        args=(-1,),
    )
    st.button(
        "Next",
        key="data.after",
        icon=":material/chevron_right:",
        icon_position="right",
        on_click=go,
        args=(1,),
    )
    return page


def parts_card(samples: SampleSet) -> None:
    """How many samples each part has, and what it is for."""
    with st.container(border=True, height="stretch"):
        st.markdown("**Parts**")
        for part in PARTS:
            n = len(samples.parts[part])
            share = f":gray[{100 * n / max(1, len(samples)):.0f} %]"
            st.markdown(
                f"{PART_NAMES[part]} &nbsp;**{n:,}** &nbsp;{share}  \n:gray[{_PART_WORDS[part]}]"
            )


def classes_card(report: HealthReport) -> None:
    """How many pictures each class has, and the sizes of the originals."""
    with st.container(border=True, height="stretch"):
        st.markdown("**Classes**")
        if report.class_counts:
            bars(
                report.class_counts,
                n_other=report.n_unlabelled,
                key="data.classes",
                height_px=290,
            )
        else:
            st.markdown(
                ":gray[These pictures have no classes. A model learns without; in a zip, folders "
                "become classes, or a labels.csv tells them.]"
                if report.noun == "picture"
                else ":gray[No column is the label. A model learns without.]"
            )


def columns_card(samples: SampleSet) -> None:
    """How each column is read, and how it is scaled, folded."""
    if samples.table is None:
        return
    with st.expander(f"Columns ({len(samples.table.columns):,})", icon=":material/view_column:"):
        st.dataframe(
            {
                "Column": [column.name for column in samples.table.columns],
                "Kind": [KINDS[column.kind] for column in samples.table.columns],
                "Features": [column.n_features for column in samples.table.columns],
                "Scaling": [_scaling(column) for column in samples.table.columns],
                "Has empty cells": [column.has_missing for column in samples.table.columns],
            },
            hide_index=True,
            key="data.columns",
        )


def _scaling(column: TableColumn) -> str:
    if not column.n_features:
        return "not learnt from"
    if column.kind in ("category", "yes_no"):
        words = "by hash" if column.n_hashed else ", ".join(column.words[:6])
        return words + (", …" if not column.n_hashed and len(column.words) > 6 else "")
    if column.knots:
        return "by rank, to a normal distribution: it is skewed"
    if column.kind == "date":
        return "standardized"
    return f"standardized: mean {column.offset:.4g}, deviation {column.spread:.4g}"


def _well(report: HealthReport) -> str:
    """What was looked for and is not there."""
    if report.noun == "picture":
        return (
            f"{report.n_read:,} pictures can be read, none is blank, none is a copy of another, "
            "all have one size."
        )
    if report.is_sparse:
        return f"{report.n_read:,} rows, none is empty, and no column is."
    return (
        f"{report.n_read:,} rows, none is a copy of another; no column is constant, repeated or "
        "mostly empty, and none gives the label away."
    )


def health_card(report: HealthReport, lost: Sequence[bytes] = ()) -> None:
    """What will spoil training, one sentence each; a green one when all is well.

    Parameters
    ----------
    lost
        PNGs of pictures that lose most to the shape of the samples.
    """
    with st.container(border=True, height="stretch"):
        st.markdown("**Health**")
        if not report.warnings:
            st.markdown(f":green[:material/check_circle:] All is well: {_well(report)}")
        if report.unreadable:
            _left_out(report)
        for words in report.warnings[bool(report.unreadable) :]:  # the first tells of those
            st.markdown(f":orange[:material/warning:] {escape(words)}")
        if lost:
            what = "paled is what is cut away" if report.fit == "cut" else "bars fill the rest"
            with st.container(horizontal=True):
                for png in lost:
                    st.image(png, width=110)
            st.caption(f"The pictures that lose most: {what}.")
        for words in report.told:
            st.markdown(f":gray[:material/info:] {escape(words)}")
        _details(report)
        if report.noun == "row":
            return
        sizes = ", ".join(f"{size} px ({n:,})" for size, n in list(report.sizes.items())[:4])
        more = f" and {report.n_sizes - 4} more" if report.n_sizes > 4 else ""
        st.caption(f"Sizes of the originals: {sizes}{more}.")


def _left_out(report: HealthReport) -> None:
    n = report.n_unreadable
    words = "1 file is left out" if n == 1 else f"{n:,} files are left out"
    lines = "".join(
        f"\n- **{escape(name)}**: {escape(reason)}" for name, reason in report.unreadable[:_N_NAMED]
    )
    st.markdown(f":orange[:material/warning:] {words}:\n{lines}")


def _details(report: HealthReport) -> None:
    """The names behind the numbers, folded."""
    if len(report.unreadable) > _N_NAMED:
        with st.expander(f"All left out ({report.n_unreadable:,})"):
            st.dataframe(
                [{"file": name, "why": reason} for name, reason in report.unreadable],
                hide_index=True,
            )
    if report.duplicates:
        with st.expander(f"Repeated ({report.n_duplicates:,})"):
            st.dataframe(
                [{f"the same {report.noun}": ", ".join(names[:8])} for names in report.duplicates],
                hide_index=True,
            )
    if len(report.blank) > _N_NAMED:
        with st.expander(f"Blank ({report.n_blank:,})"):
            st.dataframe([{"file": name} for name in report.blank], hide_index=True)
