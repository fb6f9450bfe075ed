"""Suggestions as a table that a spreadsheet opens."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from aecore.export.csv_cell import plain_cell

if TYPE_CHECKING:
    from aecore.studies.recommend.suggest import Recommender, Suggestions


def suggestion_csv(
    recommender: Recommender, chosen: np.ndarray, by_title: Mapping[str, Suggestions]
) -> str:
    """A line a suggestion: method, rank, thing, score, and the choice that speaks most for it.

    Parameters
    ----------
    chosen
        int64 `(n,)`, what was chosen.
    by_title
        By the title of the method.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["method", "rank", "thing", "score", "strongest reason", "change of the score"])
    for title, suggested in by_title.items():
        for rank, thing in enumerate(suggested.things):
            reasons = suggested.reasons[rank]
            best = int(reasons.argmax())
            writer.writerow(
                [
                    title,
                    rank + 1,
                    plain_cell(recommender.thing(int(thing))),
                    f"{suggested.scores[rank]:.6g}",
                    plain_cell(recommender.thing(int(chosen[best]))),
                    f"{reasons[best]:.6g}",
                ]
            )
    return file.getvalue()
