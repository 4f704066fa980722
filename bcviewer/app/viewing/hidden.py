"""Which units' verdicts a blind review hides: those of its queue that the person has not judged."""

from __future__ import annotations

import numpy as np

from bcviewer.app.scene import Scene
from bcviewer.core.arrays import Ints
from bcviewer.core.curation.blind import has_seen, said_blind_by
from bcviewer.core.curation.state import CurationState
from bcviewer.core.sheet.ids import NO_ROWS


def hidden_in(scene: Scene, which: int, said: CurationState) -> tuple[int, ...]:
    """Return the rows of a sheet of which no verdict may be shown.

    It stays so where the queue is left: all units can be looked at, and go on with the queue after
    that, without having seen a verdict. Those that the person has labelled or had revealed, here
    or in another window, are hidden no more: nothing that they say of these is said blind.

    Parameters
    ----------
    scene : Scene
        What is open, and the review queue.
    which : int
        The number of the sheet.
    said : CurationState
        What curators said of its units.
    """
    book, review = scene.book, scene.review
    if book is None or review is None or not review.spec.blind:
        return ()
    rows = np.sort(book.rows_in(which, review.rows))
    ids = book.sheets[which].ids.ids_of(rows).tolist()
    pairs, person = zip(rows.tolist(), ids, strict=True), scene.person
    return tuple(row for row, i in pairs if not has_seen(said, i, person))


def known_rows(scene: Scene) -> Ints:
    """Return the rows whose verdicts the person knows, and did not label blind before that."""
    book, found = scene.book, [NO_ROWS]
    for which, sheet in enumerate(() if book is None else book.sheets):
        said, person = sheet.inputs.said, scene.person
        blind = said_blind_by(said, person)
        units = {i for i, _ in said.said} - blind
        ids = [i for i in units if has_seen(said, i, person)]
        if book is not None:
            found.append(book.rows_of(which, sheet.ids.rows_of_any(ids)))
    return np.concatenate(found)
