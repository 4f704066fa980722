"""The end of the rows: a label key too many overwrites no label of the last unit unasked."""

from __future__ import annotations

import numpy as np

from bcviewer.app.scene import Scene
from bcviewer.app.view import Marked
from bcviewer.app.viewing.marking import LAST_UNIT, NOTHING_FOLLOWS
from bcviewer.app.viewing.review import none_left_words
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.counts import units_named, verb_of
from bcviewer.core.rules.labels import LABEL_NAMES, Label


class LastUnit:
    """Remembers that a label was given and no unit followed, until the curator does anything else.

    Labels go on to the next unit, so that hands label by rhythm: at the end of the rows the next
    key would fall on the unit that was just decided.
    """

    def __init__(self) -> None:
        self._marked: Marked | None = None
        self._asked: Label | None = None

    def forget(self) -> None:
        """Note that the curator moved, or took something back."""
        self._marked = self._asked = None

    def reached(self, before: Scene, now: Scene) -> str:
        """Note that no unit follows those labelled just now; return what is to be said of it."""
        self._marked, self._asked = now.marked, None
        last = before.view.place[before.current] == before.view.n_shown - 1
        return none_left_words(now) or (LAST_UNIT if last else NOTHING_FOLLOWS)

    def why_not(self, scene: Scene, label: Label | None) -> str:
        """Return why another label is not given yet; empty where it is: asked for once more."""
        table, rows = scene.table, scene.selected
        if self._marked is not scene.marked or table is None or label in (None, self._asked):
            return ""
        there = np.unique(table.manual.labels[rows])
        if not len(np.setdiff1d(there, (NO_LABEL, int(label)))):
            return ""
        self._asked = label
        was = f" {LABEL_NAMES[Label(int(there[0]))]}" if len(there) == 1 else ""
        whose = f"{units_named(table.ids.ids_of(rows))} {verb_of(len(rows), 'was', 'were')}"
        return (
            f"No unit follows, and {whose} labelled{was} just now: not changed."
            f" The same key again gives {LABEL_NAMES[label]}."
        )
