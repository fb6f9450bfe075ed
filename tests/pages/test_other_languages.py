"""What is kept of a run in the store is said in the language of who looks."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from aecore.training import HISTORY
from pages.ui import translation
from tests.pages.conftest import said

DATA = (
    r"[\w, ().&:'-]+ \d{4}[^⟦⟧]*|Digits|#\d+|latent-lab|"
    r"\b(px|csv|val|train|test|adam|relu|mse|nats|file|label)\b"
)
"""What is data, a reference to a paper, or a name of a setting."""


@pytest.fixture(autouse=True)
def made_up_language(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AECORE_LANGUAGE", "pseudo")
    translation._catalogue.cache_clear()
    yield
    translation._catalogue.cache_clear()


def _outside(text: str) -> str:
    """What of a text is not translated."""
    return re.sub(DATA, "", re.sub(r"⟦[^⟧]*⟧|:[a-z-]+(?=\[)|&\w+;|:material/\w+:", "", text))


def test_the_note_and_the_title_of_a_run_are_translated(open_page, run, store):
    records, _end = store.artifact(run.key).read_history(HISTORY)
    note = records[-1]["note"]
    assert note.startswith("Worse than PCA"), "else there is nothing to see"
    app = open_page("train", run=run.key)
    (shown,) = [each.value for each in app.warning]
    assert "Wóřšé" in shown
    assert not re.search(r"[a-z]{2}", _outside(shown.replace("\\", "")))
    title = next(each.value for each in app.markdown if each.value.startswith("#### "))
    assert not re.search(r"[a-z]{2}", _outside(title.replace("\\", "")))


@pytest.mark.parametrize("page", ["train", "start", "data", "reconstruct", "jobs"])
def test_a_page_says_nothing_untranslated(open_page, run, page):
    words = said(open_page(page, run=run.key))
    left = [line for line in words.splitlines() if re.search(r"[a-z]{2}", _outside(line))]
    assert left == []
