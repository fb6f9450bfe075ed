"""An own picture: brought in three ways, kept in the address, and taken away again."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from aecore.data.kept import keep, kept
from aecore.errors import PictureError
from aecore.store import Store
from pages.ui import drawing_pad, own_picture


def png(x: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(x).save(file, "PNG")
    return file.getvalue()


def _asking(channels: int) -> None:
    import streamlit as st

    from pages.ui import session
    from pages.ui.own_picture import ask

    session.begin()
    found = ask("here", (channels, 28, 28))
    st.session_state["found"] = found


@pytest.fixture
def app(store: Store) -> Iterator[AppTest]:
    opened = AppTest.from_function(_asking, args=(1,), default_timeout=30)
    with patch.object(own_picture, "drawing_pad", return_value=None):
        yield opened.run()


def found(app: AppTest) -> np.ndarray | None:
    assert not app.exception, app.exception
    return app.session_state["found"]


def pictures(store: Store) -> list[str]:
    return store.keys("picture")


WHITE = np.full((40, 60), 255, np.uint8)


def test_an_upload_is_kept_once_and_stands_in_the_address(app: AppTest, store: Store) -> None:
    assert found(app) is None
    app.file_uploader(key="here.own.file").upload("w.png", png(WHITE)).run()
    x = found(app)
    assert x is not None
    assert x.shape == (1, 28, 28)
    assert x.min() == 255
    app.run()
    app.toggle(key="here.own.swap").set_value(True).run()
    assert found(app).max() == 0
    assert pictures(store) == [app.query_params["here.own"]]


def test_a_link_finds_the_picture_again(store: Store) -> None:
    key = keep(store, png(WHITE))
    app = AppTest.from_function(_asking, args=(1,), default_timeout=30)
    app.query_params["here.own"] = key
    app.query_params["here.own.swap"] = "true"
    assert found(app.run()).max() == 0


def test_what_i_brought_is_deleted_and_out_of_the_address(app: AppTest, store: Store) -> None:
    app.file_uploader(key="here.own.file").upload("w.png", png(WHITE)).run()
    assert len(pictures(store)) == 1
    assert app.button(key="here.own.remove").label == "Delete"
    app.button(key="here.own.remove").click().run()
    assert found(app) is None
    assert "here.own" not in app.query_params
    assert pictures(store) == []
    app.file_uploader(key="here.own.file-1").upload("w.png", png(255 - WHITE)).run()
    assert found(app).max() == 0


def test_what_another_brought_leaves_the_page_and_stays(store: Store) -> None:
    key = keep(store, png(WHITE))
    app = AppTest.from_function(_asking, args=(1,), default_timeout=30)
    app.query_params["here.own"] = key
    app.run()
    app.button(key="here.own.remove").click().run()
    assert found(app) is None
    assert "here.own" not in app.query_params
    assert kept(store, key)


def test_a_dead_link_is_told_in_a_sentence_until_it_is_given_up(store: Store) -> None:
    app = AppTest.from_function(_asking, args=(1,), default_timeout=30)
    app.query_params["here.own"] = "picture-" + "0" * 24
    assert found(app.run()) is None
    assert "leads to nothing" in app.error[0].value
    app.button(key="here.own.remove").click().run()
    assert not app.error
    assert "here.own" not in app.query_params


@pytest.mark.parametrize("forged", ["../../x", "run-" + "0" * 24, "<b>"])
def test_forged_keys_are_told(store: Store, forged: str) -> None:
    app = AppTest.from_function(_asking, args=(1,), default_timeout=30)
    app.query_params["here.own"] = forged
    assert found(app.run()) is None
    assert len(app.error) == 1


def test_what_is_no_picture_is_told_and_the_next_one_is_shown(app: AppTest) -> None:
    app.file_uploader(key="here.own.file").upload("w.png", b"words").run()
    assert found(app) is None
    assert "text file" in app.error[0].value
    app.file_uploader(key="here.own.file").set_value(("w.png", png(WHITE), "image/png")).run()
    assert found(app) is not None
    assert not app.error


# Drawing -------------------------------------------------------------------------------------


def drawing(place: int) -> bytes:
    x = np.zeros((280, 280), np.uint8)
    x[20:140, place : place + 30] = 255
    return png(x)


def draw(app: AppTest, data: bytes) -> None:
    app.segmented_control(key="here.own.way").set_value("draw").run()
    with patch.object(own_picture, "drawing_pad", return_value=data):
        app.run()


def test_a_drawing_is_centred_unless_that_is_turned_off(app: AppTest) -> None:
    draw(app, drawing(10))
    rows, columns = np.nonzero(found(app)[0] > 60)
    assert (rows.mean(), columns.mean()) == pytest.approx((14, 14), abs=0.6)
    app.toggle(key="here.own.centre").set_value(False).run()
    rows, columns = np.nonzero(found(app)[0] > 60)
    assert columns.max() < 5


def test_a_drawing_that_goes_on_is_one_picture(app: AppTest, store: Store) -> None:
    draw(app, drawing(10))
    draw(app, drawing(100))
    assert len(pictures(store)) == 1
    app.toggle(key="here.own.centre").set_value(False).run()
    assert np.nonzero(found(app)[0] > 60)[1].min() >= 9
    draw(app, b"")  # cleared
    assert found(app) is None
    draw(app, drawing(10))
    assert len(pictures(store)) == 2


def test_anothers_drawing_is_gone_on_with_as_a_picture_of_ones_own(store: Store) -> None:
    key = keep(store, drawing(10), "drawn")
    app = AppTest.from_function(_asking, args=(1,), default_timeout=30)
    app.query_params["here.own"] = key
    app.query_params["here.own.way"] = "draw"
    with patch.object(own_picture, "drawing_pad", return_value=None) as pad:
        app.run()
    assert pad.call_args.kwargs["base"] == kept(store, key).png
    before = kept(store, key).png
    draw(app, drawing(200))
    assert kept(store, key).png == before
    assert app.query_params["here.own"] != key


@pytest.mark.parametrize(
    "sent",
    [
        {"a": 1},
        7,
        "data:image/svg+xml;base64,AAAA",
        "data:image/png;base64,not base64!",
        "data:image/png;base64," + "A" * drawing_pad.MAX_CHARS,
    ],
)
def test_what_no_pad_sends_is_refused(sent: object) -> None:
    with pytest.raises(PictureError, match="did not arrive"):
        drawing_pad.opened(sent)


def test_what_a_pad_sends_is_opened() -> None:
    data = drawing(3)
    assert drawing_pad.opened("data:image/png;base64," + base64.b64encode(data).decode()) == data
    assert drawing_pad.opened("") == b""


def test_a_forged_drawing_is_told(app: AppTest, store: Store) -> None:
    draw(app, png(np.zeros((2000, 2000), np.uint8)))
    assert "2000 × 2000" in app.error[0].value
    assert found(app) is None
    assert pictures(store) == []
