"""A living map as one page without a server: to hand on, or to put on the web."""

from __future__ import annotations

import html

from aecore.export.living import InteractiveMap
from aecore.export.one_page import ENGLISH, markup_of, one_page, said_words
from aecore.sentence import Say, Sentence, joined

HEIGHT_PX = 620


def single_file(
    living: InteractiveMap, title: str, *, say: Say = Sentence, language: str = ENGLISH
) -> str:
    """The page, as HTML.

    Parameters
    ----------
    title
        Any text; it is shown as it stands.
    say, language
        Says its words in a language, and the tag of that: "en", "pt-BR".
    """
    message = living.message(
        say=say,
        height=HEIGHT_PX,
        label=say("Map of the codes of {n:,} samples", n=len(living.map)),
        own=[],
        round=0,
        selection={"shapes": [], "points": []},
        path=None,
        paths=False,
        rev="page",
    )
    decodes = living.decoder is not None and living.decoder.is_small
    how = [say("Point at a position to see what the model decodes there.")] if decodes else []
    how.append(
        say(
            "Draw around points, or click one, to select; the wheel zooms; close up, points become "
            "their pictures. Keys: arrows, +, -, 0, Enter, Escape."
        )
    )
    body = f"""\
<p>{html.escape(say(joined(how)))}</p>
{markup_of("interactive_map", said_words("interactive_map", say))}
<p class="told"></p>
<div class="wall"></div>
<p class="fine">{html.escape(say(_about(living)))}</p>"""
    return one_page(
        title,
        body,
        message,
        component="interactive_map",
        exported="livingMap",
        say=say,
        language=language,
    )


_METHODS: dict[str, str] = {
    "pca": Sentence("PCA is a linear projection of the codes."),
    "plane": Sentence(
        "The plane through the codes of three samples; all others are projected onto it."
    ),
    "codes": Sentence("Two latent dimensions, as they are."),
    "umap": Sentence(
        "UMAP preserves neighbours; sizes of groups and distances between them have no meaning."
    ),
    "tsne": Sentence(
        "t-SNE preserves neighbours; sizes of groups and distances between them have no meaning."
    ),
}


def _about(living: InteractiveMap) -> str:
    """What a reader must know of this map."""
    found = living.map
    words = [_METHODS[found.spec.method.name]]
    if found.trustworthiness is not None:
        words.append(
            Sentence(
                "Trustworthiness {score:.3g} (0 to 1, higher is better).",
                score=found.trustworthiness,
            )
        )
    if living.decoder is not None and not living.decoder.is_small:
        words.append(Sentence("The decoder is too large for this page: nothing is decoded here."))
    return joined((*words, Sentence("Made with Latent Lab.")))
