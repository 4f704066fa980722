"""Which units' verdicts a blind review hides: those of its queue that the person has not judged."""

from __future__ import annotations

import numpy as np

from bcviewer.app.scene import Scene
from bcviewer.core.curation.blind import seen_by
from bcviewer.core.curation.state import CurationState


def hidden_in(scene: Scene, which: int, said: CurationState) -> tuple[int, ...]:
    """Return the rows of a sheet of which no verdict may be shown.

    It stays so where the queue is left: all units can be looked at, and go on with the queue after
    that, without having seen a verdict. What a person said blind they have judged, taken back or
    not: the verdict was shown then.

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
    seen = seen_by(said, scene.person)
    ids = book.sheets[which].ids.ids_of(rows).tolist()
    return tuple(row for row, i in zip(rows.tolist(), ids, strict=True) if i not in seen)
