"""The store is under its quota while a job writes, and what is one's own goes before others'."""

from __future__ import annotations

import io
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aecore.data.uploads import receive
from aecore.errors import StoreFullError
from aecore.files import folder_bytes
from aecore.jobs import quota
from aecore.jobs.askers import Askers
from aecore.jobs.owners import SESSIONS
from aecore.jobs.perform import perform
from aecore.jobs.quota import room_for
from aecore.jobs.room import make_room_for
from aecore.specs.data import DataSpec
from aecore.specs.run import NetworkSpec, RunSpec
from aecore.store import Store
from tests.core.jobs.test_quota import chain, fill

ANN, BO = "a" * 24, "b" * 24


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def listed(store: Store, session: str, *keys: str) -> None:
    folder = store.root / SESSIONS / session
    folder.mkdir(parents=True, exist_ok=True)
    for key in keys:
        (folder / key).touch()


def some_data(store: Store, n: int, age_s: float = 100, n_bytes: int = 10_000) -> list[str]:
    n_there = len(store.keys())
    return [
        fill(store, DataSpec(source="digits", seed=n_there + i), n_bytes, age_s=age_s - i)
        for i in range(n)
    ]


def test_what_is_mine_goes_before_anything_of_others(store: Store) -> None:
    of_ann, of_bo = some_data(store, 3, age_s=1000), some_data(store, 3)
    listed(store, ANN, *of_ann)
    listed(store, BO, *of_bo)
    store.quota_bytes = 45_000
    assert room_for(store, askers=frozenset({BO})).removed == of_bo[:2]
    store.quota_bytes = 25_000
    assert room_for(store, askers=frozenset({BO})).removed == [of_bo[2], of_ann[0]]


def test_what_is_mine_goes_even_if_it_was_used_just_now_and_what_is_others_does_not(
    store: Store,
) -> None:
    (old_of_ann,) = some_data(store, 1, age_s=1000)
    (new_of_ann, new_of_bo, new_of_nobody) = some_data(store, 3, age_s=3)
    listed(store, ANN, old_of_ann, new_of_ann)
    listed(store, BO, new_of_bo)
    store.quota_bytes = 0
    found = room_for(store, askers=frozenset({BO}))
    assert found.removed == [new_of_bo, old_of_ann]
    assert found.free_bytes < 0
    assert {*store.keys()} == {new_of_ann, new_of_nobody}


def test_what_stands_on_my_run_is_mine_and_what_two_have_is_the_others_too(store: Store) -> None:
    keys = chain(store)  # data, run, run after it, codes, map, trust
    listed(store, ANN, keys[1], keys[2])
    (shared,) = some_data(store, 1, age_s=5000)
    listed(store, ANN, shared)
    listed(store, BO, shared)
    store.quota_bytes = 0
    found = room_for(store, askers=frozenset({ANN})).removed
    assert found == [*keys[:0:-1], keys[0], shared]


def test_room_for_a_file_is_made_before_it_comes_or_it_is_refused(store: Store) -> None:
    keys = some_data(store, 3)
    store.quota_bytes = 40_000
    make_room_for(store, 5_000)
    assert len(store.keys()) == 3
    make_room_for(store, 15_000)
    assert store.keys() == keys[:0:-1]
    with pytest.raises(StoreFullError, match="reached its quota"):
        make_room_for(store, 50_000)


# While it writes -------------------------------------------------------------------------


def pictures(n: int, seed: int, side_px: int = 64) -> bytes:
    """A zip of pictures, each unlike the others."""
    file, random = io.BytesIO(), np.random.default_rng(seed)
    with zipfile.ZipFile(file, "w") as archive:
        for i in range(n):
            png = io.BytesIO()
            x = np.full((side_px, side_px, 3), random.integers(0, 256, 3), np.uint8)
            x[:8, :8] = random.integers(0, 256, (8, 8, 3))
            Image.fromarray(x).save(png, "PNG", compress_level=1)
            archive.writestr(f"{i}.png", png.getvalue())
    return file.getvalue()


class Watched:
    """The most that a store takes on the disk while the block runs, bytes."""

    def __init__(self, store: Store) -> None:
        self.store, self.most = store, 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._is_over.wait(0.002):
            self.most = max(self.most, folder_bytes(self.store.root))

    def __enter__(self) -> Watched:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
        self.most = max(self.most, folder_bytes(self.store.root))


@pytest.mark.slow
def test_ten_imports_stay_under_a_quota_of_fifty_megabytes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes up to 15 MB while it is brought in, and 7 afterwards."""
    monkeypatch.setattr(quota, "FRESH_S", 0.0)
    store.quota_bytes = 50_000_000
    keys = []
    with Watched(store) as watched:
        for number in range(10):
            upload = receive(store, [("a.zip", pictures(600, number))])
            keys.append(store.create(DataSpec(source="own", upload=upload)).key)
            assert perform(store, keys[-1]).status == "done"
    assert 40e6 < watched.most <= 50e6
    kept = store.keys()
    assert kept == keys[-len(kept) :][::-1]
    assert 3 <= len(kept) < 7
    assert {path.name for path in store.uploads.iterdir()} == {
        store.artifact(key).spec.upload  # type: ignore[attr-defined]
        for key in kept
    }


def test_an_import_that_cannot_fit_ends_with_a_sentence_and_leaves_nothing_large(
    store: Store,
) -> None:
    upload = receive(store, [("a.zip", pictures(300, 0))])
    store.quota_bytes = folder_bytes(store.root) + 2_000_000
    artifact = store.create(DataSpec(source="own", upload=upload))
    with Watched(store) as watched:
        state = perform(store, artifact.key)
    assert state.status == "failed"
    assert "reached its quota" in state.error
    assert "Remove runs or pictures" in state.hint
    assert watched.most < store.quota_bytes
    assert artifact.size_bytes() < 10_000


def test_an_import_takes_the_oldest_of_its_own_person_and_nothing_of_others(
    store: Store,
) -> None:
    (of_ann,) = some_data(store, 1, age_s=1000, n_bytes=3_000_000)
    of_bo = some_data(store, 2, n_bytes=3_000_000)
    listed(store, ANN, of_ann)
    listed(store, BO, *of_bo)
    upload = receive(store, [("a.zip", pictures(200, 0))])
    artifact = store.create(DataSpec(source="own", upload=upload))
    store.quota_bytes = folder_bytes(store.root) + 3_000_000
    askers = Askers(store)
    askers.set(artifact.key, {BO})
    assert perform(store, artifact.key, owner="worker").status == "done"
    askers.close()
    assert {*store.keys()} == {of_ann, of_bo[1], artifact.key}


@pytest.mark.slow
def test_a_checkpoint_that_does_not_fit_ends_the_training_with_a_sentence(store: Store) -> None:
    data = store.create(DataSpec(source="digits"))
    assert perform(store, data.key).status == "done"
    run = store.create(RunSpec(data=data.key, n_epochs=2, network=NetworkSpec(widths=(512,))))
    store.quota_bytes = folder_bytes(store.root) + 500_000
    with Watched(store) as watched:
        state = perform(store, run.key)
    assert state.status == "failed"
    assert "reached its quota" in state.error
    assert watched.most < store.quota_bytes
