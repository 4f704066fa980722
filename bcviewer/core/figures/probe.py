"""The numbers behind the picture of the probe: where each unit is drawn, and how large."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Bools, Floats, Ints
from bcviewer.core.run.derived import peak_sites
from bcviewer.core.run.region import ends_of
from bcviewer.core.run.run import Run, Sites
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.table import Table

SLOWEST, FASTEST = 0.01, 100.0
"""Hz: the firing rates of the smallest and the largest mark."""

_HUGE = 1e9
"""µm; a site further away than that is no place."""
_SINGLE = 20.0
"""µm: the room of a site that is alone."""
MOST_LANES = 32
"""More shanks than that (a file that numbers tetrodes) are drawn where they are."""
_LANE_GAP = 40.0
"""µm between two lanes, at least."""
_FILLED, _STEP = 0.8, 0.3
"""Shares of a site's room: that all its units take, and that two neighbours are apart at most."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a shank is drawn.

    Attributes
    ----------
    shank : int
        The shank; −1: it is a whole probe.
    low, high : float
        The ends of its sites across, as drawn, µm.
    probe : str
        The probe, where there are several.
    """

    shank: int
    low: float
    high: float
    probe: str = ""

    @property
    def name(self) -> str:
        """What stands below it."""
        return " ".join(filter(None, (self.probe, str(self.shank) if self.shank >= 0 else "")))

    @property
    def center(self) -> float:
        """Its middle, as drawn, µm."""
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True, eq=False)
class UnitPlaces:
    """Where all units of a run are on the probe, or of several runs on their probes.

    Attributes
    ----------
    site : numpy.ndarray
        Index of the peak channel among the sites, shape (n_units,); −1: without a place.
    x, y : numpy.ndarray
        Where a unit is drawn, µm, shape (n_units,): its site's place, but for units that share
        one, which stand side by side, and for the shanks of a probe, which have a lane each. NaN
        without a place.
    room : float
        Width that a site has for its units, µm.
    sites : numpy.ndarray
        Where the sites are drawn, µm, shape (n_channels, 2).
    lanes : tuple of Lane
        The lanes, where there is more than one shank, or probe.
    usable : numpy.ndarray
        Which sites can be drawn, shape (n_channels,).
    at : numpy.ndarray
        Where the sites are on their probe, µm, shape (n_channels, 2).
    channel : numpy.ndarray
        The channel of each site, shape (n_channels,).
    """

    site: npt.NDArray[np.int64]
    x: Floats
    y: Floats
    room: float
    sites: Floats
    lanes: tuple[Lane, ...]
    usable: Bools
    at: Floats
    channel: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ProbeUnits:
    """The units of a scope on the probe.

    Attributes
    ----------
    rows : numpy.ndarray
        Units with a place, shape (n,).
    x, y : numpy.ndarray
        Where they are drawn, µm, shape (n,).
    log_rate : numpy.ndarray
        Logarithm (base 10) of the firing rate in Hz, shape (n,); NaN where there is none.
    size : numpy.ndarray
        0 to 1, how large a mark is between the least and the greatest area, shape (n,).
    unplaced : int
        Units of the scope without a place.
    """

    rows: npt.NDArray[np.int64]
    x: Floats
    y: Floats
    log_rate: Floats
    size: Floats
    unplaced: int

    @property
    def without_rate(self) -> int:
        """Number of drawn units that have no place by rate."""
        return int(np.count_nonzero(np.isnan(self.log_rate)))


def usable_sites(run: Run) -> Bools:
    """Return which sites can be drawn, shape (n_channels,)."""
    if run.sites is None:
        return np.empty(0, bool)
    return np.asarray((np.abs(run.sites.xy) < _HUGE).all(axis=1))


def unit_places(run: Run) -> UnitPlaces:
    """Return where the units of a run are drawn; it depends on nothing but the run.

    Units of one site stand side by side in the order of the table, around the site.
    """
    site, use = peak_sites(run), usable_sites(run)
    site[site >= 0] = np.where(use[site[site >= 0]], site[site >= 0], -1)
    x, y = np.full(run.n_units, np.nan), np.full(run.n_units, np.nan)
    known = np.flatnonzero(site >= 0)
    at = np.empty((0, 2)) if run.sites is None else run.sites.xy
    channel = np.arange(len(at))
    if run.sites is None or not use.any():
        return UnitPlaces(site, x, y, _SINGLE, at[:0], (), use[:0], at[:0], channel[:0])
    xy, lanes, room = _lanes(run.sites, use)
    if not len(known):
        return UnitPlaces(site, x, y, _SINGLE, xy, lanes, use, at, channel)
    spots = np.unique(xy, axis=0, return_inverse=True)[1].reshape(-1)
    spot = spots[site[known]]
    order = np.argsort(spot, kind="stable")
    counts = np.bincount(spot)
    rank = np.empty(len(known), np.int64)
    rank[order] = np.arange(len(known)) - (np.cumsum(counts) - counts)[spot[order]]
    n = counts[spot]
    step = room * np.minimum(_STEP, _FILLED / np.maximum(n - 1, 1))
    x[known] = xy[site[known], 0] + (rank - (n - 1) / 2) * step
    y[known] = xy[site[known], 1]
    return UnitPlaces(site, x, y, room, xy, lanes, use, at, channel)


def book_places(book: Book) -> UnitPlaces:
    """Return where the units of a book are drawn: its probes side by side, a lane each or more.

    Rows that phy made, and those of a probe without sites, have no place.
    """
    found = [unit_places(sheet.run) for sheet in book.sheets]
    if len(found) == 1:
        return found[0]
    room = min((one.room for one in found if one.usable.any()), default=_SINGLE)
    left, n_sites = 0.0, 0
    moved: list[UnitPlaces] = []
    for one, sheet, probe in zip(found, book.sheets, book.probes, strict=True):
        here = _moved(one, sheet.n_units, probe, left, n_sites)
        moved.append(here)
        n_sites += len(here.sites)
        left = max([left, *(lane.high + max(_LANE_GAP, 2 * room) for lane in here.lanes)])
    return UnitPlaces(
        np.concatenate([one.site for one in moved]),
        np.concatenate([one.x for one in moved]),
        np.concatenate([one.y for one in moved]),
        room,
        np.concatenate([one.sites for one in moved]),
        tuple(lane for one in moved for lane in one.lanes),
        np.concatenate([one.usable for one in moved]),
        np.concatenate([one.at for one in moved]),
        np.concatenate([one.channel for one in moved]),
    )


def _moved(one: UnitPlaces, n_units: int, probe: str, left: float, n_sites: int) -> UnitPlaces:
    """Return a probe's places among those of others: from ``left`` on, after so many sites."""
    across = one.sites[one.usable, 0]
    shift = left - float(across.min()) if len(across) else 0.0
    lanes = [(lane.shank, lane.low, lane.high) for lane in one.lanes]
    if len(across) and not lanes:
        lanes = [(-1, float(across.min()), float(across.max()))]
    more = n_units - len(one.site)
    return UnitPlaces(
        np.append(np.where(one.site >= 0, one.site + n_sites, -1), np.full(more, -1)),
        np.append(one.x + shift, np.full(more, np.nan)),
        np.append(one.y, np.full(more, np.nan)),
        one.room,
        one.sites + np.array([shift, 0.0]),
        tuple(Lane(shank, low + shift, high + shift, probe) for shank, low, high in lanes),
        one.usable,
        one.at,
        one.channel,
    )


def _lanes(sites: Sites, use: Bools) -> tuple[Floats, tuple[Lane, ...], float]:
    """Return where sites are drawn, the lanes of the shanks, and the room of a site.

    Shanks stand side by side in the order of their numbers, whatever their places across: these
    are far apart (250 µm), or the same for all where each shank was described by itself.
    """
    xy = sites.xy
    shanks = [] if sites.shank is None else np.unique(sites.shank[use]).tolist()
    if sites.shank is None or not 1 < len(shanks) <= MOST_LANES:
        return xy, (), _room(xy[use])
    members = [use & (sites.shank == shank) for shank in shanks]
    room = min(_room(xy[member]) for member in members)
    drawn, left = xy.copy(), 0.0
    lanes = []
    for shank, member in zip(shanks, members, strict=True):
        across = xy[member, 0]
        drawn[member, 0] = across - across.min() + left
        lanes.append(Lane(shank, left, left + float(np.ptp(across))))
        left = lanes[-1].high + max(_LANE_GAP, 2 * room)
    return drawn, tuple(lanes), room


def _room(xy: Floats) -> float:
    """Return the room of a site: no unit is drawn nearer to another column of sites than its own.

    That is the least distance of two columns; not so of sites whose columns are no straight lines,
    which have a quarter of the least distance of two sites of one height.
    """
    order = np.lexsort((xy[:, 0], xy[:, 1]))
    across, up = np.diff(xy[order], axis=0).T
    beside, columns = across[(up == 0) & (across > 0)], np.diff(np.unique(xy[:, 0]))
    least = max(float(beside.min()) / 4 if len(beside) else 0.0, 0.0)
    return max(float(columns.min()), least) if len(columns) else _SINGLE


def probe_units(table: Table, places: UnitPlaces, rows: Ints | None = None) -> ProbeUnits:
    """Return the units of a scope (None: all) that have a place."""
    scope = table.scored_rows() if rows is None else table.scored_among(rows)
    drawn = scope[places.site[scope] >= 0]
    rate = np.asarray(table.values("firing_rate"), np.float64)[drawn]
    with np.errstate(divide="ignore", invalid="ignore"):
        usable = (rate > 0) & np.isfinite(rate)
        log_rate = np.where(usable, np.log10(rate), np.nan)
    size = mark_size(log_rate)
    left = len(scope) - len(drawn)
    return ProbeUnits(drawn, places.x[drawn], places.y[drawn], log_rate, size, left)


def mark_size(log_rate: Floats) -> Floats:
    """Return how large marks are, 0 to 1 of the area: linear in the logarithm of the rate.

    A unit without a rate has the smallest mark.
    """
    low, high = np.log10(SLOWEST), np.log10(FASTEST)
    share = np.clip((log_rate - low) / (high - low), 0.0, 1.0)
    return np.where(np.isnan(share), 0.0, share)


def common_region(book: Book) -> tuple[float, float] | None:
    """Return the region of interest where it is the same on all probes; never one's over all."""
    found = {region_of_interest(sheet) for sheet in book.sheets}
    return found.pop() if len(found) == 1 else None


def region_of_interest(sheet: Sheet) -> tuple[float, float] | None:
    """Return the lowest and highest y of the region of interest, µm, or None where there is none.

    It runs from the tip; what lies beyond the tip belongs to it as well, so that this end is
    infinite. The same units are inside as in the column ``roi_label``.
    """
    region = sheet.inputs.of_interest
    return None if region is None else ends_of(sheet.run, region)
