"""The methods text of the open run, or of what is tried: written by bombcell, shown in a dialog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog

from bcviewer.app.scene import Scene
from bcviewer.app.threads.answers import remember_saved, start_file
from bcviewer.app.threads.worker import Control, Outcome
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.frame.command_group import CommandGroup, Pieces
from bcviewer.io.put_file import write_atomically
from bcviewer.oracle.asked import AskedFor, Helper
from bcviewer.oracle.methods_basis import MethodsBasis, proposed_basis, saved_basis
from bcviewer.oracle.methods_by_bombcell import Methods, as_text, methods
from bcviewer.widgets.chrome.methods_dialog import METHODS_FILES, MethodsDialog

_SETTLED_MS = 400
"""A text is asked for anew this long after what is tried was changed last: not while dragging."""
_TAG, _FILE_TAG = "methods", "methods_file"


@dataclass(frozen=True, slots=True)
class _Written:
    """What bombcell wrote, and of what."""

    run: Run
    proposed: bool
    said: Methods


class MethodsActions(CommandGroup):
    """Asks for the text, shows it, writes it to a file."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__(pieces)
        self._dialog: MethodsDialog | None = None
        self._of: Run | None = None
        """The run that the dialog is about: a step to another probe leaves it as it is."""
        self._since = ""
        """When what is tried was kept, as it was asked for last."""
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLED_MS)
        self._settling.timeout.connect(self._ask_anew)
        self.session.done.connect(self._on_done)
        self.session.changed.connect(self._on_changed)

    def do_methods(self) -> None:
        """Show the methods text of the current unit's run: of what is tried, where that is."""
        sheet = self.session.scene.sheet
        if sheet is None or self.verdicts_hidden():
            return
        self.tell_one_probe("The methods are written")
        if self._dialog is not None and self._of is not sheet.run:
            self._dialog.close()
        self._of = sheet.run
        if self._dialog is None:
            self._dialog = dialog = MethodsDialog(self.window, sheet.run.provenance.name)
            dialog.asked.connect(self._ask)
            dialog.save_chosen.connect(self._save)
            dialog.copied.connect(self.session.notice)
            dialog.finished.connect(self._on_closed)
        proposed = _is_tried(sheet)
        self._dialog.offer_proposal(proposed)
        self._dialog.show()
        self._dialog.raise_()
        self._ask(proposed)

    def _ask(self, proposed: bool) -> None:
        sheet = self._sheet(self.session.scene)
        if sheet is None or self._dialog is None or self.verdicts_hidden():
            return
        self._dialog.wait_for(proposed)
        self._since = self.session.saying.proposals.since
        work = methods_job(sheet, proposed, self.session.background.bombcell, self._since)
        self.session.run_job(_TAG, work)

    def _on_done(self, outcome: Outcome) -> None:
        if outcome.tag == _FILE_TAG and isinstance(outcome.value, str):
            self.session.notice.emit(outcome.value)
        if outcome.tag != _TAG or self._dialog is None:
            return
        found = outcome.value
        if isinstance(found, _Written):
            if found.run is self._of:
                self._dialog.show_methods(found.proposed, found.said)
        elif isinstance(outcome.error, UserError):
            self._dialog.show_trouble(str(outcome.error))
        else:
            self._dialog.show_trouble("Cancelled.")

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        """Close it with the recording; a text of what was tried is of what is tried no more."""
        if self._dialog is None:
            return
        sheet = self._sheet(scene)
        if sheet is None or (scene.book is not None and scene.book.n_hidden):
            self._dialog.close()
        elif scene.proposal != before.proposal:
            self._dialog.offer_proposal(_is_tried(sheet))
            if self._dialog.is_of_proposal:
                self._dialog.wait_for(_is_tried(sheet))
                self._settling.start()
        elif scene.differs(before, "own_said") and self._is_kept_by_now():
            self._settling.start()

    def _is_kept_by_now(self) -> bool:
        """Whether the text that is shown says another time than it would now."""
        of_proposal = self._dialog is not None and self._dialog.is_of_proposal
        return of_proposal and self.session.saying.proposals.since != self._since

    def _ask_anew(self) -> None:
        sheet = self._sheet(self.session.scene)
        self._ask(sheet is not None and _is_tried(sheet))

    def _sheet(self, scene: Scene) -> Sheet | None:
        """Return the sheet that the dialog is about; None: it is open no more."""
        which = None if scene.book is None or self._of is None else scene.book.sheet_with(self._of)
        return None if scene.book is None or which is None else scene.book.sheets[which]

    def _on_closed(self) -> None:
        self._dialog = None

    # -- files -------------------------------------------------------------------------------

    def _save(self, said: Methods) -> None:
        run = self._of
        if run is None:
            return
        name = start_file(f"{run.provenance.name}_methods.md")
        kinds = ";;".join(f"{title} (*{suffix})" for suffix, title in METHODS_FILES.items())
        path, chosen = QFileDialog.getSaveFileName(self.window, "Save the methods", name, kinds)
        if not path:
            return
        if Path(path).suffix.lower() not in METHODS_FILES:
            path += chosen[chosen.index("*") + 1 : -1] if "*" in chosen else ".md"
        self.save(said, Path(path))

    def save(self, said: Methods, path: Path) -> None:
        """Write a text to a file, in the worker: its ending says how."""
        remember_saved(path)
        content = as_text([("", said)], path.suffix.lower()).encode("utf-8", "replace")

        def put(temporary: Path) -> None:
            temporary.write_bytes(content)

        def work(control: Control) -> str:
            control.progress(0.5, f"Writing {path.name}")
            write_atomically(path, put)
            return f"Methods written to {path}"

        self.session.opening.run_job(_FILE_TAG, work, path, path.name)


def _is_tried(sheet: Sheet) -> bool:
    return sheet.inputs.tried is not None


def methods_job(
    sheet: Sheet, proposed: bool, bombcell: Helper, since: str
) -> Callable[[Control], _Written]:
    """Return the work that has bombcell write the methods of a sheet, or of what it shows tried.

    ``since`` is when that was kept, ISO 8601; empty: it was not.
    """
    basis, run = _basis(sheet, proposed, since), sheet.run

    def work(control: Control) -> _Written:
        control.progress(0.2, "Bombcell writes the methods text")
        asked = AskedFor(bombcell, control, "")
        said = methods(run, basis.criteria, basis.labels, asked)
        return _Written(run, proposed, basis.around(said))

    return work


def _basis(sheet: Sheet, proposed: bool, since: str) -> MethodsBasis:
    own, trial = sheet.inputs.criteria, sheet.inputs.tried
    n = sheet.run.n_units
    if not proposed or trial is None:
        return saved_basis(own, sheet.bombcell_labels[:n])
    codes, answers = np.asarray(trial.codes), trial.answers.by_unit
    return proposed_basis(own, trial.criteria, codes, answers, since)
