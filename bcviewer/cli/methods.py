"""``bcviewer methods``: bombcell's methods text for runs, or for a proposal. No Qt."""

from __future__ import annotations

import argparse
from pathlib import Path

from bcviewer.cli.audit import audit_place, check_ending, find_all
from bcviewer.cli.proposed import answered, proposed
from bcviewer.core.comparison.kept_proposal import KeptProposal
from bcviewer.core.rules.counts import count_of
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.io.put_file import write_atomically
from bcviewer.io.results.location import RunLocation
from bcviewer.io.terminal import DATA_AT_FAULT, OK, out, say_error, show_progress
from bcviewer.oracle.client import Bombcell
from bcviewer.oracle.methods_basis import proposed_basis, saved_basis
from bcviewer.oracle.methods_by_bombcell import Methods, as_text, methods

SUFFIXES = (".txt", ".md", ".bib")


def run_methods(given: argparse.Namespace) -> int:
    """Write the methods of what the command line names; return the exit status."""
    output = Path(given.output) if given.output else None
    kept = proposed(given)
    if output is not None:
        check_ending(output, SUFFIXES)
    places, failed = find_all(given)
    found: list[tuple[str, Methods]] = []
    with Bombcell() as bombcell:
        for i, place in enumerate(places, 1):
            show_progress(i, len(places), place.name)
            try:
                one = methods_of(audit_place(place), kept, bombcell)
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


def methods_of(table: Sheet, kept: KeptProposal, bombcell: Bombcell) -> Methods:
    """Return one run's methods; of a proposal, with what it changes, and counts where it can."""
    basis = saved_basis(table.criteria, table.bombcell_labels)
    if kept.proposal.against(table.criteria).changes:
        found = answered(table.inputs, kept.proposal, bombcell)
        after = found.inputs.criteria
        basis = proposed_basis(table.criteria, after, found.codes, found.answers, kept.at)
    return basis.around(methods(table.run, basis.criteria, basis.labels, bombcell))


def _title(place: RunLocation) -> str:
    return f"{place.name} ({place.mode})" if place.mode else place.name
