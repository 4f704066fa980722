"""Labels that were given while other thresholds or flags were tried: under a proposal.

An action of such labels carries the field ``under``: what was tried, as it is typed. Releases that
do not know the field keep it, and take the label as any other. What the labels are measured
against was moved when they were given: where labels judge criteria, or suggest some, they are left
out.
"""

from __future__ import annotations

from bcviewer.core.curation.entries import LABEL, UNDER, Action
from bcviewer.core.curation.state import CurationState
from bcviewer.core.rules.comparisons import parameter_words

MOST = 2_000
"""Most characters of a proposal that are told."""
UNTOLD = "a proposal that this version cannot read"


def under_of(action: Action) -> str:
    """Return under which proposal an action's labels were given; empty: under none."""
    if not action.is_under:
        return ""
    words = next((value for name, value in action.extra if name == UNDER and value), None)
    readable = isinstance(words, str) and words.isprintable() and len(words) <= MOST
    return str(words) if readable else UNTOLD


def under_words(action: Action) -> str:
    """Return the same as people read it: ``presence ratio ≥ 0.6, computeDrift false``."""
    words = under_of(action)
    return words if words in ("", UNTOLD) else ", ".join(map(_change_words, words.split()))


def under_labels(state: CurationState) -> dict[int, str]:
    """Return the units whose label, as it is shown, was given under a proposal, and under which.

    Returns
    -------
    dict of int to str
        What was tried, as it is typed, by cluster id.
    """
    if not state.under:
        return {}
    out = {}
    for cluster_id in dict.fromkeys(i for name in state.under for i in _units(state, name)):
        action = state.shown_action(cluster_id, LABEL)
        if action is not None and action.is_under and state.label(cluster_id) is not None:
            out[cluster_id] = under_of(action)
    return out


def _units(state: CurationState, action_id: str) -> list[int]:
    return [c.cluster_id for c in state.actions[action_id].changes if c.field == LABEL]


def _change_words(change: str) -> str:
    name, _, value = change.partition("=")
    return parameter_words(name, value)
