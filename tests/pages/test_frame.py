"""The frame: every page stands in it, knows its session, and survives a dead link."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from streamlit.testing.v1 import AppTest

from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from aecore.store import Store
from pages.ui import session_list
from pages.ui.app import preload
from tests.pages.conftest import ROOT, SESSION, OpenPage, Visitor

TITLES = {
    "start": "See what an autoencoder sees",
    "data": "Data",
    "train": "Train",
    "reconstruct": "Reconstruct",
    "map": "Latent map",
    "walk": "Walk",
    "units": "Units",
    "features": "Features",
    "search": "Search",
    "anomalies": "Anomalies",
    "similar": "Similar",
    "recommend": "Recommend",
    "denoise": "Denoise",
    "photos": "Photos",
    "compare": "Compare",
    "jobs": "Jobs",
}


def test_there_is_a_title_for_every_page() -> None:
    assert set(TITLES) == {path.stem for path in ROOT.glob("pages/[a-z]*.py")}


@pytest.mark.parametrize("page", TITLES)
@pytest.mark.usefixtures("nothing_begins")
def test_each_page_has_its_title_and_stands_before_anything_is_trained(
    open_page: OpenPage, page: str
) -> None:
    app = open_page(page)
    assert [found.value for found in app.title] == [TITLES[page]]
    assert not app.error


def test_a_page_that_a_callback_asks_for_is_turned_to_wherever_its_button_stands(
    open_page: OpenPage, store: Store
) -> None:
    run = store.create(RunSpec(data=DataSpec().key))
    app = open_page("train", run=run.key)
    app.session_state["session.go"] = ("map", {"map.show": "film"})
    app.run()
    assert app.title[0].value == "Latent map"
    assert app.query_params["run"] == run.key
    assert app.session_state["link.map.show"] == "film"


def test_the_session_of_the_cookie_is_taken_up_again(open_page: OpenPage) -> None:
    app = open_page()
    assert app.session_state["session.id"] == SESSION
    assert not any("cookie" in found.value for found in app.caption)


@pytest.mark.parametrize("page", ["start", "train"])
def test_an_address_never_says_who_looks(open_page: OpenPage, page: str) -> None:
    app = open_page(page, s="f" * 24)
    assert app.session_state["session.id"] == SESSION
    assert "s" not in app.query_params
    assert SESSION not in str(app.query_params)


def test_without_a_cookie_the_session_is_new_and_said_to_end(
    open_page: OpenPage, visitor: Visitor
) -> None:
    visitor(None)
    found = [open_page().session_state["session.id"] for _ in range(2)]
    assert found[0] != found[1]
    assert all(session_list.SESSION_PATTERN.match(session) for session in found)
    (said,) = [caption.value for caption in open_page().caption if "cookie" in caption.value]
    assert "lost when this page is reloaded" in said


@pytest.mark.parametrize(
    "value", ["inf", "-inf", "1e400", "9" * 400, "9" * 5000, "-" + "9" * 5000, "1" * 310 + ".5"]
)
@pytest.mark.parametrize("name", ["train.seed", "train.batch_size", "train.n_epochs"])
def test_a_number_without_end_in_the_address_breaks_no_page(
    open_page: OpenPage, name: str, value: str
) -> None:
    app = open_page("train", **{name: value})
    assert [found.value for found in app.title] == ["Train"]
    assert name not in app.query_params


def test_a_page_switch_keeps_the_run_in_the_address(open_page: OpenPage) -> None:
    key = "run-" + "0" * 24
    app = open_page(run=key)
    app.switch_page("pages/data.py").run()
    assert app.query_params["run"] == key
    assert SESSION not in str(app.query_params)


def _script_whose_page_stops() -> None:
    import streamlit as st

    from pages.ui import frame

    def page() -> None:
        st.markdown("begun")
        st.stop()

    frame.show(st.navigation([st.Page(page, title="Stopping")]))


def test_a_page_that_stops_ends_alone_and_its_script_runs_to_the_end(store: Store) -> None:
    """After a script that was stopped, Streamlit would keep what polled on the page before."""
    with patch.object(preload, "after_first_paint") as last_of_the_script:
        app = AppTest.from_function(_script_whose_page_stops, default_timeout=60).run()
    assert app.markdown[0].value == "begun"
    last_of_the_script.assert_called_once()
