"""The verbs of looking inside a trained run, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aecore.api.lab import Watch, compute, run_of, silently
from aecore.sentence import Sentence
from aecore.specs.maps import MapMethod, MapSpec
from aecore.specs.studies import FeatureStudy
from aecore.store import Store

if TYPE_CHECKING:
    from aecore.export.film import Film
    from aecore.latent.codes import Codes
    from aecore.maps.latent_map import LatentMap
    from aecore.runs import OpenRun
    from aecore.studies.features import FeaturesResult
    from aecore.studies.similar.study import SimilarResult


def codes_of(
    run: OpenRun,
    *,
    store: Store | None = None,
    watch: Watch = silently,
    stop: Callable[[], bool] = lambda: False,
    n_max: int = 10_000,
) -> Codes:
    """Where a run's samples lie in its latent space, computed once and kept.

    Parameters
    ----------
    watch, stop, n_max
        See `latent_map`.

    Raises
    ------
    AecoreError
        Whatever went wrong, with what mends it.
    """
    from aecore.latent.codes import codes_spec, load_codes

    store = store or Store()
    return load_codes(compute(store, codes_spec(run, n_max=n_max), watch=watch, stop=stop))


def latent_map(
    run: OpenRun | str,
    method: MapMethod = "pca",
    *,
    store: Store | None = None,
    watch: Watch = silently,
    stop: Callable[[], bool] = lambda: False,
    n_max: int = 10_000,
    **settings: Any,
) -> LatentMap:
    """A run's codes laid out in two or three dimensions, computed once and kept.

    Parameters
    ----------
    run
        The run, or its key.
    method
        "codes" (dimensions as they are), "pca", "plane" (`through=(3, 7, 12)`, three rows),
        "umap" or "tsne".
    watch
        Called with the key and a `Progress` as it goes.
    stop
        Asked between steps; True: stop.
    n_max
        Samples at the most, drawn from all parts alike.
    settings
        Those of the method (`aecore.specs.maps`): `n_components=3`, `n_neighbors=30`, `seed=1`, ...

    Raises
    ------
    AecoreError
        Whatever went wrong, with what mends it.

    Examples
    --------
    >>> import aecore, tempfile
    >>> store = aecore.Store(tempfile.mkdtemp())
    >>> run = aecore.train("undercomplete", "digits", n_epochs=1, store=store)
    >>> found = latent_map(run, "pca", store=store)
    >>> found.positions.shape
    (1797, 2)
    """
    from aecore.latent.codes import codes_spec
    from aecore.maps.latent_map import load_map

    store = store or Store()
    codes = codes_spec(run_of(store, run), n_max=n_max)
    spec = MapSpec.of(codes=codes.key, method={"name": method, **settings})
    for asked in (codes, spec):
        compute(store, asked, watch=watch, stop=stop)
    return load_map(store, spec.key)


def living_page(
    found: LatentMap,
    *,
    store: Store | None = None,
    watch: Watch = silently,
    stop: Callable[[], bool] = lambda: False,
    title: str = "",
) -> str:
    """A flat map as one page of HTML that needs no server, and asks nobody for anything.

    Points show their pictures, and where the run was trained on pictures, places between them
    are decoded under the pointer.

    Parameters
    ----------
    watch, stop
        See `latent_map`: how far places can be believed is looked at first.
    title
        Empty: what the data is called.

    Raises
    ------
    AecoreError
        Whatever went wrong, with what mends it.

    Examples
    --------
    >>> import aecore, tempfile
    >>> store = aecore.Store(tempfile.mkdtemp())
    >>> run = aecore.train("undercomplete", "digits", n_epochs=1, store=store)
    >>> page = living_page(latent_map(run, "pca", store=store), store=store)
    >>> page.startswith("<!doctype html>"), len(page) < 2_000_000
    (True, True)
    """
    from aecore.data.ingest import open_samples
    from aecore.errors import SpecError
    from aecore.export.living import interactive_map
    from aecore.export.single_file import single_file
    from aecore.maps.trust import load_trust
    from aecore.runs import open_run_at
    from aecore.specs.studies import TrustSpec

    if found.positions.shape[1] != 2:
        raise SpecError("A living map is a flat one.", "Ask for a map in two dimensions.")
    store = store or Store()
    run = open_run_at(store, found.codes.run, found.codes.epochs, Sentence("codes"))
    samples = open_samples(store, run.spec.data)
    trust = None
    if samples.is_pictures:
        spec = TrustSpec(map=found.key)
        compute(store, spec, watch=watch, stop=stop)
        trust = load_trust(store, spec.key)
    return single_file(interactive_map(run, samples, found, trust), title or samples.title)


def training_film(run: OpenRun | str, *, store: Store | None = None) -> Film:
    """How the codes of a run came to lie where they lie: keyframes of its training.

    `aecore.export.film_page` makes a GIF or a page of HTML of it.

    Parameters
    ----------
    run
        The run, or its key; behind those it went on from.

    Raises
    ------
    ArtifactMissingError
        If it kept no keyframes.

    Examples
    --------
    >>> import aecore, tempfile
    >>> store = aecore.Store(tempfile.mkdtemp())
    >>> run = aecore.train("undercomplete", "digits", n_epochs=1, store=store)
    >>> film = training_film(run, store=store)
    >>> film.epochs, film.positions.shape
    (array([0., 1.]), (2, 1000, 2))
    """
    from aecore.export.film import film_of

    return film_of(store or Store(), run if isinstance(run, str) else run.key)


def codes_as_features(
    run: OpenRun | str,
    study: FeatureStudy = "codes",
    *,
    store: Store | None = None,
    watch: Watch = silently,
    stop: Callable[[], bool] = lambda: False,
    **settings: Any,
) -> FeaturesResult:
    """How well classes are told by a run's codes when few samples have a label; kept.

    Parameters
    ----------
    run
        The run, or its key; trained on samples that have labels.
    study
        "codes": codes, PCA and pixels, read by a linear probe and by nearest neighbours, and
        grouped by k-means; "tuned": the encoder trained on, beside one from scratch; "new":
        classes enlarged by samples that a VAE makes up.
    watch, stop
        See `latent_map`.
    settings
        Fields of `FeaturesSpec`: `part="val"`, `n_labels=(20, 100)`, `n_draws=3`, ...

    Raises
    ------
    AecoreError
        Whatever went wrong, with what mends it.

    Examples
    --------
    >>> import aecore, tempfile
    >>> store = aecore.Store(tempfile.mkdtemp())
    >>> run = aecore.train("undercomplete", "digits", n_epochs=1, store=store)
    >>> found = codes_as_features(run, store=store, n_labels=(20, 100), n_draws=2)
    >>> found.curves["run-probe"].accuracy.shape
    (2, 2)
    """
    from aecore.studies.features import features_spec, load_features

    store = store or Store()
    spec = features_spec(run_of(store, run), study, **settings)
    return load_features(compute(store, spec, watch=watch, stop=stop))


def similar_samples(
    run: OpenRun | str,
    *,
    store: Store | None = None,
    watch: Watch = silently,
    stop: Callable[[], bool] = lambda: False,
    **settings: Any,
) -> SimilarResult:
    """A search for similar samples, with its judgement and duplicates, computed once and kept.

    Parameters
    ----------
    run
        The run, or its key.
    watch, stop
        See `latent_map`.
    settings
        Fields of `SimilarSpec`: `layer="layer-1"`, `measure="cosine"`, `n_max`, `seed`.

    Raises
    ------
    AecoreError
        Whatever went wrong, with what mends it.

    Examples
    --------
    >>> import aecore, tempfile
    >>> store = aecore.Store(tempfile.mkdtemp())
    >>> run = aecore.train("undercomplete", "digits", n_epochs=1, store=store)
    >>> alike = similar_samples(run, store=store)
    >>> alike.search.nearest(alike.search.samples.x[:1], 3).rows[0, 0]
    np.int64(0)
    """
    from aecore.data.ingest import open_samples
    from aecore.studies.similar.study import load_similar, similar_spec

    store = store or Store()
    run = run_of(store, run)
    artifact = compute(store, similar_spec(run, **settings), watch=watch, stop=stop)
    return load_similar(artifact, run, open_samples(store, run.spec.data))
