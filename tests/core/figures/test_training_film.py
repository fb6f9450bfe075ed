"""A film as a GIF: small enough, in the right order, with points and pictures where they belong."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from aecore.figures.colours import class_colours, to_rgb
from aecore.figures.curves import Curve
from aecore.figures.training_film import LAST_MS, MS, FilmFrames, film_gif, frame_times

BOX, TOP = 400, 36
"""The square of the points: its side, and where it begins under a title."""


def a_reel(n_frames: int = 3, n: int = 40, **settings: object) -> FilmFrames:
    rng = np.random.default_rng(0)
    epochs = np.arange(n_frames, dtype=float)
    return FilmFrames(
        **{
            "epochs": epochs,
            "positions": rng.normal(size=(n_frames, n, 2)).cumsum(0),
            "labels": np.arange(n) % 3,
            "rows": [rng.integers(0, 256, (10, 1, 8, 8), dtype=np.uint8)],
            "pictures": rng.integers(0, 256, (n_frames, 10, 1, 8, 8), dtype=np.uint8),
            "loss": [Curve("loss", epochs + 0.5, np.exp(-epochs))],
            "names": ("cat", "dog", "eel"),
            "title": "A run",
            **settings,
        }
    )


def drawn(gif: bytes) -> list[np.ndarray]:
    opened = Image.open(io.BytesIO(gif))
    return [
        np.asarray(frame.convert("RGB")).astype(int) for frame in ImageSequence.Iterator(opened)
    ]


def where(picture: np.ndarray, colour: str) -> np.ndarray:
    """Middle of what has a colour within the square of the points: right and down, px."""
    square = picture[TOP + 32 : TOP + BOX - 2, 14 : 12 + BOX - 2]
    near = np.abs(square - np.array(to_rgb(colour))).sum(-1) < 60
    assert near.any()
    y, x = np.nonzero(near)
    return np.array([x.mean() + 2, y.mean() + 32])


def test_a_point_is_drawn_where_it_is_and_moves_on_a_straight_line():
    positions = np.zeros((2, 5, 2))
    positions[:, :4] = [[-1, -1], [-1, 1], [1, -1], [1, 1]]
    positions[0, 4], positions[1, 4] = [-0.8, -0.5], [0.8, 0.5]
    reel = a_reel(2, positions=positions, labels=np.array([0, 0, 0, 0, 1]))
    frames = drawn(film_gif(reel))
    colour = class_colours(2)[1]
    ways = np.array([where(frame, colour) for frame in frames])
    scale = (BOX - 24) / 2
    wanted = np.array([BOX / 2, BOX / 2]) + np.array([[-0.8, 0.5], [0.8, -0.5]]) * scale
    assert np.abs(ways[[0, -1]] - wanted).max() < 5  # far points set the scale, by a quantile
    steps = np.diff(ways, axis=0)
    assert np.abs(steps - steps.mean(0)).max() < 1.5


def test_reconstructions_are_those_of_the_nearest_keyframe():
    flat = np.zeros((2, 1, 1, 8, 8), np.uint8)
    flat[1] = 255
    reel = a_reel(2, pictures=flat, rows=[np.full((1, 1, 8, 8), 128, np.uint8)])
    frames = drawn(film_gif(reel))
    middle = [frame[TOP + 17 + 265 + 17 + 60, 2 * 12 + BOX + 130].mean() for frame in frames]
    half = len(frames) // 2
    assert max(middle[: half - 1]) < 12
    assert min(middle[half + 1 :]) > 243


def test_it_repeats_for_ever_and_holds_its_end():
    opened = Image.open(io.BytesIO(film_gif(a_reel())))
    assert opened.info["loop"] == 0
    durations = [frame.info["duration"] for frame in ImageSequence.Iterator(opened)]
    assert durations[-1] == LAST_MS
    assert set(durations[:-1]) == {MS}


@pytest.mark.slow
def test_a_long_film_of_many_points_stays_under_its_limit():
    rng = np.random.default_rng(0)
    positions = rng.normal(size=(120, 1000, 2))
    pictures = rng.integers(0, 256, (120, 10, 3, 32, 32), dtype=np.uint8)
    reel = a_reel(
        120,
        positions=positions,
        labels=np.arange(1000) % 10,
        names=tuple("0123456789"),
        pictures=pictures,
        rows=[pictures[0]],
    )
    found = film_gif(reel)
    assert len(found) <= 5_000_000
    assert len(drawn(found)) > 20


def test_a_limit_takes_pictures_away_and_not_the_ends():
    reel = a_reel(9)
    whole = film_gif(reel)
    less = film_gif(reel, max_bytes=len(whole) // 3)
    assert len(less) <= len(whole) // 3
    assert 2 <= len(drawn(less)) < len(drawn(whole))


def test_a_film_of_one_frame_of_rows_without_labels_or_loss_is_drawn():
    reel = a_reel(1, labels=np.full(40, -1), rows=[], pictures=None, loss=[], names=(), title="")
    (frame,) = drawn(film_gif(reel))
    assert (np.abs(frame - 255).sum(-1) > 100).sum() > 300


def test_names_that_people_gave_are_drawn_whatever_they_hold():
    names = ("two\nlines\t" * 40, "Катя 猫 \u202e", "")
    assert len(drawn(film_gif(a_reel(2, names=names, title="t\n" * 900)))) > 2


def test_moments_hold_every_keyframe_where_there_is_room():
    for n_frames in (2, 7, 30):
        found = frame_times(n_frames, 72)
        assert len(found) <= 72
        assert set(range(n_frames)) <= set(np.round(found, 9))
    assert len(frame_times(120, 72)) == 72
    assert frame_times(120, 72)[-1] == 119
    assert frame_times(1, 72).tolist() == [0]
