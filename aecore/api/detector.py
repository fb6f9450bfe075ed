"""A trained run, a score and its threshold as one thing: used, written, read again."""

from __future__ import annotations

import io
import json
import re
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aecore.api.lab import Watch, compute, run_of, silently
from aecore.errors import DataError, SpecError
from aecore.files import store_error_from, writing_whole
from aecore.metrics.anomaly import Threshold, conformal_threshold, p_values
from aecore.runs import OpenRun, open_run
from aecore.sentence import Sentence
from aecore.store import Store
from aecore.studies.anomaly.heat import heat_maps
from aecore.studies.anomaly.method import Scorer, State
from aecore.studies.anomaly.methods import METHODS
from aecore.studies.anomaly.study import anomaly_spec, load_anomaly, read_state
from aecore.studies.anomaly.view import CHUNK, View

if TYPE_CHECKING:
    from aecore.studies.anomaly.study import AnomalyResult

VERSION = 1
ABOUT = "detector.json"
_RUN = "run"
_HELD_OUT = "held-out.npy"
_PART = re.compile(r"[a-z_]{1,40}")


def odd_samples(
    run: OpenRun | str,
    normal: tuple[str, ...] = (),
    *,
    store: Store | None = None,
    watch: Watch = silently,
    stop: Callable[[], bool] = lambda: False,
    **settings: Any,
) -> AnomalyResult:
    """Every score of a run's test samples, computed once and kept.

    Parameters
    ----------
    run
        The run, or its key.
    normal
        Classes that are normal; empty: those of its data.
    watch
        Called with the key and a `Progress` as it goes.
    stop
        Asked between steps; True: stop.
    settings
        Fields of `AnomalySpec`: `n_fit`, `n_held_out`, `n_samples`, `seed`.

    Raises
    ------
    AecoreError
        Whatever went wrong, with what mends it.

    Examples
    --------
    >>> import aecore, tempfile
    >>> store = aecore.Store(tempfile.mkdtemp())
    >>> only = {"normal": ("0", "1", "2")}
    >>> run = aecore.train("linear", "digits", n_epochs=1, store=store, data_settings=only)
    >>> found = odd_samples(run, store=store)
    >>> found.has_both, 0 < found.auroc("error").mean < 1
    (True, True)
    """
    store = store or Store()
    spec = anomaly_spec(run_of(store, run), normal, **settings)
    return load_anomaly(compute(store, spec, watch=watch, stop=stop))


@dataclass(frozen=True)
class Detector:
    """Tells which samples do not belong.

    Parameters
    ----------
    name
        The score, one of `aecore.studies.anomaly.methods.METHODS`.
    state
        What it learnt of normal samples.
    held_out
        `(n,)`, its scores of normal samples that nothing was learnt from.
    line
        Its threshold.
    """

    run: OpenRun
    name: str
    state: State
    held_out: np.ndarray
    line: Threshold

    @classmethod
    def of(
        cls,
        found: AnomalyResult,
        *,
        store: Store | None = None,
        name: str = "",
        false_alarms: float = 10.0,
    ) -> Detector:
        """The detector of a study.

        Parameters
        ----------
        name
            The score; empty: the one that tells best, the default where no anomaly is known.
        false_alarms
            Normal samples of a thousand that may raise an alarm.

        Raises
        ------
        SpecError
            If the run has no such score, or the rate is none.
        TooFewSamplesError
            If too few normal samples are held out for so small a rate.
        """
        store = store or Store()
        name = name or found.best
        if name not in found.scores:
            raise SpecError(
                found.left_out.get(
                    name, Sentence("There is no score {name:.60}.", name=repr(name))
                ),
                Sentence("Choose one of {scores}.", scores=", ".join(found.scores)),
            )
        held_out = found.held_out[name]
        line = conformal_threshold(held_out, false_alarms / 1000)
        state = read_state(store.artifact(found.spec.key), name)
        return cls(open_run(store, found.spec.run), name, state, held_out, line)

    def score(self, x: np.ndarray) -> np.ndarray:
        """How odd samples are, float64 `(n,)`, high is odd.

        Parameters
        ----------
        x
            `(n, *shape)`: uint8 pictures or float rows, as the run reads them.

        Raises
        ------
        DataError
            If they have another shape, or a value is not finite.
        """
        x = np.asarray(x)
        if x.dtype != np.uint8 and (len(self.run.shape) == 3 or not np.isfinite(x).all()):
            raise DataError(
                "These samples hold values that a model cannot read.",
                "Give pictures as uint8, rows as finite numbers.",
            )
        scorer = self._scorer
        parts = [x[start : start + CHUNK] for start in range(0, max(1, len(x)), CHUNK)]
        return np.concatenate([scorer(View(self.run, part)) for part in parts])

    def p_values(self, x: np.ndarray) -> np.ndarray:
        """How often a normal sample looks at least as odd, `(n,)`; low is odd."""
        return p_values(self.held_out, self.score(x))

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Which samples raise an alarm, bool `(n,)`."""
        return np.asarray(self.score(x) > self.line.value)

    def heat_maps(self, x: np.ndarray) -> np.ndarray:
        """Where each picture is odd, float32 `(n, H, W)`, high is odd."""
        return heat_maps(View(self.run, x))

    @property
    def _scorer(self) -> Scorer:
        return METHODS[self.name].scorer(self.state)

    def save(self, folder: Path | str, *, store: Store | None = None) -> Path:
        """Write it into a new folder, or a zip where the name ends so, its run included.

        No pictures go along.

        The run's weights are written as `aecore export` does, in 16 bits: scores then differ by
        less than one in a hundred.

        Raises
        ------
        DataError
            If it exists already.
        """
        from aecore.api.run_file import write

        folder = Path(folder)
        if folder.exists():
            raise DataError("{folder} exists already.", "Give another name.", folder=folder)
        if folder.suffix == ".zip":
            with tempfile.TemporaryDirectory(prefix="aecore-") as temporary:
                inner = self.save(Path(temporary) / "detector", store=store)
                with writing_whole(folder) as partial:
                    partial.write_bytes(_zipped(inner))
            return folder
        try:
            folder.mkdir(parents=True)
        except OSError as problem:
            raise store_error_from(problem) from problem
        write(store or Store(), self.run.key, folder / _RUN)
        for part, values in self.state.items():
            np.save(folder / f"state-{part}.npy", values, allow_pickle=False)
        np.save(folder / _HELD_OUT, self.held_out, allow_pickle=False)
        about = {
            "version": VERSION,
            "score": self.name,
            "rate": self.line.rate,
            "parts": list(self.state),
        }
        (folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")
        return folder

    @classmethod
    def load(cls, folder: Path | str) -> Detector:
        """Read what `save` wrote, a folder or zip.

        Raises
        ------
        DataError
            If it is no detector, damaged, or of a newer version.
        """
        from aecore.api.run_file import take_in, unpack

        folder = Path(folder)
        if folder.is_file():
            with tempfile.TemporaryDirectory(prefix="aecore-") as temporary:
                inner = Path(temporary) / "detector"
                inner.mkdir()
                unpack(folder, inner, _target_of)
                return cls.load(inner)
        about = _about(folder)
        try:
            name, rate = str(about["score"]), float(about["rate"])
            parts = [str(part) for part in about["parts"] if _PART.fullmatch(str(part))]
            state = {p: np.load(folder / f"state-{p}.npy", allow_pickle=False) for p in parts}
            held_out = np.load(folder / _HELD_OUT, allow_pickle=False)
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise DataError(
                "The detector in {folder} is damaged.", "Export it again.", folder=folder
            ) from problem
        if name not in METHODS:
            raise DataError(
                "This version knows no score {name:.60}.",
                "It may come from a newer: update.",
                name=repr(name),
            )
        line = conformal_threshold(held_out, rate)
        with tempfile.TemporaryDirectory(prefix="aecore-") as temporary:
            apart = Store(temporary)
            run = open_run(apart, take_in(apart, folder / _RUN).key)
        return cls(run, name, state, held_out, line)


def _zipped(folder: Path) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return file.getvalue()


def _target_of(name: str, folder: Path) -> Path | None:
    """Where a file of a zip goes: what belongs to a detector or its run, and nothing else."""
    *above, last = name.replace("\\", "/").split("/")
    is_own = last in (ABOUT, _HELD_OUT) or re.fullmatch(r"state-[a-z_]{1,40}\.npy", last)
    if not above and is_own:
        return folder / last
    if above == [_RUN] and re.fullmatch(r"[\w-]{1,60}\.(json|npy|png|webp|safetensors)", last):
        return folder / _RUN / last
    return None


def _about(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        version = int(found["version"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
        raise DataError(
            "{folder} holds no detector.",
            "Give the folder that `aecore detect --export` wrote.",
            folder=folder,
        ) from problem
    if version > VERSION:
        raise DataError(
            "This detector was written by a newer version.", "Update, or export it again here."
        )
    return dict(found)
