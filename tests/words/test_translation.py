"""Texts in the language of who looks, with their values, plural forms and numbers by locale."""

from __future__ import annotations

import ast
import json
import pickle
import re
import string
from pathlib import Path

import numpy as np
import pytest

from aecore.artifact import Artifact, State
from aecore.data.health import examine
from aecore.data.health_report import HealthReport
from aecore.data.sources import Raw
from aecore.errors import ArtifactDamagedError, SpecError
from aecore.export.one_page import said_words, words_of
from aecore.figures.score_dots import Dot, dots_figure
from aecore.recipes import recipe
from aecore.sentence import _FIELD, Sentence, from_json, joined, plural, to_json
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from aecore.training.doctor import CodeStats, behind_pca, collapse
from pages.ui import pseudo, translation
from pages.ui.translation import _, mark, ngettext, number_text
from tests.words.unmarked import ROOT, name_of

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


@pytest.fixture
def made_up_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AECORE_LANGUAGE", "pseudo")
    translation._catalogue.cache_clear()
    yield
    translation._catalogue.cache_clear()


def _outside(said: str) -> str:
    """What of a text is not translated."""
    return re.sub(r"⟦[^⟧]*⟧", "", said)


def test_the_note_of_a_stored_run_is_said_in_the_language_of_who_looks(
    tmp_path: Path, made_up_language: None
):
    spec = RunSpec.of(data=DataSpec().key, **recipe("vae").settings)
    stats = CodeStats(500, 0.06, 0.067, 20, n_active=0, kl_nats=0.01)
    note = joined((collapse(stats, spec), behind_pca(stats, 0.01, spec, 4000, [])))
    (tmp_path / "run-1").mkdir()
    artifact = Artifact(tmp_path / "run-1")
    artifact.append("history.jsonl", [{"epoch": 1.0, "note": note}])
    (record,), _end = artifact.read_history("history.jsonl")
    assert record["note"] == note
    assert record["note"].startswith("Posterior collapse: the code says 0.01 nats")
    assert not re.search(r"[a-z]{2}", _outside(_(record["note"])))


def test_titles_and_reports_keep_their_parts_in_files(tmp_path: Path, made_up_language: None):
    artifact = Artifact(tmp_path / "data-1")
    title = Sentence("Own pictures: {name}", name="pets.zip")
    artifact.write_json("about.json", {"title": title, "asked": 1.0})
    assert artifact.about == {"title": "Own pictures: pets.zip", "asked": 1.0}
    assert _(artifact.about["title"]).endswith("⟧ pets.zip")
    raw = Raw(
        np.zeros((3, 1, 4, 4), np.uint8), unreadable=(("a.png", Sentence("The file is empty.")),)
    )
    report = examine(raw)
    found = HealthReport.model_validate_json(report.model_dump_json())
    assert found == report
    assert found.warnings
    for words in found.warnings:
        assert not re.search(r"[a-z]{2}", _outside(_(words)).replace("a.png", "").replace("#", ""))


@pytest.mark.parametrize(
    ("template", "values"),
    [
        ("{n:1000000000}", {"n": 1}),
        ("{n.__class__}", {"n": 1}),
        ("{n[0]}", {"n": "x"}),
        ("{n!r}", {"n": 1}),
        ("{0}", {"n": 1}),
        ("{", {"n": 1}),
        ("{missing}", {"n": 1}),
        ("{n}", {"n": [1]}),
        ("{n:,}", {"n": "x"}),
    ],
)
def test_a_forged_sentence_of_a_file_is_refused(
    tmp_path: Path, template: str, values: dict[str, object]
):
    forged = {"template": template, "many": "", "values": values}
    with pytest.raises(ValueError, match=r"sentence|template|text"):
        from_json(forged)
    (tmp_path / "data-1").mkdir()
    (tmp_path / "data-1" / "about.json").write_text(json.dumps({"title": forged}))
    with pytest.raises(ArtifactDamagedError, match=r"about\.json is damaged"):
        Artifact(tmp_path / "data-1").read_json("about.json")


def test_a_setting_that_looks_like_a_sentence_stays_what_it_is(tmp_path: Path):
    columns = {"template": "category", "many": "number", "values": "number"}
    artifact = Artifact(tmp_path / "data-1")
    artifact.write_json("spec.json", {"columns": columns})
    assert artifact.read_json("spec.json") == {"columns": columns}


def test_every_template_with_fields_can_be_read_from_a_file():
    for template in translation.read_template():
        fields = [name for _text, name, _spec, _by in string.Formatter().parse(template) if name]
        if fields and all(name.isidentifier() for name in fields):  # else it is a regex, or JSON
            left = _FIELD.sub("", template)
            assert "{" not in left and "}" not in left, template


def test_figures_and_exported_pages_speak_the_language_they_are_asked_for(made_up_language: None):
    figure = dots_figure([Dot("PCA", 0.5, 0.4, 0.6)], title=_("Accuracy"), say=_)
    assert "⟦tó" in figure.data[0].hovertemplate
    english = dots_figure([Dot("PCA", 0.5, 0.4, 0.6)], title="Accuracy")
    assert english.data[0].hovertemplate == "%{y}: %{x:.4g} (0.4 to 0.6)<extra></extra>"
    words = said_words("film", _)
    assert words.keys() == words_of("film").keys()
    for text in words.values():
        assert not re.search(r"[a-z]{2}", re.sub(r"\{\w+\}", "", _outside(text)))


def test_pages_ask_for_figures_and_files_in_the_language_of_who_looks():
    """Whatever has a parameter `say` is given one."""
    speaking = {
        node.name
        for folder in ("figures", "export")
        for path in (ROOT / "aecore" / folder).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and any(argument.arg == "say" for argument in node.args.kwonlyargs)
    }
    assert {"dots_figure", "map_figure", "single_file", "film_page"} <= speaking
    for path in (ROOT / "pages").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        imported = set(re.findall(r"from aecore\.(?:figures|export)\.\w+ import (.*)", source))
        names = {name.strip() for line in imported for name in line.split(",")} & speaking
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and name_of(node) in names:
                assert any(each.arg == "say" for each in node.keywords), f"{path}:{node.lineno}"
