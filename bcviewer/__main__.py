"""``python -m bcviewer``: the same program as the ``bcviewer`` command."""

from bcviewer.cli.entry import main

if __name__ == "__main__":
    raise SystemExit(main())
