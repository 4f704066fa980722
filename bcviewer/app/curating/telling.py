"""What is told of what was just done: to whom, in how many words, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QObject

from bcviewer.app.curating.saying import Saying, Spoken
from bcviewer.app.save_state import Done
from bcviewer.app.stage import Stage
from bcviewer.core.arrays import Ints
from bcviewer.core.curation.entries import LABEL
from bcviewer.core.curation.history import overwritten
from bcviewer.core.rules.counts import count_of


class Telling(QObject):
    """Tells what was done, and of which units nothing could be said."""

    def __init__(self, stage: Stage, saying: Saying, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stage, self._saying = stage, saying

    def done(self, what: str, rows: Ints, spoken: Sequence[Spoken], left_out: str = "") -> None:
        """Tell what was said of some rows, and what was written of it."""
        table = self.stage.scene.table
        if table is None:
            return
        n = len(np.unique(rows))
        whom = table.named(int(rows[0])) if n == 1 else count_of(n, "unit")
        words = f"{what} → {whom}" if spoken else f"{whom}: {what} already"
        changed = sum(len({c.cluster_id for c in one.action.changes}) for one in spoken)
        words += f" ({n - changed:,} had it already)" if spoken and changed < n else ""
        words += "".join(overwritten(one.action) for one in spoken) + left_out
        self.tell(words + self._in_phy(rows), spoken)

    def _in_phy(self, rows: Ints) -> str:
        """Say that units are others in an open phy: what was said is of what they were."""
        book = self.stage.scene.book
        meant = np.unique(rows)
        parts = [] if book is None else book.by_sheet(meant)
        from bcviewer.core.sheet.unsaved_only import went_words  # a start has no need of it

        n = len(meant)
        told = [went_words(book.sheets[i], own.tolist(), n) for i, own in parts] if book else []
        return "".join(f" ({words})" for words in told if words)

    def tell(self, words: str, spoken: Sequence[Spoken]) -> None:
        """Tell in words what was done, by what was written."""
        labelled = []
        for hearing, action in spoken:
            ids = tuple(c.cluster_id for c in action.changes if c.field == LABEL)
            if hearing.run is not None:
                labelled.append((hearing.run, ids))
        action_id = spoken[0].action.id if spoken else ""
        last = self.stage.scene.done
        earlier = None if last is self.stage.told.done else last
        self.stage.become(done=Done(words, action_id, tuple(labelled), earlier))

    def untell(self, taken: set[str]) -> None:
        """Tell nothing of an act that is taken back before it was told: no phy is given it."""
        done, told = self.stage.scene.done, self.stage.told.done
        if done is not None and done is not told:
            self.stage.become(done=done.without(taken) or told)

    def left_out(self, rows: Ints) -> str:
        """Say of how many of some rows nothing can be said, and why."""
        table, own = self.stage.scene.table, self._saying.own(rows)
        if len(own) < len(rows):
            return f" ({len(rows) - len(own):,} of other recordings left out)"
        why = "" if table is None else table.ids.why_unsaid(rows)
        if table is None or not why:
            return ""
        left = rows[~table.ids.sayable[rows]]
        if not table.ids.has_id[left].any():
            return f" ({len(left):,} without an id left out)"
        return f" ({len(left):,} left out: {why.split(':')[0]})"
