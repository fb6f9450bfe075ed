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
_EDGE = re.compile(r"^(\s*(?:#+ |\| |- )?)(.*?)(\s*\|?\s*)$", re.S)


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
    """A text in the made-up language; its lines and the cells of a table each for themselves.

    Examples
    --------
    >>> pseudo("Train {name} again")
    '⟦Třáíñ {name} áğáíñ öööööö⟧'
    """
    parts = re.split(r"(\n+|(?<=\|) |  \n)", text) if "|" in text else re.split(r"(\n+)", text)
    return "".join(part if i % 2 else _line(part) for i, part in enumerate(parts))


def _line(line: str) -> str:
    found = _EDGE.match(line)
    words = _KEPT.sub("", line)
    if found is None or not re.search(r"[A-Za-z]", words):
        return line
    before, middle, after = found.groups()
    return f"{before}{OPEN}{_accented(middle)} {_longer(len(words))}{CLOSE}{after}"


def _accented(text: str) -> str:
    at, parts = 0, []
    for kept in _KEPT.finditer(text):
        parts += [text[at : kept.start()].translate(_ACCENTS), kept.group()]
        at = kept.end()
    return "".join([*parts, text[at:].translate(_ACCENTS)])


def _longer(n_letters: int) -> str:
    n = math.ceil(LONGER * n_letters)
    return " ".join("ö" * min(8, n - at) for at in range(0, n, 8))
