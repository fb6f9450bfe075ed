"""A living map as one page without a server: to hand on, or to put on the web."""

from __future__ import annotations

import html

from aecore.export.living import InteractiveMap
from aecore.export.one_page import markup_of, one_page

HEIGHT_PX = 620


def single_file(living: InteractiveMap, title: str) -> str:
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
    point = "Point at a position to see what the model decodes there. " if decodes else ""
    body = f"""\
<p>{point}Draw around points, or click one, to select; the wheel zooms; close up, points become
their pictures. Keys: arrows, +, -, 0, Enter, Escape.</p>
{markup_of("interactive_map")}
<p class="told"></p>
<div class="wall"></div>
<p class="fine">{html.escape(_about(living))}</p>"""
    return one_page(
        title,
        body,
        message,
        component="interactive_map",
        exported="livingMap",
    )


def _about(living: InteractiveMap) -> str:
    """What a reader must know of this map."""
    found = living.map
    words = {
        "pca": "PCA is a linear projection of the codes",
        "plane": "The plane through the codes of three samples; all others are projected onto it",
        "codes": "Two latent dimensions, as they are",
        "umap": (
            "UMAP preserves neighbours; sizes of groups and distances between them have no meaning"
        ),
        "tsne": (
            "t-SNE preserves neighbours; sizes of groups and distances between them have no meaning"
        ),
    }[found.spec.method.name]
    score = found.trustworthiness
    scored = "" if score is None else f" Trustworthiness {score:.3g} (0 to 1, higher is better)."
    if living.decoder is not None and not living.decoder.is_small:
        scored += " The decoder is too large for this page: nothing is decoded here."
    return f"{words}.{scored} Made with Latent Lab."
