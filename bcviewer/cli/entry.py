"""The command line: which command is meant, and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bcviewer.cli.parsers import (
    audit_parser,
    compare_parser,
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


def _run(arguments: list[str]) -> int:
    try:
        if arguments[:1] == ["audit"]:
            from bcviewer.cli.audit import run_audit

            return run_audit(audit_parser().parse_args(arguments[1:]))
        if arguments[:1] == ["report"]:
            given = report_parser().parse_args(arguments[1:])
            from bcviewer.cli.report import run_report

            return run_report(given)
        if arguments[:1] == ["compare"]:
            given = compare_parser().parse_args(arguments[1:])
            from bcviewer.cli.compare import run_compare

            return run_compare(given)
        if arguments[:1] == ["methods"]:
            given = methods_parser().parse_args(arguments[1:])
            from bcviewer.cli.methods import run_methods

            return run_methods(given)
        if arguments[:1] == ["run"]:
            given = run_parser().parse_args(arguments[1:])
            from bcviewer.cli.run import run_run

            return run_run(given)
        if arguments[:1] == ["labels"]:
            from bcviewer.cli.labels import run_labels

            return run_labels(labels_parser().parse_args(arguments[1:]))
        from bcviewer.cli.window import open_window

        return open_window(arguments)
    except UserError as error:
        say_error(str(error))
        return WRONG_USAGE if isinstance(error, UsageError) else DATA_AT_FAULT
    except KeyboardInterrupt:
        return 130
