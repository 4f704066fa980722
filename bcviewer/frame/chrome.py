"""The viewers around the panels: table, bars, banner, title, commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from bcviewer.app.commands.table import COMMANDS
from bcviewer.app.no_unit import empty_table_words
from bcviewer.app.rows_told_apart import rows_told_apart
from bcviewer.app.scene import Scene
from bcviewer.app.viewing.marking import FIRST_UNIT, LAST_UNIT, NOTHING_FOLLOWS
from bcviewer.core.arrays import Ints
from bcviewer.core.curation.across import last_done
from bcviewer.core.curation.history import gone_words
from bcviewer.core.rules.labels import LABEL_NAMES
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.book import Book
from bcviewer.frame.actions import Actions
from bcviewer.widgets.chrome.few_good_bar import FewGoodBar
from bcviewer.widgets.chrome.filter_bar import FilterBar
from bcviewer.widgets.chrome.messages import Banner
from bcviewer.widgets.chrome.probe_bar import ProbeBar
from bcviewer.widgets.chrome.status import StatusBar
from bcviewer.widgets.curate.curate_bar import CurateBar
from bcviewer.widgets.curate.queue_bar import QueueBar
from bcviewer.widgets.table.unit_table import UnitTable

_SHOWN = ("runs", "table", "identity", "sources", "view")


class ChromeViewer:
    """A viewer that is always on screen; ``scene`` is the one that it drew last."""

    parts: ClassVar[tuple[str, ...]] = ()
    waits: ClassVar[bool] = False

    def __init__(self) -> None:
        self.scene: Scene | None = None

    def show_scene(self, scene: Scene) -> None:
        """Draw what differs from what was drawn."""
        before, self.scene = self.scene, scene
        self._draw(scene, before)

    def _draw(self, scene: Scene, before: Scene | None) -> None:
        """Draw what differs from a scene before."""
        raise NotImplementedError

    @property
    def seen(self) -> bool:
        """Whether it is on screen: always."""
        return True

    def forget(self) -> None:
        """Do nothing: it is never hidden."""


class TableViewer(ChromeViewer):
    """The table: its cells, its rows, what is highlighted."""

    parts: ClassVar[tuple[str, ...]] = (
        *(*_SHOWN, "manual", "sort", "current", "selected", "arrived", "drafts", "journals"),
    )

    def __init__(self, table: UnitTable, columns: Callable[[], Sequence[str]]) -> None:
        super().__init__()
        self._table, self._columns = table, columns

    def _draw(self, scene: Scene, before: Scene | None) -> None:
        view = self._table
        if scene.table is None:
            return
        if before is None or scene.runs != before.runs:
            view.show_table(scene.table, scene.view.rows, self._columns())
            before = None
        else:
            self._draw_cells(scene, before)
        if scene.differs(before, "view"):
            view.show_rows(scene.view.rows, empty_table_words(scene))
        if scene.differs(before, "sort", "view"):
            view.show_sort(scene.sort.column, scene.sort.descending)
        view.show_marked(scene.current, scene.selected)
        if scene.differs(before, "arrived"):
            view.unit_model.set_news(scene.arrived.rows)
        if scene.differs(before, "drafts", "journals"):
            view.unit_model.set_drafts(scene.drafted)

    def _draw_cells(self, scene: Scene, before: Scene) -> None:
        table, view = scene.table, self._table
        if table is None:
            return
        if scene.differs(before, "sources"):
            view.show_columns(table, self._columns())
        if scene.differs(before, "table", "identity"):
            view.show_labels(table)
            view.show_said(table)
        elif scene.table is not before.table:
            view.unit_model.set_manual(table, rows_told_apart(before, scene))
            view.show_said(table)


class FilterBarViewer(ChromeViewer):
    """The filter, its chips with their counts, the queue, what arrived."""

    parts: ClassVar[tuple[str, ...]] = (*_SHOWN, "manual", "filter", "queue", "arrived")

    def __init__(self, bar: FilterBar) -> None:
        super().__init__()
        self._bar = bar

    def _draw(self, scene: Scene, before: Scene | None) -> None:
        bar, table = self._bar, scene.table
        n_hidden = 0 if scene.book is None else scene.book.n_hidden
        if scene.differs(before, "runs", "table", "identity", "sources"):
            bar.show_table(table, n_hidden)
        elif table is not None and scene.differs(before, "manual"):
            bar.show_manual(table, n_hidden)
        if scene.differs(before, "runs", "filter"):
            bar.show_filter(scene.filter)
        if scene.differs(before, "runs", "queue"):
            bar.show_queue(-1 if scene.queue is None else len(scene.queue))
        if table is not None and scene.differs(before, "runs", "view", "filter"):
            bar.show_count(scene.view.n_shown, table.n_units, scene.filter)
        if scene.differs(before, "arrived"):
            bar.show_arrived(scene.arrived.reorders, len(scene.arrived.rows))


class StatusViewer(ChromeViewer):
    """What is open, whether Bombcell agrees, what is saved."""

    parts: ClassVar[tuple[str, ...]] = (
        *("runs", "table", "identity", "manual", "verifications"),
        *("save", "current", "phy_link"),
    )

    def __init__(self, status: StatusBar) -> None:
        super().__init__()
        self._status = status

    def _draw(self, scene: Scene, before: Scene | None) -> None:
        status, book, table = self._status, scene.book, scene.table
        if scene.differs(before, "runs", "table", "identity"):
            status.show_book(scene.book)
        if scene.differs(before, "runs", "table", "verifications"):
            status.show_verifications(scene.book, scene.verifications)
        if scene.differs(before, "runs", "manual", "save"):
            n, n_hidden = (table.manual.n_labels, book.n_hidden) if table and book else (0, 0)
            status.show_saved(n, scene.save, n_hidden)
        if scene.differs(before, "runs", "phy_link"):
            status.show_phy(scene.phy_link, scene.book is not None)
        if before is not None and scene.differs(before, "current"):
            status.unsay(LAST_UNIT, FIRST_UNIT, NOTHING_FOLLOWS)


class BannerViewer(ChromeViewer):
    """What is wrong with the files and with the journals, and whose units are gone."""

    parts: ClassVar[tuple[str, ...]] = ("runs", "journals", "unopened")

    def __init__(self, banner: Banner) -> None:
        super().__init__()
        self._banner = banner

    def _draw(self, scene: Scene, before: Scene | None) -> None:
        anew = scene.differs(before, "runs", "unopened")
        if scene.book is not None and (anew or (scene.journals and not self._banner.is_error)):
            self._banner.show_issues(_banner_lines(scene, scene.book))


def _banner_lines(scene: Scene, book: Book) -> list[str]:
    """Return what is wrong with the files and the journals, each with the probe where more are."""

    def of(run: Run, words: object) -> str:
        return f"{scene.probe_of(run)}: {words}" if len(book) > 1 else str(words)

    lines = []
    for journals in scene.journals:
        which = book.sheet_with(journals.run)
        if journals.gone and which is not None:
            damage = book.sheets[which].ids.damage()
            lines.append(of(journals.run, gone_words(journals.gone, damage)))
    lines += [] if scene.catalogue is None else scene.catalogue.notes
    lines += scene.unopened
    if len(book) > 1:
        from bcviewer.core.comparison.differing import differing_words  # a start has one sheet

        lines += differing_words(book.probes, [s.inputs.criteria for s in book.sheets])
    lines += [of(run, issue) for run in scene.runs for issue in run.issues]
    return [*lines, *(of(one.run, issue) for one in scene.journals for issue in one.issues)]


class FewGoodViewer(ChromeViewer):
    """The sentence over the table: why so few units are GOOD."""

    parts: ClassVar[tuple[str, ...]] = ("table", "identity")

    def __init__(self, bar: FewGoodBar) -> None:
        super().__init__()
        self._bar = bar

    def _draw(self, scene: Scene, before: Scene | None) -> None:  # noqa: ARG002
        book = scene.book  # nothing is said of what is not known
        self._bar.show_table(None if book is None or book.n_hidden else book.table)


class ProbeViewer(ChromeViewer):
    """The recording and its probes, and how many units of each are decided."""

    parts: ClassVar[tuple[str, ...]] = ("catalogue", "decided", "table", "manual", "journals")

    def __init__(self, bar: ProbeBar, actions: Actions) -> None:
        super().__init__()
        self._bar, self._actions = bar, actions

    def _draw(self, scene: Scene, before: Scene | None) -> None:
        if scene.catalogue is None:
            return
        if scene.differs(before, "catalogue"):
            self._bar.show_catalogue(scene.catalogue)
            self._actions.view.show_modes(len(scene.catalogue.modes))
            for command in COMMANDS:
                if command.act == "probe":
                    there = self._bar.index_of_letter(command.about) >= 0
                    self._actions.view.show_probe(command.key, there)
        self._bar.show_decided(scene.decided_of)


class TitleViewer(ChromeViewer):
    """The window's title: it changes with the scene, so that no paint sees another one's name."""

    parts: ClassVar[tuple[str, ...]] = ("catalogue",)

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        self._window = window

    def _draw(self, scene: Scene, before: Scene | None) -> None:  # noqa: ARG002
        if scene.catalogue is not None:
            self._window.setWindowTitle(f"{scene.catalogue.title} – bcviewer")


class CurateBarViewer(ChromeViewer):
    """What was said of the current unit, and what was done just now."""

    parts: ClassVar[tuple[str, ...]] = (
        "runs",
        "journals",
        "manual",
        "current",
        "selected",
        "table",
        "done",
        "own_said",
        "person",
        "drafts",
    )

    def __init__(self, bar: CurateBar, whom: Callable[[], tuple[Ints, str]]) -> None:
        super().__init__()
        self._bar, self._whom = bar, whom

    def _draw(self, scene: Scene, before: Scene | None) -> None:
        of_unit = ("runs", "journals", "manual", "current", "selected", "drafts")
        if scene.differs(before, *of_unit):
            is_read, whom = scene.is_read, self._whom()[0]
            self._bar.show_unit(scene.table, scene.current, whom, is_read, scene.draft)
        if scene.differs(before, "told_done"):
            done = scene.told_done
            self._bar.just.forget() if done is None else self._bar.just.name(done)
        if scene.differs(before, "done", "own_said", "person"):
            last = last_done(scene.own_said, scene.person)
            self._bar.just.keep_undoable(last[0][1].id if last else "")


class QueueBarViewer(ChromeViewer):
    """How far the review queue is, and what comes next."""

    parts: ClassVar[tuple[str, ...]] = ("run", "table", "manual", "review", "identity")

    def __init__(self, bar: QueueBar) -> None:
        super().__init__()
        self._bar = bar

    def _draw(self, scene: Scene, before: Scene | None) -> None:  # noqa: ARG002
        book = None if scene.review is None else scene.book
        known = (0, True) if book is None else (book.n_hidden, book.is_compared_with_phy)
        self._bar.show_review(scene.table, scene.review, *known)


class ActionsViewer(ChromeViewer):
    """Which commands can be given now, which are on, what undo would do."""

    parts: ClassVar[tuple[str, ...]] = (
        *("runs", "table", "own_said", "person", "filter"),
        *("stretch", "lasso", "current", "said", "review", "comparison", "run"),
    )

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self._actions = actions

    def _draw(self, scene: Scene, before: Scene | None) -> None:
        there = scene.run is not None
        if before is None or there != (before.run is not None):
            self._actions.enable(there)
        if scene.differs(before, "runs", "comparison"):
            self._actions.enable_compared(scene.comparison is not None)
        if scene.differs(before, "runs", "table", "own_said", "person", "run"):
            self._actions.curate.show_said(scene)
        if scene.differs(before, "runs", "stretch", "lasso", "current", "said"):
            self._actions.stretch.offer(scene)
        if scene.differs(before, "runs", "review"):
            self._actions.curate.show_review(scene)
        if scene.differs(before, "filter"):
            on = scene.filter.chips | {LABEL_NAMES[label] for label in scene.filter.classes}
            for command in COMMANDS:
                if command.act in ("class", "chip"):
                    self._actions.by_key[command.key].setChecked(command.about in on)


class PageViewer(ChromeViewer):
    """The welcome page, or the units once a run is open."""

    parts: ClassVar[tuple[str, ...]] = ("runs",)

    def __init__(self, stack: QStackedWidget, table: UnitTable, bar: FilterBar) -> None:
        super().__init__()
        self._stack, self._table, self._bar = stack, table, bar

    def _draw(self, scene: Scene, before: Scene | None) -> None:
        if scene.run is None or (before is not None and scene.goes_on(before)):
            return  # a probe that joins takes the focus from nobody
        self._stack.setCurrentIndex(1)
        self._leave_room()
        if not self._bar.edit.text():  # Qt gives the first box of a page the focus
            self._table.setFocus()

    def _leave_room(self) -> None:
        """Let the page that is left ask for no room, and the window know of it at once."""
        left, ignored = self._stack.widget(0), QSizePolicy.Policy.Ignored
        if left is not None:
            left.setSizePolicy(ignored, ignored)
        part: QWidget | None = self._stack
        while part is not None and not part.isWindow() and (layout := part.layout()) is not None:
            layout.activate()  # Qt would do it some events later, from within
            part.updateGeometry()
            part = part.parentWidget()
