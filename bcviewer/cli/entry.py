"""The command line: which command is meant, and how it ends."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from bcviewer.cli import parsers
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

COMMANDS: dict[str, tuple[Callable[[], argparse.ArgumentParser], str, str]] = {
    "audit": (parsers.audit_parser, "bcviewer.cli.audit", "run_audit"),
    "report": (parsers.report_parser, "bcviewer.cli.report", "run_report"),
    "compare": (parsers.compare_parser, "bcviewer.cli.compare", "run_compare"),
    "methods": (parsers.methods_parser, "bcviewer.cli.methods", "run_methods"),
    "run": (parsers.run_parser, "bcviewer.cli.run", "run_run"),
    "labels": (parsers.labels_parser, "bcviewer.cli.labels", "run_labels"),
    "doctor": (parsers.doctor_parser, "bcviewer.cli.doctor", "run_doctor"),
}
"""Each command's options, and what does it: only what is asked for is imported."""


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
        if arguments and (found := COMMANDS.get(arguments[0])) is not None:
            parser, module, name = found
            given = parser().parse_args(arguments[1:])
            return int(getattr(import_module(module), name)(given))
        from bcviewer.cli.window import open_window

        return open_window(arguments)
    except UserError as error:
        say_error(str(error))
        return WRONG_USAGE if isinstance(error, UsageError) else DATA_AT_FAULT
    except KeyboardInterrupt:
        return 130
