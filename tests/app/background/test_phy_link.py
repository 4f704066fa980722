"""The live link, with a stand-in for phy that speaks the protocol; no window."""

from __future__ import annotations

import gc
import shutil
import socket
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_phy import FakePhy
from phy_recordings import merge, split, write_sorted
from PySide6.QtCore import QTimer
from qt_fixtures import WAIT_MS

from bcviewer.app.background import (
    phy_following,
    phy_merging,
    phy_saves,
    phy_server,
    phy_sight,
    phy_talk,
    scoring,
    unsaved,
)
from bcviewer.app.background.phy_words import known_ids
from bcviewer.app.curating.undoing import OF_PHY
from bcviewer.app.opening import loader
from bcviewer.app.session import Session
from bcviewer.core.evidence import compare_phy
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.phy import PhyState
from bcviewer.core.run.scored import Scored
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.explain import explain
from bcviewer.errors import CancelledError, UserError
from bcviewer.io import names
from bcviewer.io.exchange import phy_plugin
from bcviewer.io.exchange.phy_address import address
from bcviewer.io.exchange.phy_messages import Selected
from bcviewer.io.results import beside
from bcviewer.io.spikes import recording
from bcviewer.oracle import score_by_bombcell

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sockets with a path")
N = 12
LEFT = "not merged, as far as is known: units 1, 2; units 3, 4. What you accepted stays accepted."


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Keep phy's folder and the sockets of a test in folders of its own."""
    run = tempfile.mkdtemp(prefix="bcv-", dir="/tmp")  # a socket's path is short
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", run)
    yield tmp_path / "home"
    assert not list(Path(run).iterdir()), "a socket was left"
    shutil.rmtree(run)


@pytest.fixture(autouse=True)
def seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at phy's files of one's own accord only where a test asks for that."""
    monkeypatch.setattr(phy_saves, "EVERY_MS", 3_600_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_sorted(tmp_path / "kilosort4_A", N)


MakeSession = Callable[..., Session]


@pytest.fixture
def make_session(qapp: Any, no_leaks: None, folder: Path, qtbot: Any) -> Iterator[MakeSession]:
    """Return a function that opens the recording, linked; the plugin is installed."""
    sessions: list[Session] = []
    phy_plugin.install(phy_plugin.where())

    def make(path: Path = folder) -> Session:
        made = Session()
        sessions.append(made)
        made.open(str(path))
        assert made.wait_idle(WAIT_MS)
        made.background.phy_link.start()
        return made

    yield make
    for made in sessions:
        made.close()


@pytest.fixture
def session(make_session: MakeSession, wait: Any) -> Session:
    made = make_session()
    wait(lambda: made.scene.phy_link.state == "waiting")
    return made


@pytest.fixture
def wait(qtbot: Any) -> Callable[[Callable[[], bool]], None]:
    return lambda until: qtbot.waitUntil(until, timeout=WAIT_MS)


@pytest.fixture
def make_phy(folder: Path, wait: Any) -> Iterator[Callable[..., FakePhy]]:
    """Return a function that starts a phy on the recording, which says hello."""
    made: list[FakePhy] = []

    def make(hello: bool = True, dataset: str = "", at: Path = folder, **state: Any) -> FakePhy:
        phy = FakePhy(at, range(N), dataset=dataset)
        made.append(phy)
        for name, value in state.items():
            setattr(phy, name, value)
        wait(lambda: phy.socket.state() is phy.socket.LocalSocketState.ConnectedState)
        if hello:
            phy.hello()
        return phy

    yield make
    for phy in made:
        phy.close()


def changes(session: Session) -> dict[int, str]:
    """Return what is told of units in phy, by cluster id."""
    table = session.table
    assert table is not None
    codes, texts = table.codes("phy_change")
    ids = table.ids.cluster_id.tolist()
    return {i: texts[c] for i, c in zip(ids, codes.tolist(), strict=True) if texts[c]}


def go_to(session: Session, cluster_id: int) -> None:
    assert session.go_to_id(cluster_id)


def test_phy_opens_where_the_curator_is_and_follows(session, make_phy, wait):
    go_to(session, 7)
    phy = make_phy()
    wait(lambda: phy.shows == [7])
    assert session.scene.phy_link.state == "connected"
    wait(lambda: session.scene.phy_link.words == "phy ● 7")
    session.set_selected(np.array([7, 3]))
    wait(lambda: phy.shows[:1] == [session.current_id()] and set(phy.shows) == {3, 7})


def test_a_selection_in_phy_moves_the_unit_here_and_is_not_sent_back(session, make_phy, wait):
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    phy.choose(5, 2)
    wait(lambda: session.current_id() == 5)
    assert set(session.table.ids.ids_of(session.selected).tolist()) == {5, 2}
    go_to(session, 9)
    wait(lambda: phy.shows == [9])
    assert phy.asked[1:] == [(9,)]


def test_only_the_latest_is_sent_one_at_a_time(session, make_phy, wait):
    phy = make_phy(latency_ms=None)
    wait(lambda: len(phy.asked) == 1)
    for cluster_id in (4, 8, 1, 11):
        go_to(session, cluster_id)
    phy.latency_ms = 30
    phy.answer()
    wait(lambda: phy.shows == [11])
    assert phy.asked[1:] == [(11,)]


def test_phy_that_is_busy_is_asked_again_for_what_is_the_latest_then(session, make_phy, wait):
    phy = make_phy(busy=2)
    wait(lambda: len(phy.asked) == 1)
    go_to(session, 4)
    wait(lambda: phy.shows == [4])
    assert phy.busy == 0
    assert len(phy.asked) <= 4


def test_what_phy_will_overtake_yet_is_not_followed(session, make_phy, wait):
    """Both hands at once: phy's thread is where the order is decided."""
    phy = make_phy(latency_ms=None)
    wait(lambda: len(phy.asked) == 1)
    go_to(session, 4)
    phy.answer()
    wait(lambda: len(phy.asked) == 2)
    phy.choose(9)  # before it has seen that 4 is wanted
    phy.answer()
    wait(lambda: session.scene.phy_link.shows == (4,))
    assert session.current_id() == 4
    phy.choose(9)
    wait(lambda: session.current_id() == 9)
    assert len(phy.asked) == 2


@pytest.mark.parametrize("is_busy", [False, True])
def test_what_is_clicked_in_phy_before_it_is_asked_once_more_is_where_both_end(
    session, make_phy, wait, is_busy
):
    """Seen: it was led away from that, and nothing here said so."""
    phy = make_phy()
    wait(lambda: phy.shows == [session.current_id()])
    phy.latency_ms = None
    go_to(session, 4)
    wait(lambda: phy.asked[1:] == [(4,)])
    phy.stuck, phy.busy = not is_busy, int(is_busy)
    phy.answer()
    if not is_busy:
        wait(lambda: phy.asked[1:] == [(4,), (4,)])
    phy.choose(9)
    wait(lambda: session.current_id() == 9)
    phy.stuck, phy.latency_ms = False, 0
    if not is_busy:
        phy.answer()
        assert phy.shows == [4]
    wait(lambda: phy.shows == [9])
    go_to(session, 5)
    wait(lambda: phy.shows == [5])
    assert phy.asked[2:] == ([(5,)] if is_busy else [(4,), (9,), (5,)])


def test_a_hand_here_is_the_last_one_also_where_phy_is_brought_back_to_what_is_hidden(
    session, make_phy, wait
):
    phy = make_phy()
    go_to(session, 3)
    wait(lambda: phy.shows == [3])
    session.set_filter("cluster_id < 8")
    n, phy.latency_ms, phy.stuck = len(phy.asked), None, True
    go_to(session, 4)
    wait(lambda: len(phy.asked) == n + 1)
    phy.answer()
    wait(lambda: len(phy.asked) == n + 2)
    phy.choose(9)
    wait(lambda: "The filter hides unit 9" in session.scene.phy_link.told)
    session.set_selected(np.array([session.current]))  # a click on the current unit
    phy.latency_ms, phy.stuck = 0, False
    phy.answer()
    wait(lambda: len(phy.asked) > n + 2 and phy.asked[-1] == (4,))
    wait(lambda: phy.shows == [4])


def test_what_phy_restores_at_its_start_moves_nothing(session, make_phy, wait):
    session.prefs.set_phy_switch("lead", False)
    here = session.current_id()
    phy = make_phy()
    phy.choose(6, own=False)
    wait(lambda: session.scene.phy_link.shows == (6,))
    assert session.current_id() == here
    session.prefs.set_phy_switch("follow", False)
    phy.choose(8)
    wait(lambda: session.scene.phy_link.shows == (8,))
    go_to(session, 2)
    phy.choose(9)
    wait(lambda: session.scene.phy_link.shows == (9,))
    assert session.current_id() == 2
    assert not phy.asked


def test_what_is_gone_or_hidden_is_told(session, make_phy, wait):
    phy = make_phy(hidden={3})
    wait(lambda: len(phy.asked) == 1)
    phy.clusters.discard(5)
    first, sign = session.current_id(), lambda: session.scene.phy_link.words
    go_to(session, 5)
    wait(lambda: "No longer in phy: unit 5" in session.scene.phy_link.told)
    assert sign() == f"phy ● {first} · 5 gone"
    go_to(session, 3)
    wait(lambda: "phy's filter hides unit 3" in session.scene.phy_link.told)
    assert sign() == f"phy ● {first} · hides 3"
    session.set_filter("cluster_id != 8")
    phy.choose(8)
    wait(lambda: "The filter hides unit 8" in session.scene.phy_link.told)
    assert (session.current_id(), sign()) == (3, "phy ● 8 · 8 not here")
    told = []
    session.notice.connect(told.append)
    phy.choose(4, 8)  # seen: only where nothing of it is shown a word was said
    wait(lambda: session.current_id() == 4)
    wait(lambda: told == ["The filter hides unit 8, which phy shows."])
    phy.choose(77)
    wait(lambda: "phy shows 77, which is no unit" in session.scene.phy_link.told)
    n = len(phy.asked)
    phy.choose(2)
    wait(lambda: session.current_id() == 2)
    assert (len(phy.asked), sign()) == (n, "phy ● 2")


def test_a_phy_that_shows_nothing_that_it_is_asked_for_is_told(session, make_phy, wait):
    """Seen: its own Save prompt was cancelled, after which it selects nothing any more."""
    session.set_sort("cluster_id")
    go_to(session, 3)
    phy = make_phy()
    wait(lambda: session.scene.phy_link.words == "phy ● 3")
    phy.stuck = True
    go_to(session, 4)
    wait(lambda: session.scene.phy_link.words == "phy ● 3 · not 4")
    assert "phy did not show unit 4." in session.scene.phy_link.tip
    phy.choose(4)
    wait(lambda: session.scene.phy_link.words == "phy ● 4")
    assert not session.scene.phy_link.told
    phy.latency_ms = None
    go_to(session, 5)
    wait(lambda: phy.asked[-1] == (5,))
    phy.applied += 1  # it took it in hand, and a hand there was the last: nothing is amiss
    phy.choose(9)
    wait(lambda: session.current_id() == 9)
    phy.answer()
    phy.choose(8)
    wait(lambda: session.current_id() == 8)
    assert (session.scene.phy_link.words, session.scene.phy_link.told) == ("phy ● 8", "")


@pytest.mark.parametrize("answers", [True, False])
def test_a_phy_that_does_not_answer_a_selection_for_long_is_told(
    session, make_phy, wait, monkeypatch, answers
):
    monkeypatch.setattr(phy_talk, "LATE_MS", 20)
    monkeypatch.setattr(phy_talk, "UNANSWERED_MS", WAIT_MS if answers else 100)
    session.set_sort("cluster_id")
    go_to(session, 3)
    phy = make_phy()
    told = lambda: session.scene.phy_link.told  # noqa: E731
    wait(lambda: phy.shows == [3])
    phy.latency_ms = None
    go_to(session, 4)
    wait(lambda: told() == "phy has not shown unit 4 yet.")
    assert session.scene.phy_link.words == "phy ● 3 · not yet 4"
    if (
        not answers
    ):  # seen: it was told that it is to be started anew, and what it answered was lost
        wait(lambda: told() == "phy does not answer, and has not shown unit 4 yet.")
        assert session.scene.phy_link.words == "phy ● 3 · not yet 4"
        phy.busy, phy.latency_ms = 1, 0
        phy.answer()  # it was at an act of its own for so long, and is about to draw that
        wait(lambda: session.scene.phy_link.words == "phy ● 4")
        assert (told(), phy.asked[-2:]) == ("", [(4,), (4,)])
        phy.latency_ms = None
        go_to(session, 6)
        wait(lambda: told() == "phy does not answer, and has not shown unit 6 yet.")
        phy.answer()
        wait(lambda: session.scene.phy_link.words == "phy ● 6")
        assert not told()
        return
    go_to(session, 5)
    assert told() == "phy has not shown unit 5 yet."
    phy.latency_ms = 0
    phy.answer()
    wait(lambda: session.scene.phy_link.words == "phy ● 5")
    assert not told()


def test_a_phy_that_showed_it_only_late_is_not_said_to_show_it_not(session, make_phy, wait):
    """Seen: its plugin answers after 3 s with what was there, and *start it anew* was told."""
    session.set_sort("cluster_id")
    go_to(session, 3)
    phy = make_phy()
    wait(lambda: session.scene.phy_link.words == "phy ● 3")
    signs: list[str] = []
    session.stage.changed.connect(lambda _, scene: signs.append(scene.phy_link.words))
    phy.latency_ms = None
    go_to(session, 4)
    wait(lambda: phy.asked[1:] == [(4,)])
    phy.stuck = True
    phy.answer()
    wait(lambda: phy.asked[1:] == [(4,), (4,)])
    phy.stuck = False
    phy.answer()
    wait(lambda: session.scene.phy_link.words == "phy ● 4")
    assert not [sign for sign in signs if "not 4" in sign]
    phy.stuck, phy.latency_ms = True, 0
    go_to(session, 5)
    wait(lambda: session.scene.phy_link.words == "phy ● 4 · not 5")
    phy.choose(5, own=False)
    wait(lambda: session.scene.phy_link.words == "phy ● 5")
    assert not session.scene.phy_link.told


def test_of_a_phy_that_is_busy_for_long_the_latest_is_not_yet_shown(
    session, make_phy, wait, monkeypatch
):
    session.set_sort("cluster_id")
    go_to(session, 3)
    phy = make_phy()
    wait(lambda: phy.shows == [3])
    monkeypatch.setattr(phy_talk, "LATE_MS", 20)
    monkeypatch.setattr(phy_talk, "BUSY_MS", WAIT_MS)  # it says so, and is to be asked again
    phy.busy = 1
    go_to(session, 4)
    wait(lambda: phy.busy == 0 and session.scene.phy_link.words == "phy ● 3 · not yet 4")
    go_to(session, 5)
    assert session.scene.phy_link.words == "phy ● 3 · not yet 5"


def test_a_phy_that_is_not_led_any_more_is_not_said_to_be_elsewhere(session, make_phy, wait):
    session.set_sort("cluster_id")
    go_to(session, 3)
    phy = make_phy(hidden={4})
    wait(lambda: phy.shows == [3])
    go_to(session, 4)
    wait(lambda: session.scene.phy_link.words == "phy ● 3 · hides 4")
    session.prefs.set_phy_switch("lead", False)
    go_to(session, 5)
    link = session.scene.phy_link
    assert (link.words, link.told) == ("phy ● 3 · not led", "")


def test_a_phy_that_is_not_led_any_more_is_not_sent_to_what_waited(
    session, make_phy, wait, monkeypatch
):
    """Seen: once it was busy no more it went to a unit that had been left here meanwhile."""
    monkeypatch.setattr(phy_talk, "LATE_MS", WAIT_MS)
    session.set_sort("cluster_id")
    go_to(session, 3)
    phy = make_phy()
    wait(lambda: phy.shows == [3])
    phy.busy = 1
    go_to(session, 4)
    wait(lambda: phy.busy == 0)
    session.prefs.set_phy_switch("lead", False)
    go_to(session, 7)
    session.prefs.set_phy_switch("lead", True)
    go_to(session, 8)
    wait(lambda: phy.shows == [8])
    assert phy.asked[1:] == [(4,), (8,)]
    monkeypatch.setattr(phy_talk, "LATE_MS", 20)
    phy.latency_ms = None
    go_to(session, 9)
    wait(lambda: "unit 9 yet" in session.scene.phy_link.told)
    session.prefs.set_phy_switch("lead", False)
    go_to(session, 2)
    wait(lambda: session.scene.phy_link.told == "")


def test_what_was_dropped_is_sent_once_it_is_chosen_again(session, make_phy, wait):
    """Seen: phy had been busy and was not led, and stayed where it was though it was again."""
    session.set_sort("cluster_id")
    go_to(session, 3)
    phy = make_phy()
    wait(lambda: phy.shows == [3])
    phy.busy = 1
    go_to(session, 4)
    wait(lambda: phy.busy == 0)
    session.prefs.set_phy_switch("lead", False)
    go_to(session, 7)
    session.prefs.set_phy_switch("lead", True)
    go_to(session, 4)
    wait(lambda: phy.shows == [4])


def test_the_phy_of_a_probe_that_was_left_is_not_led_any_more_either(
    as_people_open, make_session, make_phy, wait, folder, monkeypatch
):
    monkeypatch.setattr(phy_talk, "BUSY_MS", 0)
    write_sorted(folder.parent / "kilosort4_B", N + 1)
    session = make_session(folder.parent)
    wait(lambda: session.scene.phy_link.state == "waiting")
    go_to(session, 3)
    phy = make_phy()
    wait(lambda: phy.shows == [3])
    phy.latency_ms, phy.busy = None, 1
    go_to(session, 4)
    wait(lambda: phy.asked[-1] == (4,))
    session.prefs.set_phy_switch("lead", False)
    go_to(session, N)  # only the other probe has it
    n, phy.latency_ms = len(phy.asked), 0
    phy.answer()
    phy.merge(60, 1, 2)
    wait(lambda: "unsaved" in session.scene.book.sheets[0].phy.text(2))
    session.prefs.set_phy_switch("lead", True)
    go_to(session, 8)
    wait(lambda: phy.shows == [8])
    assert phy.asked[n:] == [(8,)]


def test_what_two_phys_changed_counts_once(session, make_phy, wait):
    phys = [make_phy(), make_phy()]
    wait(lambda: session.scene.phy_link.n_phys == 2)
    for phy, made in zip(phys, (60, 61), strict=True):
        phy.merge(made, 2, 3)
    wait(lambda: "61" in changes(session).get(2, ""))
    assert session.scene.phy_link.unsaved == 4


def test_where_nothing_is_shown_phy_is_told_nothing_and_followed(session, make_phy, wait, folder):
    """Seen: phy was told to select the last unit, and what it made was not gone to."""
    session.set_sort("cluster_id")
    go_to(session, 3)
    phy = make_phy()
    wait(lambda: phy.shows == [3])
    session.set_filter("cluster_id >= 50")
    another = make_phy()  # one that comes is not sent anywhere either
    wait(lambda: session.scene.phy_link.n_phys == 2)
    phy.merge(60, 2, 3)
    phy.choose(60)
    wait(lambda: "unsaved in phy" in session.scene.phy_link.told)
    merge(folder, [2, 3], 60)
    phy.say("saved")
    wait(lambda: session.current_id() == 60)
    assert phy.asked == [(3,)]
    assert another.asked[:1] in ([], [(60,)])


def test_a_merge_is_marked_at_once_and_read_when_it_is_saved(session, make_phy, wait, folder):
    session.set_sort("cluster_id")
    phy = make_phy()
    go_to(session, 7)
    wait(lambda: phy.shows == [7])
    shown = session.view.rows.tolist()
    phy.merge(60, 2, 3)
    wait(lambda: 2 in changes(session))
    assert changes(session)[2] == "unsaved in phy: merged into 60 with 3"
    assert session.scene.phy_link.unsaved == 3
    assert session.scene.arrived.rows.tolist() == [2, 3]
    phy.choose(60)
    wait(lambda: "60, which is unsaved in phy (of 2, 3)" in session.scene.phy_link.told)
    assert (session.current_id(), session.view.rows.tolist()) == (7, shown)
    merge(folder, [2, 3], 60)
    (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\n7\tgood\n60\tmua\n")
    (folder / names.LABELS_TSV).write_text("cluster_id\tbc_unitType\n7\tGOOD\n60\tGOOD\n")
    phy.say("saved")
    wait(lambda: session.table.n_units == N + 1)
    wait(lambda: session.current_id() == 60)  # what phy shows is here now
    assert not session.scene.phy_link.told
    assert changes(session)[2].startswith("gone: merged into 60 with 3")
    assert session.scene.phy_link.unsaved == 0
    assert session.view.rows.tolist() == [*shown, N]  # further rows come last
    wait(lambda: session.table.kind("phy_group") is not None)
    codes, texts = session.table.codes("phy_group")
    assert (texts[codes[7]], texts[codes[N]]) == ("good", "mua")  # the row N is 60's
    tsv = f"{names.LABELS_TSV} says GOOD of it: not by this run, which never scored it"
    said = [" ".join(explain(session.scene.sheet, row).facts) for row in (7, N)]
    assert [tsv in facts for facts in said] == [False, True]
    phy.change("metadata_group", field="group", values={"60": "mua"})  # as its file says
    phy.change("metadata_group", field="group", values={"60": "unsorted", "5": "mua"})
    wait(lambda: 5 in changes(session))
    assert "unsaved in phy: group unsorted" in changes(session)[60]
    merge(folder, [60, 5], 61)  # what phy made goes again: its row stays, and says so
    phy.say("saved")
    wait(lambda: session.table.n_units == N + 2)
    assert "merged or split or undone" in changes(session)[60]
    assert session.wait_idle(WAIT_MS)


def test_what_phy_shows_and_is_not_here_is_gone_to_once_it_is_and_not_after_an_act_here(
    session, make_phy, wait, folder
):
    session.set_sort("cluster_id")
    phy = make_phy()
    go_to(session, 3)
    wait(lambda: phy.shows == [3])
    told = lambda: session.scene.phy_link.told  # noqa: E731
    session.set_filter("cluster_id != 8")
    phy.choose(8)
    wait(lambda: "The filter hides unit 8" in told())
    session.clear_filter()
    assert (session.current_id(), told()) == (8, "")
    session.set_filter("cluster_id < 8")
    wait(lambda: phy.shows == [session.current_id()] != [8])
    phy.choose(9)
    wait(lambda: "The filter hides unit 9" in told())
    go_to(session, 2)  # the curator's own hand is the last
    wait(lambda: phy.shows == [2])
    session.clear_filter()
    assert (session.current_id(), told()) == (2, "")
    session.set_filter("cluster_id < 8")
    phy.choose(9)
    wait(lambda: "The filter hides unit 9" in told())
    phy.choose()  # an undo in phy selects nothing
    wait(lambda: not told())
    session.clear_filter()
    assert session.current_id() == 2


def choose_what_is_hidden(session: Session, make_phy: Any, wait: Any, shown: str) -> FakePhy:
    """Let phy select 9, which a filter hides, while 3 is the current unit here."""
    session.set_sort("cluster_id")
    go_to(session, 3)
    phy: FakePhy = make_phy()
    wait(lambda: phy.shows == [3])
    session.set_filter(shown)
    phy.choose(9)
    wait(lambda: "The filter hides unit 9" in session.scene.phy_link.told)
    return phy


@pytest.mark.parametrize(
    "act",
    [
        "here",
        "here again",
        "hidden",
        "beside",
        "show in phy",
        "label",
        "undo",
        "note",
        "follow off",
        "phy two",
    ],
)
def test_only_the_last_hand_is_followed_later(session, make_phy, wait, act):
    """What was hidden is not gone to after another act, of the curator or in another phy."""
    session.prefs.set_advance(False)
    if act == "undo":
        go_to(session, 3)
        session.set_label(Label.MUA)
    phy = choose_what_is_hidden(session, make_phy, wait, "cluster_id < 8")
    if act == "undo":
        session.undo()  # of the current unit: nothing moves
    elif act == "here":
        session.prefs.set_phy_switch("lead", False)
        go_to(session, 4)
    elif act == "here again":
        session.set_selected(np.array([session.current]))  # a click on the current unit
    elif act == "hidden":
        go_to(session, 10)
    elif act == "beside":
        session.viewing.marking.set_beside(1)
    elif act == "show in phy":
        session.background.phy_link.show_in_phy()
        wait(lambda: phy.shows == [3])
    elif act == "label":
        session.set_label(Label.GOOD)
    elif act == "note":
        rows = np.array([session.current])
        session.saying.type_note("as I wr", rows, session.scene.run)
    elif act == "follow off":
        session.prefs.set_phy_switch("follow", False)
    else:
        other = make_phy()
        wait(lambda: other.shows == [3])  # what it chose before that, ours would overtake
        other.choose(3)
        wait(lambda: "hides" not in session.scene.phy_link.told)
    before = session.current_id()
    session.set_filter("")
    assert (session.current_id(), session.scene.phy_link.told) == (before, "")


@pytest.mark.parametrize("act", ["here again", "label", "undo", "note", "beside"])
def test_phy_shows_what_is_here_after_a_hand_that_chose_nothing_else(session, make_phy, wait, act):
    """Seen: phy stayed at a unit that the filter hides, and nothing told any more that it did."""
    session.prefs.set_advance(False)
    go_to(session, 3)
    session.set_label(Label.MUA)
    phy = choose_what_is_hidden(session, make_phy, wait, "cluster_id < 8")
    if act == "here again":
        session.set_selected(np.array([session.current]))
    elif act == "label":
        session.set_label(Label.GOOD)
    elif act == "undo":
        session.undo()
    elif act == "note":
        session.saying.type_note("as I wr", np.array([session.current]), session.scene.run)
    else:
        session.viewing.marking.set_beside(1)
    wait(lambda: phy.shows == [3])
    session.prefs.set_phy_switch("lead", False)
    phy.choose(9)
    wait(lambda: "The filter hides unit 9" in session.scene.phy_link.told)
    session.set_selected(np.array([session.current]))
    assert session.wait_idle(WAIT_MS)
    assert phy.shows == [9], "phy is not led"


def test_what_is_chosen_here_while_phy_shows_what_is_hidden_is_sent_once(session, make_phy, wait):
    """Seen: twice, and what phy's own hand selected between the two was taken back."""
    phy = choose_what_is_hidden(session, make_phy, wait, "cluster_id < 8")
    n, phy.latency_ms = len(phy.asked), None
    go_to(session, 5)
    wait(lambda: len(phy.asked) > n)
    phy.answer()
    phy.choose(6)  # its own hand, once it shows 5
    phy.latency_ms = 0
    wait(lambda: session.scene.phy_link.shows == (6,))
    assert session.wait_idle(WAIT_MS)
    assert (session.current_id(), phy.shows) == (6, [6])
    assert phy.asked[n:] == [(5,)]


def test_phy_is_not_led_away_where_its_own_hand_was_the_last_after_one_here(
    session, make_phy, wait
):
    phy = choose_what_is_hidden(session, make_phy, wait, "cluster_id < 8")
    (peer,) = session.background.phy_link.findChildren(phy_server.PhyPeer)
    n, phy.shows = len(phy.asked), [10]
    session.set_selected(np.array([session.current]))  # has phy shown 3, soon
    peer.said.emit(Selected((10,), phy.applied, own=True))  # before that
    turns = []
    QTimer.singleShot(0, lambda: turns.append(1))
    wait(lambda: bool(turns))
    session.clear_filter()
    assert session.current_id() == 10
    assert (phy.asked[n:], phy.shows) == ([], [10])


@pytest.mark.parametrize("leads", [True, False])
def test_a_filter_that_hides_the_current_unit_is_no_choice(session, make_phy, wait, leads):
    """Seen: phy was sent to the first unit shown, and what it had selected was not gone to."""
    session.prefs.set_phy_switch("lead", leads)
    session.set_sort("cluster_id")
    go_to(session, 3)
    phy = make_phy(shows=[3])
    wait(lambda: session.scene.phy_link.state == "connected")
    n = len(phy.asked)
    session.set_filter("cluster_id < 8")
    phy.choose(10)
    wait(lambda: "The filter hides unit 10" in session.scene.phy_link.told)
    session.set_filter("cluster_id >= 8")
    assert (session.current_id(), session.scene.phy_link.told) == (10, "")
    assert session.wait_idle(WAIT_MS)
    assert (phy.shows, len(phy.asked)) == ([10], n)
    session.set_filter("cluster_id < 8")
    wait(lambda: phy.shows == ([0] if leads else [10]))
    phy.choose(9)
    wait(lambda: "The filter hides unit 9" in session.scene.phy_link.told)
    session.set_filter("cluster_id in (5, 6)")  # phy is sent to 5, and so shows 9 no more
    wait(lambda: phy.shows == ([5] if leads else [9]))
    assert ("hides" in session.scene.phy_link.told) != leads
    session.clear_filter()
    assert session.current_id() == (5 if leads else 9)


def test_what_the_phy_of_one_probe_shows_is_not_gone_to_after_an_act_on_another(
    as_people_open, make_session, make_phy, wait, folder
):
    write_sorted(folder.parent / "kilosort4_B", N + 1)
    session = make_session(folder.parent)
    wait(lambda: session.scene.phy_link.state == "waiting")
    choose_what_is_hidden(session, make_phy, wait, "cluster_id != 9")
    go_to(session, N)  # only the other probe has it
    assert session.scene.run.provenance.ks_dir != str(folder)
    session.clear_filter()
    assert session.current_id() == N


def test_the_sign_of_the_link_is_that_of_the_probe_of_the_current_unit(
    as_people_open, make_session, make_phy, wait, folder
):
    write_sorted(folder.parent / "kilosort4_B", N + 1)
    session = make_session(folder.parent)
    wait(lambda: session.scene.phy_link.state == "waiting")
    go_to(session, 3)
    make_phy()
    wait(lambda: session.scene.phy_link.words == "phy ● 3")
    go_to(session, N)  # only the other probe has it, and no phy
    assert session.scene.phy_link.words == "phy ○"


@pytest.mark.parametrize("fails", [False, True])
def test_the_phys_of_all_probes_stay_when_these_are_read_again(
    as_people_open, make_session, make_phy, wait, folder, fails
):
    """Seen: one probe is open for a moment, and the phys of the others were let go."""
    other = write_sorted(folder.parent / "kilosort4_B", N + 1)
    session = make_session(folder.parent)
    wait(lambda: session.scene.phy_link.state == "waiting")
    phys = [make_phy(at=one) for one in (folder, other)]
    go_to(session, N)  # only the other probe has it
    wait(lambda: session.scene.phy_link.state == "connected")
    for phy in phys:
        phy.merge(60, 2, 3)

    def marked() -> list[bool]:
        """Return whether what phy did to unit 2 is told of each probe."""
        return ["unsaved" in one.phy.text(2) for one in session.scene.book.sheets if one.phy]

    wait(lambda: marked() == [True, True])
    told, linked = [], phys[0].socket.LocalSocketState.ConnectedState
    session.notice.connect(told.append)
    if fails:  # the first probe can be opened no more
        shutil.rmtree(folder / "bombcell")
    session.reload()
    assert session.wait_idle(WAIT_MS)
    wait(lambda: marked() == [True] * (2 - fails))
    wait(lambda: [phy.socket.state() is linked for phy in phys] == [not fails, True])
    assert not any("phy" in words for words in told)
    go_to(session, N)
    phys[1].choose(4)  # the link is the one of before
    wait(lambda: session.current_id() == 4)
    assert session.scene.run.provenance.ks_dir == str(other)


def test_what_the_phy_of_a_probe_selects_that_is_still_to_be_read_is_gone_to_and_never_denied(
    as_people_open, make_session, make_phy, wait, folder, monkeypatch
):
    other = write_sorted(folder.parent / "kilosort4_B", N + 1)
    session = make_session(folder.parent)
    wait(lambda: session.scene.phy_link.state == "waiting")
    phy = make_phy(at=other)
    go_to(session, N)  # only the other probe has it
    wait(lambda: session.scene.phy_link.state == "connected")
    go_to(session, 3)
    assert session.scene.run.provenance.ks_dir == str(folder)
    may_read, real = threading.Event(), loader.read_run

    def read_run(location, *given):
        assert location.ks_dir != other or may_read.wait(WAIT_MS / 1000)
        return real(location, *given)

    monkeypatch.setattr(loader, "read_run", read_run)
    told: list[str] = []
    session.notice.connect(told.append)
    session.reload()
    wait(lambda: not session.scene.is_whole and len(session.scene.runs) == 1)
    link = session.background.phy_link
    monkeypatch.setattr(link, "tell", lambda real=link.tell: (told.append(""), real()))
    phy.choose(4)
    wait(lambda: "" in told)  # it is heard
    may_read.set()
    wait(lambda: session.current_id() == 4)
    assert session.scene.run.provenance.ks_dir == str(other)
    assert not any("phy shows" in words for words in told)


def test_many_that_phy_selects_stay_selected_there(session, make_phy, wait):
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phy_sight, "MOST_SELECTED", 5)
        patch.setattr(phy_following, "MOST_SELECTED", 5)
        phy.choose(*range(8))
        wait(lambda: len(session.selected) == 8)
        assert session.wait_idle(WAIT_MS)
        assert len(phy.asked) == 1
        assert phy.shows == list(range(8))


def test_that_phy_is_told_of_one_of_many_is_told(session, make_phy, wait, monkeypatch):
    # seen: Ctrl+A, and the sign was as before
    monkeypatch.setattr(phy_sight, "MOST_SELECTED", 5)
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    current = session.current_id()
    session.set_selected(np.arange(N))
    link = session.scene.phy_link
    words = "12 units are highlighted here, and phy is told of the current one only"
    assert link.told.startswith(words)
    assert link.words == f"phy ● {current} · 1 of 12"
    session.prefs.set_phy_switch("lead", False)
    session.background.phy_link.tell()
    assert "told of" not in session.scene.phy_link.tip, "of none of them it is"
    session.prefs.set_phy_switch("lead", True)
    phy.choose(*range(N))
    wait(lambda: set(session.scene.phy_link.shows) == set(range(N)))
    assert not session.scene.phy_link.told, "it shows them all"
    go_to(session, 3)
    assert not session.scene.phy_link.told


def test_the_sign_says_which_way_selections_do_not_go(session, make_phy, wait):
    # seen: both switches off, and another unit there than here looked like a broken link
    make_phy()
    wait(lambda: session.scene.phy_link.state == "connected")
    assert (session.scene.phy_link.follows, session.scene.phy_link.leads) == (True, True)
    for name in ("follow", "lead"):
        session.prefs.set_phy_switch(name, False)
    session.background.phy_link.tell()
    words = "What is selected in phy is not followed here; nothing is sent there (switches:"
    assert words in session.scene.phy_link.tip
    assert session.scene.phy_link.words.endswith(" · apart")


def test_what_is_seen_of_what_phy_shows_is_gone_to_once(session, make_phy, wait):
    """What else is hidden here is no act of phy's: nothing is marked, or said, anew."""
    session.set_sort("cluster_id")
    go_to(session, 3)
    phy = make_phy()
    wait(lambda: phy.shows == [3])
    session.set_filter("cluster_id < 8")
    told = []
    session.notice.connect(told.append)
    phy.choose(4, 9)
    wait(lambda: told == ["The filter hides unit 9, which phy shows."])
    session.set_filter("cluster_id < 7")
    assert session.current_id() == 4
    assert told[1:].count(told[0]) == 0
    assert told[0] in session.scene.phy_link.told
    session.clear_filter()
    assert set(session.table.ids.ids_of(session.selected).tolist()) == {4, 9}


def test_each_phy_is_followed_and_what_is_relayed_ends_no_waiting(session, make_phy, wait):
    session.set_sort("cluster_id")
    go_to(session, 3)
    one = make_phy()
    other = make_phy()
    wait(lambda: (one.shows, other.shows) == ([3], [3]))
    session.set_filter("cluster_id < 8")
    one.choose(4, 9)
    wait(lambda: other.shows == [4])
    assert "The filter hides unit 9" in session.scene.phy_link.told
    session.clear_filter()
    assert session.current_id() == 4
    assert len(session.selected) == 2
    session.set_filter("cluster_id < 8")
    wait(lambda: other.shows == one.shows == [4])
    one.choose(9)
    wait(lambda: "The filter hides unit 9" in session.scene.phy_link.told)
    one.close()  # nobody selects it any more
    wait(lambda: session.scene.phy_link.n_phys == 1)
    session.clear_filter()
    assert session.current_id() == 4


def test_the_words_about_what_phy_shows_are_those_of_now(session, make_phy, wait, folder):
    session.set_sort("cluster_id")
    go_to(session, 7)
    phy = make_phy()
    wait(lambda: phy.shows == [7])
    told = lambda: session.scene.phy_link.told  # noqa: E731
    session.set_filter("cluster_id < 50")
    phy.merge(60, 2, 3)
    phy.choose(60)
    wait(lambda: told() == "phy shows 60, which is unsaved in phy (of 2, 3).")
    pairs = [[60, 2], [60, 3]]
    phy.change("merge", history="undo", added=[2, 3], deleted=[60], descendants=pairs)
    wait(lambda: told() == "phy shows 60, which is no unit of these results.")
    again = [[2, 60], [3, 60]]
    phy.change("merge", history="redo", added=[60], deleted=[2, 3], descendants=again)
    wait(lambda: "unsaved" in told())
    merge(folder, [2, 3], 60)
    phy.say("saved")
    wait(lambda: session.table.n_units == N + 1)
    wait(lambda: told() == "The filter hides unit 60, which phy shows.")
    session.clear_filter()
    assert (session.current_id(), told()) == (60, "")


def test_what_phy_made_and_saved_is_not_denied_until_that_is_read(session, make_phy, wait, folder):
    session.set_sort("cluster_id")
    go_to(session, 7)
    phy, told = make_phy(), []
    wait(lambda: phy.shows == [7])
    phy.merge(60, 2, 3)
    phy.choose(60)
    wait(lambda: "unsaved in phy" in session.scene.phy_link.told)
    session.changed.connect(lambda *_: told.append(session.scene.phy_link.told))
    merge(folder, [2, 3], 60)
    phy.say("saved")
    wait(lambda: session.current_id() == 60)
    assert told
    assert not any("no unit" in words for words in told)


def test_what_is_no_longer_in_phy_is_said_until_something_else_is_selected(
    session, make_phy, wait, folder
):
    phy = make_phy()
    phy.clusters -= {5}
    go_to(session, 5)
    wait(lambda: "No longer in phy: unit 5" in session.scene.phy_link.told)
    merge(folder, [2, 3], 60)
    phy.say("saved")
    wait(lambda: session.table.n_units == N + 1)
    assert "No longer in phy: unit 5" in session.scene.phy_link.told
    go_to(session, 4)
    wait(lambda: not session.scene.phy_link.told)


@pytest.mark.parametrize("saves", [True, False])
def test_what_is_lost_with_a_phy_that_had_not_saved_it_is_said(session, make_phy, wait, saves):
    told = []
    session.notice.connect(told.append)
    phy = make_phy()
    phy.merge(60, 2, 3)
    phy.change("metadata_group", field="group", values={"5": "mua", "60": "good"})
    phy.change("metadata_group", field="group", values={"7": "unsorted"})  # as it is saved
    wait(lambda: 5 in changes(session))
    if saves:
        phy.say("saved")
        wait(lambda: session.scene.phy_link.unsaved == 0)
    phy.close()
    wait(lambda: session.scene.phy_link.state == "waiting")
    lost = "phy ended, and had not saved what it did to units 2, 3, 5: they are as last saved."
    assert told == ([] if saves else [lost])


def merged_and_saved(session: Session, make_phy: Any, wait: Any, folder: Path) -> FakePhy:
    """Return a phy that merged 2 and 3 into 60, and has saved it."""
    phy: FakePhy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    phy.merge(60, 2, 3)
    merge(folder, [2, 3], 60)
    phy.say("saved")
    wait(lambda: session.table.n_units == N + 1)
    return phy


def test_of_what_phy_made_and_changed_again_it_is_said_into_what(session, make_phy, wait, folder):
    """Seen: once it was saved, that phy had “merged or split or undone”."""
    phy = merged_and_saved(session, make_phy, wait, folder)
    phy.change("metadata_group", field="group", values={"60": "mua"})
    wait(lambda: changes(session)[60] == "unsaved in phy: group mua")
    pairs = [[60, 61], [60, 62]]
    phy.change("assign", added=[61, 62], deleted=[60], descendants=pairs)
    wait(lambda: changes(session)[60] == "unsaved in phy: split into 61 and 62")
    split(folder, 60, 20, (61, 62))
    phy.say("saved")
    wait(lambda: session.table.n_units == N + 3)
    assert changes(session)[60] == "gone: phy made it; since split into 61 and 62"
    merge(folder, [62, 5], 63)  # not by this phy: nobody said so
    phy.say("saved")
    wait(lambda: session.table.n_units == N + 4)
    assert changes(session)[60] == "gone: phy made it; since split into 61 and 62"
    assert "merged or split or undone" in changes(session)[62]
    assert session.wait_idle(WAIT_MS)


def test_what_was_said_of_a_merge_is_not_said_of_another_that_a_new_phy_gives_its_id(
    session, make_phy, wait, folder
):
    """Seen: a merge had the label of the one that was undone before phy was started anew."""
    before, told = np.load(folder / "spike_clusters.npy"), []
    session.notice.connect(told.append)

    def state() -> PhyState:
        return PhyState(int(session.scene.sheet.phy.state[N]))

    def label() -> str:
        return session.table.text("manual_label", N).strip("–")

    phy = merged_and_saved(session, make_phy, wait, folder)
    go_to(session, 60)
    session.set_label(Label.NOISE)
    pairs = [[60, 2], [60, 3]]
    phy.change("merge", history="undo", added=[2, 3], deleted=[60], descendants=pairs)
    np.save(folder / "spike_clusters.npy", before)
    phy.say("saved")
    wait(lambda: state() == PhyState.GONE)
    assert label() == "NOISE"
    assert known_ids(session.scene.sheet) == list(range(N)), "phy may give 60 to another"
    phy.close()
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    phy.merge(60, 4, 5)
    wait(lambda: state() == PhyState.UNSAVED)
    whom = "NOISE was said of another 60"
    wait(lambda: f"{whom}: its spikes were others." in told)  # the merge says which it has
    assert label() == ""
    merge(folder, [4, 5], 60)
    phy.say("saved")
    wait(lambda: state() == PhyState.NEW)
    assert label() == ""
    assert f"{whom}: its spikes were others" in explain(session.scene.sheet, N).facts
    assert len([words for words in told if whom in words]) == 1
    assert session.curation.state.reviewed() == frozenset()


def test_a_merge_that_is_not_saved_is_scored_and_told_of_its_parents(
    session, make_phy, wait, monkeypatch, folder
):
    asked = []

    def score(run, _recording, ids, *_):
        asked.append(tuple(ids))
        return Scored(run, Label.GOOD, untested=("drift",))

    monkeypatch.setattr(score_by_bombcell, "score", score)
    monkeypatch.setattr(scoring, "START_MS", 0)
    told = "60 scored here: GOOD as far as tested · drift not tested"

    def facts(cluster_id: int) -> tuple[str, ...]:
        sheet = session.scene.sheet
        return explain(sheet, int(sheet.ids.rows_of(cluster_id)[0])).facts

    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    phy.merge(60, 2, 3)
    wait(lambda: told in facts(2))
    assert told in facts(3)
    assert told not in facts(4)
    pairs = [[60, 2], [60, 3]]
    phy.change("merge", history="undo", added=[2, 3], deleted=[60], descendants=pairs)
    wait(lambda: told not in facts(2))
    phy.merge(60, 2, 3)
    wait(lambda: told in facts(2))
    assert asked == [(2, 3)]  # it is the same merge
    phy.close()
    wait(lambda: told not in facts(2))
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    phy.merge(60, 2, 4)  # another phy gives the id to others
    wait(lambda: told in facts(4))
    assert asked == [(2, 3), (2, 4)]
    merge(folder, [2, 4], 60)
    phy.say("saved")
    wait(lambda: len(asked) == 3)  # read again: its own spikes now
    assert asked[2] == (60,)
    wait(lambda: bool(session.scene.sheet.inputs.scored))
    assert told not in facts(2)


@pytest.mark.parametrize("ends", ["it fails", "it is cancelled"])
def test_merges_are_scored_also_after_a_save_that_nobody_could_read(
    session, make_phy, wait, monkeypatch, ends
):
    """From phy's save on nothing is scored until it is read, or until that is not done."""
    tried = []

    def compare(_run, _recording, check):
        tried.append(1)
        while ends == "it is cancelled":
            check()
            time.sleep(0.01)
        raise CancelledError

    def facts() -> str:
        return " ".join(explain(session.scene.sheet, 4).facts)

    monkeypatch.setattr(score_by_bombcell, "score", lambda run, *_: Scored(run, Label.GOOD))
    monkeypatch.setattr(scoring, "START_MS", 0)
    session.set_sort("cluster_id")
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    phy.merge(60, 2, 4)
    wait(lambda: "60 scored here: GOOD" in facts())
    monkeypatch.setattr(compare_phy, "compare_phy", compare)
    phy.say("saved")
    wait(lambda: bool(tried))
    if ends == "it is cancelled":
        session.background.cancel()
    assert session.wait_idle(WAIT_MS)
    phy.merge(61, 4, 5)
    wait(lambda: "61 scored here: GOOD" in facts())


def test_what_is_saved_is_read_also_where_the_arrays_gave_way_to_other_probes(
    session, make_phy, wait, folder
):
    """Seen: of more than eight probes, what phy saved of the first ones was not read."""
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    session.background.evidence.open_arrays.of(session.scene.run).leave()
    merge(folder, [2, 3], 60)
    phy.say("saved")
    wait(lambda: session.table.n_units == N + 1)
    assert session.wait_idle(WAIT_MS)


def test_what_was_saved_unheard_is_read_also_where_the_arrays_gave_way(
    session, make_phy, wait, folder
):
    session.background.evidence.open_arrays.of(session.scene.run).leave()
    merge(folder, [2, 3], 60)
    make_phy()
    wait(lambda: session.table.n_units == N + 1)
    assert session.wait_idle(WAIT_MS)


def never(tried):
    """Return a comparison that has no end, but where it is stopped."""

    def compare(_run, _recording, check):
        tried.append(1)
        while True:
            check()
            time.sleep(0.01)

    return compare


def test_of_what_is_saved_and_not_read_that_is_said_and_the_next_phy_has_it_read(
    session, make_phy, wait, folder, monkeypatch
):
    """Seen: to cancel anything lost it for good, and what was merged stood there as it was."""
    tried, told = [], []
    session.notice.connect(told.append)
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    with monkeypatch.context() as patch:
        patch.setattr(compare_phy, "compare_phy", never(tried))
        merge(folder, [2, 3], 60)
        phy.say("saved")
        wait(lambda: bool(tried))
        session.cancel()
        assert session.wait_idle(WAIT_MS)
    assert told[-1] == phy_saves.UNREAD.format("kilosort4_A")
    assert session.table.n_units == N
    phy.close()
    wait(lambda: session.scene.phy_link.state == "waiting")
    make_phy()
    wait(lambda: session.table.n_units == N + 1)
    assert session.wait_idle(WAIT_MS)


def test_what_phy_saved_is_told_as_it_was_until_it_is_read(
    session, make_phy, wait, folder, monkeypatch
):
    """Seen: what it had merged was as it was, until it was read, and for good without that."""
    tried = []
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    phy.merge(60, 2, 3)
    with monkeypatch.context() as patch:
        patch.setattr(compare_phy, "compare_phy", never(tried))
        merge(folder, [2, 3], 60)
        phy.say("saved")  # in the same turn as what it saved
        wait(lambda: bool(tried))
        told = "unsaved in phy: merged into 60 with 3, since saved and not read yet"
        assert changes(session)[2] == told
        phy.change("metadata_group", field="group", values={"5": "good"})
        wait(lambda: changes(session).get(5) == "unsaved in phy: group good")
        assert changes(session)[2] == told
        session.cancel()
        assert session.wait_idle(WAIT_MS)
    assert changes(session)[2] == told
    assert session.scene.sheet.phy.into[2] == (60,)
    session.reload()
    wait(lambda: changes(session).get(2, "").startswith("gone: merged into 60 with 3"))
    assert session.wait_idle(WAIT_MS)
    assert "not read" not in " ".join(changes(session).values())


def test_what_another_phy_did_is_not_told_as_saved(session, make_phy, wait, folder, monkeypatch):
    """Seen: what nobody ever saved was told as saved, and units that are there as gone."""
    one, two = make_phy(), make_phy()
    wait(lambda: len(one.asked) == len(two.asked) == 1)
    one.change("metadata_group", field="group", values={"5": "good"})
    two.merge(60, 7, 8)
    wait(lambda: set(changes(session)) == {5, 7, 8})
    tried = []
    with monkeypatch.context() as patch:
        patch.setattr(compare_phy, "compare_phy", never(tried))
        (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\n5\tgood\n")
        one.say("saved")
        wait(lambda: bool(tried))
        assert changes(session)[7] == "unsaved in phy: merged into 60 with 8"
        two.close()
        wait(lambda: set(changes(session)) == {5})
        session.cancel()
        assert session.wait_idle(WAIT_MS)
    assert session.scene.sheet.phy.gone() == set()


@pytest.mark.parametrize("kind", ["made", "stale"])
def test_that_a_label_is_saved_is_no_news_of_what_phy_had_changed(
    session, make_phy, wait, folder, kind
):
    """Seen: such a row was in italics at each save of its label."""
    session.set_sort("cluster_id")
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    one = 60 if kind == "made" else 5
    if kind == "made":
        merge(folder, [2, 3], 60)
        phy.clusters.add(60)
    else:
        clusters = np.load(folder / names.SPIKE_CLUSTERS)
        clusters[np.flatnonzero(clusters == 5)[:15]] = 6
        np.save(folder / names.SPIKE_CLUSTERS, clusters)
    phy.say("saved")
    wait(lambda: one in changes(session))
    assert session.wait_idle(WAIT_MS)
    session.viewing.rows.refresh_order()
    assert len(session.scene.arrived.rows) == 0
    session.prefs.set_phy_switch("label", True)
    go_to(session, one)
    session.set_label(Label.MUA)
    wait(lambda: "group mua" in changes(session)[one])
    go_to(session, 0)
    (folder / "cluster_group.tsv").write_text(f"cluster_id\tgroup\n{one}\tmua\n")
    phy.say("saved")
    wait(lambda: "group mua" not in changes(session)[one])
    assert session.wait_idle(WAIT_MS)
    assert len(session.scene.arrived.rows) == 0


def test_what_was_marked_is_no_news_after_f5(session, make_phy, wait):
    """Seen: all rows that an open phy had changed were in italics after each F5."""
    session.set_sort("cluster_id")
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    phy.change("metadata_group", field="group", values={"5": "good"})
    wait(lambda: 5 in changes(session))
    go_to(session, 5)
    go_to(session, 0)
    assert len(session.scene.arrived.rows) == 0
    session.reload()
    assert session.wait_idle(WAIT_MS)
    wait(lambda: 5 in changes(session))
    assert len(session.scene.arrived.rows) == 0


@pytest.mark.parametrize("is_told", [True, False])
def test_what_was_stopped_before_it_was_begun_is_read_once_it_is_another_thing(
    looked, make_session, make_phy, wait, folder, is_told
):
    """Seen: it was never read any more, but by F5."""
    session = make_session()
    wait(lambda: session.scene.phy_link.state == "waiting")
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    run = session.scene.run
    merge(folder, [2, 3], 60)
    if is_told:
        phy.say("saved")
    wait(lambda: session.background.run_arrays.is_coming(run))
    session.cancel()
    assert session.wait_idle(WAIT_MS)
    if session.table.n_units > N:
        pytest.skip("it was read before it could be stopped")
    looked.clear()
    wait(lambda: len(looked) > 3)
    assert session.table.n_units == N, "it is not read again by itself"
    merge(folder, [6, 7], 62)
    wait(lambda: session.table.n_units == N + 2)
    assert session.wait_idle(WAIT_MS)


def test_what_was_compared_before_a_save_is_no_answer_of_it(
    session, make_phy, wait, folder, monkeypatch
):
    begun, go_on, real = [], threading.Event(), compare_phy.compare_phy
    rows: list[int] = []

    def compare(*args):
        begun.append(1)
        assert go_on.wait(WAIT_MS / 1000)
        return real(*args)

    session.stage.changed.connect(lambda _, scene: rows.append(scene.table.n_units))
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    monkeypatch.setattr(compare_phy, "compare_phy", compare)
    merge(folder, [2, 3], 60)
    phy.say("saved")
    wait(lambda: bool(begun))
    merge(folder, [4, 5], 61)
    session.background.read_phy_again(session.scene.run)
    go_on.set()
    wait(lambda: session.table.n_units == N + 2)
    assert session.wait_idle(WAIT_MS)
    assert N + 1 not in rows


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What phy's files were each time that they were looked at; that is done often."""
    found, real = list[Any](), beside.saved_state
    monkeypatch.setattr(phy_saves, "EVERY_MS", 20)

    def look(folder: Path) -> tuple[object, ...]:
        found.append(real(folder) if Path(folder).exists() else (None,) * 3)
        return found[-1]

    monkeypatch.setattr(beside, "saved_state", look)
    return found


def test_what_phy_saves_is_read_also_where_nobody_says_that_it_did(
    looked, make_session, wait, folder
):
    """Seen: without the plugin, and in a second window, only F5 did."""
    session = make_session()
    book = session.scene.book
    looked.clear()
    wait(lambda: len(looked) > 3)
    assert session.scene.book is book, "nothing is read where the files are as they were"
    merge(folder, [2, 3], 60)
    wait(lambda: session.table.n_units == N + 1)
    assert session.wait_idle(WAIT_MS)


def test_of_files_that_are_away_what_was_read_stays(looked, make_session, wait, folder):
    session = make_session()
    phy = session.scene.sheet.phy
    folder.rename(folder.with_name("away"))
    looked.clear()
    wait(lambda: len(looked) > 3)
    folder.with_name("away").rename(folder)
    assert session.scene.sheet.phy is phy
    assert session.wait_idle(WAIT_MS)


def test_files_that_cannot_be_read_are_tried_again_once_they_are_others(
    looked, make_session, wait, folder
):
    clusters = folder / "spike_clusters.npy"
    whole = clusters.read_bytes()
    session = make_session()
    clusters.write_bytes(whole[: len(whole) // 2])
    wait(lambda: bool(session.scene.sheet.phy.why))
    assert session.wait_idle(WAIT_MS)
    phy = session.scene.sheet.phy
    looked.clear()
    wait(lambda: len(looked) > 3)
    assert session.scene.sheet.phy is phy, "they are as they were"
    clusters.write_bytes(whole)
    wait(lambda: not session.scene.sheet.phy.why)
    assert session.wait_idle(WAIT_MS)


def test_what_phy_saves_while_it_cannot_be_read_is_read(
    looked, make_session, wait, folder, monkeypatch
):
    """Seen: it was taken for what had been tried, and never read."""
    session, tried, real = make_session(), [], recording.open_recording

    def fails_once(*given):
        tried.append(1)
        if len(tried) > 1:
            return real(*given)
        merge(folder, [4, 5], 61)
        raise UserError("The spikes changed while they were read.")

    monkeypatch.setattr(recording, "open_recording", fails_once)
    merge(folder, [2, 3], 60)
    wait(lambda: bool(tried))
    wait(lambda: session.table.n_units == N + 2)
    assert session.wait_idle(WAIT_MS)


def test_what_cannot_be_read_or_was_stopped_is_not_read_before_it_is_another_thing(
    looked, make_session, wait, folder, monkeypatch
):
    session, tried = make_session(), []

    def fail(*_given):
        tried.append(1)
        raise UserError("The drive said no.")

    with monkeypatch.context() as patch:
        patch.setattr(recording, "open_recording", fail)
        merge(folder, [2, 3], 60)
        wait(lambda: bool(session.scene.sheet.phy.why))
        looked.clear()
        wait(lambda: len(looked) > 3)
        assert len(tried) == 1
    tried.clear()
    with monkeypatch.context() as patch:
        patch.setattr(compare_phy, "compare_phy", never(tried))
        merge(folder, [4, 5], 61)
        wait(lambda: bool(tried))
        session.cancel()
        assert session.wait_idle(WAIT_MS)
        looked.clear()
        wait(lambda: len(looked) > 3)
        assert len(tried) == 1
    merge(folder, [6, 7], 62)
    wait(lambda: session.table.n_units == N + 3)
    assert session.wait_idle(WAIT_MS)


def test_labels_that_are_given_in_one_turn_all_go_to_phy(session, make_phy, wait):
    """Seen: of keys that had waited in a loop that was late, all but two labels were lost to it."""
    phy = make_phy()
    wait(lambda: session.scene.phy_link.state == "connected")
    session.prefs.set_phy_switch("label", True)
    session.set_sort("cluster_id")
    given = (Label.GOOD, Label.MUA, Label.NOISE, Label.GOOD)

    with session.stage.acting():  # what comes before it is told is told as one change
        go_to(session, 0)
        for label in given:
            session.set_label(label)
        session.undo()  # it was not told: it is as if it had not been given
        go_to(session, 0)
        session.set_label(Label.MUA)
    wait(lambda: sum(len(ids) for _, _, ids in phy.labels) == 3)
    assert session.wait_idle(WAIT_MS)
    assert sorted(phy.labels) == [("group", "mua", (0, 1)), ("group", "noise", (2,))]
    assert session.table.manual.labels[:4].tolist() == [Label.MUA, Label.MUA, Label.NOISE, -1]


def test_what_is_saved_already_is_no_mark_once_the_files_are_read(
    make_session, make_phy, wait, folder
):
    merge(folder, [2, 3], 60)
    (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\n60\tmua\n")
    session = make_session()
    wait(lambda: session.scene.phy_link.state == "waiting")
    phy = make_phy()
    wait(lambda: session.scene.phy_link.state == "connected")
    phy.change("metadata_group", field="group", values={"60": "mua", "5": "good"})
    wait(lambda: changes(session).get(5) == "unsaved in phy: group good")
    session.reload()  # told again before it is known what phy made
    assert session.wait_idle(WAIT_MS)
    wait(lambda: changes(session).get(60, "").startswith("made by phy"))
    assert changes(session)[5] == "unsaved in phy: group good"


def test_a_label_that_is_the_saved_one_is_no_change_that_is_not_saved(session, make_phy, wait):
    """Seen: “1 change is not saved there”, and nothing said which, and nothing would be lost."""
    phy = make_phy()
    for value in ("mua", "unsorted"):  # as it was: its files say nothing of 5
        phy.change("metadata_group", field="group", values={"5": value})
        wait(lambda value=value: bool(changes(session)) == (value == "mua"))
    wait(lambda: session.scene.phy_link.unsaved == 0)
    assert "∗" not in session.scene.phy_link.words
    phy.change("metadata_group", field="group", values={"5": "good", "7": "unsorted"})
    wait(lambda: changes(session) == {5: "unsaved in phy: group good"})
    assert session.scene.phy_link.unsaved == 1
    assert "1 unit differs from what is saved (∗)." in session.scene.phy_link.tip


def test_another_run_of_the_folder_that_comes_later_has_the_marks_too(session, make_phy, wait):
    phy = make_phy()
    phy.merge(60, 2, 3)
    wait(lambda: 2 in changes(session))
    assert session.wait_idle(WAIT_MS)
    own, phy_of_own = session.table, session.scene.sheet.phy.as_read
    run = replace(own.run, provenance=replace(own.run.provenance, results_dir="again"))
    inputs = replace(own.inputs, run=run, phy=replace(phy_of_own, run=run))
    session.stage.become(book=Book([own, derive(inputs)]))
    wait(lambda: "merged into 60" in session.scene.book.sheets[1].phy.text(2))


def test_undo_in_phy_unmarks_and_a_later_bcviewer_hears_of_it(
    session, make_session, make_phy, wait
):
    phy = make_phy(changes=[])
    phy.merge(60, 2, 3)
    wait(lambda: 2 in changes(session))
    session.close()  # the socket is free again; phy has not saved
    other = make_session()
    wait(lambda: other.scene.phy_link.state == "waiting")
    again = make_phy(changes=phy.changes)
    wait(lambda: 2 in changes(other))
    pairs = [[60, 2], [60, 3]]
    again.change("merge", history="undo", added=[2, 3], deleted=[60], descendants=pairs)
    wait(lambda: not changes(other))
    again.change("metadata_group", field="group", values={"4": "mua"})
    wait(lambda: changes(other) == {4: "unsaved in phy: group mua"})
    told, warned = [], []
    other.notice.connect(told.append)
    other.stage.warning.connect(warned.append)
    again.change("metadata_group", history="aside", field="group", values={"5": "mua", "6": ""})
    wait(lambda: len(changes(other)) == 2)  # 6 has none in the files either
    assert changes(other)[5] == "unsaved in phy: group mua"
    assert told[0].startswith("With that, phy also changed group of units 5, 6, and does")
    assert warned == told, "the next notice must not replace it"
    again.close()  # killed: what it had not saved is lost
    wait(lambda: not changes(other))
    assert other.scene.phy_link.state == "waiting"


def test_what_phy_did_is_marked_once_for_all_that_came_in_a_turn(
    session, make_phy, wait, monkeypatch
):
    """Seen: 1,200 merges at once blocked the window for ten seconds."""
    shown, real = [], unsaved.derive

    def derived(*given):
        shown.append(given)
        return real(*given)

    monkeypatch.setattr(unsaved, "derive", derived)
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    for i in range(0, N, 2):
        phy.merge(60 + i, i, i + 1)
    wait(lambda: len(changes(session)) == N)
    assert len(shown) <= 2


def test_of_a_phy_that_says_much_some_is_heard_in_a_turn_and_all_before_its_end(
    session, make_phy, wait, monkeypatch
):
    monkeypatch.setattr(phy_server, "TURN_S", 0.0)
    told, seen = [], []
    session.notice.connect(told.append)
    session.changed.connect(lambda *_: seen.append(session.scene.phy_link.unsaved))
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    for i in range(0, N, 2):
        phy.merge(60 + i, i, i + 1)
    wait(lambda: len(changes(session)) == N and seen[-1] == 3 * N // 2)  # told in a turn of its own
    heard = {*seen} - {0}
    assert heard <= {*range(3, 3 * N // 2 + 1, 3)}
    assert len(heard) >= 3, "it is told in between"
    phy.change("metadata_group", field="group", values={"60": "good"})
    phy.say("saved")
    phy.change("metadata_group", field="group", values={"5": "mua"})
    phy.change("metadata_group", field="group", values={"7": "mua"})
    phy.socket.disconnectFromServer()
    wait(lambda: session.scene.phy_link.state == "waiting")
    lost = "phy ended, and had not saved what it did to units 5, 7: they are as last saved."
    assert told[-1] == lost


def test_labels_go_to_phy_on_the_curators_word_only(session, make_phy, wait):
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    go_to(session, 4)
    session.prefs.set_advance(False)
    session.set_label(Label.NOISE)
    link, told = session.background.phy_link, []
    session.notice.connect(told.append)
    phy.busy = 1
    link.label_in_phy(session.selected)
    wait(lambda: phy.labels == [("group", "noise", (4,))])
    wait(lambda: told[-1:] == ["In phy: group noise → unit 4."])
    go_to(session, 5)
    link.label_in_phy(session.selected)
    assert "nothing was sent" in told[-1]
    session.prefs.set_phy_switch("label", True)
    session.set_label(Label.GOOD)
    session.set_label(Label.NON_SOMA)
    session.set_label(None)
    wait(lambda: len(phy.labels) == 5)
    assert phy.labels[1:] == [
        ("group", "good", (5,)),
        ("bcv_label", "NON-SOMA", (5,)),
        ("group", "unsorted", (5,)),
        ("bcv_label", "", (5,)),
    ]


def test_a_group_in_phy_takes_the_other_field_along_where_phy_has_it(
    session, make_phy, wait, folder
):
    """phy saved both: GOOD beside NON-SOMA, which an import from phy took."""
    (folder / "cluster_bcv_label.tsv").write_text("cluster_id\tbcv_label\n5\tNON-SOMA\n")
    phy = make_phy()
    wait(lambda: session.scene.phy_link.state == "connected")
    phy.say("saved")
    wait(lambda: session.scene.sheet.phy.bcv_labels == {5: "NON-SOMA"})
    session.prefs.set_advance(False)
    session.prefs.set_phy_switch("label", True)
    for cluster_id in (4, 5):
        go_to(session, cluster_id)
        session.set_label(Label.GOOD)
    wait(lambda: len(phy.labels) == 3)
    session.set_label(Label.MUA)
    wait(lambda: len(phy.labels) == 4)
    session.set_label(Label.NON_SOMA)
    wait(lambda: len(phy.labels) == 5)
    phy.change("metadata_bcv_label", field="bcv_label", values={"5": ""}, history="undo")
    wait(lambda: "bcv_label cleared" in changes(session).get(5, ""))
    session.set_label(Label.NOISE)
    session.set_label(Label.NON_SOMA)
    wait(lambda: len(phy.labels) == 7)
    assert phy.labels == [
        ("group", "good", (4,)),
        ("group", "good", (5,)),
        ("bcv_label", "", (5,)),
        ("group", "mua", (5,)),
        ("bcv_label", "NON-SOMA", (5,)),
        ("group", "noise", (5,)),
        ("bcv_label", "NON-SOMA", (5,)),
    ]


@pytest.mark.parametrize("first", [Label.NON_SOMA, Label.GOOD])
def test_what_phy_said_of_the_other_field_is_so_also_while_its_save_is_not_read(
    session, make_phy, wait, folder, first
):
    """Seen: between a save and its reading GOOD was saved beside NON-SOMA."""
    (folder / "cluster_bcv_label.tsv").write_text("cluster_id\tbcv_label\n5\tNON-SOMA\n")
    phy = make_phy()
    wait(lambda: session.scene.phy_link.state == "connected")
    phy.say("saved")
    wait(lambda: session.scene.sheet.phy.bcv_labels == {5: "NON-SOMA"})
    session.prefs.set_advance(False)
    session.prefs.set_phy_switch("label", True)
    go_to(session, 5)
    session.set_label(first)
    cleared = [("group", "good", (5,)), ("bcv_label", "", (5,))]
    done = cleared if first is Label.GOOD else [("bcv_label", "NON-SOMA", (5,))]
    wait(lambda: phy.labels == done)
    phy.change("metadata_group", field="group", values={"7": "mua"})
    wait(lambda: 7 in changes(session))
    phy.say("saved")
    wait(lambda: 7 not in changes(session))
    session.set_label(Label.MUA if first is Label.GOOD else Label.GOOD)
    then = [("group", "mua", (5,))] if first is Label.GOOD else cleared
    wait(lambda: phy.labels == [*done, *then])
    session.set_label(Label.NOISE)
    wait(lambda: phy.labels == [*done, *then, ("group", "noise", (5,))])


def test_of_labels_that_cannot_be_read_it_is_not_known_whether_one_is_saved(
    session, make_phy, wait, folder
):
    """One that was cleared in phy was told as saved: none was read."""
    path = folder / "cluster_bcv_label.tsv"
    path.write_bytes(b"\xff\x00\n")
    phy = make_phy()
    wait(lambda: session.scene.phy_link.state == "connected")
    phy.say("saved")
    wait(lambda: session.scene.sheet.phy is not None and session.scene.sheet.phy.is_read)
    label = partial(phy.change, "metadata_bcv_label", field="bcv_label")
    label(values={"5": ""})
    wait(lambda: changes(session) == {5: "unsaved in phy: bcv_label cleared"})
    label(values={"5": "NON-SOMA"}, history="undo")
    wait(lambda: changes(session) == {})


def test_a_long_label_that_phy_saved_is_the_one_it_has(session, make_phy, wait, folder):
    long = "seen  twice, " + "and again " * 4
    (folder / "cluster_bcv_label.tsv").write_text(f"cluster_id\tbcv_label\n5\t{long}\n")
    phy = make_phy()
    wait(lambda: session.scene.phy_link.state == "connected")
    phy.say("saved")
    wait(lambda: 5 in (session.scene.sheet.phy.bcv_labels or {}))
    label = partial(phy.change, "metadata_bcv_label", field="bcv_label")
    label(values={"5": "other"})
    wait(lambda: changes(session) == {5: "unsaved in phy: bcv_label other"})
    label(values={"5": long})
    wait(lambda: changes(session) == {})


def test_undo_says_that_phy_keeps_the_label_it_was_given(session, make_phy, wait):
    """Seen: “no label again”, while phy had NOISE still."""
    phy, told = make_phy(), []
    wait(lambda: len(phy.asked) == 1)
    session.prefs.set_advance(False)
    session.notice.connect(told.append)
    session.set_label(Label.NOISE)
    session.undo()
    assert "phy" not in told[-1], "it was given none"
    session.prefs.set_phy_switch("label", True)
    session.set_label(Label.NOISE)
    wait(lambda: len(phy.labels) == 1)
    session.undo()
    assert told[-1].endswith("again. In phy it stays as it is.")
    session.redo()
    assert told[-1].endswith(". In phy it stays as it is.")
    session.set_note("seen")
    session.undo()
    assert "phy" not in told[-1]


def test_labels_that_are_sent_together_are_told_together(session, make_phy, wait):
    """Seen: of three units with three labels only the last one's was told."""
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    session.prefs.set_advance(False)
    for cluster_id, label in ((3, Label.NOISE), (4, Label.MUA), (5, Label.MUA), (7, Label.GOOD)):
        go_to(session, cluster_id)
        session.set_label(label)
    session.set_selected(np.array([3, 4, 5, 7]))
    phy.refuses, phy.clusters = {4}, phy.clusters - {7}
    told = []
    session.notice.connect(told.append)
    session.background.phy_link.label_in_phy(session.selected)
    wait(lambda: len(phy.labels) == 2 and bool(told))
    done = "In phy: group noise → unit 3; group mua → unit 5. No longer in phy: unit 7."
    assert told == [f"{done} Not in phy, as far as is known: group mua → unit 4."]


def label_two(session: Session) -> None:
    """Label 3 and 4, each otherwise, and highlight both."""
    session.prefs.set_advance(False)
    for cluster_id, label in ((3, Label.NOISE), (4, Label.MUA)):
        go_to(session, cluster_id)
        session.set_label(label)
    session.set_selected(np.array([3, 4]))


@pytest.mark.parametrize("end", ["phy", "recording"])
def test_labels_that_were_answered_before_the_end_are_told(session, make_phy, wait, tmp_path, end):
    """Seen: of labels sent together nothing was told of those taken before phy was gone."""
    phy = make_phy(deaf_to={"mua"})
    wait(lambda: len(phy.asked) == 1)
    label_two(session)
    told, asked = [], partial(session.background.phy_link.label_in_phy, session.selected)
    asked()
    wait(lambda: len(phy.labels) == 1 and session.scene.phy_link.unsaved == 1)
    assert session.wait_idle(WAIT_MS)
    session.notice.connect(told.append)
    if end == "phy":
        phy.close()
    else:
        session.open(str(write_sorted(tmp_path / "other" / "kilosort4_B", 4)))
    wait(lambda: "In phy: group noise → unit 3." in told)
    assert any("phy has not taken your label of unit 4." in words for words in told)


def test_a_label_that_is_given_up_is_told_before_those_that_wait(
    session, make_phy, wait, monkeypatch
):
    """A minute is over by then: it is not kept until the next one is answered, or given up."""
    monkeypatch.setattr(phy_talk, "ACTED_BY_MS", 50)
    phy = make_phy(deaf_to={"noise"})
    wait(lambda: len(phy.asked) == 1)
    label_two(session)
    told = []
    session.notice.connect(told.append)
    session.background.phy_link.label_in_phy(session.selected)
    wait(lambda: len(told) == 2)
    assert told == [
        "Not in phy, as far as is known: group noise → unit 3.",
        "In phy: group mua → unit 4.",
    ]


def test_labels_are_given_up_where_phy_stays_busy_and_the_selection_goes_on(
    session, make_phy, wait, monkeypatch
):
    """Seen: it was asked for ever, the selection waited behind that, and nothing was told."""
    monkeypatch.setattr(phy_talk, "BUSY_BY_MS", 20)
    monkeypatch.setattr(phy_talk, "BUSY_MS", 1)
    phy = make_phy()
    wait(lambda: phy.shows == [session.current_id()])
    label_two(session)
    wait(lambda: set(phy.shows) == {3, 4})
    told, rows = [], session.selected
    session.notice.connect(told.append)
    phy.busy = 1_000_000
    session.background.phy_link.label_in_phy(rows)
    go_to(session, 7)  # waits for the labels
    busy = "Not in phy, which was busy for a minute: group noise → unit 3; group mua → unit 4."
    wait(lambda: bool(told))
    assert told == [busy]
    assert phy.busy < 1_000_000 - 1, "it was asked again"
    phy.busy = 0
    wait(lambda: phy.shows == [7])
    assert not phy.labels
    phy.busy = 1
    session.background.phy_link.label_in_phy(rows)  # nothing is lost, and it is no minute yet
    wait(lambda: told[1:] == ["In phy: group noise → unit 3; group mua → unit 4."])
    monkeypatch.setattr(phy_talk, "BUSY_BY_MS", 0)
    phy.busy = 10
    session.background.phy_link.label_in_phy(rows)
    wait(lambda: told[2:] == [busy])
    assert phy.busy == 9, "it is busy for the others, too"


def test_accepted_merges_are_phys_own_one_after_the_other(session, make_phy, wait):
    phy = make_phy(busy=0)
    wait(lambda: len(phy.asked) == 1)
    told, run, link = [], session.scene.run, session.background.phy_link
    session.notice.connect(told.append)
    phy.busy = 1
    link.merge_in_phy(run, [(1, 2), (2, 3), (4, 5, 6)])
    wait(lambda: any("2 merges done" in words for words in told))
    assert told[-1] == (
        "In phy: 2 merges done, not saved yet. Not merged: units 2, 3: unit 2 no longer there."
    )
    assert "In phy: units 1, 2 → 12, not saved yet." in told
    assert phy.clusters == {0, 3, *range(7, 14)}
    wait(lambda: "unsaved in phy" in changes(session).get(4, "") or 4 in changes(session))
    assert set(changes(session)) == {1, 2, 4, 5, 6}


def test_a_merge_that_is_not_answered_is_told_and_nothing_is_sent_twice(session, make_phy, wait):
    told, run, link = [], session.scene.run, session.background.phy_link
    session.notice.connect(told.append)
    link.merge_in_phy(run, [(1, 2)])
    assert "No phy is linked" in told[-1]
    old = make_phy(old=True)
    wait(lambda: len(old.asked) == 1)
    link.merge_in_phy(run, [(1, 2)])
    assert "installs it anew" in told[-1]
    old.close()
    wait(lambda: session.scene.phy_link.state == "waiting")
    phy = make_phy(deaf=True)
    wait(lambda: session.scene.phy_link.state == "connected")
    link.merge_in_phy(run, [(1, 2), (3, 4)])
    phy.close()
    wait(lambda: "phy is gone" in told[-1])
    assert "units 1, 2; units 3, 4" in told[-1]


def test_a_phy_that_stays_busy_is_asked_no_more_and_that_is_told(
    session, make_phy, wait, monkeypatch
):
    monkeypatch.setattr(phy_merging, "BUSY_BY_MS", 1)
    told, run, link = [], session.scene.run, session.background.phy_link
    session.notice.connect(told.append)
    phy = make_phy()
    wait(lambda: phy.shows == [session.current_id()])
    phy.busy = 1_000
    link.merge_in_phy(run, [(1, 2), (3, 4)])
    wait(lambda: f"In phy: no merge. phy stays busy: {LEFT}" in told)
    assert phy.busy >= 998
    phy.busy = 0
    link.merge_in_phy(run, [(1, 2), (3, 4)])  # nothing is lost
    wait(lambda: "2 merges done" in told[-1])


@pytest.mark.parametrize("phy_is", ["old", "busy", "without them", "lying", "able"])
def test_an_undo_is_held_up_only_where_phy_merged_something(
    session, make_phy, wait, monkeypatch, phy_is
):
    """Seen: nothing was merged, and Ctrl+Z said that it is undone in phy, and undid nothing."""
    monkeypatch.setattr(phy_merging, "BUSY_BY_MS", 1)
    phy = make_phy(old=phy_is == "old", lies="told" if phy_is == "lying" else "")
    wait(lambda: phy.shows == [session.current_id()])
    session.set_label(Label.GOOD)
    wait(lambda: phy.shows == [session.current_id()])
    told, undoing = [], session.labelling.undoing
    session.notice.connect(told.append)
    phy.busy = 1_000 if phy_is == "busy" else 0
    groups = [(70, 71)] if phy_is == "without them" else [(1, 2), (3, 4)]
    session.background.phy_link.merge_in_phy(session.scene.run, groups, undoing.awaits_phy())
    ends = ("Nothing is sent.", "stays accepted.", "no longer there.", "→ 0.", "not saved yet.")
    wait(lambda: told[-1:] != [] and told[-1].endswith(ends))
    n = len(told)
    session.undo()
    held = told[n:] == [OF_PHY]
    assert held == (phy_is == "able")
    session.undo()
    assert told[-1].startswith("Undid GOOD" if held else "Nothing to undo")


def test_of_many_merges_the_first_holds_an_undo_up_and_not_a_label_that_came_between(
    session, make_phy, wait
):
    phy = make_phy()
    wait(lambda: phy.shows == [session.current_id()])
    done = []
    link, run = session.background.phy_link, session.scene.run
    link.merge_in_phy(run, [(1, 2), (3, 4), (5, 6)], lambda: done.append(set(phy.clusters)))
    wait(lambda: len(phy.clusters) == N - 3)
    assert session.wait_idle(WAIT_MS)
    assert len(done) == 1
    undoing = session.labelling.undoing
    note = undoing.awaits_phy()
    session.set_label(Label.MUA)
    note()
    told = []
    session.notice.connect(told.append)
    session.undo()
    assert told[-1].startswith("Undid MUA")


def test_merges_that_wait_are_told_where_the_recording_is_closed(session, make_phy, wait, tmp_path):
    told, run, link = [], session.scene.run, session.background.phy_link
    phy = make_phy(deaf=True)
    wait(lambda: session.scene.phy_link.state == "connected")
    session.notice.connect(told.append)
    link.merge_in_phy(run, [(1, 2), (3, 4)])
    session.open(str(write_sorted(tmp_path / "other" / "kilosort4_B", 4)))
    wait(lambda: f"In phy: no merge. The link ended: {LEFT}" in told)
    assert phy.clusters == set(range(N))


def test_a_merge_that_phy_says_but_does_not_tell_of_is_not_confirmed(session, make_phy, wait):
    told, run, link = [], session.scene.run, session.background.phy_link
    session.notice.connect(told.append)
    phy = make_phy(lies="untold")
    wait(lambda: session.scene.phy_link.state == "connected")
    link.merge_in_phy(run, [(1, 2)])
    doubted = "Not confirmed, though phy says so:"
    wait(lambda: told[1:] == [f"{doubted} units 1, 2 → 0."])
    phy.lies = "told"
    link.merge_in_phy(run, [(1, 2), (7, 8)])
    wait(lambda: told[3:] == [f"{doubted} units 1, 2 → 0; units 7, 8 → 0."])
    phy.lies = ""
    link.merge_in_phy(run, [(3, 4), (5, 77)])
    wait(lambda: "no longer there" in told[-1])
    assert told[-2] == "In phy: units 3, 4 → 12, not saved yet."


def test_what_phy_was_asked_for_and_does_not_answer_is_told(session, make_phy, wait, monkeypatch):
    # seen: after Merge in phy, beside one that hung, nothing said that anything was awaited
    monkeypatch.setattr(phy_talk, "LATE_MS", 20)
    told, run, link = [], session.scene.run, session.background.phy_link
    session.notice.connect(told.append)
    phy = make_phy()
    wait(lambda: session.scene.phy_link.shows == (session.current_id(),))
    shown = session.scene.phy_link.words
    phy.deaf = True
    link.merge_in_phy(run, [(1, 2), (3, 4)])
    words = "Asked of phy: 2 merges …"
    assert told == [words] == [session.scene.phy_link.told]
    assert session.scene.phy_link.words == f"{shown} · merging 2"
    session.prefs.set_phy_switch("label", True)
    session.set_label(Label.MUA)
    wait(lambda: "Asked of phy: 2 merges, your label of" in session.scene.phy_link.told)
    assert session.scene.phy_link.words == f"{shown} · merging 2"  # not: not yet the next unit
    phy.close()
    wait(lambda: session.scene.phy_link.state == "waiting")
    assert "phy is gone: not merged" in told[-1]


def test_a_label_that_phy_took_is_awaited_no_more(session, make_phy, wait, monkeypatch):
    monkeypatch.setattr(phy_talk, "LATE_MS", 20)
    phy = make_phy(deaf=True)
    wait(lambda: session.scene.phy_link.state == "connected")
    session.prefs.set_phy_switch("label", True)
    session.prefs.set_phy_switch("lead", False)
    session.set_label(Label.MUA)
    wait(lambda: "labelling 1" in session.scene.phy_link.words)
    phy.say(
        "labelled", seq=1, ids=list(phy.labels[0][2]) if phy.labels else [], gone=[], busy=False
    )
    wait(lambda: not session.scene.phy_link.told)


def test_a_phy_of_another_folder_is_refused_in_one_line(
    make_session, make_phy, wait, folder, tmp_path
):
    link = tmp_path / "link"
    link.symlink_to(folder)
    session, told = make_session(link), []
    wait(lambda: session.scene.phy_link.state == "waiting")
    session.notice.connect(told.append)
    for _ in range(10):  # more than may be there at once
        gone = make_phy(dataset=f"{folder}\n2").socket
        wait(partial(lambda socket: socket.state().name == "UnconnectedState", gone))
    words = "A phy came that has another folder open, and is not listened to: "
    assert [line for line in told if line.startswith(words)] == told
    assert len(told) == 1
    assert "\n" not in told[0]
    assert session.scene.phy_link.state == "waiting"
    make_phy()  # of the folder itself: another name of it
    wait(lambda: session.scene.phy_link.state == "connected")


def test_a_label_that_phy_does_not_take_is_told_and_stops_nothing(
    session, make_phy, wait, monkeypatch
):
    monkeypatch.setattr(phy_talk, "ACTED_BY_MS", 50)
    session.prefs.set_phy_switch("label", True)
    session.prefs.set_advance(False)
    told = []
    session.notice.connect(told.append)
    phy = make_phy(deaf=True)
    wait(lambda: len(phy.asked) == 1)
    go_to(session, 4)
    session.set_label(Label.NOISE)
    go_to(session, 5)  # waits for the label
    wait(lambda: phy.shows == [5])
    assert told[-1] == "Not in phy, as far as is known: group noise → unit 4."
    phy.deaf, phy.refuses, phy.clusters = False, {6}, phy.clusters - {7}
    session.set_selected(np.array([5, 6, 7]))
    session.set_label(Label.MUA)
    wait(lambda: "Not in phy, as far as is known: group mua → unit 6." in told[-1])
    assert "No longer in phy: unit 7. " in told[-1]
    monkeypatch.setattr(phy_talk, "ACTED_BY_MS", WAIT_MS)
    phy.busy = 1_000_000
    session.set_label(Label.GOOD)
    wait(lambda: phy.busy < 1_000_000)
    phy.close()
    lost = "units 5, 6, 7"
    wait(lambda: f"phy is gone, and phy has not taken your label of {lost}." in told[-1])


def test_garbage_is_dropped_and_a_flood_of_it_ends(session, make_phy, wait):
    phy = make_phy()
    wait(lambda: len(phy.asked) == 1)
    phy.raw(b'\xff\xfe\n{"v": 99, "type": "select"}\n[1]\n\n{"v": 1, "type": "select", "ids": 5}\n')
    phy.choose(6)
    wait(lambda: session.current_id() == 6)
    phy.say("shown", seq=999, ids=[1], gone=[], hidden=[], busy=False)  # nobody asked
    phy.say("labelled", seq=999, ids=[1], gone=[], busy=False)
    phy.raw(b"x\n" * 100)
    wait(lambda: session.scene.phy_link.state == "waiting")
    stranger = make_phy(hello=False)  # says nothing of use, and is no phy
    stranger.choose(3)
    stranger.raw(b"y" * 1_100_000)
    wait(lambda: stranger.socket.state() is stranger.socket.LocalSocketState.UnconnectedState)
    assert session.scene.phy_link.state == "waiting"
    assert session.current_id() == 6


def test_phy_may_come_and_go_and_a_second_one_may_come(session, make_phy, wait):
    for _ in range(3):
        phy = make_phy()
        wait(lambda: session.scene.phy_link.state == "connected")
        phy.close()
        wait(lambda: session.scene.phy_link.state == "waiting")
    one, two = make_phy(), make_phy()
    wait(lambda: one.shows == two.shows == [session.current_id()])
    one.choose(3)
    wait(lambda: session.current_id() == 3)
    assert "2 phys have this recording open" in session.scene.phy_link.tip
    one.change("metadata_group", field="group", values={"5": "mua", "6": "mua"})
    two.change("metadata_group", field="group", values={"5": "good", "6": "mua"})
    both = {5: "unsaved in phy: group mua; group good", 6: "unsaved in phy: group mua"}
    wait(lambda: changes(session) == both)  # what one does hides nothing of the other
    assert session.scene.phy_link.unsaved == 2  # units
    one.clusters.discard(7)
    go_to(session, 7)
    wait(lambda: two.shows == [7] and "No longer in phy: unit 7" in session.scene.phy_link.told)
    two.close()
    wait(lambda: changes(session)[5] == "unsaved in phy: group mua")
    assert "No longer in phy: unit 7" in session.scene.phy_link.told  # of the one that is left
    go_to(session, 3)
    wait(lambda: not session.scene.phy_link.told)
    wait(lambda: session.scene.phy_link.shows == (3,))
    wait(lambda: session.background.phy_link.show_in_phy() == 1 and one.fronts > 0)


def test_a_second_window_waits_for_the_first_and_takes_over(
    session, make_session, make_phy, wait, monkeypatch
):
    monkeypatch.setattr("bcviewer.app.background.phy_server.AGAIN_MS", 50)
    other = make_session()
    wait(lambda: "another window" in other.scene.phy_link.why)
    assert session.scene.phy_link.state == "waiting"
    phy = make_phy()
    wait(lambda: session.scene.phy_link.state == "connected")
    warned = []
    other.stage.warning.connect(warned.append)
    other.prefs.set_phy_switch("label", False)
    other.set_label(Label.MUA)
    assert warned == []
    other.prefs.set_phy_switch("label", True)
    assert other.set_note("drifts")  # seen: this, too, was not in phy, where no note is
    other.set_label(Label.GOOD)  # seen: it was not in phy, and no word said so
    wait(lambda: warned == ["Not in phy: another window has the link."])
    assert phy.labels == []
    phy.close()
    session.close()
    wait(lambda: other.scene.phy_link.state == "waiting")
    other.set_label(Label.MUA)
    assert other.wait_idle(WAIT_MS)
    assert len(warned) == 1


def test_what_phy_saved_while_another_window_had_the_link_is_read_as_it_comes(
    session, make_session, make_phy, wait, folder, monkeypatch
):
    """Seen: the units of before were shown as current ones, and nothing told that they were not."""
    monkeypatch.setattr("bcviewer.app.background.phy_server.AGAIN_MS", 50)
    other = make_session()
    wait(lambda: "another window" in other.scene.phy_link.why)
    phy = merged_and_saved(session, make_phy, wait, folder)
    phy.close()
    session.close()
    wait(lambda: other.scene.phy_link.state == "waiting")
    assert other.table.n_units == N
    make_phy()
    wait(lambda: other.table.n_units == N + 1)
    assert changes(other)[2].startswith("gone: merged into 60 with 3")


def test_as_a_phy_comes_only_what_it_saved_meanwhile_is_read_again(
    session, make_phy, wait, folder, monkeypatch
):
    looked, read, background = [], [], session.background
    real, again = beside.saved_state, background.read_phy_again
    monkeypatch.setattr(beside, "saved_state", lambda at: (looked.append(at), real(at))[1])
    once_more = lambda run, *acts: (read.append(run), again(run, *acts))  # noqa: E731
    monkeypatch.setattr(background, "read_phy_again", once_more)
    make_phy()
    wait(lambda: len(looked) == 1)
    go_to(session, 7)
    phy = make_phy()
    wait(lambda: phy.shows == [7] and len(looked) == 2)
    go_to(session, 5)
    wait(lambda: phy.shows == [5])
    assert read == [], "nothing is another thing"
    (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\n7\tmua\n")
    make_phy()
    wait(lambda: read == [session.scene.run])
    wait(lambda: session.scene.sheet.phy.groups is not None and phy_group(session, 7) == "mua")


def phy_group(session: Session, row: int) -> str:
    return str(session.scene.sheet.phy.groups[row])


def test_what_is_saved_while_the_files_are_read_the_first_time_is_read_again(
    session, make_phy, wait, folder, monkeypatch
):
    may_go_on, is_read, real = threading.Event(), threading.Event(), recording.open_recording

    def open_recording(*given):
        found = real(*given)
        is_read.set()
        assert may_go_on.wait(WAIT_MS / 1000)
        return found

    monkeypatch.setattr(recording, "open_recording", open_recording)
    session.reload()
    wait(is_read.is_set)
    phy = make_phy()
    wait(lambda: session.scene.phy_link.state == "connected")
    merge(folder, [2, 3], 60)
    may_go_on.set()
    wait(lambda: session.table.n_units == N + 1)
    assert phy.socket.state() is phy.socket.LocalSocketState.ConnectedState


def test_a_label_is_not_held_against_files_that_phy_has_saved_to(
    session, make_phy, wait, folder, monkeypatch
):
    """Seen: of a label that was saved, and undone before the files were read, nothing was told."""
    phy = make_phy()
    wait(lambda: session.scene.phy_link.state == "connected")
    label = partial(phy.change, "metadata_bcv_label", field="bcv_label")
    label(values={"5": "NON-SOMA"})
    wait(lambda: changes(session) == {5: "unsaved in phy: bcv_label NON-SOMA"})
    may_go_on, real = threading.Event(), compare_phy.compare_phy

    def compare(*given):
        assert may_go_on.wait(WAIT_MS / 1000)
        return real(*given)

    monkeypatch.setattr(compare_phy, "compare_phy", compare)
    (folder / "cluster_bcv_label.tsv").write_text("cluster_id\tbcv_label\n5\tNON-SOMA\n")
    phy.say("saved")
    wait(lambda: session.scene.phy_link.unsaved == 0)
    label(values={"5": ""}, history="undo")
    wait(lambda: changes(session) == {5: "unsaved in phy: bcv_label cleared"})
    may_go_on.set()
    wait(lambda: session.scene.sheet.phy.bcv_labels == {5: "NON-SOMA"})
    assert session.wait_idle(WAIT_MS)
    assert changes(session) == {5: "unsaved in phy: bcv_label cleared"}


def test_a_socket_of_somebody_who_was_killed_is_removed(make_session, folder, wait):
    left = socket.socket(socket.AF_UNIX)
    left.bind(address(folder))
    left.close()
    session = make_session()
    wait(lambda: session.scene.phy_link.state == "waiting")


def test_nothing_listens_where_the_plugin_is_not_installed(session, wait, folder):
    phy_plugin.remove(phy_plugin.where())
    session.background.phy_link.start()
    wait(lambda: session.scene.phy_link.state == "off")
    assert "not installed" in session.scene.phy_link.tip
    assert not Path(address(folder)).exists()
    assert session.background.phy_link.show_in_phy() is None
    session.background.phy_link.label_in_phy(session.selected)


def test_what_was_not_saved_is_not_known_once_the_link_is_removed(
    session, make_phy, wait, monkeypatch
):
    """Seen: it stayed as a fact, chip and mark until F5, also where that phy was gone by then."""
    monkeypatch.setattr(score_by_bombcell, "score", lambda run, *_: Scored(run, Label.GOOD))
    monkeypatch.setattr(scoring, "START_MS", 0)
    session.set_sort("cluster_id")
    told, facts = [], lambda: " ".join(explain(session.scene.sheet, 2).facts)
    session.notice.connect(told.append)
    phy = make_phy()
    phy.merge(60, 2, 3)
    wait(lambda: 2 in changes(session) and "60 scored here" in facts())
    phy_plugin.remove(phy_plugin.where())
    session.background.phy_link.start()
    wait(lambda: session.scene.phy_link.state == "off" and not changes(session))
    wait(lambda: "scored here" not in facts())
    assert told == ["The link ended: what phy has not saved is not known here any more."]
    session.background.phy_link.start()
    assert session.wait_idle(WAIT_MS)
    assert len(told) == 1


def test_what_was_not_saved_is_not_told_once_the_recording_is_opened_again(
    session, make_phy, wait, tmp_path, folder
):
    phy = make_phy()
    phy.merge(60, 2, 3)
    wait(lambda: 2 in changes(session))
    session.open(str(write_sorted(tmp_path / "other" / "kilosort4_B", 4)))
    assert session.wait_idle(WAIT_MS)
    phy.close()
    session.open(str(folder))
    assert session.wait_idle(WAIT_MS)
    assert changes(session) == {}


def test_nothing_is_kept_of_a_recording_that_was_left_though_its_phy_was_linked(
    session, make_phy, wait, tmp_path
):
    """Seen: what was read of its phy held the run, and its table, until the end."""
    phy = make_phy()
    phy.merge(60, 2, 3)
    wait(lambda: 2 in changes(session))
    run = weakref.ref(session.scene.run)
    session.open(str(write_sorted(tmp_path / "other" / "kilosort4_B", 4)))
    assert session.wait_idle(WAIT_MS)

    def is_gone() -> bool:
        gc.collect()
        return run() is None

    wait(is_gone)


def test_nothing_is_kept_of_a_run_that_phy_saved_to_once_it_is_read_anew(
    session, make_phy, wait, folder
):
    merged_and_saved(session, make_phy, wait, folder)
    run = weakref.ref(session.scene.run)
    session.reload()
    assert session.wait_idle(WAIT_MS)

    def is_gone() -> bool:
        gc.collect()
        return run() is None

    wait(is_gone)


def test_another_recording_has_another_address(session, make_phy, wait, tmp_path):
    phy = make_phy()
    wait(lambda: session.scene.phy_link.state == "connected")
    elsewhere = write_sorted(tmp_path / "other" / "kilosort4_B", 4)
    session.open(str(elsewhere))
    assert session.wait_idle(WAIT_MS)
    wait(lambda: session.scene.phy_link.state == "waiting")
    wait(lambda: phy.socket.state() is phy.socket.LocalSocketState.UnconnectedState)
    assert address(elsewhere) != address(tmp_path / "kilosort4_A")


def test_a_label_of_ours_that_an_undo_in_phy_leaves_otherwise_than_saved_is_told(
    session, make_phy, wait, folder
):
    """Seen: phy's undo left none where NON-SOMA was saved; and of the saved one it was told."""
    (folder / "cluster_bcv_label.tsv").write_text("cluster_id\tbcv_label\n5\tNON-SOMA\n7\t\n")
    phy = make_phy()
    wait(lambda: session.scene.phy_link.state == "connected")
    phy.say("saved")
    wait(lambda: session.scene.sheet.phy.bcv_labels == {5: "NON-SOMA"})
    label = partial(phy.change, "metadata_bcv_label", field="bcv_label")
    label(values={"5": "MUA"})
    wait(lambda: changes(session) == {5: "unsaved in phy: bcv_label MUA"})
    label(values={"5": ""}, history="undo")
    wait(lambda: changes(session) == {5: "unsaved in phy: bcv_label cleared"})
    assert session.scene.phy_link.unsaved == 1
    label(values={"5": "NON-SOMA", "7": ""})
    wait(lambda: changes(session) == {})
    assert session.scene.phy_link.unsaved == 0
    label(values={"7": "NON-SOMA"})
    wait(lambda: changes(session) == {7: "unsaved in phy: bcv_label NON-SOMA"})
