"""The real window of a package with one metric and rule more, driven by keys and mouse.

What is wrong fails an assertion; the last line that is printed is ``everywhere``.
"""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QToolTip, QWidget
from qt_fixtures import click, click_unit, current_id, press, settle, shown_ids, write_recording

from bcviewer.app.background import evidence, verifier
from bcviewer.app.prefs import CONFIG_ENV
from bcviewer.app.threads.waiting import wait_until
from bcviewer.core.rules.rules import RULE_INDEX
from bcviewer.errors import UserError
from bcviewer.frame.window import Window
from bcviewer.main import start
from bcviewer.oracle.client import Bombcell
from bcviewer.widgets.chrome.dialogs import ColumnsDialog

WAIT_MS = 20_000
NAN = float("nan")
WOBBLE = [1.0, 9.0, NAN, 3.0, 8.0, 2.0]
TOKEN = "wobble>maxWobble"
RULE = RULE_INDEX[TOKEN]


def not_asked(*_: Any) -> Any:
    raise UserError("bombcell has no part in this")


def opened(folder: Path) -> Window:
    verifier.START_MS, evidence.BOMBCELL_MS, Bombcell.ask = 10_000_000, 0, not_asked
    os.environ[CONFIG_ENV] = str(folder / "settings")
    recording = write_recording(folder / "ks", {"wobble": WOBBLE}, {"maxWobble": 7.0})
    _, window = start([str(recording)])
    assert window.session.wait_idle(WAIT_MS)
    activate(window)
    return window


def activate(window: Window) -> None:
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window, WAIT_MS)


def raised(window: Window, dock: str) -> Any:
    window.docks[dock].show()
    window.docks[dock].raise_()
    settle()
    assert window.panels[dock].isVisible()
    return window.panels[dock]


def tip_at(viewport: QWidget, place: QPoint) -> str:
    """Hover with the real event, and return what the tooltip says."""
    QToolTip.hideText()
    event = QHelpEvent(QEvent.Type.ToolTip, place, viewport.mapToGlobal(place))
    QApplication.sendEvent(viewport, event)
    return QToolTip.text() or viewport.parentWidget().toolTip()


def filtered(window: Window, text: str, ids: list[int]) -> None:
    wait_until(lambda: shown_ids(window) == ids, window.session.changed, WAIT_MS)
    assert (window.filter_bar.edit.text(), shown_ids(window)) == (text, ids)


def label_and_reason(window: Window) -> None:
    table = window.session.table
    labels = [table.text("label", row) for row in range(table.n_units)]
    assert labels == ["GOOD", "MUA", "GOOD", "GOOD", "MUA", "GOOD"]
    click_unit(window, shown_ids(window).index(1))
    assert current_id(window) == 1
    why = raised(window, "why")
    assert "✗ wobble: FAIL 9.0 > 7 µm" in why.text(), why.text()
    assert "2.0 µm over" in tip_at(why.rows, why.rows.place_of(RULE))


def thresholds(window: Window) -> None:
    """See the dock's row of the rule, and what hovering it says."""
    panel = raised(window, "thresholds")
    place = next(i for i, row in enumerate(panel.plot.rows) if row.name == "wobble max")
    assert panel.plot.rows[place].words == "FAIL 9.0 > 7 µm"
    tip = tip_at(panel.plot, panel.plot.row_center(place).toPoint())
    assert "How far it wobbles." in tip
    assert TOKEN.replace(">", "&gt;") in tip


def histograms(window: Window) -> None:
    """See its histogram with its limit, and click a bin."""
    panel = raised(window, "histograms")
    item = panel.items["wobble"]
    panel.area.ensureVisible(int(item.pos().x()), int(item.pos().y() + item.size.height()))
    settle()
    assert [rule for _, rule in item._limits()] == [RULE]
    assert item.found.limits[0].value == 7.0
    last = next(i for i in reversed(range(item.found.axis.n_bins)) if item.found.counts[:, i].any())
    place = item.mapToScene(item.part_center(last)).toPoint()
    tip = tip_at(panel.canvas.viewport(), place)
    assert f"past MUA: {TOKEN}".replace(">", "&gt;") in tip, tip
    click(panel.canvas.viewport(), place)
    text = window.filter_bar.edit.text()
    assert text.startswith("wobble > "), text
    filtered(window, text, [1])
    press(window, "Escape")


def filter_word(window: Window) -> None:
    """Type the word: it is offered, means what it says, and orders the table."""
    bar = window.filter_bar
    bar.edit.clear()
    bar.edit.setFocus()
    QTest.keyClicks(bar.edit, "wob")
    popup = bar.edit._popup
    assert popup.model().index(0, 0).data() == "wobble"
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    QTest.keyClicks(bar.edit, " > 8.5 and label == 'MUA'")
    QTest.keyClick(bar.edit, Qt.Key.Key_Return)
    filtered(window, "wobble > 8.5 and label == 'MUA'", [1])


def table_column(window: Window) -> None:
    """Choose the column in the dialog, read its header and a cell, hover both."""

    def choose() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ColumnsDialog)
        item = next(
            dialog.list.item(i)
            for i in range(dialog.list.count())
            if dialog.list.item(i).data(Qt.ItemDataRole.UserRole) == "wobble"
        )
        item.setCheckState(Qt.CheckState.Checked)
        dialog.accept()

    QTimer.singleShot(0, choose)
    window.actions_by_key.dialogs.do_columns()
    settle()
    activate(window)
    view = window.unit_table
    assert view.shown_columns()[-1] == "wobble"
    section = view.unit_model.columns.index("wobble")
    index = view.unit_model.index(shown_ids(window).index(1), section)
    view.scrollTo(index)
    assert index.data() == "9.0"
    assert "fail: wobble&gt;maxWobble" in tip_at(view.viewport(), view.visualRect(index).center())
    header = view.horizontalHeader()
    x = header.sectionViewportPosition(section) + header.sectionSize(section) // 2
    tip = tip_at(header.viewport(), QPoint(x, header.height() // 2))
    assert "How far it wobbles." in tip
    assert "wobble&gt;maxWobble" in tip


def population(window: Window) -> None:
    """The pictures of reasons count it by its token."""
    for dock in ("reasons", "class_reasons", "heatmap", "stacked", "together", "sets", "families"):
        header, rows = raised(window, dock).numbers()
        said = " ".join(str(value) for row in [header, *rows] for value in row)
        assert ("unstable" if dock == "families" else TOKEN) in said, (dock, said)


def export(window: Window, folder: Path) -> None:
    path = folder / "units.csv"
    QFileDialog.getSaveFileName = lambda *_: (str(path), "CSV (*.csv)")
    press(window, "Ctrl+Shift+E")
    assert window.session.wait_idle(WAIT_MS)
    with path.open(encoding="utf-8", newline="") as file:
        (unit,) = csv.DictReader(file)
    assert float(unit["wobble"]) == 9.0
    assert unit[f"mua_{TOKEN}"] == "True"
    assert TOKEN in unit["classification_reason"]


def report(window: Window, folder: Path) -> None:
    path = folder / "report.html"
    QFileDialog.getSaveFileName = lambda *_: (str(path), "HTML (*.html)")
    press(window, "Ctrl+R")
    assert window.session.wait_idle(60_000)
    assert path.exists(), window.banner.text
    text = path.read_text("utf-8")
    assert '<code>maxWobble</code></td><td class="n data">7<' in text, "a threshold with its value"
    reason = f'<td class="t reason" title="MUA: {TOKEN.replace(">", "&gt;")}">unstable: wobble</td>'
    assert f'<td class="c MUA">MUA</td>{reason}' in text, "a unit with its reason"
    assert "wobble. Fails: >\u00a07\u00a0µm." in text.replace("&gt;", ">"), (
        "a histogram with its limit"
    )


def main(folder: Path) -> None:
    window = opened(folder)
    label_and_reason(window)
    thresholds(window)
    population(window)
    histograms(window)
    filter_word(window)
    table_column(window)
    export(window, folder)
    report(window, folder)
    window.close()
    sys.stdout.write("everywhere\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
