"""A recording probe by probe: each number is what its filter shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from books import books
from factories import make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.audit.summary import agreement, class_counts, family_counts
from bcviewer.core.figures.depth_profile import good_along_depth
from bcviewer.core.figures.recording_dashboard import (
    ALL_PROBES,
    BLOCKERS,
    HEADS,
    INSIDE_GOOD,
    REVIEWED,
    UNITS,
    FilteredCount,
    Summaries,
    heads_of,
)
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.core.run.run import Issue, Provenance, Sites
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.derive import derive


def shown(book: Book, text: str) -> np.ndarray:
    return evaluate(parse_filter(text, book.table), book.table).nonzero()[0]


@given(book=books(), data=st.data())
def test_each_number_is_what_its_filter_shows(book: Book, data: st.DataObject):
    rows = Summaries().of(book)
    assert tuple(row.probe for row in rows) == (*book.probes, ALL_PROBES)
    cells = [(which, told) for which, row in enumerate(rows) for told in row.counts.values()]
    known = [(which, told) for which, told in cells if told is not None]
    for which, told in data.draw(st.lists(st.sampled_from(known), min_size=3, max_size=6)):
        found = shown(book, told.filter)
        assert len(found) == told.n
        if which < len(book):
            assert len(book.within(which, found)) == told.n, "of no other probe"


@given(book=books())
def test_the_numbers_are_those_of_the_audit(book: Book):
    for sheet, row in zip(book.sheets, Summaries().of(book), strict=False):
        classes = class_counts(sheet.labels)
        wanted = {label: classes[label] for label in CLASSES if classes[label]}
        assert {head.label: told.n for head, told in row.classes if head.label in CLASSES} == wanted
        families = {head.title: row.n(head.key) for head in HEADS if head.key.startswith("family:")}
        assert {name: n for name, n in families.items() if n} == family_counts(sheet.audit)
        assert row.n(BLOCKERS) == np.count_nonzero(sheet.audit.sole_blocker)
        assert row.n(UNITS) == sheet.n_units == sum(told.n for _, told in row.classes)
        assert row.n_hidden == len(sheet.veil)
        if row.n_hidden:
            assert row.agreement is None
        else:
            assert row.agreement == agreement(sheet.parts.rule_labels, sheet.saved_codes)


@given(book=books())
def test_along_depth_each_unit_counts_once(book: Book):
    profiles = good_along_depth(book)
    depths = [sheet.values("depth_um") for sheet in book.sheets]
    if not np.isfinite(np.concatenate(depths)).any():
        assert profiles == ()
        return
    for which, (profile, depth) in enumerate(zip(profiles, depths, strict=True)):
        assert profile.units.sum() == np.isfinite(depth).sum()
        good = book.sheets[which].labels == Label.GOOD
        assert profile.good.sum() == np.isfinite(depth[good]).sum()
        for place in profile.good.nonzero()[0].tolist():
            found = shown(book, profile.filter_of(place))
            assert len(book.within(which, found)) == len(found) == profile.good[place]


def probe(name: str, roi: float | None, *, top: bool = False, sites: bool = True):
    where = Provenance(f"ks_{name}", f"ks_{name}/b", f"ks_{name}", name, roi_um=roi, tip_at_top=top)
    run = make_run(
        {"maxChannels": [0.0, 1.0, 2.0], "presenceRatio": [1.0, 1.0, 0.1]},
        provenance=where,
        sites=Sites(np.array([[0.0, 0.0], [0.0, 500.0], [0.0, 1000.0]])) if sites else None,
        issues=(Issue("params.py", "is odd.", "It is left out."),),
    )
    return sheet_of(run)


def test_the_region_of_interest_is_that_of_each_probe():
    book = Book([probe("A", 600.0), probe("B", 600.0, top=True), probe("C", None)])
    rows = Summaries().of(book)
    inside = [row.counts[INSIDE_GOOD] for row in rows]
    assert [None if told is None else told.n for told in inside] == [2, 1, None, 3]
    assert [profile.region for profile in good_along_depth(book)] == [
        (0.0, 600.0),
        (400.0, 1000.0),
        None,
    ]
    assert rows[0].problems == ("params.py: is odd. It is left out.",)
    assert rows[-1].problems == ()


def test_of_hidden_units_no_number_tells_but_how_many_there_are():
    sheet = probe("A", 600.0)
    hidden = derive(replace(sheet.inputs, hidden=(0,)), sheet)
    row, other, both = Summaries().of(Book([hidden, probe("B", None)]))
    good = f"label:{Label.GOOD.name}"
    assert (row.n(UNITS), row.n_hidden, row.agreement) == (3, 1, None)
    assert (row.n(good), row.n(INSIDE_GOOD), other.n(good)) == (1, 1, 2)
    keys = (good, INSIDE_GOOD, UNITS, REVIEWED, "label:EMPTY")
    assert [row.words(key) for key in keys] == ["≥ 1", "≥ 1", "3", "0", "1"]
    assert [other.words(key) for key in keys] == ["2", "–", "3", "0", "0"]
    profile, whole = good_along_depth(Book([hidden, probe("B", None)]))
    assert profile.good_words(0.0, 600.0) == "≥ 1 GOOD unit"
    assert whole.good_words(0.0, 600.0) == "2 GOOD units"
    assert other.agreement is not None
    assert (both.n(good), both.agreement, both.n_hidden) == (3, None, 1)


def test_without_sites_nothing_is_known_of_depth():
    book = Book([probe("A", 600.0, sites=False)])
    assert Summaries().of(book)[0].counts[INSIDE_GOOD] is None
    assert good_along_depth(book) == ()


def test_a_probe_alone_has_no_probe_in_its_filters_and_no_sum():
    (row,) = Summaries().of(Book([probe("A", None)]))
    assert row.counts[UNITS] == FilteredCount(3, "")
    assert row.counts[f"label:{Label.GOOD.name}"] == FilteredCount(2, "label == 'GOOD'")


def test_classes_and_families_without_a_unit_have_no_head_and_no_probe_is_counted_twice():
    book, counted = Book([probe("A", None), probe("B", None)]), Summaries()
    rows = counted.of(book)
    titles = [head.title for head in heads_of(rows)]
    assert titles[:4] == ["units", "● GOOD", "◆ MUA", "✕ NOISE"]
    assert [title for title in titles if title in ("incomplete", "weak")] == ["incomplete"]
    again = counted.of(book.with_sheet(0, derive(replace(book.sheets[0].inputs, source="saved"))))
    assert again[1] is rows[1]
    assert again[0] is not rows[0]
