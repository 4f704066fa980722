"""A recording probe by probe: each number is what its filter shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from books import books
from factories import make_run, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.audit.summary import agreement, class_counts, family_counts
from bcviewer.core.figures.recording_dashboard import (
    FilteredCount,
    ProbeSummary,
    good_along_depth,
    recording_dashboard,
)
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.core.run.run import Issue, Provenance, Sites
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.derive import derive


def shown(book: Book, text: str) -> np.ndarray:
    return evaluate(parse_filter(text, book.table), book.table).nonzero()[0]


def counts_of(row: ProbeSummary) -> list[FilteredCount]:
    named = [told for _, told in (*row.classes, *row.families)]
    more = [row.units, row.sole_blockers, row.undecidable, row.reviewed, row.disagreement]
    return [*named, *more, *([] if row.good_inside is None else [row.good_inside])]


@given(book=books(), data=st.data())
def test_each_number_is_what_its_filter_shows(book: Book, data: st.DataObject):
    rows = recording_dashboard(book)
    assert tuple(row.probe for row in rows) == book.probes
    all_of_them = [(which, told) for which, row in enumerate(rows) for told in counts_of(row)]
    for which, told in data.draw(st.lists(st.sampled_from(all_of_them), min_size=3, max_size=6)):
        found = shown(book, told.filter)
        assert len(found) == told.n
        assert len(book.within(which, found)) == told.n, "of no other probe"


@given(book=books())
def test_the_numbers_are_those_of_the_audit(book: Book):
    for sheet, row in zip(book.sheets, recording_dashboard(book), strict=True):
        classes = class_counts(sheet.labels)
        wanted = {label: classes[label] for label in CLASSES if classes[label]}
        assert {label: n.n for label, n in row.classes if label in CLASSES} == wanted
        assert {name: told.n for name, told in row.families} == family_counts(sheet.audit)
        assert row.sole_blockers.n == np.count_nonzero(sheet.audit.sole_blocker)
        assert row.units.n == sheet.n_units
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
        assert profile.good.sum() == np.isfinite(depth[: len(good)][good]).sum()
        for place in profile.good.nonzero()[0].tolist():
            found = shown(book, profile.filters[place])
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
    rows = recording_dashboard(book)
    assert [None if r.good_inside is None else r.good_inside.n for r in rows] == [2, 1, None]
    assert [profile.region for profile in good_along_depth(book)] == [
        (0.0, 600.0),
        (400.0, 1000.0),
        None,
    ]
    assert rows[0].problems == ("params.py: is odd. It is left out.",)


def test_of_hidden_units_no_number_tells_but_how_many_there_are():
    sheet = probe("A", 600.0)
    hidden = derive(replace(sheet.inputs, hidden=(0,)), sheet)
    row, other = recording_dashboard(Book([hidden, probe("B", None)]))
    assert (row.units.n, row.n_hidden, row.agreement) == (3, 1, None)
    assert dict(row.classes)[Label.GOOD].n == 1
    assert row.good_inside is not None
    assert row.good_inside.n == 1
    assert dict(other.classes)[Label.GOOD].n == 2
    assert other.agreement is not None


def test_without_sites_nothing_is_known_of_depth():
    book = Book([probe("A", 600.0, sites=False)])
    assert recording_dashboard(book)[0].good_inside is None
    assert good_along_depth(book) == ()


def test_a_probe_alone_has_no_probe_in_its_filters():
    (row,) = recording_dashboard(Book([probe("A", None)]))
    assert row.units == FilteredCount(3, "")
    assert dict(row.classes)[Label.GOOD] == FilteredCount(2, "label == 'GOOD'")
