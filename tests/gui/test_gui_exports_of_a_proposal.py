"""Every way out of the window while a proposal is on: as without it, or it names the proposal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from qt_fixtures import KINDS, WAIT_MS, press, settle, write_recording

from bcviewer.app.curating.label_jobs import Choice, Planned
from bcviewer.app.threads.worker import Outcome
from bcviewer.app.wishes import Propose
from bcviewer.core.sheet.derive import Settled
from bcviewer.core.sheet.frame import to_frame
from bcviewer.frame.window import Window
from bcviewer.io.exchange.export import SUFFIXES
from bcviewer.io.exchange.export_units import exported_units
from bcviewer.io.exchange.plan import Plan
from bcviewer.widgets.base.savable_panel import SavablePanel
from bcviewer.widgets.curate.export_labels import TARGETS

pytestmark = pytest.mark.slow

TRIED = "minNumSpikes=1000000000"
"""No unit is GOOD by it."""


@pytest.fixture
def window(open_window: Any, tmp_path: Path) -> Iterator[Window]:
    window: Window = open_window(str(write_recording(tmp_path / "ks", KINDS, params_py=True)))
    assert window.session.wait_idle(WAIT_MS)
    press(window, "F3")
    settle()
    window.session.go_to_place(1)
    press(window, "Alt+G")
    return window


def tables(window: Window, folder: Path) -> None:
    rows = np.arange(window.session.table.n_units)
    for suffix in SUFFIXES:
        window.actions_by_key.exports.export(rows, folder / f"units{suffix}")
        assert window.session.wait_idle(WAIT_MS)


def labels(window: Window, folder: Path) -> None:
    files = window.actions_by_key.label_files
    for target, *_ in TARGETS:
        for final in (False, True) if target != "bombcell" else (False,):
            files.do_export_labels()
            planned: list[Plan] = []
            choice = Choice(target, str(folder / f"{target}{final}.json"), final=final)

            def take(outcome: Outcome, choice: Choice = choice, out: list[Plan] = planned) -> None:
                if isinstance(outcome.value, Planned) and outcome.value.choice == choice:
                    assert outcome.value.plan is not None, outcome.value.problem
                    out.append(outcome.value.plan)

            window.session.done.connect(take)
            files._plan(choice)
            assert window.session.wait_idle(WAIT_MS)
            window.session.done.disconnect(take)
            for file in planned[0].files:
                place = folder / f"{target}{final}-{file.path.name}"
                if isinstance(file.content, bytes):
                    place.write_bytes(file.content)
                else:
                    file.content(place)
            files.export_dialog.reject()
            settle()


def report(window: Window, folder: Path) -> None:
    window.actions_by_key.exports.report(folder / "report.html")
    assert window.session.wait_idle(WAIT_MS)


def copies(window: Window, folder: Path) -> None:
    window.activateWindow()
    settle()
    press(window, "Ctrl+A", "Ctrl+C")
    (folder / "rows.txt").write_text(QApplication.clipboard().text(), "utf-8")
    press(window, "Ctrl+Shift+C")
    (folder / "ids.txt").write_text(QApplication.clipboard().text(), "utf-8")
    window.session.go_to_place(1)


def plots(window: Window, folder: Path) -> None:
    for key, panel in window.panels.items():
        if isinstance(panel, SavablePanel) and panel.isVisible():
            for suffix in (".svg", ".csv"):
                panel.save(folder / f"{key}{suffix}")


WAYS: tuple[Callable[[Window, Path], None], ...] = (tables, labels, report, copies, plots)


def leave(window: Window, folder: Path) -> dict[str, bytes]:
    """Take every way out, and return what came of it by name."""
    folder.mkdir()
    for way in WAYS:
        n = len(list(folder.iterdir()))
        way(window, folder)
        assert len(list(folder.iterdir())) > n, way
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def without_times(content: bytes) -> bytes:
    """Return a file without when it was written."""
    return re.sub(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?", b"", content)


def names_it(name: str, content: bytes) -> bool:
    if name.endswith((".csv", ".tsv", ".txt")):
        head, *rows = content.decode().splitlines()
        assert all(TRIED in row for row in rows if row), f"{name}: in every row"
        return "what" in head
    if name == "units.json":
        return all(row["whatif_parameters"] == TRIED for row in json.loads(content))
    return TRIED.encode() in content


def test_nothing_leaves_with_a_proposed_label_and_without_the_proposal(
    window: Window, tmp_path: Path
) -> None:
    before = leave(window, tmp_path / "facts")
    window.wires.grant(Propose("minNumSpikes", 1e9))
    settle()
    window.session.go_to_place(1)
    after = leave(window, tmp_path / "tried")
    assert before.keys() == after.keys()
    assert len(before) > 15
    named = set()
    for name, content in after.items():
        if without_times(content) != without_times(before[name]):
            assert names_it(name, content), name
            named.add(name)
    facts = {name for name in before if name.startswith(tuple(t for t, *_ in TARGETS))}
    assert not named & {*facts, "report.html", "ids.txt"}, "made of facts only"
    assert {"units.csv", "rows.txt", "classes.svg"} <= named


def test_a_script_cannot_write_it_either(window: Window) -> None:
    window.wires.grant(Propose("minNumSpikes", 1e9))
    settle()
    sheet = window.session.scene.sheet
    for write in (to_frame, lambda s: exported_units(s, {})):
        with pytest.raises(ValueError, match="a proposal is tried"):
            write(Settled(sheet))
