"""``bcviewer audit``: the audit as text and as a table, for any number of probes. No Qt."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from bcviewer.cli.lookup import look_up_each, other_results
from bcviewer.cli.proposed import answered, is_proposed, proposed_changes, report_what_if
from bcviewer.core.audit.summary import (
    agreement,
    blocker_counts,
    class_counts,
    family_counts,
    reason_counts,
    top,
)
from bcviewer.core.comparison.what_if import WhatIf
from bcviewer.core.figures.bars import TOP_REASONS
from bcviewer.core.figures.few_good import few_good
from bcviewer.core.rules.counts import count_of, counts_of
from bcviewer.core.rules.labels import LABEL_NAMES, Label, class_name
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.derive import Settled, derive, settled
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UsageError, UserError
from bcviewer.io.put_file import final_place, refuse_link
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.location import RunLocation
from bcviewer.io.results.naming import short, telling
from bcviewer.io.spikes.emptied import count_emptied
from bcviewer.io.terminal import DATA_AT_FAULT, OK, OutputError, out, say_error, show_progress
from bcviewer.oracle.client import Bombcell


def run_audit(given: argparse.Namespace) -> int:
    """Audit what the command line names; return the exit status."""
    output = Path(given.output) if given.output else None
    proposal = proposed_changes(given)
    if output is not None:
        check_output(output)
    places, failed = find_all(given)
    tables: list[Settled] = []
    proposed: list[WhatIf] = []
    with ExitStack() as stack:
        asked = stack.enter_context(Bombcell())  # does not start before it is asked
        bombcell = asked if given.verify else None
        for i, place in enumerate(places, 1):
            show_progress(i, len(places), place.name)
            try:
                table = audit_place(place)
                failed |= not report(table, place, bombcell)
                found = answered(table.inputs, proposal, asked) if is_proposed(given) else None
                if found is not None:
                    failed |= not report_what_if(table, found, bombcell)
                if output is not None:
                    tables.append(table)
                    proposed += [found] if found is not None else []
                if given.into_results:
                    write_into_results(table, place)
            except UserError as error:
                failed = True
                say_error(str(error))
            except OutputError:
                raise  # nobody reads what is printed
            except Exception as error:  # noqa: BLE001 - told, and the other probes go on
                failed = True
                say_error(f"{place.ks_dir}: unexpected {type(error).__name__}: {error}")
    if output is not None and tables:
        from bcviewer.io.exchange.export import audit_frame, write_frame

        write_frame(audit_frame(tables, what_ifs=proposed), output)
        out(f"{count_of(sum(t.n_units for t in tables), 'unit')} written to {output}")
    return DATA_AT_FAULT if failed else OK


def find_all(given: argparse.Namespace) -> tuple[list[RunLocation], bool]:
    """Return every run that the paths lead to, and whether a path led to none."""
    places: list[RunLocation] = []
    failed = False
    for _, found in look_up_each(given):
        if isinstance(found, UserError):
            failed = True
            say_error(str(found))
        else:
            places.append(found)
    return places, failed


def audit_place(place: RunLocation) -> Settled:
    """Read and audit one probe."""
    run = count_emptied(read_run(place))
    return settled(derive(Inputs.of(run)))


def report(table: Sheet, place: RunLocation, bombcell: Bombcell | None) -> bool:
    """Print one probe's audit; return whether Bombcell (where asked) agrees with every label."""
    mode = f" ({place.mode})" if place.mode else ""
    out(f"{place.name}{mode}: {count_of(table.n_units, 'unit')}   {place.results_dir}")
    for line in summary_lines(table):
        out(f"  {line}")
    if others := other_results(place):
        out(f"  note: {others}")
    for issue in table.run.issues:
        out(f"  note: {issue}")
    agrees = True
    if bombcell is not None:
        text, agrees = verify(table, bombcell)
        out(f"  {text}")
    out("")
    return agrees


def summary_lines(table: Sheet) -> Iterator[str]:
    """Yield the audit of one probe, line by line."""
    a = table.audit
    yield "labels: " + counts_of(_names(class_counts(a.label)))
    if (a.label == Label.NON_SOMA).any():
        yield "if split: " + counts_of(_names(class_counts(a.split_label)))
    counts = reason_counts(a)
    reasons = [f"{RULES[i].token} {counts[i]:,}" for i in top(counts, TOP_REASONS)]
    yield "top reasons: " + (", ".join(reasons) or "none")
    if families := family_counts(a):
        yield "MUA by family: " + counts_of(families)
    if blockers := blocker_counts(a):
        yield "sole blockers: " + counts_of(blockers)
    found = agreement(a.label, table.saved_codes)
    if found.compared:
        yield f"agreement with the saved labels: {found.agree:,} of {found.compared:,}"
    else:
        yield "agreement with the saved labels: there are no saved labels"
    found_good = few_good(table)
    if found_good.few:
        yield found_good.text


def _names(counts: dict[Label, int]) -> dict[str, int]:
    return {class_name(label): n for label, n in counts.items() if n}


def verify(table: Sheet, bombcell: Bombcell) -> tuple[str, bool]:
    """Ask Bombcell; return what it said, and whether it agrees."""
    answer = bombcell.verify(table.run, table.criteria)
    if answer.codes is None:
        # Not verifiable is a fact about the data: no label differs. Not verified is a failure.
        return f"{answer.status}: {answer.why}", answer.status == "not verifiable"
    found = agreement(table.audit.label, answer.codes)
    text = f"{found.words} with bombcell {answer.version}"
    differ = [int(i) for i in (table.audit.label != answer.codes).nonzero()[0]]
    shown = ", ".join(
        f"{table.ids.named(i)}: {LABEL_NAMES[table.audit.label[i]] or 'no label'} here, "
        f"{LABEL_NAMES[answer.codes[i]] or 'no label'} there"
        for i in differ[:10]
    )
    return text + (f"; {shown}" if shown else ""), not differ


def check_output(path: Path, others: Sequence[str] = ()) -> None:
    """Refuse a table that cannot be written before anything is read.

    ``others`` are endings of what may be written instead of a table.
    """
    from bcviewer.io.exchange.export import SUFFIXES, check_place

    check_ending(path, (*SUFFIXES, *others))
    if path.suffix.lower() in SUFFIXES:
        check_place(path)


def check_ending(path: Path, endings: Sequence[str]) -> None:
    """Refuse an output of another ending, or where nothing can be written."""
    if path.suffix.lower() not in endings:
        raise UsageError(
            f"{path.name}: cannot tell the format.", f"End the name in {', '.join(endings)}."
        )
    final_place(path)


def write_into_results(table: Settled, place: RunLocation) -> None:
    """Write the notebook's CSV into the results folder."""
    from bcviewer.io.exchange.export import notebook_frame, write_frame

    probe = short(telling(place.ks_dir))  # the same from wherever it was opened
    path = place.results_dir / f"Probe_{probe}_classification_reason_audit.csv"
    refuse_link(path)
    write_frame(notebook_frame(table), path)
    out(f"  written: {path}\n")
