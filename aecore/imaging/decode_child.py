"""`python -m aecore.imaging.decode_child`: does what it is asked on standard input, under bounds.

Each line that arrives is a task as JSON (`task`, `arguments`, `memory_bytes`, `cpu_s`); each is
answered by a line: `answer`, or `error`, `message` and `hint`. The end of its standard input is
its own end, so that it cannot outlive who asks.
"""

from __future__ import annotations

import json
import os
import queue
import threading
import traceback
from typing import Any

from aecore import sentence
from aecore.errors import AecoreError
from aecore.imaging.decode_tasks import here
from aecore.imaging.limits import no_memory
from aecore.imaging.process_limits import bound_cpu, bounded_memory, go_first, n_resident_bytes

NICENESS = 5
MAX_TASKS = 200
MAX_IDLE_BYTES = 300 * 2**20
"""One that holds more after a task ends, and gives it back."""


def main() -> None:
    """Be the child."""
    answers, log = os.dup(1), os.dup(2)
    # what decoders written in C have to say of a hostile file may be megabytes
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    try:
        _serve(answers)
    except BaseException:  # noqa: BLE001 - the last frame: it is told, and the process ends
        os.write(log, traceback.format_exc().encode())
        os._exit(1)
    os._exit(0)


def _serve(answers: int) -> None:
    go_first(1000)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    asked: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    is_last = False
    n_done = 0
    while not is_last:
        answer = _answer(json.loads(asked.get()))
        n_done += 1
        is_last = n_done == MAX_TASKS or (n_resident_bytes() or 0) > MAX_IDLE_BYTES
        os.write(
            answers, json.dumps(sentence.to_json({**answer, "is_last": is_last})).encode() + b"\n"
        )


def _listen(asked: queue.Queue[bytes]) -> None:
    # os.read, for a thread that sits in sys.stdin makes the interpreter crash at its end
    rest = b""
    while arrived := os.read(0, 65_536):
        *lines, rest = (rest + arrived).split(b"\n")
        for line in lines:
            asked.put(line)
    os._exit(0)


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    bound_cpu(asked["cpu_s"])
    try:
        with bounded_memory(asked["memory_bytes"]):
            return {"answer": here(asked["task"], **asked["arguments"])}
    except AecoreError as problem:
        found = problem
    except MemoryError:
        found = no_memory()
    return {
        "error": type(found).__name__,
        "message": found.message,
        "hint": found.hint,
    }


if __name__ == "__main__":
    main()
