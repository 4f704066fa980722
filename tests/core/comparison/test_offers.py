"""What can be tried is listed whole: saved, tried, and by default."""

from __future__ import annotations

from factories import make_run

from bcviewer.core.comparison.offers import FLAG_TITLES, offers
from bcviewer.core.comparison.proposal import NO_PROPOSAL, OFFERED, Proposal
from bcviewer.core.rules.criteria import FLAGS
from bcviewer.core.rules.defaults import DEFAULT_FLAGS, DEFAULT_THRESHOLDS


def test_every_threshold_and_flag_is_offered_with_its_default() -> None:
    found = offers([make_run().criteria], NO_PROPOSAL)
    assert tuple(offer.name for offer in found) == OFFERED
    assert {o.name: o.default for o in found} == {**DEFAULT_THRESHOLDS, **DEFAULT_FLAGS}
    assert {o.name for o in found if o.is_flag} == set(FLAGS) == set(FLAG_TITLES)
    assert not any(offer.is_moved for offer in found)
    presence = next(offer for offer in found if offer.name == "minPresenceRatio")
    assert (presence.title, presence.saved, presence.now) == ("presence ratio ≥", "0.7", "0.7")


def test_what_is_tried_stands_beside_what_each_run_was_judged_by() -> None:
    own = [make_run(None, {"minPresenceRatio": value}).criteria for value in (0.7, 0.8)]
    by_name = {o.name: o for o in offers(own, NO_PROPOSAL)}
    assert by_name["minPresenceRatio"].saved == by_name["minPresenceRatio"].now == "0.7, 0.8"
    assert by_name["minPresenceRatio"].value is None
    tried = {o.name: o for o in offers(own, Proposal.of({"minPresenceRatio": 0.6}))}
    assert tried["minPresenceRatio"].now == "0.6"
    assert tried["minPresenceRatio"].is_moved
    assert not tried["minSNR"].is_moved
