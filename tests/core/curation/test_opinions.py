"""Who said what of a unit, and where people do not agree."""

from __future__ import annotations

from curation_cases import act, undo

from bcviewer.core.curation.opinions import conflicts, reviewers
from bcviewer.core.curation.replay import replay, with_action
from bcviewer.core.rules.labels import Label


def test_two_people_with_different_labels_are_a_conflict_until_they_agree() -> None:
    state = replay([act("a", 1, "ada", "GOOD"), act("b", 2, "bob", "MUA")])
    (opinions,) = conflicts(state).values()
    assert [(o.person, o.label) for o in opinions] == [("ada", Label.GOOD), ("bob", Label.MUA)]
    assert conflicts(with_action(state, act("c", 3, "ada", "MUA"))) == {}
    assert conflicts(with_action(state, undo("c", 3, "b", "bob"))) == {}
    cleared = with_action(state, act("c", 3, "bob", None))
    assert cleared.label(1) is None
    assert set(conflicts(cleared)) == {1}  # ada's label is not what is shown


def test_a_label_after_a_cleared_one_is_no_conflict() -> None:
    assert conflicts(replay([act("a", 1, "ada", None), act("b", 2, "bob", "MUA")])) == {}


def test_who_reviewed_what() -> None:
    actions = [
        act("a", 1, "ada", unit=1),
        act("b", 2, "bob", unit=1),
        act("c", 3, "bob", unit=2),
        act("d", 4, "bob", None, unit=2),
    ]
    assert reviewers(replay(actions)) == {"ada": {1}, "bob": {1}}
