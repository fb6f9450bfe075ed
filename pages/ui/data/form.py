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
    for name in _FIELDS:
        st.session_state.setdefault(
            f"{prefix}.{name}", _shown(name, DataSpec.model_fields[name].default)
        )
    here = int(st.session_state[f"{prefix}.size_px"] or 0)
    sizes = sorted({0, here, *(size for size in _SIZES_PX if not (own and size == 64))})
    found: dict[str, Any] = {}
    found["size_px"] = st.selectbox(
        "Size",
        sizes,
        format_func=lambda size: f"{size} px" if size else "64 px" if own else "Its own",
        key=f"{prefix}.size_px",
        help=_help("size_px"),
    )
    found["colour"] = st.selectbox(
        "Colour",
        list(_COLOURS),
        format_func=_COLOURS.__getitem__,
        key=f"{prefix}.colour",
        help=_help("colour"),
    )
    found["scale"] = st.selectbox(
        "Values",
        list(_SCALES),
        format_func=_SCALES.__getitem__,
        key=f"{prefix}.scale",
        help=_help("scale"),
    )
    found["n_max"] = st.number_input(
        "At most so many",
        min_value=2,
        max_value=1_000_000,
        value=None,
        step=100,
        placeholder="all",
        key=f"{prefix}.n_max",
        help=_help("n_max"),
    )
    found["size_px"] = found["size_px"] or None
    return found | _parts(prefix)


def _parts(prefix: str) -> dict[str, Any]:
    """Which share is held out, and the seed that decides it."""
    found: dict[str, Any] = {}
    columns = st.columns(2, gap="small")
    shares = zip(columns, ("val_fraction", "test_fraction"), ("Validation", "Test"), strict=True)
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
        "Seed", min_value=0, max_value=2**31 - 1, key=f"{prefix}.seed", help=_help("seed")
    )
    return found


def _shown(name: str, value: Any) -> Any:
    # In a select box None means that nothing is chosen: the set's own size is 0 there.
    return value or 0 if name == "size_px" else value


def _help(name: str) -> str | None:
    return DataSpec.model_fields[name].description
