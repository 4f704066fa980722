"""What bombcell 0.94 uses where nobody changes anything (``bombcell.get_default_parameters``).

A test holds these tables and the installed package together.
"""

from __future__ import annotations

from dataclasses import dataclass

from bcviewer.core.rules.criteria import FLAGS, THRESHOLDS, Criteria
from bcviewer.core.rules.settings import Settings

DEFAULTS_OF = "bombcell 0.94"

LEAST_SPIKES = 50
"""Of a unit with fewer Bombcell measures nothing, and assesses no contamination: no parameter."""

DEFAULT_THRESHOLDS: dict[str, float] = {
    "maxNPeaks": 2.0,
    "maxNTroughs": 1.0,
    "minWvDuration": 100.0,
    "maxWvDuration": 1150.0,
    "maxWvBaselineFraction": 0.3,
    "maxScndPeakToTroughRatio_noise": 0.8,
    "minSpatialDecaySlope": -0.008,
    "minSpatialDecaySlopeExp": 0.01,
    "maxSpatialDecaySlopeExp": 0.1,
    "maxPercSpikesMissing": 20.0,
    "minNumSpikes": 300.0,
    "maxRPVviolations": 0.1,
    "minPresenceRatio": 0.7,
    "minAmplitude": 40.0,
    "minSNR": 5.0,
    "maxDrift": 100.0,
    "isoDmin": 20.0,
    "lratioMax": 0.3,
    "minTroughToPeak2Ratio_nonSomatic": 5.0,
    "minWidthFirstPeak_nonSomatic": 4.0,
    "minWidthMainTrough_nonSomatic": 5.0,
    "maxPeak1ToPeak2Ratio_nonSomatic": 3.0,
    "maxMainPeakToTroughRatio_nonSomatic": 0.8,
}
"""Every threshold that a rule reads."""

DEFAULT_FLAGS: dict[str, bool] = {
    "computeSpatialDecay": True,
    "spDecayLinFit": False,
    "extractRaw": True,
    "computeDrift": False,
    "computeDistanceMetrics": False,
    "splitGoodAndMua_NonSomatic": False,
    "keepUncertainRPVUnits": False,
}
"""Every flag that switches a rule, or the labels, on or off."""

DEFAULT_COMPUTATION: dict[str, float | bool | str] = {
    "rpv_method": "ibl_sliding",
    "confidence_threshold": 0.9,
    "computeTimeChunks": False,
    "deltaTimeChunk": 360.0,
    "presenceRatioBinSize": 60.0,
    "driftBinSize": 60.0,
    "removeDuplicateSpikes": False,
    "nRawSpikesToExtract": 100.0,
    "detrendWaveform": True,
    "minThreshDetectPeaksTroughs": 0.2,
    "normalizeSpDecay": True,
    "nChannelsIsoDist": 4.0,
}
"""Parameters that change the metrics themselves, no threshold among them."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One parameter of a run beside its default.

    Attributes
    ----------
    name : str
        Its name.
    value : object
        What the run uses; None where it is absent.
    default : object
        bombcell's default.
    filled : bool
        Whether it was not saved, and Bombcell fills it in.
    """

    name: str
    value: object
    default: object
    filled: bool = False

    @property
    def differs(self) -> bool:
        """Whether the value is there and is not the default."""
        return self.value is not None and self.value != self.default


def settings(criteria: Criteria) -> tuple[Setting, ...]:
    """Return every threshold and flag of a run, in the order of the rules, with its default."""
    limits = [
        Setting(
            name, criteria.thresholds.get(name), DEFAULT_THRESHOLDS[name], name in criteria.filled
        )
        for name in THRESHOLDS
    ]
    flags = [
        Setting(name, criteria.flags[name], DEFAULT_FLAGS[name], name in criteria.filled)
        for name in FLAGS
    ]
    return (*limits, *flags)


def computation(saved: Settings) -> tuple[Setting, ...]:
    """Return the saved parameters that change the metrics themselves, with their defaults."""
    out = []
    for name, default in DEFAULT_COMPUTATION.items():
        value = saved.saved.get(name)
        if isinstance(default, bool) and isinstance(value, (bool, int, float)):
            value = bool(value)
        elif isinstance(default, float):
            number = saved.number(name)
            value = number if number == number else None
        out.append(Setting(name, value, default))
    return tuple(out)
