"""Folders and zips as people have them: shapes, classes, parts, tables, ranges, clutter."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tifffile import imwrite

from aecore.data import own
from aecore.data.folder_labels import arranged, labels_from
from aecore.data.health_report import HealthReport
from aecore.data.ingest import LOST, compute, open_samples, read_report
from aecore.data.kept import keep, kept
from aecore.data.samples import SampleSet
from aecore.data.uploads import receive
from aecore.data.zip_names import decoded
from aecore.errors import DataError, SpecError
from aecore.imaging.fitting import fitted, usual_size
from aecore.imaging.pictures import decode, fit_picture
from aecore.specs.data import DataSpec
from aecore.store import Store
from tests.core.conftest import link_folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def png(seed: int = 0, *shape: int) -> bytes:
    x = np.random.default_rng(seed).integers(0, 255, shape or (20, 20, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(x).save(file, "PNG")
    return file.getvalue()


def tiff(x: np.ndarray) -> bytes:
    file = io.BytesIO()
    imwrite(file, x, photometric="minisblack", metadata=None)
    return file.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def brought(
    store: Store, members: dict[str, bytes], **settings: object
) -> tuple[SampleSet, HealthReport]:
    upload = receive(store, [("a.zip", zipped(members))])
    return of_upload(store, upload, **settings)


def of_upload(store: Store, upload: str, **settings: object) -> tuple[SampleSet, HealthReport]:
    spec = DataSpec.of(source="own", upload=upload, **settings)
    list(compute(spec, store.create(spec), store))
    return open_samples(store, spec.key), read_report(store, spec.key)


def classes(samples: SampleSet) -> dict[str, str]:
    """Name of each picture to its class, "" for none."""
    labels = [-1] * len(samples) if samples.labels is None else samples.labels
    return {
        name: samples.label_names[label] if label >= 0 else ""
        for name, label in zip(samples.names, labels, strict=True)
    }


def parts(samples: SampleSet) -> dict[str, list[str]]:
    return {part: [samples.names[row] for row in rows] for part, rows in samples.parts.items()}


# Shapes ----------------------------------------------------------------------------------


def wide(left: bool) -> bytes:
    """A bar at one end, which the middle square does not hold."""
    x = np.zeros((32, 128), np.uint8)
    x[:, slice(0, 16) if left else slice(112, 128)] = 255
    file = io.BytesIO()
    Image.fromarray(x).save(file, "PNG")
    return file.getvalue()


BARS = {f"left/{i}.png": wide(True) for i in range(6)} | {
    f"right/{i}.png": wide(False) for i in range(6)
}


def test_what_is_cut_away_is_said_and_shown(store: Store) -> None:
    samples, report = brought(store, BARS, size_px=32)
    assert (samples.x == 0).all()
    assert report.lost_mean == report.lost_max == 0.75
    assert any("75 % of the pictures' area is cut away" in words for words in report.warnings)
    assert report.n_lost == 3
    shown = [path.read_bytes() for path in store.root.rglob(LOST.format("*"))]
    assert [decode(each).x.shape for each in shown] == [(1, 32, 128)] * 3
    np.testing.assert_array_equal(decode(shown[0]).x[0, 0, [0, 40, 64, 100]], [218, 133, 0, 133])


@pytest.mark.parametrize(
    ("settings", "shape"),
    [
        ({}, (1, 16, 64)),
        ({"size_px": 32, "width_px": 128}, (1, 32, 128)),
        ({"size_px": 32, "fit": "bars"}, (1, 32, 32)),
        ({"size_px": 32, "fit": "squeeze"}, (1, 32, 32)),
    ],
)
def test_all_of_a_wide_picture_can_be_kept(
    store: Store, settings: dict[str, object], shape: tuple[int, ...]
) -> None:
    samples, report = brought(store, BARS, **settings)
    assert samples.shape == shape
    left, right = samples.x[0, 0].mean(0), samples.x[-1, 0].mean(0)
    third = shape[2] // 3
    assert left[:third].mean() > left[-third:].mean()
    assert right[:third].mean() < right[-third:].mean()
    assert not any("cut away" in words for words in report.warnings)
    if settings.get("fit") == "bars":
        assert (samples.x[0, 0, :11] == 255).all()
        assert any("75 % of the samples is bars" in words for words in report.warnings)
    if settings.get("fit") == "squeeze":
        assert any("factor of up to 4" in words for words in report.warnings)


@pytest.mark.parametrize("size", [(32, 48), (48, 32), (32, 32), (30, 50)])
@pytest.mark.parametrize("fit", ["cut", "bars", "squeeze"])
def test_a_picture_of_another_shape_has_the_size_that_is_asked_for(
    size: tuple[int, int], fit: str
) -> None:
    image = Image.new("RGB", (100, 70), (200, 100, 50))
    found = np.asarray(fitted(image, size, fit, "black"))  # type: ignore[arg-type]
    assert found.shape == (*size, 3)
    inside = (found == (200, 100, 50)).all(-1)
    assert inside.all() == (fit != "bars" or size[1] * 7 == size[0] * 10)
    if fit == "bars":
        rows, columns = inside.any(1).sum(), inside.any(0).sum()
        assert columns / rows == pytest.approx(100 / 70, rel=0.05)


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [
        ([(32, 32)] * 3, (32, 32)),
        ([(28, 20)] * 3, (20, 28)),
        ([(64, 64)], (64, 64)),
        ([(65, 65)], (64, 64)),
        ([(178, 218)] * 9, (64, 52)),
        ([(92, 112)] * 9, (64, 52)),
        ([(4032, 3024), (1000, 750)], (48, 64)),
        ([(4032, 3024), (3024, 4032)], (64, 64)),
        ([(5000, 10)], (8, 64)),
        ([(6, 6)], (64, 64)),
        ([], (64, 64)),
    ],
)
def test_the_size_that_nobody_asks_for(
    sizes: list[tuple[int, int]], wanted: tuple[int, int]
) -> None:
    assert usual_size(sizes) == wanted


def test_files_of_one_small_size_are_not_blown_up(store: Store) -> None:
    samples, _ = brought(store, {f"{i}.png": png(i, 32, 40, 3) for i in range(5)})
    assert samples.shape == (3, 32, 40)
    np.testing.assert_array_equal(
        samples.x[0].transpose(1, 2, 0), np.asarray(Image.open(io.BytesIO(png(0, 32, 40, 3))))
    )


def test_a_width_alone_is_refused() -> None:
    with pytest.raises(SpecError, match="size_px"):
        DataSpec.of(source="digits", width_px=32)
    assert DataSpec(size_px=32, width_px=32).key == DataSpec(size_px=32).key


def test_sets_that_ship_can_be_oblong_too(store: Store) -> None:
    for source in ("digits", "sprites"):
        spec = DataSpec(source=source, n_max=20, size_px=16, width_px=24, fit="bars")
        list(compute(spec, store.create(spec), store))
        assert open_samples(store, spec.key).shape == (1, 16, 24)


# Classes and parts -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folders", "labels"),
    [
        ([("cats",), ("dogs",)], ["cats", "dogs"]),
        ([("set", "cats"), ("set", "dogs")], ["cats", "dogs"]),
        ([("train", "cats"), ("test", "cats"), ("test", "dogs")], ["cats", "cats", "dogs"]),
        ([("cats", "images"), ("dogs", "images")], ["cats", "dogs"]),
        ([("n0", "images"), ("n1", "images"), ()], ["n0", "n1", None]),
        ([("set",), ("set",)], [None, None]),
        ([(), ("cats",)], [None, "cats"]),
        ([(), ()], [None, None]),
        ([], []),
    ],
)
def test_labels_are_the_innermost_folders_that_differ(folders: list, labels: list) -> None:
    assert labels_from(folders) == labels


@pytest.mark.parametrize(
    ("folders", "labels", "found"),
    [
        ([("train",), ("test",)], [None, None], ["train", "test"]),
        ([("Train", "a"), ("VALID", "b")], ["a", "b"], ["train", "val"]),
        ([("s", "training", "a"), ("s", "validation", "b")], ["a", "b"], ["train", "val"]),
        ([("a", "train"), ("b", "test")], ["a", "b"], ["train", "test"]),
        ([("t", "train", "n0", "x"), ("t", "train", "n1", "x"), ("t", "val", "x")], None, None),
        ([("train",), ("car",), ("bus",)], ["train", "car", "bus"], None),
        ([("test",), ("val",)], ["test", "val"], None),
        ([("train", "a"), ("train", "b")], ["a", "b"], None),
    ],
)
def test_folders_called_train_val_and_test_are_parts(
    folders: list, labels: list | None, found: list | None
) -> None:
    arrangement = arranged(folders)
    if labels is None:  # as Tiny ImageNet is laid out
        labels, found = ["n0", "n1", None], ["train", "train", "val"]
    assert arrangement.labels == labels
    assert arrangement.parts == found


def test_the_parts_of_a_set_are_kept_as_they_came(store: Store) -> None:
    names = [
        f"{part}/{kind}/{i}.png" for part in ("train", "test") for kind in "ab" for i in range(5)
    ]
    samples, report = brought(store, {name: png(i) for i, name in enumerate(names)})
    assert samples.label_names == ("a", "b")
    found = parts(samples)
    assert sorted(found["test"]) == sorted(name for name in names if name.startswith("test"))
    assert len(found["val"]) == 1  # which none was given for: drawn from training
    assert "as the import says" in " ".join(report.told)
    without, _ = brought(store, {name: png(i) for i, name in enumerate(names)}, folders=False)
    assert without.labels is None
    assert len(without.parts["test"]) == 2


def test_all_three_parts_can_come_along(store: Store) -> None:
    names = [f"{part}/{i}.png" for part in ("train", "val", "test") for i in range(4)]
    samples, _ = brought(store, {name: png(i) for i, name in enumerate(names)})
    for part, found in parts(samples).items():
        assert sorted(found) == [f"{part}/{i}.png" for i in range(4)]
    assert samples.labels is None


# A table of labels -----------------------------------------------------------------------


TABLE = """file,label,age,place,part
a/0.png,cat,1,Łódź,train
1.png,dog,2.5,Rome,test
2,cat,,Rome,train
"""


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode(),
        b"\xef\xbb\xbf" + TABLE.replace(",", ";").encode(),
        TABLE.replace(",", "\t").replace("\n", "\r\n").encode(),
        TABLE.replace("file,label", "Filename,Class").encode(),
    ],
)
def test_a_table_gives_classes_parts_and_names_to_colour_by(store: Store, content: bytes) -> None:
    files = {f"set/a/{i}.png": png(i) for i in range(4)}
    samples, report = brought(store, {**files, "set/labels.csv": content})
    assert list(classes(samples).values()) == ["cat", "dog", "cat", ""]
    np.testing.assert_array_equal(samples.columns["age"].values, [1, 2.5, np.nan, np.nan])
    assert samples.columns["place"].names == ("Rome", "Łódź")
    np.testing.assert_array_equal(samples.columns["place"].values, [1, 0, 0, -1])
    assert parts(samples)["test"] == ["set/a/1.png"]
    assert any("names no class for 1 of 4" in words for words in report.warnings)
    assert report.n_unreadable == 0


def test_a_table_without_names_of_columns(store: Store) -> None:
    files = {f"{i}.png": png(i) for i in range(4)}
    table = "".join(f"{i}.png,{'ab'[i % 2]}\n" for i in range(4)) + "lost.png,a\n"
    samples, report = brought(store, {**files, "labels.csv": table.encode()})
    assert list(classes(samples).values()) == ["a", "b", "a", "b"]
    assert any("names 1 file that is not here" in words for words in report.warnings)


@pytest.mark.parametrize("content", [b"", b"one\ntwo\n", b"\0\0\0"])
def test_what_is_no_table_says_so(store: Store, content: bytes) -> None:
    with pytest.raises(DataError, match="no table of labels"):
        brought(store, {"0.png": png(0), "labels.csv": content})


# Clutter, links, archives ----------------------------------------------------------------


def test_clutter_of_all_systems_is_passed_over(store: Store, tmp_path: Path) -> None:
    real = {f"p/{c}/{i}.png": png(ord(c) + i) for c in "ab" for i in range(4)}
    clutter = [
        *(f"p/{c}/@eaDir/{i}.png/SYNOPHOTO_THUMB_M.jpg" for c in "ab" for i in range(4)),
        *("__MACOSX/p/a/._0.png", "p/a/._0.png", "p/.DS_Store", "p/thumbs.db", "p/Thumbs.db"),
        *("p/Desktop.ini", "$RECYCLE.BIN/x.png", "System Volume Information/x.png"),
        *("lost+found/x.png", "#recycle/x.png", "p/a/SYNOFILE_THUMB_M.png", "p/ehthumbs.db"),
    ]
    members = {**real, **{name: png(9) for name in clutter}}
    samples, report = brought(store, members)
    assert sorted(samples.names) == sorted(real)
    assert samples.label_names == ("a", "b")
    assert report.n_unreadable == 0
    for name, content in members.items():
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    samples, _ = of_upload(store, link_folder(store, tmp_path / "folder"))
    assert sorted(samples.names) == sorted(real)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_to_folders_are_followed_and_loops_are_not(store: Store, tmp_path: Path) -> None:
    big, folder = tmp_path / "big", tmp_path / "set"
    for path in (big / "cats", folder / "dogs"):
        path.mkdir(parents=True)
    for i in range(4):
        (big / "cats" / f"{i}.png").write_bytes(png(i))
        (folder / "dogs" / f"{i}.png").write_bytes(png(10 + i))
    (folder / "cats").symlink_to(big / "cats")
    (folder / "tabbies").symlink_to(big / "cats")
    (folder / "dogs" / "back").symlink_to(folder)
    (big / "cats" / "again").symlink_to(big)
    (folder / "nowhere").symlink_to(tmp_path / "none")
    samples, _ = of_upload(store, link_folder(store, folder))
    found = classes(samples)
    assert [found[f"{name}/0.png"] for name in ("cats", "dogs", "tabbies")] == [
        "cats",
        "dogs",
        "tabbies",
    ]


def test_zips_in_a_folder_are_opened(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    (folder / "more").mkdir(parents=True)
    for at, name in ((folder, "cats"), (folder / "more", "dogs"), (folder / "more", "more")):
        inner = {f"{i}.png": png(ord(name[0]) + i) for i in range(3)}
        (at / f"{name}.zip").write_bytes(zipped(inner))
    (folder / "old.rar").write_bytes(b"Rar!")
    samples, report = of_upload(store, link_folder(store, folder))
    assert "more/more/2.png" in samples.names
    assert set(classes(samples).values()) == {"cats", "dogs", "more"}
    assert "Pack it as a zip" in report.unreadable[0][1]


def old_zip(names: list[bytes]) -> bytes:
    """A zip that does not say in which code its names are."""
    body, directory = b"", b""
    for i, name in enumerate(names):
        content = png(i)
        sizes = struct.pack("<LLLHH", zlib.crc32(content), len(content), len(content), len(name), 0)
        directory += struct.pack("<4s6H", b"PK\1\2", 20, 20, 0, 0, 0, 0) + sizes
        directory += struct.pack("<HHHLL", 0, 0, 0, 0, len(body)) + name
        body += struct.pack("<4s5H", b"PK\3\4", 20, 0, 0, 0, 0) + sizes + name + content
    end = struct.pack(
        "<4s4HLLH", b"PK\5\6", 0, 0, len(names), len(names), len(directory), len(body), 0
    )
    return body + directory + end


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["表紙0.png", "猫0.png"], "cp932"),
        (["ソ/0.png", "能/0.png", "表/1.png"], "cp932"),
        (["ねこ/1.png", "イヌ/2.png"], "cp932"),
        (["고양이/1.png", "강아지/2.png"], "cp949"),
        (["中国/图片1.png", "测试/照片2.png"], "gbk"),
        (["Größe/1.png", "Ärger/2.png", "Müller.png"], "cp437"),
        (["été/1.png", "garçon/2.png"], "cp437"),
        (["東京/1.png", "Łódź/2.png"], "utf-8"),
    ],
)
def test_names_of_a_zip_that_does_not_tell_its_code(
    store: Store, names: list[str], code: str
) -> None:
    assert decoded([name.encode(code) for name in names]) == names
    upload = receive(store, [("a.zip", old_zip([name.encode(code) for name in [*names, "0.png"]]))])
    samples, _ = of_upload(store, upload, val_fraction=0, test_fraction=0)
    assert set(samples.names) == {*names, "0.png"}
    folders = {name.split("/")[0] for name in names if "/" in name}
    assert set(classes(samples).values()) - {""} == folders


# Ranges, alpha, stacks -------------------------------------------------------------------


def dim(i: int) -> bytes:
    return tiff(np.random.default_rng(i).integers(0, 4096, (20, 20)).astype(np.uint16))


def test_numbers_that_use_a_sixteenth_of_their_range_are_told_and_can_be_stretched(
    store: Store,
) -> None:
    files = {f"{i}.tif": dim(i) for i in range(6)}
    samples, report = brought(store, files)
    assert samples.x.max() <= 16
    assert any("6.2 % of what their kind can" in words for words in report.warnings)
    stretched, report = brought(store, files, value_range="set")
    raw = [np.random.default_rng(i).integers(0, 4096, (20, 20)) for i in range(6)]
    low, high = np.min(raw), np.max(raw)
    np.testing.assert_allclose(
        stretched.x[:, 0], (np.array(raw) - low) / (high - low) * 255, atol=0.51
    )
    assert not any("what their kind can" in words for words in report.warnings)
    given, _ = brought(store, files, value_range="given", low=0, high=4095)
    np.testing.assert_allclose(given.x[:, 0], np.array(raw) / 4095 * 255, atol=0.51)


def test_floats_beyond_one_come_in_by_the_range_of_the_set(store: Store) -> None:
    raw = [np.random.default_rng(i).normal(0, 50, (20, 20)).astype(np.float32) for i in range(5)]
    files = {f"{i}.tif": tiff(x) for i, x in enumerate(raw)}
    samples, report = brought(store, files, value_range="set")
    assert report.n_unreadable == 0
    low, high = np.min(raw), np.max(raw)
    np.testing.assert_allclose(
        samples.x[:, 0], (np.array(raw) - low) / (high - low) * 255, atol=0.51
    )


def test_white_on_transparent_says_why_all_are_alike_and_black_shows_them(store: Store) -> None:
    def icon(i: int) -> bytes:
        x = np.full((20, 20, 4), 255, np.uint8)
        x[..., 3] = 255 * np.random.default_rng(i).integers(0, 2, (20, 20))
        file = io.BytesIO()
        Image.fromarray(x).save(file, "PNG")
        return file.getvalue()

    files = {f"{i}.png": icon(i) for i in range(6)}
    _, report = brought(store, files)
    assert "identical" in report.warnings[0]
    assert "transparent parts were laid on white" in report.warnings[0]
    samples, report = brought(store, files, ground="black")
    assert report.n_duplicates == 0
    assert set(np.unique(samples.x)) == {0, 255}


def test_pages_of_a_stack_are_pictures_where_they_are_asked_for(store: Store) -> None:
    pages = np.random.default_rng(0).integers(0, 255, (9, 32, 32), np.uint8)
    files = {"a/stack.tif": tiff(pages), "b/one.png": png(1, 32, 32)}
    settings = {"val_fraction": 0.0, "test_fraction": 0.0}
    samples, report = brought(store, files, **settings)
    assert len(samples) == 2
    assert any("--frames all" in words for words in report.warnings)
    samples, report = brought(store, files, frames="all", **settings)
    assert len(samples) == 10
    np.testing.assert_array_equal(samples.x[:9, 0], pages)
    assert samples.names[8] == "a/stack.tif#9"
    assert classes(samples)["a/stack.tif#1"] == "a"
    assert any("much alike" in words for words in report.told)


@pytest.mark.parametrize(
    "settings",
    [
        {"value_range": "set", "fit": "bars", "ground": "black", "size_px": 16},
        {"value_range": "given", "low": 100.0, "high": 300.0, "fit": "squeeze", "size_px": 24},
        {"value_range": "set", "size_px": 12, "width_px": 30},
    ],
)
def test_a_picture_of_ones_own_becomes_a_sample_as_the_set_did(
    store: Store, settings: dict[str, object]
) -> None:
    random = np.random.default_rng(0)
    floats = {f"{i}.tif": tiff(random.normal(200, 60, (20, 33)).astype("f4")) for i in range(6)}
    samples, _ = brought(store, floats, **settings)
    key = keep(store, floats["3.tif"], framing=samples.framing)
    as_page = kept(store, key).fitted((1, *samples.shape[1:]), samples.framing)
    as_command = fit_picture(floats["3.tif"], (1, *samples.shape[1:]), framing=samples.framing)
    of_set = samples.x[samples.names.index("3.tif")]
    np.testing.assert_array_equal(as_command, of_set)
    np.testing.assert_allclose(as_page.astype(float), of_set, atol=1)


def test_frames_of_one_file_fall_into_one_part(store: Store) -> None:
    random = np.random.default_rng(0)
    files = {f"{i}.tif": tiff(random.integers(0, 255, (5, 32, 32), np.uint8)) for i in range(12)}
    samples, report = brought(store, files, frames="all", test_fraction=0.25)
    of = {
        part: {samples.names[row].split("#")[0] for row in rows}
        for part, rows in samples.parts.items()
    }
    assert sum(len(names) for names in of.values()) == 12
    assert (len(samples.parts["val"]), len(samples.parts["test"])) == (5, 15)
    assert any("all of them are in one part" in words for words in report.told)


def test_a_folder_of_raw_and_jpeg_holds_each_scene_once(store: Store) -> None:
    files = {f"{i}.jpg": png(i) for i in range(4)}
    files |= {f"{i}.ORF": b"IIRO\x08\0\0\0" + bytes(99) for i in range(4)}
    samples, report = brought(store, files)
    assert len(samples) == 4
    assert report.n_unreadable == 4
    assert "raw file (Olympus)" in report.unreadable[0][1]


def test_a_set_larger_than_what_one_picture_may_take_comes_in(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "PICTURE_BYTES", 100 * 2**20)
    flat = [Image.new("RGB" if i == 999 else "L", (200, 200), 90) for i in range(1000)]
    files = {}
    for i, image in enumerate(flat):  # grey until the last, so that all are read once more
        file = io.BytesIO()
        image.save(file, "PNG")
        files[f"{i:03d}.png"] = file.getvalue()
    samples, report = brought(store, files, size_px=200)
    assert not report.unreadable
    assert samples.x.shape == (1000, 3, 200, 200)
    assert samples.x.nbytes > 110 * 2**20
    assert (samples.x[::100] == 90).all()
    assert report.n_unreadable == 0
