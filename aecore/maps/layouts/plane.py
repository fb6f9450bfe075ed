"""The plane through the codes of three chosen samples, every code projected onto it."""

from __future__ import annotations

import numpy as np

from aecore.artifact import Progress
from aecore.errors import SpecError
from aecore.maps.layouts.codes import padded
from aecore.maps.layouts.layout import Distinct, LayingOut, Layout, Linear
from aecore.sentence import Sentence, joined
from aecore.specs.maps import PlaneSpec

LETTERS = ("A", "B", "C")
"""What the three are called on the map."""
_ON_A_LINE = 1e-5
"""How far the third may lie from the line of the others, in their lengths, to be on it."""


def lay_out(distinct: Distinct, spec: PlaneSpec) -> LayingOut:
    """Orthogonal projection onto the plane, in the units of the codes.

    The first of the three lies at (0, 0), the second to its right, the third above them: two
    steps of Gram and Schmidt. Where the three are on a line, or one code, an axis is empty.

    Raises
    ------
    SpecError
        If one of the three is not among the samples that are laid out.
    """
    yield Progress("laying out", 0, 1)
    first, second, third = _found(distinct, spec.through)
    a, b, c = (distinct.z_of(row).astype(np.float64) for row in (first, second, third))
    components, names = np.zeros((2, len(a))), list[str]()
    size = max(float(np.linalg.norm(b - a)), float(np.linalg.norm(c - a)))
    for letter, row, side in (("B", second, b - a), ("C", third, c - a)):
        off = side - components.T @ (components @ side)
        length = float(np.linalg.norm(off))
        if length > _ON_A_LINE * size:
            components[len(names)] = off / length
            along = {"first": first, "letter": letter, "row": row}
            names.append(
                Sentence("towards C #{row}", row=row)
                if names
                else Sentence("A #{first} to {letter} #{row}", **along)
            )
    linear = Linear(a, components)
    positions = linear.place(distinct.z)
    if not names:
        same = Sentence("The three have the same code, so there is no plane through them.")
        return Layout(positions, padded((), 2)[0], same, linear)
    shares = _shares(distinct, components)
    named = tuple(
        Sentence("{name} ({percent:.1f} % of the variance)", name=name, percent=100 * share)
        for name, share in zip(names, shares, strict=False)
    )
    note = _how_much(distinct, float(shares.sum()))
    if len(names) == 1:
        on_a_line = Sentence("The three codes lie on one line: one axis stays empty.")
        note = joined((on_a_line, note))
    return Layout(positions, padded(named, 2)[0], note, linear)


def _found(distinct: Distinct, rows: tuple[int, ...]) -> tuple[int, ...]:
    unknown = [row for row in rows if row not in distinct.rows]
    if unknown:
        raise SpecError(
            "#{unknown} is not among the {n_rows:,} samples that are laid out.",
            "Choose another, or lay out more samples.",
            unknown=unknown[0],
            n_rows=len(distinct.rows),
        )
    return rows


def _shares(distinct: Distinct, components: np.ndarray) -> np.ndarray:
    """What part of the variance of the codes lies along each direction, float64 `(d,)`."""
    total = float(distinct.variances.sum())
    along = (distinct.z - distinct.mean) @ components.T  # (m, d)
    spread = np.average(along**2, axis=0, weights=distinct.counts)
    shares: np.ndarray = spread / total if total else np.zeros(len(components))
    return shares


def _how_much(distinct: Distinct, share: float) -> str:
    """In words, beside the plane of all that holds the most."""
    centred = distinct.z - distinct.mean
    covariance = (centred * distinct.counts[:, None]).T @ centred  # (D, D)
    spread = np.linalg.eigvalsh(covariance)
    best = float(spread[-2:].sum() / spread.sum()) if spread.sum() > 0 else 1.0
    return Sentence(
        "This plane holds {percent:.1f} % of the variance of the codes; the plane that holds the "
        "most, that of PCA, {most:.1f} %.",
        percent=100 * share,
        most=100 * best,
    )
