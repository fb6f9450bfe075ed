"""The frame: every page stands in it, knows its session, and survives a dead link."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from streamlit.testing.v1 import AppTest

from aecore.specs import DataSpec, RunSpec
from aecore.store import Store
from pages.ui import shelf, warm
from tests.pages.conftest import ROOT, SESSION, OpenPage

TITLES = {
    "start": "See what an autoencoder sees",
    "data": "Data",
    "train": "Train",
    "reconstruct": "Reconstruct",
    "map": "Latent map",
    "walk": "Walk",
    "units": "Units",
    "features": "Features",
    "denoise": "Denoise",
    "photos": "Photos",
    "compare": "Compare",
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


def test_the_session_of_the_address_is_taken_up_again(open_page: OpenPage) -> None:
    app = open_page()
    assert app.session_state["session.id"] == SESSION
    assert app.query_params["s"] == SESSION


@pytest.mark.parametrize("forged", ["", "../../etc/passwd", "0123", "0" * 25, "Z" * 24])
def test_a_forged_session_id_is_replaced_by_a_new_one(store: Store, forged: str) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["s"] = forged
    app.run()
    found = app.session_state["session.id"]
    assert found != forged
    assert shelf.SESSION_PATTERN.match(found)


def test_a_page_switch_keeps_run_and_session_in_the_address(open_page: OpenPage) -> None:
    key = "run-" + "0" * 24
    app = open_page(run=key)
    app.switch_page("pages/data.py").run()
    assert app.query_params["run"] == key
    assert app.query_params["s"] == SESSION


def _script_whose_page_stops() -> None:
    import streamlit as st

    from pages.ui import frame

    def page() -> None:
        st.markdown("begun")
        st.stop()

    frame.show(st.navigation([st.Page(page, title="Stopping")]))


def test_a_page_that_stops_ends_alone_and_its_script_runs_to_the_end(store: Store) -> None:
    """After a script that was stopped, Streamlit would keep what polled on the page before."""
    with patch.object(warm, "after_first_paint") as last_of_the_script:
        app = AppTest.from_function(_script_whose_page_stops, default_timeout=60).run()
    assert app.markdown[0].value == "begun"
    last_of_the_script.assert_called_once()
