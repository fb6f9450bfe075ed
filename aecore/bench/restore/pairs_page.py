"""`aecore bench restore --pairs DIR --page FILE`: before, after and clean, to look at."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from aecore.bench.restore.pairs import Pair
from aecore.photos.restorer import restorer_of
from aecore.photos.values import from_unit, to_unit

_STYLE = (
    "body{font:15px/1.4 system-ui,sans-serif;margin:1.5rem;background:#fff;color:#222}"
    "section{margin-bottom:2rem}div{display:flex;gap:8px;flex-wrap:wrap}"
    "figure{margin:0}img{display:block;max-width:100%}figcaption{font-size:13px;color:#555}"
)


def page_of(
    pairs: list[Pair],
    *,
    weights: Path | None = None,
    watch: Callable[[str], None] = lambda text: None,
) -> str:
    """One HTML page of photographs as they came, as the app gives them, and clean.

    Parameters
    ----------
    weights
        Of the restorer; None: those that ship.
    """
    from aecore.photos.cleaning import clean_photo

    restorer, sections = restorer_of(weights), []
    for number, pair in enumerate(pairs, 1):
        watch(f"{pair.name}: {number} of {len(pairs)}")
        found = clean_photo(pair.x, restorer)
        before, after = pair.psnr_db(to_unit(pair.x)), pair.psnr_db(to_unit(found.x_hat))
        pictures = (
            (f"as it came, {before:.2f} dB", pair.x),
            (f"cleaned, {after:.2f} dB", found.x_hat),
            ("the mean of many shots", from_unit(pair.clean, np.dtype(np.uint8))),
        )
        figures = "".join(_figure(words, x) for words, x in pictures)
        said = html.escape(" ".join(found.said))
        title = html.escape(pair.name)
        sections.append(f"<section><h2>{title}</h2><p>{said}</p><div>{figures}</div></section>")
    body = "\n".join(sections)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Before and after</title>'
        f"<style>{_STYLE}</style><body><h1>Before and after</h1>\n{body}</body></html>\n"
    )


def _figure(words: str, x: np.ndarray) -> str:
    pixels = np.ascontiguousarray(x[:3].transpose(1, 2, 0))
    eight = pixels if pixels.dtype == np.uint8 else (pixels // 257).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(eight[..., 0] if eight.shape[2] < 3 else eight).save(file, "PNG")
    address = base64.b64encode(file.getvalue()).decode("ascii")
    caption = html.escape(words)
    return (
        f'<figure><img src="data:image/png;base64,{address}" alt="{caption}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )
