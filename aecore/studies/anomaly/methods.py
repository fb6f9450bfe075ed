"""All scores there are, by name, and the one that is taken where no anomaly is known."""

from __future__ import annotations

from aecore.runs import OpenRun
from aecore.studies.anomaly.baselines import FOREST, INK, PCA_ERROR
from aecore.studies.anomaly.dissimilarity import DISSIMILARITY
from aecore.studies.anomaly.elbo import DIVERGENCE, ELBO, MISFIT
from aecore.studies.anomaly.error import BY_SPREAD, ERROR
from aecore.studies.anomaly.mahalanobis import JOINED, MAHALANOBIS
from aecore.studies.anomaly.method import Method
from aecore.studies.anomaly.mixture import MIXTURE
from aecore.studies.anomaly.neighbours import OF_CODES, OF_SAMPLES
from aecore.studies.anomaly.rapp import NAP, SAP

DEFAULT = "nap"
METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        NAP,
        SAP,
        ERROR,
        BY_SPREAD,
        DISSIMILARITY,
        ELBO,
        MISFIT,
        DIVERGENCE,
        MAHALANOBIS,
        MIXTURE,
        JOINED,
        OF_CODES,
        PCA_ERROR,
        OF_SAMPLES,
        FOREST,
        INK,
    )
}


def methods_of(run: OpenRun) -> dict[str, Method]:
    """Those that a run can have."""
    return {name: method for name, method in METHODS.items() if not method.why_not(run)}
