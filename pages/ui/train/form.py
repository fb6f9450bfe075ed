"""The form of a training: every setting of a run, built from the spec's own bounds and words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal, get_args

import streamlit as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from aecore.errors import SpecError
from aecore.specs.codes import CODE_SPECS, CodeSpec, PlainCodeSpec, QuantizedCodeSpec
from aecore.specs.run import (
    AugmentSpec,
    CorruptionSpec,
    NetworkSpec,
    OptimizerSpec,
    RunSpec,
)
from pages.ui.train.loss_form import ask_terms, step_of
from pages.ui.translation import _
from pages.ui.url_state import choice


class Form:
    """Widgets for the settings of a run, starting from a recipe's.

    Each recipe has widgets of its own, so that changing the recipe shows its settings and
    coming back finds what was set. All are kept in the address.

    Parameters
    ----------
    prefix
        Of the widgets' keys.
    data
        Key of the data to train on.
    settings
        The recipe's, on that data.
    """

    def __init__(self, prefix: str, data: str, settings: dict[str, Any]) -> None:
        self._prefix = prefix
        self._start = RunSpec.of(data=data, **settings)
        self._first, self._second = st.columns(2)
        self.button_place = st.container()

    def ask(self) -> RunSpec:
        """Draw the form in the open container and return what is set.

        What most people set comes first, then a place for the button (`button_place`), then
        the rest, folded.

        Raises
        ------
        SpecError
            If settings are out of bounds or do not fit together.
        """
        with self._first:
            n_epochs = self._number(RunSpec, "n_epochs", self._start.n_epochs, _("Epochs"))
        with self._second:
            n_dims = self._number(
                CodeSpec, "n_dims", self._start.code.n_dims, _("Latent dimension")
            )
        with st.expander(_("Network"), icon=":material/account_tree:"):
            network, beside, code = self._network(n_dims)
        with st.expander(_("Loss"), icon=":material/functions:"):
            objective = ask_terms(self._prefix, self._start, code)
        with st.expander(_("Noise and variation"), icon=":material/grain:"):
            corruption = self._corruption()
            if corruption.kind != "none" and network.output == "linear":
                start = self._start.network.short_cut
                is_short = self._toggle(NetworkSpec, "short_cut", start, _("Lead past the code"))
                network = network.model_copy(update={"short_cut": is_short})
            augment = self._augment()
        with st.expander(_("Optimizer and run"), icon=":material/tune:"):
            rest = self._optimizer_and_run()
        return RunSpec.of(
            data=self._start.data,
            network=network,
            beside=beside,
            code=code,
            objective=objective,
            corruption=corruption,
            augment=augment,
            n_epochs=n_epochs,
            **rest,
        )

    def _network(self, n_dims: int | None) -> tuple[NetworkSpec, NetworkSpec | None, CodeSpec]:
        start = self._start.network
        code: CodeSpec = self._start.code
        kind = self._choice(NetworkSpec, "kind", start.kind, _("Layers"))
        widths: tuple[int, ...] = ()
        if kind != "linear":
            widths = self._widths(start.widths or (128, 64))
        code_kind = choice(
            _("Code"),
            {option: option for option in CODE_SPECS},
            f"{self._prefix}.code.kind",
            default=code.kind,
            help=_help(RunSpec, "code"),
        )
        if code_kind != code.kind:
            code = CODE_SPECS[code_kind].of()
        chosen: dict[str, Any] = {"n_dims": n_dims}
        if isinstance(code, PlainCodeSpec):
            chosen["activation"] = self._choice(
                PlainCodeSpec,
                "activation",
                code.activation,
                _("Activation of the code"),
                under="code",
            )
        network: dict[str, Any] = {"kind": kind, "widths": widths}
        if kind != "linear":
            network["activation"] = self._choice(
                NetworkSpec, "activation", start.activation, _("Activation")
            )
            network["dropout"] = self._number(NetworkSpec, "dropout", start.dropout, _("Dropout"))
            network["batch_norm"] = self._toggle(
                NetworkSpec, "batch_norm", start.batch_norm, _("Batch normalization")
            )
        if kind in ("linear", "dense"):
            network["normalize_input"] = self._toggle(
                NetworkSpec, "normalize_input", start.normalize_input, _("Unit length of the input")
            )
            network["input_dropout"] = self._number(
                NetworkSpec, "input_dropout", start.input_dropout, _("Dropout of the input")
            )
        network["output"] = self._choice(NetworkSpec, "output", start.output, _("Output"))
        if network["output"] == "linear" and code_kind != "quantized":
            network["pca_start"] = self._toggle(
                NetworkSpec, "pca_start", start.pca_start, _("Begin as PCA")
            )
        if kind in ("conv", "resnet"):
            network["refine"] = self._toggle(
                NetworkSpec, "refine", start.refine, _("Refine the picture")
            )
        if isinstance(code, PlainCodeSpec):
            chosen["batch_norm"] = self._toggle(
                PlainCodeSpec,
                "batch_norm",
                code.batch_norm,
                _("Standardize its units"),
                under="code",
            )
            chosen["top_k"] = self._number(
                PlainCodeSpec, "top_k", code.top_k, _("Largest units kept")
            )
        elif isinstance(code, QuantizedCodeSpec):
            chosen["codebook_size"] = self._number(
                QuantizedCodeSpec, "codebook_size", code.codebook_size, _("Entries of the codebook")
            )
            chosen["decay"] = self._number(
                QuantizedCodeSpec, "decay", code.decay, _("Decay of the entries")
            )
        # A quantized code reads one grid: a second encoder is not offered.
        beside = None if code_kind == "quantized" else self._beside(network)
        return NetworkSpec.of(**network), beside, type(code).of(**chosen)

    def _beside(self, network: dict[str, Any]) -> NetworkSpec | None:
        """A second encoder, of another kind."""
        start = self._start.beside
        kinds = ["none", *_options(NetworkSpec.model_fields["kind"])]
        kind = st.selectbox(
            _("Second encoder"),
            kinds,
            kinds.index(start.kind) if start else 0,
            key=f"{self._prefix}.beside",
            bind="query-params",
            help=_help(RunSpec, "beside"),
        )
        if kind == "none":
            return None
        widths: tuple[int, ...] = ()
        if kind != "linear":
            usual = (32, 64) if kind in ("conv", "resnet") else (128, 64)
            given = start.widths if start is not None and start.kind == kind else usual
            widths = self._widths(given, f"beside.{kind}")
        alone = {"pca_start": False, "refine": False}  # it has no decoder
        return NetworkSpec.of(**{**network, "kind": kind, "widths": widths, **alone})

    def _widths(self, start: Sequence[int], of: str = "") -> tuple[int, ...]:
        text = st.text_input(
            _("Widths of the second") if of else _("Widths"),
            ", ".join(str(width) for width in start),
            key=".".join(filter(None, (self._prefix, of, "widths"))),
            bind="query-params",
            help=_help(NetworkSpec, "widths"),
            max_chars=80,
        )
        return read_widths(text or "")

    def _corruption(self) -> CorruptionSpec:
        start = self._start.corruption
        kind = self._choice(CorruptionSpec, "kind", start.kind, _("Kind"))
        if kind == "none":
            return CorruptionSpec()
        level = self._number(CorruptionSpec, "level", start.level, _("Level"))
        return CorruptionSpec.of(**{**start.model_dump(), "kind": kind, "level": level})

    def _augment(self) -> AugmentSpec:
        start = self._start.augment
        mirror = self._toggle(AugmentSpec, "mirror", start.mirror, _("Mirror pictures"))
        shift_px = self._number(AugmentSpec, "shift_px", start.shift_px, _("Shift, px"))
        return AugmentSpec.of(mirror=mirror, shift_px=shift_px)

    def _optimizer_and_run(self) -> dict[str, Any]:
        start = self._start.optimizer
        left, right = st.columns(2)
        with left:
            optimizer = {
                "name": self._choice(OptimizerSpec, "name", start.name, _("Optimizer")),
                "lr": self._number(OptimizerSpec, "lr", start.lr, _("Learning rate")),
                "weight_decay": self._number(
                    OptimizerSpec, "weight_decay", start.weight_decay, _("Weight decay")
                ),
                "clip_norm": self._number(
                    OptimizerSpec, "clip_norm", start.clip_norm, _("Clip gradients at")
                ),
                "momentum": start.momentum,
            }
            if optimizer["name"] in ("sgd", "rmsprop"):
                optimizer["momentum"] = self._number(
                    OptimizerSpec, "momentum", start.momentum, _("Momentum")
                )
            seed = self._number(RunSpec, "seed", self._start.seed, _("Seed"))
        with right:
            optimizer["schedule"] = self._choice(
                OptimizerSpec, "schedule", start.schedule, _("Schedule")
            )
            batch = self._number(RunSpec, "batch_size", self._start.batch_size, _("Batch size"))
            patience = self._number(
                RunSpec, "patience", self._start.patience, _("Patience, epochs")
            )
            precision = self._choice(RunSpec, "precision", self._start.precision, _("Precision"))
            alone = self._number(
                RunSpec,
                "pretrain_epochs",
                self._start.pretrain_epochs,
                _("Epochs of each layer alone"),
            )
        return {
            "optimizer": OptimizerSpec.of(**optimizer),
            "batch_size": batch,
            "patience": patience,
            "precision": precision,
            "pretrain_epochs": alone,
            "seed": seed,
        }

    def _number(self, part: type[BaseModel], name: str, start: Any, label: str) -> Any:
        field = part.model_fields[name]
        low, high = _bounds(field)
        key = f"{self._prefix}.{name}"
        common: dict[str, Any] = {
            "key": key,
            "bind": "query-params",
            "help": field.description,
            "placeholder": _("never") if name == "patience" else _("none"),
        }
        if int in _types(field):
            first = None if start is None else int(start)
            return st.number_input(label, int(low), int(high), first, step=1, **common)
        return st.number_input(
            label,
            float(low),
            float(high),
            None if start is None else float(start),
            step=step_of(start or 1.0),
            format="%.6g",
            **common,
        )

    def _choice(
        self, part: type[BaseModel], name: str, start: str, label: str, *, under: str = ""
    ) -> Any:
        options = _options(part.model_fields[name])
        owner = under or part.__name__.removesuffix("Spec").lower()
        return choice(
            label,
            {option: option.replace("_", " ") for option in options},
            f"{self._prefix}.{owner}.{name}",
            default=start,
            help=_help(part, name),
        )

    def _toggle(
        self, part: type[BaseModel], name: str, start: bool, label: str, *, under: str = ""
    ) -> bool:
        return st.toggle(
            label,
            start,
            key=".".join(filter(None, (self._prefix, under, name))),
            bind="query-params",
            help=_help(part, name),
        )


def read_widths(text: str) -> tuple[int, ...]:
    """Widths as a person writes them: "512, 256".

    Raises
    ------
    SpecError
        If there is anything but whole numbers.

    Examples
    --------
    >>> read_widths("512, 256"), read_widths("")
    ((512, 256), ())
    """
    parts = [part for part in re.split(r"[\s,;x-]+", text.strip()) if part]
    if not all(part.isascii() and part.isdigit() and len(part) < 7 for part in parts):
        raise SpecError(
            "{text:.60} are no widths.",
            "Write whole numbers with commas: 512, 256.",
            text=repr(text),
        )
    return tuple(int(part) for part in parts)


def _help(part: type[BaseModel], name: str) -> str:
    return part.model_fields[name].description or ""


def _types(field: FieldInfo) -> tuple[Any, ...]:
    return get_args(field.annotation) or (field.annotation,)


def _options(field: FieldInfo) -> list[str]:
    annotation = field.annotation
    return [str(option) for option in get_args(annotation)] if _is_literal(annotation) else []


def _is_literal(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is Literal


def _bounds(field: FieldInfo) -> tuple[float, float]:
    """Least and greatest value that a widget lets through; the spec has the last word."""
    low, high = -1e9, 1e9
    for bound in field.metadata:
        low = getattr(bound, "ge", low) if getattr(bound, "ge", None) is not None else low
        high = getattr(bound, "le", high) if getattr(bound, "le", None) is not None else high
        if getattr(bound, "gt", None) is not None:
            low = bound.gt + 1e-6
        if getattr(bound, "lt", None) is not None:
            high = bound.lt - 1e-6
    return low, high
