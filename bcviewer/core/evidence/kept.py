"""The spikes that Bombcell assessed of a unit, or those of a stretch that was chosen by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcviewer.core.evidence.recording import UnitData, UnitSpikes
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.stretch import Stretch

COUNTED = "Bombcell counted"
"""How a note begins that says that these are not the spikes that Bombcell saw."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptSpikes:
    """The kept time of a unit; answers hold this, and not the spikes.

    Attributes
    ----------
    n : int
        Its spikes, those at start and stop included.
    start_s, stop_s : float
        The kept time, s; the whole session where Bombcell kept none; NaN where neither is known.
    notes : tuple of str
        What a curator must know of them, a sentence each.
    is_part : bool
        Whether spikes of the session were left out.
    by_bombcell : bool
        Whether Bombcell kept it; False where it kept none.
    chosen : Stretch or None
        The stretch that it is, where it was chosen by hand.
    """

    n: int
    start_s: float
    stop_s: float
    notes: tuple[str, ...] = ()
    is_part: bool = False
    by_bombcell: bool = True
    chosen: Stretch | None = None

    @property
    def short(self) -> tuple[str, ...]:
        """The notes in a word or two, for the head of a plot."""
        if self.chosen is not None:
            return (self.chosen.words,)
        others = len(self.notes) - self.is_part
        return (*("kept time only",) * self.is_part, *("see the tip",) * (others > 0))

    @property
    def are_others(self) -> bool:
        """Whether these are known not to be the spikes that Bombcell saw."""
        return any(COUNTED in note for note in self.notes)

    @property
    def duration_s(self) -> float:
        """Length of the kept time, s; NaN where it is not known."""
        return self.stop_s - self.start_s

    @property
    def rate(self) -> float:
        """Spikes a second; NaN where the duration is not known."""
        return self.n / self.duration_s if self.duration_s > 0 else float("nan")


def kept_spikes(unit: UnitData) -> tuple[UnitSpikes, KeptSpikes]:
    """Return the spikes that are asked about, both ends of their time included.

    They are those that Bombcell assessed, or those of the stretch that was chosen.

    Raises
    ------
    UserError
        If the unit's spikes cannot be read.
    """
    spikes = unit.recording.spikes(unit.row)
    notes = [spikes.note] if spikes.note else []
    if unit.stretch is not None:
        return _chosen(unit, unit.stretch, spikes, notes)
    start, stop = unit.kept_s()
    first, last = unit.run.session_s
    if not (np.isfinite(stop - start) and stop > start):
        notes.append("Bombcell kept no time of this unit: all its spikes are counted.")
        return spikes, KeptSpikes(spikes.n, first, last, tuple(notes), by_bombcell=False)
    kept = spikes.between(start, stop)
    if kept.n < spikes.n:
        whole = f" of {last - first:,.0f} s" if last > first else ""
        notes.append(
            f"Only the time that Bombcell kept: {start:,.0f} to {stop:,.0f} s{whole}"
            f" ({kept.n:,} of {count_of(spikes.n, 'spike')})."
        )
    counted = unit.metric("nSpikes")
    said = COUNTED in spikes.note  # by who read them
    if np.isfinite(counted) and counted != kept.n and not said:
        notes.append(
            f"{COUNTED} {count_of(counted, 'spike')} in this time, the files hold {kept.n:,}."
        )
    return kept, KeptSpikes(kept.n, start, stop, tuple(notes), kept.n < spikes.n)


def _chosen(
    unit: UnitData, stretch: Stretch, spikes: UnitSpikes, notes: list[str]
) -> tuple[UnitSpikes, KeptSpikes]:
    """Return the spikes of a stretch."""
    inside = spikes.between(stretch.start_s, stretch.stop_s)
    of = f"{inside.n:,} of {count_of(spikes.n, 'spike')}"
    notes.append(f"{stretch.chosen[:1].upper()}{stretch.chosen[1:]} ({of}).")
    start, stop = unit.kept_s()
    if start > stretch.start_s or stop < stretch.stop_s:
        notes.append(f"Bombcell left out some of it: it kept {start:,.0f} to {stop:,.0f} s.")
    ends = stretch.start_s, stretch.stop_s
    return inside, KeptSpikes(inside.n, *ends, tuple(notes), inside.n < spikes.n, chosen=stretch)
