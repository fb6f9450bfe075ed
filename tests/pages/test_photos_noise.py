"""How much noise is taken is a person's choice: answered at once on a part, then on the whole."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from aecore.artifact import Artifact
from aecore.photos.jobs.clean import RESULT, load_restored, restore_spec
from aecore.photos.kept import keep_photo
from aecore.photos.preview import part_of
from aecore.store import Store
from tests.pages.conftest import OpenPage, bring, said
from tests.pages.test_photos import a_file, cleaned, head_of, seen_stage

NOISE = {"luma_255": 6.0, "colour_255": 2.0, "coarseness": 1.6}


def measured(artifact: Artifact) -> Artifact:
    """As if the network for noise of cameras had measured the noise."""
    result = artifact.read_json(RESULT)
    (artifact.path / RESULT).write_text(json.dumps({**result, "noise": NOISE}), encoding="utf-8")
    return artifact


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = Store(tmp_path_factory.mktemp("noise"))
    measured(cleaned(store, keep_photo(store, a_file(7))))
    return store.root


@pytest.fixture
def photo(computed: Path, store: Store) -> str:
    bring(computed, store)
    return keep_photo(store, a_file(7))


def opened(open_page: OpenPage, photo: str, **more: str) -> AppTest:
    return open_page("photos", **{"photos.way": "upload", "photos.of": photo}, **more)


def test_what_was_estimated_is_shown_and_nothing_is_asked_for(
    photo: str, open_page: OpenPage
) -> None:
    with seen_stage() as mount:
        app = opened(open_page, photo)
    assert "Estimated: brightness 6.0, colour 2.0 of 255." in said(app)
    assert head_of(mount)["preview"] is None
    assert app.slider(key="photos.take.slider").value == 100
    assert not app.error


def test_a_turned_slider_is_answered_on_the_part_that_is_seen(
    photo: str, store: Store, open_page: OpenPage
) -> None:
    with seen_stage() as mount:
        app = opened(open_page, photo, **{"photos.take": "200", "photos.keep": "50"})
        preview = head_of(mount)["preview"]
    assert preview["rect"] == [0, 0, 64, 48]
    content = base64.b64decode(preview["url"].split(",")[1])
    shown = np.asarray(Image.open(io.BytesIO(content)))
    assert shown.shape == (48, 64, 3)
    assert "treated as 7.2 and 4.0." in said(app)  # 200 % of 6, of which 60 % stays
    asked = restore_spec(photo, luma=1.2, chroma=2.0)
    assert asked.key in store
    assert head_of(mount)["rev"] == restore_spec(photo).key


def test_as_estimated_takes_everything_back(photo: str, open_page: OpenPage) -> None:
    with seen_stage() as mount:
        app = opened(open_page, photo, **{"photos.colour": "150", "photos.coarse": "140"})
        assert head_of(mount)["preview"] is not None
        app.button(key="photos.noise.reset").click().run()
        assert head_of(mount)["preview"] is None
    assert app.slider(key="photos.coarse.slider").value == 100


def test_where_nobody_measured_the_noise_there_is_nothing_to_turn(
    store: Store, open_page: OpenPage
) -> None:
    photo = keep_photo(store, a_file(8))
    made = cleaned(store, photo)
    assert load_restored(made).noise is None
    with seen_stage():
        app = opened(open_page, photo)
    assert "photos.take.slider" not in [slider.key for slider in app.slider]


def test_of_a_large_visible_part_the_middle_is_cleaned_at_once() -> None:
    left, top, w, h = part_of((1000, 500, 3000, 2000), (3000, 4000))
    assert w * h <= 360_000 < (w + 2) * (h + 2)
    assert (left + w / 2, top + h / 2) == pytest.approx((2500, 1500), abs=1)
    assert part_of((-50, -50, 120, 5000), (300, 400)) == (0, 0, 120, 300)
