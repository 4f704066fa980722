"""The command line. Qt is imported only to open the window."""


def main(argv: list[str] | None = None) -> int:
    """Run the program and return its exit status."""
    raise SystemExit(argv)
