"""Accepted merges that share units."""

from __future__ import annotations

from bcviewer.core.curation.joined_merges import joined, joined_words


def test_groups_that_share_a_unit_become_one_and_that_is_said() -> None:
    assert joined([(1, 2), (3, 4)]) == ((1, 2), (3, 4))
    assert joined_words(((1, 2), (3, 4))) == ""
    groups = ((1, 2), (5, 6), (3, 2), (6, 1))
    assert sorted(map(sorted, joined(groups))) == [[1, 2, 3, 5, 6]]
    assert "(1 group, which had no preview)" in joined_words(groups)
    assert joined_words(((1, 2), (3, 1, 2))) == "", "the larger one was looked at"
    chain = tuple((i, i + 1) for i in range(5_000))
    assert joined(chain) == (tuple(range(5_001)),)
    assert joined_words(chain).endswith("9, 10, 11 and 4,989 more.")
