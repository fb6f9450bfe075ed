"""`python -m aecore.jobs.worker`: gets warm, waits for a key on standard input, performs it, ends.

A line `pause` asks the job to make way for others, where that loses nothing.
With `--stay` it waits for the next key instead, and meanwhile warms up what takes long.

What it says on its standard output, a line each: `ready`; `begun` once the job's own
first step is done; `saving` and `saved` around what a stop waits for; `taken` if somebody else
computes it; `end` and the state as JSON; `idle` when it waits again.
The end of its standard input is its own end, so that it cannot outlive the app.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence

from aecore.artifact import Progress, State
from aecore.claims import break_claims
from aecore.data.memory import n_free_bytes
from aecore.errors import AecoreError, LeaseLostError
from aecore.imaging.process_limits import bounded_memory, go_first
from aecore.jobs import device
from aecore.jobs.kinds import work_of
from aecore.jobs.perform import perform
from aecore.store import Store

PAUSE = b"pause"
"""The line that asks the job at work to make way for others."""
GRACE_S = 2.0
"""After the end of standard input the process is gone within so long."""
NICENESS = 10
NICENESS_OF_LOOKS = 15
"""Looking into a run goes behind training one."""
OOM_SCORE = 500
"""Where memory runs out a worker goes before the app, and a child that decodes before either."""


class Orders:
    """What arrives on standard input: lines `KEY OWNER`, each once the last is done, or `pause`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.owner = ""
        self.is_over = threading.Event()
        self.is_to_pause = threading.Event()
        self._n_open = 0
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, name="standard input", daemon=True).start()

    def wait(self) -> str:
        """The key to compute; the process ends here if none ever comes."""
        line = self._lines.get()
        key, _, owner = line.partition(" ")
        self.owner = owner
        return key

    def done(self) -> None:
        """The last key has been computed: the end of standard input is the end at once."""
        self._n_open -= 1

    def _listen(self) -> None:
        # os.read, for a thread that sits in sys.stdin makes the interpreter crash at its end
        rest = b""
        while arrived := os.read(0, 4096):
            *lines, rest = (rest + arrived).split(b"\n")
            for line in lines:
                if line.strip() == PAUSE:
                    self.is_to_pause.set()
                    continue
                self.is_to_pause.clear()
                self._n_open += 1
                self._lines.put(line.decode().strip())
        self.is_over.set()
        if self._n_open:
            time.sleep(GRACE_S)
            with contextlib.suppress(AecoreError, OSError):
                break_claims(self.store, self.owner)
        os._exit(0)


class Reports:
    """Lines to the supervisor; whatever else prints goes to standard error."""

    def __init__(self) -> None:
        self._file = os.dup(1)
        os.dup2(2, 1)

    def say(self, line: str) -> None:
        """Say one line; a supervisor that is gone is no error."""
        with contextlib.suppress(OSError):
            os.write(self._file, f"{line}\n".encode())


def main(arguments: Sequence[str] | None = None) -> int:
    """Be a worker; returns the exit code: 0, or 1 after a defect."""
    parser = argparse.ArgumentParser(prog="aecore.jobs.worker", description=__doc__)
    parser.add_argument("--store", required=True)
    parser.add_argument("--light", action="store_true", help="for jobs that need no torch")
    parser.add_argument("--look", action="store_true", help="for looking into runs")
    parser.add_argument("--stay", action="store_true", help="do job after job")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--plugin", action="append", default=[], help="module that adds kinds")
    chosen = parser.parse_args(arguments)

    reports = Reports()
    store = Store(chosen.store)
    orders = Orders(store)
    go_first(OOM_SCORE)
    if hasattr(os, "nice"):
        os.nice(NICENESS_OF_LOOKS if chosen.look else NICENESS)
    for plugin in chosen.plugin:
        importlib.import_module(plugin)
    if chosen.look:
        device.warm_for_looks(chosen.threads or device.n_threads())
    elif not chosen.light:
        device.warm_up(chosen.threads or device.n_threads())
    reports.say("ready")
    if not chosen.stay:
        return work(store, orders, reports)
    # in a thread of its own: a job that needs nothing of it does not wait for it
    threading.Thread(target=device.compile_for_looks, name="warming up", daemon=True).start()
    from aecore.training.device import empty_gpu_cache

    while not (code := work(store, orders, reports)):
        orders.done()
        empty_gpu_cache()
        reports.say("idle")
    return code


def work(store: Store, orders: Orders, reports: Reports) -> int:
    """Perform the next job that is ordered; 1 after a defect."""
    key = orders.wait()
    has_begun = False

    def watch(computed: str, progress: Progress) -> None:
        nonlocal has_begun
        if computed == key and progress.n_done > 0 and not has_begun:
            has_begun = True
            reports.say("begun")

    def on_save(is_saving: bool) -> None:
        reports.say("saving" if is_saving else "saved")

    def stop() -> bool:
        if orders.is_over.is_set():
            raise SystemExit(0)  # nobody asked for a stop: the job is interrupted
        return False

    try:
        with bounded(key):
            state = perform(
                store,
                key,
                stop=stop,
                watch=watch,
                on_save=on_save,
                owner=orders.owner or None,
                pause=orders.is_to_pause.is_set,
            )
    except LeaseLostError:
        reports.say("taken")
        return 0
    except AecoreError as problem:
        state = State("failed", error=problem.message, hint=problem.hint)
    except Exception:  # noqa: BLE001 - it is told loudly, and the process ends
        traceback.print_exc()
        state = store.artifact(key).state
        reports.say(f"end {json.dumps(state.to_json())}")
        return 1
    reports.say(f"end {json.dumps(state.to_json())}")
    return 0


@contextlib.contextmanager
def bounded(key: str) -> Iterator[None]:
    """While a photograph is worked on, memory that is not there raises instead of killing.

    It counts what is mapped, as the samples of a training are, which stay on disk: those are not
    bounded so.
    """
    work, n_free = work_of(key), n_free_bytes()
    if n_free is None or work.lane != "long" or not work.memory or device.has_gpu():
        yield
        return
    with bounded_memory(n_free):
        yield


def _run() -> None:
    try:
        code = main()
    except SystemExit as problem:
        code = problem.code if isinstance(problem.code, int) else 1
    except BaseException:  # noqa: BLE001 - the last frame: tell, then end whatever threads there are
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _run()
