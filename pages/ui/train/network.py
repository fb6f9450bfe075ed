"""A network drawn layer by layer, from the picture over the code back to the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

from aecore.sentence import Sentence
from pages.ui.components import component
from pages.ui.translation import _, mark

_JOINS = {"batch_norm", "residual"}  # have weights, and yet act on values where they stand
_HEADS = {"mu": mark("mean"), "logvar": mark("log variance"), "z": mark("code")}


class Layer(Protocol):
    """What is drawn of a layer."""

    @property
    def op(self) -> str:
        """Kind of operation."""

    @property
    def label(self) -> str:
        """Its name for a person."""

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of one sample behind it: `(C, H, W)` or `(F,)`."""

    @property
    def n_params(self) -> int:
        """Numbers that are learned."""


def network_view(
    shape: tuple[int, ...],
    encoder: Sequence[Layer],
    code: Sequence[Layer],
    decoder: Sequence[Layer],
    *,
    beside: Sequence[Layer] = (),
    key: str,
) -> None:
    """Draw encoder, code and decoder as a strip of blocks whose size follows the tensors.

    `shape` is that of one sample, `beside` a second encoder of the same sample. Layers without
    weights that keep the shape (activations, dropout) are named under the layer before
    them.
    """
    component("network")(key=key, data=drawing(shape, encoder, code, decoder, beside))


def drawing(
    shape: tuple[int, ...],
    encoder: Sequence[Layer],
    code: Sequence[Layer],
    decoder: Sequence[Layer],
    beside: Sequence[Layer] = (),
) -> dict[str, Any]:
    """What the browser gets: three groups of blocks, four where two encoders are joined."""
    start = {**_block("input", shape, 0), "io": True}
    second = _folded(beside, []) if beside else []
    groups: list[dict[str, Any]] = [
        {
            "kind": "encoder",
            "layers": _folded(encoder, [start]),
            "title": _titled(_("Encoder"), encoder),
        },
        {"kind": "encoder", "layers": second, "title": _titled(_("Second encoder"), beside)},
        {"kind": "code", "layers": _folded(code, []), "title": _("Code")},
        {
            "kind": "decoder",
            "layers": _folded(decoder, []),
            "title": _titled(_("Decoder"), decoder),
        },
    ]
    groups = [group for group in groups if group["layers"]]
    groups[-1]["layers"][-1]["io"] = True
    return {"groups": groups}


def _titled(title: str, layers: Sequence[Layer]) -> str:
    return _(
        "{title} · {short_count} weights",
        title=title,
        short_count=short_count(sum(layer.n_params for layer in layers)),
    )


def short_count(n: int) -> str:
    """A count in three digits.

    Examples
    --------
    >>> short_count(640), short_count(100_480), short_count(2_837_314)
    ('640', '100k', '2.84M')
    """
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if n >= size:
            return f"{n / size:.3g}{sign}"
    return str(n)


def _folded(layers: Sequence[Layer], blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Blocks of the layers, behind those given; what only acts on a block's values joins it."""
    for layer in layers:
        shape = tuple(layer.out_shape)
        last = blocks[-1] if blocks else None
        if last is None or (layer.n_params and layer.op not in _JOINS):
            joins = False
        else:
            joins = math.prod(shape) == math.prod(last["shape"])
        if last is None or not joins:
            blocks.append(_block(_name(layer), shape, layer.n_params))
            continue
        if list(shape) == last["shape"]:
            last["then"] = ", ".join(filter(None, (last["then"], _(layer.label))))
        elif len(shape) == 3:  # rows of numbers become a picture; a flattened picture stays drawn
            last.update(shape=list(shape), size=size_of(shape))
        last["n_params"] += layer.n_params
        _tell(last)
    return blocks


def _name(layer: Layer) -> str:
    head = _HEADS.get(getattr(layer, "function", ""))
    if head:
        return _(head)
    if layer.op == "deconv" and isinstance(layer.label, Sentence):  # a block is narrow
        return _("upconv {side}×{side}", side=layer.label.values["side"])
    return _(layer.label)


def _block(name: str, shape: tuple[int, ...], n_params: int) -> dict[str, Any]:
    block: dict[str, Any] = {
        "name": name,
        "shape": list(shape),
        "size": size_of(shape),
        "n_params": n_params,
        "then": "",
        "io": False,
    }
    _tell(block)
    return block


def _tell(block: dict[str, Any]) -> None:
    block["count"] = f"{short_count(block['n_params'])} w" if block["n_params"] else ""
    about = {name: block[name] for name in ("name", "then", "size", "n_params")}
    block["told"] = (
        _("{name}, then {then}: {size} out, {n_params:,} weights", **about)
        if block["then"]
        else _("{name}: {size} out, {n_params:,} weights", **about)
    )


def size_of(shape: tuple[int, ...]) -> str:
    """A shape in words: channels × height × width, or how many numbers.

    Examples
    --------
    >>> size_of((64, 14, 14)), size_of((784,))
    ('64 × 14 × 14', '784')
    """
    return " × ".join(str(n) for n in shape)
