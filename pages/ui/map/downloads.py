"""A map to take away: as a table, or as a page that lives without a server."""

from __future__ import annotations

import csv
import io
from functools import partial

import streamlit as st

from aecore.data.samples import PARTS
from aecore.export.csv_cell import plain_cell
from pages.ui.map.context import MapContext
from pages.ui.map.payload import living
from pages.ui.translation import _, browser_tag, language


def download(seen: MapContext) -> None:
    """A button that hands out the positions; the table is written when it is pressed."""
    st.download_button(
        _("Positions as CSV"),
        partial(to_csv, seen),
        file_name=f"{seen.map.key}.csv",
        mime="text/csv",
        key="map.csv",
        icon=":material/download:",
        on_click="ignore",
    )


def download_page(seen: MapContext) -> None:
    """A button that hands out the living map as one file; it is written when it is pressed."""
    if not seen.is_flat:
        return
    st.download_button(
        _("This map as a page"),
        partial(to_page, seen),
        file_name=f"{seen.map.key}.html",
        mime="text/html",
        key="map.page",
        icon=":material/web:",
        on_click="ignore",
        help=_("One HTML file with points, pictures and decoder, which works without a server."),
    )


def to_page(seen: MapContext) -> str:
    """The map as it is coloured now, as HTML."""
    from aecore.export.single_file import single_file

    title = _(seen.samples.title)
    return single_file(living(seen), title, say=_, language=browser_tag(language()))


def to_csv(seen: MapContext) -> str:
    """One line a point: row of the set, name, class, part, error, and its position."""
    samples, codes = seen.samples, seen.map.codes
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    n_axes = seen.map.positions.shape[1]
    table.writerow(["row", "name", "class", "part", "error", *"xyz"[:n_axes]])
    for place, row in enumerate(codes.rows):
        label = -1 if samples.labels is None else int(samples.labels[row])
        table.writerow(
            [
                int(row),
                plain_cell(samples.names[row]) if samples.names else "",
                plain_cell(samples.label_names[label]) if label >= 0 else "",
                PARTS[codes.part[place]],
                f"{codes.error[place]:.6g}",
                *(f"{value:.6g}" for value in seen.map.positions[place]),
            ]
        )
    return file.getvalue()
