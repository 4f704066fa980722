"""What a curator does: actions of one undoable step, and what each changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bcviewer.core.curation.manual import MANUAL_LABELS
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.run.region import read_region
from bcviewer.core.run.stretch import read_stretch
from bcviewer.core.run.unit_ids import NOT_UNDERSTOOD, is_digest

LABEL, NOTE = "label", "note"
"""The fields of a unit that an action can change."""
STABLE = "stable"
"""The field of the time in which a unit is stable, as :mod:`bcviewer.core.run.stretch` writes it
(empty: none was kept), and the kind of the action that keeps it; older versions leave it as it is.
"""
REGION = "region"
"""The field of the region of interest of a probe, as :mod:`bcviewer.core.run.region` writes it
(empty: as the config says), and the kind of the action that sets it. It is of no unit."""
NO_UNIT_ID = 0
"""What a change names that is of no unit: it has to name one."""
SEEN, REVEAL = "seen", "reveal"
"""The field that says that a person saw a verdict without having labelled the unit blind, and the
kind of the action that says so of all units that a blind review hid. It cannot be taken back."""
OF_SOURCE = "source:"
"""What begins the field that says whether a source of labels is there: it is of no unit."""
KEEP, DROP = "keep_proposal", "drop_proposal"
"""Kinds of actions that keep a proposal under a name, and take it away."""
PROPOSAL_KINDS = (KEEP, DROP)
OF_PROPOSAL = "proposal:"
"""What begins the field that says whether a proposal is kept: it is of no unit."""
PROPOSAL = "proposal"
"""The field of an action that holds the proposal.

See :mod:`bcviewer.core.comparison.kept_proposal`.
"""
ACCEPT = "accept"
"""Kind of the action that takes over Bombcell's labels."""
UNDO, REDO = "undo", "redo"
MARKS = (UNDO, REDO)
"""Kinds of actions that take back, or bring back, another action."""

DIFFERS = "differs"
"""Kind of what the reader of journals puts in the place of another action of a known id.

It says nothing of any unit; ``source`` is the file that it was found in.
"""
FOLDED = "folded"
"""Kind of the line that ends a folded journal, and the field that marks what is left of actions.

See :mod:`bcviewer.core.curation.folding`.
"""

BLIND = "blind"
"""The field of an action whose labels were given while the verdict was hidden.

See :mod:`bcviewer.core.curation.blind`.
"""

UNDER = "under"
"""The field of an action whose labels were given while other thresholds or flags were tried.

See :mod:`bcviewer.core.curation.under`.
"""

SPIKES = "spikes"
"""The field of a change that says of which spikes its unit was: one that phy made.

See :mod:`bcviewer.core.curation.whose_spikes`.
"""

MAX_NOTE = 10_000
"""Most characters of a note."""
MAX_WORD = 200
"""Most characters of a person's, a machine's or a source's name."""

Extra = tuple[tuple[str, Any], ...]
"""Fields that this version does not know, with their values."""

_LABELS: dict[str | None, Label | None] = {LABEL_NAMES[label]: label for label in MANUAL_LABELS}
_LABELS[None] = None


@dataclass(frozen=True, slots=True)
class Who:
    """Who acted: a person, at a machine, in one run of the program."""

    person: str
    machine: str = ""
    process: str = ""


# Named tuples where there are tens of thousands: they are made four times as fast as frozen
# dataclasses are, and a recording's journals are read while somebody waits.
class Change(NamedTuple):
    """What an action does to one field of one unit.

    Attributes
    ----------
    cluster_id : int
        The unit.
    field : str
        ``label``, ``note``, ``stable``, ``region`` or ``seen``; others (of newer versions) are
        kept and not shown.
    old, new : str or None
        The value before and after. A label by Bombcell's spelling; None: none.
    extra : tuple
        What a newer version says beside it, and of which spikes its unit was.
    """

    cluster_id: int
    field: str
    old: str | None
    new: str | None
    extra: Extra = ()

    @property
    def spikes(self) -> str:
        """Of which spikes the unit was, as a digest; empty: of whatever unit has the id.

        What is no digest is read without trust: ``NOT_UNDERSTOOD``, of no unit that there is.
        """
        told = next((v for name, v in self.extra if name == SPIKES), "") if self.extra else ""
        return told if told == "" or is_digest(told) else NOT_UNDERSTOOD


class Action(NamedTuple):
    """One undoable step of one person.

    Attributes
    ----------
    id : str
        Unique among all actions of all people.
    at : str
        When: ISO 8601 in UTC with microseconds and ``Z``, so that texts sort as times do. What
        :func:`~bcviewer.core.curation.times.undated` returns where the journal's time is none.
    who : Who
        Who did it, and may undo it.
    kind : str
        ``label``, ``note``, ``accept``, ``import``, or one of :data:`MARKS`.
    changes : tuple of Change
        What it does; for a mark: what it did to what was shown.
    target : str
        For a mark: the id of the action that it takes back or brings back.
    source : str
        Where the values came from (a file, a program), if not from looking.
    voice : str
        Whose opinion the values are, if not the person's own (an import quotes its source).
    extra : tuple
        Fields of newer versions; they are written back.
    """

    id: str
    at: str
    who: Who
    kind: str
    changes: tuple[Change, ...] = ()
    target: str = ""
    source: str = ""
    voice: str = ""
    extra: Extra = ()

    @property
    def key(self) -> tuple[str, str]:
        """What actions are ordered by: the time, then the id."""
        return self.at, self.id

    @property
    def is_folded(self) -> bool:
        """Whether it is what is left of an older action, which cannot be taken back any more."""
        return bool(self.extra) and any(name == FOLDED for name, _ in self.extra)

    @property
    def is_blind(self) -> bool:
        """Whether its labels were given while the verdict was hidden."""
        return self._carries(BLIND)

    @property
    def is_under(self) -> bool:
        """Whether its labels were given while a proposal was on."""
        return self._carries(UNDER)

    def _carries(self, field: str) -> bool:
        told = bool(self.extra) and any(name == field and value for name, value in self.extra)
        return told and not self.is_mark

    @property
    def said_by(self) -> str:
        """Whose opinion it is."""
        return self.voice or self.who.person

    @property
    def is_mark(self) -> bool:
        """Whether it takes back or brings back another action."""
        return self.kind in MARKS


def under_field(words: str) -> Extra:
    """Return what an action of labels carries that were given under a proposal; of none, nothing.

    Parameters
    ----------
    words : str
        What is tried, as it is typed: ``minPresenceRatio=0.6 computeDrift=false``.
    """
    return ((UNDER, words),) if words else ()


def label_text(label: Label | None) -> str | None:
    """Return a label as it is written in a change.

    Raises
    ------
    ValueError
        If it is none of :data:`~bcviewer.core.curation.manual.MANUAL_LABELS`.
    """
    if label is not None and label not in MANUAL_LABELS:
        raise ValueError(f"{label!r} is no label that a curator gives")
    return None if label is None else LABEL_NAMES[label]


def written_label(text: str | None) -> Label | None:
    """Return the label of a change that :func:`is_known` accepts."""
    return _LABELS[text]


def is_known(change: Change) -> bool:
    """Return whether this version understands what a change says."""
    if change.field == LABEL:
        return change.new in _LABELS
    if change.field == STABLE:
        return change.new == "" or (change.new is not None and read_stretch(change.new) is not None)
    if change.field == REGION:
        return change.new == "" or (change.new is not None and read_region(change.new) is not None)
    named = change.field in (NOTE, SEEN) or change.field.startswith((OF_SOURCE, OF_PROPOSAL))
    return named and change.new is not None


def last_of_each(changes: Sequence[Change]) -> Sequence[Change]:
    """Return the changes of an action that say something; of a field said twice the last one.

    Unless it was said of other spikes: then each is of its own.
    """
    if len(changes) == 1:
        return changes if is_known(changes[0]) else ()
    last: dict[tuple[int, str, str], Change] = {}
    for change in reversed(changes):
        if is_known(change):
            last.setdefault((change.cluster_id, change.field, change.spikes), change)
    return list(reversed(last.values()))
