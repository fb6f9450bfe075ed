"""All words of pages are marked, and the catalogue that translators get holds them all."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from pages.ui.translation import read_template
from tests.words import unmarked
from tests.words.allowed import ALLOWED, FILES
from tests.words.extract import catalogue
from tests.words.unmarked import ROOT, text_of


def _found(tmp_path: Path, source: str, name: str = "pages/one.py") -> list[str]:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return [words.text for words in unmarked.unmarked(path, tmp_path)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('st.button("Stop", key="a.stop")', ["Stop"]),
        ('st.button(_("Stop"), key="a.stop", icon=":material/stop:")', []),
        ('st.caption(f"{n} of {total}")', ["⟨⟩ of ⟨⟩"]),
        ('st.caption(_("{n} of {total}", n=n, total=total))', []),
        ('st.caption(_("{a}, {b}", a=a, b="two words"))', ["two words"]),
        ('st.markdown(":gray[reference]")', [":gray[reference]"]),
        ('"""A docstring."""\nKEY = "map.chart"\nif kind == "two words": pass', []),
        ('MODES = {"linear": "Linear"}', ["Linear"]),
        ('MODES = {"linear": mark("Linear")}', []),
        ('raise SpecError("Not here.", "Go there.")', []),
        ('raise SpecError(f"{name} is not here.")', ["⟨⟩ is not here."]),
        ('raise ValueError(f"{name} is a defect")', []),
        ('st.text(f"{x:.1f} dB")', []),
        ('known.get("two words", "Two words")', ["Two words"]),
    ],
)
def test_words_are_told_from_code(tmp_path: Path, source: str, expected: list[str]):
    assert _found(tmp_path, source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('title = "Two words"', ["Two words"]),
        ('title = Sentence("Two words")', []),
        ('raise DataError(f"{name} is no table." if name else "None.")', ["⟨⟩ is no table."]),
        ('yield Progress("opening the model")', []),
        ('yield Progress(f"level {level}")', ["level ⟨⟩"]),
        ('figure.update_xaxes(title=say("bits per code"))', []),
        ('def __repr__(self):\n    return f"Film({self.n} frames)"', []),
    ],
)
def test_words_of_the_library_are_marked_or_describe(
    tmp_path: Path, source: str, expected: list[str]
):
    assert _found(tmp_path, source, "aecore/data/one.py") == expected


def test_all_words_are_marked():
    found = [words for path in unmarked.files() for words in unmarked.unmarked(path)]
    assert not found, "\n".join(map(str, found))


def test_every_exception_is_still_needed():
    for name in FILES:
        assert (ROOT / name).exists(), name
    for name, texts in ALLOWED.items():
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        there = {text_of(node) for node in ast.walk(tree)}
        assert set(texts) <= there, name


def test_the_catalogue_is_up_to_date():
    """`make words` writes it."""
    messages = [message.id for message in catalogue() if message.id]
    now = {
        form for each in messages for form in ((each,) if isinstance(each, str) else tuple(each))
    }
    assert sorted(now ^ read_template()) == []  # of the whole a failure would be compared for long


def test_titles_of_what_ships_are_translated():
    for path in (ROOT / "assets" / "models").glob("*/about.json"):
        about = json.loads(path.read_text(encoding="utf-8"))
        assert {about["title"], about["data_title"]} <= read_template(), path
