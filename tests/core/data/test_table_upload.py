"""Tables that are sent come in as those of the command line do, and are told of before."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import aecore
from aecore.api import lab
from aecore.data.ingest import read_report
from aecore.data.samples import SampleSet, load_samples
from aecore.data.table_files import cells_of
from aecore.data.table_upload import described
from aecore.data.uploads import receive
from aecore.errors import DataError, JobError
from aecore.specs.data import DataSpec
from aecore.store import Store

N = 200


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    draw = np.random.default_rng(0)
    found = pd.DataFrame(
        {
            "age": draw.integers(18, 90, N),
            "town": draw.choice(["Rome", "Bern", "Oslo"], N),
            "height": draw.normal(170, 10, N).round(1),
            "odd": (np.arange(N) % 20 == 0).astype(int),
        }
    )
    found.loc[3, "height"] = np.nan
    return found


def sent(store: Store, name: str, content: bytes, **settings: object) -> SampleSet:
    upload = receive(store, [(name, content)], of="a person")
    spec = DataSpec.of(source="own", upload=upload, **settings)
    lab.finish(store, store.create(spec).key)
    return load_samples(store.artifact(spec.key))


def test_a_table_that_is_sent_has_the_rows_of_the_same_file_in_the_library(store, table, tmp_path):
    path = tmp_path / "people.csv"
    table.to_csv(path, index=False)
    ours = aecore.load(path, store=store)
    found = sent(store, "people.csv", path.read_bytes())
    np.testing.assert_array_equal(found.x, ours.x)
    assert found.table == ours.table


def test_kinds_that_a_person_changes_are_kept(store, table):
    kinds = [{"name": "age", "kind": "category"}, {"name": "town", "kind": "label"}]
    found = sent(store, "people.csv", table.to_csv(index=False).encode(), columns=kinds)
    assert {column.name: column.kind for column in found.table.columns}["age"] == "category"
    assert found.label_names == ("Bern", "Oslo", "Rome")


def test_rows_that_are_marked_anomalous_are_not_learnt_from(store, table):
    kinds = [{"name": "odd", "kind": "anomaly"}]
    found = sent(
        store, "t.csv", table.to_csv(index=False).encode(), columns=kinds, normal=("normal",)
    )
    assert found.label_names == ("normal", "anomaly")
    np.testing.assert_array_equal(found.labels, table["odd"])
    assert not found.labels[found.parts["train"]].any()
    assert found.labels[found.parts["test"]].sum() == table["odd"].sum()


def test_a_mark_that_is_neither_normal_nor_anomalous_is_told_with_its_row(store, table):
    kinds = [{"name": "town", "kind": "anomaly"}]
    with pytest.raises(JobError, match="Row 1, column 'town'"):
        sent(store, "t.csv", table.to_csv(index=False).encode(), columns=kinds)


@pytest.mark.parametrize("kind", ["npy", "npz", "arff", "parquet", "xlsx"])
def test_other_formats_give_the_same_numbers(tmp_path, table, kind):
    numbers = table[["age", "height"]].fillna(170).astype(float)
    path = tmp_path / f"t.{kind}"
    if kind == "npy":
        np.save(path, numbers.to_numpy())
    elif kind == "npz":
        np.savez(path, x=numbers.to_numpy(), y=table["odd"].to_numpy())
    elif kind == "parquet":
        numbers.to_parquet(path)
    elif kind == "xlsx":
        with pd.ExcelWriter(path) as book:
            pd.DataFrame().to_excel(book, sheet_name="empty")
            numbers.to_excel(book, sheet_name="numbers", index=False)
    else:
        head = "@relation t\n@attribute age numeric\n@attribute height numeric\n"
        path.write_text(f"{head}@attribute town {{Rome,Bern,Oslo}}\n@data\n" + "".join(
            f"{a},{h},{t}\n" for a, h, t in zip(*numbers.to_numpy().T, table["town"], strict=True)
        ))  # fmt: skip
    found = list(cells_of(path).values())
    np.testing.assert_allclose(np.stack(found[:2], 1), numbers.to_numpy())
    if kind == "npz":
        np.testing.assert_array_equal(cells_of(path)["label"], table["odd"])
    if kind == "arff":
        assert list(cells_of(path)["town"]) == list(table["town"])


def test_of_several_sheets_none_is_chosen_unasked(tmp_path, table):
    with pd.ExcelWriter(tmp_path / "t.xlsx") as book:
        table.to_excel(book, sheet_name="spring")
        table.to_excel(book, sheet_name="autumn")
    with pytest.raises(DataError, match="2 sheets: spring, autumn"):
        cells_of(tmp_path / "t.xlsx")


def test_an_array_that_is_no_matrix_is_refused_with_its_shape(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((3, 4, 5)))
    with pytest.raises(DataError, match="3 × 4 × 5"):
        cells_of(tmp_path / "x.npy")


def test_pickled_objects_are_never_loaded(tmp_path):
    np.save(tmp_path / "x.npy", np.array([[{}, 1]], object), allow_pickle=True)
    with pytest.raises(DataError, match="no table that can be read"):
        cells_of(tmp_path / "x.npy")


def test_columns_are_described_before_a_table_comes_in(tmp_path, table):
    path = tmp_path / "000000"  # as an upload lies there
    path.write_bytes(table.to_csv(index=False).encode())
    found = described(str(path), "people.csv")
    assert found["n_rows"] == N and found["is_whole"]
    kinds = {column["name"]: column["kind"] for column in found["columns"]}
    assert kinds == {"age": "number", "town": "category", "height": "number", "odd": "number"}
    height = found["columns"][2]
    assert height["missing"] == 1 / N and height["examples"].count(", ") == 2


def test_of_a_long_table_the_first_rows_are_described(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("a,b\n" + "1,2\n" * 500)
    found = described(str(path), "long.csv", n_rows=100)
    assert found["n_rows"] == 100 and not found["is_whole"]


def test_columns_that_spoil_training_are_told(store):
    draw = np.random.default_rng(0)
    label = draw.integers(0, 2, N)
    table = pd.DataFrame(
        {
            "a": draw.normal(size=N),
            "same": 7,
            "leaks": label * 5.0 + draw.normal(0, 0.1, N),
            "hollow": np.where(draw.random(N) < 0.8, np.nan, draw.normal(size=N)),
            "class": np.where(label, "x", "y"),
        }
    )
    table["a again"] = table["a"]
    spec = lab.data_spec(table, store=store)
    lab.finish(store, store.create(spec).key)
    words = "\n".join(read_report(store, spec.key).warnings)
    assert "nothing can be learnt from it: same." in words
    assert "a = a again" in words
    assert "Mostly empty: hollow (8" in words
    assert "Tells the label by itself: leaks." in words


def test_a_sound_table_has_no_warnings(store):
    draw = np.random.default_rng(0)
    table = pd.DataFrame({"a": draw.normal(size=N), "b": draw.normal(size=N)})
    table["class"] = np.where(table["a"] + draw.normal(size=N) > 0, "x", "y")
    spec = lab.data_spec(table, store=store)
    lab.finish(store, store.create(spec).key)
    report = read_report(store, spec.key)
    assert report.warnings == [] and report.noun == "row"


def test_what_is_not_learnt_from_stays_beside_the_rows(store, table):
    named = table.assign(town=table["town"])
    found = sent(
        store,
        "t.csv",
        named.to_csv(index=False).encode(),
        columns=[{"name": "town", "kind": "left_out"}, {"name": "odd", "kind": "anomaly"}],
    )
    assert found.columns["town"].names == ("Bern", "Oslo", "Rome")
    np.testing.assert_array_equal(
        [found.columns["town"].names[int(i)] for i in found.columns["town"].values], table["town"]
    )


def test_a_broken_file_of_each_kind_is_one_sentence(tmp_path):
    for kind in ("parquet", "npy", "npz", "arff", "xlsx"):
        path = tmp_path / f"t.{kind}"
        path.write_bytes(io.BytesIO(b"no table at all").getvalue())
        with pytest.raises(DataError, match=f"t.{kind} "):
            cells_of(path)
