"""Parts drawn so that samples which are much alike, as frames of one file, stay together."""

from __future__ import annotations

import numpy as np

from aecore.data.samples import PartName, split


def split_groups(
    groups: np.ndarray, *, val_fraction: float, test_fraction: float, seed: int
) -> dict[PartName, np.ndarray]:
    """Draw train, validation and test parts of whole groups; sorted indices.

    Each part that is asked for gets at least one group, and then as many as come nearest to its
    share of the samples. Where there are fewer groups than parts, each group is cut instead: its
    first samples are trained on, its last ones held out.

    Parameters
    ----------
    groups
        int `(n_samples,)`: the group of each sample.

    Raises
    ------
    TooFewSamplesError
        As `split` does.

    Examples
    --------
    >>> groups = np.repeat([0, 1, 2, 3], 10)
    >>> parts = split_groups(groups, val_fraction=0.2, test_fraction=0.2, seed=0)
    >>> [len(rows) for rows in parts.values()]
    [20, 10, 10]
    """
    n_samples = len(groups)
    drawn = split(n_samples, val_fraction=val_fraction, test_fraction=test_fraction, seed=seed)
    names, numbers, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    held_out: tuple[PartName, ...] = ("val", "test")
    asked = [part for part in held_out if len(drawn[part])]
    if len(names) == n_samples:
        return drawn
    part_of: np.ndarray
    if len(names) > len(asked):
        part_of = _part_of_group(sizes, [len(drawn[part]) for part in asked], seed)[numbers]
    else:
        part_of = _ends(numbers, [len(drawn[part]) / n_samples for part in asked])
    found = {"train": np.flatnonzero(part_of < 0)} | {
        part: np.flatnonzero(part_of == i) for i, part in enumerate(asked)
    }
    nothing = np.empty(0, np.int64)
    return {part: found.get(part, nothing) for part in drawn}


def _part_of_group(sizes: np.ndarray, wanted: list[int], seed: int) -> np.ndarray:
    """Index into `wanted` of each group, -1 for those that are trained on."""
    part_of = np.full(len(sizes), -1)
    waiting = list(np.random.default_rng(seed).permutation(len(sizes)))
    for part, n_wanted in enumerate(wanted):
        n_others = len(wanted) - part  # the parts that follow, and training
        n = 0
        while len(waiting) > n_others and (n == 0 or n + sizes[waiting[-1]] / 2 <= n_wanted):
            group = waiting.pop()
            part_of[group] = part
            n += sizes[group]
    return part_of


def _ends(numbers: np.ndarray, shares: list[float]) -> np.ndarray:
    """Index into `shares` of each sample: of every group its last ones, -1 for those before."""
    part_of = np.full(len(numbers), -1)
    for group in range(int(numbers.max()) + 1):
        rows = np.flatnonzero(numbers == group)
        end = len(rows)
        for part in reversed(range(len(shares))):
            begin = max(0, end - max(1, round(shares[part] * len(rows))))
            part_of[rows[begin:end]] = part
            end = begin
    return part_of
