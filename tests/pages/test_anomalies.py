"""Anomalies: the oddest first, a threshold in words, scores side by side, one's own picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

import aecore
from aecore.claims import claim
from aecore.data.kept import keep
from aecore.data.samples import SampleSet
from aecore.export.anomaly_table import as_csv
from aecore.figures.scatter import Values
from aecore.figures.score_dots import Dot
from aecore.imaging.pixels import as_image
from aecore.latent.codes import Codes
from aecore.specs.run import RunSpec
from aecore.store import Store
from aecore.studies.anomaly.study import AnomalyResult, anomaly_spec, load_anomaly
from pages.ui import backend
from pages.ui.anomalies import downloads, scores, wall
from pages.ui.map import settings as map_settings
from pages.ui.map.anomaly_colour import anomaly_values
from tests.pages.conftest import OpenPage, bring, said

pytestmark = pytest.mark.slow

NORMAL = ("0", "1", "2", "3", "4")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one run on five digits, and its scores."""
    store = Store(tmp_path_factory.mktemp("anomalies"))
    data = {"normal": NORMAL, "val_fraction": 0.2}
    run = aecore.train("undercomplete", "digits", n_epochs=8, store=store, data_settings=data)
    aecore.odd_samples(run, store=store)
    return store.root


@pytest.fixture
def key(trained: Path, store: Store) -> str:
    bring(trained, store)
    (key,) = store.keys("run")
    return key


@pytest.fixture
def found(key: str, store: Store) -> AnomalyResult:
    spec = anomaly_spec(aecore.open_run(store, key))
    return load_anomaly(store.artifact(spec.key))


@pytest.fixture
def digits(key: str, store: Store) -> SampleSet:
    return aecore.load("digits", store=store, normal=NORMAL, val_fraction=0.2)


@contextmanager
def seen_pictures() -> Iterator[dict[str, tuple[dict[str, np.ndarray], list[str]]]]:
    """Rows of pictures and captions of each wall, by its key."""
    walls: dict[str, tuple[dict[str, np.ndarray], list[str]]] = {}

    def note(rows: dict[str, np.ndarray], captions: list[str], *, key: str, **more: object) -> None:
        walls[key] = rows, captions

    with patch.object(wall, "comparison", note):
        yield walls


def test_the_oddest_come_first_beside_where_and_the_nearest_normal(
    open_page: OpenPage, key: str, found: AnomalyResult, digits: SampleSet
) -> None:
    with seen_pictures() as walls:
        app = open_page("anomalies", run=key, **{"anomalies.score": "error"})
    rows, captions = walls["anomalies.wall"]
    oddest = found.rows[np.argsort(-found.scores["error"], kind="stable")[:10]]
    assert np.array_equal(rows["Picture"][..., 0], digits.x[oddest, 0])
    assert [text.split(" · ")[1] for text in captions] == [str(digits.labels[i]) for i in oddest]
    assert rows["Where"].shape == rows["Nearest normal"].shape == (10, 8, 8, 3)
    known = {x.tobytes() for x in digits.x[found.fit_rows, 0]}
    assert {x.tobytes() for x in rows["Nearest normal"][..., 0]} <= known
    line = np.sort(found.held_out["error"])[-3]  # 20 of 1,000, of 172
    n_alarms = (found.scores["error"] > line).sum()
    assert f"**{n_alarms:,} of {len(found.rows):,}** test pictures raise an alarm" in said(app)
    assert "At most 20 of 1,000 normal pictures have such a score" in said(app)


def test_missed_anomalies_and_false_alarms_are_shown_alone(
    open_page: OpenPage, key: str, digits: SampleSet
) -> None:
    for which, are_normal in (("missed", False), ("false", True)):
        with seen_pictures() as walls:
            address = {"anomalies.which": which, "anomalies.score": "ink"}
            open_page("anomalies", run=key, **address)
        _, captions = walls["anomalies.wall"]
        assert {text.split(" · ")[1] in NORMAL for text in captions} == {are_normal}
        assert {text.split(" ")[0] for text in captions} == {"odd" if are_normal else "normal"}


def test_scores_stand_side_by_side_with_simple_ones_in_grey(
    open_page: OpenPage, key: str, found: AnomalyResult
) -> None:
    drawn: list[list[Dot]] = []
    draw = scores.dots_figure
    with patch.object(
        scores, "dots_figure", lambda dots, **m: drawn.append(dots) or draw(dots, **m)
    ):
        app = open_page("anomalies", run=key)
    (dots,) = drawn
    assert len(dots) == len(found.scores)
    assert [dot.value for dot in dots] == sorted((dot.value for dot in dots), reverse=True)
    by_name = {dot.name: dot for dot in dots}
    assert by_name["PCA's error"].value == found.auroc("pca").mean
    assert by_name["PCA's error"].is_yardstick
    assert not by_name["RaPP, NAP"].is_yardstick
    assert app.selectbox(key="anomalies.score").value == found.best
    assert "Expect a day up to" in said(app)


def test_where_no_anomaly_is_known_it_is_said_why_there_is_no_area(
    open_page: OpenPage, digits_root: Path, store: Store
) -> None:
    bring(digits_root, store)
    (key,) = store.keys("run")
    aecore.odd_samples(key, store=store)
    app = open_page("anomalies", run=key)
    assert "No AUROC: no anomaly is known" in said(app)
    assert "false alarms a day" in said(app)
    aecore.odd_samples(key, ("0", "1"), store=store)
    app = open_page("anomalies", run=key, **{"anomalies.normal": "0,1"})
    assert "The model learnt from" in said(app)


def test_a_picture_of_ones_own_is_told_to_belong_or_not(
    open_page: OpenPage, key: str, store: Store, found: AnomalyResult, digits: SampleSet
) -> None:
    odd = digits.x[found.rows[np.argmax(found.scores["nap"])]]
    for x, words in ((odd, "It does not belong"), (digits.x[found.fit_rows[0]], "It belongs")):
        file = io.BytesIO()
        as_image(x).save(file, "PNG")
        own = keep(store, file.getvalue())
        app = open_page("anomalies", run=key, **{"anomalies.own": own, "anomalies.score": "nap"})
        assert words in said(app)
        assert "of normal pictures look at least as odd" in said(app)


def test_the_table_guards_names_against_formulas(found: AnomalyResult, digits: SampleSet) -> None:
    from dataclasses import replace

    from aecore.metrics.anomaly import conformal_threshold

    named = replace(digits, names=tuple(f"=cmd{i}" for i in range(len(digits))))
    line = conformal_threshold(found.held_out["nap"], 0.05)
    rows = list(csv.DictReader(io.StringIO(as_csv(found, named, "nap", line))))
    assert all(row["name"].startswith("'=cmd") for row in rows)
    assert sum(int(row["alarm"]) for row in rows) == (found.scores["nap"] > line.value).sum()


def test_a_training_is_waited_for_unless_its_epoch_is_asked_for(
    open_page: OpenPage, key: str, store: Store
) -> None:
    store.artifact(key).set_state(status="running", phase="training", n_done=300, n_total=2000)
    held = claim(store, key)
    assert held is not None
    try:
        app = open_page("anomalies", run=key)
        assert "training, 300 of 2,000" in said(app)
        assert "raise an alarm" not in said(app)
        app.button(key="run.at_once").click().run()
        assert "raise an alarm" in said(app)
        assert "Shown after epoch" in said(app)
    finally:
        held.release()


@pytest.mark.usefixtures("nothing_begins")
def test_a_photograph_is_left_out_by_one_click(open_page: OpenPage, key: str, store: Store) -> None:
    app = open_page("anomalies", run=key)
    app.button(key="anomalies.lesson_photos").click().run()
    spec = store.artifact(app.query_params["run"]).spec
    assert isinstance(spec, RunSpec)
    data = store.artifact(spec.data)
    assert data.about["title"] == "Pieces of photographs"
    samples = aecore.load(spec.data, store=store)
    assert set(samples.label_names) - set(data.spec.normal) == {"cat"}
    assert samples.x.shape == (2000, 3, 32, 32)


@pytest.mark.usefixtures("nothing_begins")
def test_a_lesson_is_one_click_away(open_page: OpenPage, key: str, store: Store) -> None:
    app = open_page("anomalies", run=key)
    app.button(key="anomalies.lesson_out").click().run()
    spec = store.artifact(app.query_params["run"]).spec
    assert isinstance(spec, RunSpec)
    assert store.artifact(spec.data).spec.normal == tuple("023456789")
    assert backend.engine().view(spec.key).is_live


def test_the_detector_leaves_as_one_file_that_judges_as_the_page_does(
    open_page: OpenPage, key: str, store: Store, tmp_path: Path, digits: SampleSet
) -> None:
    made: list[bytes] = []
    with patch.object(downloads.st, "download_button", lambda *a, **k: made.append(a[1])):
        open_page("anomalies", run=key, **{"anomalies.score": "nap", "anomalies.rate": "50"})
        (tmp_path / "detector.zip").write_bytes(made[1]())
    again = aecore.Detector.load(tmp_path / "detector.zip")
    assert (again.name, again.line.rate) == ("nap", 0.05)
    assert np.isfinite(again.score(digits.x[:5])).all()


def test_the_map_is_coloured_by_the_score(
    open_page: OpenPage, key: str, store: Store, found: AnomalyResult
) -> None:
    aecore.latent_map(key, store=store)
    drawn: list[tuple[Codes, Values | None]] = []

    def note(codes: Codes, run_key: str) -> Values | None:
        drawn.append((codes, anomaly_values(codes, run_key)))
        return drawn[-1][1]

    with patch.object(map_settings, "anomaly_values", note):
        address = {"map.colour": "anomaly", "map.anomaly": found.spec.key, "map.score": "error"}
        app = open_page("map", run=key, **address)
    assert app.selectbox(key="map.colour").value == "anomaly"
    codes, values = drawn[0]
    assert values is not None
    by_row = dict(zip(found.rows.tolist(), found.scores["error"].tolist(), strict=True))
    expected = [by_row.get(int(row), np.nan) for row in codes.rows]
    assert np.allclose(values.value, expected, equal_nan=True)
    forged = open_page("map", run=key, **{"map.colour": "anomaly", "map.anomaly": "x" * 40})
    assert not forged.error
    assert forged.selectbox(key="map.colour").value == "class"
