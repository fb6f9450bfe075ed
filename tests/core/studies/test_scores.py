"""Scores of a run: the same pictures for all, checked by other routes, kept and read back."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from sklearn import decomposition
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score
from sklearn.neighbors import KNeighborsClassifier

import aecore
from aecore.api import lab
from aecore.errors import DataError, JobError
from aecore.jobs.perform import computed_first
from aecore.metrics.clusters import kmeans_agreement
from aecore.metrics.compare import difference
from aecore.metrics.versus import side_by_side
from aecore.specs.codes import QuantizedCodeSpec
from aecore.specs.run import OptimizerSpec
from aecore.specs.studies import ScoresSpec
from aecore.store import Store
from aecore.studies.evaluation import evaluate
from aecore.studies.evaluation_data import sight_of
from aecore.studies.likelihood import likelihoods, negative_log_likelihood
from aecore.studies.sample_quality import GenerationScores
from aecore.studies.scores import load_scores, scores_spec
from aecore.units.posterior import posterior

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def distances_are_not_measured():
    """They have tests of their own; here it is seen that they are taken over."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "aecore.studies.generation.generation_scores",
            lambda run, samples, codes, *, seed: GenerationScores(
                100, 1.0, 2.0, 3.0, {"prior": float(len(codes)), "mixture": 5.0}
            ),
        )
        yield


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return Store(tmp_path_factory.mktemp("scores"))


@pytest.fixture(scope="module")
def digits_set(store):
    return aecore.load("digits", store=store)


@pytest.fixture(scope="module")
def vae(store, digits_set):
    return aecore.train("vae", "digits", n_epochs=15, store=store)


def scored(store, run, **settings):
    key = store.create(scores_spec(run, **settings)).key
    lab.finish(store, key)
    return load_scores(store.artifact(key))


@pytest.fixture(scope="module")
def of_vae(store, vae):
    return scored(store, vae)


def test_reconstructions_are_scored_as_the_reconstruct_page_scores_them(of_vae, vae, digits_set):
    expected = evaluate(vae, digits_set, "test")
    assert np.array_equal(of_vae.rows, expected.rows)
    assert of_vae.run.each["mse"] == pytest.approx(expected.mse)
    assert of_vae.run.each["ssim"] == pytest.approx(expected.ssim)
    assert of_vae.pca.each["psnr"] == pytest.approx(expected.pca_psnr)
    assert of_vae.n_components == vae.n_dims


def test_codes_pca_and_pixels_are_told_apart_with_few_labels_and_with_many(of_vae):
    for column in (of_vae.run, of_vae.pca, of_vae.pixels):
        assert column.value("knn") > 0.7
        assert column.value("probe_10") < column.value("probe_1000")
        assert 0.2 < column.value("nmi") < 1
        assert 0.1 < column.value("ari") < 1
    assert "mse" not in of_vae.pixels.each


def test_k_nearest_of_pca_is_that_of_scikit_learn(of_vae, digits_set):
    x = digits_set.x.reshape(len(digits_set), -1) / 255.0
    train, test = digits_set.parts["train"], digits_set.parts["test"]
    pca = decomposition.PCA(of_vae.n_components, random_state=0).fit(x[train])
    knn = KNeighborsClassifier(5).fit(pca.transform(x[train]), digits_set.labels[train])
    expected = knn.score(pca.transform(x[test]), digits_set.labels[test])
    assert of_vae.pca.value("knn") == pytest.approx(expected, abs=0.01)


def test_a_gaussian_code_is_told_dimension_by_dimension(of_vae, vae, digits_set):
    told = vae.encode_fully(digits_set.x[of_vae.rows])
    expected = 0.5 * (told.point**2 + np.exp(told.logvar) - 1 - told.logvar).mean(0)
    assert of_vae.posterior.kl == pytest.approx(expected, rel=1e-4)
    assert of_vae.run.whole["kl"] == pytest.approx(expected.sum(), rel=1e-4)
    assert of_vae.run.whole["active"] == (told.point.var(0) > 0.01).sum()


def test_the_likelihood_lies_below_the_bound_and_is_that_of_the_slow_way(of_vae, vae, digits_set):
    n = np.isfinite(of_vae.run.each["nll"]).sum()
    assert n == 100
    assert of_vae.run.value("nll") < of_vae.run.value("bound")
    x = digits_set.x[of_vae.rows[:40]]
    found = likelihoods(vae, x, n_samples=300, seed=1)
    slow = negative_log_likelihood(vae, x, n_samples=300, seed=2)
    assert found.nll.mean() == pytest.approx(slow.mean(), rel=0.02)
    assert (found.bound >= found.nll).all()  # Jensen


def test_plain_codes_have_no_likelihood_and_it_is_said_why(store):
    found = scored(store, aecore.train("undercomplete", "digits", n_epochs=1, store=store))
    assert found.posterior is None
    assert "nll" not in found.run.each
    assert "gaussian" in found.left_out["likelihood"]


def test_a_quantized_code_is_scored_by_its_codebook_and_pca_has_a_number_a_place(store):
    code = QuantizedCodeSpec(n_dims=8, codebook_size=16)
    run = aecore.train("vq-vae", "digits", n_epochs=2, store=store, code=code)
    found = scored(store, run)
    assert 1 <= found.run.whole["perplexity"] <= 16
    assert found.n_components == run.n_numbers == run.n_dims // 8


def test_distances_of_new_pictures_are_taken_over(of_vae, digits_set):
    assert of_vae.run.whole["frechet_rebuilt"] == 2.0
    assert of_vae.pca.whole["frechet_rebuilt"] == 3.0
    assert of_vae.run.whole["frechet_prior"] == len(digits_set.parts["train"]) == of_vae.n_fit


def test_sprites_are_held_against_their_factors(store):
    run = aecore.train(
        "vae", "sprites", data_settings={"n_max": 600, "size_px": 16}, n_epochs=1, store=store
    )
    found = scored(store, run)
    for column in (found.run, found.pca):
        assert 0 <= column.whole["mig"] <= 1
        assert 0 < column.whole["factor_vae"] <= 1


def test_a_trained_model_against_an_untrained_one_is_really_better(store, of_vae):
    blank = aecore.train("vae", "digits", n_epochs=1, store=store, optimizer=OptimizerSpec(lr=1e-9))
    untrained = scored(store, blank)
    assert np.array_equal(untrained.rows, of_vae.rows)
    rows = {row.about.name: row for row in side_by_side([untrained.run, of_vae.run])}
    for name in ("mse", "psnr", "ssim", "bound", "nll"):
        assert rows[name].cells[1].verdict == "significant"
        assert rows[name].cells[1].is_better
        assert rows[name].cells[1].is_best


def test_one_model_with_other_draws_is_not_better_than_itself(vae, digits_set):
    x = digits_set.x[digits_set.parts["test"][:40]]
    draws = [likelihoods(vae, x, n_samples=2, seed=seed).bound for seed in range(101)]
    not_real = sum(
        not difference(once, again, seed=seed).excludes_zero
        for seed, (once, again) in enumerate(pairwise(draws))
    )
    assert not_real >= 95


def test_groups_of_codes_agree_with_classes_as_scikit_learn_says(vae, digits_set):
    sight = sight_of(vae, digits_set, ScoresSpec(run=vae.key, epochs=vae.epochs))
    z = sight.z["run"]
    found = KMeans(10, n_init=10, random_state=0).fit_predict((z - z.mean(0)) / z.std(0))
    expected = normalized_mutual_info_score(sight.labels, found)
    got = kmeans_agreement((z - z.mean(0)) / z.std(0), sight.labels).nmi
    assert got == pytest.approx(expected, abs=0.05)


def test_a_collapsed_code_is_called_so():
    mu = np.zeros((50, 4))
    assert posterior(mu, mu).verdict.startswith("Collapsed")
    mu[:, 0] = np.random.default_rng(0).normal(0, 1, 50)
    partly = posterior(mu, np.zeros((50, 4)))
    assert partly.n_active == 1
    assert "3 of 4 dimensions are inactive" in partly.verdict
    every = posterior(np.random.default_rng(0).normal(0, 1, (50, 4)), np.zeros((50, 4)))
    assert every.verdict.startswith("No collapse")


def test_scores_of_older_weights_are_refused(store, vae):
    key = store.create(ScoresSpec(run=vae.key, epochs=vae.epochs + 1)).key
    with pytest.raises(JobError, match="trained on since"):
        lab.finish(store, key)


def test_scores_keep_what_they_need_and_are_of_nothing_else(store, vae):
    spec = scores_spec(vae)
    assert computed_first(store, spec) == [vae.spec.data]
    with pytest.raises(DataError, match="is not the scores of a run"):
        load_scores(store.artifact(vae.key))
