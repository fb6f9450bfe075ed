"""The recipes by name, fitted to the samples at hand, and what to call a run."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Literal

from pydantic import create_model

from aecore.errors import SpecError
from aecore.recipe_rules import FEW, SetFacts, suited
from aecore.sentence import Sentence, plural
from aecore.specs.base import Part, Variant
from aecore.specs.codes import CodeSpec, PlainCodeSpec, QuantizedCodeSpec
from aecore.specs.run import (
    OF_PICTURES,
    CorruptionSpec,
    NetworkSpec,
    RunSpec,
)
from aecore.specs.term import TermSpec
from aecore.specs.terms import BceSpec, MseSpec, as_squared_error
from aecore.zoo import ZOO
from aecore.zoo.counts import COUNTS
from aecore.zoo.recipe import Recipe
from aecore.zoo.tables import TABLES
from aecore.zoo.texts import TEXTS

RECIPES: dict[str, Recipe] = {known.name: known for known in ZOO}
_OF_ROWS = (*COUNTS, *TEXTS, *TABLES)
GENERAL: tuple[str, ...] = tuple(known.name for known in ZOO if known not in _OF_ROWS)
"""Names of those that read any numbers; the others are of counts, ratings, texts and tables."""
_ANY_DATA = "data-" + "0" * 24


def recipe(name: str) -> Recipe:
    """The recipe of a name.

    Raises
    ------
    SpecError
        Naming those there are.
    """
    if name not in RECIPES:
        raise SpecError(
            "There is no recipe {name:.60}.",
            "Choose one of {recipes}.",
            name=repr(name),
            recipes=", ".join(RECIPES),
        )
    return RECIPES[name]


def offered(facts: SetFacts) -> tuple[str, ...]:
    """Names of the recipes that make sense for a set; those of its kind of rows first."""
    if not facts.is_sparse:
        return (*(known.name for known in TABLES if facts.has_words), *GENERAL)
    of_rows = (*TEXTS, *COUNTS) if facts.is_texts else COUNTS
    return (*(known.name for known in of_rows), *GENERAL)


def recommended(facts: SetFacts) -> tuple[str, str]:
    """The recipe to offer first for a set, and why, in a sentence."""
    if facts.is_texts:
        return "texts", Sentence(
            "Texts: half of their words are hidden, so that the code holds the meaning."
        )
    if facts.is_sparse:
        return "mult-dae", Sentence(
            "Rows that are mostly 0: Mult-DAE learns which columns go together."
        )
    if not facts.is_pictures:
        return "swap-noise", Sentence(
            "Rows of a table: a network that puts swapped values back learns what belongs together."
        )
    if facts.is_drawn and facts.n_train >= FEW:
        return "vae", Sentence(
            "Drawn pictures: a VAE learns them in a minute, and can make up new ones."
        )
    if facts.n_train < 200:
        return "undercomplete", Sentence(
            "Few pictures: what PCA keeps of them, and little beside it."
        )
    return "conv", Sentence(
        "Photographs: convolutions beside the principal components keep most of them."
    )


def fitted(
    settings: dict[str, Any],
    *,
    is_pictures: bool,
    scale: Literal["unit", "standard"],
    facts: SetFacts | None = None,
) -> dict[str, Any]:
    """Settings of a recipe changed as little as samples of this kind need.

    Rows have no convolutions, and what is not in [0, 1] has neither a sigmoid output nor a
    cross-entropy: it gets a linear output and the squared error.

    Parameters
    ----------
    facts
        Of the set: with them lengths, widths and the start are suited to it
        (`recipe_rules.suited`); None: they stay as published.

    Raises
    ------
    SpecError
        If the recipe makes no sense for such samples, whatever is changed.
    """
    network: NetworkSpec = settings.get("network", NetworkSpec())
    objective: tuple[TermSpec, ...] = settings.get("objective", (MseSpec(),))
    is_of_counts = objective[0].is_of_counts
    if is_of_counts and (is_pictures or scale == "standard"):
        raise SpecError(
            "This recipe needs rows of counts or ratings; these samples are {given}.",
            "Choose another recipe, or a set of baskets, ratings or texts.",
            given="pictures" if is_pictures else Sentence("standardized rows"),
        )
    if objective[0].name == "columns" and is_pictures:
        raise SpecError(
            "This recipe needs the columns of a table; these samples are pictures.",
            "Choose another recipe.",
        )
    if not is_pictures and _needs_pictures(settings):
        raise SpecError(
            "This recipe needs pictures; these samples are rows.", "Choose another recipe."
        )
    found = dict(settings)
    if not is_pictures:
        network = _of_rows(network)
        if settings.get("beside") is not None:
            found["beside"] = _of_rows(settings["beside"])
    if scale == "standard" or not is_pictures:
        if objective[0].name == "iwae":
            raise SpecError(
                "The importance-weighted bound is a likelihood of pixels in [0, 1].",
                "Scale the data to [0, 1], or choose the VAE.",
            )
        if network.output not in ("softmax", "columns"):
            network = network.model_copy(update={"output": "linear"})
        objective = tuple(
            as_squared_error(term) if isinstance(term, BceSpec) else term for term in objective
        )
    found = {**found, "network": network, "objective": objective}
    return found if facts is None else suited(found, facts).settings


def with_named(settings: dict[str, Any], named: dict[str, Any]) -> dict[str, Any]:
    """Settings of a recipe with some of them replaced by name, the rest of their parts kept.

    Parameters
    ----------
    named
        By field of a `RunSpec` or with a dot by that of its part: `n_epochs`, `optimizer.lr`;
        of a term by its name, which adds it where it is missing: `objective.kl.weight`. Another
        `code.kind` has the settings of its own, at their defaults.

    Raises
    ------
    SpecError
        If there is no such setting.

    Examples
    --------
    >>> known = {"code": PlainCodeSpec(n_dims=20, activation="relu")}
    >>> with_named(known, {"code.n_dims": 8})["code"].activation
    'relu'
    >>> with_named(known, {"code.kind": "gaussian"})["code"]
    GaussianCodeSpec(kind='gaussian', n_dims=20)
    >>> [term.name for term in with_named(known, {"objective.kl.weight": 4})["objective"]]
    ['mse', 'kl']
    """
    raw: dict[str, Any] = {}
    for name, value in named.items():
        part, dot, setting = name.partition(".")
        if not dot:
            raw[part] = value
            continue
        whole = raw.get(part, settings.get(part, _default(part)))
        term, is_of_term, of_term = setting.partition(".")
        if part == "objective" and is_of_term and isinstance(whole, list | tuple):
            raw[part] = _with_term(whole, term, {of_term: value})
            continue
        if isinstance(whole, Variant):
            whole = _switched(whole, named.get(f"{part}.{whole.discriminator}", whole.tag()))
        whole = whole.model_dump() if isinstance(whole, Part) else whole
        if not isinstance(whole, dict):
            raise SpecError(
                "There is no setting {name:.60}.", "`aecore train --list` has all.", name=repr(name)
            )
        raw[part] = {**whole, setting: value}
    if unknown := raw.keys() - RunSpec.model_fields.keys():
        name = min(unknown)
        raise SpecError(
            "There is no setting {name:.60}.", "`aecore train --list` has all.", name=repr(name)
        )
    fields: dict[str, Any] = {
        name: (field.annotation, field)
        for name, field in RunSpec.model_fields.items()
        if name in raw
    }
    some: type[Part] = create_model("Named", __base__=Part, **fields)
    checked = some.of(**raw)
    return {**settings, **{name: getattr(checked, name) for name in raw}}


def _with_term(objective: list[Any] | tuple[Any, ...], name: str, change: Any) -> list[Any]:
    """The terms with one setting of one of them changed, which comes last where it is missing."""
    terms = [term.model_dump() if isinstance(term, Part) else term for term in objective]
    is_named = [isinstance(term, dict) and term.get("name") == name for term in terms]
    if not any(is_named):
        return [*terms, {"name": name, **change}]
    return [term | change if it else term for term, it in zip(terms, is_named, strict=True)]


def _switched(known: Variant, tag: str) -> dict[str, Any]:
    """Settings of an alternative; for another one those that all have."""
    settings = known.model_dump()
    if tag != known.tag():
        settings = {name: settings[name] for name in type(known).base().model_fields}
    return settings


def _default(part: str) -> Any:
    """What a part of a run is where a recipe says nothing; {} for one that is left out."""
    field = RunSpec.model_fields.get(part)
    default = None if field is None else field.get_default()
    return {} if field is not None and default is None and part == "beside" else default


def suited_with(
    recipe_name: str,
    named: dict[str, Any],
    *,
    is_pictures: bool,
    scale: Literal["unit", "standard"],
    facts: SetFacts | None,
) -> dict[str, Any]:
    """Settings of a recipe, suited to a set (`fitted`) around those that somebody named.

    What was named is known to the rules, and stays as it was named. Where it goes together with
    the published settings alone (a sigmoid output does not begin as PCA), those are returned.

    Raises
    ------
    SpecError
        If there is no such setting, or the named ones fit neither.
    """
    published = with_named(recipe(recipe_name).settings, named)
    how: dict[str, Any] = {"is_pictures": is_pictures, "scale": scale}
    if facts is not None:
        found = with_named(fitted(published, **how, facts=facts), named)
        with suppress(SpecError):
            RunSpec.of(data=_ANY_DATA, **found)
            return found
    return with_named(fitted(published, **how), named)


def _of_rows(network: NetworkSpec) -> NetworkSpec:
    if network.kind not in ("conv", "resnet"):
        return network
    return network.model_copy(update={"kind": "dense", "widths": (128, 64)})


def _needs_pictures(settings: dict[str, Any]) -> bool:
    code: CodeSpec = settings.get("code", PlainCodeSpec())
    noise: CorruptionSpec = settings.get("corruption", CorruptionSpec())
    names = [term.name for term in settings.get("objective", ())]
    return code.kind == "quantized" or noise.kind in OF_PICTURES or "adversarial_image" in names


def title_of(spec: RunSpec, facts: SetFacts | None = None) -> str:
    """What to call a run: the recipe it follows, as published or suited to a set of these facts,
    or what it is made of."""
    followed = _closest(spec) or (_closest(spec, facts) if facts is not None else None)
    if followed is not None:
        return followed.title
    kinds = {"gaussian": Sentence("Variational"), "quantized": Sentence("Quantized")}
    kind = kinds.get(spec.code.kind, Sentence(spec.network.kind.capitalize()))
    return Sentence("{kind}, {size}", kind=kind, size=code_words(spec.code))


def code_words(code: CodeSpec) -> str:
    """How large a code is, for a person.

    Examples
    --------
    >>> code_words(PlainCodeSpec(n_dims=20))
    '20 dimensions'
    """
    if isinstance(code, QuantizedCodeSpec):
        return Sentence(
            "entries of a codebook of {codebook_size}", codebook_size=code.codebook_size
        )
    return plural("{n} dimension", "{n} dimensions", code.n_dims)


def _closest(spec: RunSpec, facts: SetFacts | None = None) -> Recipe | None:
    """The recipe whose family (network, code, terms, corruption) a spec belongs to."""
    asked = spec.model_copy(update={"start_from": None}).effective()
    for candidate in ZOO:
        known = candidate.spec(spec.data).effective()
        if facts is not None:
            settings = suited(candidate.settings, facts).settings
            try:
                known = RunSpec.of(data=spec.data, **settings).effective()
            except SpecError:  # it is not for such samples, as counts on pictures
                continue
        if (
            known.network == asked.network
            and known.code == asked.code
            and _family(known.objective) == _family(asked.objective)
            and _trouble(known.corruption) == _trouble(asked.corruption)
            and bool(known.pretrain_epochs) == bool(asked.pretrain_epochs)
            and known.beside == asked.beside
        ):
            return candidate
    return None


def _family(objective: tuple[TermSpec, ...]) -> tuple[tuple[str, float], ...]:
    """Names of the terms, and the one weight that makes another family of a VAE."""
    return tuple((term.name, term.weight if term.name == "kl" else 1.0) for term in objective)


def _trouble(noise: CorruptionSpec) -> str:
    """What sort of task a corruption sets."""
    return noise.kind if noise.kind in ("none", *OF_PICTURES) else "noise"
