"""The bar of proposed merges says of which probe they are, where several are open."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QWidget

from bcviewer.core.curation.merge_fates import Fate
from bcviewer.core.curation.merge_queue import ACCEPTED, REJECTED, MergeQueue, ProposedMerge
from bcviewer.widgets.curate.merge_bar import MergeBar


def test_the_probe_is_named_where_there_are_several(qtbot: Any) -> None:
    bar, queue = MergeBar(), MergeQueue.of("<b>.csv", [ProposedMerge((2, 3), "0.9")])
    qtbot.addWidget(bar)
    bar.show_queue(queue, "A")
    told = "Merge 1 of 1: 2 and 3 · probe A · score 0.9 · of <b>.csv"
    assert bar.accessibleName() == told
    assert "<b>.csv" not in bar.text(), "it is escaped"
    bar.show_queue(queue)
    assert "probe" not in bar.accessibleName()
    bar.show_queue(None)
    assert bar.isHidden()


@pytest.mark.parametrize("width", [300, 480, 900])
def test_from_merge_to_merge_no_link_moves_and_the_bar_stays_as_high(keep: Any, width: int) -> None:
    """Seen: *accept* was elsewhere at each merge, and then on the next line under *reject*."""
    merges = [
        ProposedMerge((2, 3), "0.9"),
        ProposedMerge((1002, 1004, 1009), "0.77"),
        ProposedMerge((5, 6), ""),
    ]
    queue, around = MergeQueue.of("a_file_with_a_name_that_is_quite_long.csv", merges), QWidget()
    bar = MergeBar(around)
    keep(around, shown=False)
    around.resize(width, 300)
    around.show()
    seen = []
    for one in (queue, queue.say(ACCEPTED), queue.say(ACCEPTED).say(REJECTED)):
        bar.show_queue(one)
        bar.resize(width, bar.heightForWidth(width))
        seen.append((bar.height(), bar.text().split("<br>")[0]))
        assert bar.accessibleName() in bar.toolTip()
        assert QFontMetrics(bar.font()).horizontalAdvance(shown_words(bar)) <= width
    assert len({high for high, _ in seen}) == 1
    titles = [unescape(re.sub("<[^>]*>", "", links)) for _, links in seen]
    assert len(set(titles)) == 1, "the same words in the same order, each at the same place"
    assert "accept\u00a0(Y)" in titles[0], "no line ends within a link"


def test_where_there_is_no_room_the_counts_stay(qtbot: Any) -> None:
    """Seen at 1280 pixels: *1 done in ph…*."""
    merges = [ProposedMerge((27, 34), "0.93"), ProposedMerge((5, 6), "0.8")]
    queue = MergeQueue.of("proposals_of_somebody_else.csv", merges).say(ACCEPTED).say(ACCEPTED)
    queue = replace(queue, fates={(5, 6): Fate(42, saved=False)})
    bar = MergeBar()
    qtbot.addWidget(bar)
    bar.show_queue(queue)
    all_of_it = bar.accessibleName()
    bare = all_of_it.replace(" · of proposals_of_somebody_else.csv", "")
    wide = QFontMetrics(bar.font()).horizontalAdvance(bare.replace(" · score 0.8", "")) + 40
    for width, shown in ((2000, "score"), (wide, "done")):
        bar.resize(width, 60)
        bar.retheme()
        words = shown_words(bar).replace("\u00a0", " ")
        assert words.endswith("somebody_else.csv" if shown == "score" else "1 done in phy")
    assert "score" not in words


def shown_words(bar: MergeBar) -> str:
    return unescape(re.sub("<[^>]*>", "", bar.text().split("<br>")[1]))
