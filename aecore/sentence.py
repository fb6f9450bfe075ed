"""English text that remembers its template and values, to be said in another language."""

from __future__ import annotations

import re
from numbers import Integral, Real
from string import Formatter
from typing import Any

Value = str | int | float
_HOW = re.compile(r"[<>^]?\+?\d{0,2},?(\.\d{1,3})?[a-z%]?")
"""How a field of a sentence is written: a width, places behind the point, a kind."""


class Sentence(str):
    """A template with its values filled in; as text, it is the English sentence.

    Parameters
    ----------
    template
        English, with a named field for each value, as `str.format` reads it: the key under which
        catalogues of other languages hold the sentence. Without values it is taken as it stands,
        braces included.
    values
        What stands in the fields: numbers and text, also other sentences. Anything else is turned
        into text.

    Examples
    --------
    >>> Sentence("Patches of {side} px do not fit.", side=7)
    'Patches of 7 px do not fit.'
    >>> Sentence("Patches of {side} px do not fit.", side=7).template
    'Patches of {side} px do not fit.'
    """

    template: str
    values: dict[str, Value]
    many: str
    """The template for any number `n` but 1; empty where there is no such form."""

    def __new__(cls, template: str, /, **values: object) -> Sentence:
        return _made(cls, template, "", values)

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (type(self), self.template, self.many, self.values)


def plural(one: str, many: str, n: int, /, **values: object) -> Sentence:
    """The form of a sentence that goes with a number; both may have a field `{n}`.

    Examples
    --------
    >>> plural("{n} file is left out.", "{n} files are left out.", 3)
    '3 files are left out.'
    """
    return _made(Sentence, one, many, {"n": n, **values})


def _made(kind: type[Sentence], template: str, many: str, values: dict[str, Any]) -> Sentence:
    form = many if many and values["n"] != 1 else template
    sentence = str.__new__(kind, form.format(**values) if values else form)
    sentence.template, sentence.many = str(template), str(many)
    sentence.values = {name: _plain(value) for name, value in values.items()}
    return sentence


def _plain(value: object) -> Value:
    """A number of Python's own, or text."""
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    return value if isinstance(value, str) else str(value)


def as_sentence(text: str, values: dict[str, Any]) -> str:
    """Text with its values; what is already a sentence, or has no values, stays as it is."""
    return Sentence(text, **values) if values and not isinstance(text, Sentence) else text


def to_json(text: str) -> Any:
    """A text as JSON holds it: a sentence with its parts, any other as it is."""
    if isinstance(text, Sentence):
        values = {
            name: to_json(value) if isinstance(value, str) else value
            for name, value in text.values.items()
        }
        return {"template": text.template, "many": text.many, "values": values}
    return text


def _check_form(form: str) -> None:
    """Make sure that a template from elsewhere asks for no more than values as they are written."""
    for _, name, how, _ in Formatter().parse(form):
        if name is not None and not (name.isidentifier() and _HOW.fullmatch(how or "")):
            raise ValueError(f"no field of a sentence: {name[:40]}")


def from_json(found: Any) -> str:
    """Inverse of `to_json`.

    Raises
    ------
    TypeError, KeyError, IndexError, ValueError, AttributeError
        If it is anything else.
    """
    if isinstance(found, dict):
        values = {
            name: from_json(value) if isinstance(value, dict) else value
            for name, value in found["values"].items()
        }
        for form in (found["template"], found["many"]) if values else ():
            _check_form(form)
        return _made(Sentence, found["template"], found["many"], values)
    if not isinstance(found, str):
        raise TypeError(f"{type(found).__name__} is no text")
    return found
