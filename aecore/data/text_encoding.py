"""Encoding of a text file, and the character between its columns, guessed from its bytes."""

from __future__ import annotations

import csv
import re

DELIMITERS = ",;\t|"


def delimiter_of(text: str) -> str:
    """The character between columns: the one by which the first lines have equally many cells."""
    lines = text.splitlines()[:50]

    def regularity(delimiter: str) -> tuple[float, int]:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        if not counts or counts[0] < 2:
            return (0.0, 0)
        return (sum(n == counts[0] for n in counts) / len(counts), counts[0])

    return max(DELIMITERS, key=regularity)


def encoding_of(content: bytes) -> str:
    """UTF-8, UTF-16, or by the bytes above 127: cp1251 (Cyrillic), GBK (Chinese), or cp1252."""
    head = content[:4096]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\x00" in head:
        is_little = head[1::2].count(0) >= head[0::2].count(0)
        return "utf-16-le" if is_little else "utf-16-be"
    return "utf-8-sig" if _fits(content, "utf-8") else _old_encoding_of(content)


def _old_encoding_of(content: bytes) -> str:
    runs = re.findall(rb"[\x80-\xff]+", content[: 2**20])
    n_high = sum(map(len, runs))
    if sum(len(run) == 1 for run in runs) > len(runs) / 2:
        return "cp1252"  # accents stand alone among letters
    if sum(byte >= 0xE0 for run in runs for byte in run) > n_high / 2:
        return "cp1251"  # its small letters
    return "gb18030" if _fits(content, "gb18030") else "cp1251"


def _fits(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
