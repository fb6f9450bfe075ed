"""One sample and its nearest: by code, by PCA and by pixels."""

from __future__ import annotations

import random

import numpy as np
import streamlit as st

from aecore.figures.pictures import as_rgb
from aecore.latent.search import Neighbours
from aecore.studies.similar.search import Space
from pages.ui import errors, own_picture, url_state
from pages.ui import rows as rows_view
from pages.ui.gallery import gallery
from pages.ui.markdown import escape
from pages.ui.samples import captions
from pages.ui.similar.context import SimilarContext
from pages.ui.translation import _, mark

K = 10
_TABLE_PX = 240
SOURCES = {"set": mark("Of the set"), "own": mark("Your own")}


def panel(seen: SimilarContext) -> None:
    """The query left, its nearest right; a click on one makes it the query."""
    with st.container(border=True, key="similar.panel"), errors.shown():
        left, right = st.columns([3, 9], gap="medium")
        with left:
            row, x = _query(seen)
        with right:
            if x is None:
                st.caption(
                    _(
                        "Upload, draw or photograph a picture: its most similar ones in the data "
                        "appear here."
                    )
                )
                return
            for space in seen.titles:
                _nearest(seen, space, row, x)
        st.caption(_explained(seen))


def _query(seen: SimilarContext) -> tuple[int | None, np.ndarray | None]:
    """The row of the set, None for a picture of one's own; and the sample `(1, *shape)`."""
    source = "set"
    if seen.samples.is_pictures:
        source = url_state.choice(
            _("Query"),
            SOURCES,
            "similar.source",
            widget=st.segmented_control,
            label_visibility="collapsed",
        )
    if source == "own":
        own = own_picture.ask("similar", seen.samples.shape, framing=seen.samples.framing)
        return None, None if own is None else own[None]
    row = _row(seen)
    x = np.asarray(seen.samples.x[row : row + 1])
    (name,) = captions(seen.samples, np.array([row]))
    if seen.samples.is_pictures:
        gallery(as_rgb(x), [name], key="similar.query", target_px=196)
    else:
        st.markdown(_("Row **{row:,}** · {name}", row=row, name=escape(name)))
        held = rows_view.values(seen.samples, np.array([row]))
        st.dataframe(
            {
                _("Column"): list(held),
                _("Value"): [rows_view.shown(cells[0]) for cells in held.values()],
            },
            hide_index=True,
            key="similar.query",
            height=_TABLE_PX,
        )
    st.number_input(
        _("Number in the set"),
        0,
        len(seen.samples) - 1,
        **url_state.linked_widget("similar.number", row, lambda new: open_row(int(new))),
    )
    st.button(
        _("Another one"),
        key="similar.another",
        icon=":material/shuffle:",
        on_click=_another,
        args=(seen,),
        width="stretch",
    )
    return row, x


def _row(seen: SimilarContext) -> int:
    """The row of the address, `?similar.row=`; else the first held-out sample."""
    asked = url_state.number("similar.row")
    if asked is not None and asked < len(seen.samples):
        return asked
    test = seen.samples.parts["test"]
    return int(test[0]) if len(test) else int(seen.search.rows[0])


def open_row(row: int) -> None:
    """Ask for what is similar to this sample from now on."""
    url_state.write("similar.source", "")
    url_state.write("similar.row", str(row))


def _another(seen: SimilarContext) -> None:
    open_row(int(random.choice(seen.search.rows)))


def _nearest(seen: SimilarContext, space: Space, row: int | None, x: np.ndarray) -> None:
    near = nearest_others(seen, space, row, x)
    rows, title = near.rows[0], seen.titles[space]
    st.markdown(f"**{escape(title)}** &nbsp; :gray[{escape(_of_class(seen, row, rows))}]")
    words = [
        f"{name} · {distance:.3g}"
        for name, distance in zip(captions(seen.samples, rows), near.distance[0], strict=True)
    ]
    if not seen.samples.is_pictures:
        _table(seen, rows, near.distance[0], key=f"similar.{space}")
        return
    picked = gallery(
        as_rgb(np.asarray(seen.samples.x[rows])),
        words,
        key=f"similar.{space}",
        target_px=68,
        clickable=True,
    )
    if picked is not None:
        open_row(int(rows[picked]))
        st.rerun()


def _table(seen: SimilarContext, rows: np.ndarray, distance: np.ndarray, *, key: str) -> None:
    """Rows in their own units, a column of distances first."""
    ours = _("Distance")
    named = {
        name if name != ours else _("{name} (column)", name=name): cells
        for name, cells in rows_view.values(seen.samples, rows).items()
    }
    st.dataframe(
        {ours: distance.tolist()} | named,
        hide_index=True,
        key=key,
        height=_TABLE_PX,
        column_config={ours: st.column_config.NumberColumn(format="%.3g")},
    )


def nearest_others(
    seen: SimilarContext, space: Space, row: int | None, x: np.ndarray
) -> Neighbours:
    """The nearest ten of one sample, itself left out."""
    near = seen.search.nearest(x, K + 1, space)
    others = near.rows[0] != (-1 if row is None else row)
    kept = np.flatnonzero(others)[:K]
    return Neighbours(near.rows[:, kept], near.distance[:, kept])


def _of_class(seen: SimilarContext, row: int | None, rows: np.ndarray) -> str:
    """How many of the nearest have the query's class; of a picture of one's own, the most
    frequent class."""
    labels, names = seen.samples.labels, seen.samples.label_names
    if labels is None:
        return ""
    of = labels[rows]
    if row is None:
        known = of[of >= 0]
        if not len(known):
            return ""
        label = int(np.bincount(known).argmax())
        return _(
            "{n} of {n_rows} are of class {names}",
            n=int((of == label).sum()),
            n_rows=len(rows),
            names=names[label],
        )
    if labels[row] < 0:
        return ""
    n_same = int((of == labels[row]).sum())
    return _("{n_same} of {n_rows} are of the same class", n_same=n_same, n_rows=len(rows))


def _explained(seen: SimilarContext) -> str:
    n = len(seen.search.rows)
    how = (
        _("All {n:,} {noun} are compared.", n=n, noun=seen.noun)
        if seen.found.recall == 1
        else _(
            "An index of {n:,} {noun} is searched: it finds "
            "{recall:.1f} % of the true ten nearest.",
            n=n,
            noun=seen.noun,
            recall=100 * seen.found.recall,
        )
    )
    click = _("Click a picture to see what is similar to it.") if seen.samples.is_pictures else ""
    words = _("Below each: its class and distance; 0 is the same. {how}", how=how)
    return " ".join(filter(None, (words, click)))
