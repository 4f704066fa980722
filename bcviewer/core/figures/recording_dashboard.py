"""A recording probe by probe: what there is to say of each, and GOOD units along depth."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bcviewer.core.arrays import Floats, Ints
from bcviewer.core.audit.summary import Agreement, agreement
from bcviewer.core.figures.population import depth_filter, nice_edges
from bcviewer.core.figures.words import class_filter
from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.filter.quote import quote
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.core.rules.rules import FAMILY_NAMES
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.compute import INSIDE
from bcviewer.core.sheet.sheet import Sheet

_LABELS = (*CLASSES, Label.INCOMPLETE, Label.UNKNOWN)
_ABOUT_BINS = 20


@dataclass(frozen=True, slots=True)
class FilteredCount:
    """A number that is a filter: it counts the units that this shows.

    Attributes
    ----------
    n : int
        How many.
    filter : str
        The filter, over all probes of the recording.
    """

    n: int
    filter: str


@dataclass(frozen=True, slots=True)
class ProbeSummary:
    """A row of the dashboard.

    Attributes
    ----------
    probe : str
        What people call it.
    units : FilteredCount
        All of its units.
    classes : tuple of (Label, FilteredCount)
        By the labels that are shown; those without a unit are left out.
    good_inside : FilteredCount or None
        GOOD units in the region of interest; None: it is not known which these are.
    families : tuple of (str, FilteredCount)
        Why MUA units are MUA, in one word; families without a unit are left out.
    sole_blockers, undecidable, reviewed, disagreement : FilteredCount
        Units of which one condition alone keeps them from GOOD; that have too few spikes to say;
        that a person labelled; whose label sources disagree.
    agreement : Agreement or None
        The rules' labels with the saved ones; None where a blind review hides any.
    n_hidden : int
        Units whose verdict a blind review hides: of these no number but the first tells.
    problems : tuple of str
        What is odd about its files, a line each.
    """

    probe: str
    units: FilteredCount
    classes: tuple[tuple[Label, FilteredCount], ...]
    good_inside: FilteredCount | None
    families: tuple[tuple[str, FilteredCount], ...]
    sole_blockers: FilteredCount
    undecidable: FilteredCount
    reviewed: FilteredCount
    disagreement: FilteredCount
    agreement: Agreement | None
    n_hidden: int
    problems: tuple[str, ...]


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
    region : tuple of float or None
        The ends of the region of interest, µm; None: it is not known.
    """

    probe: str
    edges: Floats
    good: Ints
    units: Ints
    filters: tuple[str, ...]
    region: tuple[float, float] | None


def recording_dashboard(book: Book) -> tuple[ProbeSummary, ...]:
    """Return a row for each probe of a recording, in its order.

    Each number is counted by the very filter that it stands for.
    """
    return tuple(
        _summary(sheet, probe, _only(book, probe))
        for sheet, probe in zip(book.sheets, book.probes, strict=True)
    )


def _only(book: Book, probe: str) -> str:
    """Return what a filter begins with for the units of one probe; one alone has no column."""
    return f"probe == {quote(probe)}" if len(book) > 1 else ""


def _both(*conditions: str) -> str:
    return " and ".join(filter(None, conditions))


def _summary(sheet: Sheet, probe: str, only: str) -> ProbeSummary:
    def count(text: str) -> FilteredCount:
        n = int(evaluate(parse_filter(text, sheet), sheet).sum())
        return FilteredCount(n, _both(only, text))

    good = class_filter(Label.GOOD)
    inside = count(_both(f"roi_label == {quote(INSIDE)}", good)) if _has_region(sheet) else None
    classes = ((label, count(class_filter(label))) for label in _LABELS)
    families = ((name, count(f"family == {quote(name)}")) for name in FAMILY_NAMES if name)
    n_hidden = len(sheet.veil)
    found = None if n_hidden else agreement(sheet.parts.rule_labels, sheet.saved_codes)
    return ProbeSummary(
        probe=probe,
        units=count(""),
        classes=tuple((label, told) for label, told in classes if told.n),
        good_inside=inside,
        families=tuple((name, told) for name, told in families if told.n),
        sole_blockers=count("not missing(sole_blocker)"),
        undecidable=count("family == 'undecidable'"),
        reviewed=count("reviewed"),
        disagreement=count("disagreement"),
        agreement=found,
        n_hidden=n_hidden,
        problems=tuple(str(issue) for issue in sheet.run.issues),
    )


def _has_region(sheet: Sheet) -> bool:
    """Whether it is known of any unit whether it is in the region of interest."""
    if sheet.kind("roi_label") is None:
        return False
    codes, texts = sheet.codes("roi_label")
    return any(texts[code] for code in np.unique(codes[codes >= 0]).tolist())


def good_along_depth(book: Book) -> tuple[DepthProfile, ...]:
    """Return how many units are GOOD along depth, probe by probe, at the same depths.

    None where no unit has a depth.
    """
    depths = [sheet.values("depth_um") for sheet in book.sheets]
    known = np.concatenate([depth[np.isfinite(depth)] for depth in depths])
    if not len(known):
        return ()
    edges = nice_edges(float(known.min()), float(known.max()), _ABOUT_BINS)
    good = class_filter(Label.GOOD)
    out = []
    for sheet, probe, depth in zip(book.sheets, book.probes, depths, strict=True):
        is_good = evaluate(parse_filter(good, sheet), sheet)
        only = _only(book, probe)
        filters = (_both(only, good, depth_filter(*ends)) for ends in pairwise(edges.tolist()))
        counted = (_binned(depth, edges), _binned(depth[is_good], edges))
        region = _region(sheet.run)
        out.append(DepthProfile(probe, edges, counted[1], counted[0], tuple(filters), region))
    return tuple(out)


def _binned(depth: Floats, edges: Floats) -> Ints:
    """Return how many depths are in each bin; its upper end is the next one's."""
    place = np.searchsorted(edges, depth[np.isfinite(depth)], "right") - 1
    return np.bincount(place, minlength=len(edges) - 1).astype(np.int64)


def _region(run: Run) -> tuple[float, float] | None:
    """Return the ends of the region of interest, µm; None: nobody said, or no site is known."""
    length = run.provenance.roi_um
    if length is None or run.sites is None:
        return None
    y = run.sites.xy[:, 1]
    if run.provenance.tip_at_top:
        return float(y.max() - length), float(y.max())
    return float(y.min()), float(y.min() + length)
