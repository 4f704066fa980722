"""Reads the lines of one journal, and says what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from bcviewer.core.curation.entries import Action, is_known
from bcviewer.core.curation.lines import JournalLine, LineError, LineReader, NewerError
from bcviewer.core.curation.times import EARLIEST, is_believed
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.run import Issue
from bcviewer.io.files import one_line
from bcviewer.io.journal.folder import Piece
from bcviewer.io.journal.recording_key import RecordingKey

MAX_LINE = 16_000_000
"""Longer lines are neither written nor read, bytes."""


class PieceReading(Protocol):
    """What the reading of all files of a recording has in common.

    Attributes
    ----------
    key : RecordingKey
        What the recording is known by.
    parser : LineReader
        Reads one line.
    fits : dict
        Whether lines with two keys are about the recording, as far as was asked.
    seen : dict of bytes to str
        The lines that were read, and the id of each; empty: it says nothing of the recording.
    limit : str
        The latest time that is believed.
    """

    key: RecordingKey
    parser: LineReader
    fits: dict[tuple[str, str], bool]
    seen: dict[bytes, str]
    limit: str


class PieceReader:
    """What is new in one file, while it is read."""

    def __init__(self, reader: PieceReading, piece: Piece) -> None:
        self._reader, self._piece = reader, piece
        self._bad: list[tuple[int, str]] = []
        self._newer = self._foreign = self._unknown = self._ahead = 0
        self._undated: list[str] = []
        self._torn = False

    def actions(self) -> Iterator[tuple[str, bytes, Action | None]]:
        """Yield the id, the line and the action of each line that is about the recording.

        The action is None where the line is in a file that was read before.
        """
        seen, data = self._reader.seen, self._piece.data
        if self._piece.whole:
            data = data.removeprefix(b"\xef\xbb\xbf")
        lines = data.replace(b"\r\n", b"\n").split(b"\n")
        for number, line in enumerate(lines, 1):
            if not line:
                continue
            known = seen.get(line)
            if known is not None:
                if known:
                    yield known, line, None
                continue
            last = number == len(lines)  # the file does not end with the end of a line
            action = self._action(line, number, last)
            seen[line] = "" if action is None else action.id
            if action is not None:
                yield action.id, line, action

    def _action(self, line: bytes, number: int, last: bool) -> Action | None:
        """Return a new line's action, or note what is wrong with it."""
        try:
            if len(line) > MAX_LINE:
                raise LineError("too long")
            return self._ours(self._reader.parser.read(line.decode()))
        except NewerError:
            self._newer += 1
        except (LineError, UnicodeDecodeError) as error:
            why = "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
            if last:
                self._torn = True
            else:
                self._bad.append((number, why))
        return None

    def _ours(self, line: JournalLine) -> Action | None:
        reader, action = self._reader, line.action
        keys = line.recording, line.results
        fits = reader.fits.get(keys)
        if fits is None:
            fits = reader.fits[keys] = reader.key.fits(*keys)
        if not fits:
            self._foreign += 1
            return None
        if not EARLIEST <= action.at < reader.limit:  # rare: looked at closer
            believed = is_believed(action.at)
            self._ahead += believed
            if not believed:
                self._undated.append(action.at)
        if not action.is_mark:
            for change in action.changes:
                if not is_known(change):
                    self._unknown += 1
                    break
        return action

    def issues(self) -> Iterator[Issue]:
        """Yield what was wrong with the lines."""
        name = one_line(self._piece.path.name, 80)
        for what, effect in self._told():
            yield Issue(name, what, effect)

    def _told(self) -> Iterator[tuple[str, str]]:
        if self._torn:
            yield (
                "its last line is cut off (it was being written when the program stopped).",
                "That line is skipped; everything acknowledged before it is there.",
            )
        if self._bad:
            number, why = self._bad[0]
            more = f" and {len(self._bad) - 1:,} more" if len(self._bad) > 1 else ""
            yield f"line {number:,}{more} cannot be read ({why}).", "Skipped; the others are there."
        if self._newer:
            yield (
                f"{count_of(self._newer, 'action')} by a newer version of the program.",
                "Kept, and not shown: update bcviewer.",
            )
        if self._foreign:
            yield f"{count_of(self._foreign, 'action')} about another sort.", "Kept, and not shown."
        if self._unknown:
            yield (
                f"{count_of(self._unknown, 'action')} with what this version does not know.",
                "Kept; what is not known is not shown.",
            )
        if self._undated:
            day = self._undated[0][:10]
            yield (
                f"{count_of(len(self._undated), 'action')} dated {day}: a wrong clock.",
                "They count as the oldest ones.",
            )
        if self._ahead:
            yield f"{count_of(self._ahead, 'action')} dated in the future.", "A clock was wrong."
