"""Reads journals of curation that anybody may have written, cut off or filled with anything.

Whose word counts
-----------------
A journal in the local folder, under the name that this person's program gives it, is believed:
where a line of the same id says something else in another place, that is shown in the history
(an action of the kind ``differs``) and changes nothing.

A journal's name says whose it is (:mod:`bcviewer.io.journal.journal_names`). An action, an undo or
a redo in a person's name that stands in a journal signed by somebody else is not taken for theirs:
it is read as said by "ada (labels-bob….jsonl)", with its own place in the history and in disputes.
As undo reaches a person's own actions only, such an undo takes nothing back. The same holds for
unsigned files in the results' folder as far as they speak for a person who has journals on this
computer; for others they are believed: earlier versions carried lines in them. A file that names
itself after a person cannot be told from that person's own (names are no signatures): what comes
from there is told when it changes what the person said, and its machine is in the history.

Times out of bounds (1966, 8999) order nothing: such actions count as the oldest, and are told.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from bcviewer.core.curation.entries import DIFFERS, FOLDED, MAX_WORD, Action, Who
from bcviewer.core.curation.folding import folded_processes
from bcviewer.core.curation.history import words_of_actions
from bcviewer.core.curation.lines import LineReader
from bcviewer.core.curation.times import is_believed, raw_time, time_text, undated
from bcviewer.core.run.run import Issue
from bcviewer.io.files import one_line
from bcviewer.io.journal.folder import JournalFolder, Piece
from bcviewer.io.journal.journal_names import is_signed, kind_of, stem_of
from bcviewer.io.journal.piece import PieceReader
from bcviewer.io.journal.recording_key import RecordingKey

_AHEAD = timedelta(days=1)
_Fold = tuple[bool, dict[str, str], frozenset[str]]
"""Whether it is in the local folder, its processes, and the ids of its lines."""


class JournalReader:
    """Collects the actions of one recording from the journals of two places.

    Attributes
    ----------
    to_here, to_there : dict of str to bytes
        The lines that the local folder, and the results' folder, lack, by their actions' ids. What
        another window says meanwhile is not among them: it brings that there itself.
    """

    def __init__(self, key: RecordingKey) -> None:
        self.key = key
        self.to_here: dict[str, bytes] = {}
        self.to_there: dict[str, bytes] = {}
        self.parser = LineReader()
        self.fits: dict[tuple[str, str], bool] = {}
        self.seen: dict[bytes, str] = {}
        self._here: set[str] = set()
        self._there: set[str] = set()
        self._weak: set[str] = set()
        """Actions that stand here under the results' key only, while the spikes are known."""
        self._lines: dict[str, bytes] = {}
        self._known: dict[str, Action] = {}
        self._own: set[str] = set()
        self._unsigned: set[str] = set()
        self._mine: set[str] = set()
        self._written: set[str] = set()
        self._twins: dict[str, tuple[bytes, set[str]]] = {}
        self._strange: list[tuple[str, Action]] = []
        self._strangers: set[str] = set()
        self._folds: dict[tuple[str, str], list[_Fold]] = {}
        self._new: list[Action] = []
        self._opening = True
        self._issues: dict[Issue, None] = {}
        self._told: dict[Issue, None] = {}
        self._lock = threading.Lock()
        self.limit = time_text(datetime.now(UTC) + _AHEAD)

    @property
    def has_both(self) -> bool:
        """Whether both places were read."""
        return not self._opening

    def wrote(self, action: Action) -> None:
        """Say that an action is this process's own, which knows it already."""
        self._written.add(action.id)
        self._known[action.id] = action
        self._mine.add(action.who.person)

    def read(
        self, folder: JournalFolder, local: bool, check: Callable[[], None] = lambda: None
    ) -> None:
        """Read what is new in a folder; :meth:`take` returns it."""
        with folder.lock:
            for piece in folder.pieces(check):  # nobody waits for another folder's disk
                with self._lock:
                    self._read(piece, local)
            with self._lock:
                for issue in folder.issues():
                    self._issues.setdefault(issue)

    def take(self, *, first: bool = False) -> tuple[tuple[Action, ...], tuple[Issue, ...]]:
        """Return the actions and the issues that are new since the last call.

        Parameters
        ----------
        first : bool
            Whether this ends the first reading, of both places. Then all is returned.
        """
        with self._lock:
            self._judge_strangers()
            gone = self._folded_away()
            new = tuple(a for a in self._new if a.id not in gone and a.id not in self._written)
            self._new = []
            self.seen = {}
            told = [issue for issue in self._issues if issue not in self._told]
            self._told.update(dict.fromkeys(told))
            self._issues = {}
            if first:
                self._compare_places()
                return tuple(self._known.values()), tuple(self._told)
            return new, tuple(told)

    def _compare_places(self) -> None:
        self._opening, self._twins = False, {}
        here, there = self._here, self._there
        for i in sorted((there | self._weak) - here):
            self.to_here[i] = self._of_spikes(self._lines[i])
        for i in sorted((here | self._weak) - there):
            self.to_there[i] = self._lines[i]
        self._lines = {}

    def lacking(self, *, here: bool) -> dict[str, bytes]:
        """Return a copy of the lines that a place lacks, by id."""
        with self._lock:
            return dict(self.to_here if here else self.to_there)

    def carried(self, ids: Iterable[str], *, here: bool) -> None:
        """Say that actions are in a place now."""
        with self._lock:
            for action_id in ids:
                (self._here if here else self._there).add(action_id)
                (self.to_here if here else self.to_there).pop(action_id, None)

    def signer(self, action_id: str) -> Who | None:
        """Return in whose journal an action stands; None: in one that nobody signed."""
        action = self._known.get(action_id)
        return None if action is None or action_id in self._unsigned else action.who

    def long_ones(self, most: int) -> list[Who]:
        """Return who has more than so many actions in journals of this computer."""
        with self._lock:
            own = (self._known[i].who for i in self._own if i in self._known)
            count = Counter((who.person, who.machine) for who in own)
        return [Who(*who) for who, n in count.items() if n > most]

    def folds_here(self) -> list[tuple[Who, set[str]]]:
        """Return whose journals are folded in the local folder, and their processes."""
        with self._lock:
            return [
                (Who(*who), {p for local, processes, _ in folds if local for p in processes})
                for who, folds in self._folds.items()
                if any(local for local, _, _ in folds)
            ]

    def known(self) -> list[Action]:
        """Return all actions."""
        with self._lock:
            return [a for a in list(self._known.values()) if a.kind != DIFFERS]

    # -- one file ----------------------------------------------------------------------------

    def _read(self, piece: Piece, local: bool) -> None:
        name = piece.path.name
        twin = self._twins.get(name)
        if twin is not None and twin[0] == piece.data and not local:  # mostly it is the same
            self._there.update(self._known.keys() & twin[1] - self._strangers)
            return
        signed = is_signed(name)
        before = set() if signed else set(self._known)
        own = local and signed and kind_of(name) != "carried"
        reading = PieceReader(self, piece)
        ids: list[str] = []
        whose: dict[Who, bool] = {}
        for action_id, line, action in reading.actions():
            ids.append(action_id)
            if action is None:  # a line that another file has, too
                if action_id in self._known:
                    self._place(action_id, line, local)
                continue
            if action.kind == FOLDED and not action.changes:
                self._fold(name, action, ids[:-1], local)
                continue
            believed = whose.get(action.who)
            if believed is None:
                believed = whose[action.who] = self._is_believed(name, action.who, local)
            if believed:
                self._add(name, action, line, local, own)
            else:
                self._strange.append((name, action))
                self.seen.pop(line, None)  # it may be believed where it stands elsewhere
        if not signed:
            self._unsigned.update(set(ids) - before)
        if piece.whole and self._opening:
            self._twins[name] = (piece.data, set(ids))
        for issue in reading.issues():
            self._issues.setdefault(issue)

    def _is_believed(self, name: str, who: Who, local: bool) -> bool:
        if is_signed(name):
            return name.startswith(stem_of(who))
        return local or who.person not in self._mine

    def _add(self, name: str, action: Action, line: bytes, local: bool, own: bool) -> None:
        """Take an action from a journal of its person."""
        dated = action
        if not is_believed(action.at, own=own):
            dated = action._replace(at=undated(action.at))
        known = self._known.setdefault(action.id, dated)
        if known is dated:
            self._new.append(dated)
        elif self._differ(known, action):
            self._differs(name, known, action)
        if own:
            self._own.add(action.id)
            self._mine.add(action.who.person)
        self._place(action.id, line, local)

    def _place(self, action_id: str, line: bytes, local: bool) -> None:
        if action_id in self._strangers or action_id in self._written:
            return
        if local and self._is_weak(line):
            self._weak.add(action_id)
        else:
            (self._here if local else self._there).add(action_id)
            (self.to_here if local else self.to_there).pop(action_id, None)
        if self._opening:
            self._lines.setdefault(action_id, line)
        elif action_id not in self._here:
            self.to_here[action_id] = self._of_spikes(line)

    # -- results whose sort was found later --------------------------------------------------

    def _is_weak(self, line: bytes) -> bool:
        """Whether a line is known by the results only, and the spikes are known by now.

        It was said before somebody pointed these results at their sort. Other results of that sort
        are of other units or channels, and would never know of it.
        """
        return bool(self.key.spikes) and b'"recording":"s' not in line

    def _of_spikes(self, line: bytes) -> bytes:
        """Return a line as it is found by every result of the sort."""
        if not self._is_weak(line):
            return line
        said = json.loads(line)
        said["recording"] = self.key.spikes
        return json.dumps(said, separators=(",", ":")).encode()

    # -- what is not believed ----------------------------------------------------------------

    def _differ(self, known: Action, other: Action) -> bool:
        if known.id in self._strangers or known.is_folded or other.is_folded:
            return False
        return known._replace(at=raw_time(known.at)) != other

    def _judge_strangers(self) -> None:
        """Show the actions that stand in other people's journals as what they are."""
        strange, self._strange = self._strange, []
        for name, action in strange:
            known = self._known.get(action.id)
            if known is None:
                told = self._disowned(name, action)
                self._known[action.id] = told
                self._strangers.add(action.id)
                self._new.append(told)
                who = one_line(action.who.person, 40)
                what = f"speaks for {who}, whose journal it is not."
                self._tell(name, what, "Shown beside what is theirs; it takes nothing of it back.")
            elif self._differ(known, action):
                self._differs(name, known, action)

    def _disowned(self, name: str, action: Action) -> Action:
        person = f"{action.who.person} ({one_line(name, 60)})"[:MAX_WORD]
        at = action.at if is_believed(action.at) else undated(action.at)
        return action._replace(who=Who(person, action.who.machine, action.who.process), at=at)

    def _differs(self, name: str, known: Action, other: Action) -> None:
        """Show that another file has something else under the same id."""
        digest = blake2b(repr((name, other)).encode("utf-8", "replace"), digest_size=12).hexdigest()
        if digest in self._known:
            return
        who = self._disowned(name, other).who
        says = (("says", words_of_actions(other)),)
        shown = Action(digest, known.at, who, DIFFERS, (), known.id, one_line(name), extra=says)
        self._known[digest] = shown
        self._strangers.add(digest)
        self._new.append(shown)
        what = "has another content for an action that is in another journal."
        self._tell(name, what, "The first, of this computer where it has it, is believed.")

    def _tell(self, name: str, what: str, effect: str) -> None:
        self._issues.setdefault(Issue(one_line(name, 80), what, effect))

    # -- what is folded ----------------------------------------------------------------------

    def _fold(self, name: str, footer: Action, ids: list[str], local: bool) -> None:
        who = footer.who
        if kind_of(name) == "folded" and name.startswith(stem_of(who)):
            processes = folded_processes(footer, len(ids))
            fold = (local, processes, frozenset(ids))
            self._folds.setdefault((who.person, who.machine), []).append(fold)

    def _folded_away(self) -> set[str]:
        """Forget the lines of which a folded journal keeps the rest; return their ids."""
        gone: set[str] = set()
        if not self._folds:
            return gone
        for action in list(self._known.values()):
            folds = self._folds.get((action.who.person, action.who.machine), ())
            if any(self._is_gone(action, fold) for fold in folds) and not any(
                action.id in ids for _, _, ids in folds
            ):
                gone.add(action.id)
        for action_id in gone:
            del self._known[action_id]
            self.to_here.pop(action_id, None)
            self.to_there.pop(action_id, None)
        self._here -= gone
        self._weak -= gone
        self._there -= gone
        return gone

    def _is_gone(self, action: Action, fold: _Fold) -> bool:
        local, processes, _ = fold  # a fold in a shared folder says nothing of our own journals
        if raw_time(action.at) > processes.get(action.who.process, ""):
            return False
        return local or action.id not in self._own
