"""What is selected on a map: its pictures, their mean, their spread, and their classes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from aecore.data.row_values import feature_names
from aecore.figures.colours import sequential
from aecore.figures.pictures import as_rgb
from pages.ui import rows as rows_view
from pages.ui.gallery import gallery
from pages.ui.map import groups, texts
from pages.ui.map.context import MapContext
from pages.ui.markdown import escape
from pages.ui.samples import captions
from pages.ui.translation import _, ngettext

N_SHOWN = 120
_LARGEST_SPREAD = 0.5
_N_CLASSES_NAMED = 6


def panel(seen: MapContext, places: np.ndarray, *, clear: Callable[[], None]) -> None:
    """The right side of the page.

    Parameters
    ----------
    places
        Places in the codes that are selected.
    clear
        Takes the selection back.
    """
    if not len(places):
        _invitation(seen)
        return
    rows = seen.map.codes.rows[places]
    with st.container(horizontal=True, vertical_alignment="center", key="map.selected"):
        words = ngettext("1 sample selected", "{n:,} samples selected", len(places))
        st.markdown(f"**{words}**", width="stretch")
        st.button(_("Clear"), key="map.clear", icon=":material/close:", on_click=clear)
    groups.buttons(seen, places)
    if seen.samples.labels is not None:
        st.caption(_classes(seen, rows))
    if not seen.samples.is_pictures:
        _table(seen, rows)
        return
    _in_common(seen, places, rows)
    with st.container(height=390 if len(rows) > 24 else "content", border=False, key="map.scroll"):
        _pictures(seen, rows)
    if len(rows) > N_SHOWN:
        st.caption(_("{n_shown} of them are shown; mean and spread are over all.", n_shown=N_SHOWN))


def shown_of(rows: np.ndarray) -> np.ndarray:
    """At most `N_SHOWN` rows, evenly from all."""
    if len(rows) <= N_SHOWN:
        return rows
    evenly: np.ndarray = rows[np.linspace(0, len(rows) - 1, N_SHOWN).astype(int)]
    return evenly


def _pictures(seen: MapContext, rows: np.ndarray) -> None:
    shown = shown_of(rows)
    gallery(
        np.asarray(seen.samples.x[shown]),
        captions(seen.samples, shown),
        key="map.pictures",
        target_px=_side_px(seen, 56),
    )


def _in_common(seen: MapContext, places: np.ndarray, rows: np.ndarray) -> None:
    from aecore.latent.groups import moments

    found = moments(seen.samples.x, rows)
    mean = np.rint(255 * found.mean).astype(np.uint8)[None]
    spread = sequential(found.spread.mean(0) / _LARGEST_SPREAD)[None]
    decoded = seen.run.decode(seen.map.codes.z[places].mean(0)[None])
    gallery(
        np.concatenate([as_rgb(mean), spread, as_rgb(decoded)]),
        [_("Mean"), _("Spread"), _("Mean code")],
        key="map.common",
        target_px=_side_px(seen, 112),
    )
    st.caption(
        _(
            "Mean of the pictures; standard deviation of each pixel (black 0, lightest 0.5, the "
            "maximum); mean of the codes, decoded."
        )
    )


def _side_px(seen: MapContext, target_px: int) -> int:
    """Pixels of a side; large pictures are not made smaller than they can be seen."""
    return max(target_px, min(96, seen.samples.shape[-1]))


def _classes(seen: MapContext, rows: np.ndarray) -> str:
    """Which classes are among them, the most frequent first."""
    labels = np.asarray(seen.samples.labels)[rows]
    names = (*seen.samples.label_names, "unlabelled")  # -1 is the last
    found, counts = np.unique(labels, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    words = [
        f"{escape(names[found[i]])} {100 * counts[i] / len(rows):.0f} %"
        for i in order[:_N_CLASSES_NAMED]
    ]
    if len(order) > _N_CLASSES_NAMED:
        words.append(_("{n_order} more", n_order=len(order) - _N_CLASSES_NAMED))
    return _("Classes: {names}", names=", ".join(words))


def _invitation(seen: MapContext) -> None:
    """Nothing is selected: what can be done, and one picture of each region to begin with."""
    from aecore.latent.groups import class_examples

    codes, samples = seen.map.codes, seen.samples
    st.markdown(
        _("**Select points** to read their texts here, and the words that set them apart.")
        if seen.is_flat and samples.texts
        else _("**Select points** to see their pictures, mean and spread here.")
        if seen.is_flat and samples.is_pictures
        else _(
            "**Select points** to see their rows here, and in which columns they differ from the "
            "others. Click one to see it beside its reconstruction."
        )
        if seen.is_flat
        else _("**Rotate the map.** To see the pictures of a region, select it on a 2-D map.")
    )
    if not samples.is_pictures:
        return
    if samples.labels is not None and len(samples.label_names) <= 40:
        chosen = class_examples(codes.z, samples.labels[codes.rows], len(samples.label_names))
        words = _("For each class, the picture whose code is nearest to the mean of the class:")
    else:
        chosen = np.linspace(0, len(codes) - 1, min(24, len(codes))).astype(int)
        words = _("Some of the pictures on this map:")
    st.caption(words)
    rows = codes.rows[chosen]
    gallery(
        np.asarray(samples.x[rows]),
        captions(samples, rows),
        key="map.examples",
        target_px=_side_px(seen, 84),
    )


def _table(seen: MapContext, rows: np.ndarray) -> None:
    """For samples that are rows of a table: one beside its reconstruction, several as a list."""
    samples = seen.samples
    if samples.texts:
        texts.panel(seen, rows)
    if samples.vocabulary is not None:
        return
    if len(rows) == 1:
        x = np.asarray(samples.x[rows])
        x_hat = seen.run.reconstruct(x)
        rows_view.by_column_table(samples, seen.run, x[0], x_hat[0], key="map.table", height_px=440)
        return
    shown = shown_of(rows)
    st.markdown(_("**How they differ** &nbsp; :gray[from all rows of the map]"))
    st.dataframe(
        _difference(seen, rows),
        hide_index=True,
        key="map.table",
        height=230,
        column_config={_("Difference"): st.column_config.NumberColumn(format="%+.2f σ")},
    )
    st.markdown(_("**The rows**"))
    st.dataframe(rows_view.values(samples, shown), hide_index=True, key="map.rows", height=220)


def _difference(seen: MapContext, rows: np.ndarray) -> dict[str, list[object]]:
    """Mean of each feature of the selected rows less that of all, in deviations of all."""
    x = np.asarray(seen.samples.x[seen.map.codes.rows], np.float64)
    chosen = np.asarray(seen.samples.x[rows], np.float64)
    spread = x.std(0)
    difference = (chosen.mean(0) - x.mean(0)) / np.where(spread > 1e-12, spread, 1.0)
    order = np.argsort(-np.abs(difference), kind="stable")
    names = feature_names(seen.samples)
    return {
        _("Feature"): [names[i] for i in order],
        _("Difference"): [float(difference[i]) for i in order],
    }
