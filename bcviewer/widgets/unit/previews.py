"""What the highlighted units would be as one, and the parts of one by a lasso: asks and words.

Both are evidence about what a person chose. A blind review hides them with the verdicts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bcviewer.app.scene import Scene
from bcviewer.core.evidence.ask import Ask, Missing
from bcviewer.core.run.scored import MOST_TOGETHER, listed
from bcviewer.core.sheet.ids import GlobalRow
from bcviewer.core.sheet.unsaved_only import why_nothing

if TYPE_CHECKING:
    from bcviewer.core.evidence.split import Split
    from bcviewer.core.evidence.together import Together

NO_ADVICE = (
    "What bombcell says of the spikes of all of them as if they were one unit, by the parameters of"
    " this run.\nRPV in brackets, and sizes: of each by itself, this unit first. Dip: pairs of"
    " their spikes 0.25 to 2 ms apart, as a share of those that the pairs 2 to 50 ms apart let"
    " expect.\nIt is evidence about units that you chose, and no advice to merge them: two neurons"
    " can look good together."
)
NO_SPLIT = (
    "What bombcell says of the spikes inside the lasso, and of all others of this unit, as if phy"
    " had split them, by the parameters of this run.\nRPV in brackets: of the whole unit. Dip:"
    " pairs of spikes of both parts 0.25 to 2 ms apart, as a share of those that the pairs 2 to"
    " 50 ms apart let expect.\nIt is evidence about a line that you drew, and no advice to split:"
    " nothing is split, and no label follows from it."
)
HIDDEN = "the verdict is hidden until this unit has a label"


def together_ask(scene: Scene) -> Ask | None:
    """Ask what the highlighted units of one recording would be as one, unless that is hidden.

    Few are meant to be looked at together; of many nobody asks.
    """
    book, sheet, chosen = scene.book, scene.sheet, scene.selected
    if book is None or sheet is None or not 1 < len(chosen) <= MOST_TOGETHER:
        return None
    rows = [GlobalRow(row) for row in scene.view.in_order(chosen).tolist()]
    if any(book.number_of(row) != scene.which for row in rows):
        return None
    own = [int(book.sheet_row(row)) for row in rows]
    own.sort(key=lambda row: row != scene.sheet_row)  # the current unit's numbers are the first
    if sheet.veil.hides(*own) or not sheet.ids.has_id[own].all():
        return None
    return Ask("together", (_raw_file(scene), *own))


def together_words(scene: Scene) -> str:
    """Say what the highlighted units would be as one; empty: they are no such pair or group."""
    ask = together_ask(scene)
    if ask is None or scene.sheet is None:
        n = len(scene.selected)
        many = n > MOST_TOGETHER and not scene.is_hidden
        return f"Together: no preview of {n:,}, {MOST_TOGETHER} units at most." if many else ""
    rows = [row for row in ask.settings[1:] if row != scene.sheet_row]
    named = listed(tuple(str(scene.sheet.ids.asked_id(int(row))) for row in rows))
    found = scene.evidence.get(ask)
    if isinstance(found, Missing):
        asked = map(int, ask.settings[1:])
        said = f"not scored: {why_nothing(scene.sheet, found.reason, *asked)}"
    else:
        said = "…" if found is None else " · ".join(cast("Together", found).parts)
    return f"Together with {named}: {said}"


def split_ask(scene: Scene) -> Ask | None:
    """Ask what the parts of the current unit would be, where a line is drawn around spikes."""
    sheet, row = scene.sheet, scene.sheet_row
    if scene.lasso is None or sheet is None or row < 0:
        return None
    if scene.is_hidden or not sheet.ids.has_id[row]:
        return None
    return scene.lasso.ask(_raw_file(scene))


def split_words(scene: Scene) -> tuple[str, str]:
    """Say what both parts would be, and the same in one line; empty: no line is drawn."""
    ask, lasso = split_ask(scene), scene.lasso
    if ask is None:
        words = f"Lasso: {HIDDEN}." if lasso is not None and lasso.over and scene.is_hidden else ""
        return words, words
    found = scene.evidence.get(ask)
    if isinstance(found, Missing):
        words = f"Lasso: no preview, {found.reason}"
        return words, words
    if found is None:
        return "If it were split: …", "If it were split: …"
    split = cast("Split", found)
    lines = "\n".join(split.lines)
    return f"If it were split: {lines}", f"If it were split: {split.verdicts}"


def _raw_file(scene: Scene) -> str:
    """Return the raw file that somebody pointed at for the current unit's recording."""
    run = scene.run
    return "" if run is None else scene.raw_files.get(run.provenance.ks_dir, "")
