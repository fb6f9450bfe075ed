"""One page of HTML that needs no server: a part of the front end, with what it shows inside."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Mapping
from functools import cache

from aecore.launch import app_root
from aecore.sentence import Say, Sentence

_FOLDER = app_root() / "assets" / "components"
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:; "
    "style-src 'unsafe-inline'; img-src blob: data:"
)
"""A browser holds the page to it: nothing is asked of any host."""
ENGLISH = "en"


def one_page(
    title: str,
    body: str,
    message: bytes,
    *,
    component: str,
    exported: str,
    say: Say = Sentence,
    language: str = ENGLISH,
) -> str:
    """The page, as HTML.

    Parameters
    ----------
    title
        Any text; it is shown as it stands.
    body
        HTML below the title, with all that comes from people escaped.
    message
        What the part is given in the app; it lies packed in the page.
    component
        The part; its `page.js` begins it.
    exported
        What the part's script hands to the app, which a page has no use for.
    say, language
        Says the part's words in a language, and its tag: "en", "pt-BR".
    """
    words = said_words(component, say)
    script = script_of(component, words, language) + asset(f"{component}/page.js")
    script = script.replace(f"export default {exported};", "")
    styles = "".join(asset(f"{name}.css") for name in _styles_of(component))
    return f"""<!doctype html>
<html lang="{html.escape(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<title>{html.escape(title)}</title>
<style>{styles}</style>
</head>
<body>
<main>
<h1>{html.escape(title)}</h1>
{body}
</main>
<script type="text/plain" id="packed">{base64.b64encode(message).decode()}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def _styles_of(component: str) -> tuple[str, ...]:
    return ("shared/base", f"{component}/index", "shared/page")


@cache
def words_of(component: str) -> dict[str, str]:
    """What a component of the front end says, in English: id to text, with named fields."""
    own = f"{component}/words.json"
    there = ["shared/words.json", *([own] if (_FOLDER / own).exists() else [])]
    return {key: text for name in there for key, text in json.loads(asset(name)).items()}


def said_words(component: str, say: Say) -> dict[str, str]:
    """What a component says in a language: id to text."""
    return {key: say(text) for key, text in words_of(component).items()}


def markup_of(component: str, words: Mapping[str, str] | None = None) -> str:
    """The HTML of a component; `{{id}}` in it is the text of this id.

    Parameters
    ----------
    words
        Id to text; English where there are none.
    """
    known = words_of(component) if words is None else words
    markup = asset(f"{component}/index.html")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: html.escape(known[found[1]]), markup)


def script_of(
    component: str, words: Mapping[str, str] | None = None, language: str = ENGLISH
) -> str:
    """All scripts of a component, below the words that they say.

    Parameters
    ----------
    words
        Id to text; English where there are none.
    language
        Tag of the language, as browsers have it: "en", "pt-BR".
    """
    known = words_of(component) if words is None else words
    said = json.dumps(dict(known), ensure_ascii=False).replace("</", "<\\/")
    head = f"const WORDS = {said}, LOCALE = {json.dumps(language)};\n"
    return head + "".join(asset(f"{name}.js") for name in _scripts_of(component))


@cache
def _scripts_of(component: str) -> tuple[str, ...]:
    """Scripts of a component in their order, below `assets/components`."""
    beside = json.loads(asset("parts.json")).get(component, [])
    return ("shared/payload", *beside, f"{component}/index")


@cache
def asset(name: str) -> str:
    """A file of the front end, as text."""
    return (_FOLDER / name).read_text(encoding="utf-8")
