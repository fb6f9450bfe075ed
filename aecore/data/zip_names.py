"""Names in a zip that does not say in which code they are: UTF-8, East Asian Windows, or DOS."""

from __future__ import annotations

import re
from collections.abc import Sequence

_EAST_ASIAN = ("cp932", "cp949", "gbk", "big5")
_CYRILLIC = ("cp866", "cp1251")
_WORD = re.compile(r"[^\W\d_]+")
_DOS = "cp437"
_KANA = range(0x3040, 0x3100)
_HANGUL = range(0xAC00, 0xD7B0)


def decoded(names: Sequence[bytes]) -> list[str]:
    """The names as text; one code is taken for all, for one program wrote them.

    macOS writes UTF-8 without saying so, Windows the code of its country.

    Examples
    --------
    >>> decoded(["表紙.png".encode("cp932"), "猫1.png".encode("cp932")])
    ['表紙.png', '猫1.png']
    >>> decoded(["Größe.png".encode("cp437"), "Ärger".encode("cp437")])
    ['Größe.png', 'Ärger']
    """
    odd = [name for name in names if not name.isascii()]
    code = _code_of(odd) if odd else "ascii"
    return [name.decode(code, "replace") for name in names]


def _code_of(names: Sequence[bytes]) -> str:
    if _all_in(names, "utf-8") is not None:
        return "utf-8"
    for code in _CYRILLIC:
        texts = _all_in(names, code)
        if texts is not None and _is_cyrillic("\n".join(texts)):
            return code
    best, best_share = _DOS, 0.5
    for code in _EAST_ASIAN:
        texts = _all_in(names, code)
        if texts is None:
            continue
        share = _likeness("\n".join(texts), code)
        if share > best_share:
            best, best_share = code, share
    return best


def _all_in(names: Sequence[bytes], code: str) -> list[str] | None:
    try:
        return [name.decode(code) for name in names]
    except UnicodeDecodeError:
        return None


def _is_cyrillic(text: str) -> bool:
    """Whether all letters beyond ASCII are Cyrillic, in words that are written as words are.

    Signs of East Asia that are read so give capitals amid a word, and European words a mixture.
    """
    if not all("\u0400" <= letter <= "\u04ff" or letter.isascii() for letter in text):
        return False
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    return any(len(word) > 2 and word[1:].islower() for word in words) and all(
        (word.isupper() or word[1:].islower() or len(word) == 1)
        and not any(letter.isascii() for letter in word)
        for word in words
    )


def _likeness(text: str, code: str) -> float:
    """How much it looks like names of that country, 0 to 1 or a little more.

    A letter of a European word that is read as half of a sign stands before other small letters.
    """
    signs = [i for i, letter in enumerate(text) if not letter.isascii()]
    good = 0.0
    for i in signs:
        following = text[i + 1 : i + 2]
        if following.isascii() and following.islower():
            continue
        if code == "cp949":  # other signs are rare in Korea
            good += 1.1 if ord(text[i]) in _HANGUL else 0.3
            continue
        good += 1.0 if text[i].isalpha() else 0.3
        if code == "cp932" and ord(text[i]) in _KANA:
            good += 0.2
        if 0xFF61 <= ord(text[i]) <= 0xFF9F:  # half-width kana: what Chinese looks like as Japanese
            good -= 0.6
    return good / max(1, len(signs))
