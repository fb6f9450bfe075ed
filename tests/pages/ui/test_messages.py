"""What components are sent, read back as the browser reads it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from aecore.figures.curves import Curve
from aecore.models.plan import plan
from aecore.specs.codes import CODE_SPECS, PlainCodeSpec
from aecore.specs.run import NetworkSpec
from pages.ui import gallery
from pages.ui.components import pack, unpack
from pages.ui.markdown import escape
from pages.ui.score import Score
from pages.ui.start.run_card import strip_png
from pages.ui.train import codes_view, loss_chart, network


@pytest.mark.parametrize("n", [0, 1, 3, 8])
def test_a_message_gives_back_what_was_packed(n: int) -> None:
    arrays = {
        "a": np.arange(n, dtype=np.float32),
        "b": np.arange(n, dtype=np.uint16),
        "c": b"x" * n,
    }
    head, found = unpack(pack({"word": "é<b>"}, arrays))
    assert head == {"word": "é<b>"}
    for name in ("a", "b"):
        np.testing.assert_array_equal(found[name], arrays[name])
        assert found[name].dtype == arrays[name].dtype
    assert found["c"].tobytes() == arrays["c"]


def test_train_and_validation_go_to_the_browser_in_one_colour() -> None:
    x = np.linspace(0, 10, 5000)
    curves = [Curve("mse", x, 1 / (1 + x)), Curve("mse", x[::500], x[::500], "val")]
    head, arrays = unpack(loss_chart.message(curves, "r", [loss_chart.Mark(3, "best")], True, 300))
    train, val = head["curves"]
    assert train["colour"] == val["colour"]
    assert (train["dashed"], val["dashed"]) == (False, True)
    assert len(arrays["x0"]) <= loss_chart.N_POINTS
    np.testing.assert_array_equal(arrays["y1"], x[::500].astype(np.float32))
    assert head["marks"] == [{"x": 3, "label": "best"}]


def test_codes_without_a_label_are_marked_as_such() -> None:
    labels = np.array([0, -1, 11])
    head, arrays = unpack(
        codes_view.message(np.zeros((3, 2)), labels, ["a"], run="r", rev=1, height_px=300)
    )
    assert arrays["labels"].tolist() == [0, 65535, 11]
    assert len(head["colours"]) == 12


def test_at_most_two_thousand_codes_are_sent() -> None:
    _, arrays = unpack(
        codes_view.message(np.zeros((5000, 2)), None, [], run="r", rev=1, height_px=300)
    )
    assert len(arrays["labels"]) == 2000


def test_every_picture_of_a_comparison_is_in_the_sheet_unchanged() -> None:
    rng = np.random.default_rng(0)
    rows = {
        "Original": rng.integers(0, 256, (5, 1, 7, 6), np.uint8),
        "Error": rng.integers(0, 256, (5, 7, 6, 3), np.uint8),
    }
    head, arrays = unpack(gallery.message(rows, ["<script>", "", "", "", ""], target_px=96))
    sheet = np.asarray(Image.open(io.BytesIO(arrays["sheet"].tobytes())))
    assert head["rows"] == ["Original", "Error"]
    assert (head["columns"], head["n"], head["tile"]) == (5, 10, [7, 6])
    for i in range(10):
        y, x = (i // head["sheet_columns"]) * 7, (i % head["sheet_columns"]) * 6
        tile = sheet[y : y + 7, x : x + 6]
        wanted = rows["Original"][i, 0][..., None] if i < 5 else rows["Error"][i - 5]
        assert np.array_equal(tile, np.broadcast_to(wanted, (7, 6, 3)))


def test_a_card_strip_shows_originals_above_reconstructions() -> None:
    strip = np.zeros((2, 3, 1, 4, 4), np.uint8)
    strip[1] = 200
    picture = np.asarray(Image.open(io.BytesIO(strip_png(strip, width_px=120))))
    assert picture[0, 0].tolist() == [0, 0, 0, 255]
    assert picture[-1, -1].tolist() == [200, 200, 200, 255]
    assert (picture[..., 3] == 0).any()  # the gaps let the page through


@pytest.mark.parametrize("kind", ["linear", "dense", "conv"])
@pytest.mark.parametrize("code", ["plain", "gaussian"])
def test_a_drawn_network_loses_no_weight_and_ends_where_it_began(kind: str, code: str) -> None:
    laid = plan(
        NetworkSpec(kind=kind, widths=(32, 64), batch_norm=kind != "linear"),
        CODE_SPECS[code](n_dims=7),
        (1, 28, 28),
    )
    groups = network.drawing(laid.shape, laid.encoder, laid.code, laid.decoder)["groups"]
    blocks = [block for group in groups for block in group["layers"]]
    assert [group["kind"] for group in groups] == ["encoder", "code", "decoder"]
    assert sum(block["n_params"] for block in blocks) == laid.n_params
    assert blocks[0]["shape"] == blocks[-1]["shape"] == [1, 28, 28]
    assert all(block["shape"] == [7] for block in groups[1]["layers"])
    assert len(groups[1]["layers"]) == (2 if code == "gaussian" else 1)


def test_layers_without_weights_are_named_under_the_one_before() -> None:
    laid = plan(NetworkSpec(kind="dense", widths=(64,), dropout=0.2), PlainCodeSpec(), (1, 28, 28))
    groups = network.drawing(laid.shape, laid.encoder, laid.code, laid.decoder)["groups"]
    assert [block["name"] for block in groups[0]["layers"]] == ["input", "dense"]
    assert groups[0]["layers"][1]["then"] == "relu, dropout 0.2"


@pytest.mark.parametrize(
    ("score", "text", "title"),
    [
        (Score("PSNR", 21.537, "dB", "high"), "21.5 dB", "PSNR ↑"),
        (Score("MSE", 0.012345, better="low"), "0.0123", "MSE ↓"),
        (Score("samples", 5000), "5,000", "samples"),
        (Score("MSE", None, better="low"), "–", "MSE ↓"),
    ],
)
def test_a_score_has_a_unit_and_an_arrow_to_the_good_end(
    score: Score, text: str, title: str
) -> None:
    assert (score.text, score.title) == (text, title)


def test_text_from_outside_stays_text() -> None:
    assert escape("*a*_b_<i>[x](y)") == r"\*a\*\_b\_\<i\>\[x\]\(y\)"
