"""TorchDR's UMAP, on the CPU here: what it does is the same, only slower."""

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from aecore.errors import SpecError
from aecore.maps.layouts import umap_on_gpu
from aecore.maps.layouts.layout import Distinct
from aecore.maps.layouts.umap import lay_out
from aecore.metrics.neighbourhood import trustworthiness
from aecore.specs.maps import UmapSpec


@pytest.mark.slow
def test_groups_stay_together_the_same_for_the_same_seed_and_it_tells_how_far_it_is():
    x, _ = make_blobs(300, 8, centers=3, random_state=0)
    z = Distinct.of(x.astype(np.float32)).standard()
    spec = UmapSpec(engine="gpu", seed=3)
    told = []
    positions = umap_on_gpu.fit(z, spec, 15, lambda n, of: told.append((n, of)), device="cpu")
    assert positions.shape == (300, 2)
    assert positions.dtype == np.float32
    assert trustworthiness(z, positions, 10) > 0.9
    assert told[-1] == (500, 500)
    again = umap_on_gpu.fit(z, spec, 15, lambda n, of: None, device="cpu")
    np.testing.assert_array_equal(again, positions)


@pytest.mark.slow
def test_a_stop_ends_it_at_once():
    z = np.random.default_rng(0).standard_normal((200, 4)).astype(np.float32)

    def stop(n: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        umap_on_gpu.fit(z, UmapSpec(), 15, stop, device="cpu")


@pytest.mark.skipif(umap_on_gpu.is_here(), reason="there is a GPU, and TorchDR to use it")
def test_without_a_gpu_the_error_says_what_mends_it():
    spec = UmapSpec(engine="gpu")
    z = np.random.default_rng(0).standard_normal((50, 4)).astype(np.float32)
    with pytest.raises(SpecError, match="needs a CUDA device") as found:
        list(lay_out(Distinct.of(z), spec))
    assert "latent-lab[gpu]" in found.value.hint
