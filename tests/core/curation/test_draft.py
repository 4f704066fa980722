"""Notes that are being written: whose they are, and what is left when one is saved."""

from __future__ import annotations

from bcviewer.core.curation.draft import Draft, without

OLD, NEW = Draft((3, 5), "old"), Draft((5, 7), "new")


def test_a_unit_loses_its_last_draft_only_and_the_others_none() -> None:
    assert without((OLD, NEW), [5]) == (OLD, Draft((7,), "new"))
    assert without(without((OLD, NEW), [5]), [5]) == (Draft((3,), "old"), Draft((7,), "new"))
    assert without((OLD, NEW), [3, 5, 7]) == (Draft((5,), "old"),)
    assert without((OLD,), [3, 5]) == ()
