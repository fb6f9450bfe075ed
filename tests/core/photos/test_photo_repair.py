"""Holes are filled where they are marked and nowhere else; twice the size stays true."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from aecore.api import lab
from aecore.artifact import Artifact
from aecore.errors import DataError, JobError, SpecError
from aecore.photos import restorer
from aecore.photos.jobs.clean import AFTER, BEFORE, pixels_of, restore_spec
from aecore.photos.jobs.layers import UNCERTAINTY
from aecore.photos.jobs.repair import load_repaired, mask_of, repair_spec, twice
from aecore.photos.kept import keep_photo, keep_sample
from aecore.photos.restorer import Restorer
from aecore.store import Store
from tests.core.photos.conftest import random_net


@pytest.fixture(autouse=True)
def small_network(monkeypatch: pytest.MonkeyPatch) -> None:
    small = Restorer(random_net(), bfloat16=False)
    monkeypatch.setattr(restorer, "shipped_restorer", lambda *_: small)


@pytest.fixture
def photo(a_store: Store) -> str:
    rng = np.random.default_rng(0)
    smooth = np.add.outer(np.linspace(40, 150, 64), np.linspace(0, 60, 80))[..., None]
    x = (smooth + rng.normal(0, 12, (64, 80, 3))).clip(0, 255).astype(np.uint8)
    return keep_photo(a_store, png(x))


def png(x: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(x).save(file, "PNG")
    return file.getvalue()


def finished(store: Store, artifact: Artifact) -> Artifact:
    lab.finish(store, artifact.key)
    return artifact


def test_only_what_is_marked_is_filled_and_all_that_it_needs_is_computed_first(
    a_store: Store, photo: str
) -> None:
    drawn = np.zeros((32, 40, 4), np.uint8)  # at half the size, as a large one would be sent
    drawn[10:14, 12:20] = 255
    mask = keep_photo(a_store, png(drawn))
    base = a_store.create(restore_spec(photo, "tv"))
    artifact = finished(a_store, a_store.create(repair_spec(base.key, "fill", 0.5, mask)))
    assert base.state.status == "done"
    hidden = mask_of(a_store, mask, (64, 80))
    assert np.array_equal(np.argwhere(hidden)[[0, -1]], [[20, 24], [27, 39]])
    x_hat, before = pixels_of(artifact), np.asarray(Image.open(artifact.path / BEFORE))
    after = np.asarray(Image.open(artifact.path / AFTER))
    assert np.array_equal(after, x_hat.transpose(1, 2, 0))
    assert np.array_equal(after[~hidden], before[~hidden])
    assert (after[hidden] != before[hidden]).mean() > 0.9
    clean = np.asarray(pixels_of(base)).transpose(1, 2, 0).astype(float)
    assert not np.array_equal(before, clean)  # it was cleaned by half
    uncertainty = np.asarray(Image.open(artifact.path / UNCERTAINTY).convert("RGBA"))[..., 3]
    assert np.array_equal(uncertainty > 0, hidden)
    assert "2.5 % of the photograph was filled" in load_repaired(artifact).said[0]


def test_twice_the_size_keeps_type_and_alpha_and_stands_beside_bicubic(
    a_store: Store, photo: str
) -> None:
    base = a_store.create(restore_spec(photo, "tv"))
    artifact = finished(a_store, a_store.create(repair_spec(base.key, "enlarge")))
    x_hat, small = pixels_of(artifact), np.asarray(pixels_of(base))
    assert x_hat.shape == (3, 128, 160)
    assert load_repaired(artifact).size_px == (128, 160)
    before = np.asarray(Image.open(artifact.path / BEFORE))
    by_pillow = Image.fromarray(small.transpose(1, 2, 0)).resize(
        (160, 128), Image.Resampling.BICUBIC
    )
    assert np.abs(before.astype(int) - np.asarray(by_pillow)).max() <= 1
    assert not (artifact.path / UNCERTAINTY).exists()


def test_sixteen_bits_are_enlarged_in_sixteen_bits() -> None:
    ramp = np.add.outer(np.arange(8) * 4000, np.arange(9) * 3000).astype(np.uint16)[None]
    large = twice(ramp)
    assert large.dtype == np.uint16
    assert large.shape == (1, 16, 18)
    inside = large[0, 4:-4, 4:-4].astype(float)
    assert np.diff(inside, axis=1).mean() == pytest.approx(1500, abs=2)
    assert twice(np.full((1, 4, 4), 65535, np.uint16)).min() == 65535


def test_what_was_asked_of_other_weights_is_not_computed_by_these(
    a_store: Store, photo: str
) -> None:
    spec = repair_spec(restore_spec(photo, "tv").key, "enlarge")
    a_store.create(restore_spec(photo, "tv"))
    old = a_store.create(spec.model_copy(update={"weights": "0123456789ab"}))
    with pytest.raises(JobError, match="other weights"):
        finished(a_store, old)
    assert finished(a_store, a_store.create(spec)).state.status == "done"


def test_what_cannot_be_repaired_is_a_sentence(a_store: Store) -> None:
    key = keep_sample(a_store, "moon")
    base = restore_spec(key, "tv").key
    with pytest.raises(SpecError, match="a mask says where"):
        repair_spec(base, "fill")
    with pytest.raises(SpecError, match="a mask says where"):
        repair_spec(base, "enlarge", mask=key)
    empty = keep_photo(a_store, png(np.zeros((8, 8, 4), np.uint8)))
    with pytest.raises(DataError, match="Nothing is marked"):
        mask_of(a_store, empty, (16, 16))
    artifact = a_store.create(repair_spec("restored-" + "0" * 24, "enlarge"))
    with pytest.raises(JobError):
        lab.finish(a_store, artifact.key)
    assert {path.name for path in artifact.path.iterdir()} == {"spec.json", "state.json"}
