"""Every page on a run of rows: it shows columns in their own units, or says why it has nothing."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

import aecore
from aecore.data.row_values import column_names, errors_by_column, in_own_units
from aecore.data.samples import SampleSet
from aecore.runs import OpenRun
from aecore.store import Store
from pages.ui.units.rows import correlations
from tests.pages.conftest import OpenPage, bring, said, until

SENSORS = {"n_max": 600, "normal": ("normal",)}


@pytest.fixture(scope="module")
def sensors_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two runs on the sensors, codes, a map and scores."""
    root = tmp_path_factory.mktemp("sensors")
    store = Store(root)
    for name in ("undercomplete", "vae"):
        run = aecore.train(name, "sensors", store=store, data_settings=SENSORS, n_epochs=3)
    aecore.odd_samples(run, store=store)
    aecore.latent_map(run, "pca", store=store)
    return root


@pytest.fixture
def vae(sensors_root: Path, store: Store) -> OpenRun:
    bring(sensors_root, store)
    keys = [k for k in store.keys("run") if store.artifact(k).spec.code.kind == "gaussian"]
    return aecore.open_run(store, keys[0])


@pytest.fixture
def samples(vae: OpenRun, store: Store) -> SampleSet:
    return aecore.load("sensors", store=store, **SENSORS)


def finished(app):
    return until(app, lambda: not any((b.key or "").startswith("watch.stop.") for b in app.button))


@pytest.mark.parametrize("page", ["start", "train", "jobs", "photos", "denoise", "features"])
def test_no_page_breaks_on_a_run_of_rows(open_page: OpenPage, vae: OpenRun, page: str) -> None:
    open_page(page, run=vae.key, data=vae.spec.data)


def test_train_shows_columns_and_their_errors(open_page: OpenPage, vae: OpenRun, samples) -> None:
    app = open_page("train", run=vae.key)
    (table,) = [d.value for d in app.dataframe if "Row 1" in d.value.columns]
    assert set(table["Column"]) == set(column_names(samples))
    assert table["Error (variances)"].is_monotonic_decreasing
    assert table["Row 1"].str.contains(" → ").all()


def test_reconstruct_lists_the_worst_rows_and_the_worst_columns_first(
    open_page: OpenPage, vae: OpenRun, samples: SampleSet
) -> None:
    app = open_page("reconstruct", run=vae.key)
    listed, one, columns = (d.value for d in app.dataframe)
    assert listed["Error (variances)"].iloc[0] > listed["Error (variances)"].iloc[-1]
    row = int(listed["Row"].iloc[0])
    x = samples.x[[row]]
    errors = errors_by_column(samples, x, vae.reconstruct(x))[0]
    assert one["Column"].iloc[0] == column_names(samples)[int(errors.argmax())]
    assert one["Error (variances)"].iloc[0] == pytest.approx(errors.max(), rel=1e-4)
    assert columns["This model"].is_monotonic_decreasing


def test_the_map_is_coloured_by_any_column(open_page: OpenPage, vae: OpenRun) -> None:
    app = open_page("map", run=vae.key)
    finished(app)
    offered = app.selectbox(key="map.colour").options
    assert {"Class", "flow_m3_h", "machine", "fault"} <= {
        word.replace("\\", "") for word in offered
    }
    at = [word.replace("\\", "") for word in offered].index("machine")
    app.selectbox(key="map.colour").select_index(at).run()
    assert not app.exception, app.exception


def test_a_selected_point_is_a_small_table(open_page: OpenPage, vae: OpenRun, samples) -> None:
    app = finished(open_page("map", run=vae.key, **{"map.selection": "p3"}))
    assert not app.exception, app.exception


def test_a_walk_says_which_columns_move(open_page: OpenPage, vae: OpenRun, samples) -> None:
    app = finished(open_page("walk", run=vae.key))
    table = next(d.value for d in app.dataframe if "Movement" in d.value.columns)
    assert set(table["Column"]) == set(column_names(samples))
    assert table["Movement"].is_monotonic_decreasing and table["Movement"].iloc[0] > 0


def test_new_rows_are_in_the_units_of_the_table(open_page: OpenPage, vae: OpenRun, samples) -> None:
    app = finished(open_page("walk", run=vae.key, **{"walk.part": "samples"}))
    made = next(d.value for d in app.dataframe)
    assert set(made["machine"]) <= {"P-101", "P-102", "P-201"} and len(made) == 50
    assert 300 < made["speed_rpm"].mean() < 3200


def test_units_name_the_columns_that_drive_them(open_page: OpenPage, vae: OpenRun) -> None:
    app = open_page("units", run=vae.key)
    drivers = next(d.value for d in app.dataframe if "Correlation" in d.value.columns)
    assert drivers["Strength"].is_monotonic_decreasing and drivers["Strength"].iloc[0] > 0.2


def test_correlations_are_those_of_numpy() -> None:
    draw = np.random.default_rng(0)
    x, a = draw.normal(size=(50, 3)), draw.normal(size=50)
    x[:, 2] = 4.0
    expected = [np.corrcoef(x[:, i], a)[0, 1] for i in range(2)]
    np.testing.assert_allclose(correlations(x, a), [*expected, 0.0], atol=1e-12)


def test_anomalies_blame_columns(open_page: OpenPage, vae: OpenRun, samples: SampleSet) -> None:
    app = finished(open_page("anomalies", run=vae.key))
    listed, one = (app.dataframe[i].value for i in (0, 1))
    row = int(listed["Row"].iloc[0])
    assert listed["Most in"].iloc[0].split(", ")[0] == one["Column"].iloc[0]
    came = in_own_units(samples, samples.x[[row]])
    shown = dict(zip(one["Column"], one["Original"], strict=True))
    assert shown["machine"] == came["machine"][0]


def test_another_score_lists_its_own_order(open_page: OpenPage, vae: OpenRun, store: Store) -> None:
    found = aecore.odd_samples(vae, store=store)
    app = finished(open_page("anomalies", run=vae.key))
    for name in ("error", "ink"):
        app.selectbox(key="anomalies.score").set_value(name).run()
        listed = app.dataframe[0].value
        expected = np.sort(found.scores[name])[::-1][: len(listed)]
        np.testing.assert_allclose(listed["Score"], expected)
        assert listed["Row"].iloc[0] == found.rows[np.argmax(found.scores[name])]


def test_two_runs_on_rows_are_compared(open_page: OpenPage, vae: OpenRun, store: Store) -> None:
    keys = ",".join(store.keys("run"))
    app = finished(open_page("compare", **{"compare.runs": keys}))
    words = said(app)
    assert "MSE" in words
    assert "PSNR" not in words


def test_new_rows_are_no_formulas_in_a_spreadsheet() -> None:
    from pages.ui.walk.rows import _csv

    rows = list(csv.reader(io.StringIO(_csv({"=a": ["=1+1", "b"], "n": [1.5, -2.0]}))))
    assert rows == [["'=a", "n"], ["'=1+1", "1.5"], ["b", "-2.0"]]
