"""Recommend: offered on an empty session, told for other runs, and suggestions with reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

import aecore
from aecore.api.lab import finish
from aecore.runs import OpenRun
from aecore.store import Store
from aecore.studies.recommend.study import recommend_spec
from tests.pages.conftest import OpenPage, bring, said


@pytest.fixture(scope="module")
def baskets_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one run on the baskets that ship, and its study."""
    root = tmp_path_factory.mktemp("baskets")
    store = Store(root)
    run = aecore.train("mult-dae", "baskets", store=store, n_epochs=3)
    finish(store, store.create(recommend_spec(run)).key)
    return root


@pytest.fixture
def suggesting(baskets_root: Path, store: Store) -> OpenRun:
    bring(baskets_root, store)
    (key,) = Store(baskets_root).keys("run")
    return aecore.open_run(store, key)


@pytest.mark.usefixtures("nothing_begins")
def test_without_a_run_the_page_offers_one(open_page: OpenPage, store: Store) -> None:
    app = open_page("recommend")
    assert "No run on baskets or ratings yet." in said(app)
    app.button(key="recommend.train").click().run()
    assert not app.exception, app.exception
    assert store.artifact(app.query_params["run"]).about["recipe"] == "mult-dae"


def test_a_run_on_pictures_is_told_what_suggestions_need(open_page: OpenPage, run: OpenRun) -> None:
    app = open_page("recommend", run=run.key)
    assert "This run was trained on pictures." in said(app)
    assert not app.error
    assert not app.exception


def test_a_person_is_suggested_things_beside_simple_methods(
    open_page: OpenPage, suggesting: OpenRun
) -> None:
    app = open_page("recommend", run=suggesting.key)
    assert not app.exception, app.exception
    ours, others = (frame.value for frame in app.dataframe)
    assert len(ours) == 10
    assert list(others.columns)[1:] == ["This run", "Popularity", "Item-item", "EASE", "PureSVD"]
    assert ours["Thing"].tolist() == others["This run"].tolist()
    words = said(app)
    assert "Which choices speak for" in words
    assert "NDCG@100" in words
    chosen = words.split("**Chosen** (")[1].split("): ")[1].splitlines()[0].split(", ")
    assert not set(chosen) & set(ours["Thing"])


def test_ticked_things_stand_in_the_address_by_their_columns(
    open_page: OpenPage, suggesting: OpenRun, store: Store
) -> None:
    names = aecore.load("baskets", store=store).feature_names
    at = names.index("spaghetti")
    link = {"recommend.whose": "own", "recommend.things": str(at)}
    app = open_page("recommend", run=suggesting.key, **link)
    assert not app.exception, app.exception
    assert "**Chosen** (1): spaghetti" in said(app)
    app.multiselect(key="recommend.things").set_value([]).run()
    assert "Nothing is chosen" in said(app)
    assert app.query_params["recommend.things"] == "none"
