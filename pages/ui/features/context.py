"""What the Features page looks at: a run, its samples, and studies that jobs make of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore.data.samples import PartName, SampleSet
from aecore.runs import OpenRun
from aecore.specs.studies import FeaturesSpec, FeatureStudy
from aecore.studies.features import FeaturesResult, features_spec, load_features, why_not
from pages.ui import backend, errors, job_requests, session
from pages.ui.job_progress import watch
from pages.ui.markdown import escape
from pages.ui.translation import _

N_TOLD = 100
"""The number of labels that sentences speak of, or the next smaller one."""
_PARTS: tuple[PartName, ...] = ("test", "val")


@dataclass(frozen=True)
class FeaturesContext:
    """What the page looks at.

    Parameters
    ----------
    found
        Codes, PCA and pixels, read and grouped.
    """

    run: OpenRun
    samples: SampleSet
    part: PartName
    found: FeaturesResult

    @property
    def nouns(self) -> str:
        """What to call several samples."""
        return _("pictures") if self.samples.is_pictures else _("rows")

    @property
    def names(self) -> dict[str, str]:
        """What to call codes, PCA, and samples as they are."""
        raw = _("Pixels") if self.samples.is_pictures else _("Columns")
        return {"run": _("Codes"), "pca": f"PCA, {self.found.n_components:,}", "pixels": raw}

    @property
    def class_names(self) -> dict[int, str]:
        """What to call each class."""
        labels = self.samples.labels
        known = np.empty(0, int) if labels is None else np.unique(labels[labels >= 0])
        named = self.samples.label_names
        return {int(i): named[i] if i < len(named) else str(i) for i in known}


def n_told(n_labels: tuple[int, ...]) -> int:
    """The number of labels that a sentence speaks of."""
    return max((n for n in n_labels if n <= N_TOLD), default=n_labels[0])


def parts_with_labels(run: OpenRun, samples: SampleSet) -> tuple[PartName, ...]:
    """Held-out parts on which classes can be told; without any the page says why, and stops."""
    reasons = {part: why_not(run, samples, "codes", part) for part in _PARTS}
    parts = tuple(part for part, reason in reasons.items() if not reason)
    if not parts:
        why = escape(_(reasons["test"]))
        with st.container(border=True, key="features.gate"):
            st.markdown(_("**No usable labels.** {test}", test=why))
            with st.container(horizontal=True):
                if st.button(
                    _("Choose data with labels"),
                    key="features.data",
                    type="primary",
                    icon=":material/photo_library:",
                ):
                    session.go_to("data")
        st.stop()
    return parts


def seen_features(run: OpenRun, samples: SampleSet, part: PartName) -> FeaturesContext:
    """The codes, read and grouped; a job does it, and the page stops here until it is done."""
    spec = features_spec(run, "codes", part)
    before = st.session_state.get("features.asked")
    if before not in (None, spec.key):
        job_requests.give_up(before)  # what nobody looks at any more need not be finished
    st.session_state["features.asked"] = spec.key
    artifact = job_requests.require_done(spec, _("Predicting classes from the codes"))
    return FeaturesContext(run, samples, part, _loaded(str(artifact.path), artifact.key))


@st.cache_resource(max_entries=12, show_spinner=False)
def _loaded(path: str, key: str) -> FeaturesResult:
    """`path` tells stores apart."""
    return load_features(backend.store().artifact(key))


def studied(seen: FeaturesContext, study: FeatureStudy) -> FeaturesResult | None:
    """A study that a person asked for before; None where it is not there (yet)."""
    spec = features_spec(seen.run, study, seen.part)
    if spec.key not in backend.store() or backend.engine().view(spec.key).status != "done":
        return None
    backend.store().touch(spec.key)
    return _loaded(str(backend.store().artifact(spec.key).path), spec.key)


def offer(
    seen: FeaturesContext, study: FeatureStudy, words: str, button: str, icon: str, what: str
) -> None:
    """A study that takes longer: a button, and once it is pressed how far it is.

    Parameters
    ----------
    words
        What the study would show.
    what
        What is being done, for a person.
    """
    spec = features_spec(seen.run, study, seen.part)
    view = backend.engine().view(spec.key) if spec.key in backend.store() else None
    if view is not None and view.is_live:
        watch(spec.key, _(what))
        return
    if view is not None and view.state.error:
        st.error(escape(f"{_(view.state.error)} {_(view.state.hint)}"), icon=":material/error:")
    st.markdown(words)
    st.button(button, key=f"features.{study}", icon=icon, on_click=_ask, args=(spec, what))


def _ask(spec: FeaturesSpec, what: str) -> None:
    with errors.shown():
        backend.engine().submit(spec, session.session_id(), title=what)
