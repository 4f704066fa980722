"""What the rules judge by: thresholds and flags as saved, as Bombcell fills them in, or absent.

The back-fill is that of ``bombcell.check_parameter_fields`` (0.94); a test holds the two
together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bcviewer.core.rules.rules import RULES
from bcviewer.core.rules.settings import as_number

FLAGS: tuple[str, ...] = (
    "computeSpatialDecay",
    "spDecayLinFit",
    "extractRaw",
    "computeDrift",
    "computeDistanceMetrics",
    "splitGoodAndMua_NonSomatic",
    "keepUncertainRPVUnits",
)
"""Parameters that are on or off; Bombcell takes their truth value."""

THRESHOLDS: tuple[str, ...] = tuple(dict.fromkeys(r.parameter for r in RULES if r.parameter))
"""The thresholds, in the order of the rules."""

_WIDTHS = ("spikeWidth", "standardSpikeWidth")
_READ = frozenset((*THRESHOLDS, *FLAGS, *_WIDTHS))
_GROUP = tuple(rule.parameter for rule in RULES if rule.four_way)

_FLAG_FILL: dict[str, bool] = {
    "extractRaw": True,
    "computeSpatialDecay": True,
    "spDecayLinFit": True,
    "computeDrift": False,
    "computeDistanceMetrics": False,
    "splitGoodAndMua_NonSomatic": False,
    "keepUncertainRPVUnits": False,
}
_THRESHOLD_FILL: dict[str, float] = {
    "minSpatialDecaySlopeExp": 0.01,
    "maxSpatialDecaySlopeExp": 0.1,
    "maxScndPeakToTroughRatio_noise": 0.8,
    "maxMainPeakToTroughRatio_nonSomatic": 0.8,
    "minWidthFirstPeak_nonSomatic": 0.0,
    "minWidthMainTrough_nonSomatic": 0.0,
    "minTroughToPeak2Ratio_nonSomatic": 0.0,
    "maxPeak1ToPeak2Ratio_nonSomatic": math.inf,
}


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """One parameter that differs between two sets; None: absent there."""

    name: str
    before: object
    after: object


@dataclass(frozen=True, slots=True, eq=False)
class Criteria:
    """Thresholds and flags as the rules use them.

    Attributes
    ----------
    saved : mapping
        Those that were read, by today's names, as plain Python values, with the widths that
        Bombcell's back-fill reads.
    thresholds : mapping of str to float
        Saved or filled thresholds; NaN where saved without a value. An absent one has no key.
    flags : mapping of str to bool
        All of :data:`FLAGS`.
    filled : tuple of str
        Names that Bombcell's back-fill added.
    unreadable : tuple of str
        Thresholds whose saved value is not a number; treated as absent.
    """

    saved: Mapping[str, object]
    thresholds: Mapping[str, float]
    flags: Mapping[str, bool]
    filled: tuple[str, ...]
    unreadable: tuple[str, ...]

    @classmethod
    def from_saved(cls, saved: Mapping[str, object]) -> Criteria:
        """Read plain values as Bombcell would, and fill in what it fills in."""
        thresholds: dict[str, float] = {}
        unreadable: list[str] = []
        for name in THRESHOLDS:
            if name in saved:
                number = as_number(saved[name])
                if number is None:
                    unreadable.append(name)
                else:
                    thresholds[name] = number
        fill = _threshold_fill(saved)
        added = [name for name in fill if name not in saved]
        thresholds.update({name: fill[name] for name in added})
        flags = {name: bool(saved.get(name, _FLAG_FILL[name])) for name in FLAGS}
        added += [name for name in FLAGS if name not in saved]
        return cls(
            MappingProxyType({name: value for name, value in saved.items() if name in _READ}),
            MappingProxyType(thresholds),
            MappingProxyType(flags),
            tuple(added),
            tuple(unreadable),
        )

    @property
    def absent(self) -> tuple[str, ...]:
        """Thresholds that are neither saved nor filled: their rules cannot be tested."""
        return tuple(name for name in THRESHOLDS if name not in self.thresholds)

    @property
    def values(self) -> dict[str, float | bool]:
        """Thresholds and flags by name; an absent one has no key."""
        return {**self.thresholds, **self.flags}

    def replace(self, **changes: object) -> Criteria:
        """Return a copy with some parameters changed."""
        return Criteria.from_saved({**self.saved, **changes})

    def diff(self, other: Criteria) -> tuple[ParameterChange, ...]:
        """Return the thresholds and flags in which ``other`` differs from this set."""
        changes: list[ParameterChange] = []
        for name in (*THRESHOLDS, *FLAGS):
            mine = self.thresholds.get(name) if name in THRESHOLDS else self.flags[name]
            theirs = other.thresholds.get(name) if name in THRESHOLDS else other.flags[name]
            if mine != theirs and not (mine != mine and theirs != theirs):
                changes.append(ParameterChange(name, mine, theirs))
        return tuple(changes)

    def for_bombcell(self) -> dict[str, float | bool]:
        """Return what to hand to Bombcell itself: saved values only, so that it fills in the rest.

        Flags are made bool (Bombcell raises on MATLAB's floats) and values without a number NaN.
        """
        out: dict[str, float | bool] = {}
        for name in THRESHOLDS:
            if name in self.saved and name in self.thresholds:
                out[name] = self.thresholds[name]
        for name in FLAGS:
            if name in self.saved:
                out[name] = self.flags[name]
        for name in _WIDTHS:
            number = as_number(self.saved.get(name))
            if name in self.saved and number is not None:
                out[name] = number
        return out


def _threshold_fill(saved: Mapping[str, object]) -> dict[str, float]:
    """Return Bombcell's back-fill; the four-way thresholds are filled as a group."""
    fill = dict(_THRESHOLD_FILL)
    present = [name in saved for name in _GROUP]
    if any(present) and not all(present):
        scale = 1.0
        width = as_number(saved.get("spikeWidth"))
        standard = as_number(saved.get("standardSpikeWidth"))
        if width and standard and math.isfinite(width) and standard > 0:
            scale = width / standard
        fill["minTroughToPeak2Ratio_nonSomatic"] = 5.0
        fill["minWidthFirstPeak_nonSomatic"] = float(max(2, round(4 * scale)))
        fill["minWidthMainTrough_nonSomatic"] = float(max(3, round(5 * scale)))
        fill["maxPeak1ToPeak2Ratio_nonSomatic"] = 3.0
    return fill
