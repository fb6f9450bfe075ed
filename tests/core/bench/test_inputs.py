"""The bench of inputs knows right from told from wrong."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from aecore.bench.inputs import cases as inputs_cases
from aecore.bench.inputs.cases import Case, cases
from aecore.bench.inputs.files import NAME, encoded, noise, tiff
from aecore.bench.inputs.measure import _judged
from aecore.bench.inputs.others import other_cases
from aecore.store import Store

X = noise(12, 14, 3)
SHARE = X.transpose(2, 0, 1) / 255


def test_every_case_has_a_name_of_its_own() -> None:
    names = [(case.family, case.name) for case in (*cases(), *other_cases())]
    assert len(set(names)) == len(names) > 260


@pytest.mark.parametrize(
    ("judge", "verdict"),
    [
        (partial(inputs_cases._trained, encoded(X, "PNG"), SHARE), "right"),
        (partial(inputs_cases._trained, encoded(X, "PNG"), SHARE[:, ::-1]), "wrong"),
        (partial(inputs_cases._trained, b"no picture", SHARE), "told"),
        (partial(inputs_cases._cleaned, encoded(X, "PNG"), SHARE, ()), "right"),
        (partial(inputs_cases._cleaned, encoded(X, "PNG"), SHARE, (NAME,)), "wrong"),
        (partial(inputs_cases._cleaned, encoded(X, "PNG"), 1 - SHARE, ()), "wrong"),
        (
            partial(
                inputs_cases._cleaned,
                tiff(X, extratags=[(65_000, "H", 1, 7, True)]),
                SHARE,
                (NAME,),
            ),
            "told",
        ),
    ],
)
def test_a_verdict_is_what_it_says(judge: object, verdict: str, tmp_path: Path) -> None:
    assert judge(Store(tmp_path)) == verdict  # type: ignore[operator]


def test_a_defect_counts_as_wrong() -> None:
    def fails(_: Store) -> str:
        return str(np.zeros(1)[2])

    assert _judged(Case("a", "b", fails)) == "wrong"  # type: ignore[arg-type]
