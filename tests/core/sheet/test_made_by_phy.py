"""Units that Bombcell has not scored: rows of their own, without a label, and of no account."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from curation_cases import act
from factories import again, make_run, sheet_of

from bcviewer.app.view import CHIP_FILTERS, chip_mask
from bcviewer.app.viewing.review import unreviewed
from bcviewer.core.audit.states import State
from bcviewer.core.audit.summary import agreement, class_counts
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.what_if import tried
from bcviewer.core.curation.entries import LABEL, SPIKES, Change
from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.curation.replay import replay, with_spikes
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.curation.state import CurationState
from bcviewer.core.figures.few_good import few_good
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.columns import OWN_COLUMNS
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULE_INDEX, RULES
from bcviewer.core.run.cells import cells_of
from bcviewer.core.run.phy import Phy, PhyState, unread
from bcviewer.core.run.run import Provenance, Run
from bcviewer.core.run.scored import BEING_SCORED, Scored, ScoredUnits
from bcviewer.core.run.unit_ids import NO_ID, NO_ID_WORDS
from bcviewer.core.run.unsaved_words import NOT_READ
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.explain import explain
from bcviewer.core.sheet.frame import to_frame
from bcviewer.core.sheet.joined import Joined
from bcviewer.core.sheet.label_beside import label_beside
from bcviewer.core.sheet.queue import QueueSpec, draw_up, next_words, progress
from bcviewer.core.sheet.rule_lines import rule_line
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.sources import confusion, source_codes
from bcviewer.core.sheet.table import (
    GONE_WORDS,
    is_gone,
    is_unsaved,
    unscored_words,
    why_gone,
    why_unsaved,
)
from bcviewer.core.sheet.unsaved_only import (
    unsaved_id_words,
    unsaved_only_words,
    went_words,
    why_nothing,
)
from bcviewer.core.sheet.veil import HIDDEN_WORDS
from bcviewer.io.exchange.export import audit_frame
from bcviewer.io.exchange.export_bombcell import plan_bombcell

S = PhyState
STATE, NEW, DETAILS = (
    np.array([S.CURRENT, S.STALE, S.GONE, S.EMPTY, S.NEW, S.NEW], np.int8),
    np.array([7, 9]),
    {
        1: "1,203 spikes now, 2,400 when Bombcell ran",
        2: "merged into 7 with 1",
        4: "60% from 2, 40% from 1",
        5: "all from 2",
    },
)


def run_of_four(**more) -> Run:
    """Return a GOOD, a MUA, a NOISE and an empty unit, with saved labels."""
    columns = {
        "presenceRatio": [1.0, 0.6, 1.0, np.nan],
        "nPeaks": [1.0, 1.0, 5.0, np.nan],
        "nSpikes": [2400.0, 2400.0, 2400.0, 0.0],
    }
    more.setdefault("saved", ["GOOD", "MUA", "NOISE", ""])
    more.setdefault("phy_group", np.array(["good", "", "", ""], object))
    return make_run(columns, **more)


def phy_of(run: Run) -> Phy:
    """Return what became of the four, and two units that phy made."""
    return Phy(run, STATE, NEW, DETAILS)


def same_rows(run: Run, details: dict[int, str]) -> Phy:
    """Return the same, where phy made none."""
    return Phy(run, STATE[:4], np.empty(0, np.int64), details)


@pytest.fixture
def before() -> Sheet:
    run = run_of_four()
    return sheet_of(run, phy=unread(run))


@pytest.fixture
def after(before: Sheet) -> Sheet:
    return again(before, phy=phy_of(before.run))


def test_the_rows_before_stay_as_they_are(before: Sheet, after: Sheet) -> None:
    assert (after.n_units, after.n_scored) == (6, 4)
    assert after.run is before.run
    assert after.ids.cluster_id.tolist() == [0, 1, 2, 3, 7, 9]
    for column in OWN_COLUMNS:
        if before.kind(column.key) and not column.key.startswith("phy_"):
            old, new = before.values(column.key), after.values(column.key)
            pd.testing.assert_series_equal(pd.Series(old), pd.Series(new[:4]), check_dtype=False)
    for name in before.run.units:
        np.testing.assert_array_equal(before.values(name), after.values(name)[:4])


def test_all_metrics_of_the_new_rows_are_missing_and_they_have_no_label(after: Sheet) -> None:
    for name in after.run.units:
        assert np.isnan(after.values(name)[4:]).all()
    assert np.isnan(after.values("kept_fraction")[4:]).all()
    assert after.labels[4:].tolist() == [Label.UNSCORED] * 2
    assert after.text("label", 4) == "–"
    assert after.text("saved_label", 4) == after.text("phy_group", 4) == "–"
    assert after.text("reason", 4) == "made by phy: 60% from 2, 40% from 1"
    assert after.text("reason", 5) == "made by phy: all from 2"
    assert after.text("classification_reason", 4) == "not scored"
    assert after.text("rpv_verdict", 4) == "–"
    assert after.text("not_tested", 4) == "all rules: not scored by Bombcell"
    assert (after.audit.states[:, 4:] == State.NOT_TESTED).all()
    assert not after.audit.failed[4:].any()
    assert not after.values("disagreement")[4:].any()
    for source in ("saved", "split", "bombcell"):
        assert again(after, source=source).labels[4:].tolist() == [Label.UNSCORED] * 2


def test_the_groups_that_phy_gave_to_what_it_made_are_shown(before: Sheet) -> None:
    made = replace(phy_of(before.run), groups_made={7: "mua", 9: ""})
    shown = again(before, phy=made)
    assert [shown.text("phy_group", row) for row in range(6)] == ["good", *"–––", "mua", "–"]
    assert "phy: mua" in explain(shown, 4).facts
    found = evaluate(parse_filter("phy_group == 'mua'", shown), shown)
    assert np.flatnonzero(found).tolist() == [4]
    later = again(shown, phy=replace(made, groups=np.array(["", "noise", "", ""], object)))
    assert [later.text("phy_group", row) for row in range(6)] == ["–", "noise", *"––", "mua", "–"]
    other = Phy(before.run, np.append(STATE, np.int8(S.NEW)), np.array([7, 9, 8]), {})
    more = replace(other, groups_made={8: "good"}).after(made)
    assert again(shown, phy=more).text("phy_group", 6) == "good"


def test_a_group_of_a_unit_that_phy_made_may_be_the_only_one_there_is() -> None:
    run = run_of_four(phy_group=None)
    plain = sheet_of(run, phy=unread(run))
    assert plain.kind("phy_group") is None
    assert again(plain, phy=phy_of(plain.run)).kind("phy_group") is None
    only = again(plain, phy=replace(phy_of(plain.run), groups_made={9: "good"}))
    assert only.kind("phy_group") == "text"
    assert only.values("phy_group").tolist() == [*[""] * 5, "good"]


def test_every_column_can_be_read_shown_and_sorted(after: Sheet) -> None:
    for name in after.names():
        after.warm(name)
        assert len(after.values(name)) == 6
        assert isinstance(after.text(name, 5), str)
        assert sorted(after.order(name).tolist()) == list(range(6))
        after.widest_texts(name)


def test_they_are_last_in_the_attention_order(after: Sheet) -> None:
    assert after.attention_rows().tolist()[-2:] == [4, 5]


def test_they_count_in_nothing(before: Sheet, after: Sheet) -> None:
    assert class_counts(after.labels) == class_counts(before.labels)
    assert agreement(after.audit.label, after.saved_codes).compared == 4
    bad = make_run({"nPeaks": [5.0]})
    phy = Phy(bad, np.array([S.CURRENT, S.NEW], np.int8), np.array([4]), {1: "all from 0"})
    assert few_good(sheet_of(bad, phy=phy)) == few_good(sheet_of(bad))
    none = make_run({"nPeaks": []})
    alone = Phy(none, np.array([S.LEFT_OUT], np.int8), np.array([4]), {0: "x"})
    there = few_good(sheet_of(none, phy=alone)).text
    assert there == "There is no unit in these results."


def test_exports_do_not_have_them(before: Sheet, after: Sheet) -> None:
    pd.testing.assert_frame_equal(to_frame(after), to_frame(before))
    some = audit_frame([after], np.array([1, 4, 2]))
    assert some["cluster_id"].tolist() == [1, 2]
    assert some["phy_state"].tolist() == ["stale", "gone"]
    whole = make_run({"nPeaks": [1.0]}).units.columns  # whole numbers stay whole numbers
    assert whole["nPeaks"].dtype == to_frame(before)["nPeaks"].dtype


def test_exports_say_what_phy_changed_where_it_changed_any(before: Sheet, after: Sheet) -> None:
    assert audit_frame([after])["phy_state"].tolist() == ["current", "stale", "gone", "no spikes"]
    assert "phy_state" not in audit_frame([after], np.array([0, 3, 4]))  # of these nothing
    assert "phy_state" not in audit_frame([before])  # nothing is known yet
    plain = again(sheet_of(make_run({"nPeaks": [1.0]})), phy=None)
    both = audit_frame([plain, after], np.array([0, 3]))
    assert both["phy_state"].tolist() == ["", "gone"]


def test_bombcells_answer_is_for_what_it_scored(before: Sheet, after: Sheet) -> None:
    codes = np.array([Label.GOOD, Label.GOOD, Label.NOISE, Label.EMPTY], np.int8)
    late = again(after, codes)
    early = again(before, codes)
    early = again(early, phy=phy_of(early.run))
    for table in (late, early):
        assert table.labels.tolist() == [*codes.tolist(), Label.UNSCORED, Label.UNSCORED]
        assert table.values("disagreement").tolist() == [False, True, False, False, False, False]


def test_state_and_change_are_columns_that_can_be_filtered(after: Sheet) -> None:
    assert after.values("phy_state").tolist() == [
        "current",
        "stale",
        "gone",
        "no spikes",
        "new",
        "new",
    ]
    assert after.text("phy_change", 0) == "–"
    assert after.text("phy_change", 2) == "gone: merged into 7 with 1"
    chip = evaluate(parse_filter(CHIP_FILTERS["changed_in_phy"], after), after)
    assert chip.tolist() == chip_mask(after, "changed_in_phy").tolist()
    assert np.flatnonzero(chip).tolist() == [1, 2, 4, 5]
    no_peaks = evaluate(parse_filter("nPeaks > 0 or nPeaks <= 0", after), after)
    assert not no_peaks[4:].any()


def test_before_the_files_are_read_nothing_is_said(before: Sheet) -> None:
    assert before.values("phy_state").tolist() == [""] * 4
    assert before.values("phy_change").tolist() == [""] * 4
    assert not chip_mask(before, "changed_in_phy").any()
    assert not any("phy" in fact for fact in explain(before, 1).facts)
    plain = make_run({"nPeaks": [1.0]})
    assert sheet_of(plain).kind("phy_state") is None
    assert not chip_mask(sheet_of(plain), "changed_in_phy").any()


def test_what_is_computed_is_kept_where_no_row_is_added(before: Sheet) -> None:
    family, peaks = before.codes("family"), before.values("nPeaks")
    before.codes("phy_state")
    table = again(before, phy=same_rows(before.run, {2: "it is 8 now"}))
    assert table.codes("family") is family
    assert table.values("nPeaks") is peaks
    assert table.text("phy_state", 2) == "gone"
    assert table.run is before.run
    assert table.audit is before.audit


def test_why_says_what_phy_did(after: Sheet) -> None:
    assert explain(after, 2).facts[0] == "no longer in phy: merged into 7 with 1"
    stale = "changed since: 1,203 spikes now, 2,400 when Bombcell ran"
    assert explain(after, 1).facts[0] == stale
    assert not any("phy" in fact or "since" in fact for fact in explain(after, 0).facts)
    new = explain(after, 4)
    assert new.label == ""
    assert new.headline == "Made by phy: 60% from 2, 40% from 1."
    assert new.facts == ("no label: run Bombcell again to have it scored",)
    assert {line.note for line in new.lines if "switched off" not in line.note} == {"not scored"}


def test_why_tells_what_is_not_saved_of_a_unit_that_phy_made_beside_what_it_is_of(
    after: Sheet,
) -> None:
    """Seen: it was split in phy, and what it had been made of was not told any more."""
    open_phy = phy_of(after.run).with_unsaved({7: "split into 12 and 13", 9: "group mua"})
    marked = again(after, phy=open_phy)
    found = explain(marked, 4)
    assert found.headline == "Made by phy: 60% from 2, 40% from 1."
    assert found.facts[0] == "unsaved in phy: split into 12 and 13"
    unsaved = "unsaved in phy: group mua"
    assert marked.text("reason", 5) == f"made by phy: all from 2 · {unsaved}"
    assert marked.text("phy_change", 5) == unsaved
    here = again(marked, scored=ScoredUnits(after.run, {7: good_here(after.run)}))
    assert explain(here, 4).facts[:2] == (
        "made by phy: 60% from 2, 40% from 1",
        "unsaved in phy: split into 12 and 13",
    )
    of = "60% from 2, 40% from 1 · unsaved in phy: split into 12 and 13"
    assert here.text("reason", 4) == f"here: {here.text('scored_here', 4)} · {of}"


def test_why_of_a_unit_that_is_no_more_says_into_what_and_asks_for_no_run(after: Sheet) -> None:
    other = Phy(after.run, STATE, np.array([9, 12]), {4: "all from 2", 5: "all from 1"})
    known = other.after(after.phy, {7: "split into 12 and 13", 9: "group mua"})
    gone = explain(again(after, phy=known), 4)
    assert gone.headline == "Gone: phy made it; since split into 12 and 13."
    assert gone.facts == ("it is no unit any more",)
    unknown = explain(again(after, phy=other.after(after.phy)), 4)
    assert unknown.headline == "Gone: phy made it; since merged or split or undone."
    back = known.with_unsaved({7: "there again, of 12 and 13"})
    there = again(after, phy=back)
    words = "unsaved in phy: there again, of 12 and 13"
    assert explain(there, 4).headline == f"U{words[1:]}."
    assert explain(there, 4).facts == ("no label: run Bombcell again to have it scored",)
    assert there.text("reason", 4) == words
    here = again(there, scored=ScoredUnits(after.run, {7: good_here(after.run)}))
    assert explain(here, 4).facts[0] == words
    assert here.text("reason", 4) == f"here: {here.text('scored_here', 4)} · {words}"


# -- curation --------------------------------------------------------------------------------


def said_of(*ids: int) -> CurationState:
    """Return that somebody labelled some units GOOD."""
    state = CurationState()
    state.units = {i: ManualUnit(Label.GOOD) for i in ids}
    return state


def test_what_was_said_of_another_of_its_id_is_told_and_is_not_said_of_it(after: Sheet) -> None:
    changes = tuple(Change(i, LABEL, None, "NOISE", ((SPIKES, "x"),)) for i in (7, 9))
    state = with_spikes(replay([act("a", 1, changes=changes)]), {7: "y", 9: "x"})
    table = again(after, said=state)
    told = "NOISE was said of another 7: its spikes were others"
    assert [told in explain(table, row).facts for row in range(6)] == [row == 4 for row in range(6)]
    assert table.manual.labels[4:].tolist() == [NO_LABEL, Label.NOISE]
    assert progress(table).words == "1 of 5 reviewed"
    assert told not in explain(again(table, hidden=(4,)), 4).facts
    here = again(table, scored=ScoredUnits(after.run, {7: good_here(after.run)}))
    assert explain(here, 4).here  # Seen: of one that was scored here it was not told
    assert told in explain(here, 4).facts
    assert told not in explain(again(here, hidden=(4,)), 4).facts


def test_a_label_of_a_unit_that_phy_made_overrides_nothing(after: Sheet) -> None:
    state = said_of(7, 1)
    table = again(after, said=state)
    assert table.text("manual_label", 4) == "GOOD"
    assert table.values("reviewed").tolist() == [False, True, False, False, True, False]
    assert table.values("overridden").tolist() == [False, True, False, False, False, False]
    assert to_frame(table)["cluster_id"].tolist() == [0, 1, 2, 3]
    shown = confusion(source_codes(table, "manual"), source_codes(table, "bombcell"))
    assert (shown.n, shown.left_out) == (1, 5)


def test_a_queue_is_of_what_is_there_what_phy_made_last(before: Sheet, after: Sheet) -> None:
    for spec in (QueueSpec(), QueueSpec("random", seed=3)):
        was = draw_up(before, spec).rows.tolist()
        there = [row for row in was if row != 2]  # phy merged it away
        assert draw_up(after, spec).rows.tolist() == [*there, 4, 5]
    noise = QueueSpec(classes=frozenset({Label.NOISE}))
    assert (draw_up(before, noise).rows.tolist(), draw_up(after, noise).rows.tolist()) == ([2], [])
    blind = draw_up(after, QueueSpec("random", seed=3, blind=True))
    assert (sorted(blind.rows.tolist()), blind.among) == ([0, 1], 2)  # no verdict, nothing hidden


def test_a_queue_of_before_has_an_end_without_what_is_gone(before: Sheet, after: Sheet) -> None:
    review, blind = draw_up(before, QueueSpec()), draw_up(before, QueueSpec(blind=True))
    assert progress(before, review).words == "0 of 3 reviewed"
    assert progress(after, review).words == "0 of 2 reviewed"
    table = again(after, said=said_of(0, 1, 2))  # the label of the unit that is gone stays, too
    assert table.text("manual_label", 2) == "GOOD"
    assert progress(table, review).words == "2 of 2 reviewed"
    assert not unreviewed(table, review)[review.rows].any()
    assert next_words(again(after, said=said_of(0, 1)), review) == ""
    assert unreviewed(after, review).tolist() == [True, True, False, True, True, True]
    # what a blind review drew is hidden until it is said, and so it is said
    assert progress(after, blind).words == "0 of 3 reviewed"
    assert unreviewed(after, blind)[2]


def test_what_comes_next_is_there(after: Sheet) -> None:
    table = again(after, said=said_of(0, 1))
    assert next_words(table, draw_up(table, QueueSpec())) == "next: 2 units not scored by Bombcell"


def test_all_that_are_there_count_as_to_be_reviewed(before: Sheet, after: Sheet) -> None:
    assert progress(before).words == "0 of 4 reviewed"
    assert progress(again(after, said=said_of(0, 2, 7))).words == "2 of 5 reviewed"
    sheets = again(after, said=said_of(0, 2, 7)), sheet_of(make_run({"nPeaks": [1.0]}))
    both = Joined(sheets, ("A", "B"))
    assert progress(both).words == "2 of 6 reviewed"


def test_what_was_said_stays_where_no_row_is_added(before: Sheet) -> None:
    state = said_of(1)
    said = again(before, said=state)
    table = again(said, phy=same_rows(said.run, {}))
    assert table.manual is said.manual
    assert table.basis is said.basis
    more = again(said, phy=phy_of(said.run))
    assert more.basis is not said.basis


def test_bombcells_own_files_are_of_what_it_scored(after: Sheet, tmp_path: Path) -> None:
    (tmp_path / "bombcell").mkdir()
    place = Provenance(str(tmp_path), str(tmp_path / "bombcell"), "k", "A")
    table = sheet_of(run := replace(after.run, provenance=place), phy=phy_of(run))
    plan = plan_bombcell(table, {7: ManualUnit(Label.GOOD), 1: ManualUnit(Label.GOOD)})
    new = "2 units (units 7, 9) that Bombcell has not scored: left out of its own files"
    assert f"{new}, with 1 manual label." in plan.warnings
    for file in plan.files:
        assert b"\n7," not in (file.content or b"")


def test_cell_types_are_of_phys_units_too_where_they_were_there_when_it_was_asked() -> None:
    plain = again(sheet_of(run_of_four()), phy=None)
    made = again(plain, phy=phy_of(plain.run))
    for n in (4, 6):  # before phy's units were known, and after
        types = np.array(["Wide-spiking"] * n, object)
        cells = cells_of(plain.run, "cortex", "0.94", {"cell_type": types})
        sheet = again(made, cells=cells)
        shown = [sheet.text("cell_type_cortex_here", row) for row in range(6)]
        assert shown == [*["Wide-spiking"] * n, *["–"] * (6 - n)]
        assert len(to_frame(sheet)) == 4


DRIFT = "drift"


def good_here(run: Run, **columns) -> Scored:
    """Return a unit that was scored here by the run's parameters, without drift."""
    unit = make_run({"maxDriftEstimate": [np.nan], **columns}, {"computeDrift": True})
    found = replace(unit, criteria=run.criteria, settings=run.settings)
    return Scored(found, Label.GOOD, untested=(DRIFT,), notes=("duplicates as removed before",))


@pytest.fixture
def with_drift() -> Sheet:
    run = run_of_four(params={"computeDrift": True})
    return sheet_of(run, phy=phy_of(run))


def test_a_verdict_scored_here_is_told_and_is_no_label(with_drift: Sheet) -> None:
    run = with_drift.run
    units = {7: good_here(run), 9: "Unit 9 has no spikes in spike_clusters.npy."}
    scored = again(with_drift, scored=ScoredUnits(run, units))
    assert scored.text("scored_here", 4) == "GOOD as far as tested"
    assert [scored.text("scored_here", row) for row in (0, 5)] == ["", ""]
    assert scored.text("reason", 4) == "here: GOOD as far as tested · 60% from 2, 40% from 1"
    assert scored.text("reason", 5) == "made by phy: all from 2"
    beside = [label_beside(scored, row, (0,)) for row in (4, 5)]
    assert beside == [
        (Label.UNSCORED, "here: GOOD as far as tested"),
        (Label.UNSCORED, "not scored"),  # seen beside another unit: “+ –”
    ]
    assert with_drift.kind("scored_here") is None
    for name in ("label", "bombcell_label", "audit_label", "saved_label", "final_label"):
        assert scored.text(name, 4) == with_drift.text(name, 4)
        assert scored.text(name, 4) in ("", "–")
    assert class_counts(scored.labels) == class_counts(with_drift.labels)
    frame, before = to_frame(scored), to_frame(with_drift)
    assert list(frame) == list(before)
    assert len(frame) == 4


@pytest.mark.parametrize(
    ("now", "shown"),
    [({}, True), ({7: "x"}, True), ({7: "y"}, False), ({7: "?"}, False), ({7: ""}, False)],
)
def test_a_verdict_on_other_spikes_is_not_shown(
    with_drift: Sheet, now: dict[int, str], shown: bool
) -> None:
    """Two phys made the same id of other units: it had the verdict on those of the first one."""
    run = with_drift.run
    units = ScoredUnits(run, {7: replace(good_here(run), spikes="x")}, {7: (1, 2), 9: (9,)})
    scored = again(with_drift, scored=units, phy=replace(phy_of(run), spikes=now))
    verdict = "GOOD as far as tested" if shown else ""
    assert scored.text("scored_here", 4) == verdict
    assert (f"no verdict yet: {BEING_SCORED}" in explain(scored, 4).facts) == (not shown)
    unasked = again(scored, scored=ScoredUnits(run, {7: good_here(run)}, {7: (1, 2)}))
    assert unasked.text("scored_here", 4) == "GOOD as far as tested"


def test_why_of_a_unit_that_bombcell_left_out_does_not_say_that_phy_made_it(after: Sheet) -> None:
    """Such a one is as Kilosort made it, and is scored here, too."""
    states = np.array([*STATE[:4], PhyState.LEFT_OUT, PhyState.NEW], np.int8)
    details = {4: "not in Bombcell's table, and as Kilosort made it", 5: "all from 2"}
    left = again(after, phy=Phy(after.run, states, np.array([7, 9]), details))
    here = again(left, scored=ScoredUnits(after.run, {7: good_here(after.run)}))
    assert explain(here, 4).facts[0] == f"not scored by Bombcell: {details[4]}"


def test_why_it_has_that_verdict(with_drift: Sheet) -> None:
    units = {7: good_here(with_drift.run), 9: "bombcell cannot be asked"}
    scored = again(with_drift, scored=ScoredUnits(with_drift.run, units))
    found = explain(scored, 4)
    assert (found.label, found.here) == ("", "scored here: GOOD as far as tested")
    assert found.headline.startswith("As far as tested: passes every rule; the weakest pass is")
    assert found.facts[:3] == (
        "made by phy: 60% from 2, 40% from 1",
        "drift not tested",
        "duplicates as removed before",
    )
    assert found.facts[-1] == "no label of Bombcell's run"
    drift = next(line for line in found.lines if RULES[line.rule].metric == "maxDriftEstimate")
    assert (drift.state, drift.note) == (State.NOT_TESTED, "not tested: it cannot be measured here")
    other = explain(scored, 5)
    assert (other.label, other.here) == ("", "")
    assert other.facts[0] == "not scored here: bombcell cannot be asked"


def test_a_verdict_of_before_the_save_says_nothing_of_rows_and_ids(with_drift: Sheet) -> None:
    """A merge that phy has not saved has no id in what is scored, and keeps its verdict once saved.

    Seen: "this row has no id: nothing can be said about it" stood beside "unit 41".
    """
    one = good_here(with_drift.run)
    merged = replace(one, unit=replace(one.unit, cluster_id=np.array([NO_ID])))
    facts = [
        explain(again(with_drift, scored=ScoredUnits(with_drift.run, {7: found})), 4).facts
        for found in (merged, one)
    ]
    assert facts[0] == facts[1]
    assert NO_ID_WORDS not in facts[0]


def test_while_it_is_scored_why_says_so_and_asks_for_no_run(with_drift: Sheet) -> None:
    waits = again(with_drift, scored=ScoredUnits(with_drift.run, {}, {7: (7,)}))
    facts = [explain(waits, row).facts for row in (4, 5)]
    nobody = "no label: run Bombcell again to have it scored"
    assert facts == [("no verdict yet: bombcell is scoring it here …",), (nobody,)]
    assert waits.kind("scored_here") is None  # there is nothing in it


def test_rules_of_a_unit_that_was_scored_here_do_not_say_that_nothing_was(
    with_drift: Sheet,
) -> None:
    units = {7: good_here(with_drift.run), 9: "bombcell cannot be asked"}
    scored = again(with_drift, scored=ScoredUnits(with_drift.run, units))
    presence = RULE_INDEX["presenceRatio<minPresenceRatio"]
    here, not_here = (rule_line(scored, row, presence) for row in (4, 5))
    assert (here.state, not_here.state) == (State.NOT_TESTED, State.NOT_TESTED)
    assert here.note == "not by this run; scored here: see Why"
    assert not_here.note == "not scored"
    assert rule_line(again(scored, hidden=(4,)), 4, presence).note == HIDDEN_WORDS


def test_of_a_unit_that_was_tested_by_every_rule_nothing_is_left_open(with_drift: Sheet) -> None:
    one = replace(good_here(with_drift.run, maxDriftEstimate=[3.0]), untested=(), notes=())
    scored = again(with_drift, scored=ScoredUnits(with_drift.run, {7: one}))
    found = explain(scored, 4)
    assert found.here == "scored here: GOOD"
    assert found.headline.startswith("Passes every rule;")


def test_a_saved_unit_tells_what_an_open_phy_merged_it_into(with_drift: Sheet) -> None:
    merged = ScoredUnits(with_drift.run, {12: good_here(with_drift.run)}, {12: (0, 1)})
    assert merged.says_as(ScoredUnits(merged.run, dict(merged.units), dict(merged.clusters)))
    assert not merged.says_as(ScoredUnits(merged.run, merged.units, {12: (0, 2)}))
    assert not merged.says_as(None)
    assert ScoredUnits(merged.run).says_as(None)
    assert not ScoredUnits(merged.run, {}, {12: (0, 1)}).says_as(None)  # it is being scored
    scored = again(with_drift, scored=merged)
    told = "12 scored here: GOOD as far as tested · drift not tested · duplicates as removed before"
    assert told in explain(scored, 0).facts
    assert told in explain(scored, 1).facts
    assert told not in explain(scored, 2).facts


def test_a_unit_that_phy_made_tells_what_an_open_phy_merged_it_into(with_drift: Sheet) -> None:
    """Seen: what stood for its own verdict had no place for that, as it has none in its run."""
    run, one = with_drift.run, good_here(with_drift.run)
    units = ScoredUnits(run, {7: one, 12: one}, {7: (7,), 9: (9,), 12: (7, 9)})
    scored = again(with_drift, scored=units)
    told = "12 scored here: GOOD as far as tested · drift not tested · duplicates as removed before"
    assert explain(scored, 4).here  # of its own verdict
    assert [told in explain(scored, row).facts for row in (0, 4, 5)] == [False, True, True]


def test_what_phy_made_is_called_unscored_only_where_it_is_there_and_is(with_drift: Sheet) -> None:
    assert unscored_words(sheet_of(make_run())) == ""
    assert unscored_words(with_drift) == " + 2 not scored"
    units = ScoredUnits(with_drift.run, {7: good_here(with_drift.run)}, {7: (7,), 9: (9,)})
    scored = again(with_drift, scored=units)
    assert unscored_words(scored) == " + 1 scored here + 1 not scored"
    assert scored.text("phy_change", 4) == "made by phy: 60% from 2, 40% from 1"
    assert "not scored" not in scored.text("reason", 4)
    both = Joined((scored, sheet_of(make_run({"nPeaks": [1.0]}))), ("A", "B"))
    assert unscored_words(both) == " + 1 scored here + 1 not scored"
    other = Phy(with_drift.run, STATE, np.array([7, 12]), {4: "all from 2", 5: "all from 1"})
    later = again(scored, phy=other.after(with_drift.phy))  # 9 is gone, 12 came
    assert later.n_units == 7
    assert unscored_words(later) == " + 1 scored here + 1 not scored"
    nobody = Phy(with_drift.run, STATE[:4], np.empty(0, np.int64), {}).after(with_drift.phy)
    assert unscored_words(again(with_drift, phy=nobody)) == ""


def test_a_blind_review_hides_a_verdict_that_was_scored_here(with_drift: Sheet) -> None:
    merged = {7: good_here(with_drift.run), 12: good_here(with_drift.run)}
    units = ScoredUnits(with_drift.run, merged, {12: (0, 1)})
    hidden = again(with_drift, scored=units, hidden=(0, 4))
    assert hidden.text("scored_here", 4) == ""
    assert "GOOD" not in hidden.text("reason", 4)
    for row in (0, 4):
        found = explain(hidden, row)
        assert found.here == ""
        assert "GOOD" not in " ".join((found.headline, *found.facts))


def test_units_of_another_run_are_refused(with_drift: Sheet) -> None:
    with pytest.raises(ValueError, match="units of another run were scored"):
        again(with_drift, scored=ScoredUnits(run_of_four()))


def test_another_verdict_changes_the_reasons_of_what_phy_made_only(with_drift: Sheet) -> None:
    run = with_drift.run
    with_drift.warm("reason")
    one = again(with_drift, scored=ScoredUnits(run, {7: good_here(run)}))
    one.warm("reason")
    mua = replace(good_here(run), label=Label.MUA)
    two = again(one, scored=ScoredUnits(run, {7: mua, 9: good_here(run)}))
    fresh = sheet_of(run, phy=with_drift.phy, scored=two.inputs.scored)
    for sheet in (two, fresh):
        assert [sheet.text("reason", row) for row in (0, 4, 5)] == [
            with_drift.text("reason", 0),
            "here: MUA · 60% from 2, 40% from 1",
            "here: GOOD as far as tested · all from 2",
        ]
    assert two.codes("reason")[0] is with_drift.codes("reason")[0]  # nothing else was computed
    assert len(two.codes("reason")[1]) == len(fresh.codes("reason")[1])
    nobody = again(two, scored=None)
    assert nobody.text("reason", 4) == with_drift.text("reason", 4)


def test_what_is_tried_changes_no_verdict_that_was_scored_here(with_drift: Sheet) -> None:
    units = ScoredUnits(with_drift.run, {7: good_here(with_drift.run)})
    scored = again(with_drift, scored=units)
    by = "by the run's own parameters, whatever is tried"
    assert by not in explain(scored, 4).facts
    trying = tried(scored.inputs, Proposal.of({"minPresenceRatio": 2.0}))
    found = explain(again(scored, tried=trying), 4)
    assert found.here == "scored here: GOOD as far as tested"
    assert by in found.facts


def test_units_that_an_open_phy_merged_are_named_with_what_they_are_now(after: Sheet) -> None:
    """Seen: a label went to the parents, and nothing was said of what phy had made of them."""
    assert after.phy is not None
    assert went_words(after, range(6), 6) == ""
    assert went_words(again(after, phy=None), range(6), 6) == ""
    words = {0: "merged into 41 with 1", 1: "merged into 41 with 0", 7: "made anew, of 2"}
    there = again(after, phy=after.phy.with_unsaved(words, {41: (0, 1)}))
    assert went_words(there, range(6), 6) == "units 0, 1 are in phy merged into 41, unsaved"
    assert went_words(there, [0], 2) == "unit 0 is in phy merged into 41, unsaved"
    assert went_words(there, [4], 1) == ""
    # seen at 1280 pixels: who they are, said twice, left no room for what phy had made of them
    assert went_words(there, [0, 1], 2) == "in phy merged into 41, unsaved"
    assert went_words(there, [0], 1) == "in phy merged into 41, unsaved"
    unread = {one: text + NOT_READ for one, text in words.items()}
    there = again(after, phy=after.phy.with_unsaved(unread, {41: (0, 1)}))
    assert went_words(there, [0], 1) == "in phy merged into 41, not read yet"
    told = "41 (of 0, 1) is saved in phy and not read yet: F5 reads it."
    assert unsaved_id_words(there, 41) == told
    since = {one: f"{text}; group good{NOT_READ}" for one, text in words.items()}
    there = again(after, phy=after.phy.with_unsaved(since, {41: (0, 1)}))
    assert went_words(there, [0], 1) == "in phy merged into 41, unsaved", "that was a label before"


def test_a_unit_that_only_an_open_phy_has_is_named_as_not_saved(after: Sheet) -> None:
    assert after.phy is not None
    gone = int(np.flatnonzero(after.phy.state == PhyState.GONE)[0])
    one = after.ids.asked_id(gone)
    assert unsaved_only_words(after, gone) == ""
    phy = after.phy.with_unsaved({one: "there again"}, {})
    again = derive(replace(after.inputs, phy=phy), after)
    told = f"phy has not saved that unit {one} is there again: its spikes are shown once it has."
    assert unsaved_only_words(again, gone) == told
    phy = after.phy.with_unsaved({one: f"there again{NOT_READ}"}, {})
    told = f"Unit {one} is there again in phy, and that is not read: F5 reads it."
    assert unsaved_only_words(derive(replace(after.inputs, phy=phy), after), gone) == told
    assert unsaved_only_words(derive(replace(after.inputs, phy=None)), 0) == ""


def test_an_id_that_only_an_open_phy_has_is_told_as_that(after: Sheet) -> None:
    """Seen: *45 scored here* in *Why*, and of Ctrl+G *No unit has the cluster id 45*."""
    assert after.phy is not None
    words = {0: "merged into 41 with 1", 1: "merged into 41 with 0", 2: "there again, of 41"}
    of_many = "split into 51, 52, 53, 54, 55, 56, 57, 58 and 1,005 more"
    split = {7: "split into 45 and 46; group good", 9: "group 45", 3: of_many}
    there = again(after, phy=after.phy.with_unsaved({**words, **split}, {41: (0, 1)}))
    told = "{} is unsaved in phy (of {}): it is a row once phy has saved it."
    assert unsaved_id_words(there, 41) == told.format(41, "0, 1")
    assert unsaved_id_words(there, 46) == told.format(46, "7")
    assert unsaved_id_words(there, 58) == told.format(58, "3")
    assert [unsaved_id_words(there, one) for one in (4, 47, 1, 5, 1005)] == [""] * 5  # no ids
    assert unsaved_id_words(after, 41) == unsaved_id_words(again(after, phy=None), 41) == ""


def test_of_what_is_gone_it_is_said_into_what_and_not_which_file_lacks_it(after: Sheet) -> None:
    """Seen: *templates.npy: has 41 templates, none for 41*; *Unit 4 has no spikes in* a file."""
    lacks = "templates.npy: has 41 templates, none for 41."
    assert why_nothing(again(after, phy=None), lacks, 2) == lacks
    assert why_nothing(after, lacks, 0, 1) == lacks
    assert why_nothing(after, lacks, 2) == "Unit 2 is gone: merged into 7 with 1."
    assert why_nothing(after, lacks, 0, 2) == "Unit 2 is gone: merged into 7 with 1."
    assert after.phy is not None
    made = replace(
        after.phy,
        state=np.where(np.arange(6) >= 3, PhyState.GONE, PhyState.CURRENT).astype(np.int8),
        details={
            3: "merged into 44 with 9",
            4: "phy made it; since split into 42 and 43",
            5: "merged into 44 with 3",
        },
    )
    gone = again(after, phy=made)
    assert why_nothing(gone, lacks, 4) == "Unit 7 is gone: split into 42 and 43."
    assert why_nothing(gone, lacks, 3, 5) == "Units 3, 9 are gone: merged into 44."
    back = again(after, phy=after.phy.with_unsaved({2: "there again"}))
    assert "has not saved that unit 2 is there again" in why_nothing(back, lacks, 2)


def test_why_a_unit_is_gone_is_told_of_those_only():
    sheet = sheet_of(make_run({"nSpikes": [400.0] * 3}))
    bare = [is_gone(sheet).tolist(), is_gone(sheet, np.array([1])).tolist(), why_gone(sheet, 0)]
    assert bare == [[False] * 3, [False], ""]
    state = np.array([PhyState.GONE, PhyState.CURRENT, PhyState.CURRENT], np.int8)
    phy = Phy(sheet.run, state, np.empty(0, np.int64), {0: "merged into 60 with 2"})
    gone = derive(replace(sheet.inputs, phy=phy), sheet)
    assert is_gone(gone).tolist() == [True, False, False]
    assert is_gone(gone, np.array([2, 0])).tolist() == [False, True]
    assert why_gone(gone, 0) == f"{GONE_WORDS}: merged into 60 with 2"
    assert why_gone(gone, 1) == ""


def test_what_phy_has_not_saved_is_told_of_those_and_of_hidden_ones_without_a_label(
    after: Sheet,
) -> None:
    """Seen: in a blind review the label that phy gave a unit stood in *Why*."""
    assert after.phy is not None
    assert not is_unsaved(sheet_of(after.run), np.arange(2)).any()
    words = {0: "group good", 1: "merged into 41 with 2", 7: "group good"}
    there = again(after, phy=after.phy.with_unsaved(words, {}))
    assert is_unsaved(there, np.arange(6)).tolist() == [True, True, False, False, True, False]
    told = ["unsaved in phy: group good", "unsaved in phy: merged into 41 with 2", "", ""]
    assert [why_unsaved(there, row) for row in range(4)] == told
    blind = again(there, hidden=(0, 2, 4))
    assert why_unsaved(blind, 0) == "unsaved in phy: labelled"
    assert why_unsaved(blind, 1) == "unsaved in phy: merged into 41 with 2"
    assert why_gone(blind, 2) == why_gone(there, 2) != ""
    assert why_unsaved(blind, 4) == "unsaved in phy: labelled"
    said = [*blind.codes("phy_change")[1], blind.text("reason", 4), *explain(blind, 0).facts]
    assert "unsaved in phy: labelled" in explain(blind, 0).facts
    assert not [text for text in said if "good" in text]
    none = again(there, hidden=(3,))
    assert none.codes("phy_change")[1].tolist() == there.codes("phy_change")[1].tolist()
