"""The region of interest of a probe: how it is written, read and shown, and what is in it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Bools
from bcviewer.core.run.derived import depths
from bcviewer.core.run.run import Run

LONGEST_UM = 1e7
"""No probe is ten metres long: more is a mistake, µm."""

_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_WRITTEN = re.compile(rf"({_NUMBER})\.\.({_NUMBER})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Region:
    """Some of a probe, by the distance of its ends from the tip.

    One that begins at the tip has all that lies beyond it, too.

    Attributes
    ----------
    start_um, stop_um : float
        µm; the start is nearer to the tip, and 0 at the tip.
    """

    start_um: float
    stop_um: float

    @property
    def ends(self) -> str:
        """Its ends, to be read: ``0–180 µm``."""
        return f"{_short(self.start_um)}–{_short(self.stop_um)} µm"

    @property
    def words(self) -> str:
        """Where it is, to be read: ``180 µm from the tip``."""
        ends = self.ends if self.start_um > 0 else f"{_short(self.stop_um)} µm"
        return f"{ends} from the tip"

    @property
    def written(self) -> str:
        """It as a text that :func:`read_region` reads back to the last digit."""
        return f"{self.start_um!r}..{self.stop_um!r}"


def _short(value: float) -> str:
    """Return a length with one decimal, where it has any."""
    return f"{value:,.1f}".removesuffix(".0")


def make_region(start_um: float, stop_um: float) -> Region | None:
    """Return a region; None where these are no ends of one."""
    known = math.isfinite(start_um) and math.isfinite(stop_um)
    if not known or not 0 <= start_um < stop_um <= LONGEST_UM:
        return None
    return Region(float(start_um), float(stop_um))


def read_region(text: str) -> Region | None:
    """Return the region that :attr:`Region.written` is of; None where the text is none."""
    found = _WRITTEN.fullmatch(text)
    return None if found is None else make_region(float(found[1]), float(found[2]))


def region_of_config(run: Run) -> Region | None:
    """Return the region of interest that the config gives a probe; None: it gives none."""
    length = run.provenance.roi_um
    return None if length is None else Region(0.0, length)


def is_inside(run: Run, region: Region) -> tuple[Bools, Bools]:
    """Return of which units the peak channel is in a region, and of which its place is known."""
    depth, ends = depths(run), site_ends(run)
    if ends is None:
        return np.zeros(run.n_units, bool), np.zeros(run.n_units, bool)
    from_tip = ends[1] - depth if run.provenance.tip_at_top else depth - ends[0]
    inside = from_tip <= region.stop_um
    if region.start_um > 0:
        inside &= from_tip >= region.start_um
    return inside, ~np.isnan(from_tip)


def site_ends(run: Run) -> tuple[float, float] | None:
    """Return the lowest and the highest y of the recording sites, µm; None: none is known."""
    if run.sites is None:
        return None
    y = run.sites.xy[:, 1]
    return float(y.min()), float(y.max())


def ends_of(run: Run, region: Region) -> tuple[float, float] | None:
    """Return the lowest and highest y of a region, µm; None where no site is known.

    What lies beyond the tip belongs to one that begins there, so that this end is infinite.
    """
    sites = site_ends(run)
    if sites is None:
        return None
    beyond = region.start_um <= 0
    if run.provenance.tip_at_top:
        return sites[1] - region.stop_um, np.inf if beyond else sites[1] - region.start_um
    return -np.inf if beyond else sites[0] + region.start_um, sites[0] + region.stop_um


def region_between(
    sites: tuple[float, float], tip_at_top: bool, low: float, high: float
) -> Region | None:
    """Return the region between two y, µm; None: nothing of the probe is there.

    ``sites`` are the lowest and the highest y of its recording sites.
    """
    low, high = max(min(low, high), sites[0]), min(max(low, high), sites[1])
    if tip_at_top:
        return make_region(sites[1] - high, sites[1] - low)
    return make_region(low - sites[0], high - sites[0])
