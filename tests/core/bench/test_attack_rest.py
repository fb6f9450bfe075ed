"""What the bench of attacks forges, kills and compares is what it says."""

from __future__ import annotations

import random
from pathlib import Path

from aecore.bench.attack.addresses import LINKS, PAGES, values
from aecore.bench.attack.beside import _told_of_server, _told_of_times
from aecore.bench.attack.cgroup import MemoryLimit
from aecore.bench.attack.kills import _sums, wishes
from aecore.bench.attack.memory import Growth
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from aecore.store import Store

ROOT = Path(__file__).resolve().parents[3]


def test_every_page_is_attacked_and_a_seed_gives_the_same_again() -> None:
    paths = {path.stem for path in (ROOT / "pages").glob("*.py")} - {"__init__"}
    assert {page or "start" for page in PAGES} == paths
    first, again, other = (values(random.Random(seed), "run-x") for seed in (1, 1, 2))
    assert first == again != other
    assert len(first) > 30
    assert set(LINKS) > {"run", "data"}


def test_what_is_asked_for_before_a_kill_is_an_import_a_training_and_a_map(a_store: Store) -> None:
    run = a_store.create(RunSpec(data=DataSpec(source="digits").key), base=True)
    kinds = [spec.kind for spec in wishes(a_store, 1)]
    assert kinds == ["data", "run", "codes", "map"]
    keys = {spec.key for seed in (1, 2) for spec in wishes(a_store, seed)}
    assert len(keys) == 8  # nothing is there from the kill before
    run.set_state(status="done")
    before = _sums(a_store)
    assert {Path(name).name for name in before} == {"spec.json", "about.json", "state.json"}
    run.write_bytes("about.json", b"{}")
    assert {name for name, known in _sums(a_store).items() if before[name] != known} == {
        f"artifacts/{run.key}/about.json"
    }


def test_who_is_beside_is_told_with_what_they_waited_before() -> None:
    alone, times = [0.01] * 20, [0.1] * 19 + [0.2]
    limit = MemoryLimit(reason="none here")
    ended, grew = _told_of_server(limit, Growth(10.0), 2, is_alive=False)
    answer, file = _told_of_times(alone, times, [1.0, 6.0])
    assert not ended.passed
    assert grew.passed
    assert 100 <= (answer.figure or 0) <= 200
    assert "before the first file 10 ms" in answer.reference
    assert (file.figure, file.passed) == (6.0, False)
