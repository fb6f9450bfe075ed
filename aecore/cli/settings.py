"""Settings of a run by their dotted names, as the command line has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from aecore.errors import SpecError
from aecore.recipes import recipe
from aecore.specs.run import NetworkSpec, RunSpec

_DOTTED = {"n_dims": "code.n_dims", "lr": "optimizer.lr"}
_OPTIONAL = (NetworkSpec | None,)
"""Parts of a run that may be left out."""


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


def changes_of(recipe_name: str, flat: dict[str, Any]) -> dict[str, Any]:
    """Settings by dotted name, put into the recipe's own parts.

    Raises
    ------
    SpecError
        If there is no such setting.
    """
    flat = {_DOTTED.get(name, name): value for name, value in flat.items()}
    settings = recipe(recipe_name).settings
    changes: dict[str, Any] = {}
    for name, value in flat.items():
        part, dot, field = name.partition(".")
        if not dot:
            changes[name] = value
            continue
        whole = changes.get(part) or settings.get(part) or _default(part)
        if isinstance(whole, BaseModel):
            whole = whole.model_dump()
        if not isinstance(whole, dict):
            raise SpecError(f"There is no setting {name!r:.60}.", "`aecore train --list` has all.")
        changes[part] = {**whole, field: value}
    return changes


def _default(part: str) -> Any:
    """What a part of a run is where a recipe says nothing; {} for one that is left out."""
    field = RunSpec.model_fields.get(part)
    found = None if field is None else field.get_default()
    return {} if field is not None and found is None and field.annotation in _OPTIONAL else found
