"""Units: what drives a unit is shown, the dead are named, every state has its address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

import aecore
from aecore.api import lab
from aecore.data.samples import SampleSet
from aecore.figures.colours import diverging
from aecore.runs import OpenRun
from aecore.store import Store
from pages.ui.shipped_model import shipped_run
from pages.ui.units import overview
from pages.ui.units import unit as units_one
from tests.pages.conftest import OpenPage, said

Drawn = dict[str, tuple[np.ndarray, list[str]]]


@contextmanager
def seen_galleries(click: int | None = None) -> Iterator[Drawn]:
    """Every gallery by its key; with `click`, this tile of the overview is clicked once."""
    found: Drawn = {}
    clicks = [] if click is None else [click]

    def note(pictures: np.ndarray, captions: list[str], *, key: str, **_: object) -> int | None:
        found[key] = (pictures, captions)
        return clicks.pop() if key == "units.all" and clicks else None

    with patch.object(overview, "gallery", note), patch.object(units_one, "gallery", note):
        yield found


def numbers(captions: list[str]) -> list[float]:
    return [float(caption.split(" · ")[1]) for caption in captions]


def answers_of(run: OpenRun, x: np.ndarray, until: int) -> np.ndarray:
    """What comes out of the first steps of the encoder."""
    with torch.inference_mode():
        found: np.ndarray = run.model.encoder[:until](torch.from_numpy(x / np.float32(255))).numpy()
    return found


def test_without_a_run_the_model_that_ships_is_shown_and_said(
    open_page: OpenPage, nothing_begins: None
) -> None:
    app = open_page("units")
    assert "Nothing is trained yet." in said(app)
    assert app.button(key="gate.train").label == "Train a model"
    assert app.selectbox(key="units.shipped").value == shipped_run().key


def test_a_run_that_ended_before_its_first_epoch_is_sent_back_to_training(
    open_page: OpenPage, store: Store
) -> None:
    spec = lab.run_spec("undercomplete", "digits", store=store)
    store.artifact(spec.key).set_state(status="stopped")
    assert "has no finished epoch" in said(open_page("units", run=spec.key))


def test_the_samples_shown_are_those_that_drive_the_unit_most_and_least(
    open_page: OpenPage, run: OpenRun, digits: SampleSet
) -> None:
    with seen_galleries() as drawn:
        open_page("units", run=run.key, **{"units.layer": "layer-1", "units.unit": "7"})
    test = digits.parts["test"]
    answers = answers_of(run, digits.x[test], 4)[:, 7]
    pictures, captions = drawn["units.most"]
    assert np.array_equal(pictures[0], digits.x[test[answers.argmax()]])
    assert numbers(captions) == sorted(numbers(captions), reverse=True)
    assert numbers(captions)[0] == pytest.approx(answers.max(), rel=0.05)
    assert numbers(drawn["units.least"][1])[0] == pytest.approx(answers.min(), abs=0.05)


def test_weights_of_a_first_layer_are_pictures_with_grey_at_zero(
    open_page: OpenPage, run: OpenRun
) -> None:
    with seen_galleries() as drawn:
        app = open_page("units", run=run.key, **{"units.layer": "layer-1"})
    pictures, captions = drawn["units.all"]
    units = [int(caption.split(" · ")[0]) for caption in captions]
    weight = run.model.encoder[1].get_parameter("weight").numpy().reshape(-1, 8, 8)
    top = np.quantile(np.abs(weight), 0.995)
    assert np.array_equal(pictures, diverging(weight[units] / top))
    assert len(units) == overview.N_SHOWN
    shares = [float(caption.split(" · ")[1][:-2]) for caption in captions]
    assert shares == sorted(shares, reverse=True)
    assert "Incoming weights" in said(app)


def test_deeper_units_are_shown_by_the_picture_that_drives_them_most(
    open_page: OpenPage, run: OpenRun, digits: SampleSet
) -> None:
    with seen_galleries() as drawn:
        app = open_page("units", run=run.key, **{"units.layer": "layer-2"})
    pictures, captions = drawn["units.all"]
    test = digits.parts["test"]
    answers = answers_of(run, digits.x[test], 7)
    unit = int(captions[0].split(" · ")[0])
    assert np.array_equal(pictures[0, ..., 0], digits.x[test[answers[:, unit].argmax()], 0])
    assert "the picture with the highest activation" in said(app)


def test_dead_units_are_named(open_page: OpenPage, store: Store, run: OpenRun) -> None:
    path = store.artifact(run.key).path / "weights.safetensors"
    weights = load_file(path)
    weights["encoder.2.bias"] = weights["encoder.2.bias"].copy()  # of the normalization
    weights["encoder.2.bias"][[3, 11]] = -1000.0
    metadata = _metadata(path)
    save_file(weights, path, metadata=metadata)
    app = open_page("units", run=run.key, **{"units.layer": "layer-1"})
    (words,) = (found.value for found in app.markdown if "dead" in found.value)
    named = [int(name) for name in words.split(": ")[-1].rstrip(".").split(",") if name.strip()]
    assert {3, 11} <= set(named)
    x = aecore.load("digits", store=store)
    answers = answers_of(aecore.open_run(store, run.key), x.x[x.parts["test"]], 4)
    assert named == np.flatnonzero((answers == 0).all(0)).tolist()


def _metadata(path: Path) -> dict[str, str]:
    from safetensors import safe_open

    with safe_open(path, "np") as file:
        return dict(file.metadata() or {})


def test_a_click_opens_a_unit_and_writes_it_into_the_address(
    open_page: OpenPage, run: OpenRun
) -> None:
    app = open_page("units", run=run.key, **{"units.layer": "layer-1"})
    with seen_galleries(click=5) as drawn:
        app.run()
    unit = drawn["units.all"][1][5].split(" · ")[0]
    assert app.query_params["units.unit"] == unit
    assert app.selectbox(key="units.one.layer-1").value == int(unit)
    app.selectbox(key="units.layer").set_value("code").run()
    assert "units.unit" not in app.query_params
    assert app.query_params["units.layer"] == "code"


def test_the_list_opens_a_unit_too(open_page: OpenPage, run: OpenRun) -> None:
    app = open_page("units", run=run.key)
    app.selectbox(key="units.one.code").set_value(4).run()
    assert app.query_params["units.unit"] == "4"


@pytest.mark.parametrize("unit", ["-1", "99999", "x", "1e3", "³"])
def test_a_forged_unit_or_layer_opens_the_first(
    open_page: OpenPage, run: OpenRun, unit: str
) -> None:
    forged = {"units.unit": unit, "units.layer": "../layer", "units.part": "secret"}
    app = open_page("units", run=run.key, **forged)
    assert app.selectbox(key="units.layer").value == "code"
    assert not app.exception
    assert not app.error


def test_the_model_that_ships_tells_nats(open_page: OpenPage, store: Store) -> None:
    run = aecore.train("vae", "digits", n_epochs=1, store=store)
    with seen_galleries() as drawn:
        app = open_page("units", run=run.key)
    nats = [float(c.split(" · ")[1].removesuffix(" nats")) for c in drawn["units.all"][1]]
    assert len(nats) == run.n_dims
    assert "Burda" in said(app)
    x = aecore.load("digits", store=store)
    code = run.encode_fully(x.x[x.parts["test"]])
    assert code.logvar is not None
    kl = 0.5 * (code.point**2 + np.exp(code.logvar) - 1 - code.logvar).mean(0)
    assert sorted(nats) == pytest.approx(sorted(kl), rel=0.06, abs=1e-4)


def test_a_run_on_rows_of_numbers_shows_numbers(open_page: OpenPage, run_on_rows: OpenRun) -> None:
    app = open_page("units", run=run_on_rows.key)
    assert "Columns that drive it" in said(app)
    assert len(app.dataframe[0].value) == run_on_rows.n_dims
