"""Jobs: what runs and what waits, mine by name, another's by its kind, and who may stop it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from aecore.errors import AecoreError
from aecore.jobs.askers import COMMAND_LINE, Askers
from aecore.jobs.engines import engine
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from aecore.store import Store
from pages.ui import teacher
from pages.ui.jobs import job_list
from tests.pages.conftest import SESSION, OpenPage, said

OTHER = "f" * 24


@pytest.fixture(autouse=True)
def no_key() -> Iterator[None]:
    """The key of a class server is this process's: each test begins and ends without one."""
    teacher._key.clear()
    teacher._teachers.clear()
    yield
    teacher._key.clear()
    teacher._teachers.clear()


@pytest.fixture
def queued(store: Store, nothing_begins: None) -> dict[str, str]:
    """A training of one's own and two of another visitor's, who wait."""
    data = store.create(DataSpec()).key
    jobs = engine(store)
    titles = {"title": "Secret holiday", "data_title": "own.zip"}
    return {
        "mine": jobs.submit(RunSpec(data=data, seed=1), SESSION, **titles),
        "another": jobs.submit(RunSpec(data=data, seed=2), OTHER, **titles),
        "later": jobs.submit(RunSpec(data=data, seed=3), OTHER, **titles),
    }


def buttons(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def test_without_jobs_it_says_so(open_page: OpenPage) -> None:
    assert "No job is running or waiting." in said(open_page("jobs"))


def test_mine_has_its_name_and_another_s_no_more_than_its_kind(
    open_page: OpenPage, queued: dict[str, str]
) -> None:
    words = said(open_page("jobs"))
    assert words.count("Secret holiday") == words.count("own.zip") == 1
    assert words.count("**Training**") == 2
    assert [words.index(f"number {n} in the queue") > 0 for n in (1, 2, 3)] == [True] * 3


def test_only_mine_can_be_stopped(
    open_page: OpenPage, queued: dict[str, str], store: Store
) -> None:
    app = open_page("jobs")
    assert buttons(app) == {f"jobs.stop.{queued['mine']}"}
    app.button(f"jobs.stop.{queued['mine']}").click().run()
    assert "Secret holiday" not in said(app)
    assert engine(store).view(queued["mine"]).n_askers == 0
    assert engine(store).view(queued["another"]).status == "queued"


def test_what_the_command_line_computes_is_in_the_list(open_page: OpenPage, store: Store) -> None:
    askers = Askers(store)
    askers.set(store.create(DataSpec()).key, {COMMAND_LINE})
    app = open_page("jobs")
    assert "Importing the samples" in said(app)
    assert "command line" in said(app)
    askers.close()


def test_who_enters_the_teacher_s_key_may_stop_anything(
    open_page: OpenPage, queued: dict[str, str], store: Store
) -> None:
    key = teacher.new_key()
    app = open_page("jobs")
    app.text_input("jobs.key").input("not this")
    app.button[-1].click().run()
    assert "This is not the teacher's key." in app.error[0].value
    teacher._tries.clear()  # the second it has to wait
    app.text_input("jobs.key").input(key.upper().replace("-", " "))
    app.button[-1].click().run()
    assert "you can stop any job" in said(app)
    assert buttons(app) == {f"jobs.stop.{key}" for key in queued.values()}
    app.button(f"jobs.stop.{queued['another']}").click().run()
    assert engine(store).view(queued["another"]).n_askers == 0
    assert queued["another"] not in {job.key for job in job_list.read_queue(store)}
    again = open_page("jobs")  # another visit of the same browser
    assert buttons(again) == {f"jobs.stop.{queued[name]}" for name in ("mine", "later")}


def test_a_private_app_asks_for_no_key(open_page: OpenPage) -> None:
    assert not open_page("jobs").text_input


def test_guesses_have_to_wait_longer_and_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(teacher.time, "monotonic", lambda: now[0])
    key = teacher.new_key()
    assert not set(key) & set("01ilo")
    for wait_s in (1, 2, 4, 8, 16, 32, 60, 60):
        with pytest.raises(AecoreError, match="not the teacher's key"):
            teacher.enter(SESSION, "guess")
        now[0] += wait_s - 0.1
        with pytest.raises(AecoreError, match="too soon"):
            teacher.enter(SESSION, key)
        now[0] += 0.2
    assert not teacher.is_teacher(SESSION)
    teacher.enter(SESSION, key)
    assert teacher.is_teacher(SESSION)
    assert not teacher.is_teacher(OTHER)
    teacher.new_key()  # a server that starts anew
    assert not teacher.is_teacher(SESSION)
