"""Kills at random moments: an app at import, training and map is ended by kill -9, again and again.

`python -m aecore.bench.attack.kills STORE SEED` is the app that is killed: it asks for all three.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from aecore.api import lab
from aecore.bench.report import Figure
from aecore.errors import AecoreError
from aecore.jobs.perform import perform
from aecore.specs.base import Spec
from aecore.specs.data import DataSpec
from aecore.specs.maps import MapSpec
from aecore.specs.run import NetworkSpec, RunSpec
from aecore.specs.studies import CodesSpec
from aecore.store import Store

N_KILLS, N_QUICK = 12, 3
_WAIT_S = (0.3, 8.0)


def wishes(store: Store, seed: int) -> list[Spec]:
    """An import, a training, and a map of a run that is there."""
    base = next(key for key in store.keys("run") if store.artifact(key).about.get("base"))
    data = DataSpec(source="sprites", n_max=1500, size_px=32, seed=seed)
    run = RunSpec.of(
        data=DataSpec(source="digits").key,
        n_epochs=60,
        network=NetworkSpec(widths=(256,)),
        seed=seed,
    )
    codes = CodesSpec(run=base, epochs=1, n_max=1000, seed=seed)
    return [data, run, codes, MapSpec(codes=codes.key)]


def figures(*, quick: bool = False, seed: int = 0) -> Iterator[Figure]:
    """What finished files lose over some kills, and what is left undone afterwards."""
    n_kills = N_QUICK if quick else N_KILLS
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="aecore-bench-") as folder:
        store = Store(folder)
        spec = lab.run_spec("undercomplete", "digits", store=store, n_epochs=1)
        lab.finish(store, spec.key)
        store.artifact(spec.key).write_json("about.json", {"base": True})
        finished: dict[str, str] = {}
        n_lost = 0
        for number in range(n_kills):
            app = subprocess.Popen(
                [sys.executable, "-m", "aecore.bench.attack.kills", folder, str(number)],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, "AECORE_SPARES": "0"},
            )
            if app.stdout is not None:
                app.stdout.readline()
            time.sleep(chance.uniform(*_WAIT_S))
            with contextlib.suppress(ProcessLookupError):
                if number % 3:  # the app and all its workers, or the app alone
                    os.killpg(app.pid, signal.SIGKILL)
                else:
                    app.kill()
            app.wait()
            n_lost += sum(_sums(store).get(name) != known for name, known in finished.items())
            finished |= _sums(store)
        time.sleep(4.0)  # workers whose app died are gone by then
        undone = [
            asked.key
            for number in range(n_kills)
            for asked in wishes(store, number)
            if perform(store, store.create(asked).key).status != "done"
        ]
        n_lost += sum(_sums(store).get(name) != known for name, known in finished.items())
        litter = [path.name for path in store.artifacts.rglob(".*.tmp")]
    told = f"{n_kills} kills, {len(finished)} files compared"
    yield Figure("kill -9: finished files changed or lost", n_lost, "files", 0, reference=told)
    yield Figure(
        "kill -9: not finished when asked again",
        len(undone),
        "jobs",
        0,
        reference=f"of {4 * n_kills}: import, training, codes, map",
    )
    yield Figure("kill -9: temporary files left", len(litter), "files", 0)


def _sums(store: Store) -> dict[str, str]:
    """SHA-256 of each file of what is done."""
    found = {}
    for key in store.keys():  # noqa: SIM118 - a store is no mapping
        artifact = store.artifact(key)
        if artifact.state.status == "done":
            for path in artifact.path.rglob("*"):
                if path.is_file() and not path.name.startswith("."):
                    name = str(path.relative_to(store.root))
                    found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def main() -> None:
    """Be the app that is killed."""
    from aecore.jobs.engine import Engine

    store = Store(Path(sys.argv[1]))
    with Engine(store, spares=0, max_per_session=10) as engine:
        for spec in wishes(store, int(sys.argv[2])):
            with contextlib.suppress(AecoreError):
                engine.submit(spec, "a" * 24)
        sys.stdout.write("asked\n")
        sys.stdout.flush()
        time.sleep(60)


if __name__ == "__main__":
    main()
