"""Text from outside (a file name, a title) made safe for Markdown."""

from __future__ import annotations

_SIGNS = "\\`*_{}[]<>()#+!|~$:"


def escape(words: str) -> str:
    """The same words, so that Markdown shows every sign as it stands.

    Examples
    --------
    >>> plain("a_b*.png")
    'a\\\\_b\\\\*.png'
    """
    return "".join(f"\\{sign}" if sign in _SIGNS else sign for sign in words).replace("\n", " ")
