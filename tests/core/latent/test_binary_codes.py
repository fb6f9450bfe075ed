"""Binary codes: what they keep of the angle between vectors, and what ITQ makes smaller."""

from __future__ import annotations

import numpy as np
import pytest

from aecore.errors import SpecError
from aecore.latent.binary_codes import BITS_METHODS, BinaryCoder
from aecore.metrics.retrieval import hamming


@pytest.fixture(scope="module")
def z():
    random = np.random.default_rng(0)
    return random.normal(size=(600, 12)) * np.linspace(2, 0.5, 12) + 5


def loss(coder, z):
    """What signs lose of the projections they are taken of."""
    v = (z - coder.mean) @ coder.planes
    return np.square(np.sign(v) - v).sum()


@pytest.mark.parametrize("method", BITS_METHODS)
@pytest.mark.parametrize("n_bits", [5, 12, 64])
def test_as_many_bits_as_were_asked_for_and_the_sides_of_hyperplanes(z, method, n_bits):
    coder = BinaryCoder.fit(z, n_bits, method)
    assert coder.n_bits == n_bits
    unpacked = np.unpackbits(coder.bits(z), axis=1)[:, :n_bits]
    assert np.array_equal(unpacked, (z - coder.mean) @ coder.planes > 0)
    assert np.array_equal(coder.planes, BinaryCoder.fit(z, n_bits, method).planes)


def test_itq_loses_less_than_the_signs_of_principal_components(z):
    assert loss(BinaryCoder.fit(z, 8, "itq"), z) < loss(BinaryCoder.fit(z, 8, "pca"), z)


def test_random_hyperplanes_differ_as_the_angle_says(z):
    """Charikar 2002: two bits differ with probability angle / pi."""
    coder = BinaryCoder.fit(z, 1024, "hyperplanes")
    bits, centred = coder.bits(z[:20]), z[:20] - coder.mean
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    angle = np.arccos(np.clip(unit @ unit.T, -1, 1))
    assert hamming(bits, bits) / 1024 == pytest.approx(angle / np.pi, abs=0.07)


def test_what_is_no_binary_code_is_told(z):
    with pytest.raises(SpecError, match="no method 'magic'"):
        BinaryCoder.fit(z, 8, "magic")
    with pytest.raises(SpecError, match="0 bits are no code"):
        BinaryCoder.fit(z, 0)
