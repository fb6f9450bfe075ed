"""A key names what comes out: a setting that acts changes it, one that does not leaves it alone."""

from __future__ import annotations

from typing import ClassVar, get_args

import pytest
from pydantic import Field

from aecore.errors import SpecError
from aecore.recipes import RECIPES, title_of
from aecore.specs.base import Part, Variant
from aecore.specs.registry import SPECS
from aecore.specs.run import CorruptionSpec, NetworkSpec, OptimizerSpec, RunSpec
from aecore.specs.studies import DenoiseSpec
from aecore.specs.terms import KlSpec, SsimSpec
from aecore.store import Store
from tests.core.pinned_defaults import pinned, problems_of
from tests.core.specs_asked import ASKED, CODES, KEYS, METHODS, TERMS, acts, at, cases

# Keys --------------------------------------------------------------------------------------


def test_a_setting_changes_the_key_exactly_where_it_has_an_effect() -> None:
    seen: dict[bool, set[str]] = {True: set(), False: set()}
    for spec, changed, way in cases():
        has_effect = acts(changed, way)
        assert (changed.key != spec.key) == has_effect, (spec, way)
        assert changed.effective().key == changed.key
        seen[has_effect].add(f"{type(at(spec, way[:-1])).__name__}.{way[-1]}")
    declared = {
        f"{part.__name__}.{name}" for part in _parts() for name in part.acts_when if "." not in name
    }
    assert declared <= seen[False]
    assert declared <= seen[True]
    assert {spec.kind for spec in ASKED} == set(SPECS)


def test_every_setting_of_every_spec_is_tried() -> None:
    tried = {f"{type(at(spec, way[:-1])).__name__}.{way[-1]}" for spec, _, way in cases()}
    wanted = {
        f"{part.__name__}.{name}"
        for part in _parts()
        for name in part.model_fields
        if len(get_args(part.model_fields[name].annotation)) != 1  # there is no other value
    }
    wholes = {"RunSpec.network", "RunSpec.code", "RunSpec.corruption", "RunSpec.optimizer"}
    wholes |= {"RunSpec.augment", "MapSpec.method"}
    assert tried == wanted - wholes - {"DenoiseSpec.noise"}


def _parts(of: type[Part] = Part) -> list[type[Part]]:
    """Every spec and every part of one that can be made."""
    is_base = of is Variant or Variant in of.__bases__
    is_own = of.model_fields and not is_base and of.__module__.startswith("aecore.specs.")
    own = [of] if is_own else []
    return [*own, *(part for below in of.__subclasses__() for part in _parts(below))]


@pytest.mark.parametrize("variant", [*METHODS, *TERMS, *CODES], ids=lambda variant: variant.tag())
def test_an_alternative_is_told_by_its_tag_and_keeps_it_without_defaults(variant) -> None:
    short = variant.model_dump(mode="json", exclude_defaults=True)
    assert short[variant.discriminator] == variant.tag()
    assert type(variant).of(**variant.model_dump(mode="json")) == variant
    with pytest.raises(SpecError, match="there is no such setting"):
        type(variant).of(**short, of_another=1)


def test_a_term_with_one_reduction_keeps_it() -> None:
    assert SsimSpec().reduced_by("sum") == SsimSpec()
    assert KlSpec(weight=2.0).reduced_by("sum") == KlSpec(weight=2.0, reduction="sum")


def test_a_second_encoder_of_the_usual_shape_is_not_none_at_all() -> None:
    run = RunSpec(data=KEYS["data"])
    assert run.model_copy(update={"beside": NetworkSpec()}).key != run.key


def test_what_is_kept_says_nothing_that_has_no_effect(tmp_path) -> None:
    asked = RunSpec(data=KEYS["data"], optimizer=OptimizerSpec(momentum=0.5))
    artifact = Store(tmp_path).create(asked)
    assert artifact.spec == RunSpec(data=KEYS["data"])
    assert artifact.spec.key == artifact.key == asked.key


def test_a_run_is_called_after_its_recipe_whatever_idle_settings_say() -> None:
    for recipe in RECIPES.values():
        spec = recipe.spec(KEYS["data"])
        further = spec.model_copy(update={"start_from": KEYS["run"]})
        for same in (spec, spec.effective(), further):
            assert title_of(same) == recipe.title
    turned = RECIPES["linear"].spec(
        KEYS["data"], network=NetworkSpec(kind="linear", widths=(9,), output="linear")
    )
    assert title_of(turned) == RECIPES["linear"].title


# Defaults ----------------------------------------------------------------------------------


def test_no_default_changed_without_a_new_version() -> None:
    assert problems_of(SPECS.values(), pinned()) == []


def test_a_changed_default_is_found_though_the_key_cannot_tell() -> None:
    class Longer(RunSpec):
        n_epochs: int = Field(RunSpec.model_fields["n_epochs"].default + 10)

    class Gentler(CorruptionSpec):
        level: float = Field(0.1)

    class OfGentler(DenoiseSpec):
        noise: Gentler

    class Raised(Longer):
        version: ClassVar[int] = RunSpec.version + 1

    assert Longer(data=KEYS["data"]).key == RunSpec(data=KEYS["data"]).key
    (problem,) = problems_of([Longer], pinned())
    assert "run.n_epochs" in problem
    assert "Raise `Longer.version`" in problem
    (problem,) = problems_of([OfGentler], pinned())
    assert "denoise.noise.level" in problem
    (problem,) = problems_of([Raised], pinned())
    assert "Raise" not in problem
    assert "pinned_defaults" in problem
    assert Raised(data=KEYS["data"]).key != RunSpec(data=KEYS["data"]).key
