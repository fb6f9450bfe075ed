"""Bringing data in: from a spec to samples, parts, a report; bad input costs only itself."""

from __future__ import annotations

import io
import json
import os
import struct
import sys
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aecore.artifact import Progress
from aecore.data import own, shipped, uploads
from aecore.data.health_report import HealthReport
from aecore.data.ingest import compute, open_samples, read_report
from aecore.data.samples import PARTS, SampleSet
from aecore.errors import (
    AecoreError,
    ArchiveError,
    ArtifactMissingError,
    DataError,
    TooFewSamplesError,
)
from aecore.specs.data import DataSpec
from aecore.store import Store
from tests.core.conftest import in_a_fresh_process, link_folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def brought(store: Store, **settings: object) -> SampleSet:
    spec = DataSpec.of(**settings)
    steps = list(compute(spec, store.create(spec), store))
    assert steps
    assert all(isinstance(step, Progress) for step in steps)
    return open_samples(store, spec.key)


def brought_files(
    store: Store, files: dict[str, bytes], **settings: object
) -> tuple[SampleSet, HealthReport]:
    upload = uploads.receive(store, files.items())
    spec = DataSpec.of(source="own", upload=upload, **settings)
    return brought(store, source="own", upload=upload, **settings), read_report(store, spec.key)


def write_mnist(folder: Path, x: np.ndarray, labels: np.ndarray, n_test: int) -> None:
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part, rows in (("train", slice(None, -n_test)), ("t10k", slice(-n_test, None))):
        for what, values in (("images-idx3", x[rows]), ("labels-idx1", labels[rows])):
            header = struct.pack(f">HBB{values.ndim}L", 0, 8, values.ndim, *values.shape)
            path = raw / f"{part}-{what}-ubyte"
            path.write_bytes(header + values.astype(np.uint8).tobytes())


# Sets that ship ---------------------------------------------------------------------------


def test_digits_come_in_as_they_are(store: Store) -> None:
    samples = brought(store, source="digits")
    raw = shipped.digits()
    np.testing.assert_array_equal(samples.x, raw.x)
    np.testing.assert_array_equal(samples.labels, raw.labels)
    assert [len(samples.parts[part]) for part in ("train", "val", "test")] == [1437, 180, 180]
    assert samples.title == "Digits 8×8"


def test_size_and_colour_are_what_was_asked_for(store: Store) -> None:
    samples = brought(store, source="digits", size_px=16, colour="rgb", n_max=50)
    assert samples.x.shape == (50, 3, 16, 16)
    np.testing.assert_array_equal(samples.x[:, 0], samples.x[:, 2])


def test_a_drawn_part_is_fixed_by_the_seed_and_from_the_set(store: Store) -> None:
    one = brought(store, source="digits", n_max=40, seed=1)
    other = brought(store, source="digits", n_max=40, seed=2)
    known = {picture.tobytes(): i for picture, i in zip(*_pictures_and_labels(), strict=True)}
    assert [known[picture.tobytes()] for picture in one.x] == one.labels.tolist()
    assert (one.x != other.x).any()
    assert set(np.unique(one.labels)) == set(range(10))  # not the first forty in order


def _pictures_and_labels() -> tuple[np.ndarray, np.ndarray]:
    raw = shipped.digits()
    assert raw.labels is not None
    return raw.x, raw.labels


def test_standard_scale_is_kept_with_the_samples(store: Store) -> None:
    samples = brought(store, source="digits", scale="standard")
    seen = samples.scaled(samples.parts["train"])
    assert seen.mean() == pytest.approx(0, abs=1e-4)
    assert seen.std() == pytest.approx(1, abs=1e-4)


def test_sprites_bring_their_factors(store: Store) -> None:
    samples = brought(store, source="sprites", n_max=300, size_px=32)
    assert samples.x.shape == (300, 1, 32, 32)
    assert set(samples.factors) == {"shape", "scale", "rotation", "x", "y"}
    np.testing.assert_array_equal(samples.factors["shape"], samples.labels)
    assert samples.label_names == ("square", "ellipse", "heart")
    # The place that is known is the place that is seen.
    mass = samples.x[:, 0].astype(float)
    seen = mass.sum(1) @ np.arange(32) / mass.sum((1, 2))
    round_ones = samples.labels < 2  # a heart's mass is not quite where its middle is
    np.testing.assert_allclose(
        (seen[round_ones] + 0.5) / 32, 0.25 + 0.5 * samples.factors["x"][round_ones], atol=0.003
    )


# Official test parts ----------------------------------------------------------------------


def test_official_test_part_stays_the_test_part(store: Store, tmp_path, monkeypatch) -> None:
    x, labels = noise(120, 28, 28), np.arange(120) % 10
    write_mnist(tmp_path / "data", x, labels, n_test=20)
    monkeypatch.setenv("AECORE_DATA", str(tmp_path / "data"))
    samples = brought(store, source="mnist", val_fraction=0.2, test_fraction=0.5)
    np.testing.assert_array_equal(samples.x[:, 0], x)
    np.testing.assert_array_equal(samples.parts["test"], np.arange(100, 120))
    assert len(samples.parts["val"]) == 20
    assert sorted([*samples.parts["train"], *samples.parts["val"]]) == list(range(100))
    few = brought(store, source="mnist", n_max=60)
    official = {picture.tobytes() for picture in x[100:]}
    assert len(few.parts["test"]) == 10
    for part in ("train", "val", "test"):
        found = {few.x[i, 0].tobytes() in official for i in few.parts[part]}
        assert found == {part == "test"}


# Own pictures -----------------------------------------------------------------------------


def test_folders_of_a_zip_become_labels(store: Store) -> None:
    members = {
        f"set/{kind}/{i}.png": png(noise(20, 20, 3, seed=i))
        for i in range(10)
        for kind in ("cats", "dogs")
    }
    samples, report = brought_files(store, {"set.zip": zipped(members)})
    assert samples.x.shape == (20, 3, 20, 20)
    assert samples.label_names == ("cats", "dogs")
    for name, label in zip(samples.names, samples.labels, strict=True):
        assert samples.label_names[label] in name
    assert report.class_counts == {"cats": 10, "dogs": 10}
    assert report.sizes == {"20 × 20": 20}


def test_one_bad_file_in_a_thousand_costs_that_file_by_name(store: Store) -> None:
    members = {f"{i:04d}.png": png(noise(8, 8, seed=i)) for i in range(1000)}
    members["0400.png"] = members["0400.png"][:60]
    samples, report = brought_files(store, {"set.zip": zipped(members)}, size_px=8)
    assert len(samples) == 999
    assert report.n_unreadable == 1
    assert report.unreadable[0][0] == "0400.png"
    assert "0400.png" in report.warnings[0]
    assert "0400.png" not in samples.names
    # Names stay with their pictures after the gap.
    for name in ("0399.png", "0401.png", "0999.png"):
        expected = noise(8, 8, seed=int(name[:4]))
        np.testing.assert_array_equal(samples.x[samples.names.index(name), 0], expected)


def test_all_kinds_of_bad_files_at_once(store: Store) -> None:
    good = {f"good{i}.png": png(noise(16, 16, seed=i)) for i in range(6)}
    bad = {
        "empty.png": b"",
        "text.png": b"these are words\n",
        "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "speck.png": png(noise(1, 1)),
        "more.zip": zipped({"a.png": good["good0.png"]}),
        "../../climbs.png": good["good0.png"][:40],
    }
    samples, report = brought_files(store, {"set.zip": zipped(good | bad)}, size_px=16)
    assert len(samples) == 6
    assert {name for name, _ in report.unreadable} == {
        "empty.png",
        "text.png",
        "drawing.svg",
        "speck.png",
        "more.zip",
        "climbs.png",
    }
    assert all(reason for _, reason in report.unreadable)


def test_grey_pictures_turn_to_colour_when_the_first_coloured_one_comes(store: Store) -> None:
    grey = [noise(8, 8, seed=i) for i in range(5)]
    colour = noise(8, 8, 3)
    files = {f"{i}.png": png(pixels) for i, pixels in enumerate([*grey, colour, grey[0]])}
    samples, _ = brought_files(store, files, size_px=8)
    assert samples.shape == (3, 8, 8)
    for i in (0, 4):
        np.testing.assert_array_equal(samples.x[i], np.stack([grey[i]] * 3))
    np.testing.assert_array_equal(samples.x[5], colour.transpose(2, 0, 1))
    np.testing.assert_array_equal(samples.x[6], samples.x[0])
    forced, _ = brought_files(store, files, size_px=8, colour="grey")
    assert forced.shape == (1, 8, 8)


def test_grey_pictures_alone_stay_grey(store: Store) -> None:
    files = {f"{i}.png": png(noise(8, 8, seed=i)) for i in range(5)}
    assert brought_files(store, files, size_px=8)[0].shape == (1, 8, 8)
    assert brought_files(store, files, size_px=8, colour="rgb")[0].shape == (3, 8, 8)


def test_linked_folder_comes_in(store: Store, tmp_path: Path) -> None:
    for kind in ("a", "b"):
        (tmp_path / "pictures" / kind).mkdir(parents=True)
        for i in range(4):
            path = tmp_path / "pictures" / kind / f"{i}.png"
            path.write_bytes(png(noise(8, 8, seed=i)))
    upload = link_folder(store, tmp_path / "pictures")
    samples = brought(store, source="own", upload=upload, size_px=8)
    assert samples.names == tuple(f"{kind}/{i}.png" for kind in "ab" for i in range(4))
    np.testing.assert_array_equal(samples.labels, [0] * 4 + [1] * 4)


def test_identical_pictures_come_in_with_a_warning(store: Store) -> None:
    files = {f"{i}.png": png(noise(8, 8)) for i in range(10)}
    samples, report = brought_files(store, files, size_px=8)
    assert len(samples) == 10
    assert report.is_uniform
    assert any("identical" in sentence for sentence in report.warnings)


@pytest.mark.parametrize(
    ("files", "problem", "sentence"),
    [
        ({"1.png": png(noise(8, 8))}, TooFewSamplesError, "1 sample"),
        ({"1.png": b"words", "2.png": b""}, TooFewSamplesError, "1.png: This is a text file"),
        ({"set.zip": zipped({})}, TooFewSamplesError, "no picture"),
        ({"set.zip": b"PK\3\4"}, ArchiveError, "damaged"),
        ({"1.png": png(noise(8, 8)), "2.png": b""}, TooFewSamplesError, "2.png"),
    ],
)
def test_nothing_to_learn_from_is_said_and_leaves_no_samples(
    store: Store, files: dict[str, bytes], problem: type[AecoreError], sentence: str
) -> None:
    upload = uploads.receive(store, files.items())
    spec = DataSpec.of(source="own", upload=upload)
    with pytest.raises(problem, match=sentence) as caught:
        list(compute(spec, store.create(spec), store))
    assert caught.value.hint
    with pytest.raises(ArtifactMissingError):
        open_samples(store, spec.key)


def test_upload_that_was_never_made_is_said(store: Store) -> None:
    spec = DataSpec.of(source="own", upload="0" * 32)
    with pytest.raises(DataError, match="not kept here"):
        list(compute(spec, store.create(spec), store))


# The artifact -----------------------------------------------------------------------------


def test_the_same_question_put_in_another_way_has_the_same_answer(store: Store) -> None:
    def differs(samples: SampleSet) -> bool:
        pairs = [(samples.x, plain.x), (samples.labels, plain.labels)]
        pairs += [(samples.parts[part], plain.parts[part]) for part in PARTS]
        return not all(np.array_equal(one, other) for one, other in pairs)

    plain = brought(store, source="digits")
    assert not differs(brought(store, source="digits", size_px=8))
    assert differs(brought(store, source="digits", seed=1))  # other parts
    assert differs(brought(store, source="digits", n_max=100))


def test_closing_stops_and_leaves_no_half_result(store: Store) -> None:
    files = {f"{i:03d}.png": png(noise(64, 64, 3, seed=i)) for i in range(30)}
    upload = uploads.receive(store, {"set.zip": zipped(files)}.items())
    spec = DataSpec.of(source="own", upload=upload)
    artifact = store.create(spec)
    steps = compute(spec, artifact, store)
    assert next(steps).phase == "reading pictures"
    steps.close()
    assert {path.name for path in artifact.path.iterdir()} == {"spec.json"}
    with pytest.raises(ArtifactMissingError):
        open_samples(store, spec.key)
    assert len(brought(store, source="own", upload=upload)) == 30  # asked again


def test_progress_is_told_often_enough_to_be_stopped(store: Store) -> None:
    spec = DataSpec.of(source="sprites", n_max=5000)
    last, waits_s, phases = time.perf_counter(), [], set()
    for step in compute(spec, store.create(spec), store):
        now = time.perf_counter()
        waits_s.append(now - last)
        last = now
        phases.add(step.phase)
        assert step.n_done <= step.n_total or not step.n_total
    assert "drawing sprites" in phases
    assert np.median(waits_s) < 0.3


def test_report_is_plain_json(store: Store) -> None:
    brought(store, source="digits")
    artifact = store.artifact(DataSpec.of(source="digits").key)
    found = json.loads((artifact.path / "report.json").read_text())
    assert found["n_read"] == 1797
    assert found["class_counts"]["3"] == 183


def test_open_samples_are_shared_until_they_are_removed(store: Store) -> None:
    spec = DataSpec.of(source="digits")
    one = brought(store, source="digits")
    assert open_samples(store, spec.key) is one
    store.remove(spec.key)
    with pytest.raises(ArtifactMissingError):
        open_samples(store, spec.key)


# Quantity --------------------------------------------------------------------------------


def test_names_of_a_folder_are_words_that_a_terminal_can_show(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    (folder / "a\x1b[2Jb").mkdir(parents=True)
    for i in range(8):
        (folder / "a\x1b[2Jb" / f"{i}\n.png").write_bytes(png(noise(8, 8, seed=i)))
    (folder / os.fsdecode(b"\xff\xfe.png")).write_bytes(b"no picture")
    upload = link_folder(store, folder)
    samples = brought(store, source="own", upload=upload, size_px=8)
    assert samples.names == tuple(f"a[2Jb/{i}.png" for i in range(8))
    report = read_report(store, DataSpec.of(source="own", upload=upload, size_px=8).key)
    assert report.unreadable[0][0] == ".png"
    assert all(word.isprintable() for word in report.warnings)


def test_more_zips_come_in_than_files_can_be_open(store: Store) -> None:
    resource = pytest.importorskip("resource", reason="where files are counted")
    files = [(f"{i}.zip", zipped({"x.png": png(noise(8, 8, seed=i))})) for i in range(120)]
    upload = uploads.receive(store, files)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (60, hard))
    try:
        samples = brought(store, source="own", upload=upload, size_px=8)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(samples) == 120


@pytest.mark.slow
def test_pictures_that_are_brought_in_are_not_held_in_memory(store: Store) -> None:
    n, side = 4_000, 256
    pictures = {f"{i}.png": png(noise(4, 4, seed=i)) for i in range(n)}
    upload = uploads.receive(store, [("a.zip", zipped(pictures))])
    spec = DataSpec.of(source="own", upload=upload, size_px=side)
    artifact = store.create(spec)
    tracemalloc.start()
    for _ in compute(spec, artifact, store):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    n_bytes = n * side**2
    assert open_samples(store, spec.key).x.nbytes == n_bytes
    assert peak < n_bytes / 3  # what is looked through at once
    assert not list(artifact.path.glob(".*.tmp"))


def test_what_is_written_on_the_way_goes_where_the_import_ends_early(store: Store) -> None:
    pictures = {f"{i}.png": png(noise(8, 8, seed=i)) for i in range(30)}
    upload = uploads.receive(store, [("a.zip", zipped(pictures))])
    spec = DataSpec.of(source="own", upload=upload, size_px=64)
    artifact = store.create(spec)
    steps = compute(spec, artifact, store)
    next(steps)
    assert list(artifact.path.glob(".rows.*.tmp"))
    steps.close()
    assert not list(artifact.path.glob(".*.tmp"))


def test_a_set_that_takes_more_memory_than_may_be_used_is_refused_before_it_is_drawn(
    store: Store,
) -> None:
    spec = DataSpec.of(source="sprites", n_max=1_000_000, size_px=256, colour="rgb")
    with pytest.raises(DataError, match=r"would take .* GB of memory"):
        list(compute(spec, store.create(spec), store))


@pytest.mark.skipif(sys.platform != "linux", reason="the bound is the system's, on Linux")
def test_a_picture_that_takes_too_much_memory_costs_itself(tmp_path: Path) -> None:
    in_a_fresh_process(_bring_a_large_picture, str(tmp_path))


def _bring_a_large_picture(root: str) -> None:
    store = Store(root)
    pictures = {f"{i}.png": png(noise(8, 8, seed=i)) for i in range(6)}
    few = uploads.receive(store, [("few.zip", zipped(pictures))])
    brought(store, source="own", upload=few, size_px=8)  # all that it takes is loaded now
    own.PICTURE_BYTES = 30_000_000
    pictures["large.png"] = png(np.zeros((4800, 4800, 3), np.uint8))
    upload = uploads.receive(store, [("a.zip", zipped(pictures))])
    samples = brought(store, source="own", upload=upload, size_px=8)
    assert len(samples) == 6
    report = read_report(store, DataSpec.of(source="own", upload=upload, size_px=8).key)
    assert report.unreadable[0][0] == "large.png"
    assert "memory" in report.unreadable[0][1]
