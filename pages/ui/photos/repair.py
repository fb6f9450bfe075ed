"""What follows cleaning: holes filled, parts cleaned more or less under a brush, twice its size."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Literal

import streamlit as st

from aecore.errors import AecoreError, PictureError
from aecore.photos.jobs.clean import AFTER, BEFORE
from aecore.photos.jobs.layers import UNCERTAINTY
from aecore.photos.jobs.repair import TITLES, RepairedPhoto, load_repaired, repair_spec
from aecore.photos.kept import ORIGINAL, keep_photo
from aecore.specs.photos import RepairSpec, RepairTask
from pages.ui import backend, errors, job_requests, reading, url_state
from pages.ui.markdown import escape
from pages.ui.media import served
from pages.ui.photos import downloads
from pages.ui.photos.view import HEIGHT_PX, PhotoContext, layers, stage, strength_of, urls_of
from pages.ui.translation import _, mark

Then = Literal["nothing", "adjust", "fill", "enlarge"]
PLACE = "photos.repaired"
MAX_CHARS = 8_000_000
_TOOLS_PX = 40
_THEN: dict[Then, str] = {
    "nothing": mark("Nothing"),
    "adjust": mark("Adjust in places"),
    "fill": mark("Fill holes"),
    "enlarge": mark("Enlarge × 2"),
}
_MASK, _MASK_OF = "photos.mask", "photos.mask_of"
_DONE: dict[RepairTask, str] = {
    "adjust": mark("Adjusted"),
    "fill": mark("Filled"),
    "enlarge": mark("Enlarged"),
}
_HEAD = "data:image/png;base64,"
_TOOLS = {"fill": ["brush", "box", "erase", ""], "adjust": ["more", "less", "erase", ""]}
"""What the pointer may do; the last moves the photograph."""
_HELP = {
    "adjust": mark(
        "Mark with Clean more where noise is left, and with Clean less where detail was lost, "
        "then press Apply. The wheel zooms; Move lets you drag the photograph."
    ),
    "fill": mark(
        "Mark what to remove with the brush or the rectangle, then press Fill it. The wheel "
        "zooms; Move lets you drag the photograph."
    ),
    "enlarge": mark(
        "The network adds detail finer than the pixels; scaled down again, the result is "
        "the original photograph."
    ),
}


def ask() -> Then:
    """What is done after cleaning; drawn in the open container."""
    return url_state.choice(_("Afterwards"), _THEN, "photos.then", width=150)


def repair(seen: PhotoContext, task: RepairTask) -> None:
    """The photograph repaired, large; what is to be filled or adjusted is drawn on it first."""
    spec = _spec(seen, task)
    job_requests.replace_request(PLACE, "" if spec is None else spec.key)
    is_done = spec is not None and job_requests.request_all(
        [(spec, f"{TITLES[task]}: {seen.name}")]
    )
    result, urls = None, seen.urls
    if is_done and spec is not None:
        artifact = backend.store().artifact(spec.key)
        result = load_repaired(artifact)
        urls = urls_of(
            {
                "before": artifact.path / BEFORE,
                "after": artifact.path / AFTER,
                "uncertainty": artifact.path / UNCERTAINTY,
            }
        )
    _view(seen, task, result, urls)


@st.fragment
def _view(
    seen: PhotoContext, task: RepairTask, result: RepairedPhoto | None, urls: dict[str, str]
) -> None:
    with errors.shown():
        left, right = st.columns([7, 2], gap="medium")
        with left:
            answer = stage(
                seen.result.key if result is None else result.key,
                seen,
                _what(seen, task, result, urls),
            )
        with right, st.container(key="photos.facts", gap="small"):
            for sentence in () if result is None else result.said:
                st.markdown(escape(_(sentence)))
            if result is not None:
                H, W = result.size_px
                st.caption(
                    _("{w:,} × {h:,} px, in {seconds:.2g} s.", w=W, h=H, seconds=result.seconds)
                )
                downloads.repaired_home(result.key, seen.photo)
            st.caption(_HELP[task])
        if task in _TOOLS and answer.mask is not None:
            with reading.reading(_("what was marked"), lambda: None) as run:
                key = keep_photo(backend.store(), opened(answer.mask), run=run)
            url_state.write(_MASK, key)
            st.session_state[_MASK_OF] = seen.photo, task
            st.rerun()


def opened(sent: object) -> bytes:
    """The PNG in what a browser sent, decoded from base64 alone.

    Raises
    ------
    PictureError
        If it is anything else, or too long.
    """
    if isinstance(sent, str) and sent.startswith(_HEAD) and len(sent) <= MAX_CHARS:
        try:
            return base64.b64decode(sent[len(_HEAD) :], validate=True)
        except binascii.Error:
            pass
    raise PictureError("What was marked did not arrive whole.", "Mark it again.")


def _spec(seen: PhotoContext, task: RepairTask) -> RepairSpec | None:
    """What to ask for; None while nothing is marked."""
    strength = strength_of(seen)
    if task == "enlarge":
        return repair_spec(seen.result.key, task, strength)
    if st.session_state.setdefault(_MASK_OF, (seen.photo, task)) != (seen.photo, task):
        st.session_state[_MASK_OF] = seen.photo, task
        url_state.write(_MASK, "")  # it was drawn on another photograph, or for something else
    mask = url_state.read(_MASK)
    try:
        if not mask.startswith("photo-") or mask not in backend.store():
            return None
        return repair_spec(seen.result.key, task, strength, mask)
    except AecoreError:
        return None  # an address may hold anything


def _marked(result: RepairedPhoto | None) -> str:
    """Address of what was marked, so that more can be; empty where nothing was."""
    if result is None or result.spec.mask is None:
        return ""
    path = backend.store().artifact(result.spec.mask).path / ORIGINAL
    return served(path, "image/png", "photos.mask") if path.exists() else ""


def _what(
    seen: PhotoContext, task: RepairTask, result: RepairedPhoto | None, urls: dict[str, str]
) -> dict[str, Any]:
    """What the component is told."""
    draw = {"draw": task in _TOOLS, "tools": _TOOLS.get(task, []), "mask": _marked(result)}
    if result is None:
        cleaned = layers(seen)[0] | {"words": ""}
        found = {"urls": urls, "layers": [cleaned], "strength": strength_of(seen), **draw}
        return found | ({"height": HEIGHT_PX - _TOOLS_PX} if draw["draw"] else {})
    title = _(_DONE[task])
    shown: list[dict[str, Any]] = [
        {
            "name": "cleaned",
            "title": title,
            "tag": title,
            "over": "cleaned",
            "needs": [],
            "words": _("Left of the divider: before; right: after."),
        }
    ]
    if task == "fill":
        shown.append(
            {
                "name": "uncertainty",
                "title": _("Invented"),
                "tag": _("What was invented"),
                "over": "cleaned",
                "needs": ["uncertainty"],
                "words": _("Everything coloured was invented."),
            }
        )
    H, W = result.size_px
    return {
        "urls": urls,
        "layers": shown,
        "strength": None,
        **draw,
        "before": _("Cleaned") if draw["draw"] else _("Bicubic"),
        "size": [W, H],
        "height": HEIGHT_PX - _TOOLS_PX if draw["draw"] else HEIGHT_PX,
    }
