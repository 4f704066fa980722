"""What a proposal makes of a run, for every command with ``--set``. No Qt."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from bcviewer.core.audit.summary import agreement
from bcviewer.core.comparison.kept_proposal import KeptProposal
from bcviewer.core.comparison.proposal import Proposal, parse_changes, value_words
from bcviewer.core.comparison.what_if import WhatIf, stale_rows, what_if
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES, Label
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.tried import EXACT
from bcviewer.errors import UsageError
from bcviewer.io.spikes.recording import open_recording
from bcviewer.io.terminal import out, show_tested
from bcviewer.oracle.client import Bombcell
from bcviewer.oracle.status_by_bombcell import fresh_statuses


def is_proposed(given: argparse.Namespace) -> bool:
    """Return whether the command line proposes anything, be it what was saved."""
    return bool(given.set or given.proposal)


def proposed_changes(given: argparse.Namespace) -> Proposal:
    """Return the changes that the command line proposes; raise as :func:`proposed` does."""
    return proposed(given).proposal


def proposed(given: argparse.Namespace) -> KeptProposal:
    """Return what the command line proposes: the changes of a file, and those of ``--set``.

    It is the file's, with its time, where nothing is changed beside.

    Raises
    ------
    UserError
        If either is none, or both are about one parameter.
    """
    typed = parse_changes(given.set)
    if not given.proposal:
        return KeptProposal("", "", typed)
    from bcviewer.io.exchange.proposal_file import read_proposal

    kept = read_proposal(Path(given.proposal))
    changes = dict(kept.proposal.changes)
    for name, _ in typed.changes:
        if name in changes:
            words = f"--set {name}: is in {given.proposal}, too."
            raise UsageError(words, "Leave one of them out.")
    if not typed.changes:
        return kept
    return KeptProposal("", "", Proposal.of({**changes, **dict(typed.changes)}))


def answered(inputs: Inputs, proposal: Proposal, bombcell: Bombcell) -> WhatIf:
    """Judge a run by a proposal; where a verdict is of the old limit, ask bombcell for a new one.

    That needs the unit's spikes; a unit without is left to a run.
    """
    rows = stale_rows(inputs, proposal)
    if not len(rows):
        return what_if(inputs, proposal)
    with tempfile.TemporaryDirectory(prefix="bcviewer-") as cache:
        recording = open_recording(inputs.run, Path(cache))
        fresh = fresh_statuses(
            inputs.run,
            proposal.on(inputs.criteria),
            rows.tolist(),
            recording,
            bombcell,
            lambda n_done: show_tested(n_done, len(rows)),
        )
        del recording  # its index is mapped from the folder that goes now
    return what_if(inputs, proposal, fresh)


def report_what_if(table: Sheet, found: WhatIf, bombcell: Bombcell | None) -> bool:
    """Print what a proposal makes of a run; return whether bombcell (where asked) agrees."""
    for line in what_if_lines(table, found):
        out(f"  {line}")
    agrees = True
    if bombcell is not None:
        text, agrees = verify_what_if(found, bombcell)
        out(f"  {text}")
    out("")
    return agrees


def what_if_lines(table: Sheet, found: WhatIf) -> list[str]:
    """Return what a proposal makes of a run, line by line."""
    changes = table.criteria.diff(found.inputs.criteria)
    if not changes:
        return ["what if: the run was judged by these very parameters"]
    asked = {name for name, _ in found.proposal.changes}
    words = [
        f"{c.name} {value_words(c.before)} → {value_words(c.after)}"
        + ("" if c.name in asked else " (filled in by Bombcell)")
        for c in changes
    ]
    lines = [f"what if {', '.join(words)}:"]
    moved = moved_words(table.audit.label, found)
    lines.append("  " + (", ".join(moved) or "no label changes"))
    answers, counts = np.unique(found.answers.astype(str), return_counts=True)
    for answer, n in zip(answers.tolist(), counts.tolist(), strict=True):
        if answer != EXACT or len(answers) > 1:
            lines.append(f"  {answer}: {count_of(n, 'unit')}")
    return lines


def moved_words(before: np.ndarray, found: WhatIf) -> list[str]:
    """Return how each class changes among the units with an answer: ``GOOD 19 → 57 (+40 −2)``."""
    out_of = before[found.known]
    into = found.codes[found.known]
    words = []
    for label in (*CLASSES, Label.INCOMPLETE):
        lost = int(((out_of == label) & (into != label)).sum())
        gained = int(((into == label) & (out_of != label)).sum())
        if lost or gained:
            was, now = int((out_of == label).sum()), int((into == label).sum())
            words.append(f"{LABEL_NAMES[label]} {was:,} → {now:,} (+{gained:,} −{lost:,})")
    return words


def verify_what_if(found: WhatIf, bombcell: Bombcell) -> tuple[str, bool]:
    """Ask bombcell for the labels by the proposal; return what it said and whether it agrees."""
    answer = bombcell.verify(found.inputs.run, found.inputs.criteria)
    if answer.codes is None:
        return f"what if: {answer.status}: {answer.why}", answer.status == "not verifiable"
    exact = found.answers == EXACT
    compared = agreement(found.codes[exact], answer.codes[exact])
    text = f"what if: {compared.words} with bombcell {answer.version}"
    return text, compared.agree == compared.compared
