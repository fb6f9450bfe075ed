"""All accuracies as a table, and every draw of them as a file to take away."""

from __future__ import annotations

import csv
import io

import streamlit as st

from aecore.studies.features import STUDIES, FeaturesResult, records
from pages.ui import errors
from pages.ui.features.context import FeaturesContext, studied
from pages.ui.features.curves import READERS
from pages.ui.markdown import escape
from pages.ui.translation import _, mark

_NAMES = {
    "tuned": mark("Encoder, fine-tuned"),
    "scratch": mark("Encoder, from scratch"),
    "alone": mark("Classifier, labelled samples only"),
    "augmented": mark("Classifier, with generated samples"),
}


def table_card(seen: FeaturesContext) -> None:
    """What was measured so far: means over draws, worst to best."""
    with st.container(border=True, key="features.table"), errors.shown():
        results = [seen.found, *(found for study in STUDIES[1:] if (found := studied(seen, study)))]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                _(
                    "**All results** &nbsp; :gray[accuracy, %, mean over draws and worst to best; "
                    "↑ higher is better]"
                ),
                width="stretch",
            )
            st.download_button(
                "CSV",
                as_csv(results),
                "features.csv",
                "text/csv",
                key="features.csv",
                icon=":material/download:",
                on_click="ignore",
            )
        st.markdown(as_markdown(seen, results))


def as_markdown(seen: FeaturesContext, results: list[FeaturesResult]) -> str:
    """A line a method, a column a number of labels; the best of each column is bold."""
    names = _NAMES | {
        f"{source}-{reader}": f"{words}, {_(READERS[reader]).lower()}"
        for source, words in seen.names.items()
        for reader in READERS
    }
    n_labels = seen.found.n_labels
    curves = {name: curve for found in results for name, curve in found.curves.items()}
    best = {
        n: max(
            curve.mean[curve.n_labels.index(n)] for curve in curves.values() if n in curve.n_labels
        )
        for n in n_labels
    }
    lines = [
        f"| {_('labels')} | " + " | ".join(f"{n:,}" for n in n_labels) + " |",
        "| --- |" + " ---: |" * len(n_labels),
    ]
    for name, curve in curves.items():
        cells = []
        for n in n_labels:
            if n not in curve.n_labels:
                cells.append(":gray[–]")
                continue
            at = curve.n_labels.index(n)
            value = f"{100 * curve.mean[at]:.1f}"
            value = f"**{value}**" if curve.mean[at] == best[n] else value
            low, high = (f"{100 * end[at]:.0f}" for end in (curve.low, curve.high))
            cells.append(
                _("{value} :small[:gray[{low} to {high}]]", value=value, low=low, high=high)
            )
        lines.append(f"| {escape(names[name])} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def as_csv(results: list[FeaturesResult]) -> str:
    """Every draw, and the agreement of groups with classes, one a line."""
    lines = [line for found in results for line in records(found)]
    file = io.StringIO()
    writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return file.getvalue()
