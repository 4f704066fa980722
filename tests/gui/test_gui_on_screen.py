"""A window that was put back is within its screen, with its frame, once it is shown."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QByteArray, QRect, QSize, QTimer
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QStyle, QWidget
from qt_fixtures import WAIT_MS

from bcviewer.frame import on_screen
from bcviewer.frame.on_screen import OnScreen
from bcviewer.frame.window import Window

AREA, FRAME = QRect(0, 0, 1280, 720), QSize(2, 25)


class Framed(QWidget):
    """A window to which the system adds its frame some time after it is shown."""

    looks = 0

    def frameSize(self) -> QSize:
        self.looks += 1
        return self.size() + (FRAME if self.looks > 3 else QSize(0, 0))


@pytest.fixture(autouse=True)
def low_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QScreen, "availableGeometry", lambda _: AREA)
    monkeypatch.setattr(on_screen, "_AGAIN_MS", 1)


def test_with_its_frame_it_fits_though_it_had_asked_for_more(qtbot: Any, keep: Any) -> None:
    """Seen: left at 1434 × 860, it was 731 high on a screen of 720, its status bar below it."""
    window = Framed()
    OnScreen(window)
    window.move(1, 25)
    window.resize(1278, 731)
    keep(window)
    qtbot.waitUntil(lambda: window.size() == AREA.size() - FRAME, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: AREA.contains(QRect(window.pos(), window.frameSize())), timeout=WAIT_MS)
    assert window.pos() == AREA.topLeft()


def looks(watch: OnScreen) -> bool:
    return watch.findChild(QTimer).isActive()


@pytest.mark.parametrize("least", [QSize(100, 100), QSize(900, 900)])
def test_it_is_let_be_once_it_fits_or_where_it_cannot(qtbot: Any, keep: Any, least: QSize) -> None:
    window = QWidget()  # which never gets a frame
    window.setMinimumSize(least)
    watch = OnScreen(window)
    window.resize(1000, 1000)
    keep(window)
    qtbot.waitUntil(lambda: not looks(watch), timeout=WAIT_MS)
    title = window.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
    assert window.size() == QSize(1000, 720 - title).expandedTo(least)
    window.hide()
    window.show()  # what the person makes of it by now is left alone
    assert not looks(watch)


def test_one_that_fills_the_screen_is_left_to_the_system(qtbot: Any, keep: Any) -> None:
    whole = QWidget()
    watch = OnScreen(whole)
    whole.showMaximized()
    keep(whole, shown=False)
    qtbot.waitUntil(lambda: not looks(watch), timeout=WAIT_MS)
    assert whole.isMaximized()


@pytest.mark.slow
def test_a_window_that_is_opened_again_is_within_a_lower_screen(
    qtbot: Any, open_window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_window("demo").close()
    real = Window.restoreGeometry

    def as_laid_out(self: Window, geometry: QByteArray) -> bool:
        found = real(self, geometry)
        self.resize(1434, 860)  # as it grows where it asks for more until it is laid out
        return found

    monkeypatch.setattr(Window, "restoreGeometry", as_laid_out)
    second = open_window("demo")
    title = second.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
    qtbot.waitUntil(lambda: second.height() <= AREA.height() - title, timeout=WAIT_MS)
    assert second.width() <= AREA.width()
