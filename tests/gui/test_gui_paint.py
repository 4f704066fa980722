"""What is on screen in every paint event: one recording, drawn once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from paint_recorder import PaintRecorder
from PySide6.QtCore import QEventLoop, QTimer
from qt_fixtures import WAIT_MS, press, settle

from bcviewer.app.background import background
from bcviewer.app.curating import open_journals
from bcviewer.core.run.run import Run
from bcviewer.frame.window import Window
from bcviewer.widgets.curate.history_panel import HistoryPanel


def see_all(window: Window) -> None:
    for layout in ("unit", "overview", "metrics", "evidence", "curate", "recording"):
        window.show_layout(layout)
        assert window.session.wait_idle(WAIT_MS)
        settle()


@pytest.fixture
def full(shared_window: Any) -> Window:
    """A window whose panels were all seen."""
    return shared_window("demo", ready=see_all)


class Late:
    """Keeps the answers of a function, which threads ask, until a test lets them go."""

    def __init__(self, patch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        self._go = threading.Event()
        real = getattr(module, name)

        def late(*given: Any) -> Any:
            assert self._go.wait(WAIT_MS / 1000)
            return real(*given)

        patch.setattr(module, name, late)

    def let_go(self) -> None:
        self._go.set()


def place_of(run: Run) -> str:
    return run.provenance.results_dir


def on_screen(window: Window, names: dict[str, str]) -> Callable[[str], list[str]]:
    """Return a function that tells where not all that is visible is of one recording.

    ``names``: to which recording each action belongs, by its id.
    """

    def look(painted: str) -> list[str]:
        scene = window.session.stage.told
        origin = place_of(scene.run)
        found = {"table": place_of(window.unit_table.unit_model.table.run)}
        for key, panel in window.panels.items():
            is_painted = panel.seen and panel.updatesEnabled()  # else what was there is there
            if not is_painted and key != painted:
                continue
            found[key] = (
                "nothing" if panel.scene is None else panel.scene.run.provenance.results_dir
            )
            if isinstance(panel, HistoryPanel):
                model = panel.model
                said = {names[model.action(i).id] for i in range(model.rowCount())}
                found |= {f"action of {place}": place for place in said}
        if f"{scene.catalogue.title} – bcviewer" != window.windowTitle():
            found["title"] = window.windowTitle()
        return [f"{key}: {place} under {origin}" for key, place in found.items() if place != origin]

    return look


def in_turns(*turns: Callable[[], object]) -> None:
    """Do each of some things in a turn of its own of a running event loop, and paint between."""
    loop = QEventLoop()
    waiting = list(turns)
    timer = QTimer()
    timer.setInterval(1)

    def next_turn() -> None:
        if waiting:
            waiting.pop(0)()
        else:
            loop.quit()

    timer.timeout.connect(next_turn)
    timer.start()
    loop.exec()
    timer.stop()


@pytest.mark.long
@pytest.mark.parametrize("behind", [False, True])
def test_no_paint_event_sees_two_recordings(
    full: Window, monkeypatch: pytest.MonkeyPatch, behind: bool
) -> None:
    """Seen once: History with probe A's action, for one frame, under probe B."""
    session = full.session
    full.show_layout("curate")
    history, other = full.docks["history"], full.docks["review"]
    history.raise_()
    settle()
    press(full, "Alt+M")
    names = dict.fromkeys(session.curation.state.actions, place_of(session.scene.run))
    assert len(names) == 1
    loaded: list[Any] = []
    session.opening.loaded.connect(loaded.append)
    for place in (1, 0):
        session.open_location(place)
        assert session.wait_idle(WAIT_MS)
    session.opening.loaded.disconnect(loaded.append)
    with PaintRecorder(full, on_screen(full, names)) as recorder:
        for there in loaded:
            with monkeypatch.context() as patch:
                late = [
                    Late(patch, open_journals, "read_state"),
                    Late(patch, background, "open_arrays"),
                ]
                (other if behind else history).raise_()

                def load(there: Any = there) -> None:
                    session.step(1)  # told in this turn already: what is loaded is told later
                    session.opening.loaded.emit(there)
                    assert session.stage.busy
                    history.raise_()
                    full.repaint()

                in_turns(load, full.repaint, other.raise_, full.repaint, history.raise_)
                for gate in late:
                    gate.let_go()
                assert session.wait_idle(WAIT_MS)
                settle()
    assert recorder.wrong == []
    assert recorder.frames["history"] >= 2
    assert full.panels["history"].model.rowCount() == 1
