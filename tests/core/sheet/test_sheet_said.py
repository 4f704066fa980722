"""What curators said, in the table: columns, filters, sorting, exports, and what is shared."""

from __future__ import annotations

from typing import Any

import numpy as np
from curation_cases import act, journals, note, undo
from factories import again, make_run, sheet_of
from hypothesis import given

from bcviewer.app.view import chip_mask
from bcviewer.core.curation.entries import STABLE, Change
from bcviewer.core.curation.replay import replay, with_action
from bcviewer.core.curation.said_columns import (
    NO_LABEL,
    ManualColumns,
    TextCodes,
    orphans,
)
from bcviewer.core.curation.state import CurationState
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.columns import SAID_COLUMNS
from bcviewer.core.rules.labels import LABEL_NAMES
from bcviewer.core.run.stretch import Stretch
from bcviewer.core.sheet.frame import to_frame
from bcviewer.core.sheet.sheet import Sheet

RUN = make_run({"presenceRatio": [1.0, 0.5, 1.0, 1.0]})
UNIT = RUN.cluster_id.tolist()[1]


def table_with(*actions: Any, run: Any = RUN) -> Sheet:
    return sheet_of(run, said=replay(actions))


def columns(manual: ManualColumns) -> list[list[Any]]:
    texts = [t.texts[t.codes].tolist() for t in (manual.note, manual.by, manual.at)]
    return [manual.labels.tolist(), *texts]


@given(journals())
def test_changed_units_only_is_the_same_as_all(actions: list) -> None:
    state, manual = CurationState(), ManualColumns.empty(RUN.n_units)
    for action in actions:
        state = with_action(state, action)
        target = state.actions.get(action.target, action)
        manual = manual.with_units(RUN.ids, state, {c.cluster_id for c in target.changes})
    assert columns(manual) == columns(ManualColumns.of(RUN.ids, state))
    for row, cluster_id in enumerate(RUN.cluster_id.tolist()):
        unit = state.unit(cluster_id)
        code = manual.labels[row]
        assert unit.label == (None if code == NO_LABEL else code)


@given(journals())
def test_the_units_that_changed_are_known(actions: list) -> None:
    state = CurationState()
    for action in actions:
        after = with_action(state, action)
        ids = after.units.keys() | state.units.keys()
        differing = {i for i in ids if after.unit(i) != state.unit(i)}
        assert differing <= after.units_since(state)
        assert differing <= state.units_since(after), "back as well"
        assert differing <= replay(after.actions.values()).units_since(state)
        state = after


def test_the_columns() -> None:
    table = table_with(
        act("a", 1, "ada", "GOOD", 0), act("b", 61, "bob", "NOISE", 2), note("c", 3, "hm", unit=3)
    )
    assert table.values("manual_label").tolist() == ["GOOD", "", "NOISE", ""]
    assert table.values("note").tolist() == ["", "", "", "hm"]
    assert table.values("reviewed").tolist() == [True, False, True, False]
    assert table.values("overridden").tolist() == [False, False, True, False]
    assert table.values("manual_by").tolist() == ["ada", "", "bob", ""]
    assert table.values("note_by").tolist() == ["", "", "", "ada"]
    assert table.text("note_at", 3) == "2026-03-01 00:00:03"
    assert table.text("manual_at", 2) == "2026-03-01 00:01:01"
    assert (table.text("manual_label", 1), table.text("reviewed", 1)) == ("", "")
    assert set(SAID_COLUMNS) - {"blind_label", "manual_under"} <= set(table.names())  # nothing was


def test_a_manual_label_that_is_not_bombcells_is_a_disagreement() -> None:
    agreeing = act("a", 1, "ada", "MUA", 1)
    table = table_with(agreeing, act("b", 2, "bob", "MUA", 3))
    assert table.values("disagreement").tolist() == [False, False, False, True]
    assert chip_mask(table, "disagreement").tolist() == [False, False, False, True]
    nothing = again(table, said=CurationState())
    assert not nothing.values("disagreement").any()


def test_they_filter_and_sort() -> None:
    table = table_with(act("a", 1, "ada", "GOOD", 1), act("b", 2, "bob", "MUA", 3))
    shown = {
        "manual_label == 'good'": [1],
        "missing(manual_label)": [0, 2],
        "reviewed and manual_by == 'bob'": [3],
        "not reviewed": [0, 2],
        "overridden": [1, 3],
        "manual_at contains '2026'": [1, 3],
    }
    for text, rows in shown.items():
        found = evaluate(parse_filter(text, table), table)
        assert np.flatnonzero(found).tolist() == rows, text
    assert table.order("manual_label").tolist() == [1, 3, 0, 2]
    assert table.order("manual_label", True).tolist() == [3, 1, 0, 2]


def test_other_columns_and_what_plots_go_by_are_shared() -> None:
    table = table_with()
    for name in table.names():
        table.warm(name)
    other = again(table, said=replay([act("a", 1, unit=2)]))
    assert other.basis is table.basis
    assert other.audit is table.audit
    assert other.values("presenceRatio") is table.values("presenceRatio")
    assert other.codes("reason") is table.codes("reason")
    assert table.values("reviewed").tolist() == [False] * 4  # the one before is as it was
    assert other.values("reviewed").tolist() == [False, False, True, False]


def test_other_labels_keep_what_curators_said_and_are_another_basis() -> None:
    table = table_with(act("a", 1, label="NOISE", unit=0))
    assert table.values("overridden")[0]
    other = again(table, np.full(4, LABEL_NAMES.index("NOISE"), np.int8))
    assert other.manual is table.manual
    assert other.basis is not table.basis
    assert other.values("overridden").tolist() == [False] * 4
    assert again(other, source="saved").manual is table.manual


def test_units_with_one_id_are_labelled_together_and_gone_ones_are_kept() -> None:
    run = make_run({"presenceRatio": [1.0] * 3}, cluster_id=np.array([5, 7, 5]))
    actions = [act("a", 1, unit=5), act("b", 2, unit=9), act("c", 3, unit=8)]
    actions += [undo("d", 4, "c"), note("e", 5, "gone", unit=11)]
    state = replay(actions)
    assert table_with(*actions, run=run).values("reviewed").tolist() == [True, False, True]
    assert orphans(run.ids, state) == [9, 11]
    assert state.unit(9).label is not None
    assert run.ids.rows_of_any([5]).tolist() == [0, 2]
    assert run.ids.rows_of_any([7, 5, 100]).tolist() == [0, 1, 2]
    assert run.ids.rows_of_any([]).tolist() == []


def test_the_exported_table_has_them_last_and_only_where_there_are_any() -> None:
    plain = to_frame(sheet_of(RUN))
    assert to_frame(table_with()).columns.tolist() == plain.columns.tolist()
    frame = to_frame(table_with(act("a", 1, label="MUA", unit=1), note("b", 2, "hm", unit=0)))
    assert frame.columns.tolist() == [*plain.columns, "final_label", "manual_label", "note"]
    assert frame["manual_label"].tolist() == ["", "MUA", "", ""]
    assert frame["note"].tolist() == ["hm", "", "", ""]
    frame = to_frame(table_with(note("b", 2, "hm", unit=0)))
    assert frame.columns[-1] == "note"


def test_a_stable_time_is_two_columns_last_and_only_where_one_was_kept() -> None:
    kept = Stretch(1 / 3, 2520.5)
    change = Change(0, STABLE, "", kept.written)
    sheet = table_with(act("a", 1, kind=STABLE, changes=(change,)))
    frame = to_frame(sheet)
    assert frame.columns.tolist()[-2:] == ["stable_from_s", "stable_to_s"]
    assert frame["stable_from_s"].tolist()[0] == kept.start_s
    assert frame["stable_to_s"].tolist()[0] == kept.stop_s
    assert frame["stable_to_s"].isna().tolist() == [False, True, True, True]
    shown = evaluate(parse_filter("stable_to_s > 2000", sheet), sheet)
    assert shown.tolist() == [True, False, False, False]
    assert sheet.text("stable_from_s", 0) == "0.3"
    assert sheet.bombcell_labels.tolist() == sheet_of(RUN).bombcell_labels.tolist()


def test_texts_that_no_unit_has_any_more_are_dropped() -> None:
    column = TextCodes.empty(3)
    for i in range(2000):
        column = column.with_rows(np.array([i % 3]), [f"text {i}"])
    assert len(column.texts) < 600
    assert column.texts[column.codes].tolist() == ["text 1998", "text 1999", "text 1997"]


def test_the_final_label_is_the_manual_one_and_else_bombcells() -> None:
    sheet = table_with(act("a", 1, label="NOISE", unit=UNIT), act("b", 2, "bob", "GOOD", UNIT))
    theirs = [LABEL_NAMES[code] for code in sheet.bombcell_labels]
    at = RUN.cluster_id.tolist().index(UNIT)
    assert theirs[at] == "MUA"
    want = [*theirs[:at], "GOOD", *theirs[at + 1 :]]
    assert sheet.values("final_label").tolist() == want
    assert [LABEL_NAMES[code] for code in sheet.labels] == theirs  # they go by Bombcell's
    final = again(sheet, source="final")
    assert [LABEL_NAMES[code] for code in final.labels] == want
    assert final.values("label").tolist() == want
    assert final.basis is not sheet.basis


def test_a_label_is_another_basis_where_labels_are_final_and_a_note_is_not() -> None:
    final = sheet_of(RUN, source="final")
    noted = again(final, said=replay([note("n", 1, "hm", unit=UNIT)]))
    assert noted.basis is final.basis
    assert noted.parts.labels is final.parts.labels
    labelled = again(noted, said=replay([act("a", 2, label="NOISE", unit=UNIT)]))
    assert labelled.basis is not noted.basis
    assert labelled.labels.tolist() != noted.labels.tolist()


def test_a_proposal_is_no_final_label() -> None:
    strict = again(sheet_of(RUN), criteria=RUN.criteria.replace(minPresenceRatio=1.5))
    assert strict.bombcell_labels.tolist() != sheet_of(RUN).bombcell_labels.tolist()
    want = sheet_of(RUN).values("final_label").tolist()
    assert strict.values("final_label").tolist() == want
    assert again(strict, source="final").values("label").tolist() == want
