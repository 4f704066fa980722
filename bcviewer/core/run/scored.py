"""A unit that was scored here, and not by a run of Bombcell: what it is, and what was not tested.

Such a verdict is never shown or written as Bombcell's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.run.phy import MergedInto, Phy
from bcviewer.core.run.run import Run

SCORED_HERE = "scored here"
"""What stands wherever such a verdict does."""
BEING_SCORED = "bombcell is scoring it here …"
"""Why a unit that is asked about has no verdict yet."""
MOST_TOGETHER = 8
"""So many units are scored as if they were one, at most."""
AS_FAR_AS_TESTED = "as far as tested"
_PASSED = (Label.GOOD, Label.NON_SOMA_GOOD)


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What bombcell's own loop says of one unit, from its spikes and the sort's templates.

    Attributes
    ----------
    unit : Run
        Its metrics, a table of one row, with the parameters of the run that it was scored by.
    label : Label
        The label that bombcell gives them.
    weighted : Label or None
        The label with the templates weighted by their spikes, where it is another one.
    untested : tuple of str
        Rules of the run that were not tested, by the titles of their metrics.
    notes : tuple of str
        What else a curator must know of it, without a full stop.
    spikes : str
        Of which spikes it is, as ``Recording.digest`` says; empty: that was not asked.
    chosen : str
        The raw file that somebody had pointed at; empty: nobody had.
    """

    unit: Run
    label: Label
    weighted: Label | None = None
    untested: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    spikes: str = ""
    chosen: str = ""

    @property
    def verdict(self) -> str:
        """The label; of one that an untested rule could still take away: as far as tested."""
        name = LABEL_NAMES[self.label] or "no spikes"
        open_still = self.label in _PASSED and bool(self.untested)
        return f"{name} {AS_FAR_AS_TESTED}" if open_still else name

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was not tested, and what else is to be known, weightiest first."""
        out = []
        if self.weighted is not None:
            other = LABEL_NAMES[self.weighted]
            out.append(f"{other} with its templates weighted by their spikes")
        if self.untested:
            out.append(f"{listed(self.untested)} not tested")
        return (*out, *self.notes)

    def value(self, metric: str) -> float:
        """Return a metric; NaN where it has none."""
        column = self.unit.units.floats(metric)
        return float("nan") if column is None else float(column[0])


@dataclass(frozen=True, slots=True, eq=False)
class ScoredUnits:
    """The units of a run that were scored here, by cluster id.

    Attributes
    ----------
    run : Run
        The run that knows nothing of them.
    units : mapping of int to Scored or str
        Their verdicts, or why there is none.
    clusters : mapping of int to tuple of int
        Of which saved clusters each is, also of those that are still to be scored: another one than
        itself where an open phy merged it and has not saved it.
    """

    run: Run
    units: Mapping[int, Scored | str] = field(default_factory=dict)
    clusters: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything is known of any unit."""
        return bool(self.units)

    def said_of(self, one: int, spikes: str | None = None) -> Scored | str:
        """Return the verdict on a unit, or why there is none; empty: it is not asked about.

        Of one that is of other ``spikes`` by now, as a digest (None: nobody knows), there is none.
        """
        found = self.units.get(one, BEING_SCORED if one in self.clusters else "")
        if isinstance(found, str) or spikes is None or found.spikes in ("", spikes):
            return found
        return BEING_SCORED

    def says_as(self, other: ScoredUnits | None) -> bool:
        """Whether another one tells the very same; nothing of no unit is told by None."""
        if other is None:
            return not (self.units or self.clusters)
        return self.units == other.units and self.clusters == other.clusters

    def still(self, spikes: Callable[[tuple[int, ...]], str]) -> ScoredUnits | None:
        """Return those whose clusters have the very spikes that they had; None: there are none.

        One that was merged and not saved is a cluster of its own once it is.

        Parameters
        ----------
        spikes : callable
            The digest of the spikes of some clusters as they are by now; empty: they have none.
        """
        units: dict[int, Scored | str] = {}
        of: dict[int, tuple[int, ...]] = {}
        for one, found in self.units.items():
            was = self.clusters.get(one, ())
            if not isinstance(found, Scored) or not found.spikes:
                continue
            now = next((each for each in {was, (one,)} if spikes(each) == found.spikes), None)
            if now is not None:
                units[one], of[one] = found, now
        return ScoredUnits(self.run, units, of) if units else None

    def digests(self) -> dict[tuple[int, ...], str]:
        """Return the digests of the spikes of the clusters that each is of."""
        known = ((one, found) for one, found in self.units.items() if isinstance(found, Scored))
        return {self.clusters[one]: found.spikes for one, found in known if one in self.clusters}

    def merged_from(self, cluster_id: int) -> list[tuple[int, Scored]]:
        """Return the units that an open phy merged a saved one into, with their verdicts."""
        out = []
        for one, found in self.units.items():
            of = self.clusters.get(one, ())
            if isinstance(found, Scored) and one != cluster_id and cluster_id in of:
                out.append((one, found))
        return out


def to_be_scored(run: Run, phy: Phy | None, merged: MergedInto) -> dict[int, tuple[int, ...]]:
    """Return the clusters of each unit that Bombcell has not scored and that has spikes, by its id.

    Parameters
    ----------
    run : Run
        Whose units have Bombcell's verdict, also where phy brings one back.
    phy : Phy or None
        What became of them: of what phy made, that counts which is in its files.
    merged : mapping of int to tuple of int
        What an open phy merged and has not saved.
    """
    saved, own = () if phy is None else phy.as_read.made(), set(run.ids.ids_of().tolist())
    ahead = {one: of for one, of in merged.items() if one not in own}
    return ahead | {one: (one,) for one in saved}


def listed(names: tuple[str, ...]) -> str:
    """Return names as people write them: ``drift, isolation and L-ratio``."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
