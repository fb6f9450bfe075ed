"""How well a run suggests hidden things, beside simple methods: computed as a job, and kept."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from aecore.artifact import Artifact, Progress
from aecore.data.ingest import open_samples
from aecore.data.samples import SampleSet
from aecore.data.sparse_rows import SparseRows
from aecore.errors import DataError, TooFewSamplesError
from aecore.maps.layouts import tsne
from aecore.maps.layouts.layout import Distinct
from aecore.metrics.compare import Interval, difference, interval
from aecore.metrics.recommendation import hits_of, ndcg_at, recall_at
from aecore.runs import OpenRun, open_run_at
from aecore.sentence import Sentence, joined
from aecore.specs.maps import TsneSpec
from aecore.specs.studies import RecommendSpec
from aecore.store import Store
from aecore.studies.recommend.baselines import BASELINES, Arrays, Baseline, ScoresOf
from aecore.studies.recommend.hidden import HiddenThings, hide_things

RESULT = "recommend.json"
RUN = "run"
SCORES = ("recall@20", "recall@50", "ndcg@100")
LEVEL = 0.95
"""Of the intervals."""
_AT_ONCE = 256
_N_TUNED = 1000
"""Validation people at most by whom a baseline's setting is chosen."""
_MANY_THINGS = 2000
"""Above so many, a setting is not chosen: each try is dear."""


@dataclass(frozen=True)
class Suggester:
    """What is known of one method.

    Parameters
    ----------
    title
        For a person.
    setting
        What was chosen on validation people, in words; empty where there is nothing to choose.
    fit_s
        Seconds that fitting it once took; None of the run.
    scores
        Of each judged person, float64 `(n,)`, by name (`SCORES`).
    """

    title: str
    setting: str
    fit_s: float | None
    scores: dict[str, np.ndarray]

    def interval(self, name: str) -> Interval:
        """Mean over people, with where it may lie at 95 %."""
        return interval(self.scores[name], level=LEVEL)


@dataclass(frozen=True)
class RecommendResult:
    """How well a run suggests, and the simple methods beside it.

    Parameters
    ----------
    rows
        int64 `(n,)`, the people who were judged.
    methods
        By name, the run (`RUN`) first.
    left_out
        Name of a method to why it could not be had.
    positions
        float32 `(F, 2)`, a map of the things.
    n_each
        int64 `(F,)`, people of the training part who have each thing.
    """

    key: str
    spec: RecommendSpec
    rows: np.ndarray
    methods: dict[str, Suggester]
    left_out: dict[str, str]
    positions: np.ndarray
    n_each: np.ndarray

    def gain(self, other: str, name: str = "ndcg@100") -> Interval:
        """How much better the run is than a method, on the same people, at 95 %."""
        ours, theirs = (self.methods[method].scores[name] for method in (RUN, other))
        return difference(ours, theirs, level=LEVEL)

    @property
    def verdict(self) -> str:
        """What the comparison means, in a sentence or two: whether a simple method is as good."""
        rival = max(
            (name for name in self.methods if name != RUN),
            key=lambda name: float(np.nanmean(self.methods[name].scores["ndcg@100"])),
        )
        other, gain = self.methods[rival], self.gain(rival)
        about = {
            "method": Sentence(other.title),
            "apart": Sentence(
                "{mean:+.3f} NDCG@100, 95 % interval {low:+.3f} to {high:+.3f}",
                mean=gain.mean,
                low=gain.low,
                high=gain.high,
            ),
        }
        if gain.low > 0:
            return Sentence(
                "This run suggests better than {method}, the best simple method ({apart}).", **about
            )
        if gain.high < 0:
            compared = Sentence("{method} suggests better than this run ({apart}).", **about)
        else:
            compared = Sentence("{method} is as good as this run ({apart}).", **about)
        if other.fit_s is None:
            return compared
        return joined((compared, Sentence("It is fitted in {fit_s:.2g} s.", fit_s=other.fit_s)))


def recommend_spec(run: OpenRun, **settings: float) -> RecommendSpec:
    """What asks for the scores of a run as its weights stand now.

    Raises
    ------
    SpecError
        If a setting is out of bounds.
    """
    return RecommendSpec.of(run=run.key, epochs=run.epochs, **settings)


def sparse_rows_of(samples: SampleSet) -> SparseRows:
    """The people x things of a set.

    Raises
    ------
    DataError
        If it holds anything else.
    """
    if not isinstance(samples.x, SparseRows):
        kind = Sentence("pictures") if samples.is_pictures else Sentence("rows of a table")
        raise DataError(
            "Suggestions need baskets or ratings; this run was trained on {kind}.",
            "Choose a run on baskets, or train Mult-DAE on the shopping baskets.",
            kind=kind,
        )
    return samples.x


def scores_of_run(run: OpenRun, x: np.ndarray) -> np.ndarray:
    """What a run gives each thing before the softmax: people `(B, F)` to float32 `(B, F)`."""
    with torch.inference_mode():
        rows = torch.from_numpy(run.frame.to_scaled(x))
        raw: np.ndarray = run.model.raw(run.model.encode(rows).point).numpy()
    return raw


def compute(
    spec: RecommendSpec, artifact: Artifact, store: Store
) -> Generator[Progress, None, None]:
    """The job of a `RecommendSpec`.

    Raises
    ------
    DataError
        If the run reads no baskets or ratings.
    JobError
        If the run's weights are others than those that were asked about.
    TooFewSamplesError
        If too few people are held out.
    """
    yield Progress("opening the model")
    import sklearn.utils.extmath  # noqa: F401  (so that no method's seconds are those of an import)

    run = open_run_at(store, spec.run, spec.epochs, Sentence("scores"))
    samples = open_samples(store, run.spec.data)
    x = sparse_rows_of(samples)
    people = _people(samples, spec)
    judged = hide_things(x, people, share=spec.share, seed=spec.seed)
    val = samples.parts["val"][:_N_TUNED]
    tuned_on = _tuning_people(x, val, spec)
    trained = _chosen(x, samples.parts["train"])
    n_steps = len(BASELINES) + 2
    yield Progress("suggesting by the run", 0, n_steps)
    methods = {
        RUN: Suggester(
            Sentence("This run"), "", None, judge(lambda p: scores_of_run(run, p), judged)
        )
    }
    left_out: dict[str, str] = {}
    for n_done, (name, baseline) in enumerate(BASELINES.items(), 1):
        yield Progress(
            Sentence("fitting {method}", method=Sentence(baseline.title)), n_done, n_steps
        )
        n_things = x.shape[1]
        if baseline.most_things is not None and n_things > baseline.most_things:
            left_out[name] = Sentence(
                "{method} is fitted to at most {most_things:,} things; these are {n_things:,}.",
                method=Sentence(baseline.title),
                most_things=baseline.most_things,
                n_things=n_things,
            )
            continue
        state, setting, fit_s = fit_baseline(baseline, trained, tuned_on)
        for part, values in state.items():
            artifact.write_array(f"{name}-{part}.npy", values)
        score = _of_chosen(baseline.scores(state))
        words = (
            Sentence("{setting} {value:g}", setting=Sentence(baseline.setting), value=setting)
            if baseline.setting
            else ""
        )
        methods[name] = Suggester(baseline.title, words, fit_s, judge(score, judged))
    yield Progress("laying out the things", n_steps - 1, n_steps)
    positions = yield from _positions(run)
    artifact.write_array("positions.npy", positions)
    artifact.write_array("n-each.npy", np.bincount(trained.indices, minlength=x.shape[1]))
    artifact.write_array("rows.npy", judged.rows)
    for name, method in methods.items():
        artifact.write_array(f"scores-{name}.npy", np.stack([method.scores[s] for s in SCORES]))
    about = {
        name: {"title": m.title, "setting": m.setting, "fit_s": m.fit_s}
        for name, m in methods.items()
    }
    artifact.write_json(RESULT, {"methods": about, "left_out": left_out})


def _people(samples: SampleSet, spec: RecommendSpec) -> np.ndarray:
    rows = samples.parts["test"]
    if not len(rows):
        raise TooFewSamplesError("No person is held out.", "Import the data with a test share.")
    if len(rows) > spec.n_people:
        rows = np.sort(np.random.default_rng(spec.seed).permutation(rows)[: spec.n_people])
    return rows


def _tuning_people(x: SparseRows, rows: np.ndarray, spec: RecommendSpec) -> HiddenThings | None:
    try:
        return hide_things(x, rows, share=spec.share, seed=spec.seed)
    except TooFewSamplesError:
        return None


def _chosen(x: SparseRows, rows: np.ndarray) -> Any:
    """Who chose what, sparse float32, 1 where there is any value."""
    csr = x.csr[rows].astype(np.float32)
    csr.data = np.ones_like(csr.data)
    return csr


def _of_chosen(score: ScoresOf) -> ScoresOf:
    """The same of people whose values are counts or ratings."""
    return lambda x: score((x != 0).astype(np.float32))


def judge(score: ScoresOf, people: HiddenThings) -> dict[str, np.ndarray]:
    """How well a method suggests the hidden things of each person, by name (`SCORES`)."""
    scored: list[np.ndarray] = []
    for start in range(0, len(people), _AT_ONCE):
        here = slice(start, start + _AT_ONCE)
        known, hidden = people.known[here], people.hidden[here] != 0
        hits = hits_of(score(known), known != 0, hidden, 100)
        n = hidden.sum(1)
        scored.append(
            np.stack([recall_at(hits, n, 20), recall_at(hits, n, 50), ndcg_at(hits, n, 100)])
        )
    return dict(zip(SCORES, np.concatenate(scored, axis=1), strict=True))


def fit_baseline(
    baseline: Baseline, trained: Any, tuned_on: HiddenThings | None
) -> tuple[Arrays, float, float]:
    """Fit with the setting that is best on validation people (by NDCG@100); the middle one where
    there are none, or very many things.

    Returns
    -------
    state, setting, seconds
        The seconds are of one fit.
    """
    settings = baseline.settings
    if tuned_on is None or trained.shape[1] > _MANY_THINGS:
        settings = (settings[len(settings) // 2],)
    best: tuple[float, Arrays, float, float] | None = None
    for setting in settings:
        begin = time.perf_counter()
        with threadpool_limits(1 if trained.shape[1] < _MANY_THINGS else None):
            state = baseline.fit(trained, setting)
        took = time.perf_counter() - begin
        gain = 0.0
        if len(settings) > 1 and tuned_on is not None:
            score = _of_chosen(baseline.scores(state))
            gain = float(np.nanmean(judge(score, tuned_on)["ndcg@100"]))
        if best is None or gain > best[0]:
            best = gain, state, setting, took
    if best is None:
        raise ValueError("a baseline has one setting at least")
    return best[1:]


def _positions(run: OpenRun) -> Generator[Progress, None, np.ndarray]:
    """A map of the things: t-SNE of the weights that the decoder's last layer has for each.

    Things that the run suggests to the same people lie together. Each is scaled to unit length,
    for the length says how popular a thing is.
    """
    last = [m for m in run.model.decoder if isinstance(m, torch.nn.Linear)][-1]
    weights = last.weight.detach().numpy()  # (F, n_hidden)
    unit = weights / np.maximum(np.linalg.norm(weights, axis=1, keepdims=True), 1e-12)
    distinct = Distinct.of(unit)
    layout = yield from tsne.lay_out(distinct, TsneSpec(perplexity=15.0))
    return np.asarray(layout.positions[distinct.index], np.float32)


def load_recommend(artifact: Artifact) -> RecommendResult:
    """Read a study back.

    Raises
    ------
    ArtifactMissingError
        If it has not been computed yet.
    DataError
        If the artifact is another kind of thing.
    """
    spec = artifact.spec_as(RecommendSpec)
    kept = artifact.read_json(RESULT)
    methods = {}
    for name, about in kept["methods"].items():
        scores = artifact.read_array(f"scores-{name}.npy")
        methods[name] = Suggester(
            about["title"], about["setting"], about["fit_s"], dict(zip(SCORES, scores, strict=True))
        )
    return RecommendResult(
        artifact.key,
        spec,
        artifact.read_array("rows.npy"),
        methods,
        kept["left_out"],
        artifact.read_array("positions.npy"),
        artifact.read_array("n-each.npy"),
    )


def read_baseline(artifact: Artifact, name: str) -> ScoresOf:
    """A fitted method of a study; its arrays stay on disk until they are touched."""
    parts = [path.stem for path in artifact.path.glob(f"{name}-*.npy")]
    state = {part[len(name) + 1 :]: artifact.read_array(f"{part}.npy", mmap=True) for part in parts}
    return _of_chosen(BASELINES[name].scores(state))
