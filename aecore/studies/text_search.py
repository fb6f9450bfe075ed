"""Search of texts by meaning: the nearest by code, beside those by words (TF-IDF) and by LSA."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from aecore.data.samples import SampleSet
from aecore.data.sparse_rows import SparseRows
from aecore.data.vocabulary import Vocabulary
from aecore.errors import DataError, SpecError
from aecore.latent.binary_codes import BinaryCoder, BitsMethod
from aecore.metrics.retrieval import K, Retrieval, hamming, retrieval
from aecore.runs import OpenRun

TextSpace = Literal["code", "lsa", "tfidf"]
TEXT_SPACES: tuple[TextSpace, ...] = get_args(TextSpace)
N_JUDGED = 1000
"""Queries that a search is judged by at the most."""
N_RANKED = 20_000
"""Texts that are ranked for each of them at the most."""
_AT_ONCE = 4096


@dataclass(frozen=True)
class FoundTexts:
    """The nearest texts of each query.

    Parameters
    ----------
    rows
        int64 `(n, k)`, rows of the sample set, the nearest first.
    similarity
        Cosine, float64 `(n, k)`, at most 1, high is near.
    """

    rows: np.ndarray
    similarity: np.ndarray


class TextSearch:
    """Finds the texts of a set that are nearest to any text.

    Three spaces, all compared by the cosine: codes of the run, less their mean; LSA, the
    projection on as many singular vectors of the training part as a code has numbers (Deerwester,
    Dumais, Furnas, Landauer & Harshman 1990, JASIS 41); and the weighted words themselves. None
    of them knows a label.

    Parameters
    ----------
    run
        Trained on these samples.
    samples
        Texts with their vocabulary; all parts are searched.
    codes, components
        Where they are known already: codes of all texts, float32 `(n_samples, D)`, and the
        singular vectors of LSA, `(n_dims, F)`.

    Raises
    ------
    DataError
        If the samples are no texts.
    """

    def __init__(
        self,
        run: OpenRun,
        samples: SampleSet,
        *,
        codes: np.ndarray | None = None,
        components: np.ndarray | None = None,
        seed: int = 0,
    ) -> None:
        if samples.vocabulary is None or not isinstance(samples.x, SparseRows):
            raise DataError("These samples are no texts.", "Open a run that was trained on texts.")
        self.run, self.samples = run, samples
        self._vocabulary: Vocabulary = samples.vocabulary
        self._x: Any = samples.x.csr
        self._seed = seed
        if codes is not None:
            self.codes = codes
        if components is not None:
            self.components = components

    def rows_of(self, texts: Sequence[str]) -> Any:
        """Texts as rows of weighted words, CSR `(n, F)`."""
        return self._vocabulary.rows(texts)

    def nearest(self, texts: Sequence[str], k: int = K, space: TextSpace = "code") -> FoundTexts:
        """The `k` texts nearest to each of `texts`, exactly.

        Raises
        ------
        DataError
            If a text holds no word of the vocabulary.
        SpecError
            For a space that there is not.
        """
        words = self.rows_of(texts)
        for text, n in zip(texts, np.diff(words.indptr), strict=True):
            if not n:
                raise DataError(
                    "No word of {text:.60} stands in these texts.",
                    "Search for other words.",
                    text=repr(text),
                )
        similarity = self._similarity(words, space)
        columns = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
        return FoundTexts(columns, np.take_along_axis(similarity, columns, 1))

    def judged(self, space: TextSpace, part: str = "test", k: int = K) -> Retrieval | None:
        """Whether the nearest of the texts of a part are of their class; None without labels.

        Parameters
        ----------
        part
            Whose texts are the queries, 1,000 at most: "test", or "all".
        k
            Of the precision.
        """
        asked = self._queries(part)
        if asked is None:
            return None
        queries, searched = asked
        distance = 1.0 - self._similarity(self._x[queries], space)
        return self._judge(distance[:, searched], queries, searched, k)

    def judged_bits(
        self,
        n_bits: int,
        space: TextSpace = "code",
        part: str = "test",
        k: int = K,
        method: BitsMethod = "itq",
    ) -> Retrieval | None:
        """The same by so many bits of each text, ranked by Hamming distance (semantic hashing).

        Salakhutdinov & Hinton 2009, International Journal of Approximate Reasoning 50.
        """
        asked = self._queries(part)
        if asked is None:
            return None
        queries, searched = asked
        bits = self.bits(n_bits, space, method)
        distance = hamming(bits[queries], bits[searched]).astype(np.float32)
        return self._judge(distance, queries, searched, k)

    def bits(
        self, n_bits: int, space: TextSpace = "code", method: BitsMethod = "itq"
    ) -> np.ndarray:
        """So many bits of each text of the set, packed uint8 `(n, n_bits / 8)`.

        Raises
        ------
        SpecError
            If the space is that of the words, or so many bits cannot be had.
        """
        if space == "tfidf":
            raise SpecError("Bits are made of codes or of LSA.", "Choose code or lsa.")
        known = _normed(self._known(space))
        train = self.samples.parts["train"]
        return BinaryCoder.fit(known[train], n_bits, method, seed=self._seed).bits(known)

    # Spaces -----------------------------------------------------------------------------

    def _queries(self, part: str) -> tuple[np.ndarray, np.ndarray] | None:
        """Rows that ask, and rows that are ranked, in a drawn order."""
        labels = self.samples.labels
        if labels is None:
            return None
        random = np.random.default_rng(self._seed)
        labelled = random.permutation(np.flatnonzero(labels >= 0))
        held = labelled
        if part != "all":
            held = labelled[np.isin(labelled, self.samples.parts["test"])]
        queries = held[:N_JUDGED]
        return queries, labelled[:N_RANKED]

    def _judge(
        self, distance: np.ndarray, queries: np.ndarray, searched: np.ndarray, k: int
    ) -> Retrieval:
        labels = np.asarray(self.samples.labels)
        distance = distance.astype(np.float32)
        distance[queries[:, None] == searched[None, :]] = np.inf
        return retrieval(distance, labels[queries], labels[searched], k)

    def _similarity(self, words: Any, space: TextSpace) -> np.ndarray:
        """Cosine of rows of words to all texts, `(n, n_samples)`."""
        if space not in TEXT_SPACES:
            raise SpecError(
                "There is no space {space:.40}.",
                "Choose one of {text_spaces}.",
                space=repr(space),
                text_spaces=", ".join(TEXT_SPACES),
            )
        if space == "tfidf":
            return np.asarray((words @ self._x.T).toarray(), np.float64)
        similarity = _normed(self._read(words, space)) @ _normed(self._known(space)).T
        return np.asarray(similarity, np.float64)

    def _known(self, space: TextSpace) -> np.ndarray:
        return self._centred if space == "code" else self.lsa_codes

    def _read(self, words: Any, space: TextSpace) -> np.ndarray:
        if space == "lsa":
            return np.asarray(words @ self.components.T)
        return np.asarray(self._encode(words) - self._mean)

    def _encode(self, words: Any) -> np.ndarray:
        parts = range(0, words.shape[0], _AT_ONCE)
        codes = [self.run.encode(words[start : start + _AT_ONCE].toarray()) for start in parts]
        return np.concatenate(codes)

    @cached_property
    def codes(self) -> np.ndarray:
        """Codes of all texts, float32 `(n_samples, D)`."""
        return self._encode(self._x)

    @cached_property
    def _mean(self) -> np.ndarray:
        return np.asarray(self.codes[self.samples.parts["train"]].mean(0))

    @cached_property
    def _centred(self) -> np.ndarray:
        return np.asarray(self.codes - self._mean)

    @cached_property
    def components(self) -> np.ndarray:
        """Singular vectors of LSA, float32 `(n_dims, F)`."""
        from sklearn.decomposition import TruncatedSVD

        train = self._x[self.samples.parts["train"]]
        n = min(self.run.n_numbers, min(train.shape) - 1)
        svd = TruncatedSVD(n, random_state=self._seed).fit(train)
        return np.asarray(svd.components_, np.float32)

    @cached_property
    def lsa_codes(self) -> np.ndarray:
        """LSA of all texts, float32 `(n_samples, n_dims)`."""
        return np.asarray(self._x @ self.components.T)


def _normed(z: np.ndarray) -> np.ndarray:
    """Rows of length 1; one of length 0 stays."""
    length = np.linalg.norm(z, axis=1, keepdims=True)
    return np.asarray(z / np.where(length > 0, length, 1.0))
