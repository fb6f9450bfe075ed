"""What a person brought or trained is theirs to pin and to remove, after a question."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

import aecore
from aecore.claims import claim
from aecore.jobs import pins
from aecore.jobs.engines import close_engines
from aecore.jobs.lifetime import UPLOADS_DAYS
from aecore.runs import OpenRun
from aecore.specs.run import RunSpec
from aecore.specs.studies import CodesSpec
from aecore.store import Store
from pages.ui import mine, session_list
from pages.ui.app import gate
from tests.pages.conftest import SESSION, OpenPage, Visitor, said
from tests.pages.test_data import OTHER_SESSION, png, upload
from tests.pages.test_photos import FILES, seen_stage
from tests.pages.test_photos import upload as upload_photos


@pytest.fixture
def my_run(run: OpenRun, store: Store) -> str:
    session_list.remember(store, SESSION, run.key)
    return run.key


def keys_of(app: AppTest) -> set[str]:
    return {button.key or "" for button in app.button}


def removed(app: AppTest) -> AppTest:
    """Yes, remove it."""
    app.button(key="mine.remove").click().run()
    assert not app.exception, app.exception
    return app


def test_a_run_is_removed_from_its_card_after_a_question(
    open_page: OpenPage, store: Store, my_run: str
) -> None:
    codes = store.create(CodesSpec(run=my_run, epochs=2))
    app = open_page("start")
    app.button(key=f"card.{my_run}.remove").click().run()
    assert "This run will be removed, and with it: a result computed from it" in said(app)
    assert "Everything else stays" in said(app)
    assert my_run in store  # nothing yet
    removed(app)
    assert my_run not in store
    assert codes.key not in store
    assert "The models you train appear here" in said(open_page("start"))


def test_the_run_that_is_open_is_removed_and_the_page_goes_on_without_it(
    open_page: OpenPage, store: Store, my_run: str
) -> None:
    app = open_page("train", run=my_run)
    app.button(key="train.own.remove").click().run()
    removed(app)
    assert my_run not in store
    assert "run" not in app.query_params
    assert not app.error
    assert app.button(key="train.start")


def test_who_was_given_a_link_can_neither_remove_nor_pin(
    open_page: OpenPage, my_run: str, visitor: Visitor
) -> None:
    visitor(OTHER_SESSION)
    assert not {"train.own.remove", "train.own.pin"} & keys_of(open_page("train", run=my_run))


def test_what_a_job_is_at_stays_and_it_is_said(
    open_page: OpenPage, store: Store, my_run: str
) -> None:
    codes = store.create(CodesSpec(run=my_run, epochs=2))
    held = claim(store, codes.key)
    assert held is not None
    app = open_page("start")
    app.button(key=f"card.{my_run}.remove").click().run()
    assert "A job that runs or waits needs it" in said(app)
    assert "mine.remove" not in keys_of(app)
    held.release()


def test_what_two_trained_leaves_one_list(open_page: OpenPage, store: Store, my_run: str) -> None:
    session_list.remember(store, OTHER_SESSION, my_run)
    app = open_page("start")
    app.button(key=f"card.{my_run}.remove").click().run()
    assert "another person uses it too" in said(app)
    removed(app)
    assert my_run in store
    assert session_list.keys_of(store, SESSION) == []
    assert session_list.keys_of(store, OTHER_SESSION) == [my_run]


def test_a_pin_is_set_and_taken_back_and_bounded_in_a_class(
    open_page: OpenPage, store: Store, my_run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("start")
    app.button(key=f"card.{my_run}.pin").click().run()
    assert store.pinned_by(my_run) == {SESSION}
    assert "Click to unpin" in app.button(key=f"card.{my_run}.pin").help
    app.button(key=f"card.{my_run}.pin").click().run()
    assert store.pinned_by(my_run) == set()
    monkeypatch.setattr(gate, "is_public", lambda: True)
    monkeypatch.setattr(pins, "SHARE_IN_A_CLASS", 1e-9)
    app.button(key=f"card.{my_run}.pin").click().run()
    assert store.pinned_by(my_run) == set()
    assert "may be pinned by one person" in said(app)


# What was brought --------------------------------------------------------------------------


def test_a_set_goes_with_what_was_sent_and_trained_and_not_from_under_another(
    open_page: OpenPage, store: Store
) -> None:
    aecore.load("mnist-5k", store=store)
    app = upload(open_page("data"), {f"{i}.png": png(i) for i in range(8)})
    key = app.query_params["data"]
    run = store.create(RunSpec(data=key))
    session_list.remember(store, OTHER_SESSION, run.key)
    app.button(key="data.own.remove").click().run()
    assert "A run of another person needs it" in said(app)
    (store.root / "sessions" / OTHER_SESSION / run.key).rename(
        store.root / "sessions" / SESSION / run.key
    )
    app = open_page("data", data=key)
    app.button(key="data.own.remove").click().run()
    assert "a run that was trained on it, the files that you sent" in said(app)
    removed(app)
    assert {key, run.key}.isdisjoint(store.keys())
    assert list(store.uploads.iterdir()) == []
    assert f"data.open.{key}" not in keys_of(app)


def test_what_could_not_be_brought_in_is_removed_too(open_page: OpenPage, store: Store) -> None:
    app = upload(open_page("data"), {"notes.txt": b"only words"})
    assert len(list(store.uploads.iterdir())) == 1
    app.button(key="data.failed.remove").click().run()
    removed(app)
    assert list(store.uploads.iterdir()) == []


@pytest.mark.usefixtures("nothing_begins")
def test_a_photograph_goes_with_what_was_made_of_it(open_page: OpenPage, store: Store) -> None:
    with seen_stage():
        app = upload_photos(open_page("photos"), FILES)
        one, two = app.query_params["photos.of"].split(",")
        for key in set(store.keys("restored")):  # which waits: give it up
            store.remove(key)
        close_engines()
        app.button(key="photos.own.remove").click().run()
        assert "This photograph will be removed. " in said(app)
        removed(app)
    assert one not in store
    assert two in store
    assert app.query_params["photos.of"] == two


def test_how_long_it_is_kept_is_said_where_it_is_brought(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(UPLOADS_DAYS, raising=False)
    words = "after the last use"
    mine.settle_lifetime()
    assert mine.kept_for() == ""
    monkeypatch.setattr(gate, "is_public", lambda: True)
    monkeypatch.setenv(UPLOADS_DAYS, "")  # so that it is taken back after the test
    monkeypatch.delenv(UPLOADS_DAYS)
    mine.settle_lifetime()
    assert mine.kept_for() == "Kept here for 30 days after the last use."
    app = open_page("data")
    app.segmented_control(key="data.way").set_value("own").run()
    assert words in said(app)
