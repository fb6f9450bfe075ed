"""Reconstruct: what is shown is what the model gives, in the order asked for, with its scores."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import MagicMock, patch

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file, save
from sklearn.decomposition import PCA

from aecore.api import lab
from aecore.claims import claim
from aecore.data.ingest import open_samples
from aecore.data.samples import SampleSet
from aecore.runs import OpenRun
from aecore.store import Store
from aecore.training import LAST, MODEL, WEIGHTS
from pages.ui import session_list
from pages.ui.reconstruct import view
from tests.pages.conftest import SESSION, OpenPage, said, until


@contextmanager
def seen_wall() -> Iterator[MagicMock]:
    """What the comparison is asked to draw; nothing is clicked."""
    with patch.object(view, "comparison", return_value=None) as comparison:
        yield comparison


def drawn(comparison: MagicMock) -> tuple[dict[str, np.ndarray], list[str]]:
    rows, captions = comparison.call_args.args
    return rows, captions


def decibels(captions: list[str]) -> list[float]:
    return [float(caption.split(" · ")[1].removesuffix(" dB")) for caption in captions]


# Gates ---------------------------------------------------------------------------------------


def test_without_a_run_the_way_to_training_is_offered(
    open_page: OpenPage, nothing_begins: None
) -> None:
    app = open_page("reconstruct")
    assert "Nothing is trained yet." in said(app)
    with patch.object(view.st, "switch_page") as switch_page:
        app.button(key="gate.train").click().run()
    switch_page.assert_called_once_with("pages/train.py", query_params={})


def test_without_a_run_the_model_that_ships_is_looked_at(open_page: OpenPage) -> None:
    app = open_page("reconstruct")
    assert "the data of this run" in said(app)  # its data comes first
    until(app, lambda: bool(app.metric))
    assert not app.exception
    assert app.metric[0].label == "PSNR ↑"


def test_a_run_that_ended_before_its_first_epoch_is_sent_back_to_training(
    open_page: OpenPage, store: Store
) -> None:
    spec = lab.run_spec("undercomplete", "digits", store=store)
    store.artifact(spec.key).set_state(status="stopped")
    app = open_page("reconstruct", run=spec.key)
    assert "has no finished epoch" in said(app)
    assert app.button(key="gate.resume").label == "Open its training"
    assert not app.metric


def test_a_run_in_its_first_epoch_opens_by_itself_once_that_is_done(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    source = store.artifact(run.key)
    weights = source.path / WEIGHTS
    hidden = source.path / "hidden"
    weights.rename(hidden)
    (source.path / LAST).unlink()
    source.set_state(status="running", phase="training", n_done=300, n_total=2000)
    held = claim(store, run.key)
    assert held is not None
    try:
        app = open_page("reconstruct", run=run.key)
        assert "The first epoch is not finished yet" in said(app)
        assert "training, 300 of 2,000" in said(app)
        hidden.rename(weights)
        app.run()
        assert "The first epoch is not finished yet" not in said(app)
        assert app.metric
    finally:
        held.release()


def test_a_dead_link_is_told(open_page: OpenPage) -> None:
    app = open_page("reconstruct", run="run-" + "0" * 24)
    assert "leads to nothing" in said(app)
    app.button(key="session.forget_run").click().run()
    assert "Nothing is trained yet." in said(app)


def test_a_run_that_is_still_trained_says_after_which_epoch_it_is_seen(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    store.artifact(run.key).set_state(status="running", n_done=2000, n_total=2000)
    held = claim(store, run.key)
    assert held is not None
    try:
        app = open_page("reconstruct", run=run.key)
        assert "Shown after epoch **2** of 2." in said(app)
    finally:
        held.release()
    app.run()
    assert "Shown after epoch" not in said(app)


def test_a_newer_epoch_of_a_run_in_training_is_offered_and_shown(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    source = store.artifact(run.key)
    longer = store.create(run.spec.model_copy(update={"n_epochs": 4}), title="Longer")
    shutil.copy(source.path / MODEL, longer.path)
    tensors = load_file(source.path / WEIGHTS)

    def after(epoch: int) -> None:
        """Its weights, as training leaves them: others after each epoch."""
        shrunk = {name: (1 - 0.2 * epoch) * tensor for name, tensor in tensors.items()}
        about = {"about": json.dumps({"epoch": epoch})}
        longer.write_bytes(WEIGHTS, save(shrunk, metadata=about))

    held = claim(store, longer.key)
    assert held is not None
    with held.keep():
        after(1)
        longer.set_state(status="running", n_done=1000, n_total=4000)
        app = open_page("reconstruct", run=longer.key)
        assert "Shown after epoch **1** of 4." in said(app)
        assert "run.newest" not in [button.key for button in app.button]
        first = [metric.value for metric in app.metric]
        after(2)
        longer.set_state(status="running", n_done=2500, n_total=4000)
        app.run()
        after(3)
        longer.set_state(status="running", n_done=3000, n_total=4000)
        app.run(timeout=60)
        assert "Shown after epoch **3** of 4." in said(app)
        assert [metric.value for metric in app.metric] != first
        longer.set_state(status="running", n_done=4000, n_total=4000)
        app.run()
        assert app.button(key="run.newest").label == "Show epoch 4"
        after(4)
        app.button(key="run.newest").click().run()
        assert "Shown after epoch **4** of 4." in said(app)


# What is shown -------------------------------------------------------------------------------


def test_the_newest_run_of_the_session_is_open_without_a_link(
    open_page: OpenPage, store: Store, run: OpenRun
) -> None:
    session_list.remember(store, SESSION, run.key)
    app = open_page("reconstruct")
    assert app.selectbox(key="reconstruct.run").value == run.key
    assert app.metric


def test_the_scores_are_those_of_the_model_and_of_pca(
    open_page: OpenPage, run: OpenRun, digits: SampleSet
) -> None:
    app = open_page("reconstruct", run=run.key)
    test, train = digits.parts["test"], digits.parts["train"]
    x = digits.x[test] / 255.0
    x_hat = run.reconstruct(digits.x[test]) / 255.0
    mse = np.square(x - x_hat).mean((1, 2, 3))
    psnr = (-10 * np.log10(mse)).mean()
    flat = digits.x.reshape(len(digits), -1) / 255.0
    pca = PCA(32).fit(flat[train])
    back = pca.inverse_transform(pca.transform(flat[test]))
    pca_mse = np.square(np.rint(np.clip(back, 0, 1) * 255) / 255 - flat[test]).mean()
    shown = {metric.label.split()[0]: metric for metric in app.metric}
    assert shown["PSNR"].value == f"{psnr:.3g} dB"
    assert shown["MSE"].value == f"{mse.mean():.3g}"
    apart = float(shown["MSE"].delta.split()[0])
    assert apart == pytest.approx(mse.mean() - pca_mse, rel=0.01)


def test_the_worst_come_first_unless_another_order_is_asked_for(
    open_page: OpenPage, run: OpenRun
) -> None:
    app = open_page("reconstruct", run=run.key)
    found = {}
    for order in view.ORDERS:
        with seen_wall() as comparison:
            app.selectbox(key="reconstruct.order").set_value(order).run()
        found[order] = drawn(comparison)[1]
    assert decibels(found["worst"]) == sorted(decibels(found["worst"]))
    assert decibels(found["best"]) == sorted(decibels(found["best"]), reverse=True)
    assert decibels(found["worst"])[0] < decibels(found["best"])[0]
    assert all(caption.startswith("0 · ") for caption in found["class"])
    assert decibels(found["set"]) != sorted(decibels(found["set"]))


def test_rows_are_original_reconstruction_and_error_of_the_same_pictures(
    open_page: OpenPage, run: OpenRun, digits: SampleSet
) -> None:
    app = open_page("reconstruct", run=run.key)
    with seen_wall() as comparison:
        app.selectbox(key="reconstruct.order").set_value("set").run()
        rows, captions = drawn(comparison)
        assert list(rows) == ["Original", "Reconstruction", "Error map"]
        app.toggle(key="reconstruct.pca").set_value(True).run()
        assert list(drawn(comparison)[0])[3:] == ["PCA, 32", "Error of PCA"]
    first = digits.parts["test"][:8]
    assert np.array_equal(rows["Original"][..., 0], digits.x[first, 0])
    assert np.array_equal(rows["Reconstruction"][..., 0], run.reconstruct(digits.x[first])[:, 0])
    assert [caption[0] for caption in captions] == [str(label) for label in digits.labels[first]]


def test_a_class_and_a_part_can_be_chosen_and_the_pager_goes_on(
    open_page: OpenPage, run: OpenRun, digits: SampleSet
) -> None:
    app = open_page("reconstruct", run=run.key)
    with seen_wall() as comparison:
        app.segmented_control(key="reconstruct.part").set_value("val")
        app.selectbox(key="reconstruct.class").set_value("3").run()
        first = drawn(comparison)
        app.button(key="reconstruct.after").click().run()
        second = drawn(comparison)
    n = int((digits.labels[digits.parts["val"]] == 3).sum())
    assert f"mean over {n} samples of class 3, validation part" in said(app)
    assert len(first[1]) == 8
    assert all(caption.startswith("3 · ") for caption in first[1] + second[1])
    assert max(decibels(first[1])) <= min(decibels(second[1]))
    assert app.slider(key="reconstruct.page").value == 2


def test_forged_values_in_the_address_are_dropped(open_page: OpenPage, run: OpenRun) -> None:
    forged = {
        "reconstruct.page": "99999",
        "reconstruct.order": "../../x",
        "reconstruct.class": "<b>",
        "reconstruct.part": "secret",
        "reconstruct.n": "100000",
    }
    app = open_page("reconstruct", run=run.key, **forged)
    assert app.slider(key="reconstruct.page").value == 1
    assert app.selectbox(key="reconstruct.order").value == "worst"
    assert app.selectbox(key="reconstruct.n").value == 8
    assert app.metric


def test_a_click_shows_one_picture_large_with_its_numbers(
    open_page: OpenPage, run: OpenRun, digits: SampleSet
) -> None:
    app = open_page("reconstruct", run=run.key)
    app.selectbox(key="reconstruct.order").set_value("set").run()
    with (
        patch.object(view, "comparison", return_value=2),
        patch.object(view, "gallery") as gallery,
    ):
        app.run()
    row = digits.parts["test"][2]
    assert np.array_equal(gallery.call_args_list[0].args[0][0, ..., 0], digits.x[row, 0])
    assert f"{digits.labels[row]} :gray[· #{row}]" in said(app)
    x = digits.x[row] / 255.0
    mse = np.square(x - run.reconstruct(digits.x[row][None])[0] / 255.0).mean()
    assert f"{mse:.3g}" in {metric.value for metric in app.metric}


# Own picture ---------------------------------------------------------------------------------


def test_an_own_picture_goes_through_the_model(open_page: OpenPage, run: OpenRun) -> None:
    app = open_page("reconstruct", run=run.key)
    file = io.BytesIO()
    Image.fromarray(np.full((40, 60, 3), 255, np.uint8)).save(file, "PNG")
    with patch.object(view, "gallery") as gallery:
        app.file_uploader(key="reconstruct.own.file").upload("white.png", file.getvalue()).run()
        pictures = gallery.call_args.args[0]
        app.toggle(key="reconstruct.own.swap").set_value(True).run()
        inverted = gallery.call_args.args[0]
    assert pictures.shape == (3, 8, 8, 3)
    assert (pictures[0] == 255).all()
    assert (inverted[0] == 0).all()
    assert len(app.metric) == 6


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.png", b"only words", "This is a text file, not a picture."),
        ("a.png", b"", "The file is empty."),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This is an SVG drawing"),
    ],
)
def test_what_is_no_picture_is_told_and_the_wall_stays(
    open_page: OpenPage, run: OpenRun, name: str, content: bytes, sentence: str
) -> None:
    app = open_page("reconstruct", run=run.key)
    app.file_uploader(key="reconstruct.own.file").upload(name, content).run()
    assert sentence in said(app)
    assert len(app.metric) == 3
    assert not app.exception


# Rows ----------------------------------------------------------------------------------------


def test_a_run_on_rows_of_numbers_shows_numbers(
    open_page: OpenPage, run_on_rows: OpenRun, store: Store
) -> None:
    app = open_page("reconstruct", run=run_on_rows.key)
    samples = open_samples(store, run_on_rows.spec.data)
    listed, one = app.dataframe[0].value, app.dataframe[1].value.set_index("Column")
    original = [float(one.loc[f"column {i + 1}", "Original"]) for i in range(6)]
    np.testing.assert_allclose(original, samples.x[listed["Row"].iloc[0]], rtol=1e-4)
    assert {metric.label for metric in app.metric} == {"MSE ↓"}
