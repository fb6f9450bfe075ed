"""The search of a set of texts, computed once: codes, LSA, how good each is, and topics."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import asdict, dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from aecore.artifact import Artifact, Progress
from aecore.data.ingest import open_samples
from aecore.data.samples import SampleSet
from aecore.errors import TooFewSamplesError
from aecore.metrics.compare import Interval, difference
from aecore.metrics.retrieval import Retrieval
from aecore.runs import OpenRun
from aecore.sentence import Sentence
from aecore.specs.studies import SearchSpec
from aecore.store import Store
from aecore.studies.text_search import TEXT_SPACES, TextSearch, TextSpace
from aecore.studies.topics import Topic, topics_of, topics_of_components

N_BITS = (32, 64, 128)
BIT_SPACES: tuple[TextSpace, ...] = ("code", "lsa")
_CODES, _COMPONENTS, _RESULT = "z.npy", "components.npy", "search.json"


@dataclass(frozen=True, repr=False)
class TextStudy:
    """What was computed.

    Parameters
    ----------
    codes
        float32 `(n_samples, D)`, of all texts.
    components
        float32 `(n_dims, F)`, singular vectors of LSA.
    judged
        By a space's name, or "code-32" for so many bits of it: how well it ranks; empty where
        the texts have no labels, or too few of the test part have one.
    topics, lsa_topics
        Both ends of each dimension, the most coherent first.
    """

    codes: np.ndarray
    components: np.ndarray
    judged: dict[str, Retrieval]
    topics: list[Topic]
    lsa_topics: list[Topic]

    def gain(self, name: str, over: str) -> Interval:
        """Difference of the average precision of two spaces on the same queries, with interval."""
        return difference(self.judged[name].averages, self.judged[over].averages)

    def search(self, run: OpenRun, samples: SampleSet) -> TextSearch:
        """What answers queries."""
        return TextSearch(run, samples, codes=self.codes, components=self.components)


def search_spec(run: OpenRun) -> SearchSpec:
    """What asks for the search of a run's texts, as its weights stand now."""
    return SearchSpec.of(run=run.key, epochs=run.epochs)


def compute(spec: SearchSpec, artifact: Artifact, store: Store) -> Generator[Progress, None, None]:
    """Encode all texts, fit LSA, judge the search and find topics.

    Raises
    ------
    JobError
        If the run's weights are others than those that were asked about.
    DataError
        If the samples are no texts.
    """
    from aecore.runs import open_run_at

    run = open_run_at(store, spec.run, spec.epochs, Sentence("codes"))
    samples = open_samples(store, run.spec.data)
    search = TextSearch(run, samples, seed=spec.seed)
    yield Progress("encoding the texts")
    codes = search.codes
    yield Progress("computing LSA")
    with threadpool_limits(1):  # threads of small matrices wait for each other on a busy machine
        components = search.components
    judged: dict[str, Retrieval] = {}
    names: list[tuple[TextSpace, int]] = [(space, 0) for space in TEXT_SPACES]
    n_most = min(len(samples.parts["train"]), run.n_dims, len(components))
    names += [(space, n) for space in BIT_SPACES for n in N_BITS if n <= n_most]
    for n_done, (space, n_bits) in enumerate(names):
        yield Progress("judging the search", n_done, len(names))
        try:
            with threadpool_limits(1):
                found = search.judged_bits(n_bits, space) if n_bits else search.judged(space)
        except TooFewSamplesError:
            break
        if found is not None:
            judged[f"{space}-{n_bits}" if n_bits else space] = found
    yield Progress("finding topics")
    with threadpool_limits(1):
        topics = topics_of(run, samples, codes)
        lsa_topics = topics_of_components(samples, components, search.lsa_codes)
    artifact.write_array(_CODES, codes)
    artifact.write_array(_COMPONENTS, components)
    for name, each in judged.items():
        artifact.write_array(f"judged-{name}.npy", np.stack([each.precisions, each.averages]))
    artifact.write_json(
        _RESULT,
        {
            "judged": {name: each.chance for name, each in judged.items()},
            "topics": [asdict(topic) for topic in topics],
            "lsa_topics": [asdict(topic) for topic in lsa_topics],
        },
    )


def load_text_study(artifact: Artifact) -> TextStudy:
    """Read it back.

    Raises
    ------
    ArtifactMissingError
        If it has not been computed yet.
    """
    found = artifact.read_json(_RESULT)
    judged = {}
    for name, chance in found["judged"].items():
        precisions, averages = artifact.read_array(f"judged-{name}.npy")
        judged[name] = Retrieval(precisions, averages, chance)
    topics, lsa_topics = (
        [
            Topic(**{**each, "words": tuple(each["words"]), "rows": tuple(each["rows"])})
            for each in found[name]
        ]
        for name in ("topics", "lsa_topics")
    )
    return TextStudy(
        artifact.read_array(_CODES), artifact.read_array(_COMPONENTS), judged, topics, lsa_topics
    )
