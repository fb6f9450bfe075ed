"""Tables made to take time or memory are read, or refused, at the cost of honest ones."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aecore.data import baskets, label_table, memory, table_files
from aecore.data.archives import Candidate
from aecore.data.baskets import arrays_of_baskets
from aecore.data.label_table import columns_of, read_table
from aecore.data.memory import reading_bytes
from aecore.data.table_columns import column_of
from aecore.data.table_files import MAX_NAME, cells_of
from aecore.data.tables import MAX_CLASSES, arrays_of_table
from aecore.data.text_files import lines_of
from aecore.errors import DataError
from aecore.specs.data import BasketsAsked, DataSpec

SECONDS = 5.0
"""Each takes hundredths of one; what is quadratic takes minutes."""
SPEC = DataSpec.of(source="own", upload="0" * 32)


@pytest.fixture(autouse=True)
def is_quick():
    begin = time.process_time()
    yield
    assert time.process_time() - begin < SECONDS


def csv(folder: Path, text: str, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["1" * 100_000 + "x", "." * 100_000 + "x", "1,1." * 19 + "e"])
def test_a_first_row_of_almost_numbers(tmp_path: Path, name: str) -> None:
    found = cells_of(csv(tmp_path, f'"{name}";b\n1;2\n3;4\n'), delimiter=";")
    assert len(found) == 2


def test_ten_thousand_columns_of_one_name(tmp_path: Path) -> None:
    row = ",".join(["1"] * 9_998)
    names = ["a"] * 5_000 + [f"a ({i})" for i in range(4_998)]
    found = cells_of(csv(tmp_path, f"{','.join(names)}\n{row}\n{row}\n"))
    assert len(found) == 9_998


def test_a_small_file_of_many_equal_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_files, "MAX_CELLS", 1_000)
    monkeypatch.setattr(pd, "read_parquet", None)  # not even begun
    pd.DataFrame({"a": np.zeros(600), "b": np.zeros(600)}).to_parquet(tmp_path / "a.parquet")
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros((600, 40)))
    for name in ("a.parquet", "a.npz"):
        with pytest.raises(DataError, match="more than 1,000 cells"):
            cells_of(tmp_path / name)


def test_a_column_of_almost_dates() -> None:
    cells = np.array(["12345678x", "9999-99-99"] * 75_000, object)  # four tries each take seconds
    assert column_of("a", cells, np.arange(10)).kind == "category"


def test_a_long_name_of_a_column_is_cut_and_stays_different() -> None:
    frame = pd.DataFrame(np.ones((3, 2)), columns=["x" * 10**6 + "a", "x" * 10**6 + "b"])
    first, second = cells_of(frame)
    assert first != second
    assert max(map(len, (first, second))) < MAX_NAME + 10


def test_a_person_who_stands_twice_at_the_end_of_a_wide_table() -> None:
    n = 50_000
    frame = pd.DataFrame({"who": [*map(str, range(n)), "x", "x"], "a": 1, "b": 1})
    with pytest.raises(DataError, match=r"Row 50,002: 'x' stands twice"):
        arrays_of_baskets(frame, BasketsAsked(form="wide"))


def test_ids_of_more_digits_than_a_number_may_have() -> None:
    ids = ["9" * 5_000, "10", "9", "010", "0"]
    frame = pd.DataFrame({"user": ["a", "b"] * 5, "item": [*ids, *ids]})
    found = arrays_of_baskets(frame, BasketsAsked(least_things=1))
    assert found.feature_names == ("0", "9", "010", "10", "9" * 5_000)


def test_more_things_than_an_app_holds_the_names_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baskets, "MAX_THINGS", 3)
    frame = pd.DataFrame({"user": ["a", "b"] * 2, "item": list("wxyz")})
    with pytest.raises(DataError, match="has 2 people and 4 things; at most 1,000,000 and 3"):
        arrays_of_baskets(frame, BasketsAsked(least_things=1))


def test_a_label_of_as_many_words_as_rows_is_refused() -> None:
    n = MAX_CLASSES + 1
    frame = pd.DataFrame({"who": [f"w{i}" for i in range(n)], "x": np.arange(n)})
    with pytest.raises(DataError, match="has 10,001 different words"):
        arrays_of_table(frame, SPEC, columns={"who": "label"})


def test_numbers_beyond_float32_colour_nothing_as_infinite() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": ["1", "inf", "1e300", "2"]})
    found = arrays_of_table(frame, SPEC, columns={"b": "left_out"})
    assert all(np.isfinite(column.values).all() for column in found.beside.values())


def candidate(content: bytes) -> Candidate:
    return Candidate("labels.csv", (), lambda: content)


def test_columns_of_a_table_of_labels_hold_no_infinity() -> None:
    rows = [("a.png", "1"), ("b.png", "inf"), ("c.png", "1e39")]
    text = "file,label,size\n" + "".join(f"{name},x,{size}\n" for name, size in rows)
    table = read_table(candidate(text.encode()))
    files = [Candidate(name, (), lambda: b"") for name, _ in rows]
    found = columns_of(table, files)["size"]
    assert np.isfinite(found.values).all()
    assert found.names == ("1", "1e39", "inf")


def test_a_large_table_of_labels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_table, "_MAX_CELLS", 4_000)
    monkeypatch.setattr(label_table, "_MAX_BYTES", 2**20)
    row = ",".join("ab" for _ in range(20))
    with pytest.raises(DataError, match="it has more than 4,000 cells"):
        read_table(candidate(f"{row}\n".encode() * 201))
    with pytest.raises(DataError, match="it has more than 1 MB"):
        read_table(candidate(b"a,b\n" * 300_000))


def test_millions_of_empty_lines_are_no_texts() -> None:
    assert lines_of("\n" * 1_000_000 + "one").names == ["line 1000001"]


def test_reading_takes_no_more_than_half_of_a_small_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "n_machine_bytes", lambda: 4_000_000_000)
    assert reading_bytes(8_000_000_000) == 1_650_000_000
    monkeypatch.setattr(memory, "n_machine_bytes", lambda: 64_000_000_000)
    assert reading_bytes(8_000_000_000) == 8_000_000_000
    monkeypatch.setattr(memory, "n_machine_bytes", lambda: None)
    assert reading_bytes(8_000_000_000) == 8_000_000_000
