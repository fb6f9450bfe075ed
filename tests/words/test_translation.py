"""Texts in the language of who looks, with their values, plural forms and numbers by locale."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from aecore.artifact import State
from aecore.errors import SpecError
from aecore.sentence import Sentence, from_json, plural, to_json
from pages.ui import pseudo, translation
from pages.ui.translation import _, mark, ngettext, number_text

RUSSIAN = """
msgid ""
msgstr ""
"Language: ru\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && "
"(n%100<10 || n%100>=20) ? 1 : 2);\\n"

msgid "Train {name} for {n:,} epochs"
msgstr "Обучать {name} столько эпох: {n:,}"

msgid "{n} file is left out"
msgid_plural "{n} files are left out"
msgstr[0] "{n} файл пропущен"
msgstr[1] "{n} файла пропущено"
msgstr[2] "{n} файлов пропущено"

msgid "No {kind}."
msgstr "Нет: {kind}."

msgid "Choose another."
msgstr "Выберите другой."
"""


@pytest.fixture
def russian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ru.po").write_text(RUSSIAN, encoding="utf-8")
    monkeypatch.setattr(translation, "FOLDER", tmp_path)
    monkeypatch.setenv("AECORE_LANGUAGE", "ru")
    translation._catalogue.cache_clear()
    yield
    translation._catalogue.cache_clear()


def test_english_is_what_stands_in_the_code():
    assert _("Train {name} for {n:,} epochs", name="VAE", n=1200) == "Train VAE for 1,200 epochs"
    assert _("{braces} stay without values") == "{braces} stay without values"
    assert _("") == ""
    assert [ngettext("{n} file", "{n} files", n) for n in (0, 1, 2)] == [
        "0 files",
        "1 file",
        "2 files",
    ]


def test_a_catalogue_says_it_otherwise_with_numbers_by_locale(russian: None):
    assert _("Train {name} for {n:,} epochs", name="VAE", n=1200) == (
        "Обучать VAE столько эпох: 1\N{NO-BREAK SPACE}200"
    )
    assert number_text(1234.5, ",.2f") == "1\N{NO-BREAK SPACE}234,50"
    assert _("What no catalogue holds") == "What no catalogue holds"


def test_each_number_takes_the_form_of_its_language(russian: None):
    said = [ngettext("{n} file is left out", "{n} files are left out", n) for n in (1, 3, 5, 21)]
    assert said == [
        "1 файл пропущен",
        "3 файла пропущено",
        "5 файлов пропущено",
        "21 файл пропущен",
    ]


def test_an_error_is_english_and_can_be_said_otherwise(russian: None):
    problem = SpecError("No {kind}.", "Choose another.", kind="plane")
    assert str(problem) == "No plane. Choose another."
    assert (_(problem.message), _(problem.hint)) == ("Нет: plane.", "Выберите другой.")


def test_an_error_without_values_keeps_its_braces():
    assert SpecError("{a} is no JSON.").message == "{a} is no JSON."


def test_a_sentence_inside_another_is_translated_too(russian: None):
    inner = plural("{n} file is left out", "{n} files are left out", 3)
    assert _("{name}: {why}", name="a.zip", why=inner) == "a.zip: 3 файла пропущено"


@pytest.mark.parametrize(
    "sentence",
    [
        Sentence("No {kind}.", kind="plane"),
        Sentence("{why} Then {n:,}.", why=Sentence("No {kind}.", kind="map"), n=1200),
        plural("{n} file of {name}", "{n} files of {name}", 2, name="a"),
    ],
)
def test_sentences_survive_files_and_processes(sentence: Sentence):
    for found in (
        from_json(json.loads(json.dumps(to_json(sentence)))),
        pickle.loads(pickle.dumps(sentence)),
    ):
        assert isinstance(found, Sentence)
        assert found == sentence
        assert (found.template, found.many) == (sentence.template, sentence.many)
        assert to_json(found) == to_json(sentence)


def test_the_state_of_a_job_keeps_what_its_error_is_made_of():
    problem = SpecError("No {kind}.", "Choose another.", kind="plane")
    state = State("failed", error=problem.message, hint=problem.hint)
    found = State.from_json(json.loads(json.dumps(state.to_json())))
    assert found == state
    assert isinstance(found.error, Sentence)
    assert found.error.template == "No {kind}."


def test_a_constant_is_english_where_it_is_compared_and_translated_where_it_is_shown(
    russian: None,
):
    constant = mark("Choose another.")
    assert constant == "Choose another."
    assert f"{constant}" == str(constant) == "Выберите другой."


def test_the_made_up_language_is_longer_and_keeps_fields_and_markdown():
    text = "**Scores** &nbsp; :gray[mean over {n:,} pictures]"
    said = pseudo.pseudo(text)
    assert said.startswith("**⟦Š")
    assert all(kept in said for kept in ("⟧** &nbsp; :gray[⟦", "⟧ {n:,} ⟦", "⟧]"))
    assert len(said) >= 1.3 * len(text)
    assert pseudo.pseudo("{a} · {b}") == "{a} · {b}"


def test_only_what_is_in_the_catalogue_is_said_in_the_made_up_language():
    made_up = pseudo.Pseudo(frozenset({"Known"}))
    assert made_up.gettext("Unknown") == "Unknown"
    assert made_up.gettext("Known").startswith("⟦")
