"""What is mine can be removed, with all that stands on it, and never from under others or a job."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from aecore.claims import claim
from aecore.cli import main
from aecore.data.uploads import receive
from aecore.errors import ArtifactMissingError, RemovalError, StoreFullError
from aecore.jobs import pins
from aecore.jobs.askers import Askers
from aecore.jobs.owners import SESSIONS
from aecore.jobs.quota import make_room
from aecore.jobs.removal import removal_of, remove
from aecore.specs.data import DataSpec
from aecore.specs.photos import PhotoSpec, RepairSpec, RestoreSpec, UncertaintySpec
from aecore.specs.run import RunSpec
from aecore.store import PINNED, Store
from tests.core.jobs.test_quota import chain, fill
from tests.core.jobs.test_room import ANN, BO, listed


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def own_data(store: Store, n_bytes: int = 10_000) -> tuple[str, str]:
    """An upload and the data set of it."""
    upload = receive(store, [("a.png", b"x" * n_bytes)])
    return upload, fill(store, DataSpec(source="own", upload=upload))


def test_all_that_stands_on_it_goes_with_it_and_what_it_stands_on_stays(store: Store) -> None:
    data, first, run, *results = chain(store)
    listed(store, ANN, first, run)
    found = removal_of(store, run, ANN)
    assert (set(found.keys), found.keys[-1]) == ({run, *results}, run)
    assert (found.n_runs, found.n_results) == (0, 3)
    assert found.n_bytes > 40_000
    remove(store, found, ANN)
    assert {*store.keys()} == {data, first}
    assert [path.name for path in (store.root / SESSIONS / ANN).iterdir()] == [first]


def test_a_set_goes_with_its_upload_its_runs_and_their_results(store: Store) -> None:
    upload, data = own_data(store)
    other_upload, other = own_data(store, 9_000)
    run = fill(store, RunSpec(data=data))
    listed(store, ANN, data, run, other)
    found = removal_of(store, data, ANN)
    assert (found.keys, found.uploads, found.n_runs) == ((run, data), (upload,), 1)
    remove(store, found, ANN)
    assert store.keys() == [other]
    assert [path.name for path in store.uploads.iterdir()] == [other_upload]


def test_an_upload_of_two_sets_stays_for_the_other(store: Store) -> None:
    upload, data = own_data(store)
    fill(store, DataSpec(source="own", upload=upload, size_px=8))
    listed(store, ANN, data)
    remove(store, removal_of(store, data, ANN), ANN)
    assert [path.name for path in store.uploads.iterdir()] == [upload]


def test_a_photograph_goes_with_all_that_was_made_of_it_and_the_marks_on_it(store: Store) -> None:
    photo, mask, other = (PhotoSpec(content=f"{i:064x}") for i in range(3))
    restored = RestoreSpec(photo=photo.key)
    specs = [photo, mask, other, restored, UncertaintySpec(base=restored.key)]
    for spec in (*specs, RepairSpec(base=restored.key, mask=mask.key)):
        fill(store, spec)
    listed(store, ANN, photo.key, other.key)
    found = removal_of(store, photo.key, ANN)
    remove(store, found, ANN)
    assert store.keys() == [other.key]


def test_what_two_have_leaves_one_list_and_stays(store: Store) -> None:
    _, data = own_data(store)
    listed(store, ANN, data)
    listed(store, BO, data)
    found = removal_of(store, data, ANN)
    assert found.leaves_the_list_only
    remove(store, found, ANN)
    assert store.keys() == [data]
    assert not (store.root / SESSIONS / ANN / data).exists()
    assert not removal_of(store, data, BO).leaves_the_list_only


@pytest.mark.parametrize("whose", [BO, None])
def test_what_another_persons_run_needs_stays_and_it_is_said(
    store: Store, whose: str | None
) -> None:
    _, data = own_data(store)
    run = fill(store, RunSpec(data=data))
    listed(store, ANN, data)
    if whose:
        listed(store, whose, run)
    with pytest.raises(RemovalError, match="A run of another person needs it"):
        removal_of(store, data, ANN)
    assert removal_of(store, data).keys == (run, data)  # who has the store may


def test_nobody_removes_what_is_not_theirs(store: Store) -> None:
    _, data = own_data(store)
    listed(store, BO, data)
    with pytest.raises(RemovalError, match="not yours"):
        removal_of(store, data, ANN)
    with pytest.raises(ArtifactMissingError):
        removal_of(store, DataSpec(seed=9).key, ANN)


def test_what_a_job_needs_stays_as_long_as_it_runs_or_waits(store: Store) -> None:
    keys = chain(store)
    listed(store, ANN, keys[0], keys[1], keys[2])
    found = removal_of(store, keys[0], ANN)
    held = claim(store, keys[-1])
    assert held is not None
    for refused in (lambda: removal_of(store, keys[0], ANN), lambda: remove(store, found, ANN)):
        with pytest.raises(RemovalError, match="job"):
            refused()
    held.release()
    askers = Askers(store)
    askers.set(keys[3], {BO})
    with pytest.raises(RemovalError, match="runs or waits"):
        removal_of(store, keys[0])
    askers.set(keys[3], ())
    askers.close()
    assert len(removal_of(store, keys[0], ANN).keys) == 6


# Pins ------------------------------------------------------------------------------------


def test_it_stays_pinned_as_long_as_anybody_wants(store: Store) -> None:
    key = fill(store, DataSpec(source="digits"))
    store.pin(key, by=ANN)
    store.pin(key, by=BO)
    store.pin(key, False, by=ANN)
    assert store.pinned_by(key) == {BO}
    store.quota_bytes = 0
    assert make_room(store) == []
    listed(store, ANN, key)
    with pytest.raises(RemovalError, match="Someone else has pinned"):
        removal_of(store, key, ANN)
    store.pin(key, False, by=BO)
    assert make_room(store) == [key]


def test_a_pin_of_an_earlier_version_holds(store: Store) -> None:
    key = fill(store, DataSpec(source="digits"))
    (store.artifact(key).path / PINNED).touch()
    assert store.pinned_by(key) == {""}
    store.pin(key, False)
    assert store.pinned_by(key) == set()


def test_pins_of_one_person_and_of_all_are_bounded(store: Store) -> None:
    store.quota_bytes = 1_000_000
    (_, of_ann), (_, also), (_, of_bo) = (own_data(store, 80_000 + n) for n in range(3))
    public = fill(store, DataSpec(source="digits"), 300_000)
    run = fill(store, RunSpec(data=public), 1_000)
    pins.pin(store, run, by=ANN, share=0.1)  # a set that anybody can have again is not counted
    pins.pin(store, of_ann, by=ANN, share=0.1)
    with pytest.raises(StoreFullError, match="may be pinned by one person"):
        pins.pin(store, also, by=ANN, share=0.1)
    assert store.pinned_by(also) == set()
    with pytest.raises(StoreFullError, match="more than half"):
        pins.pin(store, of_bo, by=BO, share=0.1)
        pins.pin(store, also, by=BO, share=0.2)
    pins.unpin(store, run, by=ANN)
    pins.pin(store, also, by=BO, share=0.2)


# On the command line ---------------------------------------------------------------------


def test_rm_asks_and_says_what_goes_and_pin_holds(store: Store) -> None:
    upload, data = own_data(store)
    run = fill(store, RunSpec(data=data))
    listed(store, ANN, run)

    def aecore(*words: str, said: str = "") -> str:
        found = CliRunner().invoke(main, ["--store", str(store.root), *words], input=said)
        return found.output

    asked = aecore("rm", data, said="n\n")
    assert f"{data}, 1 run, the uploaded files" in asked
    assert "on the list of" not in asked
    assert data in store
    assert "1 session of the app" in aecore("rm", run, said="n\n")
    assert "is pinned" in aecore("pin", run)
    assert json.loads(aecore("runs", "--json"))[0]["pinned"] is True
    assert "is not pinned" in aecore("pin", run, "--off")
    told = json.loads(aecore("rm", data, "--yes", "--json"))
    assert (told["removed"], told["uploads"]) == ([run, data], [upload])
    assert store.keys() == []
    assert "leads to nothing" in aecore("rm", data, "--yes")


def test_what_is_damaged_can_be_removed(store: Store) -> None:
    key = fill(store, DataSpec(source="digits"))
    (store.artifact(key).path / "spec.json").write_bytes(b"")
    found = CliRunner().invoke(main, ["--store", str(store.root), "rm", key, "--yes"])
    assert found.exit_code == 0, found.output
    assert store.keys() == []
