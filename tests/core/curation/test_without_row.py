"""What was said of units that a table has no row of is counted, each once."""

from __future__ import annotations

from curation_cases import act, note, undo

from bcviewer.core.curation.entries import LABEL, NOTE, SPIKES, STABLE, Change
from bcviewer.core.curation.manual import ManualUnit, said_words
from bcviewer.core.curation.replay import replay, with_spikes
from bcviewer.core.curation.without_row import without_row
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.stretch import make_stretch
from bcviewer.core.run.unit_ids import OF_NONE, REST


def of_spikes(field: str, value: str | None, spikes: str, unit: int = 9) -> tuple[Change, ...]:
    return (Change(unit, field, None, value, ((SPIKES, spikes),)),)


def test_what_was_said_in_words() -> None:
    assert said_words([]) == said_words([ManualUnit()]) == ""
    both = [ManualUnit(Label.GOOD, "why?"), ManualUnit(Label.MUA)]
    assert said_words(both) == "2 manual labels and 1 note"
    kept = ManualUnit(None, stable="1 2")
    assert said_words(iter([*both, kept])) == "2 manual labels, 1 note and 1 stable time"


def test_units_that_have_a_row_are_not_among_them() -> None:
    state = replay([act("a", 1), act("b", 2, unit=7), note("c", 3, "why?", unit=8)])
    left = without_row(state, {1, 8})
    assert (list(left.units), left.of_others, left.words) == ([7], (), "1 manual label")
    assert without_row(state, {1, 7, 8}).words == ""


def test_a_row_without_an_id_is_no_unit() -> None:
    assert without_row(replay([act("a", 1, unit=-1)]), ()).words == ""


def test_what_was_said_of_other_spikes_is_counted_by_unit() -> None:
    """phy gave the id 9 to two units, one after the other: it has neither of them now."""
    said = [
        act("a", 1, changes=of_spikes(LABEL, "GOOD", "first")),
        act("b", 2, changes=of_spikes(LABEL, "MUA", "first")),
        act("c", 3, changes=of_spikes(NOTE, "two cells?", "first")),
        act("d", 4, changes=of_spikes(LABEL, "NOISE", "second")),
        act("e", 5, changes=of_spikes(LABEL, "GOOD", "third")),
        undo("f", 6, "e"),
        act("g", 7, changes=of_spikes(LABEL, None, "fourth")),
    ]
    state = with_spikes(replay(said), {REST: OF_NONE})
    for rows in ((), {9}):
        left = without_row(state, rows)
        assert not left.units
        assert left.of_others[:2] == (
            ManualUnit(Label.MUA, "two cells?"),
            ManualUnit(Label.NOISE),
        )
        assert left.words == "2 manual labels and 1 note"
    still = without_row(with_spikes(replay(said), {9: "second", REST: OF_NONE}), ())
    assert [unit.label for unit in still.units.values()] == [Label.NOISE]
    assert still.words == "2 manual labels and 1 note"


def test_a_stable_time_of_other_spikes() -> None:
    times = make_stretch(10.0, 20.0).written
    said = [act("a", 1, kind=STABLE, changes=of_spikes(STABLE, times, "first"))]
    known = replay(said)
    assert known.units, "the time is one that is read"
    assert without_row(with_spikes(known, {REST: OF_NONE}), ()).words == "1 stable time"
