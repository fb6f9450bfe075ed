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
from aecore.store import Store, told

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

    def renew(self) -> None:
        """Start the lease anew.

        Raises
        ------
        LeaseLostError
            If somebody else has taken the name over.
        """
        if _highest(_folder(self.store, self.name)) == self.generation:
            with contextlib.suppress(FileNotFoundError):
                os.utime(self.path)
                return
        self.lost = True
        raise LeaseLostError(
            "Another worker has taken this job over.",
            "This process was silent for too long; watch the other one, nothing is lost.",
        )

    def release(self) -> None:
        """Give the name back; of no effect if somebody else has it by now."""
        with contextlib.suppress(OSError):
            os.utime(self.path, _ENDED)

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
    except FileExistsError:
        return None
    except OSError as problem:
        raise told(problem) from problem
    try:
        os.write(file, json.dumps({"owner": made.owner, "ttl_s": ttl_s}).encode())
    except OSError as problem:
        made.release()
        raise told(problem) from problem
    finally:
        os.close(file)
    if _highest(folder) != generation:  # the number was free only because it was tidied up
        made.path.unlink(missing_ok=True)
        return None
    _tidy(folder, below=generation - _KEPT_GENERATIONS)
    return made


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
    with contextlib.suppress(FileNotFoundError):
        names = sorted(path.name for path in (store.root / "claims").iterdir())
        return [name for name in names if break_claim(store, name, owner)]
    return []


@dataclass(frozen=True)
class _Holder:
    generation: int
    owner: str
    ttl_s: float
    renewed: float

    def is_live(self, store: Store) -> bool:
        return store.now() - self.renewed <= self.ttl_s


def _folder(store: Store, name: str) -> Path:
    if not _NAME.match(name):
        raise ValueError(f"{name!r} cannot be claimed: it would not be a safe file name")
    return store.root / "claims" / name


def _highest(folder: Path) -> int:
    try:
        return max((int(name) for name in os.listdir(folder) if name.isdigit()), default=0)  # noqa: PTH208
    except FileNotFoundError:
        return 0


def _holder(folder: Path) -> _Holder | None:
    while generation := _highest(folder):
        path = folder / f"{generation:09d}"
        try:
            renewed = path.stat().st_mtime
            content = path.read_bytes()
        except FileNotFoundError:
            continue  # tidied up since: there is a higher one
        try:
            found = json.loads(content)
            return _Holder(generation, str(found["owner"]), float(found["ttl_s"]), renewed)
        except (ValueError, KeyError, TypeError):  # it is being written, or its maker died
            return _Holder(generation, "", TTL_S, renewed)
    return None


def _tidy(folder: Path, below: int) -> None:
    for path in folder.iterdir():
        if path.name.isdigit() and int(path.name) <= below:
            with contextlib.suppress(OSError):
                path.unlink()
