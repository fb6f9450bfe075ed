"""A film to look at: what its component is sent, a page without a server, and a GIF."""

from __future__ import annotations

import html
import io
from typing import Any

import numpy as np

from aecore.export.film import Film
from aecore.export.one_page import ENGLISH, markup_of, one_page, said_words
from aecore.figures.colours import CLASS_COLOURS, UNLABELLED, class_colours
from aecore.figures.curves import thin
from aecore.figures.payload import pack
from aecore.figures.pictures import as_rgb, mosaic
from aecore.figures.training_film import FilmFrames, film_gif
from aecore.sentence import Say, Sentence, joined

N_CURVE = 600
HEIGHT_PX = 372
LOSS_COLOUR = CLASS_COLOURS[0]
_NONE = 65535
_N_EXACT = 1_500_000
"""Pixels of a sheet that is sent as it is; a larger one loses a little that nobody sees."""
_IN_VIEW = (0.005, 0.995)
"""Quantiles of the positions of a frame that must be in view: a few far points may leave it."""


def message(film: Film, *, say: Say = Sentence, **more: Any) -> bytes:
    """What the browser gets, packed.

    Parameters
    ----------
    say
        Says its words in a language.
    more
        Entries of the header beside what the film says.
    """
    n = film.positions.shape[1]
    low, high = (np.quantile(film.positions, q, axis=1) for q in _IN_VIEW)  # (n_frames, 2)
    curves = [(curve.part, thin(curve.x, curve.y, N_CURVE)) for curve in film.loss]
    rows = [found for found in (film.originals, film.inputs) if found is not None]
    head = {
        "key": film.key,
        "n": n,
        "epochs": film.epochs.tolist(),
        "axes": [say(axis) for axis in film.axes],
        "label": say(
            "Film of the codes of {n:,} samples over {n_epochs:g} epochs",
            n=n,
            n_epochs=float(film.epochs[-1]),
        ),
        "height": HEIGHT_PX,
        "names": list(film.label_names),
        "colours": class_colours(
            max(1, len(film.label_names), int(film.labels.max(initial=0)) + 1)
        ),
        "unlabelled": UNLABELLED,
        "loss": [part for part, _ in curves],
        "loss_colour": LOSS_COLOUR,
        "joints": list(film.joints),
        "sheet": None,
        **more,
    }
    arrays: dict[str, np.ndarray | bytes] = {
        "xy": film.positions,
        "boxes": np.concatenate([low, high], axis=1).astype(np.float32),
        "label": np.where(film.labels < 0, _NONE, film.labels).astype(np.uint16),
    }
    for i, (_, curve) in enumerate(curves):
        arrays[f"x{i}"], arrays[f"y{i}"] = curve.x, curve.y
    if film.pictures is not None:
        arrays["sheet"], arrays["row"] = _sheet(rows, film.pictures)
        m, _, H, W = film.pictures.shape[1:]
        head["sheet"] = {"tile": [H, W], "columns": m, "n_given": len(rows)}
    return pack(head, arrays)


def _sheet(given: list[np.ndarray], pictures: np.ndarray) -> tuple[bytes, np.ndarray]:
    """Rows of what was given, then of all different reconstructions; and each frame's row."""
    from PIL import Image

    row, rows = [], list(given)
    for i, found in enumerate(pictures):
        if i == 0 or not np.array_equal(found, pictures[i - 1]):
            rows.append(found)
        row.append(len(rows) - 1)
    columns = pictures.shape[1]
    sheet = mosaic(as_rgb(np.concatenate(rows)), columns)
    file = io.BytesIO()
    if sheet.shape[0] * sheet.shape[1] <= _N_EXACT:
        Image.fromarray(sheet).save(file, "WEBP", lossless=True, quality=20, method=1)
    else:
        Image.fromarray(sheet).save(file, "WEBP", quality=85, method=1)
    return file.getvalue(), np.array(row, np.uint16)


def film_page(film: Film, title: str, *, say: Say = Sentence, language: str = ENGLISH) -> str:
    """The film as one page of HTML that needs no server, and asks nobody for anything.

    Parameters
    ----------
    title
        Any text; it is shown as it stands.
    say, language
        Says its words in a language, and the tag of that: "en", "pt-BR".
    """
    known = say(joined((about(film), Sentence("Made with Latent Lab."))))
    body = f"""{markup_of("film", said_words("film", say))}
<p class="fine">{html.escape(known)}</p>"""
    return one_page(
        title,
        body,
        message(film, say=say),
        component="film",
        exported="film",
        say=say,
        language=language,
    )


def film_as_gif(film: Film, title: str = "", *, say: Say = Sentence) -> bytes:
    """The film as a GIF under 5 MB that repeats for ever; see `aecore.figures.training_film`."""
    rows = [found for found in (film.originals, film.inputs) if found is not None]
    return film_gif(
        FilmFrames(
            epochs=film.epochs,
            positions=film.positions,
            labels=film.labels,
            rows=rows if film.pictures is not None else [],
            pictures=film.pictures,
            loss=film.loss,
            names=film.label_names,
            title=title,
            say=say,
        )
    )


def about(film: Film) -> str:
    """What a viewer must know of this film, in plain words."""
    what = Sentence(
        "The same {n:,} samples of training and validation in {n_keyframes} keyframes; between "
        "keyframes, points move in straight lines.",
        n=film.positions.shape[1],
        n_keyframes=len(film),
    )
    if film.shown == 1:
        return joined(
            (
                what,
                Sentence(
                    "The two latent dimensions are shown as they are: a point moves when its code "
                    "does."
                ),
            )
        )
    plane = Sentence(
        "All frames share one plane, the first two principal components of the codes of all "
        "epochs ({percent:.0f} % of their variance): a point moves when its code does.",
        percent=100 * film.shown,
    )
    turned = Sentence(
        "Rotations of all codes together have no meaning for this model, and are removed."
    )
    return joined((what, plane, turned if film.is_turned else ""))
