"""Proposals as files: JSON that is read again, and lines of Python for Bombcell."""

from __future__ import annotations

from pathlib import Path

from bcviewer.core.comparison.kept_proposal import KeptProposal, snippet
from bcviewer.core.comparison.proposal_text import from_text, to_text
from bcviewer.errors import UsageError, UserError
from bcviewer.io.exchange.export import check_place
from bcviewer.io.files import decode, one_line, read_bytes
from bcviewer.io.put_file import write_atomically

LARGEST = 1_000_000
"""Largest file that is read, bytes."""
SUFFIXES = (".json", ".py")
"""What a proposal is written as, by the ending of the file's name."""


def write_proposal(kept: KeptProposal, path: Path) -> None:
    """Write a proposal as JSON or Python, by the ending of the file's name.

    Raises
    ------
    UserError
        If the ending is another one, or the file cannot be written.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{path.name}: no proposal.", f"End the name in {' or '.join(SUFFIXES)}.")
    check_place(path)
    text = snippet(kept) if path.suffix.lower() == ".py" else to_text(kept)
    content = text.encode("utf-8", "replace")
    write_atomically(path, lambda temporary: _fill(temporary, content))


def _fill(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def read_proposal(path: Path) -> KeptProposal:
    """Read a proposal that was written as JSON.

    Raises
    ------
    UserError
        If it is none; one line.
    """
    try:
        return from_text(decode(read_bytes(path, LARGEST)))
    except UserError as error:
        name = one_line(str(path), 200)
        raise UsageError(
            f"{name}: cannot be taken for a proposal: {error.message}", error.hint
        ) from None
