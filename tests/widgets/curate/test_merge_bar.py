"""The bar of proposed merges says of which probe they are, where several are open."""

from __future__ import annotations

from typing import Any

from bcviewer.core.curation.merge_queue import MergeQueue, ProposedMerge
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
