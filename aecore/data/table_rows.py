"""Rows of a text table while they are read."""

from __future__ import annotations

_N_HEAD, _MAX_KNOWN = 200, 50_000


class TableRows:
    """Cells as they are read, column by column: a list for each row would take ten times as much.

    Words that come again are kept once.

    Examples
    --------
    >>> rows = TableRows()
    >>> for row in (["a", "b"], ["1", "2"], ["1", "3"]):
    ...     rows.append(row)
    >>> rows.n, rows.columns
    (3, [['a', '1', '1'], ['b', '2', '3']])
    """

    def __init__(self) -> None:
        self.head: list[list[str]] = []
        """The first rows whole."""
        self.columns: list[list[str]] = []
        self.n = 0
        self._known: dict[str, str] = {}

    def append(self, row: list[str]) -> None:
        """Add a row, with as many cells as the first."""
        if not self.n:
            self.columns = [[] for _ in row]
        if self.n < _N_HEAD:
            self.head.append(row)
        known = self._known
        if len(known) > _MAX_KNOWN:
            known.clear()  # hardly anything comes again
        for cells, cell in zip(self.columns, row, strict=True):
            cells.append(known.setdefault(cell, cell))
        self.n += 1
