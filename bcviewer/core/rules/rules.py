"""Every comparison of a metric with a threshold, declared once, in Bombcell's order.

The only place where a threshold is named: flag columns, reasons, tooltips, plots and the
documentation derive from :data:`RULES`. Source: ``bombcell.get_quality_unit_type`` (0.94).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from bcviewer.core.rules.metric import Metric, Step
from bcviewer.core.rules.metrics import METRICS


class Block(IntEnum):
    """The rules that lead to one class. The values index :data:`BLOCK_NAMES`."""

    NOISE = 0
    MUA = 1
    NON_SOMA = 2


BLOCK_NAMES: tuple[str, ...] = ("NOISE", "MUA", "NON-SOMA")
_PREFIX: tuple[str, ...] = ("noise_", "mua_", "nonsoma_")


class Family(IntEnum):
    """Why a unit is MUA, in one word; where several apply the first is the unit's family.

    ``SAVED_LIMIT`` is one while another limit of refractory period violations is tried: which of
    the first two the unit is follows from a test at that limit.
    """

    NONE = 0
    NOT_SHOWN_CLEAN = 1
    UNDECIDABLE = 2
    INCOMPLETE = 3
    WEAK = 4
    UNSTABLE = 5
    POORLY_ISOLATED = 6
    FEW_SPIKES = 7
    SAVED_LIMIT = 8


FAMILY_NAMES: tuple[str, ...] = (
    "",
    "not shown clean",
    "undecidable",
    "incomplete",
    "weak",
    "unstable",
    "poorly isolated",
    "few spikes",
    "RPV not tested anew",
)


@dataclass(frozen=True, slots=True)
class Exemption:
    """Units to which a rule is not applied.

    Attributes
    ----------
    column : str
        Column that decides it.
    equals : float
        The unit is exempt where the column has this value (NaN: where it has none).
    flag : str
        Parameter that must be on; empty where none is asked.
    needs_column : bool
        Whether the rule cannot be tested at all without the column.
    words : str
        The exemption in words.
    """

    column: str
    equals: float
    flag: str
    needs_column: bool
    words: str


KEPT_UNCERTAIN = Exemption(
    "RPV_status",
    0.0,
    "keepUncertainRPVUnits",
    False,
    "kept: too few spikes to say, and keepUncertainRPVUnits is on",
)
NO_RAW = Exemption(
    "rawAmplitude",
    float("nan"),
    "",
    True,
    "not applied: Bombcell tests amplitude and SNR only where rawAmplitude has a value",
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One comparison: the unit fails where ``metric op parameter`` holds.

    Attributes
    ----------
    key : str
        The notebook's key (metric, operator, parameter; two aliases).
    metric : str
        Key of the metric it reads.
    op : {'<', '>', 'missing'}
        Failing comparison; ``missing``: fails where the metric has no value.
    parameter : str
        The threshold's name; empty for ``missing``.
    block : Block
        Where a failure leads.
    gates : tuple of (str, bool)
        Flags that must have these values, else the rule is switched off.
    exemption : Exemption or None
        Units the rule leaves out.
    family : Family
        What a failure means for a MUA unit.
    four_way : bool
        One of the four non-somatic comparisons that count only together.
    own_step : Step or None
        A step that differs from the metric's.
    """

    key: str
    metric: str
    op: str
    parameter: str
    block: Block
    gates: tuple[tuple[str, bool], ...] = ()
    exemption: Exemption | None = None
    family: Family = Family.NONE
    four_way: bool = False
    own_step: Step | None = None

    @property
    def flag(self) -> str:
        """The notebook's flag column; empty for ``nPeaks missing``, which has none."""
        return "" if self.op == "missing" else _PREFIX[self.block] + self.key

    @property
    def token(self) -> str:
        """The rule as a reason, ``CLASS: key``."""
        return f"{BLOCK_NAMES[self.block]}: {self.key}"

    @property
    def declared(self) -> Metric:
        """The metric this rule reads."""
        return METRICS[self.metric]

    @property
    def step(self) -> Step | None:
        """One step of this rule's metric."""
        return self.own_step or self.declared.step

    @property
    def is_count(self) -> bool:
        """Whether it reads a count (peaks, troughs): no measurement error makes it fail."""
        return self.op != "missing" and self.step is not None and self.step.is_count

    @property
    def title(self) -> str:
        """The rule in words, as a failure: ``presence ratio too low``."""
        if self.op == "missing":
            return f"{self.declared.title}: no value"
        return f"{self.declared.title} too {'high' if self.op == '>' else 'low'}"


def _rule(
    metric: str,
    op: str,
    parameter: str,
    block: Block,
    *,
    alias: str = "",
    gates: tuple[tuple[str, bool], ...] = (),
    exemption: Exemption | None = None,
    family: Family = Family.NONE,
    four_way: bool = False,
    step: Step | None = None,
) -> Rule:
    key = f"{alias or metric}{op}{parameter}"
    return Rule(key, metric, op, parameter, block, gates, exemption, family, four_way, step)


_N, _M, _S = Block.NOISE, Block.MUA, Block.NON_SOMA
_LINEAR = (("computeSpatialDecay", True), ("spDecayLinFit", True))
_EXPONENTIAL = (("computeSpatialDecay", True), ("spDecayLinFit", False))
_RAW = (("extractRaw", True),)
_DRIFT = (("computeDrift", True),)
_DISTANCE = (("computeDistanceMetrics", True),)

RULES: tuple[Rule, ...] = (
    Rule("nPeaks missing", "nPeaks", "missing", "", _N),
    _rule("nPeaks", ">", "maxNPeaks", _N),
    _rule("nTroughs", ">", "maxNTroughs", _N),
    _rule("waveformDuration_peakTrough", "<", "minWvDuration", _N, alias="wvDuration"),
    _rule("waveformDuration_peakTrough", ">", "maxWvDuration", _N, alias="wvDuration"),
    _rule("waveformBaselineFlatness", ">", "maxWvBaselineFraction", _N, alias="baselineFlatness"),
    _rule("scndPeakToTroughRatio", ">", "maxScndPeakToTroughRatio_noise", _N),
    _rule(
        "spatialDecaySlope",
        "<",
        "minSpatialDecaySlope",
        _N,
        gates=_LINEAR,
        step=Step("share", 0.25),
    ),
    _rule("spatialDecaySlope", "<", "minSpatialDecaySlopeExp", _N, gates=_EXPONENTIAL),
    _rule("spatialDecaySlope", ">", "maxSpatialDecaySlopeExp", _N, gates=_EXPONENTIAL),
    _rule(
        "percentageSpikesMissing_gaussian",
        ">",
        "maxPercSpikesMissing",
        _M,
        family=Family.INCOMPLETE,
    ),
    _rule("nSpikes", "<", "minNumSpikes", _M, family=Family.FEW_SPIKES),
    _rule(
        "fractionRPVs_estimatedTauR",
        ">",
        "maxRPVviolations",
        _M,
        exemption=KEPT_UNCERTAIN,
        family=Family.NOT_SHOWN_CLEAN,
    ),
    _rule("presenceRatio", "<", "minPresenceRatio", _M, family=Family.INCOMPLETE),
    _rule(
        "rawAmplitude", "<", "minAmplitude", _M, gates=_RAW, exemption=NO_RAW, family=Family.WEAK
    ),
    _rule(
        "signalToNoiseRatio", "<", "minSNR", _M, gates=_RAW, exemption=NO_RAW, family=Family.WEAK
    ),
    _rule("maxDriftEstimate", ">", "maxDrift", _M, gates=_DRIFT, family=Family.UNSTABLE),
    _rule("isolationDistance", "<", "isoDmin", _M, gates=_DISTANCE, family=Family.POORLY_ISOLATED),
    _rule("Lratio", ">", "lratioMax", _M, gates=_DISTANCE, family=Family.POORLY_ISOLATED),
    _rule("troughToPeak2Ratio", "<", "minTroughToPeak2Ratio_nonSomatic", _S, four_way=True),
    _rule("mainPeak_before_width", "<", "minWidthFirstPeak_nonSomatic", _S, four_way=True),
    _rule("mainTrough_width", "<", "minWidthMainTrough_nonSomatic", _S, four_way=True),
    _rule("peak1ToPeak2Ratio", ">", "maxPeak1ToPeak2Ratio_nonSomatic", _S, four_way=True),
    _rule("mainPeakToTroughRatio", ">", "maxMainPeakToTroughRatio_nonSomatic", _S),
)
"""The 23 flagged comparisons and ``nPeaks missing``, in the order of the reasons."""

RULE_METRICS: tuple[str, ...] = tuple(dict.fromkeys(rule.metric for rule in RULES))
"""Every metric that a rule reads, in the order of the rules."""
RULE_OF: dict[str, Rule] = {rule.parameter: rule for rule in RULES if rule.parameter}
"""The rule of each threshold, by the threshold's name."""
RULE_INDEX: dict[str, int] = {rule.key: i for i, rule in enumerate(RULES)}
MISSING_PEAKS = RULE_INDEX["nPeaks missing"]
RPV_RULE = RULE_INDEX["fractionRPVs_estimatedTauR>maxRPVviolations"]
FEW_SPIKES_RULE = RULE_INDEX["nSpikes<minNumSpikes"]
COUNTS: tuple[int, ...] = tuple(i for i, rule in enumerate(RULES) if rule.is_count)
"""Rules that count peaks and troughs: they fail, but have no part in steps, safety, borderline."""
FOUR_WAY: tuple[int, ...] = tuple(i for i, rule in enumerate(RULES) if rule.four_way)


def mask_of(indices: Iterable[int]) -> int:
    """Return the bit mask of some rules: bit *i* is ``RULES[i]``."""
    mask = 0
    for i in indices:
        mask |= 1 << i
    return mask


BLOCK_MASKS: tuple[int, ...] = tuple(
    mask_of(i for i, rule in enumerate(RULES) if rule.block == block) for block in Block
)
FOUR_WAY_MASK = mask_of(FOUR_WAY)
COUNT_MASK = mask_of(COUNTS)
