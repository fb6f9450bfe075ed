"""`python -m tests.words.extract` writes `pages/locale/words.pot`: all that translators are given.

It holds what is marked on pages, texts of errors and of what describes recipes, settings and
scores in `aecore`, and the words of the components.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from pages.ui.translation import FOLDER
from tests.words.unmarked import DESCRIBES, ROOT, alternatives, files, is_error, name_of


@dataclass(frozen=True)
class Entry:
    """One text of the catalogue; `many` is its form for any number but 1."""

    text: str
    path: str
    many: str = ""


def entries(root: Path = ROOT) -> Iterator[Entry]:
    """All texts, file by file."""
    for path in files(root):
        name = path.relative_to(root).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield from _of_call(node, name)
    for path in sorted((root / "assets" / "components").glob("*/words.json")):
        name = path.relative_to(root).as_posix()
        yield from (Entry(text, name) for text in json.loads(path.read_text("utf-8")).values())


def _of_call(call: ast.Call, path: str) -> Iterator[Entry]:
    name, texts = name_of(call), [_text(argument) for argument in call.args]
    if name in ("_", "mark", "say", "Sentence") and texts and texts[0]:
        yield Entry(texts[0], path)
    elif name in ("ngettext", "plural") and len(texts) > 2 and texts[0] and texts[1]:
        yield Entry(texts[0], path, texts[1])
    elif is_error(call) or name in DESCRIBES:
        values = call.args[:2] if is_error(call) else call.args
        given = [*values, *(argument.value for argument in call.keywords)]
        kept = given[: len(values)] if is_error(call) else given
        for each in [form for argument in kept for form in alternatives(argument)]:
            if (text := _text(each)) and any(letter.isalpha() for letter in text):
                yield Entry(text, path)


def _text(node: ast.expr) -> str:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return str(node.value) if is_text else ""  # type: ignore[attr-defined]


def catalogue(root: Path = ROOT) -> Catalog:
    """The template of all catalogues."""
    found = Catalog(project="Latent Lab", charset="utf-8")
    for entry in entries(root):
        id_ = (entry.text, entry.many) if entry.many else entry.text
        found.add(id_, locations=[(entry.path, 0)])
    return found


def main() -> None:
    """Write the template."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "words.pot").open("wb") as file:
        write_po(file, catalogue(), omit_header=True, sort_output=True, include_lineno=False)


if __name__ == "__main__":
    main()
