"""How many units of each probe are decided: known of those never opened, unknown is not none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from qt_fixtures import WAIT_MS, write_recording

from bcviewer.app.curating import decided
from bcviewer.app.prefs import Prefs
from bcviewer.app.session import Session
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.queue import QueueProgress, QueueSpec
from bcviewer.errors import UserError

N = 6
COLUMNS: dict[str, Any] = {"presenceRatio": [1.0, 0.6] * (N // 2)}
Make = Callable[[Path], Session]


@pytest.fixture
def make(qapp: Any, no_leaks: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Return a function that opens a path in a session, which counts at once."""
    monkeypatch.setattr(decided, "START_MS", 0)
    made: list[Session] = []

    def started(path: Path) -> Session:
        made.append(Session())
        made[-1].open(path)
        assert made[-1].wait_idle(WAIT_MS)
        return made[-1]

    yield started
    for session in made:
        session.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a recording of three probes."""
    for i, letter in enumerate("ABC"):  # no two of the same units: they would be one sort
        columns = {**COLUMNS, "maxChannels": [float(i)] * N}
        write_recording(tmp_path / "rec" / f"kilosort4_{letter}", columns)
    return tmp_path / "rec"


def counts(session: Session) -> dict[str, str]:
    """Return what is known of each probe, by its letter."""
    scene = session.scene
    found = {at.probe: scene.decided_of(at) for at in scene.catalogue.locations}
    return {probe: "?" if one is None else one.short for probe, one in found.items()}


def test_each_probe_is_counted_also_those_that_were_never_opened(
    qtbot: Any, make: Make, root: Path
) -> None:
    before = make(root / "kilosort4_B")
    before.set_label(Label.MUA)
    before.set_label(Label.NOISE)
    before.close()
    files = sorted(root.rglob("*"))
    session = make(root)
    qtbot.waitUntil(lambda: counts(session) == {"A": "0/6", "B": "2/6", "C": "0/6"})
    assert sorted(root.rglob("*")) == files  # looking writes nothing
    session.set_label(Label.MUA)
    assert counts(session)["A"] == "1/6"
    session.open_location(2)
    assert session.wait_idle(WAIT_MS)
    assert counts(session)["A"] == "1/6"  # what was shown of it stays
    qtbot.waitUntil(lambda: not session.saying.decided.busy)
    assert counts(session) == {"A": "1/6", "B": "2/6", "C": "0/6"}


def test_what_others_say_of_the_open_probe_is_counted_when_it_comes(
    qtbot: Any, make: Make, root: Path
) -> None:
    session, other = make(root), make(root)
    other.set_label(Label.MUA)
    qtbot.waitUntil(lambda: counts(session)["A"] == "1/6", timeout=WAIT_MS)


def test_a_drive_that_does_not_answer_leaves_its_probe_unknown_and_no_other(
    qtbot: Any, make: Make, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decided, "SILENT_S", 0.0)
    monkeypatch.setattr(decided, "LOOK_MS", 1)
    goes_on, whole = threading.Event(), decided.count_decided

    def hanging(place: Any, *rest: Any) -> QueueProgress:
        if place.probe == "B":
            assert goes_on.wait(WAIT_MS / 1000)
        return whole(place, *rest)

    monkeypatch.setattr(decided, "count_decided", hanging)
    try:
        session = make(root)
        qtbot.waitUntil(lambda: not session.saying.decided.busy, timeout=WAIT_MS)
        assert counts(session)["B"] == "?"
    finally:
        goes_on.set()


def test_what_cannot_be_read_is_unknown_and_the_others_are_counted(
    qtbot: Any, make: Make, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = decided.read_run

    def damaged(place: Any, *rest: Any) -> Any:
        if place.probe == "B":
            raise UserError("damaged")
        return whole(place, *rest)

    monkeypatch.setattr(decided, "read_run", damaged)
    session, failed = make(root), []
    session.failed.connect(failed.append)
    qtbot.waitUntil(lambda: counts(session)["C"] == "0/6")
    assert counts(session) == {"A": "0/6", "B": "?", "C": "0/6"}
    assert failed == []


def test_a_label_that_a_blind_review_hides_is_not_told(qtbot: Any, make: Make, root: Path) -> None:
    before = make(root / "kilosort4_B")
    before.set_label(Label.MUA)  # which the person knows
    before.set_queue(QueueSpec("random", 2, seed=1, blind=True))
    hidden = before.scene.review.rows.tolist()
    before.close()
    Prefs().set_person("bob")
    other = make(root / "kilosort4_B")
    other.set_current(hidden[0])
    other.set_label(Label.NOISE)
    other.close()
    Prefs().set_person(before.scene.person)
    again = make(root)
    qtbot.waitUntil(lambda: counts(again)["B"] != "?")
    shown = make(root / "kilosort4_B")
    assert counts(again)["B"] == counts(shown)["B"] == "≥ 1/6"
