"""Looking inside a trained model: maps, walks and denoising, in the library and in a browser."""

from __future__ import annotations

from collections.abc import Iterator

from aecore.api import lab
from aecore.api.inside import latent_map
from aecore.bench.app.in_browser import fresh_page, served
from aecore.bench.inside import denoise, maps
from aecore.bench.inside.map_in_browser import map_in_browser
from aecore.bench.inside.walk import slider
from aecore.bench.report import Figure
from aecore.data.sources import is_here
from aecore.store import Store


def figures(store: Store) -> Iterator[Figure]:
    """All of them, on 10,000 codes of MNIST where it is here, else of the 5,000 that ship."""
    whole = is_here("mnist")
    data = "mnist" if whole else "mnist-5k"
    run = lab.train("vae", data, store=store, n_epochs=1 if whole else 10, is_suited=False)
    found = latent_map(run, "pca", store=store)
    with fresh_page() as page, served(store.root) as server:
        yield from map_in_browser(page, server.url, found)
        yield slider(page, server.url, run.key)
    yield from maps.figures(store, run, data)
    yield from denoise.figures(store)
