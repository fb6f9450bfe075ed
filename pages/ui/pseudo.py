"""A made-up language that shows what is not translated, and what is cut off when words are longer.

Each text stands in brackets, its letters have accents, and it is 40 % longer. What is not in the
catalogue stays as it is, and stands out.
"""

from __future__ import annotations

import gettext
import math
import re

CODE = "pseudo"
OPEN, CLOSE = "⟦", "⟧"
LONGER = 0.4
_ACCENTS = str.maketrans(
    "aceginorsuyzACEGINORSUYZ",
    "áčéğíñóřšúýžÁČÉĞÍÑÓŘŠÚÝŽ",
)
_KEPT = re.compile(
    r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"  # a field, perhaps with fields in its format
    r"|:material/\w+:|:[a-z-]+(?=\[)|&\w+;|<[^<>]*>|https?://\S+|`[^`]*`|%%|%[sd]"
)
"""What is no word: fields, Markdown of Streamlit, entities, tags, addresses, code."""
_MARKS = re.compile(r"(\*+|_{2}|[|#\[\]]+|\n+)")
"""What Markdown reads: brackets stand between these marks."""


class Pseudo(gettext.NullTranslations):
    """A catalogue of the texts that are marked."""

    def __init__(self, known: frozenset[str]) -> None:
        super().__init__()
        self._known = known

    def gettext(self, message: str) -> str:
        return pseudo(message) if message in self._known else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def pseudo(text: str) -> str:
    """A text in the made-up language; fields stay outside brackets, as what fills them may be data.

    Examples
    --------
    >>> pseudo("Train {name} again")
    '⟦Třáíñ⟧ {name} ⟦áğáíñ ööööö⟧'
    """
    pieces = _pieces(text)
    words = [i for i, piece in enumerate(pieces) if i % 2 == 0 and re.search(r"[A-Za-z]", piece)]
    n_letters = sum(len(pieces[i]) for i in words)
    for i in words:
        more = f" {_longer(n_letters)}" if i == words[-1] else ""
        pieces[i] = _bracketed(pieces[i], more)
    return "".join(pieces)


def _pieces(text: str) -> list[str]:
    """Words, at even places, and what is kept as it is between them."""
    pieces, at = [], 0
    for kept in _KEPT.finditer(text):
        pieces += [*_MARKS.split(text[at : kept.start()]), kept.group()]
        at = kept.end()
    return [*pieces, *_MARKS.split(text[at:])]


def _bracketed(piece: str, more: str) -> str:
    words = piece.strip()
    before, _, after = piece.partition(words)
    return f"{before}{OPEN}{words.translate(_ACCENTS)}{more}{CLOSE}{after}"


def _longer(n_letters: int) -> str:
    n = math.ceil(LONGER * n_letters)
    return " ".join("ö" * min(8, n - at) for at in range(0, n, 8))
