"""Random hands on the real window for hours; run by hand or nightly, not collected by pytest.

``python tests/soak.py --actions 20000`` copies the shared session, the folders as people have
them and the hostile ones to a temporary folder, acts at random and checks after each action what
must always hold. It prints its seed; the same ``--seed`` acts the same again (the machine's timing
aside). Exit status 1 and the last actions where something did not hold.
"""

# ruff: noqa: E402, T201  (Qt and the settings' folder are chosen before anything is imported)

from __future__ import annotations

import argparse
import collections
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
HOME = Path(tempfile.mkdtemp(prefix="bcviewer_soak_"))
os.environ["BCVIEWER_CONFIG_DIR"] = str(HOME / "settings")
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import numpy as np
from factories import shared_data
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from qt_fixtures import press

from bcviewer.app.wishes import CountLabels, Propose, Suggest, TakeSuggestion
from bcviewer.core.comparison.proposal import OFFERED
from bcviewer.core.comparison.proposal_text import FORMAT
from bcviewer.core.comparison.what_if import tried_of
from bcviewer.core.curation.entries import LABEL, Action, Change, Who
from bcviewer.core.curation.lines import JournalLine, format_line
from bcviewer.core.curation.times import time_text
from bcviewer.core.rules.criteria import FLAGS
from bcviewer.core.rules.labels import Label
from bcviewer.core.sheet.derive import derive, settled
from bcviewer.core.sheet.queue import QueueSpec
from bcviewer.io import names
from bcviewer.io.journal.store import JournalStore, action_id
from bcviewer.io.journal.user_data import journals_folder
from bcviewer.main import start
from bcviewer.widgets.chrome.docks import LAYOUTS

WAIT_MS = 20_000
LABEL_KEYS = {
    "Alt+G": "GOOD",
    "Alt+M": "MUA",
    "Alt+N": "NOISE",
    "Alt+S": "NON-SOMA",
    "Alt+U": None,
}
KEYS = (
    *("Up", "Down", "Home", "End", "PgUp", "PgDown", "Shift+Down", "Shift+Up", "Ctrl+A"),
    *("Ctrl+Z", "Ctrl+Shift+Z", "Esc", "D", "N", "B", "1", "2", "3", "4", "Ctrl+C"),
)
FILTERS = (
    *("cluster_id > 5", "nSpikes < 0", "presenceRatio < 0.9", "not reviewed", "is_good", "x ==="),
    *("family != 'contaminated'", "shank == 1", "cluster_id in (3, 5)", "label == 'MUA'", "("),
)
NOTES = ("0012", "=1+1", "a\tb", "two\nlines", "", "ü" * 300, "<b>markup</b>", "-1", "nan")
YEARS = (1966, 1, 8999, 2000)
NUMBERS = (0.0, 0.1, 0.5, 0.7, 1.0, 5.0, 50.0, 300.0, -0.008, float("inf"), -float("inf"), 1e9)
WRONG_FILES = (
    b"",
    b"{" * 10_000,
    b'{"format": "%s", "version": 1, "changes": {"minSNR": NaN}}' % FORMAT.encode(),
    b'{"format": "%s", "version": 1, "changes": {"minSNR": 1e999}}' % FORMAT.encode(),
    b'{"format": "%s", "version": 1, "changes": {"minSnr": 1}}' % FORMAT.encode(),
    b'{"format": "%s", "version": 1, "changes": {"minSNR": 2}, "name": "<b>x</b>"}'
    % FORMAT.encode(),
)


class BrokenError(AssertionError):
    """What must always hold did not."""


def must(holds: object, what: str) -> None:
    if not holds:
        raise BrokenError(what)


class Soak:
    """A window, the folders it opens, and what must hold."""

    def __init__(self, seed: int, shared: Path) -> None:
        self.random = random.Random(seed)
        self.counts: collections.Counter[str] = collections.Counter()
        self.trail: collections.deque[str] = collections.deque(maxlen=120)
        self.errors: list[str] = []
        sys.excepthook = lambda *e: self.errors.append("".join(traceback.format_exception(*e)))
        self.data = HOME / "data"
        self.roots = self.copies(shared)
        self.victim = HOME / "victim.txt"
        self.victim.write_text("untouched\n", "utf-8")
        self.good = [
            p.parent.parent
            for p in sorted(self.roots[0].rglob(names.UNITS_PARQUET))
            if p.parent.name.startswith("bombcell")
        ]
        self.any = [p for root in self.roots[1:] for p in sorted(root.iterdir()) if p.is_dir()]
        self.acknowledged: dict[Path, list[str]] = {}
        self.keys: dict[Path, Any] = {}
        self.before = self.files()
        self.tasks = 0
        self.checked: tuple[object, object] = (None, None)
        _, self.window = start([str(self.good[0])])
        self.session = self.window.session
        self.closer = QTimer()
        self.closer.timeout.connect(self.close_dialog)
        self.closer.start(20)
        must(self.session.wait_idle(WAIT_MS), "the first recording loads")
        self.weighted: list[tuple[int, Callable[[], None]]] = [
            (40, self.key),
            (20, self.label),
            (8, self.filter),
            (5, self.note),
            (6, self.sort),
            (5, self.chip),
            (4, self.go_to),
            (3, self.layout),
            (4, self.dock),
            (2, self.open_good),
            (1, self.open_any),
            (3, self.other_run),
            (2, self.foreign),
            (1, self.swap),
            (1, self.kill_helper),
            (2, self.pause),
            (12, self.propose),
            (6, self.trial_key),
            (2, self.keep_proposal),
            (2, self.open_proposal),
            (1, self.read_proposal),
            (3, self.compare),
            (2, self.end_or_swap),
            (2, self.suggest),
            (1, self.blind),
        ]

    def copies(self, shared: Path) -> list[Path]:
        session = self.data / "session"
        shutil.copytree(shared / "session_demo", session)
        roots = [session]
        for script in ("make_field.py", "make_hostile.py"):
            out = self.data / script[5:-3]
            command = [sys.executable, "-B", str(shared / script), str(out)]
            subprocess.run(command, check=True, capture_output=True)
            roots.append(out)
        for folder in [session, *session.rglob("*")]:
            folder.chmod(folder.stat().st_mode | 0o200)
        return roots

    def close_dialog(self) -> None:
        top = QApplication.activeModalWidget() or QApplication.activePopupWidget()
        if top is not None:
            top.close()

    # -- actions -----------------------------------------------------------------------------

    def act(self) -> None:
        weights, actions = zip(*self.weighted, strict=True)
        action = self.random.choices(actions, weights)[0]
        self.trail.append(action.__name__)
        self.counts[action.__name__] += 1
        action()
        QApplication.processEvents()
        self.check()

    def note_down(self, *what: object) -> None:
        self.trail[-1] += " " + " ".join(map(str, what))

    def key(self) -> None:
        key = self.random.choice(KEYS)
        self.note_down(key)
        self.window.unit_table.setFocus()
        press(self.window, key)

    def highlighted(self) -> set[int]:
        """Return the cluster ids of the rows that Qt itself highlights."""
        table, model = self.window.unit_table, self.window.unit_table.selectionModel()
        places = sorted({index.row() for index in model.selectedIndexes()})
        rows = table.unit_model.unit_rows(places)
        ids = self.session.table.ids
        return {int(ids.cluster_id[r]) for r in rows if ids.has_id[r]}

    def label(self) -> None:
        key = self.random.choice(list(LABEL_KEYS))
        lit, state = self.highlighted(), self.session.curation.state
        self.note_down(key, len(lit))
        known, place = set(state.actions), self.place()
        self.window.unit_table.setFocus()
        press(self.window, key)
        for action in self.own_new(known):
            ids = {change[0] for change in action.changes}
            must(ids <= lit, f"{key} labelled {sorted(ids - lit)}, which was not highlighted")
        self.acknowledge(known, place)

    def own_new(self, known: set[str]) -> list[Action]:
        process = self.own_process()
        actions = self.session.curation.state.actions.values()
        return [a for a in actions if a.id not in known and a.who.process == process]

    def own_process(self) -> str:
        store = self.session.curation.journals.store
        return "" if store is None else store.process

    def place(self) -> tuple[Any, Path]:
        """Return the journals that an action goes to, and the results it is about."""
        return self.session.curation.journals.store, self.results()

    def acknowledge(self, known: set[str], place: tuple[Any, Path]) -> None:
        """Remember what the program says is saved; what is open may change while it is."""
        new, curation, (store, folder) = self.own_new(known), self.session.curation, place
        if not new or store is None:
            return
        saved = curation.wait_saved(3000) and "not saved" not in curation.save.words
        if not saved or curation.journals.store is not store:
            return
        self.keys[folder] = store.key
        self.acknowledged.setdefault(folder, []).extend(a.id for a in new)

    def results(self) -> Path:
        return Path(self.session.table.run.provenance.results_dir)

    def filter(self) -> None:
        text = self.random.choice(FILTERS)
        self.note_down(text)
        self.session.set_filter(text)

    def note(self) -> None:
        known, place = set(self.session.curation.state.actions), self.place()
        self.session.set_note(self.random.choice(NOTES))
        self.acknowledge(known, place)

    def sort(self) -> None:
        names_ = ["attention", "depth_um", *self.session.table.names()]
        column = self.random.choice(names_)
        self.note_down(column)
        self.session.set_sort(column, self.random.random() < 0.5)

    def chip(self) -> None:
        if self.random.random() < 0.5:
            self.session.toggle_class(self.random.choice(list(Label)))
        else:
            chips = ("sole_blocker", "borderline", "undecidable", "disagreement", "changed_in_phy")
            self.session.toggle_chip(self.random.choice(chips))

    def go_to(self) -> None:
        self.session.go_to_text(self.random.choice(("0", "3", "99999", "-1", "x", "17")))

    def layout(self) -> None:
        self.window.show_layout(self.random.choice(LAYOUTS).key)

    def dock(self) -> None:
        key = self.random.choice(list(self.window.docks))
        self.note_down(key)
        self.window.docks[key].toggleViewAction().trigger()

    def open_good(self) -> None:
        self.open(self.random.choice(self.good))

    def open_any(self) -> None:
        self.open(self.random.choice(self.any))

    def open(self, path: Path) -> None:
        self.note_down(path.relative_to(self.data))
        self.session.open(path)
        if self.random.random() < 0.7:
            must(self.session.wait_idle(WAIT_MS), f"{path} is opened or refused in time")

    def other_run(self) -> None:
        catalogue = self.session.catalogue
        if catalogue is not None:
            self.session.open_location(self.random.randrange(len(catalogue.locations)))
            if self.random.random() < 0.7:
                must(self.session.wait_idle(WAIT_MS), "another run is loaded in time")

    def pause(self) -> None:
        QTest.qWait(self.random.choice((1, 30, 200)))

    def mirror(self) -> Path | None:
        folder = self.results()
        if not folder.is_relative_to(self.roots[0]):
            return None
        (folder / names.JOURNAL_FOLDER).mkdir(exist_ok=True)
        return folder / names.JOURNAL_FOLDER

    def foreign(self) -> None:
        """Let a colleague write: under wrong clocks, with our ids and other content."""
        folder, run = self.mirror(), self.session.table.run
        store = self.session.curation.journals.store
        if folder is None or store is None:
            return
        mine = list(self.session.curation.state.actions) or [action_id()]
        own = self.random.random() < 0.3
        year = self.random.choice((*YEARS, 0, 0, 0))
        moment = datetime.now(UTC)
        moment = moment.replace(year=year, month=1, day=1) if year else moment
        at = time_text(moment - timedelta(seconds=5))
        unit = int(self.random.choice(run.cluster_id))
        who = Who("colleague", "lab", "p9")
        changes = (Change(unit, LABEL, None, self.random.choice(("GOOD", "MUA", None))),)
        made = Action(self.random.choice(mine) if own else action_id(), at, who, "label", changes)
        line = format_line(JournalLine(made, store.key.primary, store.key.results)).encode()
        name = f"{names.JOURNAL_PREFIX}colleague{names.JOURNAL_SUFFIX}"
        path = folder / name
        if path.is_symlink() or (path.exists() and not path.is_file()):
            path.unlink()  # what swap() put there: the colleague's program would not write through
        with path.open("ab") as file:
            file.write(line + self.random.choice((b"\n", b"\n", b"\n\0\xff garbage\n", b"")))

    def swap(self) -> None:
        """Replace a journal on the shared folder by what is not a file of ours."""
        folder = self.mirror()
        if folder is None:
            return
        found = sorted(folder.iterdir())
        path = self.random.choice(found) if found else folder / f"{names.JOURNAL_PREFIX}x.jsonl"
        path.unlink(missing_ok=True)
        kind = self.random.choice(("link", "dangling", "zero", "fifo", "gone"))
        self.note_down(kind)
        if kind == "fifo":
            with contextlib.suppress(FileExistsError):
                os.mkfifo(path)
        elif kind != "gone":
            targets = {"link": self.victim, "dangling": HOME / "nowhere", "zero": "/dev/zero"}
            with contextlib.suppress(FileExistsError):  # the mirror was faster
                path.symlink_to(targets[kind])

    def kill_helper(self) -> None:
        """Kill a process of our own making, at any moment."""
        children = Path(f"/proc/self/task/{os.getpid()}/children")
        for pid in children.read_text().split() if children.exists() else ():
            os.kill(int(pid), signal.SIGKILL)

    # -- what is tried, and what is compared -------------------------------------------------

    def propose(self) -> None:
        """Drag a threshold over some values, or switch a flag."""
        name, wires = self.random.choice(OFFERED), self.window.wires
        if name in FLAGS:
            wires.grant(Propose(name, self.random.random() < 0.5))
            return
        values = self.random.choices(NUMBERS, k=self.random.choice((1, 1, 4)))
        self.note_down(name, *values)
        for value in values:
            wires.grant(Propose(name, value, goes_on=len(values) > 1))
            if self.random.random() < 0.5:
                QApplication.processEvents()

    def trial_key(self) -> None:
        """Take back, bring back, reset: by their keys; one after another is as if neither was."""
        key = self.random.choice(("Ctrl+Alt+Z", "Ctrl+Alt+Y", "Ctrl+Alt+R"))
        self.note_down(key)
        before = self.session.scene.proposal
        self.window.unit_table.setFocus()
        press(self.window, key)
        if key == "Ctrl+Alt+Z" and self.session.scene.proposal != before:
            back = self.session.scene.proposal
            press(self.window, "Ctrl+Alt+Y")
            must(self.session.scene.proposal == before, "a redo brings back what an undo took")
            press(self.window, "Ctrl+Alt+Z")
            must(self.session.scene.proposal == back, "an undo takes back what a redo brought")

    def keep_proposal(self) -> None:
        proposals = self.session.saying.proposals
        name, reason = self.random.choice(("one", "two", "ü 3", "<b>4</b>")), "soak"
        known, place = set(self.session.curation.state.actions), self.place()
        if self.session.scene.proposal.changes and self.session.curation.journals.store:
            self.session.saying.say(lambda: proposals.keep(name, reason))
            self.acknowledge(known, place)

    def open_proposal(self) -> None:
        proposals = self.session.saying.proposals
        kept = proposals.all() if self.session.scene.sheet is not None else ()
        if not kept:
            return
        one = self.random.choice(kept)
        if self.random.random() < 0.3 and proposals.is_own(one):
            self.session.saying.say(lambda: proposals.drop(one))
        else:
            proposals.open(one, for_all=self.random.random() < 0.3)

    def read_proposal(self) -> None:
        path = HOME / "proposal.json"
        path.write_bytes(self.random.choice(WRONG_FILES))
        self.window.actions_by_key.kept_proposals.read(path)

    def compare(self) -> None:
        """Compare with another run: of this probe, itself, another sort, a hostile one, none."""
        others = [self.random.choice(self.good), self.results(), self.random.choice(self.any)]
        catalogue = self.session.catalogue
        if catalogue is not None:
            others += [one.results_dir for one in catalogue.locations] * 2
        path = self.random.choice(others)
        self.note_down(path)
        self.session.comparing.compare_with(path, open_is_after=self.random.random() < 0.7)
        if self.random.random() < 0.6:
            must(self.session.wait_idle(WAIT_MS), f"{path} is compared or refused in time")

    def end_or_swap(self) -> None:
        comparing = self.session.comparing
        self.random.choice((comparing.end, comparing.swap))()

    def suggest(self) -> None:
        wishes = (Suggest(), CountLabels(False), CountLabels(True), TakeSuggestion())
        self.window.wires.grant(self.random.choice(wishes))

    def blind(self) -> None:
        """Begin a blind review, or end it."""
        if self.session.scene.review is not None:
            self.session.set_queue(None)
            return
        n, seed = self.random.choice((1, 5, 50)), self.random.randrange(99)
        self.session.set_queue(QueueSpec("random", n, seed=seed, blind=True))

    # -- what must hold ----------------------------------------------------------------------

    def check(self) -> None:
        if self.errors:
            raise BrokenError(self.errors[0])
        session = self.session
        table, view = session.table, session.view
        if table is None:
            return
        shown, chosen = set(view.rows.tolist()), set(session.selected.tolist())
        must(chosen <= shown, "what is selected is shown")
        must(session.current in chosen if shown else session.current == -1, "current in selected")
        unit_table = self.window.unit_table
        places = sorted({i.row() for i in unit_table.selectionModel().selectedIndexes()})
        lit = set(unit_table.unit_model.unit_rows(places).tolist())
        must(lit == chosen, f"highlighted {sorted(lit)[:9]} is selected {sorted(chosen)[:9]}")
        for name, panel in dict(self.window.panels).items():
            if panel.seen and panel.scene is not None:
                drawn = panel.scene.table
                same = drawn is not None and drawn.run.provenance == table.run.provenance
                must(same, f"{name} draws another recording")
        self.check_trial()
        self.check_comparison()
        must(not list(Path(tempfile.gettempdir()).glob("PWNED*")), "nothing of a folder is run")
        must(self.victim.read_text("utf-8") == "untouched\n", "no link is written through")
        must(not (HOME / "nowhere").exists(), "no dangling link is written through")

    def check_trial(self) -> None:
        """A proposal is never taken for a fact, and all that is shown is of the one that is on."""
        for _ in range(3):  # what arrived in the last turn is told in the next
            on = bool(self.session.scene.proposal.changes)
            if self.window.what_if_bar.isHidden() != on:
                break
            QApplication.processEvents()
        must(self.window.what_if_bar.isHidden() != on, "the bar is there while something is tried")
        scene = self.session.scene
        if (scene.book, scene.proposal) == self.checked:
            return
        self.checked = scene.book, scene.proposal
        for sheet in scene.book.sheets if scene.book else ():
            inputs = sheet.inputs
            expected = tried_of(inputs.settled(), scene.proposal, scene.retested)
            must((inputs.tried is None) == (expected is None), "it is tried on each sheet")
            if expected is not None:
                same = np.array_equal(inputs.tried.codes, expected.codes)
                must(same and inputs.tried.words == expected.words, "what is tried is shown")
            facts = derive(settled(sheet).inputs)
            must(np.array_equal(sheet.bombcell_labels, facts.bombcell_labels), "facts stay")
            must(np.array_equal(settled(sheet).labels, facts.labels), "nothing tried is settled")

    def check_comparison(self) -> None:
        two = self.session.scene.comparison
        if two is None:
            return
        must(any(run is two.run for run in self.session.scene.runs), "it is of what is open")
        changed = int(two.found.changed.sum())
        told = changed if two.found.matched else 0  # nothing is said where none is matched
        must(sum(why.n for why in two.whys) == told, "causes sum to what changed")
        must((two.found.cause > 0).sum() == changed, "what changed has a cause, and nothing else")

    def check_rarely(self, done: int) -> None:
        must(self.session.wait_idle(WAIT_MS), "the session comes to rest")
        changed = {p for p, v in self.files().items() if self.before.get(p) != v}
        must(not changed, f"written outside {names.JOURNAL_FOLDER}: {sorted(changed)[:5]}")
        for folder, ids in self.acknowledged.items():
            store = JournalStore(self.keys[folder], journals_folder(), folder, "soak")
            read = {action.id for action in store.read().actions}
            lost = [i for i in ids[-500:] if i not in read]
            must(not lost, f"{folder}: {len(lost)} of {len(ids)} saved ones lost: {lost[:3]}")
        tasks = sum(1 for _ in Path("/proc/self/task").glob("*"))
        tasks = tasks or threading.active_count()
        if done <= 1000:
            self.tasks = max(self.tasks, tasks)
        must(tasks <= self.tasks + 8, f"{tasks} threads, {self.tasks} at first")

    def files(self) -> dict[str, tuple[int, int]]:
        found = {}
        for folder, folders, files in os.walk(self.data):
            if names.JOURNAL_FOLDER in folders:
                folders.remove(names.JOURNAL_FOLDER)
            for name in files:
                path = f"{folder}/{name}"
                info = os.lstat(path)
                found[path] = (info.st_size, info.st_mtime_ns)
        return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=int(np.random.SeedSequence().entropy % 10**6))
    parser.add_argument("--actions", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=0.0, help="end after these; 0: never")
    given = parser.parse_args()
    shared = shared_data()
    if shared is None:
        parser.error("no shared recordings: set BCVIEWER_SHARED_DATA")
    print(f"seed {given.seed}", flush=True)
    begun, done = time.monotonic(), 0
    soak = Soak(given.seed, shared)
    try:
        for done in range(1, given.actions + 1):
            soak.act()
            if done % 250 == 0:
                soak.check_rarely(done)
                print(f"{done} actions, {time.monotonic() - begun:.0f} s", flush=True)
            if given.minutes and time.monotonic() - begun > 60 * given.minutes:
                break
        soak.check_rarely(done)
    except Exception:  # noqa: BLE001  whatever it was is told with its actions
        traceback.print_exc()
        print(f"seed {given.seed}, action {done}:", *soak.trail, sep="\n  ", file=sys.stderr)
        return 1
    finally:
        soak.closer.stop()
        soak.window.close()
        shutil.rmtree(HOME, ignore_errors=True)
    saved = sum(map(len, soak.acknowledged.values()))
    print(f"seed {given.seed}: {done} actions held, {saved} saved; {dict(soak.counts)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
