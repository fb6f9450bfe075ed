"""Codes as bits: signs after the rotation that loses least (ITQ)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.errors import SpecError

_N_ROUNDS = 50


@dataclass(frozen=True)
class BinaryCodes:
    """Signs of rotated principal components of codes.

    Gong & Lazebnik 2011, "Iterative quantization: a Procrustean approach to learning binary
    codes", CVPR: of all rotations of the `n_bits` first principal components, that whose signs
    lie nearest to them. Without it the first components, which hold most of the variance, get
    no more bits than the last.

    Parameters
    ----------
    mean
        `(D,)`.
    projection
        `(D, n_bits)`.
    """

    mean: np.ndarray
    projection: np.ndarray

    @classmethod
    def of(cls, z: np.ndarray, n_bits: int, *, seed: int = 0) -> BinaryCodes:
        """Fitted on codes `(n, D)`.

        Raises
        ------
        SpecError
            If codes have fewer numbers than bits are asked for, or the samples are fewer.
        """
        n_most = min(z.shape)
        if not 0 < n_bits <= n_most:
            raise SpecError(
                f"{n_bits} bits cannot be made of {z.shape[0]:,} codes of {z.shape[1]} numbers.",
                f"Ask for 1 to {n_most} bits.",
            )
        mean = z.mean(0, dtype=np.float64)
        centred = z - mean
        components = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :n_bits]
        v = centred @ components  # (n, n_bits)
        random = np.random.default_rng(seed).standard_normal((n_bits, n_bits))
        rotation = np.linalg.qr(random)[0]
        for _ in range(_N_ROUNDS):
            bits = np.where(v @ rotation >= 0, 1.0, -1.0)
            left, _, right = np.linalg.svd(bits.T @ v)
            rotation = (left @ right).T
        return cls(mean, components @ rotation)

    def packed(self, z: np.ndarray) -> np.ndarray:
        """Codes `(n, D)` as bits, uint8 `(n, n_bits / 8)`, the last byte filled with zeros."""
        return np.packbits((z - self.mean) @ self.projection >= 0, axis=1)
