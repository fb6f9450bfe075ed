"""What is said of a job: its place in the queue, how far it is, and what waits for others."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from aecore.jobs.view import JobView
from aecore.recipes import recipe
from aecore.specs.data import DataSpec
from aecore.store import State, Store
from pages.ui import backend
from pages.ui.job_progress import status_text
from pages.ui.train import run_panel
from tests.pages.conftest import SESSION, OpenPage, said


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (JobView("queued", State()), "waiting"),
        (JobView("queued", State(), place=3), "waiting, number 3 in the queue"),
        (
            JobView("queued", State("paused"), place=2),
            "waiting for its next turn, number 2 in the queue",
        ),
        (
            JobView("queued", State(), place=1, wait_s=200),
            "waiting, number 1 in the queue, starts in about 3 min",
        ),
        (JobView("running", State()), "starting"),
        (
            JobView("running", State(phase="encoding", n_done=1200, n_total=5000, eta_s=7.0)),
            "encoding, 1,200 of 5,000, about 7 s left",
        ),
    ],
)
def test_a_job_is_told_in_words(view: JobView, words: str) -> None:
    assert status_text(view) == words


@pytest.mark.parametrize(
    ("place", "wait_s", "words"),
    [
        (None, None, "Waiting: in the queue"),
        (2, None, "Waiting: place 2 in the queue"),
        (2, 4000.0, "Waiting: place 2 in the queue, about 67 min to wait"),
    ],
)
def test_a_training_that_waits_says_where_it_stands(
    place: int | None, wait_s: float | None, words: str
) -> None:
    assert run_panel._how_far(JobView("queued", State(), place, wait_s), []) == words


@pytest.mark.usefixtures("nothing_begins")
def test_the_train_page_shows_the_place_in_the_queue(store: Store, open_page: OpenPage) -> None:
    data = store.create(DataSpec())
    specs = [recipe(name).spec(data.key) for name in ("vae", "undercomplete")]
    for spec, session in zip(specs, ("another", SESSION), strict=True):
        backend.engine().submit(spec, session)
    app = open_page("train", run=specs[1].key)
    assert app.get("progress")[0].proto.text == "Waiting: place 2 in the queue"


def _asking() -> None:
    import streamlit as st

    from aecore.specs.data import DataSpec
    from pages.ui import job_requests, session

    session.begin()
    wanted = [(DataSpec(seed=seed), f"Set {seed}") for seed in range(6)]
    st.markdown(f"all there: {job_requests.request_all(wanted)}")


@pytest.mark.usefixtures("nothing_begins")
def test_what_the_queue_does_not_take_waits_and_is_asked_for_as_others_are_done(
    store: Store,
) -> None:
    app = AppTest.from_function(_asking, default_timeout=60)
    app.query_params["s"] = SESSION
    app.run()
    keys = [DataSpec(seed=seed).key for seed in range(6)]
    assert [backend.engine().view(key).status for key in keys[:4]] == ["queued"] * 4
    assert [key in store for key in keys[4:]] == [False, False]
    for seed in (4, 5):
        assert f"Set {seed}: waiting until your other jobs are done." in said(app)
    assert "all there: False" in said(app)
    backend.engine().stop(keys[0], SESSION)
    store.artifact(keys[0]).set_state(status="done")
    app.run()
    assert backend.engine().view(keys[4]).status == "queued"
    assert "Set 4" not in said(app).replace("**Set 4**", "")
    assert "Set 5: waiting until your other jobs are done." in said(app)
