"""What tests of every kind share.

What a test takes of a processor counts, for two tests share two cores. A worker that trains costs
two seconds before it does anything, a server three, a look at a map with UMAP eight: where a
process is not the point, the command line is called through click's runner, a job through
`aecore`. In a browser a test takes the `page` of its module's `server`: the window is one that
earlier tests used, without their cookies and storage; `new_page` is of a browser that was never
there. No worker waits warm unless the module says `SPARES = 1`, and a module whose addresses name
what it looks at has no server of its own (`SHARES_SERVER = True`). A test of twenty seconds or more
is marked `long`: it begins first.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from aecore.store import Store
from tests.order import long_first


def pytest_configure(config: pytest.Config) -> None:
    """Tests side by side compute on one thread each, and so do the workers and servers they start.

    Two threads on every core wait for each other. The process that starts the test processes sets
    it, for them to inherit: NumPy's OpenBLAS reads it as it is loaded, which is before any test
    process gets here.
    """
    if config.getoption("tx", None):
        os.environ.update(OMP_NUM_THREADS="1", NUMBA_NUM_THREADS="1", AECORE_THREADS="1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests begin first, dealt out to the test processes.

    Each process is given its share of the list in one piece (`--dist worksteal`), and takes of
    another's rest once it is done: a long test at the end of it would keep one core at work alone.
    """
    n_processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = long_first(
        items, [bool(item.get_closest_marker("long")) for item in items], n_processes
    )


@pytest.fixture
def a_store(tmp_path: Path) -> Store:
    """An empty store of its own."""
    return Store(tmp_path / "store")


@pytest.fixture(scope="session")
def unnamed_stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Empty folders, one after another.

    `mktemp` looks at all folders that there are for a number that is free: with one a test it took
    eight seconds of a run.
    """
    root = tmp_path_factory.mktemp("unnamed-stores")
    return (root / str(number) for number in count())


@pytest.fixture(autouse=True)
def no_one_elses_store(unnamed_stores: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that forgets to name a store never writes into a person's own."""
    store = next(unnamed_stores)
    store.mkdir()
    monkeypatch.setenv("AECORE_STORE", str(store))
