"""Compare: the same pictures through every run, scores with verdicts, and why some are left out."""

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
from aecore.api import lab
from aecore.metrics.compare import difference
from aecore.metrics.features import N_LABELS
from aecore.runs import OpenRun
from aecore.store import Store
from aecore.studies.evaluation import PCABaseline
from aecore.studies.scores import load_scores, scores_spec
from pages.ui import session_list
from pages.ui.compare import charts, scores
from pages.ui.compare import wall as compare_wall
from tests.pages.conftest import SESSION, OpenPage, bring, said

pytestmark = pytest.mark.slow

N_EPOCHS = (1, 25)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two scored runs on the digits and one on fewer of them."""
    store = Store(tmp_path_factory.mktemp("trained"))
    for n in N_EPOCHS:
        run = aecore.train("undercomplete", "digits", n_epochs=n, store=store)
        lab.finish(store, store.create(scores_spec(run)).key)
    aecore.train("undercomplete", "digits", n_epochs=1, store=store, data_settings={"n_max": 300})
    return store.root


@pytest.fixture
def keys(trained: Path, store: Store) -> list[str]:
    """Of the short and the long run, in the store of the test; the third is on other data."""
    bring(trained, store)
    runs = store.keys("run")
    big = [key for key in runs if aecore.load("digits", store=store).x.shape[0] == n_of(store, key)]
    big.sort(key=lambda key: store.artifact(key).spec.n_epochs)
    return [*big, *(key for key in runs if key not in big)]


def n_of(store: Store, key: str) -> int:
    return int(store.artifact(store.artifact(key).spec.data).read_json("samples.json")["n_samples"])


@contextmanager
def seen_wall() -> Iterator[dict[str, np.ndarray]]:
    """The rows of the wall by their names, and the captions under "captions"."""
    found: dict[str, np.ndarray] = {}

    def note(rows: dict[str, np.ndarray], captions: list[str], **_: object) -> None:
        found.clear()
        found.update(rows)
        found["captions"] = np.array(captions)

    with patch.object(compare_wall, "comparison", note):
        yield found


def test_without_a_run_the_way_to_training_is_offered(open_page: OpenPage) -> None:
    app = open_page("compare")
    assert "Nothing is trained yet." in said(app)
    assert app.button(key="gate.train").label == "Train a model"


def test_the_same_pictures_go_through_every_run_and_pca(
    open_page: OpenPage, keys: list[str], store: Store
) -> None:
    with seen_wall() as wall:
        open_page("compare", **{"compare.runs": ",".join(keys[:2])})
    names = list(wall)
    assert names[0] == "Original"
    assert [name[0] for name in names[1:3]] == ["A", "B"]
    assert names[3] == "PCA, 32 components"
    digits = aecore.load("digits", store=store)
    x = wall["Original"][..., :1].transpose(0, 3, 1, 2)
    assert {row.tobytes() for row in x} <= {row.tobytes() for row in digits.x}
    for name, key in zip(names[1:3], keys, strict=False):
        expected = aecore.open_run(store, key).reconstruct(x)
        assert np.array_equal(wall[name][..., 0], expected[:, 0])
    assert np.array_equal(wall[names[3]][..., 0], PCABaseline(digits, 32).reconstruct(x)[:, 0])


def test_the_table_says_which_is_better_and_that_it_is_real(
    open_page: OpenPage, keys: list[str], store: Store
) -> None:
    app = open_page("compare", **{"compare.runs": ",".join(keys[:2])})
    (table,) = (str(m.value) for m in app.markdown if "**Reconstruction**" in str(m.value))
    head, psnr = table.splitlines()[0], table.splitlines()[2]
    assert head.count("Undercomplete") == 2
    assert "PCA, 32" in head
    cells = psnr.split("|")[1:-1]
    assert "up to 100 dB" in cells[0]
    assert "reference" in cells[1]
    assert ":green-badge[significantly better]" in cells[2]
    short, long = (load_scores(store.artifact(key)) for key in scores_of(store, keys))
    assert f"{long.run.each['psnr'].mean():.1f} dB" in cells[2]
    assert difference(long.run.each["psnr"], short.run.each["psnr"]).excludes_zero
    best = max(long.run.each["psnr"].mean(), long.pca.each["psnr"].mean())
    assert f"**{best:.1f} dB** :green[:material/trophy:]" in psnr
    assert "will look significant" in said(app)


def scores_of(store: Store, keys: list[str]) -> list[str]:
    return [scores_spec(aecore.open_run(store, key)).key for key in keys[:2]]


def test_the_reference_can_be_another_and_can_be_pca(open_page: OpenPage, keys: list[str]) -> None:
    app = open_page("compare", **{"compare.runs": ",".join(keys[:2])})
    assert app.selectbox(key="compare.reference").options[2] == "PCA, 32"
    app.selectbox(key="compare.reference").set_value(keys[1]).run()
    assert ":red-badge[significantly worse]" in said(app)
    app.selectbox(key="compare.reference").set_value("pca-32").run()
    assert "relative to PCA, 32" in said(app)


def test_a_run_on_other_pictures_is_left_out_and_it_is_said_why(
    open_page: OpenPage, keys: list[str]
) -> None:
    with seen_wall() as wall:
        app = open_page("compare", **{"compare.runs": ",".join(keys)})
    assert "was trained on other samples" in said(app)
    assert not any(name.startswith("C") for name in wall if name != "captions")


def test_one_run_stands_beside_pca_and_a_second_is_asked_for(
    open_page: OpenPage, keys: list[str]
) -> None:
    app = open_page("compare", **{"compare.runs": keys[0]})
    assert "Only one run is selected;" in said(app)
    assert "**Reconstruction**" in said(app)
    assert app.button(key="compare.train").label == "Train another"


def test_a_run_without_weights_and_one_in_training_are_told(
    open_page: OpenPage, keys: list[str], store: Store
) -> None:
    empty = lab.run_spec("undercomplete", "digits", store=store, n_epochs=7)
    store.artifact(empty.key).set_state(status="stopped")
    app = open_page("compare", **{"compare.runs": f"{keys[0]},{empty.key}"})
    assert "has no finished epoch" in said(app)
    with patch("pages.ui.compare.runs.backend.engine") as engine:
        engine.return_value.view.return_value.is_live = True
        from pages.ui.compare.runs import why_not

        assert "still being trained" in why_not(store.artifact(keys[0]))


@pytest.mark.usefixtures("nothing_begins")
def test_one_run_on_rows_is_compared_with_pca(open_page: OpenPage, run_on_rows: OpenRun) -> None:
    app = open_page("compare", **{"compare.runs": run_on_rows.key})
    assert "it is compared with PCA" in said(app)


def test_a_link_with_nonsense_is_told_and_nothing_breaks(
    open_page: OpenPage, keys: list[str]
) -> None:
    app = open_page("compare", **{"compare.runs": f"../etc,run-{'0' * 24},{keys[0]}"})
    assert "2 runs of this link were not found here" in said(app)
    assert "**Reconstruction**" in said(app)


def test_the_page_opens_on_runs_of_this_session_that_share_their_data(
    open_page: OpenPage, keys: list[str], store: Store
) -> None:
    for key in reversed(keys):
        session_list.remember(store, SESSION, key)
    app = open_page("compare")
    assert app.multiselect(key="compare.chosen").value == keys[:2]
    app.multiselect(key="compare.chosen").set_value([]).run()
    assert "Choose two or more runs" in said(app)
    app.multiselect(key="compare.chosen").set_value([keys[1]]).run()
    assert keys[1] in app.query_params["compare.runs"]


def test_scores_that_are_not_there_are_asked_for_all_at_once(
    open_page: OpenPage, keys: list[str], store: Store
) -> None:
    app = open_page("compare", **{"compare.runs": ",".join(keys[:2]), "compare.part": "val"})
    told = said(app)
    for letter in "AB":
        assert f"Scoring {letter} · Undercomplete 128-64-32" in told
    assert "**Reconstruction**" not in told


def test_the_file_holds_every_score_with_its_run(open_page: OpenPage, keys: list[str]) -> None:
    found: list[scores.Table] = []
    real = scores.table_card

    def note(table: scores.Table) -> None:
        found.append(table)
        real(table)

    with patch.object(scores, "table_card", note):
        open_page("compare", **{"compare.runs": ",".join(keys[:2])})
    lines = list(csv.DictReader(io.StringIO(scores.as_csv(found[0]))))
    assert {line["run"] for line in lines} == {*keys[:2], ""}
    assert {line["score"] for line in lines} > {
        "psnr",
        "mse",
        "ssim",
        "knn_10",
        "probe_1000",
        "nmi",
    }
    (line,) = (ln for ln in lines if ln["score"] == "mse" and ln["run"] == keys[1])
    assert line["verdict"] == "significant"
    assert float(line["low"]) < float(line["value"]) < float(line["high"])


def test_accuracies_over_labels_are_those_of_the_chosen_method(
    open_page: OpenPage, keys: list[str], store: Store
) -> None:
    drawn: list[dict[str, np.ndarray]] = []
    real = charts.labels_figure

    def note(n_labels: list[int], accuracy: dict[str, np.ndarray], **how: object) -> object:
        drawn.append(accuracy)
        return real(n_labels, accuracy, **how)

    with patch.object(charts, "labels_figure", note):
        app = open_page("compare", **{"compare.runs": ",".join(keys[:2])})
        app.segmented_control(key="compare.method").set_value("knn").run()
    assert app.query_params["compare.method"] == "knn"
    column = load_scores(store.artifact(scores_of(store, keys)[0])).run
    for accuracy, method in zip(drawn, ("probe", "knn"), strict=True):
        kept = [value for n in N_LABELS if (value := column.value(f"{method}_{n}")) is not None]
        assert next(iter(accuracy.values())).tolist() == kept
    assert not np.array_equal(*(next(iter(accuracy.values())) for accuracy in drawn))


def test_a_chosen_score_is_drawn_with_its_whiskers(open_page: OpenPage, keys: list[str]) -> None:
    app = open_page("compare", **{"compare.runs": ",".join(keys[:2]), "compare.score": "nmi"})
    assert "no significance test" in said(app)
    app.selectbox(key="compare.score").set_value("mse").run()
    assert "99 % bootstrap interval of the mean over 180 samples" in said(app)
