"""A sample set on a page: a wall of its pictures, its classes, its parts, and its health."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from aecore.data.health_report import HealthReport
from aecore.data.row_values import column_names
from aecore.data.samples import PARTS, SampleSet
from aecore.data.table_columns import TableColumn
from pages.ui import rows as rows_view
from pages.ui.data.bars import bars
from pages.ui.data.table_form import KINDS
from pages.ui.gallery import gallery
from pages.ui.markdown import escape
from pages.ui.samples import ALL, PART_NAMES, ask_class, captions, rows_of
from pages.ui.translation import _, mark, ngettext
from pages.ui.url_state import choice

_PART_WORDS = {
    "train": mark("The model learns from these."),
    "val": mark("Watched while it learns, to see when it begins to learn by heart."),
    "test": mark("Kept apart until the end, for honest scores."),
}
_SMALL_PX = 48
_N_NAMED = 5


def headline(samples: SampleSet, report: HealthReport, title: str) -> None:
    """What the set is: its title, how many samples, their shape, and whether all is well."""
    n = len(samples)
    if samples.is_pictures:
        words = [_("{n:,} pictures", n=n)]
    else:
        words = [_("{n:,} texts", n=n) if samples.vocabulary else _("{n:,} rows", n=n)]
    if samples.is_pictures:
        channels, height, width = samples.shape
        words += [
            _("{width} × {height} pixels", width=width, height=height),
            _("grey") if channels == 1 else _("colour"),
        ]
    elif samples.vocabulary:
        words.append(_("{n_words:,} words are counted", n_words=samples.shape[0]))
    else:
        words.append(_("{n_column_names:,} columns", n_column_names=len(column_names(samples))))
        if not samples.is_sparse:
            words.append(_("{n:,} features", n=samples.shape[0]))
    if samples.label_names:
        words.append(_("{n_label_names} classes", n_label_names=len(samples.label_names)))
    if samples.is_pictures or samples.scale == "standard":
        is_unit = samples.scale == "unit"
        words.append(_("values from 0 to 1") if is_unit else _("values standardized"))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(escape(_(title)), anchor=False, width="content")
        if report.warnings:
            n = len(report.warnings)
            words_found = ngettext("1 finding, below", "{n} findings, below", n)
            st.badge(words_found, icon=":material/warning:", color="orange")
        else:
            st.badge(_("healthy"), icon=":material/check_circle:", color="green")
    st.caption(" · ".join(words))


@st.fragment
def wall(samples: SampleSet, key: str) -> None:
    """A large grid of samples with filters and a pager; a filter reruns nothing but this."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="data.filters"):
        part = choice(
            _("Part"), {ALL: _("All"), **PART_NAMES}, "data.part", widget=st.segmented_control
        )
        rows = rows_of(samples, part, ask_class("data.class", samples, width=180))
        st.space("stretch")
        n_shown = (
            40 if not samples.is_pictures or samples.shape[-1] <= _SMALL_PX else 20
        )  # whole rows on a wide page
        n_pages = max(1, -(-len(rows) // n_shown))
        page = _pager(n_pages, key)
    if not len(rows):
        st.info(
            _("No sample is in this part and this class: choose another."), icon=":material/info:"
        )
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
        _("Back"),
        key="data.before",
        icon=":material/chevron_left:",
        on_click=go,
        args=(-1,),
    )
    st.button(
        _("Next"),
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
        st.markdown(_("**Parts**"))
        for part in PARTS:
            n = len(samples.parts[part])
            share = f":gray[{100 * n / max(1, len(samples)):.0f} %]"
            st.markdown(
                f"{PART_NAMES[part]} &nbsp;**{n:,}** &nbsp;{share}  \n:gray[{_PART_WORDS[part]}]"
            )


def classes_card(report: HealthReport) -> None:
    """How many pictures each class has, and the sizes of the originals."""
    with st.container(border=True, height="stretch"):
        st.markdown(_("**Classes**"))
        if report.class_counts:
            bars(
                report.class_counts,
                n_other=report.n_unlabelled,
                key="data.classes",
                height_px=290,
            )
        else:
            st.markdown(
                _(
                    ":gray[These pictures have no classes. A model learns without; in a zip, "
                    "folders become classes, or a labels.csv tells them.]"
                )
                if report.noun == "picture"
                else _(":gray[No column is the label. A model learns without.]")
            )


def columns_card(samples: SampleSet) -> None:
    """How each column is read, and how it is scaled, folded."""
    if samples.table is None:
        return
    with st.expander(
        _("Columns ({n_columns:,})", n_columns=len(samples.table.columns)),
        icon=":material/view_column:",
    ):
        st.dataframe(
            {
                _("Column"): [column.name for column in samples.table.columns],
                _("Kind"): [KINDS[column.kind] for column in samples.table.columns],
                _("Features"): [column.n_features for column in samples.table.columns],
                _("Scaling"): [_scaling(column) for column in samples.table.columns],
                _("Has empty cells"): [column.has_missing for column in samples.table.columns],
            },
            hide_index=True,
            key="data.columns",
        )


def _scaling(column: TableColumn) -> str:
    if not column.n_features:
        return _("not learnt from")
    if column.kind in ("category", "yes_no"):
        words = _("by hash") if column.n_hashed else ", ".join(column.words[:6])
        return words + (", …" if not column.n_hashed and len(column.words) > 6 else "")
    if column.knots:
        return _("by rank, to a normal distribution: it is skewed")
    if column.kind == "date":
        return "standardized"
    return _(
        "standardized: mean {offset:.4g}, deviation {spread:.4g}",
        offset=column.offset,
        spread=column.spread,
    )


def _well(report: HealthReport) -> str:
    """What was looked for and is not there."""
    if report.noun == "picture":
        return _(
            "{n_read:,} pictures can be read, none is blank, none is a copy of another, "
            "all have one size.",
            n_read=report.n_read,
        )
    if report.is_sparse:
        return _("{n_read:,} rows, none is empty, and no column is.", n_read=report.n_read)
    return _(
        "{n_read:,} rows, none is a copy of another; no column is constant, repeated or "
        "mostly empty, and none gives the label away.",
        n_read=report.n_read,
    )


def health_card(report: HealthReport, lost: Sequence[bytes] = ()) -> None:
    """What will spoil training, one sentence each; a green one when all is well.

    Parameters
    ----------
    lost
        PNGs of pictures that lose most to the shape of the samples.
    """
    with st.container(border=True, height="stretch"):
        st.markdown(_("**Health**"))
        if not report.warnings:
            st.markdown(
                _(":green[:material/check_circle:] All is well: {well}", well=_well(report))
            )
        if report.unreadable:
            _left_out(report)
        for words in report.warnings[bool(report.unreadable) :]:  # the first tells of those
            st.markdown(f":orange[:material/warning:] {escape(_(words))}")
        if lost:
            what = (
                _("paled is what is cut away") if report.fit == "cut" else _("bars fill the rest")
            )
            with st.container(horizontal=True):
                for png in lost:
                    st.image(png, width=110)
            st.caption(_("The pictures that lose most: {what}.", what=what))
        for words in report.told:
            st.markdown(f":gray[:material/info:] {escape(_(words))}")
        _details(report)
        if report.noun == "row":
            return
        sizes = ", ".join(
            _("{size} px ({n:,})", size=size, n=n) for size, n in list(report.sizes.items())[:4]
        )
        if report.n_sizes > 4:
            n_more = report.n_sizes - 4
            st.caption(_("Sizes of the originals: {sizes} and {n} more.", sizes=sizes, n=n_more))
        else:
            st.caption(_("Sizes of the originals: {sizes}.", sizes=sizes))


def _left_out(report: HealthReport) -> None:
    n = report.n_unreadable
    words = ngettext("1 file is left out", "{n:,} files are left out", n)
    lines = "".join(
        f"\n- **{escape(name)}**: {escape(_(reason))}"
        for name, reason in report.unreadable[:_N_NAMED]
    )
    st.markdown(f":orange[:material/warning:] {words}:\n{lines}")


def _details(report: HealthReport) -> None:
    """The names behind the numbers, folded."""
    if len(report.unreadable) > _N_NAMED:
        with st.expander(_("All left out ({n_unreadable:,})", n_unreadable=report.n_unreadable)):
            st.dataframe(
                [{_("file"): name, _("why"): _(reason)} for name, reason in report.unreadable],
                hide_index=True,
            )
    if report.duplicates:
        same = _("the same row") if report.noun == "row" else _("the same picture")
        with st.expander(_("Repeated ({n_duplicates:,})", n_duplicates=report.n_duplicates)):
            st.dataframe(
                [{same: ", ".join(names[:8])} for names in report.duplicates],
                hide_index=True,
            )
    if len(report.blank) > _N_NAMED:
        with st.expander(_("Blank ({n_blank:,})", n_blank=report.n_blank)):
            st.dataframe([{_("file"): name} for name in report.blank], hide_index=True)
