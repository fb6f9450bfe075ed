"""One job carried out here: how it ends, what it keeps, and who else may be at it."""

from __future__ import annotations

import os
import threading
from typing import get_args

import pytest

from aecore.artifact import Artifact
from aecore.claims import break_claims, claim, is_live
from aecore.errors import ArtifactMissingError, LeaseLostError, StoreFullError
from aecore.jobs import device
from aecore.jobs.askers import ask_to_stop, stop_is_asked
from aecore.jobs.perform import perform
from aecore.jobs.room import JobRoom
from aecore.jobs.view import look
from aecore.specs.base import Work
from aecore.specs.data import DataSpec
from aecore.specs.photos import PhotoSpec, RepairSpec, RestoreMethod, RestoreSpec, UncertaintySpec
from aecore.specs.registry import SPECS
from aecore.specs.run import RunSpec
from aecore.store import Store
from tests.core.jobs import fakes
from tests.core.jobs.fakes import JobThread, data_spec, run_spec, steps_of, taken_over, until


@pytest.fixture
def store(tmp_path, monkeypatch) -> Store:
    for kind in SPECS.values():
        if kind.work is not None:
            monkeypatch.setattr(kind, "work", Work("tests.core.jobs.fakes:compute"))
    monkeypatch.setattr(RunSpec, "work", Work("tests.core.jobs.fakes:compute", lane="device"))
    monkeypatch.setattr(device, "claim_name", lambda: "device-here-fake")
    return Store(tmp_path / "store")


def test_a_job_ends_done_with_all_its_steps_and_is_not_done_again(store):
    artifact = store.create(data_spec(), n_steps=4)
    seen = []
    state = perform(store, artifact.key, watch=lambda key, progress: seen.append(progress.n_done))
    assert state == artifact.state
    assert (state.status, state.n_done, state.n_total, state.eta_s) == ("done", 4, 4, None)
    assert seen == [0, 1, 2, 3, 4]
    assert not is_live(store, artifact.key)
    assert perform(store, artifact.key).status == "done"
    assert [step["step"] for step in steps_of(artifact)] == [0, 1, 2, 3]
    assert [word for word, _, _ in fakes.log_of(store)] == ["begin", "end"]


def test_a_stop_keeps_what_there_is_and_the_next_time_goes_on_from_there(store):
    artifact = store.create(data_spec(), n_steps=6)
    state = perform(store, artifact.key, stop=lambda: len(steps_of(artifact)) == 2)
    assert state.status == "stopped"
    assert look(store, artifact.key).status == "stopped"
    assert perform(store, artifact.key).status == "done"
    assert [step["step"] for step in steps_of(artifact)] == [0, 1, 2, 3, 4, 5]


def test_a_stop_file_stops_from_any_process_and_is_used_up(store):
    artifact = store.create(data_spec(), n_steps=10_000)
    thread = threading.Thread(target=perform, args=(store, artifact.key))
    thread.start()
    until(lambda: len(steps_of(artifact)) > 1)
    assert look(store, artifact.key).status == "running"
    ask_to_stop(store, artifact.key)
    thread.join(2.0)
    assert not thread.is_alive()
    assert artifact.state.status == "stopped"
    assert not stop_is_asked(store, artifact.key)


def test_what_somebody_else_computes_is_left_to_them(store):
    artifact = store.create(data_spec())
    held = claim(store, artifact.key)
    with pytest.raises(LeaseLostError, match="Another worker"):
        perform(store, artifact.key)
    assert steps_of(artifact) == []
    held.release()
    assert perform(store, artifact.key).status == "done"


def test_a_deliberate_error_is_told_and_a_second_try_is_free_to_succeed(store):
    artifact = store.create(data_spec(), then="deliberate")
    state = perform(store, artifact.key)
    assert (state.status, state.error, state.hint) == (
        "failed",
        "The file is torn.",
        "Bring another.",
    )
    assert artifact.state == state
    artifact.write_json("about.json", {})
    state = perform(store, artifact.key)
    assert (state.status, state.error, state.hint) == ("done", "", "")


def test_a_defect_stays_loud_and_leaves_its_trace(store):
    artifact = store.create(data_spec(), then="defect")
    with pytest.raises(ZeroDivisionError):
        perform(store, artifact.key)
    assert artifact.state.status == "failed"
    assert "a defect of this test" in artifact.state.error
    assert "error.log" in artifact.state.hint
    assert "ZeroDivisionError" in (artifact.path / "error.log").read_text()
    assert not is_live(store, artifact.key)


def test_running_out_of_memory_says_what_to_make_smaller(store):
    artifact = store.create(data_spec(), then="memory")
    state = perform(store, artifact.key)
    assert state.status == "failed"
    assert "smaller" in state.hint
    assert not artifact.has("error.log")


@pytest.mark.slow
def test_torch_running_out_of_memory_is_recognized(store, monkeypatch):
    import torch

    def too_much(spec, artifact, store):
        yield from ()
        torch.empty(2**60)

    monkeypatch.setattr(fakes, "compute", too_much)
    assert "smaller" in perform(store, store.create(data_spec()).key).hint


def test_a_full_disk_is_told_even_if_it_cannot_be_written_and_old_results_stay(store, monkeypatch):
    old = store.create(data_spec(1))
    perform(store, old.key)
    artifact = store.create(data_spec(), then="full")
    before = old.state
    write_json = Artifact.write_json

    def no_room(self, name, value, **how):
        if value.get("status") == "failed":
            raise StoreFullError("The disk is full.", "Free some.")
        write_json(self, name, value, **how)

    monkeypatch.setattr(Artifact, "write_json", no_room)
    state = perform(store, artifact.key)
    assert (state.status, state.error) == ("failed", "The disk is full.")
    assert artifact.state.status == "running"
    assert look(store, artifact.key).status == "interrupted"
    assert (old.state, len(steps_of(old))) == (before, 3)


def test_a_run_brings_its_data_in_first(store):
    data = store.create(data_spec(), n_steps=2)
    run = store.create(run_spec(data_spec()))
    seen = []
    assert perform(store, run.key, watch=lambda key, _: seen.append(key)).status == "done"
    assert data.state.status == "done"
    assert seen == [data.key] * 3 + [run.key] * 4


def test_a_run_waits_for_data_that_somebody_else_brings_in(store):
    data = store.create(data_spec(), n_steps=30)
    run = store.create(run_spec(data_spec()))
    other = threading.Thread(target=perform, args=(store, data.key))
    other.start()
    until(lambda: len(steps_of(data)) > 1)
    assert perform(store, run.key).status == "done"
    other.join()
    assert [word for word, key, _ in fakes.log_of(store) if key == data.key] == ["begin", "end"]


def test_a_run_takes_the_data_over_from_a_worker_that_died(store):
    data = store.create(data_spec())
    run = store.create(run_spec(data_spec()))
    claim(store, data.key, owner="dead")
    thread = threading.Thread(target=perform, args=(store, run.key))
    thread.start()
    until(lambda: is_live(store, run.key))
    break_claims(store, "dead")
    thread.join(5.0)
    assert not thread.is_alive()
    assert run.state.status == "done"


def test_a_run_whose_data_fails_fails_with_the_reason(store):
    store.create(data_spec(), then="deliberate")
    run = store.create(run_spec(data_spec()))
    state = perform(store, run.key)
    assert (state.status, state.error) == ("failed", "The file is torn.")


def test_stopping_a_run_stops_the_data_it_was_bringing_in(store):
    data = store.create(data_spec(), n_steps=10_000)
    run = store.create(run_spec(data_spec()))
    thread = threading.Thread(target=perform, args=(store, run.key))
    thread.start()
    until(lambda: steps_of(data))
    ask_to_stop(store, run.key)
    thread.join(2.0)
    assert not thread.is_alive()
    assert (data.state.status, run.state.status) == ("stopped", "stopped")


def test_two_runs_never_have_the_device_at_once(store):
    runs = [store.create(run_spec(data_spec(), seed), n_steps=15) for seed in range(3)]
    store.create(data_spec())
    threads = [threading.Thread(target=perform, args=(store, run.key)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [run.state.status for run in runs] == ["done"] * 3
    words = [word for word, key, _ in fakes.log_of(store) if key.startswith("run-")]
    assert words == ["begin", "end"] * 3


def test_what_a_killed_worker_left_half_written_is_cleared_away(store):
    artifact = store.create(data_spec())
    (artifact.path / ".x.npy.12345678.tmp").write_bytes(b"half")
    perform(store, artifact.key)
    assert not list(artifact.path.glob(".*"))


def test_an_exception_from_outside_leaves_the_job_interrupted(store):
    artifact = store.create(data_spec(), n_steps=10)

    def app_is_gone() -> bool:
        if len(steps_of(artifact)) == 3:
            raise SystemExit
        return False

    with pytest.raises(SystemExit):
        perform(store, artifact.key, stop=app_is_gone)
    assert look(store, artifact.key).status == "interrupted"
    assert [word for word, _, _ in fakes.log_of(store)] == ["begin", "end"]


@pytest.mark.slow
def test_losing_the_lease_ends_the_work_without_touching_the_state(store):
    artifact = store.create(data_spec(), n_steps=10_000)
    raised = []

    def work() -> None:
        try:
            perform(store, artifact.key, owner="slow")
        except LeaseLostError as problem:
            raised.append(problem)

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: steps_of(artifact))
    break_claims(store, "slow")
    taken_over = claim(store, artifact.key)
    assert taken_over is not None
    thread.join(10)
    assert len(raised) == 1
    assert artifact.state.status == "running"
    taken_over.renew()


def test_a_worker_whose_lease_another_has_taken_writes_nothing_more(store):
    artifact = store.create(data_spec(), n_steps=10_000, save_s=0.0)
    work = JobThread(store, artifact.key, "slow")
    until(lambda: steps_of(artifact))
    new = taken_over(store, artifact.key)
    work.join(10)
    assert work.has_lost
    assert not artifact.has("saved.json")
    assert artifact.state.status == "running"
    n_steps = len(steps_of(artifact))
    mine = Artifact(artifact.path, check=new.check)
    mine.append("steps.jsonl", [{"step": n_steps, "process": 0}])  # who has the claim may write
    assert len(steps_of(artifact)) == n_steps + 1
    new.renew()


def test_a_stop_that_is_meant_for_another_worker_is_left_to_it(store):
    artifact = store.create(data_spec(), n_steps=10_000, save_s=0.0)
    work = JobThread(store, artifact.key, "slow")
    until(lambda: steps_of(artifact))
    taken_over(store, artifact.key)
    ask_to_stop(store, artifact.key)
    work.join(10)
    assert stop_is_asked(store, artifact.key)
    assert artifact.state.status == "running"
    assert not artifact.has("saved.json")


def test_saving_is_told_before_it_begins_and_after_it_has_ended(store):
    artifact = store.create(data_spec(), n_steps=10, save_s=0.0)
    told = []
    state = perform(
        store,
        artifact.key,
        stop=lambda: len(steps_of(artifact)) == 2,
        on_save=lambda is_saving: told.append((is_saving, artifact.has("saved.json"))),
    )
    assert state.status == "stopped"
    assert told == [(True, False), (False, True)]


def test_room_is_made_once_for_a_job_and_what_it_brings_in(store, monkeypatch):
    begun = []
    begin = JobRoom.begin
    monkeypatch.setattr(
        JobRoom,
        "begin",
        lambda room, needed: begun.append((room.key, needed)) or begin(room, needed),
    )
    data = store.create(data_spec())
    run = store.create(run_spec(data_spec()))
    assert perform(store, run.key).status == "done"
    assert data.state.status == "done"
    assert begun == [(run.key, [data.key])]


def test_what_a_running_job_needs_survives_a_full_store(store):
    data, run = store.create(data_spec()), store.create(run_spec(data_spec()), n_steps=10_000)
    perform(store, data.key)
    work = JobThread(store, run.key, "worker")
    until(lambda: steps_of(run))
    for artifact in (data, run):
        os.utime(artifact.path / "spec.json", (1e9, 1e9))
    unneeded, other = store.create(data_spec(4)), store.create(data_spec(5))
    unneeded.write_bytes("content", b"x" * 100_000)
    os.utime(unneeded.path / "spec.json", (1e9, 1e9))
    store.quota_bytes = data.size_bytes() + run.size_bytes() + 50_000
    assert perform(store, other.key).status == "done"
    assert {*store.keys()} == {data.key, run.key, other.key}
    store.quota_bytes = 1
    refused = store.create(data_spec(6))
    assert "reached its quota" in perform(store, refused.key).error
    assert {*store.keys()} == {data.key, run.key, other.key, refused.key}
    ask_to_stop(store, run.key)
    work.join(10)
    for artifact in (data, run, other):
        os.utime(artifact.path / "spec.json", (1e9, 1e9))
    run.write_json("state.json", {"status": "stopped"})
    store.quota_bytes = refused.size_bytes() + 100
    assert perform(store, refused.key).status == "done"
    assert store.keys() == [refused.key]


@pytest.mark.parametrize("has_gpu", [True, False])
def test_what_is_computed_on_a_gpu_beside_training_waits_for_it(store, monkeypatch, has_gpu):
    monkeypatch.setattr(device, "has_gpu", lambda: has_gpu)
    monkeypatch.setattr(PhotoSpec, "work", fakes.LONG)
    monkeypatch.setattr(PhotoSpec, "uses_gpu", lambda spec: True)
    spec = fakes.long_spec()
    artifact = store.create(spec, n_steps=3)
    held = claim(store, device.claim_name())
    work = JobThread(store, artifact.key, "worker")
    if has_gpu:
        until(lambda: artifact.state.phase == "waiting for the device")
        assert steps_of(artifact) == []
        held.release()
    work.join(10)
    assert artifact.state.status == "done"
    assert is_live(store, device.claim_name()) is not has_gpu


def test_photographs_use_the_gpu_where_the_network_cleans_them():
    photo = "photo-" + "0" * 24
    base = "restored-" + "0" * 24

    by = {method: RestoreSpec(photo=photo, method=method) for method in get_args(RestoreMethod)}
    assert {m for m, spec in by.items() if spec.uses_gpu()} == {"restorer", "thorough"}
    assert UncertaintySpec(base=base).uses_gpu()
    assert RepairSpec(base=base, task="enlarge").uses_gpu()
    assert not DataSpec().uses_gpu()


def test_nothing_is_computed_for_a_key_nobody_asked_for(store):
    with pytest.raises(ArtifactMissingError):
        perform(store, data_spec(7).key)


def test_what_an_older_version_was_asked_for_is_not_computed_by_this_one(store, monkeypatch):
    artifact = store.create(data_spec())
    monkeypatch.setattr(DataSpec, "version", 2)
    state = perform(store, artifact.key)
    assert state.status == "failed"
    assert "older version" in state.error
    assert steps_of(artifact) == []
