"""Answers that come late: of another run, or by other criteria, they install nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from curation_cases import act
from qt_fixtures import WAIT_MS

from bcviewer.app.background.comparer import Compared
from bcviewer.app.scene import Verified
from bcviewer.app.session import Session
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.phy import PhyState
from bcviewer.core.sheet.derive import derive
from bcviewer.frame.application import demo_path
from bcviewer.io.journal.store import JournalsRead
from bcviewer.oracle.client import Verification


@pytest.fixture
def session(qapp: Any, no_leaks: None) -> Iterator[Session]:
    made = Session()
    held: list[Compared] = []
    compared = made.background.comparer.compared
    compared.disconnect(made.background._on_compared)
    compared.connect(held.append)
    made.open(str(demo_path()))
    assert made.wait_idle(WAIT_MS)
    compared.disconnect(held.append)
    compared.connect(made.background._on_compared)
    assert len(held) == 1, "the comparison is there, and nobody has shown it yet"
    made.held = held  # type: ignore[attr-defined]
    yield made
    made.close()


def judge(session: Session, criteria: Any) -> None:
    """Let the sheet that is shown be one by other criteria."""
    assert session.table is not None
    sheet = derive(session.table.inputs.judged_by(criteria), session.table)
    session.stage.become(book=session.scene.book.with_sheet(0, sheet))


def test_a_comparison_by_old_criteria_is_never_installed_over_new_labels(session: Session) -> None:
    (late,) = session.held  # type: ignore[attr-defined]
    before = session.table
    assert before is not None
    new = replace(late.phy, new=np.array([900]), state=np.append(late.phy.state, PhyState.NEW))
    late = Compared(new, late.sheet)
    strict = before.run.criteria.replace(minSNR=1e6)
    judge(session, strict)  # meanwhile: other criteria, …
    session.set_label_source("split")  # … other classes, …
    session.curation.journals.arrived.emit(JournalsRead((act("x", 1, unit=900),)))
    shown = session.table
    assert shown is not None
    assert (shown.labels != before.labels).any()
    session.background.comparer.compared.emit(late)
    after = session.table
    assert after is not None
    assert (after.phy, after.criteria, after.source) == (late.phy, strict, "split")
    n = shown.n_units
    assert after.n_units == n + 1
    assert after.labels[:n].tolist() == shown.labels.tolist()
    assert after.labels[n] == Label.UNSCORED
    assert after.text("reason", 0) == shown.text("reason", 0)
    assert after.text("manual_label", n) == "GOOD", "and what was said of a unit that phy made"
    assert session.view.rows.max() == n


def test_a_comparison_of_another_run_is_dropped(session: Session) -> None:
    (late,) = session.held  # type: ignore[attr-defined]
    session.open_location(1)
    assert session.wait_idle(WAIT_MS)
    shown = session.table
    session.background.comparer.compared.emit(late)
    assert session.table is shown


def test_bombcells_answer_by_old_criteria_is_dropped(session: Session) -> None:
    before = session.table
    assert before is not None
    codes = np.full(before.n_scored, int(Label.NOISE), np.int8)
    late = Verified(before.run, before.criteria, Verification("verified", "0.94", codes))
    judge(session, before.run.criteria.replace(minSNR=1e6))
    shown = session.table
    session.background.verifier.answered.emit(late)
    assert session.table is shown
    assert session.scene.verification is None
    judge(session, before.criteria)  # as it was asked
    session.background.verifier.answered.emit(late)
    assert session.table is not None
    assert (session.table.labels == Label.NOISE).all()
    judge(session, before.run.criteria.replace(minSNR=9.0))
    assert not (session.table.labels == Label.NOISE).all(), "it goes with what it was asked of"


def test_what_bombcell_said_is_told_of_no_other_criteria_and_it_is_asked_again(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, verifier = session.table, session.background.verifier
    assert before is not None
    codes = np.full(before.n_scored, int(Label.NOISE), np.int8)
    answer = Verification("verified", "0.94", codes)
    verifier.answered.emit(Verified(before.run, before.criteria, answer))
    assert session.scene.verification is answer
    asked: list[Any] = []
    ask = verifier.ask
    monkeypatch.setattr(verifier, "ask", lambda *what: (asked.append(what), ask(*what)))
    session.set_label_source("saved")  # the same criteria
    session.set_label(Label.GOOD)
    assert asked == []
    assert session.scene.verification is answer
    strict = before.run.criteria.replace(minSNR=1e6)
    judge(session, strict)
    assert session.scene.verification is None, "it is being asked"
    assert [(run is before.run, by is strict) for run, by in asked] == [(True, True)]
    judge(session, before.criteria)
    assert session.scene.verification is None, "as bombcell's labels are not shown by now, either"
    assert [by is before.criteria for _, by in asked] == [False, True]
    verifier.answered.emit(Verified(before.run, before.criteria, answer))
    assert session.scene.verification is answer
    assert session.table is not None
    assert (session.table.bombcell_labels == Label.NOISE).all()
