"""A unit of a review queue that is another one than was drawn is none of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from curation_cases import act
from factories import again, make_run, sheet_of

from bcviewer.core.curation.entries import LABEL, SPIKES, Change
from bcviewer.core.curation.replay import replay
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.phy import PhyState, unread
from bcviewer.core.run.run import Provenance
from bcviewer.core.run.unit_ids import BEING_READ, NOT_YET, OF_NONE, REST, SpikesById
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.queue import QueueSpec, QueueUnit, Review
from bcviewer.core.sheet.queue_spikes import is_another, regarding, rows_by_id, why_no_queue
from bcviewer.core.sheet.sheet import Sheet

ROWS = np.array([3, 0, 2])
IDS = np.array([5, 0, 6])
REVIEW = Review(QueueSpec(), ROWS, 3, missing=(900,), spikes={5: "one"})


def alone(cluster_id: int) -> QueueUnit:
    return cluster_id


def as_now(spikes: SpikesById, review: Review = REVIEW) -> Review:
    return regarding(review, rows_by_id(ROWS, IDS), alone, spikes)


def test_another_unit_of_an_id_is_missing_and_keeps_what_it_had() -> None:
    now = as_now({5: "two", REST: OF_NONE})
    assert (now.rows.tolist(), now.missing, now.spikes) == ([0, 2], (900, 5), {5: "one"})
    assert now.sample.missing == 2
    assert as_now({REST: OF_NONE}).missing == (900, 5)  # Kilosort made it
    for spikes in ({5: "one"}, {}, NOT_YET, {5: BEING_READ}, {5: "", REST: OF_NONE}):
        assert as_now(spikes) is REVIEW


def test_which_spikes_a_unit_has_is_noted_once_it_is_known() -> None:
    assert as_now({5: "one", 6: BEING_READ, 0: ""}) is REVIEW
    now = as_now({5: "one", 6: "six", 7: "seven", REST: OF_NONE})
    assert (now.rows.tolist(), now.missing) == (ROWS.tolist(), (900,))
    assert now.spikes == {5: "one", 6: "six"}
    of_one = regarding(REVIEW, {6: 2}, lambda i: ("key", i), {5: "two", 6: "six"})
    assert of_one.spikes == {5: "one", ("key", 6): "six"}


def part(name: str, n_templates: int, **more: Any) -> Sheet:
    """Return units 0 to 3, of which 1 and 3 are MUA."""
    run = make_run(
        {"presenceRatio": [1.0, 0.1, 1.0, 0.1]},
        provenance=Provenance(name, f"{name}/b", name, name),
        n_templates=n_templates,
    )
    return sheet_of(run, **more)


def test_no_queue_is_drawn_of_units_that_are_others_by_now_and_of_all_others_it_is() -> None:
    def why(*sheets: Sheet, spec: QueueSpec = REVIEW.spec) -> str:
        book = Book(sheets)
        return why_no_queue(book, book.table, spec)

    made, none = part("a", 3), part("b", 4)
    good, mua = (QueueSpec(classes=frozenset({one})) for one in (Label.GOOD, Label.MUA))
    found = "phy's files are not compared, and unit 3 may be another one by now"
    words = f"No queue yet: {found}. Try again in a moment; after Cancel, F5."
    assert [why(made), why(none, made), why(made, spec=mua)] == [words] * 3
    assert [why(none), why(made, spec=good)] == [""] * 2
    change = Change(0, LABEL, None, "GOOD", ((SPIKES, "one"),))
    gone = change._replace(cluster_id=900)
    said = replay([act("a", 1, changes=(change, gone))])
    assert "unit 0 may be" in why(part("c", 4, said=said))
    assert why(part("c", 4, said=said), spec=mua) == ""
    read = unread(made.run)
    known = replace(read, state=np.full(4, PhyState.CURRENT, np.int8), spikes={3: "three"})
    assert why(again(made, phy=read)) == words
    assert why(again(made, phy=known)) == ""
    assert why(again(made, phy=replace(known, spikes=NOT_YET))) == words  # not told any more


def test_all_of_a_book_is_compared_with_phy_once_its_files_are_read() -> None:
    made = part("a", 3)
    read = unread(made.run)
    known = replace(read, state=np.full(4, PhyState.CURRENT, np.int8))
    of_phy = (read, replace(read, read=read), replace(known, read=read), replace(read, read=known))
    told = [Book([part("b", 4), again(made, phy=phy)]) for phy in of_phy]
    assert not any(book.is_compared_with_phy for book in told)
    sheets = [again(made, phy=replace(one, read=known)) for one in (read, known)]
    assert [Book([sheet]).is_compared_with_phy for sheet in [made, *sheets]] == [False, True, True]


def test_what_has_no_digest_is_of_whatever_unit_has_the_id() -> None:
    assert not is_another({5: "two"}, 5, "")
    assert is_another({5: "two"}, 5, "one")
