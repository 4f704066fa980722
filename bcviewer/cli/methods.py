"""``bcviewer methods``: bombcell's methods text for runs, or for a proposal. No Qt."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bcviewer.cli.audit import audit_place, find_all
from bcviewer.cli.proposed import answered, proposed_changes
from bcviewer.core.arrays import Codes
from bcviewer.core.comparison.changes import change_words
from bcviewer.core.comparison.proposal import Proposal, value_words
from bcviewer.core.comparison.what_if import KEPT_TIME
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.defaults import DEFAULTS_OF, settings
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UsageError, UserError
from bcviewer.io.put_file import final_place, write_atomically
from bcviewer.io.results.location import RunLocation
from bcviewer.io.terminal import DATA_AT_FAULT, OK, out, say_error, show_progress
from bcviewer.oracle.client import Bombcell
from bcviewer.oracle.methods_by_bombcell import Methods, as_text, methods

SUFFIXES = (".txt", ".md", ".bib")


def run_methods(given: argparse.Namespace) -> int:
    """Write the methods of what the command line names; return the exit status."""
    output = Path(given.output) if given.output else None
    proposal = proposed_changes(given)
    if output is not None:
        check_output(output)
    places, failed = find_all(given)
    found: list[tuple[str, Methods]] = []
    with Bombcell() as bombcell:
        for i, place in enumerate(places, 1):
            show_progress(i, len(places), place.name)
            try:
                one = methods_of(audit_place(place), proposal, bombcell)
            except UserError as error:
                failed = True
                say_error(f"{place.name}: {error}")
                continue
            found.append((_title(place) if len(places) > 1 else "", one))
    if found and output is None:
        out(as_text(found, ".txt").removesuffix("\n"))
    elif found and output is not None:
        written = as_text(found, output.suffix.lower()).encode("utf-8", "replace")
        write_atomically(output, lambda temporary: _write(temporary, written))
        out(f"{count_of(len(found), 'probe')} written to {output}")
    return DATA_AT_FAULT if failed else OK


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def methods_of(table: Sheet, proposal: Proposal, bombcell: Bombcell) -> Methods:
    """Return one run's methods; of a proposal, with what it changes, and counts where it can."""
    criteria, notes = table.criteria, list[str]()
    labels: Codes | None = table.bombcell_labels
    if proposal.against(criteria).changes:
        criteria, labels, notes = _proposed(table, proposal, bombcell)
    said = methods(table.run, criteria, labels, bombcell)
    return replace(said, notes=(*notes, *differing(criteria), *said.notes))


def _proposed(
    table: Sheet, proposal: Proposal, bombcell: Bombcell
) -> tuple[Criteria, Codes | None, list[str]]:
    found = answered(table.inputs, proposal, bombcell)
    changes = table.criteria.diff(found.inputs.criteria)
    day, each = datetime.now().astimezone(), ", ".join(map(change_words, changes))
    notes = [f"A proposal of {day:%Y-%m-%d}, by which Bombcell was not run: {each}."]
    labels: Codes | None = found.codes
    if unknown := int((~found.known).sum()):
        labels = None
        notes.append(f"No counts: {count_of(unknown, 'unit needs', 'units need')} a run.")
    elif (found.answers == KEPT_TIME).any():
        notes.append("The counts hold the kept time fixed, which these thresholds choose.")
    return found.inputs.criteria, labels, notes


def differing(criteria: Criteria) -> list[str]:
    """Return which thresholds and flags are not Bombcell's defaults, in a line."""
    moved = [s for s in settings(criteria) if s.differs and s.value == s.value]
    if not moved:
        return []
    each = ", ".join(f"{s.name} {value_words(s.value)} ({value_words(s.default)})" for s in moved)
    return [f"Not the defaults of {DEFAULTS_OF} (in parentheses): {each}."]


def _title(place: RunLocation) -> str:
    return f"{place.name} ({place.mode})" if place.mode else place.name


def check_output(path: Path) -> None:
    """Refuse an output that cannot be written before anything is read."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{path.name}: cannot tell the format.", f"End the name in {', '.join(SUFFIXES)}."
        )
    final_place(path)
