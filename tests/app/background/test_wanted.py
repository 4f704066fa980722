"""What is wanted of units, and which answers are kept."""

from __future__ import annotations

from bcviewer.app.background.wanted import (
    KEPT_STRETCHES,
    KEPT_UNITS,
    KnownAnswers,
    UnitAt,
    Wanted,
)
from bcviewer.core.evidence.ask import Ask
from bcviewer.core.run.stretch import Stretch

SHAPE, TIME = Ask("waveform"), Ask("drift")


def test_each_thing_is_wanted_once_of_the_current_unit_and_less_of_the_next() -> None:
    wanted = Wanted.of(3, [SHAPE, TIME, SHAPE], [4, 2], [SHAPE])
    assert wanted.asks == (SHAPE, TIME)
    assert (wanted.ahead, wanted.asks_ahead) == ((4, 2), (SHAPE,))


def test_the_units_that_were_wanted_last_are_kept() -> None:
    known = KnownAnswers()
    units = [UnitAt(row, 100 + row) for row in range(KEPT_UNITS + 1)]
    for unit in units[:-1]:
        known.add(unit, {SHAPE: unit.row})
    known.use(units[0])
    known.add(units[-1], {SHAPE: "new"})
    assert len(known) == KEPT_UNITS
    assert units[0] in known
    assert units[1] not in known
    known.add(units[0], {TIME: "more"})
    assert dict(known.of(units[0])) == {SHAPE: 0, TIME: "more"}
    assert dict(known.of(units[1])) == {}


def test_neither_its_row_nor_its_id_alone_is_a_unit() -> None:
    known = KnownAnswers()
    known.add(UnitAt(3, 7), {SHAPE: 1})
    for other in (UnitAt(3, 8), UnitAt(4, 7)):  # one that phy made since; one with the same id
        assert other not in known
        known.use(other)
        assert not known.of(other)
    assert known.of(UnitAt(3, 7)) == {SHAPE: 1}


def test_of_the_stretches_of_a_unit_the_last_ones_are_kept_and_the_whole_always() -> None:
    known, unit = KnownAnswers(), UnitAt(3, 7)
    known.add(unit, {SHAPE: "whole"})
    stretches = [Stretch(0.0, float(end)) for end in range(1, KEPT_STRETCHES + 3)]
    for stretch in stretches:
        for kind in ("drift", "isi"):
            known.add(unit, {Ask(kind, stretch=stretch): stretch.stop_s})
    kept = {ask.stretch for ask in known.of(unit) if ask.stretch}
    assert kept == set(stretches[-KEPT_STRETCHES:])
    assert known.of(unit)[SHAPE] == "whole"
    assert len(known.of(unit)) == 1 + 2 * KEPT_STRETCHES
