"""Entry of the frozen bundle: the program, or one of the processes in which bombcell is.

``--bombcell-helper`` is the helper, ``--bombcell-run`` a run of Bombcell.
"""

import sys

if __name__ == "__main__":
    if sys.argv[1:2] == ["--bombcell-helper"]:
        from bcviewer.oracle.helper import main as helper

        raise SystemExit(helper())
    if sys.argv[1:2] == ["--bombcell-run"]:
        from bcviewer.oracle.runner import main as runner

        raise SystemExit(runner())
    from bcviewer.cli.entry import main

    raise SystemExit(main())
