"""What noise a photograph holds is named by what it is, and chooses the network that cleans it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skimage.data import astronaut, chelsea, coffee

from aecore.bench.restore.kinds import NAMES
from aecore.bench.restore.noise_kinds import KINDS, as_jpeg, noisy
from aecore.metrics.pictures import psnr
from aecore.photos.camera_net import Turned
from aecore.photos.cleaning import clean_photo
from aecore.photos.noise_kind import NoiseKind
from aecore.photos.noise_level import NoiseLevel
from aecore.photos.restorer import shipped_restorer
from aecore.photos.row_noise import NO_ROWS, RowNoise
from aecore.photos.training.textures import PATTERNS, texture
from aecore.photos.values import to_unit

WHITE = NoiseKind((0.05, 0.05, 0.05), (0.05, 0.05, 0.05), NO_ROWS)
COARSE = NoiseKind((0.02, 0.035, 0.05), (0.01, 0.019, 0.036), NO_ROWS, is_jpeg=True)
LEVEL = NoiseLevel(0.05, 0.05, 0.001, 0.0, 0.0025)


def test_white_noise_is_white_and_needs_no_other_network() -> None:
    assert WHITE.names == ("white",)
    assert WHITE.is_white
    assert not WHITE.wants_camera(LEVEL)
    assert WHITE.sigma == pytest.approx(0.05)
    assert WHITE.said == ()


def test_coarse_noise_that_jpeg_shaped_is_called_both() -> None:
    assert COARSE.names == ("coarse", "jpeg")
    assert COARSE.coarseness == pytest.approx(1.9)
    assert COARSE.wants_camera(LEVEL)
    said = " ".join(COARSE.said)
    assert "of colour: 2.5" in said or "of colour: 2.6" in said
    assert "coarse" in said
    assert "JPEG" in said


def test_rows_and_light_have_names_of_their_own() -> None:
    rows = NoiseKind(WHITE.luma, WHITE.colour, RowNoise(6.0, 0.0))
    assert rows.names == ("rows",)
    assert "Rows differ in brightness by about 6" in rows.said[0]
    light = NoiseKind(WHITE.luma, WHITE.colour, NO_ROWS, grows_with_light=True)
    assert light.names == ("light",)
    assert not light.wants_camera(LEVEL)


def test_hardly_any_noise_is_clean_and_is_left_to_the_first_network() -> None:
    clean = NoiseKind((0.002, 0.002, 0.002), (0.001, 0.002, 0.004), NO_ROWS)
    assert clean.names == ("clean",)
    assert not clean.wants_camera(replace(LEVEL, sigma=0.003, coarse=0.003))
    assert clean.wants_camera(LEVEL)  # texture that its patches take for noise: hardly touched
    part = NoiseKind(WHITE.luma, WHITE.colour, NO_ROWS, least=0.001, is_uneven=True)
    assert part.wants_camera(LEVEL)
    assert "Only a part" in part.said[0]


def test_turning_counts_for_luma_colour_and_coarseness() -> None:
    found = COARSE.turned(Turned(2.0, 0.5, 1.1))
    assert found.luma == pytest.approx((0.04, 0.077, 0.121))
    assert found.colour == pytest.approx((0.005, 0.01045, 0.02178))
    assert COARSE.turned(Turned()) == COARSE


def _pictures() -> list[np.ndarray]:
    wholes = (astronaut()[:256, 120:376], chelsea()[20:276, 100:356], coffee()[100:356, 150:406])
    return [np.ascontiguousarray(whole.transpose(2, 0, 1)) / 255 for whole in wholes]


def _psnr(x: np.ndarray, clean: np.ndarray) -> float:
    return float(psnr(clean[None], to_unit(x)[None])[0])


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_named_rightly_and_cleaned(kind: str) -> None:
    restorer, n_right = shipped_restorer(), 0
    for seed, clean in enumerate(_pictures()):
        x = noisy(clean, kind, seed)
        found = clean_photo(x, restorer)
        assert found.kind is not None
        n_right += NAMES[kind] <= set(found.kind.names)
        assert _psnr(found.x_hat, clean) > _psnr(x, clean) + 0.3
        if "rows" in found.kind.names or found.by_camera:
            assert found.quality() is None  # what cannot be known is not promised
    assert n_right >= 2  # `bench restore --kinds` measures nine of ten


@pytest.mark.slow
@pytest.mark.parametrize("name", PATTERNS)
def test_a_fine_regular_texture_is_not_taken_for_noise(name: str) -> None:
    rng = np.random.default_rng((7, len(name)))
    for noise_255 in (0.0, 3.0):
        clean = texture(name, 160, rng)
        noise = rng.normal(0, noise_255 / 255, clean.shape)
        x = np.rint(255 * np.clip(clean + noise, 0, 1)).astype(np.uint8)
        found = clean_photo(x, shipped_restorer())
        assert _psnr(found.x_hat, clean) > _psnr(x, clean) - 0.1


def test_jpeg_without_noise_is_said_to_be_that_and_told_of_what_is_seen() -> None:
    clean = NoiseKind((0.002, 0.002, 0.002), (0.001, 0.002, 0.004), NO_ROWS, is_jpeg=True)
    assert clean.names == ("clean", "jpeg")
    assert clean.said == ("It was compressed by JPEG.",)
    assert clean.wants_camera(LEVEL)
    assert not clean.wants_camera(replace(LEVEL, sigma=0.003, coarse=0.003))  # change decides
    told = clean.without_hidden().everywhere
    assert told == pytest.approx((0.001, 0.001, 0.001, 0.0005, 0.001, 0.002))
    strong = replace(clean, least=1 / 255)  # JPEG took strong noise off smooth parts
    assert strong.is_under_jpeg(LEVEL)
    assert not strong.wants_camera(LEVEL)
    assert "jpeg" in strong.hidden().names


@pytest.mark.slow
def test_jpeg_and_fine_texture_come_out_no_worse_than_they_went_in() -> None:
    for number, clean in enumerate(_pictures()):
        for quality in (80, 92):
            x = np.rint(255 * as_jpeg(clean, quality).clip(0, 1)).astype(np.uint8)
            found = clean_photo(x, shipped_restorer())
            assert _psnr(found.x_hat, clean) > _psnr(x, clean) - 0.05, (number, quality)
