"""More repairs of a cleaned photograph: holes filled under a brush, and twice its size."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Literal

import streamlit as st

from aecore.errors import AecoreError, PictureError
from aecore.photos.jobs.clean import AFTER, BEFORE
from aecore.photos.jobs.layers import UNCERTAINTY
from aecore.photos.jobs.repair import TITLES, RepairedPhoto, load_repaired, repair_spec
from aecore.photos.kept import keep_photo
from aecore.specs.photos import RepairSpec, RepairTask
from pages.ui import backend, errors, job_requests, reading, url_state
from pages.ui.markdown import escape
from pages.ui.photos import downloads
from pages.ui.photos.view import HEIGHT_PX, PhotoContext, layers, stage, strength_of, urls_of
from pages.ui.translation import _, mark

Then = Literal["nothing", "fill", "enlarge"]
PLACE = "photos.repaired"
MAX_CHARS = 8_000_000
_TOOLS_PX = 40
_THEN: dict[Then, str] = {
    "nothing": mark("Nothing"),
    "fill": mark("Fill holes"),
    "enlarge": mark("Enlarge × 2"),
}
_MASK, _MASK_OF = "photos.mask", "photos.mask_of"
_HEAD = "data:image/png;base64,"
_HELP = {
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
    """The photograph repaired, large; to fill, what is to be filled is drawn on it first."""
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
        if task == "fill" and answer.mask is not None:
            with reading.reading(_("what was marked"), lambda: None) as run:
                key = keep_photo(backend.store(), opened(answer.mask), run=run)
            url_state.write(_MASK, key)
            st.session_state[_MASK_OF] = seen.photo
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
    """What to ask for; None while nothing is marked to be filled."""
    strength = strength_of(seen)
    if task == "enlarge":
        return repair_spec(seen.result.key, task, strength)
    if st.session_state.setdefault(_MASK_OF, seen.photo) != seen.photo:
        st.session_state[_MASK_OF] = seen.photo
        url_state.write(_MASK, "")  # it was drawn on another photograph
    mask = url_state.read(_MASK)
    try:
        if not mask.startswith("photo-") or mask not in backend.store():
            return None
        return repair_spec(seen.result.key, task, strength, mask)
    except AecoreError:
        return None  # an address may hold anything


def _what(
    seen: PhotoContext, task: RepairTask, result: RepairedPhoto | None, urls: dict[str, str]
) -> dict[str, Any]:
    """What the component is told."""
    draw = task == "fill"
    if result is None:
        cleaned = layers(seen)[0] | {"words": ""}
        found = {"urls": urls, "layers": [cleaned], "strength": strength_of(seen), "draw": draw}
        return found | ({"height": HEIGHT_PX - _TOOLS_PX} if draw else {})
    title = _("Filled") if draw else _("Enlarged")
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
    if draw:
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
        "draw": draw,
        "before": _("Cleaned") if draw else _("Bicubic"),
        "size": [W, H],
        "height": HEIGHT_PX - _TOOLS_PX if draw else HEIGHT_PX,
    }
