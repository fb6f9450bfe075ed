"""Jobs that only count, for workers in tests: how they behave stands in the artifact's `about`."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from aecore.artifact import Artifact, Progress
from aecore.claims import Claim, claim
from aecore.errors import DataError, LeaseLostError, StoreFullError
from aecore.jobs import device
from aecore.jobs.perform import perform
from aecore.specs.base import Spec, Work
from aecore.specs.data import DataSpec, PictureSpec
from aecore.specs.photos import PhotoSpec
from aecore.specs.run import RunSpec
from aecore.store import Store

PLUGIN = "tests.core.jobs.plugin"
T = TypeVar("T")
LOOK = Work("tests.core.jobs.fakes:compute", lane="look")
LONG = Work("tests.core.jobs.fakes:compute", lane="long")


def data_spec(seed: int = 0) -> DataSpec:
    return DataSpec(source="digits", seed=seed)


def run_spec(data: DataSpec, seed: int = 0) -> RunSpec:
    return RunSpec(data=data.key, seed=seed)


def look_spec(seed: int = 0) -> PictureSpec:
    """Something that is looked at: it needs nothing else first."""
    return PictureSpec(upload=f"{seed:032x}")


def long_spec(seed: int = 0) -> PhotoSpec:
    """Something that takes long: it needs nothing else first."""
    return PhotoSpec(content=f"{seed:064x}")


def until(found: Callable[[], T], deadline_s: float = 20.0) -> T:
    """What `found` returns once it is true; fails after the deadline."""
    end = time.monotonic() + deadline_s
    while not (value := found()):
        if time.monotonic() > end:
            raise AssertionError(f"nothing came within {deadline_s} s")
        time.sleep(0.02)
    return value


def steps_of(artifact: Artifact) -> list[dict[str, int]]:
    return artifact.read_history("steps.jsonl")[0]


def log_of(store: Store) -> list[tuple[str, str, str]]:
    """What workers have written: ("begin" or "end", key, process id)."""
    path = store.root / "log"
    return [tuple(line.split()) for line in path.read_text().splitlines()] if path.exists() else []


def taken_over(store: Store, key: str) -> Claim:
    """The claim of another worker, as if its owner had been silent for an hour."""
    held = None
    while held is None:
        for path in (store.root / "claims" / key).iterdir():
            os.utime(path, (1e9, 1e9))
        held = claim(store, key, owner="another")
    return held


class JobThread:
    """A job in a thread, and whether it has lost its lease."""

    def __init__(self, store: Store, key: str, owner: str) -> None:
        self.has_lost = False
        self.thread = threading.Thread(target=self._work, args=(store, key, owner))
        self.thread.start()

    def _work(self, store: Store, key: str, owner: str) -> None:
        try:
            perform(store, key, owner=owner)
        except LeaseLostError:
            self.has_lost = True

    def join(self, timeout_s: float) -> None:
        self.thread.join(timeout_s)
        assert not self.thread.is_alive()


def compute(spec: Spec, artifact: Artifact, store: Store) -> Iterator[Progress]:
    """Count to `n_steps`, going on from where it was; then do what `then` says.

    With `save_s` what it has counted is saved at the end, however that comes, and takes so long.
    """
    about = artifact.about
    n_steps, step_s = about.get("n_steps", 3), about.get("step_s", 0.01)
    _log(store, "begin", artifact.key)
    try:
        yield Progress("counting", 0, n_steps)
        for step in range(len(steps_of(artifact)), n_steps):
            time.sleep(step_s)
            artifact.append("steps.jsonl", [{"step": step, "process": os.getpid()}])
            left_s = (n_steps - step - 1) * step_s
            yield Progress("counting", step + 1, n_steps, left_s, keep=lambda: None)
        _behave(about.get("then", ""))
    finally:
        if "save_s" in about:
            with artifact.saving():
                time.sleep(about["save_s"])
                artifact.write_json("saved.json", {"process": os.getpid()})
        _log(store, "end", artifact.key)


def _behave(then: str) -> None:
    match then:
        case "hang":
            time.sleep(3600)
        case "defect":
            raise ZeroDivisionError("a defect of this test")
        case "deliberate":
            raise DataError("The file is torn.", "Bring another.")
        case "full":
            raise StoreFullError("The disk is full.", "Free some.")
        case "memory":
            raise MemoryError


def _log(store: Store, word: str, key: str) -> None:
    with Path(store.root / "log").open("a") as file:
        file.write(f"{word} {key} {os.getpid()}\n")


def install() -> None:
    """Let all kinds count, without torch."""
    DataSpec.work = Work("tests.core.jobs.fakes:compute")
    RunSpec.work = Work("tests.core.jobs.fakes:compute", lane="device")
    PictureSpec.work = LOOK
    PhotoSpec.work = LONG
    device.warm_up = lambda threads: None
    device.warm_for_looks = lambda threads: None
    device.compile_for_looks = lambda: None
    device.claim_name = lambda: "device-here-fake"
