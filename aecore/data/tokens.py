"""Words of a text in any language, without a dictionary."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

_UNSPACED = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # Japanese, Chinese
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
)
_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
"""Vowel signs and accents that belong to a word, though they are no letters to `re`."""
_RUN = re.compile(rf"[{_UNSPACED}]+|(?:(?![{_UNSPACED}])(?:[^\W_]|[{_MARKS}]))+")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")


def tokens(text: str, *, pairs: bool = False) -> list[str]:
    """Words of a text, in order, in compatibility form (NFKC) and small letters.

    A word is a run of letters and digits, of two characters or more. Scripts that set no spaces
    between words (Chinese, Japanese, Thai, ...) give each character, and each pair of neighbours:
    about as good for retrieval as dictionaries are (Nie, Gao, Zhang & Zhou 2000, "On the use of
    words and n-grams for Chinese information retrieval", IRAL).

    Parameters
    ----------
    pairs
        Pairs of neighbouring words as well, with a space between.

    Examples
    --------
    >>> tokens("The cat's 2 cafés, ＡＢＣ!")
    ['the', 'cat', 'cafés', 'abc']
    >>> tokens("东京 2024")
    ['东', '京', '东京', '2024']
    >>> tokens("New York", pairs=True)
    ['new', 'york', 'new york']
    """
    found: list[str] = []
    words: list[str] = []
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).casefold()):
        if _IS_UNSPACED.match(run):
            found += [*run, *(run[i : i + 2] for i in range(len(run) - 1))]
        elif len(run) > 1:
            words.append(run)
            found.append(run)
    if pairs:
        found += [f"{a} {b}" for a, b in pairwise(words)]
    return found
