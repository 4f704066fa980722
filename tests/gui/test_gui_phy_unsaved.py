"""What an open phy has not saved, in the real window: a star in its row, and words."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_phy import FakePhy, linked_phy
from phy_recordings import merge, split, write_sorted
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from qt_fixtures import WAIT_MS, current_id, press, shown_ids

from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.frame.window import Window
from bcviewer.io.exchange import phy_plugin

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="sockets with a path"),
    pytest.mark.usefixtures("runtime"),
]


Linked = tuple[Window, FakePhy, Path]


@pytest.fixture
def linked(open_window: Any, tmp_path: Path, qtbot: Any) -> Iterator[Linked]:
    """Return a window on eight units, the phy that is linked, and their folder."""
    phy_plugin.install(phy_plugin.where())
    folder = write_sorted(tmp_path / "kilosort4_A", 8)
    window = open_window(folder)
    phy = linked_phy(window, folder, qtbot, 8)
    yield window, phy, folder
    phy.close()


def starred(window: Window) -> set[int]:
    """Return the ids of the rows that the table marks as unsaved in phy."""
    model = window.unit_table.unit_model
    section = model.columns.index("cluster_id")
    return {one for i, one in enumerate(shown_ids(window)) if model.cell(i, section).has_star}


def tip(window: Window, cluster_id: int, key: str = "cluster_id") -> str:
    model = window.unit_table.unit_model
    place = shown_ids(window).index(cluster_id)
    index = model.index(place, model.columns.index(key))
    return str(index.data(Qt.ItemDataRole.ToolTipRole))


def test_what_phy_has_not_saved_has_a_star_until_it_is_saved_or_undone(
    linked: Linked, qtbot: Any
) -> None:
    """Seen: once looked at, a row that phy had merged away looked as any other."""
    window, phy, folder = linked
    wait: Callable[[Callable[[], bool]], None] = lambda until: qtbot.waitUntil(  # noqa: E731
        until, timeout=WAIT_MS
    )
    press(window, "Home")
    widths = window.unit_table.horizontalHeader().sectionSize(1)
    phy.merge(60, 2, 3)
    wait(lambda: starred(window) == {2, 3})
    phy.change("metadata_group", field="group", values={"5": "good"})
    wait(lambda: starred(window) == {2, 3, 5})
    assert window.unit_table.horizontalHeader().sectionSize(1) == widths
    for _ in range(8):  # each is looked at: it is no news any more, and unsaved all the same
        press(window, "Down")
    assert starred(window) == {2, 3, 5}
    press(window, "Ctrl+G")
    QTest.keyClicks(window.filter_bar.go_to, "60")
    press(window, "Return")
    told = "60 is unsaved in phy (of 2, 3): it is a row once phy has saved it."
    assert window.filter_bar.error.text() == told
    press(window, "Esc")
    for key in ("cluster_id", "label"):
        assert "unsaved in phy: merged into 60 with 3" in tip(window, 2, key)
        assert "unsaved in phy: group good" in tip(window, 5, key)
        assert "phy" not in tip(window, 4, key)

    pairs = [[60, 2], [60, 3]]
    phy.change("merge", history="undo", added=[2, 3], deleted=[60], descendants=pairs)
    wait(lambda: starred(window) == {5})
    phy.merge(61, 6, 7)
    wait(lambda: starred(window) == {5, 6, 7})
    press(window, "F5")
    assert window.session.wait_idle(WAIT_MS)
    wait(lambda: starred(window) == {5, 6, 7})

    merge(folder, [6, 7], 61)
    (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\n5\tgood\n", "utf-8")
    phy.changes.clear()
    phy.say("saved")
    wait(lambda: 61 in shown_ids(window) and not starred(window))
    assert "unsaved" not in tip(window, 6)


def test_panels_of_a_unit_that_is_gone_say_into_what(linked: Linked, qtbot: Any) -> None:
    """Seen: *Unit 41 has no spikes in spike_clusters.npy or spike_templates.npy*, and not why."""
    window, phy, folder = linked

    def save() -> None:
        phy.changes.clear()
        phy.say("saved")

    phy.merge(60, 2, 3)
    merge(folder, [2, 3], 60)
    save()
    qtbot.waitUntil(lambda: 60 in shown_ids(window), timeout=WAIT_MS)
    pairs = [[60, 61], [60, 62]]
    phy.change("assign", added=[61, 62], deleted=[60], descendants=pairs)
    qtbot.waitUntil(lambda: starred(window) == {60}, timeout=WAIT_MS)
    split(folder, 60, 30, (61, 62))
    save()
    qtbot.waitUntil(lambda: 62 in shown_ids(window), timeout=WAIT_MS)
    press(window, "Home")
    while current_id(window) != 60:
        press(window, "Down")
    told = "Unit 60 is gone: split into 61 and 62."
    for key in ("correlogram", "amplitudes"):
        panel = window.panels[key]
        qtbot.waitUntil(lambda panel=panel: panel.cover.words == told, timeout=WAIT_MS)


def test_a_label_that_is_sent_to_phy_is_no_news_of_its_own_row(linked: Linked, qtbot: Any) -> None:
    """Seen: the row of one's own label was marked as changed by what came from elsewhere."""
    window, phy, _ = linked
    window.prefs.set_phy_switch("label", True)
    press(window, "Home", "Alt+G", "Alt+S")
    qtbot.waitUntil(lambda: starred(window) == {0, 1}, timeout=WAIT_MS)
    assert phy.labels == [("group", "good", (0,)), ("bcv_label", "NON-SOMA", (1,))]
    assert window.unit_table.unit_model.news.tolist() == []
    phy.change("metadata_group", field="group", values={"5": "good"})
    qtbot.waitUntil(lambda: starred(window) == {0, 1, 5}, timeout=WAIT_MS)
    assert window.unit_table.unit_model.news.tolist() == [5]


def test_that_phy_saved_a_label_is_no_news_of_its_row(linked: Linked, qtbot: Any) -> None:
    """Seen: all rows that were labelled since phy saved last were in italics at each save."""
    window, phy, folder = linked
    window.prefs.set_phy_switch("label", True)
    press(window, "Home", "Alt+G")
    qtbot.waitUntil(lambda: starred(window) == {0}, timeout=WAIT_MS)
    assert current_id(window) != 0
    phy.change("metadata_group", field="group", values={"5": "good"})
    qtbot.waitUntil(lambda: starred(window) == {0, 5}, timeout=WAIT_MS)
    press(window, "R")  # who looks at what came from elsewhere
    assert window.unit_table.unit_model.news.tolist() == []
    (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\n0\tgood\n5\tgood\n", "utf-8")
    phy.changes.clear()
    phy.say("saved")
    qtbot.waitUntil(lambda: starred(window) == set(), timeout=WAIT_MS)
    assert window.session.wait_idle(WAIT_MS)
    assert window.unit_table.unit_model.news.tolist() == []


def test_a_label_that_is_cleared_is_no_news_of_its_own_row(linked: Linked, qtbot: Any) -> None:
    window, phy, folder = linked
    window.prefs.set_phy_switch("label", True)
    press(window, "Home", "Alt+G")
    qtbot.waitUntil(lambda: starred(window) == {0}, timeout=WAIT_MS)
    (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\n0\tgood\n")
    phy.say("saved")
    qtbot.waitUntil(lambda: starred(window) == set(), timeout=WAIT_MS)
    press(window, "Home", "Alt+U")
    qtbot.waitUntil(lambda: "group unsorted" in tip(window, 0), timeout=WAIT_MS)
    assert window.unit_table.unit_model.news.tolist() == []


def test_what_phy_takes_back_with_a_label_of_ones_own_is_no_news(
    linked: Linked, qtbot: Any
) -> None:
    """Seen: one's own label was cleared, phy was as it is saved by that, and the row in italics."""
    window, phy, _ = linked
    window.prefs.set_phy_switch("label", True)
    press(window, "Home", "Alt+G")
    qtbot.waitUntil(lambda: starred(window) == {0}, timeout=WAIT_MS)
    press(window, "Home", "Alt+U", "Down")
    qtbot.waitUntil(lambda: phy.labels[-1:] == [("group", "unsorted", (0,))], timeout=WAIT_MS)
    qtbot.waitUntil(lambda: starred(window) == set(), timeout=WAIT_MS)
    assert window.unit_table.unit_model.news.tolist() == []


def test_what_phy_does_to_a_unit_that_it_has_unsaved_already_is_news(
    linked: Linked, qtbot: Any
) -> None:
    """Seen: of two units that it merged only the one without a label of one's own was marked."""
    window, phy, _ = linked
    window.prefs.set_phy_switch("label", True)
    press(window, "Home", "Alt+G")
    qtbot.waitUntil(lambda: starred(window) == {0}, timeout=WAIT_MS)
    phy.merge(60, 0, 5)
    qtbot.waitUntil(lambda: starred(window) == {0, 5}, timeout=WAIT_MS)
    model = window.unit_table.unit_model
    assert model.news.tolist() == [0, 5]
    press(window, "R")
    assert model.news.tolist() == []
    pairs = [[60, 0], [60, 5]]
    phy.change("merge", history="undo", added=[0, 5], deleted=[60], descendants=pairs)
    qtbot.waitUntil(lambda: starred(window) == {0}, timeout=WAIT_MS)
    assert model.news.tolist() == [0, 5], "an undo there is a change, too"


def test_ones_own_label_over_another_one_is_no_news(linked: Linked, qtbot: Any) -> None:
    """phy has both until it has cleared one of its two fields, or keeps the group."""
    window, phy, _ = linked
    window.prefs.set_phy_switch("label", True)
    for key, told in (("Alt+G", "group good"), ("Alt+S", "bcv_label"), ("Alt+M", "group mua")):
        press(window, "Home", key)
        qtbot.waitUntil(lambda told=told: told in tip(window, 0), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "NON-SOMA" not in tip(window, 0), timeout=WAIT_MS)
    assert len(phy.labels) == 4
    assert window.unit_table.unit_model.news.tolist() == []


def test_the_tip_of_a_hidden_label_says_that_it_is_hidden(linked: Linked) -> None:
    """Seen: *Bombcell has not scored this unit*, which it had."""
    window, _, _ = linked
    window.session.set_queue(QueueSpec("random", None, seed=7, blind=True))
    hidden = next(one for one in shown_ids(window) if one != current_id(window))
    assert "Blind review: the verdict is hidden until you label it." in tip(window, hidden, "label")
    assert "scored" not in tip(window, hidden, "label")


def test_a_blind_review_is_told_that_phy_labelled_a_unit_and_not_which_label(
    linked: Linked, qtbot: Any
) -> None:
    window, phy, _ = linked
    window.session.set_queue(QueueSpec("random", None, seed=7, blind=True))
    phy.change("metadata_group", field="group", values={"5": "good"})
    phy.merge(60, 2, 3)
    qtbot.waitUntil(lambda: starred(window) == {2, 3, 5}, timeout=WAIT_MS)
    assert "unsaved in phy: labelled" in tip(window, 5)
    assert "good" not in tip(window, 5)
    assert "unsaved in phy: merged into 60 with 3" in tip(window, 2)
    while current_id(window) != 5:
        press(window, "Down")
    assert window.session.wait_idle(WAIT_MS)
    why = window.docks["why"]
    why.show()
    why.raise_()
    assert window.session.wait_idle(WAIT_MS)
    assert "unsaved in phy: labelled" in window.panels["why"].text()
    assert "good" not in window.panels["why"].text()
    assert not [text for text in window.session.table.codes("phy_change")[1] if "good" in text]


def test_why_says_which_label_phy_saved_beside_ones_own(linked: Linked, qtbot: Any) -> None:
    """Seen: one's own label was MUA, phy saved good, and neither *Why* nor the cell said so."""
    window, phy, folder = linked
    why = window.panels["why"]
    press(window, "Home")
    one = current_id(window)
    (folder / "cluster_group.tsv").write_text(f"cluster_id\tgroup\n{one}\tnoise\n")
    phy.say("saved")
    qtbot.waitUntil(lambda: "phy: noise" in why.text(), timeout=WAIT_MS)
    press(window, "Alt+N", "Home")
    assert current_id(window) == one
    qtbot.waitUntil(lambda: "phy: noise" not in why.text(), timeout=WAIT_MS)
    window.session.undo()
    qtbot.waitUntil(lambda: "phy: noise" in why.text(), timeout=WAIT_MS)
    assert "phy: noise" in tip(window, one, "label")
