"""The vocabulary of a set of texts: what makes a row of weighted words of any text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from aecore.data.tokens import tokens
from aecore.errors import DataError
from aecore.specs.data import TextSpec


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Words with their weights: TF-IDF, each row of length 1.

    `tf(t, d) * idf(t)`, where `idf(t) = ln((1 + n) / (1 + df(t))) + 1` over n texts (Salton &
    Buckley 1988, Information Processing & Management 24; scikit-learn's `TfidfVectorizer`).

    Parameters
    ----------
    words
        In the order of the columns.
    idf
        float32 `(F,)`, at least 1: high for rare words.
    pairs, sublinear
        See `TextSpec`.
    """

    words: tuple[str, ...]
    idf: np.ndarray
    pairs: bool = False
    sublinear: bool = True

    @classmethod
    def of(cls, texts: Sequence[str], spec: TextSpec) -> Vocabulary:
        """The words of these texts.

        Raises
        ------
        DataError
            If no word is left.
        """
        from sklearn.feature_extraction.text import TfidfVectorizer

        counted = TfidfVectorizer(
            analyzer=partial(tokens, pairs=spec.pairs),
            min_df=spec.min_texts,
            max_df=spec.max_share,
            max_features=spec.n_words,
            sublinear_tf=spec.sublinear,
            dtype=np.float32,
        )
        try:
            counted.fit(texts)
        except ValueError as problem:  # scikit-learn: nothing is left
            raise DataError(
                "No word of {n_texts:,} texts is left: each stands in fewer than "
                "{min_texts} of them, or in more than {max_share:.0f} %.",
                "Import more or longer texts, or count rarer and more frequent words.",
                n_texts=len(texts),
                min_texts=spec.min_texts,
                max_share=100 * spec.max_share,
            ) from problem
        words = tuple(str(word) for word in counted.get_feature_names_out())
        return cls(words, np.asarray(counted.idf_, np.float32), spec.pairs, spec.sublinear)

    def rows(self, texts: Sequence[str]) -> Any:
        """Texts as rows: float32 scipy CSR array `(n, F)`; all 0 for one without a known word.

        Examples
        --------
        >>> few = Vocabulary.of(["a red cat", "a red dog"], TextSpec(min_texts=1, max_share=1.0))
        >>> few.words, few.rows(["red red", "blue"]).toarray().round(2).tolist()
        (('cat', 'dog', 'red'), [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
        """
        from scipy.sparse import csr_array

        return csr_array(self._vectorizer.transform(texts))

    def to_json(self) -> dict[str, Any]:
        return {
            "words": list(self.words),
            "idf": [round(float(weight), 6) for weight in self.idf],
            "pairs": self.pairs,
            "sublinear": self.sublinear,
        }

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Vocabulary:
        idf = np.asarray(found["idf"], np.float32)
        return cls(tuple(found["words"]), idf, bool(found["pairs"]), bool(found["sublinear"]))

    @cached_property
    def _vectorizer(self) -> Any:
        from sklearn.feature_extraction.text import TfidfVectorizer

        known = TfidfVectorizer(
            analyzer=partial(tokens, pairs=self.pairs),
            vocabulary=self.words,
            sublinear_tf=self.sublinear,
            dtype=np.float32,
        )
        known.idf_ = self.idf
        return known
