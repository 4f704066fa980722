"""The verdict of a stretch: the rules that any time can be judged by, and no label."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from factories import make_run, sheet_of

from bcviewer.core.audit.states import State
from bcviewer.core.evidence.stretch_verdict import UNDER_WAY, StretchVerdict, stretch_verdict
from bcviewer.core.rules.labels import LABEL_NAMES
from bcviewer.core.run.stretch import Stretch

CHOSEN = Stretch(0.0, 2520.0)
GOOD = {
    "fractionRPVs_estimatedTauR": 0.02,
    "percentageSpikesMissing_gaussian": 3.0,
    "presenceRatio": 0.95,
    "nSpikes": 900.0,
}


def verdict(
    values: dict[str, float],
    columns: Any = None,
    params: Any = None,
    status: float = 1.0,
    why: dict[str, str] | None = None,
) -> StretchVerdict:
    sheet = sheet_of(make_run(columns, params))
    return stretch_verdict(sheet, 0, CHOSEN, values, why or {}, status)


def states(found: StretchVerdict) -> list[State]:
    return [line.state for line in found.lines]


def test_each_rule_is_judged_by_its_own_limit_and_the_label_stays() -> None:
    run = make_run()
    sheet = sheet_of(run)
    before = sheet.labels.copy()
    found = stretch_verdict(sheet, 0, CHOSEN, GOOD, {}, 1.0)
    assert states(found) == [State.PASS] * 4
    assert found.words == "It passes all 4 rules that can be judged in a stretch."
    label = LABEL_NAMES[int(before[0])]
    assert found.head == f"chosen by hand: 0–42 min · the label stays {label}"
    np.testing.assert_array_equal(sheet.labels, before)
    for name, value in (
        ("fractionRPVs_estimatedTauR", 0.3),
        ("percentageSpikesMissing_gaussian", 60.0),
        ("presenceRatio", 0.1),
        ("nSpikes", 20.0),
    ):
        failed = verdict({**GOOD, name: value})
        assert states(failed).count(State.FAIL) == 1
        assert "it fails 1: " in failed.words


def test_a_value_at_its_limit_passes_as_bombcell_compares() -> None:
    limit = sheet_of(make_run()).audit.rules
    found = verdict({**GOOD, "presenceRatio": 0.7})
    assert found.lines[2].state == State.PASS
    assert found.lines[2].stretch.startswith("0.7")
    assert "≥ 0.7" in found.lines[2].stretch
    assert limit is not None


def test_what_is_under_way_and_what_cannot_be_is_no_verdict() -> None:
    found = verdict({"nSpikes": 900.0}, why={"presenceRatio": "no bins"})
    assert states(found) == [State.NOT_TESTED, State.NOT_TESTED, State.NOT_TESTED, State.PASS]
    assert [line.note for line in found.lines] == [UNDER_WAY, UNDER_WAY, "no bins", ""]
    assert found.words == "It passes the only 1 rule that can be judged in a stretch."
    assert verdict({}).words == "No rule can be judged in this stretch so far."
    missing = verdict({**GOOD, "percentageSpikesMissing_gaussian": float("nan")})
    assert missing.lines[1].state == State.MISSING


def test_a_unit_that_is_kept_as_uncertain_is_exempt_in_a_stretch_as_well() -> None:
    contaminated = {**GOOD, "fractionRPVs_estimatedTauR": 1.0}
    on = {"keepUncertainRPVUnits": True}
    assert verdict(contaminated, params=on, status=0.0).lines[0].state == State.EXEMPT
    assert verdict(contaminated, params=on, status=-1.0).lines[0].state == State.FAIL
    assert verdict(contaminated, status=0.0).lines[0].state == State.FAIL


def test_all_other_rules_are_not_for_a_stretch() -> None:
    found = verdict(GOOD)
    assert found.others_words.startswith("Not for a stretch: ")
    for word in ("SNR", "amplitude", "duration"):
        assert word in found.others
    assert "presence ratio" not in found.others


@pytest.mark.parametrize("gone", ["presenceRatio", "fractionRPVs_estimatedTauR"])
def test_a_metric_that_the_run_does_not_have_is_not_tested(gone: str) -> None:
    found = verdict(GOOD, columns={gone: None})
    line = next(line for line in found.lines if line.state == State.NOT_TESTED)
    assert line.note
    assert line.whole == "–"
