"""How pictures are brought in, as form fields: size, colour, scaling, how many, which parts."""

from __future__ import annotations

from typing import Any

import streamlit as st

from aecore.specs.data import DataSpec
from pages.ui.translation import _, mark

_SIZES_PX = (16, 28, 32, 48, 64, 96, 128)
_COLOURS = {"native": mark("As it is"), "grey": mark("Grey"), "rgb": mark("Colour")}
_SCALES = {"unit": mark("From 0 to 1"), "standard": mark("Standardized")}
_FITS = {
    "cut": mark("Keep the middle"),
    "bars": mark("Keep all, with bars"),
    "squeeze": mark("Squeeze"),
}
_GROUNDS = {"white": mark("White"), "black": mark("Black")}
_RANGES = {
    "format": mark("Of the files' numbers"),
    "set": mark("Of the whole set"),
    "given": mark("From … to …"),
}
_FRAMES = {"first": mark("The first"), "all": mark("Every one")}
_OF_PARTS = ("n_max", "val_fraction", "test_fraction", "seed")
_FIELDS = ("size_px", "width_px", "fit", "colour", "scale", "normal", *_OF_PARTS)
_OF_OWN = ("ground", "value_range", "low", "high", "frames", "folders")


def fill(prefix: str, spec: DataSpec) -> None:
    """Set the fields to what a spec says, before they are drawn."""
    for name in (*_FIELDS, *_OF_OWN):
        st.session_state[f"{prefix}.{name}"] = _shown(name, getattr(spec, name))


def settings(prefix: str, *, own: bool) -> dict[str, Any]:
    """Draw the fields; what they say, as fields of a DataSpec that is yet to be checked.

    Parameters
    ----------
    prefix
        Of the widgets' keys.
    own
        Whether they are for own pictures, which have no size of their set.
    """
    for name in (*_FIELDS, *(_OF_OWN if own else ())):
        st.session_state.setdefault(
            f"{prefix}.{name}", _shown(name, DataSpec.model_fields[name].default)
        )
    found: dict[str, Any] = _size(prefix)
    found["fit"] = _choice(prefix, "fit", _("Other shapes"), _FITS)
    found["colour"] = _choice(prefix, "colour", _("Colour"), _COLOURS)
    found["scale"] = _choice(prefix, "scale", _("Values"), _SCALES)
    found["n_max"] = _n_max(prefix)
    found["normal"] = _normal(prefix)
    if own:
        found |= _of_files(prefix)
    return found | _parts(prefix)


def row_settings(prefix: str) -> dict[str, Any]:
    """Draw the fields that rows of a table have: how many, and which parts; as `settings`."""
    for name in _OF_PARTS:
        st.session_state.setdefault(f"{prefix}.{name}", DataSpec.model_fields[name].default)
    return {"n_max": _n_max(prefix), **_parts(prefix)}


def _n_max(prefix: str) -> int | None:
    return st.number_input(
        _("At most so many"),
        min_value=2,
        max_value=1_000_000,
        value=None,
        step=100,
        placeholder=_("all"),
        key=f"{prefix}.n_max",
        help=_help("n_max"),
    )


def _size(prefix: str) -> dict[str, Any]:
    """Height and width."""
    found: dict[str, Any] = {}
    nothing = {"size_px": _("Its own"), "width_px": _("As high")}
    labels = {"size_px": _("Height"), "width_px": _("Width")}
    for column, name in zip(st.columns(2, gap="small"), labels, strict=True):
        here = int(st.session_state[f"{prefix}.{name}"] or 0)
        with column:
            found[name] = st.selectbox(
                labels[name],
                sorted({0, here, *_SIZES_PX}),
                format_func=lambda size, name=name: (
                    _("{size} px", size=size) if size else nothing[name]
                ),
                key=f"{prefix}.{name}",
                help=_help(name),
            )
    return {name: size or None for name, size in found.items()}


def _of_files(prefix: str) -> dict[str, Any]:
    """What only files need to be told: ranges, transparency, pages, folders."""
    found: dict[str, Any] = {}
    found["value_range"] = _choice(prefix, "value_range", _("Range of values"), _RANGES)
    for column, name, label in zip(
        st.columns(2, gap="small"),
        ("low", "high"),
        (_("From (black)"), _("To (white)")),
        strict=True,
    ):
        with column:
            found[name] = st.number_input(
                label,
                key=f"{prefix}.{name}",
                help=_("{help} Used with From … to …", help=_help(name)),
            )
    found["ground"] = _choice(prefix, "ground", _("Under transparent parts"), _GROUNDS)
    found["frames"] = _choice(prefix, "frames", _("Of stacks and animations"), _FRAMES)
    found["folders"] = st.checkbox(
        _("Folders are classes"), key=f"{prefix}.folders", help=_help("folders")
    )
    return found


def _choice(prefix: str, name: str, label: str, words: dict[str, str]) -> str:
    return st.selectbox(
        label, list(words), format_func=words.__getitem__, key=f"{prefix}.{name}", help=_help(name)
    )


def _parts(prefix: str) -> dict[str, Any]:
    """Which share is held out, and the seed that decides it."""
    found: dict[str, Any] = {}
    columns = st.columns(2, gap="small")
    shares = zip(
        columns, ("val_fraction", "test_fraction"), (_("Validation"), _("Test")), strict=True
    )
    for column, name, label in shares:
        with column:
            found[name] = st.number_input(
                label,
                min_value=0.0,
                max_value=0.5,
                step=0.05,
                key=f"{prefix}.{name}",
                help=_help(name),
            )
    found["seed"] = st.number_input(
        _("Seed"), min_value=0, max_value=2**31 - 1, key=f"{prefix}.seed", help=_help("seed")
    )
    return found


def _normal(prefix: str) -> tuple[str, ...]:
    """Names of the classes that are normal, with commas between."""
    words = st.text_input(
        _("Normal classes"),
        key=f"{prefix}.normal",
        placeholder=_("all; or names, with commas between"),
        max_chars=2000,
        help=_("{help} For the page Anomalies.", help=_help("normal")),
    )
    return tuple(name.strip() for name in words.split(",") if name.strip())


def _shown(name: str, value: Any) -> Any:
    if name == "normal":
        return ", ".join(value)
    # In a select box None means that nothing is chosen: the set's own size is 0 there.
    return value or 0 if name in ("size_px", "width_px") else value


def _help(name: str) -> str | None:
    return DataSpec.model_fields[name].description
