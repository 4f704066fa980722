"""The bar that says what a curator said of a unit, and what was just done."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from factories import make_run, sheet_of
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QWidget

from bcviewer.app.save_state import Done
from bcviewer.widgets.curate.curate_bar import CurateBar
from bcviewer.widgets.curate.label_buttons import DoneWords


def test_what_was_just_done_pushes_nothing_aside(keep: Any) -> None:
    """Seen: with each label the table was wider for seconds, and all docks were laid out twice."""
    bar = CurateBar()
    keep(bar)
    before = bar.minimumSizeHint()
    assert before.width() > 100, "a unit's name and its label stand beside each other"
    bar.just.name(Done("MUA → unit 12 of a recording with quite a long name", "a"))
    assert bar.minimumSizeHint().width() == before.width()
    assert not bar.done.isHidden()
    assert "quite a long name" in bar.done.toolTip()


def bar_with_buttons(keep: Any, width: int) -> CurateBar:
    """Return a bar of so many pixels with three buttons, in which a label was just given."""
    around = QWidget()  # within it a bar may be as narrow as the table is
    keep(around, shown=False)
    bar = CurateBar(around)
    for name in ("GOOD", "MUA", "NOISE"):
        action = QAction(name, bar)
        action.setObjectName(f"action.{name}")
        bar.add_actions([action])
    table = sheet_of(make_run({"nPeaks": [1.0, 1.0]}))
    bar.show_unit(table, 1, np.array([1]), True)
    bar.resize(width, bar.sizeHint().height())
    around.show()
    bar.just.name(Done("GOOD → unit 0", "a"))
    return bar


def write(bar: CurateBar) -> None:
    bar.ask_note(make_run({"nPeaks": [1.0, 1.0]}), np.array([0]), "", "unit 0", "")
    bar.layout().activate()


def resized(bar: CurateBar, width: int) -> CurateBar:
    bar.resize(width, bar.height())
    bar.layout().activate()
    return bar


def in_sight(bar: CurateBar) -> set[str]:
    return {w.objectName() for w in bar.findChildren(QWidget) if w.isVisible() and w.objectName()}


def test_a_note_that_is_written_has_the_line(keep: Any) -> None:
    """Seen: within the time of undo the line for a note was 25 pixels wide, and words were cut."""
    bar = bar_with_buttons(keep, 700)
    before = in_sight(bar)
    assert {"labelGoesTo", "manualLabel", "labelDone", "undoDone"} < before
    write(bar)
    buttons = {name for name in before if name.startswith("curate.")}
    assert in_sight(bar) == {"noteFor", "noteEdit", *buttons}
    assert len(buttons) == 3
    bar.just.name(Done("GOOD → unit 0", "b"))  # said again meanwhile
    bar.show_unit(sheet_of(make_run({"nPeaks": [1.0, 1.0]})), 0, np.array([0]), True)
    assert "labelDone" not in in_sight(bar)
    assert "labelGoesTo" not in in_sight(bar)
    bar.edit.ended.emit(False)
    assert in_sight(bar) == before


def test_in_a_narrow_bar_the_buttons_give_way_to_a_note_and_it_asks_for_the_same_room(
    keep: Any,
) -> None:
    bar = bar_with_buttons(keep, 300)
    before, least = in_sight(bar), bar.minimumSizeHint().width()
    write(bar)
    assert in_sight(bar) == {"noteFor", "noteEdit"}
    assert bar.edit.width() > 160
    assert bar.minimumSizeHint().width() == least
    bar.edit.ended.emit(False)
    assert in_sight(bar) == before


def test_whom_a_label_went_to_is_the_last_that_is_cut(keep: Any) -> None:
    """Seen: “GOOD → unit…”."""
    words = DoneWords()
    keep(words, shown=False)

    def told(text: str, sample: str) -> str:
        words.setText(text)
        return words.fitted(words.fontMetrics().horizontalAdvance(sample))

    one, more = "GOOD → unit 417 ·", "NON-SOMA GOOD → 12 units (3 were MUA) ·"
    ways = (one, "GOOD → unit 417", "GOOD → 417")
    assert [told(one, way) for way in ways] == list(ways)
    assert told(more, "NON-SOMA GOOD → 12 units…w") == "NON-SOMA GOOD → 12 units …"
    for room in ("…417w", "GO…417w", "GOOD → 4"):
        assert told(one, room).endswith("417"), told(one, room)
    assert told("unit 417: GOOD already ·", "unit 417: G…").startswith("unit 417")


def test_what_is_in_brackets_has_the_room_there_is(keep: Any) -> None:
    """Seen at 1280 pixels beside phy: “GOOD → 2 units …”, and 150 pixels were free beside it."""
    words = DoneWords()
    keep(words, shown=False)
    words.setText("GOOD → 2 units (in phy merged into 45, unsaved) ·")
    wide = words.fontMetrics().horizontalAdvance
    begun = words.fitted(wide("GOOD → 2 units (in phy merged into…"))
    assert begun.startswith("GOOD → 2 units (in phy merg")
    assert begun.endswith("…")
    assert words.fitted(wide("GOOD → 2 units (in …")) == "GOOD → 2 units …"


def test_beside_what_was_just_done_the_label_of_the_next_unit_gives_way(keep: Any) -> None:
    """Seen in a table of 400 pixels: “…its” between “not reviewed” and *undo*."""
    bar = bar_with_buttons(keep, 700)
    bar.just.name(Done("NON-SOMA GOOD → 12 units (3 were MUA)", "a"))
    assert {"manualLabel", "labelDone"} < in_sight(bar)
    bar.resize(370, bar.height())
    bar.layout().activate()
    assert "manualLabel" not in in_sight(bar)
    assert {"labelGoesTo", "labelDone", "undoDone"} < in_sight(bar)
    assert "→ 12 units" in bar.done.fitted(bar.done.width())
    bar.just.forget()
    assert "manualLabel" in in_sight(bar)
    words = "GOOD → 3 units (in phy merged into 41, unsaved)"  # seen: “GOOD → 3 units …”
    bar.just.name(Done(words, "a"))
    widths = (resized(bar, width).width() for width in range(370, 900))
    whole = next(width for width in widths if words in bar.done.fitted(bar.done.width()))
    assert "manualLabel" not in in_sight(bar), "it gives way before what is to be known"
    assert "manualLabel" in in_sight(resized(bar, whole + 200))


def test_what_another_program_selects_ends_no_note(
    keep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: a click in phy, which is followed, saved half a note; its other half were keys."""
    bar = bar_with_buttons(keep, 700)
    table = sheet_of(make_run({"nPeaks": [1.0] * 4}))
    saved: list[str] = []
    bar.note_chosen.connect(lambda text, rows, run: saved.append(text))
    bar.show_unit(table, 0, np.array([0]), True)
    write(bar)
    bar.edit.setText("burst")
    monkeypatch.setattr(QApplication, "activeWindow", lambda: None)
    bar.show_unit(table, 2, np.array([2]), True)  # phy selected it
    monkeypatch.setattr(QApplication, "activeWindow", lambda: bar.window())
    bar.show_unit(table, 2, np.array([2]), True)  # another thing of it is known
    bar.renumber(np.array([1, 0, 3, 2]))  # phy made a unit, and the files were read
    bar.show_unit(table, 3, np.array([3]), True)
    assert bar.writing
    assert saved == []
    bar.show_unit(table, 2, np.array([2]), True)  # the person's own act
    assert saved == ["burst"]
