"""What `aecore bench attack` measures: hostile files, forged addresses, kills, others beside."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from aecore.bench.attack.case import PATIENCE_S, Case
from aecore.bench.attack.files import Attack, Door, attacks
from aecore.bench.report import Figure
from aecore.errors import JobError
from aecore.store import Store

GROWTH_MB = 500.0
ANSWER_S = 5.0
LIMIT_BYTES = 4 * 2**30
"""Address space of each process that is attacked, on Linux and macOS."""
_QUICK_STEP = 8
_WAY: dict[Door, str] = {
    "photo": "Photos",
    "own": "own picture",
    "set": "set",
    "table": "table",
    "baskets": "baskets",
    "texts": "texts",
}


def figures(store: Store, *, quick: bool = False) -> Iterator[Figure]:
    """Peak growth, time to an answer and crashes, by family and door; then what else is attacked.

    Parameters
    ----------
    store
        Not used: each file has one of its own.
    quick
        Every eighth file alone, and a tenth of all else.
    """
    yield from _files(quick=quick)
    from aecore.bench.attack import addresses, beside, kills, upload

    yield from upload.figures()
    yield from addresses.figures(quick=quick)
    yield from kills.figures(quick=quick)
    yield from beside.figures(quick=quick)


def _files(*, quick: bool) -> Iterator[Figure]:
    """Every file through every door."""
    found: dict[tuple[str, Door], list[tuple[Attack, Case]]] = {}
    every = list(attacks())[:: _QUICK_STEP if quick else 1]
    with ExitStack() as until_the_end:
        folder = Path(until_the_end.enter_context(tempfile.TemporaryDirectory(prefix="aecore-")))
        doors = {door: until_the_end.enter_context(_Attacked(door)) for door in _WAY}
        for number, attack in enumerate(every):
            path = folder / f"{number}{attack.suffix}"
            path.write_bytes(attack.make())
            for door in attack.doors:
                case = doors[door].case(path)
                found.setdefault((attack.family, door), []).append((attack, case))
            path.unlink()
    for (family, door), cases in found.items():
        yield from _told(f"{family}, {_WAY[door]}", cases)


def _told(name: str, cases: list[tuple[Attack, Case]]) -> Iterator[Figure]:
    n = len(cases)
    outcomes = [case.outcome for _, case in cases]
    counts = ", ".join(
        f"{outcomes.count(known)} {known}"
        for known in ("told", "kept", "given up")
        if known in outcomes
    )
    known = [(attack, case) for attack, case in cases if case.growth_mb is not None]
    if known:
        attack, worst = max(known, key=lambda pair: pair[1].growth_mb or 0.0)
        yield Figure(
            f"{name}: memory", worst.growth_mb, "MB", GROWTH_MB, reference=f"of {n}: {attack.name}"
        )
    attack, worst = max(cases, key=lambda pair: pair[1].seconds)
    words = (
        f"{attack.name}; cancelled after {PATIENCE_S:g} s"
        if worst.outcome == "given up"
        else attack.name
    )
    yield Figure(f"{name}: answer", worst.seconds, "s", ANSWER_S, reference=words)
    crashed = [attack.name for attack, case in cases if case.outcome == "crashed"]
    yield Figure(
        f"{name}: crashed", len(crashed), "files", 0, reference="; ".join(crashed[:3]) or counts
    )


class _Attacked:
    """A process behind one door; started again where a file has ended it."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> _Attacked:
        return self

    def __exit__(self, *why: object) -> None:
        self._end()

    def case(self, path: Path) -> Case:
        """What becomes of one file."""
        process = self._running()
        if process.stdin is None or process.stdout is None:
            raise JobError("The process to attack has no pipes.", "Try again.")
        with contextlib.suppress(OSError):  # it is dead: its silence tells
            process.stdin.write(f"{path}\n")
            process.stdin.flush()
        line = process.stdout.readline()
        if line:
            return Case(**json.loads(line))
        code = process.wait()
        self._end()
        return Case("crashed", f"The process ended with {code}.", 0.0, None)

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "aecore.bench.attack.case", self.door, str(LIMIT_BYTES)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()
