"""Tables of who chose what become people x things, or say in a sentence why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import aecore
from aecore.data.arrays import Arrays
from aecore.data.baskets import arrays_of_baskets
from aecore.data.planted_baskets import TASTES, baskets
from aecore.data.uploads import receive
from aecore.errors import DataError, SpecError, TooFewSamplesError
from aecore.specs.data import BasketsAsked, DataSpec
from aecore.store import Store

LONG = """user_id,item_id,rating,timestamp
7,a,5,10
7,b,2,11
9,a,4,12
9,c,3,13
7,a,1,14
10,b,4,15
10,c,5,16
"""
NAMES = "item_id,title,year\na,Apples,1\nb,Bread,2\nc,Cheese,3\n"


def _read(text: str, things: str | None = None, tmp: Path | None = None, **asked: Any) -> Arrays:
    assert tmp is not None
    (tmp / "long.csv").write_text(text, encoding="utf-8")
    second = None
    if things is not None:
        second = tmp / "things.csv"
        second.write_text(things, encoding="utf-8")
    return arrays_of_baskets(tmp / "long.csv", BasketsAsked.of(**asked), second)


def test_a_long_table_becomes_people_by_things(tmp_path: Path) -> None:
    found = _read(LONG, NAMES, tmp_path)
    assert found.names == ("7", "9", "10")
    assert found.feature_names == ("Apples", "Bread", "Cheese")
    # 7 chose a twice: the latest value counts
    assert np.asarray(found.x).tolist() == [[1, 2, 0], [4, 0, 3], [0, 4, 5]]
    assert "1 row names a person and a thing again: the latest counts." in found.told


def test_values_from_a_bound_on_count_as_chosen(tmp_path: Path) -> None:
    found = _read(LONG, None, tmp_path, at_least=3, least_things=1)
    assert np.asarray(found.x).tolist() == [[1, 0, 1], [0, 1, 1]]
    assert found.names == ("9", "10")
    assert found.feature_names == ("a", "b", "c")


def test_columns_can_be_named(tmp_path: Path) -> None:
    text = "x,y,z\na,7,2\nb,7,1\na,8,3\nb,8,1\n"
    found = _read(text, None, tmp_path, person="y", thing="x")
    assert found.names == ("7", "8")
    assert np.asarray(found.x).tolist() == [[1, 1], [1, 1]]
    valued = _read(text, None, tmp_path, person="y", thing="x", value="z")
    assert np.asarray(valued.x).tolist() == [[2, 1], [3, 1]]


def test_a_wide_table_has_a_person_a_row(tmp_path: Path) -> None:
    text = "who,tea,milk,bread\nAnn,1,,1\nBob,0,1,1\nCem,1,1,0\n"
    found = _read(text, None, tmp_path, form="wide")
    assert found.names == ("Ann", "Bob", "Cem")
    wide = pd.DataFrame(np.asarray(found.x), found.names, found.feature_names)
    assert wide.loc["Bob"].to_dict() == {"tea": 0.0, "milk": 1.0, "bread": 1.0}
    assert wide.loc["Ann"].to_dict() == {"tea": 1.0, "milk": 0.0, "bread": 1.0}


@pytest.mark.parametrize(
    ("text", "asked", "words"),
    [
        (LONG, {"person": "customer"}, "no column 'customer'"),
        (LONG.replace("7,b,2", "7,b,-2"), {}, "Row 2: the column 'rating' holds -2"),
        (LONG.replace("7,b,2", "7,b,good"), {}, "Row 2: the column 'rating' holds 'good'"),
        (LONG.replace("9,c,3", ",c,3"), {}, "Row 4: the column 'user_id' is empty"),
        (LONG.replace("12", "noon"), {}, "Row 3: the column 'timestamp' holds no time"),
        ("who,a,b\nx,1,1\nx,0,1\n", {"form": "wide"}, "Row 2: 'x' stands twice"),
    ],
)
def test_a_bad_table_is_told_with_row_and_column(
    text: str, asked: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=words):
        _read(text, None, tmp_path, **asked)


def test_one_person_is_too_few(tmp_path: Path) -> None:
    with pytest.raises(TooFewSamplesError, match="1 people and 2 things"):
        _read("user,item\n7,a\n7,b\n", None, tmp_path)


def test_a_thing_with_two_names_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Row 4 of the table of names: 'a' stands twice"):
        _read(LONG, NAMES + "a,Pears,4\n", tmp_path)


def test_names_of_other_things_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No thing of the baskets"):
        _read(LONG, "id,name\nq,Quinces\nr,Rice\n", tmp_path)


def test_two_things_of_one_name_keep_their_ids(tmp_path: Path) -> None:
    found = _read(LONG, "id,name\na,Bread\nb,Bread\n", tmp_path)
    assert found.feature_names == ("Bread (a)", "Bread (b)", "c")
    assert found.told[-1] == "1 thing is not in the table of names: it keeps its id."


def test_an_unknown_setting_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="persons"):
        aecore.load(tmp_path, baskets={"persons": "x"}, store=Store(tmp_path / "store"))


def test_baskets_that_were_sent_come_in_as_a_job_does(tmp_path: Path) -> None:
    from aecore.api.lab import finish
    from aecore.data.samples import load_samples

    store = Store(tmp_path)
    rows = "".join(f"{u},{i}\n" for u in range(12) for i in range(u % 3, u % 3 + 4))
    files = [("b.csv", ("user,item\n" + rows).encode()), ("n.csv", b"id,name\n0,Zero\n1,One\n")]
    upload = receive(store, files, of="me")
    spec = DataSpec(source="own", upload=upload, baskets=BasketsAsked())
    samples = load_samples(finish(store, store.create(spec).key))
    assert samples.shape == (6,)
    assert samples.feature_names[:3] == ("Zero", "One", "2")
    assert np.asarray(samples.x)[0].tolist() == [1, 1, 1, 1, 0, 0]


def test_a_frame_is_read_as_a_file_is(tmp_path: Path) -> None:
    frame = pd.DataFrame({"user": [1, 1, 2, 2], "item": ["a", "b", "a", "b"]})
    found = arrays_of_baskets(frame, BasketsAsked())
    assert found.names == ("1", "2")
    assert np.asarray(found.x).tolist() == [[1, 1], [1, 1]]


def test_planted_tastes_are_in_the_baskets() -> None:
    found = baskets()
    x = np.asarray(found.x)
    assert found.labels is not None
    n_each = len(found.feature_names) // len(TASTES)
    by_taste = x.reshape(len(x), len(TASTES), n_each).sum(2)
    assert (by_taste.argmax(1) == found.labels).mean() > 0.9
    assert x.sum(1).min() >= 5
    assert len(set(found.feature_names)) == 120
