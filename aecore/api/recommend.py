"""The verb of suggesting things by a trained run, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from aecore.api.lab import Watch, compute, run_of, silently
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
    from aecore.studies.recommend.study import recommend_spec, sparse_rows_of
    from aecore.studies.recommend.suggest import Recommender

    store = store or Store()
    run = run_of(store, run)
    samples = open_samples(store, run.spec.data)
    sparse_rows_of(samples)
    study = compute(store, recommend_spec(run, **settings), watch=watch, stop=stop)
    return Recommender(run, samples, study)
