"""Labelling through the session: which units, where to go on, what is told and what is not."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ears import Ear
from factories import again
from PySide6.QtCore import QCoreApplication
from qt_fixtures import WAIT_MS, write_recording

from bcviewer.app.session import Session
from bcviewer.core.curation.said_columns import NO_LABEL, orphans
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.errors import UserError
from bcviewer.io.journal import append_file

N = 8
COLUMNS: dict[str, Any] = {
    "presenceRatio": [1.0, 0.6, 1.0, 0.5, 1.0, 0.4, 1.0, 0.3],
    "nSpikes": [2400.0 - 10 * i for i in range(N)],
}


@pytest.fixture
def session(qapp: Any, no_leaks: None, tmp_path: Path) -> Iterator[Session]:
    """Return a session with eight units, GOOD and MUA in turn, in the order of the table."""
    made = Session()
    saved = ["GOOD", "MUA"] * (N // 2)
    made.open(write_recording(tmp_path / "ks", COLUMNS, saved=saved))
    assert made.wait_idle(WAIT_MS)
    assert made.curation.is_open
    made.set_sort("unit_index")
    made.set_current(0)
    yield made
    made.close()


def labels(session: Session) -> list[int | None]:
    codes = session.table.manual.labels.tolist()
    return [None if code == NO_LABEL else code for code in codes]


# -- labelling -------------------------------------------------------------------------------


def test_a_label_is_for_the_current_unit_and_goes_on_to_the_next(session: Session) -> None:
    ear = Ear(session, "manual", "table", "view", "current")
    session.set_label(Label.NOISE)
    assert labels(session)[:2] == [Label.NOISE, None]
    assert session.current == 1
    assert ear.names() == ["manual", "current"]  # nothing else is told
    assert ear.turns == [["manual", "current"]]  # in one go
    assert session.curation.state.label(0) == Label.NOISE


def test_going_on_can_be_switched_off(session: Session) -> None:
    session.prefs.set_advance(False)
    session.set_label(Label.NOISE)
    assert session.current == 0
    session.prefs.set_advance(True)
    session.set_label(Label.NOISE)  # said already: nothing is written, and it goes on
    assert session.current == 1
    assert session.curation.save.n_actions == 1


def test_all_selected_units_are_labelled_as_one_action(session: Session) -> None:
    session.set_current(4)
    session.set_selected(np.array([1, 4, 2]))
    session.set_label(Label.MUA)
    assert [i for i, label in enumerate(labels(session)) if label == Label.MUA] == [1, 2, 4]
    assert session.current == 5  # after the last of them
    session.undo()
    assert labels(session) == [None] * N


def test_a_selection_elsewhere_is_not_meant(session: Session) -> None:
    session.set_selected(np.array([5, 6]))
    session.set_current(2)
    session.set_label(Label.MUA)
    assert [i for i, label in enumerate(labels(session)) if label] == [2]


def test_at_the_end_it_stays_and_says_so(session: Session) -> None:
    ear = Ear(session, "notice")
    session.set_current(N - 1)
    session.set_label(Label.MUA)
    assert session.current == N - 1
    assert ear.heard == [("notice", "This is the last unit shown.")]


@pytest.mark.parametrize("descending", [False, True])
def test_the_place_is_kept_when_the_label_sorts_the_table_anew(
    session: Session, descending: bool
) -> None:
    session.set_sort("manual_label", descending)
    shown = session.view.rows.tolist()
    session.set_current(shown[0])
    visited = []
    for label in (Label.NOISE, Label.GOOD, Label.MUA, Label.NOISE, Label.GOOD):
        visited.append(session.current)
        session.set_label(label)
    assert visited == shown[:5]  # the units that were next on the screen, one after the other
    expected = session.table.order("manual_label", descending)
    assert session.view.rows.tolist() == expected.tolist()


def test_the_place_is_kept_when_the_label_filters_the_unit_out(session: Session) -> None:
    session.set_filter("not reviewed")
    ear = Ear(session, "view")
    for expected in range(N - 1):
        assert session.current == expected
        session.set_label(Label.GOOD)
        assert session.view.n_shown == N - 1 - expected
    assert len(ear.heard) == N - 1
    session.set_label(Label.GOOD)
    assert session.view.n_shown == 0
    session.undo()
    assert (session.view.n_shown, session.current) == (1, N - 1)


def test_a_view_that_does_not_read_labels_stays_the_same_value(session: Session) -> None:
    session.set_filter("presenceRatio > 0.45")
    view, basis = session.view, session.scene.basis
    session.set_label(Label.NOISE)
    session.set_note("x")
    assert session.view is view
    assert session.scene.basis is basis
    assert session.scene.part("table") is basis
    assert session.scene.part("manual") is session.table.manual


def test_where_nothing_is_shown_a_label_does_nothing_and_says_so(session: Session) -> None:
    session.set_filter("presenceRatio < 0")
    ear = Ear(session, "notice", "done", "manual")
    session.set_label(Label.NOISE)
    assert not session.set_note("hm")
    assert ear.heard == [("notice", "No unit is shown.")] * 2
    session.clear_filter()
    assert labels(session) == [None] * N


def test_nothing_open_says_nothing(qapp: Any, no_leaks: None) -> None:
    session = Session()
    ear = Ear(session, "notice", "done", "manual")
    session.set_label(Label.GOOD)
    session.set_note("x")
    session.undo()
    session.accept_bombcell()
    session.viewing.rows.next_unreviewed()
    session.viewing.rows.next_disagreement()
    session.set_queue(QueueSpec())
    heard = [said for said in ear.heard if said != ("notice", "")]
    assert heard == []
    session.close()


# -- notes, undo, redo -----------------------------------------------------------------------


def test_a_note_stays_at_its_unit(session: Session) -> None:
    session.set_note("drifts")
    assert session.current == 0
    assert session.table.text("note", 0) == "drifts"
    assert session.table.text("reviewed", 0) == ""


def test_undo_and_redo_go_to_their_unit_and_say_what_they_did(session: Session) -> None:
    session.set_label(Label.NOISE)
    session.set_label(Label.MUA)
    session.set_current(6)
    ear = Ear(session, "notice")
    session.undo()
    assert (session.current, labels(session)[1]) == (1, None)
    assert ear.heard[-1][1] == "Undid MUA for unit 1: no label again."
    session.undo()
    session.undo()
    assert ear.heard[-1][1] == "Nothing to undo."
    session.redo()
    session.redo()
    session.redo()
    assert ear.heard[-1][1] == "Nothing to redo."
    assert labels(session)[:3] == [Label.NOISE, Label.MUA, None]


def test_undo_of_what_another_said_since_says_that_nothing_else_is_shown(
    session: Session, qapp: Any
) -> None:
    session.set_label(Label.NOISE)
    session.curation.set_person("bob")
    session.set_current(0)
    session.set_label(Label.MUA)
    session.curation.set_person(session.prefs.person())
    ear = Ear(session, "notice")
    session.undo()
    assert labels(session)[0] == Label.MUA
    assert "nothing else is shown now" in ear.heard[-1][1]


def test_labels_that_cannot_be_saved_change_nothing(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = Ear(session, "failed", "manual", "current")

    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(append_file.os, "write", full)
    session.set_label(Label.NOISE)
    assert ear.names() == ["failed"]
    assert isinstance(ear.heard[0][1], UserError)
    assert labels(session) == [None] * N
    assert session.current == 0


# -- going through the units -----------------------------------------------------------------


def test_next_and_previous_unreviewed_go_around(session: Session) -> None:
    session.set_selected(np.array([0, 1, 2, 5]))
    session.set_label(Label.GOOD)
    session.set_current(0)
    visited = []
    for by in (1, 1, 1, 1, 1, -1, -1):
        session.viewing.rows.next_unreviewed(by)
        visited.append(session.current)
    assert visited == [3, 4, 6, 7, 3, 7, 6]
    ear = Ear(session, "notice")
    session.set_filter("reviewed")
    session.viewing.rows.next_unreviewed()
    assert ear.heard == [("notice", "Every unit shown is reviewed.")]


def test_next_disagreement_counts_what_curators_overrode(session: Session) -> None:
    ear = Ear(session, "notice")
    session.viewing.rows.next_disagreement()
    assert ear.heard == [("notice", "The label sources agree about every unit shown.")]
    session.set_current(5)
    session.set_label(Label.GOOD)  # bombcell says MUA
    session.set_label(Label.GOOD)  # it says so, too
    session.set_current(0)
    session.viewing.rows.next_disagreement()
    assert session.current == 5


def test_bombcells_label_for_the_shown_units_is_one_action(session: Session) -> None:
    session.set_label(Label.NOISE)
    ear = Ear(session, "notice")
    session.set_filter("unit_index < 4")
    session.accept_bombcell()
    assert labels(session) == [Label.GOOD, Label.MUA, Label.GOOD, Label.MUA, *[None] * 4]
    assert ear.heard[-1][1] == "Bombcell's label accepted for 4 of 4 units."
    session.accept_bombcell()
    assert ear.heard[-1][1] == "Bombcell's label accepted for 0 of 4 units."
    session.undo()
    assert labels(session) == [Label.NOISE, *[None] * 7]


def test_a_queue_is_gone_through_in_its_own_order(session: Session) -> None:
    ear = Ear(session, "queue", "notice")
    session.set_queue(QueueSpec("random", 3, seed=1))
    queue = session.scene.queue.tolist()
    assert ear.heard[0][1] is session.scene.queue
    assert session.current == queue[0]
    for row in queue:
        assert session.current == row
        session.curation.set_label([row], Label.GOOD)
        session.viewing.rows.next_unreviewed()
    assert ear.heard[-1] == ("notice", "Every unit shown is reviewed.")
    assert session.view.rows.tolist() == queue, "only the queue is shown, in its order"
    session.set_queue(None)
    assert session.scene.queue is None
    session.set_queue(None)
    assert ear.names().count("queue") == 2


# -- opening ---------------------------------------------------------------------------------


def test_labels_are_there_when_a_recording_is_opened_again(session: Session) -> None:
    session.set_label(Label.NOISE)
    session.set_note("hm")
    session.reload()
    assert session.wait_idle(WAIT_MS)
    assert labels(session)[0] == Label.NOISE
    assert session.table.text("note", 1) == "hm"


def test_labels_stay_with_another_source_and_with_bombcells_answer(session: Session) -> None:
    session.set_label(Label.NOISE)
    session.set_label_source("saved")
    assert labels(session)[0] == Label.NOISE
    session.viewing.shown.show(again(session.table, np.full(N, 3, np.int8)))
    assert labels(session)[0] == Label.NOISE
    assert session.table.values("overridden")[0]


def test_units_that_are_gone_keep_their_labels(session: Session, tmp_path: Path) -> None:
    session.curation.set_label([99], Label.GOOD)
    session.set_label(Label.NOISE)
    assert orphans(session.table.ids, session.curation.state) == [99]
    session.reload()
    assert session.wait_idle(WAIT_MS)
    assert orphans(session.table.ids, session.curation.state) == [99]
    assert session.curation.state.label(99) == Label.GOOD


# -- while another recording is being opened -------------------------------------------------


def test_a_label_is_of_the_recording_in_sight_while_another_is_opened(
    session: Session, tmp_path: Path
) -> None:
    """Whenever the key comes: each label is on the disk under the recording that was shown."""
    here, there = (
        tmp_path / "ks",
        write_recording(tmp_path / "other", {name: values[1:] for name, values in COLUMNS.items()}),
    )
    said: dict[Path, list[tuple[int, Label]]] = {here: [], there: []}
    kinds = (Label.GOOD, Label.MUA, Label.NOISE)
    for round_, target in enumerate((there, here, there, here)):
        session.open(target)
        done, until = 0, time.monotonic() + WAIT_MS / 1000
        while session.busy or not done:
            assert time.monotonic() < until
            shown = Path(session.table.run.provenance.ks_dir)
            unit, label = session.current_id(), kinds[(round_ + done) % 3]
            written = session.curation.save.n_actions if shown == session_place(session) else -1
            session.set_label(label)
            if session.curation.state.label(unit) == label and written >= 0:
                said[shown].append((unit, label))
            done += 1
            QCoreApplication.processEvents()
        assert session.wait_idle(WAIT_MS)
    for place, words in said.items():
        assert words, place
        session.open(place)
        assert session.wait_idle(WAIT_MS)
        state = session.curation.state
        assert {unit: state.label(unit) for unit, _ in words} == dict(words)


def session_place(session: Session) -> Path | None:
    """Return the recording whose journals are open."""
    run = session.curation.run
    return Path(run.provenance.ks_dir) if run is not None and session.curation.is_open else None
