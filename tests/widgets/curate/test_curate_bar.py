"""The bar that says what a curator said of a unit, and what was just done."""

from __future__ import annotations

from typing import Any

from bcviewer.app.save_state import Done
from bcviewer.widgets.curate.curate_bar import CurateBar


def test_what_was_just_done_pushes_nothing_aside(keep: Any) -> None:
    """Seen: with each label the table was wider for seconds, and all docks were laid out twice."""
    bar = CurateBar()
    keep(bar)
    before = bar.minimumSizeHint()
    assert before.width() > 100, "a unit's name and its label stand beside each other"
    bar.show_done(Done("MUA → unit 12 of a recording with quite a long name", "a"))
    assert bar.minimumSizeHint().width() == before.width()
    assert not bar.done.isHidden()
    assert "quite a long name" in bar.done.toolTip()
