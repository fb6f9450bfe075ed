"""Programs that train an epoch each in turn, so that what else the machine does hits all alike."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import IO

from aecore.errors import AecoreError

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Ratio:
    """How two programs compare: of one's seconds to the other's, in turns side by side."""

    ratios: tuple[float, ...]
    seconds: tuple[float, float]
    """Median seconds of an epoch of either."""

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.ratios)

    def words(self, upper: str, lower: str) -> str:
        """Spread and seconds, with the names of both."""
        least, most = min(self.ratios), max(self.ratios)
        a, b = self.seconds
        return f"{upper} {a:.3g} s, {lower} {b:.3g} s an epoch; {least:.2f} to {most:.2f}"


class Contender:
    """A program that trains one epoch whenever it is asked to.

    Raises
    ------
    AecoreError
        If it does not start, or ends before it should.
    """

    def __init__(self, command: Sequence[str], environment: dict[str, str], log: IO[bytes]) -> None:
        self._log = log
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment
        )
        self.epochs: list[list[float]] = []
        """What it said of each epoch: seconds, and whatever else."""
        self._said()

    def epoch(self) -> None:
        """Let it train one epoch, and wait."""
        pipe = self._process.stdin
        if pipe is not None:
            pipe.write(b"go\n")
            pipe.flush()
        self.epochs.append([float(number) for number in self._said().split()])

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def _said(self) -> str:
        pipe = self._process.stdout
        line = "" if pipe is None else pipe.readline().decode().strip()
        if not line:
            self.close()
            self._log.seek(0)
            last = self._log.read().decode(errors="replace").strip().splitlines()[-1:]
            raise AecoreError(f"A program to compare with ended: {' '.join(last)[:300]}")
        return line


def ours(case: str, device: str, pictures: Path, precision: str = "float32") -> list[str]:
    """The command of our own training; see `ours`."""
    module = "aecore.bench.speed.ours"
    return [sys.executable, "-P", "-m", module, case, device, str(pictures), precision]


def peer(name: str, case: str, device: str, pictures: Path) -> list[str]:
    """The command of a peer; see `peers`."""
    return [sys.executable, str(_HERE / "peers.py"), name, case, device, str(pictures)]


def in_turns(commands: dict[str, list[str]], n_rounds: int, log: IO[bytes]) -> dict[str, Contender]:
    """Epochs of each in turn, `n_rounds` that count after a first one that does not."""
    with running(commands, log) as contenders:
        for _ in range(n_rounds + 1):
            for contender in contenders.values():
                contender.epoch()
    for contender in contenders.values():
        del contender.epochs[0]
    return contenders


@contextmanager
def running(commands: dict[str, list[str]], log: IO[bytes]) -> Iterator[dict[str, Contender]]:
    """Start programs, and end them all.

    Peers get an environment as if this project had not touched it.
    """
    ours = {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"}
    plain = {name: value for name, value in os.environ.items() if name not in ours}
    home = str(_HERE.parents[2])
    with ExitStack() as until_the_end:
        contenders = {}
        for name, command in commands.items():
            is_ours = "-m" in command
            paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
            more = {"PYTHONPATH": os.pathsep.join([home] * is_ours + [p for p in paths if p])}
            if "cuda" not in command:
                more["CUDA_VISIBLE_DEVICES"] = ""
            contenders[name] = Contender(command, {**plain, **more}, log)
            until_the_end.callback(contenders[name].close)
        yield contenders


def ratio(upper: Contender, lower: Contender) -> Ratio:
    """Seconds of one program over those of another, turn by turn."""
    a, b = ([epoch[0] for epoch in each.epochs] for each in (upper, lower))
    return Ratio(tuple(x / y for x, y in zip(a, b, strict=True)), (median(a), median(b)))
