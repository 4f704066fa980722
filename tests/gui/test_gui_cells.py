"""Cell types on demand in the real window: columns, no labels; nothing is written."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qt_fixtures import WAIT_MS, settle
from spike_folders import listing

from bcviewer.app.threads.waiting import wait_until
from bcviewer.errors import UserError
from bcviewer.frame.window import Window

# Each test leaves the window as no other may have it.
pytestmark = pytest.mark.slow


COLUMN = "cell_type_striatum_here"
READ = ("waveformDuration_peakTrough_us", "postSpikeSuppression_ms", "propLongISI")


@pytest.fixture
def window(shared_window: Any) -> Window:
    made: Window = shared_window("demo")
    return made


def answers(_: str, params: Any, arrays: Any, *__: Any) -> dict[str, Any]:
    """Tell a type by the number of spikes."""
    kind = "MSN" if len(arrays["samples"]) % 2 else "FSI"
    texts = {"cell_type": kind, "version": "0.94", "trouble": ""}
    numbers = {name: np.array(float(len(arrays["samples"]))) for name in READ}
    return numbers | {n: np.frombuffer(t.encode(), np.uint8) for n, t in texts.items()}


def ask(window: Window, region: str = "striatum") -> None:
    window.actions_by_key.by_key[f"cells_{region}"].trigger()


def asked_by(window: Window, monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    def only_cells(request: str, *given: Any) -> Any:
        if request != "cells":  # what panels ask
            raise UserError("Nobody answers here.")
        return answer(request, *given)

    monkeypatch.setattr(window.session.background.bombcell, "ask", only_cells)


def test_where_bombcell_is_not_there_one_line_says_so(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: Any) -> Any:
        raise UserError("bombcell cannot be imported: ModuleNotFoundError")

    asked_by(window, monkeypatch, missing)
    told: list[UserError] = []
    window.session.failed.connect(told.append)
    ask(window)
    assert window.session.wait_idle(WAIT_MS)
    window.session.failed.disconnect(told.append)
    assert [str(error) for error in told] == ["bombcell cannot be imported: ModuleNotFoundError"]
    assert window.session.table.kind(COLUMN) is None


def test_it_can_be_cancelled_and_says_how_far_it_is(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, going, go = window.session, threading.Event(), threading.Event()

    def slow(*given: Any) -> Any:
        going.set()
        assert go.wait(WAIT_MS / 1000)
        return answers(*given)

    asked_by(window, monkeypatch, slow)
    told: list[str] = []

    def hear(progress: Any) -> None:
        told.append("" if progress is None else progress.text)

    session.progressed.connect(hear)
    ask(window)
    assert wait_until(lambda: any("striatum" in text for text in told), session.progressed, WAIT_MS)
    assert going.wait(WAIT_MS / 1000)
    session.cancel()
    go.set()
    assert session.wait_idle(WAIT_MS)
    session.progressed.disconnect(hear)
    assert window.status.currentMessage() == "Cancelled; nothing was changed."
    assert session.table.kind(COLUMN) is None


def test_they_are_columns_of_the_recording_and_go_with_it(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = window.session
    before, folder = session.scene.sheet, Path(session.scene.run.provenance.ks_dir)
    there, labels = listing(folder), session.table.bombcell_labels.copy()
    asked_by(window, monkeypatch, answers)
    ask(window)
    assert session.wait_idle(WAIT_MS)
    settle()
    assert listing(folder) == there
    shown = window.unit_table.shown_columns()
    assert shown[shown.index("reason") + 1] == COLUMN  # in sight
    assert shown[-3:] == [f"ephys_{name}_here" for name in READ]
    ask(window)  # again: none is there twice
    assert session.wait_idle(WAIT_MS)
    assert window.unit_table.shown_columns() == shown
    assert window.status.currentMessage().startswith("Striatum types of ")
    assert (session.table.bombcell_labels == labels).all()
    assert session.scene.sheet.basis is before.basis
    session.set_filter(f"{COLUMN} == 'MSN'")
    assert {session.table.text(COLUMN, row) for row in session.view.rows} == {"MSN"}
    session.set_sort(COLUMN)
    ask(window, "cortex")  # another rule takes its place: what was sorted and filtered by goes
    assert session.wait_idle(WAIT_MS)
    assert session.table.kind(COLUMN) is None
    assert session.table.kind("cell_type_cortex_here") == "text"
    assert session.sort.column == "attention"
    session.clear_filter()
    session.reload()  # the sort may be another by now
    assert session.wait_idle(WAIT_MS)
    assert session.table.kind("cell_type_cortex_here") is None


def test_an_answer_about_what_is_open_no_more_is_dropped(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, going, go = window.session, threading.Event(), threading.Event()

    def slow(*given: Any) -> Any:
        going.set()
        assert go.wait(WAIT_MS / 1000)
        return answers(*given)

    asked_by(window, monkeypatch, slow)
    ask(window)
    assert going.wait(WAIT_MS / 1000)
    run = session.scene.run
    session.open_location(1)
    assert wait_until(lambda: session.scene.run is not run, session.changed, WAIT_MS)
    go.set()
    assert session.wait_idle(WAIT_MS)
    assert session.table.kind(COLUMN) is None
    assert "is not open any more" in window.status.currentMessage()
