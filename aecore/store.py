"""Artifacts by key on a file system: written whole, read while they grow, bounded by a quota."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import time
from pathlib import Path
from typing import Any

from aecore.artifact import Artifact
from aecore.errors import (
    ArtifactDamagedError,
    ArtifactMissingError,
    SpecError,
    StoreError,
    StoreVersionError,
)
from aecore.files import (
    discard,
    make_private,
    remove_folder,
    store_error_from,
    writing_whole,
)
from aecore.specs.base import Spec, check_key

FORMAT = 1
PINNED = "pinned"
"""A file of an artifact that stays whatever the quota says: names of those who want that."""


def default_root() -> Path:
    """`AECORE_STORE` where it is set, else `~/.latent-lab`."""
    return Path(os.environ.get("AECORE_STORE") or Path.home() / ".latent-lab").expanduser()


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
                "{version_file} is damaged: it does not tell the store's format.",
                'Write {{"format": {format}}} into it, or name another folder in AECORE_STORE.',
                version_file=version_file,
                format=FORMAT,
            ) from problem
        if found > FORMAT:
            raise StoreVersionError(
                "The store {root} has format {found}; this version reads up to {format}.",
                "Update Latent Lab, or name another folder in AECORE_STORE.",
                root=self.root,
                found=found,
                format=FORMAT,
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
        keys = []
        for path in self.artifacts.iterdir():
            if kind and not path.name.startswith(f"{kind}-"):
                continue
            with contextlib.suppress(OSError, SpecError):
                check_key(path.name)
                keys.append(((path / "spec.json").stat().st_mtime, path.name))
        return [key for _, key in sorted(keys, reverse=True)]

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
            pinned = mark.read_json(PINNED)
        except ArtifactDamagedError:  # empty, as an earlier version wrote it
            return {""}
        except ArtifactMissingError:
            return set()
        return {str(name) for name in pinned} if isinstance(pinned, list) else {""}

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
