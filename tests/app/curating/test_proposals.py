"""Proposals of a session: kept with a reason or not at all, remembered, and never in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from qt_fixtures import KINDS, WAIT_MS, write_recording

import bcviewer.app.curating.open_journals as module
from bcviewer.app.curating.proposals import BROUGHT, DAMAGED
from bcviewer.app.prefs import data_folder
from bcviewer.app.session import Session
from bcviewer.app.threads.waiting import wait_until
from bcviewer.core.comparison.kept_proposal import MAX_REASON, NO_RECORD, KeptProposal, Trial
from bcviewer.core.comparison.proposal import NO_PROPOSAL, Proposal
from bcviewer.core.curation.history import history
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.journal.acted_in import results_key
from bcviewer.io.journal.recording_key import recording_key

LOW = Proposal.of({"minPresenceRatio": 0.6})
Make = Callable[[], Session]


@pytest.fixture
def ks_dir(tmp_path: Path) -> Path:
    return write_recording(tmp_path / "ks", KINDS)


@pytest.fixture
def make(qapp: Any, no_leaks: None, ks_dir: Path) -> Iterator[Make]:
    """Return a function that starts a session, with the recording open."""
    made: list[Session] = []

    def started() -> Session:
        made.append(Session())
        return opened(made[-1], ks_dir)

    yield started
    for session in made:
        session.close()


def opened(session: Session, folder: Path) -> Session:
    session.open(folder)
    assert session.wait_idle(WAIT_MS)
    return session


def told(session: Session) -> list[str]:
    out: list[str] = []
    session.notice.connect(out.append)
    return out


def test_it_is_kept_with_a_reason_or_not_at_all(make: Make) -> None:
    session = make()
    proposals = session.saying.proposals
    with pytest.raises(UserError, match="Nothing is tried"):
        proposals.keep("a", "b")
    session.viewing.proposing.take(LOW)
    for reason in ("", "  \n", "x" * (MAX_REASON + 1)):
        with pytest.raises(UserError, match="reason"):
            proposals.keep("a", reason)
    assert proposals.all() == ()
    proposals.keep("  short \n one ", " why ")
    (kept,) = proposals.all()
    assert (kept.name, kept.reason, kept.by) == ("short one", "why", session.curation.person)
    assert kept.base == (("minPresenceRatio", 0.7),)
    assert kept.results.endswith("ks/bombcell")
    assert kept.recording == session.curation.journals.store.key.primary
    assert [t.proposal for t in kept.record.trials] == [NO_PROPOSAL, LOW]
    assert (proposals.now().name, proposals.now().reason) == ("short one", "why")
    session.viewing.proposing.propose("minPresenceRatio", 0.5)
    assert proposals.now().name == "", "another one has no name yet"
    proposals.keep("short one", "better")
    assert [one.reason for one in proposals.all()] == ["better"]
    session.undo()
    assert [one.reason for one in proposals.all()] == ["why"]
    line = next(history(session.scene.said))
    assert line.words == "undid keeping the proposal short one"
    with pytest.raises(UserError, match="bob's"):
        proposals.drop(KeptProposal("x", "y", LOW, by="bob"))


def test_what_is_opened_says_where_it_changes_nothing_or_was_of_other_parameters(
    make: Make,
) -> None:
    session = make()
    said = told(session)
    proposals = session.saying.proposals
    same = Proposal.of({"minPresenceRatio": 0.7})
    proposals.open(KeptProposal("same", "", same), for_all=True)
    assert said[-1] == "“same” changes nothing here: it is what was saved."
    assert not session.scene.for_all
    proposals.open(KeptProposal("", "", LOW, (("minPresenceRatio", 0.8),)))
    assert said[-1] == (
        "The proposal is tried. It was kept over other parameters: minPresenceRatio 0.8, here 0.7."
    )
    session.viewing.proposing.undo()
    assert session.scene.proposal == NO_PROPOSAL


def file_of(ks_dir: Path) -> Path:
    return data_folder() / names.TRIED / f"{results_key(ks_dir / 'bombcell')}.json"


def test_it_is_remembered_in_the_users_data_and_writes_nothing_beside_the_results(
    make: Make, ks_dir: Path
) -> None:
    session = make()
    there = sorted(ks_dir.rglob("*"))
    session.viewing.proposing.take(LOW)
    record = session.viewing.proposing.record
    session.close()
    assert file_of(ks_dir).is_file()
    assert sorted(ks_dir.rglob("*")) == there
    again = make()
    assert again.scene.proposal == LOW
    assert again.viewing.proposing.record == record
    again.viewing.proposing.reset()
    again.close()
    assert make().scene.proposal == NO_PROPOSAL


def test_a_damaged_file_is_one_line_and_nothing_is_tried(make: Make, ks_dir: Path) -> None:
    for text in ("[]", '{"v":1,"changes":{"minPresenceRatio":"x"}}'):
        file_of(ks_dir).parent.mkdir(parents=True, exist_ok=True)
        file_of(ks_dir).write_text(text)
        session = make()
        said = told(session)
        opened(session, ks_dir)  # F5
        assert said.count(DAMAGED) == 1
        assert session.scene.proposal == NO_PROPOSAL


def test_what_a_hand_tried_before_it_was_read_stays(make: Make, ks_dir: Path) -> None:
    session = make()
    session.viewing.proposing.take(LOW)
    session.close()
    again = make()
    said = told(again)
    again.viewing.proposing.propose("minNumSpikes", 50)
    before = again.viewing.proposing.record
    assert not again.viewing.proposing.bring(LOW, NO_RECORD.with_trial(Trial(LOW, (("MUA", 1),))))
    assert "minNumSpikes" in again.scene.proposal.words
    merged = again.viewing.proposing.record
    assert merged.n == before.n + 1
    assert merged.trials[0].counts == (("MUA", 1),), "what was tried before comes first"
    assert BROUGHT not in said


def test_where_the_labels_cannot_be_read_again_it_stays_on(
    make: Make, ks_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make()
    session.viewing.proposing.take(LOW)

    def gone(_: Any) -> Any:
        raise UserError("the drive is gone.")

    monkeypatch.setattr(module, "recording_key", gone)
    run = session.scene.run
    session.open(ks_dir)  # F5
    assert wait_until(lambda: session.scene.run is not run, session.changed, WAIT_MS)
    assert session.wait_idle(WAIT_MS)
    assert not session.curation.is_open
    assert session.scene.proposal == LOW
    with pytest.raises(UserError):
        session.saying.proposals.keep("a", "b")
    monkeypatch.setattr(module, "recording_key", recording_key)
    opened(session, ks_dir)
    assert session.scene.proposal == LOW


def test_where_it_cannot_be_written_is_said_once(qtbot: Any, make: Make) -> None:
    session = make()
    said = told(session)
    folder = data_folder() / names.TRIED
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file")
    proposals = session.saying.proposals
    for value in (0.6, 0.5):
        with qtbot.waitSignal(proposals.writer.failed, timeout=WAIT_MS):
            session.viewing.proposing.propose("minPresenceRatio", value)
    assert sum("What is tried ends with the program" in words for words in said) == 1
