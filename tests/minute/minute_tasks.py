"""The tasks of a curator's minute, each done by a hand in the real window."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from minute_figures import Figure
from minute_hands import KEYS, Hand, at_window, until
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLabel
from qt_fixtures import click, shown_ids

from bcviewer.core.curation.entries import LABEL, Action, Change, Who
from bcviewer.core.curation.times import time_text
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.io.journal.store import JournalsRead
from bcviewer.io.names import SIMILAR_TEMPLATES
from bcviewer.widgets.table.frozen_part import FrozenPart

QUEUE, DECIDED = 12, 5
"""So many units are in the queue of (e), and so many are decided before the restart."""
SIZES = ((1280, 720), (1440, 900))


def decide(session: Path, work: Path) -> Iterator[Figure]:
    """(a) Decide every sole blocker and every borderline unit of three probes."""
    dice = random.Random(0)
    with at_window(work, session) as hand:
        for i, probe in enumerate("ABC", 1):
            hand.press(f"Ctrl+{i}")
            hand.wait()
            hand.begin()
            audit, ids = hand.window.session.table.audit, hand.window.session.table.ids
            due = {*ids.ids_of(np.flatnonzero((audit.sole_blocker != 0) | audit.borderline))}
            said: dict[int, str | None] = {}
            for chip in ("chip.sole_blocker", "chip.borderline"):
                hand.click(chip)
                _decide_shown(hand, said, dice)
                hand.click(chip)
            left = {int(unit) for unit in due} ^ set(said)
            if left:
                hand.wrong(f"decided, or not, in error: {sorted(left)}")
            if said != _said(hand):
                hand.wrong("the table says something else than was pressed")
            yield hand.figure(f"(a) decide sole blockers, borderline: {probe}", 2, len(due))


def _decide_shown(hand: Hand, said: dict[int, str | None], dice: random.Random) -> None:
    """Label every unit that is shown and not decided yet, going on by N where the next one is."""
    left = [unit for unit in shown_ids(hand.window) if unit not in said]
    while left:
        eye = hand.highlighted()
        if len(eye) != 1 or eye[0] in said:
            hand.press("N")
            if hand.highlighted() == eye:
                hand.wrong(f"N does not leave {eye}, and {left} are not decided")
                return
            continue
        said.update(hand.label(dice.choice(sorted(KEYS))))
        if eye[0] not in said:
            return  # it is noted as a mistake
        left = [unit for unit in left if unit not in said]


def _said(hand: Hand) -> dict[int, str]:
    """Return what the table shows as manual labels, by id."""
    table = hand.window.session.table
    names = table.values("manual_label").tolist()
    return {int(i): n for i, n in zip(table.ids.cluster_id, names, strict=True) if n}


def slip(session: Path, work: Path) -> Iterator[Figure]:
    """(a) Do what made labels slip once: each lands on what is highlighted, or on none."""
    with at_window(work, session, "--probe", "B") as hand:
        window, table = hand.window, hand.window.unit_table
        repeats = [key for key in window.actions_by_key.by_key if key.startswith("label_")]
        for key in repeats:  # a key that is held too long is one label
            if window.actions_by_key.by_key[key].autoRepeat():
                hand.wrong(f"{key} repeats while its key is held")
        hand.press("End")
        hand.filter("presence ratio < 2")  # the current one was the last row: the filter moves rows
        hand.label("MUA")
        last = shown_ids(window)[-1]
        hand.filter(f"cluster_id != {last} and failed > 0")  # hides the current one
        hand.press("Ctrl+A")
        hand.label("NOISE")
        hand.press("Esc", "Home")
        click(table.viewport(), QPoint(40, table.viewport().height() - 3))  # below, or another row
        hand.label("GOOD")
        _colleague(hand, hand.highlighted()[0])
        hand.label("NON-SOMA")
        hand.filter("spikes < 0")  # nothing is shown: nothing is labelled
        hand.label("GOOD")
        hand.press("Esc")
        window.unit_table.unit_header.sectionClicked.emit(1)  # sorted by another column
        hand.label("MUA")
        hand.press("Ctrl+3")
        hand.label("GOOD")  # while another probe loads: the one that is shown, or none
        hand.wait()
        hand.label("NOISE")
        yield hand.figure("(a) eight slips of a hand", 3, 8)


def _colleague(hand: Hand, unit: int) -> None:
    """Let a colleague's label arrive between the eye and the key."""
    changes = (Change(unit, LABEL, None, "MUA"),)
    at, who = time_text(datetime.now(UTC)), Who("colleague", "lab", "1")
    journals = hand.window.session.curation.journals
    journals.arrived.emit(JournalsRead((Action("c0", at, who, "label", changes),)))


def why_none(session: Path, work: Path) -> Iterator[Figure]:
    """(b) Read why there is no GOOD unit on C, at two sizes of the window."""
    for size in SIZES:
        with at_window(work, session, "--probe", "C", size=size) as hand:
            hand.begin()
            bar = hand.part("fewGood", QLabel)
            if trouble := hand.in_sight(bar):
                hand.wrong(f"the sentence: {trouble}")
            table = hand.window.session.table
            text = bar.accessibleName()
            if (table.labels == Label.GOOD).any() or not text.startswith("No GOOD unit"):
                hand.wrong(f"the sentence does not say it: {text}")
            if f"of {table.n_scored} units fail" not in text:
                hand.wrong(f"the sentence does not say of how many: {text}")
            yield hand.figure(f"(b) why no GOOD on C, {size[0]} × {size[1]}", 0, 1, text)


def export(recording: Path, work: Path) -> Iterator[Figure]:
    """(c) Write the MUA units that fail exactly one rule to a file."""
    with at_window(work, recording, "--probe", "C") as hand:
        hand.begin()
        table = hand.window.session.table
        one = np.bitwise_count(table.audit.failed) == 1
        due = {*table.ids.cluster_id[one & (table.labels == Label.MUA)].tolist()}
        out = work / "mua_one_rule.csv"
        hand.filter("label == 'MUA' and failed == 1")
        hand.keys -= 1  # "/" begins the line that is typed
        hand.save_as("Ctrl+Shift+E", out)
        rows = list(csv.DictReader(out.read_text("utf-8").splitlines())) if out.exists() else []
        written = [int(row["cluster_id"]) for row in rows]
        if sorted(written) != sorted(due):
            hand.wrong(f"the file has {sorted(written)} for {sorted(due)}")
        if any((row["bombcell_label"], row["n_failed"]) != ("MUA", "1") for row in rows):
            hand.wrong("the file says something else of them")
        note = f"{len(due)} units"
        yield hand.figure("(c) export the MUA units that fail one rule", 3, 1, note)


def compare(recording: Path, work: Path) -> Iterator[Figure]:
    """(d) Compare a unit with the one that is most similar to it."""
    with at_window(work, recording, "--probe", "C") as hand:
        session, panel = hand.window.session, hand.window.panels["pair"]
        hand.begin()
        hand.press("S")
        until(lambda: panel.seen and panel.found is not None)
        hand.wait()
        ids = session.table.ids.cluster_id
        like = np.load(Path(session.scene.run.provenance.ks_dir) / SIMILAR_TEMPLATES)
        one = int(session.current_id())
        others = ids[ids != one]
        most = int(others[np.argmax(like[one, others])])
        drawn = tuple(int(ids[row]) for row in panel.found.rows)
        if drawn != (one, most):
            hand.wrong(f"units {drawn} are drawn, {(one, most)} are the most similar")
        if not panel.isVisible() or panel.visibleRegion().isEmpty():
            hand.wrong("the comparison is not seen")
        yield hand.figure("(d) compare with the most similar", 1, 1, f"units {drawn}")


def restart(session: Path, work: Path) -> Iterator[Figure]:
    """(e) Say after a restart which units of a queue are decided, and which remain."""
    with at_window(work, session, "--probe", "A") as hand:
        hand.window.session.set_queue(QueueSpec(size=QUEUE))
        for _ in range(DECIDED):
            hand.label("MUA")
        before, mistakes = _said(hand), hand.mistakes
        in_queue = shown_ids(hand.window)
    with at_window(work, session, "--probe", "A") as hand:
        window = hand.window
        hand.begin()
        hand.mistakes += mistakes
        words = hand.part("queueWords", QLabel)
        done = sum(unit in before for unit in in_queue)
        if words.text() != f"{done} of {QUEUE}" or (trouble := hand.in_sight(words)):
            hand.wrong(f"the queue's bar: {words.text()} {trouble}")
        if shown_ids(window) != in_queue:
            hand.wrong("the table shows other units")
        if _said(hand) != before:
            hand.wrong(f"decided are {_said(hand)}, before {before}")
        if hand.highlighted()[0] in before:
            hand.wrong("the current unit is decided already")
        if f"{len(before)} reviewed" not in (saved := hand.part("savedLabel").text()):
            hand.wrong(f"the status bar says {saved!r}")
        ticked = {unit for unit in in_queue if _is_ticked(hand, in_queue.index(unit))}
        if ticked != {unit for unit in in_queue if unit in before}:
            hand.wrong(f"ticks are drawn at {sorted(ticked)}, decided are {sorted(before)}")
        note = f"{words.text()} · {window.queue_bar.next.text()}"
        yield hand.figure("(e) which are decided, after a restart", 0, 1, note)


def _is_ticked(hand: Hand, place: int) -> bool:
    """Whether something in ink is drawn at the end of a row's label, where a tick stands."""
    frozen = hand.window.unit_table.findChild(FrozenPart)
    index = frozen.model().index(place, hand.window.unit_table.unit_model.columns.index("label"))
    cell = frozen.visualRect(index)
    image = frozen.viewport().grab(cell).toImage()
    ratio = image.devicePixelRatio()
    span = range(int(image.width() - 12 * ratio), int(image.width() - 4 * ratio))
    lines = range(int(4 * ratio), int(image.height() - 4 * ratio))
    seen = [image.pixelColor(x, y).lightness() for x in span for y in lines]
    return max(seen) - min(seen) > 100  # more than the frame of the current cell
