"""Arrays, tensors and datasets go as far as names of sets do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

import aecore
from aecore.data.arrays import arrays_of
from aecore.errors import AecoreError, DataError
from aecore.specs.run import NetworkSpec
from aecore.store import Store

SMALL: dict[str, Any] = {"n_epochs": 1, "network": NetworkSpec(widths=(8,))}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def pictures(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, shape, np.uint8)


class Pairs(torch.utils.data.Dataset):
    """Samples with their class, as torchvision's sets give them."""

    classes = ("cat", "dog")

    def __init__(self, x: np.ndarray) -> None:
        self.x = x

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        if i >= len(self):
            raise IndexError
        return torch.from_numpy(self.x[i]).float() / 255, i % 2


@pytest.mark.parametrize("shape", [(40, 8, 12), (40, 1, 8, 12), (40, 8, 12, 1)])
def test_pictures_of_any_layout_are_the_same_samples(store: Store, shape: tuple[int, ...]) -> None:
    x = pictures(*shape)
    samples = aecore.load(x, store=store)
    np.testing.assert_array_equal(samples.x, x.reshape(40, 1, 8, 12))


def test_a_run_knows_how_its_pictures_became_samples(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "floats"
    folder.mkdir()
    x = np.random.default_rng(0).normal(200, 60, (8, 12, 12)).astype(np.float32)
    for i, values in enumerate(x):
        tifffile.imwrite(folder / f"{i}.tif", values)
    settings = {"value_range": "set"}
    run = aecore.train("undercomplete", folder, store=store, data_settings=settings, **SMALL)
    samples = aecore.load(folder, store=store, **settings)
    framing = run.frame.framing
    assert framing is not None
    assert framing == samples.framing
    (low, high) = framing.values["f32"]  # type: ignore[index, call-overload]
    assert (low, high) == (x.min(), x.max())


def test_colours_may_come_first_or_last(store: Store) -> None:
    x = pictures(40, 3, 8, 12)
    for laid in (x, x.transpose(0, 2, 3, 1)):
        np.testing.assert_array_equal(aecore.load(laid, store=store).x, x)


@pytest.mark.parametrize(
    "given",
    [
        lambda x: x,
        lambda x: x.astype(np.int64),
        lambda x: (x / 255).astype(np.float32),
        torch.from_numpy,
        lambda x: torch.from_numpy(x).double() / 255,
        Pairs,
        list,
    ],
)
def test_whatever_holds_the_same_pictures_is_the_same_data(store: Store, given: Any) -> None:
    x = pictures(20, 1, 8, 8)
    np.testing.assert_array_equal(aecore.load(given(x), store=store).x, x)
    assert len(store.keys("data")) == 1
    aecore.load(given(x), store=store)
    assert len(store.keys("data")) == 1


def test_labels_are_numbers_or_words_or_those_of_the_dataset(store: Store) -> None:
    x = pictures(20, 1, 8, 8)
    words = aecore.load(x, labels=["cat", "dog"] * 10, store=store)
    assert words.label_names == ("cat", "dog")
    numbers = aecore.load(x, labels=np.arange(20) % 2 + 5, store=store)
    assert numbers.label_names == ("5", "6")
    own = aecore.load(Pairs(x), store=store)
    assert own.label_names == ("cat", "dog")
    for found in (words, numbers, own):
        np.testing.assert_array_equal(found.labels, np.arange(20) % 2)


def test_settings_of_data_hold_for_arrays_too(store: Store) -> None:
    samples = aecore.load(
        pictures(30, 8, 12), store=store, size_px=16, width_px=24, colour="rgb", n_max=10
    )
    assert samples.x.shape == (10, 3, 16, 24)


def test_listed_files_are_one_set(store: Store, tmp_path: Path) -> None:
    for i in range(5):
        Image.fromarray(pictures(9, 9) // (i + 1)).save(tmp_path / f"{i}.png")
    listed = [tmp_path / f"{i}.png" for i in range(4)] + [str(tmp_path / "4.png")]
    assert aecore.load(listed, store=store).x.shape == (5, 1, 9, 9)
    with pytest.raises(DataError, match=r"none\.png"):
        aecore.load([tmp_path / "none.png"], store=store)


def test_a_run_on_an_array_is_mapped_and_walked_like_any_other(store: Store) -> None:
    x = pictures(60, 8, 12)
    run = aecore.train("vae", x, labels=np.arange(60) % 3, store=store, **SMALL)
    assert run.shape == (1, 8, 12)
    assert aecore.train("vae", x, labels=np.arange(60) % 3, store=store, **SMALL).key == run.key
    assert aecore.latent_map(run, "pca", store=store).positions.shape == (60, 2)
    steps = aecore.interpolate(*run.encode(x[:2, None]), n_steps=5)
    assert steps.shape == (5, run.spec.code.n_dims)
    assert run.decode(steps).shape == (5, 1, 8, 12)


def test_rows_of_numbers_are_trained_on(store: Store) -> None:
    x = np.random.default_rng(0).normal(size=(60, 6))
    run = aecore.train("undercomplete", x, store=store, n_epochs=1)
    assert run.shape == (6,)
    assert run.reconstruct(x[:3].astype(np.float32)).shape == (3, 6)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (np.zeros((10, 4, 8, 8), np.uint8), "neither 1 nor 3 channels"),
        (np.linspace(-1, 1, 640).reshape(10, 8, 8), "from -1 to 1"),
        (np.zeros((10, 8, 8), np.complex64), "not taken"),
        (np.zeros(5), "not taken"),
        (np.full((4, 3), np.nan), "missing or infinite"),
        ([np.zeros((8, 8)), np.zeros((9, 8))], "different shapes"),
        ([], "0 samples"),
        (7, "holds no samples"),
        (None, "holds no samples"),
        (np.array(["a", "b"]), "not taken"),
    ],
)
def test_what_is_not_taken_says_what_is(store: Store, what: Any, words: str) -> None:
    with pytest.raises(AecoreError, match=words) as told:
        aecore.load(what, store=store)
    assert told.value.hint


def test_labels_that_do_not_fit_are_told(store: Store) -> None:
    with pytest.raises(DataError, match="3 labels came with 10"):
        arrays_of(pictures(10, 8, 8), labels=[1, 2, 3])
    with pytest.raises(DataError, match="come with an array"):
        aecore.load("digits", labels=[1], store=store)
