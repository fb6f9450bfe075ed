"""How a machine trains a network fastest: measured at the start, and kept with the run."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from aecore.artifact import Artifact
from aecore.errors import ArtifactMissingError
from aecore.sentence import Sentence, plural
from aecore.specs.run import RunSpec

if TYPE_CHECKING:
    from aecore.store import Store

TUNING = "tuning.json"
"""Of a run's artifact, and of the store, where a machine remembers what it measured."""

Layout = Literal["channels_first", "channels_last"]


@dataclass(frozen=True)
class Tuning:
    """What is only speed: never part of a spec, and kept with a run, for it changes last bits.

    Parameters
    ----------
    n_threads
        Threads that one operation is shared among on a CPU; 0: as many as torch has now.
    layout
        Where the channels of pictures and kernels stand in memory.
    fused
        One kernel for the whole optimizer, or a loop over the parameters.
    gain
        How many times faster a step was than in the ordinary way; 1 where nothing was measured.
    """

    n_threads: int = 0
    layout: Layout = "channels_last"
    fused: bool = True
    gain: float = 1.0
    is_measured: bool = False

    @property
    def channels_last(self) -> bool:
        """Whether the layout is that."""
        return self.layout == "channels_last"

    @property
    def words(self) -> tuple[str, ...]:
        """For a person, each by itself: "2 threads", "channels last", "fused optimizer"."""
        is_last = self.layout == "channels_last"
        words: list[str] = [
            Sentence("channels last") if is_last else Sentence("channels first"),
            Sentence("fused optimizer") if self.fused else Sentence("plain optimizer"),
        ]
        if self.n_threads:
            words.insert(0, plural("{n} thread", "{n} threads", self.n_threads))
        if self.is_measured:
            words.append(Sentence("measured {gain:.2f}× the ordinary way's speed", gain=self.gain))
        return tuple(words)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Compute with these threads; afterwards with as many as before."""
        import torch

        before = torch.get_num_threads()
        torch.set_num_threads(self.n_threads or before)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def tuning_of(run: Artifact) -> Tuning | None:
    """What a run was begun with; None where it was not begun, or is from before there was one."""
    try:
        return _read(run.read_json(TUNING))
    except ArtifactMissingError:
        return None


def remembered(store: Store, spec: RunSpec, shape: tuple[int, ...]) -> Tuning | None:
    """What this machine measured for such a network before; None where it did not."""
    found = _known(store).get(_name(spec, shape))
    return None if found is None else _read(found)


def remember(store: Store, spec: RunSpec, shape: tuple[int, ...], tuning: Tuning) -> None:
    """Keep what was measured for the next run of such a network on this machine."""
    known = {**_known(store), _name(spec, shape): asdict(tuning)}
    Artifact(store.root).write_json(TUNING, known)


def _known(store: Store) -> dict[str, Any]:
    try:
        found = json.loads((store.root / TUNING).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _name(spec: RunSpec, shape: tuple[int, ...]) -> str:
    """Everything that a step's speed depends on, in this software on this machine."""
    import torch

    asked = spec.model_dump(
        mode="json",
        include={"network", "beside", "code", "objective", "batch_size", "precision", "corruption"},
    )
    machine = [platform.node(), torch.__version__, torch.get_num_threads()]
    about = json.dumps([asked, spec.optimizer.name, shape, machine], sort_keys=True)
    return hashlib.sha256(about.encode()).hexdigest()[:24]


def _read(found: dict[str, Any]) -> Tuning:
    n_threads = found.get("n_threads")
    return Tuning(
        n_threads if isinstance(n_threads, int) and 0 <= n_threads <= 1024 else 0,
        "channels_first" if found.get("layout") == "channels_first" else "channels_last",
        found.get("fused") is not False,
        float(found.get("gain", 1.0)),
        found.get("is_measured") is True,
    )


def ordinary() -> Tuning:
    """The way that is right more often than not, with the threads that torch has now."""
    import torch

    return Tuning(torch.get_num_threads())
