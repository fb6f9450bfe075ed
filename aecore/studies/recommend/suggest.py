"""Suggestions for one person, and which of the choices speak for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aecore.artifact import Artifact
from aecore.data.samples import SampleSet
from aecore.errors import SpecError
from aecore.metrics.recommendation import top_things
from aecore.runs import OpenRun
from aecore.sentence import Sentence
from aecore.studies.recommend.baselines import ScoresOf
from aecore.studies.recommend.study import (
    RUN,
    RecommendResult,
    load_recommend,
    read_baseline,
    scores_of_run,
    sparse_rows_of,
)


@dataclass(frozen=True)
class Suggestions:
    """What one method suggests, the best first.

    Parameters
    ----------
    things
        int64 `(n,)`, columns of the set.
    scores
        `(n,)`. Of a run with a softmax: the probability that the next choice is this thing, of
        all that are not chosen yet, 0 to 1; of others, what the method calculates with.
    reasons
        `(n, n_chosen)`: how much the score falls when a choice is taken away, relative to the
        others: of a softmax the logarithm of the probability, in nats. Positive: it speaks for
        the thing.
    """

    things: np.ndarray
    scores: np.ndarray
    reasons: np.ndarray


class Recommender:
    """Suggests things by a run, and by the simple methods that were fitted beside it.

    Parameters
    ----------
    study
        Artifact of a `RecommendSpec` that is done.
    """

    def __init__(self, run: OpenRun, samples: SampleSet, study: Artifact) -> None:
        self.run, self.samples = run, samples
        self._x = sparse_rows_of(samples)
        self._study = study
        self.result: RecommendResult = load_recommend(study)
        stored = self._x.csr.data[:100_000]
        self._usual = float(np.median(stored)) if len(stored) else 1.0
        self._fitted: dict[str, ScoresOf] = {}

    @property
    def n_things(self) -> int:
        """Columns of the set."""
        return self.samples.shape[0]

    def thing(self, index: int) -> str:
        """Name of a thing."""
        names = self.samples.feature_names
        return names[index] if names else Sentence("thing {number:,}", number=index + 1)

    def person(self, row: int) -> str:
        """Name of a person."""
        return (
            self.samples.names[row]
            if self.samples.names
            else Sentence("person {number:,}", number=row + 1)
        )

    def choices_of(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Things of a person, and their values."""
        return self._x.row(row)

    def find_thing(self, name: str) -> int:
        """The column of a name, whatever its capitals.

        Raises
        ------
        SpecError
            If there is none, or several begin so.
        """
        names = [self.thing(i).casefold() for i in range(self.n_things)]
        asked = name.strip().casefold()
        if asked in names:
            return names.index(asked)
        like = [i for i, known in enumerate(names) if asked and asked in known]
        if len(like) == 1:
            return like[0]
        some = ", ".join(self.thing(i) for i in like[:5])
        raise SpecError(
            Sentence(
                "{n_like} things are called like {name:.60}: {some}.",
                n_like=len(like),
                name=repr(name),
                some=some,
            )
            if like
            else Sentence("There is no thing called {name:.60}.", name=repr(name)),
            "Write the whole name." if like else "Names stand in the set's columns.",
        )

    def find_person(self, name: str) -> int:
        """The row of a person's name.

        Raises
        ------
        SpecError
        """
        names = self.samples.names
        if name in names:
            return names.index(name)
        raise SpecError(
            Sentence("There is no person called {name:.60}.", name=repr(name)),
            Sentence("People are called like {names}.", names=", ".join(names[:3]))
            if names
            else "Nobody has a name.",
        )

    def suggest(
        self,
        things: Sequence[int] | np.ndarray,
        values: Sequence[float] | np.ndarray | None = None,
        *,
        n: int = 10,
        method: str = RUN,
    ) -> Suggestions:
        """The first `n` things for somebody who chose `things`; those are not suggested.

        Parameters
        ----------
        values
            Counts or ratings of the choices; None: the middle value of the set each.
        method
            `RUN`, or the name of a simple method of the study.

        Raises
        ------
        SpecError
            If nothing was chosen, a thing is none, or there is no such method.
        """
        chosen = np.asarray(things, np.int64)
        if not len(chosen) or chosen.min() < 0 or chosen.max() >= self.n_things:
            raise SpecError("Nothing was chosen that is in the set.", "Choose one thing or more.")
        x = np.zeros((len(chosen) + 1, self.n_things), np.float32)
        x[:, chosen] = self._usual if values is None else np.asarray(values, np.float32)
        x[np.arange(1, len(chosen) + 1), chosen] = 0.0  # each without one of them
        raw = np.asarray(self._scores(method)(x), np.float64)
        free = np.ones(self.n_things, bool)
        free[chosen] = False
        if is_softmax := method == RUN and self.run.model.has_softmax_output:
            raw = raw - _log_sum(raw[:, free])[:, None]
        best = top_things(np.where(free, raw[:1], -np.inf), min(n, int(free.sum())))[0]
        shown = np.exp(raw[0, best]) if is_softmax else raw[0, best]
        return Suggestions(best, shown, raw[0, best][:, None] - raw[1:, best].T)

    def _scores(self, method: str) -> ScoresOf:
        if method == RUN:
            return lambda x: scores_of_run(self.run, x)
        if method not in self.result.methods:
            known = ", ".join(self.result.methods)
            raise SpecError(
                self.result.left_out.get(
                    method, Sentence("There is no method {method:.40}.", method=repr(method))
                ),
                Sentence("Choose one of {known}.", known=known),
            )
        if method not in self._fitted:
            self._fitted[method] = read_baseline(self._study, method)
        return self._fitted[method]


def _log_sum(raw: np.ndarray) -> np.ndarray:
    """`log sum exp` of each row, without overflow; of an empty row 0."""
    if not raw.shape[1]:
        return np.zeros(len(raw))
    most = raw.max(1)
    total: np.ndarray = most + np.log(np.exp(raw - most[:, None]).sum(1))
    return total
