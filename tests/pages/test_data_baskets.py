"""Baskets on the page Data: two tables are sent, and come in as people x things."""

from __future__ import annotations

import aecore
from aecore.data.samples import load_samples
from aecore.specs.data import DataSpec
from aecore.store import Store
from tests.pages.conftest import OpenPage, said, until


def test_who_chose_what_is_sent_with_the_names_of_things(open_page: OpenPage, store: Store) -> None:
    aecore.load("digits", store=store)
    app = open_page("data", data=DataSpec(source="digits").key)
    app.segmented_control(key="data.way").set_value("own").run()
    app.segmented_control(key="data.bring").set_value("baskets").run()
    rows = [f"p{p},t{(p + i) % 8},{3 + i % 3}" for p in range(40) for i in range(4)]
    table = "\n".join(["user,item,rating", *rows])
    names = "\n".join(["item,name", *(f"t{i},Thing {i}" for i in range(8))])
    app.file_uploader[0].upload("bought.csv", table.encode())
    app.file_uploader[1].upload("names.csv", names.encode())
    next(button for button in app.button if button.label == "Import the baskets").click().run()
    assert not app.exception, app.exception
    until(app, lambda: "40 rows" in said(app))
    (key,) = [key for key in store.keys("data") if store.artifact(key).spec.source == "own"]
    samples = load_samples(store.artifact(key))
    assert samples.is_sparse
    assert samples.feature_names == tuple(f"Thing {i}" for i in range(8))
    assert app.dataframe[0].value["holds"].str.contains("Thing").all()
