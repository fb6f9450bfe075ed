"""What the library's verbs return is finished, and the same question finds the same answer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import save_file

import aecore
from aecore.api import inside, lab
from aecore.api.run_file import export_run
from aecore.artifact import Progress
from aecore.claims import claim
from aecore.errors import NotFinishedError
from aecore.specs.data import DataSpec
from aecore.store import Store

ASK_TO_STOP = """
import sys
from aecore.jobs.askers import ask_to_stop
from aecore.store import Store
ask_to_stop(Store(sys.argv[1]), sys.argv[2])
"""


def stop_from_elsewhere(store: Store, key: str) -> None:
    """As the app does it, for a job that another process works on."""
    arguments = [sys.executable, "-c", ASK_TO_STOP, str(store.root), key]
    subprocess.run(arguments, check=True, env=os.environ, timeout=60)


def test_training_that_was_stopped_elsewhere_says_so_and_the_same_call_goes_on(a_store) -> None:
    settings = {"store": a_store, "n_epochs": 6}
    asked: list[str] = []

    def watch(key: str, progress: Progress) -> None:
        if key.startswith("run-") and progress.n_done >= 2000 and not asked:
            asked.append(key)
            stop_from_elsewhere(a_store, key)

    with pytest.raises(NotFinishedError) as stopped:
        aecore.train("undercomplete", "digits", watch=watch, **settings)
    (key,) = asked
    assert stopped.value.message == "Training was stopped after 2 of 6 epochs."
    assert f'open_run(store, "{key}")' in stopped.value.hint
    assert aecore.open_run(a_store, key).epochs == 2
    begun = [line for line in aecore.history(a_store, key) if line["whole"]]
    assert aecore.train("undercomplete", "digits", **settings).epochs == 6
    whole = [line for line in aecore.history(a_store, key) if line["whole"]]
    assert whole[:2] == begun  # and did not start over


def test_samples_that_were_stopped_on_their_way_are_not_returned(a_store) -> None:
    def watch(key: str, progress: Progress) -> None:
        stop_from_elsewhere(a_store, key)

    with pytest.raises(NotFinishedError, match="Importing the samples was stopped"):
        aecore.load("digits", store=a_store, watch=watch)
    assert len(aecore.load("digits", store=a_store)) == 1797


def test_a_look_inside_that_is_stopped_says_so(a_store) -> None:
    run = aecore.train("undercomplete", "digits", n_epochs=1, store=a_store)
    how = {"store": a_store, "stop": lambda: True}
    with pytest.raises(NotFinishedError, match="codes was stopped"):
        inside.codes_of(run, **how)
    with pytest.raises(NotFinishedError, match="codes was stopped"):
        aecore.latent_map(run, **how)
    with pytest.raises(NotFinishedError, match="features was stopped"):
        aecore.codes_as_features(run, **how)
    found = aecore.latent_map(run, store=a_store)
    with pytest.raises(NotFinishedError, match="reliability of the map was stopped"):
        aecore.living_page(found, **how)


def test_who_no_longer_waits_for_another_process_is_told_that_it_goes_on(a_store) -> None:
    key = a_store.create(DataSpec(source="digits")).key
    held = claim(a_store, key)
    assert held is not None
    a_store.artifact(key).set_state(status="running")
    with held.keep(), pytest.raises(NotFinishedError, match="goes on in another process"):
        lab.finish(a_store, key, stop=lambda: True)


# Pictures of one's own ---------------------------------------------------------------------


def test_the_same_folder_is_brought_in_and_trained_on_once(a_store, tmp_path) -> None:
    folder = pictures(tmp_path / "photos", 12)
    settings = {"store": a_store, "n_epochs": 2, "data_settings": {"size_px": 16}}
    first = aecore.train("undercomplete", folder, **settings)
    seen: list[str] = []
    again = aecore.train(
        "undercomplete", f"{folder}/", watch=lambda key, _: seen.append(key), **settings
    )
    assert again.key == first.key
    assert set(seen) <= {""}  # it was read again, and nothing computed
    assert (len(a_store.keys("data")), len(a_store.keys("run"))) == (1, 1)
    pictures(folder, 13)
    assert aecore.train("undercomplete", folder, **settings).key != first.key
    assert (len(a_store.keys("data")), len(a_store.keys("run"))) == (2, 2)
    assert len(aecore.load(folder, store=a_store, size_px=16)) == 13
    assert len(a_store.keys("data")) == 2


def test_reading_a_large_folder_can_be_stopped(a_store, tmp_path) -> None:
    folder = pictures(tmp_path / "photos", 4)
    with pytest.raises(NotFinishedError, match="Reading the folder was stopped"):
        lab.data_spec(folder, store=a_store, stop=lambda: True)
    assert not a_store.keys()


def pictures(folder: Path, n: int) -> Path:
    """A folder of so many pictures, the same first ones for every number."""
    folder.mkdir(exist_ok=True)
    for seed in range(n):
        pixels = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{seed:02d}.png")
    return folder


# Taken elsewhere ---------------------------------------------------------------------------


def test_weights_beyond_what_halves_hold_are_exported_as_they_are(a_store, tmp_path) -> None:
    key = aecore.train("k-sparse", "digits", n_epochs=1, store=a_store).key
    path = a_store.artifact(key).path / "weights.safetensors"
    with safe_open(path, framework="np") as file:
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        about = file.metadata()
    large, counted = "encoder.1.weight", "code.norm.num_batches_tracked"
    weights[large] = weights[large].copy()
    weights[large][0, 0] = 1e6
    weights[counted] = np.asarray(100_000)
    save_file(weights, path, metadata=about)
    export_run(a_store, key, tmp_path / "out")
    there = Store(tmp_path / "there")
    found = there.artifact(there.adopt(tmp_path / "out").key).path / path.name
    with safe_open(found, framework="np") as file:
        assert np.array_equal(file.get_tensor(large), weights[large])
        assert file.get_tensor(counted) == 100_000
        others = [file.get_tensor(name) for name in weights.keys() - {large, counted}]
    assert {tensor.dtype.name for tensor in others} == {"float16", "int64"}  # counts stay counts
    run = aecore.open_run(there, key)
    x = aecore.load("digits", store=a_store).x[:5]
    assert np.isfinite(run.encode(x)).all()
    assert run.model.state_dict()[large][0, 0] == 1e6
