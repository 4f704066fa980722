"""Blind review in the real window: nothing tells a verdict until the unit is labelled."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QLabel,
    QMessageBox,
    QToolButton,
    QWidget,
)
from qt_fixtures import (
    WAIT_MS,
    click,
    current_id,
    delete,
    press,
    settle,
    shown_ids,
    verified_as,
)

from bcviewer.app.curating import open_journals
from bcviewer.app.curating.saying import REVEALED_UNWRITTEN
from bcviewer.app.threads.waiting import wait_until
from bcviewer.core.curation.blind import IN_SIGHT, blind_labels
from bcviewer.core.curation.entries import LABEL, Change
from bcviewer.core.curation.imported import ImportedLabels
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES, Label
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.core.sheet.veil import HIDDEN_WORDS
from bcviewer.errors import UserError
from bcviewer.frame.window import Window
from bcviewer.io.resources import resource_path
from bcviewer.oracle.client import Verification
from bcviewer.widgets.base.evidence_panel import EvidencePanel
from bcviewer.widgets.base.fact_line import FactLine
from bcviewer.widgets.unit.pair_facts import PairFacts

NAMES = [LABEL_NAMES[label] for label in CLASSES]
BLIND = QueueSpec("random", 5, seed=7, blind=True)
SAYING = (
    "keeps this from GOOD",
    "not shown clean",
    "shown clean",
    "above the limit",
    "undecidable",
)
"""What only a verdict says."""
ROLES = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.StatusTipRole)


@pytest.fixture
def window(open_window: Any, tmp_path: Path) -> Window:
    """Return a window on a copy of the demo's first probe: units of every kind, with spikes."""
    made: Window = open_window(a_copy(tmp_path))
    return made


def a_copy(tmp_path: Path) -> Path:
    demo = resource_path("demo")
    first = next(path for path in sorted(demo.rglob("kilosort4_A")) if path.is_dir())
    return Path(shutil.copytree(first, tmp_path / "kilosort4_A"))


def row_texts(window: Window, place: int) -> Iterator[str]:
    """Yield what the table says of a row, in every column that there is."""
    window.unit_table.set_shown_columns(list(window.session.table.names()))
    model = window.unit_table.unit_model
    for column, key in enumerate(model.columns):
        for role in ROLES:
            text = model.index(place, column).data(role)
            if text is not None:
                yield f"{key}: {text}"


def panel_texts(panel: QWidget) -> Iterator[str]:
    """Yield what a dock says, and what its widgets say to those who hover or cannot see."""
    for widget in (panel, *panel.findChildren(QWidget)):
        if isinstance(widget, QLabel):
            yield widget.text()
        if isinstance(widget, FactLine):
            yield from widget.facts
        if isinstance(widget, PairFacts):
            yield from (key.name for key in widget.legend)
        if isinstance(widget, QAbstractItemView):
            yield from item_texts(widget.model())
        yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription())
    if isinstance(panel, EvidencePanel):
        yield from (words.text + words.tip for words in panel.rules._words)


def item_texts(model: QAbstractItemModel) -> Iterator[str]:
    """Yield what a list or a table in a dock says."""
    for row in range(model.rowCount()):
        for column in range(model.columnCount()):
            texts = (model.index(row, column).data(role) for role in ROLES)
            yield from (text for text in texts if text is not None)


def tells(texts: Iterator[str]) -> list[str]:
    """Return the texts that name a class, or say what only a verdict says."""
    return [
        text
        for text in texts
        if any(name in text.split() for name in NAMES) or any(said in text for said in SAYING)
    ]


UNIT_DOCKS = (
    "why",
    "thresholds",
    "profile",
    "waveform",
    "correlogram",
    "amplitudes",
    "decay",
    "isi",
    "contamination",
    "amplitude_fit",
    "drift",
    "similar",
    "pair",
)


def test_no_dock_and_no_cell_tells_the_verdict_until_the_unit_is_labelled(window: Window) -> None:
    session = window.session
    press(window, "Home", "Alt+N")  # something to tell
    session.set_queue(BLIND)
    assert window.queue_bar.words.text() == "Blind review: 0 of 5"
    queue = session.scene.queue.tolist()
    for place in range(2):
        assert session.current == queue[place]
        assert tells(row_texts(window, place)) == []
        for key in UNIT_DOCKS:
            panel = window.panels[key]
            window.docks[key].show()
            window.docks[key].raise_()
            assert session.wait_idle(WAIT_MS)
            settle()
            assert panel.seen, key
            assert tells(panel_texts(panel)) == [], key
        assert window.panels["similar"].model.rowCount() == 5
        assert HIDDEN_WORDS in window.panels["why"].text()
        assert HIDDEN_WORDS in window.panels["contamination"].cover.words
        bar = window.curate_bar
        assert (
            tells(label.text() for label in bar.findChildren(QLabel) if label is not bar.done) == []
        )
        assert tells(iter((window.status.currentMessage(), window.windowTitle()))) == []
        press(window, "Alt+M")
        assert window.unit_table.unit_model.index(place, 0).data() in NAMES  # it is shown now
        window.docks["why"].raise_()
        window.unit_table.selectRow(place)
        assert session.wait_idle(WAIT_MS)
        settle()
        verdict = window.panels["why"].text()
        assert HIDDEN_WORDS not in verdict
        window.unit_table.selectRow(place + 1)
        settle()


def test_no_filter_no_chip_and_no_order_tells_it(window: Window) -> None:
    session = window.session
    session.set_queue(BLIND)
    queue = session.scene.queue.tolist()
    for text in ("label == 'GOOD'", "n_failed > 0", "not missing(sole_blocker)", "borderline"):
        for wanted in (text, f"not ({text})"):
            session.set_filter(wanted)
            shown = session.scene.view.rows.tolist()
            assert shown in ([], queue), wanted  # all of them or none
    session.set_filter("")
    for label in CLASSES:
        session.toggle_class(label)
        assert shown_ids(window) == []
        session.toggle_class(label)
    for column in ("label", "reason", "steps_to_good", "n_failed", "saved_label", "ks_label"):
        session.set_sort(column)
        assert session.scene.view.rows.tolist() == sorted(queue), column


def test_no_count_and_no_sentence_is_told_of_what_is_hidden(window: Window) -> None:
    """A hidden unit is no unit of no class, not tested by no rule, not saved without a label."""
    n = window.session.table.n_units
    first = current_id(window)  # somebody said something of it, which is told no more
    window.session.labelling.take_over(
        [(None, [Change(first, LABEL, None, "MUA")])], "theirs.csv", "bob"
    )
    window.session.set_queue(QueueSpec("random", None, seed=7, blind=True))
    settle()
    assert not window.few_good.isVisible()
    texts = [chip.text() for chip in window.filter_bar.chips.findChildren(QToolButton)]
    counts = [text for text in texts if not text.startswith("review queue")]
    assert all(text.endswith("≥ 0") for text in counts), counts
    assert f"{n} hidden by the blind review" in window.status.units.text()
    assert "≥ 0 reviewed" in window.status.saved.text()
    window.docks["review"].show()
    window.docks["review"].raise_()
    settle()
    review = window.panels["review"]
    items = [review.classes.itemText(i) for i in range(1, review.classes.count())]
    assert all(text.endswith("units (≥ 0)") for text in items), items
    assert review.all_words.text() == f"≥ 0 of {n} reviewed"
    assert not window.status.verdict.text()
    why = window.panels["why"]
    assert "not tested" not in why.text()
    assert f"24 rules: {HIDDEN_WORDS}" in why.rows.rest
    press(window, "F7")
    reveal(window)
    assert "hidden" not in window.status.units.text()
    assert not any("≥" in chip.text() for chip in window.filter_bar.chips.findChildren(QToolButton))


def test_labels_are_marked_blind_and_kappa_goes_by_them(window: Window) -> None:
    session = window.session
    press(window, "Home", "Alt+N", "Alt+N")
    ids = session.table.ids.cluster_id
    n = int((~np.isin(session.table.bombcell_labels, (Label.EMPTY, Label.UNSCORED))).sum())
    session.set_queue(BLIND)
    queue = ids[session.scene.queue].tolist()
    press(window, "Alt+M", "Alt+G", "Alt+M")
    said = blind_labels(session.scene.said)
    assert list(said) == queue[:3]
    assert {one.sample.words for one in said.values()} == {
        f"5 of {n - 2} units drawn at random (seed 7), 2 more left out as seen before"
    }
    assert session.curation.wait_saved(WAIT_MS)
    folder = Path(session.scene.run.provenance.results_dir) / "bcviewer"
    lines = [json.loads(line) for f in folder.iterdir() for line in f.read_text().splitlines()]
    assert [("blind" in line) for line in sorted(lines, key=lambda x: x["at"])] == [
        False,
        False,
        True,
        True,
        True,
    ]
    press(window, "F7")
    window.docks["sources"].show()
    window.docks["sources"].raise_()
    assert session.wait_idle(WAIT_MS)
    settle()
    panel = window.panels["sources"]
    assert panel.second.currentText() == "manual, blind"
    assert "blind, 3 labelled of 5 of" in panel.kappa.text()
    panel.choose("bombcell", "manual")
    assert IN_SIGHT in panel.kappa.text()


def test_who_takes_a_blind_label_back_has_seen_the_verdict(window: Window) -> None:
    session = window.session
    session.set_queue(BLIND)
    first = session.current
    unit = current_id(window)
    press(window, "Alt+M")
    assert not session.scene.sheet.veil.hides(first)
    press(window, "Ctrl+Z")
    assert not session.scene.sheet.veil.hides(first)
    assert session.current == first
    press(window, "Alt+G")
    assert session.curation.state.label(unit) == Label.GOOD
    assert blind_labels(session.scene.said) == {}
    window.actions_by_key.files.set_person("somebody else")
    assert session.scene.sheet.veil.hides(first)  # from them it is


def test_what_was_labelled_or_revealed_before_is_in_no_blind_sample(window: Window) -> None:
    """A verdict that is known cannot be unknown again: such labels would make kappa circular."""
    session = window.session
    session.set_queue(QueueSpec("random", 1, seed=7))
    seen = current_id(window)
    press(window, "Alt+M", "Ctrl+Z")  # taken back it is seen all the same
    session.set_queue(QueueSpec("random", 3, seed=7, blind=True))
    first = session.scene.queue.tolist()
    assert seen not in session.table.ids.ids_of(session.scene.queue).tolist()
    press(window, "Alt+M")
    assert len(reveal(window, "Stay blind")) == 1
    assert session.scene.book.n_hidden == 2
    asked = reveal(window)
    assert "2 hidden verdicts" in asked[0]
    assert "cannot be taken back" in asked[0]
    assert session.scene.book.n_hidden == 0
    undo = window.actions_by_key.by_key["undo"].text()
    assert undo.endswith(f"MUA for unit {session.table.ids.id_of(first[0])}")  # not the reveal
    session.set_queue(QueueSpec("random", None, seed=7, blind=True))
    assert set(first[1:]).isdisjoint(session.scene.queue.tolist())
    assert first[0] in session.scene.queue.tolist()  # what was judged blind, was
    assert session.scene.review.sample.left_out == 3
    window.docks["history"].show()
    window.docks["history"].raise_()
    assert session.wait_idle(WAIT_MS)
    settle()
    model = window.panels["history"].model
    texts = [model.index(row, 2).data() for row in range(model.rowCount())]
    assert texts[0] == "blind review revealed: 2 units"
    assert texts[1].endswith("→ MUA · said blind")


def test_no_plot_marks_a_hidden_unit_beside_thresholds_or_its_failing_bins(window: Window) -> None:
    session = window.session
    session.set_queue(BLIND)
    queue = session.scene.queue
    panels = {}
    for key in ("histograms", "scatter", "amplitudes"):
        panels[key] = window.panels[key]
        window.docks[key].show()
        window.docks[key].raise_()
        assert session.wait_idle(WAIT_MS)
        settle()
    told = {}
    for hidden in (True, False):
        window.unit_table.selectRow(0)
        assert session.wait_idle(WAIT_MS)
        settle()
        value, part, _ = panels["histograms"].mark_of("presenceRatio")
        assert np.isnan(value) == (part < 0) == hidden
        window.docks["scatter"].raise_()
        settle()
        assert (len(panels["scatter"]._ring.data) == 0) == hidden
        window.docks["amplitudes"].raise_()
        assert session.wait_idle(WAIT_MS)
        settle()
        told[hidden] = panels["amplitudes"].note.text()
        assert (panels["amplitudes"].strip.presence is None) == hidden
        assert ("present" in told[hidden]) != hidden
        rows = panels["amplitudes"].numbers()[1]
        assert any(row[0] == "spikes in presence bin" for row in rows) != hidden
        if hidden:
            session.set_selected(queue)
            assert sum(panels["histograms"].mark_of("presenceRatio")[2]) == 0
            session.set_selected(queue[:1])
            press(window, "Alt+M")
    session.set_selected(queue[:3])
    assert sum(panels["histograms"].mark_of("presenceRatio")[2]) == 1


def test_docks_of_the_population_say_how_many_are_hidden(window: Window) -> None:
    """Seen: 50 hidden units of 98 counted in shares of all 98, and nothing said so."""
    session = window.session
    n = session.table.n_scored
    session.set_queue(BLIND)
    assert session.wait_idle(WAIT_MS)
    for key, layout in (
        ("classes", "overview"),
        ("reasons", "overview"),
        ("histograms", "metrics"),
    ):
        window.show_layout(layout)
        panel = window.panels[key]
        settle()
        assert panel.note.text() == f"{n - 5} units, 5 hidden"
        assert panel.cover.isHidden()
        assert HIDDEN_WORDS in panel.note.toolTip()
    header, rows = window.panels["classes"].numbers()
    counts = [row[list(header).index("units")] for row in rows if row[1] == "as labelled"]
    assert sum(counts) == n - 5
    assert window.panels["scatter"].note.text().endswith(", 5 hidden")
    assert "drawn as not scored" in window.panels["scatter"].note.toolTip()
    window.show_layout("overview")
    session.set_label(Label.MUA)
    settle()
    assert window.panels["classes"].note.text() == f"{n - 4} units, 4 hidden"
    session.set_queue(QueueSpec("random", None, seed=7, blind=True))
    session.set_filter("not reviewed")
    settle()
    hidden = window.session.scene.book.n_hidden
    for key in ("classes", "reasons"):  # “no failed rule” would be a guess
        panel = window.panels[key]
        panel.scope.setCurrentIndex(panel.scope.findData("shown"))
        assert panel.cover.isVisible()
        assert f"{hidden} units, {HIDDEN_WORDS}" in panel.cover.words
        panel.scope.setCurrentIndex(panel.scope.findData("all"))


def test_where_every_verdict_is_known_no_blind_review_begins(window: Window) -> None:
    session = window.session
    session.set_queue(QueueSpec("random", None, seed=7, blind=True))
    reveal(window)
    n, review = len(session.scene.queue), session.scene.review
    session.set_queue(BLIND)
    assert "you know the verdict" in window.status.currentMessage()
    assert session.scene.review is review
    assert len(session.scene.queue) == n


@pytest.mark.long
def test_what_is_revealed_in_one_window_is_revealed_in_the_other(
    open_window: Any, tmp_path: Path
) -> None:
    folder = a_copy(tmp_path)
    one = open_window(folder)
    one.session.set_queue(BLIND)
    press(one, "Alt+M")
    said = one.session.curation.state
    other = open_window(folder)
    assert other.session.scene.book.n_hidden == one.session.scene.book.n_hidden == 4
    reveal(other)
    assert wait_until(lambda: one.session.curation.state is not said, one.session.changed, WAIT_MS)
    settle()
    assert one.session.scene.book.n_hidden == 0
    assert "revealed in another window" in one.status.currentMessage()
    one.session.set_label(Label.GOOD)
    settle()
    assert len(blind_labels(one.session.scene.said)) == 1  # what is said since is in sight
    assert one.queue_bar.words.text() == "2 of 5"


def test_of_a_hidden_unit_it_is_not_told_that_people_disagree(window: Window) -> None:
    session = window.session
    session.set_queue(QueueSpec("random", 1, seed=7))
    first = current_id(window)
    for who, label in (("carl", "MUA"), ("bob", "GOOD")):
        session.labelling.take_over(
            [(None, [Change(first, LABEL, None, label)])], "theirs.csv", who
        )
    window.docks["history"].show()
    window.docks["history"].raise_()
    assert session.wait_idle(WAIT_MS)
    settle()
    panel = window.panels["history"]
    assert panel.apart.isVisible()
    session.set_queue(QueueSpec("random", 1, seed=7, blind=True))
    settle()
    assert not panel.apart.isVisible()
    press(window, "Alt+M")
    settle()
    assert panel.apart.isVisible()


def test_what_was_done_to_a_hidden_unit_is_not_named(window: Window) -> None:
    """What another person did here just now, in the bar and in the words of undo and redo."""
    session, files = window.session, window.actions_by_key.files
    first = current_id(window)
    files.set_person("ada")
    for label in ("NOISE", "MUA"):
        session.labelling.take_over(
            [(None, [Change(first, LABEL, None, label)])], "their.csv", "bob"
        )
    bar = window.curate_bar
    session.set_queue(QueueSpec("random", None, seed=7, blind=True))
    settle()
    press(window, "Ctrl+Z")  # without a blind review: "…: NOISE again"
    assert tells(iter((window.status.currentMessage(),))) == []
    for key in ("undo", "redo"):
        action = window.actions_by_key.by_key[key]
        assert tells(iter((action.text(), action.toolTip()))) == []
    session.viewing.rows.reveal()
    press(window, "Home", "Alt+G")
    assert bar.done.text().startswith("GOOD → unit")
    session.set_queue(QueueSpec("random", None, seed=7, blind=True))
    files.set_person("carl")
    settle()
    assert not bar.done.isVisible()
    window.status.show_verifications(None, [])
    assert not window.status.verdict.toolTip()


def test_hidden_and_shown_units_are_labelled_apart(window: Window) -> None:
    session = window.session
    session.set_queue(BLIND)
    press(window, "Alt+M")
    rows = session.scene.queue
    session.set_selected(rows)
    press(window, "Alt+G")
    assert "label them apart" in window.status.currentMessage()
    assert session.table.manual.n_labels == 1
    session.set_selected(rows[1:])
    press(window, "Alt+G")
    assert len(blind_labels(session.scene.said)) == 5


TELLING = ("export_shown", "export_selected", "report", "export_labels", "accept", "import_labels")
"""The commands that would tell a verdict, or what somebody else said, outside the table."""


def reveal(window: Window, button: str = "Reveal") -> list[str]:
    """Click Reveal in the bar, and answer the question; return what is asked."""
    asked = []

    def answer(box: QMessageBox) -> int:
        asked.append(f"{box.text()} {box.informativeText()}")
        next(b for b in box.buttons() if b.text() == button).click()
        return 0

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(QMessageBox, "exec", answer)
        click(window.queue_bar.reveal, window.queue_bar.reveal.rect().center())
    return asked


def asks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test fail where a file or an answer is asked for."""
    monkeypatch.setattr(QMessageBox, "exec", lambda *_: pytest.fail("asked"))
    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_: pytest.fail("asked for a file"))


def refused(window: Window) -> bool:
    """Return whether it is said that nothing was done, and nothing was."""
    said = "the blind review hides" in window.status.currentMessage()
    window.status.clearMessage()
    return said and not [d for d in window.findChildren(QDialog) if d.isVisible()]


def test_nothing_that_tells_a_verdict_is_written_or_compared(
    window: Window, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asks_for_nothing(monkeypatch)
    session = window.session
    first = int(session.table.ids.cluster_id[0])
    theirs = ImportedLabels(
        "a.csv", "label", dict.fromkeys(range(first, first + 99), Label.MUA), {}
    )
    session.labelling.add_source([(None, theirs)], "others")
    session.set_queue(BLIND)
    press(window, "Esc")  # left, and hidden still
    for key in TELLING:
        window.actions_by_key.by_key[key].trigger()
        assert refused(window), key
    file = tmp_path / "labels.csv"
    file.write_text(f"cluster_id,label\n{first},MUA\n", "utf-8")
    files = window.actions_by_key.label_files
    files.read_labels(file)
    assert refused(window)
    files.adopt("others")
    assert refused(window)
    assert session.wait_idle(WAIT_MS)
    assert session.table.manual.n_labels == 0
    press(window, "F7")
    reveal(window)
    files.adopt("others")
    assert not refused(window)


def test_what_is_sealed_is_not_written_either(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the review queue is read nobody knows what may be told, and there is no review."""
    asks_for_nothing(monkeypatch)
    session, go = window.session, threading.Event()
    session.set_queue(BLIND)
    run, read_key = session.scene.run, open_journals.recording_key

    def held(run: Any) -> Any:
        assert go.wait(WAIT_MS / 1000)
        return read_key(run)

    monkeypatch.setattr(open_journals, "recording_key", held)
    session.reload()
    assert wait_until(lambda: session.scene.run is not run, session.changed, WAIT_MS)
    assert session.scene.review is None
    try:
        for key in TELLING:
            window.actions_by_key.by_key[key].trigger()
            assert "when the labels are read" in window.status.currentMessage(), key
            assert refused(window), key
    finally:
        go.set()
    assert session.wait_idle(WAIT_MS)
    assert session.scene.book.n_hidden == 5


def test_where_nothing_is_hidden_any_more_nothing_is_refused(window: Window) -> None:
    window.session.set_queue(BLIND)
    for _ in range(5):
        press(window, "Alt+M")
    assert not window.session.scene.book.n_hidden
    assert window.session.scene.review.spec.blind  # it was one, and all of it is judged
    window.actions_by_key.by_key["export_labels"].trigger()
    assert not refused(window)


def test_esc_shows_all_units_and_hides_as_before_and_reveal_ends_it(window: Window) -> None:
    session = window.session
    session.set_queue(BLIND)
    queue = session.scene.queue.tolist()
    press(window, "Esc")
    assert session.view.n_shown == session.table.n_units
    assert all(session.scene.sheet.veil.hides(row) for row in queue)
    bar = window.queue_bar
    press(window, "F7")
    assert bar.words.text() == "Blind review left at 0 of 5"
    click(bar.resume, bar.resume.rect().center())
    assert session.scene.view.rows.tolist() == queue
    reveal(window)
    assert not any(session.scene.sheet.veil.hides(row) for row in queue)
    press(window, "Alt+M")
    assert blind_labels(session.scene.said) == {}  # in sight


def test_a_queue_of_one_class_is_drawn_of_what_is_and_not_of_what_is_hidden(window: Window) -> None:
    session = window.session
    mua = int((session.table.bombcell_labels == Label.MUA).sum())
    session.set_queue(QueueSpec("random", None, seed=1, blind=True))
    session.set_queue(QueueSpec("random", None, frozenset({Label.MUA}), 1, True))
    assert len(session.scene.queue) == mua > 0
    assert session.scene.review.sample.words.startswith(f"{mua} of {mua} MUA units")


def test_it_is_chosen_by_hand_in_the_review_dock(window: Window) -> None:
    press(window, "F7")
    window.docks["review"].raise_()
    settle()
    panel = window.panels["review"]
    panel.order.setCurrentIndex(panel.order.findData("blind"))
    panel.seed.setValue(7)
    assert panel.seed.isVisible()
    assert "unreviewed ones first" not in panel.start.toolTip()
    assert "whether reviewed before or not" in panel.start.toolTip()
    click(panel.start, panel.start.rect().center())
    assert window.session.scene.book.n_hidden == len(window.session.scene.queue)
    assert window.session.scene.review.spec.seed == 7


def test_nothing_moves_in_the_review_dock_where_the_seed_comes(window: Window) -> None:
    """Seen 1000 pixels wide: *Start queue* moved 45 pixels away, and the table was narrower."""
    window.resize(1000, 900)
    press(window, "F7")
    window.docks["review"].raise_()
    settle()
    panel = window.panels["review"]

    def places() -> list[object]:
        settle()
        buttons = (panel.start, panel.next, panel.order)
        return [*(b.mapTo(window, b.rect().topLeft()) for b in buttons), window.unit_table.width()]

    before = places()
    assert panel.seed.isHidden()
    panel.order.setFocus()
    press(panel.order, "Down", "Down")
    assert panel.order.currentData() == "blind"
    assert panel.seed.isVisible()
    assert places() == before
    press(panel.order, "Up", "Up")
    assert panel.seed.isHidden()
    assert places() == before


def test_what_bombcell_says_is_held_against_what_is_hidden_too(window: Window) -> None:
    """Not against what may be shown of it: it would disagree about every hidden unit."""
    session = window.session
    codes = session.table.audit.label.copy()
    session.set_queue(BLIND)
    before = session.scene.sheet
    verified_as(session, Verification("verified", "0.94", codes))
    settle()
    assert session.scene.sheet is before
    other = session.scene.queue[0]
    codes = codes.copy()
    codes[other] = Label.GOOD if codes[other] == Label.MUA else Label.MUA
    verified_as(session, Verification("verified", "0.94", codes))
    settle()
    assert session.scene.sheet.veil.hides(other)
    assert not len(session.scene.arrived.rows)  # that it differs tells something
    session.viewing.rows.reveal()
    assert session.table.bombcell_labels[other] == codes[other]


@pytest.mark.long
def test_a_restart_shows_no_verdict_either(
    open_window: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = a_copy(tmp_path)
    first = open_window(folder)
    first.session.set_queue(BLIND)
    press(first, "Alt+M")
    left = set(first.session.scene.queue.tolist()[1:])
    first.close()
    delete(first)
    told: list[set[int]] = []

    def look(before: Any, scene: Any) -> None:
        if scene.book is not None:
            told.append(left - set(scene.book.hidden_rows().tolist()))

    show = Window.__init__

    def watched(self: Window, *args: Any) -> None:
        show(self, *args)
        self.session.changed.connect(look)

    monkeypatch.setattr(Window, "__init__", watched)
    second = open_window(folder)
    assert told
    assert not any(told), told  # at no time was any of them shown
    assert second.queue_bar.words.text() == "Blind review: 1 of 5"
    assert second.session.current == second.session.scene.queue[1]
    queue = second.session.scene.queue.tolist()
    # every one of them that is not labelled, and what is not in the queue is shown
    assert second.session.scene.book.hidden_rows().tolist() == sorted(queue[1:])
    reveal(second)
    second.close()
    delete(second)
    third = open_window(folder)
    assert not third.session.scene.book.n_hidden


def test_a_reveal_that_is_written_nowhere_does_not_say_that_it_is_for_good(
    open_window: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = a_copy(tmp_path)

    def unread(*_: object, **__: object) -> None:
        raise UserError("spike_times.npy: cannot be read.")

    with monkeypatch.context() as patched:
        patched.setattr(open_journals, "recording_key", unread)
        window = open_window(folder)
        session = window.session
        assert not session.curation.is_open
        session.set_queue(BLIND)
        assert session.scene.book.n_hidden == 5
        (asked,) = reveal(window)
        assert "a later blind review may draw them again" in asked
        assert "No later blind review" not in asked
        assert session.scene.book.n_hidden == 0
        assert window.status.currentMessage() == REVEALED_UNWRITTEN
    session.reload()
    assert session.wait_idle(WAIT_MS)
    assert session.curation.is_open
    session.set_queue(BLIND)
    assert session.scene.book.n_hidden == 5  # it was true
    (asked,) = reveal(window)
    assert "No later blind review of yours draws them." in asked
    session.set_queue(QueueSpec("random", None, seed=7, blind=True))
    assert session.scene.book.n_hidden == session.table.n_units - 5  # and so is this
