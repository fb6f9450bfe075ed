"""A sample set on a page: a wall of its pictures, its classes, its parts, and its health."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from aecore.data.health import HealthReport
from aecore.data.samples import PARTS, SampleSet
from pages.ui.data.bars import bars
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
    words = [f"{len(samples):,} pictures" if samples.is_pictures else f"{len(samples):,} rows"]
    if samples.is_pictures:
        channels, height, width = samples.shape
        words += [f"{width} × {height} pixels", "grey" if channels == 1 else "colour"]
    if samples.label_names:
        words.append(f"{len(samples.label_names)} classes")
    words.append("values from 0 to 1" if samples.scale == "unit" else "values standardized")
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
        n_shown = 40 if samples.shape[-1] <= _SMALL_PX else 20  # whole rows on a wide page
        n_pages = max(1, -(-len(rows) // n_shown))
        page = _pager(n_pages, key)
    if not len(rows):
        st.info(
            "No picture is in this part and this class: choose another.", icon=":material/info:"
        )
        return
    drawn = np.random.default_rng(0).permutation(rows)
    shown = np.sort(drawn[page * n_shown : (page + 1) * n_shown])
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
            st.markdown(
                f":green[:material/check_circle:] All is well: {report.n_read:,} pictures can be "
                "read, none is blank, none is a copy of another, all have one size."
            )
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
                [{"the same picture": ", ".join(names[:8])} for names in report.duplicates],
                hide_index=True,
            )
    if len(report.blank) > _N_NAMED:
        with st.expander(f"Blank ({report.n_blank:,})"):
            st.dataframe([{"file": name} for name in report.blank], hide_index=True)
