"""What a run from elsewhere says beside its weights: its title, its state and its history."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from aecore.artifact import Artifact, State
from aecore.errors import DataError
from aecore.training import HISTORY, STRIP, VIEW, VIEW_LABELS, VIEW_ROWS

MAX_LENGTH = 200
"""Characters of a title that are kept."""
_NAMES = ("title", "recipe", "data_title")
_NUMBERS = ("epoch", "step", "lr", "n_per_s", "eta_s")
_N_AXES = {STRIP: (3, 5), VIEW: (2,), VIEW_ROWS: (1,), VIEW_LABELS: (1,)}


def keep_plain_words(artifact: Artifact) -> None:
    """Keep short words of what is said about an artifact, and that it is done; nothing else.

    Pages list what is said of all runs, so that one with anything else would end the list.
    """
    about = artifact.about
    words = {name: about[name] for name in _NAMES if isinstance(about.get(name), str)}
    artifact.write_json("about.json", {name: word[:MAX_LENGTH] for name, word in words.items()})
    artifact.write_json("state.json", State("done", updated=time.time()).to_json())


def check_history(artifact: Artifact) -> None:
    """Make sure that records are what a training writes, and arrays what is drawn of one.

    Raises
    ------
    DataError
    """
    records, _ = artifact.read_history(HISTORY)
    if not all(map(_is_record, records)):
        raise _damaged()
    for name, n_axes in _N_AXES.items():
        if artifact.has(name):
            array = artifact.read_array(name)
            if array.ndim not in n_axes or array.dtype.kind not in "biuf":
                raise _damaged()


def _is_record(record: object) -> bool:
    return (
        isinstance(record, dict)
        and all(_is_number(record.get(name)) for name in _NUMBERS)
        and isinstance(record.get("whole"), bool)
        and isinstance(record.get("last"), bool)
        and isinstance(record.get("note", ""), str | dict)
        and all(_are_numbers(record.get(part)) for part in ("train", "val"))
        and _are_numbers(record.get("pca", {}))
    )


def _are_numbers(found: Any) -> bool:
    return isinstance(found, Mapping) and all(_is_number(value) for value in found.values())


def _is_number(value: object) -> bool:
    is_real = isinstance(value, int | float) and not isinstance(value, bool)
    return is_real and (math.isnan(value) or abs(value) < 1e300)  # type: ignore[arg-type]


def _damaged() -> DataError:
    return DataError("The history of the exported run is damaged.", "Export it again.")
