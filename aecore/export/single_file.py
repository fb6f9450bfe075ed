"""A living map as one page without a server: to hand on, or to put on the web."""

from __future__ import annotations

import html

from aecore.export.living import Living
from aecore.export.one_page import asset, one_page, scripts_of

HEIGHT_PX = 620


def single_file(living: Living, title: str) -> str:
    """The page, as HTML.

    Parameters
    ----------
    title
        Any text; it is shown as it stands.
    """
    n = f"{len(living.map):,}"
    message = living.message(
        height=HEIGHT_PX,
        label=f"Map of the codes of {n} samples",
        own=[],
        round=0,
        selection={"shapes": [], "points": []},
        path=None,
        paths=False,
        rev="page",
    )
    decodes = living.decoder is not None and living.decoder.is_small
    point = "Point at a place to see what the model makes of it. " if decodes else ""
    body = f"""\
<p>{point}Draw around points, or click one, to select; the wheel zooms, and near by points become
their pictures. Keys: arrows, +, -, 0, Enter, Escape.</p>
{asset("interactive_map/index.html")}
<p class="told"></p>
<div class="wall"></div>
<p class="fine">{html.escape(_about(living))}</p>"""
    return one_page(
        title,
        body,
        message,
        scripts=(*scripts_of("interactive_map"), "interactive_map/page"),
        styles=("shared/base", "interactive_map/index", "shared/page"),
        exported="livingMap",
    )


def _about(living: Living) -> str:
    """What a reader must know of this map."""
    found = living.map
    words = {
        "pca": "PCA is a straight projection of the codes",
        "plane": "The plane through the codes of three samples, all others projected onto it",
        "codes": "Two numbers of the code as they are",
        "umap": "UMAP keeps neighbours; sizes and distances between groups mean nothing",
        "tsne": "t-SNE keeps neighbours; sizes and distances between groups mean nothing",
    }[found.spec.method]
    score = found.trustworthiness
    scored = "" if score is None else f" Trustworthiness {score:.3g} (0 to 1, high is good)."
    if living.decoder is not None and not living.decoder.is_small:
        scored += " The decoder is too large to travel: places are not decoded here."
    return f"{words}.{scored} Made with Latent Lab."
