"""Artifacts by key on a file system: written whole, read while they grow, bounded by a quota."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np

from aecore.errors import (
    ArtifactDamagedError,
    ArtifactMissingError,
    SpecError,
    StoreError,
    StoreVersionError,
)
from aecore.files import (
    append_lines,
    discard,
    folder_bytes,
    make_private,
    remove_folder,
    store_error_from,
    writing_whole,
)
from aecore.specs.base import Spec, check_key
from aecore.specs.registry import spec_from_dict

T = TypeVar("T")
Y = TypeVar("Y")
FORMAT = 1
LARGE_BYTES = 2**20
"""Before a file of so many bytes is written, room is made for it."""
PINNED = "pinned"
"""A file of an artifact that stays whatever the quota says: names of those who want that."""

Status = Literal["new", "running", "paused", "stopped", "failed", "done"]


def default_root() -> Path:
    """`AECORE_STORE` where it is set, else `~/.latent-lab`."""
    return Path(os.environ.get("AECORE_STORE") or Path.home() / ".latent-lab").expanduser()


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
    is_kept: bool = field(default=False, kw_only=True)
    """Whether all that was done so far is kept, so that it may pause here and lose nothing."""


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

    @property
    def state(self) -> State:
        """What is known of the work: `State()` before any, "failed" where that cannot be read.

        What a newer version knows beside it is left out.
        """
        try:
            found = self.read_json("state.json")
            known = {known.name for known in fields(State)}
            return State(**{name: value for name, value in found.items() if name in known})
        except ArtifactDamagedError as problem:
            return State("failed", error=problem.message, hint=problem.hint)
        except ArtifactMissingError:
            return State()
        except (AttributeError, TypeError):
            damaged = self.damaged("state.json")
            return State("failed", error=damaged.message, hint=damaged.hint)

    def set_state(self, **changes: Any) -> State:
        """Change some fields of the state; returns the new one."""
        state = replace(self.state, **changes, updated=time.time())
        self.write_json("state.json", asdict(state), durable=state.status != "running")
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
        """Write one JSON file; numbers must be finite."""
        with self.writing(name, durable=durable) as path:
            path.write_text(json.dumps(value, allow_nan=False), encoding="utf-8")

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
        lines = "".join(json.dumps(record, allow_nan=False) + "\n" for record in records)
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
            return json.loads((self.path / name).read_text(encoding="utf-8"))
        except FileNotFoundError as problem:
            raise self._missing(name) from problem
        except ValueError as problem:
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
        hint = "It may have been removed to make room: run it again."
        return ArtifactMissingError(f"{self.key} has no {name}.", hint)

    def damaged(self, name: str) -> ArtifactDamagedError:
        """What to raise of a file that is there and cannot be read."""
        hint = f"Remove it (aecore rm {self.key}), and run it again."
        return ArtifactDamagedError(f"{self.key}: {name} is damaged.", hint)

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
            return [json.loads(line) for line in whole.splitlines()], start + len(whole)
        except ValueError as problem:
            raise self.damaged(name) from problem

    def size_bytes(self) -> int:
        """Bytes on disk."""
        return folder_bytes(self.path)


class Store:
    """A directory of artifacts, shared by the app, the command line and their workers.

    Parameters
    ----------
    root
        The directory; made where it is missing.
    quota_bytes
        What `aecore.jobs.quota` keeps the store under; `AECORE_QUOTA_GB` (default 20) where None.

    Raises
    ------
    StoreVersionError
        When a newer version wrote it.
    StoreError
        When it cannot be written.
    """

    def __init__(self, root: Path | str | None = None, quota_bytes: int | None = None) -> None:
        self.root = Path(root) if root is not None else default_root()
        self.artifacts = self.root / "artifacts"
        self.uploads = self.root / "uploads"
        self.quota_bytes = quota_bytes or int(float(os.environ.get("AECORE_QUOTA_GB", "20")) * 1e9)
        version_file = self.root / "store.json"
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.artifacts, self.uploads):
                make_private(folder)
            if not version_file.exists():
                with writing_whole(version_file) as temporary:
                    temporary.write_text(json.dumps({"format": FORMAT}))
            found = int(json.loads(version_file.read_text())["format"])
        except OSError as problem:
            raise store_error_from(problem) from problem
        except (ValueError, KeyError, TypeError) as problem:
            raise StoreError(
                f"{version_file} is damaged: it does not tell the store's format.",
                f'Write {{"format": {FORMAT}}} into it, or name another folder in AECORE_STORE.',
            ) from problem
        if found > FORMAT:
            raise StoreVersionError(
                f"The store {self.root} has format {found}; this version reads up to {FORMAT}.",
                "Update Latent Lab, or name another folder in AECORE_STORE.",
            )

    def artifact(self, key: str) -> Artifact:
        """The artifact of a key.

        Raises
        ------
        SpecError
            If it is no key.
        ArtifactMissingError
            If nothing was ever asked for under it, or it was removed.
        """
        path = self.artifacts / check_key(key)
        if not (path / "spec.json").exists():
            raise ArtifactMissingError(
                "This link leads to nothing that is kept here.",
                "It may be from another server, or was removed to make room.",
            )
        return Artifact(path)

    def __contains__(self, key: str) -> bool:
        return (self.artifacts / check_key(key) / "spec.json").exists()

    def create(self, spec: Spec, **about: Any) -> Artifact:
        """The artifact of a spec, made where it is missing; `about` is kept from the first time.

        A spec that is damaged is written anew.
        """
        artifact = Artifact(self.artifacts / spec.key)
        try:
            _ = artifact.spec
        except ArtifactMissingError:
            if about:
                artifact.write_json("about.json", {**about, "asked": time.time()})
            asked = {"kind": spec.kind, "spec": spec.effective().model_dump(mode="json")}
            artifact.write_json("spec.json", asked, durable=True)
        return artifact

    def adopt(self, folder: Path) -> Artifact:
        """The artifact that a folder holds (one that ships, or was copied from another store).

        Its key is that of its spec, whatever the folder is called. What is already here stays.
        """
        spec = Artifact(folder).spec
        artifact = Artifact(self.artifacts / spec.key)
        if artifact.has("spec.json"):
            return artifact
        temporary = self.root / f".adopted-{secrets.token_hex(6)}"
        try:
            shutil.copytree(folder, temporary)
            temporary.rename(artifact.path)
        except OSError as problem:
            if not artifact.has("spec.json"):  # else somebody else was quicker
                raise store_error_from(problem) from problem
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return artifact

    def keys(self, kind: str | None = None) -> list[str]:
        """Keys of all artifacts (of one kind), the last touched first."""
        found = []
        for path in self.artifacts.iterdir():
            if kind and not path.name.startswith(f"{kind}-"):
                continue
            with contextlib.suppress(OSError, SpecError):
                check_key(path.name)
                found.append(((path / "spec.json").stat().st_mtime, path.name))
        return [key for _, key in sorted(found, reverse=True)]

    def touch(self, key: str) -> None:
        """Note that the artifact was used, so that it is among the last to go."""
        with contextlib.suppress(OSError):  # it is gone, or the store can only be read
            os.utime(self.artifacts / check_key(key) / "spec.json")

    def pin(self, key: str, pinned: bool = True, *, by: str = "") -> None:
        """Keep an artifact whatever the quota says, or stop doing so.

        Parameters
        ----------
        by
            Who pins: it is kept as long as anybody does.

        Raises
        ------
        StoreError
        """
        artifact = self.artifact(key)
        who = self.pinned_by(key) - {by} | ({by} if pinned else set())
        if who:
            artifact.write_json(PINNED, sorted(who))
        else:
            discard(artifact.path / PINNED)

    def pinned_by(self, key: str) -> set[str]:
        """Who has pinned an artifact; the empty name is that of the command line."""
        mark = Artifact(self.artifacts / check_key(key))
        try:
            found = mark.read_json(PINNED)
        except ArtifactDamagedError:  # empty, as an earlier version wrote it
            return {""}
        except ArtifactMissingError:
            return set()
        return {str(name) for name in found} if isinstance(found, list) else {""}

    def remove(self, key: str) -> None:
        """Remove an artifact; a reader that has its files open keeps them.

        Raises
        ------
        StoreError
            Where the system refuses, as Windows does while a file of it is open; all of it stays.
        """
        if not remove_folder(self.artifacts / check_key(key), self.grave()):
            raise StoreError(
                "This result cannot be removed: something still has it open.",
                "Close what shows it, and try again.",
            )

    def grave(self) -> Path:
        """A new path in the store that a folder is renamed to before it is removed."""
        return self.root / f".gone-{secrets.token_hex(6)}"

    def now(self) -> float:
        """Seconds since 1970 by the clock of the file system that holds the store.

        Leases are judged by it, so that machines whose clocks differ agree. Where nothing can be
        written, so that nobody here takes a lease, this machine's clock has to do to look at them.
        """
        clock = self.root / ".clock"
        try:
            clock.touch()  # one file for ever: a full disk has no room for a new one
            return clock.stat().st_mtime
        except OSError:
            return time.time()

    def new_upload(self) -> tuple[str, Path]:
        """A random id and the empty folder for own pictures under it."""
        upload = secrets.token_hex(16)
        folder = self.uploads / upload
        folder.mkdir()
        return upload, folder
