"""Notes in text files: as they are, and as text to whoever reads them.

phy turns what it can into numbers when it opens a directory, pandas reads words such as ``NA`` as
missing, and spreadsheets run what looks like a formula and make dates of fractions. Such a note
gets an apostrophe before it, as people write text in spreadsheets; our import takes it off again,
and adds one for each that is there already, so that no two notes are written alike.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from bcviewer.core.rules.counts import units_named
from bcviewer.io.files import FORMULA

_NUMBERS = re.compile(r"[\d.,:/%\sEe+-]*\d[\d.,:/%\sEe+-]*")
_WORDS = frozenset({"na", "n/a", "#n/a", "<na>", "null", "none", "true", "false"})


def written_by_people(columns: Collection[str]) -> tuple[str, ...]:
    """Return which columns of a table of ours people wrote: the notes, and their names.

    A column ``note`` of the results themselves is none of these.
    """
    if "manual_note" in columns:
        return ("manual_note", "manual_by", "note_by", "opinions")
    return ("note", "by", "note_by", "opinions") if "manual_label" in columns else ()


def note_cell(text: str) -> str:
    """Return a note as a cell of a CSV or TSV that everybody reads as text."""
    plain = _carried(text)
    return f"'{plain}" if _is_taken(plain) else plain


def note_of_cell(text: str) -> str:
    """Return the note that :func:`note_cell` made a cell of."""
    return text[1:] if text.startswith("'") and _is_taken(text) else text


def note_warnings(notes: Mapping[int, str]) -> list[str]:
    """Say which notes a CSV or TSV has otherwise than they are, by cluster id."""
    marked = [i for i, note in notes.items() if note_cell(note) != _carried(note)]
    changed = [i for i, note in notes.items() if _carried(note) != note]
    out = []
    if marked:
        out.append(
            f"Written with an apostrophe before it, so that it stays text: the note of"
            f" {units_named(marked)}. An import takes it off again."
        )
    if changed:
        out.append(
            "Written with line breaks of one kind and without null characters: the note of"
            f" {units_named(changed)}."
        )
    return out


def _carried(text: str) -> str:
    """Return what a row of a text file can hold: a carriage return would end it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ")


def _is_taken(text: str) -> bool:
    """Whether a text is taken for something else, whatever apostrophes are before it."""
    rest = text.lstrip("'")
    words = rest.strip()
    if rest.startswith(FORMULA) or words.startswith(FORMULA) or words.casefold() in _WORDS:
        return True
    if _NUMBERS.fullmatch(words):
        return True
    try:
        float(words)
    except ValueError:
        return False
    return True
