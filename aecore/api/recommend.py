"""The verb of suggesting things by a trained run, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from aecore.api.lab import Watch, finish, silently
from aecore.store import Store

if TYPE_CHECKING:
    from aecore.runs import OpenRun
    from aecore.studies.recommend.suggest import Recommender


def judge_suggestions(
    run: OpenRun | str,
    *,
    store: Store | None = None,
    watch: Watch = silently,
    stop: Callable[[], bool] = lambda: False,
    **settings: float,
) -> Recommender:
    """A run on baskets or ratings that suggests, judged beside simple methods; kept.

    Parameters
    ----------
    run
        The run, or its key.
    watch
        Called with the key and a `Progress` as it goes.
    stop
        Asked between steps; True: stop.
    settings
        Fields of `RecommendSpec`: `share=0.2`, `n_people`, `seed`.

    Returns
    -------
    Recommender
        `.result` holds the scores of each method, `.suggest(things)` suggests.

    Raises
    ------
    AecoreError
        Whatever went wrong, with what mends it.

    Examples
    --------
    >>> import aecore, tempfile
    >>> store = aecore.Store(tempfile.mkdtemp())
    >>> run = aecore.train("mult-dae", "baskets", n_epochs=2, store=store)
    >>> recommender = judge_suggestions(run, store=store)
    >>> sorted(recommender.result.methods)
    ['ease', 'item_item', 'popularity', 'pure_svd', 'run']
    >>> len(recommender.suggest([recommender.find_thing("spaghetti")], n=3).things)
    3
    """
    from aecore.data.ingest import open_samples
    from aecore.runs import open_run
    from aecore.studies.recommend.study import recommend_spec, sparse_rows_of
    from aecore.studies.recommend.suggest import Recommender

    store = store or Store()
    opened = open_run(store, run) if isinstance(run, str) else run
    samples = open_samples(store, opened.spec.data)
    sparse_rows_of(samples)
    asked = store.create(recommend_spec(opened, **settings))
    study = finish(store, asked.key, watch=watch, stop=stop)
    return Recommender(opened, samples, study)
