"""Walk: what is shown is what the decoder makes of the codes asked for, and a link reopens it."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image, ImageSequence

import aecore
from aecore.api import lab
from aecore.claims import claim
from aecore.data.samples import SampleSet
from aecore.figures.exports import gif
from aecore.latent.paths import arithmetic, interpolate, manifold
from aecore.latent.samplers import Prior
from aecore.latent.sweeps import sweep, sweep_values
from aecore.recipes import recipe
from aecore.runs import OpenRun
from aecore.specs.codes import GaussianCodeSpec
from aecore.specs.run import RunSpec
from aecore.store import Store
from pages.ui import session_list
from pages.ui.walk import arithmetic as walk_sums
from pages.ui.walk import between, context, grids, traversal
from pages.ui.walk import samples as walk_samples
from tests.pages.conftest import SESSION, OpenPage, bring, said, until


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, digits_root: Path) -> Path:
    """A store with a plain run, a VAE of two numbers, and the codes of both."""
    from aecore.latent.codes import codes_spec

    root = tmp_path_factory.mktemp("trained")
    store = Store(root)
    bring(digits_root, store)
    two = GaussianCodeSpec(n_dims=2)
    aecore.train("vae", "digits", n_epochs=2, store=store, code=two)
    for key in store.keys("run"):
        lab.finish(store, store.create(codes_spec(aecore.open_run(store, key))).key)
    return root


@pytest.fixture
def runs(trained: Path, store: Store) -> dict[str, OpenRun]:
    """Those runs, by the kind of their code, in the store of the test."""
    bring(trained, store)
    opened = [aecore.open_run(store, key) for key in store.keys("run")]
    return {run.spec.code.kind: run for run in opened}


@pytest.fixture
def digits(runs: dict[str, OpenRun], store: Store) -> SampleSet:
    return aecore.load("digits", store=store)


@contextmanager
def drawn(module: object, name: str = "gallery") -> Iterator[dict[str, np.ndarray]]:
    """What a panel draws, by the key of the widget; nothing is clicked."""
    found: dict[str, np.ndarray] = {}

    def draw(pictures: np.ndarray, *args: object, key: str, **settings: object) -> None:
        found[key] = pictures

    with patch.object(module, name, side_effect=draw):
        yield found


def rows_of_link(samples: SampleSet) -> tuple[int, int]:
    """Two pictures of the test part, of different classes."""
    test = samples.parts["test"]
    labels = samples.labels[test]
    return int(test[0]), int(test[np.flatnonzero(labels != labels[0])[0]])


# Gates ---------------------------------------------------------------------------------------


def test_without_a_run_the_model_that_ships_is_shown_and_said(
    open_page: OpenPage, nothing_begins: None
) -> None:
    app = open_page("walk")
    assert "Nothing is trained yet." in said(app)
    assert app.button(key="gate.train")


def test_a_run_that_ended_before_its_first_epoch_is_sent_back_to_training(
    open_page: OpenPage, store: Store
) -> None:
    spec = lab.run_spec("undercomplete", "digits", store=store)
    store.artifact(spec.key).set_state(status="stopped")
    assert "has no finished epoch" in said(open_page("walk", run=spec.key))


def test_a_run_on_rows_shows_which_columns_move_and_what_dimensions_carry(
    open_page: OpenPage, run_on_rows: OpenRun, store: Store
) -> None:
    from aecore.latent.codes import codes_spec

    lab.finish(store, store.create(codes_spec(run_on_rows)).key)
    app = open_page("walk", run=run_on_rows.key)
    moved, table = (found.value for found in app.dataframe)
    assert sorted(moved["Column"]) == [f"column {i + 1}" for i in range(6)]
    assert list(table["variance"]) == sorted(table["variance"], reverse=True)
    assert len(table) == 16


def test_where_the_codes_are_not_there_yet_a_job_brings_them(
    open_page: OpenPage, store: Store, runs: dict[str, OpenRun]
) -> None:
    for key in store.keys("codes"):
        shutil.rmtree(store.artifact(key).path)
    app = open_page("walk", run=runs["plain"].key, **{"walk.part": "sweep"})
    assert "Encoding the samples" in said(app)
    until(app, lambda: bool(app.dataframe))
    assert not app.exception


# Between two ---------------------------------------------------------------------------------


def test_the_strip_is_the_decoded_way_between_the_two_pictures_of_the_link(
    open_page: OpenPage, runs: dict[str, OpenRun], digits: SampleSet
) -> None:
    run = runs["plain"]
    a, b = rows_of_link(digits)
    link = {"walk.a": str(a), "walk.b": str(b), "walk.steps": "7", "walk.place": "3"}
    with drawn(between) as strips, drawn(context) as ends:
        app = open_page("walk", run=run.key, **link, **{"walk.way": "spherical"})
    assert np.array_equal(ends["walk.a_picture"], digits.x[[a]])
    assert np.array_equal(ends["walk.b_picture"], digits.x[[b]])
    z = [run.encode(digits.x[[row]])[0] for row in (a, b)]
    linear = run.decode(interpolate(*z, 7))
    spherical = run.decode(interpolate(*z, 7, "spherical"))
    assert np.array_equal(strips["walk.strip_linear"], linear)
    assert np.array_equal(strips["walk.strip_spherical"], spherical)
    assert not np.array_equal(linear, spherical)
    assert np.array_equal(strips["walk.large"], spherical[[2]])
    with drawn(between) as strips:
        app.slider(key="walk.place").set_value(6).run()
    assert np.array_equal(strips["walk.large"], spherical[[5]])


def test_fewer_steps_keep_the_slider_within_them(
    open_page: OpenPage, runs: dict[str, OpenRun]
) -> None:
    app = open_page("walk", run=runs["plain"].key)
    assert app.slider(key="walk.place").max == 16
    app.slider(key="walk.place").set_value(16).run()
    app.number_input(key="walk.steps").set_value(4).run()
    assert (app.slider(key="walk.place").value, app.slider(key="walk.place").max) == (4, 4)
    assert not app.exception


def test_another_picture_is_of_the_class_asked_for_and_stands_in_the_address(
    open_page: OpenPage, runs: dict[str, OpenRun], digits: SampleSet
) -> None:
    app = open_page("walk", run=runs["plain"].key)
    app.selectbox(key="walk.a_from").set_value("3").run()
    seen = set()
    for _ in range(4):
        app.button(key="walk.a_next").click().run()
        row = int(app.query_params["walk.a"])
        assert digits.labels[row] == 3
        assert row in digits.parts["test"]
        seen.add(row)
    assert len(seen) == 4


def test_forged_values_in_the_address_are_dropped(
    open_page: OpenPage, runs: dict[str, OpenRun]
) -> None:
    forged = {
        "walk.a": "99999999999999999999",
        "walk.b": "-1",
        "walk.a_from": "<b>",
        "walk.steps": "100000",
        "walk.place": "77",
        "walk.way": "../x",
        "walk.part": "secret",
        "walk.seed": "1e9",
        "walk.rows": "-5",
    }
    app = open_page("walk", run=runs["plain"].key, **forged)
    assert not app.exception
    assert app.number_input(key="walk.steps").value == 16
    assert not app.error


def test_the_film_holds_the_pictures_of_the_chosen_way(
    open_page: OpenPage, runs: dict[str, OpenRun], digits: SampleSet
) -> None:
    run = runs["plain"]
    a, b = rows_of_link(digits)
    with patch.object(between, "downloads") as downloads:
        open_page("walk", run=run.key, **{"walk.a": str(a), "walk.b": str(b)})
    name, png, film = downloads.call_args.args
    pictures = run.decode(interpolate(*run.encode(digits.x[[a, b]]), 16))
    assert name == "walk-16-linear"
    assert Image.open(io.BytesIO(png())).format == "PNG"
    frames = grey_frames(film())
    assert len(frames) == 30
    for frame, expected in zip(frames, grey_frames(gif(pictures)), strict=True):
        assert np.abs(frame - expected).max() <= 1


def grey_frames(film: bytes) -> list[np.ndarray]:
    opened = Image.open(io.BytesIO(film))
    return [np.asarray(frame.convert("L")).astype(int) for frame in ImageSequence.Iterator(opened)]


def test_a_walk_can_begin_at_an_own_picture(open_page: OpenPage, runs: dict[str, OpenRun]) -> None:
    run = runs["plain"]
    own = np.full((1, 8, 8), 200, np.uint8)
    with (
        patch.object(context.own_picture, "ask", return_value=own) as ask,
        drawn(between) as strips,
    ):
        app = open_page("walk", run=run.key)
        app.selectbox(key="walk.a_from").set_value(context.OWN).run()
    assert ask.call_args.args == ("walk", (1, 8, 8))
    assert ask.call_args.kwargs == {"name": "a_own", "framing": run.frame.framing}
    apart = strips["walk.strip_linear"][0].astype(int) - run.reconstruct(own[None])[0]
    assert np.abs(apart).max() <= 1


def test_large_pictures_are_shown_as_the_means_of_their_blocks() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (2, 3, 100, 130), dtype=np.uint8)
    small = context.thumbnails(pictures, 40)
    assert small.shape == (2, 3, 33, 43)
    assert small[1, 2, 4, 5] == np.rint(pictures[1, 2, 12:15, 15:18].mean())
    assert context.thumbnails(pictures, 70) is pictures


# New samples ---------------------------------------------------------------------------------


def test_samples_are_the_same_by_seed_and_others_when_drawn_again(
    open_page: OpenPage, runs: dict[str, OpenRun]
) -> None:
    run = runs["gaussian"]
    link = {"walk.part": "samples", "walk.seed": "7"}
    with drawn(walk_samples) as found:
        app = open_page("walk", run=run.key, **link)
    assert set(found) == {"walk.drawn_prior", "walk.drawn_gaussian", "walk.drawn_mixture"}
    expected = run.decode(Prior(2).sample(walk_samples.N_SHOWN, 7))
    assert np.array_equal(found["walk.drawn_prior"], expected)
    with drawn(walk_samples) as again:
        app.button(key="walk.again").click().run()
    assert app.query_params["walk.seed"] == "8"
    assert not np.array_equal(again["walk.drawn_prior"], found["walk.drawn_prior"])
    assert "Why do random codes fail" not in said(app)


def test_a_plain_run_is_shown_beside_this_sessions_vae_with_the_figure_that_says_why(
    open_page: OpenPage, store: Store, runs: dict[str, OpenRun]
) -> None:
    session_list.remember(store, SESSION, runs["gaussian"].key)
    with drawn(walk_samples) as found:
        app = open_page("walk", run=runs["plain"].key, **{"walk.part": "samples"})
    assert "Why do random codes fail here, but not for a VAE?" in said(app)
    expected = runs["gaussian"].decode(Prior(2).sample(walk_samples.N_SHOWN, 0))
    assert np.array_equal(found["walk.random_vae"], expected)
    assert np.array_equal(found["walk.random_plain"], found["walk.drawn_prior"])
    plain, vae = (float(metric.value.split()[0]) for metric in app.metric)
    assert plain > 1.5 * vae


def test_without_a_vae_on_the_same_data_one_is_trained_on_the_spot(
    open_page: OpenPage, store: Store, runs: dict[str, OpenRun]
) -> None:
    app = open_page("walk", run=runs["plain"].key, **{"walk.part": "samples"})
    assert "There is no VAE on the same data yet" in said(app)
    with patch.object(type(walk_samples.backend.engine()), "submit") as submit:
        submit.return_value = runs["gaussian"].key
        app.button(key="walk.train_vae").click().run()
    spec = submit.call_args.args[0]
    assert (spec.data, spec.code.kind) == (runs["plain"].spec.data, "gaussian")
    assert len(app.metric) == 2


def test_a_vae_that_is_still_in_its_first_epoch_is_watched(
    open_page: OpenPage, store: Store, runs: dict[str, OpenRun]
) -> None:
    spec = RunSpec.of(data=runs["plain"].spec.data, **recipe("vae").settings)
    artifact = store.create(spec, title="VAE")
    artifact.set_state(status="running", phase="training", n_done=3, n_total=90)
    session_list.remember(store, SESSION, spec.key)
    held = claim(store, spec.key)
    assert held is not None
    try:
        app = open_page("walk", run=runs["plain"].key, **{"walk.part": "samples"})
        assert "Training a VAE on the same data" in said(app)
        assert len(app.metric) == 1
    finally:
        held.release()


# The others ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["plain", "gaussian"])
def test_sweeps_are_ordered_and_have_the_picture_itself_in_the_middle(
    open_page: OpenPage, runs: dict[str, OpenRun], digits: SampleSet, kind: str
) -> None:
    run, (row, _) = runs[kind], rows_of_link(digits)
    link = {"walk.part": "sweep", "walk.p": str(row)}
    with drawn(traversal, "comparison") as found:
        app = open_page("walk", run=run.key, **link)
    rows = found["walk.sweep"]
    itself = run.reconstruct(digits.x[[row]])[0].astype(int)
    assert len(rows) == min(16, run.n_dims)
    for name, pictures in rows.items():
        assert len(pictures) == traversal.N_VALUES
        assert np.abs(pictures[traversal.N_VALUES // 2] - itself).max() <= 1
        assert "error" in name
        assert ("nats" in name) == (kind == "gaussian")
    table = app.dataframe[0].value
    amount = table["KL (nats)" if kind == "gaussian" else "variance"]
    assert list(amount) == sorted(amount, reverse=True)
    assert table["MSE with it fixed at its mean"].iloc[0] > 0


def test_the_film_of_a_sweep_is_of_the_number_that_was_chosen(
    open_page: OpenPage, runs: dict[str, OpenRun], digits: SampleSet
) -> None:
    run, (row, _) = runs["gaussian"], rows_of_link(digits)
    with patch.object(traversal, "downloads") as files:
        app = open_page("walk", run=run.key, **{"walk.part": "sweep", "walk.p": str(row)})
        dim = app.selectbox(key="walk.dim").options[-1]
        app.selectbox(key="walk.dim").set_value(int(dim)).run()
    z = run.encode(digits.x[[row]])[0]
    film = files.call_args.args[2].args[0]
    wanted = run.decode(sweep(z, int(dim), sweep_values(float(z[int(dim)]), traversal.N_VALUES)))
    assert np.abs(film.astype(int) - wanted).max() <= 1
    link = {"walk.part": "sweep", "walk.p": str(row), "walk.dim": dim}
    with patch.object(traversal, "downloads") as files:
        open_page("walk", run=run.key, **link)
    assert np.array_equal(files.call_args.args[2].args[0], film)


def test_more_rows_come_when_asked_for(open_page: OpenPage, runs: dict[str, OpenRun]) -> None:
    with drawn(traversal, "comparison") as found:
        app = open_page("walk", run=runs["plain"].key, **{"walk.part": "sweep"})
        app.button(key="walk.more").click().run()
        app.run()
    assert len(found["walk.sweep"]) == 32
    assert app.query_params["walk.rows"] == "32"


def test_the_plane_of_a_vae_is_its_decoded_prior(
    open_page: OpenPage, runs: dict[str, OpenRun]
) -> None:
    run = runs["gaussian"]
    with drawn(grids) as found:
        open_page("walk", run=run.key, **{"walk.part": "plane", "walk.plane_side": "8"})
    sheet = found["walk.plane"][0]
    pictures = run.decode(manifold(8).reshape(-1, 2))
    assert sheet.shape == (64, 64, 3)
    assert np.array_equal(sheet[8:16, 16:24, 0], pictures[8 + 2, 0])


def test_a_code_of_many_numbers_trains_a_model_that_has_a_plane(
    open_page: OpenPage, store: Store, runs: dict[str, OpenRun]
) -> None:
    app = open_page("walk", run=runs["plain"].key, **{"walk.part": "plane"})
    assert "This code has 32 dimensions." in said(app)
    app.button(key="walk.train_plane").click().run()
    spec = store.artifact(app.query_params["run"]).spec
    assert (spec.data, spec.code.kind, spec.code.n_dims) == (
        runs["plain"].spec.data,
        "gaussian",
        2,
    )
    assert "The first epoch is not finished yet" in said(app)
    until(app, lambda: bool(app.get("select_slider")))
    assert "Pictures per side" in {slider.label for slider in app.select_slider}


def test_the_model_that_ships_has_a_plane(open_page: OpenPage, runs: dict[str, OpenRun]) -> None:
    app = open_page("walk", run=runs["plain"].key, **{"walk.part": "plane"})
    app.button(key="walk.shipped").click().run()
    assert "the data of this run" in said(app)  # its data comes first


def test_the_corners_of_the_square_are_the_four_reconstructions(
    open_page: OpenPage, runs: dict[str, OpenRun], digits: SampleSet
) -> None:
    run = runs["plain"]
    rows = [int(row) for row in digits.parts["test"][:4]]
    link = {f"walk.c{i + 1}": str(row) for i, row in enumerate(rows)}
    with drawn(grids) as found:
        open_page("walk", run=run.key, **link, **{"walk.part": "corners"})
    sheet = found["walk.corners"][0][..., 0].astype(int)
    corners = [sheet[:8, :8], sheet[:8, -8:], sheet[-8:, :8], sheet[-8:, -8:]]
    for corner, row in zip(corners, rows, strict=True):
        assert np.abs(corner - run.reconstruct(digits.x[[row]])[0, 0]).max() <= 1


def test_sums_are_decoded_from_the_codes_of_the_terms(
    open_page: OpenPage, store: Store, runs: dict[str, OpenRun], digits: SampleSet
) -> None:
    from aecore.latent.codes import load_codes

    run = runs["plain"]
    link = {"walk.part": "sums", "walk.sa_class": "9", "walk.sb_class": "4"}
    with drawn(walk_sums) as found:
        app = open_page("walk", run=run.key, **link, **{"walk.sc_class": "1"})
    kept = [load_codes(store.artifact(key)) for key in store.keys("codes")]
    codes = next(codes for codes in kept if codes.run == run.key)
    means = [
        codes.z[(codes.part == 0) & (digits.labels[codes.rows] == c)].mean(0) for c in (9, 4, 1)
    ]
    assert np.array_equal(found["walk.sum"], run.decode(arithmetic(*means)[None]))
    assert np.array_equal(found["walk.sb_mean"], run.decode(means[1][None]))
    with drawn(walk_sums) as found:
        app.segmented_control(key="walk.sum_of").set_value("single").run()
    rows = [context.WalkContext(run, digits).first(i) for i in range(3)]
    z = [run.encode(digits.x[[row]])[0] for row in rows]
    apart = found["walk.sum"].astype(int) - run.decode(arithmetic(*z)[None])
    assert np.abs(apart).max() <= 1


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("between", "everything between is generated by the decoder"),
        ("samples", "Each picture is generated"),
        ("sweep", "Each row varies one latent dimension"),
        ("plane", "can be shown as one plane|The first dimension increases"),
        ("corners", "a mixture of the four corner codes"),
        ("sums", "The difference between A and B is a direction"),
    ],
)
@pytest.mark.parametrize("kind", ["plain", "gaussian"])
def test_every_part_says_what_it_shows(
    open_page: OpenPage, runs: dict[str, OpenRun], part: str, words: str, kind: str
) -> None:
    app = open_page("walk", run=runs[kind].key, **{"walk.part": part})
    assert not app.exception
    assert not app.error
    assert re.search(words, said(app))
