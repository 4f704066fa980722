"""GOOD units along depth, probe by probe, and the region of interest of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import chain

import numpy as np

from bcviewer.core.arrays import Floats, Ints
from bcviewer.core.figures.population import depth_filter, nice_edges
from bcviewer.core.figures.probe import region_of_interest
from bcviewer.core.figures.recording_dashboard import both, only_of
from bcviewer.core.figures.words import class_filter
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.region import Region, region_between, site_ends
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.sheet import Sheet

_ABOUT_BINS = 20


@dataclass(frozen=True, slots=True, eq=False)
class ProbeDepths:
    """Where the units of a probe are along depth: all that a picture needs of it.

    Attributes
    ----------
    probe : str
        What people call it.
    only : str
        What a filter begins with for its units.
    good_um, units_um : numpy.ndarray of float64
        The depth of each GOOD unit, and of all, where it is known, µm (y of the peak channel),
        ascending.
    sites : tuple of float or None
        The lowest and the highest recording site, µm; None: none is known.
    tip_at_top : bool
        Whether the tip is at the highest y.
    region : tuple of float or None
        The ends of the region of interest, µm; None: it is not known.
    ends, said : str
        It in words, ``0–180 µm``, and who says so; empty where it is not known.
    n_hidden : int
        Of how many units a blind review hides whether they are GOOD.
    """

    probe: str
    only: str
    good_um: Floats
    units_um: Floats
    sites: tuple[float, float] | None
    tip_at_top: bool
    region: tuple[float, float] | None
    ends: str
    said: str
    n_hidden: int

    def n_good(self, low: float, high: float) -> int:
        """Return how many units between two depths, these too, are GOOD."""
        first = np.searchsorted(self.good_um, low, "left")
        return int(np.searchsorted(self.good_um, high, "right") - first)

    def good_words(self, low: float, high: float) -> str:
        """Return the same in words: at least so many, where units are hidden."""
        words = count_of(self.n_good(low, high), "GOOD unit")
        return f"≥ {words}" if self.n_hidden else words

    def region_between(self, low: float, high: float) -> Region | None:
        """Return the region between two depths; None: nothing of the probe is there."""
        if self.sites is None:
            return None
        return region_between(self.sites, self.tip_at_top, low, high)


@dataclass(frozen=True, slots=True, eq=False)
class DepthProfile(ProbeDepths):
    """The same in ranges of depths.

    Attributes
    ----------
    edges : numpy.ndarray of float64
        Their ends, µm, the same for all probes, shape (n + 1,).
    good, units : numpy.ndarray of int64
        GOOD units, and all, in each, shape (n,).
    """

    edges: Floats
    good: Ints
    units: Ints

    @property
    def lowest(self) -> float:
        """The lowest depth of a picture of it."""
        return float(min([self.edges[0], *(self.sites or ())]))

    @property
    def highest(self) -> float:
        """The highest depth of a picture of it."""
        return float(max([self.edges[-1], *(self.sites or ())]))

    def filter_of(self, place: int) -> str:
        """Return the filter for the GOOD units in a range."""
        ends = float(self.edges[place]), float(self.edges[place + 1])
        return both(self.only, class_filter(Label.GOOD), depth_filter(*ends))


def good_along_depth(book: Book) -> tuple[DepthProfile, ...]:
    """Return how many units are GOOD along depth, probe by probe; see :func:`along_depth`."""
    each = zip(book.sheets, book.probes, strict=True)
    return along_depth([depths_of(sheet, probe, only_of(book, probe)) for sheet, probe in each])


def depths_of(sheet: Sheet, probe: str, only: str = "") -> ProbeDepths:
    """Return where the units of a probe are; ``only``: what a filter begins with for these."""
    depth = sheet.values("depth_um")
    known = np.isfinite(depth)
    region = sheet.inputs.of_interest
    return ProbeDepths(
        probe,
        only,
        np.sort(depth[(sheet.labels == Label.GOOD) & known]),
        np.sort(depth[known]),
        site_ends(sheet.run),
        sheet.run.provenance.tip_at_top,
        _region(sheet),
        "" if region is None else region.ends,
        sheet.inputs.of_interest_by,
        len(sheet.veil),
    )


def along_depth(probes: Sequence[ProbeDepths]) -> tuple[DepthProfile, ...]:
    """Return how many units of some probes are GOOD along depth, at the same depths.

    None where no unit has a depth.
    """
    known = np.concatenate([np.empty(0), *(one.units_um for one in probes)])
    if not len(known):
        return ()
    places = chain.from_iterable(one.sites for one in probes if one.sites is not None)
    known = np.append(known, [*places])  # a few units may be all at one place
    edges = nice_edges(float(known.min()), float(known.max()), _ABOUT_BINS)
    return tuple(
        DepthProfile(
            **{field.name: getattr(one, field.name) for field in fields(ProbeDepths)},
            edges=edges,
            good=_binned(one.good_um, edges),
            units=_binned(one.units_um, edges),
        )
        for one in probes
    )


def _binned(depth: Floats, edges: Floats) -> Ints:
    """Return how many depths are in each bin; its upper end is the next one's."""
    place = np.searchsorted(edges, depth, "right") - 1
    return np.bincount(place, minlength=len(edges) - 1).astype(np.int64)


def _region(sheet: Sheet) -> tuple[float, float] | None:
    """Return the ends of what the region of interest has of a probe; None: it is not known."""
    ends, sites = region_of_interest(sheet), site_ends(sheet.run)
    if ends is None or sites is None:
        return None
    low, high = max(ends[0], sites[0]), min(ends[1], sites[1])
    return (low, high) if low <= high else None
