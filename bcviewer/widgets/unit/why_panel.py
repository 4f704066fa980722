"""Why the current unit has its label: the reason in a line, then every rule."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from bcviewer.app.no_unit import no_unit_words
from bcviewer.app.same_part import is_same
from bcviewer.app.scene import Scene
from bcviewer.app.wishes import ShowDock, ShowEvidence
from bcviewer.core.audit.reasons import FOUR_WAY_HELP, FOUR_WAY_NAME
from bcviewer.core.evidence.ask import Ask, Missing
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.explain import Verdict, explain
from bcviewer.core.sheet.parts import FINAL
from bcviewer.widgets.base.panel import Panel
from bcviewer.widgets.drawing.still_label import StillLabel
from bcviewer.widgets.drawing.theme import label_icon, make_large, make_small, theme
from bcviewer.widgets.drawing.tips import plain_tip
from bcviewer.widgets.unit.verdict_rows import VerdictRows

_ICON = 20
_SHARE = Ask("drift_share")
_ROOM = 200
"""A panel of fewer pixels says of the parts by a lasso only what their labels would be."""
_EXPLAINED = ("table", "current", "identity", "comparison", "phy_label")
"""What the verdict follows from; what the highlighted units would be as one, of more."""


class WhyPanel(Panel):
    """The label, the one-line verdict, what else is to be known, and the rules.

    What failed comes first, then the weakest passes; a click on a rule shows its evidence.

    Attributes
    ----------
    rows : VerdictRows
        The rules.
    verdict : Verdict or None
        What is shown; None: no unit is.
    """

    panel_id = "why"
    title = "Why"
    waits = False  # a verdict beside another unit than the table's would be a wrong one
    parts = (*_EXPLAINED, "selected", "lasso", "raw_files", "evidence")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = QLabel(self)
        self._icon.setFixedSize(QSize(_ICON + 4, _ICON + 4))
        self._shown: tuple[Label, bool] | None = None
        self._explained: tuple[object, ...] | None = None
        self._label = StillLabel(self, "whyLabel")
        make_large(self._label, 1.5, bold=True)
        self._unit = StillLabel(self, "whyUnit", Qt.AlignmentFlag.AlignRight)
        self._headline = StillLabel(self, "whyHeadline", wraps=True)
        make_large(self._headline, 1.08)
        self._facts = StillLabel(self, "whyFacts", wraps=True)
        make_small(self._facts)
        self._together = StillLabel(self, "whyTogether", wraps=True)
        self._split = StillLabel(self, "whySplit", wraps=True)
        for preview in (self._together, self._split):
            make_small(preview)
        self.rows = VerdictRows(self)
        self.rows.chosen.connect(self._on_chosen)
        self._lay_out()
        self.verdict: Verdict | None = None
        self._whole_split = ""

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self._icon)
        line.addWidget(self._label)
        line.addStretch(1)
        line.addWidget(self._unit)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 4, 8, 2)
        box.setSpacing(2)
        box.addLayout(line)
        box.addWidget(self._headline)
        box.addWidget(self._facts)
        box.addWidget(self._together)
        box.addWidget(self._split)
        box.addSpacing(3)
        box.addWidget(self.rows, 1)

    def asks(self, scene: Scene) -> tuple[Ask, ...]:
        if not _previewed(scene):
            return self.asks_ahead(scene)
        from bcviewer.widgets.unit.previews import split_ask, together_ask

        asks = (*self.asks_ahead(scene), together_ask(scene), split_ask(scene))
        return tuple(ask for ask in asks if ask is not None)

    def asks_ahead(self, scene: Scene) -> tuple[Ask, ...]:
        """Return what is asked of each unit: of how few spikes a drift is that was saved."""
        drift = None if scene.run is None else scene.run.units.floats("maxDriftEstimate")
        return () if drift is None else (_SHARE,)

    def _show_previews(self, scene: Scene) -> None:
        """Say what the highlighted units would be as one, or the current one in two."""
        said = {self._together: ("", ""), self._split: ("", "")}
        self._whole_split = ""
        if _previewed(scene):
            from bcviewer.widgets.unit import previews

            whole, short = previews.split_words(scene)
            self._whole_split = whole
            about = f"{whole}\n\n{previews.NO_SPLIT}"
            said[self._split] = whole if self.height() >= _ROOM else short, about
            if not whole:  # there is no room for both: what was drawn last is meant
                said[self._together] = previews.together_words(scene), previews.NO_ADVICE
        for label, (words, about) in said.items():
            label.setText(words)
            label.setVisible(bool(words))
            label.setToolTip(plain_tip(about) if words else "")

    def forget(self) -> None:
        self._explained = None
        super().forget()

    def retheme(self) -> None:
        self._explained = None
        super().retheme()

    def redraw(self, scene: Scene) -> None:
        self._show_previews(scene)
        state = (*(scene.part(part) for part in _EXPLAINED), scene.evidence.get(_SHARE))
        before, self._explained = self._explained, state
        if before is None or not all(map(is_same, state, before)):  # answers come more often
            self._explain(scene)

    def _explain(self, scene: Scene) -> None:
        sheet, row = scene.sheet, scene.sheet_row
        if sheet is None or scene.table is None or row < 0:
            self._shown = self.verdict = None
            self._icon.clear()
            self._label.setText("No unit")
            self._unit.clear()
            self._headline.setText(no_unit_words(scene))
            self._facts.clear()
            self.rows.show_lines((), theme())
            return
        verdict = explain(sheet, row)
        share = "" if sheet.veil.hides(row) else _share_words(scene.evidence.get(_SHARE))
        if share:
            verdict = replace(verdict, facts=(*verdict.facts, share))
        self.verdict = verdict
        label = Label(int(sheet.parts.verdicts[row]))
        tried = sheet.inputs.tried is not None and not verdict.here
        if (label, tried) != self._shown:  # another picture has the panel laid out anew
            self._shown = label, tried
            sign = label_icon(label, _ICON, proposed=tried)
            self._icon.setPixmap(sign.pixmap(_ICON, _ICON))
        called = _called(verdict, sheet.veil.hides(row))
        if sheet.inputs.source == FINAL and verdict.label and label != int(sheet.labels[row]):
            called = f"Bombcell: {called}"  # the table has what was decided
        self._label.setText(f"what if: {called}" if tried else called)
        self._unit.setText(scene.table.named(scene.current))
        self._headline.setText(verdict.headline)
        facts = " · ".join(verdict.facts)
        self._facts.setText(facts)
        for said in (self._headline, self._facts):
            said.setToolTip(plain_tip(FOUR_WAY_HELP) if FOUR_WAY_NAME in said.text() else "")
        self.rows.show_lines(verdict.lines, theme())

    def text(self) -> str:
        """Return all that it says."""
        if self.verdict is None:
            return self._headline.text()
        verdict = self.verdict
        head = f"{self._unit.text()}: {self._label.text()}"
        previews = filter(None, (self._together.text(), self._whole_split))
        said = (verdict.headline, *verdict.facts, *previews)
        return "\n".join((head, *said, *self.rows.texts()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.menu()
        menu.exec(event.globalPos())
        menu.deleteLater()

    def menu(self) -> QMenu:
        """Return the menu of a right click."""
        menu = QMenu(self)
        menu.addAction("Copy as text").triggered.connect(self.copy)
        return menu

    def copy(self) -> None:
        """Put all that it says on the clipboard."""
        QGuiApplication.clipboard().setText(self.text())

    def _on_chosen(self, rule: int) -> None:
        known = rule >= 0
        self.wish.emit(ShowEvidence(RULES[rule].metric) if known else ShowDock("thresholds"))


def _share_words(found: object) -> str:
    """Return what an answer says of the drift that was saved."""
    if found is None or isinstance(found, Missing):
        return ""
    from bcviewer.core.evidence.drift import UsableShare  # with an answer it is there

    return found.words if isinstance(found, UsableShare) else ""


def _previewed(scene: Scene) -> bool:
    """Whether something may be looked at as if it were merged or split: at the start nothing is."""
    return scene.lasso is not None or len(scene.selected) > 1


def _called(verdict: Verdict, hidden: bool) -> str:
    return verdict.label or verdict.here or ("hidden" if hidden else "no label")
