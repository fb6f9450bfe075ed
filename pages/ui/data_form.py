"""How pictures are brought in, as form fields: size, colour, scaling, how many, which parts."""

from __future__ import annotations

from typing import Any

import streamlit as st

from aecore.specs import DataSpec

_SIZES_PX = (28, 32, 64, 96, 128)
_COLOURS = {"native": "As it is", "grey": "Grey", "rgb": "Colour"}
_SCALES = {"unit": "From 0 to 1", "standard": "Standardized"}
_FIELDS = ("size_px", "colour", "scale", "n_max", "val_fraction", "test_fraction", "seed")


def fill(prefix: str, spec: DataSpec) -> None:
    """Set the fields to what a spec says, before they are drawn."""
    for name in _FIELDS:
        st.session_state[f"{prefix}.{name}"] = getattr(spec, name)


def settings(prefix: str, *, own: bool) -> dict[str, Any]:
    """Draw the fields; what they say, as fields of a DataSpec that is yet to be checked.

    Parameters
    ----------
    prefix
        Of the widgets' keys.
    own
        Whether they are for own pictures, which have no size of their set.
    """
    found: dict[str, Any] = {}
    sizes = [size for size in _SIZES_PX if not (own and size == 64)]
    here = st.session_state.get(f"{prefix}.size_px")
    if here and here not in sizes:
        sizes = sorted([*sizes, here])
    left, right = st.columns(2, gap="small")
    with left:
        found["size_px"] = st.selectbox(
            "Size",
            [None, *sizes],
            format_func=lambda size: _size_words(size, own),
            key=f"{prefix}.size_px",
            help=_help("size_px"),
        )
    with right:
        found["colour"] = st.selectbox(
            "Colour",
            list(_COLOURS),
            format_func=_COLOURS.__getitem__,
            key=f"{prefix}.colour",
            help=_help("colour"),
        )
    with left:
        found["scale"] = st.selectbox(
            "Values",
            list(_SCALES),
            format_func=_SCALES.__getitem__,
            key=f"{prefix}.scale",
            help=_help("scale"),
        )
    with right:
        found["n_max"] = st.number_input(
            "At most",
            min_value=2,
            max_value=1_000_000,
            value=None,
            step=100,
            placeholder="all",
            key=f"{prefix}.n_max",
            help=_help("n_max"),
        )
    return found | _parts(prefix)


def _parts(prefix: str) -> dict[str, Any]:
    """Which share is held out."""
    columns = st.columns(3, gap="small")
    found: dict[str, Any] = {}
    for column, name, label in zip(
        columns, ("val_fraction", "test_fraction"), ("Validation", "Test"), strict=False
    ):
        with column:
            found[name] = st.number_input(
                label,
                min_value=0.0,
                max_value=0.5,
                value=_default(prefix, name),
                step=0.05,
                key=f"{prefix}.{name}",
                help=_help(name),
            )
    with columns[2]:
        found["seed"] = st.number_input(
            "Seed",
            min_value=0,
            max_value=2**31 - 1,
            value=_default(prefix, "seed"),
            key=f"{prefix}.seed",
            help=_help("seed"),
        )
    return found


def _default(prefix: str, name: str) -> Any:
    # A widget whose value stands in the session is not given another one.
    if f"{prefix}.{name}" in st.session_state:
        return "min"
    return DataSpec.model_fields[name].default


def _help(name: str) -> str | None:
    return DataSpec.model_fields[name].description


def _size_words(size: int | None, own: bool) -> str:
    if size is None:
        return "64 px" if own else "Its own"
    return f"{size} px"
