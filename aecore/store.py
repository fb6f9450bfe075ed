"""Artifacts by key on a file system: written whole, read while they grow, bounded by a quota."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any, Literal, TypeVar

import numpy as np

from aecore.errors import (
    ArtifactMissingError,
    SpecError,
    StoreError,
    StoreFullError,
    StoreVersionError,
)
from aecore.specs import Spec, check_key, spec_from_dict

T = TypeVar("T")
Y = TypeVar("Y")
FORMAT = 1
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

Status = Literal["new", "running", "stopped", "failed", "done"]


def default_root() -> Path:
    """`AECORE_STORE` where it is set, else `~/.latent-lab`."""
    return Path(os.environ.get("AECORE_STORE") or Path.home() / ".latent-lab").expanduser()


@dataclass(frozen=True)
class State:
    """What is known of the work on an artifact.

    `status` is what the last worker wrote; whether a "running" artifact is still
    being worked on is told by its claim (`aecore.claims`), not by this.
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


def ended(steps: Generator[Y, None, T], watch: Callable[[Y], object] = lambda step: None) -> T:
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
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.key = path.name

    def __repr__(self) -> str:
        return f"Artifact({self.key})"

    @property
    def spec(self) -> Spec:
        """What was asked for."""
        found = self.read_json("spec.json")
        return spec_from_dict(found["kind"], found["spec"])

    @property
    def state(self) -> State:
        """What is known of the work; `State()` before any."""
        try:
            return State(**self.read_json("state.json"))
        except ArtifactMissingError:
            return State()

    def set_state(self, **changes: Any) -> State:
        """Change some fields of the state; returns the new one."""
        state = replace(self.state, **changes, updated=time.time())
        self.write_json("state.json", asdict(state))
        return state

    @property
    def about(self) -> dict[str, Any]:
        """Words that do not change the result: title, recipe, time asked for."""
        try:
            found: dict[str, Any] = self.read_json("about.json")
        except ArtifactMissingError:
            return {}
        return found

    def has(self, name: str) -> bool:
        """Whether this file has been written."""
        return (self.path / name).exists()

    # Writing ---------------------------------------------------------------

    @contextlib.contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A temporary path; what is written there becomes `name` when the block ends well.

        Raises
        ------
        StoreFullError
        """
        final = self.path / name
        final.parent.mkdir(parents=True, exist_ok=True)
        temporary = final.with_name(f".{final.name}.{secrets.token_hex(4)}.tmp")
        try:
            yield temporary
            _replace(temporary, final)
        except OSError as problem:
            raise told(problem) from problem
        finally:
            temporary.unlink(missing_ok=True)

    def write_json(self, name: str, value: Any) -> None:
        """Write one JSON file; numbers must be finite."""
        with self.writing(name) as path:
            path.write_text(json.dumps(value, allow_nan=False), encoding="utf-8")

    def write_bytes(self, name: str, value: bytes) -> None:
        """Write one file."""
        with self.writing(name) as path:
            path.write_bytes(value)

    def write_array(self, name: str, value: np.ndarray) -> None:
        """Write one `.npy` file, without pickle."""
        with self.writing(name) as path, path.open("wb") as file:
            try:
                np.save(file, value, allow_pickle=False)
            except OSError as problem:
                if problem.errno is not None:
                    raise
                # numpy tells of a write that the disk cut short without saying why
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from problem

    def append(self, name: str, records: list[dict[str, Any]]) -> None:
        """Add records to a history, one JSON line each; a reader skips a line that is not ended."""
        lines = "".join(json.dumps(record, allow_nan=False) + "\n" for record in records)
        try:
            with (self.path / name).open("ab+") as file:
                end = _whole_lines(file)
                file.truncate(end)  # what a writer that was killed left of its last line
                try:
                    file.write(lines.encode())
                    file.flush()
                except OSError:
                    with contextlib.suppress(OSError):
                        file.truncate(end)
                    raise
        except OSError as problem:
            raise told(problem) from problem

    # Reading ---------------------------------------------------------------

    def read_json(self, name: str) -> Any:
        """Read one JSON file.

        Raises
        ------
        ArtifactMissingError
        """
        try:
            return json.loads((self.path / name).read_text(encoding="utf-8"))
        except FileNotFoundError as problem:
            raise ArtifactMissingError(
                f"{self.key} has no {name}.", "It may have been removed to make room: run it again."
            ) from problem

    def read_array(self, name: str, *, mmap: bool = False) -> np.ndarray:
        """Read one `.npy` file; `mmap` leaves it on disk until it is touched."""
        try:
            array: np.ndarray = np.load(
                self.path / name, mmap_mode="c" if mmap else None, allow_pickle=False
            )
        except FileNotFoundError as problem:
            raise ArtifactMissingError(
                f"{self.key} has no {name}.", "It may have been removed to make room: run it again."
            ) from problem
        return array

    def read_history(self, name: str, start: int = 0) -> tuple[list[dict[str, Any]], int]:
        """Records from byte `start` on, and where to go on reading next time."""
        try:
            with (self.path / name).open("rb") as file:
                file.seek(start)
                content = file.read()
        except FileNotFoundError:
            return [], start
        whole = content[: content.rfind(b"\n") + 1]
        return [json.loads(line) for line in whole.splitlines()], start + len(whole)

    def size_bytes(self) -> int:
        """Bytes on disk."""
        total = 0
        for folder, _, names in os.walk(self.path):
            for name in names:
                with contextlib.suppress(OSError):  # a temporary file that is gone by now
                    total += Path(folder, name).stat().st_size
        return total


class Store:
    """A directory of artifacts, shared by the app, the command line and their workers.

    Parameters
    ----------
    root
        The directory; made where it is missing.
    quota_bytes
        What `make_room` keeps the store under; `AECORE_QUOTA_GB` (default 20) where None.

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
                temporary = version_file.with_suffix(f".{secrets.token_hex(4)}")
                temporary.write_text(json.dumps({"format": FORMAT}))
                temporary.replace(version_file)
            found = int(json.loads(version_file.read_text())["format"])
        except OSError as problem:
            raise told(problem) from problem
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
        """The artifact of a spec, made where it is missing; `about` is kept from the first time."""
        artifact = Artifact(self.artifacts / spec.key)
        if not artifact.has("spec.json"):
            if about:
                artifact.write_json("about.json", {**about, "asked": time.time()})
            artifact.write_json(
                "spec.json", {"kind": spec.kind, "spec": spec.model_dump(mode="json")}
            )
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
                raise told(problem) from problem
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
        with contextlib.suppress(FileNotFoundError):
            os.utime(self.artifacts / check_key(key) / "spec.json")

    def pin(self, key: str, pinned: bool = True) -> None:
        """Keep an artifact whatever the quota says, or stop doing so."""
        mark = self.artifact(key).path / "pinned"
        if pinned:
            mark.touch()
        else:
            mark.unlink(missing_ok=True)

    def remove(self, key: str) -> None:
        """Remove an artifact; a reader that has its files open keeps them."""
        path = self.artifacts / check_key(key)
        grave = self.root / f".gone-{secrets.token_hex(6)}"
        with contextlib.suppress(FileNotFoundError):
            path.rename(grave)
        shutil.rmtree(grave, ignore_errors=True)

    def make_room(self, keep: frozenset[str] = frozenset()) -> list[str]:
        """Remove artifacts, least recently used first, until the quota holds.

        Pinned ones, those in `keep`, what is being worked on, and the data of a kept run stay.
        """
        kept = {key: Artifact(self.artifacts / key) for key in self.keys()}  # last touched first
        sizes = {key: artifact.size_bytes() for key, artifact in kept.items()}
        data = {key: _data_of(artifact) for key, artifact in kept.items()}
        total = sum(sizes.values())
        removed: list[str] = []
        while total > self.quota_bytes:
            needed = keep | {data[key] for key in kept}
            free = [
                key
                for key, artifact in kept.items()
                if key not in needed and not artifact.has("pinned") and not _is_worked_on(artifact)
            ]
            if not free:
                break
            oldest = free[-1]
            self.remove(oldest)
            del kept[oldest]
            total -= sizes[oldest]
            removed.append(oldest)
        return removed

    def now(self) -> float:
        """Seconds since 1970 by the clock of the file system that holds the store.

        Leases are judged by it, so that machines whose clocks differ agree.
        """
        clock = self.root / ".clock"
        try:
            clock.touch()  # one file for ever: a full disk has no room for a new one
            return clock.stat().st_mtime
        except OSError as problem:
            raise told(problem) from problem

    def new_upload(self) -> tuple[str, Path]:
        """A random id and the empty folder for own pictures under it."""
        upload = secrets.token_hex(16)
        folder = self.uploads / upload
        folder.mkdir()
        return upload, folder


def make_private(folder: Path) -> None:
    """Make a folder of the store that its owner alone may open.

    One that an earlier version made, with the rights that the umask gave, is closed too; any
    other rights (0770, of a group that shares a store) were somebody's choice and stay.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) == 0o755:
        with contextlib.suppress(OSError):
            folder.chmod(0o700)


def _data_of(artifact: Artifact) -> str:
    try:
        data = artifact.read_json("spec.json")["spec"].get("data", "")
    except (ArtifactMissingError, KeyError, ValueError):
        return ""
    return data if isinstance(data, str) else ""


def _is_worked_on(artifact: Artifact) -> bool:
    # A worker that was killed leaves "running" behind; after an hour without news it may go.
    state = artifact.state
    return state.status == "running" and time.time() - state.updated < 3600


def _replace(temporary: Path, final: Path) -> None:
    for _ in range(50 if os.name == "nt" else 0):
        # Windows refuses while a reader has the old file open, which it soon has no more.
        with contextlib.suppress(PermissionError):
            temporary.replace(final)
            return
        time.sleep(0.02)
    temporary.replace(final)


def _whole_lines(file: IO[bytes]) -> int:
    """Where the last line that is ended ends, in bytes from the start."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - 65_536)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def told(problem: OSError) -> StoreError:
    """What a person is told of a file system's refusal."""
    if problem.errno in _FULL:
        return StoreFullError(
            "The disk that holds the results is full.",
            "Free some space or remove old runs; what was finished is kept.",
        )
    return StoreError(
        f"The store cannot be used: {problem.strerror or problem}.",
        "Check the folder's permissions, or name another in AECORE_STORE.",
    )
