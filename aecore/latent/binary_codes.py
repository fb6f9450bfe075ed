"""Binary codes: vectors as a few bits, searched by Hamming distance (semantic hashing)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from aecore.errors import SpecError

BitsMethod = Literal["itq", "pca", "hyperplanes"]
BITS_METHODS: tuple[BitsMethod, ...] = get_args(BitsMethod)
N_BITS_MOST = 1024
_N_FIT = 20_000
_N_ITERATIONS = 50


@dataclass(frozen=True)
class BinaryCoder:
    """Turns vectors into bits: a bit is the side of a hyperplane.

    Salakhutdinov & Hinton 2009, "Semantic hashing", International Journal of Approximate Reasoning
    50: codes so short that similar samples are found by comparing bits.

    Parameters
    ----------
    mean
        `(D,)`, through which every hyperplane goes.
    planes
        `(D, n_bits)`, their normals.
    """

    mean: np.ndarray
    planes: np.ndarray

    @property
    def n_bits(self) -> int:
        """Length of a code."""
        return int(self.planes.shape[1])

    @classmethod
    def fit(
        cls, vectors: np.ndarray, n_bits: int, method: BitsMethod = "itq", *, seed: int = 0
    ) -> BinaryCoder:
        """Choose hyperplanes for vectors `(n, D)`.

        Parameters
        ----------
        method
            "itq": principal components, rotated so that their signs lose least (Gong & Lazebnik
            2011, "Iterative quantization", CVPR). "pca": their signs as they are. Both give D bits
            at the most; for more, blocks of up to D bits are fitted, each from a random rotation
            of its own (as batches of random hyperplanes in Ji et al. 2012, "Super-bit LSH",
            NeurIPS; with "pca" these stay as they are). "hyperplanes": random ones (Charikar 2002,
            STOC).

        Raises
        ------
        SpecError
            For no such method or number of bits.
        """
        if method not in BITS_METHODS:
            raise SpecError(
                "There is no method {method:.40} of binary codes.",
                "Choose one of {bits_methods}.",
                method=repr(method),
                bits_methods=", ".join(BITS_METHODS),
            )
        if not 1 <= n_bits <= N_BITS_MOST:
            raise SpecError(
                "{n_bits} bits are no code.",
                "Choose 1 to {n_bits_most:,}.",
                n_bits=n_bits,
                n_bits_most=N_BITS_MOST,
            )
        random = np.random.default_rng(seed)
        z = np.asarray(vectors[:: -(-len(vectors) // _N_FIT)], np.float64)
        mean, D = z.mean(0), z.shape[1]
        z = z - mean
        if method == "hyperplanes":
            return cls(mean, random.normal(size=(D, n_bits)))
        n_blocks = -(-n_bits // D)
        components = np.linalg.eigh(z.T @ z)[1][:, ::-1]  # (D, D), the largest variance first
        planes = []
        for block in range(n_blocks):
            size = n_bits // n_blocks + (block < n_bits % n_blocks)
            start = components if block == 0 else _rotation(D, random)
            directions = start[:, :size]
            if method == "itq":
                directions = directions @ _least_loss(z @ directions, random)
            planes.append(directions)
        return cls(mean, np.concatenate(planes, 1))

    def bits(self, vectors: np.ndarray) -> np.ndarray:
        """Codes of vectors `(n, D)`: packed bits, uint8 `(n, ceil(n_bits / 8))`."""
        return np.packbits((np.asarray(vectors, np.float64) - self.mean) @ self.planes > 0, axis=1)


def _rotation(n: int, random: np.random.Generator) -> np.ndarray:
    return np.asarray(np.linalg.qr(random.normal(size=(n, n)))[0])


def _least_loss(v: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The rotation R of `(n, c)` with the least `||sign(v R) - v R||`, by turns; `(c, c)`."""
    rotation = _rotation(v.shape[1], random)
    for _ in range(_N_ITERATIONS):
        signs = np.where(v @ rotation > 0, 1.0, -1.0)
        left, _, right = np.linalg.svd(signs.T @ v)  # orthogonal Procrustes problem
        rotation = (left @ right).T
    return rotation
