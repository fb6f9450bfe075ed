"""Data: sets and own pictures are brought in, looked at, and told about; nothing good is lost."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import aecore
from aecore.data.samples import SampleSet, load_samples
from aecore.specs.data import DataSpec
from aecore.store import Store
from pages.ui import session_list
from pages.ui.data import view
from tests.pages.conftest import SESSION, OpenPage, Visitor, said, until

DIGITS = DataSpec(source="digits")
OTHER_SESSION = "f" * 24


@pytest.fixture
def digits(store: Store) -> SampleSet:
    """The digits, brought in already."""
    return aecore.load("digits", store=store)


def settled(app: AppTest) -> AppTest:
    """The page once no job is under way any more."""

    def is_settled() -> bool:
        return not any((button.key or "").startswith("watch.stop.") for button in app.button)

    until(app, is_settled)
    assert not app.exception, app.exception
    return app


def png(seed: int, size_px: int = 24) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (size_px, size_px, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def upload(app: AppTest, files: dict[str, bytes]) -> AppTest:
    """Choose own pictures and press the button; wait for what becomes of them."""
    app.segmented_control(key="data.way").set_value("own").run()
    for name, content in files.items():
        app.file_uploader[0].upload(name, content)
    press(app, "Import these pictures").run()
    return settled(app)


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return app


# Looking at a set ----------------------------------------------------------------------------


def test_a_link_opens_its_data(open_page: OpenPage, digits: SampleSet) -> None:
    app = open_page("data", data=DIGITS.key)
    assert app.subheader[0].value == "Digits 8×8"
    assert "1,797 pictures · 8 × 8 pixels · grey · 10 classes" in said(app)
    assert app.radio(key="data.source").value == "digits"


def test_the_parts_are_counted_and_the_health_is_told(
    open_page: OpenPage, store: Store, digits: SampleSet
) -> None:
    words = said(open_page("data", data=DIGITS.key))
    for n in (len(digits.parts["train"]), len(digits.parts["val"]), len(digits.parts["test"])):
        assert f"**{n:,}**" in words
    assert len(np.unique(digits.x.reshape(1797, -1), axis=0)) == 1797  # so no copy is to be told
    assert "All is well: 1,797 pictures can be read" in words


def test_filters_show_only_pictures_of_the_part_and_the_class(
    open_page: OpenPage, digits: SampleSet
) -> None:
    app = open_page("data", data=DIGITS.key)
    with patch.object(view, "gallery") as gallery:
        app.segmented_control(key="data.part").set_value("test")
        app.selectbox(key="data.class").set_value("7").run()
    shown, captions = gallery.call_args.args
    of_class = digits.parts["test"][digits.labels[digits.parts["test"]] == 7]
    assert 0 < len(shown) == min(40, len(of_class))
    assert set(captions) == {"7"}
    wanted = {picture.tobytes() for picture in digits.x[of_class]}
    assert all(picture.tobytes() in wanted for picture in shown)


def test_next_shows_other_pictures_and_back_the_first_again(
    open_page: OpenPage, digits: SampleSet
) -> None:
    app = open_page("data", data=DIGITS.key)
    with patch.object(view, "gallery") as gallery:
        app.run()
        app.button(key="data.after").click().run()
        app.button(key="data.before").click().run()
    first, other, again = ({x.tobytes() for x in call.args[0]} for call in gallery.call_args_list)
    assert len(first) == len(other) == 40
    assert not first & other
    assert again == first


def test_forged_filters_in_the_address_are_dropped(open_page: OpenPage, digits: SampleSet) -> None:
    forged = {"data.part": "../../etc", "data.class": "<script>"}
    app = open_page("data", data=DIGITS.key, **forged)
    assert app.segmented_control(key="data.part").value == "all"
    assert app.selectbox(key="data.class").value == "all"


def test_train_on_this_opens_the_train_page_with_this_data(
    open_page: OpenPage, digits: SampleSet
) -> None:
    app = open_page("data", data=DIGITS.key)
    assert "data" in app.query_params
    with patch.object(view.st, "switch_page") as switch_page:
        app.button(key="data.train").click().run()
    switch_page.assert_called_once_with("pages/train.py", query_params={"data": DIGITS.key})
    assert app.session_state["session.data"] == DIGITS.key


# Bringing in ---------------------------------------------------------------------------------


def test_with_nothing_chosen_the_small_set_is_brought_in_by_itself(
    open_page: OpenPage, store: Store
) -> None:
    app = open_page("data")
    assert "Bringing in MNIST, 5,000 digits" in said(app)
    settled(app)
    assert app.subheader[0].value == "MNIST, 5,000 digits"
    assert "data" not in app.query_params
    assert session_list.keys_of(store, SESSION) == []  # nobody asked for it


def test_choosing_a_set_brings_it_in_and_puts_it_into_the_address(
    open_page: OpenPage, store: Store
) -> None:
    aecore.load("mnist-5k", store=store)
    app = open_page("data")
    app.radio(key="data.source").set_value("digits").run()
    assert app.query_params["data"] == DIGITS.key
    settled(app)
    assert app.subheader[0].value == "Digits 8×8"
    assert session_list.keys_of(store, SESSION) == [DIGITS.key]


def test_settings_make_other_data_of_the_same_set(
    open_page: OpenPage, store: Store, digits: SampleSet
) -> None:
    app = open_page("data", data=DIGITS.key)
    app.selectbox(key="data.set.size_px").set_value(32)
    app.selectbox(key="data.set.scale").set_value("standard")
    app.number_input(key="data.set.n_max").set_value(300)
    press(app, "Import with these settings").run()
    settled(app)
    wanted = DataSpec(source="digits", size_px=32, scale="standard", n_max=300)
    assert app.query_params["data"] == wanted.key
    assert load_samples(store.artifact(wanted.key)).x.shape == (300, 1, 32, 32)
    assert "300 pictures · 32 × 32 pixels" in said(app)
    assert app.selectbox(key="data.set.size_px").value == 32


def test_forged_settings_are_told_and_what_was_open_stays(
    open_page: OpenPage, digits: SampleSet
) -> None:
    app = open_page("data", data=DIGITS.key)
    with patch.object(view.st, "number_input", return_value=-5):
        press(app, "Import with these settings").run()
    assert "n_max: Input should be greater than or equal to 2 (got -5)" in said(app)
    assert app.query_params["data"] == DIGITS.key
    assert app.subheader[0].value == "Digits 8×8"


def test_a_set_that_needs_a_download_waits_for_its_button(
    open_page: OpenPage, digits: SampleSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AECORE_DATA", str(tmp_path / "nothing"))
    app = open_page("data", data=DIGITS.key)
    assert "Needs a download" not in said(app)
    app.radio(key="data.source").set_value("cifar10").run()
    assert "Needs a download, once." in said(app)
    assert app.button(key="data.download").label == "Download CIFAR-10"
    assert app.query_params["data"] == DIGITS.key


@pytest.mark.parametrize("status", ["stopped", "new"])
def test_data_that_was_not_brought_in_whole_can_be_asked_for_again(
    open_page: OpenPage, store: Store, status: str
) -> None:
    aecore.load("mnist-5k", store=store)
    store.create(DIGITS).set_state(status=status)
    app = open_page("data", data=DIGITS.key)
    assert "Importing Digits 8×8" in app.info[0].value.replace("\\", "")
    assert app.subheader[0].value == "MNIST, 5,000 digits"  # what there is meanwhile
    app.button(key="data.again").click().run()
    settled(app)
    assert app.subheader[0].value == "Digits 8×8"


def test_a_dead_link_is_told_with_a_way_on(open_page: OpenPage, store: Store) -> None:
    aecore.load("mnist-5k", store=store)
    app = open_page("data", data="data-" + "0" * 24)
    assert "leads to nothing" in said(app)
    app.button(key="session.forget_data").click().run()
    assert app.subheader[0].value == "MNIST, 5,000 digits"
    assert "data" not in app.query_params


# Own pictures --------------------------------------------------------------------------------


def test_one_bad_file_costs_itself_by_name(open_page: OpenPage, store: Store) -> None:
    aecore.load("mnist-5k", store=store)
    good = {f"{'cat' if i % 2 else 'dog'}/{i}.png": png(i) for i in range(30)}
    bad = {
        "cat/notes.png": b"only words, no picture",
        "cat/cut.png": png(1)[:60],
        "cat/empty.png": b"",
        "cat/dot.png": png(1, 1),
        "cat/drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "cat/inner.zip": zipped({"a.png": png(1)}),
        "../../outside.png": png(99),
    }
    app = upload(open_page("data"), {"pets.zip": zipped(good | bad)})
    samples = load_samples(store.artifact(app.query_params["data"]))
    assert len(samples) == 31  # the picture that wanted to lie outside is one like the others
    assert set(samples.label_names) >= {"cat", "dog"}
    assert app.subheader[0].value.replace("\\", "") == "Own pictures: pets.zip"
    assert "6 files are left out" in said(app)
    (table,) = (found.value for found in app.dataframe if "why" in found.value)
    assert set(table["file"]) == set(bad) - {"../../outside.png"}
    why = dict(zip(table["file"], table["why"], strict=True))
    assert "text file" in why["cat/notes.png"]
    assert "SVG" in why["cat/drawing.svg"]
    assert "1 × 1" in why["cat/dot.png"]
    assert not list(store.root.parent.rglob("outside.png"))


HOPELESS = {
    "one picture": ({"a.png": png(0)}, "Only 1 sample: 0 left to train on"),
    "text": ({"a.png": b"only words"}, "This is a text file, not a picture"),
    "a damaged zip": ({"a.zip": zipped({"a.png": png(0)})[:40]}, "zip"),
    "an empty zip": ({"a.zip": zipped({})}, "There is no picture in what was imported"),
    "markup": ({"<b>_x_.png": b""}, "<b>_x_.png"),
}


@pytest.mark.parametrize("case", HOPELESS)
def test_an_upload_without_pictures_is_told_and_what_was_open_stays(
    open_page: OpenPage, digits: SampleSet, case: str
) -> None:
    files, sentence = HOPELESS[case]
    session_list.remember(Store(), SESSION, DIGITS.key)
    app = upload(open_page("data", data=DIGITS.key), files)
    assert sentence in app.error[0].value.replace("\\", "")
    assert app.subheader[0].value == "Digits 8×8"
    assert app.button(key="data.again").label == "Try again"


def test_pictures_that_are_all_alike_are_told(open_page: OpenPage, store: Store) -> None:
    aecore.load("mnist-5k", store=store)
    app = upload(open_page("data"), {f"{i}.png": png(0) for i in range(6)})
    assert "All pictures are identical" in said(app)
    assert app.subheader[0].value == "Own pictures\\: 6 files"


def test_pressing_the_button_without_files_is_told(open_page: OpenPage, digits: SampleSet) -> None:
    app = upload(open_page("data", data=DIGITS.key), {})
    assert "No file was chosen." in said(app)
    assert app.query_params["data"] == DIGITS.key


def test_own_pictures_are_listed_for_the_session_that_brought_them_alone(
    open_page: OpenPage, store: Store, visitor: Visitor
) -> None:
    aecore.load("mnist-5k", store=store)
    app = upload(open_page("data"), {f"{i}.png": png(i) for i in range(8)})
    key = app.query_params["data"]
    assert app.button(key=f"data.open.{key}").label == "8 files"
    visitor(OTHER_SESSION)
    other = open_page("data", data=key)
    assert other.subheader[0].value == "Own pictures\\: 8 files"  # the link is the permission
    assert not any((button.key or "").startswith("data.open.") for button in other.button)


def test_the_same_files_again_are_the_same_data_to_the_session_that_brought_them(
    open_page: OpenPage, store: Store, visitor: Visitor
) -> None:
    files = {f"{i}.png": png(i) for i in range(8)}
    first, again = (upload(open_page("data"), files).query_params["data"] for _ in range(2))
    visitor(OTHER_SESSION)
    other = upload(open_page("data"), files).query_params["data"]
    assert again == first
    assert other != first  # nobody finds out who else has these files
    assert len(list(store.uploads.iterdir())) == 2
