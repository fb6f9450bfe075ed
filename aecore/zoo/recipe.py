"""What a recipe is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aecore.specs.run import RunSpec


@dataclass(frozen=True)
class Recipe:
    """Settings that work as given, with where they come from.

    Parameters
    ----------
    summary
        In plain words: what it is, what to look for, what can go wrong.
    settings
        Fields of a `RunSpec`, all but the data.
    """

    name: str
    title: str
    summary: str
    reference: str
    settings: dict[str, Any] = field(repr=False)

    def spec(self, data: str, **changes: Any) -> RunSpec:
        """The run of this recipe on a data artifact, some settings changed.

        Raises
        ------
        SpecError
            If a change is out of bounds or does not fit.
        """
        return RunSpec.of(data=data, **{**self.settings, **changes})
