"""Paths through latent space: their ends, their norms, their corners, and what they decode to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

import aecore
from aecore.data.samples import SampleSet
from aecore.errors import DataError, SpecError
from aecore.latent.paths import PathKind, arithmetic, corners, interpolate, manifold, walk
from aecore.runs import OpenRun
from aecore.specs.codes import GaussianCodeSpec
from aecore.store import Store

random = np.random.default_rng(0)
KINDS: tuple[PathKind, ...] = ("linear", "spherical")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("paths"))


@pytest.fixture(scope="module")
def plane_run(store: Store) -> OpenRun:
    code = GaussianCodeSpec(n_dims=2)
    return aecore.train("vae", "digits", n_epochs=2, code=code, store=store)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_steps", [2, 3, 16, 33])
def test_the_ends_are_exactly_the_two_codes(kind: PathKind, n_steps: int) -> None:
    a, b = random.standard_normal((2, 20)).astype(np.float32) * 37.3
    path = interpolate(a, b, n_steps, kind)
    assert path.shape == (n_steps, 20)
    assert np.array_equal(path[0], a)
    assert np.array_equal(path[-1], b)


def test_a_linear_path_goes_in_even_steps() -> None:
    path = interpolate(np.array([0.0, 8.0]), np.array([4.0, 0.0]), 5)
    assert path.tolist() == [[0, 8], [1, 6], [2, 4], [3, 2], [4, 0]]


def test_spherical_keeps_the_norm_where_linear_loses_it() -> None:
    a, b = random.standard_normal((2, 64))
    b *= np.linalg.norm(a) / np.linalg.norm(b)
    kept = np.linalg.norm(interpolate(a, b, 17, "spherical"), axis=1)
    lost = np.linalg.norm(interpolate(a, b, 17, "linear"), axis=1)
    assert kept == pytest.approx(np.full(17, np.linalg.norm(a)), rel=1e-5)
    assert lost[8] < 0.9 * lost[0]


def test_spherical_turns_at_an_even_pace_as_shoemakes_formula_does() -> None:
    a, b = random.standard_normal((2, 6))
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    omega = np.arccos(a @ b)
    t = np.linspace(0, 1, 9)[:, None]
    shoemake = (np.sin((1 - t) * omega) * a + np.sin(t * omega) * b) / np.sin(omega)
    path = interpolate(a, b, 9, "spherical")
    assert path == pytest.approx(shoemake, abs=1e-5)
    turns = np.arccos(np.clip((path[:-1] * path[1:]).sum(1), -1, 1))
    assert turns == pytest.approx(np.full(8, omega / 8), abs=1e-3)


def test_between_codes_of_unequal_norm_the_norm_goes_evenly() -> None:
    path = interpolate(np.array([1.0, 0.0]), np.array([0.0, 3.0]), 5, "spherical")
    assert np.linalg.norm(path, axis=1) == pytest.approx([1, 1.5, 2, 2.5, 3], rel=1e-6)
    assert path[2] == pytest.approx(np.sqrt([2, 2]), rel=1e-6)


def test_parallel_codes_do_not_turn() -> None:
    a = random.standard_normal(5)
    path = interpolate(a, 3 * a, 5, "spherical")
    assert path == pytest.approx(np.outer([1, 1.5, 2, 2.5, 3], a), rel=1e-5)


def test_opposite_codes_turn_through_a_perpendicular_one() -> None:
    a = random.standard_normal(5)
    path = interpolate(a, -a, 5, "spherical")
    assert np.linalg.norm(path, axis=1) == pytest.approx(np.full(5, np.linalg.norm(a)), rel=1e-5)
    assert path[2] @ a == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize(
    ("a", "b"), [([0.0, 0.0], [2.0, 4.0]), ([0.0, 0.0], [0.0, 0.0]), ([3.0], [-3.0])]
)
def test_where_nothing_can_turn_the_way_is_straight(a: list[float], b: list[float]) -> None:
    path = interpolate(np.array(a), np.array(b), 7, "spherical")
    assert np.array_equal(path, interpolate(np.array(a), np.array(b), 7, "linear"))


def test_nearly_parallel_and_nearly_opposite_codes_stay_finite_and_keep_the_norm() -> None:
    a = np.zeros(8)
    a[0] = 1.0
    for turn in (1e-9, 1e-7, 1e-5, np.pi - 1e-5, np.pi - 1e-7, np.pi - 1e-9):
        b = np.zeros(8)
        b[:2] = np.cos(turn), np.sin(turn)
        path = interpolate(a, b, 9, "spherical")
        assert np.linalg.norm(path, axis=1) == pytest.approx(np.ones(9), abs=1e-5), turn


@pytest.mark.parametrize(
    ("a", "b", "error"),
    [
        (np.zeros(3), np.zeros(4), DataError),
        (np.zeros((1, 3)), np.zeros((1, 3)), DataError),
        (np.array([np.nan, 0]), np.zeros(2), DataError),
        (np.zeros(0), np.zeros(0), DataError),
    ],
)
def test_what_cannot_be_joined_is_told(
    a: np.ndarray, b: np.ndarray, error: type[Exception]
) -> None:
    with pytest.raises(error):
        interpolate(a, b)


@pytest.mark.parametrize("n_steps", [-1, 0, 1, 10**9])
def test_a_path_has_two_steps_at_least_and_an_end(n_steps: int) -> None:
    with pytest.raises(SpecError, match="steps"):
        interpolate(np.zeros(2), np.ones(2), n_steps)


def test_the_corners_of_the_square_are_the_four_codes() -> None:
    four = random.standard_normal((4, 7)).astype(np.float32)
    square = corners(four, 6)
    assert square.shape == (6, 6, 7)
    found = [square[0, 0], square[0, -1], square[-1, 0], square[-1, -1]]
    assert np.array_equal(found, four)


def test_the_middle_of_the_square_is_the_mean_of_the_corners() -> None:
    four = random.standard_normal((4, 7))
    assert corners(four, 5)[2, 2] == pytest.approx(four.mean(0), abs=1e-6)


def test_three_corners_are_no_square() -> None:
    with pytest.raises(DataError, match="four corners"):
        corners(np.zeros((3, 2)))


def test_a_gaussian_plane_stands_at_quantiles_of_the_prior_right_and_up() -> None:
    plane = manifold(11)
    shares = np.linspace(0.05, 0.95, 11)
    assert norm.cdf(plane[0, :, 0]) == pytest.approx(shares, abs=1e-6)
    assert norm.cdf(plane[:, 0, 1]) == pytest.approx(shares[::-1], abs=1e-6)


def test_the_middle_of_a_gaussian_plane_is_the_decoded_zero(plane_run: OpenRun) -> None:
    plane = manifold(5)
    pictures = plane_run.decode(plane.reshape(-1, 2))
    assert np.array_equal(pictures[12], plane_run.decode(np.zeros((1, 2)))[0])


def test_a_plain_plane_covers_the_range_of_the_codes_but_not_strays() -> None:
    codes = random.uniform([10, -5], [20, 5], size=(1000, 2))
    codes[0] = 1e6
    plane = manifold(4, codes)
    assert plane[0, 0] == pytest.approx([10.2, 4.8], abs=0.2)
    assert plane[-1, -1] == pytest.approx([19.8, -4.8], abs=0.2)


def test_codes_that_span_no_plane_are_told() -> None:
    with pytest.raises(DataError, match="do not span a plane"):
        manifold(4, np.zeros((10, 3)))


def test_a_minus_itself_plus_c_is_c() -> None:
    a, c = random.standard_normal((2, 9)).astype(np.float32)
    assert arithmetic(a, a, c) == pytest.approx(c, abs=1e-6)
    assert arithmetic(a, c, c) == pytest.approx(a, abs=1e-6)


def test_a_walk_begins_and_ends_with_the_reconstructions(plane_run: OpenRun, store: Store) -> None:
    digits: SampleSet = aecore.load("digits", store=store)
    found = walk(plane_run, digits.x[0], digits.x[1], 6, "spherical")
    assert np.array_equal(found.codes[[0, -1]], plane_run.encode(digits.x[:2]))
    # One picture may be rounded to the next grey level when it is decoded in another batch.
    ends = plane_run.reconstruct(digits.x[:2]).astype(int)
    assert np.abs(found.pictures[[0, -1]] - ends).max() <= 1
    assert np.array_equal(found.pictures, plane_run.decode(found.codes))


def test_paths_need_no_torch() -> None:
    text = Path(interpolate.__code__.co_filename).read_text(encoding="utf-8")
    assert "import torch" not in text
