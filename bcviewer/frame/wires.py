"""What happens when a person or the session says something: the window's wires."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, assert_never

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QCheckBox

from bcviewer.app import wishes
from bcviewer.app.curating.open_journals import UnreadError
from bcviewer.app.save_state import SavedWhere
from bcviewer.app.scene import Scene
from bcviewer.app.view import FilterState
from bcviewer.app.wishes import Wish
from bcviewer.core.arrays import Ints
from bcviewer.core.figures.words import reason_filter
from bcviewer.core.rules.barcode import BARCODE
from bcviewer.core.rules.counts import count_of
from bcviewer.core.sheet.ids import GlobalRow
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.errors import CohortFoundError, NoResultsError, PreferenceError, UserError
from bcviewer.frame.actions import Actions
from bcviewer.frame.command_group import Pieces
from bcviewer.frame.docked import Docked
from bcviewer.frame.viewers import Stopwatch, Viewers, are_in_place
from bcviewer.io.files import expanded
from bcviewer.widgets.chrome.docks import ANY_METRIC

MOST_COLUMNS = 400
"""Columns that are remembered: a person's choice, over all the runs they look at."""

NOW_READ = "The labels are read now. What was refused before was not said: press its key again."


class _WhileTrue(NamedTuple):
    """An error that the banner shows only as long as it is true."""

    text: str
    """What the banner says."""
    is_so: Callable[[], bool]
    """Whether it is true still."""
    then: str = ""
    """What is said once it is not."""


class Wires(QObject):
    """Connects the window's widgets with the session."""

    def __init__(self, pieces: Pieces, viewers: Viewers) -> None:
        super().__init__(pieces.window)
        self._pieces, self._viewers = pieces, viewers
        self._session = pieces.session
        self._stopwatch = Stopwatch(pieces.trace, viewers, self)
        self._while: _WhileTrue | None = None

    def connect_all(self, actions: Actions, docked: Docked) -> None:
        """Connect everything; it is built by now."""
        pieces, session = self._pieces, self._session
        self._actions, self._docked = actions, docked
        table, bar, curate_bar = pieces.unit_table, pieces.filter_bar, pieces.curate_bar
        session.changed.connect(self._on_changed)
        session.progressed.connect(pieces.status.show_progress)
        session.failed.connect(self._on_failed)
        session.notice.connect(pieces.status.say)
        session.saying.hearings.told.connect(pieces.status.keep)  # it is said already
        self._begin_acts(actions)
        table.chosen.connect(self._on_chosen)
        table.sort_chosen.connect(session.set_sort)
        table.rule_chosen.connect(self._on_rule_chosen)
        table.columns_changed.connect(self._remember_columns)
        table.columns_requested.connect(actions.by_key["columns"].trigger)
        table.painted.connect(self._on_painted)
        bar.text_chosen.connect(session.set_filter)
        bar.class_toggled.connect(session.toggle_class)
        bar.chip_toggled.connect(session.toggle_chip)
        bar.go_to_chosen.connect(self._go_to)
        bar.left.connect(table.setFocus)
        bar.queue_left.connect(session.viewing.rows.end_queue)
        bar.refresh_chosen.connect(session.viewing.rows.refresh_order)
        curate_bar.note_chosen.connect(actions.curate.save_note)
        curate_bar.note_typed.connect(session.saying.type_note)
        curate_bar.note_left.connect(actions.curate.keep_note)
        session.stage.leaving.connect(curate_bar.leave)
        curate_bar.left.connect(table.setFocus)
        pieces.queue_bar.wish.connect(self.grant)
        pieces.what_if_bar.wish.connect(self.grant)
        curate_bar.undo_chosen.connect(session.labelling.undo_done)
        actions.units.similar_chosen.connect(self._step_similar)
        actions.units.lasso_chosen.connect(self._begin_lasso)
        pieces.status.cancel_chosen.connect(session.cancel)
        self._greet(actions)
        pieces.banner.open_chosen.connect(self._open_file)
        pieces.probe_bar.chosen.connect(session.open_location)
        pieces.probe_bar.every_chosen.connect(session.opening.open_every)
        pieces.probe_bar.mode_chosen.connect(session.opening.open_mode)
        pieces.label_source.chosen.connect(session.set_label_source)

    def _greet(self, actions: Actions) -> None:
        """Do what is chosen on the welcome page."""
        welcome = self._pieces.welcome
        welcome.open_chosen.connect(actions.by_key["open"].trigger)
        welcome.demo_chosen.connect(actions.by_key["demo"].trigger)
        welcome.tour_chosen.connect(actions.by_key["tour"].trigger)
        welcome.recent_chosen.connect(self._session.open)

    def _link_phy(self, actions: Actions) -> None:
        """Link with phy once everything is painted."""
        self._session.stage.warning.connect(self._pieces.status.warn)  # it is said already
        # phy makes units, which move the rows of the probes after
        self._session.stage.renumbered.connect(self._pieces.curate_bar.renumber)
        self._pieces.status.phy_chosen.connect(actions.by_key["link_phy"].trigger)
        self._docked.imported.connect(lambda: self._session.background.phy_link.start())

    def _begin_acts(self, actions: Actions) -> None:
        """Let each act take away what was said of the one before, and only then say its own."""
        actions.view.costs_chosen.connect(self._toggle_costs)
        self._link_phy(actions)
        pieces = self._pieces
        table, bar, probes = pieces.unit_table, pieces.filter_bar, pieces.probe_bar
        table_acts = (table.chosen, table.sort_chosen, table.rule_chosen)
        filter_acts = (bar.text_chosen, bar.class_toggled, bar.chip_toggled, bar.go_to_chosen)
        order_acts = (bar.queue_left, bar.refresh_chosen)
        probe_acts = (probes.chosen, probes.every_chosen, probes.mode_chosen)
        others = (pieces.curate_bar.undo_chosen, pieces.label_source.chosen)
        for act in (*table_acts, *filter_acts, *order_acts, *probe_acts, *others):
            act.connect(pieces.status.next_act)

    # -- what the session says ---------------------------------------------------------------

    def _on_changed(self, before: Scene, scene: Scene) -> None:
        """Let every viewer draw what is another thing by now, or soon."""
        pieces = self._pieces
        self._stopwatch.start(before, scene)
        if scene.runs != before.runs:
            self._docked.wake()
        self._end_error()
        self._viewers.show(scene)
        if scene.catalogue is not None and scene.catalogue is not before.catalogue:
            # as it is found from any folder, at the next start as well
            pieces.prefs.add_recent(str(expanded(scene.catalogue.request.path).absolute()))
        if scene.runs != before.runs and scene.sheet is not None:
            place = scene.sheet.run.provenance.results_dir
            pieces.trace.write("loaded", units=scene.sheet.n_units, path=place)
        answer = scene.verification
        if answer is not None and answer is not before.verification:
            pieces.trace.write("verified", status=answer.status, version=answer.version)

    def _on_failed(self, error: UserError) -> None:
        if isinstance(error, CohortFoundError):
            return  # no failure: it has a window of its own (frame/application.py)
        banner = self._pieces.banner
        banner.show_error(error.message, error.hint)
        if isinstance(error, NoResultsError):
            run_on, folder = self._actions.runs.run_on, Path(error.ks_dir)
            banner.also_offer("Run Bombcell…", lambda: run_on(folder))
        elif isinstance(error, PreferenceError):
            banner.also_offer("Preferences…", self._actions.by_key["preferences"].trigger)
        if isinstance(error, UnreadError):
            curation = self._session.curation
            self._while = _WhileTrue(banner.text, lambda: not curation.is_open, NOW_READ)
        elif self._is_unsaved():
            self._while = _WhileTrue(banner.text, self._is_unsaved)
        self._pieces.trace.write("error", message=error.message)

    def _is_unsaved(self) -> bool:
        return self._session.scene.save.place is SavedWhere.FAILED

    def _end_error(self) -> None:
        """Take an error away that is no longer true; one that came after it stays."""
        error, pieces = self._while, self._pieces
        if error is None or error.is_so():
            return
        if pieces.banner.text == error.text:
            pieces.banner.clear()
            if error.then:
                pieces.status.say(error.then)
                pieces.status.keep(error.then)
        self._while = None

    # -- what the person does ----------------------------------------------------------------

    def grant(self, wish: Wish) -> None:
        """Grant what the person wishes by a click in a panel: the only place that does."""
        if not isinstance(wish, wishes.Know):  # a panel's own need, and no act
            self._pieces.status.next_act()
        if isinstance(wish, wishes.TrialWish):
            self._grant_trial(wish)
        elif isinstance(wish, wishes.ReviewWish):
            self._grant_review(wish)
        else:
            self._grant_other(wish)

    def _grant_other(self, wish: wishes.OtherWish) -> None:
        session = self._session
        match wish:
            case wishes.ShowUnits(text, add, within):
                session.viewing.filtering.choose(text, add, within)
            case wishes.GoTo(row):
                session.set_current(row)
            case wishes.ShowBeside(place):
                self._show_beside(place)
            case wishes.Select(rows):
                self._select(rows)
            case wishes.Know():
                self._docked.ask()
            case wishes.LookAt() | wishes.LookAtAll() | wishes.KeepStable():
                self._actions.stretch.grant(wish)
            case wishes.DrawLasso() | wishes.Encircle():
                self._actions.stretch.grant_lasso(wish)
            case wishes.SetRegion() | wishes.WriteRegions():
                self._actions.regions.grant(wish)
            case wishes.ShowEvidence(metric, dock):
                self._docked.show_evidence(metric, dock)
            case wishes.ShowDock(key):
                self._docked.show(key)
            case wishes.ImportLabels() | wishes.TakeOver() | wishes.RemoveSource():
                self._grant_labels(wish)
            case wishes.BetweenRuns():
                self._actions.compare.grant(wish)
            case wishes.Fail(error):
                session.failed.emit(error)
            case _:
                assert_never(wish)

    def _grant_trial(self, wish: wishes.TrialWish) -> None:
        """Grant what is wished of what is tried."""
        match wish:
            case wishes.Propose() | wishes.ResetProposal() | wishes.ShowFlips():
                self._actions.what_if.grant(wish)
            case wishes.KeepProposal():
                self._actions.kept_proposals.do_keep_proposal()
            case wishes.Suggest() | wishes.CountLabels() | wishes.TakeSuggestion():
                self._actions.suggest.grant(wish)
            case wishes.RunBombcell():
                self._actions.by_key["run_bombcell"].trigger()

    def _grant_review(self, wish: wishes.ReviewWish) -> None:
        """Grant what is wished of a review: its queue, or that it hides nothing any more."""
        rows = self._session.viewing.rows
        match wish:
            case wishes.Queue(spec):
                self._start_queue(spec)
            case wishes.Reveal():
                self._actions.curate.reveal()
            case wishes.NewQueue():
                self._draw_up_queue()
            case wishes.ResumeQueue():
                rows.resume_queue()
            case wishes.EndQueue():
                rows.end_queue()
            case wishes.NextUnreviewed():
                rows.next_unreviewed()

    def _open_file(self, path: str) -> None:
        self._actions.exports.open_file(path)

    def _start_queue(self, spec: QueueSpec) -> None:
        if self._actions.curate.start_queue(spec):
            self._pieces.unit_table.setFocus()
            self._docked.give_way("review")  # what it is started by covers the verdict

    def _draw_up_queue(self) -> None:
        self._docked.raise_dock("review")
        self._docked.panels["review"].setFocus()

    def _grant_labels(
        self, wish: wishes.ImportLabels | wishes.TakeOver | wishes.RemoveSource
    ) -> None:
        """Grant what is wished of labels that others gave."""
        files = self._actions.label_files
        match wish:
            case wishes.ImportLabels():
                files.do_import_labels()
            case wishes.TakeOver(name):
                files.adopt(name)
            case wishes.RemoveSource(name):
                files.remove(name)

    def _begin_lasso(self) -> None:
        """Let a line be drawn around spikes; where no plot for it is seen, show one."""
        seen = any(self._docked.is_in_front(key) for key in ("amplitudes", "drift"))
        if self._session.viewing.encircling.begin() and not seen:
            self._docked.show("amplitudes")

    def _toggle_costs(self) -> None:
        """Show the histograms, and their cost curves or no longer these."""
        shown = self._docked.is_in_front(ANY_METRIC)
        self._docked.show(ANY_METRIC)
        box = self._docked.panels[ANY_METRIC].findChild(QCheckBox, "costs.histograms")
        assert isinstance(box, QCheckBox)  # noqa: S101  the panel makes it
        box.setChecked(not (shown and box.isChecked()))

    def _step_similar(self, by: int) -> None:
        """Show the similar unit that is to be seen; where it is seen, the next or the one before.

        Before the first one is what *Pair* covers.
        """
        place = self._session.scene.beside_place
        seen = place is not None and self._docked.is_in_front("pair")
        if seen and place == 0 and by < 0 and self._docked.give_way("pair"):
            return
        self._show_beside((place or 0) + (by if seen else 0))

    def _show_beside(self, place: int) -> None:
        self._session.viewing.marking.set_beside(place)
        if self._session.scene.current >= 0:
            self._docked.show("pair")

    def _select(self, rows: Ints) -> None:
        hidden = len(rows) - (shown := len(self._session.view.in_order(rows)))
        self._session.set_selected(rows)
        also = f"; {hidden:,} more are hidden by the filter" if hidden else ""
        self._session.notice.emit(f"{count_of(shown, 'unit')} inside the line selected{also}.")

    def _on_chosen(self, current: GlobalRow, rows: Ints) -> None:
        session, shown = self._session, self._session.stage.told
        if are_in_place(shown, session.scene):  # else it shows rows of what was left, for a turn
            session.viewing.marking.mark(current, rows)
            shown = session.scene
        # also where the session keeps what was: the table may not be left with nothing
        self._pieces.unit_table.show_marked(shown.current, shown.selected)

    def _on_rule_chosen(self, rule: int) -> None:
        """Show the units that fail a rule, or all again where that is what is filtered for."""
        text, filtering = reason_filter(rule, masked=True), self._session.viewing.filtering
        if filtering.state == replace(FilterState(), text=text, applied=filtering.state.applied):
            filtering.clear_filter()
        else:
            filtering.choose(text)

    def _go_to(self, text: str) -> None:
        self._pieces.filter_bar.show_go_to_error(self._session.go_to_text(text))

    def _on_painted(self) -> None:
        table = self._session.table
        self._pieces.trace.write("painted", units=0 if table is None else table.n_units)
        self._docked.settle()

    def _remember_columns(self) -> None:
        prefs, view, table = self._pieces.prefs, self._pieces.unit_table, self._session.table
        # what was chosen elsewhere is chosen there again: this run may lack a column of it
        known = {BARCODE.key, *(() if table is None else table.names())}
        lacking = [k for k in prefs.columns() if k not in known]
        prefs.set_columns([*view.chosen_columns(), *lacking][:MOST_COLUMNS])
        prefs.set_widths(view.widths())
        prefs.set_frozen(view.frozen_count)
