"""Proposals that are kept: in the journal, in a file, as Python; nothing in a text is believed."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from curation_cases import act, undo
from factories import again, make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.comparison.kept_proposal import (
    MOST_TRIED,
    NO_RECORD,
    KeptProposal,
    Trial,
    base_of,
    kept_since,
    other_base,
    snippet,
    trial_of,
)
from bcviewer.core.comparison.proposal import NO_PROPOSAL, OFFERED, Proposal
from bcviewer.core.comparison.proposal_actions import (
    kept_proposals,
    payload,
    proposal_of,
    there,
)
from bcviewer.core.comparison.proposal_text import (
    from_text,
    read_record,
    record_text,
    to_text,
)
from bcviewer.core.comparison.what_if import tried
from bcviewer.core.curation.entries import DROP, KEEP, Action
from bcviewer.core.curation.folding import REACH, folded
from bcviewer.core.curation.history import brief, units_of, words_of
from bcviewer.core.curation.lines import JournalLine, format_line, parse_line
from bcviewer.core.curation.replay import replay, with_action
from bcviewer.core.rules.criteria import FLAGS
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.derive import Settled, settled
from bcviewer.core.sheet.frame import to_frame
from bcviewer.errors import UserError

LOW = Proposal.of({"minPresenceRatio": 0.6, "computeDrift": False})
RECORD = NO_RECORD.with_trial(Trial(NO_PROPOSAL, (("GOOD", 19),))).with_trial(
    Trial(LOW, (("GOOD", 57), ("MUA", 726)), 3)
)
KEPT = KeptProposal(
    "strict",
    "short recordings:\nunits come and go",
    LOW,
    (("minPresenceRatio", 0.7), ("computeDrift", None)),
    RECORD,
    "ada",
    "2026-03-01T00:00:01.000000Z",
    "key",
    "/data/ks/bombcell",
)


def keep(name: str, seconds: float, kept: KeptProposal = KEPT, who: str = "ada") -> Action:
    change = there(who, kept.name, False, True)
    return act(
        name,
        seconds,
        who,
        kind=KEEP,
        changes=(change,),
        source=kept.name,
        extra=payload(kept),
    )


def drop(name: str, seconds: float, who: str = "ada") -> Action:
    change = there(who, KEPT.name, True, False)
    return act(name, seconds, who, kind=DROP, changes=(change,), source=KEPT.name)


def test_it_is_an_action_of_the_journal_that_is_written_undone_and_taken_away() -> None:
    action = keep("k", 1)
    text = format_line(JournalLine(action, "key", "r"))
    assert parse_line(text).action == action
    state = replay([action])
    (found,) = kept_proposals(state)
    assert found == replace(KEPT, at=found.at, recording="")
    assert (
        words_of(state, action) == "proposal kept: strict (“short recordings: units come and go”)"
    )
    assert brief(action) == "keeping the proposal strict"
    assert units_of(state, action) == (), "it is of no unit"
    assert dict(state.units) == {}
    back = undo("u", 2, "k")
    assert kept_proposals(replay([action, back])) == ()
    assert words_of(replay([action, back]), back) == "undid keeping the proposal strict"
    gone = drop("d", 2)
    assert kept_proposals(replay([action, gone])) == ()
    assert words_of(replay([gone]), gone) == "proposal removed: strict"
    assert brief(gone) == "removing the proposal strict"
    assert len(kept_proposals(replay([action, gone, undo("v", 3, "d")]))) == 1
    marks = state.changes_of_mark("undo", action)
    assert [(c.old, c.new) for c in marks] == [("there", "")], "undo says that something is gone"


def test_nobody_takes_away_or_replaces_what_another_person_kept() -> None:
    other = KeptProposal("strict", "mine", Proposal.of({"minPresenceRatio": 0.5}))
    actions = [keep("k", 1), keep("b", 2, other, "bob"), drop("d", 3, "bob"), keep("e", 4)]
    want = kept_proposals(replay(actions))
    assert [(k.by, k.reason) for k in want] == [("ada", KEPT.reason)]
    both = kept_proposals(replay(actions[:2]))
    assert [k.by for k in both] == ["ada", "bob"]
    again = KeptProposal("strict", "better", LOW)
    assert [k.reason for k in kept_proposals(replay([keep("k", 1), keep("l", 2, again)]))] == [
        "better"
    ]
    for order in permutations(actions):
        state = replay([])
        for action in order:
            state = with_action(state, action)
        assert kept_proposals(state) == want


def test_folding_keeps_it() -> None:
    more = [act(f"m{i}", 10 + i / 1000, unit=i) for i in range(REACH)]
    for actions in ([keep("k", 1)], [keep("k", 1), drop("d", 2)]):
        state = replay([*actions, *more])
        left = folded(state, actions[0].who, {"p1"})
        assert kept_proposals(replay(left)) == kept_proposals(state)


@pytest.mark.parametrize(
    "extra",
    [
        (),
        (("proposal", 3),),
        (("proposal", {"changes": {}}),),
        (("proposal", {"changes": {"minPresenceRatio": "x"}}),),
        (("proposal", {"changes": {"tauC": 1}}),),
    ],
)
def test_what_cannot_be_read_is_none_and_leaves_the_one_before(extra: Any) -> None:
    odd = keep("o", 2)._replace(extra=extra)
    assert proposal_of(odd) is None
    assert words_of(replay([odd]), odd) == "proposal kept: strict"
    assert len(kept_proposals(replay([keep("k", 1), odd]))) == 1
    assert proposal_of(keep("k", 1)._replace(source="")) is None


VALUES = st.dictionaries(st.sampled_from(OFFERED), st.floats(allow_nan=False), max_size=6).map(
    lambda found: Proposal.of({n: v > 0 if n in FLAGS else v for n, v in found.items()})
)


@given(VALUES, st.lists(VALUES, max_size=4), st.text(max_size=40))
def test_a_text_gives_back_what_was_written(
    proposal: Proposal, tried: list[Proposal], reason: str
) -> None:
    record = NO_RECORD
    for one in tried:
        record = record.with_trial(Trial(one, (("GOOD", 1),)))
    kept = KeptProposal("a", reason, proposal, base_of(proposal, make_run({}).criteria), record)
    if proposal.changes:
        assert from_text(to_text(kept)) == kept
    assert read_record(record_text(proposal, record)) == (proposal, record)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"format": "x"}, "it is no proposal of bcviewer"),
        ({"version": 2}, "a newer version wrote it"),
        ({"version": True}, "a newer version wrote it"),
        ({"name": 3}, "a wrong name"),
        ({"by": "a\nb"}, "a wrong by"),
        ({"reason": "x" * 3000}, "a wrong reason"),
        ({"changes": []}, "no changes"),
        ({"changes": {}}, "it changes nothing"),
        ({"changes": {"minPresenceRatio": None}}, "minPresenceRatio: a wrong value"),
        ({"changes": {"minPresenceRatio": 10**400}}, "minPresenceRatio: a wrong value"),
        ({"changes": {"minPresenceRatio": "nan"}}, "minPresenceRatio=nan: is a threshold."),
        ({"changes": {"minPresenceRatio": math.inf}}, "minPresenceRatio: a wrong value"),
        ({"changes": {"minPresenceRatio": "0" * 200 + "7"}}, "minPresenceRatio: a wrong value"),
        ({"changes": {"computeDrift": 0.5}}, "computeDrift=0.5: is on or off."),
        ({"changes": {"odd": 1}}, "odd: is no threshold or flag of Bombcell's."),
        ({"changes": {"tauR_values": 1}}, "tauR_values: chooses how a metric is measured"),
        ({"base": 3}, "no base"),
        ({"tried": 3}, "a wrong record of what was tried"),
        ({"tried": [3]}, "a wrong record of what was tried"),
        ({"tried": [{}] * (MOST_TRIED + 1)}, "a wrong record of what was tried"),
        ({"tried": [{"changes": {}, "counts": {"ODD": 1}}]}, "a wrong record of what was tried"),
        ({"tried": [{"changes": {}, "counts": {"GOOD": -1}}]}, "a wrong record of what was tried"),
        ({"n_tried": "x"}, "a wrong record of what was tried"),
    ],
)
def test_nonsense_is_refused_in_one_line(change: dict[str, Any], why: str) -> None:
    text = json.dumps({**json.loads(to_text(KEPT)), **change})
    with pytest.raises(UserError) as caught:
        from_text(text)
    assert caught.value.message.startswith(why)
    assert "\n" not in str(caught.value)


def test_a_name_twice_is_refused() -> None:
    text = to_text(KEPT).replace(
        '"minPresenceRatio":', '"minPresenceRatio": 0.1, "minPresenceRatio":'
    )
    with pytest.raises(UserError, match="it has a name twice"):
        from_text(text)


@pytest.mark.parametrize("text", ["", "[]", "3", "{", "[" * 100_000, '{"a": NaN}'])
def test_what_is_no_proposal_is_none(text: str) -> None:
    with pytest.raises(UserError):
        from_text(text)
    assert read_record(text) is None
    assert read_record(json.dumps({"v": 1, "changes": 3})) is None


def test_a_record_says_each_once_and_has_an_end() -> None:
    record = NO_RECORD
    for i in range(MOST_TRIED + 50):
        record = record.with_trial(Trial(Proposal.of({"minPresenceRatio": float(i)})))
    assert (len(record.trials), record.n) == (MOST_TRIED, MOST_TRIED + 50)
    assert record.trials[0].proposal.words == "minPresenceRatio=0", "what it began with stays"
    assert record.trials[-1].proposal.words == f"minPresenceRatio={MOST_TRIED + 49}"
    assert record.with_trial(record.trials[5]) is record
    assert record.trials[0].words == "hidden by a blind review"
    assert RECORD.trials[1].words == "GOOD 57, MUA 726, 3 need a run"


def test_since_when_it_is_kept_is_the_first_time() -> None:
    early, late = replace(KEPT, at="2026-02-01T00:00:00.000000Z"), replace(KEPT, name="again")
    other, undated = replace(early, proposal=NO_PROPOSAL), replace(KEPT, at="")
    assert kept_since((late, early, other, undated), LOW) == early.at
    assert kept_since((other, undated), LOW) == ""


def test_another_base_is_told() -> None:
    criteria = make_run({}).criteria
    kept = KeptProposal("a", "b", LOW, base_of(LOW, criteria))
    assert other_base(kept, criteria) == ""
    moved = criteria.replace(minPresenceRatio=0.8)
    assert other_base(kept, moved) == "minPresenceRatio 0.7, here 0.8"
    void = criteria.replace(minPresenceRatio=float("nan"))
    assert dict(base_of(LOW, void))["minPresenceRatio"] is None


def test_as_python_it_runs_and_says_where_it_is_from() -> None:
    odd = Proposal.of({"minPresenceRatio": 0.6, "maxNPeaks": float("inf"), "extractRaw": True})
    base = (("minPresenceRatio", 0.7), ("extractRaw", None))
    kept = KeptProposal("a\u2028b", "one\r\ntwo\x0cimport os", odd, base, NO_RECORD, "ada", KEPT.at)
    for one in (kept, KEPT, KeptProposal("", "", odd)):
        param: dict[str, Any] = {}
        exec(snippet(one), {"param": param})
        assert param == dict(one.proposal.changes)
    text = snippet(KEPT)
    assert text.startswith(
        "# Proposal “strict”, by ada, 2026-03-01\n# Results: /data/ks/bombcell\n"
    )
    assert "# Reason: short recordings:\n# Reason: units come and go\n" in text
    assert 'param["minPresenceRatio"] = 0.6  # was 0.7\n' in text
    assert 'param["computeDrift"] = False  # was absent\n' in text
    nameless = snippet(KeptProposal("", "", LOW, results="/a\nimport os"))
    assert nameless.startswith("# Proposal tried in bcviewer, and not kept\n# Results: /a import")


def test_what_is_seen_of_a_proposal_is_counted_unless_it_is_hidden() -> None:
    run = make_run({"presenceRatio": [0.9, 0.65, 0.55], "nSpikes": [2400.0, 2400.0, 0.0]})
    plain = sheet_of(run)
    low = Proposal.of({"minPresenceRatio": 0.6})
    sheet = again(plain, tried=tried(plain.inputs, low))
    assert trial_of(Book([plain]), NO_PROPOSAL).counts == (("GOOD", 1), ("MUA", 1))
    assert trial_of(Book([sheet]), NO_PROPOSAL).counts == (("GOOD", 1), ("MUA", 1))
    assert trial_of(Book([sheet]), low) == Trial(low, (("GOOD", 2),))
    decay = Proposal.of({"spDecayLinFit": not run.criteria.flags["spDecayLinFit"]})
    asked = trial_of(Book([again(plain, tried=tried(plain.inputs, decay))]), decay)
    assert asked.unanswered > 0
    assert trial_of(Book([again(sheet, hidden=(1,))]), low) == Trial(low)
    with pytest.raises(ValueError, match="a proposal is tried"):
        to_frame(Settled(sheet))
    assert len(to_frame(settled(sheet))) == 3


def test_a_drag_is_one_line_of_the_record_and_records_go_on() -> None:
    def at(value: float) -> Trial:
        return Trial(Proposal.of({"minPresenceRatio": value}))

    record = NO_RECORD.with_trial(Trial(NO_PROPOSAL)).with_trial(at(0.6))
    dragged = record.with_trial(at(0.5)).with_trial(at(0.4), goes_on=True)
    assert [t.proposal.words[-3:] for t in dragged.trials] == ["", "0.6", "0.4"]
    assert dragged.n == 4
    later = NO_RECORD.with_trial(Trial(NO_PROPOSAL)).with_trial(at(0.3))
    both = dragged.and_then(later)
    assert [t.proposal.words[-3:] for t in both.trials] == ["", "0.6", "0.4", "0.3"]
    assert both.n == 5, "what it began with is the same"
