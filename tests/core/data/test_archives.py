"""Hostile zips: names stay words, sizes are counted while reading, one bad member costs itself."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from pathlib import Path

import pytest

from aecore.data.archives import (
    ArchiveLimits,
    Budget,
    clean_parts,
    labels_from,
    open_archive,
)
from aecore.errors import ArchiveError, PictureError


def zipped(members: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file


def directory_of(n_members: int, *, claimed: int | None = None) -> io.BytesIO:
    """A zip64 that is nothing but a central directory; `claimed` is how many it says it has."""
    claimed = n_members if claimed is None else claimed
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, *[0] * 7, 1, *[0] * 6) + b"a"
    directory = entry * n_members
    end64 = struct.pack(
        "<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, claimed, claimed, len(directory), 0
    )
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(directory), 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return io.BytesIO(directory + end64 + locator + end)


def test_names_that_climb_out_become_words() -> None:
    members = {
        "../../etc/passwd.png": b"1",
        "/root/2.png": b"2",
        "C:\\Windows\\3.png": b"3",
        "a/../../b/4.png": b"4",
        "x\n\x1b[2J/5.png": b"5",
    }
    _, found = open_archive(zipped(members))
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
    _, found = open_archive(zipped(members))
    assert [file.name for file in found] == ["cats/1.png"]


@pytest.mark.parametrize(
    ("folders", "labels"),
    [
        ([("cats",), ("dogs",)], ["cats", "dogs"]),
        ([("set", "cats"), ("set", "dogs")], ["cats", "dogs"]),
        ([("train", "cats"), ("test", "cats"), ("test", "dogs")], ["cats", "cats", "dogs"]),
        ([("cats", "images"), ("dogs", "images")], ["cats", "dogs"]),
        ([("set",), ("set",)], [None, None]),
        ([(), ("cats",)], [None, "cats"]),
        ([(), ()], [None, None]),
        ([], []),
    ],
)
def test_labels_are_the_innermost_folders_that_differ(folders, labels) -> None:
    assert labels_from(folders) == labels


def test_nested_archive_is_left_out_by_name() -> None:
    _, found = open_archive(zipped({"1.png": b"1", "more.zip": zipped({}).getvalue()}))
    assert found[0].read() == b"1"
    assert found[1].name == "more.zip"
    with pytest.raises(PictureError, match="archive within"):
        found[1].read()


def test_member_that_is_not_what_it_says_costs_itself() -> None:
    file = zipped({"1.png": b"a" * 1000, "2.png": b"b" * 1000}, zipfile.ZIP_STORED)
    content = bytearray(file.getvalue())
    content[content.index(b"aaaa") + 10] ^= 1  # its checksum no longer holds
    _, found = open_archive(io.BytesIO(bytes(content)))
    with pytest.raises(PictureError, match="damaged inside"):
        found[0].read()
    assert found[1].read() == b"b" * 1000


def test_encrypted_member_says_so() -> None:
    content = bytearray(zipped({"1.png": b"1"}).getvalue())
    content[6] |= 1  # in the local header
    content[content.index(b"PK\1\2") + 8] |= 1  # and in the directory
    _, found = open_archive(io.BytesIO(bytes(content)))
    with pytest.raises(PictureError, match="encrypted"):
        found[0].read()


def test_large_member_costs_itself_whatever_its_header_says() -> None:
    content = bytearray(zipped({"bomb.png": bytes(3_000_000), "2.png": b"2"}).getvalue())
    struct.pack_into("<L", content, content.index(b"PK\1\2") + 24, 10)  # "10 bytes"
    limits = ArchiveLimits(n_member_bytes=1_000_000)
    _, found = open_archive(io.BytesIO(bytes(content)), limits)
    with pytest.raises(PictureError):
        found[0].read()
    _, honest = open_archive(zipped({"bomb.png": bytes(3_000_000), "2.png": b"2"}), limits)
    with pytest.raises(PictureError, match=r"more than 0\.954 MB"):
        honest[0].read()
    assert honest[1].read() == b"2"


def test_total_is_counted_while_reading_over_all_archives() -> None:
    budget = Budget(2_500_000)
    found = []
    for _ in range(2):
        found += open_archive(zipped({"1.png": bytes(1_000_000)}), budget=budget)[1]
    assert len(found[0].read()) == len(found[1].read()) == 1_000_000
    with pytest.raises(ArchiveError, match="unpacks to more"):
        found[0].read()


@pytest.mark.parametrize("claimed", [1_000_000, 3])
def test_a_million_members_are_refused_before_an_object_is_made_of_each(
    claimed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = directory_of(1_000_000, claimed=claimed)
    monkeypatch.setattr(zipfile, "ZipInfo", None)  # any object would be an error
    started = time.perf_counter()
    with pytest.raises(ArchiveError, match="200,000"):
        open_archive(file)
    assert time.perf_counter() - started < 2


def test_as_many_members_as_allowed_are_listed(tmp_path: Path) -> None:
    limits = ArchiveLimits(n_members=50)
    _, found = open_archive(directory_of(50), limits)
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
    _, found = open_archive(io.BytesIO(b"#!/bin/sh\n" + file.getvalue()))
    assert [member.read() for member in found] == [b"1"]
