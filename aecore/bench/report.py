"""The one door for figures: what can be measured, and how a figure is told."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, cast

from aecore.errors import SpecError
from aecore.store import Store


@dataclass(frozen=True)
class Figure:
    """One measured number beside what it is held against.

    Parameters
    ----------
    target
        What the figure must not miss; None where there is nothing to miss (a peer's figure).
    better
        Which end is good.
    reference
        Whose target it is, or what was measured beside it.
    """

    name: str
    figure: float
    unit: str
    target: float | None = None
    better: Literal["low", "high"] = "low"
    reference: str = ""

    @property
    def passed(self) -> bool:
        """Whether the target is met; True where there is none."""
        if self.target is None:
            return True
        return self.figure <= self.target if self.better == "low" else self.figure >= self.target

    def to_json(self) -> dict[str, Any]:
        """With `pass`, as `--json` prints it."""
        values = asdict(self)
        return {**values, "pass": self.passed}


@dataclass(frozen=True)
class Bench:
    """A group of figures that are measured together.

    Parameters
    ----------
    function
        "module:function"; called with a store, it yields figures as they are known.
    has_quick
        Whether it takes `quick=True`, to leave out what takes long.
    """

    summary: str
    function: str
    has_quick: bool = False


BENCHES: dict[str, Bench] = {
    "first": Bench(
        "from two commands to a trained model: start, first point, VAE, slider, PCA",
        "aecore.bench.first:figures",
    ),
    "inside": Bench(
        "looking inside: maps, selections and walks in a browser, UMAP, t-SNE, denoising",
        "aecore.bench.inside:figures",
    ),
    "science": Bench(
        "each family shown to do what its paper says, on MNIST",
        "aecore.bench.science:figures",
        has_quick=True,
    ),
}


def measure(
    name: str, *, store_root: Path | None = None, fresh: bool = False, quick: bool = False
) -> list[Figure]:
    """Measure one group; trainings that it needs are kept as ordinary runs.

    Parameters
    ----------
    fresh
        Use an empty store of its own, so that everything is trained again.
    quick
        Leave out what takes long, where the group knows how.

    Raises
    ------
    SpecError
        If there is no such group, or it has no quick form.
    """
    if name not in BENCHES:
        raise SpecError(f"There is no bench {name!r:.60}.", f"Choose one of {', '.join(BENCHES)}.")
    bench = BENCHES[name]
    if quick and not bench.has_quick:
        raise SpecError(f"The bench {name} has no quick form.", "Leave --quick out.")
    module, _, function = bench.function.partition(":")
    figures = cast(
        Callable[..., Iterator[Figure]], getattr(importlib.import_module(module), function)
    )
    options = {"quick": True} if quick else {}
    if not fresh:
        return list(figures(Store(store_root), **options))
    with tempfile.TemporaryDirectory(prefix="aecore-bench-") as folder:
        return list(figures(Store(folder), **options))


def table(figures: list[Figure]) -> str:
    """Figures as the rows of a Markdown table."""
    lines = ["| what | figure | target | reference | |", "| --- | --- | --- | --- | --- |"]
    for found in figures:
        sign = "≤" if found.better == "low" else "≥"
        target = "" if found.target is None else f"{sign} {found.target:g} {found.unit}"
        verdict = "" if found.target is None else "pass" if found.passed else "**miss**"
        row = (found.name, f"{found.figure:.4g} {found.unit}", target, found.reference, verdict)
        lines.append(f"| {' | '.join(cell.strip() for cell in row)} |")
    return "\n".join(lines)
