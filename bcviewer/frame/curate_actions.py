"""The Curate menu: labels, notes, undo, and what can be done of it now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtGui import QAction, QShortcut

from bcviewer.app.commands.table import COMMANDS
from bcviewer.app.curating.notes import Begun, Unit
from bcviewer.app.mnemonics import entry_titles
from bcviewer.app.no_unit import NOTHING_SHOWN
from bcviewer.app.scene import Scene
from bcviewer.app.threads.worker import Outcome
from bcviewer.app.wishes import NewQueue
from bcviewer.core.arrays import Ints
from bcviewer.core.curation.across import Reached, last_done, last_undone
from bcviewer.core.curation.entries import LABEL
from bcviewer.core.curation.history import brief, units_of
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.counts import count_of, units_named
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.queue import QueueProgress, QueueSpec, progress
from bcviewer.core.sheet.table import units_called
from bcviewer.frame.command_group import CommandGroup, Pieces
from bcviewer.io.names import LABELS_TSV
from bcviewer.widgets.chrome.native_keys import native_keys
from bcviewer.widgets.chrome.typing_guard import TypingGuard
from bcviewer.widgets.drawing.theme import label_icon

ASK_ABOVE = 50
"""Accepting labels for more units than this asks first; so does replacing any that differ."""

_TITLES = entry_titles()
_COMMANDS = {command.key: command for command in COMMANDS}
_LABELS = {c.key: c.about for c in COMMANDS if c.act == "label"}
"""Names of the labels, by the keys of the commands that give them."""
BAR_KEYS: tuple[str, ...] = (*_LABELS, "label_clear", "note")
"""The commands with a button in the curator's bar."""
_BY_NAME = {LABEL_NAMES[label]: label for label in Label}
_IN_SIGHT = (
    "What you say of these units from then on is given in sight of the verdict and cannot judge it."
)
_REVEALED = "No later blind review of yours draws them."
_REVEALED_UNWRITTEN = (
    "The labels of this recording are not open, so that it is written nowhere: a later blind review"
    " may draw them again."
)

_PHY_LABELS = "phy labels"
NOT_BLIND = "phy beside this is not blind: its table shows Bombcell's labels (bc_unitType)."

GUARDED = ("Curate", "Merges")
"""The menus whose keys say something of units: nobody who types a word elsewhere means them."""


_NON_SOMA = (Label.NON_SOMA, Label.NON_SOMA_GOOD, Label.NON_SOMA_MUA)
SPLIT_APART = "Some of these probes split NON-SOMA, others do not: label their units apart."


class CurateActions(CommandGroup):
    """Gives labels and notes to the selected units, as far as it takes more than the session."""

    def __init__(self, pieces: Pieces, by_key: Mapping[str, QAction]) -> None:
        super().__init__(pieces)
        self._by_key = by_key
        self._begun: dict[Unit, Begun] = {}
        """What there was of the units when the line for a note was opened."""
        keys = [key for c in COMMANDS if c.menu in GUARDED for key in c.shortcuts]
        self._guard = TypingGuard(keys, self, pieces.unit_table)
        for key, name in _LABELS.items():
            by_key[key].setIcon(label_icon(_BY_NAME[name]))
        by_key["advance"].setChecked(self.prefs.advance())
        self._unsplit = QShortcut(self.window)  # a greyed action says nothing to its keys
        self._unsplit.setKeys(by_key["label_nonsoma_mua"].shortcuts())
        self._unsplit.activated.connect(self._say_unsplit)
        self._unsplit.setEnabled(False)
        self.session.done.connect(self._on_done)

    # -- what can be done --------------------------------------------------------------------

    def nonsoma(self) -> Label:
        """Return what Alt+S means for the current unit's run."""
        sheet = self.session.scene.sheet
        return Label.NON_SOMA_GOOD if sheet is not None and sheet.is_split else Label.NON_SOMA

    def show_said(self, scene: Scene) -> None:
        """Grey out what cannot be done now, and name what undo and redo would do."""
        there = scene.table is not None
        split = self.nonsoma() == Label.NON_SOMA_GOOD
        more = LABEL_NAMES[self.nonsoma()].removeprefix(LABEL_NAMES[Label.NON_SOMA])
        self._by_key["label_nonsoma"].setText(f"{_TITLES['label_nonsoma']}{more}")
        self._by_key["label_nonsoma"].setIcon(label_icon(self.nonsoma()))
        # seen wherever any probe splits: a step from one to another moves no button
        seen = scene.table is not None and scene.table.is_split
        self._by_key["label_nonsoma_mua"].setVisible(seen)
        self._by_key["label_nonsoma_mua"].setEnabled(there and split)
        self._unsplit.setEnabled(there and not split)
        self._name("undo", last_done(scene.own_said, scene.person) if there else (), scene)
        self._name("redo", last_undone(scene.own_said, scene.person) if there else (), scene)

    def show_review(self, scene: Scene) -> None:
        """Grey out the way back to a review queue where none was left."""
        review = scene.review
        self._by_key["resume_queue"].setEnabled(review is not None and not review.on)

    def _name(self, key: str, reached: Reached, scene: Scene) -> None:
        command, shown = _COMMANDS[key], self._by_key[key]
        many = scene.book is not None and len(scene.book) > 1
        words, told = [], True
        for which, action in reached:
            sheet = scene.read_sheets[which]
            ids = units_of(sheet.inputs.said, action, LABEL)
            told = told and not scene.hides_any(sheet.run, ids)
            of = f" in {scene.probe_of(sheet.run)}" if many else ""
            words.append(f"{brief(action)}{of}")
        what = f": {', '.join(words)}" if words and told else ""
        text = f"{command.title}{what}"
        shown.setEnabled(bool(reached))
        shown.setText(_TITLES[key] + what.replace("&", "&&"))
        tip = text if reached else f"Nothing to {command.title.lower()}"
        shown.setToolTip(f"{tip} ({native_keys(command.shortcuts)})")

    # -- labels and notes --------------------------------------------------------------------

    def do_label(self, name: str) -> None:
        """Give a label; NON-SOMA is NON-SOMA GOOD where the run splits these."""
        label = _BY_NAME[name]
        scene = self.session.scene
        if label in _NON_SOMA and scene.book is not None:
            of = {scene.book.sheets[i].is_split for i, _ in scene.book.by_sheet(scene.selected)}
            if len(of) > 1:
                self.session.notice.emit(SPLIT_APART)
                return
        self.session.set_label(self.nonsoma() if label == Label.NON_SOMA else label)

    def _say_unsplit(self) -> None:
        keys = native_keys(_COMMANDS["label_nonsoma"].shortcuts)
        self.session.notice.emit(
            "This run does not split NON-SOMA (splitGoodAndMua_NonSomatic is off): there is no"
            f" NON-SOMA MUA; {keys} gives NON-SOMA."
        )

    def do_label_clear(self) -> None:
        """Clear the label."""
        self.session.set_label(None)

    def do_note(self) -> None:
        """Open the line for a note of the selected units."""
        session, bar = self.session, self.pieces.curate_bar
        table, run = session.table, session.scene.run
        if table is None or run is None:
            return
        rows, why = session.labelling.whom_to_label()
        self._begun = session.labelling.notes.begin(rows)
        if not len(rows):
            session.notice.emit(why)
            bar.refuse_note(run, session.selected, f"No note: {why[:1].lower()}{why[1:]}")
            return
        notes = [one.note for one in self._begun.values()]
        there = [note for note in notes if note]
        alike = len(set(notes)) == 1
        hint = "" if alike or not there else f"in place of {count_of(len(there), 'note')}"
        whom = units_called(table, rows)
        note = there[0] if alike and there else ""
        drafted = session.scene.drafted
        unsaved = {drafted.get(row, "") for row in rows.tolist()}
        draft = unsaved.pop() if len(unsaved) == 1 else ""
        bar.ask_note(run, rows, note, whom, hint, draft)

    def save_note(self, text: str, rows: Ints, run: Run) -> None:
        """Save what was written in that line; say where another note came there meanwhile."""
        session, begun = self.session, self._begun
        notes = session.labelling.notes
        others = notes.others(begun)
        now = notes.again(unit for unit in begun if unit not in others)
        saved = session.labelling.set_note(text, rows, run, begun)
        self.pieces.curate_bar.note_saved(saved)
        came = [unit[1] for unit, note in now.items() if note not in (begun[unit].note, text)]
        if saved and came:
            words = "Another note came meanwhile; yours is shown now, and History has both"
            session.notice.emit(f"{words}: {units_named(came)}.")

    def keep_note(self, text: str, rows: Ints, run: Run) -> None:
        """Keep what was written in that line, and could not be saved before it was left."""
        self.session.labelling.notes.keep(text, rows, run, self._begun)

    def do_accept(self) -> None:
        """Accept Bombcell's label for the shown units, after a question where it is much."""
        if self.verdicts_hidden():
            return
        table, rows = self.session.table, self.session.view.rows
        book, run = self.session.scene.book, self.session.scene.run
        if table is None or run is None or not len(rows):
            self.session.notice.emit(NOTHING_SHOWN)
            return
        rows = rows[table.ids.sayable[rows]]
        manual = table.manual.labels[rows]
        replaced = int(((manual != NO_LABEL) & (manual != table.bombcell_labels[rows])).sum())
        if (len(rows) > ASK_ABOVE or replaced) and not self._sure(len(rows), replaced):
            return
        # a recording may have been opened, or rows may have gone, while it was asked
        now = self.session.scene.book
        if book is not None and now is not None and self.session.stage.now(run) is not None:
            to = now.moved(book)
            rows = rows if to is None else to[rows]
        self.session.labelling.accept_bombcell(rows, run)

    def _sure(self, n: int, replaced: int) -> bool:
        from bcviewer.frame.questions import YesNo, ask  # at the start nobody is asked

        also = ""
        if replaced:
            one, more = "manual label that differs is", "manual labels that differ are"
            also = f"{count_of(replaced, one, more)} replaced. "
        return ask(
            self.window,
            "acceptDialog",
            "Accept Bombcell's labels",
            f"Give all {count_of(n, 'unit')} shown Bombcell's label as their manual label?",
            f"{also}One undo takes all of it back.",
            YesNo(f"Accept {count_of(n, 'label')}", "Cancel", yes_first=True),
        )

    def start_queue(self, spec: QueueSpec) -> bool:
        """Start a review queue; ask first where another one would be dropped half done."""
        table, review, run = self.session.table, self.session.scene.review, self.session.scene.run
        if table is None or run is None:
            return False
        if review is not None:
            done = progress(table, review)
            if 0 < done.reviewed < done.total and not self._drops(done):
                return False
            if self.session.stage.is_left(run):  # while it was asked
                return False
        self.session.set_queue(spec)
        if self._is_blind and self.session.scene.phy_link.state == "connected":
            self._look_at_phys_labels(run)
        return True

    @property
    def _is_blind(self) -> bool:
        review = self.session.scene.review
        return review is not None and review.on and review.spec.blind

    def _look_at_phys_labels(self, run: Run) -> None:
        """Look whether phy's own table, too, shows what a queue hides: it reads each such file."""
        file = Path(run.provenance.ks_dir) / LABELS_TSV
        self.session.run_job(_PHY_LABELS, lambda _: file.is_file(), file.parent)

    def _on_done(self, outcome: Outcome) -> None:
        if outcome.tag == _PHY_LABELS and outcome.value and self._is_blind:
            self.session.notice.emit(NOT_BLIND)

    def _drops(self, done: QueueProgress) -> bool:
        """Ask whether a review queue that is half done is to be dropped."""
        from bcviewer.frame.questions import YesNo, ask  # at the start nobody is asked

        return ask(
            self.window,
            "newQueueDialog",
            "New review queue",
            f"The queue is not done: {done.words}. Start a new one in its place?",
            "Its labels stay. The queue itself cannot be resumed any more.",
            YesNo("New queue", "Keep it"),
        )

    # -- undo, and what is next --------------------------------------------------------------

    def do_undo(self) -> None:
        """Undo."""
        self.session.undo()

    def do_redo(self) -> None:
        """Redo."""
        self.session.redo()

    def do_next_unreviewed(self) -> None:
        """Go to the next unit without a manual label."""
        self.session.viewing.rows.next_unreviewed(1)

    def do_previous_unreviewed(self) -> None:
        """Go to the previous unit without a manual label."""
        self.session.viewing.rows.next_unreviewed(-1)

    def reveal(self) -> None:
        """Give a blind review up, after a question: it cannot be taken back."""
        book, run = self.session.scene.book, self.session.scene.run
        n = 0 if book is None else book.n_hidden
        if n and not self._sure_to_reveal(n):
            return
        if run is not None and not self.session.stage.is_left(run):  # while it was asked
            self.session.saying.reveal()

    def _sure_to_reveal(self, n: int) -> bool:
        from bcviewer.frame.questions import YesNo, ask  # at the start nobody is asked

        written = self.session.curation.is_open
        kept = _REVEALED if written else _REVEALED_UNWRITTEN
        return ask(
            self.window,
            "revealDialog",
            "Reveal",
            f"Give the blind review up, and show the {count_of(n, 'hidden verdict')}?",
            f"{_IN_SIGHT} {kept} This cannot be taken back.",
            YesNo("Reveal", "Stay blind", for_good=True),
        )

    def do_new_queue(self) -> None:
        """Let a review queue be drawn up, from the keyboard."""
        self.pieces.queue_bar.wish.emit(NewQueue())

    def do_resume_queue(self) -> None:
        """Go on with the review queue that was left."""
        self.session.viewing.rows.resume_queue()

    def do_next_disagreement(self) -> None:
        """Go to the next unit whose sources disagree."""
        self.session.viewing.rows.next_disagreement()

    def do_advance(self) -> None:
        """Remember whether a label goes on to the next unit."""
        self.prefs.set_advance(self._by_key["advance"].isChecked())
