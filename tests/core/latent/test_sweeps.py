"""Sweeps: the order of the dimensions, what moving one does, and what losing one costs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aecore.errors import DataError
from aecore.latent.sweeps import ablate, dimension_information, sweep, sweep_values

random = np.random.default_rng(0)


def test_the_kl_of_each_dimension_is_that_of_torch() -> None:
    mu, logvar = random.standard_normal((50, 4)), random.uniform(-4, 1, (50, 4))
    q = torch.distributions.Normal(torch.tensor(mu), torch.exp(0.5 * torch.tensor(logvar)))
    p = torch.distributions.Normal(0.0, 1.0)
    expected = torch.distributions.kl_divergence(q, p).mean(0).numpy()
    found = dimension_information(mu, logvar)
    assert found.unit == "nats"
    assert found.amount == pytest.approx(expected, rel=1e-9)


def test_a_plain_code_is_ordered_by_variance() -> None:
    z = random.standard_normal((500, 3)) * [1, 5, 0]
    found = dimension_information(z)
    assert found.unit == "variance"
    assert found.order.tolist() == [1, 0, 2]
    assert found.amount == pytest.approx(z.var(0))
    assert found.share.sum() == pytest.approx(1)


def test_a_gaussian_dimension_may_vary_little_and_still_carry_much() -> None:
    mu = np.zeros((10, 2))
    found = dimension_information(mu, np.array([[0.0, -8.0]] * 10))
    assert found.order.tolist() == [1, 0]
    assert found.amount[0] == 0


@pytest.mark.parametrize("z", [np.zeros((0, 2)), np.zeros(3), np.full((3, 2), np.nan)])
def test_what_is_no_code_is_told(z: np.ndarray) -> None:
    with pytest.raises(DataError):
        dimension_information(z)


def test_a_sweep_moves_one_number_and_keeps_the_others() -> None:
    z = random.standard_normal(5).astype(np.float32)
    found = sweep(z, 3, [-1.0, 0.0, 1.0])
    assert found[:, 3].tolist() == [-1, 0, 1]
    assert np.array_equal(np.delete(found, 3, axis=1), np.tile(np.delete(z, 3), (3, 1)))


@pytest.mark.parametrize("dim", [-1, 5])
def test_a_dimension_that_is_not_there_is_told(dim: int) -> None:
    with pytest.raises(DataError, match="dimension"):
        sweep(np.zeros(5), dim, [0.0])


@pytest.mark.parametrize("own", [0.0, 0.7, -2.9, 4.2])
@pytest.mark.parametrize("n_values", [3, 8, 11])
def test_the_middle_of_a_sweep_is_the_sample_itself(own: float, n_values: int) -> None:
    values = sweep_values(own, n_values)
    z = np.array([1.0, own, 2.0], np.float32)
    assert len(values) == n_values // 2 * 2 + 1
    assert np.array_equal(sweep(z, 1, values)[len(values) // 2], z)
    assert values[0] == pytest.approx(-3)
    assert values[-1] == pytest.approx(max(3, own))
    assert (np.diff(values) >= 0).all()


def test_a_plain_sweep_covers_what_the_data_covers() -> None:
    codes = np.linspace(100, 200, 1001)
    values = sweep_values(150, 11, codes)
    assert (values[0], values[-1]) == pytest.approx((101, 199))


def test_holding_a_number_costs_what_a_slow_loop_says() -> None:
    z = random.standard_normal((40, 3)).astype(np.float32) + np.float32(2)
    mix = random.standard_normal((3, 6)).astype(np.float32)
    mix[1] = 0  # of no use
    x = z @ mix + 0.1 * random.standard_normal((40, 6)).astype(np.float32)
    found = ablate(lambda codes: codes @ mix, x, z, z.mean(0), [0, 1, 2])
    assert found.mse == pytest.approx(np.square(x - z @ mix).mean(), rel=1e-5)
    for dim in range(3):
        total = 0.0
        for i in range(40):
            code = z[i].copy()
            code[dim] = z[:, dim].mean()
            total += float(np.square(x[i] - code @ mix).mean()) / 40
        assert found.mse_held[dim] == pytest.approx(total, rel=1e-4)
    assert found.increase[1] == 0
    assert found.increase_percent[0] > 100
