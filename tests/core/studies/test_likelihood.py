"""The likelihood of a model whose answer is known, and of one that is not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import aecore
from aecore.errors import SpecError
from aecore.objectives.kl import kl_by_dimension
from aecore.studies.likelihood import negative_log_likelihood


@pytest.fixture
def vae(a_store):
    return aecore.train("vae", "digits", n_epochs=3, store=a_store)


def test_a_decoder_that_ignores_its_code_gives_the_pixels_own_likelihood(vae):
    from copy import deepcopy
    from dataclasses import replace

    blind = deepcopy(vae.model)
    last = [layer for layer in blind.decoder if isinstance(layer, torch.nn.Linear)][-1]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.fill_(0.3)
        blind.code.mu.weight.zero_()
        blind.code.mu.bias.zero_()
        blind.code.logvar.weight.zero_()
        blind.code.logvar.bias.zero_()  # q is the prior: every weight is p(x) itself
    run = replace(vae, model=blind)
    x = np.random.default_rng(0).integers(0, 256, (3, 1, 8, 8)).astype(np.uint8)
    p = 1 / (1 + np.exp(-0.3))
    ones = (x > 127).reshape(3, -1).sum(1)
    expected = -(ones * np.log(p) + (64 - ones) * np.log(1 - p))
    assert negative_log_likelihood(run, x, n_samples=7) == pytest.approx(expected, rel=1e-5)


def test_more_samples_come_down_from_the_bound(vae, a_store):
    x = aecore.load("digits", store=a_store).x[:24]
    grey = {"binarization": "none"}
    many = negative_log_likelihood(vae, x, n_samples=500, **grey).mean()
    one = np.mean([negative_log_likelihood(vae, x, n_samples=1, seed=s, **grey) for s in range(30)])
    with torch.no_grad():
        code = vae.model.encode(torch.from_numpy(vae.frame.to_scaled(x)))
        nats = kl_by_dimension(code.mu, code.logvar).sum(1).mean().item()
    assert nats > 0
    assert many < one


def test_a_plain_code_has_no_likelihood(a_store):
    plain = aecore.train("undercomplete", "digits", n_epochs=1, store=a_store)
    with pytest.raises(SpecError, match="gaussian"):
        negative_log_likelihood(plain, np.zeros((2, 1, 8, 8), np.uint8))
