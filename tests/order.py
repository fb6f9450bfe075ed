"""The order in which tests run side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def long_first(items: Sequence[T], are_long: Sequence[bool], n_processes: int) -> list[T]:
    """All items, those that are long dealt out to the beginnings of equal pieces.

    Parameters
    ----------
    are_long
        Whether each is.
    n_processes
        In how many pieces of equal length the list is cut, the shorter ones first.
    """
    long = [item for item, is_long in zip(items, are_long, strict=True) if is_long]
    others = iter([item for item, is_long in zip(items, are_long, strict=True) if not is_long])
    ordered: list[T] = []
    for n_done in range(n_processes):
        piece = (len(items) - len(ordered)) // (n_processes - n_done)
        first = long[n_processes - 1 - n_done :: n_processes]  # as many more as the piece is longer
        ordered += [*first, *(next(others) for _ in range(piece - len(first)))]
    return ordered
