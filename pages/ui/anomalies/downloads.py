"""What leaves the page Anomalies: scores, the detector, and the way to the map."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from aecore.api.detector import Detector
from aecore.export.anomaly_table import as_csv
from aecore.studies.anomaly.study import read_state
from pages.ui import backend, session
from pages.ui.anomalies.context import AnomalyContext
from pages.ui.translation import _


def buttons(seen: AnomalyContext) -> None:
    """In the open container, side by side."""
    st.button(
        _("Map"),
        key="anomalies.map",
        icon=":material/scatter_plot:",
        on_click=_to_the_map,
        args=(seen,),
        help=_("The map of the codes, coloured by this score."),
    )
    st.download_button(
        "CSV",
        lambda: as_csv(seen.found, seen.samples, seen.name, seen.line),
        f"{seen.found.spec.key}.csv",
        "text/csv",
        key="anomalies.csv",
        icon=":material/download:",
        on_click="ignore",
        help=_("Every score of every one of them."),
    )
    st.download_button(
        _("Detector"),
        lambda: detector_zip(seen),
        "detector.zip",
        "application/zip",
        key="anomalies.detector",
        icon=":material/download:",
        on_click="ignore",
        help=_(
            "Model, score and threshold as one file, without pictures: for `aecore detect "
            "detector.zip photo.png` and `aecore.Detector.load`."
        )
        if seen.samples.is_pictures
        else _(
            "Model, score and threshold as one file, without rows: for `aecore.Detector.load` in "
            "Python."
        ),
    )


def detector_zip(seen: AnomalyContext) -> bytes:
    """The run, the score that is chosen and its threshold, as `aecore detect` reads them."""
    state = read_state(seen.artifact, seen.name)
    held_out = seen.found.held_out[seen.name]
    detector = Detector(seen.run, seen.name, state, held_out, seen.line)
    with tempfile.TemporaryDirectory(prefix="aecore-") as folder:
        path = detector.save(Path(folder) / "detector.zip", store=backend.store())
        return path.read_bytes()


def _to_the_map(seen: AnomalyContext) -> None:
    address = {
        "map.colour": "anomaly",
        "map.anomaly": seen.found.spec.key,
        "map.score": seen.name,
    }
    session.go_after("map", **address)
