"""The defaults of every spec, written down by version: what stands at its default is in no key.

`python -m tests.core.pinned_defaults` writes them down anew, and refuses a default that changed
without its spec's version.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

from pydantic_core import PydanticUndefined

from aecore.specs.base import Part, Spec, Variant
from aecore.specs.registry import SPECS

FILE = Path(__file__).with_name("pinned_defaults.json")
MEND = (
    "Raise `{name}.version`, so that no old result is served for the new default, then run "
    "`python -m tests.core.pinned_defaults` and commit its file."
)
WRITE = "Run `python -m tests.core.pinned_defaults` and commit its file."


def defaults_of(part: type[Part], prefix: str = "") -> dict[str, Any]:
    """Every setting that has a default, by dotted name, those of parts too; as JSON has them."""
    found: dict[str, Any] = {}
    for name, field in part.model_fields.items():
        for inner in _parts_in(field.annotation):
            alternative = f"{inner.tag()}." if issubclass(inner, Variant) else ""
            found |= defaults_of(inner, f"{prefix}{name}.{alternative}")
        if field.default is not PydanticUndefined:
            found[prefix + name] = _plain(field.default)
    return found


def pinned() -> dict[str, Any]:
    """What is written down: by kind, its version and its defaults."""
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


def problems_of(specs: Iterable[type[Spec]], known: dict[str, Any]) -> list[str]:
    """What of these specs is not as written down, and what to do about it."""
    found = []
    for spec in specs:
        now, before = defaults_of(spec), known.get(spec.kind, {"version": 0, "defaults": {}})
        changed = [
            f"{spec.kind}.{name}: {before['defaults'][name]!r} became {now[name]!r}. "
            + MEND.format(name=spec.__name__)
            for name in sorted(now.keys() & before["defaults"].keys())
            if _known_part(now[name], before["defaults"][name]) != before["defaults"][name]
            and spec.version <= before["version"]
        ]
        found += changed
        if not changed and {"version": spec.version, "defaults": now} != before:
            found.append(f"{spec.kind} has other settings, or a new version. {WRITE}")
    return found


def _known_part(now: Any, before: Any) -> Any:
    """Of a default that is a part: the settings that were there before.

    A new one stands at its own default in every old result, and so changes no key.
    """
    if isinstance(now, dict) and isinstance(before, dict):
        return {name: _known_part(now[name], before[name]) for name in before if name in now}
    if isinstance(now, list) and isinstance(before, list) and len(now) == len(before):
        return [_known_part(*pair) for pair in zip(now, before, strict=True)]
    return now


def _parts_in(annotation: Any) -> list[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return [annotation]
    return [part for inner in get_args(annotation) for part in _parts_in(inner)]


def _plain(value: Any) -> Any:
    if isinstance(value, Part):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


def _write() -> int:
    blocking = [line for line in problems_of(SPECS.values(), pinned()) if "became" in line]
    if blocking:
        sys.stderr.write("\n".join(blocking) + "\n")
        return 1
    found = {
        kind: {"version": spec.version, "defaults": defaults_of(spec)}
        for kind, spec in sorted(SPECS.items())
    }
    FILE.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(_write())
