"""Thresholds by the curator's labels: which labels count, Bombcell's suggestions, taking them."""

from __future__ import annotations

from bcviewer.app.background.suggest_job import suggest_job
from bcviewer.app.threads.worker import Outcome
from bcviewer.app.wishes import CountLabels, Propose, ShowDock, Suggest, TakeSuggestion
from bcviewer.core.comparison.suggested import Suggested
from bcviewer.core.curation.counted import counted_labels
from bcviewer.core.rules.counts import count_of
from bcviewer.frame.command_group import CommandGroup, Pieces

NOTHING_TO_TAKE = "Bombcell suggested nothing that could be taken."
NOT_SUGGESTED = "Bombcell has suggested nothing yet: it was not asked, or has not answered."


class SuggestActions(CommandGroup):
    """Asks for suggestions, shows them, and takes one into the proposal."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__(pieces)
        self.session.done.connect(self._on_done)

    def grant(self, wish: Suggest | CountLabels | TakeSuggestion) -> None:
        """Grant what the person wishes by a click."""
        match wish:
            case Suggest():
                self._ask()
            case CountLabels(blind):
                self.session.viewing.suggesting.count(blind)
            case TakeSuggestion(name):
                self._take(name)

    def do_suggest(self) -> None:
        """Raise the dock, and ask Bombcell."""
        self.pieces.what_if_bar.wish.emit(ShowDock("suggestions"))
        self._ask()

    def do_take_suggestion(self) -> None:
        """Take the first suggestion that the proposal does not have."""
        self._take("")

    def _ask(self) -> None:
        scene = self.session.scene
        if scene.sheet is None or self.verdicts_hidden():
            return
        counted = counted_labels(scene.said, scene.advice.blind)
        if not counted.labels:
            kind = "blind label" if counted.blind else "label"
            self.session.notice.emit(f"There is no {kind} yet to suggest thresholds by.")
            return
        self.tell_one_probe("Thresholds are suggested")
        self.session.run_job("suggest", suggest_job(scene.sheet, counted))

    def _on_done(self, outcome: Outcome) -> None:
        found = outcome.value
        if not isinstance(found, Suggested):
            return
        if self.session.viewing.suggesting.show(found):
            n = len(found.offered)
            what = count_of(n, "suggestion") if n else "no suggestion"
            self.session.notice.emit(f"Bombcell: {what} by {count_of(found.n_units, 'label')}.")

    def _take(self, name: str) -> None:
        scene = self.session.scene
        found = scene.advice.found_of(scene.run)
        if self.verdicts_hidden():
            return
        changes = dict(scene.proposal.changes)
        one = None
        if found is not None:
            one = found.of(name) if name else found.next_offered(changes)
        if one is None or not one.is_offered:
            self.session.notice.emit(NOTHING_TO_TAKE if found else NOT_SUGGESTED)
            return
        self.pieces.what_if_bar.wish.emit(Propose(one.name, one.suggested))
