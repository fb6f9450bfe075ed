"""Who may work on what: claims with leases, settled by the file system and its clock alone."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aecore.errors import LeaseLostError
from aecore.files import discard, names_in, store_error_from
from aecore.store import Store

TTL_S = 15.0
"""A lease that was not renewed for so long has run out."""

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,120}\Z")
_KEPT_GENERATIONS = 4  # so that who has slept since it looked finds its number taken
_ENDED = (1.0, 1.0)  # time of access and change of a claim that was given back


@dataclass
class Claim:
    """The right to work on a name, as long as it is renewed.

    A claim is one numbered file; whoever made the highest number owns the name. Its
    time of change says when the lease was last renewed, and its number is a fencing
    token: nothing is renamed or overwritten, so there is nothing to race for.
    """

    store: Store
    name: str
    generation: int
    owner: str
    ttl_s: float
    lost: bool = field(default=False, init=False)
    """Whether a renewal has found that somebody else took over."""

    @property
    def path(self) -> Path:
        """The file that is this claim."""
        return _folder(self.store, self.name) / f"{self.generation:09d}"

    def check(self) -> None:
        """Make sure that the name is still this claim's, as must be known before writing.

        Raises
        ------
        LeaseLostError
            If somebody else has taken the name over.
        """
        if not self._is_held():
            self.lost = True
            raise LeaseLostError(
                "Another worker has taken this job over.",
                "This process was silent for too long; watch the other one, nothing is lost.",
            )

    def renew(self) -> None:
        """Start the lease anew.

        Raises
        ------
        LeaseLostError
            If somebody else has taken the name over.
        """
        self.check()
        with contextlib.suppress(FileNotFoundError):
            os.utime(self.path)

    def release(self) -> None:
        """Give the name back; of no effect if somebody else has it by now."""
        with contextlib.suppress(OSError):
            if self._is_held():
                os.utime(self.path, _ENDED)

    def _is_held(self) -> bool:
        """Whether the highest number is this claim's, and not one of the same number made since."""
        holder = _holder(_folder(self.store, self.name))
        return (
            holder is not None
            and holder.generation == self.generation
            and holder.owner in (self.owner, "")
        )

    @contextlib.contextmanager
    def keep(self) -> Iterator[Claim]:
        """Renew from a thread while the block runs, then release."""
        ended = threading.Event()

        def tend() -> None:
            while not ended.wait(self.ttl_s / 5):
                try:
                    self.renew()
                except LeaseLostError:
                    return
                except OSError:
                    continue  # the disk may answer again before the lease runs out

        thread = threading.Thread(target=tend, name=f"lease {self.name}", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            ended.set()
            thread.join()
            self.release()


def claim(
    store: Store, name: str, ttl_s: float = TTL_S, *, owner: str | None = None
) -> Claim | None:
    """Claim a name; None if somebody holds it, or was quicker.

    Parameters
    ----------
    owner
        Who claims; a random id where None.

    Raises
    ------
    StoreError
        If the store cannot be written.
    """
    folder = _folder(store, name)
    holder = _holder(folder)
    if holder is not None and holder.is_live(store):
        return None
    generation = holder.generation + 1 if holder else 1
    made = Claim(store, name, generation, owner or secrets.token_hex(16), ttl_s)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(made.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except (FileExistsError, FileNotFoundError):  # not found: the folder was forgotten just now
        return None
    except OSError as problem:
        raise store_error_from(problem) from problem
    try:
        os.write(file, json.dumps({"owner": made.owner, "ttl_s": ttl_s}).encode())
    except OSError as problem:
        made.release()
        raise store_error_from(problem) from problem
    finally:
        os.close(file)
    # The number may have been free only because it, or the whole folder, was tidied up.
    if _highest(folder) != generation or _has_live(store, folder, below=generation):
        discard(made.path)
        return None
    _tidy(folder, below=generation - _KEPT_GENERATIONS)
    return made


def claimed(store: Store) -> list[str]:
    """All names that were ever claimed and are not forgotten."""
    return sorted(name for name in names_in(store.root / "claims") if _NAME.match(name))


def forget(store: Store, name: str, idle_s: float = 0.0) -> bool:
    """Remove what is known of claims on a name that nobody will claim again; whether it is gone.

    Parameters
    ----------
    idle_s
        Only if no lease was renewed for so long, those that were given back apart.
    """
    folder = _folder(store, name)
    holder = _holder(folder)
    if holder is not None:
        if holder.renewed > _ENDED[1] and holder.idle_s(store) < max(idle_s, holder.ttl_s):
            return False
        if (held := claim(store, name)) is None:  # nobody else begins while it is removed
            return False
        _tidy(folder, below=held.generation - 1)
        discard(held.path)
    with contextlib.suppress(OSError):
        folder.rmdir()
    return not folder.exists()


def is_live(store: Store, name: str) -> bool:
    """Whether somebody holds the name and has renewed the lease in time."""
    holder = _holder(_folder(store, name))
    return holder is not None and holder.is_live(store)


def break_claim(store: Store, name: str, owner: str) -> bool:
    """End the claim of an owner that is known to be dead; whether it held the name."""
    folder = _folder(store, name)
    holder = _holder(folder)
    if holder is None or holder.owner != owner:
        return False
    with contextlib.suppress(OSError):
        os.utime(folder / f"{holder.generation:09d}", _ENDED)
    return True


def break_claims(store: Store, owner: str) -> list[str]:
    """End all claims of an owner that is known to be dead; the names it held."""
    return [name for name in claimed(store) if break_claim(store, name, owner)]


@dataclass(frozen=True)
class _Holder:
    generation: int
    owner: str
    ttl_s: float
    renewed: float

    def is_live(self, store: Store) -> bool:
        return self.idle_s(store) <= self.ttl_s

    def idle_s(self, store: Store) -> float:
        """Seconds since the lease was renewed; also where the clock was set back since."""
        return abs(store.now() - self.renewed)


def _folder(store: Store, name: str) -> Path:
    if not _NAME.match(name):
        raise ValueError(f"{name!r} cannot be claimed: it would not be a safe file name")
    return store.root / "claims" / name


def _highest(folder: Path) -> int:
    return max(_generations(folder), default=0)


def _generations(folder: Path) -> list[int]:
    return [int(name) for name in names_in(folder) if name.isdigit()]


def _holder(folder: Path) -> _Holder | None:
    while generation := _highest(folder):
        if (found := _read(folder, generation)) is not None:
            return found  # else it was tidied up since: there is a higher one
    return None


def _read(folder: Path, generation: int) -> _Holder | None:
    """Who made a number, and when it was last renewed; None where it was tidied up."""
    try:
        # Opened before it is asked for its time: a network file system answers a question about
        # a path from memory that may be a minute old, and asks the server when a file is opened.
        with (folder / f"{generation:09d}").open("rb") as file:
            renewed = os.fstat(file.fileno()).st_mtime
            content = file.read()
    except FileNotFoundError:
        return None
    try:
        found = json.loads(content)
        return _Holder(generation, str(found["owner"]), float(found["ttl_s"]), renewed)
    except (ValueError, KeyError, TypeError):  # it is being written, or its maker died
        return _Holder(generation, "", TTL_S, renewed)


def _has_live(store: Store, folder: Path, below: int) -> bool:
    earlier = (_read(folder, number) for number in _generations(folder) if number < below)
    return any(found is not None and found.is_live(store) for found in earlier)


def _tidy(folder: Path, below: int) -> None:
    for number in _generations(folder):
        if number <= below:
            discard(folder / f"{number:09d}")
