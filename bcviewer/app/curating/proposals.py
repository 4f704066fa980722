"""Proposals of the open recording: those that are kept, and what is on, from start to start."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from bcviewer.app.curating.curation import Curation
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
        curation: Curation,
        texts: KeptTexts,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._proposing, self._curation = proposing, curation
        self.writer = QueueWriter(texts, self)
        self.writer.failed.connect(self._on_failed)
        self._failed = False
        self._due: tuple[str, str] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.flush)
        stage.leaving.connect(self.flush)
        self._opened: KeptProposal | None = None
        stage.changed.connect(self._on_changed)

    # -- kept --------------------------------------------------------------------------------

    def all(self) -> tuple[KeptProposal, ...]:
        """Return the proposals that are kept of the open recording, by all people."""
        recording = self._recording
        found = kept_proposals(self._curation.state)
        return tuple(replace(kept, recording=recording) for kept in found)

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
            self._curation.person,
            recording=self._recording,
            results=place,
        )

    @property
    def since(self) -> str:
        """When what is tried now was kept, ISO 8601; empty: it was not."""
        return kept_since(self.all(), self.stage.scene.proposal)

    def keep(self, name: str, reason: str) -> Action | None:
        """Keep what is tried under a name; one of the same person's with that name is replaced.

        Returns
        -------
        Action or None
            What was written.

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
        before = any(self.is_own(one) and one.name == name for one in self.all())
        change = there(self._curation.person, name, before, True)
        action = self._curation.act(KEEP, (change,), source=name, extra=payload(kept))
        self._opened = kept
        self.stage.notice.emit(f"Proposal “{name}” kept. Undo takes it away.")
        return action

    def is_own(self, kept: KeptProposal) -> bool:
        """Whether the person who curates now kept it."""
        return kept.by == self._curation.person

    def drop(self, kept: KeptProposal) -> Action | None:
        """Take away a proposal of one's own; one undo brings it back."""
        if not self.is_own(kept):
            raise UserError(f"“{kept.name}” is {kept.by}'s: only they can take it away.")
        change = there(kept.by, kept.name, True, False)
        action = self._curation.act(DROP, (change,), source=kept.name)
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

    @property
    def _recording(self) -> str:
        store = self._curation.journals.store
        return "" if store is None else store.key.primary

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        if scene.runs != before.runs and not scene.for_all:
            self._opened = None

    # -- between two sessions ----------------------------------------------------------------

    def remember(self) -> None:
        """Remember what is tried by now, and what was: on the disk a moment later."""
        scene, record = self.stage.scene, self._proposing.record
        if scene.run is not None and record is not None:
            key = results_key(Path(scene.run.provenance.results_dir))
            if self._due is not None and self._due[0] != key:
                self.flush()
            self._due = key, record_text(scene.proposal, record)
            self._timer.start(WRITE_MS)

    def flush(self) -> None:
        """Write what is to be remembered now."""
        self._timer.stop()
        due, self._due = self._due, None
        if due is not None:
            self.writer.put(*due)

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
