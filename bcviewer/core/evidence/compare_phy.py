"""Compares the rows of Bombcell's table with phy's clusters as they are now.

phy never changes a unit: a merge and a split give every part a new id, and the old ids are gone.
Kilosort's templates are not rewritten, so that the table of ``spike_templates`` ×
``spike_clusters`` says where the spikes of each of them are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bcviewer.core.arrays import Bools, Codes, Floats, Ints
from bcviewer.core.evidence.digests import as_kilosort_made, whose_spikes
from bcviewer.core.evidence.recording import Contingency, Recording
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.phy import Phy, PhyState, not_known
from bcviewer.core.run.run import Run
from bcviewer.core.run.unit_ids import NO_ID_WORDS
from bcviewer.errors import UserError

MOST_LISTED = 5
"""So many units are named in a sentence; the others are counted."""

_ABSURD = 2.0**53
"""No unit has so many spikes: damaged results."""


def compare_phy(run: Run, recording: Recording, check: Callable[[], None]) -> Phy:
    """Compare Bombcell's rows with the clusters of a recording; where it has none, say why.

    Parameters
    ----------
    run : Run
        The run as Bombcell scored it.
    recording : Recording
        Its arrays.
    check : callable
        Called now and then; may raise to end it.
    """

    def kept_now(row: int) -> int:
        check()
        return recording.kept_now(row)

    def digest(cluster: int) -> str:
        check()
        return recording.digest((cluster,))

    try:
        table = recording.table()
    except UserError as error:
        return not_known(run, error.message)
    return phy_of(run, table, kept_now, digest)


def _not_read(_: int) -> str:
    return ""


def phy_of(
    run: Run,
    table: Contingency,
    kept_now: Callable[[int], int],
    digest: Callable[[int], str] = _not_read,
) -> Phy:
    """Compare Bombcell's rows with phy's clusters.

    Parameters
    ----------
    run : Run
        The run as Bombcell scored it.
    table : Contingency
        Spikes of each template in each cluster now.
    kept_now : callable
        Returns, for a row, how many spikes of its cluster are in the time that Bombcell kept, now;
        raises ``UserError`` where that is not known. Asked only where the whole number of spikes
        does not tell: where Bombcell left time out of a unit that is not as Kilosort made it.
    digest : callable
        Returns of which spikes a cluster is, empty where that is not known. Asked of those that phy
        made: their ids alone do not tell, since phy may give one again.
    """
    if table.no_clusters:
        return not_known(run, table.no_clusters)
    if not len(table.count):
        return not_known(run, "there are no spikes in the files")
    return _Comparison(run, table, kept_now).phy(digest)


class _Sums:
    """Spikes of each template, or of each cluster."""

    def __init__(self, of: Ints, table: Contingency) -> None:
        self.ids, which = np.unique(of, return_inverse=True)
        self.count = np.bincount(which, table.count, len(self.ids)).astype(np.int64)
        self.kept = np.bincount(which, table.kept, len(self.ids)).astype(np.int64)
        self.pairs = np.bincount(which, minlength=len(self.ids))
        self._order = np.argsort(which, kind="stable")
        self._start = np.cumsum(self.pairs) - self.pairs

    def place(self, ids: Ints) -> tuple[Ints, Bools]:
        """Return where some ids are, and whether they are there at all."""
        place = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return place, self.ids[place] == ids

    def of(self, column: Ints, ids: Ints) -> Ints:
        """Return a column's values for some ids; 0 where one is not there."""
        place, there = self.place(ids)
        return np.where(there, column[place], 0)

    def pairs_of(self, one: int) -> Ints:
        """Return the entries of the table that are of one id."""
        place, there = self.place(np.array([one]))
        if not there[0]:
            return np.empty(0, np.int64)
        start = self._start[place[0]]
        return self._order[start : start + self.pairs[place[0]]]


class _Comparison:
    """The rows of a run beside the table of templates × clusters."""

    def __init__(self, run: Run, table: Contingency, kept_now: Callable[[int], int]) -> None:
        self._run, self._table, self._kept_now = run, table, kept_now
        self._ids = run.cluster_id
        self._named = run.ids.has_id
        self._clusters = _Sums(table.cluster, table)
        self._templates = _Sums(table.template, table)
        self._now = self._clusters.of(self._clusters.kept, self._ids)
        self._all = self._clusters.of(self._clusters.count, self._ids)
        counted = _column(run, "nSpikes")
        self._counted = np.where((counted >= 0) & (counted < _ABSURD), counted, np.nan)
        self._partial = _partial(run)
        # Bombcell removed duplicates, and which ones is not known
        removed = bool(run.settings.saved.get("removeDuplicateSpikes"))
        self._unsifted = removed and bool((table.kept == table.count).all())
        self._untouched = as_kilosort_made(self._ids, table)

    def phy(self, digest: Callable[[int], str]) -> Phy:
        """Return what became of each unit."""
        state, details = self._states()
        into: dict[int, tuple[int, ...]] = {}
        for row in np.flatnonzero(state == PhyState.GONE).tolist():
            details[row] = self._gone(row)
            if spikes_in := self._into(row):
                into[int(self._ids[row])] = spikes_in
        clusters = self._clusters.ids
        new = clusters[~np.isin(clusters, self._ids) & (clusters >= 0)]
        left_out = as_kilosort_made(new, self._table)
        for i, one in enumerate(new.tolist()):
            details[len(state) + i] = (
                "not in Bombcell's table, and as Kilosort made it"
                if left_out[i]
                else self._parents(one)
            )
        of_new = np.where(left_out, PhyState.LEFT_OUT, PhyState.NEW).astype(np.int8)
        spikes = whose_spikes(clusters[clusters >= 0].tolist(), digest, self._table)
        all_states = np.concatenate([state, of_new])
        return Phy(
            self._run,
            all_states,
            new,
            details,
            into=into,
            spikes=spikes,
            after_phy=self._after_phy(),
        )

    def _after_phy(self) -> bool:
        """Whether Bombcell scored a unit of which Kilosort made no spike: phy had made it."""
        if self._table.no_templates:
            return False
        never = self._templates.of(self._templates.count, self._ids) == 0
        return bool((never & self._named & (self._counted > 0)).any())

    def _states(self) -> tuple[Codes, dict[int, str]]:
        counted, there = self._counted, self._all > 0
        known = np.isfinite(counted)
        same = known & (counted == self._now)
        state = np.full(len(counted), PhyState.UNKNOWN, np.int8)
        state[there & same] = PhyState.CURRENT
        never = self._templates.of(self._templates.count, self._ids) == 0
        state[~there & ((counted > 0) | (~known & ~never))] = PhyState.GONE
        state[~there & ((counted == 0) | (~known & never))] = PhyState.EMPTY
        state[~self._named] = PhyState.UNKNOWN
        details = dict.fromkeys(np.flatnonzero(~self._named).tolist(), NO_ID_WORDS)
        for row in np.flatnonzero((state == PhyState.UNKNOWN) & self._named).tolist():
            state[row], detail = self._settle(row)
            if detail:
                details[row] = detail
        return state, details

    def _settle(self, row: int) -> tuple[PhyState, str]:
        """Return the state of a unit whose number of spikes is not simply the same."""
        counted, now = float(self._counted[row]), int(self._now[row])
        if not np.isfinite(counted):
            return PhyState.UNKNOWN, "these results have no number of spikes of it"
        fewer = counted <= int(self._all[row])  # as time left out and duplicates would explain
        explained = fewer and bool((counted > 0 and self._partial[row]) or self._unsifted)
        if explained and self._untouched[row]:
            return PhyState.CURRENT, ""
        where = ""
        if self._partial[row] and counted > 0:
            try:
                now, where = self._kept_now(row), " in the time that Bombcell kept"
            except UserError as error:
                return PhyState.UNKNOWN, error.message
            if counted == now:
                return PhyState.CURRENT, ""
        if self._unsifted and 0 <= counted <= now:
            return PhyState.UNKNOWN, (
                f"{count_of(now, 'spike')} now{where}, {counted:,.0f} when Bombcell ran, which had"
                " removed duplicates, and which ones is not known"
            )
        then = f"{counted:,.0f}" if counted else "none"
        return PhyState.STALE, f"{count_of(now, 'spike')} now{where}, {then} when Bombcell ran"

    def _is_its_template(self, row: int) -> bool:
        """Whether a unit that is gone was its template's spikes, as far as their number says."""
        n = int(self._templates.of(self._templates.kept, self._ids[row : row + 1])[0])
        return bool(self._partial[row]) or self._unsifted or self._counted[row] == n

    def _into(self, row: int) -> tuple[int, ...]:
        """Return the clusters that the spikes of a unit are in that is gone; empty: not known."""
        if self._table.no_templates or not self._is_its_template(row):
            return ()
        into = self._table.cluster[self._templates.pairs_of(int(self._ids[row]))].tolist()
        return tuple(into) if min(into, default=-1) >= 0 else ()

    def _gone(self, row: int) -> str:
        """Return where the spikes of a unit are whose id is gone."""
        one = int(self._ids[row])
        if self._table.no_templates:
            return f"into which units is not known ({self._table.no_templates})"
        pairs = self._templates.pairs_of(one)
        if not len(pairs):
            return "phy had made it before Bombcell ran; into which units is not known"
        pairs = pairs[np.argsort(-self._table.count[pairs], kind="stable")]
        into = self._table.cluster[pairs].tolist()
        parts = self._table.count[pairs]
        whole = int(parts.sum())
        if not self._is_its_template(row):
            listed = [f"{_unit(c)} ({_share(p, whole)})" for c, p in zip(into, parts, strict=True)]
            return f"the spikes of template {one} are in {_listed(listed)}"
        if len(into) == 1:
            others = self._others(into[0], one)
            if into[0] < 0:
                return "its spikes are in no unit now"
            return f"merged into {into[0]} with {others}" if others else f"it is {into[0]} now"
        listed = []
        for cluster, part in zip(into, parts.tolist(), strict=True):
            others = self._others(cluster, one)
            beside = f", with {others}" if others else ""
            listed.append(f"{_unit(cluster)} ({_share(part, whole)}{beside})")
        return f"split into {_listed(listed)}"

    def _others(self, cluster: int, template: int) -> str:
        """Return the other templates that have spikes in a cluster."""
        found = self._table.template[self._clusters.pairs_of(cluster)]
        return _listed([str(t) for t in found[found != template].tolist()])

    def _parents(self, cluster: int) -> str:
        """Return what a new unit was made of."""
        if self._table.no_templates:
            return f"of which units is not known ({self._table.no_templates})"
        pairs = self._clusters.pairs_of(cluster)
        pairs = pairs[np.argsort(-self._table.count[pairs], kind="stable")]
        parts = self._table.count[pairs]
        parents = self._table.template[pairs].tolist()
        whole = int(parts.sum())
        if len(parents) == 1:
            of_parent = int(self._table.count[self._templates.pairs_of(parents[0])].sum())
            part = "" if whole == of_parent else f" ({_share(whole, of_parent)} of its spikes)"
            return f"all from {_unit(parents[0])}{part}"
        found = zip(parents, parts.tolist(), strict=True)
        return _listed([f"{_share(n, whole)} from {_unit(p)}" for p, n in found], ", ")


def _column(run: Run, name: str) -> Floats:
    column = run.units.floats(name)
    return np.full(run.n_units, np.nan) if column is None else column


def _partial(run: Run) -> Bools:
    """Return whether Bombcell left some of the session out, or may have."""
    start, stop = _column(run, "useTheseTimesStart"), _column(run, "useTheseTimesStop")
    first, last = run.session_s
    with np.errstate(invalid="ignore"):
        whole = (start <= first) & (stop >= last)
    return np.asarray(np.isfinite(start) & np.isfinite(stop) & ~whole)


def _unit(cluster: int) -> str:
    return "no unit" if cluster < 0 else str(cluster)


def _share(part: int, whole: int) -> str:
    """Return a share in per cent; neither none nor all unless it is."""
    share = part / whole
    if 0 < share < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= share < 1 else f"{share:.0%}"


def _listed(parts: Sequence[str], joint: str = " and ") -> str:
    """Return a list in words; long ones are cut and counted."""
    shown = list(parts[:MOST_LISTED])
    if len(parts) > MOST_LISTED:
        shown.append(f"{len(parts) - MOST_LISTED:,} more")
    if joint != " and ":
        return joint.join(shown)
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
