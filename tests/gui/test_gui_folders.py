"""Folders as people have them, in the window: other probes, other results, results elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PySide6.QtWidgets import QComboBox, QFileDialog, QToolButton
from qt_fixtures import WAIT_MS, click, press

from bcviewer.app.prefs import Prefs
from bcviewer.core.run.run import Run
from bcviewer.frame.window import Window
from bcviewer.io.exchange.export_phy import plan_phy
from bcviewer.io.results import tree


def run_of(window: Window) -> Run:
    assert window.session.wait_idle(WAIT_MS)
    return window.session.table.run


def button(window: Window, name: str) -> QToolButton:
    return window.probe_bar.findChild(QToolButton, f"probe.{name}")


def modes(window: Window) -> list[str]:
    box = window.probe_bar.findChild(QComboBox, "modeChooser")
    return [box.itemText(i) for i in range(box.count())]


@pytest.mark.long
def test_trees_opened_from_above(
    open_window: Any, field: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    window = open_window(field / "openephys")
    assert run_of(window).provenance.probe == "ProbeA-AP"
    assert window.windowTitle().endswith(" · ProbeA-AP – bcviewer")
    assert not window.windowTitle().startswith(("continuous", "recording", "Record"))
    other = button(window, "ProbeB-AP")
    assert other.isVisible()
    click(other, other.rect().center())
    assert run_of(window).provenance.probe == "ProbeB-AP"
    assert window.windowTitle().endswith(" · ProbeB-AP – bcviewer")
    with monkeypatch.context() as patched:
        patched.setattr(tree, "MOST_FOLDERS", 0)  # it is not searched for again
        press(window, "Ctrl+1")
        assert run_of(window).provenance.probe == "ProbeA-AP"
    for case, names in (("spikeglx", "imec0 imec1"), ("sorter_output", "session0 session1")):
        window.session.open(field / case)
        assert run_of(window).provenance.probe == names.split()[0]
        for name in reversed(names.split()):
            here = button(window, name)
            click(here, here.rect().center())
            assert run_of(window).provenance.name == name
            assert window.windowTitle().endswith(f" · {name} – bcviewer")
    assert not window.banner.isVisible()
    cancel_a_long_search(window, field, monkeypatch, qtbot)


def cancel_a_long_search(
    window: Window, field: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    """Open a folder that has no end, and cancel it: what was open stays."""
    before = run_of(window)
    real, rounds = tree.listing, iter(range(10**6))

    def endless(folder: Path) -> tree.Listing:
        found = real(field / "spikeglx")
        return tree.Listing(folder / f"f{next(rounds)}", frozenset(), found.folders, ())

    monkeypatch.setattr(tree, "MOST_FOLDERS", 10**9)
    monkeypatch.setattr(tree, "MOST_DEEP", 10**9)
    monkeypatch.setattr(tree, "listing", endless)
    with qtbot.waitSignal(
        window.session.progressed,
        timeout=WAIT_MS,
        check_params_cb=lambda p: p is not None and "folders looked into" in p.text,
    ):
        window.session.open(field)
    window.session.cancel()
    assert run_of(window) is before


def test_reload_stays_at_the_results_whatever_came_beside_them(
    open_window: Any, field: Path, tmp_path: Path
) -> None:
    top = tmp_path / "rec"
    shutil.copytree(field / "spikeglx" / "run_g0" / "run_g0_imec1", top / "run_g0_imec1")
    window = open_window(top)
    assert run_of(window).provenance.probe == "imec1"
    shutil.copytree(field / "spikeglx" / "run_g0" / "run_g0_imec0", top / "run_g0_imec0")
    press(window, "F5")
    assert run_of(window).provenance.probe == "imec1"
    assert button(window, "imec0").isVisible()
    shutil.rmtree(top / "run_g0_imec1")
    press(window, "F5")
    assert window.session.wait_idle(WAIT_MS)
    assert "not there any more" in window.banner.text
    assert run_of(window).provenance.probe == "imec1"


@pytest.mark.long
def test_several_results_and_results_elsewhere(
    open_window: Any, field: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sort = shutil.copytree(field / "si_ids" / "kilosort4", tmp_path / "kilosort4_A")
    for name in ("bombcell_strict", "qMetrics"):
        shutil.copytree(sort / "bombcell", sort / name)
    window = open_window(sort)
    assert run_of(window).provenance.results_dir == str(sort / "bombcell")
    assert modes(window) == ["bombcell", "bombcell_strict", "qMetrics"]
    box = window.probe_bar.findChild(QComboBox, "modeChooser")
    assert box.isVisible()
    for place, name in ((1, "bombcell_strict"), (2, "qMetrics")):
        box.activated.emit(place)
        assert run_of(window).provenance.results_dir == str(sort / name)
        assert window.windowTitle() == f"{tmp_path.name} · A · {name} – bcviewer"
    box.activated.emit(0)
    assert run_of(window).provenance.results_dir == str(sort / "bombcell")
    point_at_the_sort(window, field, tmp_path, monkeypatch)


def point_at_the_sort(
    window: Window, field: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Open results whose sort nobody knows, and say where it is."""
    results = shutil.copytree(field / "results_elsewhere" / "BombcellOutput", tmp_path / "mouse7")
    params = results / "_bc_parameters._bc_qMetrics.parquet"
    record = {**pq.read_table(params).to_pylist()[0], "ephysKilosortPath": "D:/gone"}
    pq.write_table(pa.Table.from_pylist([record]), params)
    sort = field / "results_elsewhere" / "sorted" / "sorter_output"
    answers = [str(tmp_path), str(sort)]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: answers.pop(0))
    window.session.open(results)
    assert run_of(window).sites is None
    assert "File > Kilosort folder of these results…" in window.banner.text
    action = window.actions_by_key.by_key["kilosort_folder"]
    assert action.isEnabled()
    action.trigger()
    assert run_of(window).sites is None
    assert "not a Kilosort directory" in window.banner.text
    assert Prefs().sorts() == {}
    press(window, "Down")
    unit = window.session.current_id()
    action.trigger()
    run = run_of(window)
    assert run.sites is not None
    assert run.provenance.sort_from == "person"
    assert run.provenance.ks_dir == str(sort)
    assert window.session.current_id() == unit
    files = plan_phy(window.session.table, {}).files
    assert {file.path.parent for file in files} == {sort}
    assert Prefs().sorts() == {str(results): str(sort)}
    window.session.open(results)  # remembered
    assert run_of(window).provenance.ks_dir == str(sort)
