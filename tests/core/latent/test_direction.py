"""A direction is the difference of means, counted in deviations of the data, and stays in it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from aecore.data.samples import SampleSet
from aecore.errors import DataError, SpecError, TooFewSamplesError
from aecore.latent.direction import direction_between, members


@pytest.fixture
def z() -> np.ndarray:
    """Codes that vary differently along each axis, and lie off the origin."""
    random = np.random.default_rng(0)
    return 5.0 + random.normal(size=(800, 4)) * np.array([1.0, 3.0, 0.2, 10.0])


def test_it_points_from_the_mean_of_the_second_to_that_of_the_first(z: np.ndarray) -> None:
    found = direction_between(z, np.arange(50), np.arange(50, 200))
    apart = z[:50].mean(0) - z[50:200].mean(0)
    assert np.allclose(found.vector * np.linalg.norm(apart), apart)
    back = direction_between(z, np.arange(50, 200), np.arange(50))
    assert np.allclose(back.vector, -found.vector)


def test_places_are_in_standard_deviations_of_all_codes(z: np.ndarray) -> None:
    found = direction_between(z, z[:, 1] > 7, z[:, 1] < 3)
    along = found.at(z)
    assert along.mean() == pytest.approx(0, abs=1e-9)
    assert along.std() == pytest.approx(1)
    assert found.first == pytest.approx(along[z[:, 1] > 7].mean())
    assert found.second == pytest.approx(along[z[:, 1] < 3].mean())
    assert found.second < 0 < found.first
    stretched = direction_between(100 * z - 3, z[:, 1] > 7, z[:, 1] < 3)
    assert np.allclose(stretched.at(100 * z - 3), along)


def test_a_moved_code_lies_where_it_was_asked_and_is_itself_across(z: np.ndarray) -> None:
    found = direction_between(z, z[:, 1] > 7, z[:, 1] < 3)
    to = np.array([-1.5, 0.0, 2.0])
    moved = found.moved(z[7], to)
    assert np.allclose(found.at(moved), to, atol=1e-5)
    change = moved - z[7]
    across = change - (change @ found.vector)[:, None] * found.vector
    assert np.abs(across).max() < 1e-5
    stayed = found.moved(z[7], found.at(z[7:8]))
    assert np.allclose(stayed[0], z[7], atol=1e-5)


def test_nothing_is_moved_to_where_no_data_is(z: np.ndarray) -> None:
    even = np.linspace(-1, 1, 200)[:, None] * np.array([[1.0, 0.0]])  # ends at 1.73 deviations
    found = direction_between(even, even[:, 0] > 0, even[:, 0] < 0)
    assert found.high == pytest.approx(np.sqrt(3), rel=0.02)
    assert found.low == pytest.approx(-np.sqrt(3), rel=0.02)
    far = found.moved(even[100], np.array([-50.0, 50.0]))
    assert np.allclose(found.at(far), [found.low, found.high], atol=1e-5)
    wide = direction_between(np.random.default_rng(0).standard_t(2, (4000, 2)), *halves(4000))
    assert (wide.low, wide.high) == (-3.0, 3.0)
    assert direction_between(z, *halves(800)).places(7)[[0, 3, 6]] == pytest.approx(
        [found_low(z), (found_low(z) + found_high(z)) / 2, found_high(z)]
    )


def halves(n: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(n // 2), np.arange(n // 2, n)


def found_low(z: np.ndarray) -> float:
    found = direction_between(z, *halves(len(z)))
    return max(-3.0, float(np.quantile(found.at(z), 0.001)))


def found_high(z: np.ndarray) -> float:
    found = direction_between(z, *halves(len(z)))
    return min(3.0, float(np.quantile(found.at(z), 0.999)))


def test_strength_goes_from_none_to_plain() -> None:
    random = np.random.default_rng(0)
    strengths = []
    for apart in (0.0, 0.6, 1.3, 4.0):
        z = random.normal(size=(400, 5))
        z[:200, 2] += apart
        strengths.append(direction_between(z, *halves(400)).strength)
    assert strengths == ["none", "faint", "clear", "plain"]


def test_what_is_in_both_groups_counts_for_neither(z: np.ndarray) -> None:
    alone = direction_between(z, np.arange(40), np.arange(60, 100))
    shared = direction_between(z, np.arange(60), np.arange(40, 100))
    assert np.allclose(shared.vector, alone.vector)
    with pytest.raises(TooFewSamplesError):
        direction_between(z, np.arange(60), np.arange(60))


def test_masks_and_places_in_any_order_are_the_same_groups(z: np.ndarray) -> None:
    mask = np.zeros(800, bool)
    mask[:40] = True
    one = direction_between(z, mask, np.arange(100, 160))
    other = direction_between(z, np.arange(40)[::-1], np.r_[np.arange(100, 160), 100])
    assert np.allclose(one.vector, other.vector)
    assert one.told == other.told


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (np.arange(9), np.array([800, *range(20, 30)])),
        (np.array([-1, *range(9)]), np.arange(20, 30)),
        (np.ones(5, bool), np.arange(9)),
    ],
)
def test_places_that_are_not_there_are_told(z, first, second) -> None:
    with pytest.raises(DataError):
        direction_between(z, first, second)


def test_groups_of_one_mean_have_no_direction() -> None:
    with pytest.raises(DataError, match="one and the same mean"):
        direction_between(np.ones((40, 3)), *halves(40))


def test_a_code_of_another_dimension_and_too_many_steps_are_told(z: np.ndarray) -> None:
    found = direction_between(z, *halves(800))
    with pytest.raises(DataError):
        found.moved(np.zeros(5), np.zeros(2))
    with pytest.raises(SpecError):
        found.places(1)


def test_members_of_a_class_are_places_in_the_codes(digits: SampleSet) -> None:
    codes = SimpleNamespace(rows=np.arange(0, 1797, 3))
    found = members(digits, codes, "3")  # type: ignore[arg-type]
    assert digits.labels is not None
    assert set(digits.labels[codes.rows[found]]) == {3}
    assert len(found) == (digits.labels[::3] == 3).sum()
    with pytest.raises(DataError, match="no class"):
        members(digits, codes, "three")  # type: ignore[arg-type]
