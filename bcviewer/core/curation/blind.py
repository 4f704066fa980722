"""Labels that were given while the verdict was hidden, and how their units were chosen.

An action of such labels carries the field ``blind``, which says how the units were drawn. Releases
that do not know the field keep it, and take the label as any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeGuard

from bcviewer.core.curation.entries import (
    BLIND,
    LABEL,
    SEEN,
    Action,
    Change,
    Extra,
    is_known,
    written_label,
)
from bcviewer.core.curation.manual import MANUAL_LABELS
from bcviewer.core.curation.state import CurationState
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import LABEL_NAMES, Label

IN_SIGHT = "given in sight of the verdict"
"""What is said of all other labels."""

_NAMES = frozenset(LABEL_NAMES[label] for label in MANUAL_LABELS)
_LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class Sample:
    """How the units of a blind review were drawn.

    Attributes
    ----------
    seed : int
        What the drawing began with.
    drawn, among : int
        How many units, and of how many; 0: a newer version says it otherwise.
    classes : tuple of str
        Of which classes, by Bombcell's label; empty: of all.
    missing : int
        How many of those that were drawn the results do not have (any more).
    left_out : int
        Of how many units none was drawn, because the person knew their verdicts.
    """

    seed: int
    drawn: int
    among: int
    classes: tuple[str, ...] = ()
    missing: int = 0
    left_out: int = 0

    @property
    def words(self) -> str:
        """How, as in ``50 of 1,316 units drawn at random (seed 7)``."""
        if not self.among:
            return "units drawn in a way that this version does not know"
        whose = f"{' and '.join(self.classes)} " if self.classes else ""
        one, more = f"{whose}unit", f"{whose}units"
        of = count_of(self.among, one, more)
        gone = f", {self.missing:,} of them missing in the results" if self.missing else ""
        seen = f", {self.left_out:,} more left out as seen before" if self.left_out else ""
        return f"{self.drawn:,} of {of} drawn at random (seed {self.seed}){seen}{gone}"


_UNTOLD = Sample(0, 0, 0)


def blind_field(sample: Sample) -> Extra:
    """Return what an action of blind labels carries."""
    told = {"seed": sample.seed, "drawn": sample.drawn, "among": sample.among}
    more = {"missing": sample.missing, "left_out": sample.left_out}
    odd = {name: n for name, n in more.items() if n}
    return ((BLIND, {**told, "classes": list(sample.classes), **odd}),)


def sample_of(action: Action) -> Sample | None:
    """Return how the units of an action's labels were drawn; None: they were given in sight."""
    raw = next((value for name, value in action.extra if name == BLIND), None)
    if not raw:
        return None
    if not isinstance(raw, dict):
        return _UNTOLD
    seed, drawn, among, classes = (raw.get(name) for name in ("seed", "drawn", "among", "classes"))
    missing, left_out = raw.get("missing", 0), raw.get("left_out", 0)
    if not (_is_count(seed) and _is_count(drawn) and _is_count(among)):
        return _UNTOLD
    if not (_is_count(missing) and _is_count(left_out)):
        return _UNTOLD
    if not isinstance(classes, list) or not all(name in _NAMES for name in map(str, classes)):
        return _UNTOLD
    return Sample(seed, drawn, among, tuple(map(str, classes)), missing, left_out)


def _is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < _LARGEST


@dataclass(frozen=True, slots=True)
class BlindLabel:
    """What was said last of a unit by somebody who could not see the verdict."""

    label: Label
    person: str
    sample: Sample


def blind_labels(state: CurationState) -> dict[int, BlindLabel]:
    """Return the units with a blind label that is not taken back, by cluster id.

    One that was given in sight later does not replace it: it is not what was said blind. Nor does
    one count that was given while other thresholds were tried: it is left out of what judges them.
    """
    out: dict[int, BlindLabel] = {}
    for action in _in_order(state):
        left_out = action.is_under or state.is_undone(action.id)
        sample = None if left_out else sample_of(action)
        told = () if sample is None else filter(is_known, _labels_of(state, action))
        for change in told:
            label = written_label(change.new)
            if label is None or sample is None:
                out.pop(change.cluster_id, None)
            else:
                out[change.cluster_id] = BlindLabel(label, action.said_by, sample)
    return out


def has_seen(state: CurationState, cluster_id: int, person: str) -> bool:
    """Return whether a person knows the verdict of a unit.

    They labelled it, in sight or blind (it is shown then), or it was revealed to them. What is
    taken back was said: whoever says it again has seen the verdict. Labels that they took over from
    somebody else are that one's.
    """
    said = (one for field in (LABEL, SEEN) for one in state.said.get((cluster_id, field), ()))
    return any(one.person == person for one in said)


def was_revealed(state: CurationState, ids: Iterable[int], person: str) -> bool:
    """Return whether any of some units was revealed to a person."""
    said = (one for i in ids for one in state.said.get((i, SEEN), ()))
    return any(one.person == person for one in said)


def said_blind_by(state: CurationState, person: str) -> frozenset[int]:
    """Return the units, by cluster id, that a person labelled blind, taken back or not."""
    theirs = (action for action in _in_order(state) if action.who.person == person)
    return frozenset(c.cluster_id for action in theirs for c in _labels_of(state, action))


def _labels_of(state: CurationState, action: Action) -> Iterator[Change]:
    """Yield what an action says of labels: of these units, and not of other spikes."""
    for change in action.changes:
        if change.field == LABEL and not state.is_of_others(change.cluster_id, change.spikes):
            yield change


def _in_order(state: CurationState) -> list[Action]:
    return sorted((state.actions[i] for i in state.blind), key=attrgetter("key"))


def sampling_words(labels: Iterable[BlindLabel]) -> str:
    """Return how the units of some blind labels were drawn, and how many of each drawing these are.

    As in ``blind, 23 labelled of 50 of 1,316 units drawn at random (seed 7)``.
    """
    counts: dict[Sample, int] = {}
    for one in labels:
        counts[one.sample] = counts.get(one.sample, 0) + 1
    parts = [f"{n:,} labelled of {sample.words}" for sample, n in counts.items()]
    return f"blind, {'; '.join(parts)}" if parts else IN_SIGHT
