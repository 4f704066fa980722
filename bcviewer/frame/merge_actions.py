"""Merges that other programs propose: opened, gone through, merged in phy or written, ended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QMessageBox

from bcviewer.app.curating.label_jobs import Written, write_job
from bcviewer.app.threads.answers import remember_saved, start_file, start_folder
from bcviewer.app.threads.worker import Control, Outcome
from bcviewer.core.curation.joined_merges import joined, joined_words, units_of
from bcviewer.core.curation.merge_fates import to_be_written
from bcviewer.core.curation.merge_queue import ACCEPTED, NEITHER, REJECTED
from bcviewer.core.rules.counts import count_of
from bcviewer.core.sheet.derive import settled
from bcviewer.frame.command_group import CommandGroup, Pieces

if TYPE_CHECKING:
    from bcviewer.app.curating.merging import MergesRead, Merging
    from bcviewer.core.curation.merge_queue import MergeQueue
    from bcviewer.widgets.curate.merge_bar import MergeBar

_FILES = "Curations and tables (*.json *.csv *.tsv *.txt);;All files (*)"
_TAG, _WRITE = "read_merges", "write_merges"
_MOST_LISTED = 12
NONE_ACCEPTED = "No proposed merge is accepted: Y accepts the one that is looked at."
NOT_COMPARED = (
    "What was accepted is not compared with phy's files yet: its units may be others by now. Try"
    " again in a moment; after Cancel, F5."
)
NONE_LEFT = "Nothing that was accepted is left to be merged: it is done in phy, or units are gone."


class MergeActions(CommandGroup):
    """Goes through merges that somebody else proposed; bcviewer recommends none.

    Attributes
    ----------
    offered : Signal(bool)
        Whether there are any.
    """

    offered = Signal(bool)

    def __init__(self, pieces: Pieces) -> None:
        super().__init__(pieces)
        self._bar: MergeBar | None = None
        self.session.done.connect(self._on_done)

    @property
    def _merging(self) -> Merging:
        return self.session.saying.merging

    @property
    def are_open(self) -> bool:
        """Whether there are proposed merges to go through."""
        return self._bar is not None and self._merging.queue is not None

    # -- opened and gone through -------------------------------------------------------------

    def do_open_merges(self) -> None:
        """Ask for a file of proposed merges."""
        sheet = self.session.scene.sheet
        if sheet is None:
            return
        self.tell_one_probe("Merges are proposed")
        folder = start_folder(sheet.run.provenance.ks_dir)
        path, _ = QFileDialog.getOpenFileName(self.window, "Open proposed merges", folder, _FILES)
        if path and not self.session.stage.is_left(sheet.run):
            self.read_merges(Path(path))

    def read_merges(self, path: Path) -> None:
        """Read the merges that a file proposes for the units of the current unit's recording."""
        sheet = self.session.scene.sheet
        if sheet is not None:
            self.session.run_job(_TAG, self._merging.read_job(path, sheet), path)

    def do_accept_merge(self) -> None:
        """Say that the units are one."""
        self._say(ACCEPTED)

    def do_reject_merge(self) -> None:
        """Say that they are not."""
        self._say(REJECTED)

    def do_skip_merge(self) -> None:
        """Say neither."""
        self._say(NEITHER)

    def do_back_merge(self) -> None:
        """Take back what was said last."""
        self._merging.back()
        self._note_last()

    def _say(self, word: str) -> None:
        before = self._merging.queue
        self._merging.say(word)
        if self._merging.queue is not before:
            self._note_last()

    def _note_last(self) -> None:
        """Note that Undo takes back nothing that was said here: U does."""
        queue = self._merging.queue
        self.session.labelling.undoing.follow_merges(queue is not None and bool(queue.past))

    def do_end_merges(self) -> None:
        """Go through them no more."""
        self._merging.end()

    def _on_done(self, outcome: Outcome) -> None:
        if outcome.tag == _WRITE and isinstance(outcome.value, Written):
            self.session.notice.emit(outcome.value.words)
        if outcome.tag == _TAG and outcome.error is None:
            from bcviewer.app.curating.merging import MergesRead

            if isinstance(outcome.value, MergesRead):
                self._begin(outcome.value)

    def _begin(self, read: MergesRead) -> None:
        if self.session.stage.is_left(read.run):
            return
        if self._bar is None:
            self._bar = self._make_bar()
        words, queue = self._merging.begin(read), self._merging.queue
        if queue is None:
            self.session.notice.emit(words)
            return
        before = sum(map(bool, queue.said))
        again = f", of {before:,} something was said before" if before else ""
        n = count_of(len(read.queue.merges), "proposed merge")
        about = f"{n} of {read.queue.source}{again}."
        self.session.notice.emit(f"{about} {words}".rstrip())
        if read.told:
            self._tell(read)

    def _tell(self, read: MergesRead) -> None:
        """Say what of the file is left out, a line each."""
        icon = QMessageBox.Icon.Information
        box = QMessageBox(icon, "Proposed merges", "", parent=self.window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setObjectName("mergesLeftOut")
        box.setTextFormat(Qt.TextFormat.PlainText)  # a file's name may look like more
        n = count_of(len(read.queue.merges), "merge")
        box.setText(f"{n} taken from {read.queue.source}. Left out, or to be known:")
        box.setInformativeText("\n".join(read.told))
        box.open()

    def _make_bar(self) -> MergeBar:
        from bcviewer.widgets.curate.merge_bar import MergeBar

        above = self.pieces.what_if_bar
        page = above.parentWidget()
        bar = MergeBar(page)
        box = None if page is None else page.layout()
        assert isinstance(box, QBoxLayout)  # noqa: S101  the window made it
        box.insertWidget(box.indexOf(above) + 1, bar)
        merging = self._merging
        bar.shown.connect(merging.show)
        bar.chosen.connect(lambda key: getattr(self, f"do_{key}")())
        merging.changed.connect(lambda: self.offered.emit(self.are_open))
        merging.changed.connect(lambda: bar.show_queue(merging.queue, self._probe()))
        return bar

    def _probe(self) -> str:
        """Return of which probe they are, where several are open: ids alone do not say it."""
        scene, run = self.session.scene, self._merging.run
        if run is None or scene.book is None or len(scene.book) < 2:
            return ""
        return scene.probe_of(run)

    # -- what follows from it ----------------------------------------------------------------

    def _accepted(self) -> tuple[tuple[int, ...], ...]:
        """Return the units of what was accepted; where there is nothing, that is said."""
        queue = self._merging.queue
        accepted = () if queue is None else queue.accepted
        if not accepted:
            waits = queue is not None and queue.waiting
            self.session.notice.emit(NOT_COMPARED if waits else NONE_ACCEPTED)
        return accepted

    def do_merges_in_phy(self) -> None:
        """Ask, and have phy merge what was accepted."""
        accepted, run, queue = self._accepted(), self._merging.run, self._merging.queue
        if not accepted or run is None or queue is None:
            return
        left_out = _left_out(queue)
        if not queue.left:
            self.session.notice.emit(" ".join(filter(None, (NONE_LEFT, left_out))))
            return
        groups = joined(queue.left)
        shown = [units_of(group) for group in groups[:_MOST_LISTED]]
        more = len(groups) - len(shown)
        lines = [*shown, *([f"… and {more:,} more"] if more else [])]
        box = QMessageBox(QMessageBox.Icon.Question, "Merge in phy", "", parent=self.window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"Merge {count_of(len(groups), 'group')} of units in the phy that is linked?")
        told = filter(None, (joined_words(queue.left), left_out, _UNDONE))
        box.setInformativeText("\n".join((*lines, *told)))
        yes = box.addButton("Merge in phy", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        meant = box.clickedButton() is yes and not self.session.stage.is_left(run)
        if meant:
            done = self.session.labelling.undoing.awaits_phy()
            self.session.background.phy_link.merge_in_phy(run, groups, done)
        box.deleteLater()

    def do_export_merges(self) -> None:
        """Ask for a file, and write what was accepted as a curation."""
        accepted, sheet = self._accepted(), self._merging.sheet()
        if not accepted or sheet is None or self.verdicts_hidden():
            return
        name = start_file(f"{sheet.run.provenance.name}_curation.json")
        path, _ = QFileDialog.getSaveFileName(
            self.window, "Export accepted merges", name, "SpikeInterface's curation (*.json)"
        )
        if path and not self.session.stage.is_left(sheet.run):
            self.export(Path(path if Path(path).suffix else f"{path}.json"))

    def export(self, path: Path) -> None:
        """Write what was accepted, with the labels, as a curation."""
        from bcviewer.io.exchange.export_si import plan_spikeinterface

        sheet, queue = self._merging.sheet(), self._merging.queue
        said = None if sheet is None else self.session.saying.said_of(sheet.run)
        if sheet is None or queue is None or said is None:
            return
        remember_saved(path)
        table, manual, accepted = settled(sheet), said.units, queue.accepted
        left_out = _left_out(queue)

        def work(control: Control) -> Written:  # what is at the path is looked up there, too
            # SpikeInterface's own sort, where it has ids of its own, is as it was before phy
            phy = None if sheet.si_ids is not None else sheet.phy
            groups, words = to_be_written(phy, accepted)
            plan = plan_spikeinterface(table, manual, path, merges=joined(groups))
            done = write_job(plan)(control).words
            told = (done, left_out, joined_words(groups), *words, *plan.warnings)
            return Written(" ".join(filter(None, told)))

        self.session.opening.run_job(_WRITE, work, path, path.name)


def _left_out(queue: MergeQueue) -> str:
    """Say how many that were accepted are left out for now; empty: none is."""
    n = len(queue.waiting)
    words = count_of(n, "accepted is", "accepted are")
    return f"{words} not compared with phy yet: left out." if n else ""


_UNDONE = "They are phy's own actions: undone and saved there."
