"""Estimators with scikit-learn's interface are what scikit-learn takes them for."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from aecore.data.samples import SampleSet
from aecore.errors import AecoreError, DataError, SpecError
from aecore.sklearn import Autoencoder, AutoencoderDetector
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import NetworkSpec
from aecore.training.fit import fit

X = load_wine().data
QUICK = {"n_epochs": 2, "batch_size": 64, "random_state": 0}


@pytest.fixture(scope="module")
def trained() -> Autoencoder:
    return Autoencoder(n_components=3, **QUICK).fit(X)


@pytest.fixture(scope="module")
def detector() -> AutoencoderDetector:
    return AutoencoderDetector(n_components=3, **QUICK).fit(X)


@parametrize_with_checks(
    [
        Autoencoder(n_epochs=1, n_components=1),
        AutoencoderDetector(n_epochs=1, n_components=1),
    ],
    expected_failed_checks=None,
)
def test_all_of_scikit_learns_checks_pass(estimator, check):
    check(estimator)


def test_it_is_the_librarys_own_training(trained):
    scaled = StandardScaler().fit_transform(X).astype(np.float32)
    empty = np.arange(0)
    parts = {"train": np.arange(len(X)), "val": empty, "test": empty}
    samples = SampleSet(scaled, parts, scale="standard")
    *_, last = fit(samples, trained.spec_, device=torch.device("cpu"))
    model = last.progression.model.eval()
    with torch.inference_mode():
        codes = model.encode(torch.from_numpy(scaled)).point.numpy()
    np.testing.assert_allclose(trained.transform(X), codes, atol=1e-4)


def test_a_linear_one_that_begins_as_pca_gives_pcas_reconstructions():
    start = {"network": NetworkSpec(kind="linear", widths=(), output="linear", pca_start=True)}
    model = Autoencoder("linear", n_components=3, n_epochs=1, settings=start, random_state=0)
    scaler = StandardScaler().fit(X)
    pca = PCA(3).fit(scaler.transform(X))
    kept = pca.explained_variance_ratio_.sum()
    assert model.fit(X).score(X) == pytest.approx(kept, abs=0.02)


def test_the_score_is_the_share_of_variance_kept(trained):
    rebuilt = trained.inverse_transform(trained.transform(X))
    assert trained.score(X) == pytest.approx(r2_score(X, rebuilt, multioutput="uniform_average"))


def test_training_raises_the_score(trained):
    longer = Autoencoder(n_components=3, n_epochs=60, batch_size=64, random_state=0).fit(X)
    assert longer.score(X) > max(0.6, trained.score(X) + 0.2)
    assert longer.loss_curve_[-1] < longer.loss_curve_[0]
    assert longer.n_iter_ == len(longer.loss_curve_) == 60


@pytest.mark.parametrize("name", ["vae", "contractive", "k-sparse"])
def test_other_recipes_take_rows(name):
    model = Autoencoder(name, **QUICK).fit(X)
    rebuilt = model.inverse_transform(model.transform(X))
    assert rebuilt.shape == X.shape and np.isfinite(rebuilt).all()


def test_answers_are_in_float64_to_its_last_digits(trained):
    together = trained.transform(X)
    alone = np.concatenate([trained.transform(X[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(alone, together[:20], atol=1e-12)
    gaussian = Autoencoder("vae", **QUICK).fit(X)
    whole = gaussian.transform(X)
    assert not np.array_equal(whole, whole.astype(np.float32))


def test_float32_rows_get_float32_codes_and_rows(trained):
    codes = trained.transform(X.astype(np.float32))
    assert codes.dtype == trained.inverse_transform(codes).dtype == np.float32


def test_columns_far_from_zero_lose_nothing():
    moved = Autoencoder(n_components=3, **QUICK).fit(X + 1e7)
    plain = Autoencoder(n_components=3, **QUICK).fit(X)
    assert moved.score(X + 1e7) == pytest.approx(plain.score(X), abs=0.01)
    np.testing.assert_allclose(moved.transform(X + 1e7), plain.transform(X), atol=0.05)


def test_a_code_is_at_most_half_the_columns_unless_asked_for():
    assert Autoencoder(**QUICK).fit(X).n_components_ == 6
    assert Autoencoder(n_components=9, **QUICK).fit(X).n_components_ == 9
    own = {"code": PlainCodeSpec(n_dims=7)}
    assert Autoencoder(settings=own, **QUICK).fit(X).n_components_ == 7


# Randomness --------------------------------------------------------------------------------


def _codes(random_state) -> np.ndarray:
    model = Autoencoder(n_components=2, n_epochs=1, random_state=random_state)
    return model.fit(X).transform(X)


def test_a_number_decides_all_of_it_whatever_torch_and_numpy_drew_before():
    torch.manual_seed(1)
    first = _codes(5)
    torch.manual_seed(2)
    np.random.seed(3)  # noqa: NPY002 - scikit-learn's default is the global state
    np.testing.assert_array_equal(first, _codes(5))
    assert not np.allclose(first, _codes(6))


def test_none_gives_others_each_time_and_follows_numpys_global_state():
    np.random.seed(7)  # noqa: NPY002
    first, second = _codes(None), _codes(None)
    np.random.seed(7)  # noqa: NPY002
    assert not np.allclose(first, second)
    np.testing.assert_array_equal(first, _codes(None))


def test_a_random_state_is_drawn_from_at_each_fit():
    drawn = np.random.RandomState(0)
    first, second = _codes(drawn), _codes(drawn)
    assert not np.allclose(first, second)
    np.testing.assert_array_equal(first, _codes(np.random.RandomState(0)))


def test_torchs_global_numbers_are_left_alone():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    _codes(0)
    assert torch.equal(before, torch.get_rng_state())


def test_stopping_early_holds_rows_out_and_keeps_the_best():
    model = Autoencoder(
        n_components=3,
        n_epochs=200,
        batch_size=16,
        patience=2,
        validation_fraction=0.3,
        random_state=0,
    ).fit(X)
    assert model.n_iter_ < 200


# Among other things of scikit-learn ---------------------------------------------------------


def test_it_stands_in_a_pipeline():
    y = load_wine().target
    model = make_pipeline(
        Autoencoder(n_components=6, n_epochs=40, random_state=0), LogisticRegression(max_iter=500)
    )
    assert model.fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.9
    assert list(model[:1].get_feature_names_out()) == [f"autoencoder{i}" for i in range(6)]


def test_a_clone_is_unfitted_and_asks_for_the_same(trained):
    asked = Autoencoder(settings={"code": PlainCodeSpec(n_dims=2)}, **QUICK)
    copy = clone(asked.fit(X))
    assert copy.get_params() == asked.get_params()
    assert not hasattr(copy, "model_")


def test_a_grid_search_finds_that_more_numbers_keep_more():
    search = GridSearchCV(
        Autoencoder(n_epochs=30, batch_size=32, random_state=0), {"n_components": [1, 8]}, cv=2
    )
    assert search.fit(X).best_params_ == {"n_components": 8}


def test_codes_are_a_data_frame_where_that_is_asked_for(trained):
    table = pd.DataFrame(X, columns=load_wine().feature_names).set_index(np.arange(len(X)) + 100)
    model = Autoencoder(n_components=3, **QUICK).set_output(transform="pandas").fit(table)
    codes = model.transform(table)
    assert list(codes.columns) == ["autoencoder0", "autoencoder1", "autoencoder2"]
    assert codes.index.equals(table.index)
    np.testing.assert_allclose(codes.to_numpy(), trained.transform(X), atol=1e-12)
    with pytest.raises(ValueError, match="feature names"):
        model.transform(table[table.columns[::-1]])


def test_pickled_it_answers_the_same(trained, detector):
    copy = pickle.loads(pickle.dumps(trained))
    np.testing.assert_array_equal(copy.transform(X), trained.transform(X))
    other = pickle.loads(pickle.dumps(detector))
    np.testing.assert_array_equal(other.predict(X), detector.predict(X))


def test_kept_by_joblib_it_answers_the_same(trained, tmp_path):
    joblib.dump(trained, tmp_path / "model.joblib")
    copy = joblib.load(tmp_path / "model.joblib")
    np.testing.assert_array_equal(copy.transform(X), trained.transform(X))


# Outliers ----------------------------------------------------------------------------------


def test_rows_off_the_plane_of_the_others_are_found():
    draw = np.random.default_rng(0)
    normal = draw.normal(size=(300, 2)) @ draw.normal(size=(2, 8))
    strange = draw.permuted(normal[:30], axis=1)  # each number usual, together not
    model = AutoencoderDetector(n_epochs=100, random_state=0).fit(normal[30:])
    both = np.concatenate([normal[:30], strange])
    assert roc_auc_score([0] * 30 + [1] * 30, -model.score_samples(both)) > 0.9


@pytest.mark.parametrize("share", [0.05, 0.25])
def test_contamination_is_the_share_of_training_rows_called_outliers(share):
    model = AutoencoderDetector(contamination=share, **QUICK)
    assert (model.fit_predict(X) == -1).mean() == pytest.approx(share, abs=1 / len(X))


def test_the_score_of_a_row_by_error_is_the_mean_error_of_its_columns():
    detector = AutoencoderDetector("undercomplete", n_components=3, method="error", **QUICK).fit(X)
    rebuilt = Autoencoder(n_components=3, **QUICK).fit(X)
    found = rebuilt.inverse_transform(rebuilt.transform(X))
    expected = ((X - found) / X.std(0)) ** 2
    np.testing.assert_allclose(detector.column_errors(X), expected)
    np.testing.assert_allclose(detector.score_samples(X), -expected.mean(1))
    np.testing.assert_allclose(
        detector.decision_function(X), detector.score_samples(X) - detector.offset_
    )


def test_the_joined_score_sums_the_log_p_values_of_its_three_measures(detector):
    scaled = detector.scaler_.transform(X)
    is_held_out = np.isin(np.arange(len(X)), detector._val_rows)
    assert is_held_out.sum() == round(0.1 * len(X))
    donors = np.quantile(scaled[~is_held_out], [1 / 6, 1 / 2, 5 / 6], axis=0)

    def through(row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with torch.inference_mode():
            code = detector.model_.encode(torch.from_numpy(row[None])).point
            return code[0].numpy(), detector.model_.decode(code)[0].numpy()

    codes = np.array([through(row)[0] for row in scaled])
    some = [*np.flatnonzero(is_held_out).tolist(), 0, 1, 2]
    measures = []
    for i in some:
        restored = 0.0
        for feature in range(X.shape[1]):
            for donor in donors[:, feature]:
                row = scaled[i].copy()
                row[feature] = donor
                restored += (through(row)[1][feature] - scaled[i, feature]) ** 2 / 3
        error = ((through(scaled[i])[1] - scaled[i]) ** 2).mean()
        away = np.sort(np.linalg.norm(codes[~is_held_out] - codes[i], axis=1))[:5].mean()
        measures.append([error, restored / X.shape[1], away])
    logs = np.log(measures)  # (n, 3)
    np.testing.assert_allclose(np.log(detector.column_errors(X[some]).mean(1)), logs[:, 1])
    held_out = logs[: int(is_held_out.sum())]
    z = (logs - held_out.mean(0)) / held_out.std(0)
    expected = [sum(math.log(0.5 * math.erfc(v / 2**0.5)) for v in row) for row in z]
    np.testing.assert_allclose(detector.score_samples(X[some])[-3:], expected[-3:], rtol=1e-6)


def test_an_unknown_method_is_refused():
    with pytest.raises(SpecError, match="no method 'best'"):
        AutoencoderDetector(method="best", **QUICK).fit(X)


def test_the_column_to_blame_is_the_one_that_was_changed(detector):
    changed = X[:1].copy()
    changed[0, 4] += 50 * X[:, 4].std()
    assert detector.column_errors(changed)[0].argmax() == 4


# What cannot be --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"recipe": "nothing"}, "no recipe"),
        ({"recipe": "vq-vae"}, "pictures"),
        ({"n_components": 5000}, "n_dims"),
        ({"n_epochs": 0}, "n_epochs"),
        ({"patience": 3, "validation_fraction": 1.0}, "validation_fraction"),
        ({"settings": {"colour": "red"}}, "colour"),
    ],
)
def test_a_setting_that_cannot_be_is_named(changes, said):
    with pytest.raises(SpecError, match=said):
        Autoencoder(**{**QUICK, **changes}).fit(X)


@pytest.mark.parametrize("share", [0.0, 0.6, -1.0])
def test_contamination_out_of_bounds_is_named(share):
    with pytest.raises(SpecError, match="contamination"):
        AutoencoderDetector(contamination=share, **QUICK).fit(X)


def test_numbers_too_large_to_standardize_are_told_with_their_column():
    wide = load_iris().data.copy()
    wide[::2, 2] = 1e200
    with pytest.raises(DataError, match="Column 2"):
        Autoencoder(**QUICK).fit(wide)


def test_codes_of_another_length_are_refused(trained):
    with pytest.raises(ValueError, match="the codes have 3"):
        trained.inverse_transform(np.zeros((2, 4)))


def test_errors_of_settings_have_one_root():
    assert issubclass(SpecError, AecoreError) and issubclass(DataError, AecoreError)


def test_the_library_itself_loads_neither_torch_nor_scikit_learn():
    code = "import sys, aecore; print({'torch', 'sklearn'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
