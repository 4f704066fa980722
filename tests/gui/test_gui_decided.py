"""What is decided stays decided, and what is left to decide is seen without a key."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QMessageBox, QToolButton
from qt_fixtures import (
    WAIT_MS,
    click,
    current_id,
    delete,
    press,
    settle,
    shown_ids,
    write_recording,
)

from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.frame.curate_actions import CurateActions
from bcviewer.frame.window import Window
from bcviewer.widgets.drawing.still_label import StillLabel
from bcviewer.widgets.drawing.theme import theme

N = 8
COLUMNS: dict[str, Any] = {
    "presenceRatio": [1.0, 0.6, 1.0, 0.5, 1.0, 0.4, 1.0, 0.3],
    "nSpikes": [2400.0 - 10 * i for i in range(N)],
    "fractionRPVs_estimatedTauR": [0.01] * 4 + [1.0, 0.01, 1.0, 0.01],
    "RPV_status": [1.0] * 4 + [0.0, 1.0, 0.0, 1.0],
}
UNDECIDABLE = "chip.undecidable"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recording(tmp_path_factory.mktemp("decided") / "ks", COLUMNS, params_py=True)


@pytest.fixture
def window(shared_window: Any, folder: Path) -> Window:
    made: Window = shared_window(folder)
    made.session.set_sort("unit_index")
    press(made, "Home")
    assert current_id(made) == 0
    return made


def decided(window: Window) -> dict[int, str]:
    codes = window.session.table.manual.labels.tolist()
    return {row: LABEL_NAMES[code] for row, code in enumerate(codes) if code != NO_LABEL}


def status(window: Window) -> str:
    return window.status.currentMessage()


def done(window: Window) -> str:
    return window.curate_bar.done.text().removesuffix(" ·")


# -- a decision is not overwritten without a word --------------------------------------------


def test_a_label_in_a_queue_goes_on_to_what_is_not_decided(window: Window) -> None:
    """Seen: the step after a label landed on a reviewed row, and the next key overwrote it."""
    press(window, "End", "Alt+N", "Home", "Down", "Alt+M")
    window.session.set_queue(QueueSpec(size=None))
    window.session.set_sort("unit_index")
    press(window, "Home", "Down", "Down")
    assert current_id(window) == 2
    press(window, "Alt+G", "Alt+G", "Alt+G", "Alt+G", "Alt+G")
    assert current_id(window) == 0  # around the end, past the one that was decided
    assert "done" not in status(window)
    press(window, "Alt+G")
    assert decided(window) == {**dict.fromkeys(range(N), "GOOD"), 1: "MUA", N - 1: "NOISE"}
    assert (current_id(window), status(window)) == (0, f"The queue is done: {N} of {N}.")
    assert shown_ids(window) == list(range(N))


@pytest.mark.slow
def test_where_a_filter_hides_what_is_left_the_queue_is_not_called_done(window: Window) -> None:
    window.session.set_queue(QueueSpec(size=None))
    window.session.set_filter("unit_index < 2")
    press(window, "Alt+G", "Alt+M")
    assert status(window) == "Every other unit shown is reviewed."
    assert window.queue_bar.words.text() == f"2 of {N}"


@pytest.mark.slow
def test_what_is_overwritten_is_named_and_can_be_undone(window: Window) -> None:
    """Seen: a key too many on the last row turned MUA into GOOD without a word."""
    press(window, "End", "Alt+M")
    assert done(window) == "MUA → unit 7"
    press(window, "Alt+G")
    assert decided(window) == {7: "MUA"}
    press(window, "Alt+G")  # once more: it is meant
    assert decided(window) == {7: "GOOD"}
    assert done(window) == "GOOD → unit 7 (was MUA)"
    click(window.curate_bar.undo, window.curate_bar.undo.rect().center())
    assert decided(window) == {7: "MUA"}
    press(window, "Alt+U")
    assert done(window) == "label cleared → unit 7 (was MUA)"


def test_why_says_whose_label_it_shows_where_another_one_was_decided(window: Window) -> None:
    """Seen: NOISE in the table, and GOOD in the largest letters of *Why*, with no word whose."""
    said, session = window.panels["why"].findChild(StillLabel, "whyLabel"), window.session
    bombcells = LABEL_NAMES[session.table.labels[0]]
    other = Label.NOISE if bombcells != "NOISE" else Label.GOOD
    session.set_label(other)
    session.go_to_id(0)
    assert said.text() == bombcells
    session.set_label_source("final")
    assert LABEL_NAMES[session.table.labels[0]] == LABEL_NAMES[other]
    assert said.text() == f"Bombcell: {bombcells}"
    session.go_to_id(1)
    assert said.text() == LABEL_NAMES[session.table.labels[1]]


@pytest.mark.slow
def test_of_many_units_it_is_counted_what_is_overwritten(window: Window) -> None:
    press(window, "Alt+M", "Alt+M", "Alt+N", "Alt+G", "Ctrl+A", "Alt+G")
    assert done(window) == "GOOD → 8 units (1 had it already) (2 were MUA, 1 was NOISE)"


# -- the queue is in sight, and the verdict with it ------------------------------------------


def start(window: Window, size: int) -> None:
    """Start a queue by hand: *New queue* in its bar, a size and *Start queue* in its dock."""
    press(window, "F7")
    click(window.queue_bar.new, window.queue_bar.new.rect().center())
    settle()
    panel = window.panels["review"]
    assert panel.seen
    panel.most.setItemData(0, size)
    panel.most.setCurrentIndex(0)
    click(panel.start, panel.start.rect().center())
    settle()


@pytest.mark.slow
def test_the_dock_that_starts_a_queue_gives_way_to_what_it_covered(window: Window) -> None:
    press(window, "F7")
    window.docks["why"].raise_()
    settle()
    start(window, 3)
    assert window.session.scene.queue is not None
    assert window.panels["why"].seen
    assert not window.panels["review"].seen


@pytest.mark.slow
def test_a_queue_that_is_half_done_is_not_dropped_without_a_word(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    answers = iter(["Keep it", "New queue"])

    def answer(box: QMessageBox) -> int:
        asked.append(box.text())
        wanted = next(answers)
        next(button for button in box.buttons() if button.text() == wanted).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    start(window, 3)
    first = window.session.scene.review
    press(window, "Alt+M")
    press(window, "Esc")
    start(window, 4)
    assert asked == ["The queue is not done: 1 of 3 reviewed. Start a new one in its place?"]
    assert window.session.scene.review.rows.tolist() == first.rows.tolist()
    start(window, 4)
    assert len(window.session.scene.queue) == 4
    press(window, "Alt+G", "Alt+G", "Alt+G", "Alt+G")
    start(window, 5)  # it was done: nothing is lost
    assert (len(window.session.scene.queue), len(asked)) == (5, 2)


@pytest.mark.slow
def test_a_blind_review_that_was_left_is_seen_in_every_layout(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: it hid verdicts and kept exports waiting, and only the Curate layout said so."""
    bar = window.queue_bar
    window.session.set_queue(QueueSpec("random", 3, seed=7, blind=True))
    press(window, "Alt+M", "Esc")
    for layout in ("F2", "F3"):
        press(window, layout)
        assert bar.isVisible()
        assert bar.words.text() == "Blind review left at 1 of 3"
        assert "2 hidden, exports wait" in bar.next.text()
        assert bar.resume.isVisible()
    assert bar.reveal.isVisible()
    monkeypatch.setattr(CurateActions, "_sure_to_reveal", lambda *_: True)
    click(bar.reveal, bar.reveal.rect().center())
    assert bar.isHidden()  # it hides nothing any more


def test_the_form_shows_the_queue_that_there_is_after_a_restart(
    open_window: Any, folder: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "ks"))
    first = open_window(copy)
    first.session.set_queue(QueueSpec("random", 3, frozenset({Label.GOOD}), seed=7, blind=True))
    first.close()
    delete(first)
    panel = open_window(copy).panels["review"]
    window = panel.window()
    window.docks["review"].show()
    window.docks["review"].raise_()
    settle()
    assert panel.seen
    assert panel.order.currentText() == "at random, blind"
    assert (panel.seed.value(), panel.seed.isHidden()) == (7, False)
    assert panel.most.currentText() == "the 3"
    assert panel.classes.currentText().startswith("GOOD units")
    panel.order.setCurrentIndex(0)  # what the hand chooses stays, whatever is drawn
    press(window, "Alt+M")
    settle()
    assert panel.order.currentIndex() == 0


# -- a recording is gone on with where it was left --------------------------------------------


def test_a_restart_opens_the_probe_the_unit_and_the_labels_that_were_left(
    open_window: Any, folder: Path, tmp_path: Path
) -> None:
    """Seen: it opened probe A at a unit that was decided, by Bombcell's labels again."""
    for probe in "ABC":
        shutil.copytree(folder, tmp_path / "rec" / f"kilosort4_{probe}")

    def opened(*more: str) -> Window:
        window: Window = open_window(tmp_path / "rec", *more)
        return window

    def closed(window: Window) -> None:
        window.close()
        delete(window)

    first = opened()
    assert first.session.catalogue.location.probe == "A"
    assert first.session.scene.label_source == "bombcell"
    first.session.open_location(2)
    assert first.session.wait_idle(WAIT_MS)
    first.session.go_to_id(5)
    box = first.label_source
    box.setCurrentIndex(box.findData("final"))
    box.activated.emit(box.currentIndex())
    press(first, "Alt+N")
    here = current_id(first)
    closed(first)
    second = opened()
    assert (second.session.catalogue.location.probe, current_id(second)) == ("C", here)
    assert second.session.scene.label_source == "final"
    assert second.label_source.currentData() == "final"
    chip = second.findChild(QToolButton, "chip.NOISE")
    assert chip is not None
    assert chip.text() == "NOISE 1"
    closed(second)
    third = opened("--probe", "B", "--unit", "3")  # what is asked for wins
    assert (third.session.catalogue.location.probe, current_id(third)) == ("B", 3)
    closed(third)
    shutil.rmtree(tmp_path / "rec" / "kilosort4_B")  # where it was left is gone
    fourth = opened()
    assert fourth.session.catalogue.location.probe == "A"
    assert current_id(fourth) is not None


@pytest.mark.slow
def test_a_program_that_is_killed_has_kept_the_probe_and_the_layout(
    shared_window: Any, folder: Path, tmp_path: Path
) -> None:
    """Seen: after a kill the run and the layout before the last came back, not the last."""
    for probe in "AB":
        shutil.copytree(folder, tmp_path / "rec" / f"kilosort4_{probe}")
    window = shared_window(tmp_path / "rec")
    assert window.layouts.remember
    for place in (1, 0, 1):
        window.session.open_location(place)
        assert window.session.wait_idle(WAIT_MS)
        catalogue = window.session.catalogue
        left = window.prefs.left(catalogue.request.key)
        assert left is not None
        assert left.results == str(catalogue.location.results_dir)
    for key, name in (("F7", "curate"), ("F2", "unit")):
        press(window, key)
        assert window.prefs.layout_name() == name


# -- one word, one number --------------------------------------------------------------------


@pytest.mark.slow
def test_sentence_and_chip_say_one_number_of_what_is_undecidable(window: Window) -> None:
    """Seen: "7 of them undecidable" in the sentence, 11 in the chip, by the final labels."""
    sentence, chip = window.few_good, window.filter_bar.chips.findChild(QToolButton, UNDECIDABLE)
    assert "2 of them undecidable" in sentence.accessibleName()
    window.session.set_label_source("final")
    window.session.go_to_id(4)
    press(window, "Alt+G")
    assert chip is not None
    assert chip.text() == "undecidable 2"
    assert "1 of the 2 undecidable" in sentence.accessibleName()


# -- chips -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_chips_say_that_they_combine_by_and(window: Window) -> None:
    """Seen: sole blocker and borderline together showed none, and nothing said why."""
    count, names = window.filter_bar.count, ("sole_blocker", "undecidable")
    chips = [window.findChild(QToolButton, f"chip.{name}") for name in names]
    for chip in chips:
        assert "combine by “and”" in chip.toolTip()
    click(chips[0], chips[0].rect().center())
    n = len(shown_ids(window))
    assert 0 < n < N
    assert count.text() == f"{n} of {N} shown"
    click(chips[1], chips[1].rect().center())
    both = len(shown_ids(window))
    assert count.text() == f"{both} of {N} shown: sole blocker and undecidable"
    press(window, "2", "3")  # MUA or NOISE
    assert count.text() == f"{both} of {N} shown: all 3 chips"
    assert "(MUA or NOISE) and sole blocker and undecidable" in count.toolTip()
    press(window, "Esc")
    assert count.text() == f"{N} of {N} shown"


# -- what fails ------------------------------------------------------------------------------


def test_a_selected_row_keeps_the_tint_of_what_fails(window: Window) -> None:
    table, model = window.unit_table, window.unit_table.unit_model
    table.set_shown_columns(["label", "cluster_id", "nSpikes", "presenceRatio"])
    settle()
    column = model.columns.index("presenceRatio")
    colors = theme()

    def ground(row: int) -> str:
        index = model.index(row, column)
        table.scrollTo(index)
        box = table.visualRect(index)
        image = table.viewport().grab(box).toImage()
        return image.pixelColor(2, image.height() // 2).name().upper()

    press(window, "Ctrl+A")
    assert ground(0) == colors.selected
    assert ground(1) == colors.fail_selected
    press(window, "Home")
    assert ground(1) == colors.fail_tint
