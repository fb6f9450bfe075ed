"""Search of texts: against slow loops, and better than words after training alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import average_precision_score
from sklearn.metrics.pairwise import cosine_similarity

import aecore
from aecore.api import lab
from aecore.data.samples import SampleSet
from aecore.errors import DataError, SpecError
from aecore.runs import OpenRun
from aecore.store import Store
from aecore.studies.text_search import TextSearch
from aecore.studies.text_study import TextStudy, load_text_study, search_spec


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("search"))


@pytest.fixture(scope="module")
def run(store: Store) -> OpenRun:
    return aecore.train("texts", "notes", store=store, n_epochs=12)


@pytest.fixture(scope="module")
def samples(store: Store, run: OpenRun) -> SampleSet:
    return aecore.load("notes", store=store)


@pytest.fixture(scope="module")
def search(run: OpenRun, samples: SampleSet) -> TextSearch:
    return TextSearch(run, samples)


@pytest.fixture(scope="module")
def study(store: Store, run: OpenRun) -> TextStudy:
    artifact = store.create(search_spec(run))
    lab.finish(store, artifact.key)
    return load_text_study(artifact)


def test_a_text_of_the_set_finds_itself_in_every_space(
    search: TextSearch, samples: SampleSet
) -> None:
    for space in ("code", "lsa", "tfidf"):
        found = search.nearest(samples.texts[10:13], 3, space)
        assert found.rows[:, 0].tolist() == [10, 11, 12]
        np.testing.assert_allclose(found.similarity[:, 0], 1.0, atol=1e-5)


def test_words_are_ranked_as_scikit_learn_ranks_them(
    search: TextSearch, samples: SampleSet
) -> None:
    query = "the bread and the oven"
    x = samples.x.csr
    known = cosine_similarity(samples.vocabulary.rows([query]), x)[0]
    found = search.nearest([query], 5, "tfidf")
    np.testing.assert_allclose(found.similarity[0], np.sort(known)[::-1][:5], atol=1e-6)


def test_codes_are_ranked_by_the_cosine_of_centred_codes(
    search: TextSearch, samples: SampleSet, run: OpenRun
) -> None:
    z = run.encode(samples.x[:])
    z = z - z[samples.parts["train"]].mean(0)
    known = cosine_similarity(z[[5]], z)[0]
    found = search.nearest([samples.texts[5]], 4, "code")
    np.testing.assert_allclose(found.similarity[0], np.sort(known)[::-1][:4], atol=1e-5)


def test_average_precision_is_that_of_scikit_learn(search: TextSearch, samples: SampleSet) -> None:
    judged = search.judged("tfidf", "test")
    queries, searched = search._queries("test")
    x, labels = samples.x.csr, samples.labels
    similarity = (x[queries] @ x[searched].T).toarray()
    expected = []
    for row, query in enumerate(queries):
        others = searched != query
        truth = labels[searched[others]] == labels[query]
        # as ranked: ties in the order of the columns
        order = np.argsort(-similarity[row][others], kind="stable")
        score = np.empty(len(order))
        score[order] = -np.arange(len(order))
        expected.append(average_precision_score(truth, score))
    np.testing.assert_allclose(judged.averages, expected, atol=1e-6)


def test_training_makes_codes_rank_better_than_words_and_lsa(study: TextStudy) -> None:
    assert study.gain("code", "tfidf").low > 0.05
    assert study.gain("code", "lsa").low > 0.05
    assert study.judged["code-32"].average_precision.mean > 0.8
    assert study.judged["code"].chance == pytest.approx(1 / 6, abs=0.01)


def test_an_untrained_code_is_no_better_than_words(store: Store, run: OpenRun) -> None:
    from dataclasses import replace

    from aecore.models.autoencoder import new_model

    samples = aecore.load("notes", store=store)
    fresh = replace(run, model=new_model(run.spec, samples.shape).eval().requires_grad_(False))
    search = TextSearch(fresh, samples)
    code, words = search.judged("code"), search.judged("tfidf")
    assert code.average_precision.mean < words.average_precision.mean + 0.02


def test_topics_are_words_of_one_subject(study: TextStudy) -> None:
    assert len(study.topics) > 10 and len(study.topics[0].words) > 5
    coherence = [topic.coherence for topic in study.topics]
    assert coherence == sorted(coherence, reverse=True) and coherence[0] > 0.2


def test_what_is_kept_answers_as_what_is_computed(
    study: TextStudy, search: TextSearch, run: OpenRun, samples: SampleSet
) -> None:
    again = study.search(run, samples)
    for space in ("code", "lsa", "tfidf"):
        ours, theirs = (each.nearest(["a crisp bread"], 8, space) for each in (search, again))
        np.testing.assert_allclose(ours.similarity, theirs.similarity, atol=1e-4)


def test_what_cannot_be_searched_is_told(search: TextSearch, store: Store, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No word of 'qwxyz' stands in these texts"):
        search.nearest(["qwxyz"])
    with pytest.raises(SpecError, match="no space 'words'"):
        search.nearest(["bread"], space="words")
    with pytest.raises(SpecError, match="Bits are made of codes"):
        search.bits(32, "tfidf")
    digits = aecore.load("digits", store=store)
    with pytest.raises(DataError, match="These samples are no texts"):
        TextSearch(search.run, digits)
