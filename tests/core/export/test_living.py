"""What a living map is sent: all that it needs, and no more than a browser should get."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from aecore.data.samples import SampleSet
from aecore.export import living as module
from aecore.export import portable as portable_module
from aecore.export import thumbnails
from aecore.export.living import InteractiveMap, coloured
from aecore.export.portable import portable
from aecore.export.single_file import single_file
from aecore.export.thumbnails import laid, sheet_of
from aecore.figures.payload import unpack
from aecore.figures.scatter import Groups, Values
from aecore.maps.inverse import inverse_of
from aecore.maps.latent_map import LatentMap
from aecore.maps.round_trip import RoundTrip
from aecore.maps.trust import Trust
from aecore.store import Store
from tests.core.export.untrained import codes_for, untrained
from tests.core.maps.test_maps import map_of

RUN = untrained("vae", (1, 8, 8))
Z = codes_for(RUN, 60)
PICTURES = SampleSet(RUN.decode(Z), {}, labels=np.arange(60) % 3, label_names=("a", "b", "c"))


@pytest.fixture
def bent(a_store: Store) -> LatentMap:
    """A flat map that is no projection."""
    return replace(map_of(a_store, Z, "pca"), linear=None)


def decoding(found: LatentMap) -> InteractiveMap:
    return InteractiveMap(found, PICTURES, None, None, portable(RUN, found.codes.z))


def test_thumbnails_lie_in_the_order_of_the_points_and_large_ones_are_made_small() -> None:
    large = SampleSet(np.kron(PICTURES.x, np.ones((1, 1, 8, 8), np.uint8)), {})
    sheet = sheet_of(large, np.arange(59, -1, -1))
    assert sheet.tile == (32, 32)
    (webp,) = sheet.parts
    with Image.open(io.BytesIO(webp)) as opened:
        pixels = np.asarray(opened.convert("L"), float)
    for place in (0, 23, 59):
        top, left = 32 * (place // sheet.columns), 32 * (place % sheet.columns)
        tile = pixels[top : top + 32, left : left + 32].reshape(8, 4, 8, 4).mean((1, 3))
        assert np.abs(tile - PICTURES.x[59 - place, 0]).mean() < 12


def test_very_many_points_have_smaller_thumbnails_in_several_sheets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(thumbnails, "N_PIXELS", 60 * 4 * 4)
    monkeypatch.setattr(thumbnails, "PART_PX", 20)
    sheet = sheet_of(PICTURES, np.arange(60))
    assert sheet.tile == (4, 4)
    assert (sheet.columns, sheet.n_each, len(sheet.parts)) == (5, 25, 3)
    for place in (0, 24, 25, 59):
        with Image.open(io.BytesIO(sheet.parts[place // 25])) as opened:
            pixels = np.asarray(opened.convert("L"), float)
        top, left = 4 * (place % 25 // 5), 4 * (place % 25 % 5)
        halved = PICTURES.x[place, 0].reshape(4, 2, 4, 2).mean((1, 3))
        assert np.abs(pixels[top : top + 4, left : left + 4] - halved).mean() < 20
    assert Image.open(io.BytesIO(sheet.parts[2])).size[1] <= 20


@pytest.mark.parametrize("n", [1, 20_000, 29_000, 70_000, 100_000])
def test_thumbnails_of_any_map_fit_a_tablet(n: int) -> None:
    wide = SampleSet(np.zeros((1, 1, 28, 28), np.uint8), {})
    sheet = sheet_of(wide, np.zeros(n, int))
    assert n * sheet.tile[0] * sheet.tile[1] <= thumbnails.N_PIXELS
    assert sheet.columns * sheet.tile[1] <= thumbnails.PART_PX
    assert -(-sheet.n_each // sheet.columns) * sheet.tile[0] <= thumbnails.PART_PX
    assert sheet.n_parts == -(-n // sheet.n_each)
    assert sheet.tile[0] == {70_000: 20, 100_000: 17}.get(n, 28)


def test_a_message_with_addresses_of_its_thumbnails_does_not_carry_them(bent: LatentMap) -> None:
    living = replace(decoding(bent), sheet=sheet_of(PICTURES, np.arange(60)))
    head, arrays = unpack(living.message(["/thumbnails/x/0"]))
    assert head["sheet"]["addresses"] == ["/thumbnails/x/0"]
    assert "sheet" not in arrays
    head, arrays = unpack(living.message())
    assert head["sheet"]["addresses"] is None
    assert living.sheet is not None
    assert arrays["sheet"].tobytes() == living.sheet.parts[0]


def test_thumbnails_made_line_by_line_are_those_of_each_picture_alone() -> None:
    colour = np.random.default_rng(1).integers(0, 256, (7, 3, 45, 60), dtype=np.uint8)
    sheet = sheet_of(SampleSet(colour, {}), np.arange(7))
    pixels = laid(sheet.samples, sheet.rows, sheet.tile, sheet.columns)
    assert pixels.shape == (3 * 24, 3 * 32, 3)
    for i, x in enumerate(colour):
        alone = Image.fromarray(x.transpose(1, 2, 0)).resize((32, 24), Image.Resampling.BOX)
        top, left = 24 * (i // 3), 32 * (i % 3)
        assert np.array_equal(pixels[top : top + 24, left : left + 32], np.asarray(alone))


def test_codes_travel_as_halves_that_give_the_same_pictures(bent: LatentMap) -> None:
    head, arrays = unpack(decoding(bent).message())
    z = (
        arrays["codes"].view(np.float16).astype(np.float32).reshape(60, -1)
        * head["inverse"]["scale"]
    )
    assert np.abs(RUN.decode(z).astype(int) - RUN.decode(bent.codes.z)).max() <= 2
    assert "anchors" not in arrays


def test_codes_too_large_for_halves_are_scaled(bent: LatentMap) -> None:
    huge = replace(bent, codes=replace(bent.codes, z=bent.codes.z * 1e6))
    head, arrays = unpack(decoding(huge).message())
    sent = arrays["codes"].view(np.float16).astype(np.float64) * head["inverse"]["scale"]
    assert np.allclose(sent.reshape(60, -1), huge.codes.z, rtol=2e-3, atol=50)


def test_of_too_many_numbers_evenly_drawn_points_are_sent(
    bent: LatentMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "N_NUMBERS", 30 * RUN.n_dims)
    _, arrays = unpack(decoding(bent).message())
    anchors = arrays["anchors"]
    assert len(anchors) == 30
    assert np.ptp(np.diff(anchors.astype(int))) <= 1
    sent = arrays["codes"].view(np.float16).reshape(30, -1)
    assert np.allclose(sent, bent.codes.z[anchors], atol=2e-3)
    assert len(arrays["xy"]) == 120  # all are drawn


def test_a_projection_sends_its_plane_and_no_codes(a_store: Store) -> None:
    found = map_of(a_store, Z, "pca")
    head, arrays = unpack(decoding(found).message())
    assert "codes" not in arrays
    way = head["inverse"]
    places = np.array([[0.3, -0.2]])
    z = np.array(way["origin"]) + (places - way["at"]) @ np.array(way["components"])
    assert np.allclose(z, inverse_of(found).codes_at(places), atol=1e-5)


def test_a_decoder_too_large_stays_but_what_is_known_of_places_is_sent(
    bent: LatentMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portable_module, "MAX_BYTES", 1000)
    trip = RoundTrip(np.zeros((2, 2), np.float32), np.zeros(2), np.ones(2), 1.0)
    trust = Trust(np.arange(60, dtype=np.float32), np.ones(60, np.float32), 0.0, 1.0, 1.0, trip)
    large = replace(decoding(bent), trust=trust)
    head, arrays = unpack(large.message())
    assert head["decoder"] is None
    assert "decoder" not in arrays
    assert "codes" not in arrays
    assert head["inverse"]["kind"] == "none"
    assert head["shape"] == [1, 8, 8]
    assert arrays["decoding_error"].tolist() == list(range(60))
    assert "too large for this page" in single_file(large, "Large")
    monkeypatch.undo()
    assert "too large for this page" not in single_file(large, "Small")


def test_rows_of_a_table_are_points_without_pictures(bent: LatentMap) -> None:
    rows = SampleSet(np.zeros((60, 4), np.float32), {})
    head, arrays = unpack(InteractiveMap(bent, rows).message())
    assert head["decoder"] is None
    assert head["inverse"] is None
    assert set(arrays) == {"xy", "row", "label", "part", "error", "group"}
    assert (arrays["label"] == 65535).all()


def test_colours_tell_groups_and_values_and_what_has_none() -> None:
    told, painted = coloured(Groups(np.array([0, 2, -1, 9]), ("x", "y", "z")), 4)
    assert painted["group"].tolist() == [0, 2, 65535, 65535]
    assert len(told["colours"]) == 3
    values = np.array([0.0, 1.0, np.nan, 2.0])
    told, painted = coloured(Values(values, "error"), 4)
    assert painted["rgb"].shape == (4, 3)
    assert painted["rgb"][2].tolist() == [0x9A, 0xA3, 0xA8]
    assert told["low"] < told["high"]
    told, painted = coloured(Values(np.full(3, 7.0), "flat"), 3)
    assert np.ptp(painted["rgb"], axis=0).max() == 0
    assert coloured(None, 2)[0]["names"] == ["pictures"]
