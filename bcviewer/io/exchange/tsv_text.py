r"""Texts in tab-separated files on one line each: ``\n``, ``\t``, ``\r`` for what would break it.

A backslash is doubled only in a text that would otherwise be read back as another one, so that
Windows' paths and most notes stay as they are.
"""

from __future__ import annotations

import re

_MARKS = {"\n": r"\n", "\t": r"\t", "\r": r"\r", "\\": r"\\"}
_MEANT = {mark: char for char, mark in _MARKS.items()}
_BREAKS = re.compile(r"[\n\t\r]")
_MARK = re.compile(r"\\[ntr\\]")


def escaped(text: str) -> str:
    """Return a text without line breaks and tabs; :func:`unescaped` gives it back."""
    if not _BREAKS.search(text) and not _MARK.search(text):
        return text
    return "".join(_MARKS.get(char, char) for char in text)


def unescaped(text: str) -> str:
    """Return the text that :func:`escaped` was given."""
    return _MARK.sub(lambda found: _MEANT[found[0]], text)
