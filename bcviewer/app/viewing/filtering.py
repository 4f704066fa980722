"""What is filtered for: the box, the classes, the chips, and parts of plots."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject

from bcviewer.app.scene import Scene
from bcviewer.app.stage import Stage, intent
from bcviewer.app.view import PASSING_CHIPS, FilterState
from bcviewer.app.viewing.marking import Marking
from bcviewer.app.viewing.rows import Rows
from bcviewer.core.filter.quote import quote
from bcviewer.core.rules.labels import Label


class Filtering(QObject):
    """Lets rows pass, or not, by the curator's own act."""

    def __init__(
        self, stage: Stage, rows: Rows, marking: Marking, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._rows = rows
        self._marking = marking

    @property
    def state(self) -> FilterState:
        """What is filtered for."""
        return self.stage.scene.filter

    @intent
    def set_filter(self, text: str) -> None:
        """Filter by a text; one that cannot be read keeps the last good filter."""
        if text != self.state.text:
            self._apply(self._parsed(text, self.state))

    @intent
    def choose(self, text: str, add: bool = False, within: str = "all") -> None:
        """Filter for exactly the units of a part of a plot.

        Parameters
        ----------
        text : str
            The filter for that part.
        add : bool
            Show them beside the units that pass the present filter.
        within : {'all', 'shown', 'selected'}
            The plot's scope: a bar over the shown units stands for shown units only.
        """
        if self.stage.scene.table is None:
            return
        present = self.state.as_text()
        if within == "selected":
            text = f"{_grouped(text)} and {_grouped(_these(self.stage.scene))}"
        elif within == "shown" and present and not add:
            text = f"{_grouped(text)} and {present}"
        if add and present:
            text = f"{self.state.as_choice()} or {_grouped(text)}"
        state = self._parsed(text, FilterState())
        if state.error:  # too long, or nested too deeply
            self.stage.notice.emit(f"{state.error} The filter stays as it was.")
            return
        if within != "shown":  # its units may be outside the queue
            self._rows.set_queue(None)
        self._apply(state)

    @intent
    def toggle_class(self, label: Label) -> None:
        """Add a class to, or take it from, the classes shown (none: all are shown)."""
        self._apply(replace(self.state, classes=self.state.classes ^ {label}))

    @intent
    def toggle_chip(self, chip: str) -> None:
        """Switch one of the chips."""
        self._apply(replace(self.state, chips=self.state.chips ^ {chip}))

    @intent
    def clear_filter(self) -> None:
        """Show all units: first those that the filter hides, then those outside the queue.

        A unit that was asked for while it was hidden is gone to as soon as it is shown.
        """
        goal = self._marking.goal
        if self.state.active:
            self._apply(FilterState())
        else:
            self._rows.set_queue(None)
        if goal is not None:
            self._marking.set_current(goal)

    def follow(self) -> None:
        """Read the filter as it stands anew: another table may lack a column, or have it again."""
        self.stage.become(filter=self._parsed(self.state.text, self.state))

    def carry(self) -> None:
        """Take the filter along to another run, or say why it was dropped."""
        state = self._parsed(self.state.text, self.state)
        if state.error and not self.state.error:
            # it could be read before: a filter in the box that is not applied would mislead
            self.stage.notice.emit(f"Filter dropped: {state.error}")
            state = replace(state, text="", applied=None, error="")
        table = self.stage.scene.table
        gone = {c for c, name in PASSING_CHIPS.items() if table is None or not table.kind(name)}
        state = replace(state, chips=state.chips - gone)  # what was tried or compared ended
        self.stage.become(filter=state)

    def _apply(self, state: FilterState) -> None:
        before = self.state
        self.stage.become(filter=state)
        if self.stage.scene.table is not None and _passes(before) != _passes(state):
            self._rows.show_anew()

    def _parsed(self, text: str, state: FilterState) -> FilterState:
        table = self.stage.scene.table
        if table is None or not text.strip():
            return replace(state, text=text, applied=None, error="")
        from bcviewer.core.filter.language import FilterError, parse_filter  # not at the start

        try:
            return replace(state, text=text, applied=parse_filter(text, table), error="")
        except FilterError as error:
            applied = state.applied
            if applied is not None and any(not table.kind(n) for n in applied.names()):
                applied = None  # another run, which lacks a column of the last good filter
            return replace(state, text=text, applied=applied, error=str(error))


def _these(scene: Scene) -> str:
    """Return the filter for the highlighted units."""
    book, parts = scene.book, []
    for which, rows in [] if book is None else book.by_sheet(scene.selected):
        listed = f"unit_index in ({', '.join(map(str, rows.tolist()))})"
        probe = "" if book is None or len(book) == 1 else book.probes[which]
        parts.append(f"probe == {quote(probe)} and {listed}" if probe else listed)
    return " or ".join(parts) or "false"


def _passes(state: FilterState) -> tuple[object, ...]:
    """Return what of a filter says which units pass."""
    return state.applied, state.classes, state.chips


def _grouped(text: str) -> str:
    """Return a filter that binds as one: "or" binds less than the "and" beside it."""
    return f"({text})" if " or " in text else text
