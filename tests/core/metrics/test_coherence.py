"""Coherence of words: the formula on a small table, and its limits."""

from __future__ import annotations

import numpy as np
import pytest

from aecore.metrics.coherence import npmi


def test_npmi_is_the_mean_over_pairs_of_the_formula() -> None:
    occurs = np.random.default_rng(0).random((50, 4)) < 0.5
    found = []
    for a in range(4):
        for b in range(a + 1, 4):
            joint = (occurs[:, a] & occurs[:, b]).mean()
            alone = occurs[:, a].mean() * occurs[:, b].mean()
            found.append(np.log(joint / alone) / -np.log(joint))
    assert npmi(occurs) == pytest.approx(np.mean(found))


def test_words_never_together_have_the_least_and_one_word_has_none() -> None:
    assert npmi(np.eye(4, dtype=bool)) == -1.0
    assert np.isnan(npmi(np.ones((3, 1), bool)))
