"""What the Anomalies page looks at: a run, what is normal, a score and its threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore.artifact import Artifact
from aecore.data.samples import SampleSet
from aecore.errors import AecoreError
from aecore.metrics.anomaly import Threshold, conformal_threshold
from aecore.runs import OpenRun
from aecore.studies.anomaly.method import Scorer
from aecore.studies.anomaly.methods import METHODS
from aecore.studies.anomaly.study import (
    AnomalyResult,
    anomaly_spec,
    load_anomaly,
    normal_of,
    read_state,
)
from pages.ui import backend, errors, job_requests
from pages.ui.translation import _, mark
from pages.ui.url_state import choice, choices

RATES = (1, 2, 5, 10, 20, 50, 100, 200)
"""False alarms per thousand that are offered."""
USUAL = 20


@dataclass(frozen=True)
class AnomalyContext:
    """What the page looks at.

    Parameters
    ----------
    name
        The score that decides.
    line
        Its threshold.
    """

    run: OpenRun
    samples: SampleSet
    found: AnomalyResult
    name: str
    line: Threshold

    @property
    def scores(self) -> np.ndarray:
        """`(n,)`, of the test samples."""
        return self.found.scores[self.name]

    @property
    def is_alarm(self) -> np.ndarray:
        """bool `(n,)`."""
        return np.asarray(self.scores > self.line.value)

    @property
    def nouns(self) -> str:
        """What to call several samples."""
        return _("pictures") if self.samples.is_pictures else _("rows")

    @property
    def artifact(self) -> Artifact:
        """What holds the study."""
        return backend.store().artifact(self.found.spec.key)

    @property
    def known(self) -> tuple[np.ndarray, np.ndarray]:
        """Scores of test samples known to be normal, and of known anomalies."""
        kind = self.found.kind
        return self.scores[kind == 0], self.scores[kind == 1]


def ask_normal(run: OpenRun, samples: SampleSet) -> tuple[str, ...]:
    """Which classes are normal, in the open container; empty: those of the data, or none named."""
    if samples.labels is None or len(samples.label_names) < 2:
        return ()
    of_data = normal_of(backend.store(), run)
    ids = [str(i) for i in range(len(samples.label_names))]
    first = [i for i in ids if samples.label_names[int(i)] in of_data]
    chosen = choices(
        _("Normal classes"),
        {i: samples.label_names[int(i)] for i in ids},
        "anomalies.normal",
        default=first,
        placeholder=_("no anomaly is known"),
        help=_(
            "All other classes are anomalies, to judge by. A model should learn from normal "
            "samples alone: name them on the page Data before training."
        ),
    )
    return () if chosen == first else tuple(samples.label_names[int(i)] for i in chosen)


def oddness(run: OpenRun, normal: tuple[str, ...]) -> AnomalyResult:
    """Every score; a job computes them, and the page stops here until it is done."""
    spec = anomaly_spec(run, normal)
    job_requests.replace_request("anomalies.asked", spec.key)
    artifact = job_requests.require_done(spec, _("Scoring how odd each sample is"))
    return _loaded(str(artifact.path), artifact.key)


@st.cache_resource(max_entries=12, show_spinner=False)
def _loaded(path: str, key: str) -> AnomalyResult:
    """`path` tells stores apart."""
    return load_anomaly(backend.store().artifact(key))


def ask(run: OpenRun, samples: SampleSet, found: AnomalyResult) -> AnomalyContext:
    """Score and false alarms, in the open container; where no threshold can be had, the page stops
    and says why."""
    name = choice(
        _("Score"),
        {each: METHODS[each].title for each in found.scores},
        "anomalies.score",
        default=found.best,
        width=230,
        help=_(
            "At first the one that tells best where anomalies are known, else misfit and density "
            "joined."
        ),
    )
    smallest = 1000 / (len(found.held_out[name]) + 1)
    offered = [rate for rate in RATES if rate >= smallest] or [int(np.ceil(smallest))]
    usual = min(offered, key=lambda rate: abs(rate - USUAL))
    chosen = choice(
        _("False alarms (‰)"),
        {str(rate): str(rate) for rate in offered},
        "anomalies.rate",
        default=str(usual),
        width=130,
        help=_(
            "Of a thousand normal samples so many may raise an alarm. With "
            "{n_held_out:,} held-out normal samples, {smallest:.2g} is the fewest that "
            "can be promised.",
            n_held_out=len(found.held_out[name]),
            smallest=smallest,
        ),
    )
    try:
        line = conformal_threshold(found.held_out[name], int(chosen) / 1000)
    except AecoreError as problem:
        errors.show_error(problem)
        st.stop()
    return AnomalyContext(run, samples, found, name, line)


@st.cache_resource(max_entries=12, show_spinner=mark("Getting the score ready…"))
def _ready(path: str, key: str, name: str) -> Scorer:
    return METHODS[name].scorer(read_state(backend.store().artifact(key), name))


def scorer(seen: AnomalyContext) -> Scorer:
    """The score, for pictures that are not of the set."""
    return _ready(str(seen.artifact.path), seen.found.spec.key, seen.name)
