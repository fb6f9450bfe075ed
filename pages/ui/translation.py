"""The words of a page in the language of who looks: gettext catalogues, and numbers by locale.

English is what stands in the code, and the key of every catalogue. `pages/locale/words.pot` lists
all of it (`make words`); a language is one file beside it, `ru.po`. `AECORE_LANGUAGE` sets the
language of a server, else the browser says which it prefers. `AECORE_LANGUAGE=pseudo` shows a made
up one (see `pages.ui.pseudo`), by which a test finds what is not translated and what is cut off.
"""

from __future__ import annotations

import gettext
import io
import os
import string
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import streamlit as st

from aecore.sentence import Sentence
from pages.ui import pseudo

__all__ = ["_", "dialog", "language", "mark", "ngettext", "number_text"]

F = TypeVar("F", bound=Callable[..., Any])

FOLDER = Path(__file__).resolve().parents[1] / "locale"
ENGLISH = "en"


def _(text: str, /, **values: object) -> str:
    """A text in the language of who looks.

    Parameters
    ----------
    text
        English. With values it is a template: `str.format` fills its named fields, numbers by
        locale. A sentence of `aecore` brings its own values.
    values
        What stands in the fields; sentences among them are translated too.

    Examples
    --------
    >>> _("Train {name} for {n:,} epochs", name="VAE", n=1200)
    'Train VAE for 1,200 epochs'
    """
    known = language()
    if not values and isinstance(text, Sentence):
        if text.many:
            n = int(text.values["n"])
            return ngettext(text.template, text.many, n, **text.values)
        values = dict(text.values)
        text = text.template
    text = str.__str__(text)
    found = _catalogue(known).gettext(text) if text else text
    return _fill(found, values, known) if values else found


def ngettext(one: str, many: str, n: float, /, **values: object) -> str:
    """The form of a text that goes with a number, as each language has its own forms.

    Parameters
    ----------
    one, many
        English, for 1 and for any other number; both may have a field `{n}`.

    Examples
    --------
    >>> ngettext("{n} file is left out", "{n} files are left out", 3)
    '3 files are left out'
    """
    known = language()
    whole = int(n) if n == int(n) else 2  # half a day takes the form of many
    return _fill(_catalogue(known).ngettext(one, many, whole), {"n": n, **values}, known)


class Constant(str):
    """A text of the catalogue that is written down before anybody looks, as constants are.

    It is English wherever it is compared or looked up, and translated where it is formatted or
    turned into text, as Streamlit does with what it shows. Labels of widgets need `_`.
    """

    def __str__(self) -> str:
        return _(str.__str__(self))

    def __format__(self, format_spec: str) -> str:
        return format(str(self), format_spec)


def mark(text: str) -> str:
    """A constant for the catalogue, translated where it is shown.

    Examples
    --------
    >>> MODES = {"linear": mark("Linear")}
    >>> _(MODES["linear"])
    'Linear'
    """
    return Constant(text)


def dialog(title: str, **settings: Any) -> Callable[[F], F]:
    """`st.dialog`, whose title is translated each time the dialog is opened."""

    def decorate(function: F) -> F:
        @wraps(function)
        def opened(*args: Any, **values: Any) -> Any:
            return st.dialog(_(title), **settings)(function)(*args, **values)

        return cast(F, opened)

    return decorate


def number_text(value: float, spec: str = "") -> str:
    """A number as the language writes it.

    Examples
    --------
    >>> number_text(1234.5, ",.2f")
    '1,234.50'
    """
    return _Formatter(language()).format_field(value, spec)


def language() -> str:
    """Code of the language to show: that of `AECORE_LANGUAGE`, else the browser's, else English."""
    return os.environ.get("AECORE_LANGUAGE") or _preferred()


def browser_tag(known: str) -> str:
    """A language as browsers name it: "pt-BR"; the made-up one writes numbers as English does."""
    return ENGLISH if known == pseudo.CODE else known.replace("_", "-")


def languages() -> list[str]:
    """Codes of the languages that there are beside English."""
    return _languages(FOLDER)


@lru_cache(maxsize=4)
def _languages(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.po"))


def _preferred() -> str:
    """The language that the browser names, where there is a catalogue of it."""
    there = languages()
    asked = str(st.context.locale or "").replace("-", "_") if there else ""
    return next((known for known in (asked, asked.partition("_")[0]) if known in there), ENGLISH)


@lru_cache(maxsize=16)
def _catalogue(known: str) -> gettext.NullTranslations:
    if known == pseudo.CODE:
        return pseudo.Pseudo(read_template())
    path = FOLDER / f"{known}.po"
    if known not in languages():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=known))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def read_template() -> frozenset[str]:
    """English of all that is marked, singular and plural forms alike."""
    from babel.messages.pofile import read_po

    with (FOLDER / "words.pot").open("rb") as file:
        messages = [message.id for message in read_po(file) if message.id]
    return frozenset(
        form for each in messages for form in ((each,) if isinstance(each, str) else each)
    )


def _fill(template: str, values: dict[str, Any], known: str) -> str:
    return _Formatter(known).vformat(template, (), values)


class _Formatter(string.Formatter):
    """`str.format` with named fields, whose numbers are written as a language writes them."""

    def __init__(self, known: str) -> None:
        self._language = known

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Sentence):
            value = _(value)
        text = format(value, format_spec)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return _in_locale(text, self._language) if is_number else text


def _in_locale(text: str, known: str) -> str:
    """A number as Python writes it, with the locale's signs for groups and decimals."""
    if known in (ENGLISH, pseudo.CODE):
        return text
    signs = _signs(known)
    return "".join(signs.get(sign, sign) for sign in text)


@lru_cache(maxsize=16)
def _signs(known: str) -> dict[str, str]:
    from babel.numbers import get_decimal_symbol, get_group_symbol

    group: Callable[[str], str] = get_group_symbol
    return {",": group(known), ".": get_decimal_symbol(known)}
