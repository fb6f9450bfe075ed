"""The film of a training: points move when codes move, and nothing is shown that was not seen."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image
from scipy.stats import special_ortho_group
from sklearn.decomposition import PCA

from aecore.errors import ArtifactMissingError
from aecore.export import film
from aecore.export.film import Film, film_of, film_stamp, is_free
from aecore.export.film_page import film_page, message
from aecore.figures.payload import unpack
from aecore.specs.codes import GaussianCodeSpec, PlainCodeSpec
from aecore.specs.terms import MseSpec, SparseL1Spec
from aecore.store import Store
from aecore.training.keyframes import N_KEPT, Keyframes, kept_epochs
from tests.core.export.filmed import (
    GAUSSIAN,
    ORIGINALS,
    PLAIN,
    a_picture_run,
    filmed,
    pictures_of,
)

N = 60


def cloud(seed: int = 0, n_dims: int = 5) -> np.ndarray:
    spread = np.array([4.0, 3.0, 1.0, 0.5, 0.2])[:n_dims]
    return np.random.default_rng(seed).normal(size=(N, n_dims)) * spread + 1


def a_film(store: Store, **settings: object) -> Film:
    frames = {epoch: cloud(epoch) for epoch in (0, 1, 2, 5)}
    return film_of(store, filmed(store, a_picture_run(**settings), frames).key)


# Positions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [GAUSSIAN, PLAIN])
def test_a_point_that_keeps_its_code_does_not_move_while_others_do(a_store, code):
    frames = {epoch: cloud() for epoch in range(6)}
    still = film_of(a_store, filmed(a_store, a_picture_run(code), frames).key)
    assert np.ptp(still.positions, axis=0).max() < 1e-3
    for epoch, codes in frames.items():
        codes[N // 2 :] += np.random.default_rng(epoch).normal(size=(N // 2, 5))
    spec = a_picture_run(GAUSSIAN, seed=1)
    moving = film_of(a_store, filmed(a_store, spec, frames).key)
    ways = np.ptp(moving.positions, axis=0).max(1)
    assert ways[: N // 2].max() < 1e-4
    assert ways[N // 2 :].min() > 0.5


def test_a_cloud_that_turns_as_a_whole_stands_still_where_its_axes_mean_nothing(a_store):
    turns = [special_ortho_group.rvs(5, random_state=seed) for seed in range(4)]
    frames = {epoch: cloud() @ turn for epoch, turn in enumerate(turns)}
    free = film_of(a_store, filmed(a_store, a_picture_run(PLAIN), frames).key)
    assert free.is_turned
    assert np.ptp(free.positions, axis=0).max() < 0.02  # codes are kept in half precision
    assert np.ptp(free.positions[-1], axis=0).min() > 5
    fixed = film_of(a_store, filmed(a_store, a_picture_run(GAUSSIAN), frames).key)
    assert not fixed.is_turned
    assert np.median(np.ptp(fixed.positions, axis=0)) > 1


def test_only_a_plain_code_that_nothing_shapes_may_be_turned():
    assert is_free(a_picture_run(PLAIN))
    sparse = (MseSpec(), SparseL1Spec(weight=0.1))
    assert not is_free(a_picture_run(PLAIN, objective=sparse))
    for settings in ({"activation": "relu"}, {"top_k": 2}, {"batch_norm": True}):
        assert not is_free(a_picture_run(PlainCodeSpec(n_dims=5, **settings)))
    assert not is_free(a_picture_run(GAUSSIAN))


def test_the_plane_is_that_of_the_principal_components_of_all_frames_together(a_store):
    frames = {epoch: cloud(epoch) * (1 + epoch) for epoch in (0, 1, 2, 5)}
    film = film_of(a_store, filmed(a_store, a_picture_run(), frames).key)
    pooled = np.concatenate(list(frames.values()))
    pca = PCA(2).fit(pooled)
    expected = pca.transform(pooled).reshape(4, N, 2)
    for axis in range(2):
        found = film.positions[..., axis].ravel()
        assert abs(np.corrcoef(found, expected[..., axis].ravel())[0, 1]) > 0.99999
        assert np.std(found) == pytest.approx(np.std(expected[..., axis]), rel=1e-3)
    assert film.shown == pytest.approx(pca.explained_variance_ratio_.sum(), abs=1e-3)


@pytest.mark.parametrize("n_dims", [1, 2])
def test_codes_of_one_or_two_numbers_are_drawn_as_they_are(a_store, n_dims):
    code = GaussianCodeSpec(n_dims=n_dims)
    frames = {epoch: cloud(epoch, n_dims) for epoch in range(3)}
    film = film_of(a_store, filmed(a_store, a_picture_run(code), frames).key)
    halves = np.stack([codes.astype(np.float16) for codes in frames.values()])
    assert np.array_equal(film.positions[..., :n_dims], halves.astype(np.float32))
    assert film.shown == 1
    assert film.axes[0] == "code 0"


def test_a_film_too_large_for_memory_is_the_same(a_store, monkeypatch):
    artifact = filmed(a_store, a_picture_run(), {epoch: cloud(epoch) for epoch in range(4)})
    held = film_of(a_store, artifact.key)
    monkeypatch.setattr(film, "_N_HELD", 0)
    assert np.array_equal(film_of(a_store, artifact.key).positions, held.positions)


def test_codes_that_are_all_alike_have_a_film_too(a_store):
    frames = {epoch: np.ones((N, 5)) for epoch in range(3)}
    film = film_of(a_store, filmed(a_store, a_picture_run(), frames).key)
    assert np.isfinite(film.positions).all()
    assert np.ptp(film.positions) < 1e-6
    unpack(message(film))


# What stands beside them -----------------------------------------------------------------------


def test_pictures_are_those_of_the_epoch_else_of_the_last_that_has_some(a_store):
    artifact = filmed(a_store, a_picture_run(), {epoch: cloud() for epoch in (0, 1, 5)})
    Keyframes(artifact).keep(3, cloud().astype(np.float32), None)
    film = film_of(a_store, artifact.key)
    assert film.epochs.tolist() == [0, 1, 3, 5]
    assert np.array_equal(film.originals, ORIGINALS)
    assert film.inputs is None
    for frame, epoch in enumerate((0, 1, 1, 5)):
        assert np.array_equal(film.pictures[frame], pictures_of(epoch))


def test_a_denoiser_shows_what_it_was_given(a_store):
    artifact = filmed(a_store, a_picture_run(), {0: cloud(), 1: cloud()}, corrupts=True)
    film = film_of(a_store, artifact.key)
    assert np.array_equal(film.inputs, 255 - ORIGINALS)
    head, arrays = unpack(message(film))
    assert head["sheet"]["n_given"] == 2
    assert arrays["row"].tolist() == [2, 3]


def test_the_loss_is_that_of_the_history(a_store):
    train, val = a_film(a_store).loss
    assert (train.part, val.part) == ("train", "val")
    assert np.allclose(val.x, [1, 2, 3, 4, 5])
    assert np.allclose(val.y, [2, 1, 2 / 3, 1 / 2, 2 / 5])
    assert np.allclose(train.x, [0.5, 1.5, 2.5, 3.5, 4.5])
    assert np.allclose(train.y, val.y / 2)


# Runs that went on from others -----------------------------------------------------------------


def test_the_film_of_a_run_that_was_trained_further_begins_with_the_run_before(a_store):
    first = filmed(a_store, a_picture_run(), {epoch: cloud(epoch) for epoch in (0, 2, 4)})
    after = a_picture_run(start_from=first.key)
    second = filmed(a_store, after, {epoch: cloud(4 + epoch) for epoch in (0, 1, 3)})
    film = film_of(a_store, second.key)
    assert film.epochs.tolist() == [0, 2, 4, 5, 7]
    assert film.joints == (4.0,)
    assert np.allclose(film.loss[1].x, np.arange(1, 8))
    assert np.array_equal(film.pictures[1], pictures_of(2))
    assert np.array_equal(film.pictures[4], pictures_of(3))
    pooled = np.concatenate([cloud(seed) for seed in (0, 2, 4, 5, 7)])
    expected = PCA(2).fit(pooled).explained_variance_ratio_.sum()
    assert film.shown == pytest.approx(expected, abs=1e-3)


def test_a_run_before_that_followed_other_samples_is_left_out(a_store):
    first = filmed(a_store, a_picture_run(), {0: cloud()[:50], 2: cloud(2)[:50]})
    second = filmed(a_store, a_picture_run(start_from=first.key), {0: cloud(2), 1: cloud(3)})
    assert film_of(a_store, second.key).epochs.tolist() == [2, 3]


def test_a_long_line_of_runs_has_no_more_keyframes_than_one(a_store):
    key = None
    for seed in range(2):
        settings = {"start_from": key} if key else {}
        frames = {epoch: cloud(seed) for epoch in range(0, 90)}
        key = filmed(a_store, a_picture_run(**settings), frames).key
    film = film_of(a_store, key)
    assert len(film) == N_KEPT
    assert (film.epochs[0], film.epochs[-1]) == (0, 178)
    assert len(film.pictures) == N_KEPT


def test_a_run_without_keyframes_says_what_mends_it(a_store):
    artifact = filmed(a_store, a_picture_run(), {0: cloud()})
    (artifact.path / "film" / "000000.npz").unlink()
    assert kept_epochs(artifact) == []
    with pytest.raises(ArtifactMissingError) as told:
        film_of(a_store, artifact.key)
    assert "continue its training" in told.value.hint


def test_its_stamp_changes_when_a_keyframe_comes(a_store):
    artifact = filmed(a_store, a_picture_run(), {0: cloud(), 1: cloud()})
    before = film_stamp(a_store, artifact.key)
    assert film_stamp(a_store, artifact.key) == before
    Keyframes(artifact).keep(2, cloud().astype(np.float32), None)
    assert film_stamp(a_store, artifact.key) != before


# On its way to a browser -----------------------------------------------------------------------


def test_the_message_holds_the_film_to_the_last_number(a_store):
    film = a_film(a_store)
    head, arrays = unpack(message(film))
    assert np.array_equal(arrays["xy"].reshape(film.positions.shape), film.positions)
    assert head["epochs"] == [0, 1, 2, 5]
    assert arrays["label"].tolist() == film.labels.tolist()
    sheet = np.asarray(Image.open(io.BytesIO(arrays["sheet"].tobytes())).convert("L"))
    H, W = head["sheet"]["tile"]
    for frame, epoch in enumerate((0, 1, 2, 5)):
        top = arrays["row"][frame] * H
        for i, picture in enumerate(pictures_of(epoch)):
            assert np.array_equal(sheet[top : top + H, i * W : (i + 1) * W], picture[0])
    for i, picture in enumerate(ORIGINALS):
        assert np.array_equal(sheet[:H, i * W : (i + 1) * W], picture[0])


def test_a_page_holds_the_message_and_asks_nobody(a_store):
    film = a_film(a_store)
    page = film_page(film, "<b>mine</b>")
    assert "<b>mine</b>" not in page
    assert "&lt;b&gt;mine&lt;/b&gt;" in page
    assert "default-src 'none'" in page
    packed = re.search(r'id="packed">([^<]+)<', page)
    assert packed is not None
    assert base64.b64decode(packed[1]) == message(film)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)
