"""Similar: the nearest by code, PCA and pixels; a click asks again; judged, hashed, duplicates."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

import aecore
from aecore.data.kept import keep
from aecore.data.row_values import column_names
from aecore.data.samples import SampleSet
from aecore.export.duplicates_table import as_csv
from aecore.imaging.pixels import as_image
from aecore.runs import OpenRun
from aecore.store import Store
from aecore.studies.similar.duplicates import Duplicates
from pages.ui.similar import neighbours
from tests.pages.conftest import OpenPage, said

pytestmark = pytest.mark.slow

Drawn = dict[str, tuple[np.ndarray, list[str]]]


@pytest.fixture(autouse=True)
def searched(digits_root: Path) -> None:
    """The search is prepared once for all tests of this file: each copies the store."""
    store = Store(digits_root)
    (key,) = store.keys("run")
    aecore.similar_samples(key, store=store)


@contextmanager
def seen_galleries(click: tuple[str, int] | None = None) -> Iterator[Drawn]:
    """Every gallery by its key; with `click`, this tile of this gallery is clicked once."""
    drawn: Drawn = {}
    clicks = [] if click is None else [click]

    def note(pictures: np.ndarray, captions: list[str], *, key: str, **_: object) -> int | None:
        drawn[key] = pictures, list(captions)
        return clicks.pop()[1] if clicks and clicks[0][0] == key else None

    with patch.object(neighbours, "gallery", note):
        yield drawn


def test_the_nearest_by_each_search_are_those_of_the_library(
    open_page: OpenPage, run: OpenRun, digits: SampleSet
) -> None:
    with seen_galleries() as drawn:
        app = open_page("similar", run=run.key, **{"similar.row": "42"})
    assert np.array_equal(drawn["similar.query"][0][0, ..., 0], digits.x[42, 0])
    search = aecore.SimilarSamples(run, digits)
    for space in ("code", "pca", "pixels"):
        rows = search.nearest(digits.x[42:43], 11, space).rows[0, 1:]  # itself is left out
        pictures, captions = drawn[f"similar.{space}"]
        assert np.array_equal(pictures[..., 0], digits.x[rows, 0])
        assert [text.split(" · ")[0] for text in captions] == [str(digits.labels[i]) for i in rows]
    assert "are of the same class" in said(app)
    assert "All 1,797 pictures are compared" in said(app)


def test_a_click_asks_what_is_similar_to_that_one(
    open_page: OpenPage, run: OpenRun, digits: SampleSet
) -> None:
    row = aecore.SimilarSamples(run, digits).nearest(digits.x[42:43], 4).rows[0, 3]
    with seen_galleries(click=("similar.code", 2)) as drawn:
        app = open_page("similar", run=run.key, **{"similar.row": "42"})
    assert app.query_params["similar.row"] == str(row)
    assert np.array_equal(drawn["similar.query"][0][0, ..., 0], digits.x[row, 0])


def test_a_picture_of_ones_own_finds_its_class(
    open_page: OpenPage, run: OpenRun, store: Store, digits: SampleSet
) -> None:
    file = io.BytesIO()
    as_image(digits.x[7]).save(file, "PNG")
    address = {"similar.source": "own", "similar.own": keep(store, file.getvalue())}
    with seen_galleries() as drawn:
        app = open_page("similar", run=run.key, **address)
    assert np.array_equal(drawn["similar.code"][0][0, ..., 0], digits.x[7, 0])
    assert f"are of class {digits.labels[7]}" in said(app)


def test_what_is_judged_says_where_pca_or_pixels_are_as_good(
    open_page: OpenPage, run: OpenRun, store: Store
) -> None:
    judged = aecore.similar_samples(run, store=store).judged
    app = open_page("similar", run=run.key)
    text = said(app)
    if judged["pca"].average_precision.mean > judged["code"].average_precision.mean:
        assert "Search by PCA is better" in text or "Search by PCA is as good" in text
    assert "Which search finds more of the same class" in text
    assert "99 % intervals" in text
    assert "How many bits are enough" in text


def test_forged_numbers_and_layers_in_the_address_open_the_first(
    open_page: OpenPage, run: OpenRun, digits: SampleSet
) -> None:
    address = {"similar.row": "99999999", "similar.layer": "layer-77", "similar.measure": "taxi"}
    with seen_galleries() as drawn:
        app = open_page("similar", run=run.key, **address)
    assert not app.error
    first = digits.parts["test"][0]
    assert np.array_equal(drawn["similar.query"][0][0, ..., 0], digits.x[first, 0])


def test_rows_of_a_table_are_compared_in_tables(
    open_page: OpenPage, run_on_rows: OpenRun, store: Store
) -> None:
    aecore.similar_samples(run_on_rows, store=store)
    app = open_page("similar", run=run_on_rows.key)
    assert not app.error
    assert not app.exception
    query, by_code = (app.dataframe[i].value for i in (0, 1))
    columns = column_names(aecore.load(run_on_rows.spec.data, store=store))
    assert list(query["Column"])[-len(columns) :] == list(columns)
    assert set(columns) <= set(by_code.columns)
    assert by_code["Distance"].is_monotonic_increasing
    assert "Number in the set" in [found.label for found in app.number_input]


def test_the_list_of_duplicates_guards_names_against_formulas(digits: SampleSet) -> None:
    from dataclasses import replace

    named = replace(digits, names=tuple(f"=cmd{i}" for i in range(len(digits))))
    found = Duplicates(np.array([[3, 9]]), np.array([0.01]))
    (line,) = csv.DictReader(io.StringIO(as_csv(found, named)))
    assert (line["row_1"], line["row_2"]) == ("3", "9")
    assert line["name_1"] == "'=cmd3"
    assert float(line["difference"]) == 0.01
