"""What is wrong with a filter, and where in it."""

from __future__ import annotations


class FilterError(ValueError):
    """A filter that cannot be used.

    Parameters
    ----------
    message : str
        One or two sentences: what is wrong, and what to write.
    start, length : int
        Where: the first character (from 0; the text's length means its end) and how many (≥ 1).
    """

    def __init__(self, message: str, start: int, length: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.length = max(length, 1)
