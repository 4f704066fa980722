"""The preferences in the real window: kept, applied at once, and left alone by Cancel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication
from qt_fixtures import press, settle

from bcviewer.app.prefs import LARGEST_FONT, Prefs
from bcviewer.core.rules.column_choices import DEFAULT_COLUMNS
from bcviewer.frame import file_actions
from bcviewer.frame.looks import apply_looks
from bcviewer.frame.window import Window
from bcviewer.widgets.chrome.preferences import PreferencesDialog
from bcviewer.widgets.drawing.still_label import StillLabel
from bcviewer.widgets.drawing.theme import theme

FEW = ("label", "cluster_id", "nSpikes")


@pytest.fixture
def window(shared_window: Any) -> Iterator[Window]:
    yield shared_window("demo")
    apply_looks("", 0)
    settle()


@pytest.fixture
def ask(window: Window, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Open the preferences by their key, set them, and press OK or Cancel."""

    def with_hands(fill: Callable[[PreferencesDialog], None], *, accept: bool = True) -> None:
        def hands(dialog: PreferencesDialog) -> int:
            fill(dialog)
            dialog.accept() if accept else dialog.reject()
            return dialog.result()

        monkeypatch.setattr(PreferencesDialog, "exec", hands)
        press(window, "Ctrl+,")
        settle()

    return with_hands


def set_all(dialog: PreferencesDialog) -> None:
    dialog.theme.setCurrentIndex(dialog.theme.findData("dark"))
    dialog.font_size.setValue(LARGEST_FONT)
    dialog.choose_columns.click()
    dialog.person.setText("Ada")
    dialog.phy.setText("  /opt/phy ")


class FewColumns:
    """Stands for the dialog of columns: a person ticks a few."""

    def __init__(self, *_: Any) -> None: ...

    def exec(self) -> int:
        return 1

    def columns(self) -> list[str]:
        return list(FEW)

    def deleteLater(self) -> None: ...


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_actions, "ColumnsDialog", FewColumns)


@pytest.mark.slow
def test_larger_letters_alone_are_larger_everywhere(
    window: Window, ask: Callable[..., None]
) -> None:
    """Seen: what has a style sheet, as the table, kept its letters until the next start."""
    table = window.unit_table
    row, font = table.rowHeight(0), window.font().pointSize()
    ask(lambda dialog: dialog.font_size.setValue(LARGEST_FONT))
    for widget in (table, table.unit_header, window.filter_bar.error):
        assert widget.font().pointSize() == LARGEST_FONT > font
    assert table.rowHeight(0) > row
    ask(lambda dialog: dialog.font_size.setValue(dialog.font_size.minimum()))
    assert table.font().pointSize() == table.unit_header.font().pointSize() == font
    assert table.rowHeight(0) == row


@pytest.mark.slow
def test_smaller_letters_again_are_smaller_everywhere(window: Window) -> None:
    """Seen: the table's titles stayed as high as the largest letters there had been."""
    high = window.unit_table.horizontalHeader().height()
    for points in (LARGEST_FONT, 0, LARGEST_FONT, 0):  # the first change told all, later ones not
        apply_looks("", points)
        settle()
    header = window.unit_table.horizontalHeader()
    size = QApplication.font().pointSizeF()
    assert header.viewport().font().pointSizeF() == header.font().pointSizeF() == size
    assert header.height() == high


@pytest.mark.slow
def test_all_are_applied_at_once_and_kept(window: Window, ask: Callable[..., None]) -> None:
    panel, table = window.panels["waveform"], window.unit_table
    font, small, row = (
        window.font().pointSize(),
        panel.legend.font().pointSize(),
        table.verticalHeader().defaultSectionSize(),
    )
    title = panel.peak.font().pointSize()
    assert not theme().dark
    ask(set_all)
    assert theme().dark
    assert window.font().pointSize() == LARGEST_FONT > font
    assert panel.legend.font().pointSize() == LARGEST_FONT - 1 > small
    assert panel.peak.font().pointSize() == LARGEST_FONT - 1 > title
    assert table.verticalHeader().defaultSectionSize() > row
    assert tuple(table.shown_columns()) == FEW
    ids = table.unit_model.columns.index("cluster_id")
    assert QFontMetrics(table.font()).horizontalAdvance("38") < table.columnWidth(ids) - 8
    headline = window.panels["why"].findChild(StillLabel, "whyHeadline")
    assert headline is not None
    assert headline.font().pointSizeF() == pytest.approx(LARGEST_FONT * 1.08, abs=0.5)
    assert window.session.scene.person == "Ada"
    kept = Prefs()
    assert (kept.theme(), kept.font_size()) == ("dark", LARGEST_FONT)
    assert (tuple(kept.columns()), kept.person(), kept.phy_command()) == (FEW, "Ada", "/opt/phy")

    def back(dialog: PreferencesDialog) -> None:
        assert dialog.chosen().theme == "dark"
        assert dialog.columns_label.text() == "3 columns"
        dialog.theme.setCurrentIndex(0)
        dialog.font_size.setValue(dialog.font_size.minimum())
        dialog.first_columns.click()

    ask(back)
    assert not theme().dark
    assert window.font().pointSize() == font
    assert panel.legend.font().pointSize() == small
    assert set(table.shown_columns()) <= set(DEFAULT_COLUMNS)
    assert len(table.shown_columns()) > len(FEW)
    assert (Prefs().theme(), Prefs().font_size(), Prefs().columns()) == ("", 0, [])


@pytest.mark.slow
def test_cancel_leaves_all_as_it_was(window: Window, ask: Callable[..., None]) -> None:
    kept = {key: window.prefs.settings.value(key) for key in window.prefs.settings.allKeys()}
    columns, person = window.unit_table.shown_columns(), window.session.scene.person
    font = window.font().pointSize()
    ask(set_all, accept=False)
    assert kept == {k: window.prefs.settings.value(k) for k in window.prefs.settings.allKeys()}
    assert (window.unit_table.shown_columns(), window.session.scene.person) == (columns, person)
    assert (window.font().pointSize(), theme().dark) == (font, False)


def test_what_is_kept_is_there_at_the_next_start(
    open_window: Any, config_dir: Any, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(lambda: apply_looks("", 0))
    prefs = Prefs()
    prefs.set_looks("dark", 12)
    prefs.sync()
    window = open_window("demo")
    assert (theme().dark, window.font().pointSize()) == (True, 12)
    assert window.panels["correlogram"].legend.font().pointSize() == 11
    assert QApplication.font().pointSize() == 12


@pytest.mark.parametrize("said", ["large", "-3", "4000000000", "6", "40"])
def test_an_odd_size_or_theme_in_the_file_is_the_desktops(config_dir: Any, said: str) -> None:
    prefs = Prefs()
    prefs.settings.setValue("looks/font_size", said)
    prefs.settings.setValue("looks/theme", said)
    assert (prefs.theme(), prefs.font_size()) == ("", 0)
