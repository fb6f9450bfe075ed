"""The film of a training: shown as it was recorded, written when asked, missed in a sentence."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import aecore
from aecore.api import lab
from aecore.claims import claim
from aecore.figures.payload import unpack
from aecore.runs import OpenRun
from aecore.store import Store
from aecore.training.keyframes import Keyframes, kept_epochs, read_keyframe
from pages.ui.map import film as film_view
from tests.pages.conftest import OpenPage, said


@pytest.fixture(autouse=True)
def no_film_is_kept() -> None:
    film_view._made.clear()


@contextmanager
def sent() -> Iterator[SimpleNamespace]:
    """What the browser is sent of a film."""
    found = SimpleNamespace(n=0)

    def mounted(*, key: str, data: bytes) -> None:
        found.n += 1
        found.key, (found.head, found.arrays) = key, unpack(data)

    with patch.object(film_view, "component", lambda name: mounted if name == "film" else None):
        yield found


def labels(app: AppTest) -> list[str]:
    return [str(found.proto.label) for found in app.get("download_button")]


def asked_for(open_page: OpenPage, run: OpenRun, **address: str) -> AppTest:
    return open_page("map", run=run.key, **{"map.show": "film", **address})


def test_a_link_opens_the_film_as_it_was_recorded_and_computes_no_map(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    with sent() as film:
        app = asked_for(open_page, run)
    artifact = store.artifact(run.key)
    assert film.head["epochs"] == kept_epochs(artifact)
    assert film.head["epochs"][0] == 0
    assert film.head["names"] == list("0123456789")
    assert np.array_equal(film.arrays["label"], artifact.read_array("view-labels.npy"))
    sheet = Image.open(io.BytesIO(film.arrays["sheet"].tobytes())).convert("L")
    H, W = film.head["sheet"]["tile"]
    last = np.asarray(sheet)[film.arrays["row"][-1] * H :][:H, :W]
    kept = read_keyframe(artifact, 2)
    assert kept is not None
    assert kept.pictures is not None
    assert np.array_equal(last, kept.pictures[0, 0])
    assert "a point moves when its code does" in said(app)
    assert labels(app) == ["Film as GIF", "Film as a page"]
    assert store.keys("codes") == store.keys("map") == []


def test_the_control_turns_from_the_map_to_the_film(open_page: OpenPage, run: OpenRun) -> None:
    with sent() as film:
        app = open_page("map", run=run.key)
        assert film.n == 0
        app.segmented_control(key="map.show").set_value("film").run()
        assert film.n == 1
    assert not app.exception


def test_files_are_made_only_when_asked_and_are_those_of_the_film(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    made: list[str] = []
    with (
        sent(),
        patch.object(film_view, "_gif", lambda film: made.append("gif")),
        patch.object(film_view, "_page", lambda film: made.append("page")),
    ):
        asked_for(open_page, run)
    assert made == []
    film = aecore.training_film(run, store=store)
    with patch.object(film_view.backend, "store", lambda: store):
        page = film_view._page(film)
        assert f"<title>{lab.title(store, run.key)}</title>" in page
        with Image.open(io.BytesIO(film_view._gif(film))) as gif:
            assert gif.format == "GIF"


def test_a_run_without_a_film_says_so_and_leads_to_its_training(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    shutil.rmtree(store.artifact(run.key).path / "film")
    app = asked_for(open_page, run)
    assert "has no film of its training" in said(app)
    assert "continue its training" in said(app)
    app.button(key="map.to_training").click().run()
    assert not app.exception
    assert app.title[0].value == "Train"
    assert app.query_params["run"] == run.key


def test_a_film_that_grew_is_sent_anew_and_one_that_did_not_is_the_same(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    messages: list[Any] = []
    with patch.object(film_view, "component", lambda _: lambda **sent: messages.append(sent)):
        app = asked_for(open_page, run)
        app.run()
        film = Keyframes(store.artifact(run.key))
        film.keep(3, np.ones((1000, run.n_dims), np.float32), None)
        app.run()
    first, again, grown = (unpack(message["data"]) for message in messages)
    assert first[0] == again[0]
    assert first[0]["rev"] != grown[0]["rev"]
    assert grown[0]["epochs"] == [*first[0]["epochs"], 3]


def test_a_run_that_is_trained_just_now_shows_what_there_is_of_it(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    artifact = store.artifact(run.key)
    artifact.set_state(status="running", n_done=1000, n_total=2000)
    Keyframes(artifact).forget_after(1)
    held = claim(store, run.key)
    assert held is not None
    with held.keep(), sent() as film:
        app = asked_for(open_page, run)
    assert film.head["epochs"] == [0, 1]
    assert "Shown after epoch **1** of 2." in said(app)


def test_the_train_page_leads_to_the_film(open_page: OpenPage, run: OpenRun) -> None:
    app = open_page("train", run=run.key)
    with sent() as film:
        app.button(key="train.film").click().run()
    assert not app.exception
    assert app.title[0].value == "Latent map"
    assert film.head["key"] == run.key
