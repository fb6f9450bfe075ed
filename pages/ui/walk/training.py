"""A VAE trained on the spot, on the data of the run that is looked at."""

from __future__ import annotations

from aecore.recipes import fitted, recipe, title_of
from aecore.specs.codes import GaussianCodeSpec
from aecore.specs.run import RunSpec
from pages.ui import backend, errors, session
from pages.ui.walk.context import WalkContext


def train_vae(scene: WalkContext) -> None:
    """Ask for the VAE of the recipe; it stands on this session's list from then on."""
    with errors.shown():
        _submit(scene)


def train_plane(scene: WalkContext) -> None:
    """Ask for a VAE with two numbers, and open it: the page waits for its first epoch."""
    with errors.shown():
        key = _submit(scene, code=GaussianCodeSpec(n_dims=2))
        session.choose("run", key)


def _submit(scene: WalkContext, **changes: object) -> str:
    settings = fitted(recipe("vae").settings, is_pictures=True, scale=scene.samples.scale)
    spec = RunSpec.of(data=scene.run.spec.data, **{**settings, **changes})
    data_title = backend.store().artifact(scene.run.key).about.get("data_title", "")
    about = {"title": title_of(spec), "recipe": "vae", "data_title": data_title}
    key = backend.engine().submit(spec, session.session_id(), **about)
    session.remember(key)
    return key
