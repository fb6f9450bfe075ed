"""The frame: every page stands in it, knows its session, and survives a dead link."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from aecore.store import Store
from pages.ui import shelf
from tests.pages.conftest import ROOT, SESSION, OpenPage


@pytest.mark.parametrize(
    ("page", "title"), [("data", "Data"), ("train", "Train"), ("reconstruct", "Reconstruct")]
)
def test_each_page_has_its_title(open_page: OpenPage, page: str, title: str) -> None:
    app = open_page(page)
    assert [found.value for found in app.title] == [title]


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
