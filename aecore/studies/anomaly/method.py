"""What a score of oddness is: something learnt from normal samples, and a number for any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aecore.runs import OpenRun
from aecore.studies.anomaly.view import View

State = dict[str, np.ndarray]
"""What a score learnt of normal samples: named arrays, so that it can be kept and handed on."""
Scorer = Callable[[View], np.ndarray]
"""Samples to `(n,)`: high is odd."""


@dataclass(frozen=True)
class Method:
    """One score.

    Parameters
    ----------
    title
        What to call it on a page.
    reach
        Its range, in words: "0 to 1".
    reference
        Its paper.
    fit
        Learns from normal samples.
    scorer
        Gets ready with what was learnt.
    why_not
        Why a run cannot have it, in a sentence; "" where it can.
    is_baseline
        Whether it asks nothing of the model.
    """

    name: str
    title: str
    reach: str
    reference: str
    fit: Callable[[View], State]
    scorer: Callable[[State], Scorer]
    why_not: Callable[[OpenRun], str] = lambda run: ""
    is_baseline: bool = False


def nothing(view: View) -> State:
    """Of scores that learn nothing."""
    return {}
