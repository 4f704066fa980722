"""All probes of a recording as one table: how they come, and whose journal a label goes to."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qt_fixtures import WAIT_MS, write_recording

from bcviewer.app.curating.notes import Begun
from bcviewer.app.opening import loader
from bcviewer.app.opening import opening as module
from bcviewer.app.save_state import SavedWhere
from bcviewer.app.session import Session
from bcviewer.core.curation.entries import LABEL, NOTE, REGION
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.region import Region
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.errors import UserError
from bcviewer.io.journal.store import JournalStore
from bcviewer.io.names import RESULTS_FOLDERS, UNITS_PARQUET

N = 4
"""Units of each probe; all have the same ids."""
COLUMNS = {"presenceRatio": [1.0, 0.5] * (N // 2)}


def columns(probe: str) -> dict[str, Any]:
    """Return units that are alike in all probes, but for where they are: other recordings."""
    return {**COLUMNS, "maxChannels": [10.0 * "ABC".index(probe) + i for i in range(N)]}


Make = Callable[[], Session]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for probe in "ABC":
        write_recording(tmp_path / "rec" / f"kilosort4_{probe}", columns(probe))
    return tmp_path / "rec"


@pytest.fixture
def make(qapp: Any, no_leaks: None) -> Iterator[Make]:
    made: list[Session] = []

    def session() -> Session:
        made.append(Session())
        return made[-1]

    yield session
    for one in made:
        one.close()


def all_open(session: Session, folder: Path) -> Session:
    """Open all probes, and wait for them."""
    session.open(folder)
    assert session.wait_idle(WAIT_MS)
    session.opening.open_every()
    assert session.wait_idle(WAIT_MS)
    return session


@pytest.fixture
def session(make: Make, folder: Path) -> Session:
    made = all_open(make(), folder)
    made.set_sort("probe")
    return made


def row(session: Session, probe: str, cluster_id: int) -> int:
    (found,) = session.scene.book.rows_named(f"{probe}:{cluster_id}")
    return int(found)


def labels(session: Session) -> dict[str, list[int]]:
    """Return which units of each probe have a label, by what its journals say."""
    return {
        session.scene.probe_of(hearing.run): sorted(hearing.curation.state.reviewed())
        for hearing in session.saying.hearings.all
    }


def told(session: Session) -> list[str]:
    out: list[str] = []
    session.notice.connect(out.append)
    return out


class Gate:
    """Reads further probes one by one, as it is let."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.entered, self.go = threading.Semaphore(0), threading.Semaphore(0)
        self._load = module.load_further
        monkeypatch.setattr(module, "load_further", self)

    def is_entered(self) -> bool:
        """Whether one more is about to be read."""
        return self.entered.acquire(blocking=False)

    def __call__(self, *given: Any) -> Any:
        self.entered.release()
        while not self.go.acquire(timeout=0.001):
            given[-1].check()
        return self._load(*given)


# -- how they come ---------------------------------------------------------------------------


def test_the_first_probe_shows_at_once_and_the_others_join_as_they_are_read(
    make: Make, folder: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    session, gate = make(), Gate(monkeypatch)
    session.open(folder)
    assert session.wait_idle(WAIT_MS)
    shown: list[tuple[str, ...]] = []
    session.changed.connect(lambda _, scene: shown.append(scene.book.probes))
    session.opening.open_every()
    qtbot.waitUntil(gate.is_entered, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: session.catalogue.every, timeout=WAIT_MS)
    assert session.scene.book.probes == ("A",)
    assert session.busy
    session.set_current(2)
    assert session.current_id() == 2
    before = session.view.rows.tolist()
    for n in (2, 3):
        gate.go.release()
        qtbot.waitUntil(lambda n=n: len(session.stage.told.book) == n, timeout=WAIT_MS)
        assert (session.current, session.current_id()) == (2, 2), "no row moves under the hand"
        assert session.view.rows[:N].tolist() == before
    assert session.wait_idle(WAIT_MS)
    assert session.scene.book.probes == ("A", "B", "C")
    assert session.table.names()[0] == "probe"
    assert session.view.n_shown == 3 * N
    assert ("A", "B") in shown


def test_where_nobody_was_anywhere_the_rows_come_in_order_and_the_first_is_gone_to(
    make: Make, tmp_path: Path
) -> None:
    good = {**columns("A"), "presenceRatio": [1.0] * N}
    write_recording(tmp_path / "rec" / "kilosort4_A", good)
    write_recording(tmp_path / "rec" / "kilosort4_B", columns("B"))
    other = make()
    other.opening.open(loader.Request(str(tmp_path / "rec"), every=True))
    assert other.wait_idle(WAIT_MS)
    assert other.view.rows.tolist() == other.table.attention_rows().tolist()
    assert not other.scene.arrived.reorders
    assert other.current == other.view.rows[0]
    assert other.scene.which == 1, "what one failed condition keeps from GOOD comes first"


def test_a_broken_probe_is_a_line_and_the_others_open(make: Make, folder: Path) -> None:
    for probe in "AC":
        units = folder / f"kilosort4_{probe}" / RESULTS_FOLDERS[0] / UNITS_PARQUET
        units.write_bytes(b"no table")
    session = make()
    session.opening.open(loader.Request(str(folder), every=True))
    assert session.wait_idle(WAIT_MS)
    assert session.scene.book.probes == ("B",)
    assert [words.split(" could not be opened: ")[0] for words in session.scene.unopened] == [
        "A",
        "C",
    ]
    session.step(1)
    session.set_label(Label.MUA)
    assert [len(ids) for ids in labels(session).values()] == [1]


def test_a_copy_of_a_sort_is_left_out_since_its_labels_are_the_same(
    make: Make, folder: Path
) -> None:
    write_recording(folder / "kilosort4_D", columns("B"))
    session = all_open(make(), folder)
    assert session.scene.book.probes == ("A", "B", "C")
    (line,) = session.scene.unopened
    assert line == "D could not be opened: it is the same sort as B, with the same spikes."


def test_what_is_cancelled_is_named_and_what_is_open_stays(
    make: Make, folder: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    session, gate = make(), Gate(monkeypatch)
    session.opening.open(loader.Request(str(folder), every=True))
    gate.go.release()
    qtbot.waitUntil(lambda: session.scene.book is not None and len(session.scene.book) == 2)
    qtbot.waitUntil(gate.is_entered, timeout=WAIT_MS)
    qtbot.waitUntil(gate.is_entered, timeout=WAIT_MS)
    session.cancel()
    assert session.wait_idle(WAIT_MS)
    assert session.scene.book.probes == ("A", "B")
    assert session.scene.unopened == ("C is not open: it was cancelled; F5 opens it.",)
    gate.go.release(10)
    session.reload()
    assert session.wait_idle(WAIT_MS)
    assert sorted(session.scene.book.probes) == ["A", "B", "C"]
    assert session.scene.unopened == ()


def test_another_recording_ends_the_joining(
    make: Make, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    session, gate = make(), Gate(monkeypatch)
    session.opening.open(loader.Request(str(folder), every=True))
    qtbot.waitUntil(gate.is_entered, timeout=WAIT_MS)
    session.open(write_recording(tmp_path / "other", COLUMNS))
    gate.go.release(10)
    assert session.wait_idle(WAIT_MS)
    assert len(session.scene.book) == 1
    assert session.scene.run.provenance.ks_dir == str(tmp_path / "other")
    assert session.scene.unopened == ()
    assert len(session.saying.hearings.all) == 1


def test_from_all_to_one_and_back_at_the_unit(session: Session, folder: Path) -> None:
    session.set_current(row(session, "B", 2))
    session.open_location(1)
    assert session.wait_idle(WAIT_MS)
    assert (session.scene.book.probes, session.current_id()) == (("B",), 2)
    assert session.catalogue.is_alone(1)
    session.opening.open_every()
    assert session.wait_idle(WAIT_MS)
    assert sorted(session.scene.book.probes) == ["A", "B", "C"]
    assert session.table.named(session.current) == "unit B:2"
    session.set_current(row(session, "C", 3))
    session.reload()
    assert session.wait_idle(WAIT_MS)
    assert session.table.named(session.current) == "unit C:3"


def test_all_stay_all_through_run_modes_of_which_some_have_one_probe(
    session: Session, folder: Path
) -> None:
    for probe, mode in (("A", "b_two"), ("B", "b_two"), ("C", "c_one")):
        ks_dir = folder / f"kilosort4_{probe}"
        shutil.copytree(ks_dir / RESULTS_FOLDERS[0], ks_dir / f"{RESULTS_FOLDERS[0]}_{mode}")
    session.reload()
    assert session.wait_idle(WAIT_MS)
    session.set_current(row(session, "B", 2))
    seen = []
    for _ in range(4):
        seen.append(("".join(sorted(session.scene.book.probes)), session.scene.which))
        session.opening.open_mode(session.catalogue.next_mode(1))
        assert session.wait_idle(WAIT_MS)
        if len(seen) == 1:
            assert session.table.named(session.current) == "unit B:2"
    assert [probes for probes, _ in seen] == ["ABC", "AB", "C", "ABC"]


def test_that_all_were_open_is_remembered_and_a_probe_that_is_asked_for_is_alone(
    session: Session, make: Make, folder: Path
) -> None:
    session.set_current(row(session, "C", 1))
    session.stage.leaving.emit(True)
    session.close()
    again = make()
    again.open(folder)
    assert again.wait_idle(WAIT_MS)
    assert len(again.scene.book) == 3
    assert again.table.named(again.current) == "unit C:1"
    again.close()
    one = make()
    one.open(folder, probe="B")
    assert one.wait_idle(WAIT_MS)
    assert one.scene.book.probes == ("B",)


def test_all_open_first_and_whoever_leaves_with_one_finds_that_one(
    as_people_open: None, make: Make, folder: Path
) -> None:
    for leaves_with, open_at_first in ((None, "ABC"), (1, "ABC"), (None, "B")):
        session = make()
        session.open(folder)
        assert session.wait_idle(WAIT_MS)
        assert "".join(session.scene.book.probes) == open_at_first
        if leaves_with is not None:
            session.open_location(leaves_with)
            assert session.wait_idle(WAIT_MS)
        session.close()
    session = make()
    session.open(folder / "kilosort4_C")
    assert session.wait_idle(WAIT_MS)
    assert session.scene.book.probes == ("C",)


def test_a_unit_is_gone_to_by_its_probe_and_an_id_alone_is_ambiguous(session: Session) -> None:
    for text in ("B:3", "B3", "b 3"):
        session.set_current(0)
        assert session.go_to_text(text) == ""
        assert session.table.named(session.current) == "unit B:3"
    assert session.go_to_text("3") == "3 is a unit of A, B and of C: write A:3."
    heard = told(session)
    session.open(session.catalogue.request.path, unit=3)
    assert session.wait_idle(WAIT_MS)
    assert heard[-1] == "3 is a unit of A, B and of C: this is unit A:3."


# -- what is known of each -------------------------------------------------------------------


def test_each_probe_is_compared_with_phy_and_its_arrays_are_kept_open(session: Session) -> None:
    runs = session.scene.runs
    arrays = session.background.evidence.open_arrays
    assert all(arrays.of(run) is not None for run in runs)
    assert session.background.evidence.run is session.scene.run
    opened: list[Any] = []
    session.background.evidence.opened.connect(opened.append)
    for probe in "ABCAB":
        session.set_current(row(session, probe, 1))
        assert session.background.evidence.run is session.scene.run
        assert session.wait_idle(WAIT_MS)
    assert opened == [], "a step to another probe opens nothing"


# -- what is said ----------------------------------------------------------------------------


def test_a_label_goes_into_the_journal_of_the_units_own_probe(
    session: Session, make: Make, folder: Path
) -> None:
    session.set_current(row(session, "B", 1))
    session.set_label(Label.NOISE)
    assert labels(session) == {"A": [], "B": [1], "C": []}
    assert session.scene.done.words == "NOISE → unit B:1"
    assert session.table.named(session.current) == "unit B:2"
    session.set_selected(np.array([row(session, p, 3) for p in "ABC"]))
    session.set_label(Label.MUA)
    assert labels(session) == {"A": [3], "B": [1, 3], "C": [3]}
    assert session.scene.done.words == "MUA → 3 units"
    assert session.scene.save.n_actions == 4
    assert all(one.curation.wait_saved(WAIT_MS) for one in session.saying.hearings.all)
    assert session.scene.save.place is SavedWhere.BOTH
    session.close()
    other = make()
    other.open(folder, probe="B")
    assert other.wait_idle(WAIT_MS)
    assert sorted(other.curation.state.reviewed()) == [1, 3]
    assert other.curation.state.label(3) == Label.MUA


def test_undo_takes_back_the_last_act_of_whichever_probe_and_one_act_as_one(
    session: Session,
) -> None:
    heard = told(session)
    session.set_current(row(session, "A", 3))
    session.set_label(Label.NOISE)  # the last of A: it goes on to the first of B
    assert session.table.named(session.current) == "unit B:0"
    session.undo()
    assert labels(session) == {"A": [], "B": [], "C": []}
    assert session.table.named(session.current) == "unit A:3"
    session.redo()
    assert labels(session)["A"] == [3]
    session.set_selected(np.array([row(session, p, 0) for p in "BC"]))
    session.set_label(Label.MUA)
    session.set_current(row(session, "A", 0))
    session.undo()
    assert labels(session) == {"A": [3], "B": [], "C": []}
    assert "(B)" in heard[-1]
    assert "(C)" in heard[-1]
    session.redo()
    assert labels(session) == {"A": [3], "B": [0], "C": [0]}
    session.undo()
    session.undo()
    session.undo()
    assert labels(session) == {"A": [], "B": [], "C": []}
    assert heard[-1] == "Nothing to undo."
    session.redo()
    session.set_current(row(session, "C", 1))
    session.set_label(Label.NOISE)
    session.redo()
    assert heard[-1] == "Nothing to redo.", "something was done since, if of another probe"
    assert labels(session) == {"A": [3], "B": [], "C": [1]}


def test_where_one_journal_cannot_be_written_nothing_is_said_of_any(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[UserError] = []
    session.failed.connect(failed.append)
    broken = session.saying.hearings.all[1].curation.journals.store
    append = JournalStore.append

    def refuse(store: JournalStore, action: Any) -> None:
        if store is broken:
            raise UserError("The disk is full.")
        append(store, action)

    monkeypatch.setattr(JournalStore, "append", refuse)
    session.set_selected(np.array([row(session, p, 2) for p in "ABC"]))
    session.set_label(Label.MUA)
    assert labels(session) == {"A": [], "B": [], "C": []}
    assert [error.message for error in failed] == ["The disk is full."]
    assert session.scene.save.place is SavedWhere.FAILED


def test_a_note_and_its_draft_are_of_the_units_own_probe(session: Session) -> None:
    rows = np.array([row(session, p, 2) for p in "BC"])
    session.set_selected(rows)
    session.saying.type_note("half", rows, session.scene.run)
    assert session.saying.keeps(["half"])
    assert session.set_note("whole", rows)
    notes = [one.curation.state.value(2, NOTE) for one in session.saying.hearings.all]
    assert notes == ["", "whole", "whole"]
    begun = session.labelling.notes.begin(rows[:1])
    assert begun == {(session.scene.runs[1], 2): Begun("whole", "")}
    assert not session.saying.keeps(["half"])


def test_what_another_window_says_of_one_probe_arrives_in_all(
    session: Session, make: Make, folder: Path, qtbot: Any
) -> None:
    other = make()
    other.open(folder, probe="C")
    assert other.wait_idle(WAIT_MS)
    other.set_current(1)
    other.set_label(Label.NOISE)
    there = row(session, "C", 1)
    qtbot.waitUntil(lambda: session.table.manual.labels[there] == Label.NOISE, timeout=WAIT_MS)
    assert there in session.scene.arrived.rows.tolist()
    assert labels(session) == {"A": [], "B": [], "C": [1]}


def test_rows_that_somebody_holds_mean_nothing_once_all_were_read_again(session: Session) -> None:
    """Those that were asked about in a dialog: what is read first now has their rows."""
    rows, run = np.array([row(session, "A", 2)]), session.scene.runs[0]
    heard = told(session)
    session.set_current(row(session, "C", 1))
    session.reload()
    assert session.wait_idle(WAIT_MS)
    assert session.scene.book.probes[0] == "C"
    labelling = session.labelling
    for shown in ("all", "one"):
        heard.clear()
        assert not labelling.set_note("meant for A:2", rows, run)
        labelling.accept_bombcell(rows, run)
        assert heard == ["Nothing was done: it was for kilosort4_A, which is open no more."] * 2, (
            shown
        )
        assert not any(state.units for state in session.scene.own_said)
        session.open_location(0)
        assert session.wait_idle(WAIT_MS)


def test_bombcells_labels_are_taken_over_of_all_and_back_by_one_undo(session: Session) -> None:
    session.accept_bombcell()
    assert labels(session) == {probe: list(range(N)) for probe in "ABC"}
    session.undo()
    assert labels(session) == {"A": [], "B": [], "C": []}


def named(session: Session, rows: Any) -> list[str]:
    return [str(session.table.named(int(at))) for at in rows]


def opened(make: Make, folder: Path, **asked: Any) -> Session:
    made = make()
    made.opening.open(loader.Request(str(folder), **asked))
    assert made.wait_idle(WAIT_MS)
    return made


def test_a_blind_review_of_one_is_left_out_until_it_is_done(
    session: Session, make: Make, folder: Path
) -> None:
    session.open_location(1)
    assert session.wait_idle(WAIT_MS)
    session.set_queue(QueueSpec("random", 2, blind=True))
    session.set_label(Label.MUA)
    session.close()
    again = opened(make, folder, every=True)
    assert again.scene.book.probes == ("A", "C")
    (line,) = again.scene.unopened
    assert line.startswith("B could not be opened: a blind review of it alone hides")
    again.open_location(1)
    assert again.wait_idle(WAIT_MS)
    again.set_label(Label.MUA)
    assert again.scene.book.n_hidden == 0
    again.opening.open_every()
    assert again.wait_idle(WAIT_MS)
    assert sorted(again.scene.book.probes) == ["A", "B", "C"]
    assert again.scene.book.n_hidden == 0


def test_a_queue_over_all_probes_is_there_again_and_units_of_a_lost_probe_are_missing_in_it(
    session: Session, make: Make, folder: Path
) -> None:
    session.set_queue(QueueSpec("attention", 7))
    queue = named(session, session.scene.queue)
    assert len(session.scene.book.by_sheet(session.scene.queue)) > 1
    session.set_label(Label.MUA)
    here = session.table.named(session.current)
    session.stage.leaving.emit(True)
    session.close()
    again = opened(make, folder, every=True)
    assert named(again, again.view.rows) == queue
    assert again.table.named(again.current) == here
    again.viewing.rows.end_queue()
    again.close()
    units = folder / "kilosort4_B" / RESULTS_FOLDERS[0] / UNITS_PARQUET
    whole = units.read_bytes()
    units.write_bytes(b"no table")
    fewer = opened(make, folder, every=True)
    assert not fewer.scene.review.on
    fewer.viewing.rows.resume_queue()
    left = [unit for unit in queue if "B:" not in unit]
    assert named(fewer, fewer.view.rows) == left
    assert len(fewer.scene.review.missing) == len(queue) - len(left) > 0
    fewer.close()
    units.write_bytes(whole)
    back = opened(make, folder, every=True)
    assert sorted(named(back, back.view.rows)) == sorted(queue)
    assert back.scene.review.missing == ()
    one = opened(make, folder, probe="B")
    assert one.scene.review is None, "what is kept of each alone is another queue"


def test_a_blind_review_over_all_hides_until_its_units_are_labelled_or_revealed(
    session: Session, make: Make, folder: Path
) -> None:
    session.set_queue(QueueSpec("random", 6, blind=True))
    assert session.scene.book.n_hidden == 6
    assert len(session.scene.book.by_sheet(session.scene.queue)) > 1
    session.set_label(Label.MUA)
    session.close()
    again = opened(make, folder, every=True)
    assert again.scene.book.n_hidden == 5
    again.open_location(1)
    assert again.wait_idle(WAIT_MS)
    assert sorted(again.scene.book.probes) == ["A", "B", "C"], "alone its verdicts would be shown"
    assert again.scene.unopened == (
        "All probes are open: a blind review of all of them hides verdicts of B still.",
    )
    assert again.scene.book.n_hidden == 5
    again.saying.reveal()
    assert again.scene.book.n_hidden == 0
    again.open_location(1)
    assert again.wait_idle(WAIT_MS)
    assert again.scene.book.probes == ("B",)
    assert again.scene.book.n_hidden == 0


@pytest.mark.slow
def test_where_no_copy_of_a_queue_over_all_can_be_read_it_is_said_and_one_sound_copy_does(
    session: Session, make: Make, folder: Path
) -> None:
    session.set_queue(QueueSpec("random", 6, blind=True))
    queues = session.saying.queues.folder
    session.close()
    first, *others = sorted(queues.glob("*-all.json"))
    for copy in others:
        copy.write_text("damaged")
    for request in ({"every": True}, *({"probe": probe} for probe in "ABC")):
        again = opened(make, folder, **request)
        assert again.scene.book.n_hidden == 6
        again.close()
        for copy in others:
            copy.write_text("damaged")
    first.unlink()
    first.symlink_to(others[0])
    failed: list[str] = []
    last = make()
    last.failed.connect(lambda error: failed.append(str(error)))
    last.opening.open(loader.Request(str(folder), every=True))
    assert last.wait_idle(WAIT_MS)
    (words,) = failed
    assert words.startswith("The review queue of all probes could not be brought back: ")
    assert "-all.json: " in words
    assert last.scene.review is None


def test_what_is_tried_is_of_all_and_of_those_that_join_later(
    make: Make, folder: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    session, gate = make(), Gate(monkeypatch)
    session.opening.open(loader.Request(str(folder), every=True))
    qtbot.waitUntil(lambda: session.scene.book is not None, timeout=WAIT_MS)
    session.viewing.proposing.propose("minPresenceRatio", 0.4)
    gate.go.release(2)
    assert session.wait_idle(WAIT_MS)
    assert all(sheet.inputs.tried is not None for sheet in session.scene.book.sheets)
    assert (session.table.labels == Label.GOOD).all()
    session.viewing.proposing.undo()
    assert not session.scene.proposal.changes
    assert not any(sheet.inputs.tried for sheet in session.scene.book.sheets)


def test_a_proposal_is_kept_of_each_probe_and_is_one(session: Session) -> None:
    session.viewing.proposing.propose("minPresenceRatio", 0.4)
    proposals = session.saying.proposals
    proposals.keep("looser", "why not")
    assert [one.name for one in proposals.all()] == ["looser"]
    assert all(len(one.curation.state.actions) == 1 for one in session.saying.hearings.all)
    session.undo()
    assert proposals.all() == ()


# -- never of another probe ------------------------------------------------------------------


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two")
    for probe in "AB":
        write_recording(folder / f"kilosort4_{probe}", columns(probe))
    return folder


HANDS = st.lists(
    st.tuples(
        st.sampled_from(["label", "note", "region", "undo", "redo"]),
        st.sets(st.integers(0, 2 * N - 1), min_size=1, max_size=3),
        st.sampled_from([Label.GOOD, Label.MUA, Label.NOISE, None]),
    ),
    max_size=12,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(hands=HANDS)
def test_a_label_never_reaches_a_unit_of_another_probe_with_the_same_id(
    make: Make, two: Path, hands: list[tuple[str, set[int], Label | None]], monkeypatch: Any
) -> None:
    session = make()
    session.opening.open(loader.Request(str(two), every=True))
    assert session.wait_idle(WAIT_MS)
    history: list[dict[int, Any]] = [wanted(session)]
    place, value = 0, None
    for what, rows, label in hands:
        session.set_selected(np.array(sorted(rows)))
        if what in ("label", "note", "region"):
            before = wanted(session)
            if what == "region":
                rows, value = {min(rows) // N * N}, Region(0.0, 10.0 * label) if label else None
                session.labelling.regions.set(session.scene.book.sheets[min(rows) // N].run, value)
            elif what == "label":
                session.set_label(label)
                value = label
            else:
                session.set_note("a note" if label else "")
                value = "a note" if label else ""
            after = {**before, **{(what, r): value for r in rows}}
            assert wanted(session) == after
            if after != before:
                history, place = [*history[: place + 1], after], place + 1
        elif what == "undo":
            session.undo()
            place = max(place - 1, 0)
        else:
            session.redo()
            place = min(place + 1, len(history) - 1)
        for one in session.saying.hearings.all:
            shown = session.table.manual.labels[session.saying.hearings.own(one.rows_of(range(N)))]
            said = [one.curation.state.label(i) for i in range(N)]
            assert [Label(c) if c >= 0 else None for c in shown.tolist()] == said
    session.close()


def wanted(session: Session) -> dict[Any, Any]:
    """Return label and note of each row, as the journal of the row's own recording has them."""
    out: dict[Any, Any] = {}
    for which, sheet in enumerate(session.scene.book.sheets):
        state = session.saying.hearings.of(sheet.run).curation.state
        for at in range(N):
            here = which * N + at
            out[LABEL, here] = state.label(at)
            out[NOTE, here] = state.value(at, NOTE)
        out[REGION, which * N] = sheet.inputs.region
    return out
