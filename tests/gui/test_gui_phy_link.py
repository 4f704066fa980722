"""The live link in the real window: dialog, sign in the status bar, marks in the table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_phy import FakePhy, linked_phy
from phy_recordings import merge, write_sorted
from PySide6.QtCore import QPoint
from PySide6.QtNetwork import QLocalServer
from PySide6.QtWidgets import QApplication, QToolButton
from qt_fixtures import WAIT_MS, click, click_unit, current_id, press

from bcviewer.core.rules.labels import Label
from bcviewer.core.run.phy_link import PhyLink
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.frame import file_actions
from bcviewer.frame.curate_actions import NOT_BLIND
from bcviewer.io import names
from bcviewer.io.exchange import phy_plugin, phy_start
from bcviewer.io.exchange.phy_address import address
from bcviewer.widgets.chrome.phy_dialog import PhyDialog

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="sockets with a path"),
    pytest.mark.usefixtures("runtime"),
]


def dialog_of(window: Any, qtbot: Any) -> PhyDialog:
    """Open the dialog by its sign in the status bar."""
    button = window.status.phy
    click(button, button.rect().center())
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, PhyDialog))
    qtbot.waitUntil(lambda: bool(dialog.place.text()), timeout=WAIT_MS)
    return dialog


def test_a_person_links_follows_and_unlinks(open_window: Any, tmp_path: Path, qtbot: Any) -> None:
    folder = write_sorted(tmp_path / "kilosort4_A", 8)
    window = open_window(folder)
    link = window.session.scene.phy_link
    qtbot.waitUntil(lambda: "not installed" in window.status.phy.toolTip(), timeout=WAIT_MS)
    assert (link.state, window.status.phy.text()) == ("off", "phy ○")
    dialog = dialog_of(window, qtbot)
    assert str(phy_plugin.where()) in dialog.place.text()
    assert dialog.text.toPlainText() == phy_plugin.source().decode()
    assert not dialog.remove.isEnabled()
    click(dialog.install, dialog.install.rect().center())
    state = lambda: window.session.scene.phy_link.state  # noqa: E731
    qtbot.waitUntil(lambda: state() == "waiting" and dialog.remove.isEnabled(), timeout=WAIT_MS)
    assert "no phy has this recording open" in dialog.link.text()

    phy = FakePhy(folder, range(8))
    qtbot.waitUntil(lambda: phy.socket.isValid(), timeout=WAIT_MS)
    phy.hello()
    qtbot.waitUntil(lambda: phy.shows == [current_id(window)], timeout=WAIT_MS)
    phy.choose(5)
    qtbot.waitUntil(lambda: window.status.phy.text() == "phy ● 5", timeout=WAIT_MS)
    assert current_id(window) == 5
    press(window, "Home", "Down")
    qtbot.waitUntil(lambda: phy.shows == [current_id(window)], timeout=WAIT_MS)

    place = dialog.boxes["lead"].mapTo(dialog, QPoint())
    phy.merge(60, 2, 3)
    changed = window.findChild(QToolButton, "chip.changed_in_phy")
    qtbot.waitUntil(changed.isVisible, timeout=WAIT_MS)
    assert changed.text() == "changed in phy 2"
    assert window.status.phy.text().endswith("∗")
    phy.choose(60)
    told = lambda: window.session.scene.phy_link.told  # noqa: E731
    qtbot.waitUntil(lambda: "unsaved" in told(), timeout=WAIT_MS)
    click_unit(window, window.unit_table.currentIndex().row())
    assert not told()  # a click on the current unit is the last hand: phy is followed no more

    rows = [int(window.session.table.ids.rows_of(i)[0]) for i in (2, 3)]
    window.session.set_selected(np.array(rows))
    window.session.set_label(Label.MUA)
    done = window.session.scene.done.words
    assert done == "MUA → 2 units (in phy merged into 60, unsaved)"
    # seen: the switches moved under the hand as phy did more
    assert dialog.boxes["lead"].mapTo(dialog, QPoint()) == place

    box = dialog.boxes["lead"]
    box.setFocus()
    press(dialog, "Space")
    assert window.status.phy.text().endswith(" · not led")  # at once: nothing else is done
    assert "is not sent to phy" in dialog.link.text()
    press(window, "Home")
    assert not window.prefs.phy_switch("lead")
    click(dialog.remove, dialog.remove.rect().center())
    qtbot.waitUntil(lambda: state() == "off", timeout=WAIT_MS)
    assert not phy_plugin.where().exists()
    dialog.close()
    phy.close()


def test_where_a_phy_is_linked_none_is_started_and_it_comes_forward(
    open_window: Any, tmp_path: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: where processes cannot be looked at (Windows, macOS) a second phy was started."""
    started: list[Path] = []
    brought: list[int] = []
    why: list[str] = []

    def start(_: str, folder: Path) -> None:
        started.append(folder)

    def bring(process: int) -> str:
        brought.append(process)
        return why[-1]

    monkeypatch.setattr(file_actions, "start_phy", start)
    monkeypatch.setattr(phy_start, "bring_forward", bring)
    phy_plugin.install(phy_plugin.where())
    folder = write_sorted(tmp_path / "kilosort4_A", 8)
    window = open_window(folder)
    state = lambda: window.session.scene.phy_link.state  # noqa: E731
    phy = linked_phy(window, folder, qtbot, 8, pid=4321)
    open_in_phy = window.actions_by_key.by_key["open_in_phy"].trigger
    shows = "The phy that is linked shows what is highlighted here; "
    for reason, tail in (
        ("", "its window is in front."),
        ("it has no window on this screen", "it may be behind other windows: it has no window"),
    ):
        why.append(reason)
        open_in_phy()
        assert window.session.wait_idle(WAIT_MS)
        assert window.status.currentMessage().startswith(shows + tail)
        assert not window.banner.text.startswith("phy")
    qtbot.waitUntil(lambda: phy.fronts == 2, timeout=WAIT_MS)
    assert (started, brought) == ([], [4321, 4321])
    phy.close()
    qtbot.waitUntil(lambda: state() == "waiting", timeout=WAIT_MS)
    open_in_phy()
    assert window.session.wait_idle(WAIT_MS)
    assert started == [folder]


def test_the_line_takes_back_that_a_unit_is_unsaved_once_it_is_saved(
    open_window: Any, tmp_path: Path, qtbot: Any
) -> None:
    """Seen: it still said so when the unit was a row, and the current one."""
    phy_plugin.install(phy_plugin.where())
    folder = write_sorted(tmp_path / "kilosort4_A", 8)
    window = open_window(folder)
    phy = linked_phy(window, folder, qtbot, 8)
    qtbot.waitUntil(lambda: phy.shows == [current_id(window)], timeout=WAIT_MS)
    phy.merge(60, 2, 3)
    phy.choose(60)
    words = "phy shows 60, which is unsaved in phy (of 2, 3)."
    qtbot.waitUntil(lambda: window.status.currentMessage() == words, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "60 not here" in window.status.phy.text(), timeout=WAIT_MS)
    merge(folder, [2, 3], 60)
    phy.say("saved")
    qtbot.waitUntil(lambda: current_id(window) == 60, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.status.phy.text() == "phy ● 60", timeout=WAIT_MS)
    assert window.status.currentMessage() == ""
    phy.close()


def test_a_blind_queue_says_once_that_phys_own_table_shows_the_labels(
    open_window: Any, tmp_path: Path, qtbot: Any
) -> None:
    """Seen: the queue hid a verdict that stood in the table of the phy beside it."""
    phy_plugin.install(phy_plugin.where())
    folder = write_sorted(tmp_path / "kilosort4_A", 8)
    labels = folder / names.LABELS_TSV
    labels.unlink(missing_ok=True)
    window = open_window(folder)
    session, told = window.session, []
    session.notice.connect(told.append)
    qtbot.waitUntil(lambda: session.scene.phy_link.state == "waiting", timeout=WAIT_MS)
    phy = FakePhy(folder, range(8))
    qtbot.waitUntil(lambda: phy.socket.isValid(), timeout=WAIT_MS)
    phy.hello()
    qtbot.waitUntil(lambda: session.scene.phy_link.state == "connected", timeout=WAIT_MS)

    def said(spec: QueueSpec | None) -> int:
        """Start a queue, or end it; return how often it is said by then."""
        if spec is None:
            session.set_queue(None)
        else:
            assert window.actions_by_key.curate.start_queue(spec)
        assert session.wait_idle(WAIT_MS)
        return told.count(NOT_BLIND)

    blind = QueueSpec("random", 5, seed=7, blind=True)
    assert said(blind) == 0  # phy shows none
    labels.write_text("cluster_id\tbc_unitType\n1\tGOOD\n")
    assert said(None) == said(QueueSpec("random", 5, seed=7)) == said(None) == 0
    assert said(blind) == 1
    press(window, "Down", "Down")
    assert session.wait_idle(WAIT_MS)
    assert said(None) == 1
    phy.close()
    qtbot.waitUntil(lambda: session.scene.phy_link.state == "waiting", timeout=WAIT_MS)
    assert said(blind) == 1


@pytest.mark.parametrize(
    ("has_it", "why"),
    [
        ("nobody", "no link: its plugin is not installed"),
        ("another window", "no link: another window of bcviewer has this recording's link"),
        ("this window", "it is not linked yet"),
    ],
)
def test_of_a_phy_that_is_not_linked_it_is_said_that_it_stays_where_it_is(
    open_window: Any,
    tmp_path: Path,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
    has_it: str,
    why: str,
) -> None:
    """Seen: it came forward at another unit, and nothing said that it was another one."""
    folder = write_sorted(tmp_path / "kilosort4_A", 8)
    found = phy_start.FoundPhy(folder, 4321)
    monkeypatch.setattr(file_actions, "start_phy", lambda *_: found)
    if has_it != "nobody":
        phy_plugin.install(phy_plugin.where())
    other = QLocalServer()
    if has_it == "another window":
        assert other.listen(address(folder))
    window = open_window(folder)
    state = "waiting" if has_it == "this window" else "off"
    reason = "" if state == "waiting" else why.removeprefix("no link: ")
    link = PhyLink(state, why=reason)
    qtbot.waitUntil(lambda: window.session.scene.phy_link == link, timeout=WAIT_MS)
    window.actions_by_key.by_key["open_in_phy"].trigger()
    assert window.session.wait_idle(WAIT_MS)
    is_open = "phy is open on kilosort4_A already (process 4321): its window is in front."
    said = window.status.currentMessage()
    assert said == f"{is_open} It stays at the unit that it shows ({why})."
    other.close()
