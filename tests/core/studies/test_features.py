"""Codes as features: three studies, each what the library's own parts find, kept and read back."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

import aecore
from aecore.api import lab
from aecore.api.inside import codes_as_features
from aecore.artifact import Progress
from aecore.data.samples import SampleSet, save_samples, split
from aecore.errors import DataError, JobError, NotFinishedError, SpecError
from aecore.jobs.kinds import compute_of
from aecore.jobs.perform import computed_first
from aecore.metrics.clusters import kmeans_agreement
from aecore.metrics.features import knn_accuracy, labelled_rows, standardized
from aecore.recipes import fitted, recipe
from aecore.specs.codes import CODE_SPECS, CodeSpec, PlainCodeSpec, QuantizedCodeSpec
from aecore.specs.data import DataSpec
from aecore.specs.run import OptimizerSpec, RunSpec
from aecore.specs.studies import FeaturesSpec
from aecore.store import Store
from aecore.studies.augmentation import augmented, class_pictures
from aecore.studies.feature_studies import N_STEPS
from aecore.studies.features import features_spec, load_features, records, why_not
from aecore.studies.few_labels import fine_tuned

pytestmark = pytest.mark.slow

FEW = {"n_labels": (20, 60), "n_draws": 2}


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return Store(tmp_path_factory.mktemp("features"))


@pytest.fixture(scope="module")
def samples(store):
    return aecore.load("digits", store=store)


@pytest.fixture(scope="module")
def vae(store, samples):
    return aecore.train("vae", "digits", n_epochs=25, store=store)


@pytest.fixture(scope="module")
def of_codes(store, vae):
    return codes_as_features(vae, store=store, **FEW)


@pytest.fixture
def short_training(monkeypatch):
    monkeypatch.setattr("aecore.studies.feature_studies.N_STEPS", 10)


def test_codes_are_read_as_by_hand(of_codes, vae, samples):
    train, test = samples.parts["train"], samples.parts["test"]
    assert np.array_equal(of_codes.rows, test)
    fit, z = vae.encode(samples.x[train]), vae.encode(samples.x[test])
    rows = labelled_rows(samples.labels[train], 60, seed=1)
    _, few, told = standardized(fit, fit[rows], z)
    expected = knn_accuracy(few, samples.labels[train][rows], told, samples.labels[test])
    assert of_codes.curves["run-knn"].accuracy[1, 1] == pytest.approx(expected, abs=0.006)
    assert set(of_codes.curves) == {
        f"{source}-{reader}" for source in ("run", "pca", "pixels") for reader in ("knn", "probe")
    }
    assert of_codes.n_labels == (20, 60)
    assert of_codes.n_components == vae.n_dims
    assert of_codes.n_known == len(train)


def test_groups_agree_with_classes_as_the_scores_say(of_codes, vae, samples):
    (z,) = standardized(vae.encode(samples.x[of_codes.rows]))
    expected = kmeans_agreement(z, samples.labels[of_codes.rows])
    assert of_codes.agreement["run"].nmi == pytest.approx(expected.nmi, abs=1e-6)
    groups = of_codes.clusters["pixels"]
    assert groups.n_clusters == 10
    for group in range(10):
        mean = samples.x[of_codes.rows[groups.assigned == group]].mean(0)
        near, far = groups.nearest(group, 1000)[[0, -1]]
        apart = [np.square(samples.x[of_codes.rows[i]] - mean).sum() for i in (near, far)]
        assert apart[0] < apart[1]


def test_an_untrained_code_is_worth_less_and_pca_and_pixels_stay_as_they_are(store, of_codes):
    blank = aecore.train("vae", "digits", n_epochs=1, store=store, optimizer=OptimizerSpec(lr=1e-9))
    before = codes_as_features(blank, store=store, **FEW)
    for reader in ("knn", "probe"):
        assert of_codes.curves[f"run-{reader}"].mean[1] > before.curves[f"run-{reader}"].mean[1]
        for source in ("pca", "pixels"):
            mine, other = (found.curves[f"{source}-{reader}"] for found in (of_codes, before))
            assert np.array_equal(mine.accuracy, other.accuracy)


def test_tuning_is_that_of_the_library_and_stops_between_steps(store, vae, samples, short_training):
    found = codes_as_features(vae, "tuned", store=store, **FEW)
    expected = fine_tuned(vae, samples, 60, n_steps=10, n_draws=2)
    assert found.curves["tuned"].accuracy[1] == pytest.approx(expected.tuned)
    assert found.curves["scratch"].accuracy[1] == pytest.approx(expected.scratch)
    assert found.clusters == found.made == {}


def test_new_samples_are_those_of_the_library_and_some_are_kept(store, vae, samples):
    found = codes_as_features(vae, "new", store=store, n_labels=(10, 40), n_draws=1)
    assert found.n_labels == (40,)  # ten labels give a class only one
    expected = augmented(vae, samples, 40, n_draws=1)
    assert found.curves["augmented"].accuracy[0] == pytest.approx(expected.augmented)
    assert found.curves["alone"].accuracy[0] == pytest.approx(expected.alone)
    assert found.n_made_from == 40
    assert list(found.made) == list(range(10))
    assert {made.shape for made in found.made.values()} == {(6, 1, 8, 8)}
    train = samples.parts["train"]
    rows = train[labelled_rows(samples.labels[train], 40, seed=0)]
    sevens = samples.x[rows[samples.labels[rows] == 7]]
    assert np.array_equal(found.made[7], class_pictures(vae, sevens, 6))


def test_records_hold_every_draw_and_every_agreement(of_codes):
    lines = records(of_codes)
    (found,) = (
        line["value"]
        for line in lines
        if (line["what"], line["labels"], line["draw"]) == ("pca-probe", 60, 1)
    )
    assert found == of_codes.curves["pca-probe"].accuracy[1, 1]
    assert len(lines) == 6 * 2 * 2 + 3 * 2
    assert lines[-1]["value"] == of_codes.agreement["pixels"].ari


def test_a_study_tells_how_far_it_is_and_can_be_stopped(store, vae, samples):
    told: list[Progress] = []
    spec = features_spec(vae, "tuned", n_labels=(20,), n_draws=1)
    store.create(spec)
    with pytest.raises(NotFinishedError, match="features was stopped"):
        lab.finish(
            store,
            spec.key,
            watch=lambda key, progress: told.append(progress),
            stop=lambda: sum(p.n_done > 0 for p in told) > 2,
        )
    assert told[-1].n_total == 2 * N_STEPS
    done = [progress.n_done for progress in told if progress.n_total > 1]
    assert done == sorted(done)
    assert 0 < done[-1] < N_STEPS
    steps = codes_study(store, vae, samples)
    whole = [progress for progress in steps if progress.n_total]
    assert whole[-1].n_done <= whole[-1].n_total
    assert whole[-1].n_done >= whole[-1].n_total - 1
    assert whole[-1].eta_s is not None


def codes_study(store, run, samples):
    spec = features_spec(run, n_labels=(20,), n_draws=1)
    return list(islice(compute_of(spec.work)(spec, store.create(spec), store), 100))


def rows_run(store, *, code: CodeSpec, labels: np.ndarray | None):
    """A run on rows of a table whose classes lie apart."""
    random = np.random.default_rng(0)
    classes = np.repeat([0, 1, 2], 100)
    x = random.normal(size=(300, 8)).astype(np.float32)
    x[:, :3] += 4 * np.eye(3, dtype=np.float32)[classes]
    data = store.create(DataSpec(source="sprites", n_max=300, seed=1 if labels is None else 0))
    parts = split(300, val_fraction=0.1, test_fraction=0.2, seed=0)
    save_samples(
        data,
        SampleSet(x=x, parts=parts, labels=labels, label_names=("a", "b", "c"), title="rows"),
    )
    data.set_state(status="done")
    settings = fitted(recipe("undercomplete").settings, is_pictures=False, scale="unit")
    spec = RunSpec.of(data=data.key, **{**settings, "n_epochs": 20, "code": code})
    store.create(spec)
    lab.finish(store, spec.key)
    return aecore.open_run(store, spec.key)


@pytest.mark.parametrize("kind", ["plain", "gaussian"])
def test_rows_of_a_table_are_read_tuned_and_made_up(tmp_path, kind, short_training):
    store = Store(tmp_path)
    run = rows_run(store, code=CODE_SPECS[kind](n_dims=4), labels=np.repeat([0, 1, 2], 100))
    found = codes_as_features(run, store=store, **FEW)
    assert found.curves["run-probe"].mean[1] > 0.8
    assert codes_as_features(run, "tuned", store=store, **FEW).curves["tuned"].mean[1] > 0.5
    if kind == "gaussian":
        made = codes_as_features(run, "new", store=store, **FEW).made
        assert [int(made[label].mean(0)[:3].argmax()) for label in range(3)] == [0, 1, 2]


def test_rows_without_labels_are_told_that_they_have_none(tmp_path):
    store = Store(tmp_path)
    run = rows_run(store, code=PlainCodeSpec(n_dims=4), labels=None)
    with pytest.raises(JobError, match="have no labels"):
        codes_as_features(run, store=store)


def test_a_quantized_code_is_read_and_tuned_before_it_is_snapped(store, samples):
    code = QuantizedCodeSpec(n_dims=8, codebook_size=16)
    run = aecore.train("vq-vae", "digits", n_epochs=3, store=store, code=code)
    found = codes_as_features(run, store=store, **FEW)
    assert found.n_components == run.n_numbers
    assert found.curves["run-knn"].mean[1] > 0.4
    tuned = fine_tuned(run, samples, 200, n_steps=40, n_draws=1)
    assert min(tuned.tuned[0], tuned.scratch[0]) > 0.5
    assert "this code is quantized" in why_not(run, samples, "new")


def test_it_is_said_why_a_study_cannot_be_had(vae, samples):
    assert why_not(vae, samples) == why_not(vae, samples, "new") == ""
    none = replace(samples, labels=None)
    assert "have no labels" in why_not(vae, none)
    assert "have no labels" in why_not(vae, replace(samples, labels=np.full(len(samples), -1)))
    assert "one class" in why_not(vae, replace(samples, labels=np.zeros(len(samples), int)))
    hidden = samples.labels.copy()
    hidden[samples.parts["test"]] = -1
    assert "test part" in why_not(vae, replace(samples, labels=hidden))
    assert why_not(vae, replace(samples, labels=hidden), part="val") == ""
    few = np.full(len(samples), -1)
    few[samples.parts["test"]] = 0
    few[samples.parts["train"][:6]] = [0, 0, 0, 0, 1, 1]
    assert "Only 6 training samples" in why_not(vae, replace(samples, labels=few))
    few[samples.parts["train"][:20]] = [0] * 19 + [1]
    assert why_not(vae, replace(samples, labels=few)) == ""
    assert "two labelled samples" in why_not(vae, replace(samples, labels=few), "new")


def test_a_study_of_older_weights_or_of_nothing_known_is_refused(store, vae):
    spec = features_spec(vae)
    assert computed_first(store, spec) == [vae.spec.data]
    old = store.create(FeaturesSpec(run=vae.key, epochs=vae.epochs + 1)).key
    with pytest.raises(JobError, match="trained on since"):
        lab.finish(store, old)
    with pytest.raises(DataError, match="is not a study of features"):
        load_features(store.artifact(vae.key))
    with pytest.raises(SpecError, match="study"):
        features_spec(vae, "guessed")
