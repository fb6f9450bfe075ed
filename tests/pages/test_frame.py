"""The frame: every page stands in it, knows its session, and survives a dead link."""

from __future__ import annotations

import pytest

from pages.ui import shelf
from tests.pages.conftest import SESSION, OpenPage, Visitor


@pytest.mark.parametrize(
    ("page", "title"), [("data", "Data"), ("train", "Train"), ("reconstruct", "Reconstruct")]
)
def test_each_page_has_its_title(open_page: OpenPage, page: str, title: str) -> None:
    app = open_page(page)
    assert [found.value for found in app.title] == [title]


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
    assert all(shelf.SESSION_PATTERN.match(session) for session in found)
    (said,) = [caption.value for caption in open_page().caption if "cookie" in caption.value]
    assert "forgotten when this page is reloaded" in said


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
    assert app.query_params == {"run": key}
