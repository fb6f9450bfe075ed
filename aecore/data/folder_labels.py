"""What the folders of files say: the class of each, and the part of the data it belongs to."""

from __future__ import annotations

import re
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
    "eval": "test",
    "evaluation": "test",
    "holdout": "test",
    "unlabeled": "train",
    "unlabelled": "train",
}
"""Names of folders, in small letters, that are parts and not classes."""
_GENERAL = frozenset(("set", "images", "image", "imgs", "img", "pictures", "data", "split", "part"))
_WORD = re.compile("[a-z]+")


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
    them: `train2017` and `training_set` too, and `seg_train` beside `seg_test`. The class is the
    innermost folder of the others that is not the same for all.

    Examples
    --------
    >>> arranged([("train", "cats"), ("train", "dogs"), ("test", "cats")])
    Arrangement(labels=['cats', 'dogs', 'cats'], parts=['train', 'train', 'test'])
    >>> arranged([("train",), ("test",)]).labels
    [None, None]
    >>> arranged([("trains",), ("test",)]).labels
    ['trains', 'test']
    >>> arranged([("training_set", "cats"), ("test_set", "cats")]).parts
    ['train', 'test']
    """
    level = _level_of_parts(folders)
    if level is None:
        return Arrangement(labels_from(folders))
    known = _parts_of({names[level] for names in folders if len(names) > level}) or {}
    parts = [known[names[level]] if len(names) > level else None for names in folders]
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
        names = {parents[level] for parents in folders if len(parents) > level}
        parts = set((_parts_of(names) or {}).values())
        if len(parts) > 1 and "train" in parts:
            return level
    return None


def _parts_of(names: set[str]) -> dict[str, PartName] | None:
    """The part that each name of a level stands for; None where one of them is no part's name.

    Beside the word of the part a name may hold numbers, general words, and what all of them hold.
    """
    words = {name: _WORD.findall(name.lower()) for name in names}
    all_hold = set.intersection(*(set(found) for found in words.values())) if words else set()
    parts: dict[str, PartName] = {}
    for name, found in words.items():
        telling = [word for word in found if word not in _GENERAL and word not in all_hold]
        if len(telling) != 1 or telling[0] not in PART_FOLDERS:
            return None
        parts[name] = PART_FOLDERS[telling[0]]
    return parts
