"""Hostile inputs of every kind that is read here, made in code, and where each is brought in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from aecore.bench.attack.pictures import Maker, jpegs, no_pictures, others, pngs
from aecore.bench.attack.tables import bad_labels, tables, texts
from aecore.bench.attack.tiffs import tiffs
from aecore.bench.attack.zips import zips

Door = Literal["photo", "own", "set", "table", "baskets", "texts"]
"""Where strangers' bytes come in: Photos, a picture of one's own, a set to train on: pictures, a
table, who chose what, texts."""


@dataclass(frozen=True)
class Attack:
    """One hostile input.

    Parameters
    ----------
    family
        "PNG", "TIFF", "zip" and so on.
    suffix
        Of the name it is sent under.
    """

    family: str
    name: str
    suffix: str
    make: Maker
    doors: tuple[Door, ...]


def attacks() -> Iterator[Attack]:
    """All of them."""
    everywhere: tuple[Door, ...] = ("photo", "own", "set")
    for family, suffix, found in (
        ("no picture", ".png", no_pictures()),
        ("PNG", ".png", pngs()),
        ("JPEG", ".jpg", jpegs()),
        ("GIF, WebP, BMP", ".webp", others()),
        ("TIFF", ".tif", tiffs()),
    ):
        for name, make in found:
            yield Attack(family, name, suffix, make, everywhere)
    for name, make in zips():
        yield Attack("zip", name, ".zip", make, ("set",))
    yield Attack("zip", "zip with odd labels", ".zip", bad_labels, ("set",))
    for name, suffix, make in tables():
        doors: tuple[Door, ...] = ("table", "baskets") if suffix == ".csv" else ("table",)
        yield Attack("table", name, suffix, make, doors)
    for name, suffix, make in texts():
        yield Attack("text", name, suffix, make, ("texts",))
