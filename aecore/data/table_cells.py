"""Cells of a table as words, numbers and dates."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np

Cells = np.ndarray
"""A column as it came: float64 with NaN for none, or objects, str or None."""
_DAY_FORMATS = ("%d.%m.%Y", "%Y/%m/%d", "%d.%m.%Y %H:%M", "%Y/%m/%d %H:%M")


def as_words(cells: Cells) -> list[str | None]:
    """Each cell as it is written; None where it is empty."""
    if cells.dtype == object:
        return list(cells)
    return [None if math.isnan(v) else f"{v:.15g}" for v in cells.tolist()]


def numbers_of(cells: Cells) -> np.ndarray:
    """Cells as numbers, float64, NaN where there is none; commas may be decimal points."""
    if cells.dtype != object:
        return cells
    for is_comma in (False, True):
        found = np.array([_number(cell, is_comma) for cell in cells], np.float64)
        if not (np.isnan(found) & ~missing_of(cells)).any():
            return found
    return np.array([_number(cell, False) for cell in cells], np.float64)


def _number(cell: str | None, is_comma: bool) -> float:
    if cell is None:
        return math.nan
    if is_comma:
        cell = cell.replace(".", "").replace(",", ".") if "," in cell else cell
    try:
        return math.nan if "_" in cell else float(cell)
    except ValueError:
        return math.nan


def dates_of(cells: Cells) -> np.ndarray:
    """Cells as seconds since 1970, float64, NaN where there is no date."""
    if cells.dtype != object:
        return np.full(len(cells), math.nan)
    return np.array([_seconds(cell) for cell in cells], np.float64)


def are_dates(cells: Cells) -> bool:
    """Whether each cell is a date; what is none is mostly found out at the first."""
    return cells.dtype == object and not any(math.isnan(_seconds(cell)) for cell in cells)


def _seconds(cell: str | None) -> float:
    if cell is None or not 8 <= len(cell) <= 35 or not cell[:1].isdigit():
        return math.nan
    found = None
    try:
        found = None if cell.isdigit() else datetime.fromisoformat(cell)
    except ValueError:
        for form in _DAY_FORMATS:
            try:
                found = datetime.strptime(cell, form)
                break
            except ValueError:
                continue
    if found is None:
        return math.nan
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def missing_of(cells: Cells) -> np.ndarray:
    is_none = [cell is None for cell in cells] if cells.dtype == object else np.isnan(cells)
    return np.asarray(is_none, bool)


def decimals_of(cells: Cells, values: np.ndarray) -> int | None:
    if cells.dtype != object:
        known = values[~np.isnan(values)]
        return 0 if (known == np.rint(known)).all() else None
    if any("e" in cell.lower() for cell in cells if cell):
        return None
    return max(
        len(cell.replace(",", ".").rpartition(".")[2]) if _has_point(cell) else 0
        for cell in cells
        if cell
    )


def _has_point(cell: str) -> bool:
    return "." in cell or "," in cell
