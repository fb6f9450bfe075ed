"""`aecore data --text` and `aecore search`: what they say is what the library finds."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import aecore
from aecore.cli import main
from aecore.data.notes import notes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return aecore.Store(tmp_path_factory.mktemp("cli-search"))


def called(store, *arguments):
    found = CliRunner().invoke(main, ["--store", str(store.root), *map(str, arguments)])
    assert found.exit_code == 0, found.output
    return found.stdout


def test_texts_are_imported_trained_on_and_searched(store, tmp_path):
    texts, labels = notes(240)
    path = tmp_path / "notes.csv"
    lines = [f'"{text}",{label}' for text, label in zip(texts, labels, strict=True)]
    path.write_text("\n".join(["note,topic", *lines]))
    told = json.loads(called(store, "data", path, "--text", "--json"))
    assert told["n_samples"] == 240
    assert told["report"]["told"][1:] == ["Texts are in note.", "Classes are in topic."]
    run = aecore.train("texts", path, store=store, data_settings={"texts": True}, n_epochs=3)
    key = run.key
    found = json.loads(called(store, "search", key, texts[3], "-k", 2, "--json"))["found"]
    assert {space: each["rows"][0][0] for space, each in found.items()} == {
        "code": 3,
        "lsa": 3,
        "tfidf": 3,
    }
    assert "row 4" in called(store, "search", key, texts[3])
    judged = json.loads(called(store, "search", key, "--json"))["judged"]
    assert {"code", "lsa", "tfidf", "code-32"} <= judged.keys()
    assert "topic" in called(store, "search", key)


def test_a_run_on_pictures_is_refused_in_a_sentence(store):
    run = aecore.train("undercomplete", "digits", n_epochs=1, store=store)
    found = CliRunner().invoke(main, ["--store", str(store.root), "search", run.key, "bread"])
    assert found.exit_code and "no texts" in found.output
