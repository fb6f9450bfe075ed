"""The Train page offers recipes suited to own photographs, and asks for just those networks."""

from __future__ import annotations

import numpy as np
import pytest

from aecore.data.facts import facts_of
from aecore.data.samples import SampleSet, save_samples, split
from aecore.models.plan import plan_of
from aecore.recipes import RECIPES, fitted
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from aecore.training.precision import offered_precision
from tests.pages.conftest import said


@pytest.fixture
def photographs(store):
    """300 pictures in the middle greys."""
    rng = np.random.default_rng(0)
    x = rng.integers(60, 200, (300, 3, 16, 16), dtype=np.uint8)
    data = store.create(DataSpec(source="own", upload=32 * "1"), title="Photographs")
    save_samples(data, SampleSet(x, split(300, val_fraction=0.1, test_fraction=0.1, seed=0)))
    data.set_state(status="done")
    return data


@pytest.mark.parametrize("name", ["conv", "joined", "super-resolving"])
def test_the_form_keeps_the_whole_network_of_a_suited_recipe(open_page, photographs, name):
    app = open_page("train", data=photographs.key)
    assert app.selectbox(key="train.recipe").value == "conv"  # offered first
    app.selectbox(key="train.recipe").set_value(name).run()
    assert not app.exception
    facts = facts_of(photographs)
    settings = fitted(RECIPES[name].settings, is_pictures=True, scale="unit", facts=facts)
    laid = plan_of(RunSpec.of(data=photographs.key, **settings), (3, 16, 16))
    assert laid.refiner or laid.short_cut
    assert f"{laid.n_params:,} weights compress" in said(app)


@pytest.mark.parametrize("side_px", [16, 32])
def test_the_form_begins_with_the_precision_that_is_faster_here(open_page, store, side_px):
    x = np.random.default_rng(0).integers(60, 200, (300, 3, side_px, side_px), dtype=np.uint8)
    data = store.create(DataSpec(source="own", upload=32 * "2"), title="Photographs")
    save_samples(data, SampleSet(x, split(300, val_fraction=0.1, test_fraction=0.1, seed=0)))
    data.set_state(status="done")
    app = open_page("train", data=data.key)
    assert not app.exception
    settings = fitted(
        RECIPES["conv"].settings, is_pictures=True, scale="unit", facts=facts_of(data)
    )
    wanted, why = offered_precision(RunSpec.of(data=data.key, **settings), x.shape[1:])
    (chosen,) = (
        box.value for box in app.selectbox if box.key and box.key.endswith(".run.precision")
    )
    assert chosen == wanted
    assert not why or why in said(app)
    assert wanted == "float32" or side_px == 32
