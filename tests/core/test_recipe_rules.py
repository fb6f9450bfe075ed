"""The rules that suit a recipe to a set: what they change, and what they leave alone."""

from __future__ import annotations

from math import ceil

import numpy as np
import pytest

from aecore.data.facts import facts_of
from aecore.data.samples import SampleSet, save_samples, split
from aecore.errors import SpecError
from aecore.recipe_rules import SetFacts, suited
from aecore.recipes import GENERAL, RECIPES, fitted, recommended, suited_with, title_of, with_named
from aecore.specs.codes import QuantizedCodeSpec
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from aecore.specs.terms import WeightL2Spec
from aecore.store import Store
from tests.core.conftest import SOME_DATA

FACES = SetFacts(320, (1, 64, 64), can_mirror=True)
COLOUR = SetFacts(1600, (3, 32, 32), can_mirror=True)
DIGITS = SetFacts(4000, (1, 28, 28), is_drawn=True)
SIXTY = SetFacts(48, (1, 28, 28), is_drawn=True)
OBLONG = SetFacts(800, (3, 96, 64), can_mirror=True)
MANY = SetFacts(80_000, (3, 32, 32), can_mirror=True)
SETS = (FACES, COLOUR, DIGITS, SIXTY, OBLONG, MANY)


def _spec(name: str, facts: SetFacts) -> RunSpec:
    settings = fitted(RECIPES[name].settings, is_pictures=True, scale="unit", facts=facts)
    return RunSpec.of(data=SOME_DATA, **settings)


@pytest.mark.parametrize("name", GENERAL)
def test_every_recipe_is_a_run_on_every_set_and_keeps_its_title(name):
    for facts in SETS:
        assert title_of(_spec(name, facts), facts) == RECIPES[name].title


@pytest.mark.parametrize("name", [name for name in GENERAL if name != "linear"])
def test_some_thousand_digits_are_what_recipes_are_published_for(name):
    assert _spec(name, DIGITS) == RECIPES[name].spec(SOME_DATA)


@pytest.mark.parametrize("name", GENERAL)
def test_the_length_is_counted_in_steps(name):
    def n_steps(facts: SetFacts) -> int:
        spec = _spec(name, facts)
        return spec.n_epochs * ceil(facts.n_train / spec.batch_size)

    few = SetFacts(300, (3, 32, 32))
    several = SetFacts(3000, (3, 32, 32))
    assert n_steps(several) == pytest.approx(n_steps(few), rel=0.15)


def test_photographs_begin_as_pca_and_have_gaussian_pixels():
    spec = _spec("vae", COLOUR)
    assert spec.network.pca_start
    assert spec.objective[0].name == "mse"
    assert spec.objective[0].weight == pytest.approx(1 / (2 * 0.1**2))
    assert _spec("iwae", COLOUR).objective[0].sigma == 0.1
    assert spec.augment.mirror
    assert spec.patience


def test_photographs_are_refined_where_a_convolutional_code_is_plain():
    assert _spec("conv", COLOUR).network.refine
    assert _spec("conv", COLOUR).code.n_dims == 128
    assert _spec("residual", FACES).code.n_dims == 64
    for name, facts in (("undercomplete", COLOUR), ("vae-gan", COLOUR), ("conv", DIGITS)):
        assert not _spec(name, facts).network.refine
    assert not _spec("conv", SetFacts(48, (3, 32, 32))).network.refine


def test_what_enlarges_photographs_begins_at_its_input():
    for name in ("inpainting", "super-resolving"):
        assert _spec(name, COLOUR).network.short_cut
        assert not _spec(name, DIGITS).network.short_cut
    assert not _spec("denoising", COLOUR).network.short_cut


def test_layers_of_a_stack_are_trained_alone_for_as_many_steps_on_every_set():
    for facts in (FACES, COLOUR, SIXTY, OBLONG):
        spec = _spec("stacked", facts)
        assert spec.network.pca_start
        n_alone = spec.pretrain_epochs * ceil(facts.n_train / spec.batch_size)
        assert n_alone == pytest.approx(8 * ceil(4000 / 64), rel=0.1)


def test_drawn_pictures_are_neither_mirrored_nor_moved():
    for name in GENERAL:
        assert _spec(name, SIXTY).augment.effective() == RunSpec(data=SOME_DATA).augment


def test_large_pictures_are_halved_more_often():
    assert _spec("conv", DIGITS).network.widths == (32, 64)
    assert _spec("conv", FACES).network.widths == (16, 32, 64)
    assert _spec("conv", OBLONG).network.widths == (16, 32, 64)


def test_reasons_are_told_where_something_changes_and_only_there():
    assert suited(RECIPES["vae"].settings, DIGITS).reasons == ()
    words = " ".join(suited(RECIPES["vae"].settings, COLOUR).reasons)
    assert "begins as PCA" in words
    assert "steps" in words


def _around(name: str, named: dict[str, object], facts: SetFacts) -> RunSpec:
    settings = suited_with(name, named, is_pictures=True, scale="unit", facts=facts)
    return RunSpec.of(data=SOME_DATA, **settings)


@pytest.mark.parametrize(
    ("name", "value"), [("code.n_dims", 7), ("optimizer.lr", 0.004), ("network.widths", [9, 5])]
)
def test_a_named_setting_leaves_all_others_suited(name, value):
    spec, whole = _around("conv", {name: value}, COLOUR), _spec("conv", COLOUR)
    part, setting = name.split(".")
    found = getattr(getattr(spec, part), setting)
    assert (list(found) if isinstance(value, list) else found) == value
    before = getattr(getattr(whole, part), setting)
    restored = getattr(spec, part).model_copy(update={setting: before})
    assert spec.model_copy(update={part: restored}) == whole


def test_rules_know_of_what_is_named():
    batch = _around("conv", {"batch_size": 32}, COLOUR)
    whole = _spec("conv", COLOUR)
    assert batch.batch_size == 32
    assert batch.n_epochs * 50 == pytest.approx(whole.n_epochs * 25, rel=0.15)


def test_another_kind_of_code_brings_its_own_settings_whatever_is_named_first():
    sparse = RECIPES["k-sparse"].settings
    assert sparse["code"].top_k
    named = {"code.codebook_size": 16, "code.kind": "quantized", "code.n_dims": 4}
    for order in (named, dict(reversed(named.items()))):
        assert with_named(sparse, order)["code"] == QuantizedCodeSpec(n_dims=4, codebook_size=16)
    kept = with_named(sparse, {"code.kind": "plain", "code.n_dims": 50})["code"]
    assert kept == sparse["code"].model_copy(update={"n_dims": 50})
    with pytest.raises(SpecError, match=r"code.gaussian.top_k: there is no such setting"):
        with_named(sparse, {"code.top_k": 3, "code.kind": "gaussian"})


def test_what_cannot_begin_as_pca_is_as_published():
    spec = _around("conv", {"network.output": "sigmoid"}, COLOUR)
    assert not spec.network.pca_start
    assert spec == _around("conv", {"network.output": "sigmoid"}, DIGITS)


def test_what_is_offered_first_follows_from_the_pictures():
    assert recommended(DIGITS)[0] == "vae"
    assert recommended(COLOUR)[0] == recommended(MANY)[0] == "conv"
    assert recommended(SIXTY)[0] == "undercomplete"
    assert all(recommended(facts)[0] in RECIPES for facts in SETS)


def test_own_pictures_are_drawn_where_they_are_nearly_black_and_white(tmp_path):
    store, rng = Store(tmp_path), np.random.default_rng(0)
    grey = rng.integers(60, 200, (40, 1, 16, 16), dtype=np.uint8)
    for x, upload in ((grey, "0"), (255 * (grey > 130).astype(np.uint8), "1")):
        data = store.create(DataSpec(source="own", upload=32 * upload))
        assert facts_of(data) is None
        save_samples(data, SampleSet(x, split(40, val_fraction=0.1, test_fraction=0.1, seed=0)))
        found = facts_of(data)
        assert found == SetFacts(32, (1, 16, 16), upload == "1", upload == "0")


def test_rows_of_counts_take_more_steps_where_there_are_more_people():
    def spec(n_train: int) -> RunSpec:
        facts = SetFacts(n_train, (500,), is_sparse=True)
        settings = RECIPES["mult-dae"].settings
        found = fitted(settings, is_pictures=False, scale="unit", facts=facts)
        assert title_of(RunSpec.of(data=SOME_DATA, **found), facts) == "Mult-DAE"
        return RunSpec.of(data=SOME_DATA, **found)

    shop, paper = spec(800), spec(116_677)  # the latter: MovieLens 20M, as of Liang et al.
    assert shop.n_epochs * ceil(800 / shop.batch_size) == pytest.approx(600, rel=0.02)
    assert paper.batch_size == 500
    assert 90 < paper.n_epochs < 200  # the paper has 200, and keeps the best
    for found in (shop, paper):
        term = found.term(WeightL2Spec)
        assert term is not None
        assert term.weight == pytest.approx(0.01 / found.batch_size)
