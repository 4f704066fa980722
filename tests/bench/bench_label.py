"""Curation: opening the journals of a whole recording, and a label key with its flush to disk."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from bench_measure import (
    BIG_UNITS,
    UNITS,
    Data,
    Row,
    interleaved,
    median,
    open_window,
    p95,
    paint,
    settle,
    timed,
)
from factories import again

ACTIONS = 20
OPEN_MS = 200.0
FRAME_MS = 16.7
MANUAL_MS = 2.0
KEYS = 300
ROUNDS = 8


def rows(data: Data) -> list[Row]:
    return [*reading(data), *keys(data, UNITS), *keys(data, BIG_UNITS[0]), *columns(data)]


def actions_of(units: int, times: int) -> list[Any]:
    """Return what three people said of so many units, some of it taken back."""
    from bcviewer.core.curation.entries import LABEL, UNDO, Action, Change, Who

    rng = np.random.default_rng(0)
    out: list[Action] = []
    for i in range(units * times):
        seconds = f"{i // 3600 % 24:02}:{i // 60 % 60:02}:{i % 60:02}"
        at = f"2026-03-{1 + i // 86400:02}T{seconds}.{i % 1000:06}Z"
        who = Who(("ada", "bob", "cai")[rng.integers(3)], "lab-pc", "20260301T000000-1-abc")
        if i % 50 == 49:
            target = next(a for a in reversed(out) if a.who == who and not a.target)
            out.append(Action(f"{i:024x}", at, who, UNDO, (), target.id))
            continue
        label = ("GOOD", "MUA", "NOISE")[rng.integers(3)]
        changes = (Change(int(rng.integers(units)), LABEL, None, label),)
        out.append(Action(f"{i:024x}", at, who, "label", changes))
    return out


def reading(data: Data) -> list[Row]:
    """Time reading and replaying the journals of three people, here and in the mirror."""
    from bcviewer.app.curating.opened import read_state
    from bcviewer.core.curation.entries import Who
    from bcviewer.core.curation.lines import JournalLine, format_line
    from bcviewer.io.journal.journal_names import file_name
    from bcviewer.io.journal.recording_key import RecordingKey
    from bcviewer.io.journal.store import JournalStore

    key = RecordingKey("s" + "0" * 16, "r" + "0" * 16)
    store = JournalStore(key, data.work / "journals", data.work / "mirrored", "bench")
    by_person: dict[str, list[str]] = {}
    for action in actions_of(UNITS, ACTIONS):
        line = format_line(JournalLine(action, key.primary, key.results))
        by_person.setdefault(action.who.person, []).append(line)
    mirror = store.mirror_dir
    assert mirror is not None
    for folder in (store.local_dir, mirror):
        folder.mkdir(parents=True)
        for person, lines in by_person.items():
            name = file_name(Who(person, "lab-pc"), "20260301T000000-1-abc")
            (folder / name).write_text("\n".join(lines) + "\n", "utf-8")
    texts = [line for lines in by_person.values() for line in lines]

    kept = []  # as the program keeps it: forgetting it is not part of opening

    def opened() -> None:
        fresh = JournalStore(key, data.work / "journals", data.work / "mirrored", "bench")
        kept.append(read_state(fresh).state)
        assert len(kept[-1].order) == UNITS * ACTIONS

    def parsed() -> None:
        for text in texts:
            json.loads(text)

    ours, theirs = interleaved(opened, parsed, ROUNDS)
    what = f"open journals of {UNITS:,} units × {ACTIONS}, both places"
    return [Row(what, median(ours), "ms", OPEN_MS, median(theirs), "json.loads alone")]


def keys(data: Data, n: int) -> list[Row]:
    """Time a label key in the real window, beside what the disk takes to flush a line."""
    from bcviewer.core.rules.labels import Label

    copy = data.work / f"labelled_{n}"  # it is written into
    shutil.copytree(data.units(n), copy)
    window = open_window(data, copy, verified=False)
    session = window.session
    assert session.curation.is_open
    window.show_layout("unit")
    settle()
    labels = [Label.GOOD, Label.MUA]
    turn = iter(range(10**9))
    flush = Flush(data.work / "flush.jsonl")

    def key() -> None:
        session.set_label(labels[next(turn) // n % 2])

    def painted() -> None:
        key()
        paint()

    both: list[float] = []
    said, flushed = [], []
    for _ in range(KEYS):
        flushed.append(timed(flush.line))
        said.append(timed(key))
        paint()
        both.append(timed(painted))
        if session.current == session.view.rows[-1]:
            session.go_to_place(0)
    window.close()
    flush.close()
    beside = "write + fsync of a line"
    return [
        Row(f"label key, {n:,} units, p95", p95(said), "ms", FRAME_MS, p95(flushed), beside),
        Row(f"label key until repainted, {n:,} units, p95", p95(both), "ms", FRAME_MS),
    ]


def columns(data: Data) -> list[Row]:
    """Time the successor of a table of 100,000 units after one label."""
    from bcviewer.core.curation.entries import LABEL, Action, Change, Who
    from bcviewer.core.curation.replay import with_action
    from bcviewer.core.curation.state import CurationState
    from bcviewer.core.sheet.sheet import Sheet

    n = BIG_UNITS[0]
    window = open_window(data, data.units(n), verified=False)
    table: Sheet = window.session.table
    window.close()
    changes = tuple(Change(i, LABEL, None, "GOOD") for i in range(n))
    state = with_action(CurationState(), Action("0" * 8, f"{0:027}", Who("a"), "accept", changes))
    table = again(table, said=state)
    times = []
    for i in range(1, KEYS):
        one = (Change(i, LABEL, None, "MUA"),)
        state = with_action(state, Action(f"{i:08}", f"{i:027}", Who("a"), "label", one))

        def labelled(state: CurationState = state, i: int = i) -> None:
            nonlocal table
            table = again(table, said=state)

        times.append(timed(labelled))
    return [Row(f"table with one more label, {n:,} units", median(times), "ms", MANUAL_MS)]


class Flush:
    """Appends a line to a file and flushes it: the least that a saved key can cost."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

    def line(self) -> None:
        os.write(self._fd, b"x" * 300 + b"\n")
        os.fsync(self._fd)

    def close(self) -> None:
        os.close(self._fd)
