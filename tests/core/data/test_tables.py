"""Tables come in as people have them, and what was done to them is undone on the way out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import aecore
from aecore.cli import main
from aecore.data.samples import split
from aecore.data.table_columns import TableColumns, column_of
from aecore.data.table_files import cells_of, delimiter_of, encoding_of
from aecore.errors import DataError
from aecore.specs.run import NetworkSpec
from aecore.store import Store

N = 120


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    """One column of each kind, with holes."""
    draw = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "customer_id": np.arange(N) + 1000,
            "age": draw.integers(18, 90, N),
            "height": draw.normal(170, 10, N).round(1),
            "income": np.exp(draw.normal(8, 2.5, N)).round(2),
            "town": draw.choice(["Rome", "Bern", "Oslo"], N),
            "member": draw.choice(["yes", "no"], N),
            "since": pd.date_range("2001-05-03", periods=N, freq="17D").strftime("%Y-%m-%d"),
            "note": [
                f"bought {draw.integers(1e9)} things in a shop that has a long name"
                for _ in range(N)
            ],
            "empty": [None] * N,
            "class": draw.choice(["a", "b"], N),
        }
    )
    table.loc[3, "height"] = np.nan
    table.loc[5, "town"] = None
    table.loc[7, "class"] = None
    return table


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def test_each_column_is_understood(store, shop):
    samples = aecore.load(shop, store=store)
    assert {column.name: column.kind for column in samples.table.columns} == {
        "customer_id": "id",
        "age": "number",
        "height": "number",
        "income": "number",
        "town": "category",
        "member": "yes_no",
        "since": "date",
        "note": "text",
        "empty": "left_out",
        "class": "label",
    }
    assert samples.table.feature_names == (
        "age", "height", "height missing", "income", "town=Bern", "town=Oslo", "town=Rome",
        "town missing", "member", "since",
    )  # fmt: skip
    assert samples.shape == (10,) and samples.x.dtype == np.float32


def test_what_was_done_to_a_table_is_undone_exactly(store, shop):
    samples = aecore.load(shop, store=store)
    back = pd.DataFrame(samples.table.decode(np.asarray(samples.x)))
    expected = shop[list(back.columns)]
    assert back["income"].to_numpy() == pytest.approx(expected["income"].to_numpy(), rel=1e-4)
    assert back["height"].to_numpy() == pytest.approx(
        expected["height"].to_numpy(), abs=1e-4, nan_ok=True
    )
    for name in ("age", "town", "member", "since"):
        assert back[name].astype(object).where(back[name].notna(), None).tolist() == (
            expected[name].astype(object).where(expected[name].notna(), None).tolist()
        )


def test_text_files_give_back_the_very_cells(store, shop, tmp_path):
    shop.to_csv(tmp_path / "shop.csv", index=False)
    samples = aecore.load(tmp_path / "shop.csv", store=store)
    back = samples.table.decode(np.asarray(samples.x))
    assert back["height"] == [None if np.isnan(h) else h for h in shop["height"]]
    assert back["since"] == shop["since"].tolist()
    np.testing.assert_allclose(samples.x, aecore.load(shop, store=store).x, atol=1e-5)


def test_numbers_are_standardized_by_the_rows_that_are_trained_on(store, shop):
    samples = aecore.load(shop, store=store)
    x = np.asarray(samples.x)[samples.parts["train"], 0]
    assert x.mean() == pytest.approx(0, abs=1e-5) and x.std() == pytest.approx(1, abs=1e-5)
    rows = split(N, val_fraction=0.1, test_fraction=0.1, seed=0)["train"]
    np.testing.assert_array_equal(samples.parts["train"], rows)


def test_where_one_class_is_normal_its_rows_alone_decide(store):
    table = pd.DataFrame({"x": np.r_[np.arange(60.0), [900.0] * 6], "z": np.arange(66.0) % 7})
    labels = ["good"] * 60 + ["bad"] * 6
    samples = aecore.load(table, labels=labels, store=store, normal=("good",))
    x = np.asarray(samples.x)[samples.parts["train"], 0]
    assert x.mean() == pytest.approx(0, abs=1e-5) and x.std() == pytest.approx(1, abs=1e-5)


def test_skewed_numbers_go_by_rank_and_unusual_ones_still_come_back():
    cells = np.exp(np.random.default_rng(1).normal(0, 2, 500))
    column = column_of("x", cells, np.arange(400))
    assert column.knots
    x = column.encode(cells)
    assert abs((x[:400] ** 3).mean()) < 0.1  # no longer skewed
    order = np.argsort(cells)
    assert (np.diff(x[order, 0]) >= 0).all()
    far = np.array([-5.0, cells.max() * 3])
    np.testing.assert_allclose(column.decode(column.encode(far)), far, rtol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_numbers_of_any_sort_come_back(seed):
    draw = np.random.default_rng(seed)
    for cells in (
        draw.normal(1e6, 3, 200).round(2),
        draw.pareto(0.7, 200) - 3,
        draw.integers(-5, 5, 200).astype(float),
        np.where(draw.random(200) < 0.1, np.nan, draw.lognormal(0, 3, 200)),
        np.full(200, 7.25),
        draw.choice([0.0, 1e9], 200, p=[0.97, 0.03]),
    ):
        column = column_of("x", cells, np.arange(0, 200, 2))
        back = np.array(column.decode(column.encode(cells)), float)
        width = np.nanmax(cells) - np.nanmin(cells)
        np.testing.assert_allclose(back, cells, rtol=2e-6, atol=1e-6 * width)
        if column.knots:  # of which a skewed number comes back to its own last digits
            np.testing.assert_allclose(back[::2], cells[::2], rtol=2e-6)


def test_empty_cells_are_marked_and_become_the_mean():
    cells = np.array([1.0, np.nan, 3.0, 5.0])
    column = column_of("x", cells, np.arange(4))
    np.testing.assert_array_equal(column.encode(cells)[1], [0.0, 1.0])
    assert column.decode(column.encode(cells)) == [1, None, 3, 5]


def test_many_words_share_features():
    cells = np.array([f"w{i % 60}" for i in range(600)] + ["w0"] * 50, object)
    column = column_of("x", cells, np.arange(650), "category")
    assert column.n_features == 32
    assert column.decode(column.encode(np.array(["w0"], object))) == ["w0"]


def test_kinds_may_be_chosen_and_leave_a_column_out(store, shop):
    asked = {"age": "category", "income": "left_out", "member": "label", "class": "category"}
    samples = aecore.load(shop, store=store, columns=asked)
    kinds = {column.name: column.kind for column in samples.table.columns}
    assert {name: kinds[name] for name in asked} == asked
    assert samples.label_names == ("no", "yes")


def test_labels_may_be_in_some_rows_only(store, shop):
    samples = aecore.load(shop, store=store)
    assert samples.label_names == ("a", "b") and samples.labels[7] == -1


def test_columns_are_kept_as_json(shop):
    cells = cells_of(shop)
    found = TableColumns(tuple(column_of(n, c, np.arange(N)) for n, c in cells.items()))
    assert TableColumns.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_the_same_table_is_the_same_data(store, shop):
    from aecore.api.lab import data_spec

    one, two = data_spec(shop, store=store), data_spec(shop.copy(), store=store)
    other = data_spec(shop, store=store, columns={"age": "left_out"})
    assert one == two != other


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    text = "\n".join(delimiter.join(row) for row in (["a", "b"], ["1", "2"], ["3", "4"]))
    assert delimiter_of(text) == delimiter


def test_a_first_row_without_names_is_a_row(tmp_path):
    words = written(tmp_path / "a.csv", "red,round\nblue,flat\nred,flat\n")
    numbers = written(tmp_path / "b.csv", "1.5,round\n2,flat\n")
    assert list(cells_of(words)) == list(cells_of(numbers)) == ["column 1", "column 2"]
    assert len(cells_of(words)["column 1"]) == 3


def test_columns_of_one_name_are_told_apart(tmp_path):
    path = written(tmp_path / "a.csv", "a,a,,b\n1,2,3,4\n5,6,7,8\n")
    assert list(cells_of(path)) == ["a", "a (2)", "column 3", "b"]


def test_decimal_commas_are_numbers(store, tmp_path):
    rows = "\n".join(f"{i},5;1.{i:03},25" for i in range(10, 40))
    samples = aecore.load(written(tmp_path / "a.csv", f"x;z\n{rows}"), store=store)
    back = samples.table.decode(np.asarray(samples.x))
    assert back["x"][:2] == [10.5, 11.5] and back["z"][0] == 1010.25


@pytest.mark.parametrize(
    ("encoding", "found", "word"),
    [
        ("utf-8", "utf-8-sig", "Привет"),
        ("utf-8-sig", "utf-8-sig", "你好"),
        ("utf-16", "utf-16", "Привет"),
        ("utf-16-le", "utf-16-le", "plain"),
        ("cp1251", "cp1251", "Москва и другие города"),
        ("gbk", "gb18030", "北京和其他的城市"),
        ("cp1252", "cp1252", "Zürich, café, größer"),
    ],
)
def test_the_encoding_is_found(encoding, found, word):
    content = f"a;b\n{word};1\n".encode(encoding)
    assert encoding_of(content) == found
    assert word in content.decode(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n3,4,5\n", "Line 3 has 3 cells, the first 2"),
        ("a\n1\n2\n", "one column"),
        ("a,b\n,\n", "fewer than two rows"),
        ("", "empty"),
        ("a,b\n1,inf\n2,3\n4,5\n6,7\n", "Row 1, column 'b': 'inf' is infinite"),
        ("a,b\nNA,?\n,NA\n-,\nNA,NA\nNA,NA\n", "fewer than two rows|No column"),
        (",".join(["1"] * 10_001), "10,001 columns"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(store, tmp_path, text, said):
    with pytest.raises(DataError, match=said):
        aecore.load(written(tmp_path / "bad.csv", text), store=store)


def test_a_wrong_delimiter_says_which_setting_mends_it(store, tmp_path):
    path = written(tmp_path / "a.csv", "a;b\n1;2\n3;4\n5;6\n7;8\n")
    with pytest.raises(DataError, match="--delimiter"):
        aecore.load(path, store=store, delimiter=",")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"delimiter": ";;"}, "not one character"),
        ({"encoding": "martian"}, "no encoding"),
        ({"encoding": "ascii"}, "not written in ascii"),
    ],
)
def test_a_delimiter_or_encoding_that_cannot_be_is_told(store, tmp_path, settings, said):
    path = written(tmp_path / "a.csv", "a;b\n1;\u00e4\n3;4\n5;6\n7;8\n")
    with pytest.raises(DataError, match=said):
        aecore.load(path, store=store, **settings)


def test_dates_far_from_all_others_stay_dates():
    cells = np.array(["2001-01-01", "2001-01-03", "2002-05-05"], object)
    column = column_of("day", cells, np.arange(3))
    far = np.array([[1e9], [-1e9]], np.float32)
    assert column.decode(far) == ["9999-12-31", "0001-01-01"]


@pytest.mark.parametrize("kind", [None, "number", "category", "yes_no", "date"])
def test_an_empty_column_is_left_out_whatever_it_is_said_to_be(kind):
    column = column_of("x", np.array([None] * 5, object), np.arange(5), kind)
    assert column.kind == "left_out" and column.encode(np.array([None] * 5, object)).shape == (5, 0)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"nothing": "number"}, "no column"),
        ({"age": "colour"}, "no kind of column"),
        ({"town": "number"}, "Row 1, column 'town': '[A-Z][a-z]+' is no number"),
        ({"town": "yes_no"}, "3 different words"),
    ],
)
def test_a_kind_that_does_not_fit_is_told(store, shop, columns, said):
    with pytest.raises(DataError, match=said):
        aecore.load(shop, store=store, columns=columns)


def test_settings_of_tables_are_refused_for_others(store):
    with pytest.raises(DataError, match="of tables"):
        aecore.load(np.zeros((8, 3)), store=store, columns={"a": "number"})


def test_parquet_is_read(store, shop, tmp_path):
    shop.drop(columns="empty").to_parquet(tmp_path / "shop.parquet")
    samples = aecore.load(tmp_path / "shop.parquet", store=store)
    np.testing.assert_array_equal(samples.x, aecore.load(shop, store=store).x)


def test_nested_cells_are_told(store):
    with pytest.raises(DataError, match="list or a structure"):
        aecore.load(pd.DataFrame({"a": [[1], [2], [3]], "b": [1, 2, 3]}), store=store)


def test_a_table_is_trained_on_and_read_back_in_its_own_units(store, shop):
    small: dict[str, Any] = {"n_epochs": 1, "network": NetworkSpec(widths=(8,), output="linear")}
    run = aecore.train("undercomplete", shop, store=store, **small)
    samples = aecore.load(shop, store=store)
    rebuilt = samples.table.decode(run.reconstruct(np.asarray(samples.x[:5])))
    assert set(rebuilt["town"]) <= {"Rome", "Bern", "Oslo", None}
    assert all(isinstance(age, int) for age in rebuilt["age"])


def test_the_command_tells_how_columns_were_understood(shop, tmp_path):
    shop.to_csv(tmp_path / "shop.csv", index=False)
    call = ["data", str(tmp_path / "shop.csv"), "--column", "age=category"]
    found = CliRunner().invoke(main, ["--store", str(tmp_path / "store"), *call])
    assert found.exit_code == 0, found.output
    assert "Columns read as number: height, income." in found.output
    assert "Columns read as label: class." in found.output


WORDS = [f"a note of {thing}, number {i}" for i in range(20) for thing in ("rain", "bread", "cats")]


@pytest.fixture
def embedded():
    """Texts with four numbers each, as an embedding model gives them."""
    x = np.random.default_rng(0).normal(size=(len(WORDS), 4)).astype(np.float32)
    return pd.DataFrame(x, columns=[f"e{i}" for i in range(4)]).assign(text=WORDS)


@pytest.mark.parametrize("ending", ["csv", "parquet", "npz"])
def test_embeddings_come_in_as_rows_with_their_texts(store, embedded, tmp_path, ending):
    path = tmp_path / f"notes.{ending}"
    if ending == "csv":
        embedded.to_csv(path, index=False)
    elif ending == "parquet":
        embedded.to_parquet(path)
    else:
        np.savez(path, x=embedded.iloc[:, :4].to_numpy(), texts=np.array(WORDS))
    found = aecore.load(path, store=store)
    assert found.shape == (4,)
    assert list(found.texts) == WORDS
    assert found.vocabulary is None
    assert found.called(1) == WORDS[1]
    own = found.table.decode(found.x)
    first = np.array(next(iter(own.values())))
    assert first == pytest.approx(embedded["e0"].to_numpy(), abs=1e-5)


def test_a_table_without_a_column_of_texts_has_none(store, embedded):
    assert aecore.load(embedded.drop(columns="text"), store=store).texts == ()
