"""Things of held-out people, of which some are hidden to be suggested."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.data.sparse_rows import SparseRows
from aecore.errors import TooFewSamplesError


@dataclass(frozen=True)
class HiddenThings:
    """People whose things are told apart.

    Parameters
    ----------
    rows
        int64 `(n,)`, rows of the set.
    known, hidden
        `(n, F)`: what a method is shown, and what it is to suggest.
    """

    rows: np.ndarray
    known: SparseRows
    hidden: SparseRows

    def __len__(self) -> int:
        return len(self.rows)


def hide_things(
    x: SparseRows, rows: np.ndarray, *, share: float = 0.2, seed: int = 0
) -> HiddenThings:
    """Hide a share of the things of each person, at least one, drawn by the seed.

    Liang et al. 2018, arXiv:1802.05814, section 4.1: 80 % of a held-out person's things are known,
    20 % are hidden. Who has one thing only is left out.

    Raises
    ------
    TooFewSamplesError
        If fewer than two people have two things or more.
    """
    chosen = x.take(rows)
    n_each = np.diff(chosen.csr.indptr)
    kept = np.flatnonzero(n_each >= 2)
    if len(kept) < 2:
        raise TooFewSamplesError(
            "{n_kept} held-out people have two things or more: nothing can be hidden.",
            "Import more people, or a larger test share.",
            n_kept=len(kept),
        )
    chosen, n_each = chosen.take(kept), n_each[kept]
    person = np.repeat(np.arange(len(kept)), n_each)
    drawn = np.random.default_rng(seed).random(len(person))
    order = np.lexsort((drawn, person))
    rank = np.empty(len(person), np.int64)
    rank[order] = np.arange(len(person)) - np.repeat(np.cumsum(n_each) - n_each, n_each)
    n_hidden = np.clip(np.rint(share * n_each).astype(np.int64), 1, n_each - 1)
    is_hidden = rank < n_hidden[person]
    return HiddenThings(rows[kept], _only(chosen, ~is_hidden), _only(chosen, is_hidden))


def _only(x: SparseRows, kept: np.ndarray) -> SparseRows:
    csr = x.csr.copy()
    csr.data = np.where(kept, csr.data, 0.0).astype(np.float32)
    return SparseRows(csr)
