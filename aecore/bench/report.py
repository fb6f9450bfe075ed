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
    figure
        None where it could not be measured; the reference says why.
    target
        What the figure must not miss; None where there is nothing to miss (a peer's figure).
    better
        Which end is good.
    reference
        Whose target it is, or what was measured beside it.
    """

    name: str
    figure: float | None
    unit: str
    target: float | None = None
    better: Literal["low", "high"] = "low"
    reference: str = ""

    @property
    def passed(self) -> bool:
        """Whether the target is met; True where there is none, or nothing was measured."""
        if self.target is None or self.figure is None:
            return True
        return self.figure <= self.target if self.better == "low" else self.figure >= self.target

    @property
    def words(self) -> str:
        """The number with its unit."""
        return "not measured" if self.figure is None else f"{self.figure:.4g} {self.unit}"

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
    has_device: bool = False
    """Whether it takes `device="cuda"`, to measure on a GPU."""
    has_n: bool = False
    """Whether it takes `n`, how many pictures are timed."""


BENCHES: dict[str, Bench] = {
    "first": Bench(
        "from two commands to a trained model: start, first point, VAE, slider, PCA",
        "aecore.bench.app.first:figures",
    ),
    "inside": Bench(
        "looking inside: maps, selections and walks in a browser, UMAP, t-SNE, denoising",
        "aecore.bench.inside.measure:figures",
    ),
    "map": Bench(
        "the living map: places decoded and trusted, paths, new pictures, speed in a browser",
        "aecore.bench.map.measure:figures",
        has_quick=True,
    ),
    "anomaly": Bench(
        "what does not belong: one digit in, one out, heat maps, promised false alarms, speed",
        "aecore.bench.anomaly.measure:figures",
        has_quick=True,
    ),
    "text": Bench(
        "search of texts by codes and bits, beside TF-IDF and LSA of several sizes",
        "aecore.bench.text.measure:figures",
        has_quick=True,
    ),
    "baskets": Bench(
        "suggestions: Mult-DAE beside EASE, PureSVD, item-item, popularity; memory of sparse rows",
        "aecore.bench.baskets.measure:figures",
        has_quick=True,
    ),
    "tables": Bench(
        "odd rows of tables beside PCA, nearest neighbours and isolation forest; a million rows",
        "aecore.bench.tables.measure:figures",
        has_quick=True,
    ),
    "similar": Bench(
        "what is alike: codes beside PCA and pixels on MNIST, binary codes, a million codes",
        "aecore.bench.similar.measure:figures",
        has_quick=True,
    ),
    "science": Bench(
        "each family shown to do what its paper says, on MNIST",
        "aecore.bench.science.measure:figures",
        has_quick=True,
    ),
    "speed": Bench(
        "training beside other people's loops, publishing, the first record, the machine's limit",
        "aecore.bench.speed.measure:figures",
        has_quick=True,
        has_device=True,
    ),
    "growth": Bench(
        "how time and memory grow with pictures, their size and the code's dimension",
        "aecore.bench.speed.growth:figures",
        has_quick=True,
    ),
    "attack": Bench(
        "hostile files, forged addresses and kills: memory, time to an answer, what is lost",
        "aecore.bench.attack.measure:figures",
        has_quick=True,
    ),
    "inputs": Bench(
        "files as people have them: right, told or wrong; time of ten thousand pictures",
        "aecore.bench.inputs.measure:figures",
        has_quick=True,
        has_n=True,
    ),
    "serve": Bench(
        "a class at once: forty sliders, forty watchers, while a training runs",
        "aecore.bench.app.serve:figures",
    ),
}


def measure(
    name: str,
    *,
    store_root: Path | None = None,
    fresh: bool = False,
    quick: bool = False,
    device: str = "cpu",
    n: int | None = None,
    watch: Callable[[Figure], None] = lambda figure: None,
) -> list[Figure]:
    """Measure one group; trainings that it needs are kept as ordinary runs.

    Parameters
    ----------
    fresh
        Use an empty store of its own, so that everything is trained again.
    quick
        Leave out what takes long, where the group knows how.
    device
        "cpu", or "cuda" where the group can be measured on a GPU and there is one.
    n
        How many are timed, where the group takes a number.
    watch
        Called with each figure as it is known: a later failure does not lose it.

    Raises
    ------
    SpecError
        If there is no such group, or it has no such form.
    """
    if name not in BENCHES:
        raise SpecError(f"There is no bench {name!r:.60}.", f"Choose one of {', '.join(BENCHES)}.")
    bench = BENCHES[name]
    if quick and not bench.has_quick:
        raise SpecError(f"The bench {name} has no quick form.", "Leave --quick out.")
    if n is not None and not bench.has_n:
        raise SpecError(f"The bench {name} takes no number.", "Leave --n out.")
    if device != "cpu":
        _check_gpu(name, bench)
    module, _, function = bench.function.partition(":")
    figures = cast(
        Callable[..., Iterator[Figure]], getattr(importlib.import_module(module), function)
    )
    options: dict[str, Any] = {"quick": True} if quick else {}
    options |= {"device": device} if bench.has_device else {}
    options |= {"n": n} if n is not None else {}

    def measured(root: Path | str | None) -> Iterator[Figure]:
        for found in figures(Store(root), **options):
            watch(found)
            yield found

    if not fresh:
        return list(measured(store_root))
    with tempfile.TemporaryDirectory(prefix="aecore-bench-") as folder:
        return list(measured(folder))


def _check_gpu(name: str, bench: Bench) -> None:
    import torch

    if not bench.has_device:
        raise SpecError(f"The bench {name} has nothing for a GPU.", "Leave --device out.")
    if not torch.cuda.is_available():
        raise SpecError("There is no GPU here that torch can use.", "Leave --device out.")


def table(figures: list[Figure]) -> str:
    """Figures as the rows of a Markdown table."""
    lines = ["| what | figure | target | reference | |", "| --- | --- | --- | --- | --- |"]
    for found in figures:
        sign = "≤" if found.better == "low" else "≥"
        target = "" if found.target is None else f"{sign} {found.target:g} {found.unit}"
        verdict = (
            "" if None in (found.target, found.figure) else "pass" if found.passed else "**miss**"
        )
        row = (found.name, found.words, target, found.reference, verdict)
        lines.append(f"| {' | '.join(cell.strip() for cell in row)} |")
    return "\n".join(lines)
