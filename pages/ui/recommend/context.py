"""What the page Recommend looks at: a run on baskets or ratings, and how well it suggests."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import streamlit as st

from aecore.api import lab
from aecore.artifact import Artifact
from aecore.data.facts import facts_of
from aecore.data.samples import SampleSet
from aecore.data.sources import SOURCES
from aecore.recipes import recipe
from aecore.runs import OpenRun
from aecore.specs.run import RunSpec
from aecore.studies.recommend.study import recommend_spec
from aecore.studies.recommend.suggest import Recommender
from pages.ui import backend, errors, job_requests, pick_run, session
from pages.ui.job_progress import watch
from pages.ui.translation import _

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

_RECIPE, _SOURCE = "mult-dae", "baskets"


def require(bar: DeltaGenerator) -> Artifact:
    """The run that suggests, chosen in the bar; without one on baskets the page offers one."""
    with bar:
        artifact = pick_run.pick("recommend")
    if artifact is None:
        _offer(_("**No run on baskets or ratings yet.**"))
    spec = artifact.spec
    facts = facts_of(backend.store().artifact(spec.data)) if isinstance(spec, RunSpec) else None
    if facts is not None and (facts.is_texts or not facts.is_sparse):
        kind = _("rows of a table")
        kind = _("pictures") if facts.is_pictures else _("texts") if facts.is_texts else kind
        _offer(
            _("**This run was trained on {kind}.** Suggestions need baskets or ratings.", kind=kind)
        )
    if backend.engine().view(artifact.key).is_live:  # half trained, it suggests nothing sensible
        watch(artifact.key, _("Training {run_title}", run_title=pick_run.run_title(artifact.key)))
        st.stop()
    if not pick_run.has_weights(artifact):
        pick_run.gate_no_epoch(artifact)
    pick_run.gate_no_data(artifact)
    return artifact


def _offer(words: str) -> NoReturn:
    with st.container(border=True, key="recommend.gate"):
        st.markdown(
            _(
                "{words} Shopping baskets made by us come with the app: 2,000 customers, 120 "
                "groceries, and tastes that are planted. Mult-DAE learns them in about a minute.",
                words=words,
            )
        )
        with st.container(horizontal=True):
            st.button(
                _("Train Mult-DAE on shopping baskets"),
                key="recommend.train",
                type="primary",
                icon=":material/model_training:",
                on_click=_train,
            )
            if st.button(_("Import your own"), key="recommend.bring", icon=":material/upload:"):
                session.go_to("data")
    st.stop()


def _train() -> None:
    with errors.shown():
        spec = lab.run_spec(_RECIPE, _SOURCE, store=backend.store())
        about = {"recipe": _RECIPE, "data_title": SOURCES[_SOURCE].title}
        title = recipe(_RECIPE).title
        key = backend.engine().submit(spec, session.session_id(), title=title, **about)
        session.remember(key)
        session.choose("run", key)


def recommender_of(run: OpenRun, samples: SampleSet) -> Recommender:
    """The run with the simple methods beside it; a job fits and judges them first."""
    spec = recommend_spec(run)
    job_requests.replace_request("recommend.asked", spec.key)
    artifact = job_requests.require_done(spec, _("Judging the suggestions on held-out people"))
    return _opened(str(artifact.path), artifact.key, run, samples)


@st.cache_resource(max_entries=4, show_spinner=False)
def _opened(path: str, key: str, _run: OpenRun, _samples: SampleSet) -> Recommender:
    """`path` tells stores apart."""
    return Recommender(_run, _samples, backend.store().artifact(key))
