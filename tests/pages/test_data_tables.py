"""Tables on the page Data: their columns are shown and can be changed before anything comes in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import aecore
from aecore.data.samples import load_samples
from aecore.specs.data import DataSpec
from aecore.store import Store
from pages.ui import pseudo
from pages.ui.translation import _
from tests.pages.conftest import OpenPage, said, until

N = 120


def table() -> bytes:
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "customer_id": np.arange(N),
            "age": draw.integers(18, 90, N),
            "town": draw.choice(["Rome", "Bern"], N),
            "class": draw.choice(["a", "b"], N),
        }
    )
    found: bytes = frame.to_csv(index=False).encode()
    return found


def send(app: AppTest, name: str, content: bytes, label: str = "Read the table") -> AppTest:
    app.segmented_control(key="data.way").set_value("own").run()
    app.segmented_control(key="data.bring").set_value("table").run()
    app.file_uploader[0].upload(name, content)
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception, app.exception
    return app


def keys(app: AppTest) -> set[str | None]:
    return {button.key for button in app.button}


def test_a_table_is_shown_column_by_column_and_then_imported(
    open_page: OpenPage, store: Store
) -> None:
    aecore.load("digits", store=store)
    app = send(open_page("data", data=DataSpec(source="digits").key), "people.csv", table())
    assert app.subheader[0].value == "people.csv"
    shown = app.dataframe[0].value
    assert shown["Column"].tolist() == ["customer_id", "age", "town", "class"]
    assert shown["Kind"].tolist() == ["id", "number", "category", "label"]
    app.button(key="data.rows.import").click().run()
    until(app, lambda: not any((key or "").startswith("watch.stop.") for key in keys(app)))
    assert not app.exception, app.exception
    assert "120 rows · 2 columns · 3 features · 2 classes" in said(app)
    assert app.dataframe[0].value["town"].isin(["Rome", "Bern"]).all()
    (key,) = [key for key in store.keys("data") if store.artifact(key).spec.source == "own"]
    assert load_samples(store.artifact(key)).label_names == ("a", "b")


def test_a_table_comes_in_under_columns_of_another_language(
    open_page: OpenPage, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AECORE_LANGUAGE", pseudo.CODE)
    aecore.load("digits", store=store)
    page = open_page("data", data=DataSpec(source="digits").key)
    app = send(page, "people.csv", table(), _("Read the table"))
    assert app.dataframe[0].value[_("Kind")].tolist() == ["id", "number", "category", "label"]
    app.button(key="data.rows.import").click().run()
    until(app, lambda: not any((key or "").startswith("watch.stop.") for key in keys(app)))
    assert not app.exception, app.exception
    assert "own" in {store.artifact(key).spec.source for key in store.keys("data")}


def test_a_table_that_cannot_be_read_is_one_sentence_and_nothing_is_lost(
    open_page: OpenPage, store: Store
) -> None:
    aecore.load("digits", store=store)
    key = DataSpec(source="digits").key
    app = send(open_page("data", data=key), "people.csv", b"a,b\n1,2\n1,2,3\n")
    assert "Line 3 has 3 cells, the first 2." in said(app)
    assert app.subheader[0].value == "Digits 8×8"


def test_cancel_leads_back_to_what_was_open(open_page: OpenPage, store: Store) -> None:
    aecore.load("digits", store=store)
    app = send(open_page("data", data=DataSpec(source="digits").key), "people.csv", table())
    app.button(key="data.rows.cancel").click().run()
    assert app.subheader[0].value == "Digits 8×8"
    assert all(store.artifact(key).spec.source != "own" for key in store.keys("data"))
    assert not list(store.uploads.iterdir())  # nothing of the file is kept


def test_the_sensors_are_shown_as_a_table_with_their_faults(
    open_page: OpenPage, store: Store
) -> None:
    aecore.load("sensors", store=store, normal=("normal",))
    app = open_page("data", data=DataSpec(source="sensors", normal=("normal",)).key)
    assert app.subheader[0].value == "Pump sensors"
    assert "4,000 rows · 14 columns · 17 features · 2 classes" in said(app)
    app.selectbox(key="data.class").set_value("1").run()
    assert set(app.dataframe[0].value["class"]) == {"anomaly"}
