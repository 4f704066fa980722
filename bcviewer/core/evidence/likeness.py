"""Which units have the most similar templates: by Kilosort's numbers, or computed."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from bcviewer.core.arrays import Floats, Ints
from bcviewer.core.evidence.pair_templates import cosine, peak_channel, template_of
from bcviewer.core.evidence.recording import MOST_SIMILAR, Likeness, UnitData
from bcviewer.core.rules.counts import count_of
from bcviewer.errors import UserError

MOST_READ = 64
"""So many templates are read, at most, where likeness has to be computed: some megabytes."""


def likest(
    values: Floats, fits: Callable[[int], bool], most: int = MOST_SIMILAR
) -> tuple[Ints, Floats]:
    """Return the rows with the largest values above 0 that fit, and these values.

    Parameters
    ----------
    values : numpy.ndarray
        A number for each row, shape (n_rows,); NaN where it has none.
    fits : callable
        Whether a row may be one of them; asked of as few as possible, the likest first.
    most : int
        So many at most.
    """
    like = np.flatnonzero(values > 0)
    found: list[int] = []
    for row in like[np.argsort(-values[like], kind="stable")].tolist():
        if len(found) == most:
            break
        if fits(row):
            found.append(row)
    rows = np.array(found, np.int64)
    return rows, values[rows]


def by_cosine(
    unit: UnitData, fits: Callable[[int], bool], why: str, most_read: int = MOST_READ
) -> Likeness:
    """Compare a unit's template with those of the units around it, by the cosine.

    Parameters
    ----------
    unit : UnitData
        The unit.
    fits : callable
        Whether a row may be one of the likest.
    why : str
        Why there are no numbers of Kilosort's, a sentence.
    most_read : int
        So many templates are read, at most, and as many of units that phy made.

    Raises
    ------
    UserError
        If the unit has no template.
    """
    try:
        own = template_of(unit)
    except UserError as error:
        raise UserError(f"{why} {error.message}", error.hint) from None
    rows, which = _around(unit, peak_channel(unit, own), most_read)
    values = np.full(unit.n_rows, np.nan)
    for row in rows.tolist():
        try:
            other = template_of(unit.at(row))
        except UserError:
            continue
        if other.shape == own.shape:
            values[row] = cosine(own, other)
    found, alike = likest(values, fits)
    words = f"Computed: the cosine of the templates, with {which}. {why}"
    return Likeness(found, alike, words, by_kilosort=False)


def _around(unit: UnitData, peak: int, most: int) -> tuple[Ints, str]:
    """Return the rows to compare with, and which these are.

    Those with the nearest peak channels; units of which Bombcell knows none (phy made them) are
    as likely as any.
    """
    others = np.flatnonzero(unit.unit_ids.has_id)
    others = others[others != unit.row]
    peaks = np.full(unit.n_rows, np.nan)
    saved = unit.run.units.floats("maxChannels")
    if saved is not None:
        peaks[: len(saved)] = saved[: len(peaks)]
    away = _away(unit, peaks[others], peak)
    known = others[np.argsort(away, kind="stable")][: int(np.isfinite(away).sum())]
    unknown = others[~np.isfinite(away)]
    rows = np.concatenate([known[:most], unknown[:most]])
    which = count_of(len(others), "other unit")
    if len(rows) < len(others):
        which = f"the {len(rows):,} of {which} whose peak channels are the nearest"
    return rows, which


def _away(unit: UnitData, peaks: Floats, peak: int) -> Floats:
    """Return how far peak channels are from one: in µm, or in channels where no place is known."""
    sites = unit.run.sites
    n = 0 if sites is None else len(sites.xy)
    if sites is None or peak >= n:
        return np.where(peaks >= 0, np.abs(peaks - peak), np.nan)
    there = (peaks >= 0) & (peaks < n)
    out = np.full(len(peaks), math.nan)
    away = sites.xy[peaks[there].astype(np.int64)] - sites.xy[peak]
    out[there] = np.hypot(away[:, 0], away[:, 1])
    return out
