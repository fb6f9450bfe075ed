"""Settings of a run by their dotted names, as the command line has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from aecore.errors import SpecError

DOTTED = {"n_dims": "code.n_dims", "lr": "optimizer.lr"}
"""Settings that have an option of their own."""


def listed(part: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every setting by its dotted name, with its help text."""
    for name, field in part.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from listed(inner, f"{prefix}{name}.")
        else:
            yield prefix + name, field.description or ""


def parsed(more: tuple[str, ...]) -> dict[str, Any]:
    """`NAME=VALUE` each, the value as JSON or else as a word.

    Raises
    ------
    SpecError
    """
    found = {}
    for item in more:
        name, equals, value = item.partition("=")
        if not equals:
            raise SpecError(f"--set {item!r:.60} has no '='.", "Write NAME=VALUE.")
        try:
            found[name.strip()] = json.loads(value)
        except json.JSONDecodeError:
            found[name.strip()] = value
    return found
