"""Proposals of the open recording: those that are kept, and what is on, from start to start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from bcviewer.app.curating.hearing import Hearing
from bcviewer.app.curating.hearings import Hearings
from bcviewer.app.curating.queue_writer import QueueWriter
from bcviewer.app.curating.speaker import source_name
from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.viewing.proposing import Proposing
from bcviewer.core.comparison.kept_proposal import (
    MAX_REASON,
    NO_RECORD,
    KeptProposal,
    base_of,
    kept_since,
    other_base,
)
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.proposal_actions import kept_proposals, payload, there
from bcviewer.core.comparison.proposal_text import MAX_PATH, read_record, record_text
from bcviewer.core.curation.entries import DROP, KEEP, Action
from bcviewer.errors import UserError
from bcviewer.io.files import printable
from bcviewer.io.journal.acted_in import results_key
from bcviewer.io.journal.queue_file import KeptTexts

WRITE_MS = 300
"""What is tried is written so long after it was: a drag is written once."""
BROUGHT = "What was tried is on again: What if > Reset what was tried shows what was saved."
DAMAGED = "What was tried when this recording was left cannot be brought back: its file is damaged."


class Proposals(QObject):
    """Keeps proposals as labels are kept, and remembers what is on.

    Attributes
    ----------
    writer : QueueWriter
        Who writes what is on.
    """

    def __init__(
        self,
        stage: Stage,
        proposing: Proposing,
        hearings: Hearings,
        texts: KeptTexts,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._proposing, self._hearings = proposing, hearings
        self.writer = QueueWriter(texts, self)
        self.writer.failed.connect(self._on_failed)
        self._failed = False
        self._due: dict[str, str] = {}
        """What is to be written of each results' folder."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.flush)
        stage.leaving.connect(self.flush)
        self._opened: KeptProposal | None = None
        stage.changed.connect(self._on_changed)

    # -- kept --------------------------------------------------------------------------------

    def all(self) -> tuple[KeptProposal, ...]:
        """Return the proposals that are kept of the open recordings, by all people.

        One that is kept of several of them is one: as it is kept of the current unit's.
        """
        found: dict[tuple[str, str, Proposal], KeptProposal] = {}
        for hearing in sorted(self._hearings.all, key=lambda one: one is not self._hearings.now):
            recording = _recording(hearing)
            for kept in kept_proposals(hearing.curation.state):
                key = kept.by, kept.name, kept.proposal
                found.setdefault(key, replace(kept, recording=recording))
        return tuple(found.values())

    def now(self) -> KeptProposal:
        """Return what is tried now, as it would be kept; called as what was opened and not changed.

        Without a name and a reason it is not kept.
        """
        scene, opened = self.stage.scene, self._opened
        same = opened is not None and opened.proposal == scene.proposal
        name, reason = (opened.name, opened.reason) if opened is not None and same else ("", "")
        sheet = scene.sheet
        base = () if sheet is None else base_of(scene.proposal, sheet.inputs.criteria)
        place = "" if sheet is None else printable(sheet.run.provenance.results_dir, MAX_PATH)
        return KeptProposal(
            name,
            reason,
            scene.proposal,
            base,
            self._proposing.record or NO_RECORD,
            self._hearings.speaker.person,
            recording=_recording(self._hearings.now),
            results=place,
        )

    @property
    def since(self) -> str:
        """When what is tried now was kept, ISO 8601; empty: it was not."""
        return kept_since(self.all(), self.stage.scene.proposal)

    def keep(self, name: str, reason: str) -> Action | None:
        """Keep what is tried under a name, of each recording that is open, as one act.

        One of the same person's with that name is replaced.

        Returns
        -------
        Action or None
            What was written of the recording that was opened first.

        Raises
        ------
        UserError
            If there is nothing to keep, no name or no reason, or it is not on the disk.
        """
        name, reason = source_name(name), reason.strip()
        if not self.stage.scene.proposal.changes:
            raise UserError("Nothing is tried that could be kept.")
        if not reason:
            raise UserError("A proposal is kept with a reason.", "Write why.")
        if len(reason) > MAX_REASON:
            raise UserError(f"A reason has at most {MAX_REASON:,} characters.")
        kept = replace(self.now(), name=name, reason=reason)
        action = self._each(self._hearings.all, lambda one: self._keep(one, kept))
        self._opened = kept
        self.stage.notice.emit(f"Proposal “{name}” kept. Undo takes it away.")
        return action

    def _each(
        self, hearings: Sequence[Hearing], work: Callable[[Hearing], Action | None]
    ) -> Action | None:
        """Say something of some recordings, as one act; return what was written of the first."""
        for one in hearings:
            one.curation.journals.to_write()  # before anything is said of any
        with self._hearings.speaker.at_once(len(hearings)):
            written = [work(one) for one in hearings]
        return written[0]

    def _keep(self, hearing: Hearing, kept: KeptProposal) -> Action | None:
        """Keep a proposal of one recording, by what its own parameters are."""
        sheet, curation, name = hearing.sheet, hearing.curation, kept.name
        if sheet is not None:
            place = printable(sheet.run.provenance.results_dir, MAX_PATH)
            base = base_of(kept.proposal, sheet.inputs.criteria)
            kept = replace(kept, base=base, results=place, recording=_recording(hearing))
        own = (one for one in kept_proposals(curation.state) if self.is_own(one))
        change = there(curation.person, name, any(one.name == name for one in own), True)
        return curation.act(KEEP, (change,), source=name, extra=payload(kept))

    def is_own(self, kept: KeptProposal) -> bool:
        """Whether the person who curates now kept it."""
        return kept.by == self._hearings.speaker.person

    def drop(self, kept: KeptProposal) -> Action | None:
        """Take away a proposal of one's own; one undo brings it back."""
        if not self.is_own(kept):
            raise UserError(f"“{kept.name}” is {kept.by}'s: only they can take it away.")
        every = self._hearings.all
        those = [one for one in every if _is_kept(kept, one)] or every[:1]
        change = there(kept.by, kept.name, True, False)
        action = self._each(those, lambda one: one.curation.act(DROP, (change,), source=kept.name))
        self.stage.notice.emit(f"Proposal “{kept.name}” removed. Undo brings it back.")
        return action

    @intent
    def open(self, kept: KeptProposal, *, for_all: bool = False) -> None:
        """Try a proposal that somebody kept; one undo of what is tried takes it back.

        Parameters
        ----------
        kept : KeptProposal
            The proposal.
        for_all : bool
            Whether it goes along to the other probes of what was opened.
        """
        sheet = self.stage.scene.sheet
        if sheet is None:
            return
        self._proposing.take(kept.proposal, for_all=for_all)
        self._opened = kept
        whose = f"“{kept.name}”" if kept.name else "The proposal"
        if not self.stage.scene.proposal.changes:
            self.stage.notice.emit(f"{whose} changes nothing here: it is what was saved.")
            return
        other = other_base(kept, sheet.inputs.criteria)
        over = f" It was kept over other parameters: {other}." if other else ""
        self.stage.notice.emit(f"{whose} is tried.{over}")

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        if not scene.goes_on(before) and not scene.for_all:
            self._opened = None

    # -- between two sessions ----------------------------------------------------------------

    def remember(self) -> None:
        """Remember what is tried by now, and what was: on the disk a moment later."""
        scene, record = self.stage.scene, self._proposing.record
        keys = {results_key(Path(run.provenance.results_dir)) for run in scene.runs}
        if keys and record is not None:
            if not self._due.keys() <= keys:
                self.flush()
            self._due = dict.fromkeys(keys, record_text(scene.proposal, record))
            self._timer.start(WRITE_MS)

    def flush(self) -> None:
        """Write what is to be remembered now."""
        self._timer.stop()
        due, self._due = self._due, {}
        for key, text in due.items():
            self.writer.put(key, text)

    def bring(self, text: str) -> None:
        """Go on with what was tried when the recording was left, and say so."""
        found = read_record(text)
        if found is None:
            self.stage.notice.emit(DAMAGED)
        elif self._proposing.bring(*found):
            self.stage.notice.emit(BROUGHT)

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, UserError):
            raise error  # unexpected: reaches the excepthook and its report
        if not self._failed:  # once: each move would say it again
            self._failed = True
            self.stage.notice.emit(f"What is tried ends with the program: {error.message}")


def _recording(hearing: Hearing) -> str:
    store = hearing.curation.journals.store
    return "" if store is None else store.key.primary


def _is_kept(kept: KeptProposal, hearing: Hearing) -> bool:
    """Whether a proposal is kept of a recording."""
    its = kept_proposals(hearing.curation.state)
    return any((one.by, one.name) == (kept.by, kept.name) for one in its)
