"""The verbs without a browser: bring data in, train, open what was trained."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aecore.errors import ArtifactMissingError, DataError, JobError, LeaseLostError
from aecore.recipes import fitted, recipe, title_of
from aecore.specs import KEY_PATTERN, DataSpec, RunSpec
from aecore.store import Artifact, Progress, State, Store
from aecore.training import HISTORY, MODEL, STRIP, VIEW, VIEW_LABELS, VIEW_ROWS, WEIGHTS

if TYPE_CHECKING:
    from aecore.data.samples import SampleSet
    from aecore.runs import OpenRun

Watch = Callable[[str, Progress], None]


def silently(key: str, progress: Progress) -> None:
    """Watch without a word."""


def data_spec(what: str | Path, *, store: Store, **settings: Any) -> DataSpec:
    """What names samples: a source, the path of a folder, zip or picture, or a data key.

    Parameters
    ----------
    what
        For example "mnist-5k", "photos/", "cats.zip", "data-0123...".
    settings
        Fields of `DataSpec`: `size_px`, `colour`, `n_max`, ...

    Raises
    ------
    DataError
        If it is none of these.
    SpecError
        If a setting is out of bounds.
    """
    from aecore.data.sources import SOURCES
    from aecore.data.uploads import link_folder, receive

    name, path = str(what), Path(what).expanduser()
    if KEY_PATTERN.match(name):
        found = store.artifact(name).spec
        if not isinstance(found, DataSpec):
            raise DataError(f"{name} is no data set.", "Give the key of data, or a name.")
        return found
    if name in SOURCES and name != "own":
        return DataSpec.of(source=name, **settings)
    if path.is_dir():
        return DataSpec.of(source="own", upload=link_folder(store, path), **settings)
    if path.is_file():
        with path.open("rb") as file:
            return DataSpec.of(source="own", upload=receive(store, [(path.name, file)]), **settings)
    names = ", ".join(known for known in SOURCES if known != "own")
    raise DataError(
        f"{name!r:.80} is neither a known set nor a file or folder.", f"Known sets: {names}."
    )


def load(
    what: str | Path = "mnist-5k",
    *,
    store: Store | None = None,
    watch: Watch = silently,
    **settings: Any,
) -> SampleSet:
    """Bring samples in (once; then they are kept) and return them.

    Examples
    --------
    >>> import aecore, tempfile
    >>> digits = aecore.load("digits", store=aecore.Store(tempfile.mkdtemp()))
    >>> digits.x.shape, digits.x.dtype
    ((1797, 1, 8, 8), dtype('uint8'))
    """
    from aecore.data.samples import load_samples

    store = store or Store()
    artifact = store.create(data_spec(what, store=store, **settings))
    finish(store, artifact.key, watch=watch)
    return load_samples(artifact)


def run_spec(
    recipe_name: str = "vae",
    what: str | Path = "mnist-5k",
    *,
    store: Store,
    data_settings: dict[str, Any] | None = None,
    **changes: Any,
) -> RunSpec:
    """The run of a recipe on some data, asked for but not yet computed.

    Parameters
    ----------
    changes
        Fields of `RunSpec` that differ from the recipe's: `n_epochs=5`,
        `code=CodeSpec(kind="gaussian", n_dims=2)`, ...
    """
    from aecore.data.sources import SOURCES

    asked = data_spec(what, store=store, **(data_settings or {}))
    key = store.create(asked).key
    chosen = recipe(recipe_name)
    settings = fitted(chosen.settings, is_pictures=True, scale=asked.scale)
    spec = RunSpec.of(data=key, **{**settings, **changes})
    known = SOURCES[asked.source]
    data_title = known.title if known.how != "own" else Path(what).name
    store.create(spec, title=title_of(spec), recipe=recipe_name, data_title=data_title)
    return spec


def train(
    recipe_name: str = "vae",
    what: str | Path = "mnist-5k",
    *,
    store: Store | None = None,
    watch: Watch = silently,
    data_settings: dict[str, Any] | None = None,
    **changes: Any,
) -> OpenRun:
    """Train a recipe on data, here and now; what was trained before is opened.

    Parameters
    ----------
    recipe_name
        One of `aecore.RECIPES`.
    what
        See `data_spec`.
    watch
        Called with the key and a `Progress` as it goes.
    changes
        See `run_spec`.

    Raises
    ------
    AecoreError
        Whatever went wrong, with what mends it.

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
    spec = run_spec(recipe_name, what, store=store, data_settings=data_settings, **changes)
    finish(store, spec.key, watch=watch)
    return open_run(store, spec.key)


def finish(
    store: Store,
    key: str,
    *,
    watch: Watch = silently,
    stop: Callable[[], bool] = lambda: False,
) -> State:
    """Compute an artifact in this process, or wait for whoever does.

    Returns
    -------
    State
        "done", or "stopped" where `stop` said so.

    Raises
    ------
    JobError
        With the sentence of a failed job.
    """
    from aecore.jobs.askers import forget_stop
    from aecore.jobs.perform import perform
    from aecore.jobs.view import look

    if not look(store, key).is_live:
        forget_stop(store, key)  # left by an app that was killed while it stopped this
    while True:
        try:
            state = perform(store, key, watch=watch, stop=stop)
            break
        except LeaseLostError:
            _follow(store, key, watch, stop)
            if stop():
                return store.artifact(key).state
    if state.status == "failed":
        raise JobError(state.error, state.hint)
    return state


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


def export(store: Store, key: str, folder: Path) -> Path:
    """Write what opening a run needs into a new folder, weights in half precision.

    `Store.adopt` takes it in again, here or elsewhere. What training further would need
    stays behind.

    Raises
    ------
    JobError
        If the run is not done.
    DataError
        If the folder exists.
    """
    from safetensors import safe_open
    from safetensors.numpy import save_file

    artifact = store.artifact(key)
    if artifact.state.status != "done" or not artifact.has(WEIGHTS):
        raise JobError("Only a finished run can be exported.", "Train it to its end first.")
    if folder.exists():
        raise DataError(f"{folder} exists already.", "Name a folder that does not.")
    folder.mkdir(parents=True)
    out = Artifact(folder)
    for name in ("spec.json", "about.json", "state.json", MODEL):
        out.write_json(name, artifact.read_json(name))
    whole = [record for record in history(store, key) if record["whole"]]
    out.append(HISTORY, whole)
    for name in (STRIP, VIEW, VIEW_ROWS, VIEW_LABELS):
        out.write_array(name, artifact.read_array(name))
    with safe_open(artifact.path / WEIGHTS, framework="np") as weights:
        halves = {name: weights.get_tensor(name).astype(np.float16) for name in weights.keys()}  # noqa: SIM118
        save_file(halves, folder / WEIGHTS, metadata=weights.metadata())
    return folder


def title(store: Store, key: str) -> str:
    """What to call an artifact."""
    about = store.artifact(key).about
    try:
        words = [about.get("title", ""), about.get("data_title", "")]
    except ArtifactMissingError:
        return key
    return " · ".join(word for word in words if word) or key
