"""GOOD units along depth, probe by probe, and the region of interest of each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

from bcviewer.core.arrays import Floats, Ints
from bcviewer.core.figures.population import depth_filter, nice_edges
from bcviewer.core.figures.probe import region_of_interest
from bcviewer.core.figures.recording_dashboard import both, only_of
from bcviewer.core.figures.words import class_filter
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.region import site_ends
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.sheet import Sheet

_ABOUT_BINS = 20


@dataclass(frozen=True, slots=True, eq=False)
class DepthProfile:
    """A probe's units along depth.

    Attributes
    ----------
    probe : str
        What people call it.
    run : Run
        Its run.
    edges : numpy.ndarray of float64
        Ends of the depths, µm (y of the peak channel), the same for all probes, shape (n + 1,).
    good, units : numpy.ndarray of int64
        GOOD units, and all, in each, shape (n,).
    good_um : numpy.ndarray of float64
        The depth of each GOOD unit, µm, ascending.
    filters : tuple of str
        The filter of each one's GOOD units.
    sites : tuple of float or None
        The lowest and the highest recording site, µm; None: none is known.
    region : tuple of float or None
        The ends of the region of interest, µm; None: it is not known.
    ends, said : str
        It in words, ``0–180 µm``, and who says so; empty where it is not known.
    """

    probe: str
    run: Run
    edges: Floats
    good: Ints
    units: Ints
    good_um: Floats
    filters: tuple[str, ...]
    sites: tuple[float, float] | None
    region: tuple[float, float] | None
    ends: str
    said: str

    def n_good(self, low: float, high: float) -> int:
        """Return how many units between two depths, these too, are GOOD."""
        first = np.searchsorted(self.good_um, low, "left")
        return int(np.searchsorted(self.good_um, high, "right") - first)


def good_along_depth(book: Book) -> tuple[DepthProfile, ...]:
    """Return how many units are GOOD along depth, probe by probe, at the same depths.

    None where no unit has a depth.
    """
    depths = [sheet.values("depth_um") for sheet in book.sheets]
    known = np.concatenate([depth[np.isfinite(depth)] for depth in depths])
    if not len(known):
        return ()
    places = (ends for sheet in book.sheets if (ends := site_ends(sheet.run)) is not None)
    known = np.append(known, [*chain.from_iterable(places)])  # a few units may be all at one place
    edges = nice_edges(float(known.min()), float(known.max()), _ABOUT_BINS)
    return tuple(
        _profile(sheet, probe, only_of(book, probe), depth, edges)
        for sheet, probe, depth in zip(book.sheets, book.probes, depths, strict=True)
    )


def _profile(sheet: Sheet, probe: str, only: str, depth: Floats, edges: Floats) -> DepthProfile:
    good = class_filter(Label.GOOD)
    filters = (both(only, good, depth_filter(*ends)) for ends in pairwise(edges.tolist()))
    found = np.sort(depth[(sheet.labels == Label.GOOD) & np.isfinite(depth)])
    region, by = sheet.inputs.of_interest, sheet.inputs.said.region_by
    return DepthProfile(
        probe,
        sheet.run,
        edges,
        _binned(found, edges),
        _binned(depth, edges),
        found,
        tuple(filters),
        site_ends(sheet.run),
        _region(sheet),
        "" if region is None else region.ends,
        "" if region is None else f"set by {by}" if by else "from the config",
    )


def _binned(depth: Floats, edges: Floats) -> Ints:
    """Return how many depths are in each bin; its upper end is the next one's."""
    place = np.searchsorted(edges, depth[np.isfinite(depth)], "right") - 1
    return np.bincount(place, minlength=len(edges) - 1).astype(np.int64)


def _region(sheet: Sheet) -> tuple[float, float] | None:
    """Return the ends of what the region of interest has of a probe; None: it is not known."""
    ends, sites = region_of_interest(sheet), site_ends(sheet.run)
    if ends is None or sites is None:
        return None
    low, high = max(ends[0], sites[0]), min(ends[1], sites[1])
    return (low, high) if low <= high else None
