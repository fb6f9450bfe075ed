"""A search made ready once: its vectors, its judgement beside PCA and pixels, bits, duplicates."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecore.artifact import Artifact, Progress
from aecore.data.ingest import open_samples
from aecore.data.samples import SampleSet
from aecore.errors import TooFewSamplesError
from aecore.latent.binary_codes import BITS_METHODS, BitsMethod
from aecore.metrics.retrieval import Retrieval
from aecore.runs import OpenRun, open_run_at
from aecore.sentence import Sentence
from aecore.specs.studies import SimilarSpec
from aecore.store import Store
from aecore.studies.similar.duplicates import Duplicates
from aecore.studies.similar.search import SPACES, SimilarSamples, Space

RESULT = "similar.json"
N_BITS = (16, 32, 48, 64, 96, 128)
"""Lengths of binary codes that are tried."""
ENOUGH = 0.97
"""Share of the precision of the codes themselves that bits must keep to be enough."""
_INDEX = "index.usearch"
_WIDEST = 0.1
"""Largest difference of pairs that are kept."""


@dataclass(frozen=True, repr=False)
class SimilarResult:
    """How well a run's codes find what is alike.

    Parameters
    ----------
    search
        The search itself, ready.
    judged
        By space; empty where nothing can be judged.
    bits
        By method and number of bits; empty likewise.
    why_not
        Why nothing is judged; "" where it is.
    duplicates
        Pairs whose difference is at most 0.1, the nearest first.
    recall
        Share of the true ten nearest codes that the search finds; 1 where it is exact.
    """

    spec: SimilarSpec
    search: SimilarSamples
    judged: dict[Space, Retrieval]
    bits: dict[BitsMethod, dict[int, Retrieval]]
    why_not: str
    duplicates: Duplicates
    recall: float

    @property
    def n_bits_enough(self) -> int | None:
        """Fewest bits by ITQ that keep `ENOUGH` of the precision of the codes; None: none does."""
        if not self.judged:
            return None
        wanted = ENOUGH * self.judged["code"].precision.mean
        kept = (n for n in N_BITS if self.bits["itq"][n].precision.mean >= wanted)
        return next(kept, None)


def similar_spec(run: OpenRun, **settings: Any) -> SimilarSpec:
    """What asks for the search by a run as its weights stand now.

    Parameters
    ----------
    settings
        Fields of `SimilarSpec`: `layer`, `measure`, `n_max`, `seed`.

    Raises
    ------
    SpecError
        If a setting is out of bounds.
    """
    return SimilarSpec.of(run=run.key, epochs=run.epochs, **settings)


def compute(spec: SimilarSpec, artifact: Artifact, store: Store) -> Generator[Progress, None, None]:
    """The job of a `SimilarSpec`.

    Raises
    ------
    JobError
        If the run's weights are others than those that were asked about.
    DataError
        If the run has no such layer, or codes are not finite.
    """
    yield Progress("opening the model")
    run = open_run_at(store, spec.run, spec.epochs, Sentence("similar samples"))
    samples = open_samples(store, run.spec.data)
    search = SimilarSamples(
        run, samples, spec.measure, layer=spec.layer, n_max=spec.n_max, seed=spec.seed
    )
    n_total = 4 + len(SPACES) + len(BITS_METHODS)
    yield Progress("encoding", 0, n_total)
    artifact.write_array("vectors-code.npy", search.vectors("code"))
    yield Progress("encoding by PCA", 1, n_total)
    artifact.write_array("vectors-pca.npy", search.vectors("pca"))
    yield Progress("building the search", 2, n_total)
    by_code = search.codes()
    if not by_code.is_exact:
        with artifact.writing(_INDEX) as path:
            by_code.save_index(path)
    recall = by_code.recall()
    yield Progress("looking for duplicates", 3, n_total)
    duplicates = search.duplicates(_WIDEST)
    artifact.write_array("duplicates.npy", duplicates.pairs)
    artifact.write_array("duplicates-difference.npy", duplicates.difference)
    n_done, why_not, judged = 4, "", {}
    try:
        for space in SPACES:
            yield Progress(Sentence("judging the search by {space}", space=space), n_done, n_total)
            judged[space] = search.judged(space)
            n_done += 1
    except TooFewSamplesError as problem:
        why_not = problem.text
    scores = {space: found for space, found in judged.items() if found is not None}
    if not scores and not why_not:
        why_not = Sentence("These samples have no classes.")
    of_bits = []
    for method in BITS_METHODS if scores else ():
        yield Progress(Sentence("judging binary codes by {method}", method=method), n_done, n_total)
        of_bits += [search.judged_bits(n_bits, method) for n_bits in N_BITS]
        n_done += 1
    if scores:
        every = [*scores.values(), *(found for found in of_bits if found is not None)]
        artifact.write_array("precisions.npy", np.stack([each.precisions for each in every]))
        artifact.write_array("averages.npy", np.stack([each.averages for each in every]))
    chance = next(iter(scores.values())).chance if scores else 0.0
    about = {"why_not": why_not, "recall": recall, "chance": chance, "n_bits": list(N_BITS)}
    artifact.write_json(RESULT, {**about, "methods": list(BITS_METHODS)})


def load_similar(artifact: Artifact, run: OpenRun, samples: SampleSet) -> SimilarResult:
    """Read a study of a run and its samples back.

    Raises
    ------
    ArtifactMissingError
        If it has not been computed yet.
    DataError
        If the artifact is another kind of thing.
    """
    spec = artifact.spec_as(SimilarSpec)
    about = artifact.read_json(RESULT)
    judged: dict[Space, Retrieval] = {}
    bits: dict[BitsMethod, dict[int, Retrieval]] = {}
    if not about["why_not"]:
        precisions = artifact.read_array("precisions.npy")
        averages = artifact.read_array("averages.npy")
        every = iter(
            Retrieval(*each, about["chance"]) for each in zip(precisions, averages, strict=True)
        )
        judged = {space: next(every) for space in SPACES}
        bits = {
            method: {n_bits: next(every) for n_bits in about["n_bits"]}
            for method in about["methods"]
        }
    pairs = artifact.read_array("duplicates.npy")
    difference = artifact.read_array("duplicates-difference.npy")
    vectors: dict[Space, np.ndarray] = {
        "code": artifact.read_array("vectors-code.npy"),
        "pca": artifact.read_array("vectors-pca.npy"),
    }
    search = SimilarSamples(
        run,
        samples,
        spec.measure,
        layer=spec.layer,
        n_max=spec.n_max,
        seed=spec.seed,
        vectors=vectors,
        index=artifact.path / _INDEX if artifact.has(_INDEX) else None,
    )
    return SimilarResult(
        spec=spec,
        search=search,
        judged=judged,
        bits=bits,
        why_not=about["why_not"],
        duplicates=Duplicates(pairs, difference),
        recall=about["recall"],
    )
