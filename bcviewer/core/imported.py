"""Labels and notes from a file, and what they would change. Pure: nothing is applied here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bcviewer.core.labels import LABEL_NAMES, Label
from bcviewer.core.manual import ManualUnit
from bcviewer.core.run import RunData

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
    """

    source: str
    person: str
    labels: Mapping[int, Label]
    notes: Mapping[int, str]
    unlabelled: int = 0
    skipped: tuple[Skipped, ...] = ()
    n_skipped: int = 0


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
    """

    cluster_id: int
    old: ManualUnit
    label: Label | None
    note: str

    @property
    def is_conflict(self) -> bool:
        """Whether something that was said would be replaced by something else."""
        label = self.label is not None and self.old.label not in (None, self.label)
        return label or bool(self.note and self.old.note and self.note != self.old.note)

    @property
    def is_same(self) -> bool:
        """Whether nothing would change."""
        label = self.label is None or self.label == self.old.label
        return label and (not self.note or self.note == self.old.note)

    def __str__(self) -> str:
        parts = []
        if self.label is not None and self.label != self.old.label:
            parts.append(f"{_name(self.old.label)} → {_name(self.label)}")
        elif self.label is not None:
            parts.append(_name(self.label))
        if self.note and self.note != self.old.note:
            parts.append("another note" if self.old.note else "a note")
        return f"{self.cluster_id}: {', '.join(parts) or 'the same note'}"


def _name(label: Label | None) -> str:
    return "no label" if label is None else LABEL_NAMES[label]


@dataclass(frozen=True, slots=True)
class Conflicts:
    """What an import would do, by unit; every unit of the file is in one of the four.

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
    """

    new: tuple[UnitChange, ...]
    same: tuple[UnitChange, ...]
    conflicting: tuple[UnitChange, ...]
    unknown: tuple[int, ...]


def conflicts(
    imported: ImportedLabels, manual: Mapping[int, ManualUnit], run: RunData
) -> Conflicts:
    """Return what an import would change, by cluster id in order.

    Parameters
    ----------
    imported : ImportedLabels
        The file.
    manual : mapping of int to ManualUnit
        What curators said so far.
    run : RunData
        The run whose units they are.
    """
    known = set(run.ids_of().tolist())
    ids = sorted(imported.labels.keys() | imported.notes.keys())
    changes = [
        UnitChange(i, manual.get(i, _NOTHING), imported.labels.get(i), imported.notes.get(i, ""))
        for i in ids
        if i in known
    ]
    return Conflicts(
        tuple(c for c in changes if not c.is_conflict and not c.is_same),
        tuple(c for c in changes if c.is_same),
        tuple(c for c in changes if c.is_conflict),
        tuple(i for i in ids if i not in known),
    )
