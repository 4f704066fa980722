"""Verdicts on units that phy made, and on several units as one, in the real window."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import make_run
from phy_recordings import merge, write_alike
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from qt_fixtures import WAIT_MS, click, click_unit, current_id, press, shown_ids

from bcviewer.app.background import scoring
from bcviewer.app.curating import known
from bcviewer.core.evidence import compare_phy
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.scored import Scored
from bcviewer.core.run.unit_ids import BEING_READ
from bcviewer.errors import UserError
from bcviewer.oracle import score_by_bombcell, together_by_bombcell
from bcviewer.widgets.unit import previews


@pytest.fixture
def scores(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Let all units be GOOD but for drift, which is not tested; return what was asked."""
    asked: list[tuple[int, ...]] = []

    def score(run: Any, recording: Any, ids: Any, *_: Any) -> Scored:
        asked.append(tuple(ids))
        spikes = recording.digest(ids)
        periods = {"fractionRPVs_estimatedTauR": [0.04], "estimatedTauR": [0.002]}
        unit = make_run({**periods, "maxDriftEstimate": [np.nan]})
        unit = replace(unit, criteria=run.criteria, settings=run.settings)
        return Scored(unit, Label.GOOD, untested=("drift",), spikes=spikes)

    monkeypatch.setattr(score_by_bombcell, "score", score)
    monkeypatch.setattr(together_by_bombcell, "score", score)
    monkeypatch.setattr(scoring, "START_MS", 0)
    return asked


def place_of(window: Any, cluster_id: int) -> int:
    return shown_ids(window).index(cluster_id)


def test_a_unit_that_phy_made_is_scored_and_keeps_no_label(
    open_window: Any, tmp_path: Path, qtbot: Any, scores: list[tuple[int, ...]]
) -> None:
    folder = write_alike(tmp_path / "kilosort4_A")
    merge(folder, [0, 1], 5)
    window = open_window(folder)
    session, why = window.session, window.panels["why"]
    qtbot.waitUntil(lambda: bool(session.scene.sheet.inputs.scored), timeout=WAIT_MS)
    assert scores == [(5,)]
    assert window.status.units.text().startswith("5 units + 1 scored here · ")
    press(window, "End")
    assert current_id(window) == 5
    text = why.text()
    assert text.startswith("unit 5: scored here: GOOD as far as tested\nAs far as tested: passes")
    assert "drift not tested" in text
    assert "no label of Bombcell's run" in text
    row = int(session.table.ids.rows_of(5)[0])
    assert session.table.text("reason", row).startswith("here: GOOD as far as tested · ")
    assert session.table.text("scored_here", row) == "GOOD as far as tested"
    assert session.table.text("label", row) in ("", "–")
    press(window, "Home")
    assert "scored here" not in why.text()


def test_what_is_scored_here_has_a_chip_of_its_own(
    open_window: Any, tmp_path: Path, qtbot: Any, scores: list[tuple[int, ...]]
) -> None:
    folder = write_alike(tmp_path / "kilosort4_A")
    plain = open_window(folder)
    assert not plain.findChild(QToolButton, "chip.scored_here").isVisible()
    plain.close()
    merge(folder, [0, 1], 5)
    window = open_window(folder)
    chip = window.findChild(QToolButton, "chip.scored_here")
    qtbot.waitUntil(chip.isVisible, timeout=WAIT_MS)
    assert scores == [(5,)]
    assert chip.text() == "scored here 1"
    everything = shown_ids(window)
    click(chip, chip.rect().center())
    assert shown_ids(window) == [5]
    assert window.session.scene.filter.as_text() == "not missing(scored_here)"
    click(chip, chip.rect().center())
    assert shown_ids(window) == everything


def test_panels_of_a_unit_say_where_its_verdict_is_as_soon_as_it_is_there(
    open_window: Any,
    tmp_path: Path,
    qtbot: Any,
    scores: list[tuple[int, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They said "not tested" until somebody stepped; *Why* sent to Bombcell while it was asked."""
    folder, now, score = write_alike(tmp_path / "a"), threading.Event(), score_by_bombcell.score
    merge(folder, [0, 1], 5)

    def later(*given: Any) -> Scored:
        assert now.wait(WAIT_MS / 1000)
        return score(*given)

    monkeypatch.setattr(score_by_bombcell, "score", later)
    window = open_window(folder, "--unit", 5)
    why = window.panels["why"]
    names = [name for name in ("waveform", "correlogram") if window.panels[name].isVisible()]
    assert names
    thresholds = window.panels["thresholds"]

    def said() -> list[str]:
        lines = (window.panels[name].rules.words for name in names)
        return [" ".join(word.text for word in words) for words in lines]

    def noted(note: str) -> bool:
        return note in {line.note for line in thresholds.lines}

    qtbot.waitUntil(lambda: "no verdict yet: bombcell is scoring it here …" in why.text())
    assert "run Bombcell again" not in why.text()
    window.docks["thresholds"].show()
    window.docks["thresholds"].raise_()
    qtbot.waitUntil(lambda: noted("not scored"), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: all("not tested" in words for words in said()), timeout=WAIT_MS)
    now.set()
    qtbot.waitUntil(lambda: noted("not by this run; scored here: see Why"), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not any("not tested" in words for words in said()), timeout=WAIT_MS)
    assert all("scored here: see Why" in words for words in said())
    for name in ("correlogram", "isi"):
        window.docks[name].show()
        window.docks[name].raise_()
        panel = window.panels[name]
        # seen: "no refractory period could be estimated", while Why said what was by one
        qtbot.waitUntil(
            lambda panel=panel: panel.found is not None and not panel.found.refractory.why_none,
            timeout=WAIT_MS,
        )
        assert panel.found.refractory.tau_r == 0.002
    ahead = window.panels["isi"].asks_ahead(window.session.scene)
    assert ahead != window.panels["isi"].asks(window.session.scene)
    window.docks["why"].raise_()
    qtbot.waitUntil(lambda: "scored here: GOOD" in why.text(), timeout=WAIT_MS)


def test_a_verdict_stays_when_phy_saves_more_until_the_unit_has_other_spikes(
    open_window: Any, tmp_path: Path, qtbot: Any, scores: list[tuple[int, ...]]
) -> None:
    """What is known is not taken away to be asked again: the table would draw it twice."""
    folder = write_alike(tmp_path / "kilosort4_A")
    merge(folder, [0, 1], 5)
    window = open_window(folder)
    session, known = window.session, []
    qtbot.waitUntil(lambda: bool(session.scene.sheet.inputs.scored), timeout=WAIT_MS)
    session.changed.connect(lambda: known.append(session.scene.sheet.inputs.scored))

    def scored() -> dict[int, Any]:
        found = session.scene.sheet.inputs.scored
        return {} if found is None else dict(found.units)

    first = scored()[5]
    merge(folder, [2, 3], 6)
    session.background.read_phy_again(session.scene.run)
    qtbot.waitUntil(lambda: set(scored()) == {5, 6}, timeout=WAIT_MS)
    assert known, "nothing was told"
    assert all(found is not None and found.units.get(5) is first for found in known)
    assert scores == [(5,), (6,)]
    clusters = np.load(folder / "spike_clusters.npy")
    clusters[np.flatnonzero(clusters == 5)[0]] = 4  # another 5
    np.save(folder / "spike_clusters.npy", clusters)
    session.background.read_phy_again(session.scene.run)
    qtbot.waitUntil(lambda: scores[2:] == [(5,)], timeout=WAIT_MS)
    qtbot.waitUntil(lambda: set(scored()) == {5, 6}, timeout=WAIT_MS)
    assert scored()[5] is not first


def test_a_merge_that_phy_saves_keeps_its_verdict_however_long_reading_takes(
    open_window: Any,
    tmp_path: Path,
    qtbot: Any,
    scores: list[tuple[int, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = write_alike(tmp_path / "kilosort4_A")
    session, known = open_window(folder).session, []
    run, background, real = session.scene.run, session.background, compare_phy.compare_phy
    scored = lambda: session.scene.sheet.inputs.scored  # noqa: E731
    background.show_unsaved(run, {0: "merged into 5 with 1"}, {5: (0, 1)})
    qtbot.waitUntil(lambda: scored() is not None, timeout=WAIT_MS)
    first = scored().units[5]
    session.changed.connect(lambda: known.append(scored()))

    def late(*given: Any) -> Any:
        time.sleep(0.2)
        return real(*given)

    monkeypatch.setattr(compare_phy, "compare_phy", late)
    merge(folder, [0, 1], 5)
    background.show_unsaved(run, {}, {})
    background.read_phy_again(run)
    qtbot.waitUntil(lambda: known and known[-1].clusters == {5: (5,)}, timeout=WAIT_MS)
    assert all(found.units.get(5) is first for found in known)
    assert scores == [(0, 1)]


def test_two_units_are_looked_at_as_one(
    open_window: Any, tmp_path: Path, qtbot: Any, scores: list[tuple[int, ...]]
) -> None:
    window = open_window(write_alike(tmp_path / "kilosort4_A"))
    why = window.panels["why"]
    click_unit(window, place_of(window, 2))
    assert "Together" not in why.text()
    click_unit(window, place_of(window, 3), Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "as far as tested" in why.text(), timeout=WAIT_MS)
    assert scores == [(3, 2)], "the numbers of the current unit stand first"
    line = next(line for line in why.text().splitlines() if line.startswith("Together with"))
    assert line.startswith("Together with 2: GOOD as far as tested · RPV 0.040 (")
    assert line.endswith(" · sizes 40 and 40 · drift not tested")
    assert "too few to say" in line or "dip" in line
    assert window.session.table.kind("scored_here") is None  # nothing of it is in the table
    window.docks["pair"].show()
    window.docks["pair"].raise_()
    qtbot.waitUntil(lambda: window.panels["pair"].together.text() == line, timeout=WAIT_MS)
    assert window.panels["pair"].together.isVisible()
    click_unit(window, place_of(window, 4))
    assert "Together" not in why.text()


class MadeTwice:
    """A window on a recording of which phy made 5 of 0 and 1, and makes it of 2 and 3 later."""

    def __init__(self, open_window: Any, folder: Path, qtbot: Any) -> None:
        self.folder, self.qtbot = write_alike(folder), qtbot
        self.before = np.load(self.folder / "spike_clusters.npy")
        merge(self.folder, [0, 1], 5)
        self.window = open_window(self.folder, "--unit", 5)
        self.session = self.window.session
        self.wait(lambda: current_id(self.window) == 5)

    def wait(self, until: Any) -> None:
        self.qtbot.waitUntil(until, timeout=WAIT_MS)

    def saved(self, *merged: list[int]) -> None:
        """Let phy have saved other merges than those before."""
        np.save(self.folder / "spike_clusters.npy", self.before)
        for ids in merged:
            merge(self.folder, ids, 5)
        known = self.session.scene.sheet.phy.as_read  # what is marked is not what is read
        self.session.background.read_phy_again(self.session.scene.run)
        self.wait(lambda: self.session.scene.sheet.phy.as_read is not known)
        self.wait(lambda: not self.session.stage.busy)  # it is told in a turn of its own

    def label(self) -> str:
        """Return what the table has as the label of 5."""
        row = int(self.session.table.ids.rows_of(5)[0])
        return self.session.table.text("manual_label", row).strip("–")


@pytest.fixture
def made_twice(
    open_window: Any, tmp_path: Path, qtbot: Any, scores: list[tuple[int, ...]]
) -> MadeTwice:
    return MadeTwice(open_window, tmp_path / "kilosort4_A", qtbot)


def test_a_label_is_of_the_spikes_and_not_of_the_id_that_phy_gives_again(
    made_twice: MadeTwice,
) -> None:
    """phy undid a merge, saved, and merged others anew: these had the label of the first ones."""
    session, window, notices = made_twice.session, made_twice.window, list[str]()
    session.notice.connect(notices.append)
    session.set_label(Label.NOISE)
    made_twice.saved()
    assert made_twice.label() == "NOISE"  # it is gone, and was that one
    made_twice.saved([2, 3])
    told = "NOISE was said of another 5: its spikes were others"
    assert made_twice.label() == ""
    assert f"{told}." in notices
    made_twice.wait(lambda: told in window.panels["why"].text())
    assert session.curation.state.reviewed() == frozenset()
    model = window.panels["history"].model
    window.docks["history"].show()
    window.docks["history"].raise_()
    made_twice.wait(lambda: model.rowCount() == 1)
    assert model.index(0, 2).data().endswith("→ NOISE · about another 5")
    session.set_label(Label.GOOD)
    assert made_twice.label() == "GOOD"
    made_twice.saved([0, 1])
    assert made_twice.label() == "NOISE"
    made_twice.saved([2, 3])
    assert made_twice.label() == "GOOD"
    session.undo()
    assert made_twice.label() == ""
    press(window, "Home")
    session.undo()
    assert notices[-1] == "Undid NOISE for unit 5 · about another 5."
    assert current_id(window) != 5  # it is not that one's: nobody is sent there
    made_twice.saved([0, 1])
    assert made_twice.label() == ""


def test_what_an_open_phy_makes_anew_has_no_label_of_another_and_keeps_its_own(
    made_twice: MadeTwice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: until bombcell had scored it, its own label was written of no spikes, and so was one
    where it cannot be scored: that stood on the unit that had the id before.
    """

    def cannot(*_: Any) -> Scored:
        raise UserError("bombcell cannot be imported.")

    monkeypatch.setattr(score_by_bombcell, "score", cannot)
    session, notices = made_twice.session, list[str]()
    run, background = session.scene.run, session.background
    session.notice.connect(notices.append)
    session.set_label(Label.NOISE)
    made_twice.saved()
    background.show_unsaved(run, {5: "made anew, of 2 and 3"}, {5: (2, 3)})
    panel = made_twice.window.panels["correlogram"]
    made_twice.window.docks["correlogram"].show()
    made_twice.window.docks["correlogram"].raise_()
    # seen: "has no spikes in spike_clusters.npy", and nothing of that phy has them
    told = " phy has not saved that unit 5 is there again: its spikes are shown once it has."
    made_twice.wait(lambda: panel.cover.words.endswith(told))
    both = [int(session.table.ids.rows_of(i)[0]) for i in (0, 5)]
    session.set_selected(np.array(both))
    made_twice.wait(lambda: previews.together_words(session.scene).endswith(told))
    session.set_current(both[1])
    made_twice.window.docks["why"].raise_()
    made_twice.wait(lambda: made_twice.label() == "")
    why, told = made_twice.window.panels["why"], "NOISE was said of another 5: its spikes were"
    made_twice.wait(lambda: told in why.text())
    assert [words for words in notices if "NOISE was" in words] == [f"{told} others."]
    session.set_label(Label.GOOD)
    (change,) = session.curation.state.undoable(session.curation.person).changes
    assert change.spikes == session.curation.state.spikes[5] != ""
    background.show_unsaved(run, {}, {})
    made_twice.saved([2, 3])
    assert made_twice.label() == "GOOD"
    made_twice.saved([0, 1])
    assert made_twice.label() == "NOISE"


def test_of_a_part_that_an_open_phy_makes_anew_nothing_is_said_until_it_is_saved(
    made_twice: MadeTwice,
) -> None:
    """Nobody knows of which spikes it is: what is said would be of the unit before it, too."""
    session, failures = made_twice.session, list[UserError]()
    run, background = session.scene.run, session.background
    session.set_label(Label.NOISE)
    made_twice.saved()
    background.show_unsaved(run, {5: "made anew, of 2"}, {})
    made_twice.wait(lambda: made_twice.label() == "")
    session.failed.connect(failures.append)
    session.set_label(Label.GOOD)
    assert made_twice.label() == ""
    assert not session.set_note("why")
    (words,) = {one.message for one in failures}
    assert words.startswith("Nothing was said: phy made unit 5 anew, and has not saved")
    assert len(session.curation.state.actions) == 1


def test_what_phy_itself_brings_back_keeps_its_label(made_twice: MadeTwice) -> None:
    """Seen: the label of a merge went where phy redid that very merge, until it was scored."""
    session = made_twice.session
    run, background = session.scene.run, session.background
    session.set_label(Label.NOISE)
    made_twice.saved()
    labels = list[str]()
    session.changed.connect(lambda *_: labels.append(made_twice.label()))
    for merged in ({}, {5: (0, 1)}):
        before = session.scene.sheet.phy
        background.show_unsaved(run, {5: "there again, of 0 and 1"}, merged)
        made_twice.wait(lambda before=before: session.scene.sheet.phy is not before)
    made_twice.wait(lambda: not session.busy)
    assert {*labels} == {"NOISE"}
    assert session.scene.sheet.phy.unsaved(5) == "unsaved in phy: there again, of 0 and 1"


def test_a_label_given_between_a_save_and_its_reading_is_of_what_phy_saved(
    made_twice: MadeTwice,
) -> None:
    """The marks of what is unsaved go first: the id was that of the unit before, for a while."""
    session = made_twice.session
    run, background = session.scene.run, session.background
    made_twice.saved()
    background.show_unsaved(run, {5: "made anew, of 2 and 3"}, {5: (2, 3)})
    read = session.scene.sheet.phy.as_read
    before, spikes = read.spikes[5], lambda: session.curation.state.spikes.get(5, "")
    made_twice.wait(lambda: spikes() not in ("", BEING_READ, before))
    of_merge = spikes()
    np.save(made_twice.folder / "spike_clusters.npy", made_twice.before)
    merge(made_twice.folder, [2, 3], 5)
    background.read_phy_again(run)
    background.show_unsaved(run, {}, {})
    made_twice.wait(lambda: session.scene.sheet.phy.unsaved(5) == "")
    assert session.scene.sheet.phy.as_read is read
    session.set_label(Label.GOOD)
    made_twice.wait(lambda: session.scene.sheet.phy.as_read is not read)
    made_twice.wait(lambda: not session.stage.busy)
    assert (spikes(), made_twice.label()) == (of_merge, "GOOD")
    made_twice.saved([0, 1])
    assert made_twice.label() == ""


def test_where_nothing_changed_in_phy_no_label_is_looked_at_anew(
    made_twice: MadeTwice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: 42 ms at each step with 5,000 units that phy made, and as much at each answer."""
    looked = list[int]()
    real = known.with_spikes

    def count(*given: Any) -> Any:
        looked.append(1)
        return real(*given)

    monkeypatch.setattr(known, "with_spikes", count)
    for key in ("Home", "Down", "Down", "End"):
        press(made_twice.window, key)
        made_twice.wait(lambda: not made_twice.session.busy)
    made_twice.session.set_label(Label.GOOD)
    assert looked == []
    made_twice.saved([2, 3])
    assert len(looked) == 1


def test_why_tells_of_another_what_stands_of_it(made_twice: MadeTwice) -> None:
    """Seen: where it was taken back, Why went on telling it until another unit was looked at."""
    session, why = made_twice.session, made_twice.window.panels["why"]
    session.set_label(Label.NOISE)
    session.set_note("two units")
    made_twice.saved([2, 3])
    told = "were said of another 5: its spikes were others"
    made_twice.wait(lambda: f"NOISE and a note {told}" in why.text())
    session.undo()
    made_twice.wait(lambda: "NOISE was said of another 5" in why.text())
    session.redo()
    made_twice.wait(lambda: f"NOISE and a note {told}" in why.text())
    state = session.curation.state
    assert state.label(5) is None
