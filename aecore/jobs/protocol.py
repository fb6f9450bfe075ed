"""What an engine is to those who ask for jobs, wherever it runs them."""

from __future__ import annotations

from typing import Protocol

from aecore.jobs.view import JobView
from aecore.specs.base import Spec


class JobEngine(Protocol):
    """Takes wishes for artifacts in, and has them computed.

    `aecore.jobs.engine.Engine` does so on this machine.
    """

    def submit(self, spec: Spec, asker: str, **about: object) -> str:
        """Ask for an artifact: open it if it is done, join it if it runs, else queue it.

        Parameters
        ----------
        asker
            Id of the session that asks.
        about
            Words kept with the artifact that do not change the result.

        Returns
        -------
        str
            The key.

        Raises
        ------
        QueueFullError
            If this asker, or all together, have too many unfinished jobs already.
        StoreError
        """
        ...

    def stop(self, key: str, asker: str | None) -> None:
        """Take an asker's wish back, None: everybody's; a job that nobody asks for stops."""
        ...

    def view(self, key: str) -> JobView:
        """How a job stands.

        Raises
        ------
        SpecError, ArtifactMissingError
            If it is no key, or nothing was asked for under it.
        """
        ...

    def close(self, wait_s: float = 3.0) -> None:
        """End all work; what was at it is interrupted, and resumes when asked for again."""
        ...
