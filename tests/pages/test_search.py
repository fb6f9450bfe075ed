"""Search: what a sentence finds, said beside LSA and TF-IDF; other pages take texts or say why."""

from __future__ import annotations

from pathlib import Path

import pytest

import aecore
from aecore.api import lab
from aecore.runs import OpenRun
from aecore.specs.data import DataSpec
from aecore.store import Store
from aecore.studies.text_study import search_spec
from tests.pages.conftest import OpenPage, bring, said


@pytest.fixture(scope="module")
def texts_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a run on the notes and its search."""
    store = Store(tmp_path_factory.mktemp("texts"))
    run = aecore.train("texts", "notes", store=store, n_epochs=8)
    spec = search_spec(run)
    store.create(spec)
    lab.finish(store, spec.key)
    return store.root


@pytest.fixture
def run_on_texts(texts_root: Path, store: Store) -> OpenRun:
    bring(texts_root, store)
    (key,) = Store(texts_root).keys("run")
    return aecore.open_run(store, key)


def test_without_a_run_on_texts_the_page_offers_to_train_one(
    open_page: OpenPage, nothing_begins: None
) -> None:
    app = open_page("search")
    assert "No model of texts is trained yet." in said(app)
    app.button(key="gate.notes").click().run()
    assert DataSpec(source="notes").key in {
        path.name for path in (Store().root / "artifacts").iterdir()
    }
    assert not app.exception


def test_a_run_on_pictures_is_told_apart(open_page: OpenPage, run: OpenRun) -> None:
    app = open_page("search", run=run.key)
    assert "was not trained on texts." in said(app)
    assert app.button(key="gate.data").label == "Import own texts"


def test_a_sentence_finds_texts_of_its_topic_and_methods_are_compared(
    open_page: OpenPage, run_on_texts: OpenRun
) -> None:
    app = open_page("search", run=run_on_texts.key)
    words = said(app)
    assert "Texts like this one" in words
    assert "The code is better than TF-IDF by" in words
    assert "bits are enough" in words
    assert "mean coherence" in words and "No method is told a class" in words
    app.text_input(key="search.query").set_value("an onion soup with garlic and bread").run()
    words = said(app)
    assert "Texts like this one" not in words
    assert words.count(":blue-badge[cooking]") > 10
    app.button(key="search.code.more.0").click().run()
    assert "Texts like this one" in said(app) and not app.text_input(key="search.query").value


def test_words_that_no_text_has_are_told(open_page: OpenPage, run_on_texts: OpenRun) -> None:
    app = open_page("search", run=run_on_texts.key)
    app.text_input(key="search.query").set_value("qwxyz").run()
    assert "No word of 'qwxyz' stands in these texts." in said(app)


@pytest.mark.parametrize("page", ["data", "reconstruct", "units", "walk", "denoise", "compare"])
def test_other_pages_show_texts_or_say_why_not(
    open_page: OpenPage, run_on_texts: OpenRun, page: str, nothing_begins: None
) -> None:
    app = open_page(page, run=run_on_texts.key, data=DataSpec(source="notes").key)
    assert not app.exception
    assert "Traceback" not in said(app)


def test_data_shows_texts_as_they_came(open_page: OpenPage, run_on_texts: OpenRun) -> None:
    app = open_page("data", data=DataSpec(source="notes").key)
    assert "900 texts" in said(app) and "words are counted" in said(app)
    shown = app.dataframe[0].value
    assert "text" in shown.columns and shown["text"].str.len().min() > 20


def test_train_offers_the_recipe_for_texts_first(
    open_page: OpenPage, run_on_texts: OpenRun, nothing_begins: None
) -> None:
    app = open_page("train", data=DataSpec(source="notes").key)
    assert app.selectbox(key="train.recipe").value == "texts"


def test_suggestions_are_not_made_of_texts(
    open_page: OpenPage, run_on_texts: OpenRun, nothing_begins: None
) -> None:
    app = open_page("recommend", run=run_on_texts.key)
    assert "This run was trained on texts." in said(app)
