"""What is said of some spikes is of nobody until it is known which unit has them, and then of it.

Bombcell ran after phy here: its table has 5, which phy made of templates 0 and 1.
"""

from __future__ import annotations

import gc
import json
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from phy_recordings import merge, write_sorted
from qt_fixtures import WAIT_MS

from bcviewer.app.background import scoring
from bcviewer.app.curating import open_journals
from bcviewer.app.curating.decided import count_decided
from bcviewer.app.curating.merging import PASSED_BY, MergesRead
from bcviewer.app.prefs import data_folder
from bcviewer.app.session import Session
from bcviewer.app.threads.worker import Control
from bcviewer.core.curation.draft import Draft
from bcviewer.core.curation.entries import LABEL, SPIKES, Action, Change, Who
from bcviewer.core.curation.imported import ImportedLabels
from bcviewer.core.curation.merge_queue import (
    ACCEPTED,
    NEITHER,
    REJECTED,
    MergeQueue,
    ProposedMerge,
)
from bcviewer.core.evidence import compare_phy
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Run
from bcviewer.core.sheet import queue
from bcviewer.core.sheet.explain import explain
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.exchange.manual_reader import read_manual
from bcviewer.io.journal.draft_file import draft_path, read_drafts, write_drafts
from bcviewer.io.journal.queue_file import QueueFiles
from bcviewer.io.journal.recording_key import recording_key
from bcviewer.io.journal.store import JournalStore, action_id
from bcviewer.io.journal.user_data import journals_folder
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs

ANOTHER = "0" * 32
"""Which spikes another 5 had."""
HIDDEN = "Blind review: the verdict is hidden until you label it."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    out = write_sorted(tmp_path / "kilosort4_A", 6)
    templates = np.load(out / names.SPIKE_TEMPLATES)
    where = np.flatnonzero(templates == 5)
    templates[where] = np.arange(len(where)) % 2
    np.save(out / names.SPIKE_TEMPLATES, templates)
    np.save(out / names.TEMPLATES, np.zeros((5, 3, 1), np.float32))
    return out


def was_said(folder: Path, person: str, label: str = "NOISE", when: int = 30, of: int = 5) -> None:
    """Let a person have said something of another 5 before."""
    run = read_run(find_runs(folder)[0])
    results = Path(run.provenance.results_dir)
    store = JournalStore(recording_key(run), journals_folder(), results, f"p{when}")
    change = Change(of, LABEL, None, label, ((SPIKES, ANOTHER),))
    at = f"2026-03-01T10:20:{when}.000000Z"
    store.append(Action(action_id(), at, Who(person, "pc", f"p{when}"), LABEL, (change,)))
    store.close()


class Opened:
    """A session on the recording, and when phy's files are compared in it."""

    def __init__(self, folder: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._qtbot = folder, qtbot
        self.goes_on = threading.Event()
        compare = compare_phy.compare_phy

        def later(*given: Any) -> Any:
            assert self.goes_on.wait(WAIT_MS / 1000)
            return compare(*given)

        monkeypatch.setattr(compare_phy, "compare_phy", later)
        self.session = Session()
        self.notices: list[str] = []
        self.failed: list[str] = []
        self.session.notice.connect(self.notices.append)
        self.session.failed.connect(lambda error: self.failed.append(error.message))

    def wait(self, until: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(until, timeout=WAIT_MS)

    def open(self) -> None:
        """Open it, as far as it goes without them."""
        self.session.open(str(self.folder))
        self._read(None)

    def reload(self) -> None:
        """Read it again, as far as it goes without them."""
        run = self.session.scene.run
        self.session.reload()
        self._read(run)

    def _read(self, before: Run | None) -> None:
        session = self.session
        self.wait(lambda: session.scene.run is not before)
        self.wait(lambda: session.table is not None and session.curation.is_open)
        self.wait(lambda: session.scene.sheet.inputs.said is session.curation.state)
        assert not self.is_compared()

    def is_compared(self) -> bool:
        phy = self.session.scene.sheet.phy
        return phy is not None and phy.as_read.is_read

    def compare(self) -> None:
        """Let phy's files be compared."""
        self.goes_on.set()
        self.wait(self.is_compared)
        self.wait(lambda: self.session.wait_idle(WAIT_MS))
        self.goes_on.clear()

    def saved(self, merged: list[int], into: int) -> None:
        """Let phy have merged units, and saved."""
        merge(self.folder, merged, into)
        known = self.session.scene.sheet.phy.as_read
        self.goes_on.set()
        self.session.background.read_phy_again(self.session.scene.run)
        self.wait(lambda: self.session.scene.sheet.phy.as_read is not known)
        self.wait(lambda: not self.session.stage.busy)  # it is told in a turn of its own
        self.goes_on.clear()

    def label(self, cluster_id: int = 5) -> str:
        """Return what the table has as the label of a unit."""
        row = int(self.session.table.ids.rows_of(cluster_id)[0])
        return self.session.table.text("manual_label", row).strip("–")


@pytest.fixture
def opened(
    qapp: Any, no_leaks: None, folder: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Opened]:
    monkeypatch.setattr(scoring, "START_MS", 10 * WAIT_MS)  # none is needed here
    out = Opened(folder, qtbot, monkeypatch)
    yield out
    out.goes_on.set()
    out.session.close()


def test_a_blind_review_hides_what_was_said_of_another_at_each_open_and_reload(
    opened: Opened, qtbot: Any
) -> None:
    session = opened.session
    was_said(opened.folder, session.scene.person)
    opened.open()
    opened.compare()
    session.set_queue(QueueSpec("random", None, seed=1, blind=True))
    told: list[bool] = []
    session.changed.connect(lambda: told.append(session.scene.sheet.veil.hides(5)))

    def is_hidden() -> bool:
        sheet = session.scene.sheet
        return sheet.veil.hides(5) and explain(sheet, 5).headline == HIDDEN

    assert is_hidden()
    for _ in range(2):
        opened.reload()
        assert is_hidden()
        opened.compare()
        assert is_hidden()
    opened.reload()
    session.cancel()
    opened.goes_on.set()
    qtbot.wait(50)
    assert is_hidden()
    assert told
    assert all(told)


def test_until_then_it_is_of_nobody_and_nothing_is_said_without_spikes(opened: Opened) -> None:
    session = opened.session
    was_said(opened.folder, "Ann")
    opened.open()
    assert opened.label() == ""
    assert session.curation.state.reviewed() == frozenset()
    said = len(session.curation.state.actions)
    assert session.go_to_id(5)
    session.set_label(Label.GOOD)
    assert opened.failed == [
        "Nothing was said: phy's files are not compared yet, and unit 5 may be another one by now."
    ]
    assert len(session.curation.state.actions) == said
    assert session.go_to_id(4)
    session.set_label(Label.MUA)  # of 4 nobody ever said which it is
    assert opened.label(4) == "MUA"
    opened.compare()
    assert (opened.label(4), opened.label()) == ("MUA", "")
    assert not any("another 5" in words for words in opened.notices)
    assert session.go_to_id(5)
    session.set_label(Label.GOOD)
    assert opened.label() == "GOOD"
    assert read_manual(session.scene.run, print)[5].label == Label.GOOD


@pytest.mark.parametrize("when", ["opening", "Esc", "F5"])
def test_of_what_phy_must_have_made_nothing_is_said_without_spikes_either(
    opened: Opened, when: str
) -> None:
    """Seen: nobody had said anything of 5, and its label went to another copy's 5 with it."""
    session = opened.session
    opened.open()
    if when == "F5":
        opened.compare()
        opened.reload()
    if when == "Esc":
        session.cancel()
    assert session.scene.run.n_templates == 5
    labels = ImportedLabels("bobs", "bob", {4: Label.MUA, 5: Label.NOISE}, {})
    assert session.go_to_id(5)
    session.set_label(Label.GOOD)
    assert session.labelling.add_source([(session.scene.run, labels)], "bobs") is False
    why = "phy's files are not compared yet, and unit 5 may be another one by now"
    assert opened.failed == [f"Nothing was said: {why}."] * 2
    assert session.curation.state.actions == {}
    assert session.go_to_id(4)
    session.set_label(Label.MUA)  # Kilosort made it: it waits for nothing
    assert opened.label(4) == "MUA"
    if when == "Esc":
        opened.reload()
    opened.compare()
    assert opened.label() == ""
    assert session.go_to_id(5)
    session.set_label(Label.GOOD)
    assert session.labelling.add_source([(session.scene.run, labels)], "bobs")
    state = session.curation.state
    assert state.shown_action(5).changes[0].spikes == state.spikes[5] == state.sources[0].spikes[5]


def test_where_templates_do_not_tell_what_is_said_goes_by_the_id(opened: Opened) -> None:
    np.save(opened.folder / names.TEMPLATES, np.zeros(5))
    opened.open()
    assert opened.session.scene.run.n_templates == 0
    assert opened.session.go_to_id(5)
    opened.session.set_label(Label.GOOD)
    assert opened.label() == "GOOD"


def test_a_row_of_bombcells_has_no_label_of_another_once_phy_merged_it_away(
    opened: Opened,
) -> None:
    session = opened.session
    was_said(opened.folder, "Ann")
    opened.open()
    opened.compare()
    session.prefs.set_advance(False)
    assert session.go_to_id(5)
    session.set_label(Label.GOOD)
    opened.saved([4, 5], 6)
    assert opened.label() == "GOOD"  # it is gone, and was that one
    session.undo()
    assert opened.label() == ""
    session.redo()
    opened.reload()
    opened.compare()
    assert opened.label() == ""  # of whom that row was, no file says any more
    assert read_manual(session.scene.run, print) == {}


def test_a_label_of_a_part_of_a_unit_is_not_of_the_whole_in_window_and_files(
    opened: Opened,
) -> None:
    """4 is as Kilosort made it in the end: the window kept the digest of its half."""
    session, before = opened.session, np.load(opened.folder / names.SPIKE_CLUSTERS)
    clusters = before.copy()
    clusters[np.flatnonzero(before == 4)[:20]] = 7
    np.save(opened.folder / names.SPIKE_CLUSTERS, clusters)
    opened.open()
    opened.compare()
    session.prefs.set_advance(False)
    assert session.go_to_id(4)
    session.set_label(Label.NOISE)
    assert opened.label(4) == "NOISE"
    np.save(opened.folder / names.SPIKE_CLUSTERS, before)
    opened.saved([], 9)
    assert opened.label(4) == ""
    assert read_manual(session.scene.run, print) == {}
    session.set_label(Label.GOOD)
    assert opened.label(4) == "GOOD"
    (change,) = next(iter(session.curation.state.newest_first())).changes
    assert change.spikes == ""
    assert read_manual(session.scene.run, print)[4].label == Label.GOOD


def test_people_who_differ_about_what_phy_made_are_told_once_it_is_known(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened.session
    was_said(opened.folder, session.scene.person, "NOISE", 30)
    was_said(opened.folder, "Ann", "GOOD", 40)

    def told() -> list[str]:
        return [issue.what for journal in session.scene.journals for issue in journal.issues]

    opened.open()
    assert told() == []
    monkeypatch.setattr(compare_phy, "whose_spikes", lambda *_: {5: ANOTHER})
    opened.compare()
    assert len(told()) == 1
    assert opened.label() == "GOOD"


def test_a_probe_that_is_not_open_counts_what_is_of_its_units(opened: Opened) -> None:
    was_said(opened.folder, "Ann")
    (place,) = find_runs(opened.folder)
    control = Control(lambda *_: None)
    counted = count_decided(place, QueueFiles(data_folder()), "Ann", control)
    assert (counted.reviewed, counted.total) == (0, 6)


def test_a_proposed_merge_of_what_phy_must_have_made_waits_too(opened: Opened) -> None:
    opened.open()
    session, merging = opened.session, opened.session.saying.merging
    queue = MergeQueue.of("pairs.csv", [ProposedMerge((5, 4)), ProposedMerge((3, 2))])
    assert merging.begin(MergesRead(session.scene.run, queue, (), "key")) == ""
    merging.say(ACCEPTED)
    why = "phy's files are not compared yet, and unit 5 may be another one by now"
    assert opened.failed == [f"Nothing was said: {why}."]
    assert merging.queue == queue
    opened.compare()
    merging.say(ACCEPTED)
    merging.say(ACCEPTED)
    assert merging.queue.left == ((5, 4), (3, 2))
    assert list(merging.queue.spikes) == [(5, 4)]
    opened.notices.clear()
    opened.reload()
    opened.wait(lambda: not session.stage.busy)
    assert merging.queue.left == ((3, 2),)  # which 5 it is, is being found out
    assert merging.queue.said == (ACCEPTED, ACCEPTED)
    opened.compare()
    assert merging.queue.left == ((5, 4), (3, 2))
    assert not any("was of other units" in words for words in opened.notices)
    merging.end()


@pytest.fixture
def labels_wait(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Let the labels of a recording be read once this is set."""
    reads, read = threading.Event(), open_journals.read_state

    def later(*given: Any) -> Any:
        assert reads.wait(WAIT_MS / 1000)
        return read(*given)

    monkeypatch.setattr(open_journals, "read_state", later)
    opened.session.open(str(opened.folder))
    opened.wait(lambda: opened.session.table is not None)
    assert not opened.session.curation.is_open
    yield reads
    reads.set()
    opened.wait(lambda: opened.session.curation.is_open)


def test_what_was_said_of_proposed_merges_waits_for_phys_files_and_not_for_labels(
    opened: Opened, labels_wait: threading.Event
) -> None:
    """Seen: without the labels it was taken for said of these, and phy merged the other 5."""
    session, merging = opened.session, opened.session.saying.merging
    queue = MergeQueue.of("pairs.csv", [ProposedMerge((5, 4)), ProposedMerge((5, 3))])
    had = {((5, 4), (ANOTHER, "")): ACCEPTED}
    merging.begin(MergesRead(session.scene.run, replace(queue, others=had), (), "key"))
    assert (merging.queue.left, merging.queue.unknown) == ((), had.keys())
    merging.say(ACCEPTED)
    assert "not compared yet, and unit 5 may be another" in opened.failed[-1]
    merging.say(NEITHER)  # who passes it by says nothing of it
    assert opened.notices[-1].startswith(PASSED_BY.format("5 and 4"))
    assert (merging.queue.at, merging.queue.said) == (1, ("", ""))
    merging.say(NEITHER)  # nor of one of which nothing was ever said: it may be another 5, too
    assert opened.notices[-1].startswith(PASSED_BY.format("5 and 3"))
    assert (merging.queue.at, merging.queue.said) == (0, ("", ""))
    opened.goes_on.set()
    opened.wait(opened.is_compared)
    opened.wait(lambda: any("other units" in words for words in opened.notices))
    told = [words for words in opened.notices if "5 and 4 was of other units" in words]
    assert (merging.queue.left, len(told)) == ((), 1)
    merging.say(ACCEPTED)
    assert merging.queue.left == ((5, 4),)
    (spikes,) = merging.queue.spikes.values()
    assert spikes == (session.scene.sheet.phy.spikes[5], "")
    assert not session.curation.is_open
    kept = merging.queue
    merging.end()
    opened.notices.clear()
    assert merging.begin(MergesRead(session.scene.run, kept, (), "key")) == ""
    assert not any("other units" in words for words in opened.notices)  # it was said anew
    merging.end()


def test_proposed_merges_that_are_over_hold_nothing_of_a_recording(
    opened: Opened, tmp_path: Path
) -> None:
    opened.open()
    session, merging = opened.session, opened.session.saying.merging
    opened.compare()
    queue = MergeQueue.of("pairs.csv", [ProposedMerge((5, 4))])
    merging.begin(MergesRead(session.scene.run, queue, (), "key"))
    run = weakref.ref(session.scene.run)
    opened.goes_on.set()
    session.open(str(write_sorted(tmp_path / "other" / "kilosort4_A", 4)))
    assert session.wait_idle(WAIT_MS)
    assert merging.queue is None
    gc.collect()
    assert run() is None


def test_what_is_passed_by_keeps_of_whom_it_was_said(opened: Opened) -> None:
    opened.open()
    merging = opened.session.saying.merging
    queue = MergeQueue.of("pairs.csv", [ProposedMerge((5, 4))]).say(ACCEPTED, (ANOTHER, ""))
    merging.begin(MergesRead(opened.session.scene.run, queue, (), "key"))
    merging.say(NEITHER)  # seen: it took the acceptance away
    assert merging.queue.said == (ACCEPTED,)
    assert opened.notices[-1].startswith(PASSED_BY.format("5 and 4"))
    opened.compare()
    assert merging.queue.left == ()
    assert list(merging.queue.others) == [((5, 4), (ANOTHER, ""))]
    told = "What was said of 5 and 4 was of other units: phy gave an id again."
    for _ in range(2):
        assert [told in words for words in opened.notices].count(True) == 1
        opened.reload()
        opened.compare()
    merging.end()


def test_what_is_passed_by_is_accepted_where_it_is_opened_again_too(opened: Opened) -> None:
    """Seen: V before phy's files were compared; it was kept as skipped, for good."""
    opened.open()
    session, merging = opened.session, opened.session.saying.merging
    queue = MergeQueue.of("pairs.csv", [ProposedMerge((5, 4)), ProposedMerge((3, 2))])

    def begin(text: str) -> None:
        read = MergesRead(session.scene.run, queue.with_said(text), (), "key")
        merging.begin(read)

    opened.compare()
    begin("")
    merging.say(ACCEPTED)
    text = merging.queue.text
    for _ in range(2):  # seen through while it is open, and where it is opened again
        merging.end()
        opened.reload()
        begin(text)
        merging.queue = replace(merging.queue, at=0)
        merging.show()
        merging.say(NEITHER)
        assert opened.notices[-1].startswith(PASSED_BY.format("5 and 4"))
        assert (merging.queue.at, merging.queue.waiting) == (1, ((5, 4),))
        text = merging.queue.text
        opened.compare()
        assert (merging.queue.said, merging.queue.left) == ((ACCEPTED, ""), ((5, 4),))
        assert json.loads(merging.queue.text) == json.loads(text)
    merging.say(REJECTED)
    merging.back()
    assert merging.queue.left == ((5, 4),)
    merging.end()


@pytest.mark.parametrize("blind", [True, False])
def test_no_queue_is_drawn_of_what_phy_must_have_made(opened: Opened, *, blind: bool) -> None:
    """Seen: it counted among the unseen what the person had seen of those very spikes."""
    session = opened.session
    opened.open()
    session.set_queue(QueueSpec("random", blind=blind))
    assert session.scene.review is None
    why = "phy's files are not compared, and unit 5 may be another one by now"
    assert opened.notices == [f"No queue yet: {why}. Try again in a moment; after Cancel, F5."]
    opened.compare()
    assert session.go_to_id(5)
    session.set_label(Label.NOISE)
    session.set_queue(QueueSpec("random", blind=blind))
    review = session.scene.review
    assert (len(review.rows), review.left_out) == ((5, 1) if blind else (6, 0))


def test_a_queue_is_drawn_where_none_of_its_units_is_one_that_phy_made(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: it was refused wherever anything was said of some spikes, be it of a unit long gone."""
    session = opened.session
    was_said(opened.folder, "Ann", of=900)
    opened.open()
    assert session.curation.state.ids_of_spikes() == {900}
    row, table = int(session.table.ids.rows_of(5)[0]), session.table
    label = Label(int(table.bombcell_labels[row]))
    monkeypatch.setattr(queue, "is_gone", lambda table: np.arange(6) == row)
    session.set_queue(QueueSpec())
    assert (opened.notices, len(session.scene.review.rows)) == ([], 5)
    monkeypatch.undo()
    session.set_queue(QueueSpec(classes=frozenset({label})))
    assert "unit 5 may be another" in opened.notices[-1]
    assert len(session.scene.review.rows) == 5  # it is the one of before
    others = frozenset({*Label} - {label})
    opened.notices.clear()
    session.set_queue(QueueSpec(classes=others))
    assert opened.notices == []


def test_no_queue_is_drawn_of_it_before_the_labels_are_read_either(
    opened: Opened, labels_wait: threading.Event
) -> None:
    """Seen: what was known of spikes was asked of what was said, and that was empty yet."""
    opened.session.set_queue(QueueSpec())
    assert opened.session.scene.review is None
    assert "unit 5 may be another" in opened.notices[-1]


@pytest.mark.parametrize("killed", [True, False])
def test_a_note_that_is_begun_before_is_of_its_unit_and_offered_again(
    opened: Opened, qtbot: Any, *, killed: bool
) -> None:
    """Seen: it was kept as of a unit that Kilosort made, and offered never again."""
    session = opened.session
    opened.open()
    key, person = recording_key(session.scene.run).primary, session.scene.person

    def kept() -> list[Draft]:
        found: list[Draft] = []
        for file in sorted((data_folder() / names.DRAFTS).rglob("*.json")):
            try:
                found += read_drafts(file, person)
            except UserError:
                assert not file.exists(), "it goes while it is read"
        return found

    for i in (4, 5):
        rows = session.table.ids.rows_of(i)
        session.saying.drafts.typed("half a tho", rows, session.scene.run)
        opened.wait(lambda i=i: kept() == [Draft((i,), "half a tho", ("?",) if i == 5 else ())])
    path, (left,) = draft_path(data_folder(), key, person, "20260101T000000-1-abcdef"), kept()
    if not killed:
        opened.compare()
        opened.wait(lambda: kept() and kept()[0].spikes != ("?",))
        (left,) = kept()
        assert left == Draft((5,), "half a tho", (session.curation.state.spikes[5],))
    session.saying.drafts.typed("", rows, session.scene.run)
    opened.wait(lambda: kept() == [])
    write_drafts(path, person, [left])  # as a program that was killed leaves it
    opened.reload()
    opened.wait(lambda: kept() == [left])
    assert session.scene.drafts == ()
    opened.compare()
    assert [drafts for _, drafts in session.scene.drafts] == [(left,)]
