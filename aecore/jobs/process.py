"""One worker process as its supervisor sees it: started, given a key, heard, ended."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

from aecore.artifact import State
from aecore.child_process import SPIN_TURNS, environment
from aecore.specs.base import Lane
from aecore.store import Store

SAVE_S = 300.0
"""A worker that is to stop and saves what was promised to be kept is given so long."""


class WorkerProcess:
    """A worker; `on_change` is called from a thread of its own, for the last time at its end.

    Parameters
    ----------
    plugins
        Modules that the worker imports first; they may add kinds.
    stays
        Whether it does job after job, instead of one.
    """

    def __init__(
        self,
        store: Store,
        lane: Lane,
        on_change: Callable[[WorkerProcess], None],
        plugins: Sequence[str] = (),
        *,
        stays: bool = False,
    ) -> None:
        self.lane = lane
        self.stays = stays
        self.owner = secrets.token_hex(16)
        self.key = ""
        """What it was given to compute."""
        self.is_ready = False
        self.has_begun = False
        self.found_taken = False
        self.is_saving = False
        """Whether it is at something that a stop has to wait for."""
        self.is_idle = False
        """Whether one that stays has ended a job, and waits for `forget_job` and the next."""
        self.result: State | None = None
        self.exit_code: int | None = None
        self._on_change = on_change
        command = [sys.executable, "-P", "-m", "aecore.jobs.worker", "--store", str(store.root)]
        command += [] if lane == "device" else [f"--{lane}"]
        command += ["--stay"] if stays else []
        for plugin in plugins:
            command += ["--plugin", plugin]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(lane),
            # its own group: Ctrl-C at the app is the app's affair, and the pipe tells the worker
            start_new_session=os.name != "nt",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
            | getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
            | getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        name = f"worker {self.process.pid}"
        self._listener = threading.Thread(target=self._listen, name=name, daemon=True)
        self._listener.start()

    def give(self, key: str) -> bool:
        """Hand it a job, its only one unless it stays; False if it is dead already."""
        self.key = key
        return self._say(f"{key} {self.owner}")

    def pause(self) -> None:
        """Ask it to make way for others as soon as that loses nothing."""
        self._say("pause")

    def _say(self, line: str) -> bool:
        pipe = self.process.stdin
        if pipe is None or pipe.closed:
            return False
        try:
            pipe.write(f"{line}\n".encode())
            pipe.flush()
        except OSError:
            return False
        return True

    def forget_job(self) -> None:
        """Be as if nothing had been given; for one that stays, after its job."""
        self.key = ""
        self.has_begun = self.found_taken = self.is_idle = self.is_saving = False
        self.result = None

    def end(self) -> None:
        """Ask it to end: at once where it is idle, politely within two seconds else."""
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()

    def kill(self) -> None:
        """End it now."""
        self.process.kill()

    def call_unless_saving(self, act: Callable[[], None], after_s: float) -> None:
        """Call something after a time, in another thread; where it is saving, once it has saved.

        It then has the time once more, to end; a save that takes longer than `SAVE_S` is not
        waited for.
        """
        began = time.monotonic()

        def look(was_saving: bool) -> None:
            is_late = time.monotonic() - began > SAVE_S
            if (self.is_saving or was_saving) and not is_late:
                later(self.is_saving)
            else:
                act()

        def later(was_saving: bool) -> None:
            timer = threading.Timer(after_s, look, (was_saving,))
            timer.daemon = True
            timer.start()

        later(False)

    def wait(self, timeout_s: float) -> bool:
        """Whether it has ended, and been heard of, within a time."""
        self._listener.join(timeout_s)
        return not self._listener.is_alive()

    def _listen(self) -> None:
        pipe = self.process.stdout
        if pipe is not None:
            with pipe:
                for line in pipe:
                    self._hear(line.decode().strip())
        code = self.process.wait()
        self.end()
        self.exit_code = code
        self._on_change(self)

    def _hear(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "ready":
            self.is_ready = True
        elif word == "begun":
            self.has_begun = True
        elif word == "taken":
            self.found_taken = True
        elif word in ("saving", "saved"):
            self.is_saving = word == "saving"
        elif word == "idle":
            self.is_idle = True
        elif word == "end":
            self.result = State.from_json(json.loads(rest))
        self._on_change(self)


def _environment(lane: Lane) -> dict[str, str]:
    """Threads of what is no training do not spin, for it may be computed beside one."""
    variables = environment()
    if lane != "device" and variables.get("GOMP_SPINCOUNT") == SPIN_TURNS:
        variables["GOMP_SPINCOUNT"] = "0"
    return variables
