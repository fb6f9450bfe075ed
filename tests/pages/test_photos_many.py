"""Several photographs at once: what waits, what was stopped, and what goes on."""

from __future__ import annotations

import io
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from aecore.photos.jobs.clean import restore_spec
from aecore.photos.kept import keep_photo
from aecore.store import Store
from pages.ui import backend
from pages.ui.photos import batch
from tests.pages.conftest import OpenPage, said

N_PHOTOS = 6
pytestmark = pytest.mark.usefixtures("nothing_begins")


def a_photograph(seed: int) -> bytes:
    file = io.BytesIO()
    x = np.random.default_rng(seed).integers(0, 255, (24, 32, 3), np.uint8)
    Image.fromarray(x).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def photos(store: Store) -> list[str]:
    """Keys of photographs that were brought."""
    return [keep_photo(store, a_photograph(seed)) for seed in range(N_PHOTOS)]


@pytest.fixture
def app(photos: list[str], open_page: OpenPage) -> AppTest:
    """The page on all of them; the first is looked at."""
    with patch.object(batch, "gallery", return_value=None):
        yield open_page("photos", **{"photos.way": "upload", "photos.of": ",".join(photos)})


def live(photos: list[str]) -> list[int]:
    """Which of the photographs are waiting for, or at, their cleaning."""
    store, engine = backend.store(), backend.engine()
    keys = [restore_spec(photo).key for photo in photos]
    return [i for i, key in enumerate(keys) if key in store and engine.view(key).is_live]


def test_as_many_are_asked_for_as_a_session_may_have_unfinished(
    app: AppTest, photos: list[str]
) -> None:
    assert live(photos) == [0, 1, 2, 3]
    assert f"0 of {N_PHOTOS} are cleaned" in said(app)
    assert app.button(key="photos.stop").label == "Stop"


def test_of_more_than_thirty_the_first_are_taken_and_it_is_said(open_page: OpenPage) -> None:
    with patch.object(batch, "gallery", return_value=None):
        app = open_page("photos", **{"photos.way": "upload"})
        for seed in range(31):
            app.file_uploader(key="photos.files").upload(f"{seed}.png", a_photograph(seed))
        app.run()
        assert "The first 30 were added." in said(app)
        keys = app.query_params["photos.of"].split(",")
        assert len(set(keys)) == 30
        assert "0 of 30 are cleaned" in said(app)


def test_stop_stops_all_of_them_also_the_one_that_is_looked_at(
    app: AppTest, photos: list[str]
) -> None:
    app.button(key="photos.stop").click().run()
    assert live(photos) == []
    app.run()
    assert live(photos) == []
    assert "was stopped" in said(app)
    assert app.button(key="photos.stop").label == "Resume"


def test_go_on_asks_again_also_for_those_whose_job_was_stopped_while_it_ran(
    app: AppTest, photos: list[str], store: Store
) -> None:
    app.button(key="photos.stop").click().run()
    for photo in photos:  # as a worker leaves what it was at
        store.create(restore_spec(photo)).set_state(status="stopped")
    app.run()
    assert live(photos) == []
    app.button(key="photos.stop").click().run()
    assert live(photos) == [0, 1, 2, 3]
    for photo in photos[:2]:
        backend.engine().stop(restore_spec(photo).key, app.session_state["session.id"])
        store.artifact(restore_spec(photo).key).set_state(status="failed", error="It broke.")
    app.run()
    assert live(photos) == [2, 3, 4, 5]  # the rest follow, though they were stopped too


def test_what_one_stop_stopped_does_not_hold_back_other_photographs(
    app: AppTest, photos: list[str], store: Store
) -> None:
    app.button(key="photos.stop").click().run()
    app.selectbox(key="photos.method").set_value("tv").run()
    key = restore_spec(photos[0], "tv").key
    assert backend.engine().view(key).status == "queued"
    assert "was stopped" not in said(app)
