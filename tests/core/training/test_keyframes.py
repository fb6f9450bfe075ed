"""Keyframes of a training: few enough, cheap enough, and true to the model they were seen of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist

from aecore.data.samples import save_samples
from aecore.runs import open_run
from aecore.specs.data import DataSpec
from aecore.specs.run import CorruptionSpec
from aecore.training import HISTORY, LAST, WEIGHTS
from aecore.training.begin import begin
from aecore.training.feed import DeviceDataset, view_rows
from aecore.training.fit import fit
from aecore.training.job import compute
from aecore.training.keyframes import (
    N_KEPT,
    Keyframes,
    kept_epochs,
    read_keyframe,
    shrunk,
    sketch,
    thinned,
)
from aecore.training.lineage import concatenated, lineage
from aecore.training.records import Previews
from aecore.training.views import PreviewMaker
from tests.core.conftest import a_run, a_small_run


@pytest.fixture
def stocked(a_store, digits):
    """A store with the digits in it."""
    data = DataSpec(source="digits")
    save_samples(a_store.create(data), digits)
    return a_store, data.key


# How many, and how large -----------------------------------------------------------------------


def test_a_long_training_keeps_its_ends_and_is_denser_at_its_beginning(a_store):
    artifact = a_store.create(a_run())
    film = Keyframes(artifact)
    codes = np.zeros((3, 2), np.float32)
    for epoch in range(600):
        film.keep(epoch, codes + epoch, None)
    epochs = kept_epochs(artifact)
    assert len(epochs) == len(list((artifact.path / "film").iterdir())) == N_KEPT
    assert (epochs[0], epochs[-1]) == (0, 599)
    gaps = np.diff(epochs)
    assert gaps.max() < 25
    assert gaps[: N_KEPT // 4].mean() < 0.5 * gaps[-N_KEPT // 4 :].mean()
    for epoch in epochs[::17]:
        assert np.all(read_keyframe(artifact, epoch).codes == epoch)


def test_a_keyframe_that_a_page_reads_is_dropped_when_it_is_free(a_store, monkeypatch):
    artifact = a_store.create(a_run())
    film = Keyframes(artifact)
    codes = np.zeros((3, 2), np.float32)
    for epoch in range(4):
        film.keep(epoch, codes + epoch, None)
    unlink, is_open = Path.unlink, True

    def refuse(path, **named):
        if path.suffix == ".npz" and is_open:
            raise PermissionError(13, "The process cannot access the file")
        unlink(path, **named)

    monkeypatch.setattr(Path, "unlink", refuse)
    film.forget_after(1)
    assert kept_epochs(artifact) == [0, 1, 2, 3]
    film.keep(2, codes + 9, None)  # trained again: this one is to stay
    is_open = False
    film.keep(4, codes + 4, None)
    assert kept_epochs(artifact) == [0, 1, 2, 4]
    assert np.all(read_keyframe(artifact, 2).codes == 9)


def test_thinning_takes_the_same_whenever_it_is_done():
    known: list[int] = []
    for epoch in range(200):
        known = thinned([*known, epoch], 20)
    assert len(known) == 20
    assert thinned(known, 20) == known
    assert thinned([0, 1], 1) == [0, 1]


def test_a_long_code_is_kept_as_a_sketch_that_is_linear_and_keeps_distances():
    rng = np.random.default_rng(0)
    codes = (rng.normal(size=(150, 3136)) * rng.gamma(1, size=3136)).astype(np.float32)
    kept = sketch(codes)
    assert kept.shape == (150, 256)
    ratio = pdist(kept) / pdist(codes)
    assert 0.95 < ratio.mean() < 1.05
    assert ratio.std() < 0.1
    assert np.allclose(sketch(codes[:75] + 2 * codes[75:]), kept[:75] + 2 * kept[75:], atol=1e-2)
    short = codes[:, :256]
    assert sketch(short) is short


def test_large_pictures_are_kept_as_means_of_blocks():
    pictures = np.random.default_rng(0).integers(0, 256, (2, 3, 130, 200), dtype=np.uint8)
    found = shrunk(pictures)
    assert found.shape == (2, 3, 32, 50)
    for h, w in ((0, 0), (7, 31), (31, 49)):
        block = pictures[1, 2, 4 * h : 4 * h + 4, 4 * w : 4 * w + 4]
        assert found[1, 2, h, w] == pytest.approx(block.mean(), abs=0.51)
    small = pictures[..., :28, :28]
    assert shrunk(small) is small


def test_codes_beyond_half_precision_are_kept_as_its_largest_and_the_others_to_11_bits(a_store):
    artifact = a_store.create(a_run())
    given = np.array([[1e9, -7e4], [1 / 3, -1e-3], [65_504.0, 0.0]], np.float32)
    Keyframes(artifact).keep(1, given, None)
    kept = read_keyframe(artifact, 1).codes
    assert kept.dtype == np.float32
    assert np.array_equal(kept[[0, 2]], [[65_504.0, -65_504.0], [65_504.0, 0.0]])
    assert np.allclose(kept[1], given[1], rtol=2**-11, atol=0)


# What is seen ----------------------------------------------------------------------------------


def test_keyframes_hold_what_the_model_made_before_its_first_step_and_after_its_last(
    stocked, digits
):
    store, data = stocked
    spec = a_small_run(data, corruption=CorruptionSpec(kind="gaussian", level=0.2))
    artifact = store.create(spec)
    list(compute(spec, artifact, store))
    epochs = kept_epochs(artifact)
    assert epochs[0] == 0
    assert epochs[-1] == 4
    rows = view_rows(digits)
    run = open_run(store, spec.key)
    last = read_keyframe(artifact, 4)
    assert np.allclose(last.codes, run.encode(digits.x[rows]), rtol=2e-3, atol=2e-3)
    assert np.array_equal(last.pictures, artifact.read_array("strip.npy")[-1])
    untrained = begin(digits, spec).model.eval()
    with torch.no_grad():
        x = DeviceDataset(digits, torch.device("cpu")).batch(torch.from_numpy(rows))
        expected = untrained.encode(x).point.numpy()
    assert np.allclose(read_keyframe(artifact, 0).codes, expected, rtol=2e-3, atol=2e-3)
    assert np.abs(last.codes - expected).mean() > 0.05


def test_looking_at_the_untrained_model_changes_nothing_of_its_training(digits, monkeypatch):
    spec = a_small_run(
        a_run().data, n_epochs=2, corruption=CorruptionSpec(kind="masking", level=0.3)
    )

    def trained():
        *_, last = fit(digits, spec)
        return last.progression.model.state_dict()

    seen = trained()
    monkeypatch.setattr(PreviewMaker, "look", lambda *_, **__: Previews())
    unseen = trained()
    assert all(torch.equal(seen[name], unseen[name]) for name in seen)


def test_only_the_first_record_tells_what_was_seen_before(digits):
    records = list(fit(digits, a_small_run(a_run().data)))
    assert records[0].begun is not None
    assert records[0].begun.codes.shape == (1000, 3)
    assert all(record.begun is None for record in records[1:])


def test_a_first_look_that_takes_long_is_given_up(digits):
    spec = a_run()
    viewer = PreviewMaker(digits, spec, DeviceDataset(digits, torch.device("cpu")), seed=1)
    model = begin(digits, spec).model
    assert viewer.look(model, at_all=True, within_s=-1.0).codes is None
    assert viewer.look(model, at_all=True).codes is not None


def test_a_resumed_run_forgets_keyframes_of_epochs_that_are_trained_again(stocked):
    store, data = stocked
    spec = a_small_run(data)
    artifact = store.create(spec)
    job = compute(spec, artifact, store)
    for progress in job:
        if progress.n_done >= 2000:
            break
    job.close()
    film = Keyframes(artifact)
    for epoch in (3, 9):
        film.keep(epoch, np.zeros((1000, 3), np.float32), None)
    job = compute(spec, artifact, store)
    while next(job).phase != "training":
        pass
    assert kept_epochs(artifact)[-1] <= 2
    list(job)
    epochs = kept_epochs(artifact)
    assert (epochs[0], epochs[-1]) == (0, 4)
    assert np.any(read_keyframe(artifact, 4).codes)


def test_a_run_that_begins_anew_forgets_all(stocked):
    store, data = stocked
    spec = a_small_run(data, n_epochs=1)
    artifact = store.create(spec)
    Keyframes(artifact).keep(7, np.zeros((1000, 3), np.float32), None)
    list(compute(spec, artifact, store))
    assert kept_epochs(artifact) == [0, 1]
    for name in (WEIGHTS, LAST, HISTORY):
        assert artifact.has(name)


def test_the_history_of_a_run_trained_further_begins_with_the_run_before(stocked):
    store, data = stocked
    first = a_small_run(data, n_epochs=2)
    list(compute(first, store.create(first), store))
    second = a_small_run(data, n_epochs=3, start_from=first.key)
    list(compute(second, store.create(second), store))
    legs = lineage(store, store.artifact(second.key))
    assert [leg.epochs_before for leg in legs] == [0, 2]
    records = concatenated(legs)
    assert [r["epoch"] for r in records if r["whole"]] == [1, 2, 3, 4, 5]
    assert [r["epoch"] for r in records if r.get("joint")] == [2]
    steps = [r["step"] for r in records]
    assert steps == sorted(steps)
    alone, _ = store.artifact(second.key).read_history(HISTORY)
    assert records[-1]["train"] == [r for r in alone if r["whole"] or r["train"]][-1]["train"]
    store.remove(first.key)
    assert concatenated(lineage(store, store.artifact(second.key)))[-1]["epoch"] == 3
