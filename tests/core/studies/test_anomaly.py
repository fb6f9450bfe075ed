"""Oddness: every score against a second route, and what a study of a run keeps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import aecore
from aecore.api import lab
from aecore.errors import DataError, TooFewSamplesError
from aecore.jobs.kinds import compute_of
from aecore.metrics.anomaly import conformal_threshold
from aecore.metrics.pictures import mse, ssim
from aecore.studies.anomaly.heat import KINDS as HEAT
from aecore.studies.anomaly.heat import heat_maps
from aecore.studies.anomaly.methods import METHODS, methods_of
from aecore.studies.anomaly.study import anomaly_spec, load_anomaly, read_state
from aecore.studies.anomaly.view import View

pytestmark = pytest.mark.slow

NORMAL = ("0", "1", "2", "3", "4")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return aecore.Store(tmp_path_factory.mktemp("anomaly"))


@pytest.fixture(scope="module")
def samples(store):
    return aecore.load("digits", store=store, normal=NORMAL, val_fraction=0.2)


@pytest.fixture(scope="module")
def vae(store, samples):
    data = {"normal": NORMAL, "val_fraction": 0.2}
    how = {"n_epochs": 25, "is_suited": False, "data_settings": data}
    return aecore.train("vae", "digits", store=store, **how)


@pytest.fixture(scope="module")
def study(store, vae):
    spec = anomaly_spec(vae)
    store.create(spec)
    return lab.finish(store, spec.key)


@pytest.fixture(scope="module")
def found(study):
    return load_anomaly(study)


def view_of(run, samples, rows):
    return View(run, samples.x[rows])


def test_the_samples_are_those_of_the_parts(found, samples):
    assert np.array_equal(found.rows, samples.parts["test"])
    assert np.array_equal(found.fit_rows, samples.parts["train"])
    assert np.array_equal(found.kind == 1, samples.labels[found.rows] >= 5)
    assert len(found.held_out["error"]) == len(samples.parts["val"])
    assert (found.normal, found.n_mixed, found.left_out) == (NORMAL, 0, {})
    assert list(found.scores) == list(METHODS)
    assert all(np.isfinite(scores).all() for scores in found.scores.values())


def test_errors_and_structure_are_those_of_the_metrics(found, vae, samples):
    rows = found.rows[:40]
    x, x_hat = samples.x[rows], vae.reconstruct(samples.x[rows])
    assert found.scores["error"][:40] == pytest.approx(mse(x, x_hat), abs=2e-4)
    assert found.scores["ssim"][:40] == pytest.approx(1 - ssim(x, x_hat), abs=1e-6)
    assert found.scores["ink"][:40] == pytest.approx(x.reshape(40, -1).mean(1) / 255, abs=1e-6)


def test_the_bound_is_torchs_and_the_sum_of_its_terms(found, vae, samples):
    x = torch.from_numpy(samples.scaled(found.rows[:20]))
    with torch.inference_mode():
        out = vae.model(x)
        normal = torch.distributions.Normal
        posterior = normal(out.code.mu, (0.5 * out.code.logvar).exp())
        kl = torch.distributions.kl_divergence(posterior, normal(0.0, 1.0)).sum(1)
        likely = torch.distributions.Bernoulli(logits=out.raw, validate_args=False).log_prob(x)
    assert found.scores["kl"][:20] == pytest.approx(kl.numpy(), rel=1e-4)
    assert found.scores["misfit"][:20] == pytest.approx(-likely.sum((1, 2, 3)).numpy(), rel=1e-4)
    both = found.scores["misfit"] + found.scores["kl"]
    assert found.scores["elbo"] == pytest.approx(both)


def test_distances_are_those_of_scipy_and_a_slow_loop(found, vae, samples):
    from scipy.spatial.distance import cdist
    from sklearn.covariance import LedoitWolf
    from sklearn.decomposition import PCA

    fit, z = vae.encode(samples.x[found.fit_rows]), vae.encode(samples.x[found.rows[:30]])
    shape = LedoitWolf().fit(fit)
    expected = np.sqrt(shape.mahalanobis(z))
    assert found.scores["mahalanobis"][:30] == pytest.approx(expected, rel=1e-3)
    expected = np.sort(cdist(z, fit), axis=1)[:, 4]
    assert found.scores["code_knn"][:30] == pytest.approx(expected, rel=1e-3)
    train = samples.scaled(found.fit_rows).reshape(len(found.fit_rows), -1)
    x = samples.scaled(found.rows[:30]).reshape(30, -1)
    pca = PCA(min(32, vae.n_dims), random_state=0).fit(train)
    rest = x - pca.inverse_transform(pca.transform(x))
    assert found.scores["pca"][:30] == pytest.approx(np.square(rest).mean(1), rel=1e-3)


def test_both_joined_are_the_sum_in_deviations_of_normal_samples_that_taught_nothing(found):
    score = found.scores["joined"]
    misfit = found.scores["ssim"]
    assert abs(np.median(found.held_out["joined"])) < 1.5
    assert found.held_out["joined"].std() == pytest.approx(np.sqrt(2), rel=0.5)
    rest = score - (misfit - found.held_out["ssim"].mean()) / found.held_out["ssim"].std()
    # what is left is a density of the code: of a mixture on four fifths of the samples
    assert np.corrcoef(rest, found.scores["mixture"])[0, 1] > 0.9


def test_hidden_layers_are_compared_as_by_hand(found, vae, samples):
    view = view_of(vae, samples, found.rows[:16])
    with torch.inference_mode():
        both = []
        for x in (view.scaled, view.x_hat):
            h, kept = torch.from_numpy(x), [torch.from_numpy(x).flatten(1)]
            for step in vae.model.encoder:
                h = step(h)
                if not isinstance(step, torch.nn.Linear | torch.nn.Flatten):
                    kept.append(h)
            kept.append(vae.model.encode(torch.from_numpy(x)).point)
            both.append(torch.cat(kept, 1).numpy())
    expected = np.square(both[0] - both[1]).sum(1)
    assert found.scores["sap"][:16] == pytest.approx(expected, rel=1e-4)


def test_normal_samples_raise_as_many_alarms_as_was_set(found):
    for name, held_out in found.held_out.items():
        line = conformal_threshold(held_out, 0.1)
        normal = found.scores[name][found.kind == 0]
        low, high = line.expected(len(normal))
        n_false = int((normal > line.value).sum())
        assert low - 3 <= n_false <= high + 3, name  # sixteen scores, 95 % each


def test_a_trained_model_tells_anomalies_and_the_best_score_is_of_the_model(found):
    assert found.has_both
    assert found.auroc(found.best).mean > 0.9
    assert not METHODS[found.best].is_baseline
    assert found.auroc("nap").mean > 0.85


def test_what_a_score_learnt_gives_the_same_scores_again(study, found, vae, samples):
    view = view_of(vae, samples, found.rows[:12])
    for name, method in methods_of(vae).items():
        again = method.scorer(read_state(study, name))(view)
        assert again == pytest.approx(found.scores[name][:12], rel=1e-5, abs=1e-6), name


@pytest.mark.parametrize("kind", HEAT)
def test_a_heat_map_is_hot_where_a_square_was_pasted(study, found, vae, samples, kind):
    rows = found.rows[found.kind == 0][:30]
    x = samples.x[rows].copy()
    x[:, :, :3, :3] = 255
    spread = read_state(study, "spread")["spread"]
    heat = heat_maps(View(vae, x), kind, spread=spread)
    assert heat.shape == (30, 8, 8)
    assert heat[:, :3, :3].mean() > 2 * heat[:, 4:, 4:].mean()


def test_without_a_named_class_no_anomaly_is_known(store):
    run = aecore.train("undercomplete", "digits", n_epochs=1, store=store)
    spec = anomaly_spec(run)
    store.create(spec)
    found = load_anomaly(lab.finish(store, spec.key))
    assert not found.has_both
    assert set(found.kind) == {-1}
    assert found.best == "joined"
    assert set(found.left_out) == {"elbo", "misfit", "kl"}


def test_where_all_classes_are_normal_it_is_said_why_nothing_is_judged(store):
    run = aecore.train("undercomplete", "digits", n_epochs=1, store=store)
    found = aecore.odd_samples(run, tuple("0123456789"), store=store, n_fit=20)
    assert set(found.kind) == {0}
    assert "every test sample is of a normal class" in found.why_no_auroc
    only_odd = replace(found, kind=np.ones_like(found.kind))
    assert "no test sample is of a normal class" in only_odd.why_no_auroc
    with pytest.raises(TooFewSamplesError, match="There is no anomalous sample"):
        found.auroc("error")


def test_a_mixture_is_told_how_many_anomalies_were_learnt_from(store):
    run = aecore.train("undercomplete", "digits", n_epochs=1, store=store)
    spec = anomaly_spec(run, ("0",))
    store.create(spec)
    found = load_anomaly(lab.finish(store, spec.key))
    digits = aecore.load("digits", store=store)
    assert found.n_mixed == (digits.labels[digits.parts["train"]] != 0).sum()
    assert (digits.labels[found.fit_rows] == 0).all()


def steps(store, spec):
    return list(compute_of(spec.work)(spec, store.create(spec), store))


def test_bad_questions_are_answered_by_a_sentence(store, vae):
    with pytest.raises(DataError, match="There is no class 'eleven'"):
        steps(store, anomaly_spec(vae, ("eleven",)))
    with pytest.raises(TooFewSamplesError, match="0 normal training samples"):
        steps(store, anomaly_spec(vae, ("9",)))  # an anomaly in training
    data = {"normal": ("0",), "val_fraction": 0.0}
    run = aecore.train("undercomplete", "digits", n_epochs=1, store=store, data_settings=data)
    with pytest.raises(TooFewSamplesError, match="No normal sample is held out"):
        steps(store, anomaly_spec(run))
    with pytest.raises(DataError, match="reads samples of shape"):
        View(vae, np.zeros((1, 3, 8, 8), np.uint8))


def test_weights_that_diverged_are_told(store, vae, monkeypatch):
    nan = METHODS["error"].__class__(
        "error",
        "Error",
        "",
        "",
        lambda view: {},
        lambda state: lambda view: np.full(len(view), np.nan),
    )
    monkeypatch.setitem(METHODS, "error", nan)
    with pytest.raises(DataError, match="not finite"):
        steps(store, anomaly_spec(vae, n_fit=11))
