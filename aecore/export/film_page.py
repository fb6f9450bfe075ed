"""A film to look at: what its component is sent, a page without a server, and a GIF."""

from __future__ import annotations

import html
import io
from typing import Any

import numpy as np

from aecore.export.film import Film
from aecore.export.one_page import markup_of, one_page
from aecore.figures.colours import CLASS_COLOURS, UNLABELLED, class_colours
from aecore.figures.curves import thin
from aecore.figures.payload import pack
from aecore.figures.pictures import as_rgb, mosaic
from aecore.figures.training_film import FilmFrames, film_gif

N_CURVE = 600
HEIGHT_PX = 372
LOSS_COLOUR = CLASS_COLOURS[0]
_NONE = 65535
_N_EXACT = 1_500_000
"""Pixels of a sheet that is sent as it is; a larger one loses a little that nobody sees."""
_IN_VIEW = (0.005, 0.995)
"""Quantiles of the positions of a frame that must be in view: a few far points may leave it."""


def message(film: Film, **more: Any) -> bytes:
    """What the browser gets, packed.

    Parameters
    ----------
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
        "axes": list(film.axes),
        "label": f"Film of the codes of {n:,} samples over {film.epochs[-1]:g} epochs",
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


def film_page(film: Film, title: str) -> str:
    """The film as one page of HTML that needs no server, and asks nobody for anything.

    Parameters
    ----------
    title
        Any text; it is shown as it stands.
    """
    body = f"""{markup_of("film")}
<p class="fine">{html.escape(about(film))} Made with Latent Lab.</p>"""
    return one_page(
        title,
        body,
        message(film),
        component="film",
        exported="film",
    )


def film_as_gif(film: Film, title: str = "") -> bytes:
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
        )
    )


def about(film: Film) -> str:
    """What a viewer must know of this film, in plain words."""
    n = f"{film.positions.shape[1]:,}"
    if film.shown == 1:
        plane = "The two latent dimensions are shown as they are: a point moves when its code does."
    else:
        plane = (
            "All frames share one plane, the first two principal components of the codes of all "
            f"epochs ({100 * film.shown:.0f} % of their variance): a point moves when its code "
            "does."
        )
        if film.is_turned:
            plane += (
                " Rotations of all codes together have no meaning for this model, and are removed."
            )
    return (
        f"The same {n} samples of training and validation in {len(film)} keyframes; between "
        f"keyframes, points move in straight lines. {plane}"
    )
