"""How much noise to take: sliders that are answered at once on what is seen, the whole as a job."""

from __future__ import annotations

import base64
import math
from pathlib import Path
from typing import Any

import streamlit as st

from aecore.photos.jobs.clean import BEFORE, Noise, RestoredPhoto, layer_of, restore_spec
from aecore.photos.preview import Rect, part_of, preview_png
from aecore.specs.photos import BY_NETWORK, RestoreMethod, RestoreSpec
from pages.ui import backend, job_requests, url_state
from pages.ui.translation import _

_TAKE, _KEEP, _COLOUR, _COARSE = "photos.take", "photos.keep", "photos.colour", "photos.coarse"
_AT_FIRST = {_TAKE: 100, _KEEP: 0, _COLOUR: 100, _COARSE: 100}
_BOUNDS = {_TAKE: (0, 300), _KEEP: (0, 100), _COLOUR: (0, 160), _COARSE: (60, 160)}
_DETAIL = 0.8
"""Share of the noise of brightness that is no longer told where all detail is kept."""
_SEEN = "photos.seen"


def wanted(photo: str, method: RestoreMethod) -> RestoreSpec:
    """How the photograph of a key is to be cleaned, as the sliders stand."""
    if method not in BY_NETWORK:
        return restore_spec(photo, method)
    take, keep, colour, coarse = (_at(name) / 100 for name in _AT_FIRST)
    luma = take * (1 - _DETAIL * keep)
    return restore_spec(
        photo, method, luma=round(luma, 3), chroma=round(take * colour, 3), coarse=coarse
    )


def sliders(result: RestoredPhoto, target: RestoreSpec) -> None:
    """What was estimated, and the sliders; nothing where nobody measured it."""
    if result.noise is None:
        return
    with st.container(key="photos.sliders", gap="small"):
        _slider(
            _TAKE,
            _("Remove noise"),
            _("More or less than was estimated: 100 % is as estimated, 200 % twice as much."),
        )
        _slider(
            _KEEP,
            _("Keep detail"),
            _(
                "Less of the brightness is treated as noise, which keeps fine detail; colour is "
                "cleaned as before."
            ),
        )
        noise = result.noise
        luma, colour = noise.luma_255 * target.luma, noise.colour_255 * target.chroma
        turned = target.luma != 1 or target.chroma != 1
        found = _(
            "brightness {luma:.1f}, colour {colour:.1f}",
            luma=noise.luma_255,
            colour=noise.colour_255,
        )
        st.caption(
            _("Estimated: {noise} of 255", noise=found)
            + (
                _("; treated as {luma:.1f} and {colour:.1f}.", luma=luma, colour=colour)
                if turned
                else "."
            )
        )
        with st.expander(_("More"), key="photos.noise.more"):
            _slider(_COLOUR, _("Noise of colour"), _("Of colour alone, on top of Remove noise."))
            _slider(
                _COARSE,
                _("Coarseness"),
                _(
                    "Higher: larger blotches are treated as noise, too. Estimated: "
                    "{coarseness:.2g} (1: white noise; 2: blotches of four pixels).",
                    coarseness=noise.coarseness,
                ),
            )
            st.button(
                _("As estimated"),
                key="photos.noise.reset",
                on_click=_reset,
                icon=":material/restart_alt:",
                width="stretch",
            )


def follow(result: RestoredPhoto, target: RestoreSpec) -> bool:
    """Ask for the whole, where another is shown meanwhile; whether it is shown."""
    if target.key == result.key:
        return True
    if job_requests.request_all([(target, _("The whole photograph"))], is_narrow=True):
        st.rerun()
    return False


def preview(result: RestoredPhoto, target: RestoreSpec) -> dict[str, Any] | None:
    """What of the visible part is cleaned already, for the component; None: all that is shown."""
    if target.key == result.key or result.noise is None:
        return None
    store = backend.store()
    before = layer_of(store.artifact(result.key), store.artifact(target.photo), BEFORE)
    part = part_of(_visible(result), result.size_px)
    content = _made(str(before), part, target.model_dump_json(), result.noise)
    return {"rect": list(part), "url": f"data:image/png;base64,{content}"}


def remember(seen: object) -> None:
    """What the component says is visible: left, top, width, height."""
    if (
        isinstance(seen, list)
        and len(seen) == 4
        and all(isinstance(v, int | float) and math.isfinite(v) for v in seen)
    ):
        st.session_state[_SEEN] = tuple(int(v) for v in seen)


def _visible(result: RestoredPhoto) -> Rect:
    H, W = result.size_px
    found: Rect = st.session_state.get(_SEEN, (0, 0, W, H))
    return found


@st.cache_data(max_entries=8, show_spinner=False)
def _made(before: str, part: Rect, spec: str, noise: Noise) -> str:
    content = preview_png(Path(before), part, RestoreSpec.model_validate_json(spec), noise)
    return base64.b64encode(content).decode("ascii")


def _at(name: str) -> int:
    low, high = _BOUNDS[name]
    return url_state.whole_number(name, _AT_FIRST[name], low, high)


def _slider(name: str, label: str, words: str) -> None:
    low, high = _BOUNDS[name]
    st.slider(
        label,
        low,
        high,
        step=5,
        format="%d %%",
        help=words,
        **url_state.linked_widget(f"{name}.slider", _at(name), lambda value: _write(name, value)),
    )


def _write(name: str, value: int) -> None:
    url_state.write(name, "" if value == _AT_FIRST[name] else str(value))


def _reset() -> None:
    for name in _AT_FIRST:
        url_state.write(name, "")
