"""GOOD units along depth, probe by probe, and the region of interest of each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

from bcviewer.core.arrays import Floats, Ints
from bcviewer.core.figures.population import depth_filter, nice_edges
from bcviewer.core.figures.recording_dashboard import both, only_of
from bcviewer.core.figures.words import class_filter
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.book import Book

_ABOUT_BINS = 20


@dataclass(frozen=True, slots=True, eq=False)
class DepthProfile:
    """A probe's units along depth.

    Attributes
    ----------
    probe : str
        What people call it.
    edges : numpy.ndarray of float64
        Ends of the depths, µm (y of the peak channel), the same for all probes, shape (n + 1,).
    good, units : numpy.ndarray of int64
        GOOD units, and all, in each, shape (n,).
    filters : tuple of str
        The filter of each one's GOOD units.
    sites : tuple of float or None
        The lowest and the highest recording site, µm; None: none is known.
    region : tuple of float or None
        The ends of the region of interest, µm; None: it is not known.
    """

    probe: str
    edges: Floats
    good: Ints
    units: Ints
    filters: tuple[str, ...]
    sites: tuple[float, float] | None
    region: tuple[float, float] | None


def good_along_depth(book: Book) -> tuple[DepthProfile, ...]:
    """Return how many units are GOOD along depth, probe by probe, at the same depths.

    None where no unit has a depth.
    """
    depths = [sheet.values("depth_um") for sheet in book.sheets]
    known = np.concatenate([depth[np.isfinite(depth)] for depth in depths])
    if not len(known):
        return ()
    places = (ends for sheet in book.sheets if (ends := _sites(sheet.run)) is not None)
    known = np.append(known, [*chain.from_iterable(places)])  # a few units may be all at one place
    edges = nice_edges(float(known.min()), float(known.max()), _ABOUT_BINS)
    good = class_filter(Label.GOOD)
    out = []
    for sheet, probe, depth in zip(book.sheets, book.probes, depths, strict=True):
        only = only_of(book, probe)
        filters = (both(only, good, depth_filter(*ends)) for ends in pairwise(edges.tolist()))
        counted = _binned(depth[sheet.labels == Label.GOOD], edges), _binned(depth, edges)
        where = _sites(sheet.run), _region(sheet.run)
        out.append(DepthProfile(probe, edges, *counted, tuple(filters), *where))
    return tuple(out)


def _binned(depth: Floats, edges: Floats) -> Ints:
    """Return how many depths are in each bin; its upper end is the next one's."""
    place = np.searchsorted(edges, depth[np.isfinite(depth)], "right") - 1
    return np.bincount(place, minlength=len(edges) - 1).astype(np.int64)


def _sites(run: Run) -> tuple[float, float] | None:
    """Return the y of the lowest and of the highest site, µm; None: no site is known."""
    if run.sites is None:
        return None
    y = run.sites.xy[:, 1]
    return float(y.min()), float(y.max())


def _region(run: Run) -> tuple[float, float] | None:
    """Return the ends of the region of interest, µm; None: nobody said, or no site is known."""
    length, ends = run.provenance.roi_um, _sites(run)
    if length is None or ends is None:
        return None
    low, high = ends
    return (high - length, high) if run.provenance.tip_at_top else (low, low + length)
