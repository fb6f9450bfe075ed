"""The map coloured by how odd each sample is, where a study of anomalies says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from aecore.errors import AecoreError
from aecore.figures.scatter import Values
from pages.ui import backend, url_state
from pages.ui.translation import _

if TYPE_CHECKING:
    from aecore.latent.codes import Codes
    from aecore.studies.anomaly.study import AnomalyResult

NAME = "anomaly"
"""Of this colour in the address."""


def anomaly_values(codes: Codes, run_key: str) -> Values | None:
    """Scores of the study of the address, `?map.anomaly=` and `?map.score=`.

    Of held-out samples only: the others have no value. None without a study of this run.
    """
    from aecore.studies.anomaly.methods import METHODS

    found = _study(run_key)
    if found is None:
        return None
    name = url_state.read("map.score")
    name = name if name in found.scores else found.best
    by_row = np.full(int(max(codes.rows.max(), found.rows.max())) + 1, np.nan)
    by_row[found.rows] = found.scores[name]
    return Values(by_row[codes.rows], _("{title} (high is odd)", title=_(METHODS[name].title)))


def _study(run_key: str) -> AnomalyResult | None:
    key = url_state.read("map.anomaly")
    if not key:
        return None
    try:
        artifact = backend.store().artifact(key)
        if artifact.state.status != "done":
            return None
        found = _loaded(str(artifact.path), artifact.key)
    except AecoreError:  # a link that leads nowhere shows the map without it
        return None
    return found if found.spec.run == run_key else None


@st.cache_resource(max_entries=6, show_spinner=False)
def _loaded(path: str, key: str) -> AnomalyResult:
    """`path` tells stores apart."""
    from aecore.studies.anomaly.study import load_anomaly

    return load_anomaly(backend.store().artifact(key))
