"""Labels and notes from a file, and what they would change. Pure: nothing is applied here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

import numpy as np

from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.run.stretch import Stretch
from bcviewer.core.run.unit_ids import UnitIds

MOST_UNMATCHED = 100_000
"""Most ids of a file that are remembered because nobody knows them."""
_NOTHING = ManualUnit()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line of a file that gave no label.

    Attributes
    ----------
    line : int
        Its number in the file, from 1.
    text : str
        What is in it, printable and short.
    why : str
        Why it was not taken.
    """

    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a file for a label.

    Attributes
    ----------
    text : str
        The word, printable and short.
    label : Label
        What it means; EMPTY: that there is no label, UNKNOWN: it is none of ours.
    n : int
        How often it is there.
    """

    text: str
    label: Label
    n: int


@dataclass(frozen=True, slots=True)
class ImportedLabels:
    """What a file says of units.

    Attributes
    ----------
    source : str
        The file's path.
    person : str
        Whom to give as the one who said it: named after the source.
    labels : mapping of int to Label
        Labels by cluster id, each one a curator can give.
    notes : mapping of int to str
        Notes by cluster id, none of them empty.
    unlabelled : int
        Lines that say of a unit that it has no label (unsorted, −1, or nothing).
    skipped : tuple of Skipped
        Lines that could not be taken, the first few hundred.
    n_skipped : int
        How many there were.
    column : str
        The column that the labels are from; empty where there is none.
    columns : tuple of str
        The columns of labels that there are.
    probability : mapping of int to float
        How sure a model was of its labels, 0 to 1, by cluster id.
    words : tuple of Word
        What each word was taken for, the most frequent first.
    ids : {'cluster', 'si'}
        Whether the file's ids were taken for phy's cluster ids or for SpikeInterface's.
    unmatched : tuple of str
        Ids that SpikeInterface does not have here.
    remark : str
        What else there is to know before it is taken over; may be empty.
    stable : mapping of int to Stretch
        The times in which units are stable, by cluster id, to the last digit of the file.
    """

    source: str
    person: str
    labels: Mapping[int, Label]
    notes: Mapping[int, str]
    unlabelled: int = 0
    skipped: tuple[Skipped, ...] = ()
    n_skipped: int = 0
    column: str = ""
    columns: tuple[str, ...] = ()
    probability: Mapping[int, float] = field(default_factory=dict)
    words: tuple[Word, ...] = ()
    ids: str = "cluster"
    unmatched: tuple[str, ...] = ()
    remark: str = ""
    stable: Mapping[int, Stretch] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What to call them as a source of labels: the file, and whose labels in it."""
        file = PurePath(self.source).name
        return f"{file} ({self.column})" if self.column else file


@dataclass(frozen=True, slots=True)
class UnitChange:
    """What a file says of one unit, beside what is known of it.

    Attributes
    ----------
    cluster_id : int
        The unit.
    old : ManualUnit
        What was said before; empty where nothing was.
    label : Label or None
        The file's label; None: it says nothing.
    note : str
        The file's note; empty: it says nothing.
    stable : Stretch or None
        The file's stable time; None: it says nothing.
    """

    cluster_id: int
    old: ManualUnit
    label: Label | None
    note: str
    stable: Stretch | None = None

    @property
    def is_conflict(self) -> bool:
        """Whether something that was said would be replaced by something else."""
        label = self.label is not None and self.old.label not in (None, self.label)
        stable = self.stable is not None and self.old.stretch not in (None, self.stable)
        note = bool(self.note and self.old.note and self.note != self.old.note)
        return label or stable or note

    @property
    def is_same(self) -> bool:
        """Whether nothing would change."""
        label = self.label is None or self.label == self.old.label
        stable = self.stable is None or self.stable == self.old.stretch
        return label and stable and (not self.note or self.note == self.old.note)

    def __str__(self) -> str:
        parts = []
        if self.label is not None and self.label != self.old.label:
            parts.append(f"{_name(self.old.label)} → {_name(self.label)}")
        elif self.label is not None:
            parts.append(_name(self.label))
        if self.note and self.note != self.old.note:
            parts.append("another note" if self.old.note else "a note")
        if self.stable is not None and self.stable != self.old.stretch:
            parts.append(self.stable.stable)
        return f"{self.cluster_id}: {', '.join(parts) or 'the same note'}"


def _name(label: Label | None) -> str:
    return "no label" if label is None else LABEL_NAMES[label]


@dataclass(frozen=True, slots=True)
class Conflicts:
    """What an import would do, by unit; every unit of the file is in one of them.

    Attributes
    ----------
    new : tuple of UnitChange
        Nothing that was said is replaced.
    same : tuple of UnitChange
        Nothing changes.
    conflicting : tuple of UnitChange
        Something that was said is replaced.
    unknown : tuple of int
        Cluster ids that are not in the run.
    double : tuple of int
        Cluster ids that are on several rows of the run.
    """

    new: tuple[UnitChange, ...]
    same: tuple[UnitChange, ...]
    conflicting: tuple[UnitChange, ...]
    unknown: tuple[int, ...]
    double: tuple[int, ...] = ()


def conflicts(
    imported: ImportedLabels, manual: Mapping[int, ManualUnit], ids: UnitIds
) -> Conflicts:
    """Return what an import would change, by cluster id in order.

    Parameters
    ----------
    imported : ImportedLabels
        The file.
    manual : mapping of int to ManualUnit
        What curators said so far.
    ids : UnitIds
        The units that there are.
    """
    there = set(ids.ids_of().tolist())
    known = set(ids.ids_of(np.flatnonzero(ids.sayable)).tolist())
    named = sorted(imported.labels.keys() | imported.notes.keys() | imported.stable.keys())
    changes = [
        UnitChange(
            i,
            manual.get(i, _NOTHING),
            imported.labels.get(i),
            imported.notes.get(i, ""),
            imported.stable.get(i),
        )
        for i in named
        if i in known
    ]
    return Conflicts(
        tuple(c for c in changes if not c.is_conflict and not c.is_same),
        tuple(c for c in changes if c.is_same),
        tuple(c for c in changes if c.is_conflict),
        tuple(i for i in named if i not in there),
        tuple(i for i in named if i in there and i not in known),
    )
