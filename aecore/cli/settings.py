"""Settings of a run by their dotted names, as the command line has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from aecore.errors import SpecError
from aecore.specs.base import Variant

DOTTED = {"n_dims": "code.n_dims", "lr": "optimizer.lr"}
"""Settings that have an option of their own."""


def listed(part: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every setting by its dotted name, with its help text."""
    for name, field in part.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from listed(inner, f"{prefix}{name}.")
        elif (known := _alternatives(inner)) and get_origin(inner) is not tuple:
            yield f"{prefix}{name}.{known[0].discriminator}", field.description or ""
            yield from _of_alternatives(known, f"{prefix}{name}.")
        else:
            yield prefix + name, field.description or ""
            yield from _of_terms(known, f"{prefix}{name}.")


def _of_alternatives(known: list[type[Variant]], prefix: str) -> Iterator[tuple[str, str]]:
    """What a setting has of which one alternative is chosen: of all, then of each."""
    shared = known[0].base()
    for key, text in listed(shared):
        if key != shared.discriminator:
            yield prefix + key, text
    for one in known:
        for key, text in listed(one):
            if key not in shared.model_fields:
                yield prefix + key, f"{one.tag()}: {text}"


def _of_terms(known: list[type[Variant]], prefix: str) -> Iterator[tuple[str, str]]:
    """Where several stand together: what all of them have, then what each has of its own."""
    if not known:
        return
    shared = known[0].base()
    yield prefix + "NAME", "One of " + ", ".join(one.tag() for one in known)
    for key, text in listed(shared):
        if key != shared.discriminator:
            yield f"{prefix}NAME.{key}", text
    for one in known:
        own = ((key, text) for key, text in listed(one) if key not in shared.model_fields)
        yield from ((f"{prefix}{one.tag()}.{key}", text) for key, text in own)


def _alternatives(annotation: Any) -> list[type[Variant]]:
    """The classes of a setting that has several."""
    if isinstance(annotation, type) and issubclass(annotation, Variant):
        return [annotation]
    return [one for inner in get_args(annotation) for one in _alternatives(inner)]


def parsed(more: tuple[str, ...]) -> dict[str, Any]:
    """`NAME=VALUE` each, the value as JSON or else as a word.

    Raises
    ------
    SpecError
    """
    settings = {}
    for item in more:
        name, equals, value = item.partition("=")
        if not equals:
            raise SpecError(f"--set {item!r:.60} has no '='.", "Write NAME=VALUE.")
        try:
            settings[name.strip()] = json.loads(value)
        except json.JSONDecodeError:
            settings[name.strip()] = value
    return settings
