"""What is wanted of units, and which answers are kept."""

from __future__ import annotations

from bcviewer.app.background.wanted import KEPT_UNITS, KnownAnswers, Wanted
from bcviewer.core.evidence.ask import Ask

SHAPE, TIME = Ask("waveform"), Ask("drift")


def test_each_thing_is_wanted_once_of_the_current_unit_and_less_of_the_next() -> None:
    wanted = Wanted.of(3, [SHAPE, TIME, SHAPE], [4, 2], [SHAPE])
    assert wanted.of_row(3) == (SHAPE, TIME)
    assert wanted.of_row(4) == wanted.of_row(2) == (SHAPE,)
    assert wanted.of_row(-1) == ()


def test_nothing_is_wanted_of_no_unit() -> None:
    assert Wanted().of_row(Wanted().row) == ()


def test_the_units_that_were_wanted_last_are_kept() -> None:
    known = KnownAnswers()
    for row in range(KEPT_UNITS):
        known.add(row, {SHAPE: row})
    known.use(0)
    known.add(KEPT_UNITS, {SHAPE: "new"})
    assert len(known) == KEPT_UNITS
    assert 0 in known
    assert 1 not in known
    known.add(0, {TIME: "more"})
    assert dict(known.of(0)) == {SHAPE: 0, TIME: "more"}
    assert dict(known.of(1)) == {}


def test_answers_of_another_run_are_forgotten() -> None:
    known = KnownAnswers()
    known.add(0, {SHAPE: 1})
    known.clear()
    assert len(known) == 0
    known.use(0)
    assert not known.of(0)
