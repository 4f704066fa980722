"""The command line: which command is meant, and how it ends."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from importlib import import_module

from bcviewer.cli.parsers import (
    audit_parser,
    cohort_parser,
    compare_parser,
    doctor_parser,
    labels_parser,
    methods_parser,
    report_parser,
    run_parser,
)
from bcviewer.errors import UsageError, UserError
from bcviewer.io.terminal import (
    DATA_AT_FAULT,
    OK,
    WRONG_USAGE,
    OutputError,
    drop,
    flush,
    say_error,
    use_utf8,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; by default those of the process.

    Returns
    -------
    int
        0 done, 1 the data are at fault, 2 wrong usage.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    use_utf8()
    status = OK
    try:
        try:
            status = _run(arguments)
        finally:  # also after --help
            flush()
    except OutputError as error:
        drop(sys.stdout)
        if error.why:
            say_error(f"standard output: cannot be written: {error.why}.")
            status = DATA_AT_FAULT
    return status


_COMMANDS: dict[str, tuple[Callable[[], ArgumentParser], str]] = {
    "audit": (audit_parser, "bcviewer.cli.audit:run_audit"),
    "report": (report_parser, "bcviewer.cli.report:run_report"),
    "compare": (compare_parser, "bcviewer.cli.compare:run_compare"),
    "methods": (methods_parser, "bcviewer.cli.methods:run_methods"),
    "cohort": (cohort_parser, "bcviewer.cli.cohort:run_cohort"),
    "run": (run_parser, "bcviewer.cli.run:run_run"),
    "labels": (labels_parser, "bcviewer.cli.labels:run_labels"),
    "doctor": (doctor_parser, "bcviewer.cli.doctor:run_doctor"),
}
"""By name the options of each command and what does it, imported when its options are right."""


def _run(arguments: list[str]) -> int:
    try:
        if arguments[:1] and arguments[0] in _COMMANDS:
            parser, place = _COMMANDS[arguments[0]]
            given = parser().parse_args(arguments[1:])
            module, _, name = place.partition(":")
            status: int = getattr(import_module(module), name)(given)
            return status
        from bcviewer.cli.window import open_window

        return open_window(arguments)
    except UserError as error:
        say_error(str(error))
        return WRONG_USAGE if isinstance(error, UsageError) else DATA_AT_FAULT
    except KeyboardInterrupt:
        return 130
