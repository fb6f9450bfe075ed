"""What the page Search looks at: a run on texts, and the search that was computed of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import streamlit as st

from aecore.artifact import Artifact
from aecore.data.facts import facts_of
from aecore.data.sources import SOURCES
from aecore.errors import AecoreError
from aecore.recipes import fitted, recipe, title_of
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from pages.ui import backend, job_requests, pick_run, session
from pages.ui.job_progress import watch
from pages.ui.markdown import escape
from pages.ui.translation import _, mark

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from aecore.data.samples import SampleSet
    from aecore.runs import OpenRun
    from aecore.studies.text_search import TextSearch, TextSpace
    from aecore.studies.text_study import TextStudy

_NOTES = DataSpec(source="notes")
_WANTED = "session.search_notes"

METHODS: dict[TextSpace, str] = {"code": mark("Code"), "lsa": "LSA", "tfidf": "TF-IDF"}
ABOUT: dict[TextSpace, str] = {
    "code": mark("Cosine of the codes: texts that the model sees as speaking of the same."),
    "lsa": mark(
        "Cosine after latent semantic analysis (truncated SVD), as many numbers as the code."
    ),
    "tfidf": mark("Cosine of the weighted words: only texts that share words are found."),
}


@dataclass(frozen=True)
class SearchContext:
    """What the page looks at.

    Parameters
    ----------
    study
        What was computed of the run.
    search
        Answers queries.
    """

    run: OpenRun
    samples: SampleSet
    study: TextStudy
    search: TextSearch


def search_of(run: OpenRun, samples: SampleSet) -> SearchContext:
    """The search of a run's texts; a job computes it, and the page stops here until it is done."""
    from aecore.studies.text_study import search_spec

    spec = search_spec(run)
    job_requests.replace_request("search.asked", spec.key)
    artifact = job_requests.require_done(spec, _("Indexing the texts and judging the search"))
    study, search = _loaded(str(artifact.path), artifact.key, run, samples)
    return SearchContext(run, samples, study, search)


@st.cache_resource(max_entries=6, show_spinner=False)
def _loaded(
    path: str, key: str, _run: OpenRun, _samples: SampleSet
) -> tuple[TextStudy, TextSearch]:
    """`path` tells stores apart."""
    from aecore.studies.text_study import load_text_study

    study = load_text_study(backend.store().artifact(key))
    return study, study.search(_run, _samples)


# The run -------------------------------------------------------------------------------------


def require_text_run(bar: DeltaGenerator) -> Artifact:
    """The run that is searched by, chosen in the bar; without one on texts the page stops."""
    if st.session_state.get(_WANTED):
        _train_on_notes()
    with bar:
        artifact = pick_run.pick("search")
    if artifact is None or not _is_of_texts(artifact):
        _gate_no_text_run(artifact)
    if backend.engine().view(artifact.key).is_live:
        watch(artifact.key, _("Training {run_title}", run_title=pick_run.run_title(artifact.key)))
        st.stop()
    if not pick_run.has_weights(artifact):
        pick_run.gate_no_epoch(artifact)
    return artifact


def _is_of_texts(artifact: Artifact) -> bool:
    if not isinstance(artifact.spec, RunSpec):
        return False
    try:
        data = backend.store().artifact(artifact.spec.data).spec
    except AecoreError:
        return False
    return isinstance(data, DataSpec) and (data.texts is not None or data.source == "notes")


def _gate_no_text_run(artifact: Artifact | None) -> NoReturn:
    """Say what is missing, with the buttons that mend it."""
    words = (
        _("**No model of texts is trained yet.**")
        if artifact is None
        else _(
            "**{run_title} was not trained on texts.**",
            run_title=escape(pick_run.run_title(artifact.key)),
        )
    )
    others = [
        key for key in session.remembered("run") if _is_of_texts(backend.store().artifact(key))
    ]
    with st.container(border=True, key="gate.no_texts"):
        st.markdown(
            _(
                "{words} A model of texts finds those that speak of the same, even where they "
                "share no word. Train one on the 900 short notes that come with the app (some "
                "seconds), or import your own texts on the page Data.",
                words=words,
            )
        )
        with st.container(horizontal=True):
            if others:
                st.button(
                    _("Open {run_title}", run_title=escape(pick_run.run_title(others[0]))),
                    key="gate.texts",
                    type="primary",
                    icon=":material/visibility:",
                    on_click=session.choose,
                    args=("run", others[0]),
                )
            if st.button(
                _("Train on the notes"),
                key="gate.notes",
                type="secondary" if others else "primary",
                icon=":material/model_training:",
            ):
                st.session_state[_WANTED] = True
                st.rerun()
            if st.button(_("Import own texts"), key="gate.data", icon=":material/upload:"):
                session.go_to("data")
    st.stop()


def _train_on_notes() -> None:
    """Ask for a run on the notes that ship, and open it; the page stops until they are there."""
    title = SOURCES["notes"].title
    data = job_requests.require_done(_NOTES, _("Importing {title}", title=_(title)))
    facts = facts_of(data)
    settings = fitted(recipe("texts").settings, is_pictures=False, scale="unit", facts=facts)
    spec = RunSpec.of(data=data.key, **settings)
    about = {"title": title_of(spec, facts), "recipe": "texts", "data_title": title}
    key = backend.engine().submit(spec, session.session_id(), **about)
    del st.session_state[_WANTED]
    session.remember(key)
    session.choose("run", key)
