"""A photograph is cleaned as a job: what is written is true, and what is stopped leaves nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from aecore.api import lab
from aecore.artifact import Artifact, Progress
from aecore.errors import (
    ArtifactMissingError,
    JobError,
    NotFinishedError,
    PictureError,
    SpecError,
)
from aecore.figures.colours import diverging_table
from aecore.imaging.photo_writing import blended
from aecore.imaging.photograph import Photo
from aecore.imaging.photos import read_photo
from aecore.metrics.pictures import psnr
from aecore.photos import restorer
from aecore.photos.jobs import clean as photo_job
from aecore.photos.jobs.clean import (
    STRENGTHS,
    RestoredPhoto,
    layer_of,
    load_restored,
    pixels_of,
    restore_spec,
)
from aecore.photos.jobs.layers import residual_map, shown, uncertainty_map
from aecore.photos.kept import keep_photo, keep_sample, open_photo
from aecore.photos.methods import METHODS, cleaning_by, left_out
from aecore.photos.precision import fast_precision
from aecore.photos.restorer import Restorer
from aecore.photos.samples import sample_photo
from aecore.specs.photos import RestoreMethod, RestoreSpec
from aecore.store import Store
from aecore.training.device import fast_on_cpu
from tests.core.photos.conftest import random_net

Clean = Callable[..., Artifact]
KEY = "photo-" + 24 * "0"


@pytest.fixture(autouse=True)
def small_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that ship may change; what is checked here must not hang on them."""
    small = Restorer(random_net(), bfloat16=False)
    monkeypatch.setattr(small, "is_best_guess", False)
    monkeypatch.setattr(restorer, "shipped_restorer", lambda *_: small)


@pytest.fixture
def clean(a_store: Store) -> Clean:
    def clean_it(photo: str, method: RestoreMethod = "restorer", **settings: Any) -> Artifact:
        artifact = a_store.create(restore_spec(photo, method, **settings))
        lab.finish(a_store, artifact.key)
        return artifact

    return clean_it


def png(x: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(x).save(file, "PNG")
    return file.getvalue()


def a_file(H: int = 64, W: int = 48, seed: int = 0) -> bytes:
    """A small photograph with noise, in colour."""
    rng = np.random.default_rng(seed)
    smooth = np.add.outer(np.linspace(40, 150, H), np.linspace(0, 60, W))[..., None]
    return png((smooth + rng.normal(0, 12, (H, W, 3))).clip(0, 255).astype(np.uint8))


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def names(artifact: Artifact) -> set[str]:
    return {path.name for path in artifact.path.iterdir()}


@pytest.mark.slow
def test_what_is_shown_and_told_of_a_sample_is_true(a_store: Store, clean: Clean) -> None:
    key = keep_sample(a_store, "chelsea", "white", 25, seed=3)
    artifact = clean(key)
    found, x_hat = load_restored(artifact), pixels_of(artifact)
    sample = sample_photo("chelsea", "white", 25, 3)
    assert 23 < np.std(sample.x.astype(float) - sample.clean) < 25.5  # clipped, so a little less
    assert np.array_equal(pixels(artifact.path / photo_job.BEFORE), sample.x.transpose(1, 2, 0))
    assert np.array_equal(pixels(artifact.path / photo_job.CLEAN), sample.clean.transpose(1, 2, 0))
    assert np.array_equal(pixels(artifact.path / photo_job.AFTER), x_hat.transpose(1, 2, 0))
    assert found.truth is not None
    for i in (0, 7, 20):
        by_hand = psnr(sample.clean[None], blended(sample.x, x_hat, STRENGTHS[i])[None])[0]
        assert found.truth.psnr_db[i] == pytest.approx(by_hand)
    assert found.expected is not None
    assert all(low.low_db <= low.psnr_db <= low.high_db for low in found.expected)
    # as it came, the estimate is that of the noise alone
    assert found.expected[0].psnr_db == pytest.approx(found.truth.psnr_db[0], abs=0.6)
    assert found.sigma_255 == pytest.approx(25, rel=0.1)
    assert found.noise_line is None
    assert found.size_px == sample.x.shape[1:]
    assert found.strength == 1.0
    assert not found.looks_clean


def test_a_file_is_kept_once_and_found_by_what_it_holds(a_store: Store) -> None:
    data = a_file()
    key = keep_photo(a_store, data)
    assert keep_photo(a_store, data) == key
    assert keep_photo(a_store, a_file(seed=1)) != key
    kept = open_photo(Store(a_store.root), key)
    assert kept.clean is None
    assert np.array_equal(kept.photo.x, np.asarray(Image.open(io.BytesIO(data))).transpose(2, 0, 1))
    with pytest.raises(PictureError):
        keep_photo(a_store, data[:300])
    assert len(a_store.keys("photo")) == 2
    with pytest.raises(SpecError):
        open_photo(a_store, a_store.create(restore_spec(key)).key)
    a_store.remove(key)
    with pytest.raises(ArtifactMissingError):
        open_photo(a_store, key)


def test_the_network_computes_in_the_precision_that_the_key_names(
    a_store: Store, clean: Clean, monkeypatch: pytest.MonkeyPatch
) -> None:
    nets = {
        "bf16": Restorer(random_net(), bfloat16=True),
        "float32": Restorer(random_net(), bfloat16=False),
    }
    monkeypatch.setattr(restorer, "shipped_restorer", nets.get)
    photo, x = keep_photo(a_store, a_file()), read_photo(a_file()).x
    found = {}
    for precision, net in nets.items():
        artifact = clean(photo, precision=precision)
        found[artifact.key] = pixels_of(artifact)
        assert np.array_equal(found[artifact.key], restorer.restore(x, restorer=net).x_hat)
    one, other = found.values()
    assert not np.array_equal(one, other)


def test_the_precision_is_chosen_as_torch_would_choose_it_and_filters_have_none(
    a_store: Store,
) -> None:
    is_fast = torch.cuda.is_available() or fast_on_cpu()
    assert fast_precision() == restore_spec(KEY).precision == ("bf16" if is_fast else "float32")
    of_filter = [restore_spec(KEY, "tv", precision=known).key for known in ("bf16", "float32")]
    assert of_filter[0] == of_filter[1]


def test_a_photograph_that_was_kept_with_its_name_is_still_opened(a_store: Store) -> None:
    key = keep_photo(a_store, a_file())
    artifact = a_store.artifact(key)
    found = artifact.read_json("spec.json")
    found["spec"]["name"] = "holiday.png"
    artifact.write_json("spec.json", found)
    assert artifact.spec.key == key
    found = open_photo(a_store, key).photo.x
    assert np.array_equal(found, read_photo(a_file()).x)


def test_depth_and_alpha_are_kept(a_store: Store, clean: Clean) -> None:
    from imagecodecs import png_encode

    deep = np.random.default_rng(0).integers(0, 65536, (40, 32, 4), np.uint16)
    artifact = clean(keep_photo(a_store, png_encode(deep)))
    x_hat = pixels_of(artifact)
    assert x_hat.dtype == np.uint16
    assert np.array_equal(x_hat[3], deep[..., 3])
    assert not np.array_equal(x_hat[:3], deep[..., :3].transpose(2, 0, 1))


@pytest.mark.parametrize("n_steps", [1, 3, 6])
def test_a_stopped_job_leaves_nothing_behind(a_store: Store, n_steps: int) -> None:
    key = keep_photo(a_store, a_file())
    before = names(a_store.artifact(key))
    artifact = a_store.create(restore_spec(key))
    seen: list[Progress] = []
    with pytest.raises(NotFinishedError, match="stopped before it was done"):
        lab.finish(
            a_store,
            artifact.key,
            watch=lambda _, progress: seen.append(progress),
            stop=lambda: len(seen) >= n_steps,
        )
    assert artifact.state.status == "stopped"
    assert len(seen) == n_steps
    assert names(artifact) == {"spec.json", "state.json"}
    assert names(a_store.artifact(key)) == before


def test_a_failed_job_is_a_sentence_and_leaves_nothing_behind(
    a_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = keep_photo(a_store, a_file())

    def broken(x: np.ndarray, x_hat: np.ndarray) -> None:
        raise SpecError("Broken off.", "Ask again.")

    artifact = a_store.create(restore_spec(key))
    monkeypatch.setattr(photo_job, "residual_map", broken)
    with pytest.raises(JobError, match="Broken off"):
        lab.finish(a_store, artifact.key)
    assert names(artifact) == {"spec.json", "state.json"}
    (a_store.artifact(key).path / "original").unlink()
    other = a_store.create(restore_spec(key, "tv"))
    with pytest.raises(JobError, match="not stored here"):
        lab.finish(a_store, other.key)


def test_nothing_is_written_into_the_photograph(a_store: Store, clean: Clean) -> None:
    key = keep_photo(a_store, a_file())
    photo = a_store.artifact(key)
    before = names(photo)
    artifact = clean(key, "tv")
    assert names(photo) == before
    for name in (photo_job.BEFORE, photo_job.AFTER):
        assert layer_of(artifact, photo, name) == artifact.path / name
    (artifact.path / photo_job.BEFORE).rename(photo.path / photo_job.BEFORE)
    found = layer_of(artifact, photo, photo_job.BEFORE)  # where an earlier version wrote it
    assert np.array_equal(pixels(found), pixels(photo.path / "original"))


@pytest.mark.parametrize("method", ["restorer", "thorough"])
def test_what_was_asked_of_other_weights_is_not_computed_by_these(
    a_store: Store, method: RestoreMethod
) -> None:
    key = keep_photo(a_store, a_file())
    old = a_store.create(RestoreSpec(photo=key, method=method, weights="0123456789ab"))
    with pytest.raises(JobError, match=r"other weights .* Ask for it again"):
        lab.finish(a_store, old.key)
    assert names(old) == {"spec.json", "state.json"}


def test_other_weights_are_another_result(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = "photo-" + "0" * 24
    now, tv = restore_spec(photo), restore_spec(photo, "tv")
    monkeypatch.setattr(photo_job, "weights_id", lambda: "0123456789ab")
    assert restore_spec(photo).key != now.key
    assert restore_spec(photo, "thorough").weights == "0123456789ab"
    assert restore_spec(photo, "tv").key == tv.key


# Ways --------------------------------------------------------------------------------------


def finish(method: RestoreMethod, x: np.ndarray, sigma: float | None = None) -> RestoredPhoto:
    steps = cleaning_by(method, x, sigma)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@pytest.mark.parametrize("method", ["nl_means", "wavelet", "tv"])
def test_filters_bring_a_photograph_nearer_to_the_clean_one(method: RestoreMethod) -> None:
    sample = sample_photo("chelsea", "white", 25)
    clean, x = sample.clean[:, 60:220, 150:310], sample.x[:, 60:220, 150:310]
    found = finish(method, x)
    before, after = psnr(clean[None], x[None])[0], psnr(clean[None], found.restored.x_hat[None])[0]
    assert after > before + 5
    quality = found.quality(1.0)
    assert quality is not None
    assert quality.low_db - 0.5 < after < quality.high_db + 0.5
    assert finish(method, x, 25 / 255).is_told


def test_a_grey_photograph_has_one_channel_all_the_way() -> None:
    sample = sample_photo("camera", "white", 25)
    x = sample.x[:, 100:228, 150:310]
    found = finish("tv", x)
    assert found.restored.x_hat.shape == (1, 128, 160)
    clean = sample.clean[:, 100:228, 150:310]
    assert psnr(clean[None], found.restored.x_hat[None])[0] > psnr(clean[None], x[None])[0] + 5


def test_what_cannot_be_done_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "8 pixels" in left_out("nl_means", (3, 4, 100))
    assert left_out("tv", (3, 4, 100)) == ""
    with pytest.raises(SpecError, match="8 pixels"):
        finish("wavelet", np.zeros((3, 4, 100), np.uint8))
    monkeypatch.setattr("aecore.photos.methods.find_spec", lambda name: None)
    assert "not installed" in left_out("bm3d", (3, 100, 100))
    assert set(METHODS) == {
        "restorer",
        "thorough",
        "zero_shot",
        "nl_means",
        "wavelet",
        "tv",
        "bm3d",
    }


# Layers ------------------------------------------------------------------------------------


def test_what_was_taken_reads_off_its_colours() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(60, 190, (3, 20, 30), np.uint8)
    x_hat = (x + rng.normal(0, 5, x.shape)).clip(0, 255).astype(np.uint8)
    found = residual_map(x, x_hat)
    colours = np.asarray(Image.open(io.BytesIO(found.png)).convert("RGB")).reshape(-1, 3)
    table = diverging_table().astype(int)
    level = np.abs(colours[:, None].astype(int) - table).sum(2).argmin(1).reshape(20, 30)
    taken = (x.astype(float) - x_hat).mean(0)
    inside = np.abs(taken) < found.span_255
    read = (level - 127) / 127 * found.span_255
    assert np.abs(read - taken)[inside].max() <= 1.5 * found.span_255 / 127
    assert found.span_255 in (8, 16)


def test_uncertainty_is_clear_where_there_is_none_and_rises() -> None:
    uncertainty = np.linspace(0, 1, 256, dtype=np.float32).reshape(1, 256)
    alpha = np.asarray(Image.open(io.BytesIO(uncertainty_map(uncertainty))).convert("RGBA"))[
        0, :, 3
    ]
    assert (alpha[:64] == 0).all()
    assert (np.diff(alpha.astype(int)) >= 0).all()
    assert alpha[-1] == 220


def test_what_is_shown_is_eight_bits_on_white() -> None:
    deep = np.array([[[0, 257, 65535]], [[0, 257 * 100, 65535]]], np.uint16)  # grey and alpha
    assert shown(deep).tolist() == [[255, round(255 - 100 / 255 * 254), 255]]
    assert shown(deep[:1]).tolist() == [[0, 1, 255]]
    assert Photo(deep, "PNG").said == ()
