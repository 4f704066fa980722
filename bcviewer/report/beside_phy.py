"""What a report says of phy: its rows are those of Bombcell's run, and phy may have others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bcviewer.core.curation.manual import ManualUnit, said_words
from bcviewer.core.curation.without_row import WithoutRow, without_row
from bcviewer.core.rules.counts import count_of, verb_of
from bcviewer.core.run.saved_in_phy import SavedInPhy
from bcviewer.core.sheet.sheet import Sheet


@dataclass(frozen=True, slots=True, eq=False)
class BesidePhy:
    """A run and what phy saved since; None: it has no clusters there, or nobody looked."""

    table: Sheet
    phy: SavedInPhy | None = None


def beside_phy_words(of: BesidePhy) -> str:
    """Return what is not as in phy, and what of the curators' is left out; empty: nothing."""
    phy = of.phy or SavedInPhy()
    left = without_row(of.table.inputs.said, frozenset(of.table.ids.ids_of().tolist()))
    if phy.why:
        words = f"phy: whether it changed any of these units is not known ({phy.why.rstrip('.')})."
    else:
        words = "; ".join(_changed(of.table, phy, left))
        words = words and f"phy: {words}."
    made = _made(phy)
    further = said_words(unit for i, unit in left.units.items() if i not in made)
    others = said_words(left.of_others)
    rest = [f"of units that are not in these results: {further}"] if further else []
    if others:
        rest.append(f"of units that phy had made and that are gone, or are others by now: {others}")
    told = f"{'Also left' if words else 'Left'} out, {'; '.join(rest)}." if rest else ""
    return " ".join(filter(None, (words, told)))


def _made(phy: SavedInPhy) -> frozenset[int]:
    """Return the units that phy made: a merge and a split leave one that is gone."""
    return phy.made if phy.gone or not phy.who_made else frozenset()


def _changed(table: Sheet, phy: SavedInPhy, left: WithoutRow) -> Iterable[str]:
    """Yield which units are gone in phy, and which it made, with what was said of these."""
    gone, made = len(phy.gone), len(_made(phy))
    if gone:
        state = table.inputs.said
        of_them = _with(state.unit(i) for i in phy.gone)
        are, count = verb_of(gone, "is", "are"), verb_of(gone, "counts", "count")
        since = "merged or split since Bombcell ran"
        yield f"{gone:,} of these units {are} gone ({since}) and still {count} here{of_them}"
    if made:
        n, are = f"{made:,}" if gone else count_of(made, "unit"), verb_of(made, "is", "are")
        that = f"that {are} there now" if phy.who_made else "that it made"
        of_them = _with(unit for i, unit in left.units.items() if i in phy.made)
        yield f"{n} {that} {are} not in this report{of_them}"


def _with(units: Iterable[ManualUnit]) -> str:
    words = said_words(units)
    return words and f", with {words}"
