"""What ``bcviewer PATH`` does where there is no display: the summary, and a picture."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from bcviewer.cli.audit import audit_place, report
from bcviewer.cli.lookup import look_up
from bcviewer.errors import UserError
from bcviewer.frame.qt_guard import check_version, ended_by_ctrl_c, missing_library
from bcviewer.io.cohort.place import is_cohort
from bcviewer.io.files import expanded
from bcviewer.io.put_file import refuse_link
from bcviewer.io.terminal import OK, flush, out, say_error

PICTURE = "bcviewer.png"


def run_headless(given: argparse.Namespace) -> int:
    """Print the audit, or the cohort, that would be opened, and render the window to a PNG."""
    folder = expanded(given.path)
    what = "cohort" if is_cohort(folder) else "audit"
    out(f"There is no display, so no window can be opened. The {what} as text:\n")
    if what == "cohort":
        from bcviewer.cli.cohort import summary_lines
        from bcviewer.io.cohort.opened import open_cohort

        for line in summary_lines(open_cohort(folder)):
            out(line)
    else:
        places = look_up(given.path, given)
        place = next((p for p in places if not p.problem), places[0])
        report(audit_place(place), place, None)
    flush()  # a full disk is told before the picture is made
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    picture = Path.cwd() / PICTURE
    given.screenshot = str(picture)
    try:
        refuse_link(picture)
        check_version()
        with ended_by_ctrl_c():
            from bcviewer.frame.application import run

            run(given)
    except ImportError as error:
        say_error(" ".join(missing_library(str(error))))
    except UserError as error:
        say_error(str(error))
    else:
        out(f"The window as a picture: {picture}")
    return OK
