"""Data: classes that are called normal are learnt alone."""

from __future__ import annotations

import numpy as np

from aecore.data.samples import SampleSet, load_samples
from aecore.runs import OpenRun
from aecore.specs.data import DataSpec
from aecore.store import Store
from tests.pages.conftest import OpenPage, said, until


def test_normal_classes_are_named_with_commas_between(
    open_page: OpenPage, store: Store, run: OpenRun, digits: SampleSet
) -> None:
    app = open_page("data", data=run.spec.data)
    app.text_input(key="data.set.normal").set_value("3, 5")
    button = next(each for each in app.button if each.label == "Import with these settings")
    button.click().run()
    wanted = DataSpec(source="digits", normal=("3", "5"))
    until(app, lambda: wanted.key in store and store.artifact(wanted.key).state.status == "done")
    assert app.query_params["data"] == wanted.key
    found = load_samples(store.artifact(wanted.key))
    assert set(found.labels[found.parts["train"]]) == {3, 5}
    assert np.array_equal(found.x, digits.x)
    assert app.text_input(key="data.set.normal").value == "3, 5"


def test_a_class_that_is_not_there_is_told(open_page: OpenPage, store: Store, run: OpenRun) -> None:
    app = open_page("data", data=run.spec.data)
    app.text_input(key="data.set.normal").set_value("eleven")
    button = next(each for each in app.button if each.label == "Import with these settings")
    button.click().run()
    until(app, lambda: "There is no class 'eleven'" in said(app))
    assert "Classes: 0, 1, 2" in said(app)
