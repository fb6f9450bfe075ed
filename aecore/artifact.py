"""One artifact of a store: its spec, its state, and its files, written whole."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np

from aecore import sentence
from aecore.errors import (
    ArtifactDamagedError,
    ArtifactMissingError,
    DataError,
)
from aecore.files import (
    append_lines,
    folder_bytes,
    store_error_from,
    writing_whole,
)
from aecore.specs.base import Spec
from aecore.specs.registry import spec_from_dict

S = TypeVar("S", bound=Spec)
T = TypeVar("T")
Y = TypeVar("Y")
LARGE_BYTES = 2**20
"""Before a file of so many bytes is written, room is made for it."""
Status = Literal["new", "running", "paused", "stopped", "failed", "done"]


@dataclass(frozen=True)
class State:
    """What is known of the work on an artifact.

    `status` is what the last worker wrote; whether a "running" artifact is still
    being worked on is told by its claim (`aecore.claims`), not by this. "paused": it made way
    for others, and goes on when its turn comes again.
    """

    status: Status = "new"
    phase: str = ""
    """What is being done, for a person: "reading pictures", "training"."""
    n_done: int = 0
    n_total: int = 0
    """Steps of the phase; 0 where the count is not known."""
    eta_s: float | None = None
    error: str = ""
    hint: str = ""
    updated: float = 0.0
    """Seconds since 1970."""
    n_deaths: int = 0
    """Workers that the system ended while they were at it, since it last failed."""

    def to_json(self) -> dict[str, Any]:
        """As `state.json` holds it; texts keep what their sentences are made of."""
        found: dict[str, Any] = sentence.to_json(asdict(self))
        return found

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> State:
        """Inverse of `to_json`; what a newer version knows beside it is left out.

        Raises
        ------
        AttributeError, TypeError, ValueError
            If it is anything else.
        """
        known = {each.name for each in fields(cls)}
        state = cls(**{name: value for name, value in found.items() if name in known})
        return replace(
            state,
            phase=sentence.from_json(state.phase) if isinstance(state.phase, str | dict) else "",
            error=sentence.from_json(state.error),
            hint=sentence.from_json(state.hint),
        )

    @property
    def progress(self) -> float:
        """Share done, in [0, 1]."""
        return 1.0 if self.status == "done" else min(1.0, self.n_done / max(1, self.n_total))


@dataclass(frozen=True)
class Progress:
    """How far a job is; what computes a kind of artifact yields these, and is closed to stop it."""

    phase: str
    n_done: int = 0
    n_total: int = 0
    eta_s: float | None = None
    keep: Callable[[], object] | None = field(default=None, kw_only=True, compare=False, repr=False)
    """Writes all that was done so far, so that it may pause here and lose nothing; None where it
    may not pause."""


def run_to_end(steps: Generator[Y, None, T], watch: Callable[[Y], object] = lambda step: None) -> T:
    """Go through to the end, and give what a generator returns; what `watch` raises stops it."""
    while True:
        try:
            watch(next(steps))
        except StopIteration as end:
            result: T = end.value
            return result


class Artifact:
    """One directory of the store: `spec.json`, `state.json`, results.

    Every file but a history is written under a temporary name and renamed, so a
    reader sees the old content or the new one, never a half.

    Parameters
    ----------
    check
        Called before anything is written, and before what was written takes its place; what it
        raises keeps that from happening. A job's claim is checked so.
    on_save
        Told True as a part of the work begins that a stop has to wait for, False as it ends.
    expect
        Told of so many bytes before they are written; may raise `StoreFullError`. See `expect`.
    """

    def __init__(
        self,
        path: Path,
        *,
        check: Callable[[], None] = lambda: None,
        on_save: Callable[[bool], None] = lambda is_saving: None,
        expect: Callable[[int], None] = lambda n_bytes: None,
    ) -> None:
        self.path = path
        self.key = path.name
        self._check = check
        self._on_save = on_save
        self._expect = expect

    def __repr__(self) -> str:
        return f"Artifact({self.key})"

    @property
    def spec(self) -> Spec:
        """What was asked for.

        Raises
        ------
        ArtifactMissingError
            ArtifactDamagedError where it is there and cannot be read.
        SpecError
            If this version knows no such thing.
        """
        found = self.read_json("spec.json")
        try:
            kind, values = found["kind"], found["spec"]
        except (KeyError, TypeError) as problem:
            raise self.damaged("spec.json") from problem
        return spec_from_dict(kind, values)

    def spec_as(self, kind: type[S]) -> S:
        """What was asked for, where it is of a kind.

        Raises
        ------
        DataError
            If it is another kind of thing.
        ArtifactMissingError, SpecError
            As of `spec`.
        """
        spec = self.spec
        if not isinstance(spec, kind):
            raise DataError(
                "{key} is not {noun}.", "Give the key of one.", key=self.key, noun=kind.noun
            )
        return spec

    @property
    def state(self) -> State:
        """What is known of the work: `State()` before any, "failed" where that cannot be read.

        What a newer version knows beside it is left out.
        """
        try:
            return State.from_json(self.read_json("state.json"))
        except ArtifactDamagedError as problem:
            return State("failed", error=problem.message, hint=problem.hint)
        except ArtifactMissingError:
            return State()
        except (AttributeError, TypeError, LookupError, ValueError):
            damaged = self.damaged("state.json")
            return State("failed", error=damaged.message, hint=damaged.hint)

    def set_state(self, **changes: Any) -> State:
        """Change some fields of the state; returns the new one."""
        state = replace(self.state, **changes, updated=time.time())
        self.write_json("state.json", state.to_json(), durable=state.status != "running")
        return state

    @property
    def about(self) -> dict[str, Any]:
        """Words that do not change the result: title, recipe, time asked for."""
        try:
            found = self.read_json("about.json")
        except ArtifactMissingError:
            return {}
        return found if isinstance(found, dict) else {}

    def has(self, name: str) -> bool:
        """Whether this file has been written."""
        return (self.path / name).exists()

    # Writing ---------------------------------------------------------------

    @contextlib.contextmanager
    def writing(self, name: str, *, durable: bool = False) -> Iterator[Path]:
        """A temporary path; what is written there becomes `name` when the block ends well.

        Parameters
        ----------
        durable
            See `writing_whole`: for what makes all else of the artifact readable.

        Raises
        ------
        StoreFullError
        """
        try:
            self._check()
            with writing_whole(self.path / name, durable=durable) as temporary:
                yield temporary
                self._check()
        except OSError as problem:
            raise store_error_from(problem) from problem

    @contextlib.contextmanager
    def saving(self) -> Iterator[None]:
        """While the block runs, a stop waits: it saves what was promised to be kept."""
        self._on_save(True)
        try:
            yield
        finally:
            self._on_save(False)

    def expect(self, n_bytes: int) -> None:
        """Say that a large file is about to be written, so that room is made for it first.

        Raises
        ------
        StoreFullError
            If there is no room within the store's quota.
        """
        self._expect(n_bytes)

    def write_json(self, name: str, value: Any, *, durable: bool = False) -> None:
        """Write one JSON file; numbers must be finite, and sentences keep their parts."""
        with self.writing(name, durable=durable) as path:
            text = json.dumps(sentence.to_json(value), allow_nan=False)
            path.write_text(text, encoding="utf-8")

    def write_bytes(self, name: str, value: bytes, *, durable: bool = False) -> None:
        """Write one file."""
        self._expect_if_large(len(value))
        with self.writing(name, durable=durable) as path:
            path.write_bytes(value)

    def write_array(self, name: str, value: np.ndarray) -> None:
        """Write one `.npy` file, without pickle."""
        self._expect_if_large(value.nbytes)
        with self.writing(name) as path, path.open("wb") as file:
            try:
                np.save(file, value, allow_pickle=False)
            except OSError as problem:
                if problem.errno is not None:
                    raise
                # numpy tells of a write that the disk cut short without saying why
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from problem

    def _expect_if_large(self, n_bytes: int) -> None:
        if n_bytes >= LARGE_BYTES:
            self._expect(n_bytes)

    def append(self, name: str, records: list[dict[str, Any]]) -> None:
        """Add records to a history, one JSON line each; a reader skips a line that is not ended."""
        lines = "".join(
            json.dumps(sentence.to_json(record), allow_nan=False) + "\n" for record in records
        )
        try:
            self._check()
            append_lines(self.path / name, lines.encode())
        except OSError as problem:
            raise store_error_from(problem) from problem

    # Reading ---------------------------------------------------------------

    def read_json(self, name: str) -> Any:
        """Read one JSON file.

        Raises
        ------
        ArtifactMissingError
            ArtifactDamagedError where it is there and cannot be read.
        """
        try:
            text = (self.path / name).read_text(encoding="utf-8")
            return json.loads(text, object_hook=sentence.object_from_json)
        except FileNotFoundError as problem:
            raise self._missing(name) from problem
        except (ValueError, RecursionError) as problem:  # nested too deep
            raise self.damaged(name) from problem

    def read_array(self, name: str, *, mmap: bool = False) -> np.ndarray:
        """Read one `.npy` file; `mmap` leaves it on disk until it is touched.

        Raises
        ------
        ArtifactMissingError
            ArtifactDamagedError where it is there and cannot be read.
        """
        try:
            array: np.ndarray = np.load(
                self.path / name, mmap_mode="c" if mmap else None, allow_pickle=False
            )
        except FileNotFoundError as problem:
            raise self._missing(name) from problem
        except (EOFError, ValueError) as problem:
            raise self.damaged(name) from problem
        return array

    def _missing(self, name: str) -> ArtifactMissingError:
        return ArtifactMissingError(
            "{key} has no {name}.",
            "It may have been removed to make room: run it again.",
            key=self.key,
            name=name,
        )

    def damaged(self, name: str) -> ArtifactDamagedError:
        """What to raise of a file that is there and cannot be read."""
        return ArtifactDamagedError(
            "{key}: {name} is damaged.",
            "Remove it (aecore rm {key}), and run it again.",
            key=self.key,
            name=name,
        )

    def read_history(self, name: str, start: int = 0) -> tuple[list[dict[str, Any]], int]:
        """Records from byte `start` on, and where to go on reading next time.

        Raises
        ------
        ArtifactDamagedError
            If a line is no record.
        """
        try:
            with (self.path / name).open("rb") as file:
                file.seek(start)
                content = file.read()
        except FileNotFoundError:
            return [], start
        whole = content[: content.rfind(b"\n") + 1]
        try:
            lines = whole.splitlines()
            found = [json.loads(line, object_hook=sentence.object_from_json) for line in lines]
            return found, start + len(whole)
        except (ValueError, RecursionError) as problem:
            raise self.damaged(name) from problem

    def size_bytes(self) -> int:
        """Bytes on disk."""
        return folder_bytes(self.path)
