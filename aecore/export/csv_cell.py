"""Text of strangers in a table that a spreadsheet may open."""


def plain_cell(text: str) -> str:
    """A text that begins like a formula is no formula in a spreadsheet.

    Examples
    --------
    >>> plain_cell("=1+1"), plain_cell("cat.png")
    ("'=1+1", 'cat.png')
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
