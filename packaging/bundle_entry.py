"""Entry of the frozen bundle: the program, or one of the processes in which bombcell is.

``--bombcell-helper`` is the helper, ``--bombcell-run`` a run of Bombcell; ``--qt-facts`` is the
process in which ``bcviewer doctor`` asks Qt.
"""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()  # the processes that read a cohort are this program, too
    if sys.argv[1:2] == ["--bombcell-helper"]:
        from bcviewer.oracle.helper import main as helper

        raise SystemExit(helper())
    if sys.argv[1:2] == ["--bombcell-run"]:
        from bcviewer.oracle.runner import main as runner

        raise SystemExit(runner())
    if sys.argv[1:2] == ["--qt-facts"]:
        from bcviewer.frame.qt_facts import main as qt_facts

        raise SystemExit(qt_facts())
    from bcviewer.cli.entry import main

    raise SystemExit(main())
