"""What was said of a field is in order, and apart by the spikes that it was said of; at once."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from curation_cases import act, journals
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.curation import replay as replaying
from bcviewer.core.curation.entries import LABEL, SPIKES, Action, Change, is_known
from bcviewer.core.curation.replay import replay, with_action, with_spikes
from bcviewer.core.curation.state import CurationState, Field, Said, tell_apart

N = 300


def of(value: str | None, spikes: str = "", unit: int = 5) -> Change:
    """Return a label of a unit of some spikes; of whatever has the id where none are given."""
    return Change(unit, LABEL, None, value, ((SPIKES, spikes),) if spikes else ())


def as_defined(actions: Sequence[Action]) -> dict[Field, list[Said]]:
    """Return what was said of each field, oldest first; of what one action said twice the last."""
    out: dict[Field, list[Said]] = {}
    for action in sorted(actions, key=lambda a: a.key):
        for change in () if action.is_mark else filter(is_known, action.changes):
            said = Said(action.key, change.new, action.said_by, change.spikes)
            field = out.setdefault((change.cluster_id, change.field), [])
            field[:] = [s for s in field if (s.key, s.spikes) != (said.key, said.spikes)]
            field.append(said)
    return out


@given(journals(), st.randoms())
def test_it_is_all_that_was_said_in_order(drawn: list[Action], rng: random.Random) -> None:
    def again(change: Change) -> list[Change]:
        which = [rng.choice(("", "x", "y")) for _ in range(rng.choice((1, 1, 1, 3)))]
        return [change._replace(extra=((SPIKES, one),) if one else ()) for one in which]

    actions = [a._replace(changes=tuple(c for one in a.changes for c in again(one))) for a in drawn]
    expected = as_defined(actions)
    state, known = replay(actions), with_spikes(replay(actions), dict.fromkeys(range(4), "x"))
    rng.shuffle(actions)
    one_by_one = CurationState()
    for action in actions:
        one_by_one = with_action(one_by_one, action)
    assert one_by_one == state
    for field, said in expected.items():
        if any(one.spikes for one in said):
            assert list(state.of_spikes[field]) == said
        here = [one for one in said if one.spikes in ("", "x")]
        assert list(known.said.get(field, ())) == here
        assert list(known.elsewhere.get(field, ())) == [s for s in said if s not in here]


@pytest.mark.parametrize("apart", [False, True])
def test_many_labels_of_one_unit_are_gone_through_once(
    monkeypatch: pytest.MonkeyPatch, *, apart: bool
) -> None:
    gone_through = []

    def counted(state: CurationState, field: Field) -> None:
        gone_through.append(field)
        tell_apart(state, field)

    monkeypatch.setattr(replaying, "tell_apart", counted)
    spikes = [str(i) if apart else "x" for i in range(N)]
    actions = [act(f"a{i:03}", i, changes=(of("GOOD", one),)) for i, one in enumerate(spikes)]
    state = replay([*actions, act("whatever", N, changes=(of("MUA"),))])
    assert gone_through == [(5, LABEL)]
    assert len(state.of_spikes[5, LABEL]) == N + 1


def test_of_what_one_action_says_twice_the_last_counts_and_nothing_unknown_does() -> None:
    changes = (of("GOOD"), of("MUA", "x"), of("NOISE"), of("newer", "x"), of("good", "x", 6))
    state = with_spikes(replay([act("twice", 1, changes=changes)]), {5: "x", 6: "x"})
    assert [(s.value, s.spikes) for s in state.said[5, LABEL]] == [("MUA", "x"), ("NOISE", "")]
    assert (6, LABEL) not in state.said
    assert replay([act("unknown", 1, changes=(of("newer", "x"),))]).said == {}
