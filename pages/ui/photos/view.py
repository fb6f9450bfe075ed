"""A photograph before and after, large, and beside it what is known of it and what to take home."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from aecore.artifact import Artifact
from aecore.figures.colours import diverging_scale
from aecore.photos.jobs.clean import (
    AFTER,
    BEFORE,
    CLEAN,
    STRENGTHS,
    TAKEN,
    RestoredPhoto,
    layer_of,
    load_restored,
)
from aecore.photos.jobs.layers import UNCERTAINTY, uncertainty_colours
from aecore.photos.jobs.uncertainty import PhotoUncertainty
from aecore.specs.photos import RestoreSpec
from pages.ui import backend, errors, url_state
from pages.ui.components import component, pack
from pages.ui.job_progress import duration
from pages.ui.markdown import escape
from pages.ui.media import served
from pages.ui.photos import downloads, noise, source, uncertainty
from pages.ui.score import Score, metric
from pages.ui.translation import _, mark

HEIGHT_PX = 450
_STRENGTH = "photos.strength"
_PSNR = mark("Peak signal-to-noise ratio: above 40 dB hardly anyone sees a difference.")


@dataclass(frozen=True)
class PhotoContext:
    """What is looked at.

    Parameters
    ----------
    about
        What was noted as the photograph was kept: format, size, and what was done on the way in.
    urls
        Address of each layer.
    uncertainty
        None while it is not known.
    """

    name: str
    photo: str
    result: RestoredPhoto
    uncertainty: PhotoUncertainty | None
    about: dict[str, Any]
    urls: dict[str, str]

    @classmethod
    def of(cls, artifact: Artifact) -> PhotoContext:
        """Of a cleaned photograph, its layers handed to the browser."""
        result = load_restored(artifact)
        photo = backend.store().artifact(result.spec.photo)
        files = {
            "before": layer_of(artifact, photo, BEFORE),
            "after": artifact.path / AFTER,
            "taken": artifact.path / TAKEN,
            "clean": layer_of(artifact, photo, CLEAN),
        }
        estimate = None
        if known := uncertainty.known(artifact.key):
            where, estimate = known
            if not estimate.said:
                files["uncertainty"] = where.path / UNCERTAINTY
        return cls(
            source.name_of(photo.key), photo.key, result, estimate, photo.about, urls_of(files)
        )


def urls_of(files: dict[str, Path]) -> dict[str, str]:
    """Addresses of those pictures that are there, handed to the browser; name to PNG file."""
    there = {name: path for name, path in files.items() if path.exists()}
    return {name: served(path, "image/png", f"photos.{name}") for name, path in there.items()}


@st.fragment
def view(seen: PhotoContext, restored: Sequence[str]) -> None:
    """The photograph under its divider; a change of strength runs nothing but this.

    Parameters
    ----------
    restored
        Keys of all that were brought together and are done, for the zip.
    """
    with errors.shown():
        target = noise.wanted(seen.photo, seen.result.spec.method)
        left, right = st.columns([7, 2], gap="medium")
        with left:
            strength = _stage(seen, target)
        with right, st.container(key="photos.facts", gap="small"):
            noise.sliders(seen.result, target)
            is_whole = noise.follow(seen.result, target)
            if is_whole:
                downloads.home(seen.result.key, seen.photo, strength)
                downloads.all_home(restored, chosen_strength())
            _facts(seen, strength)
            if not is_whole:
                return
            if uncertainty.ask(seen.result.spec) and seen.uncertainty is None:
                st.rerun()  # it became known since this page began


def chosen_strength() -> float | None:
    """The strength that a person chose; None: as the noise of each photograph asks."""
    try:
        found = float(url_state.read(_STRENGTH))
    except ValueError:
        return None
    return min(1.0, max(0.0, found)) if math.isfinite(found) else None


def _stage(seen: PhotoContext, target: RestoreSpec) -> float:
    """The component; the strength it stands at."""
    strength = strength_of(seen)
    what = {"strength": strength, "urls": seen.urls, "layers": layers(seen)}
    what["preview"] = noise.preview(seen.result, target)
    answer = stage(seen.result.key, seen, what)
    if answer.view is not None:
        noise.remember(answer.view)
    sent = answer.strength
    if isinstance(sent, int | float) and 0 <= sent <= 1:
        strength = _nearest(float(sent))
        url_state.write(_STRENGTH, f"{strength:.2f}")
    return strength


def stage(rev: str, seen: PhotoContext, what: dict[str, Any]) -> Any:
    """The component; what it answered just now.

    Parameters
    ----------
    rev
        Changes with what is shown; the same photograph keeps its zoom.
    what
        The rest of what it is told: `urls`, `layers`, `strength` (None: no slider), and so on.
    """
    head = {
        "rev": rev,
        "photo": seen.photo,
        "size": list(reversed(seen.result.size_px)),
        "height": HEIGHT_PX,
        "label": _("{name}, before and after", name=seen.name),
        "before": _("Before"),
        "draw": False,
        "tools": [],
        "mask": "",
        **what,
    }
    return component("before_after")(
        key="photos.view",
        data=pack(head, {}),
        on_strength_change=lambda: None,
        on_mask_change=lambda: None,
        on_view_change=lambda: None,
    )


def strength_of(seen: PhotoContext) -> float:
    """The strength that was chosen, else the one that its noise asks for; one of `STRENGTHS`."""
    chosen = chosen_strength()
    return _nearest(seen.result.strength if chosen is None else chosen)


def _nearest(strength: float) -> float:
    return min(STRENGTHS, key=lambda known: abs(known - strength))


def layers(seen: PhotoContext) -> list[dict[str, Any]]:
    """What may stand at the right of the divider, each with what its colours mean."""
    span = seen.result.span_255
    found: list[dict[str, Any]] = [
        {
            "name": "cleaned",
            "title": _("Cleaned"),
            "tag": _("Cleaned"),
            "over": "cleaned",
            "needs": [],
            "words": _(
                "Drag the divider, turn the wheel or pinch to zoom, drag to move, double "
                "click for 1:1."
            ),
        },
        {
            "name": "taken",
            "title": _("Removed"),
            "tag": _("What was removed"),
            "over": "",
            "needs": ["taken"],
            "legend": {
                "stops": [colour for _unused, colour in diverging_scale()],
                "low": _("{span} steps brighter now", span=span),
                "high": _("{span} darker, of 255", span=span),
            },
            "words": _("Noise looks like sand; a recognisable shape was a detail."),
        },
    ]
    if "uncertainty" in seen.urls:
        found.append(
            {
                "name": "uncertainty",
                "title": _("Uncertain"),
                "tag": _("Where it is uncertain"),
                "over": "cleaned",
                "needs": ["uncertainty"],
                "legend": {
                    "stops": uncertainty_colours(),
                    "low": _("a little"),
                    "high": _("changed beyond what noise explains"),
                },
                "words": _(
                    "Clear: noise explains what was changed. Coloured: the result depends "
                    "on chance, or a shape was removed; do not trust details there."
                ),
            }
        )
    if "clean" in seen.urls:
        found.append(
            {
                "name": "clean",
                "title": _("Original"),
                "tag": _("The clean original"),
                "over": "",
                "needs": ["clean"],
                "words": _("The photograph before noise was added."),
            }
        )
    return found


def _facts(seen: PhotoContext, strength: float) -> None:
    """Noise, scores and uncertainty, in words and numbers."""
    result = seen.result
    for sentence in (*result.said, *seen.about.get("said", ())):
        st.markdown(escape(_(sentence)))
    at = STRENGTHS.index(strength)
    if result.truth is not None:
        metric(
            Score(_("PSNR, cleaned"), result.truth.psnr_db[at], "dB", "high"),
            beside=Score(_("before"), result.truth.psnr_db[0], "dB", "high"),
            help=_("Against the clean original. {psnr}", psnr=_PSNR),
        )
        metric(
            Score(_("SSIM, in full"), result.truth.ssim_after, "", "high"),
            beside=Score(_("before"), result.truth.ssim_before, "", "high"),
            help=_("Structural similarity to the clean original, at full strength; 1 is the same."),
        )
    if result.expected is not None:
        found = result.expected[at]
        between = _(
            "between {low_db:.1f} and {high_db:.1f} dB", low_db=found.low_db, high_db=found.high_db
        )
        if result.truth is None:
            metric(
                Score(_("Expected PSNR"), found.psnr_db, "dB", "high"),
                help=_(
                    "Estimated from this photograph alone, without the clean one (Stein 1981). "
                    "{psnr}",
                    psnr=_PSNR,
                ),
            )
            st.caption(_("It lies {between} (two standard errors of sigma).", between=between))
        else:
            st.caption(
                _(
                    "Without the original, {psnr_db:.1f} dB would be expected, {between}.",
                    psnr_db=found.psnr_db,
                    between=between,
                ),
                help=_("Estimated from this photograph alone (Stein 1981)."),
            )
    H, W = result.size_px
    words = [
        _("{w:,} × {h:,} px, cleaned in {duration}.", w=W, h=H, duration=duration(result.seconds))
    ]
    if seen.uncertainty is not None:
        percent = 100 * seen.uncertainty.uncertain
        share = (
            _("{percent:.0f} % of it is uncertain.", percent=percent)
            if percent >= 1
            else _("{percent:.1f} % of it is uncertain.", percent=percent)
        )
        words.append(_(seen.uncertainty.said) or share)
    st.caption(" ".join(words))
