"""Folders, tables and archives as other people lay them out: their classes and parts come in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aecore.bench.inputs.files import encoded, noise, old_zip, zipped
from aecore.data.folder_labels import arranged
from aecore.data.health import HealthReport
from aecore.data.ingest import compute, open_samples, read_report
from aecore.data.samples import SampleSet
from aecore.data.uploads import receive
from aecore.specs.data import DataSpec
from aecore.store import Store

ROWS = "\n".join(f"{i}.png,{'xy'[i % 2]}" for i in range(6))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def png(seed: int) -> bytes:
    return encoded(noise(12, 12, 3, seed=seed), "PNG")


def brought(store: Store, archive: bytes) -> tuple[SampleSet, HealthReport]:
    upload = receive(store, [("a.zip", archive)])
    spec = DataSpec.of(source="own", upload=upload, size_px=8)
    for _ in compute(spec, store.create(spec), store):
        pass
    return open_samples(store, spec.key), read_report(store, spec.key)


@pytest.mark.parametrize(
    ("train", "other", "part"),
    [
        ("Train", "VALIDATION", "val"),
        ("training_set", "test_set", "test"),
        ("train2017", "val2017", "val"),
        ("seg_train", "seg_test", "test"),
        ("train", "test1", "test"),
        ("train-images", "eval", "test"),
        ("train", "holdout", "test"),
        ("pets_train", "pets_dev", "val"),
    ],
)
def test_folders_of_parts_are_known_by_their_word(train: str, other: str, part: str) -> None:
    found = arranged([(train, "cats"), (train, "dogs"), (other, "cats")])
    assert found.labels == ["cats", "dogs", "cats"]
    assert found.parts == ["train", "train", part]


@pytest.mark.parametrize(
    "names", [("train", "bus"), ("train", "tram_test_bench"), ("trains", "tests"), ("test", "val")]
)
def test_classes_that_sound_like_parts_stay_classes(names: tuple[str, str]) -> None:
    assert arranged([(name,) for name in names]).parts is None
    assert arranged([(name,) for name in names]).labels == list(names)


def test_pictures_without_labels_are_trained_on_without_a_class() -> None:
    found = arranged([("train", "a"), ("train", "b"), ("test", "a"), ("unlabeled",)])
    assert found.labels == ["a", "b", "a", None]
    assert found.parts == ["train", "train", "test", "train"]


@pytest.mark.parametrize(
    "table",
    [
        ("file,label\n" + ROWS).encode("utf-16"),
        ("file,label\n" + ROWS).replace(",", ";").encode("utf-8-sig"),
        ("file,label\n" + ROWS).replace("\n", "\r").encode(),
        ("sep=;\r\nfile;label\r\n" + ROWS.replace(",", ";")).encode(),
        ("# by hand\n\nfile,label\n" + ROWS).encode(),
        ("image_id,breed\n" + ROWS.replace(".png", "")).encode(),
        ("Filename,ClassId\n" + ROWS).encode(),
        ("file,label\n" + ROWS.replace(".png", ".PNG")).encode(),
        ("file,label\n" + "".join(f"C:\\my\\{row}\n" for row in ROWS.split("\n"))).encode(),
        ("path,label\n" + "".join(f"https://x.org/{row}\n" for row in ROWS.split("\n"))).encode(),
    ],
    ids=["utf-16", "bom", "cr", "sep", "comment", "id", "class id", "case", "windows", "web"],
)
def test_tables_of_other_programs_name_their_classes(store: Store, table: bytes) -> None:
    members = {f"img/{i}.png": png(i) for i in range(6)}
    samples, report = brought(store, zipped({**members, "labels.csv": table}))
    assert samples.label_names == ("x", "y")
    assert samples.labels is not None
    np.testing.assert_array_equal(samples.labels, np.arange(6) % 2)
    assert not [words for words in report.warnings if "labels.csv" in words]


def test_a_table_in_each_part_names_the_files_of_that_part(store: Store) -> None:
    members = {
        f"{part}/{i}.png": png(i + 10 * (part == "test"))
        for part in ("train", "test")
        for i in range(6)
    }
    swapped = ROWS.translate(str.maketrans("xy", "yx"))
    members["train/labels.csv"] = ("file,label\n" + ROWS).encode()
    members["test/metadata.csv"] = ("file_name,label\n" + swapped).encode()
    samples, report = brought(store, zipped(members))
    assert samples.labels is not None
    of = {
        name: samples.label_names[i] for name, i in zip(samples.names, samples.labels, strict=True)
    }
    assert (of["train/0.png"], of["test/0.png"]) == ("x", "y")
    assert {samples.names[row].split("/")[0] for row in samples.parts["test"]} == {"test"}
    assert not [words for words in report.warnings if "labels.csv" in words]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("cp866", ("кошки", "собаки")),
        ("cp1251", ("кошки", "собаки")),
        ("big5", ("貓咪", "小狗")),
        ("cp850", ("Größe", "Füße")),
    ],
)
def test_names_of_old_zips_are_read_in_their_alphabet(
    store: Store, code: str, names: tuple[str, ...]
) -> None:
    members = {
        f"{name}/{i}.png".encode(code): png(i + 10 * n)
        for n, name in enumerate(names)
        for i in range(4)
    }
    samples, _ = brought(store, old_zip(members))
    assert set(samples.label_names) == set(names)


def test_the_icon_of_a_macos_folder_is_clutter(store: Store) -> None:
    members = {f"{c}/{i}.png": png(ord(c) * 10 + i) for c in "ab" for i in range(3)}
    samples, report = brought(store, zipped({**members, "a/Icon\r": b""}))
    assert (len(samples), report.n_unreadable) == (6, 0)
