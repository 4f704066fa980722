"""What is said of a proposal: all of it on one line, nothing that a blind review hides."""

from __future__ import annotations

from dataclasses import replace

from factories import again, make_run, sheet_of

from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.retested import Retested
from bcviewer.core.comparison.what_if import tried
from bcviewer.core.comparison.what_if_words import what_if_words
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.sheet import Sheet

LOW = Proposal.of({"minPresenceRatio": 0.6, "keepUncertainRPVUnits": True})


def proposed() -> Sheet:
    """Return two units, of which one is GOOD by the proposal alone."""
    sheet = sheet_of(make_run({"presenceRatio": [0.65, 0.9]}, {"keepUncertainRPVUnits": False}))
    return again(sheet, tried=tried(sheet.inputs, LOW))


def test_all_of_it_is_on_one_line() -> None:
    words = what_if_words(Book([proposed()]), LOW)
    assert words.flips == 1
    assert words.text == (
        "What if · presence ratio ≥ 0.6 (0.7) · keepUncertainRPVUnits true (false)"
        " · GOOD 1 → 2 (+1 −0) · MUA 1 → 0 (+0 −1)"
    )


def test_a_blind_review_hides_what_becomes_of_the_classes() -> None:
    words = what_if_words(Book([again(proposed(), hidden=(0,))]), LOW)
    assert (words.classes, words.flips) == ((), -1)
    assert words.notes == ("its counts are hidden by the blind review",)
    assert "GOOD" not in words.text
    assert words.changes[0] == ("minPresenceRatio", "presence ratio ≥ 0.6 (0.7)")


def test_how_far_the_test_at_another_limit_is_is_told_of_all_runs_together() -> None:
    sheets = [proposed(), proposed()]
    one, other = (Retested(sheet.run, 0.2, 1000) for sheet in sheets)
    book = Book(sheets, ["a", "b"])

    def told(*found: Retested) -> tuple[str, ...]:
        return what_if_words(book, LOW, found).notes

    ended = replace(one, n_done=1000, ended=True, why="no spikes")
    assert told(ended, replace(other, n_done=20)) == ("RPV status of 2,000 units: 1,020 done",)
    same = replace(ended, run=other.run)
    assert told(ended, same) == (
        "RPV status of 2,000 units: 2,000 cannot be tested anew: no spikes",
    )
    assert told(replace(one, n_units=0, ended=True)) == told() == ()
