"""Reads labels that somebody gave elsewhere: in Bombcell's viewer, in phy, in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bcviewer.core.imported import ImportedLabels, Skipped
from bcviewer.core.labels import Label
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.cluster_tsv import whole_number
from bcviewer.io.export import harmless
from bcviewer.io.files import one_line, read_bytes, reason
from bcviewer.io.tsv_text import unescaped

LARGEST = 16_000_000
"""Largest file that is read, bytes."""
MAX_NOTE = 10_000
"""Most characters of a note."""
_MAX_ID = 2**31
_MOST_SKIPPED = 200
_HINT = "A table needs a column cluster_id and a column of labels, such as label."

_ID_COLUMNS = ("cluster_id", "unit_id", "phy_clusterid", "id")
_LABEL_COLUMNS = (
    "manual_label",
    "bcv_label",
    "manual_classification",
    "group",
    "quality",
    "label",
    "manual",
)
_NOTE_COLUMNS = ("note", "manual_note", "bcv_note", "notes", "comment", "comments")
_AUTOMATIC = {
    "kslabel": "Kilosort's own labels",
    "bc_unittype": "Bombcell's own labels",
    "bombcell_label": "Bombcell's own labels",
}
"""Columns that nobody curated: they are label sources of their own already."""

_WORDS: dict[str, Label] = {
    "good": Label.GOOD,
    "mua": Label.MUA,
    "noise": Label.NOISE,
    "nonsoma": Label.NON_SOMA,
    "nonsomagood": Label.NON_SOMA_GOOD,
    "nonsomamua": Label.NON_SOMA_MUA,
    "nonsomatic": Label.NON_SOMA,
    "nonsomaticgood": Label.NON_SOMA_GOOD,
    "nonsomaticmua": Label.NON_SOMA_MUA,
}
"""Spellings of Bombcell, its viewer, phy and SpikeInterface, without blanks and dashes."""
_NO_LABEL = frozenset({"", "unsorted", "unclassified", "nan", "none", "-1"})


@dataclass(slots=True)
class _Found:
    """What was read so far."""

    split: bool
    labels: dict[int, Label] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    torn: set[int] = field(default_factory=set)
    unlabelled: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    n_skipped: int = 0

    def skip(self, line: int, text: str, why: str) -> None:
        """Remember a line that was not taken."""
        self.n_skipped += 1
        if len(self.skipped) < _MOST_SKIPPED:
            self.skipped.append(Skipped(line, one_line(text, 80), why))


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where what is; −1: nowhere."""

    cluster_id: int
    label: int
    note: int
    label_name: str


def read_labels(path: Path, *, split: bool = False) -> ImportedLabels:
    """Read the labels (and notes) in a file.

    Known are ``manual_unit_classifications`` and ``manual_classifications_for_optimization`` of
    Bombcell's viewer (CSV or TSV), phy's ``cluster_group.tsv``, what ``bcviewer`` exports, and any
    table with a column of cluster ids and one of labels: names in any case and with any dashes, or
    Bombcell's codes.

    Parameters
    ----------
    path : Path
        The file.
    split : bool
        Whether the run splits non-somatic units: Bombcell's code 3 then means the good ones.

    Raises
    ------
    UserError
        If the file cannot be read, is no such table, or has no label in it.
    """
    shown = one_line(path, 300)
    try:
        rows = _rows(_text(read_bytes(path, LARGEST)))
        header = next(rows, (0, []))[1]
        columns = _columns(header, path.name)
        found = _Found(split)
        for line, row in rows:
            if any(row):
                _take(found, columns, line, row)
    except UserError as error:
        raise UserError(f"{shown}: {error.message}.", error.hint or _HINT) from None
    except csv.Error as error:
        raise UserError(f"{shown}: damaged ({reason(error)}).", _HINT) from None
    if not found.labels and not found.notes:
        raise UserError(f"{shown}: has no label in it{_why_none(found)}.", _HINT)
    return ImportedLabels(
        str(path),
        _person(path.name, columns),
        found.labels,
        found.notes,
        found.unlabelled,
        tuple(found.skipped),
        found.n_skipped,
    )


def _text(data: bytes) -> str:
    """Return a file's text; guessing an encoding would make labels of what are none."""
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


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the number of its last line."""
    first = text.split("\n", 1)[0]
    delimiter = next((mark for mark in ("\t", ";") if mark in first), ",")
    if "," in first and delimiter == ";":
        delimiter = ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    ours = delimiter == "\t" and "manual_label" in first  # our tables hold one line a unit
    for row in reader:
        cells = [cell.strip() for cell in row]
        yield reader.line_num, [unescaped(cell) for cell in cells] if ours else cells


def _columns(header: list[str], file: str) -> _Columns:
    """Find the columns by their headings."""
    heads = [head.casefold() for head in header]
    ids = [heads.index(name) for name in _ID_COLUMNS if name in heads]
    if not ids:
        raise UserError("no column cluster_id (or unit_id)")
    if file.casefold() == names.GROUP_TSV and "group" not in heads:
        whose = next((_AUTOMATIC[head] for head in heads if head in _AUTOMATIC), "no column group")
        raise UserError(
            f"not phy's: {whose}", "phy writes this file anew, with a column group, when it saves."
        )
    note = next((heads.index(name) for name in _NOTE_COLUMNS if name in heads), -1)
    label = next((heads.index(name) for name in _LABEL_COLUMNS if name in heads), -1)
    others = [i for i in range(len(heads)) if i not in (ids[0], note)]
    if label < 0 and len(others) == 1:
        label = others[0]
        if heads[label] in _AUTOMATIC:
            raise UserError(
                f"{_AUTOMATIC[heads[label]]}, which nobody curated",
                "They are label sources of their own.",
            )
    if label < 0 and note < 0:
        listed = ", ".join(one_line(head, 40) for head in header[:8])
        raise UserError(f"no column of labels among {listed or 'none'}")
    return _Columns(ids[0], label, note, heads[label] if label >= 0 else "")


def _take(found: _Found, columns: _Columns, line: int, row: list[str]) -> None:
    """Take one row."""
    shown = ", ".join(row[:4])
    if len(row) <= max(columns.cluster_id, columns.label):
        found.skip(line, shown, "too few columns")
        return
    cluster = whole_number(row[columns.cluster_id])
    if cluster is None or not 0 <= cluster < _MAX_ID:
        found.skip(line, shown, "no cluster id")
        return
    if columns.label >= 0:
        _take_label(found, cluster, line, row[columns.label])
    if 0 <= columns.note < len(row) and row[columns.note]:
        note = unharmed(row[columns.note])
        if len(note) > MAX_NOTE:
            found.skip(line, shown, f"a note of {len(note):,} characters")
        else:
            found.notes[cluster] = note


def _take_label(found: _Found, cluster: int, line: int, text: str) -> None:
    label = label_of(text, found.split)
    if label is Label.EMPTY:
        found.unlabelled += 1
    elif label is Label.UNKNOWN:
        found.skip(line, f"{cluster}: {text}", "no label of ours")
    elif cluster in found.torn or found.labels.get(cluster, label) != label:
        found.skip(line, f"{cluster}: {text}", "the unit has two labels in this file")
        found.torn.add(cluster)
        found.labels.pop(cluster, None)
    else:
        found.labels[cluster] = label


def label_of(text: str, split: bool = False) -> Label:
    """Return the label that a cell means; EMPTY: none was given, UNKNOWN: not one of ours.

    Parameters
    ----------
    text : str
        A name in any case and with any dashes, or Bombcell's code.
    split : bool
        Whether code 3 means non-somatic *good*.
    """
    plain = text.strip().casefold()
    code = whole_number(plain) if plain[:1].isdigit() or plain[:1] == "-" else None
    if plain in _NO_LABEL or code == -1:
        return Label.EMPTY
    if code is not None:
        third = Label.NON_SOMA_GOOD if split else Label.NON_SOMA
        codes = (Label.NOISE, Label.GOOD, Label.MUA, third, Label.NON_SOMA_MUA)
        return codes[code] if 0 <= code < len(codes) else Label.UNKNOWN
    words = "".join(plain.replace("-", " ").replace("_", " ").split())
    return _WORDS.get(words, Label.UNKNOWN)


def unharmed(text: str) -> str:
    """Return a text as it was before :func:`bcviewer.io.export.harmless` marked it."""
    marked = text.startswith("'") and harmless(text[1:]) == text
    return text[1:] if marked else text


def _person(file: str, columns: _Columns) -> str:
    """Return whom the labels are from: the program where it is known, and the file."""
    program = {"group": "phy", "manual_classification": "Bombcell's viewer"}
    whose = program.get(columns.label_name, "import")
    return f"{whose} ({one_line(file, 120)})"


def _why_none(found: _Found) -> str:
    if found.skipped:
        first = found.skipped[0]
        return f": line {first.line} has {first.why} ({first.text})"
    return f": {found.unlabelled:,} units without one" if found.unlabelled else ""
