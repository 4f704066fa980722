"""A session with two recordings in one book: nothing is said or shown of the wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from curation_cases import act
from factories import make_run, make_table, sheet_of
from qt_fixtures import WAIT_MS, write_recording

from bcviewer.app.curating.saying import NOT_OPEN
from bcviewer.app.session import Session
from bcviewer.core.curation.across import last_done
from bcviewer.core.curation.draft import Draft
from bcviewer.core.curation.entries import Change
from bcviewer.core.curation.imported import ImportedLabels
from bcviewer.core.curation.replay import with_action
from bcviewer.core.curation.state import CurationState
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.derive import derive
from bcviewer.errors import UserError
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs

N = 4
COLUMNS = {"presenceRatio": [1.0, 0.5] * (N // 2)}


@pytest.fixture
def session(qapp: Any, no_leaks: None, tmp_path: Path) -> Iterator[Session]:
    """Return a session whose journals are the first probe's, with a second one beside it."""
    made = Session()
    made.open(write_recording(tmp_path / "kilosort4_A", COLUMNS, saved=["GOOD", "MUA"] * (N // 2)))
    other = write_recording(tmp_path / "kilosort4_B", COLUMNS)
    assert made.wait_idle(WAIT_MS)
    assert made.curation.is_open
    assert made.scene.sheet is not None
    (place,) = find_runs(other)
    made.stage.become(book=Book([made.scene.sheet, sheet_of(read_run(place))]))
    made.set_sort("probe")
    made.set_current(0)
    yield made
    made.close()


def labelled(session: Session) -> list[int]:
    return np.flatnonzero(session.table.manual.labels == Label.NOISE).tolist()


def test_a_label_is_of_the_recording_whose_journals_are_open(session: Session) -> None:
    assert session.view.n_shown == session.scene.book.n_units == 2 * N
    session.set_selected(np.array([1, 2, N + 1, N + 3]))  # of both: the ids are the same
    session.set_label(Label.NOISE)
    assert labelled(session) == [1, 2]
    assert sorted(session.curation.state.units) == [1, 2]
    assert session.scene.done.words == "NOISE → 2 units (2 of other recordings left out)"
    session.undo()
    assert labelled(session) == []
    session.set_current(N + 2)
    heard: list[str] = []
    session.notice.connect(heard.append)
    session.set_label(Label.NOISE)
    assert labelled(session) == []
    assert session.curation.state.label(2) is None
    assert heard == [NOT_OPEN]


def test_bombcells_labels_are_taken_over_of_that_recording_only(session: Session) -> None:
    session.accept_bombcell()
    assert sorted(session.curation.state.units) == [0, 1, 2, 3]
    told = session.table.manual.labels
    assert (told[:N] >= 0).all()
    assert (told[N:] < 0).all()


def test_evidence_is_asked_of_the_units_own_recording(session: Session) -> None:
    a, b = (sheet.run for sheet in session.scene.book.sheets)
    assert session.background.evidence.run is a
    session.set_current(N + 1)
    assert session.scene.run is b
    assert session.background.evidence.run is b
    assert session.wait_idle(WAIT_MS)
    assert session.scene.evidence.run in (None, b)
    assert session.scene.evidence.row in (-1, 1)
    session.step(-1)
    session.step(-1)
    assert session.scene.run is a
    assert session.background.evidence.run is a
    assert session.wait_idle(WAIT_MS)


def test_without_journals_nothing_shown_is_anybodys_to_label(qapp: Any, no_leaks: None) -> None:
    session = Session()
    session.stage.become(book=Book([sheet_of(make_run(make_table(COLUMNS)))]))
    assert session.curation.run is None
    assert session.saying.own(np.arange(N)).tolist() == []
    assert session.labelling.whom_to_label()[0].tolist() == []
    session.close()


def test_asking_where_to_go_on_remembers_nothing(session: Session) -> None:
    catalogue, (a, b) = session.catalogue, session.scene.book.sheets
    shown = session.viewing.shown
    session.set_current(2)
    assert shown.kept_id(catalogue, a) == 2
    assert shown.kept_id(catalogue, b) is None
    session.set_current(N + 1)
    assert shown.kept_id(catalogue, a) is None, "it was asked, and not left"
    session.set_current(2)
    session.stage.leaving.emit(False)
    assert shown.kept_id(catalogue, b) is None
    session.stage.leaving.emit(True)
    session.set_current(N + 1)
    assert shown.kept_id(catalogue, a) == 2
    assert shown.kept_id(catalogue, b) == 1


def others() -> ImportedLabels:
    return ImportedLabels("a file", "model", dict.fromkeys(range(N), Label.MUA), {})


def test_nothing_is_said_of_the_other_recordings_units_by_any_way(session: Session) -> None:
    a, b = (sheet.run for sheet in session.scene.book.sheets)
    heard: list[str] = []
    session.notice.connect(heard.append)
    labelling, own = session.labelling, np.array([N + 1])
    assert labelling.add_source([(a, others())], "model")
    known = session.curation.state
    assert len(session.scene.book.sheets[0].sources) == 1
    heard.clear()
    assert not labelling.set_note("seen", own)
    assert not labelling.set_note("seen", own, b)
    labelling.take_over([(b, [Change(1, "label", None, "MUA")])], "a file", "bob")
    assert not labelling.add_source([(b, others())], "model of B")
    labelling.remove_source("model", b)
    labelling.accept_bombcell(own, b)
    assert session.curation.state is known
    assert set(heard) == {NOT_OPEN}
    assert len(heard) == 6
    assert session.saying.said_of(b) is None
    assert session.saying.said_of(a) is known
    labelling.remove_source("model", a)
    assert session.curation.state is not known
    assert session.scene.book.sheets[0].sources == ()


def test_a_note_of_units_of_both_is_the_own_ones(session: Session) -> None:
    assert session.labelling.set_note("seen", np.array([1, N + 2]))
    assert session.scene.done.words == "note → unit A:1 (1 of other recordings left out)"
    assert list(session.curation.state.units) == [1]


def test_a_note_that_waits_is_of_the_units_that_it_was_written_for(session: Session) -> None:
    b = session.scene.book.sheets[1].run
    session.labelling.notes.keep("seen", np.array([N + 1, N + 3]), b)
    (kept,) = session.labelling.notes.kept.take(b)
    assert kept.cluster_ids == (1, 3)


def test_what_is_not_read_is_not_taken_for_unsaid(session: Session) -> None:
    run = session.scene.book.sheets[0].run
    failed: list[UserError] = []
    session.failed.connect(failed.append)
    session.curation.refresh()
    assert session.saying.said_of(run) is None
    assert "still being read" in failed[0].message
    assert session.wait_idle(WAIT_MS)
    assert session.saying.said_of(run) is session.curation.state


def test_a_sheet_says_what_is_known_whatever_was_put_in_its_place(session: Session) -> None:
    session.set_current(1)
    session.set_label(Label.NOISE)
    a, b = session.scene.book.sheets
    elsewhere = sheet_of(make_run(make_table(COLUMNS)))
    session.stage.become(book=Book([elsewhere, b]))
    session.curation.set_label([2], Label.NOISE)  # while it is not shown
    unsaid = derive(replace(a.inputs, said=CurationState()))
    session.stage.become(book=Book([b, unsaid]))
    assert session.scene.book.sheets[1].inputs.said is session.curation.state
    assert labelled(session) == [N + 1, N + 2]
    made_up = with_action(session.curation.state, act("x", 1, unit=3, label="NOISE"))
    session.stage.become(book=Book([derive(replace(a.inputs, said=made_up)), b]))
    assert labelled(session) == [1, 2]


def test_what_is_hidden_is_of_the_recording_that_is_said_of_wherever_the_curator_is(
    session: Session,
) -> None:
    session.set_current(1)
    session.set_label(Label.NOISE)
    done = session.scene.done
    a, b = session.scene.book.sheets

    def hide(of_a: tuple[int, ...], of_b: tuple[int, ...]) -> None:
        pairs = ((a, of_a), (b, of_b))
        sheets = [derive(replace(s.inputs, hidden=rows), s) for s, rows in pairs]
        session.stage.become(book=Book(sheets))

    for row in (1, N + 1):  # units of one id
        session.set_current(row)
        hide((1,), ())
        assert session.scene.told_done is None
        assert session.saying.hides((1, 2))
        hide((), (1,))
        assert session.scene.told_done is done
        assert not session.saying.hides((1, 2))


def test_undo_and_drafts_are_of_the_recording_that_is_said_of(session: Session) -> None:
    session.set_label(Label.NOISE)
    a = session.scene.book.sheets[0].run
    session.stage.become(drafts=((a, (Draft((2,), "half"),)),))
    assert session.scene.drafted == {2: "half"}  # the other recording has a unit of that id, too
    for row, draft in ((2, "half"), (N + 2, "")):
        session.set_current(row)
        ((_, last),) = last_done(session.scene.own_said, session.scene.person)
        assert last.id == session.scene.done.action_id
        assert session.scene.draft == draft
    assert session.scene.said.undoable(session.scene.person) is None
    session.undo()
    assert last_done(session.scene.own_said, session.scene.person) == ()
