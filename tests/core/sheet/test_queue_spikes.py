"""A unit of a review queue that is another one than was drawn is none of it."""

from __future__ import annotations

import numpy as np

from bcviewer.core.run.unit_ids import BEING_READ, NOT_YET, OF_NONE, REST, SpikesById
from bcviewer.core.sheet.queue import QueueSpec, QueueUnit, Review
from bcviewer.core.sheet.queue_spikes import is_another, regarding, rows_by_id

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


def test_what_has_no_digest_is_of_whatever_unit_has_the_id() -> None:
    assert not is_another({5: "two"}, 5, "")
    assert is_another({5: "two"}, 5, "one")
