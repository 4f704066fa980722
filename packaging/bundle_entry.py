"""Entry of the frozen bundle: the program, or with ``--bombcell-helper`` its helper process."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()  # the processes that read a cohort are this program, too
    if sys.argv[1:2] == ["--bombcell-helper"]:
        from bcviewer.oracle.helper import main as helper

        raise SystemExit(helper())
    from bcviewer.cli.entry import main

    raise SystemExit(main())
