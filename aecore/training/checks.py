"""Whether settings fit what they are to be trained on, asked before anything starts; no torch."""

from __future__ import annotations

from typing import Literal

from aecore.artifact import Artifact
from aecore.data.sparse_rows import Rows, SparseRows
from aecore.errors import SpecError, TooFewSamplesError
from aecore.models.plan import plan_of
from aecore.sentence import Sentence, listed
from aecore.specs.codes import QuantizedCodeSpec
from aecore.specs.run import OF_PICTURES, RunSpec
from aecore.specs.terms import ColumnsSpec, ObservedMseSpec, SsimSpec
from aecore.store import Store
from aecore.training import LAST, WEIGHTS

CRITICS = frozenset({"adversarial_code", "adversarial_image"})
"""Terms with a network of their own, which goes on with the run that it is from."""


def check_samples(
    spec: RunSpec, shape: tuple[int, ...], scale: Literal["unit", "standard"], n_train: int
) -> None:
    """Whether the settings fit samples of this kind.

    Parameters
    ----------
    shape
        Of one sample: `(C, H, W)` or `(F,)`.
    n_train
        Samples of the training part.

    Raises
    ------
    SpecError, TooFewSamplesError
        Naming the setting, and what to choose instead.
    """
    is_pictures = len(shape) == 3
    if spec.network.output == "sigmoid" and (scale != "unit" or not is_pictures):
        raise SpecError(
            "The sigmoid output gives values in [0, 1]; these samples go beyond.",
            "Choose the linear output and the squared error, or scale the data to [0, 1].",
        )
    counted = next((term for term in spec.objective if term.is_of_counts), None)
    if counted is not None and (is_pictures or scale != "unit"):
        found = Sentence("pictures") if is_pictures else Sentence("standardized rows")
        raise SpecError(
            "The {name} term is of rows of counts or ratings; these samples are {given}.",
            "Choose the squared error, or a set of baskets, ratings or texts.",
            name=counted.name,
            given=found,
        )
    if spec.term(ColumnsSpec) is not None and (is_pictures or scale != "unit"):
        raise SpecError(
            "The likelihood by column is of rows as they are; these samples are {found}.",
            "Choose the squared error, or a table.",
            found="pictures" if is_pictures else "standardized rows",
        )
    if spec.corruption.kind in OF_PICTURES and not is_pictures:
        raise SpecError(
            "{kind} needs pictures; these samples are rows.",
            "Choose gaussian, masking or dropout.",
            kind=spec.corruption.kind.capitalize(),
        )
    if spec.term(SsimSpec) is not None and (scale != "unit" or not is_pictures):
        found = Sentence("are standardized") if is_pictures else Sentence("are rows")
        raise SpecError(
            "SSIM compares pictures with values in [0, 1]; these samples {found}.",
            "Choose the squared error or Huber's, or scale the data to [0, 1].",
            found=found,
        )
    if spec.batch_size == 1 and spec.has_batch_norm:
        raise SpecError(
            "Batch normalization needs more than one sample in a batch.",
            "Raise the batch size, or switch batch normalization off.",
        )
    if n_train < 2:
        raise TooFewSamplesError(
            "Fewer than two samples are left to train on.", "Import more, or hold fewer out."
        )


def check_values(spec: RunSpec, x: Rows) -> None:
    """Whether the objective makes sense of what the samples hold.

    Raises
    ------
    SpecError
    """
    if not any(term.is_of_counts for term in spec.objective):
        return
    values = x.csr.data if isinstance(x, SparseRows) else x
    if len(values) and float(values.min()) < 0:
        raise SpecError(
            "Some numbers of the samples are less than 0; counts and ratings are not.",
            "Choose the squared error.",
        )
    if spec.term(ObservedMseSpec) is not None and float(values.min()) == float(values.max()):
        raise SpecError(
            "All numbers that are known are the same: there are no ratings to learn.",
            "Choose Mult-DAE, which learns which things were chosen.",
        )


def check_start(store: Store, spec: RunSpec, shape: tuple[int, ...] | None = None) -> None:
    """Whether the run to train further has weights for this one; nothing where there is none.

    Its network, code and shape of samples must be the same, and it must have a critic for each
    term that needs one. Anything else may differ: with another optimizer the moments begin afresh.

    Parameters
    ----------
    shape
        Of one sample; None: as the data has it, where it has been brought in.

    Raises
    ------
    SpecError
        Naming what differs, and what to choose instead.
    """
    if spec.start_from is None:
        return
    parent = store.artifact(spec.start_from) if spec.start_from in store else None
    if parent is None or not isinstance(before := parent.spec, RunSpec):
        raise SpecError(
            "The run to train further, {start_from}, is not kept here.",
            "It may have been removed to make room: train from the start.",
            start_from=spec.start_from,
        )
    if not parent.has(WEIGHTS) and not parent.has(LAST):
        raise SpecError(
            "The run to train further has no finished epoch.", "Train it from the start."
        )
    old = tuple(parent.read_json("model.json")["shape"])
    new = shape or _shape_of(store, spec.data) or old
    if new != old:
        raise SpecError(
            "The run to train further reads samples of shape {old}; these have {new}.",
            "Choose the data that it was trained on, or samples of the same shape.",
            old=old,
            new=new,
        )
    if _layers(spec, new) != _layers(before, old):
        raise SpecError(
            "The run to train further has another network: {differing}.",
            "Ask for the same network and code, or train from the start.",
            differing=_differing(spec, before),
        )
    mine, theirs = ({t.name for t in asked.objective} & CRITICS for asked in (spec, before))
    if missing := sorted(mine - theirs if parent.has(LAST) else mine):
        raise SpecError(
            "The run to train further brings no critic for the term {missing}.",
            "Leave that term out, or train from the start.",
            missing=missing[0],
        )


def _shape_of(store: Store, data: str) -> tuple[int, ...] | None:
    """Of one sample; None where the data has not been brought in."""
    artifact = store.artifact(data) if data in store else None
    if artifact is None or not artifact.has("samples.json"):
        return None
    return tuple(artifact.read_json("samples.json")["shape"])


def _layers(spec: RunSpec, shape: tuple[int, ...]) -> list[tuple[object, ...]]:
    """All that decides the names and the shapes of the weights."""
    plan = plan_of(spec, shape)
    size = spec.code.codebook_size if isinstance(spec.code, QuantizedCodeSpec) else 0
    found: list[tuple[object, ...]] = [(size,)]
    for part in (
        plan.encoder,
        plan.beside,
        plan.code,
        plan.decoder,
        plan.linear_path,
        plan.refiner,
        plan.short_cut,
    ):
        found.append((len(part),))
        for layer in part:
            name = layer.function if layer.op == "linear" else ""
            found.append((layer.op, layer.in_shape, layer.out_shape, layer.n_params, name))
    return found


def _differing(spec: RunSpec, before: RunSpec) -> str:
    """Settings of network and code that are not the same, in words."""
    words: list[str] = []
    for part in ("network", "beside", "code"):
        mine, theirs = (
            chosen.model_dump() if (chosen := getattr(asked, part)) is not None else {}
            for asked in (spec, before)
        )
        one_is_missing = not mine or not theirs
        for name in {**theirs, **mine}:
            is_compared = one_is_missing or (name in mine and name in theirs)
            if is_compared and mine.get(name) != theirs.get(name):
                words.append(
                    Sentence(
                        "{setting} is {theirs} there, {mine} here",
                        setting=f"{part}.{name}",
                        theirs=theirs.get(name),
                        mine=mine.get(name),
                    )
                )
    return listed(words)


def has_same_moments(spec: RunSpec, parent: Artifact) -> bool:
    """Whether what the optimizer of the run to go on from remembers is of use to this one's."""
    before = parent.spec
    if not isinstance(before, RunSpec):
        return False
    mine, theirs = spec.optimizer, before.optimizer
    return mine.name == theirs.name and bool(mine.momentum) == bool(theirs.momentum)
