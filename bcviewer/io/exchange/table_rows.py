"""The text of a file that somebody saved as a table, and its rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from bcviewer.errors import UserError
from bcviewer.io.exchange.tsv_text import unescaped


def text_of(data: bytes) -> str:
    """Return a file's text; guessing an encoding would make words of what are none.

    Raises
    ------
    UserError
        If it is none. The message is a reason.
    """
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            text = data.decode("utf-16")
        else:
            text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError("not text in UTF-8", "Save it again as CSV UTF-8.") from None
    if "\0" in text:
        raise UserError("not a text file")
    return text


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row of a CSV or TSV with the number of its last line."""
    first = text.split("\n", 1)[0]
    delimiter = next((mark for mark in ("\t", ";") if mark in first), ",")
    if "," in first and delimiter == ";":
        delimiter = ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    ours = delimiter == "\t" and "manual_label" in first  # our tables hold one line a unit
    for row in reader:
        yield reader.line_num, [unescaped(cell) for cell in row] if ours else row
