"""Open runs: encode, decode and reconstruct with a trained model, at once and outside any job."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aecore.artifact import Artifact
from aecore.data.samples import SampleSet, framing_from
from aecore.errors import DataError, JobError
from aecore.models.autoencoder import Autoencoder
from aecore.specs.run import RunSpec
from aecore.store import Store
from aecore.training import LAST, MODEL, WEIGHTS
from aecore.training.checkpoint import read_weights

N_OPEN = 6
"""Runs kept open at the most; the least recently used is closed first."""
_CHUNK = 512


def load_torch(n_threads: int) -> None:
    """Have torch loaded and held to so many threads, before the first answer is asked for."""
    torch.set_num_threads(n_threads)
    with torch.inference_mode():
        torch.nn.Linear(8, 8)(torch.zeros(1, 8))


@dataclass(frozen=True)
class Encoded:
    """All that the encoder says of samples.

    Parameters
    ----------
    point
        float32 `(n, D)`, the codes: the means where the code is gaussian.
    logvar
        float32 `(n, D)`, natural logarithm of the variances of a gaussian code; else None.
    """

    point: np.ndarray
    logvar: np.ndarray | None


@dataclass(frozen=True)
class OpenRun:
    """A trained model in evaluation mode, with the scaling of the data it was trained on.

    Pictures go in and come out as uint8 `(n, C, H, W)`, rows as float32 `(n, F)`, codes as
    float32 `(n, D)`. For a gaussian code the code is its mean.
    """

    key: str
    spec: RunSpec
    model: Autoencoder
    frame: SampleSet
    """An empty sample set that knows shape and scaling."""
    epochs: int
    """Whole epochs the weights have seen."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one sample."""
        return self.frame.shape

    @property
    def n_dims(self) -> int:
        """Latent dimension D."""
        return self.model.plan.n_dims

    @property
    def n_numbers(self) -> int:
        """Numbers that a code takes to write down: D, or of a quantized one an entry a place."""
        is_quantized = self.spec.code.kind == "quantized"
        return self.n_dims // self.spec.code.n_dims if is_quantized else self.n_dims

    def encode(self, x: np.ndarray) -> np.ndarray:
        """Codes of samples: `(n, *shape)` to float32 `(n, D)`."""
        return self.encode_fully(x).point

    def encode_fully(self, x: np.ndarray) -> Encoded:
        """Codes of samples `(n, *shape)`, with their variances where the code is gaussian."""
        self._check(x)
        with torch.inference_mode():
            found = [
                self.model.encode(torch.from_numpy(self.frame.to_scaled(part)))
                for part in _parts(x)
            ]
        point = torch.cat([code.point.float() for code in found]).numpy()
        logvars = [code.logvar.float() for code in found if code.logvar is not None]
        return Encoded(point, torch.cat(logvars).numpy() if logvars else None)

    def decode(self, z: np.ndarray) -> np.ndarray:
        """Samples of codes: float `(n, D)` to `(n, *shape)`.

        Raises
        ------
        DataError
            If the codes have another dimension, or are not finite.
        """
        z = np.asarray(z, np.float32)
        if z.ndim != 2 or z.shape[1] != self.n_dims or not np.isfinite(z).all():
            raise DataError(
                "Codes of shape {shape} cannot be decoded.",
                "Give finite numbers of shape (n, {n_dims}).",
                shape=z.shape,
                n_dims=self.n_dims,
            )
        with torch.inference_mode():
            found = [self.model.decode(torch.from_numpy(part)).float() for part in _parts(z)]
        return self.frame.to_display(torch.cat(found).numpy())

    def reconstruct(self, x: np.ndarray) -> np.ndarray:
        """Samples through the whole model: `(n, *shape)` to `(n, *shape)`."""
        if self.model.short_cut is None:
            return self.decode(self.encode(x))
        self._check(x)
        with torch.inference_mode():  # what leads past the code counts as well
            found = [
                self.model(torch.from_numpy(self.frame.to_scaled(part))).x_hat for part in _parts(x)
            ]
        return self.frame.to_display(torch.cat(found).numpy())

    @property
    def has_likelihood(self) -> bool:
        """Whether `nats` has an answer: rows that were learnt by column, or as counts."""
        return self.model.columns is not None or self.model.has_softmax_output

    def nats(self, x: np.ndarray) -> np.ndarray | None:
        """Negative log-likelihood of rows by feature, float32 `(n, F)`, at least 0.

        None where the run did not learn by a likelihood of rows. Of a table it is that of each
        column (`ColumnOutput`); of counts `-x log p / sum x` under the multinomial, for each thing
        that was counted, so that full and nearly empty rows compare.
        """
        self._check(x)
        return self._nats(x, lambda rows: self.model.raw(self.model.encode(rows).z))

    def nats_of_mean(self, x: np.ndarray, mean: np.ndarray) -> np.ndarray | None:
        """The same where every row is expected to be the mean one, `(F,)` as the model sees it:
        what the frequencies of the columns alone cost."""
        self._check(x)
        raw = self.model.inverse_output(torch.from_numpy(mean))
        return self._nats(x, raw.expand_as)

    def _nats(self, x: np.ndarray, raw_of: Callable[[Tensor], Tensor]) -> np.ndarray | None:
        columns, found = self.model.columns, []
        if not self.has_likelihood:
            return None
        with torch.inference_mode():
            for part in _parts(x):
                rows = torch.from_numpy(self.frame.to_scaled(part))
                raw = raw_of(rows)
                if columns is not None:
                    found.append(columns.nats(raw, rows))
                else:
                    share = rows / rows.sum(1, keepdim=True).clamp_min(1e-12)
                    found.append(-share * torch.log_softmax(raw, 1))
        joined: np.ndarray = torch.cat(found).numpy()
        return joined

    def _check(self, x: np.ndarray) -> None:
        if tuple(x.shape[1:]) != self.shape:
            raise DataError(
                "This model reads samples of shape {wanted}; these have {given}.",
                "Resize them, or train a model on them.",
                wanted=self.shape,
                given=x.shape[1:],
            )


_OPEN: OrderedDict[tuple[str, float], OpenRun] = OrderedDict()
_OPENING = threading.Lock()


def open_run(store: Store, key: str) -> OpenRun:
    """The run of a key, with the weights it has now: opened once, then kept for a while.

    Raises
    ------
    SpecError, ArtifactMissingError
        If there is no such run, or it has no finished epoch yet.
    """
    artifact = store.artifact(key)
    stamp = (str(artifact.path), _changed(artifact))
    with _OPENING:
        if stamp not in _OPEN:
            _OPEN[stamp] = _load(artifact)
            while len(_OPEN) > N_OPEN:
                _OPEN.popitem(last=False)
        _OPEN.move_to_end(stamp)
        return _OPEN[stamp]


def open_run_at(store: Store, key: str, epochs: int, what: str) -> OpenRun:
    """The run of a key, if its weights are those of just this epoch.

    Parameters
    ----------
    what
        What is computed of it, for a person: "codes".

    Raises
    ------
    JobError
        If they are of another by now.
    SpecError, ArtifactMissingError
        See `open_run`.
    """
    run = open_run(store, key)
    if run.epochs != epochs:
        raise JobError(
            "These {what} are of epoch {epochs} of the run, which stands at epoch {run_epochs} "
            "by now: it has been trained on since, or went back to its best epoch.",
            "Open the page again for the {what} of its present weights.",
            what=what,
            epochs=epochs,
            run_epochs=run.epochs,
        )
    return run


def _load(artifact: Artifact) -> OpenRun:
    spec = artifact.spec_as(RunSpec)
    weights = read_weights(artifact)
    about = artifact.read_json(MODEL)
    shape = tuple(about["shape"])
    axes = (-1, 1, 1) if len(shape) == 3 else (-1,)
    frame = SampleSet(
        x=np.empty((0, *shape), np.uint8 if len(shape) == 3 else np.float32),
        parts={},
        scale=about["scale"],
        offset=np.array(about["offset"], np.float32).reshape(axes),
        spread=np.array(about["spread"], np.float32).reshape(axes),
        framing=framing_from(about),
    )
    with torch.random.fork_rng(devices=[]):
        model = Autoencoder(spec, shape)
    model.load_state_dict(weights.tensors)
    model.eval().requires_grad_(False)
    return OpenRun(artifact.key, spec, model, frame, weights.epochs)


def _changed(artifact: Artifact) -> float:
    """When the weights were last written; 0 where there are none."""
    for name in (WEIGHTS, LAST):
        if artifact.has(name):
            return (artifact.path / name).stat().st_mtime
    return 0.0


def _parts(values: np.ndarray) -> list[np.ndarray]:
    return [values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK)] or [values]
