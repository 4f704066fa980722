"""The command line. Qt is imported only to open the window; the other commands need none."""

from __future__ import annotations

import argparse
import ctypes
import os
import sys
from collections.abc import Sequence
from typing import Any

from bcviewer import __version__
from bcviewer.console import OutputError, drop, flush, out, say_error, use_utf8
from bcviewer.errors import UsageError, UserError

OK, DATA_AT_FAULT, WRONG_USAGE = 0, 1, 2

_EPILOG = """commands:
  bcviewer PATH            open a Kilosort directory, a bombcell folder, a folder of probes, any
                           folder above these or a config .json
  bcviewer demo            open the recording that ships with the program
  bcviewer audit PATH...   the audit without a window (see: bcviewer audit --help)
  bcviewer report PATH...  one HTML page with every plot (see: bcviewer report --help)
  bcviewer labels PATH...  the labels that curators gave (see: bcviewer labels --help)

A file or folder that is called like a command is opened as ./demo, ./audit and so on."""


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
            from bcviewer.audit_command import run_audit

            return run_audit(audit_parser().parse_args(arguments[1:]))
        if arguments[:1] == ["report"]:
            given = report_parser().parse_args(arguments[1:])
            from bcviewer.report.command import run_report

            return run_report(given)
        if arguments[:1] == ["labels"]:
            from bcviewer.labels_command import run_labels

            return run_labels(labels_parser().parse_args(arguments[1:]))
        return open_window(arguments)
    except UserError as error:
        say_error(str(error))
        return WRONG_USAGE if isinstance(error, UsageError) else DATA_AT_FAULT
    except KeyboardInterrupt:
        return 130


class Parser(argparse.ArgumentParser):
    """A parser whose help is printed as everything else is: an error is told, not swallowed."""

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is not None and file is sys.stdout:
            out(message.removesuffix("\n"))
        else:
            super()._print_message(message, file)


def window_parser() -> argparse.ArgumentParser:
    """Return the options of ``bcviewer [PATH]``."""
    parser = Parser(
        prog="bcviewer",
        description="Shows exactly why Bombcell called each unit GOOD, MUA, NOISE or NON-SOMA.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", nargs="?", metavar="PATH", help="what to open")
    add_choice(parser)
    parser.add_argument("--unit", type=int, metavar="ID", help="start at this cluster id")
    parser.add_argument("--screenshot", metavar="FILE", help="render the loaded window to a PNG")
    parser.add_argument("--trace", metavar="FILE", help="write one JSON line per milestone")
    parser.add_argument("--reset-settings", action="store_true", help="forget layout and choices")
    parser.add_argument("--version", action="version", version=f"bcviewer {__version__}")
    return parser


def audit_parser() -> argparse.ArgumentParser:
    """Return the options of ``bcviewer audit``."""
    parser = Parser(prog="bcviewer audit", description="The audit without a window.")
    parser.add_argument("paths", nargs="+", metavar="PATH", help="what to audit; demo: the demo")
    add_choice(parser)
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write one table: .csv, .tsv, .parquet or .json"
    )
    parser.add_argument(
        "--into-results",
        action="store_true",
        help="write Probe_<P>_classification_reason_audit.csv into each bombcell folder",
    )
    parser.add_argument(
        "--verify", action="store_true", help="ask bombcell itself; fail if a label differs"
    )
    return parser


def report_parser() -> argparse.ArgumentParser:
    """Return the options of ``bcviewer report``."""
    parser = Parser(
        prog="bcviewer report", description="One self-contained HTML page with every plot."
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="what to report; demo: the demo")
    add_choice(parser)
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="the page; by default bcviewer_report.html here"
    )
    return parser


def labels_parser() -> argparse.ArgumentParser:
    """Return the options of ``bcviewer labels``."""
    parser = Parser(
        prog="bcviewer labels", description="The labels and notes that curators gave, as a table."
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="whose labels; demo: the demo")
    add_choice(parser)
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write one table: .csv, .tsv, .parquet or .json"
    )
    return parser


def add_choice(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose from what a path leads to."""
    parser.add_argument(
        "--mode", help="run mode: batch, np20_rerun, single_probe, or the name of a results folder"
    )
    parser.add_argument("--probe", help="probe letter or name")
    parser.add_argument("--root", metavar="DIR", help="where the config's recordings are here")
    parser.add_argument(
        "--kilosort", metavar="DIR", help="the Kilosort directory of results that are in none"
    )


def open_window(arguments: list[str]) -> int:
    """Open the window, or say what stands in its way."""
    given = window_parser().parse_args(arguments)
    on_screen = has_display()
    if not on_screen and not given.screenshot:
        if not given.path:
            raise UserError(
                "There is no display to open a window on.",
                "With a PATH (or demo) bcviewer prints the audit and writes a picture instead.",
            )
        from bcviewer.headless import run_headless

        return run_headless(given)
    if not on_screen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        from bcviewer.qt_guard import check_version

        check_version()
        from bcviewer.main import run
    except ImportError as error:
        raise UserError(*missing_library(str(error))) from None
    return run(given)


def has_display() -> bool:
    """Return whether there is a screen to open a window on."""
    if os.environ.get("QT_QPA_PLATFORM") or sys.platform in ("win32", "darwin"):
        return True
    if os.environ.get("WAYLAND_DISPLAY"):
        return True
    return bool(os.environ.get("DISPLAY")) and x_server_answers()


def x_server_answers() -> bool:
    """Return whether ``DISPLAY`` leads to a server: Qt aborts the process where it does not."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # Qt's plugin will say which library is missing
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not failed


def missing_library(text: str) -> tuple[str, str]:
    """Return a message and a hint for a Qt that cannot be loaded."""
    if "cannot open shared object file" in text:
        library = text.split(":")[0].strip()
        hint = (
            "On Debian and Ubuntu: apt install libegl1 libgl1 libxkbcommon-x11-0 libdbus-1-3 "
            "libfontconfig1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 "
            "libxcb-render-util0 libxcb-shape0. “bcviewer audit” works without."
        )
        return f"Qt's system library {library} is missing.", hint
    return f"Qt cannot be imported: {text}.", "Install it with: python3 -m pip install bcviewer"
