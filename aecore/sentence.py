"""English text that remembers its template and values, to be said in another language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import reduce
from numbers import Integral, Real
from typing import Any, Protocol

Value = str | int | float
_FIELD = re.compile(r"\{[A-Za-z_]\w*(:[-+,]?\d{0,2}(\.\d{1,3})?[a-z%]?)?\}|\{\{|\}\}")
_PARTS = {"template", "many", "values"}


class Say(Protocol):
    """What says a text with its values in a language: `Sentence` in English, a page in its own."""

    def __call__(self, text: str, /, **values: object) -> str: ...


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


def mark(template: str) -> str:
    """A template for the catalogue, whose values are known later."""
    return template


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
    sentence.template, sentence.many = str.__str__(template), str.__str__(many)
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


def joined(sentences: Iterable[str]) -> str:
    """Sentences one after the other, as one; empty ones are left out.

    Examples
    --------
    >>> joined(["It was too short.", "", "Train further."])
    'It was too short. Train further.'
    """
    given = [each for each in sentences if each]
    return reduce(_two, given) if given else ""


def _two(first: str, second: str) -> str:
    return Sentence("{first} {second}", first=first, second=second)


def listed(words: Sequence[str], n_most: int | None = None) -> str:
    """Words behind each other, the first `n_most`, and how many more there are.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a", "b", "c"], 1)
    ('a, b, c', 'a and 2 more')
    """
    shown = words[:n_most]
    text: str = ", ".join(shown)
    if any(isinstance(word, Sentence) for word in shown):
        text = reduce(_listed_two, shown)
    n_more = len(words) - len(shown)
    return Sentence("{words} and {n:,} more", words=text, n=n_more) if n_more else text


def _listed_two(first: str, second: str) -> str:
    return Sentence("{first}, {second}", first=first, second=second)


def to_json(value: Any) -> Any:
    """A value as JSON holds it: sentences in it, however deep, with their parts."""
    if isinstance(value, Sentence):
        parts = {"template": value.template, "many": value.many}
        return {**parts, "values": to_json(value.values)}
    if isinstance(value, dict):
        return {name: to_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(each) for each in value]
    return value


def from_json(found: Any) -> str:
    """A text from what `to_json` made of it.

    Raises
    ------
    ValueError
        If it is anything else: its template has fields that no value fills, or asks for more than
        a number's form, as text from outside may (`{n:1000000000}`).
    """
    if isinstance(found, str):
        return found
    if not isinstance(found, dict) or found.keys() != _PARTS:
        raise ValueError(f"{type(found).__name__} is no text")
    template, many, values = found["template"], found["many"], found["values"]
    if not isinstance(values, dict) or not all(isinstance(each, str) for each in (template, many)):
        raise ValueError("a sentence has a template and values")
    if values and any(sign in _FIELD.sub("", template + many) for sign in "{}"):
        raise ValueError("a template has fields with names alone")
    try:
        return _made(Sentence, template, many, {n: _read(value) for n, value in values.items()})
    except (TypeError, LookupError, ValueError) as problem:
        raise ValueError("a sentence's values do not fit its template") from problem


def _read(value: Any) -> Value:
    return value if isinstance(value, int | float) else from_json(value)


def object_from_json(found: dict[str, Any]) -> Any:
    """`object_hook` of `json.loads`: what `to_json` made of a sentence becomes it again.

    Raises
    ------
    ValueError
        As of `from_json`.
    """
    is_sentence = found.keys() == _PARTS and isinstance(found["values"], dict)
    return from_json(found) if is_sentence else found
