"""A book of sheets: one is not copied, of several nothing is made twice, and whose row it is."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from books import foreign, made_by_phy
from curation_cases import act
from factories import again, make_run, sheet_of

from bcviewer.core.curation.replay import replay
from bcviewer.core.filter.language import FilterError, parse_filter
from bcviewer.core.rules.columns import reading
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULE_INDEX
from bcviewer.core.run.run import Provenance
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.frame import to_frame
from bcviewer.core.sheet.ids import UnitKey
from bcviewer.core.sheet.joined import sheet_at
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.table import units_called

PRESENCE = RULE_INDEX["presenceRatio<minPresenceRatio"]


def sheet(probe: str, n: int = 3, params: Any = None, name: str = "", **more: Any) -> Sheet:
    """Return a sheet of so many units, every other one MUA."""
    columns = {"presenceRatio": [1.0 if i % 2 else 0.1 for i in range(n)]}
    name = name or f"ks_{probe}"
    more.setdefault("provenance", Provenance(name, f"{name}/b", name, probe))
    more.setdefault("cluster_id", np.arange(n, dtype=np.int64) + 10)
    return sheet_of(make_run(columns, params, **more))


def labelled(before: Sheet, unit: int) -> Sheet:
    """Return the same sheet after a label."""
    return again(before, said=replay([act("a", 1, unit=unit, label="MUA")]))


# One sheet


def test_one_sheet_is_not_copied() -> None:
    one = sheet("A")
    book = Book([one])
    assert book.table is one
    for name in one.names():
        if one.kind(name) == "text":
            assert book.table.codes(name) is one.codes(name)
            assert np.shares_memory(book.table.codes(name)[0], one.codes(name)[0])
        else:
            assert book.table.values(name) is one.values(name)
        assert book.table.order(name) is one.order(name)
    assert book.table.values("presenceRatio") is one.run.units.columns["presenceRatio"]
    assert book.table.audit is one.audit
    assert book.table.labels is one.labels
    assert book.table.kind("probe") is None
    assert "probe" not in book.table.names()
    assert one.values("probe").tolist() == ["A"] * 3  # to whom asks, although it is not listed
    rows = np.array([2, 0])
    assert book.by_sheet(rows)[0][1] is rows
    assert book.by_sheet(rows[:0]) == []
    after = labelled(one, 10)
    assert book.with_sheet(0, after).table is after


# Several: what is made, and when


def test_columns_are_joined_when_they_are_first_read_and_once() -> None:
    a, b = sheet("A"), sheet("B")
    table = Book([a, b]).table
    assert "rawAmplitude" not in a._numbers
    found = table.values("rawAmplitude")
    assert "rawAmplitude" in a._numbers
    assert table.values("rawAmplitude") is found
    assert table.codes("label") is table.codes("label")
    assert table.order("label", True) is table.order("label", True)
    assert table.order("attention", True) is table.order("attention", True)
    table.warm("probe")
    table.warm("nPeaks")


def test_a_cell_of_the_table_joins_nothing() -> None:
    a, b = sheet("A"), sheet("B")
    book = Book([a, b])
    assert book.table.text("presenceRatio", 3) == "0.100"
    assert book.table.text("label", 4) == "GOOD"
    assert set(book.table._kept._now) == {"basis"}


def test_another_sheet_in_place_of_one_computes_nothing_of_the_others(monkeypatch) -> None:
    a, b, c = sheet("A"), sheet("B", 4), sheet("C")
    book = Book([a, b, c])
    table = book.table
    for name in table.names():
        table.warm(name)
        table.order(name)
    failed = table.audit.failed
    computed: list[tuple[Sheet, str]] = []
    for method in ("_compute", "_compute_texts"):
        real = getattr(Sheet, method)

        def counted(self: Sheet, name: str, real: Any = real) -> Any:
            computed.append((self, name))
            return real(self, name)

        monkeypatch.setattr(Sheet, method, counted)
    after = labelled(b, 11)
    changed = book.with_sheet(1, after)
    said = reading("said")
    assert said > {"manual_label", "note", "reviewed", "overridden", "disagreement"}
    for name in changed.table.names():
        kept = name not in said
        assert (changed.table.order(name) is table.order(name)) == kept or name == "probe", name
        if table.kind(name) == "text" and name != "probe":
            assert (changed.table.codes(name) is table.codes(name)) == kept, name
        elif name != "probe":
            assert (changed.table.values(name) is table.values(name)) == kept, name
    assert {id(which) for which, _ in computed} == {id(after)}
    assert {name for _, name in computed} <= said
    assert changed.table.text("manual_label", 4) == "MUA"
    assert changed.table.values("manual_label").tolist() == [""] * 4 + ["MUA"] + [""] * 5
    assert changed.table.basis is table.basis
    assert changed.table.audit.failed is failed
    assert changed.table.attention_rows() is table.attention_rows()
    assert changed.recordings == book.recordings


def test_one_more_sheet_comes_last_and_every_row_stays_where_it_was() -> None:
    before = Book([sheet("B", 3)], ["key of B"])
    after = before.with_further(sheet("A", 2))
    assert after.probes == ("B", "A")
    assert after.recordings == ("key of B", "ks_A")
    assert after.moved(before) is None
    assert [after.unit(row) for row in range(3)] == [before.unit(row) for row in range(3)]
    assert after.unit(3) == UnitKey("ks_A", 10)
    assert after.table.text("probe", 3) == "A"


def test_files_that_are_read_again_are_the_same_recordings_with_the_same_units() -> None:
    a, b = sheet("A", 3), sheet("B", 2)
    book = Book([a, b])

    def read(which: Sheet, **changed: Any) -> Sheet:
        return sheet_of(replace(which.run, **changed))

    elsewhere = replace(a.run.provenance, results_dir="elsewhere")
    assert Book([read(a), read(b)]).is_read_again(book)
    assert not Book([read(a)]).is_read_again(book)
    assert not Book([read(a), read(b, cluster_id=b.run.cluster_id + 1)]).is_read_again(book)
    assert not Book([read(a, provenance=elsewhere), read(b)]).is_read_again(book)


def test_rows_that_phy_made_may_be_gone_while_files_are_read_again_and_no_others() -> None:
    a, b = sheet("A", 3), sheet("B", 2)
    book = Book([a, again(b, phy=made_by_phy(b.run))])
    plain = Book([sheet_of(replace(one.run)) for one in (a, b)])
    assert (book.n_units, plain.n_units) == (6, 5)
    assert plain.keeps_rows(book)
    assert book.keeps_rows(plain)
    assert not plain.is_read_again(book)
    first = Book([again(a, phy=made_by_phy(a.run)), b])
    assert not plain.keeps_rows(first), "the rows of B are others"
    assert not Book([a]).keeps_rows(book)


def test_another_sheet_with_other_labels_is_another_basis() -> None:
    a, b = sheet("A"), sheet("B")
    book = Book([a, b])
    order = book.table.attention_rows()
    basis = book.table.basis
    looser = a.inputs.judged_by(a.criteria.replace(minPresenceRatio=0.05))
    changed = book.with_sheet(0, derive(looser, a))
    assert changed.table.basis is not basis
    assert changed.table.labels.tolist() == [Label.GOOD] * 3 + b.labels.tolist()
    assert changed.table.attention_rows() is not order
    assert changed.table.values("presenceRatio") is not book.table.values("rawAmplitude")


def test_a_join_survives_a_step_that_nobody_asked_for_it() -> None:
    a, b = sheet("A"), sheet("B")
    book = Book([a, b])
    found = book.table.values("rawAmplitude")
    between = book.with_sheet(1, labelled(b, 10))
    after = between.with_sheet(1, labelled(b, 11))
    assert after.table.values("rawAmplitude") is found


def test_a_sheet_that_went_is_let_go() -> None:
    a, b = sheet("A"), sheet("B")
    book = Book([a, b])
    for name in book.table.names():
        book.table.order(name)
    gone = weakref.ref(b.run)
    book = book.with_sheet(1, sheet("D"))
    del b
    gc.collect()
    assert gone() is None
    assert book.table.values("probe").tolist() == ["A"] * 3 + ["D"] * 3


def test_hidden_units_of_all_sheets_are_counted() -> None:
    a, b = sheet("A"), sheet("B", 2)
    assert Book([a, b]).n_hidden == 0
    hidden = derive(replace(a.inputs, hidden=(0, 2)), a)
    assert Book([hidden, derive(replace(b.inputs, hidden=(1,)), b)]).n_hidden == 3


def test_fewer_sheets_than_before() -> None:
    a, b, c = sheet("A"), sheet("B", 5), sheet("C")
    before = Book([a, b, c])
    before.table.values("presenceRatio")
    less = Book([a, c], before=before)
    assert less.table.values("presenceRatio").tolist() == [0.1, 1.0, 0.1] * 2
    assert Book([c], before=less).table is c
    assert Book([a, b], before=Book([a])).n_units == 8


# Several: columns that not all of them have


def test_what_one_sheet_has_is_missing_in_the_other() -> None:
    a = sheet("A", 2, ks_label=np.array(["good", ""], object), foreign=(foreign("n", 1.0, 2.0),))
    b = sheet("B", 2, drop=["Lratio"])
    table = Book([a, b]).table
    assert table.values("ks_label").tolist() == ["good", "", "", ""]
    assert [table.text("ks_label", i) for i in range(4)] == ["good", "–", "–", "–"]
    np.testing.assert_array_equal(table.values("Lratio"), [0.001, 0.001, np.nan, np.nan])
    np.testing.assert_array_equal(table.values("n"), [1.0, 2.0, np.nan, np.nan])
    assert table.text("n", 3) == "–"
    assert table.floats("Lratio") is table.values("Lratio")
    assert table.floats("no such metric") is None
    assert table.column("n").title == "n [.tsv]"
    with pytest.raises(KeyError):
        table.column("no such column")
    assert table.kind("no such column") is None
    assert table.why_absent("no such column") == a.why_absent("no such column") == ""


def test_a_column_of_two_kinds_is_not_there_and_says_why() -> None:
    a = sheet("A", 2, foreign=(foreign("x", 1.0, 2.0), foreign("y", 1.0, 2.0)))
    b = sheet("B", 2, foreign=(foreign("x", "one", "two"),))
    table = Book([a, b, sheet("C")]).table
    assert table.kind("x") is None
    assert "x" not in table.names()
    assert list(table.extra_names()) == ["y"]
    assert table.why_absent("x") == "x is a number in A and text in B"
    assert table.why_absent("y") == ""
    with pytest.raises(KeyError, match="x is a number in A and text in B"):
        table.column("x")
    with pytest.raises(FilterError, match="Nothing can be compared: x is a number in A and text"):
        parse_filter("x == 1", table)
    with pytest.raises(FilterError, match="These results have no column probe"):
        parse_filter("probe == 'A'", a)


def test_a_condition_that_not_all_know_is_not_there(monkeypatch) -> None:
    a, b = sheet("A"), sheet("B")
    real = b.kind
    monkeypatch.setattr(b, "kind", lambda name: None if name == "borderline" else real(name))
    table = Book([a, b]).table
    assert table.kind("borderline") is None
    assert table.why_absent("borderline") == (
        "borderline is a condition in A and not known of the others"
    )


def test_the_first_column_is_the_probe_and_ours_come_first() -> None:
    a = sheet("A", 2, foreign=(foreign("n", 1.0, 2.0),))
    names = list(Book([a, sheet("B")]).table.names())
    assert names[:3] == ["probe", "label", "cluster_id"]
    assert names[-1] == "n"
    assert names[1:-1] == [name for name in a.names() if name != "n"]


def test_rates_that_differ_are_no_rate() -> None:
    assert Book([sheet("A"), sheet("B")]).table.sample_rate == 30000.0
    mixed = Book([sheet("A"), sheet("B", sample_rate=25000.0)]).table
    assert np.isnan(mixed.sample_rate)
    assert sheet("A", sample_rate=25000.0).sample_rate == 25000.0


# Thresholds by sheet


def test_thresholds_are_told_by_sheet() -> None:
    a, b, c = sheet("A"), sheet("B", params={"minPresenceRatio": 0.5}), sheet("C")
    same, other = Book([a, b, c]).table.rules_of(PRESENCE)
    assert (same.status.threshold, same.probes, same.where) == (0.7, ("A", "C"), " (A, C)")
    assert (other.status.threshold, other.probes) == (0.5, ("B",))
    (alone,) = Book([a, c]).table.rules_of(PRESENCE)
    assert (alone.probes, alone.where) == ((), "")
    assert a.rules_of(PRESENCE)[0].status is a.audit.rules[PRESENCE]


def test_one_limit_in_two_precisions_is_one_limit() -> None:
    nearly = float(np.float32(0.7))
    assert nearly != 0.7
    (one,) = Book([sheet("A", params={"minPresenceRatio": nearly}), sheet("B")]).table.rules_of(
        PRESENCE
    )
    assert one.where == ""
    absent = [sheet(probe, absent=["minPresenceRatio"]) for probe in "AB"]
    (one,) = Book(absent).table.rules_of(PRESENCE)  # of no limit either
    assert not one.status.tested


# Whose row


def test_ids_that_several_have_are_named_with_their_probe() -> None:
    a = sheet("A", cluster_id=np.array([4, 7, -1]))
    b = sheet("B", cluster_id=np.array([7, 412, 412]))
    book = Book([a, b])
    assert [book.table.named(row) for row in range(6)] == [
        "unit 4",
        "unit A:7",
        "A, row 2 (no id)",
        "unit B:7",
        "unit 412",
        "unit 412",
    ]
    assert Book([a]).table.named(2) == "row 2 (no id)"
    assert Book([a]).table.named(1) == "unit 7"
    assert book.unit(2) is None
    assert book.unit(3) == UnitKey("ks_B", 7)
    assert book.rows_of_unit(UnitKey("ks_B", 412)).tolist() == [4, 5]
    assert book.rows_of_unit(UnitKey("elsewhere", 412)).tolist() == []


def test_an_id_of_two_recordings_is_two_units_of_which_something_can_be_said() -> None:
    a = sheet("A", cluster_id=np.array([4, 7, -1]))
    b = sheet("B", cluster_id=np.array([7, 412, 412]))
    ids = Book([a, b]).table.ids
    assert ids.sayable.tolist() == [True, True, False, True, False, False]
    assert ids.why_unsaid(np.array([1, 3])) == ""
    assert ids.why_unsaid(np.array([4])).startswith("id 412 is on two rows")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("412", [4, 5]),
        ("7", [1, 3]),
        (" B:7 ", [3]),
        ("b7", [3]),
        ("B: 412", [4, 5]),
        ("A:412", []),
        ("C:7", []),
        ("B", []),
        ("", []),
        ("B:-1", []),
        ("-1", []),
        ("9" * 30, []),
        ("B²", []),
    ],
)
def test_units_are_found_as_people_write_them(text: str, rows: list[int]) -> None:
    a = sheet("A", cluster_id=np.array([4, 7, -1]))
    b = sheet("B", cluster_id=np.array([7, 412, 412]))
    assert Book([a, b]).rows_named(text).tolist() == rows


def test_probes_of_one_name_are_told_apart() -> None:
    assert Book([sheet("A"), sheet("B")]).probes == ("A", "B")
    days = [sheet("A", name="monday"), sheet("A", name="tuesday"), sheet("B", name="monday")]
    assert Book(days).probes == ("monday A", "tuesday A", "B")
    twice = [sheet("A", name="x"), sheet("A", name="x"), sheet("A", name="x")]
    assert Book(twice).probes == ("x A", "x A (2)", "x A (3)")


def test_the_recordings_are_known_by_their_keys() -> None:
    a, b = sheet("A"), sheet("B")
    assert Book([a, b]).recordings == ("ks_A", "ks_B")
    book = Book([a, b], ["s1", "s2"])
    assert book.unit(4) == UnitKey("s2", 11)
    assert len(book) == 2
    with pytest.raises(ValueError, match="a key for each sheet"):
        Book([a, b], ["s1"])
    with pytest.raises(ValueError, match="at least"):
        Book([])


def test_rows_that_phy_made_lengthen_the_columns_that_their_sheet_lacks() -> None:
    cases = {"ks_label": np.array(["good"] * 3, object)}
    lacking = sheet_of(
        make_run(
            {"presenceRatio": [1.0] * 2},
            cluster_id=np.arange(2),
            drop=("Lratio",),
            provenance=Provenance("kB", "kB/b", "kB", "B"),
        )
    )
    book = Book([sheet("A", 3, **cases), lacking])
    for name in book.table.names():
        book.table.values(name)
        book.table.order(name)
    longer = again(lacking, phy=made_by_phy(lacking.run))
    after, fresh = book.with_sheet(1, longer), Book([book.sheets[0], longer])
    assert after.n_units == book.n_units + longer.n_units - lacking.n_units > book.n_units
    assert {"ks_label", "Lratio"} <= set(fresh.table.names())
    for name in fresh.table.names():
        np.testing.assert_array_equal(after.table.values(name), fresh.table.values(name), name)
        np.testing.assert_array_equal(after.table.order(name), fresh.table.order(name), name)


def test_rows_are_called_by_their_unit_or_counted() -> None:
    units = sheet("A")
    assert units_called(units, [1]) == f"unit {units.ids.cluster_id[1]}"
    assert units_called(units, np.array([0, 2])) == "2 units"


def test_who_differs_is_in_the_exported_table() -> None:
    said = [act("a", 1, unit=11), act("b", 2, "bob", "MUA", unit=11)]
    one, two = (to_frame(again(sheet("A"), said=replay(said[:n]))) for n in (1, 2))
    assert "opinions" not in one.columns
    assert two["opinions"].tolist()[1] == "ada: GOOD; bob: MUA"
    assert (two["opinions"] != "").sum() == 1


def test_the_sheet_of_a_row_of_any_table() -> None:
    one, other = sheet("A"), sheet("B")
    assert sheet_at(one, 1) == (one, 1)
    joined = Book([one, other]).table
    assert sheet_at(joined, one.n_units + 2) == (other, 2)
