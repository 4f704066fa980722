"""What is to be known of a unit beside its rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from curation_cases import act, note
from factories import make_run, sheet_of

from bcviewer.core.curation.replay import replay
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.phy import Phy, PhyState, unread
from bcviewer.core.run.scored import Scored, ScoredUnits
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.explain import Verdict, explain
from bcviewer.core.sheet.facts import facts_of
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.core.sheet.sheet import Sheet

NAN, INF = float("nan"), float("inf")
SPLIT = {"splitGoodAndMua_NonSomatic": True}


def table(columns=None, params=None, recomputed=None, **more) -> Sheet:
    run = make_run(columns, params, **more)
    codes = None if recomputed is None else np.array(recomputed, np.int8)
    return sheet_of(run, codes=codes)


def verdict(columns=None, params=None, recomputed=None, **more) -> Verdict:
    return explain(table(columns, params, recomputed, **more), 0)


# Facts


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (1.0, "RPV: shown clean, below the limit at one tested refractory period or more"),
        (-1.0, "RPV: not shown clean although there were enough spikes"),
        (0.0, "RPV: too few spikes to say"),
        (NAN, "RPV: not assessed (no verdict in these results)"),
    ],
)
def test_the_rpv_verdict_in_words(status, words):
    assert verdict({"RPV_status": status}).facts[0] == words


def test_a_drift_of_exactly_0_is_no_stability():
    told = "drift of exactly 0 shows nothing: most spikes have no positive first component"
    assert any(fact.startswith(told) for fact in verdict({"maxDriftEstimate": 0.0}).facts)
    for known in (0.01, NAN):
        facts = verdict({"maxDriftEstimate": known}).facts
        assert not any("drift" in fact for fact in facts)


def in_phy(own: str, group: str, bcv_label: str = "", kilosort: str = "") -> list[str]:
    """Return what *Why* says of phy's label of a GOOD unit with a label of one's own."""
    groups = {"phy_group": np.array([group], object)}
    run = make_run(None, ks_label=np.array([kilosort], object) if kilosort else None, **groups)
    phy = replace(unread(run), bcv_labels={0: bcv_label} if bcv_label else {})
    said = replay([act("a", 1, label=own, unit=0)] if own else [])
    sheet = sheet_of(run, phy=phy, said=said)
    hidden = derive(replace(sheet.inputs, hidden=(0,)))
    assert not any(fact.startswith("phy: ") for fact in facts_of(hidden, 0)), "it is a label"
    return [fact for fact in facts_of(sheet, 0) if fact.startswith("phy: ")]


def test_a_label_that_phy_saved_is_a_fact_where_it_is_another_one_than_here():
    # seen: what was made good in phy and saved was told nowhere beside one's own MUA
    assert in_phy("MUA", "good") == ["phy: good"]
    assert in_phy("MUA", "mua") == in_phy("MUA", "unsorted") == in_phy("MUA", "") == []
    assert in_phy("", "noise") == ["phy: noise"], "Bombcell says GOOD"
    assert in_phy("", "good") == in_phy("", "unsorted") == []
    assert in_phy("NON-SOMA", "good", "NON-SOMA") == [], "phy has no group for it"
    assert in_phy("NON-SOMA", "good") == ["phy: good"]
    assert in_phy("MUA", "mua", "NON-SOMA") == ["phy: mua, bcv_label NON-SOMA"]
    assert in_phy("MUA", "good", "MUA") == ["phy: good, bcv_label MUA"]


def test_a_group_that_kilosort_wrote_for_all_units_was_chosen_by_nobody():
    assert in_phy("", "mua", kilosort="mua") == []
    assert in_phy("NOISE", "mua", kilosort="mua") == ["phy: mua"]


def after_phy(snr: float = 7.0, *, raw: bool = False, curated: bool = True) -> Sheet:
    """Return a run that Bombcell made, or did not make, after phy and with the raw file."""
    run = make_run({"signalToNoiseRatio": snr}, {"extractRaw": raw})
    phy = replace(unread(run), after_phy=curated)
    return derive(replace(Inputs.of(run), phy=phy))


def test_an_snr_of_a_run_after_phy_without_the_raw_file_is_not_trusted():
    told = "SNR may be of another unit: Bombcell was run after phy without the raw file"
    assert told in explain(after_phy(), 0).facts
    for known in (after_phy(raw=True), after_phy(curated=False), after_phy(NAN)):
        assert told not in explain(known, 0).facts
    assert told not in verdict({"signalToNoiseRatio": 7.0}, {"extractRaw": False}).facts


@pytest.mark.parametrize("scored", ["not", "being", "here"])
def test_a_label_that_a_file_has_of_what_phy_made_is_no_verdict(scored):
    """phy's save writes one for merged units, which Bombcell never scored."""
    run = make_run({"presenceRatio": [1.0, 1.0]})
    made = np.array([60])
    state = np.array([PhyState.GONE, PhyState.GONE, PhyState.NEW], np.int8)
    details = {0: "merged into 60", 1: "merged into 60", 2: "50% from 0, 50% from 1"}
    phy = Phy(run, state, made, details, tsv_labels={60: "GOOD"})
    found = {"here": {60: Scored(make_run(), Label.GOOD)}}.get(scored, {})
    known = None if scored == "not" else ScoredUnits(run, found, {60: (60,)})
    sheet = derive(replace(Inputs.of(run), phy=phy, scored=known))
    told = "cluster_bc_unitType.tsv says GOOD of it: not by this run, which never scored it"
    assert sum(fact.startswith(told) for fact in explain(sheet, 2).facts) == 1
    assert not any("bc_unitType" in fact for fact in explain(sheet, 0).facts)
    hidden = derive(replace(sheet.inputs, hidden=(0, 1, 2)))
    assert not any("bc_unitType" in fact for fact in explain(hidden, 2).facts)


def test_kept_time_in_words():
    chunks = {"computeTimeChunks": True}
    half = verdict(None, chunks, session_s=(0.0, 2400.0))
    assert half.facts[1] == "kept time: 50% of the session"
    assert verdict().facts[1] == "kept time: 100% of the session"
    assert verdict(None, chunks).facts[1] == "kept time: the session's length is unknown"
    none = verdict({"useTheseTimesStart": NAN}, chunks, session_s=(0.0, 2400.0))
    assert none.facts[1] == "kept time: unknown, Bombcell saved none of this unit"


def test_what_was_said_of_an_id_that_is_on_two_rows_stands_on_both_and_that_is_told():
    """From before the id was doubled, or in sight of other results: nobody can say it now."""
    run = make_run({"presenceRatio": [1.0, 1.0, 1.0]}, cluster_id=np.array([3, 3, 4]))
    why = "id 3 is on two rows: nothing can be said about one of them"
    unsaid = sheet_of(run)
    assert [facts_of(unsaid, row)[0] for row in (0, 1)] == [why, why]
    assert "that id 3 was given" not in " ".join(facts_of(unsaid, 0))
    label = act("a", 1, label="MUA", unit=3)
    noted = note("b", 2, "drifts", unit=3)
    both = sheet_of(run, said=replay([label, noted]))
    told = "the label MUA and the note that id 3 was given stand on each of these rows"
    for row in (0, 1):
        assert facts_of(both, row)[:2] == [why, f"{told}: which one was meant is not known"]
    assert facts_of(sheet_of(run, said=replay([noted])), 0)[1].startswith("the note that id 3 was")
    assert "on each of these rows" not in " ".join(facts_of(both, 2))


def test_a_good_unit_has_two_facts_and_an_empty_one_none():
    assert len(verdict().facts) == 2
    assert verdict({"nSpikes": 0.0}).facts == ()


def test_facts_of_what_a_unit_would_be():
    plain = verdict({"mainPeakToTroughRatio": 2.0, "presenceRatio": 0.1})
    assert "if split, it would be NON-SOMA MUA" in plain.facts
    sole = verdict({"mainPeakToTroughRatio": 2.0})
    assert "if split, it would be NON-SOMA GOOD" in sole.facts
    assert sole.headline.startswith("Only main peak / trough 2 > 0.8 keeps this from GOOD")
    assert not any("split" in fact for fact in verdict({"mainPeakToTroughRatio": 2.0}, SPLIT).facts)


def test_a_missing_first_peak_width_is_a_fact():
    words = "no first-peak width: the four-way non-somatic branch cannot fire"
    assert words in verdict({"mainPeak_before_width": NAN}).facts
    assert words not in verdict().facts
    assert words not in verdict(drop=["mainPeak_before_width"]).facts


def test_label_sources_that_disagree_are_facts():
    made = "made with other parameters or another release"
    assert f"the saved label is MUA: {made}" in verdict(saved=["MUA"]).facts
    assert f"the saved label is no label: {made}" in verdict(saved=[""]).facts
    for agreeing in ("GOOD", "good", None, "what"):
        assert len(verdict(saved=[agreeing]).facts) == 2
    theirs = verdict(recomputed=[Label.NOISE])
    assert "Bombcell itself says NOISE, our rules say GOOD" in theirs.facts
    assert theirs.label == "NOISE"
    empty = verdict({"nSpikes": 0.0}, recomputed=[Label.MUA])
    assert empty.facts == ("Bombcell itself says MUA, our rules say no label",)
    gone = verdict(recomputed=[Label.EMPTY])
    assert "Bombcell itself says no label, our rules say GOOD" in gone.facts
    undecided = verdict({"nTroughs": [1.0]}, drop=["nPeaks"], saved=["MUA"])
    assert not any("saved" in fact for fact in undecided.facts)
