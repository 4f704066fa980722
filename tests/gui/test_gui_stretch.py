"""A stretch in the real window: dragged, typed, ended, kept; every dock beside the whole."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QPushButton
from qt_fixtures import WAIT_MS, click, press, settle

from bcviewer.app.threads.waiting import wait_until
from bcviewer.core.curation.entries import NOTE, STABLE
from bcviewer.core.evidence.ask import Missing
from bcviewer.core.run.stretch import Stretch
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.frame.window import Window
from bcviewer.io.exchange.export import audit_frame, labels_frame
from bcviewer.widgets.unit.stretch_panel import NONE_CHOSEN


def ready(window: Window) -> None:
    press(window, "F6")
    window.session.go_to_place(0)


@pytest.fixture
def window(shared_window: Any) -> Iterator[Window]:
    window = shared_window("demo", ready=ready)
    yield window
    window.session.viewing.stretching.end()


def wait(window: Window) -> None:
    assert window.session.wait_idle(WAIT_MS)
    settle()


def raised(window: Window, key: str) -> Any:
    window.docks[key].raise_()
    settle()
    wait(window)
    return window.panels[key]


def at(panel: Any, share: float) -> QPoint:
    """Return a place of the plot over time, by its share of the session."""
    left, right = panel.plot.time_area()
    return QPoint(round(left + (right - left) * share), panel.plot.viewport().height() // 2)


def drag(window: Window, start: float, stop: float, widget: Any = None) -> None:
    panel = window.panels["amplitudes"]
    target = panel.plot.viewport() if widget is None else widget
    begin, end = (at(panel, share) for share in (start, stop))
    begin.setY(target.height() // 2)
    end.setY(target.height() // 2)
    QTest.mousePress(target, Qt.MouseButton.LeftButton, pos=begin)
    QTest.mouseMove(target, (begin + end) / 2)
    QTest.mouseMove(target, end)
    QTest.mouseRelease(target, Qt.MouseButton.LeftButton, pos=end)
    wait(window)


def session_s(window: Window) -> tuple[float, float]:
    run = window.session.scene.run
    assert run is not None
    return run.session_s


def test_the_rules_have_their_room_again_once_a_stretch_ends(window: Window) -> None:
    panel = raised(window, "amplitudes")
    shown, note = panel.rules.shown, panel.note.width()
    window.session.viewing.stretching.choose(0.0, session_s(window)[1] / 2)
    wait(window)
    assert "whole:" in panel.note.text()
    assert panel.note.width() > note
    window.session.viewing.stretching.end()
    wait(window)
    assert panel.note.width() == note
    assert panel.rules.shown == shown


@pytest.mark.slow
def test_a_drag_shows_the_evidence_of_a_stretch_beside_the_whole(
    window: Window, tmp_path: Path
) -> None:
    session = window.session
    labels = session.table.labels.copy()
    raised(window, "amplitudes")
    whole = raised(window, "correlogram").found
    last = session_s(window)[1]
    drag(window, 0.25, 0.6)
    chosen = session.scene.stretch
    assert chosen.start_s == pytest.approx(0.25 * last, abs=0.01 * last)
    assert chosen.stop_s == pytest.approx(0.6 * last, abs=0.01 * last)
    shown = {}
    for key in ("correlogram", "isi", "amplitude_fit", "contamination", "amplitudes", "stretch"):
        panel = shown[key] = raised(window, key)
        told = [panel.note.text(), *_said(panel)]
        if key != "contamination":  # bombcell is not asked here: see the tests of the oracle
            assert any(chosen.words in text for text in told), key
    correlogram = shown["correlogram"]
    assert correlogram.found.kept.chosen == chosen
    assert correlogram.found.kept.n < whole.kept.n
    assert correlogram.whole.item.isVisible()
    assert any(entry.words.startswith("the whole × ") for entry in correlogram.legend.entries)
    assert shown["isi"].found.kept.chosen == chosen
    assert shown["amplitude_fit"].drawn.kept.chosen == chosen
    assert "whole: present in" in shown["amplitudes"].note.text()
    rows = shown["stretch"].rows.verdict
    assert rows.chosen == chosen
    assert rows.head.startswith(f"{chosen.chosen} · the label stays ")
    np.testing.assert_array_equal(session.table.labels, labels)
    for key in ("correlogram", "isi", "amplitude_fit", "stretch"):
        panel = raised(window, key)
        panel.save(tmp_path / f"{key}.csv")
        with (tmp_path / f"{key}.csv").open(encoding="utf-8") as file:
            row = next(csv.DictReader(file))
        assert float(row["stretch_from_s"]) == chosen.start_s
        assert float(row["stretch_to_s"]) == chosen.stop_s
        panel.save(tmp_path / f"{key}.svg")
        assert chosen.chosen in (tmp_path / f"{key}.svg").read_text("utf-8")


def _said(panel: Any) -> list[str]:
    facts, caption = getattr(panel, "facts", None), getattr(panel, "caption", None)
    rows, legend = getattr(panel, "rows", None), getattr(panel, "legend", None)
    texts = [*(facts.facts if facts else ()), *([caption.text] if caption else [])]
    texts += [entry.words for entry in legend.entries] if legend else []
    return [*texts, *([rows.accessibleName()] if rows else [])]


@pytest.mark.long
def test_numbers_of_the_whole_have_no_limits(window: Window, tmp_path: Path) -> None:
    panel = raised(window, "correlogram")
    assert panel.exported() == panel.numbers()
    drag(window, 0.2, 0.5)
    assert panel.exported() != panel.numbers()
    press(window, "Esc")
    wait(window)
    assert panel.exported() == panel.numbers()
    assert not panel.whole.item.isVisible()


@pytest.mark.slow
def test_ends_catch_so_that_the_whole_is_the_whole(window: Window) -> None:
    raised(window, "amplitudes")
    raised(window, "correlogram")
    drag(window, 0.004, 0.998)
    assert window.session.scene.stretch == Stretch(*session_s(window))
    panel = window.panels["correlogram"]
    whole = next(
        answer
        for ask, answer in window.session.scene.evidence.answers.items()
        if ask.kind == "correlogram" and ask.stretch is None
    )
    np.testing.assert_array_equal(panel.found.correlogram.counts, whole.correlogram.counts)


@pytest.mark.slow
def test_an_edge_is_moved_and_the_strip_takes_a_drag_as_well(window: Window) -> None:
    panel = raised(window, "amplitudes")
    drag(window, 0.3, 0.5, panel.strip)
    first = window.session.scene.stretch
    last = session_s(window)[1]
    assert first.start_s == pytest.approx(0.3 * last, abs=0.01 * last)
    drag(window, 0.5, 0.8)
    second = window.session.scene.stretch
    assert second.start_s == first.start_s
    assert second.stop_s == pytest.approx(0.8 * last, abs=0.01 * last)


@pytest.mark.slow
def test_a_click_esc_and_another_unit_end_it(window: Window) -> None:
    session = window.session
    panel = raised(window, "amplitudes")
    drag(window, 0.3, 0.5)
    assert session.scene.stretch is not None
    click(panel.plot.viewport(), at(panel, 0.7))
    assert wait_until(lambda: session.scene.stretch is None, session.changed, WAIT_MS)
    wait(window)  # the panel draws a turn later
    drag(window, 0.3, 0.5)
    session.set_filter("nSpikes > 0")
    press(window, "Esc")
    assert session.scene.stretch is None
    assert session.filter.text == "nSpikes > 0", "the first Esc ends the stretch, and nothing else"
    press(window, "Esc")
    assert not session.filter.text
    drag(window, 0.3, 0.5)
    unit = session.current
    press(window, "Down")
    assert session.current != unit
    assert session.scene.stretch is None
    wait(window)


@pytest.mark.slow
def test_a_double_click_resets_a_zoom_and_ends_nothing(window: Window) -> None:
    session = window.session
    panel = raised(window, "amplitudes")
    drag(window, 0.3, 0.5)
    chosen = session.scene.stretch
    panel.plot.zoom_by(4.0, QPointF(at(panel, 0.5)))
    zoomed = panel.plot.ends(0)
    assert zoomed != panel.plot.home(0)
    place, viewport = at(panel, 0.9), panel.plot.viewport()
    click(viewport, place)
    QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=place)
    assert panel.plot.ends(0) == panel.plot.home(0)
    assert not wait_until(lambda: session.scene.stretch is None, session.changed, 600)
    assert session.scene.stretch == chosen


@pytest.mark.slow
def test_a_drag_over_a_zoomed_plot_is_in_its_own_time(window: Window) -> None:
    panel = raised(window, "amplitudes")
    panel.plot.zoom_by(2.0, QPointF(at(panel, 0.5)))
    low, high = panel.plot.ends(0)
    drag(window, 0.25, 0.75)
    chosen, per_s = window.session.scene.stretch, panel.plot.per_s
    wanted = [(low + share * (high - low)) * per_s for share in (0.25, 0.75)]
    assert (chosen.start_s, chosen.stop_s) == pytest.approx(wanted, abs=0.02 * wanted[1])
    panel.plot.reset_zoom()


def test_it_is_typed_and_what_is_wrong_is_said(window: Window) -> None:
    asked = []

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QInputDialog)
        asked.append(dialog.labelText())
        if len(asked) == 1:
            dialog.setTextValue("from here to there")
        else:
            dialog.setTextValue("10-90 s")
            QTimer.singleShot(0, lambda: None)
        QTimer.singleShot(0, answer if len(asked) == 1 else lambda: None)
        dialog.accept()

    QTimer.singleShot(0, answer)
    press(window, "Shift+T")
    wait(window)
    assert window.session.scene.stretch == Stretch(10.0, 90.0)
    assert len(asked) == 2
    assert "“from here to there” is no stretch of time" in asked[1]


def test_it_is_kept_as_stable_and_exported_exactly(window: Window) -> None:
    session = window.session
    panel = raised(window, "stretch")
    assert panel.cover.words == NONE_CHOSEN
    button = panel.findChild(QPushButton, "keepStable")
    assert not button.isEnabled()
    drag(window, 0.1, 0.6)
    chosen, unit = session.scene.stretch, session.current_id()
    label = session.curation.state.label(unit)
    click(button, button.rect().center())
    settle()
    state = session.curation.state
    assert state.value(unit, STABLE) == chosen.written
    assert state.value(unit, NOTE) == chosen.stable
    assert state.label(unit) == label
    assert session.scene.done.words == f"{chosen.stable} → unit {unit}"
    sheet = session.scene.sheet
    for frame in (audit_frame([sheet]), labels_frame([sheet], [state.units])):
        row = frame.loc[frame["cluster_id"] == unit].iloc[0]
        assert (row["stable_from_s"], row["stable_to_s"]) == (chosen.start_s, chosen.stop_s)
        assert frame["stable_from_s"].notna().sum() == 1
    press(window, "Ctrl+T")
    assert session.scene.done.words == f"unit {unit}: {chosen.stable} already"
    session.set_filter(f"stable_to_s > {chosen.stop_s - 1}")
    assert session.view.n_shown == 1
    press(window, "Esc", "Esc")
    press(window, "Ctrl+Shift+T")
    assert session.scene.stretch == chosen
    press(window, "Ctrl+Z")
    state = session.curation.state
    assert not state.value(unit, STABLE)
    assert not state.value(unit, NOTE)
    assert session.curation.wait_saved(WAIT_MS)


@pytest.mark.slow
def test_what_cannot_be_said_of_a_stretch_is_said_in_place_of_it(window: Window) -> None:
    drag(window, 0.3, 0.36)
    chosen = window.session.scene.stretch
    assert chosen is not None
    panel = raised(window, "contamination")
    asked = {
        ask.kind: answer
        for ask, answer in window.session.scene.evidence.answers.items()
        if ask.stretch == chosen
    }
    assert isinstance(asked["contamination"], Missing)
    assert panel.drawn_stretch is None
    for key in ("waveform", "decay"):
        other = raised(window, key)
        assert other.note.text().endswith("not for a stretch"), key
        assert other.drawn_stretch is None
    stretch = raised(window, "stretch")
    assert "Not for a stretch: " in " ".join(stretch.facts.facts)
    press(window, "Esc")
    wait(window)
    assert "not for a stretch" not in raised(window, "waveform").note.text()


def test_what_has_nothing_to_do_is_grey_and_its_keys_say_why(window: Window) -> None:
    by_key, session = window.actions_by_key.by_key, window.session
    keys = ("keep_stable", "stable", "forget_stable", "resume_queue")

    def can() -> list[bool]:
        return [by_key[key].isEnabled() for key in keys]

    wait(window)
    assert can() == [False] * 4
    press(window, "Ctrl+Shift+T")
    assert window.status.currentMessage() == "No time is kept in which this unit is stable."
    press(window, "Ctrl+T")
    assert window.status.currentMessage().startswith("Choose a stretch first")
    session.viewing.stretching.choose(0.0, session_s(window)[1] / 2)
    assert can() == [True, False, False, False]
    press(window, "Ctrl+T")
    assert can() == [True, True, True, False]
    press(window, "Down")
    assert can() == [False] * 4, "another unit"
    press(window, "Up", "Ctrl+Shift+T")
    assert session.scene.stretch is not None
    by_key["forget_stable"].trigger()
    assert can()[1:] == [False] * 3
    session.set_queue(QueueSpec(size=3))
    assert not by_key["resume_queue"].isEnabled()
    session.set_queue(None)
    assert by_key["resume_queue"].isEnabled()
