"""Places of a group as text for a link: nothing lost, short, and safe from any other text."""

from __future__ import annotations

import re

import numpy as np
import pytest

from aecore.figures.index_text import places_from_text, places_to_text


@pytest.mark.parametrize(
    "places", [[], [0], [5], [0, 1, 2, 3], [127, 128, 129, 16_511, 16_512, 69_999]]
)
def test_places_come_back(places: list[int]) -> None:
    assert places_from_text(places_to_text(np.array(places, int))).tolist() == places


def test_drawn_places_come_back_and_fit_an_address() -> None:
    random = np.random.default_rng(0)
    for n in (20, 500, 5000):
        places = np.sort(random.permutation(10_000)[:n])
        text = places_to_text(random.permutation(places))
        assert np.array_equal(places_from_text(text), places)
        assert re.fullmatch(r"[\w-]*", text)
        assert len(text) < 2500
    assert len(places_to_text(np.arange(10_000))) < 60


@pytest.mark.parametrize("text", ["<script>", "AAAA", "_____", "é", "a" * 500, "%00", "////////"])
def test_any_other_text_names_no_places_or_sound_ones(text: str) -> None:
    found = places_from_text(text)
    assert found.dtype == np.int64
    assert (np.diff(found) > 0).all()
    assert (found >= 0).all()


def test_a_bomb_is_not_unpacked() -> None:
    import base64
    import zlib

    bomb = zlib.compress(bytes(50_000_000), 9, -zlib.MAX_WBITS)
    assert len(places_from_text(base64.urlsafe_b64encode(bomb).decode())) <= 200_000
