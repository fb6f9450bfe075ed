"""The arithmetic of the claims, by a second route, on data so small that little is trained."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import aecore
from aecore.bench.science import codes, disentangling, likelihood, measure, repair
from aecore.bench.science import labels as science_labels
from aecore.denoising.noise import Noisy, noisy
from aecore.metrics.features import few_labels, standardized
from aecore.specs.codes import QuantizedCodeSpec
from aecore.specs.run import CorruptionSpec, NetworkSpec
from aecore.store import Store
from aecore.studies.likelihood import negative_log_likelihood


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("science"))


@pytest.fixture(scope="module")
def vae(store: Store) -> aecore.OpenRun:
    return aecore.train("vae", "digits", n_epochs=1, store=store)


def pictures(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


# Repairs ------------------------------------------------------------------------------------


def test_pooled_psnr_is_that_of_all_pictures_laid_side_by_side() -> None:
    from skimage.metrics import peak_signal_noise_ratio

    x, y = pictures(3, 1, 8, 8), pictures(3, 1, 8, 8, seed=1)
    assert repair.pooled_psnr_db(x, y) == pytest.approx(peak_signal_noise_ratio(x, y))
    each = [peak_signal_noise_ratio(a, b) for a, b in zip(x, y, strict=True)]
    assert repair.psnr_db(x, y) == pytest.approx(each)


def test_only_hidden_pixels_count_where_they_are_named() -> None:
    x, y = pictures(4, 3, 6, 6), pictures(4, 3, 6, 6, seed=1)
    hidden = np.random.default_rng(2).random((4, 6, 6)) < 0.3
    squared = []
    for picture, row, column in np.argwhere(hidden):
        for channel in range(3):
            at = (picture, channel, row, column)
            squared.append((picture, ((float(x[at]) - float(y[at])) / 255) ** 2))
    pooled = -10 * np.log10(np.mean([error for _, error in squared]))
    assert repair.pooled_psnr_db(x, y, hidden) == pytest.approx(pooled)
    each = [-10 * np.log10(np.mean([e for p, e in squared if p == i])) for i in range(4)]
    assert repair.psnr_db(x, y, hidden) == pytest.approx(each)


def test_a_perfect_picture_counts_a_hundred_decibels() -> None:
    x = pictures(2, 1, 8, 8)
    assert repair.psnr_db(x, x).tolist() == [100.0, 100.0]


def test_what_is_seen_is_left_as_it_is_and_what_is_hidden_is_the_models(
    vae: aecore.OpenRun, store: Store
) -> None:
    x = np.asarray(aecore.load("digits", store=store).x[:20])
    dirty = noisy(vae, x, CorruptionSpec(kind="occlusion", level=0.2), seed=3)
    assert dirty.hidden is not None
    found = repair.filled(vae, dirty)
    mask = dirty.hidden[:, None]
    assert mask.any()
    assert np.array_equal(found[~mask], x[~mask])
    assert np.array_equal(found[mask], vae.reconstruct(dirty.values)[mask])
    assert np.array_equal(repair.filled(vae, Noisy(dirty.values)), vae.reconstruct(dirty.values))


# Codebook -----------------------------------------------------------------------------------


def test_entries_are_those_whose_vectors_the_code_consists_of(store: Store) -> None:
    run = aecore.train(
        "vq-vae",
        "digits",
        n_epochs=1,
        store=store,
        network=NetworkSpec(kind="conv", widths=(8, 8)),
        code=QuantizedCodeSpec(n_dims=4, codebook_size=16),
    )
    x = np.asarray(aecore.load("digits", store=store).x[:600])
    found = codes.entries_of(run, x).numpy()
    vectors = run.encode(x).reshape(600, 4, 4).transpose(0, 2, 1)  # (n, n_places, n_dims)
    book = run.model.code.weights.numpy()
    apart = np.square(vectors[:, :, None] - book).sum(-1)  # (n, n_places, 16)
    assert found.shape == (600, 4)
    assert np.array_equal(found, apart.argmin(-1))


# Likelihood ---------------------------------------------------------------------------------


def test_an_estimate_is_the_mean_over_pictures_with_its_standard_error(
    vae: aecore.OpenRun, store: Store
) -> None:
    x = np.asarray(aecore.load("digits", store=store, binarize="threshold").x[:12])
    found = likelihood.estimate(vae, x, n_samples=20)
    each = negative_log_likelihood(vae, x, n_samples=20)
    assert found.nats == pytest.approx(sum(each) / 12)
    assert found.error**2 == pytest.approx(np.var(each, ddof=1) / 12)
    assert "on 12 test pictures" in found.told


# Labels -------------------------------------------------------------------------------------


def reader_of(labels_of: dict[bytes, int], *, knows: bool) -> SimpleNamespace:
    """A run whose codes are the class itself, or the same for all."""

    def encode(x: np.ndarray) -> np.ndarray:
        told = [labels_of[one.tobytes()] if knows else 0 for one in x]
        return np.eye(10)[told] + 1e-3 * x.reshape(len(x), -1)[:, :10] / 255

    return SimpleNamespace(encode=encode, n_dims=10)


@pytest.fixture(scope="module")
def digits(store: Store) -> aecore.SampleSet:
    return aecore.load("digits", store=store)


@pytest.fixture
def three_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(science_labels, "_N_READINGS", 3)


@pytest.mark.slow
def test_codes_that_are_the_class_win_all_that_pixels_lack(
    digits: aecore.SampleSet, three_draws: None
) -> None:
    labels = digits.labels
    labels_of = {one.tobytes(): int(label) for one, label in zip(digits.x, labels, strict=True)}
    train, test = digits.parts["train"], digits.parts["test"]
    flat = digits.x.reshape(len(digits), -1) / 255.0
    z, z_test = standardized(flat[train], flat[test], each=False)
    draws = [
        few_labels(z, labels[train], z_test, labels[test], n_labels=(100,), n_draws=1, seed=seed)
        for seed in range(3)
    ]
    claims = science_labels.reading(reader_of(labels_of, knows=True), digits)
    for method, found in zip(("probe", "knn"), claims, strict=True):
        lacks = [1 - draw.accuracy(method)[0] for draw in draws]
        assert found.figure == pytest.approx(100 * np.median(lacks))
        assert found.passed
        assert "ahead of pixels in 3, of PCA in 3 draws" in found.reference


@pytest.mark.slow
def test_codes_that_tell_nothing_miss(digits: aecore.SampleSet, three_draws: None) -> None:
    labels_of = {one.tobytes(): 0 for one in digits.x}
    for found in science_labels.reading(reader_of(labels_of, knows=False), digits):
        assert found.figure < -30
        assert not found.passed


# Disentangling ------------------------------------------------------------------------------


def test_medians_are_of_each_score_by_itself() -> None:
    some = disentangling.Scores(0.1, 0.9, 0.03, 50.0)
    runs = [some, replace(some, mig=0.3, mse=0.01), replace(some, mig=0.2, bound_nats=70.0)]
    assert disentangling.medians(runs) == disentangling.Scores(0.2, 0.9, 0.03, 50.0)
    assert disentangling.n_ahead(runs, [some] * 3) == 2


@pytest.mark.slow
def test_a_sprites_bound_is_its_cross_entropy_and_divergence(store: Store) -> None:
    import torch
    from torch.distributions import Bernoulli, Normal, kl_divergence

    settings = {"size_px": 16, "n_max": 300}
    run = aecore.train(
        "vae", "sprites", store=store, data_settings=settings, n_epochs=1, is_suited=False
    )
    sprites = aecore.load("sprites", store=store, **settings)
    found = disentangling.scores(run, sprites)
    x = torch.from_numpy(sprites.scaled(sprites.parts["test"]))
    random = torch.Generator().manual_seed(1)
    with torch.inference_mode():
        code = run.model.encode(x)
        nats = kl_divergence(Normal(code.mu, (0.5 * code.logvar).exp()), Normal(0.0, 1.0)).sum(1)
        for _ in range(400):
            noise = torch.randn(code.mu.shape, generator=random)
            z = code.mu + (0.5 * code.logvar).exp() * noise
            grey = Bernoulli(run.model.decode(z), validate_args=False)
            nats = nats - grey.log_prob(x).flatten(1).sum(1) / 400
    assert found.bound_nats == pytest.approx(float(nats.mean()), rel=0.01)
    assert 0 <= found.mig <= 1


# Quick --------------------------------------------------------------------------------------


def test_quick_ends_with_what_it_leaves_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    groups = [importlib.import_module(name) for name in measure.GROUPS]
    monkeypatch.setattr(measure, "is_here", lambda name: True)
    for group in groups:
        monkeypatch.setattr(group, "figures", lambda store, quick: iter(()))
    (last,) = measure.figures(store, quick=True)
    for words in (words for group in groups for words in group.LEFT_OUT):
        assert words in last.reference
    assert last.figure == sum(len(group.LEFT_OUT) for group in groups) > 0
    assert last.passed
    assert not list(measure.figures(store))


@pytest.mark.parametrize("group", [disentangling, likelihood], ids=lambda group: group.__name__)
def test_quick_trains_nothing_of_a_group_that_it_leaves_out(group, store: Store) -> None:
    known = store.keys()
    assert list(group.figures(store, quick=True)) == []
    assert store.keys() == known
