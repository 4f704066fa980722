"""The Units and Filter menus: steps, what is highlighted, what is copied, what is shown."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication

from bcviewer.core.rules.columns import BETWEEN
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES
from bcviewer.frame.command_group import CommandGroup

_MAX_COPY = 200_000


class UnitActions(CommandGroup):
    """Steps, selects, copies and filters.

    Attributes
    ----------
    similar_chosen : Signal(int)
        Another similar unit is to be seen beside the current one: the next (1), the one before.
    lasso_chosen : Signal()
        A line is to be drawn around spikes.
    """

    similar_chosen = Signal(int)
    lasso_chosen = Signal()

    def do_next_unit(self) -> None:
        """Step down."""
        self.session.step(1)

    def do_previous_unit(self) -> None:
        """Step up."""
        self.session.step(-1)

    def do_first_unit(self) -> None:
        """Go to the top."""
        self.session.go_to_place(0)

    def do_last_unit(self) -> None:
        """Go to the bottom."""
        self.session.go_to_place(-1)

    def do_next_borderline(self) -> None:
        """Go to the next borderline unit."""
        self.session.viewing.marking.next_borderline()

    def do_similar(self, by: str) -> None:
        """Compare the current unit with another similar one."""
        self.similar_chosen.emit(int(by))

    def do_lasso(self) -> None:
        """Let a line be drawn around spikes, where the plots for it are."""
        self.lasso_chosen.emit()

    def do_go_to(self) -> None:
        """Open the box for an id."""
        self.pieces.filter_bar.ask_go_to()

    def do_select_shown(self) -> None:
        """Select all shown units."""
        self.pieces.unit_table.selectAll()

    def do_copy_rows(self) -> None:
        """Copy the selected rows as tab-separated text."""
        table, rows = self.session.table, self.session.selected
        if table is None or not self.something_shown():
            return
        keys = [k for k in self.pieces.unit_table.shown_columns() if table.kind(k)]
        tried = self.session.scene.proposal.words  # no label of a proposal leaves without its name
        two = self.session.scene.comparison if not set(BETWEEN).isdisjoint(keys) else None
        beside = {"what if": tried, "compared": " → ".join(two.titles) if two else ""}
        named = [words for words in beside.values() if words]
        head = [*(table.column(key).title for key in keys), *(k for k, v in beside.items() if v)]
        lines = ["\t".join(head)]
        for row in rows[:_MAX_COPY].tolist():
            cells = (_pasted(table.text(key, row), table.column(key).kind) for key in keys)
            lines.append("\t".join((*cells, *named)))
        QGuiApplication.clipboard().setText("\n".join(lines))
        self.session.notice.emit(f"{count_of(min(len(rows), _MAX_COPY), 'row')} copied.")

    def do_copy_ids(self) -> None:
        """Copy the selected cluster ids, separated by blanks, as phy takes them."""
        table, rows = self.session.table, self.session.selected
        if table is None or not self.something_shown():
            return
        book = self.session.scene.book
        parts = [] if book is None else book.by_sheet(rows)
        ids = table.ids.ids_of(rows).tolist()
        words = [str(i) for i in ids]
        if book is not None and len(parts) > 1:  # an id alone is a unit of each of them
            each = [(book.probes[i], book.sheets[i].ids.ids_of(own)) for i, own in parts]
            words = [f"{probe}:{i}" for probe, own in each for i in own.tolist()]
        if ids:
            QGuiApplication.clipboard().setText(" ".join(words))
        nameless = len(rows) - len(ids)
        also = f" {count_of(nameless, 'row has', 'rows have')} none." if nameless else ""
        also += " Each with its probe." if len(parts) > 1 else ""
        self.session.notice.emit(f"{count_of(len(ids), 'cluster id')} copied.{also}")

    # -- Filter ------------------------------------------------------------------------------

    def do_filter(self) -> None:
        """Put the cursor into the filter box."""
        self.pieces.filter_bar.edit.ask()

    def do_clear_filter(self) -> None:
        """Show all units and give the table the focus."""
        self.session.clear_filter()
        self.pieces.filter_bar.show_filter(self.session.filter)  # also what is not applied yet
        self.pieces.unit_table.setFocus()

    def do_class(self, name: str) -> None:
        """Show the units of a class only, or of others as well again."""
        self.session.toggle_class(next(c for c in CLASSES if LABEL_NAMES[c] == name))

    def do_chip(self, name: str) -> None:
        """Switch one of the other chips on or off."""
        self.session.toggle_chip(name)


def _pasted(text: str, kind: str) -> str:
    """Return a cell as a spreadsheet may be given it: on one line, and never a formula."""
    from bcviewer.io.exchange.export import harmless  # the first paint needs no exports

    line = text.replace("\t", " ").replace("\n", " ").replace("\r", " ")
    return harmless(line) if kind == "text" else line.replace("−", "-")  # else it is no number
