"""A map as a table to take away."""

from __future__ import annotations

import csv
import io
from functools import partial

import streamlit as st

from aecore.data.samples import PARTS
from pages.ui.map_view import Seen


def download(seen: Seen) -> None:
    """A button that hands out the positions; the table is written when it is pressed."""
    st.download_button(
        "Positions as CSV",
        partial(to_csv, seen),
        file_name=f"{seen.map.key}.csv",
        mime="text/csv",
        key="map.csv",
        icon=":material/download:",
        on_click="ignore",
    )


def to_csv(seen: Seen) -> str:
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
                _cell(samples.names[row]) if samples.names else "",
                _cell(samples.label_names[label]) if label >= 0 else "",
                PARTS[codes.part[place]],
                f"{codes.error[place]:.6g}",
                *(f"{value:.6g}" for value in seen.map.positions[place]),
            ]
        )
    return file.getvalue()


def _cell(text: str) -> str:
    """A file name that begins like a formula is no formula in a spreadsheet."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
