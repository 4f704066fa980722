"""Proposals kept under a name: kept, listed, opened, copied, written to files and read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog

from bcviewer.app.curating.proposals import Proposals
from bcviewer.app.scene import Scene
from bcviewer.app.threads.answers import remember_saved, start_file, start_folder
from bcviewer.app.threads.worker import Control, Outcome
from bcviewer.core.comparison.kept_proposal import KeptProposal, snippet
from bcviewer.core.comparison.what_if_words import tried_words
from bcviewer.core.run.run import Run
from bcviewer.frame.command_group import CommandGroup, Pieces
from bcviewer.io.exchange.proposal_file import SUFFIXES, read_proposal, write_proposal
from bcviewer.io.journal.journal_names import slug
from bcviewer.widgets.chrome.keep_proposal import KeepProposalDialog
from bcviewer.widgets.chrome.kept_proposals import KeptProposalsDialog

NOTHING = "Nothing is tried: move a threshold first."
_FORMATS = "JSON (*.json);;Python for Bombcell (*.py)"


class KeptProposalActions(CommandGroup):
    """Owns the dialogs of proposals that are kept, while they are open."""

    def __init__(self, pieces: Pieces, by_key: Mapping[str, QAction]) -> None:
        super().__init__(pieces)
        self._for_all = by_key["proposal_for_all"]
        self._list: KeptProposalsDialog | None = None
        self._reads_for: Run | None = None
        self.session.done.connect(self._on_done)
        self.session.changed.connect(self._on_changed)

    @property
    def _proposals(self) -> Proposals:
        return self.session.saying.proposals

    def do_keep_proposal(self) -> None:
        """Ask for a name and a reason, and keep what is tried."""
        scene = self.session.scene
        run = scene.run
        if run is None or scene.book is None or not self._something_tried():
            return
        now, own = self._proposals.now(), [sheet.inputs.criteria for sheet in scene.book.sheets]
        words = [tried_words(name, value, own) for name, value in now.proposal.changes]
        names = [one.name for one in self._proposals.all() if self._proposals.is_own(one)]
        dialog = KeepProposalDialog(self.window, now, words, names)
        dialog.accepted.connect(partial(self._keep_as, dialog, run))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def do_kept_proposals(self) -> None:
        """Show the proposals that are kept of the open recording."""
        if self.session.scene.run is None:
            return
        if self._list is not None:
            self._list.raise_()
            return
        self._list = dialog = KeptProposalsDialog(self.window, self.session.curation.person)
        dialog.opened.connect(self._open)
        dialog.removed.connect(self._remove)
        dialog.copied.connect(self._copy)
        dialog.saved.connect(self._ask_export)
        dialog.imported.connect(self.do_import_proposal)
        dialog.finished.connect(self._on_closed)
        dialog.show_proposals(self._proposals.all())
        dialog.open()
        dialog.list.setFocus()

    def do_proposal_for_all(self) -> None:
        """Let what is tried go along to the other probes, or no more."""
        on = not self.session.scene.for_all and self._something_tried()
        self.session.viewing.proposing.set_for_all(on)
        self._for_all.setChecked(self.session.scene.for_all)

    def do_copy_proposal(self) -> None:
        """Copy what is tried as lines of Python."""
        if self._something_tried():
            self._copy(self._proposals.now())

    def do_export_proposal(self) -> None:
        """Ask for a file and write what is tried."""
        if self._something_tried():
            self._ask_export(self._proposals.now())

    def do_import_proposal(self) -> None:
        """Ask for a file and try the proposal that is in it."""
        run = self.session.scene.run
        if run is None:
            return
        path, _ = QFileDialog.getOpenFileName(
            self.window, "Import a proposal", start_folder(run.provenance.ks_dir), "JSON (*.json)"
        )
        if path and not self.session.stage.is_left(run):
            self.read(Path(path))

    # -- what they do ------------------------------------------------------------------------

    def read(self, path: Path) -> None:
        """Try the proposal of a file, which a thread reads."""
        self._reads_for = self.session.scene.run
        self.session.run_job("proposal", partial(_read, path), path)

    def write(self, kept: KeptProposal, path: Path) -> None:
        """Write a proposal to a file, in a thread."""
        remember_saved(path)
        self.session.opening.run_job("proposal", partial(_write, kept, path), path, path.name)

    def _something_tried(self) -> bool:
        tried = bool(self.session.scene.proposal.changes)
        if not tried:
            self.session.notice.emit(NOTHING)
        return tried

    def _keep_as(self, dialog: KeepProposalDialog, run: Run) -> None:
        if not self.session.stage.is_left(run):
            name, reason = dialog.name.text(), dialog.reason.text()
            self.session.saying.say(lambda: self._proposals.keep(name, reason))

    def _open(self, kept: KeptProposal, for_all: bool) -> None:
        self._proposals.open(kept, for_all=for_all)

    def _remove(self, kept: KeptProposal) -> None:
        self.session.saying.say(lambda: self._proposals.drop(kept))

    def _copy(self, kept: KeptProposal) -> None:
        QGuiApplication.clipboard().setText(snippet(kept))
        self.session.notice.emit("Copied as Python for Bombcell.")

    def _ask_export(self, kept: KeptProposal) -> None:
        name = start_file(f"{slug(kept.name or 'proposal')}.json")
        path, chosen = QFileDialog.getSaveFileName(self.window, "Export a proposal", name, _FORMATS)
        if path:
            if Path(path).suffix.lower() not in SUFFIXES:
                path += ".py" if "*.py" in chosen else ".json"
            self.write(kept, Path(path))

    def _on_closed(self) -> None:
        if self._list is not None:
            self._list.deleteLater()
            self._list = None

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        """Follow what is kept while the list is open; it ends with its recording."""
        if self._list is None:
            return
        if not scene.goes_on(before):
            self._list.reject()
        elif scene.differs(before, "own_said"):
            self._list.show_proposals(self._proposals.all())

    def _on_done(self, outcome: Outcome) -> None:
        if outcome.tag != "proposal":
            return
        run, self._reads_for = self._reads_for, None
        if isinstance(outcome.value, str):
            self.session.notice.emit(outcome.value)
        elif isinstance(outcome.value, KeptProposal) and run is not None:
            self._open_read(outcome.value, run)

    def _open_read(self, kept: KeptProposal, run: Run) -> None:
        """Try what was read from a file, where the recording is open for which it was."""
        if self.session.stage.is_left(run):
            return
        if self._list is not None:
            self._list.accept()
        self._proposals.open(kept)


def _read(path: Path, control: Control) -> KeptProposal:
    control.progress(0.1, f"Reading {path.name}")
    return read_proposal(path)


def _write(kept: KeptProposal, path: Path, control: Control) -> str:
    control.progress(0.1, f"Writing {path.name}")
    write_proposal(kept, path)
    return f"Proposal written to {path}"
