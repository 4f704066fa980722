"""Which manual labels judge thresholds, and how they came about: decided here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bcviewer.core.curation.blind import (
    IN_SIGHT,
    BlindLabel,
    blind_labels,
    sample_of,
    sampling_words,
)
from bcviewer.core.curation.entries import LABEL
from bcviewer.core.curation.state import CurationState
from bcviewer.core.curation.under import under_labels
from bcviewer.core.rules.labels import Label


@dataclass(frozen=True, slots=True)
class CountedLabels:
    """The labels that count.

    Attributes
    ----------
    labels : mapping of int to Label
        The label of each unit, by cluster id.
    blind : bool
        Whether these are the blind labels only.
    words : str
        How they were given and their units sampled, and what was left out.
    """

    labels: Mapping[int, Label]
    blind: bool
    words: str

    @property
    def n_good(self) -> int:
        """How many say GOOD."""
        return sum(label == Label.GOOD for label in self.labels.values())


def counted_labels(state: CurationState, blind: bool = True) -> CountedLabels:
    """Return the labels that thresholds may be judged by.

    Labels that were given while a proposal was on are left out: what they are held against was
    moved when they were given. So are units of which people differ, but for their blind labels.

    Parameters
    ----------
    state : CurationState
        What was said of a recording.
    blind : bool
        Whether only labels count that were given while the verdict was hidden.
    """
    given = blind_labels(state)
    under = frozenset(under_labels(state))
    if blind:
        labels = {i: one.label for i, one in given.items()}
        left_out = sum(i not in given and _is_blind(state, i) for i in under)
        words = _with_left_out(sampling_words(given.values()), 0, left_out)
        return CountedLabels(labels, True, words if labels else "")
    labels = {}
    differ = moved = 0
    for i, unit in state.units.items():
        if unit.label is None:
            continue
        differ += bool(unit.opinions)
        moved += i in under and not unit.opinions
        if not unit.opinions and i not in under:
            labels[i] = unit.label
    words = _with_left_out(_in_sight(labels, given), differ, moved)
    return CountedLabels(labels, False, words if labels else "")


def _is_blind(state: CurationState, cluster_id: int) -> bool:
    action = state.shown_action(cluster_id, LABEL)
    return action is not None and sample_of(action) is not None


def _in_sight(labels: Mapping[int, Label], given: Mapping[int, BlindLabel]) -> str:
    blind = [i for i in labels if i in given and labels[i] == given[i].label]
    if len(blind) == len(labels):
        return sampling_words(given[i] for i in blind)
    return f"{IN_SIGHT}, but for {len(blind):,} given blind" if blind else IN_SIGHT


def _with_left_out(words: str, differ: int, under: int) -> str:
    parts = [words]
    if differ:
        parts.append(f"{differ:,} left out where people differ")
    if under:
        parts.append(f"{under:,} left out as given under a proposal")
    return "; ".join(parts)
