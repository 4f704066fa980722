"""What open phys did and have not saved, on the sheets that are shown: once a turn at most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, QTimer

from bcviewer.app.background.arrays import RunArrays
from bcviewer.app.background.merged_spikes import AsOne, MergedSpikes
from bcviewer.app.background.phy_sight import dataset_runs
from bcviewer.app.background.phy_words import in_phy
from bcviewer.app.stage import Stage, intent
from bcviewer.app.viewing.shown import Shown
from bcviewer.core.arrays import Ints
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.run.phy import MergedInto, Phy, PhyState
from bcviewer.core.run.phy_unsaved import ACTS, AND, BCV_LABEL, GROUP
from bcviewer.core.run.run import Run
from bcviewer.core.run.unsaved_words import Acts, UnsavedWords, without_not_read
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.ids import NO_ROWS
from bcviewer.core.sheet.sheet import Sheet


class ShownUnsaved(QObject):
    """Marks what open phys did, once for all that came in a turn: phy may say a thousand acts.

    Parameters
    ----------
    stage, shown : Stage, Shown
        Where the sheets are, and who shows others.
    find_sheet : callable
        The sheet of a run; None: it is not shown any more.
    find_arrays : callable
        The arrays of a run; None: they are not open.
    score : callable
        What has the units of a sheet scored: other ones are merged in phy.
    """

    def __init__(
        self,
        stage: Stage,
        shown: Shown,
        find_sheet: Callable[[Run], Sheet | None],
        find_arrays: Callable[[Run], RunArrays | None],
        score: Callable[[Sheet], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.stage = stage
        self._shown, self._sheet_of, self._score = shown, find_sheet, score
        self._arrays_of = find_arrays
        self._words = UnsavedWords()
        self._due: dict[Run, bool] = {}
        """The runs whose marks are to be others, and whether other units are merged."""
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._mark)
        self._reading: MergedSpikes | None = None
        """There is none until phy makes a unit anew: hardly ever."""

    def forget(self, ks_dir: str) -> None:
        """Know nothing more of what is not saved in a Kilosort directory."""
        self._words.forget(ks_dir)

    def say(self, run: Run, words: Mapping[int, str], merged: MergedInto) -> None:
        """Take what is not saved by now of a run; it is marked soon, on all runs of its folder."""
        folder, others = run.provenance.ks_dir, self.merged(run) != merged
        self._words.say(folder, words, merged)
        for one in {run, *dataset_runs(self.stage.scene, folder)}:
            self._mark_soon(one, others)

    def _mark_soon(self, run: Run, others: bool = False) -> None:
        self._due[run] = others or self._due.get(run, False)
        if not self._turn.isActive():
            self._turn.start()

    def saved(self, sheet: Sheet, acts: Acts | None = None) -> None:
        """Take that a phy saved: what is shown is its own until the files are read again.

        Its ``acts`` that it had not saved before are marked for so long.
        """
        if sheet.phy is not None:
            self._words.saved(sheet.phy, acts)
            self._read(sheet.run, ())

    def merged(self, run: Run) -> MergedInto:
        """Return what is merged and not saved."""
        return self._words.merged(run.provenance.ks_dir)

    def shown_on(self, found: Phy, before: Phy | None) -> Phy:
        """Return what was read, with what is not saved, and with the rows that there were."""
        phy = self._words.shown_on(found, before)
        if self._words.to_read(phy):
            self._mark_soon(phy.run)
        return phy

    def _read(self, run: Run, groups: AsOne) -> None:
        """Have found out of which spikes some clusters are together, in place of others."""
        if self._reading is None:
            if not groups:
                return
            self._reading = MergedSpikes(self)
            self._reading.found.connect(self._take)
        arrays = self._arrays_of(run)
        self._reading.ask(run, None if arrays is None else arrays.shared, groups)

    def _take(self, run: Run, digests: Mapping[tuple[int, ...], str]) -> None:
        """Take of which spikes units are that a phy merged, for all runs of the folder."""
        folder = run.provenance.ks_dir
        self._words.take(folder, digests)
        for one in {run, *dataset_runs(self.stage.scene, folder)}:
            self._mark_soon(one)

    def end(self) -> None:
        """Ask the thread to end."""
        if self._reading is not None:
            self._reading.end()

    def join(self, until: float) -> bool:
        """Wait until a time, s of the monotonic clock; return whether the thread ended."""
        return self._reading is None or self._reading.join(until)

    @intent
    def _mark(self) -> None:
        """Mark what phys did to units and have not saved; no row moves."""
        due, self._due = self._due, {}
        for run, others in due.items():
            sheet = self._sheet_of(run)
            if sheet is None or sheet.phy is None:
                continue
            phy = self._words.marked(sheet.phy)
            if phy is not sheet.phy:
                changed = _news(phy, sheet, sheet.phy)
                self._shown.show(derive(replace(sheet.inputs, phy=phy), sheet), changed=changed)
            self._read(run, self._words.to_read(phy))
            if others:
                self._score(sheet)


def _news(phy: Phy, sheet: Sheet, before: Phy) -> Ints:
    """Return the rows that are changed from elsewhere by what phy did, or took back.

    Of files that are not read yet nothing is another thing.
    """
    if not before.as_read.is_read:
        return NO_ROWS
    rows = {*phy.changed_since(before).tolist(), *phy.details}
    return np.array([row for row in sorted(rows) if _is_news(phy, sheet, before, row)], np.int64)


def _is_news(phy: Phy, sheet: Sheet, before: Phy, row: int) -> bool:
    """Whether phy did, or took back, something else than give a unit the label that it has here.

    That was sent from here, nearly always.
    """
    now = _done(phy, row)
    other = now ^ _done(before, row)
    if not other:
        return False
    if any(part.startswith(ACTS) for part in other):
        return True
    own, fields = _own_labels(sheet, row), {part.split(" ")[0] for part in other}
    return any(own.get(name) != _value(phy, sheet, row, name, now) for name in fields)


def _done(phy: Phy, row: int) -> frozenset[str]:
    """Return the parts of what phy did to a unit, whether they are saved by now or not."""
    if phy.state[row] != PhyState.UNSAVED:
        return frozenset()
    return frozenset(without_not_read(phy.details.get(row, "")).split(AND))


def _own_labels(sheet: Sheet, row: int) -> dict[str, str]:
    """Return what phy has in which field by the label that a unit has here, or has no more.

    Who cleared it is known: else nobody said anything.
    """
    code, somebody = int(sheet.manual.labels[row]), bool(sheet.manual.by.codes[row])
    if code == NO_LABEL and not somebody:
        return {}
    name, value = in_phy(code)
    return {name: value, **({BCV_LABEL: ""} if name == GROUP else {})}


def _value(phy: Phy, sheet: Sheet, row: int, field: str, done: frozenset[str]) -> str | None:
    """Return what phy has in a field of a unit: what it did, or else what is saved."""
    said = {name: value for name, _, value in (part.partition(" ") for part in done)}
    groups, labels = phy.all_groups(), phy.bcv_labels or {}
    saved = "" if groups is None or row >= len(groups) else str(groups[row])
    known = {GROUP: saved or "unsorted", BCV_LABEL: labels.get(sheet.ids.asked_id(row), "")}
    known |= {name: "" if value == "cleared" else value for name, value in said.items()}
    return known.get(field, "")
