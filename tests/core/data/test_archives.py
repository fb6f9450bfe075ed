"""Hostile zips: names stay words, sizes are counted while reading, one bad member costs itself."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from aecore.bench.attack.zips import bomb, by_hand, on_one_stretch
from aecore.data import zip_directory
from aecore.data.archives import (
    ArchiveLimits,
    Budget,
    clean_parts,
    open_archive,
)
from aecore.errors import ArchiveError, PictureError


def zipped(members: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file


_LOCAL_BYTES = 31


def directory_of(n_members: int, *, claimed: int | None = None) -> io.BytesIO:
    """A zip64 of members without content; `claimed` is how many it says it has."""
    claimed = n_members if claimed is None else claimed
    head = struct.pack("<4s6H3L5H", b"PK\1\2", 20, 20, *[0] * 7, 1, *[0] * 4)
    # Each says that it lies where the one before it ends, in bytes that mean nothing.
    directory = b"".join(
        head + struct.pack("<2L", 0, _LOCAL_BYTES * i) + b"a" for i in range(n_members)
    )
    before = bytes(_LOCAL_BYTES * n_members)
    end64 = struct.pack(
        "<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, claimed, claimed, len(directory), len(before)
    )
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(before) + len(directory), 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return io.BytesIO(before + directory + end64 + locator + end)


def test_names_that_climb_out_become_words() -> None:
    members = {
        "../../etc/passwd.png": b"1",
        "/root/2.png": b"2",
        "C:\\Windows\\3.png": b"3",
        "a/../../b/4.png": b"4",
        "x\n\x1b[2J/5.png": b"5",
    }
    found = open_archive(zipped(members))
    assert [file.name for file in found] == [
        "etc/passwd.png",
        "root/2.png",
        "Windows/3.png",
        "a/b/4.png",
        "x[2J/5.png",
    ]
    assert [file.read() for file in found] == [b"1", b"2", b"3", b"4", b"5"]
    assert found[0].folders == ("etc",)


@pytest.mark.parametrize("name", ["..", "/", "\\\\", "../..", "./.", "C:", "\x00"])
def test_name_of_nothing_but_tricks_leaves_no_word(name: str) -> None:
    assert clean_parts(name) == ()


def test_clutter_and_folders_are_passed_over() -> None:
    members = {
        "cats/": b"",
        "cats/1.png": b"1",
        "__MACOSX/cats/._1.png": b"x",
        "cats/.DS_Store": b"x",
        "cats/Thumbs.db": b"x",
        ".hidden/2.png": b"x",
    }
    found = open_archive(zipped(members))
    assert [file.name for file in found] == ["cats/1.png"]


def test_nested_archive_is_left_out_by_name() -> None:
    found = open_archive(zipped({"1.png": b"1", "more.zip": zipped({}).getvalue()}))
    assert found[0].read() == b"1"
    assert found[1].name == "more.zip"
    with pytest.raises(PictureError, match="archive within"):
        found[1].read()


def test_member_that_is_not_what_it_says_costs_itself() -> None:
    file = zipped({"1.png": b"a" * 1000, "2.png": b"b" * 1000}, zipfile.ZIP_STORED)
    content = bytearray(file.getvalue())
    content[content.index(b"aaaa") + 10] ^= 1  # its checksum no longer holds
    found = open_archive(io.BytesIO(bytes(content)))
    with pytest.raises(PictureError, match="damaged inside"):
        found[0].read()
    assert found[1].read() == b"b" * 1000


def test_encrypted_member_says_so() -> None:
    content = bytearray(zipped({"1.png": b"1"}).getvalue())
    content[6] |= 1  # in the local header
    content[content.index(b"PK\1\2") + 8] |= 1  # and in the directory
    found = open_archive(io.BytesIO(bytes(content)))
    with pytest.raises(PictureError, match="encrypted"):
        found[0].read()


def test_large_member_costs_itself_whatever_its_header_says() -> None:
    content = bytearray(zipped({"bomb.png": bytes(3_000_000), "2.png": b"2"}).getvalue())
    struct.pack_into("<L", content, content.index(b"PK\1\2") + 24, 10)  # "10 bytes"
    limits = ArchiveLimits(n_member_bytes=1_000_000)
    found = open_archive(io.BytesIO(bytes(content)), limits)
    with pytest.raises(PictureError):
        found[0].read()
    honest = open_archive(zipped({"bomb.png": bytes(3_000_000), "2.png": b"2"}), limits)
    with pytest.raises(PictureError, match=r"more than 0\.954 MB"):
        honest[0].read()
    assert honest[1].read() == b"2"


def test_total_is_counted_while_reading_over_all_archives() -> None:
    budget = Budget(2_500_000)
    found = []
    for _ in range(2):
        found += open_archive(zipped({"1.png": bytes(1_000_000)}), budget=budget)
    assert len(found[0].read()) == len(found[1].read()) == 1_000_000
    with pytest.raises(ArchiveError, match="unpacks to more"):
        found[0].read()


@pytest.mark.parametrize("claimed", [1_000_000, 3])
def test_a_million_members_are_refused_before_an_object_is_made_of_each(
    claimed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = directory_of(1_000_000, claimed=claimed)
    monkeypatch.setattr(zip_directory, "Member", None)  # any object would be an error
    started = time.perf_counter()
    with pytest.raises(ArchiveError, match="200,000"):
        open_archive(file)
    assert time.perf_counter() - started < 2


def test_as_many_members_as_allowed_are_listed(tmp_path: Path) -> None:
    limits = ArchiveLimits(n_members=50)
    found = open_archive(directory_of(50), limits)
    assert len(found) == 50
    with pytest.raises(ArchiveError, match="more than 50"):
        open_archive(directory_of(51), limits)


def test_directory_larger_than_any_honest_one_is_refused() -> None:
    with pytest.raises(ArchiveError, match="more than"):
        open_archive(directory_of(1000), ArchiveLimits(n_directory_bytes=10_000))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 and nothing more",
        b"PK\5\6",
        b"PK\5\6" + b"\xff" * 18,
        b"x" * 100_000,
        zipped({"1.png": b"1" * 1000}).getvalue()[:-30],
    ],
    ids=["nothing", "a head", "an end", "a false end", "no zip", "cut short"],
)
def test_what_is_no_whole_zip_is_told_as_such(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="no zip"):
        open_archive(io.BytesIO(content))
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(ArchiveError, match="no zip"):
        open_archive(tmp_path / "x.zip")


def test_zip_with_a_comment_and_something_before_it_opens() -> None:
    file = zipped({"1.png": b"1"})
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = b"made by hand" * 100
    found = open_archive(io.BytesIO(b"#!/bin/sh\n" + file.getvalue()))
    assert [member.read() for member in found] == [b"1"]


# What a zip may not do ---------------------------------------------------------------------


@pytest.mark.parametrize("method", [1, 9, 12, 14, 93, 99])
def test_a_member_that_is_neither_stored_nor_deflated_is_not_unpacked(method: int) -> None:
    (found,) = open_archive(io.BytesIO(by_hand(b"abc", method=method, n_bytes=10)))
    with pytest.raises(PictureError, match="packed in a way"):
        found.read()


@pytest.mark.parametrize("method", [12, 14])
def test_a_bomb_of_a_kind_that_unpacks_at_once_costs_nothing(method: int) -> None:
    data = bomb(method, 2**28)  # a quarter of a gigabyte
    assert len(data) < 100_000
    tracemalloc.start()
    (found,) = open_archive(io.BytesIO(data))
    with pytest.raises(PictureError):
        found.read()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize("n", [2, 200_000])
def test_members_on_one_stretch_of_bytes_refuse_the_archive(n: int) -> None:
    data = on_one_stretch(n, b"x" * 1000)
    began = time.process_time()
    with pytest.raises(ArchiveError, match="on top of each other"):
        open_archive(io.BytesIO(data))
    assert time.process_time() - began < 5
    (alone,) = open_archive(io.BytesIO(on_one_stretch(1, b"x" * 1000)))
    assert alone.read() == b"x" * 1000


def test_a_member_that_reaches_into_the_next_refuses_the_archive() -> None:
    data = bytearray(zipped({"1.png": b"1" * 100, "2.png": b"2" * 100}, 0).getvalue())
    at = data.index(b"PK\1\2")
    struct.pack_into("<2L", data, at + 20, 101, 101)
    assert len(open_archive(zipped({"1.png": b"1" * 100, "2.png": b"2" * 100}, 0))) == 2
    with pytest.raises(ArchiveError, match="on top"):
        open_archive(io.BytesIO(bytes(data)))


def test_a_name_that_is_not_the_utf8_it_claims_to_be_costs_nothing() -> None:
    data = zipped({"é.png": b"1", "ü/ß.png": b"2"}).getvalue()
    found = open_archive(io.BytesIO(data.replace("é".encode(), b"\xff\xfe")))
    assert [file.read() for file in found] == [b"1", b"2"]
    assert found[1].name == "ü/ß.png"
    assert found[0].name.endswith(".png")


def test_an_old_name_is_read_in_the_old_code() -> None:
    data = zipped({"e.png": b"1"}).getvalue().replace(b"e.png", b"\x82.png")
    assert [file.name for file in open_archive(io.BytesIO(data))] == ["é.png"]


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("n_bytes", [0, 1, 70_000, 3_000_001])
def test_what_python_packs_is_read_back(kind: int, n_bytes: int) -> None:
    content = np.random.default_rng(0).integers(0, 9, n_bytes, np.uint8).tobytes()
    stream = _Unseekable()
    with zipfile.ZipFile(stream, "w", kind) as archive:  # sizes stand behind each member
        archive.writestr("a/1.png", content)
        with archive.open("2.png", "w", force_zip64=True) as member:
            member.write(content)
    found = open_archive(io.BytesIO(stream.getvalue()))
    assert [file.name for file in found] == ["a/1.png", "2.png"]
    assert [file.read() for file in found] == [content] * 2


class _Unseekable(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise io.UnsupportedOperation

    def seek(self, *where: int) -> int:
        raise io.UnsupportedOperation


def test_numbers_that_stand_in_the_zip64_field_are_read_there() -> None:
    data = bytearray(zipped({"1.png": b"12345"}, 0).getvalue())
    at = data.index(b"PK\1\2")
    entry = bytearray(data[at : at + 46])
    struct.pack_into("<2L", entry, 20, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<H", entry, 30, 4 + 24)
    struct.pack_into("<L", entry, 42, 0xFFFFFFFF)
    entry += b"1.png" + struct.pack("<2H3Q", 1, 24, 5, 5, 0)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(entry), at, 0)
    (found,) = open_archive(io.BytesIO(bytes(data[:at] + entry) + end))
    assert found.read() == b"12345"


def test_no_archive_is_held_open(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"1.png": b"1"}).getvalue())
    n_before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    archives = [open_archive(tmp_path / "a.zip") for _ in range(50)]
    assert [found[0].read() for found in archives] == [b"1"] * 50
    if n_before:
        assert len(list(Path("/proc/self/fd").iterdir())) <= n_before
