"""Imported sources of labels: what an action carries, what is refused, and their replay."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from curation_cases import act, undo
from factories import again, make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.curation.entries import Action
from bcviewer.core.curation.history import brief, units_of, words_of
from bcviewer.core.curation.label_source import (
    SOURCE,
    UNSOURCE,
    LabelSource,
    SourceColumn,
    payload,
    source_of,
    there,
)
from bcviewer.core.curation.lines import JournalLine, format_line, parse_line
from bcviewer.core.curation.manual import MANUAL_LABELS
from bcviewer.core.curation.replay import replay, with_action, with_spikes
from bcviewer.core.curation.state import CurationState
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.frame import to_frame
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.sources import (
    cell_filter,
    confusion,
    label_filter,
    source_codes,
    sources_of,
    title_of,
)

LABELS = {0: Label.GOOD, 7: Label.MUA, 3: Label.GOOD}
SURE = {0: 0.93, 7: 0.71}


def add(name: str, seconds: float, source: str = "m.csv (x)", who: str = "ada", **more: Any):
    extra = more.pop("extra", payload(LABELS, SURE))
    changes = (there(source[:100], False, True),)
    return act(name, seconds, who, kind=SOURCE, changes=changes, source=source, extra=extra, **more)


def drop(name: str, seconds: float, source: str = "m.csv (x)", who: str = "ada") -> Action:
    changes = (there(source, True, False),)
    return act(name, seconds, who, kind=UNSOURCE, changes=changes, source=source)


def names(state: CurationState) -> list[str]:
    return [source.name for source in state.sources]


ids = st.integers(0, 2**31 - 1)


@given(labels=st.dictionaries(ids, st.sampled_from(MANUAL_LABELS), min_size=1), data=st.data())
def test_a_source_comes_back_from_a_line(labels: dict[int, Label], data: st.DataObject) -> None:
    sure = {i: data.draw(st.floats(0, 1)) for i in labels if data.draw(st.booleans())}
    line = format_line(JournalLine(add("a", 1, extra=payload(labels, sure)), "rec", "res"))
    source = source_of(parse_line(line).action)
    assert source is not None
    assert (source.labels, source.probability) == (labels, sure)
    assert (source.name, source.by, source.at) == (
        "m.csv (x)",
        "ada",
        "2026-03-01T00:00:01.000000Z",
    )


def test_a_hundred_thousand_units_are_one_line_of_a_journal() -> None:
    labels = {i: MANUAL_LABELS[i % 3] for i in range(100_000)}
    line = format_line(JournalLine(add("a", 1, extra=payload(labels, dict.fromkeys(labels, 0.75)))))
    assert len(line) < 2_000_000


BAD: list[dict[str, Any]] = [
    {},
    {"labels": {}},
    {"labels": []},
    {"labels": {"GOOD": 1}},
    {"labels": {"GOOD": [True]}},
    {"labels": {"GOOD": [-1]}},
    {"labels": {"GOOD": [2**31]}},
    {"labels": {"GOOD": [1.0]}},
    {"labels": {"good": [1]}},
    {"labels": {"incomplete": [1]}},
    {"labels": {"GOOD": [1, 1]}},
    {"labels": {"GOOD": [1], "MUA": [1]}},
    {"labels": {"GOOD": [1]}, "probabilities": []},
    {"labels": {"GOOD": [1]}, "probabilities": {"GOOD": 1}},
    {"labels": {"GOOD": [1]}, "probabilities": {"GOOD": [0.5, 0.5]}},
    {"labels": {"GOOD": [1]}, "probabilities": {"GOOD": [1.5]}},
    {"labels": {"GOOD": [1]}, "probabilities": {"GOOD": ["1"]}},
    {"labels": {"GOOD": [1]}, "probabilities": {"GOOD": [True]}},
    {"labels": {"GOOD": [1]}, "spikes": ["one"]},
    {"labels": {"GOOD": [1]}, "spikes": {"2": "one"}},
    {"labels": {"GOOD": [1]}, "spikes": {"01": "one"}},
    {"labels": {"GOOD": [1]}, "spikes": {"1": 1}},
    {"labels": {"GOOD": [1]}, "spikes": {"1": ""}},
    {"labels": {"GOOD": [1]}, "spikes": {"1": "-"}},
]


@pytest.mark.parametrize("extra", BAD, ids=json.dumps)
def test_what_is_no_source_is_not_shown(extra: dict[str, Any]) -> None:
    action = add("a", 1, extra=tuple(extra.items()))
    state = replay([action])
    assert state.sources == ()
    assert "does not know" in words_of(state, action)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\u202eabc", "x" * 121])
def test_a_source_needs_a_name_that_can_be_read(name: str) -> None:
    assert source_of(add("a", 1, source=name)) is None


def test_undo_and_removing_take_a_source_away_and_bring_it_back() -> None:
    first, again = add("first", 1), add("again", 2, extra=payload({1: Label.NOISE}, {}))
    other = add("other", 3, "n.csv", "bob")
    assert names(replay([first])) == ["m.csv (x)"]
    assert replay([first, again]).sources[0].labels == {1: Label.NOISE}
    taken = replay([first, again, undo("u1", 4, "again")])
    assert taken.sources[0].labels == LABELS  # what it had replaced comes to light
    assert names(replay([first, other, drop("d1", 5)])) == ["n.csv"]
    assert names(replay([first, other, drop("d1", 5), undo("u1", 6, "d1")])) == [
        "m.csv (x)",
        "n.csv",
    ]
    assert names(replay([first, drop("d1", 5), add("anew", 6)])) == ["m.csv (x)"]
    assert names(replay([first, undo("u1", 6, "first", "bob")])) == ["m.csv (x)"]  # not bob's


def test_its_labels_are_of_the_units_that_there_were() -> None:
    line = format_line(JournalLine(add("a", 1, extra=payload(LABELS, SURE, {7: "one"})), "r", "r"))
    assert ',"spikes":{"7":"one"}' in line
    whole = replay([parse_line(line).action, add("older", 2, "n.csv")])
    assert whole.ids_of_spikes() == {7}
    assert whole.sources[0].spikes == {7: "one"}
    same = with_spikes(whole, {7: "one", 3: "three"})
    assert [one.labels for one in same.sources] == [LABELS, LABELS]
    state = with_spikes(whole, {7: "two"})
    first, older = state.sources
    assert first.labels == {0: Label.GOOD, 3: Label.GOOD}
    assert (first.probability, first.others) == ({0: 0.93}, {7})
    assert older.labels == LABELS  # by the id, as all that older versions wrote
    assert with_action(state, act("label", 3)).sources[0] is first
    assert [c.column.help.count("Left out: unit 7") for c in map(label_of, state.sources)] == [1, 0]
    assert with_spikes(state, {7: "one"}).sources[0].labels == LABELS
    assert words_of(state, state.actions["a_______"]).endswith("(3 labels)")


def label_of(source: LabelSource) -> SourceColumn:
    return SourceColumn(source, "label")


def test_the_order_of_reading_changes_nothing() -> None:
    actions = [
        add("first", 1),
        act("label", 2),
        add("other", 3, "n.csv", "bob"),
        drop("d1", 4),
        undo("u1", 5, "d1"),
        undo("u2", 6, "other", "bob"),
    ]
    whole = replay(actions)
    assert names(whole) == ["m.csv (x)"]
    assert whole.units.keys() == {1}  # sources label nobody
    assert all(units_of(whole, a) == () for a in actions if a.kind in (SOURCE, UNSOURCE))
    assert units_of(whole, actions[4]) == ()  # the undo of one
    for order in (actions[::-1], actions[3:] + actions[:3]):
        assert replay(order) == whole
        state = CurationState()
        for action in order:
            state = with_action(state, action)
        assert state == whole


def test_a_source_in_words() -> None:
    actions = [add("first", 1), drop("d1", 2), undo("u1", 3, "d1")]
    state = replay(actions)
    assert [words_of(state, action) for action in actions] == [
        "label source added: m.csv (x) (3 labels)",
        "label source removed: m.csv (x)",
        "undid removing the label source m.csv (x)",
    ]
    assert [brief(action) for action in actions[:2]] == [
        "adding the label source m.csv (x)",
        "removing the label source m.csv (x)",
    ]


# -- in a table ------------------------------------------------------------------------------


def table_with(*actions: Action) -> Sheet:
    run = make_run({"nPeaks": [1.0] * 4}, cluster_id=np.array([7, 0, 5, 3], np.int64))
    return sheet_of(run, sources=replay(actions).sources)


def test_a_source_is_two_columns_matched_by_cluster_id() -> None:
    table = table_with(add("a", 1))
    label, sure = "source:m.csv (x)", "probability:m.csv (x)"
    assert table.names()[-2:] == [label, sure]
    assert table.values(label).tolist() == ["MUA", "GOOD", "", "GOOD"]
    np.testing.assert_array_equal(table.values(sure), [0.71, 0.93, np.nan, np.nan])
    assert (table.kind(label), table.kind(sure)) == ("text", "number")
    assert [table.text(label, 2), table.text(sure, 0)] == ["–", "0.71"]
    assert table.order(sure, True).tolist()[:2] == [1, 0]
    assert evaluate(parse_filter(f"`{label}` == 'good' and not missing(`{sure}`)", table), table)[1]
    frame = to_frame(table)
    assert list(frame)[-2:] == [label, sure]
    assert frame[label].tolist() == ["MUA", "GOOD", "", "GOOD"]
    gone = again(table, sources=())
    assert gone.kind(label) is None
    assert gone.basis is table.basis  # no plot of metrics is drawn anew
    for other in (again(table, source="saved"), again(table, table.audit.label)):
        assert other.values(label).tolist() == ["MUA", "GOOD", "", "GOOD"]


def test_sources_beside_all_others() -> None:
    table = table_with(add("a", 1), add("b", 2, "it's `odd`", extra=payload({7: Label.GOOD}, {})))
    keys = sources_of(table)[-2:]
    assert keys == ("source:m.csv (x)", "source:it's `odd`")
    assert [title_of(key) for key in keys] == ["m.csv (x)", "it's `odd`"]
    first, second = (source_codes(table, key) for key in keys)
    found = confusion(first, second)
    assert (found.n, found.agreeing, found.without_first, found.without_second) == (1, 0, 1, 3)
    for key in keys:
        codes = source_codes(table, key)
        for label in (Label.GOOD, Label.MUA, None):
            shown = evaluate(parse_filter(label_filter(table, key, label), table), table)
            wanted = -1 if label is None else int(label)
            assert shown.tolist() == (codes == wanted).tolist()
    text = cell_filter(table, keys[0], Label.MUA, keys[1], Label.GOOD)
    assert evaluate(parse_filter(text, table), table).tolist() == [True, False, False, False]


def test_a_source_without_probabilities_is_sure_of_nothing() -> None:
    (source,) = replay([add("a", 1, extra=payload(LABELS, {}))]).sources
    units = np.array([7, 0, 5], np.int64)
    assert np.isnan(SourceColumn(source, "probability").numbers(units)).all()
    assert SourceColumn(source, "label").codes(units).tolist() == [
        int(Label.MUA),
        int(Label.GOOD),
        int(Label.EMPTY),
    ]
