"""Folds a long journal: the last actions stay, older ones keep what they said last.

Undo reaches a person's last :data:`REACH` actions. Of an older one only those values are kept that
nobody in whose name it spoke said anew before that: what is shown, by whom and since when does not
change, whoever takes back what later; what was said blind is kept beside what was in sight,
what was said under a proposal beside what was not, and what was said of some spikes beside what
was said of others under the same id.
Such a rest is the action itself with fewer changes (the same id, time and person) and the field
``folded``, so that any version reads it. The last line of a folded journal, of the kind
``folded``, names the runs of the program whose lines are folded in it, and the time of each one's
last: their other lines up to then, in whatever copy, are read and carried no more. What a run that
was thought to have ended says after that is read as ever.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bcviewer.core.curation.entries import FOLDED, MAX_WORD, Action, Who
from bcviewer.core.curation.state import CurationState
from bcviewer.core.run.unit_ids import NOT_UNDERSTOOD

REACH = 1000
"""How many of a person's last actions undo reaches once the journal is folded."""
_LINES, _PROCESSES = "lines", "processes"


def folded(state: CurationState, who: Who, processes: Collection[str]) -> list[Action]:
    """Return what is left of the actions that a person said at a machine in ended processes.

    Parameters
    ----------
    state : CurationState
        What everybody said.
    who : Who
        The person and the machine.
    processes : collection of str
        The runs of the program whose actions are folded.

    Returns
    -------
    list of Action
        By time. Those that are as they were are the same objects.
    """
    mine = [a for _, i in state.order if (a := state.actions[i]).who.person == who.person]
    kept = _reached(mine)
    last: dict[tuple[int, str, str, str, bool, bool], str] = {}
    for action in mine:
        if action.id not in kept and not action.is_mark and not state.is_undone(action.id):
            for c in action.changes:
                last[(*c[:2], c.spikes, *_how(action))] = action.id
    out = []
    for action in mine:
        if action.who.machine != who.machine or action.who.process not in processes:
            continue
        if action.id in kept:
            out.append(action)
            continue
        how = _how(action)
        left = tuple(
            c
            for c in action.changes
            if c.spikes == NOT_UNDERSTOOD or last.get((*c[:2], c.spikes, *how)) == action.id
        )
        if left and not action.is_mark:
            mark = () if action.is_folded else ((FOLDED, True),)
            out.append(action._replace(changes=left, extra=(*action.extra, *mark)))
    return out


def _how(action: Action) -> tuple[str, bool, bool]:
    """Return in whose name an action spoke, and what of it is kept apart."""
    return action.said_by, action.is_blind, action.is_under


def _reached(mine: list[Action]) -> set[str]:
    """Return the ids of the last actions, and of all that says whether these are taken back."""
    kept = {action.id for action in mine[-REACH:] if not action.is_folded}
    kept |= {action.target for action in mine if action.is_mark and action.id in kept}
    return kept | {a.id for a in mine if a.is_mark and a.target in kept}


def footer(action_id: str, at: str, who: Who, processes: Mapping[str, str], lines: int) -> Action:
    """Return the last line of a folded journal.

    Parameters
    ----------
    action_id, at, who
        Its id, when it was folded and by whom.
    processes : mapping of str to str
        The runs of the program that are folded in it, with the time of each one's last action.
    lines : int
        How many lines are before it.
    """
    extra = ((_PROCESSES, dict(sorted(processes.items()))), (_LINES, lines))
    return Action(action_id, at, who, FOLDED, extra=extra)


def folded_processes(action: Action, lines: int) -> dict[str, str]:
    """Return the processes that a footer names, with each one's last time.

    None where it is no footer, or where not all lines that it ends are there.
    """
    told = dict(action.extra)
    names, count = told.get(_PROCESSES), told.get(_LINES)
    if action.kind != FOLDED or type(count) is not int or count > lines:
        return {}
    if not isinstance(names, dict):
        return {}
    return {n: at for n, at in names.items() if isinstance(at, str) and len(n) <= MAX_WORD}
