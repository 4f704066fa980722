"""The raw file in the window: expected, chosen, remembered; on a drive that does not answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dead_drive import DeadDrive
from factories import snapshot
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QFileDialog, QWidget
from qt_fixtures import WAIT_MS, OpenWindow, press, settle
from raw_recording import (
    CLOSE_PAIRS,
    RawRecording,
    extract_by_bombcell,
    write_raw_recording,
)

from bcviewer.app.background import evidence
from bcviewer.app.prefs import Prefs
from bcviewer.app.threads import worker
from bcviewer.app.threads.job_thread import left_alone
from bcviewer.core.evidence.ask import Missing
from bcviewer.core.evidence.raw_spikes import RawSpikes
from bcviewer.frame.window import Window


@pytest.fixture
def made(tmp_path: Path) -> RawRecording:
    return write_raw_recording(tmp_path)


def raise_raw(window: Window, wait: bool = True) -> Any:
    """Bring the dock to the front, and return its panel."""
    press(window, "F6")
    settle()
    window.docks["raw"].show()
    window.docks["raw"].raise_()
    settle()
    if wait:
        assert window.session.wait_idle(WAIT_MS)
        settle()
    return window.panels["raw"]


def asked(window: Window) -> dict[str, object]:
    return {
        ask.kind: answer
        for ask, answer in window.session.scene.evidence.answers.items()
        if ask.kind.startswith("raw_")
    }


def test_the_raw_file_is_read_when_its_dock_is_seen_and_nothing_is_written(
    open_window: OpenWindow, made: RawRecording
) -> None:
    window = open_window(made.ks_dir)
    press(window, "F6")
    assert window.session.wait_idle(WAIT_MS)
    assert not asked(window), "a dock behind another asks nothing"
    before = snapshot(made.ks_dir.parent)
    panel = raise_raw(window)
    assert isinstance(asked(window)["raw_spikes"], RawSpikes)
    assert f"all {CLOSE_PAIRS} pairs" in panel.pairs.title
    press(window, "Down")
    assert window.session.wait_idle(WAIT_MS)
    settle()
    assert panel.drawn_row == 1
    assert panel.pairs.title == "no pair 0.25 to 2 ms apart"
    assert snapshot(made.ks_dir.parent) == before


class Paints(QObject):
    """Counts how often some widgets are painted."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self.n = 0
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        self.n += event.type() == QEvent.Type.Paint
        return False


def test_nothing_of_it_is_painted_while_a_key_is_held(
    open_window: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(write_raw_recording(tmp_path, n_units=5).ks_dir)
    panel = raise_raw(window)
    monkeypatch.setattr(evidence, "RAW_MS", 100_000)
    press(window, "Down")
    settle()
    assert panel.cover.words == "unit 0, waiting …"
    plots = (panel.probe, panel.single, panel.pairs, panel.near)
    paints = Paints(panel.cover, *(plot.viewport() for plot in plots))
    for _ in range(3):
        press(window, "Down")
        settle()
    assert window.session.current == 4
    assert paints.n == 0
    monkeypatch.setattr(evidence, "RAW_MS", 0)
    press(window, "Up")
    assert window.session.wait_idle(WAIT_MS)
    settle()
    assert panel.cover.isHidden()
    assert panel.drawn_row == 3
    assert paints.n > 0


@pytest.mark.long
def test_a_raw_file_is_chosen_and_remembered(
    open_window: OpenWindow, made: RawRecording, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    moved = tmp_path / "new disk" / "probe.bin"
    moved.parent.mkdir()
    made.raw.rename(moved)
    window = open_window(made.ks_dir)
    panel = raise_raw(window)
    assert "probe_g0_t0.imec0.ap.bin: not there (dat_path of params.py)" in panel.cover.words
    assert "File > Raw file of this recording…" in panel.cover.words
    starts: list[str] = []

    def chosen(_: Any, title: str, start: str, kinds: str) -> tuple[str, str]:
        starts.append(start)
        return (str(moved) if len(starts) > 1 else ""), kinds

    monkeypatch.setattr(QFileDialog, "getOpenFileName", chosen)
    action = window.actions_by_key.by_key["raw_file"]
    assert action.isEnabled()
    action.trigger()
    assert Prefs().raw_files() == {}, "the dialog was closed without a file"
    before = snapshot(tmp_path / "kilosort4_A")
    action.trigger()
    assert window.session.wait_idle(WAIT_MS)
    settle()
    assert panel.cover.isHidden()
    assert panel.drawn_row == window.session.current == 0
    assert "chosen by hand" in panel.note.toolTip()
    assert Prefs().raw_files() == {str(made.ks_dir): str(moved)}
    assert snapshot(tmp_path / "kilosort4_A") == before
    action.trigger()
    assert starts == [str(made.ks_dir), str(made.ks_dir), str(moved.parent)]
    window.close()
    again = raise_raw(open_window(made.ks_dir))
    assert again.cover.isHidden()
    assert "chosen by hand" in again.note.toolTip()


def test_a_file_that_does_not_fit_is_one_line_and_another_can_be_chosen(
    open_window: OpenWindow, made: RawRecording, tmp_path: Path
) -> None:
    window = open_window(made.ks_dir)
    panel = raise_raw(window)
    assert panel.cover.isHidden()
    short = tmp_path / "short.bin"
    made.traces[:60].tofile(short)
    ks_dir = str(made.ks_dir)
    window.session.background.point_at_raw(ks_dir, str(short))
    assert window.session.wait_idle(WAIT_MS)
    settle()
    words = f"{short}: ends at 0.0 s, and no spike of unit 0 is wholly in it: is it this file?"
    assert panel.cover.words == words
    assert all(isinstance(answer, Missing) for answer in current(window).values())
    window.session.background.point_at_raw(ks_dir, str(made.raw))
    assert window.session.wait_idle(WAIT_MS)
    settle()
    assert panel.cover.isHidden()
    assert Prefs().raw_files() == {ks_dir: str(made.raw)}, "a script's choice is remembered, too"


def current(window: Window) -> dict[str, object]:
    evidence = window.session.scene.evidence
    panel = window.panels["raw"]
    return {ask.kind: evidence.get(ask) for ask in panel.asks(window.session.scene)}


# -- a drive that does not answer ------------------------------------------------------------


@pytest.fixture
def drive(made: RawRecording, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeadDrive]:
    """Return the drive of the raw file; the sort is on another."""
    drive = DeadDrive(made.raw.parent, monkeypatch)
    drive.folder = str(made.ks_dir / ".." / "raw")  # as params.py names it
    yield drive
    drive.come_back()
    until = time.monotonic() + 20
    while time.monotonic() < until and left_alone():
        time.sleep(0.002)  # threads that were left alone end on their own: there is no signal
    assert drive.by_main == []


@pytest.mark.long
def test_a_raw_file_on_a_dead_drive_keeps_nothing_waiting(
    made: RawRecording, drive: DeadDrive, open_window: OpenWindow, monkeypatch: Any, qtbot: Any
) -> None:
    monkeypatch.setattr(worker, "STUCK_S", 0.1)
    monkeypatch.setattr(worker, "WATCH_MS", 20)
    window = open_window(made.ks_dir)
    drive.die()
    panel = raise_raw(window, wait=False)
    qtbot.waitUntil(drive.asked.is_set, timeout=WAIT_MS)
    press(window, "Down", "Alt+M")
    amplitudes = window.panels["amplitudes"]
    qtbot.waitUntil(lambda: amplitudes.drawn_row == window.session.current, timeout=WAIT_MS)
    assert not panel.cover.isHidden()
    qtbot.waitUntil(lambda: "raw" in window.status._bar.words, timeout=WAIT_MS)
    assert f"{Path(drive.folder, made.raw.name)} has not answered" in window.status._bar.words
    window.session.cancel()
    assert window.session.wait_idle(WAIT_MS)
    settle()
    assert "has not answered" in panel.cover.words
    assert "F5" in panel.cover.words
    press(window, "F5")
    qtbot.waitUntil(lambda: window.session.background.evidence._jobs.get("raw"), timeout=WAIT_MS)
    monkeypatch.setattr(worker, "CLOSE_S", 0.5)
    start = time.monotonic()
    window.close()
    assert time.monotonic() - start < worker.CLOSE_S + 1.0


@pytest.mark.long
def test_a_stretch_has_a_mean_beside_that_of_the_whole(
    open_window: OpenWindow, made: RawRecording
) -> None:
    extract_by_bombcell(made)
    window = open_window(made.ks_dir)
    panel = raise_raw(window)
    before = [line.words for line in panel.single.legend]
    window.session.viewing.stretching.choose(2.0, 7.0)
    assert window.session.wait_idle(WAIT_MS)
    settle()
    chosen = window.session.scene.stretch
    assert panel.drawn_stretch == chosen
    assert any(words.startswith("whole, mean of ") for words in _words(panel))
    assert panel.facts.facts[0].startswith(f"{chosen.chosen}: mean of ")
    assert panel.single.title.endswith(chosen.chosen), "a picture has it, too"
    header, rows = panel.exported()
    assert header[-2:] == ("stretch_from_s", "stretch_to_s")
    assert rows[0][-2:] == (chosen.start_s, chosen.stop_s)
    window.docks["waveform"].raise_()
    settle()
    assert window.session.wait_idle(WAIT_MS)
    settle()
    waveform = window.panels["waveform"]
    found = asked(window)["raw_spikes"]
    assert isinstance(found, RawSpikes)
    assert found.kept.chosen == chosen
    np.testing.assert_array_equal(waveform.peak.part.getData()[1], found.mean[:, 0])
    words = [entry.words for entry in waveform.legend.entries]
    assert f"mean raw, {chosen.chosen}" in words
    header, rows = waveform.exported()
    assert header[-3:] == ("raw_of_stretch", "stretch_from_s", "stretch_to_s")
    assert "not for a stretch" not in waveform.note.text()
    window.session.viewing.stretching.end()
    assert window.session.wait_idle(WAIT_MS)
    settle()
    assert not len(waveform.peak.part.getData()[1])
    assert waveform.exported()[0] == waveform.numbers()[0]
    raise_raw(window)
    assert _words(panel) == before


def _words(panel: Any) -> list[str]:
    return [line.words for line in panel.single.legend]
