"""Train autoencoders and look inside them.

    >>> import aecore
    >>> run = aecore.train("vae", "mnist-5k")           # doctest: +SKIP
    >>> codes = run.encode(aecore.load("mnist-5k").x)   # doctest: +SKIP

Names are imported when they are first used, so that `import aecore` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aecore.data.samples import SampleSet as SampleSet
    from aecore.errors import AecoreError as AecoreError
    from aecore.lab import history as history
    from aecore.lab import load as load
    from aecore.lab import train as train
    from aecore.recipes import RECIPES as RECIPES
    from aecore.recipes import recipe as recipe
    from aecore.runs import OpenRun as OpenRun
    from aecore.runs import open_run as open_run
    from aecore.specs import CodeSpec as CodeSpec
    from aecore.specs import CorruptionSpec as CorruptionSpec
    from aecore.specs import DataSpec as DataSpec
    from aecore.specs import NetworkSpec as NetworkSpec
    from aecore.specs import OptimizerSpec as OptimizerSpec
    from aecore.specs import RunSpec as RunSpec
    from aecore.specs import TermSpec as TermSpec
    from aecore.store import Store as Store
    from aecore.training.fit import fit as fit

_HOMES = {
    "SampleSet": "aecore.data.samples",
    "AecoreError": "aecore.errors",
    "history": "aecore.lab",
    "load": "aecore.lab",
    "train": "aecore.lab",
    "RECIPES": "aecore.recipes",
    "recipe": "aecore.recipes",
    "OpenRun": "aecore.runs",
    "open_run": "aecore.runs",
    "CodeSpec": "aecore.specs",
    "CorruptionSpec": "aecore.specs",
    "DataSpec": "aecore.specs",
    "NetworkSpec": "aecore.specs",
    "OptimizerSpec": "aecore.specs",
    "RunSpec": "aecore.specs",
    "TermSpec": "aecore.specs",
    "Store": "aecore.store",
    "fit": "aecore.training.fit",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - checked by a test against the names above


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'aecore' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
