"""The options of every command."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from bcviewer import __version__
from bcviewer.io.terminal import out

_EPILOG = """commands:
  bcviewer PATH            open a Kilosort directory, a bombcell folder, a folder of probes, any
                           folder above these, a config .json or a cohort
  bcviewer demo            open the recording that ships with the program
  bcviewer audit PATH...   the audit without a window (see: bcviewer audit --help)
  bcviewer report PATH...  one HTML page with every plot (see: bcviewer report --help)
  bcviewer labels PATH...  the labels that curators gave (see: bcviewer labels --help)
  bcviewer compare A B     what differs between two runs, and why (see: bcviewer compare --help)
  bcviewer cohort ROOT...  a lab's recordings as Parquet (see: bcviewer cohort --help)
  bcviewer run KS_DIR      run Bombcell, never over what is there (see: bcviewer run --help)
  bcviewer methods PATH... Bombcell's methods text for a paper (see: bcviewer methods --help)
  bcviewer doctor          what is installed and what is missing, for a bug report

A file or folder that is called like a command is opened as ./demo, ./audit and so on."""


_MOST_JOBS = 256
"""Processes; each takes some 100 MB."""


class Parser(argparse.ArgumentParser):
    """A parser whose help is printed as everything else is: an error is told, not swallowed.

    It takes no empty text, see :func:`filled`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.register("type", None, filled)  # what is no number

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is not None and file is sys.stdout:
            out(message.removesuffix("\n"))
        else:
            super()._print_message(message, file)


def filled(text: str) -> str:
    """Return the text of an argument; an empty one is what a script has not set.

    As a path it would stand for the folder that one is in, as an option for none.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty (. is this folder)")
    return text


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
    add_changes(parser)
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


def compare_parser() -> argparse.ArgumentParser:
    """Return the options of ``bcviewer compare``."""
    parser = Parser(
        prog="bcviewer compare",
        description="What differs between two runs of the same units, and why.",
        usage="bcviewer compare A B [options]\n"
        "       bcviewer compare CONFIG --mode MODE --against MODE [options]",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="the run before, the run after")
    add_choice(parser)
    parser.add_argument("--against", metavar="MODE", help="run mode of the run after")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="a table: .csv, .tsv, .parquet, .json; a page: .html"
    )
    return parser


def methods_parser() -> argparse.ArgumentParser:
    """Return the options of ``bcviewer methods``."""
    parser = Parser(
        prog="bcviewer methods",
        description="Bombcell's methods text, with references, and what in it is to be checked.",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="about what; demo: the demo")
    add_choice(parser)
    add_changes(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="write it: .txt, .md or .bib")
    return parser


def run_parser() -> argparse.ArgumentParser:
    """Return the options of ``bcviewer run``."""
    parser = Parser(
        prog="bcviewer run",
        description="Run Bombcell on a Kilosort directory, never over results that are there. "
        "Progress is on standard error, the name of the results' folder on standard output.",
    )
    parser.add_argument("ks_dir", metavar="KS_DIR", help="the Kilosort directory")
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        help="the folder for the results; by default bombcell, bombcell_2 … in KS_DIR",
    )
    parser.add_argument("--raw", metavar="FILE", help="the raw file; by default that of params.py")
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a parameter of Bombcell's, threshold or not; may be repeated",
    )
    parser.add_argument(
        "--like", metavar="RESULTS", help="take the parameters of these results, not the defaults"
    )
    parser.add_argument(
        "--tsv",
        action="store_true",
        help="also write cluster_*.tsv into KS_DIR for phy, over those that are there",
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


def cohort_parser() -> argparse.ArgumentParser:
    """Return the options of ``bcviewer cohort``."""
    parser = Parser(
        prog="bcviewer cohort",
        description="Build a folder of Parquet of every Bombcell result below some folders, or"
        " bring it up to date; without -o print what is in one.",
    )
    parser.add_argument(
        "paths", nargs="+", metavar="ROOT", help="where the recordings are; without -o the cohort"
    )
    parser.add_argument("-o", "--output", metavar="DIR", help="the cohort: new, or one that is")
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=_jobs,
        help="processes that read (one a processor; on a network drive more are faster)",
    )
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="read by the workers of a running Dask cluster"
    )
    parser.add_argument(
        "--filter", metavar="TEXT", help="how many units of each run a filter shows"
    )
    add_changes(parser)
    return parser


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _MOST_JOBS:
        raise argparse.ArgumentTypeError(f"{text}: give a number from 1 to {_MOST_JOBS}")
    return int(text)


def doctor_parser() -> argparse.ArgumentParser:
    """Return the options of ``bcviewer doctor``: none."""
    return Parser(
        prog="bcviewer doctor",
        description="What is installed and what is missing, to be pasted into a bug report.",
    )


def add_changes(parser: argparse.ArgumentParser) -> None:
    """Add the option that proposes other thresholds and flags."""
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="what if a threshold or flag of Bombcell's were another one; may be repeated",
    )
    parser.add_argument(
        "--proposal", metavar="FILE", help="the same of a proposal that was exported as JSON"
    )


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
