"""What the folders of files say: the class of each, and the part of the data it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aecore.data.samples import PartName

PART_FOLDERS: dict[str, PartName] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}
"""Names of folders, in small letters, that are parts and not classes."""


@dataclass(frozen=True)
class Arrangement:
    """What is known of each file.

    Parameters
    ----------
    labels
        Its class; None where it has none.
    parts
        Its part, where folders (or a table) tell parts; None: they are drawn.
    """

    labels: list[str | None]
    parts: list[PartName | None] | None = None


def arranged(folders: Sequence[tuple[str, ...]]) -> Arrangement:
    """Classes and parts by folders.

    A level of folders is that of the parts where all its names are, `train` and another among
    them. The class is the innermost folder of the others that is not the same for all.

    Examples
    --------
    >>> arranged([("train", "cats"), ("train", "dogs"), ("test", "cats")])
    Arrangement(labels=['cats', 'dogs', 'cats'], parts=['train', 'train', 'test'])
    >>> arranged([("train",), ("test",)]).labels
    [None, None]
    >>> arranged([("trains",), ("test",)]).labels
    ['trains', 'test']
    """
    level = _level_of_parts(folders)
    if level is None:
        return Arrangement(labels_from(folders))
    parts = [_part(names, level) for names in folders]
    others = [names[:level] + names[level + 1 :] for names in folders]
    return Arrangement(labels_from(others), parts)


def labels_from(folders: Sequence[tuple[str, ...]]) -> list[str | None]:
    """A label for each file: the innermost folder that is not the same for all.

    Files that lie less deep get None; where all lie in one folder, nobody gets a label. Outer
    folders that are the same for all do not count.

    Examples
    --------
    >>> labels_from([("set", "cats"), ("set", "dogs")])
    ['cats', 'dogs']
    >>> labels_from([("cats", "small"), ("dogs", "small"), ("dogs", "small")])
    ['cats', 'dogs', 'dogs']
    >>> labels_from([("n0", "images"), ("n1", "images"), ()])
    ['n0', 'n1', None]
    >>> labels_from([("set",), ("set",)])
    [None, None]
    """
    n_shared = _n_shared(folders)
    folders = [parents[n_shared:] for parents in folders]
    deepest = max((len(parents) for parents in folders), default=0)
    for level in range(1, deepest + 1):
        labels = [parents[-level] if len(parents) >= level else None for parents in folders]
        named = {label for label in labels if label is not None}
        if len(named) > 1 or (len(set(labels)) > 1 and level == deepest):
            return labels
    return [None] * len(folders)


def _n_shared(folders: Sequence[tuple[str, ...]]) -> int:
    """How many outer folders are the same for all."""
    shortest = min(folders, key=len, default=())
    n = 0
    while n < len(shortest) and all(parents[n] == shortest[n] for parents in folders):
        n += 1
    return n


def _level_of_parts(folders: Sequence[tuple[str, ...]]) -> int | None:
    deepest = max((len(parents) for parents in folders), default=0)
    for level in range(deepest):
        names = {parents[level].lower() for parents in folders if len(parents) > level}
        parts = {PART_FOLDERS.get(name) for name in names}
        if None not in parts and len(parts) > 1 and "train" in parts:
            return level
    return None


def _part(names: tuple[str, ...], level: int) -> PartName | None:
    return PART_FOLDERS[names[level].lower()] if len(names) > level else None
