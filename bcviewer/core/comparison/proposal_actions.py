"""Proposals in the journal: how one is kept and taken away, and which there are.

Keeping one is an action, ``keep_proposal``, and another one, ``drop_proposal``, takes it away. So
it is on the disk before it is shown, goes into the results with the curators' labels, is merged by
time and id, and is undone and redone as they are; there is no second store to keep in step.
Releases that do not know the kinds keep the lines and show nothing of them.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from operator import attrgetter

from bcviewer.core.comparison.kept_proposal import KeptProposal
from bcviewer.core.comparison.proposal_text import read_value, value_of
from bcviewer.core.curation.entries import (
    DROP,
    KEEP,
    OF_PROPOSAL,
    PROPOSAL,
    PROPOSAL_KINDS,
    Action,
    Change,
    Extra,
)
from bcviewer.core.curation.label_source import is_name
from bcviewer.core.curation.state import CurationState
from bcviewer.core.curation.times import written_time
from bcviewer.errors import UserError


def there(person: str, name: str, before: bool, after: bool) -> Change:
    """Return what an action changes: whether a person's proposal of a name is there."""
    exact = blake2b(f"{person}\0{name}".encode("utf-8", "replace"), digest_size=6).hexdigest()
    words = ("", "there")
    return Change(0, OF_PROPOSAL + exact, words[before], words[after])


def payload(kept: KeptProposal) -> Extra:
    """Return what an action carries of a proposal; its name, person and time are the action's."""
    return ((PROPOSAL, value_of(kept)),)


def proposal_of(action: Action) -> KeptProposal | None:
    """Return the proposal that an action keeps; None: it keeps none that can be read."""
    raw = dict(action.extra).get(PROPOSAL)
    if action.kind != KEEP or not is_name(action.source) or not isinstance(raw, dict):
        return None
    try:
        kept = read_value(raw)
    except UserError:
        return None
    if not kept.proposal.changes:
        return None
    by, at = action.who.person, written_time(action.at)
    return replace(kept, name=action.source, by=by, at=at)


def kept_proposals(state: CurationState) -> tuple[KeptProposal, ...]:
    """Return the proposals that are there, oldest first: of a person's with one name the last."""
    about = (a for a in state.actions.values() if a.kind in PROPOSAL_KINDS)
    found: dict[tuple[str, str], KeptProposal] = {}
    for action in sorted(about, key=attrgetter("key")):
        kept = proposal_of(action)
        if state.is_undone(action.id) or (kept is None and action.kind != DROP):
            continue
        found.pop((action.who.person, action.source), None)
        if kept is not None:
            found[action.who.person, action.source] = kept
    return tuple(found.values())
