"""An hour beside the real phy: one session of both programs, driven by keys, that is never reset.

    BCVIEWER_PHY=…/bin/phy python3 tests/hour/drive.py

Settings, as environment variables: UNTIL, seconds (3640); SEED; KILL_EVERY, acts between two ends
(110); OUT, where rows go; TREE, whose bcviewer is run (this one); SAMPLE=1, keep the stacks of long
turns; QUIET_S, how long nothing may happen by itself (3); PACE, acts a minute (20); RECORDING, a
Kilosort folder (sim_3probes/kilosort4_B of the shared recordings); HOUR_DISPLAY (:79, started
where it is not there). After each act both programs are asked, and the disk is read. It ends with
status 1 where anything did not hold; ``report.py OUT`` has the figures. Needs Xvfb, openbox and
xdotool.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from typing import Any

import hour_checks as checks
from hour_acts import ACTS, Act, Expect
from hour_ends import ENDS
from hour_hands import Hands
from hour_programs import AskError, Phy, State, Viewer
from hour_setup import HERE, Setup, fingerprint, lines_of, python

SETTLE_S, STILL_S, POLL_S = 12.0, 3.0, 0.3
LAST_BYTES = 500_000
FEW = 4
PAST_THE_END = ("step", "first or last", "next similar", "label")
"""Keys in phy that may go past the last row; a label goes on to the next one."""
FILES_EVERY, TOLD_EVERY, QUIET_SHARE = 40, 20, 0.25


class Driver:
    """Does acts at random, and checks after each.

    Attributes
    ----------
    viewer, phy : Viewer, Phy
        The two programs.
    here, there : State
        What they said last.
    """

    def __init__(self, setup: Setup, seed: int) -> None:
        self.setup, self.out = setup, setup.out
        self.random = random.Random(seed)
        hands = Hands(setup.env)
        self.viewer = Viewer(setup, hands, lambda: self.random.random() < 0.5)
        self.phy = Phy(setup, hands)
        self.here: State = {}
        self.there: State = {}
        self.labelled: list[int] = []
        self._excuse = checks.Excuse()
        self.meant: set[str] = set()
        """Units whose label an end was to change."""
        self.n, self.problems = 0, 0
        self.quiet_s = float(os.environ.get("QUIET_S", "3"))
        self._files = fingerprint(setup.folder)
        self._phys, self._saves = fingerprint(setup.folder, of_phy=True), 0
        self._logs = checks.Logs((self.out / "viewer.log", self.out / "phy.log"))
        self._rows = (self.out / "acts.jsonl").open("a", buffering=1)
        self._trail: list[str] = []
        self._last = ""
        """What did not hold after the last act."""
        self._scored: set[int] = set()

    def begin(self) -> None:
        self.setup.start(
            [*python(), str(HERE / "bare.py"), str(self.out / "bare.jsonl")], "bare.log"
        )
        self.viewer.start()
        self.phy.start()
        self.look()
        self._scored = set(self.here["ids"])

    def look(self) -> None:
        self.here, self.there = self.viewer.state(), self.phy.state()

    def row(self, kind: str, **fields: Any) -> None:
        row = {"k": kind, "n": self.n, "at": time.time(), **fields}
        self._rows.write(json.dumps(row) + "\n")

    def problem(self, words: str, **fields: Any) -> None:
        """Write down what did not hold, with the last acts and both states."""
        self.problems += 1
        states = {"here": self.here, "there": self.there, "trail": self._trail[-12:]}
        self.row("problem", words=words, t=time.monotonic(), **states, **fields)
        say(f"  ! act {self.n}: {words[:600]}")

    # -- an act ------------------------------------------------------------------------------

    def act(self) -> None:
        """Do an act, and check what must hold."""
        act = self.random.choices(ACTS, [act.weight for act in ACTS])[0]
        self._begun(act.name, act.where)
        begun = time.monotonic()
        try:
            self.look()
            if self.here["selected"] != self.labelled:
                self.labelled = []
            self._excuse = self._excused(act)
            done = act.do(self)
            words = self.settle(done.expect)
            if self._excuse.merges:
                self._excuse = checks.Excuse(of_made=checks.shown_by(self.here, self.there))
        except (OSError, AskError) as error:
            self._crashed(error)
            return
        self._told_act(act, begun, done.pressed, words, dict(done.facts))
        if not words and self.random.random() < QUIET_SHARE:
            self.quiet()

    def _told_act(
        self, act: Act, begun: float, pressed: float, words: str, facts: dict[str, Any]
    ) -> None:
        self.row(
            "act",
            name=act.name,
            where=act.where,
            begun=begun,
            t=pressed,
            settled=time.monotonic(),
            words=words,
            said=(said := self.viewer.take_said()),
            **facts,
        )
        self._failed(said)
        if words and words != self._last:  # what does not hold still is one problem
            self.problem(f"{act.where} {act.name}: {words}", facts=facts)
        self._last = words
        self.seen_always()

    def _failed(self, said: list[str]) -> None:
        for words in said:
            if words.startswith("FAILED"):
                self.problem(f"said: {words}")

    def _excused(self, act: Act) -> checks.Excuse:
        """Return in what the selections may differ: as before an act, or by what it is."""
        there, before = self.there, self._excuse
        may_end = act.where == "phy" and act.name in PAST_THE_END
        return checks.Excuse(
            of_none=may_end or (before.of_none and not there["selected"]),
            merges=act.name == "merge from here",
            of_made=before.of_made,
        )

    def takes_label(self, ids: list[int]) -> bool:
        """Whether units get a label at the first key: few, scored, and not labelled last."""
        return 0 < len(ids) <= FEW and set(ids) <= self._scored and ids != self.labelled

    def _begun(self, name: str, where: str) -> None:
        self.n += 1
        self._trail.append(f"{self.n} {where} {name}")

    def settle(self, expect: Expect | None = None, seconds: float = SETTLE_S) -> str:
        """Wait until everything holds; return what does not after some time."""
        until = time.monotonic() + seconds
        while True:
            self.look()
            words = self.amiss(expect)
            waited = time.monotonic() - until + seconds
            if not words or waited > seconds or (words == self._last and waited > STILL_S):
                return words
            time.sleep(POLL_S)

    def amiss(self, expect: Expect | None) -> str:
        """Say what does not hold, or not yet."""
        here, there = self.here, self.there
        if not here.get("open") or here["busy"] or there["busy"]:
            return f"busy (here {here['busy']}, phy {there['busy']})"
        scored = {i for i in self._scored if i in here["ids"]}
        found = [
            checks.still_acting(there),
            checks.disagreement(here, there, self._excuse),
            checks.untold(here, there),
            checks.unread(here, there),
            checks.dead_selected(there),
            *(checks.not_saved(here, self.setup.folder, scored, f) for f in ("label", "note")),
            "" if expect is None else expect(here, there),
        ]
        return " | ".join(filter(None, found))

    def seen_always(self) -> None:
        """Check what has no need to settle: what was said, dialogs, files."""
        for trace in self._logs.traces():
            self.problem(f"traceback in {trace}")
        if modal := self.here.get("modal"):
            self.row("dialog", words=modal)
            self.viewer.key("Escape")
        if self.n % FILES_EVERY == 0:
            self.files()

    def files(self) -> None:
        """Check that nobody wrote what is not theirs."""
        now, saves = fingerprint(self.setup.folder), self._n_saves()
        phys = fingerprint(self.setup.folder, of_phy=True)
        if phys != self._phys and saves == self._saves:
            odd = {name for name in {*phys, *self._phys} if phys.get(name) != self._phys.get(name)}
            self.problem(f"phy has not saved, and others: {sorted(odd)}")
        self._phys, self._saves = phys, saves
        odd = {name for name in {*now, *self._files} if now.get(name) != self._files.get(name)}
        if odd:
            self.problem(f"foreign files: {sorted(odd)}")
            self._files = now

    def _n_saves(self) -> int:
        return sum(row["k"] == "saving" for row in lines_of(self.out / "phy.jsonl"))

    def quiet(self) -> None:
        """Check that nothing moves by itself once it is settled."""
        paths = self.out / "phy.jsonl", self.out / "viewer.jsonl"
        self.look()  # phy may have selected by itself while it was looked whether it is settled
        since = time.monotonic()
        before = self.here["current"], self.here["selected"], self.there["selected"]
        time.sleep(self.quiet_s)
        self.look()
        after = self.here["current"], self.here["selected"], self.there["selected"]
        echoes = [row for path in paths for row in moves(lines_of(path, LAST_BYTES), since)]
        if before != after or echoes:
            self.problem(f"an echo: {before} → {after}", echoes=echoes)

    def _crashed(self, error: Exception) -> None:
        """Write down that a program ended or hangs by itself, and start it again."""
        self.problem(f"no answer: {error}; here runs {self.viewer.runs}, phy {self.phy.runs}")
        self.seen_always()
        for program in (self.viewer, self.phy):
            try:
                program.state()
            except (OSError, AskError):
                program.kill()
                program.start()

    # -- ends --------------------------------------------------------------------------------

    def end(self, which: int) -> None:
        """Have one program, or both, end in some way; nothing acknowledged may be lost."""
        name, do = ENDS[which % len(ENDS)]
        self._begun(name, "end")
        self.look()
        self.meant.clear()
        labels, begun = self.here["labels"], time.monotonic()
        saved = self.there["saved"]
        try:
            words = do(self)
            words = " | ".join(filter(None, (words, self.settle(seconds=30))))
        except (OSError, AskError) as error:
            self._crashed(error)
            return
        scored = {str(i) for i in self._scored} - self.meant
        kept = {i: label for i, label in self.here["labels"].items() if i in scored}
        if kept != (before := {i: label for i, label in labels.items() if i in scored}):
            words += f" | labels before {before}, after {kept}"
        self.row("act", name=name, where="end", begun=begun, t=begun, settled=time.monotonic())
        if words:
            self.problem(f"end {name}: {words}", saved=saved)
        self._failed(self.viewer.take_said())
        self.seen_always()


def moves(rows: list[dict[str, Any]], since: float) -> list[dict[str, Any]]:
    """Return the rows after a time in which other units are selected than in the row before."""
    told = [row for row in rows if row["k"] == "select" or "marked" in row.get("what", ())]
    shown = [(row.get("current"), row.get("ids") or row.get("selected")) for row in told]
    pairs = zip(told, [None, *shown], shown, strict=False)
    return [row for row, before, now in pairs if row["t"] > since and before != now]


def say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def main() -> int:
    until = time.monotonic() + float(os.environ.get("UNTIL", "3640"))
    seed = int(os.environ.get("SEED") or random.randrange(10**6))
    kill_every = int(os.environ.get("KILL_EVERY", "110"))
    pace_s = 60 / float(os.environ.get("PACE", "20"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended, too
    setup = Setup()
    say(f"seed {seed}, tree {setup.tree}, rows in {setup.out}")
    try:
        driver = Driver(setup, seed)
        driver.row("hour", seed=seed, tree=str(setup.tree), t=time.monotonic())
        driver.begin()
        ends = 0
        while time.monotonic() < until:
            begun = time.monotonic()
            driver.act()
            if driver.n % kill_every == 0:
                driver.end(ends)
                ends += 1
            if driver.n % TOLD_EVERY == 0:
                say(f"{driver.n} acts, {driver.problems} problems")
            time.sleep(
                max(0.0, pace_s * driver.random.uniform(0.6, 1.4) - time.monotonic() + begun)
            )
        driver.files()
        say(f"{driver.n} acts, {driver.problems} problems, seed {seed}: report.py {setup.out}")
    finally:
        setup.close()
    return int(driver.problems > 0)


if __name__ == "__main__":
    sys.exit(main())
