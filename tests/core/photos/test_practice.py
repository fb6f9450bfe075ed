"""Training of the restorer learns, and an interruption changes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage.data import astronaut

from aecore.errors import DataError, SpecError
from aecore.photos.network_file import read_network
from aecore.photos.training.photographs import Photos
from aecore.photos.training.practice import (
    LAST,
    STEADY,
    WEIGHTS,
    RestorerTraining,
    _State,
    train_restorer,
    validation,
)
from aecore.photos.unet import PhotoUNet

ASKED = RestorerTraining(widths=(8, 16), n_blocks=1, fine=4, patch_px=32, batch=2, warmup_steps=5)


@pytest.fixture(scope="module")
def photos() -> Photos:
    x = np.ascontiguousarray(astronaut().transpose(2, 0, 1))
    return Photos({"a": x[:, :256, :256]}, {"b": x[:, 256:352, 256:352]})


def _weights(out: Path) -> dict[str, torch.Tensor]:
    return read_network(out / WEIGHTS).state_dict()


def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(
    photos: Photos, tmp_path: Path
) -> None:
    list(train_restorer(photos, tmp_path / "whole", ASKED, n_steps=8))
    records = train_restorer(photos, tmp_path / "parts", ASKED, n_steps=8, report_s=0.0)
    for record in records:
        if record.step == 3:
            records.close()
    assert (tmp_path / "parts" / LAST).exists()
    rest = list(train_restorer(photos, tmp_path / "parts", ASKED, n_steps=8, report_s=0.0))
    assert [record.step for record in rest] == [4, 5, 6, 7, 8]
    whole, parts = _weights(tmp_path / "whole"), _weights(tmp_path / "parts")
    assert all(torch.equal(w, parts[name]) for name, w in whole.items())
    assert whole["tail.weight"].abs().max() > 0


def test_the_rate_warms_up_is_held_and_falls_to_its_end(photos: Photos, tmp_path: Path) -> None:
    steady = list(train_restorer(photos, tmp_path, ASKED, n_steps=6, report_s=0.0))
    assert steady[0].lr < steady[2].lr < steady[-1].lr == ASKED.lr
    falling = replace(ASKED, decay_steps=4)
    rest = list(train_restorer(photos, tmp_path, falling, report_s=0.0))
    assert [record.step for record in rest] == [7, 8, 9, 10]
    assert rest[0].lr == pytest.approx(ASKED.lr * (1 - np.sqrt(1 / 4)))
    assert rest[-1].lr == pytest.approx(0, abs=1e-12)
    assert set(rest[-1].val_db) == {"15", "25", "50", "grey 25", "clean"}
    assert (tmp_path / STEADY).exists()
    assert list(train_restorer(photos, tmp_path, falling)) == []


def test_it_stops_when_asked_and_keeps_what_it_has(photos: Photos, tmp_path: Path) -> None:
    found = list(train_restorer(photos, tmp_path, ASKED, stop=lambda: True))
    assert [record.step for record in found] == [1]
    assert (tmp_path / WEIGHTS).exists()


@pytest.mark.slow
def test_training_takes_noise_off_that_it_never_saw(photos: Photos, tmp_path: Path) -> None:
    asked = replace(ASKED, widths=(16, 24), batch=8, lr=5e-3, warmup_steps=20)
    before = validation(PhotoUNet((16, 24), 1), photos.held_out)
    last = list(train_restorer(photos, tmp_path, replace(asked, decay_steps=250)))[-1]
    after = validation(read_network(tmp_path / WEIGHTS), photos.held_out)
    assert before["25"] == pytest.approx(20.2, abs=0.6)  # 20 log10(255 / 25), clipped
    assert after["25"] > before["25"] + 2.5
    assert after["50"] > before["50"] + 3
    assert last.val_db["25"] == pytest.approx(after["25"], abs=0.05)  # halves tell the same


def test_what_does_not_fit_is_a_sentence(photos: Photos, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="40 px do not fit"):
        list(train_restorer(photos, tmp_path, replace(ASKED, patch_px=40)))
    list(train_restorer(photos, tmp_path, ASKED, n_steps=1))
    with pytest.raises(SpecError, match="another size"):
        list(train_restorer(photos, tmp_path, replace(ASKED, widths=(8, 12))))
    with pytest.raises(DataError, match="holds no restorer"):
        from safetensors.torch import save_file

        save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
        read_network(tmp_path / "other.safetensors")
    (tmp_path / "broken.safetensors").write_bytes(b"nothing")
    with pytest.raises(DataError, match="cannot be read"):
        read_network(tmp_path / "broken.safetensors")


def test_it_goes_on_from_weights_of_a_smaller_network(photos: Photos, tmp_path: Path) -> None:
    list(train_restorer(photos, tmp_path / "small", replace(ASKED, fine=0), n_steps=2))
    larger = replace(ASKED, n_blocks=2, lr=1e-12)
    start = tmp_path / "small" / WEIGHTS
    list(train_restorer(photos, tmp_path / "large", larger, n_steps=1, start=start))
    x = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    small, large = read_network(start), read_network(tmp_path / "large" / WEIGHTS)
    assert (small.fine, large.fine, large.n_blocks) == (0, 4, 2)
    assert torch.allclose(large(x), small(x), atol=1e-3)


def test_averaged_weights_follow_by_the_share_that_is_not_kept() -> None:
    """`w <- keep w + (1 - keep) v`, and at first faster: `keep` is at most `(1 + n) / (10 + n)`."""
    state = _State(ASKED, torch.device("cpu"))
    slow = {name: w.detach().clone() for name, w in state.averaged.named_parameters()}
    for step, keep in enumerate((0.5, 0.999, 0.05)):
        state.step = step
        with torch.no_grad():
            for w in state.net.parameters():
                w.add_(torch.full_like(w, 0.1 * (1 + step)))
        state.average(keep)
        share = min(keep, (1 + step) / (10 + step))
        for name, w in state.net.named_parameters():
            slow[name] = share * slow[name] + (1 - share) * w.detach()
    for name, w in state.averaged.named_parameters():
        assert not w.requires_grad
        assert torch.allclose(w, slow[name], atol=1e-6)
