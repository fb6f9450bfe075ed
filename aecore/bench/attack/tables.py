"""Hostile tables, texts and labels: bombs in what packs them, names and cells that cost time."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Iterator
from functools import partial

import numpy as np

from aecore.bench.attack.pictures import Maker, picture, random_bytes
from aecore.bench.attack.zips import zipped

_SHEET = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/'
_SHEET += b'2006/main"><sheetData>'


def tables() -> Iterator[tuple[str, str, Maker]]:
    """All of them: what it is, the ending of its name, and what makes it."""
    yield from _of_csv()
    yield from _of_packed()
    yield from _of_arrays()


def texts() -> Iterator[tuple[str, str, Maker]]:
    """Texts, and zips of them."""
    yield "text of 10,000,000 empty lines", ".txt", partial(bytes, b"\n" * 10_000_000)
    yield "text of one line of 60 MB", ".txt", partial(bytes, b"word " * 12_000_000)
    yield "text of 2,000,000 different words", ".txt", _of_different_words
    yield "text of letters that grow when normalized", ".txt", _of_growing_letters
    yield "text of random bytes", ".txt", partial(random_bytes, 1_000_000)
    yield "zip of 50,000 texts of a word", ".zip", partial(_zip_of_texts, 50_000)
    yield "zip of texts with labels of 60 MB", ".zip", partial(_zip_with_labels, 60)


def _of_csv() -> Iterator[tuple[str, str, Maker]]:
    for name, head in (
        ("almost a number", b"1" * 100_000 + b"x"),
        ("points", b"." * 100_000 + b"x"),
        ("quotes", b'"' * 100_001),
    ):
        yield f"CSV whose first cell is {name}", ".csv", partial(bytes, b"a;" + head + b"\n1;2\n")
    yield "CSV of 1,000,000 columns", ".csv", partial(bytes, b"1," * 1_000_000 + b"1\n" * 3)
    yield "CSV of 9,000 columns of one name", ".csv", _of_one_name
    yield "CSV of 30,000,000 lines", ".csv", partial(bytes, b"1,2\n" * 30_000_000)
    yield "CSV of NUL", ".csv", partial(bytes, bytes(1_000_000))
    yield "CSV of numbers without end", ".csv", _of_long_numbers
    yield "CSV of dates that are none", ".csv", partial(bytes, b"12345678x,9999-99-99\n" * 100_000)
    yield "CSV of formulas", ".csv", partial(bytes, b"a,b\n" + b"=cmd|' /C calc'!A0,<script>\n" * 9)


def _of_packed() -> Iterator[tuple[str, str, Maker]]:
    yield "Excel of a sheet of 1 GB", ".xlsx", partial(_excel, 2**30)
    yield "Excel of words that grow", ".xlsx", _excel_of_entities
    yield "Excel that is a zip of pictures", ".xlsx", partial(zipped, [("a.png", picture())])
    yield "Parquet of lies", ".parquet", _parquet_of_lies
    yield "Parquet of 500,000,000 equal rows", ".parquet", partial(_parquet, 500)
    yield "ARFF of 100,000 attributes", ".arff", _arff_of_attributes
    yield "ARFF of a nominal of 5 MB", ".arff", _arff_of_nominal


def _of_arrays() -> Iterator[tuple[str, str, Maker]]:
    for shape in ((2**40, 2), (0, 5), (2**20, 2**20), (-1, 3)):
        yield f"npy that says {shape}", ".npy", partial(_npy, shape)
    yield "npy of objects", ".npy", partial(_npy, (2, 2), "|O")
    yield "npz of 1 GB of zeros", ".npz", partial(_npz, 2**30)


def _of_one_name() -> bytes:
    names = ["a"] * 4_500 + [f"a ({i})" for i in range(4_500)]
    row = ",".join(["1"] * len(names))
    return "\n".join([",".join(names), row, row]).encode()


def _of_long_numbers() -> bytes:
    return b"a,b\n" + b"\n".join(b"9" * 100_000 + b",1" for _ in range(50))


def _excel(n_bytes: int) -> bytes:
    rows = b'<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
    return _workbook(_SHEET, rows, n_bytes // len(rows))


def _excel_of_entities() -> bytes:
    entities = b'<!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">'
    for i in range(1, 12):
        entities += f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">'.encode()
    head = _SHEET.replace(b"?><", b"?>" + entities + b"]><", 1)
    row = b'<row r="1"><c r="A1" t="str"><v>&a11;</v></c><c r="B1"><v>2</v></c></row>'
    return _workbook(head, row, 2)


def _workbook(head: bytes, row: bytes, n: int) -> bytes:
    """A workbook of one sheet that repeats a row."""
    import pandas as pd

    honest = io.BytesIO()
    pd.DataFrame({"a": [1, 2], "b": [3, 4]}).to_excel(honest, index=False)
    out = io.BytesIO()
    with zipfile.ZipFile(honest) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            if not name.endswith("sheet1.xml"):
                made.writestr(name, source.read(name))
                continue
            block = row * 10_000
            with made.open(name, "w", force_zip64=True) as sheet:
                sheet.write(head)
                for _ in range(n // 10_000):
                    sheet.write(block)
                sheet.write(row * (n % 10_000) + b"</sheetData></worksheet>")
    return out.getvalue()


def _parquet(n_millions: int) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    million = pa.table({"a": np.zeros(10**6, np.int8), "b": np.ones(10**6, np.int8)})
    with pq.ParquetWriter(out, million.schema) as writer:
        for _ in range(n_millions):
            writer.write_table(million)
    return out.getvalue()


def _parquet_of_lies() -> bytes:
    whole = bytearray(_parquet(1))
    whole[-8:-4] = struct.pack("<I", 2**31 - 1)
    return bytes(whole)


def _arff_of_attributes() -> bytes:
    attributes = "".join(f"@attribute a{i} numeric\n" for i in range(100_000))
    return f"@relation x\n{attributes}@data\n1,2\n".encode()


def _arff_of_nominal() -> bytes:
    words = ",".join(f"w{i}" for i in range(700_000))
    head = f"@relation x\n@attribute a {{{words}}}\n@attribute b numeric\n"
    return f"{head}@data\nw1,2\nw2,3\n".encode()


def _npy(shape: tuple[int, ...], kind: str = "<f8") -> bytes:
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + bytes(64)


def _npz(n_bytes: int) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.npy", "w", force_zip64=True) as member,
    ):
        member.write(_npy((n_bytes // 80, 10))[:-64])
        for _ in range(n_bytes >> 24):
            member.write(bytes(1 << 24))
    return out.getvalue()


def _of_different_words() -> bytes:
    lines = (" ".join(f"w{i}" for i in range(k, k + 20)) for k in range(0, 2_000_000, 20))
    return "\n".join(lines).encode()


def _of_growing_letters() -> bytes:
    return ("\ufdfa " * 100_000 + "\n").encode() * 10  # one becomes eighteen under NFKC


def _zip_of_texts(n: int) -> bytes:
    return zipped([(f"{i % 7}/{i}.txt", b"word") for i in range(n)])


def _zip_with_labels(n_megabytes: int) -> bytes:
    row = b"ab," * 19 + b"ab\n"
    labels = row * (n_megabytes * 2**20 // len(row))
    return zipped([("labels.csv", labels), *((f"{i}.txt", b"some words") for i in range(9))])


def bad_labels() -> bytes:
    """A zip of pictures whose table of labels holds what is no number, and far too much."""
    rows = "".join(f"{i}.png,{json.dumps('x' * 50_000)},inf,1e39\n" for i in range(8))
    pictures = [(f"{i}.png", picture(32 + i, 32)) for i in range(8)]
    return zipped([("labels.csv", f"file,label,a,b\n{rows}".encode()), *pictures])
