"""The likelihood by column: against torch's own losses, and what an output by column expects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, mse_loss

from aecore.data.feature_layout import NUMBER, WORD, YES_NO, layout_of
from aecore.data.samples import SampleSet, split
from aecore.data.tables import arrays_of_table
from aecore.errors import SpecError
from aecore.models.autoencoder import Autoencoder, new_model
from aecore.objectives.objective import TERMS
from aecore.objectives.term import Batch
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.data import DataSpec
from aecore.specs.run import NetworkSpec, OptimizerSpec, RunSpec
from aecore.specs.terms import TERM_SPECS, ColumnsSpec, MseSpec
from aecore.training.begin import begin
from aecore.training.fit import fit
from tests.core.conftest import SOME_DATA


def _spec(**changes: object) -> RunSpec:
    settings: dict[str, object] = {
        "network": NetworkSpec(kind="dense", widths=(16,), output="columns"),
        "code": PlainCodeSpec(n_dims=3),
        "objective": (ColumnsSpec(),),
    }
    return RunSpec.of(data=SOME_DATA, **{**settings, **changes})


@pytest.fixture(scope="module")
def table() -> SampleSet:
    """Ages, some of them missing; a colour that goes with wet or dry; smokers."""
    draw = np.random.default_rng(0)
    n = 300
    smokes = draw.random(n) < 0.3
    age = np.where(smokes, 60.0, 40.0) + draw.normal(0, 5, n)
    colour = np.where(smokes, "red", np.where(draw.random(n) < 0.5, "blue", "green"))
    age[::10] = np.nan
    frame = pd.DataFrame({"age": age, "colour": colour, "smokes": np.where(smokes, "yes", "no")})
    found = arrays_of_table(frame, DataSpec(source="own", upload=32 * "0"))
    parts = split(n, val_fraction=0.2, test_fraction=0.2, seed=0)
    return SampleSet(x=np.asarray(found.x), parts=parts, table=found.columns)


def test_the_layout_follows_the_columns(table: SampleSet) -> None:
    assert table.table is not None
    assert table.table.feature_names == (
        "age", "age missing", "colour=blue", "colour=green", "colour=red", "smokes",
    )  # fmt: skip
    found = layout_of(table)
    assert found.kind.tolist() == [NUMBER, YES_NO, WORD, WORD, WORD, YES_NO]
    assert found.group.tolist() == [0, 1, 2, 2, 2, 5]
    assert found.flag.tolist() == [1, -1, -1, -1, -1, -1]


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_each_column_is_compared_by_torchs_own_loss(table: SampleSet, reduction: str) -> None:
    model = begin(table, _spec(), torch.device("cpu"), at_data=False).model
    x = torch.from_numpy(table.x[:20])
    raw = 5 * torch.randn(20, 6, generator=torch.Generator().manual_seed(0))
    output = model(x)
    output = type(output)(x, output.code, raw, model.activated(raw))
    term = ColumnsSpec(reduction=reduction)
    found = TERMS["columns"].function(Batch(output, x, model, term))
    is_there = 1 - x[:, 1]
    assert 0 < is_there.sum() < 20
    wanted = (
        mse_loss(raw[:, 0], x[:, 0], reduction="none") * is_there
        + binary_cross_entropy_with_logits(raw[:, [1, 5]], x[:, [1, 5]], reduction="none").sum(1)
        + cross_entropy(raw[:, 2:5], x[:, 2:5].argmax(1), reduction="none")
    )
    wanted = wanted if reduction == "sum" else wanted / 4
    assert found.detach().numpy() == pytest.approx(wanted.numpy(), rel=1e-5)


def test_numbers_alone_are_compared_by_the_squared_error() -> None:
    x = torch.randn(8, 5, generator=torch.Generator().manual_seed(1))
    model = new_model(_spec(), (5,)).eval()
    output = model(x)
    for reduction in ("mean", "sum"):
        found, wanted = (
            TERMS[name].function(Batch(output, x, model, TERM_SPECS[name](reduction=reduction)))
            for name in ("columns", "mse")
        )
        assert found.tolist() == pytest.approx(wanted.tolist(), rel=1e-6)


def test_expected_features_are_those_of_the_encoded_row(table: SampleSet) -> None:
    """Words share the chance that the cell is not empty; an empty cell is 0."""
    model = begin(table, _spec(), torch.device("cpu"), at_data=False).model
    raw = torch.tensor([[2.0, 0.5, 1.0, 2.0, 3.0, -1.0]])
    found = model.activated(raw)[0]
    p_empty = torch.sigmoid(torch.tensor(0.5))
    assert float(found[0]) == pytest.approx(float(2.0 * (1 - p_empty)), rel=1e-6)
    assert found[2:5].tolist() == pytest.approx(torch.softmax(raw[0, 2:5], 0).tolist(), rel=1e-6)
    assert float(found[5]) == pytest.approx(float(torch.sigmoid(raw[0, 5])), rel=1e-6)


def test_an_untrained_model_expects_the_mean_row(table: SampleSet) -> None:
    at = begin(table, _spec(), torch.device("cpu"))
    found = at.model.decode(torch.zeros(1, 3))[0]
    columns = at.model.columns
    assert columns is not None
    at_mean = columns(columns.inverse(torch.from_numpy(table.mean_sample()))[None])[0]
    assert found.shape == at_mean.shape
    p_empty = float(table.mean_sample()[1])
    wanted = table.mean_sample() * np.array([1 - p_empty, 1, 1, 1, 1, 1])
    assert at_mean.detach().numpy() == pytest.approx(wanted, abs=1e-5)


def test_training_learns_words_that_go_together_and_the_weights_say_what_columns_are(
    table: SampleSet,
) -> None:
    spec = _spec(n_epochs=15, batch_size=32, optimizer=OptimizerSpec(lr=1e-2))
    before = begin(table, spec, torch.device("cpu")).model.eval()
    after = list(fit(table, spec, device=torch.device("cpu")))[-1].progression.model.eval()
    rows = table.x[table.parts["test"]]

    def n_right(model: Autoencoder) -> int:
        with torch.no_grad():
            x_hat = model(torch.from_numpy(rows)).x_hat.numpy()
        return int((x_hat[:, 2:5].argmax(1) == rows[:, 2:5].argmax(1)).sum())

    assert n_right(before) < 0.7 * len(rows)
    assert n_right(after) > 0.9 * len(rows)
    again = new_model(spec, (6,))
    again.load_state_dict(after.state_dict())
    assert again.columns is not None
    assert again.columns.group.tolist() == [0, 1, 2, 2, 2, 5]


def test_term_and_output_go_together() -> None:
    with pytest.raises(SpecError, match="go together"):
        _spec(network=NetworkSpec(output="linear"))
    with pytest.raises(SpecError, match="go together"):
        _spec(objective=(MseSpec(),))
