"""The units of a review queue as they are now: phy may have given an id to another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from operator import is_

from bcviewer.app.stage import Stage
from bcviewer.app.viewing.rows import Rows
from bcviewer.app.viewing.start import Start
from bcviewer.core.rules.counts import units_named
from bcviewer.core.sheet.kept_queue import found_again
from bcviewer.core.sheet.queue import QueueUnit, Review
from bcviewer.core.sheet.queue_spikes import is_another, regarding, rows_by_id, spikes_now
from bcviewer.core.sheet.sheet import Sheet

Sheets = Sequence[tuple[str, Sheet]]
"""The sheets that are open, in their order, each with what its recording is known by; empty, where
the queue is of one recording alone."""

_Other = tuple[str, QueueUnit, str]
"""A unit that is another than was drawn: in which results, and which spikes the one drawn had."""


class QueueUnits:
    """Shows a queue as its units are, and says which of them are others than were drawn."""

    def __init__(self, stage: Stage, rows: Rows, start: Start) -> None:
        self._stage, self._rows, self._start = stage, rows, start
        self._regarded: tuple[object, ...] = ()
        """The queue and what was known when it was last looked whose spikes it has."""
        self._told: set[_Other] = set()

    def regarding(self, review: Review, sheets: Sheets) -> Review:
        """Return the queue that is shown as its units are now; where it is another, show that."""
        book, now = self._stage.scene.book, review
        asked = (review, *(spikes_now(sheet) for _, sheet in sheets))
        same = len(asked) == len(self._regarded) and all(map(is_, asked, self._regarded))
        if book is None or same:
            return review
        self._regarded = asked
        for which, (key, sheet) in enumerate(sheets):
            own, away = book.within(which, now.rows), _away(sheet)
            rows = rows_by_id(own, sheet.ids.ids_of(book.rows_in(which, own)))
            rows = {i: row for i, row in rows.items() if i not in away}
            n, place = len(now.missing), sheet.run.provenance.results_dir
            now = regarding(now, rows, partial(_unit, key), spikes_now(sheet))
            self._told |= {(place, unit, now.spikes[unit]) for unit in now.missing[n:]}
        if now is not review:
            return self._show(now, now.missing[len(review.missing) :])
        return now

    def found_again(self, review: Review, sheets: Sheets) -> Review:
        """Return the queue with those missing units that are there by now; say which are others."""
        others: list[_Other] = []
        found = found_again(review, partial(self._row_of, review, sheets, others))
        if news := [one for one in others if one not in self._told]:
            self._told.update(news)
            self._say_others([unit for _, unit, _ in news])
        return found

    def _row_of(self, review: Review, sheets: Sheets, others: list[_Other], unit: QueueUnit) -> int:
        """Return the row of a unit; -1: it has none, or another unit has its id."""
        book = self._stage.scene.book
        key, cluster_id = unit if isinstance(unit, tuple) else ("", unit)
        found = [(which, sheet) for which, (one, sheet) in enumerate(sheets) if one == key]
        if book is None or not found:
            return -1
        (which, sheet), had = found[0], review.spikes.get(unit, "")
        rows = book.rows_of(which, sheet.ids.rows_of(cluster_id))
        if is_another(spikes_now(sheet), cluster_id, had):
            if len(rows) and cluster_id not in _away(sheet):
                others.append((sheet.run.provenance.results_dir, unit, had))
            return -1
        return int(rows[0]) if len(rows) else -1

    def _show(self, review: Review, others: Sequence[QueueUnit]) -> Review:
        if not others:
            self._rows.complete_queue(review)
            return review
        if review.on and not len(review.rows):
            self._rows.end_queue()
            review = replace(review, on=False)
        self._rows.bring_queue(review, self._start.is_there)
        self._say_others(others)
        return review

    def _say_others(self, others: Sequence[QueueUnit]) -> None:
        ids = units_named([unit[1] if isinstance(unit, tuple) else unit for unit in others])
        words = f"Left out of the review queue: {ids}, another unit than was drawn."
        self._stage.notice.emit(words)


def _unit(key: str, cluster_id: int) -> QueueUnit:
    return (key, cluster_id) if key else cluster_id


def _away(sheet: Sheet) -> frozenset[int]:
    """Return the ids of the units of a sheet that are no cluster now: none of them is another."""
    return frozenset() if sheet.phy is None else sheet.phy.away()
