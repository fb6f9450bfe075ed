"""What the system ended twice is told, and waits for a person: no page asks again by itself."""

from __future__ import annotations

import pytest

from aecore.jobs.engines import engine
from aecore.photos.jobs.clean import restore_spec
from aecore.specs.data import DataSpec
from aecore.store import Store
from tests.pages.conftest import OpenPage, said

ERROR = "The system ended the work once, most likely because memory ran out (exit code -9)."


@pytest.mark.usefixtures("nothing_begins")
def test_data_whose_worker_was_killed_is_asked_for_by_a_button_alone(
    open_page: OpenPage, store: Store
) -> None:
    data = store.create(DataSpec(), title="MNIST, 5,000 digits")
    data.set_state(status="running", n_deaths=1, error=ERROR)
    app = open_page("data")
    assert ERROR in said(app)
    assert engine(store).view(data.key).status == "interrupted"
    app.button("data.again").click().run()
    assert engine(store).view(data.key).status == "queued"


@pytest.mark.usefixtures("nothing_begins")
def test_data_that_an_app_left_when_it_ended_is_asked_for_by_itself(
    open_page: OpenPage, store: Store
) -> None:
    data = store.create(DataSpec(), title="MNIST, 5,000 digits")
    data.set_state(status="running")
    open_page("data")
    assert engine(store).view(data.key).status == "queued"


@pytest.mark.parametrize("status", ["running", "failed"])
@pytest.mark.usefixtures("nothing_begins")
def test_a_photograph_whose_worker_was_killed_is_asked_for_by_a_button_alone(
    open_page: OpenPage, store: Store, status: str
) -> None:
    app = open_page("photos")
    (key,) = store.keys("restored")
    engine(store).stop(key, None)
    store.artifact(key).set_state(status=status, n_deaths=1, error=ERROR, hint="Something smaller.")
    app.run()
    assert ERROR in said(app)
    assert "Something smaller." in said(app)
    assert not engine(store).view(key).is_live
    app.button(f"asked.again.{key}").click().run()
    assert engine(store).view(key).status == "queued"
    assert restore_spec(store.artifact(key).spec.photo).key == key
