"""Long tests begin first, in every test process, and none is lost."""

from __future__ import annotations

import pytest

from tests.order import long_first


@pytest.mark.parametrize("n_processes", [1, 2, 3, 5])
@pytest.mark.parametrize("n", [0, 1, 2, 7, 60])
@pytest.mark.parametrize("every", [1, 4, 100])
def test_all_items_are_there_once_and_the_others_keep_their_order(
    n: int, every: int, n_processes: int
) -> None:
    are_long = [i % every == every - 1 for i in range(n)]
    ordered = long_first(range(n), are_long, n_processes)
    assert sorted(ordered) == list(range(n))
    others = [i for i in ordered if not are_long[i]]
    assert others == sorted(others)


def test_each_process_begins_with_its_share_of_the_long_ones() -> None:
    items = list("abcdefgABC")
    ordered = long_first(items, [item.isupper() for item in items], 2)
    assert ordered == ["B", "a", "b", "c", "d", "A", "C", "e", "f", "g"]
