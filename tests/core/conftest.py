"""Small real samples for the tests of the core."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aecore.artifact import run_to_end
from aecore.data.samples import SampleSet, split
from aecore.data.uploads import linking_folder
from aecore.specs.codes import GaussianCodeSpec
from aecore.specs.run import NetworkSpec, RunSpec
from aecore.store import Store

SOME_DATA = "data-" + "0" * 24


@pytest.fixture(scope="session")
def digits() -> SampleSet:
    """scikit-learn's 1,797 digits, 8 by 8."""
    from sklearn.datasets import load_digits

    found = load_digits()
    x = np.rint(found.images[:, None] * (255 / 16)).astype(np.uint8)
    return SampleSet(
        x=x,
        parts=split(len(x), val_fraction=0.1, test_fraction=0.1, seed=0),
        labels=found.target.astype(np.int64),
        label_names=tuple("0123456789"),
    )


def a_run(**settings: object) -> RunSpec:
    """A run spec on some data."""
    return RunSpec.of(data=SOME_DATA, **settings)


def a_small_run(data: str, **settings: object) -> RunSpec:
    """A run spec that trains in a moment on the data of this key."""
    small = {
        "n_epochs": 4,
        "network": NetworkSpec(widths=(16,)),
        "code": GaussianCodeSpec(n_dims=3),
    }
    return RunSpec.of(data=data, **{**small, **settings})


def link_folder(store: Store, folder: Path) -> str:
    """The id of a folder of pictures, at once."""
    return run_to_end(linking_folder(store, folder))


def in_a_fresh_process(function: Callable[..., None], *arguments: str) -> None:
    """Call a function of a test module in a process that has freed no memory to take again."""
    module, name = function.__module__, function.__name__
    script = f"import sys; from {module} import {name}; {name}(*sys.argv[1:])"
    found = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
