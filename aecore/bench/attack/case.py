"""`python -m aecore.bench.attack.case DOOR LIMIT`: brings files in, and measures what it costs.

Each line on standard input is the path of a file; each is answered by a `Case` as JSON. What is
not answered by itself is given up after a while, as a person would: Cancel, or Stop.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Literal, cast

from aecore.bench.attack.files import Door
from aecore.bench.attack.memory import memory_growth
from aecore.bench.attack.pictures import picture
from aecore.bench.attack.zips import good
from aecore.data.kept import keep
from aecore.data.memory import reading_bytes
from aecore.data.uploads import receive
from aecore.errors import AecoreError
from aecore.imaging.decode_tasks import Run
from aecore.imaging.decoding import WRITING_BYTES, Decoder
from aecore.imaging.process_limits import bounded_memory, go_first
from aecore.jobs.perform import perform
from aecore.photos.kept import keep_photo
from aecore.specs.data import DataSpec
from aecore.store import Store

PATIENCE_S = 4.0
"""After so long a person has had enough."""

Outcome = Literal["kept", "told", "given up", "crashed"]


@dataclass(frozen=True)
class Case:
    """What became of one file.

    Parameters
    ----------
    outcome
        "kept": it is a picture after all. "told": a sentence says why it is none. "given up":
        after `PATIENCE_S`, and it ended then. "crashed": anything else.
    seconds
        Until the person had an answer, or was rid of it.
    growth_mb
        By how much this process and what it started grew at the most, MB; None where it is not
        known.
    """

    outcome: Outcome
    words: str
    seconds: float
    growth_mb: float | None


class _GivenUpError(Exception):
    pass


def brought(door: Door, path: Path, store: Store, decoder: Decoder) -> Case:
    """Import one file, as the app does behind this door."""
    give_up_at = time.perf_counter() + PATIENCE_S

    def waiting() -> None:
        if time.perf_counter() > give_up_at:
            raise _GivenUpError

    outcome: Outcome
    with memory_growth() as growth:
        began = time.perf_counter()
        try:
            outcome, words = _bring(
                door, path, store, partial(decoder.run, waiting=waiting), waiting
            )
        except _GivenUpError:
            outcome, words = "given up", ""
        except AecoreError as problem:
            outcome, words = "told", str(problem)
        except BaseException:  # noqa: BLE001 - what is no sentence is what is looked for
            outcome, words = "crashed", traceback.format_exc()[-500:]
        seconds = time.perf_counter() - began
    return Case(outcome, words, seconds, growth.mb)


def _bring(
    door: Door, path: Path, store: Store, run: Run, waiting: Callable[[], None]
) -> tuple[Outcome, str]:
    if door == "photo":
        keep_photo(store, path.read_bytes(), run=run)
        return "kept", ""
    if door == "own":
        keep(store, path.read_bytes(), run=run)
        return "kept", ""

    def stop() -> bool:
        try:
            waiting()
        except _GivenUpError:
            return True
        return False

    honest = good() if door == "set" and path.suffix != ".zip" else []
    with path.open("rb") as file:
        upload = receive(store, [(path.name, file), *honest])
    if door == "table":  # as the page does, before it offers to import it
        table = str(store.uploads / upload / "000000")
        run(
            "aecore.data.table_upload:described",
            memory_bytes=reading_bytes(WRITING_BYTES),
            path=table,
            name=path.name,
        )
    rows: dict[str, object] = {door: {}} if door in ("baskets", "texts") else {}
    artifact = store.create(DataSpec.of(source="own", upload=upload, **rows))
    state = perform(store, artifact.key, stop=stop)
    store.remove(artifact.key)
    if state.status == "stopped":
        return "given up", ""
    return ("told", state.error) if state.error else ("kept", "")


def _honest(door: Door, folder: Path) -> Path:
    """A file that means no harm, of the kind that comes in here."""
    if door in ("photo", "own", "set"):
        path, content = folder / "honest.webp", picture(1000, 800, "WEBP")
    else:
        rows = "".join(f"person {i % 9},thing {i % 7},{i}\n" for i in range(60))
        path, content = folder / "honest.csv", f"person,thing,value\n{rows}".encode()
    path.write_bytes(content)
    return path


def main() -> None:
    """Be the process that is attacked."""
    door = cast(Door, sys.argv[1])
    go_first(1000)
    decoder = Decoder()
    decoder.warm_up()
    with (
        bounded_memory(int(sys.argv[2])),
        tempfile.TemporaryDirectory(prefix="aecore-attack-") as folder,
    ):
        honest = _honest(door, Path(folder))
        for number, line in enumerate(sys.stdin):
            # What is imported once, and started again once a child has ended, is not counted.
            brought(door, honest, Store(Path(folder) / "honest"), decoder)
            found = brought(door, Path(line.strip()), Store(Path(folder) / str(number)), decoder)
            sys.stdout.write(json.dumps(asdict(found)) + "\n")
            sys.stdout.flush()
    decoder.close()


if __name__ == "__main__":
    main()
