"""Notes that are being written: whose they are, and what is left when one is saved."""

from __future__ import annotations

from bcviewer.core.curation.draft import Draft, draft_of, is_now, only, without
from bcviewer.core.curation.replay import with_spikes
from bcviewer.core.curation.state import CurationState
from bcviewer.core.run.unit_ids import BEING_READ, NOT_YET, OF_NONE, REST

ONE, TWO = draft_of([(5, "one")], "of one"), draft_of([(5, "two"), (3, "")], "of two")
OLD, NEW = Draft((3, 5), "old"), Draft((5, 7), "new")


def test_a_unit_loses_its_last_draft_only_and_the_others_none() -> None:
    assert without((OLD, NEW), [5]) == (OLD, Draft((7,), "new"))
    assert without(without((OLD, NEW), [5]), [5]) == (Draft((3,), "old"), Draft((7,), "new"))
    assert without((OLD, NEW), [3, 5, 7]) == (Draft((5,), "old"),)
    assert without((OLD,), [3, 5]) == ()


def test_a_draft_is_of_the_unit_that_has_its_spikes() -> None:
    state = with_spikes(CurationState(), {5: "one"})

    def is_now_here(cluster_id: int, spikes: str) -> bool:
        return is_now(state, cluster_id, spikes)

    older = Draft((5, 3), "older")  # without a digest: of those that Kilosort made
    drafts = (older, ONE, TWO)
    assert only(drafts, is_now_here) == (Draft((3,), "older"), ONE, Draft((3,), "of two"))
    assert without(drafts, [5], is_now_here) == (older, TWO)
    assert without(drafts, [3, 5], is_now_here) == (older, draft_of([(5, "two")], "of two"))
    assert without(drafts, [5]) == (older, ONE, Draft((3,), "of two"))
    assert list(TWO.units) == [(5, "two"), (3, "")]
    assert draft_of([(5, ""), (3, "")], "older") == Draft((5, 3), "older")
    state = with_spikes(state, NOT_YET)
    assert only(drafts, is_now_here) == ()  # of whom one without a digest is, is not known either
    state = with_spikes(state, {5: "two", REST: OF_NONE})
    assert only(drafts, is_now_here) == (Draft((3,), "older"), TWO)
    early = draft_of([(5, BEING_READ), (3, "")], "early")
    assert only([early], is_now_here) == (early,)  # by its id: nobody knew more of it
    for unknown in (NOT_YET, {5: ""}):
        state = with_spikes(state, unknown)
        assert early not in only([early], is_now_here)
    state = with_spikes(state, {})
    assert only(drafts, is_now_here) == drafts  # the files do not say
