"""The film of a training as a GIF: points, reconstructions and loss, drawn without a browser."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from aecore.figures.colours import CLASS_COLOURS, UNLABELLED, class_colours, to_rgb
from aecore.figures.curves import Curve, thin
from aecore.figures.pictures import as_rgb
from aecore.sentence import Say, Sentence

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

MAX_BYTES = 5_000_000
N_DRAWN = 72
"""Pictures of the film, at the most about."""
MS = 100
LAST_MS = 2000
"""How long the end is held before it begins again."""
_SIDE, _CHART, _GAP = 400, 96, 12
_RIGHT = 264
_WHITE, _INK, _FAINT, _LINE = "#ffffff", "#18242b", "#66727a", "#dce3e5"
_PARTS = {"train": Sentence("training"), "val": Sentence("validation")}
_TO_WHITE = (1.0, 0.7, 0.4, 0.2)


@dataclass(frozen=True)
class FilmFrames:
    """What a film is drawn from.

    Parameters
    ----------
    epochs
        float `(n_frames,)`, rising.
    positions
        float `(n_frames, n, 2)`.
    labels
        int `(n,)`, -1 where there is none.
    rows
        uint8 `(m, C, H, W)` each: what stands above the reconstructions.
    pictures
        uint8 `(n_frames, m, C, H, W)`, reconstructions; None: nothing is drawn of them.
    loss
        Curves over epochs.
    names
        Of the classes.
    title
        One line; a long one is cut.
    say
        Says the words of the film in a language.
    """

    epochs: np.ndarray
    positions: np.ndarray
    labels: np.ndarray
    rows: Sequence[np.ndarray]
    pictures: np.ndarray | None
    loss: Sequence[Curve]
    names: Sequence[str] = ()
    title: str = ""
    say: Say = Sentence


def film_gif(reel: FilmFrames, *, max_bytes: int = MAX_BYTES) -> bytes:
    """A GIF that repeats for ever; with fewer pictures where it would be too large.

    Points move on straight lines between keyframes, as they do in the browser.
    """
    n_drawn = N_DRAWN
    while True:
        found = _gif(reel, frame_times(len(reel.epochs), n_drawn))
        if len(found) <= max_bytes or n_drawn <= 2:
            return found
        n_drawn = max(2, min(n_drawn - 1, int(0.9 * n_drawn * max_bytes / len(found))))


def frame_times(n_frames: int, n_drawn: int) -> np.ndarray:
    """Places in the film that are drawn, float in [0, n_frames - 1]: the first, the last, between.

    Where there is room each keyframe is among them.

    Examples
    --------
    >>> frame_times(3, 6).tolist()
    [0.0, 0.5, 1.0, 1.5, 2.0]
    """
    steps = n_frames - 1
    if steps < 1:
        return np.zeros(1)
    n = steps * ((n_drawn - 1) // steps) if steps < n_drawn else n_drawn - 1
    return np.linspace(0, steps, max(1, n) + 1)


def _gif(reel: FilmFrames, at: np.ndarray) -> bytes:
    from PIL import Image

    drawing, palette = _Drawing(reel), _palette(reel)
    frames = [
        drawing.at(moment).quantize(palette=palette, dither=Image.Dither.NONE) for moment in at
    ]
    file = io.BytesIO()
    frames[0].save(
        file,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[MS] * (len(frames) - 1) + [LAST_MS],
        loop=0,
        optimize=False,
    )
    return file.getvalue()


def _palette(reel: FilmFrames) -> Any:
    """The 256 colours of all pictures of the film, one for all, so that nothing flickers.

    Each colour of a class with its steps to white, greys, and of colour pictures what is left.
    """
    from PIL import Image

    classes = class_colours(min(len(CLASS_COLOURS), int(reel.labels.max(initial=0)) + 1))
    named = [np.array(to_rgb(colour), float) for colour in (*classes, UNLABELLED)]
    drawn = [to_rgb(colour) for colour in (_WHITE, _INK, _FAINT, _LINE, CLASS_COLOURS[1])]
    found = [np.array(drawn, float)]
    found += [255 + (colour - 255) * share for colour in named for share in _TO_WHITE]
    n_left = 256 - sum(len(np.atleast_2d(part)) for part in found)
    is_colour = reel.pictures is not None and reel.pictures.shape[2] == 3
    n_greys = 32 if is_colour else n_left
    found.append(np.repeat(np.linspace(0, 255, n_greys)[:, None], 3, axis=1))
    if is_colour and reel.pictures is not None:
        some = as_rgb(np.concatenate([*reel.rows, reel.pictures[-1]]))
        of_pictures = Image.fromarray(some.reshape(-1, some.shape[2], 3)).quantize(n_left - n_greys)
        found.append(np.array(of_pictures.getpalette() or []).reshape(-1, 3)[: n_left - n_greys])
    palette = Image.new("P", (1, 1))
    colours = np.concatenate([np.atleast_2d(part) for part in found])
    palette.putpalette(np.rint(colours).astype(np.uint8).ravel().tolist())
    return palette


class _Drawing:
    """Where everything is drawn."""

    def __init__(self, reel: FilmFrames) -> None:
        self.reel = reel
        self.right = _RIGHT if reel.pictures is not None else 0
        self.width = 2 * _GAP + _SIDE + (self.right and self.right + _GAP)
        self.top = _GAP + (24 if reel.title else 0)
        self.height = self.top + _SIDE + _GAP + _CHART + _GAP
        low, high = (np.quantile(reel.positions, q, axis=1) for q in (0.005, 0.995))
        low, high = low.min(0), high.max(0)
        self.middle = (low + high) / 2
        self.scale = (_SIDE - 24) / max(float((high - low).max()), 1e-9)
        colours = class_colours(int(reel.labels.max(initial=0)) + 1)
        self.colours = [UNLABELLED if label < 0 else colours[label] for label in reel.labels]

    def at(self, moment: float) -> Any:
        """The picture of one moment."""
        from PIL import Image, ImageDraw

        picture = Image.new("RGB", (self.width, self.height), _WHITE)
        pen = ImageDraw.Draw(picture)
        i = int(moment)
        j, t = min(i + 1, len(self.reel.epochs) - 1), moment - i
        epoch = float((1 - t) * self.reel.epochs[i] + t * self.reel.epochs[j])
        if self.reel.title:
            title = _one_line(self.reel.title)
            while len(title) > 1 and pen.textlength(title, _font(15)) > self.width - 2 * _GAP:
                title = title[:-2].rstrip() + "…"
            pen.text((_GAP, _GAP - 3), title, _INK, _font(15))
        picture.paste(
            self._points((1 - t) * self.reel.positions[i] + t * self.reel.positions[j]),
            (_GAP, self.top),
        )
        pen.rectangle((_GAP, self.top, _GAP + _SIDE - 1, self.top + _SIDE - 1), outline=_LINE)
        pen.text(
            (_GAP + 8, self.top + 6),
            self.reel.say("Epoch {epoch}", epoch=_short(epoch)),
            _INK,
            _font(18),
        )
        if self.reel.pictures is not None:
            self._strips(picture, pen, self.reel.pictures[round(moment)])
        self._loss(pen, epoch)
        return picture

    def _points(self, positions: np.ndarray) -> Any:
        """The points alone: drawn twice as large, then made smaller, so that they are round."""
        from PIL import Image, ImageDraw

        square = Image.new("RGB", (2 * _SIDE, 2 * _SIDE), _WHITE)
        pen = ImageDraw.Draw(square)
        centre = (positions - self.middle) * self.scale * np.array([2, -2]) + _SIDE
        r = 5 if len(positions) > 400 else 7
        for (x, y), colour in zip(centre.tolist(), self.colours, strict=True):
            pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)
        return square.resize((_SIDE, _SIDE), Image.Resampling.BOX)

    def _strips(self, picture: Any, pen: ImageDraw, shown: np.ndarray) -> None:
        """Originals, what was given of them, and reconstructions, in two blocks of columns."""
        from PIL import Image

        rows, say = [as_rgb(found) for found in (*self.reel.rows, shown)], self.reel.say
        n = len(shown)
        across = -(-n // 2) if n > 4 else n
        side = (self.right + 4) // across - 4
        H, W = rows[0].shape[1:3]
        size = max(1, round(side * W / max(H, W))), max(1, round(side * H / max(H, W)))
        left, y = 2 * _GAP + _SIDE, self.top
        names = (
            [say("original"), say("reconstruction")]
            if len(rows) == 2
            else [say("original"), say("noisy"), say("cleaned")]
        )
        how = Image.Resampling.NEAREST if max(H, W) < side else Image.Resampling.BOX
        for start in range(0, n, across):
            for name, row in zip(names, rows, strict=True):
                pen.text((left, y), name, _FAINT, _font(12))
                y += 17
                for i, tile in enumerate(row[start : start + across]):
                    picture.paste(
                        Image.fromarray(tile).resize(size, how), (left + i * (side + 4), y)
                    )
                y += size[1] + 5
            y += 10
        self._legend(pen, left, y)

    def _legend(self, pen: ImageDraw, left: int, top: int) -> None:
        """Names of the classes in their colours, as many as there is room for."""
        x, y = float(left), top
        for called, colour in zip(
            self.reel.names, class_colours(len(self.reel.names)), strict=True
        ):
            name = _one_line(called)[:24]
            wide = 14 + pen.textlength(name, _font(12)) + 10
            if x + wide > self.width - _GAP and x > left:
                x, y = left, y + 18
            if y + 18 > self.top + _SIDE:
                return
            pen.ellipse((x, y + 3, x + 8, y + 11), fill=colour)
            pen.text((x + 13, y), name, _INK, _font(12))
            x += wide

    def _loss(self, pen: ImageDraw, epoch: float) -> None:
        """The loss below, as far as it has come in full colour."""
        left, top = _GAP, self.top + _SIDE + _GAP
        right, bottom = self.width - _GAP, top + _CHART
        pen.rectangle((left, top, right - 1, bottom - 1), outline=_LINE)
        curves = [(curve.part, thin(curve.x, curve.y, 400)) for curve in self.reel.loss]
        values = np.concatenate([c.y[np.isfinite(c.y)] for _, c in curves] or [np.zeros(0)])
        if not len(values):
            return
        log = values.min() > 0
        low, high = (float(np.log10(v) if log else v) for v in (values.min(), values.max()))
        first, last = float(self.reel.epochs[0]), float(self.reel.epochs[-1])

        def place(x: np.ndarray, y: np.ndarray) -> np.ndarray:
            across = left + 1 + (x - first) / max(last - first, 1e-9) * (right - left - 3)
            share = ((np.log10(y) if log else y) - low) / max(high - low, 1e-9)
            return np.stack([across, bottom - 10 - share * (_CHART - 20)], axis=1)

        x_now = float(place(np.array([epoch]), values[:1])[0, 0])
        for part, curve in curves:
            found = place(curve.x, curve.y)
            found = found[(found[:, 0] >= left) & np.isfinite(found[:, 1])]
            for past, colour in (
                (False, _LINE),
                (True, CLASS_COLOURS[0 if part == "train" else 1]),
            ):
                line = found[found[:, 0] <= x_now] if past else found
                if len(line) > 1:
                    pen.line([tuple(point) for point in line.tolist()], fill=colour, width=2)
        pen.line((x_now, top, x_now, bottom), fill=_INK)
        at = right - 10.0
        for colour, words in reversed(
            [
                (_INK, self.reel.say("loss, lower is better:")),
                *(
                    (
                        _loss_colour(part),
                        f"{self.reel.say(_PARTS[part])} {_near(curve, epoch):.4g}",
                    )
                    for part, curve in curves
                ),
            ]
        ):
            box = pen.textbbox((at, top + 6), words, font=_font(12), anchor="ra")
            pen.rectangle((box[0] - 4, box[1] - 2, box[2] + 4, box[3] + 2), fill=_WHITE)
            pen.text((at, top + 6), words, colour, _font(12), anchor="ra")
            at = box[0] - 10


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


def _loss_colour(part: str) -> str:
    return CLASS_COLOURS[0 if part == "train" else 1]


def _near(curve: Any, epoch: float) -> float:
    """The value of a curve, with `x` and `y` `(n,)`, at its point nearest to an epoch."""
    return float(curve.y[int(np.abs(curve.x - epoch).argmin())])


def _short(epoch: float) -> str:
    return f"{epoch:.0f}" if abs(epoch - round(epoch)) < 0.005 else f"{epoch:.1f}"


def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)
