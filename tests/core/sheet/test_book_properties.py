"""A book of sheets is what their units in one pile are: columns, sort, filter, counts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from books import Plain, books, made_by_phy, sheets
from factories import again, make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.app.view import CHIPS, FilterState, chip_mask, filter_mask
from bcviewer.core.audit.summary import (
    agreement,
    blocker_counts,
    class_counts,
    family_counts,
    reason_counts,
)
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.filter.language import FilterError, evaluate, parse_filter
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.queue import QueueSpec, draw_up, progress
from bcviewer.core.sheet.sources import confusion, source_codes, sources_of
from bcviewer.core.sheet.table import Table

FILTERS = (
    "probe == 'B'",
    "probe = 'b' or probe == 'c'",
    "probe in ('A', 'C') and presenceRatio < 0.7",
    "not (Lratio > 0.3)",
    "missing(Lratio)",
    "missing(ks_label)",
    "ks_label != 'good' and label == 'MUA'",
    "ks_label contains 'oo' or `label:model` == 'GOOD'",
    "missing(`probability:model`) and not borderline",
    "manual_label == 'MUA' or note contains 'H'",
    "cluster_id in (0, 2) and reviewed",
    "attention <= 3",
    "family == 'unstable' and disagreement",
    "roi_label == 'inside' and phy_state != 'new'",
)


def plain_of(book: Book) -> Plain:
    return Plain(book.sheets, book.probes)


@given(book=books())
def test_every_column_is_the_sheets_one_after_the_other(book: Book) -> None:
    table, plain = book.table, plain_of(book)
    assert table.n_units == book.n_units == plain.n_units
    assert sorted(table.names()) == sorted(plain.names())
    assert table.names()[0] == "probe"
    for name in table.names():
        values, kind = table.values(name), table.kind(name)
        assert kind == plain.kind(name) == table.column(name).kind
        assert len(values) == table.n_units
        if name != "attention":
            np.testing.assert_array_equal(values, plain.values(name), name)
        if kind == "text":
            codes, texts = table.codes(name)
            assert len(set(texts.tolist())) == len(texts)
            np.testing.assert_array_equal(texts[codes], values)
        if name in METRICS and table.floats(name) is not None:
            np.testing.assert_array_equal(table.floats(name), values)


@given(book=books())
def test_every_cell_is_the_sheets_cell(book: Book) -> None:
    table = book.table
    for name in table.names():
        widest = max(map(len, table.widest_texts(name)), default=0)
        for row in range(book.n_units):
            sheet, at = book.sheet_of(row), book.sheet_row(row)
            said = table.text(name, row)
            if name == "probe":
                assert said == book.probes[book.number_of(row)]
            elif name == "attention":
                assert said == str(table.attention_rows().tolist().index(row) + 1)
            elif sheet.kind(name) is None:
                assert said == "–"
            else:
                assert said == sheet.text(name, at)
            if table.kind(name) == "text":
                assert len(said) <= max(widest, 1) or said.endswith("(saved)")


@given(book=books(), descending=st.booleans(), data=st.data())
def test_rows_are_sorted_as_in_one_pile(book: Book, descending: bool, data: st.DataObject) -> None:
    table, plain = book.table, plain_of(book)
    name = data.draw(st.sampled_from(table.names()))
    if name == "attention":
        return
    values, kind = plain.values(name).tolist(), table.kind(name)
    gone = [i for i, v in enumerate(values) if v == "" or (kind != "text" and math.isnan(v))]
    there = [i for i in range(len(values)) if i not in set(gone)]
    ranks = {text: i for i, text in enumerate(sorted({str(v).casefold() for v in values}))}
    keys = [ranks[str(v).casefold()] if kind == "text" else float(v) for v in values]
    there.sort(key=lambda i: -keys[i] if descending else keys[i])
    assert table.order(name, descending).tolist() == there + gone


@given(book=books())
def test_the_attention_order_is_one_over_all_sheets(book: Book) -> None:
    keys = []
    for sheet in book.sheets:
        found = sheet.attention_keys
        for i in range(sheet.n_units):
            distance, outside = float(found.distance[i]), False
            if found.in_roi is not None:
                outside = not found.in_roi[i]
            near = math.inf if math.isnan(distance) else distance
            group, conditions = int(found.group[i]), int(found.conditions[i])
            keys.append((outside, group, conditions, near, -float(found.room[i])))
    wanted = sorted(range(len(keys)), key=lambda i: keys[i])
    assert book.table.attention_rows().tolist() == wanted
    assert book.table.order("attention", True).tolist() == wanted[::-1]
    places = book.table.values("attention")
    assert [wanted[int(place) - 1] for place in places] == list(range(book.n_units))
    if len({sheet.run.provenance.roi_um is None for sheet in book.sheets}) == 1:
        for i, sheet in enumerate(book.sheets):  # each sheet's own order is part of it
            own = book.rows_of(i, sheet.attention_rows())
            assert [row for row in wanted if row in set(own.tolist())] == own.tolist()


@given(book=books(), text=st.sampled_from(FILTERS))
def test_a_filter_shows_the_same_units_as_in_one_pile(book: Book, text: str) -> None:
    table, plain = book.table, plain_of(book)
    filter_ = parse_or_none(text, table)
    assert (filter_ is None) == (parse_or_none(text, plain) is None)
    if filter_ is None:
        return
    if "attention" in filter_.names():
        wanted = table.values("attention") <= 3
    else:
        wanted = evaluate(filter_, plain)
    assert evaluate(filter_, table).tolist() == wanted.tolist()


def parse_or_none(text: str, table):
    try:
        return parse_filter(text, table)
    except FilterError:
        return None


def piled(book: Book, of) -> list:
    return [value for sheet in book.sheets for value in np.asarray(of(sheet)).tolist()]


@given(book=books())
def test_chips_classes_and_counts_are_the_sums(book: Book) -> None:
    table: Table = book.table
    for chip in CHIPS:
        assert chip_mask(table, chip).tolist() == piled(book, lambda s, c=chip: chip_mask(s, c))
    state = FilterState(classes=frozenset({Label.MUA, Label.NOISE}), chips=frozenset({CHIPS[0]}))
    assert filter_mask(table, state).tolist() == piled(book, lambda s: filter_mask(s, state))
    for of in (
        lambda t: class_counts(t.labels),
        lambda t: class_counts(t.audit.split_label),
        lambda t: family_counts(t.audit),
        lambda t: blocker_counts(t.audit),
        lambda t: dict(enumerate(reason_counts(t.audit).tolist())),
        lambda t: dict(enumerate(reason_counts(t.audit, masked=True).tolist())),
    ):
        total: dict = {}
        for sheet in book.sheets:
            for key, n in of(sheet).items():
                total[key] = total.get(key, 0) + n
        assert of(table) == total
    found = agreement(table.bombcell_labels, table.saved_codes)
    each = [agreement(s.bombcell_labels, s.saved_codes) for s in book.sheets]
    assert found.agree == sum(one.agree for one in each)
    assert found.compared == sum(one.compared for one in each)
    assert (
        table.scored_rows().tolist()
        == np.flatnonzero(piled(book, lambda s: np.arange(s.n_units) < s.n_scored)).tolist()
    )
    assert table.n_scored == len(table.scored_rows())
    assert table.is_split == any(sheet.is_split for sheet in book.sheets)


@given(book=books())
def test_what_the_rules_say_is_the_sheets_one_after_the_other(book: Book) -> None:
    found = book.table.audit
    assert found.n_units == book.n_units
    for name in (
        "label",
        "split_label",
        "failed",
        "deciding",
        "masked",
        "family",
        "rpv",
        "n_failed",
        "sole_blocker",
        "steps_to_good",
        "safety_of_good",
        "borderline",
        "attention",
    ):
        wanted = piled(book, lambda s, n=name: getattr(s.audit, n))
        np.testing.assert_array_equal(getattr(found, name), wanted)
        assert getattr(found, name) is getattr(found, name)  # joined once
    assert book.table.weakest_pass.tolist() == piled(book, lambda s: s.weakest_pass)


@given(book=books())
def test_a_rule_is_told_for_each_sheet_where_it_is_not_the_same(book: Book) -> None:
    for i in range(len(RULES)):
        found = book.table.rules_of(i)
        for sheet, probe in zip(book.sheets, book.probes, strict=True):
            (own,) = [one for one in found if not one.probes or probe in one.probes]
            status = sheet.audit.rules[i]
            assert (own.status.tested, own.status.why) == (status.tested, status.why)
            assert own.status.threshold == pytest.approx(status.threshold, nan_ok=True)
        assert (len(found) == 1) == (not found[0].probes)


@given(book=books())
def test_what_curators_said_is_the_sheets_one_after_the_other(book: Book) -> None:
    manual = book.table.manual
    for row in range(book.n_units):
        sheet, at = book.sheet_of(row), book.sheet_row(row)
        assert manual.said_of(row) == sheet.manual.said_of(at)
    assert manual.n_labels == sum(sheet.manual.n_labels for sheet in book.sheets)
    assert book.table.ids.cluster_id.tolist() == piled(book, lambda s: s.ids.cluster_id)


@given(book=books())
def test_label_sources_are_those_of_any_sheet(book: Book) -> None:
    table = book.table
    assert set(sources_of(table)) == {name for s in book.sheets for name in sources_of(s)}
    for source in sources_of(table):
        wanted = []
        for sheet in book.sheets:
            there = source in sources_of(sheet)
            missing = np.full(sheet.n_units, NO_LABEL, np.int8)
            wanted += (source_codes(sheet, source) if there else missing).tolist()
        assert source_codes(table, source).tolist() == wanted
    both = confusion(source_codes(table, "bombcell"), source_codes(table, "manual"))
    each = [confusion(source_codes(s, "bombcell"), source_codes(s, "manual")) for s in book.sheets]
    assert both.agreeing == sum(one.agreeing for one in each)
    assert both.left_out == sum(one.left_out for one in each)


@given(book=books(), seed=st.integers(0, 3), size=st.sampled_from([None, 2]))
def test_the_queue_is_of_all_sheets(book: Book, seed: int, size: int | None) -> None:
    table = book.table
    rows = draw_up(table, QueueSpec(size=size)).rows.tolist()
    labels, reviewed = table.bombcell_labels, table.manual.labels != NO_LABEL
    gone = table.values("phy_state") == "gone" if table.kind("phy_state") else np.zeros(len(labels))
    order = table.attention_rows().tolist()
    shown = [i for i in order if labels[i] != Label.EMPTY and not gone[i]]
    wanted = [i for i in shown if not reviewed[i]] + [i for i in shown if reviewed[i]]
    assert rows == (wanted if size is None else wanted[:size])
    assert progress(table).reviewed == sum(progress(s).reviewed for s in book.sheets)
    # at random: the same units for every curator, in whatever order the probes were opened
    turned = Book(book.sheets[::-1])
    at_random = QueueSpec("random", seed=seed)
    units = [
        [one.unit(row) for row in draw_up(one.table, at_random).rows] for one in (book, turned)
    ]
    assert units[0] == units[1]
    assert sorted(draw_up(table, at_random).rows.tolist()) == sorted(shown)


@given(book=books(least=2, most=3))
def test_rows_of_the_book_and_of_its_sheets(book: Book) -> None:
    row = 0
    for i, sheet in enumerate(book.sheets):
        for at in range(sheet.n_units):
            assert book.place(row) == (i, at)
            assert book.sheet_of(row) is sheet
            assert book.row_of(i, at) == row
            unit = book.unit(row)
            assert unit is not None
            assert (unit.recording, unit.cluster_id) == (
                f"ks_{book.probes[i]}",
                sheet.ids.id_of(at),
            )
            assert book.rows_of_unit(unit).tolist() == [row]
            row += 1
    rows = np.arange(book.n_units)[::-1]
    back = [book.rows_of(i, own).tolist() for i, own in book.by_sheet(rows)]
    assert sorted(row for part in back for row in part) == sorted(rows.tolist())
    assert all(part == sorted(part, reverse=True) for part in back)
    for wrong in (-1, book.n_units):
        with pytest.raises(IndexError):
            book.place(wrong)


@given(book=books())
def test_rows_of_one_sheet_among_the_books(book: Book) -> None:
    rows = np.arange(book.n_units)[::2]
    scored = set(book.table.scored_rows().tolist())
    assert book.table.scored_among(rows).tolist() == [r for r in rows.tolist() if r in scored]
    for i, sheet in enumerate(book.sheets):
        assert book.sheet_with(sheet.run) == i
        wanted = [row for row in rows.tolist() if book.number_of(row) == i]
        assert book.within(i, rows).tolist() == wanted
        assert book.rows_in(i, rows).tolist() == [book.sheet_row(row) for row in wanted]
    assert book.sheet_with(sheet_of(make_run()).run) is None
    for row in range(book.n_units):
        sheet, at = book.sheet_of(row), book.sheet_row(row)
        for rule in range(0, len(RULES), 5):
            state, status = book.table.judged(rule, row)
            assert (state, status) == sheet.judged(rule, at)
            assert status is sheet.audit.rules[rule]


@given(book=books(), which=st.integers(0, 2))
def test_rows_that_phy_adds_move_those_after_them(book: Book, which: int) -> None:
    which %= len(book)
    sheet = book.sheets[which]
    grown = again(sheet, phy=made_by_phy(sheet.run))
    after = book.with_sheet(which, grown)
    to = after.moved(book)
    more = grown.n_units - sheet.n_units
    assert (to is None) == (which == len(book) - 1 or not more)
    kept = [] if to is None else range(book.n_units)
    for row in kept:
        assert after.place(int(to[row])) == book.place(row)
    assert after.moved(after) is None


@given(sheet=sheets("A"))
def test_a_book_of_one_sheet_is_the_sheet(sheet) -> None:
    book = Book([sheet])
    assert book.table is sheet
    assert book.n_units == sheet.n_units
    rows = np.arange(sheet.n_units)
    assert book.rows_of(0, rows) is rows
    assert all(own is rows for _, own in book.by_sheet(rows))
    for row in range(sheet.n_units):
        assert book.place(row) == (0, row)
        assert book.table.named(row) == sheet.ids.named(row)
