"""A run's parameters: what was saved, what Bombcell fills in, and what is absent.

The back-fill is that of ``bombcell.check_parameter_fields`` (0.94); a test holds the two
together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bcviewer.core.rules.rules import RULES

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
class Change:
    """One parameter that differs between two sets; None: absent there."""

    name: str
    before: object
    after: object


@dataclass(frozen=True, slots=True, eq=False)
class Params:
    """Thresholds and flags as the rules use them.

    Attributes
    ----------
    saved : mapping
        Everything that was read, by today's names, as plain Python values.
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
    def from_saved(cls, saved: Mapping[str, object]) -> Params:
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
            MappingProxyType(dict(saved)),
            MappingProxyType(thresholds),
            MappingProxyType(flags),
            tuple(added),
            tuple(unreadable),
        )

    @property
    def absent(self) -> tuple[str, ...]:
        """Thresholds that are neither saved nor filled: their rules cannot be tested."""
        return tuple(name for name in THRESHOLDS if name not in self.thresholds)

    def number(self, name: str) -> float:
        """Return any numeric parameter, NaN where it is absent or no number."""
        number = as_number(self.saved.get(name))
        return math.nan if number is None else number

    def text(self, name: str) -> str:
        """Return any text parameter, empty where it is absent or no text."""
        value = self.saved.get(name)
        return value if isinstance(value, str) else ""

    def replace(self, **changes: object) -> Params:
        """Return a copy with some parameters changed."""
        return Params.from_saved({**self.saved, **changes})

    def diff(self, other: Params) -> tuple[Change, ...]:
        """Return the thresholds and flags in which ``other`` differs from this set."""
        changes: list[Change] = []
        for name in (*THRESHOLDS, *FLAGS):
            mine = self.thresholds.get(name) if name in THRESHOLDS else self.flags[name]
            theirs = other.thresholds.get(name) if name in THRESHOLDS else other.flags[name]
            if mine != theirs and not (mine != mine and theirs != theirs):
                changes.append(Change(name, mine, theirs))
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
        for name in ("spikeWidth", "standardSpikeWidth"):
            number = as_number(self.saved.get(name))
            if name in self.saved and number is not None:
                out[name] = number
        return out


def as_number(value: object) -> float | None:
    """Return a saved value as float: NaN where it is unset, None where it is no number."""
    if value is None:
        return math.nan
    if isinstance(value, (bool, int, float)):
        return float(value)
    if isinstance(value, str):
        if value.strip().casefold() in {"", "nan", "none", "null"}:
            return math.nan
        try:
            return float(value)
        except ValueError:
            return None
    return None


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
