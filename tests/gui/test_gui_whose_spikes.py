"""What is written, left or imported is of a unit's spikes: phy may give its id to others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from phy_recordings import merge, write_alike
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from qt_fixtures import WAIT_MS, current_id, press

from bcviewer.app.background import scoring
from bcviewer.app.prefs import data_folder
from bcviewer.core.curation.draft import Draft
from bcviewer.core.curation.imported import ImportedLabels
from bcviewer.core.rules.labels import Label
from bcviewer.io import names
from bcviewer.io.journal.draft_file import draft_path, read_drafts, write_drafts

ENDED = "20260101T000000-1-abcdef"
"""The process that was killed."""


class Fives:
    """A recording of which phy makes 5 of 0 and 1, or of 2 and 3, and a window on it."""

    def __init__(self, open_window: Any, folder: Path, qtbot: Any) -> None:
        self.folder, self.qtbot, self._open = write_alike(folder), qtbot, open_window
        self.before = np.load(self.folder / names.SPIKE_CLUSTERS)
        self.make(0, 1)
        self.start()

    def start(self) -> None:
        """Open another window at 5, in the place of the one there is."""
        self.window = self._open(self.folder, "--unit", 5)
        self.session = self.window.session
        self.notices: list[str] = []
        self.session.notice.connect(self.notices.append)
        self.wait(lambda: current_id(self.window) == 5)

    def wait(self, until: Any) -> None:
        self.qtbot.waitUntil(until, timeout=WAIT_MS)

    def make(self, *ids: int) -> None:
        """Let phy make 5 of other units than before."""
        np.save(self.folder / names.SPIKE_CLUSTERS, self.before)
        merge(self.folder, [*ids], 5)

    def saved(self, *ids: int) -> None:
        """Let phy have made it, and saved."""
        self.make(*ids)
        known = self.session.scene.sheet.phy.as_read
        self.session.background.read_phy_again(self.session.scene.run)
        self.wait(lambda: self.session.scene.sheet.phy.as_read is not known)
        self.wait(lambda: not self.session.stage.busy)  # it is told in a turn of its own

    def note(self) -> str:
        row = int(self.session.table.ids.rows_of(5)[0])
        return self.session.table.text("note", row).strip("–")

    def drafts(self) -> list[Path]:
        return sorted((data_folder() / names.DRAFTS).rglob("*.json"))


@pytest.fixture
def fives(open_window: Any, tmp_path: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> Fives:
    monkeypatch.setattr(scoring, "START_MS", 10 * WAIT_MS)  # none is needed here
    return Fives(open_window, tmp_path / "kilosort4_A", qtbot)


def test_a_note_is_of_the_unit_that_it_was_begun_for(fives: Fives) -> None:
    press(fives.window, "T")
    fives.saved(2, 3)
    QTest.keyClicks(fives.window.curate_bar.edit, "of 0 and 1")
    press(fives.window, "Return")
    assert fives.note() == ""
    assert any("it is of those that you began it for" in words for words in fives.notices)
    assert not any("Another note came" in words for words in fives.notices)
    fives.wait(lambda: fives.drafts() == [])
    fives.saved(0, 1)
    assert fives.note() == "of 0 and 1"
    fives.session.undo()
    assert fives.note() == ""


def test_a_note_that_was_left_unsaved_is_offered_on_its_unit_alone(fives: Fives) -> None:
    session, person = fives.session, fives.session.scene.person
    press(fives.window, "T")
    QTest.keyClicks(fives.window.curate_bar.edit, "half a tho")
    fives.wait(lambda: len(fives.drafts()) == 1)
    fives.wait(lambda: read_drafts(fives.drafts()[0], person)[0].text == "half a tho")
    (draft,) = read_drafts(fives.drafts()[0], person)
    assert draft.spikes == (session.curation.state.spikes[5],)
    older = Draft((5, 4), "of an older version")
    key = session.curation.journals.store.key.primary
    path = draft_path(data_folder(), key, person, ENDED)
    press(fives.window, "Esc")
    fives.wait(lambda: fives.drafts() == [])
    write_drafts(path, person, [older, draft])
    fives.make(2, 3)
    session.reload()
    assert session.wait_idle(WAIT_MS)
    row = {i: int(session.table.ids.rows_of(i)[0]) for i in (4, 5)}
    fives.wait(lambda: session.scene.drafted == {row[4]: "of an older version"})
    assert any("A note of unit 4 was not saved" in words for words in fives.notices)
    fives.saved(0, 1)
    assert session.scene.drafted == {row[4]: "of an older version", row[5]: "half a tho"}
    assert any("A note of unit 5 was not saved" in words for words in fives.notices)
    fives.saved(2, 3)
    assert session.set_note("of 2 and 3", np.array([row[5]]))
    fives.saved(0, 1)
    assert session.scene.drafted[row[5]] == "half a tho"  # that was another one's note


def test_imported_labels_are_of_the_units_that_there_were(fives: Fives) -> None:
    session = fives.session
    rows = {i: int(session.table.ids.rows_of(i)[0]) for i in (4, 5)}
    labels = {4: Label.MUA, 5: Label.NOISE}
    run = session.scene.run
    assert session.labelling.add_source([(run, ImportedLabels("bobs", "bob", labels, {}))], "bobs")

    def labelled() -> list[str]:
        return [session.table.text("source:bobs", rows[i]).strip("–") for i in (4, 5)]

    assert labelled() == ["MUA", "NOISE"]
    fives.saved(2, 3)
    assert labelled() == ["MUA", ""]
    sources = session.curation.state.sources
    assert "Left out: unit 5, of other spikes" in session.table.column("source:bobs").help
    session.set_label(Label.GOOD)
    assert session.curation.state.sources[0] is sources[0]  # not made anew at each key
    fives.saved(0, 1)
    assert labelled() == ["MUA", "NOISE"]


def test_what_is_said_of_a_proposed_merge_is_of_the_units_that_there_were(
    fives: Fives, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: 5 and 4 were accepted, phy made another 5, and *Merge in phy* merged that one."""
    path = tmp_path / "pairs.csv"
    path.write_text("id1,id2\n5,4\n", "utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    merging = fives.session.saying.merging

    def begin() -> None:
        merging.end()
        fives.notices.clear()
        fives.window.actions_by_key.by_key["open_merges"].trigger()
        fives.wait(lambda: merging.queue is not None)

    begin()
    press(fives.window, "Y")
    assert merging.queue.left == ((5, 4),)
    told = "What was said of 5 and 4 was of other units: phy gave an id again."
    fives.saved(2, 3)
    assert (merging.queue.left, merging.queue.said) == ((), ("",))
    assert [told in words for words in fives.notices].count(True) == 1
    begin()
    assert merging.queue.left == ()
    assert any(told in words for words in fives.notices)
    assert not any("was said before" in words for words in fives.notices)
    press(fives.window, "X")
    fives.saved(0, 1)
    assert merging.queue.left == ((5, 4),)
    begin()
    assert merging.queue.left == ((5, 4),)
    assert any("of 1 something was said before" in words for words in fives.notices)
