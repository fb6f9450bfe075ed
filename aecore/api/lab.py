"""The verbs without a browser: bring data in, train, open what was trained."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aecore.api import own_samples
from aecore.api.own_samples import Samples
from aecore.artifact import Artifact, Progress, State
from aecore.errors import (
    ArtifactMissingError,
    DataError,
    JobError,
    LeaseLostError,
    NotFinishedError,
)
from aecore.recipes import recipe, suited_with, title_of
from aecore.sentence import Sentence
from aecore.specs.base import KEY_PATTERN, Spec
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from aecore.store import Store
from aecore.training import HISTORY
from aecore.training.checks import check_start

if TYPE_CHECKING:
    from aecore.data.samples import SampleSet
    from aecore.runs import OpenRun

Watch = Callable[[str, Progress], None]


def silently(key: str, progress: Progress) -> None:
    """Watch without a word."""


def data_spec(
    what: Samples,
    *,
    store: Store,
    labels: Any = None,
    watch: Watch = silently,
    stop: Callable[[], bool] = lambda: False,
    columns: dict[str, str] | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    baskets: dict[str, Any] | None = None,
    things: Any = None,
    texts: bool | dict[str, Any] = False,
    **settings: Any,
) -> DataSpec:
    """What names samples: a source, a path, a data key; or an array, a tensor, a torch Dataset.

    Pictures of one's own are named by what they hold: the same again is the same data.

    Parameters
    ----------
    what
        For example "mnist-5k", "photos/", "cats.zip", "data-0123...", ["a.png", "b.png"], or
        pictures as an array: uint8 or floats from 0 to 1, `(n, H, W)`, `(n, C, H, W)` or
        `(n, H, W, C)`; or rows `(n, F)`; or a table: a DataFrame, or a CSV, TSV, Parquet or Excel
        file.
    labels
        Of an array or a DataFrame: a number or a word for each sample, `(n,)`.
    watch
        Called with "" and a `Progress` while a folder is read.
    stop
        Asked meanwhile; True: stop.
    columns
        Of a table: kinds of columns to be read otherwise than they are understood, such as
        `{"age": "category", "note": "left_out"}` (`aecore.data.table_columns.KINDS`).
    delimiter, encoding
        Of a table in a text file; None: found out.
    baskets
        Reads a table as baskets or ratings, people x things (`aecore.specs.data.BasketsAsked`):
        `{}` finds out which columns hold what; `{"person": "user", "at_least": 4}`.
    things
        Of baskets: a second table, ids of things and their names.
    texts
        Read what is named, or a list of strings, as texts; a dictionary: fields of `TextSpec`.
    settings
        Fields of `DataSpec`: `size_px`, `colour`, `n_max`, ...

    Raises
    ------
    DataError
        If it is none of these.
    SpecError
        If a setting is out of bounds.
    NotFinishedError
        If `stop` said so.
    StoreFullError
        If there is no room for a copy of a file.
    """
    from aecore.data.sources import SOURCES
    from aecore.data.table_files import SUFFIXES
    from aecore.data.tables import is_table

    reading: dict[str, Any] = {"columns": columns, "delimiter": delimiter, "encoding": encoding}
    if things is not None and baskets is None:
        raise DataError("Names of things come with baskets.", "Ask for baskets={} too.")
    upload: str | None = None
    if texts is not False:
        settings["texts"], upload = own_samples.texts_asked(
            what, texts, labels, store, columns=columns
        )
        settings |= {name: value for name, value in reading.items() if value}
        reading, labels = {}, None
    elif baskets is not None or is_table(what):
        asked = DataSpec.of(**settings)
        upload = own_samples.keep_table(
            what, asked, store, baskets, things, labels=labels, **reading
        )
        return DataSpec.of(source="own", upload=upload, **settings)
    if any(reading.values()):
        raise DataError(
            "Columns, delimiter and encoding are of tables; this is none.",
            "Give a DataFrame, or a file that ends in {suffixes}.",
            suffixes=", ".join(SUFFIXES),
        )
    if not isinstance(what, str | Path):
        upload = upload or own_samples.keep_samples(what, labels, store)
        return DataSpec.of(source="own", upload=upload, **settings)
    if labels is not None:
        raise DataError(
            "Labels come with an array.", "For files, put them in folders or a labels.csv."
        )
    name, path = str(what), Path(what).expanduser()
    if KEY_PATTERN.match(name):
        found = store.artifact(name).spec
        if not isinstance(found, DataSpec):
            raise DataError("{name} is no data set.", "Give the key of data, or a name.", name=name)
        return found
    if name in SOURCES and name != "own":
        return DataSpec.of(source=name, **settings)
    upload = own_samples.keep_path(path, store, watch, stop)
    if upload is not None:
        return DataSpec.of(source="own", upload=upload, **settings)
    names = ", ".join(known for known in SOURCES if known != "own")
    raise DataError(
        "{name:.80} is neither a known set nor a file or folder.",
        "Known sets: {names}.",
        name=repr(name),
        names=names,
    )


def load(
    what: Samples = "mnist-5k",
    *,
    store: Store | None = None,
    labels: Any = None,
    watch: Watch = silently,
    **settings: Any,
) -> SampleSet:
    """Import samples (once; then they are kept) and return them.

    Raises
    ------
    NotFinishedError
        If somebody stopped it, here or elsewhere.
    AecoreError
        Whatever else went wrong, with what mends it.

    Examples
    --------
    >>> import aecore, tempfile
    >>> digits = aecore.load("digits", store=aecore.Store(tempfile.mkdtemp()))
    >>> digits.x.shape, digits.x.dtype
    ((1797, 1, 8, 8), dtype('uint8'))
    """
    from aecore.data.samples import load_samples

    store = store or Store()
    spec = data_spec(what, store=store, labels=labels, watch=watch, **settings)
    return load_samples(compute(store, spec, watch=watch))


def run_spec(
    recipe_name: str = "vae",
    what: Samples = "mnist-5k",
    *,
    store: Store,
    labels: Any = None,
    data_settings: dict[str, Any] | None = None,
    watch: Watch = silently,
    stop: Callable[[], bool] = lambda: False,
    is_suited: bool = True,
    named: dict[str, Any] | None = None,
    data_title: str = "",
    **changes: Any,
) -> RunSpec:
    """The run of a recipe on some data, asked for but not yet computed.

    Parameters
    ----------
    watch, stop
        See `data_spec`.
    is_suited
        Whether lengths, widths and the start follow from the samples (`aecore.recipe_rules`);
        False: as published, as also where a network or an objective is given.
    named
        Settings by dotted name, around which the others are suited: `{"code.n_dims": 8}`.
    data_title
        What to call the data; empty: the title of the set, or the name of the file.
    changes
        Fields of `RunSpec` that differ from the recipe's: `n_epochs=5`,
        `code=GaussianCodeSpec(n_dims=2)`, ...

    Raises
    ------
    SpecError
        If a setting is out of bounds, or does not fit the run that is to be trained further.
    """
    from aecore.data.facts import facts_of
    from aecore.data.sources import SOURCES

    how = {"labels": labels, "watch": watch, "stop": stop, **(data_settings or {})}
    asked = data_spec(what, store=store, **how)
    key = store.create(asked, **({"title": data_title} if data_title else {})).key
    recipe(recipe_name)  # an unknown one is told before the data comes in
    facts = None
    if is_suited and not {"network", "objective"} & changes.keys():
        facts = facts_of(store.artifact(key))
        if facts is None:  # own pictures: how many there are is known once they are in
            finish(store, key, watch=watch, stop=stop)
            facts = facts_of(store.artifact(key))
    is_pictures = own_samples.are_pictures(store, asked)
    settings = suited_with(
        recipe_name, named or {}, is_pictures=is_pictures, scale=asked.scale, facts=facts
    )
    spec = RunSpec.of(data=key, **{**settings, **changes})
    check_start(store, spec)
    known = SOURCES[asked.source]
    if not data_title:
        data_title = known.title if known.how != "own" else own_samples.samples_title(what)
    store.create(spec, title=title_of(spec, facts), recipe=recipe_name, data_title=data_title)
    return spec


def train(
    recipe_name: str = "vae",
    what: Samples = "mnist-5k",
    *,
    store: Store | None = None,
    labels: Any = None,
    watch: Watch = silently,
    data_settings: dict[str, Any] | None = None,
    **changes: Any,
) -> OpenRun:
    """Train a recipe on data, here and now; what was trained before is opened.

    Parameters
    ----------
    recipe_name
        One of `aecore.RECIPES`.
    what, labels
        See `data_spec`.
    watch
        Called with the key and a `Progress` as it goes.
    changes
        See `run_spec`.

    Raises
    ------
    NotFinishedError
        If somebody stopped it, here or elsewhere: the same call goes on from the last epoch.
    AecoreError
        Whatever else went wrong, with what mends it.

    Examples
    --------
    >>> import aecore, tempfile
    >>> store = aecore.Store(tempfile.mkdtemp())
    >>> run = aecore.train("undercomplete", "digits", n_epochs=1, store=store)
    >>> run.encode(aecore.load("digits", store=store).x[:5]).shape
    (5, 32)
    """
    from aecore.runs import open_run

    store = store or Store()
    how = {"labels": labels, "data_settings": data_settings, "watch": watch, **changes}
    spec = run_spec(recipe_name, what, store=store, **how)
    finish(store, spec.key, watch=watch)
    return open_run(store, spec.key)


def finish(
    store: Store,
    key: str,
    *,
    watch: Watch = silently,
    stop: Callable[[], bool] = lambda: False,
) -> Artifact:
    """Compute an artifact in this process, or wait for whoever does, until it is done.

    A training makes way after a minute where others wait for the device, such as visitors of an
    app on the same store, and goes on in its turn.

    Raises
    ------
    NotFinishedError
        Where it is not done: `stop` said so, or somebody stopped it from elsewhere.
    JobError
        With the sentence of a failed job.
    """
    from aecore.jobs.askers import forget_stop
    from aecore.jobs.in_turns import perform_in_turns
    from aecore.jobs.view import look

    if not look(store, key).is_live:
        forget_stop(store, key)  # left by an app that was killed while it stopped this
    while True:
        try:
            state = perform_in_turns(store, key, watch=watch, stop=stop)
            break
        except LeaseLostError:
            _follow(store, key, watch, stop)
            if stop():
                state = store.artifact(key).state
                break
    if state.status == "failed":
        raise JobError(state.error, state.hint)
    if state.status != "done":
        raise _not_finished(store, key, state)
    return store.artifact(key)


def compute(
    store: Store,
    spec: Spec,
    *,
    watch: Watch = silently,
    stop: Callable[[], bool] = lambda: False,
) -> Artifact:
    """The artifact of a spec, computed unless it is there; raises as `finish`."""
    return finish(store, store.create(spec).key, watch=watch, stop=stop)


def run_of(store: Store, run: OpenRun | str) -> OpenRun:
    """A run by its key, opened; one that is open already."""
    from aecore.runs import open_run

    return open_run(store, run) if isinstance(run, str) else run


def _not_finished(store: Store, key: str, state: State) -> NotFinishedError:
    from aecore.jobs.kinds import work_of

    what = work_of(key).title
    spec = store.artifact(key).spec
    if state.status == "running":
        return NotFinishedError(
            "{what} goes on in another process.", "Ask for it again to wait for it.", what=what
        )
    n_epochs = sum(record["whole"] for record in history(store, key))
    if not isinstance(spec, RunSpec) or not n_epochs:
        return NotFinishedError(
            "{what} was stopped before it was done.", "Ask for it again.", what=what
        )
    return NotFinishedError(
        "{what} was stopped after {n_epochs:,} of {spec_n_epochs:,} epochs.",
        'Ask for it again to go on, or open what there is: open_run(store, "{key}").',
        what=what,
        n_epochs=n_epochs,
        spec_n_epochs=spec.n_epochs,
        key=key,
    )


def _follow(store: Store, key: str, watch: Watch, stop: Callable[[], bool]) -> None:
    """Watch a job that another process works on, until it ends."""
    from aecore.jobs.view import look

    while (view := look(store, key)).is_live and not stop():
        state = view.state
        watch(key, Progress(state.phase, state.n_done, state.n_total, state.eta_s))
        time.sleep(0.2)


def history(store: Store, key: str) -> list[dict[str, Any]]:
    """The records of a run, oldest first; see `aecore.training.records.TrainRecord`."""
    return store.artifact(key).read_history(HISTORY)[0]


def title(store: Store, key: str) -> str:
    """What to call an artifact."""
    about = store.artifact(key).about
    try:
        words = [about.get(name, "") for name in ("title", "data_title")]
    except ArtifactMissingError:
        return key
    named = [word if isinstance(word, Sentence) else Sentence(str(word)) for word in words if word]
    if len(named) < 2:
        return named[0] if named else key
    return Sentence("{title} · {data}", title=named[0], data=named[1])
