"""Entry of the frozen bundle: the program, or with ``--bombcell-helper`` its helper process."""

import sys

if __name__ == "__main__":
    if sys.argv[1:2] == ["--bombcell-helper"]:
        from bcviewer.oracle.helper import main as helper

        raise SystemExit(helper())
    from bcviewer.cli.entry import main

    raise SystemExit(main())
