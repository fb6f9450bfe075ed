"""Directions between two groups of codes: are real classes told apart, and chance groups not?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from aecore.bench.report import Figure
from aecore.data.samples import SampleSet
from aecore.latent.codes import Codes
from aecore.latent.direction import direction_between, members

N_SEEDS = 100
N_EACH = (10, 30, 100)
"""Pictures of a group."""


def directions(samples: SampleSet, codes: Codes, data: str) -> Iterator[Figure]:
    """Random groups of codes, and classes that stand beside each other in the list of names."""
    random = np.random.default_rng(0)
    for n in N_EACH:
        refused = sum(not _between_random(codes.z, n, random) for _ in range(N_SEEDS))
        yield Figure(
            f"directions, {len(codes):,} codes of {data}: random groups of {n} that are told to "
            "be no concept",
            100 * refused / N_SEEDS,
            "%",
            95,
            "high",
            f"{N_SEEDS} pairs of groups",
        )
    pairs = list(pairwise(samples.label_names or ()))
    for n in N_EACH:
        found = [
            direction_between(
                codes.z, *(random.choice(members(samples, codes, name), n, False) for name in pair)
            )
            for pair in pairs
        ]
        yield Figure(
            f"directions, {len(codes):,} codes of {data}: pairs of classes, {n} of each, that are "
            "told to be one",
            100 * float(np.mean([one.is_there for one in found])),
            "%",
            None if n < 30 else 95,
            "high",
            f"{len(pairs)} pairs; median held-out AUC "
            f"{np.median([one.told.auc.mean for one in found]):.3f}",
        )


def _between_random(z: np.ndarray, n: int, random: np.random.Generator) -> bool:
    """Whether two random groups of `n` codes are taken for a concept."""
    drawn = random.choice(len(z), 2 * n, replace=False)
    seed = int(random.integers(2**31))
    return direction_between(z, drawn[:n], drawn[n:], seed=seed).is_there
