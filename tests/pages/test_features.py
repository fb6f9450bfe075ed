"""Features: what few labels tell, in words, curves, pictures and a table; and why not."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

import aecore
from aecore.api import lab
from aecore.api.inside import codes_as_features
from aecore.data.samples import SampleSet, save_samples, split
from aecore.figures.label_curves import LabelLine
from aecore.recipes import fitted, recipe
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from aecore.store import Store
from aecore.studies import features
from pages.ui import backend
from pages.ui.features import augmentation, clusters, context, curves
from pages.ui.features import table as features_table
from tests.pages.conftest import SESSION, OpenPage, bring, said, until

pytestmark = pytest.mark.slow

FEW = {"n_labels": (10, 40, 150), "n_draws": 2}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a plain run and a VAE on the digits, their codes read with few labels."""
    store = Store(tmp_path_factory.mktemp("features"))
    for name in ("undercomplete", "vae"):
        run = aecore.train(name, "digits", n_epochs=10, store=store)
        codes_as_features(run, store=store, **FEW)
        if name == "vae":
            codes_as_features(run, "new", store=store, **FEW)
            with patch.object(features.feature_studies, "N_STEPS", 10):
                codes_as_features(run, "tuned", store=store, **FEW)
    return store.root


@pytest.fixture(autouse=True)
def few_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages ask for fewer labels, so that nobody waits."""
    monkeypatch.setattr(context, "features_spec", partial(features.features_spec, **FEW))


@pytest.fixture
def keys(trained: Path, store: Store) -> dict[str, str]:
    """The runs by the kind of their code, in the store of the test."""
    bring(trained, store)
    return {store.artifact(key).spec.code.kind: key for key in store.keys("run")}


def found_of(store: Store, key: str, study: str = "codes") -> features.FeaturesResult:
    spec = features.features_spec(aecore.open_run(store, key), study, **FEW)
    return features.load_features(store.artifact(spec.key))


@contextmanager
def seen_lines() -> Iterator[list[list[LabelLine]]]:
    """The lines of every chart of the codes, the last drawn last."""
    found: list[list[LabelLine]] = []
    draw = curves.label_curves_figure

    def note(n_labels: tuple[int, ...], lines: list[LabelLine], **more: object) -> object:
        found.append(lines)
        return draw(n_labels, lines, **more)

    with patch.object(curves, "label_curves_figure", note):
        yield found


@contextmanager
def seen_pictures() -> Iterator[dict[str, tuple[dict[str, np.ndarray], list[str]]]]:
    """Rows and captions of every wall, by its key."""
    found = {}

    def note(rows: dict[str, np.ndarray], captions: list[str], *, key: str, **_: object) -> None:
        found[key] = (rows, captions)

    with (
        patch.object(clusters, "comparison", note),
        patch.object(augmentation, "comparison", note),
    ):
        yield found


def test_without_a_run_the_way_to_training_is_offered(open_page: OpenPage) -> None:
    app = open_page("features")
    assert "Nothing is trained yet." in said(app)
    assert app.button(key="gate.train").label == "Train a model"


def test_the_sentence_and_the_lines_say_what_was_found(
    open_page: OpenPage, keys: dict[str, str], store: Store
) -> None:
    with seen_lines() as drawn:
        app = open_page("features", run=keys["plain"])
    found = found_of(store, keys["plain"])
    told = {name: curve.mean[1] for name, curve in found.curves.items()}
    words = said(app)
    assert (
        f"a linear probe with **40 labels**: **{100 * told['run-probe']:.1f} %** on codes" in words
    )
    assert f"{100 * told['pca-probe']:.1f} % on 32 principal components" in words
    n = sum(found.curves["run-probe"].accuracy[1] > found.curves["pixels-probe"].accuracy[1])
    assert f"better than pixels in {n} of 2 draws" in words
    lines = {line.name: line for line in drawn[0]}
    assert list(lines) == ["Codes", "PCA, 32", "Pixels"]
    assert np.array_equal(lines["Codes"].mean, found.curves["run-probe"].accuracy.mean(1))
    assert np.array_equal(lines["Pixels"].low, found.curves["pixels-probe"].accuracy.min(1))


def test_neighbours_can_read_and_pixels_can_be_what_is_counted_from(
    open_page: OpenPage, keys: dict[str, str], store: Store
) -> None:
    found = found_of(store, keys["plain"]).curves
    with seen_lines() as drawn:
        app = open_page("features", run=keys["plain"])
        app.segmented_control(key="features.reader").set_value("knn").run()
        expected = 100 * found["run-knn"].mean[1]
        assert f"nearest neighbours with **40 labels**: **{expected:.1f} %**" in said(app)
        app.toggle(key="features.against").set_value(True).run()
    assert not app.exception
    lines = {line.name: line for line in drawn[-1]}
    assert list(lines) == ["Codes", "PCA, 32"]
    apart = found["pca-knn"].accuracy - found["pixels-knn"].accuracy
    assert np.allclose(lines["PCA, 32"].mean, apart.mean(1))
    assert np.allclose(lines["PCA, 32"].high, apart.max(1))


def test_groups_are_seen_by_their_mean_and_their_nearest_in_the_order_of_classes(
    open_page: OpenPage, keys: dict[str, str], store: Store
) -> None:
    digits = aecore.load("digits", store=store)
    found = found_of(store, keys["plain"])
    with seen_pictures() as walls:
        app = open_page("features", run=keys["plain"])
        for source in ("run", "pixels"):
            app.segmented_control(key="features.source").set_value(source).run()
            rows, captions = walls["features.groups"]
            groups = found.clusters[source]
            assert [int(text[0]) for text in captions] == sorted(int(text[0]) for text in captions)
            assert len(captions) == groups.n_clusters == 10
            means = {
                np.rint(digits.x[found.rows[groups.assigned == i]].mean(0)).astype("u1").tobytes()
                for i in range(10)
            }
            assert {mean.tobytes() for mean in rows["Mean"]} == means
            for nearest, text in zip(rows["Nearest"], captions, strict=True):
                (row,) = (
                    i
                    for i, x in enumerate(digits.x[found.rows])
                    if x.tobytes() == nearest.tobytes()
                )
                inside = digits.labels[found.rows[groups.assigned == groups.assigned[row]]]
                counts = np.bincount(inside)
                share = 100 * counts.max() / counts.sum()
                assert text == f"{counts.argmax()} · {share:.0f} %"
    agreed = found.agreement["run"]
    assert f"Codes: NMI {agreed.nmi:.2f}, ARI {agreed.ari:.2f}" in said(app).replace("**", "")


def test_tuning_waits_for_a_button_and_then_says_how_far_it_is(
    open_page: OpenPage, keys: dict[str, str], store: Store
) -> None:
    app = open_page("features", run=keys["plain"])
    app.button(key="features.tuned").click().run()
    spec = features.features_spec(aecore.open_run(store, keys["plain"]), "tuned", **FEW)
    assert "Fine-tuning with few labels" in said(app)
    assert app.button(key=f"watch.stop.{spec.key}").label == "Stop"
    backend.engine().stop(spec.key, SESSION)
    until(app, lambda: not backend.engine().view(spec.key).is_live)
    app.run()
    assert app.button(key="features.tuned").label == "Fine-tune with few labels"


def test_a_tuned_network_is_held_against_one_from_scratch(
    open_page: OpenPage, keys: dict[str, str], store: Store
) -> None:
    with seen_lines() as drawn:
        app = open_page("features", run=keys["gaussian"])
    found = found_of(store, keys["gaussian"], "tuned").curves
    gain = 100 * (found["tuned"].mean[1] - found["scratch"].mean[1])
    assert f"**{gain:+.1f} points**" in said(app)
    names = [line.name for line in drawn[1]]
    assert names == ["Fine-tuned", "From scratch", "Codes, linear probe"]
    assert np.array_equal(drawn[1][1].mean, found["scratch"].accuracy.mean(1))


def test_made_up_pictures_are_seen_with_what_they_are_worth(
    open_page: OpenPage, keys: dict[str, str], store: Store
) -> None:
    with seen_pictures() as walls:
        app = open_page("features", run=keys["gaussian"])
    found = found_of(store, keys["gaussian"], "new")
    rows, captions = walls["features.made"]
    assert captions == list("0123456789")
    assert np.array_equal(rows["Generated, 2"][7], found.made[7][1])
    gain = 100 * (found.curves["augmented"].mean[0] - found.curves["alone"].mean[0])
    assert f"with generated pictures, {100 * found.curves['alone'].mean[0]:.1f} % without" in said(
        app
    )
    assert f"**{gain:+.1f} points**" in said(app)


def test_a_plain_code_makes_nothing_up_and_it_is_said_why(
    open_page: OpenPage, keys: dict[str, str]
) -> None:
    app = open_page("features", run=keys["plain"])
    assert "Not available for this run." in said(app)
    assert "this code is plain" in said(app)
    assert "features.new" not in [button.key for button in app.button]


def test_the_table_has_every_mean_and_the_file_every_draw(
    open_page: OpenPage, keys: dict[str, str], store: Store
) -> None:
    app = open_page("features", run=keys["gaussian"])
    (table,) = (str(m.value) for m in app.markdown if str(m.value).startswith("| labels"))
    lines = {line.split("|")[1].strip(): line.split("|")[2:-1] for line in table.splitlines()}
    assert len(lines) == 2 + 6 + 2 + 2
    results = [found_of(store, keys["gaussian"], study) for study in features.STUDIES]
    pca = results[0].curves["pca-knn"]
    name = next(name for name in lines if name.startswith("PCA") and "nearest" in name)
    assert lines[name][2].strip().strip("*").startswith(f"{100 * pca.mean[2]:.1f}")
    assert (
        lines["Classifier, with generated samples"][0].strip() == ":gray[–]"
    )  # ten labels: too few
    best = max(curve.mean[-1] for found in results for curve in found.curves.values())
    assert f"**{100 * best:.1f}**" in table
    rows = list(csv.DictReader(io.StringIO(features_table.as_csv(results))))
    values = {
        (row["what"], row["labels"], row["draw"]): float(row["value"])
        for row in rows
        if row["score"] == "accuracy"
    }
    assert values["tuned", "150", "1"] == results[1].curves["tuned"].accuracy[2, 1]
    assert values["augmented", "40", "0"] == results[2].curves["augmented"].accuracy[0, 0]


def rows_key(store: Store, labels: np.ndarray | None) -> str:
    """A run on rows of a table, whose data is there."""
    x = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)
    x[:100, :3] += 3
    data = store.create(DataSpec(source="sprites", n_max=200))  # any spec: rows have no source yet
    parts = split(200, val_fraction=0.1, test_fraction=0.2, seed=0)
    some = SampleSet(x=x, parts=parts, labels=labels, label_names=("low", "high"), title="rows")
    save_samples(data, some)
    data.set_state(status="done")
    settings = fitted(recipe("undercomplete").settings, is_pictures=False, scale="unit")
    spec = RunSpec.of(data=data.key, **{**settings, "n_epochs": 5})
    store.create(spec)
    lab.finish(store, spec.key)
    return spec.key


def test_samples_without_labels_are_told_what_is_missing(open_page: OpenPage, store: Store) -> None:
    app = open_page("features", run=rows_key(store, None))
    assert "These samples have no labels" in said(app)
    assert app.button(key="features.data").label == "Choose data with labels"
    assert not app.get("plotly_chart")


def test_rows_of_a_table_are_read_while_one_watches(open_page: OpenPage, store: Store) -> None:
    app = open_page("features", run=rows_key(store, np.repeat([1, 0], 100)))
    assert "Predicting classes from the codes" in said(app)
    until(app, lambda: "Codes as features" in said(app))
    assert not app.exception
    assert "on columns" in said(app)
    assert "accuracy" in said(app)
    assert "low · " in said(app)
    assert "high · " in said(app)


def test_a_link_that_asks_for_nonsense_opens_the_usual(
    open_page: OpenPage, keys: dict[str, str]
) -> None:
    nonsense = {"features.reader": "<b>", "features.source": "x", "features.part": "train"}
    app = open_page("features", run=keys["plain"], **nonsense)
    assert "Accuracy of a linear probe" in said(app)
    assert app.segmented_control(key="features.part").value == "test"
