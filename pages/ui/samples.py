"""Samples on a page: their parts and classes, and what stands below each picture."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aecore.data.samples import SampleSet
from pages.ui.translation import _, mark
from pages.ui.url_state import choice

PART_NAMES = {"train": mark("Training"), "val": mark("Validation"), "test": mark("Test")}
ALL = "all"


def ask_class(key: str, samples: SampleSet, *, width: int) -> str | None:
    """A control of the class; its name, None for all. In the address it goes by its number."""
    if not samples.label_names:
        return None
    names = {str(i): name for i, name in enumerate(samples.label_names)}
    chosen = choice(_("Class"), {ALL: _("All classes"), **names}, key, width=width)
    return names.get(chosen)


def rows_of(samples: SampleSet, part: str, name: str | None) -> np.ndarray:
    """Samples of a part ("all": every one) and a class (its name; None: of any)."""
    parts: Mapping[str, np.ndarray] = {str(name): rows for name, rows in samples.parts.items()}
    rows = np.arange(len(samples)) if part == ALL else parts.get(part, np.arange(0))
    if name is not None and samples.labels is not None:
        of_class: np.ndarray = rows[samples.labels[rows] == samples.label_names.index(name)]
        return of_class
    return rows


def captions(samples: SampleSet, rows: np.ndarray) -> list[str]:
    """What stands below each picture: its class, else its name, else its number."""
    found = []
    for row in rows:
        label = -1 if samples.labels is None else int(samples.labels[row])
        if label >= 0:
            found.append(samples.label_names[label])
        elif samples.names:
            found.append(samples.names[row].rsplit("/", 1)[-1])
        else:
            found.append(f"#{row}")
    return found
