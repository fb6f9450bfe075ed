"""Where a cleaned photograph is uncertain is a job of its own, that asks what cleaned it."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from aecore.api import lab
from aecore.artifact import Artifact, Progress, run_to_end
from aecore.errors import DataError, JobError, NotFinishedError
from aecore.photos import restorer, tune
from aecore.photos.invention import invention
from aecore.photos.jobs.clean import NETWORK, restore_spec
from aecore.photos.jobs.layers import UNCERTAINTY, uncertainty_map
from aecore.photos.jobs.uncertainty import load_uncertainty
from aecore.photos.kept import keep_photo
from aecore.photos.methods import METHODS, cleaning_by
from aecore.photos.network_file import read_network
from aecore.photos.photograph import uncertainty_of
from aecore.photos.restorer import Restorer
from aecore.specs.photos import RestoreMethod, UncertaintySpec
from aecore.store import Store
from tests.core.photos.conftest import random_net


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Restorer:
    """Weights that ship may change; what is checked here must not hang on them."""
    net = random_net()
    with (
        torch.no_grad()
    ):  # it changes little, so that there is some uncertainty and not only uncertainty
        net.tail.weight.mul_(0.04)
        net.fine_tail.weight.mul_(0.04)
    made = Restorer(net, bfloat16=False)
    monkeypatch.setattr(made, "is_best_guess", False)
    monkeypatch.setattr(restorer, "shipped_restorer", lambda *_: made)
    return made


def a_photo(side_px: int = 96, middle: float = 110, n_colours: int = 3) -> np.ndarray:
    """Noise of 12 on a ramp with an edge, `(C, H, W)`."""
    rng = np.random.default_rng(0)
    ramp = np.add.outer(np.linspace(-60, 60, side_px), np.linspace(-30, 30, side_px))
    ramp[:, side_px // 2 :] += 40
    noisy = middle + ramp + rng.normal(0, 12, (n_colours, side_px, side_px))
    return noisy.clip(0, 255).astype(np.uint8)


def kept(store: Store, x: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(x[0] if len(x) == 1 else x.transpose(1, 2, 0)).save(file, "PNG")
    return keep_photo(store, file.getvalue())


def cleaned(store: Store, x: np.ndarray, method: RestoreMethod) -> Artifact:
    artifact = store.create(restore_spec(kept(store, x), method))
    lab.finish(store, artifact.key)
    return artifact


def uncertainty(store: Store, base: Artifact) -> Artifact:
    artifact = store.create(UncertaintySpec.of(base=base.key))
    lab.finish(store, artifact.key)
    return artifact


def names(artifact: Artifact) -> set[str]:
    return {path.name for path in artifact.path.iterdir()}


@pytest.mark.parametrize("method", ["restorer", "tv", "nl_means"])
@pytest.mark.parametrize("middle", [110, 40])
def test_it_is_what_the_library_says_of_the_same_cleaning(
    a_store: Store, method: RestoreMethod, middle: float
) -> None:
    x = a_photo(middle=middle)
    found = run_to_end(cleaning_by(method, x))
    assert found.is_uncut == (middle < 60)
    artifact = uncertainty(a_store, cleaned(a_store, x, method))
    assert (artifact.path / UNCERTAINTY).read_bytes() == uncertainty_map(uncertainty_of(found))
    assert load_uncertainty(artifact).uncertain == (uncertainty_of(found) > 0.5).mean()
    assert uncertainty_of(found).std() > 0.02
    assert names(artifact) == {"spec.json", "state.json", "result.json", UNCERTAINTY}


def test_a_tuned_network_is_kept_and_asked_again(
    a_store: Store, monkeypatch: pytest.MonkeyPatch, small: Restorer
) -> None:
    monkeypatch.setattr(tune, "N_STEPS", 12)
    x = a_photo(128)
    base = cleaned(a_store, x, "thorough")
    found = run_to_end(cleaning_by("thorough", x))
    assert found.is_tuned
    assert found.restorer is not None
    mine = read_network(base.path / NETWORK)
    weights = found.restorer.net.state_dict()
    for name, weight in mine.state_dict().items():
        assert np.allclose(weight, weights[name], atol=1e-3)
    seen = _alpha((uncertainty(a_store, base).path / UNCERTAINTY).read_bytes())
    assert np.abs(seen - _alpha(uncertainty_map(uncertainty_of(found)))).mean() < 0.5
    untuned = invention(found.given, small, found.sigma).uncertainty(found.sigma)
    assert np.abs(seen - _alpha(uncertainty_map(untuned))).mean() > 2
    assert not (cleaned(a_store, x, "restorer").path / NETWORK).exists()


def _alpha(file: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGBA"))[..., 3].astype(float)


def test_black_that_was_put_right_is_no_uncertainty(a_store: Store) -> None:
    dark = a_photo(middle=40)
    found = run_to_end(cleaning_by("restorer", dark))
    assert not np.array_equal(found.given.x_hat, found.restored.x_hat)
    assert found.restorer is not None
    seen = _alpha(
        (uncertainty(a_store, cleaned(a_store, dark, "restorer")).path / UNCERTAINTY).read_bytes()
    )
    right = invention(found.restored, found.restorer, found.sigma).uncertainty(found.sigma)
    assert np.abs(seen - _alpha(uncertainty_map(right))).mean() > 0.5


def test_three_equal_colours_are_uncertain_as_one_grey(a_store: Store) -> None:
    grey = a_photo(n_colours=1)
    one, three = (cleaned(a_store, x, "restorer") for x in (grey, grey.repeat(3, 0)))
    found = [(uncertainty(a_store, base).path / UNCERTAINTY).read_bytes() for base in (one, three)]
    assert found[0] == found[1]
    assert _alpha(found[0]).std() > 1


@pytest.mark.parametrize("n_steps", [1, 2, 3])
def test_stopped_it_leaves_nothing_and_the_cleaning_stays(a_store: Store, n_steps: int) -> None:
    base = cleaned(a_store, a_photo(), "restorer")
    before = names(base)
    artifact = a_store.create(UncertaintySpec.of(base=base.key))
    seen: list[Progress] = []
    with pytest.raises(NotFinishedError, match="stopped before it was done"):
        lab.finish(
            a_store,
            artifact.key,
            watch=lambda _, progress: seen.append(progress),
            stop=lambda: len(seen) >= n_steps,
        )
    assert artifact.state.status == "stopped"
    assert names(artifact) == {"spec.json", "state.json"}
    assert names(base) == before


def test_the_cleaning_is_done_first_where_it_is_not_there(a_store: Store) -> None:
    base = a_store.create(restore_spec(kept(a_store, a_photo())))
    assert load_uncertainty(uncertainty(a_store, base)).uncertain >= 0
    assert base.state.status == "done"


def test_what_other_weights_have_cleaned_is_not_uncertain_by_these(a_store: Store) -> None:
    base = cleaned(a_store, a_photo(), "restorer")
    earlier = a_store.create(base.spec.model_copy(update={"weights": "0123456789ab"}))
    for path in base.path.iterdir():  # as the version that shipped them has left it
        if path.name != "spec.json":
            (earlier.path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(JobError, match="other weights"):
        uncertainty(a_store, earlier)
    assert uncertainty(a_store, base).state.status == "done"


def test_what_cannot_be_asked_again_is_told(a_store: Store) -> None:
    base = cleaned(a_store, a_photo(32), "zero_shot")
    with pytest.raises(JobError, match=METHODS["zero_shot"].title):
        uncertainty(a_store, base)
    with pytest.raises(DataError, match="is not a map of uncertainty"):
        load_uncertainty(base)
    assert names(a_store.artifact(UncertaintySpec.of(base=base.key).key)) == {
        "spec.json",
        "state.json",
    }
