"""Units of a quantized code, of residual blocks and of a second encoder."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import aecore
from aecore.errors import DataError
from aecore.runs import OpenRun
from aecore.specs.codes import QuantizedCodeSpec
from aecore.specs.run import NetworkSpec
from aecore.store import Store
from aecore.units.pictures import entry_pictures, weight_pictures
from aecore.units.units import activations, entries_of, layer_of, layers_of, look_at_units


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def x(store: Store) -> np.ndarray:
    return np.asarray(aecore.load("digits", store=store).x[:60])


@pytest.fixture(scope="module")
def quantized(store: Store) -> OpenRun:
    code = QuantizedCodeSpec(n_dims=4, codebook_size=16)
    network = NetworkSpec(kind="resnet", widths=(8, 8), batch_norm=True)
    return aecore.train("vq-vae", "digits", store=store, n_epochs=1, code=code, network=network)


def test_an_entry_answers_by_its_share_of_the_places(quantized: OpenRun, x: np.ndarray) -> None:
    entries = entries_of(quantized, x)
    assert entries.shape == (60, 2, 2)
    codebook = quantized.model.code.get_buffer("weights").numpy()
    z = quantized.encode(x).reshape(60, 4, 2, 2)
    for i in range(60):  # what is decoded is the entry that is named
        assert np.allclose(z[i, :, 1, 0], codebook[entries[i, 1, 0]], atol=1e-5)
    found = look_at_units(quantized, x, layer_of(quantized, "code"))
    for i in range(5):
        slow = [(entries[i] == k).sum() / 4 for k in range(16)]
        assert found.answers[i].tolist() == pytest.approx(slow)
    unused = np.setdiff1d(np.arange(16), entries)
    assert np.flatnonzero(found.is_dead).tolist() == unused.tolist()
    share = np.bincount(entries.ravel(), minlength=16) / entries.size
    entropy = torch.distributions.Categorical(torch.from_numpy(share)).entropy()
    assert found.perplexity == pytest.approx(float(entropy.exp()))


def test_the_picture_of_an_entry_is_the_mean_of_the_cells_that_chose_it(
    quantized: OpenRun, x: np.ndarray
) -> None:
    entries = entries_of(quantized, x)
    found = entry_pictures(quantized, x)
    assert found.pictures.shape == (16, 1, 12, 12)  # cells of 4 px, one around
    assert not found.is_signed
    k = int(entries[0, 0, 0])
    cells = [
        x[i, 0, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4] / 255.0
        for i, row, column in np.argwhere(entries == k)
    ]
    assert np.allclose(found.pictures[k, 0, 4:8, 4:8], np.mean(cells, axis=0), atol=1e-6)
    for unused in np.setdiff1d(np.arange(16), entries):
        assert not found.pictures[unused].any()


def test_a_residual_block_answers_as_the_encoder_stands_behind_it(
    quantized: OpenRun, x: np.ndarray
) -> None:
    layers = [layer for layer in layers_of(quantized) if not layer.is_code]
    assert ["residual" in layer.label for layer in layers] == [False, True, False, True]
    last = activations(quantized, x, layers[-1])
    with torch.inference_mode():
        whole = quantized.model.encoder(torch.from_numpy(x / np.float32(255)))
    assert np.allclose(last, whole.amax((2, 3)).numpy(), atol=1e-5)


def test_a_second_encoder_has_layers_of_its_own(store: Store, x: np.ndarray) -> None:
    run = aecore.train(
        "undercomplete",
        "digits",
        store=store,
        n_epochs=1,
        network=NetworkSpec(kind="conv", widths=(4,)),
        beside=NetworkSpec(kind="dense", widths=(6,)),
    )
    assert [layer.name for layer in layers_of(run)] == ["layer-1", "beside-1", "code"]
    layer = layer_of(run, "beside-1")
    assert run.model.beside is not None
    weight = run.model.beside[1].get_parameter("weight").numpy()
    bias = run.model.beside[1].get_parameter("bias").numpy()
    slow = np.maximum(x.reshape(60, -1) / 255.0 @ weight.T + bias, 0)
    assert np.allclose(activations(run, x, layer), slow, atol=1e-4)
    pictures = weight_pictures(run, layer)
    assert pictures is not None
    assert np.array_equal(pictures.pictures, weight.reshape(6, 1, 8, 8))
    with pytest.raises(DataError, match="no codebook"):
        entries_of(run, x)
