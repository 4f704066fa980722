"""The rules: the notebook's 23 flags, in its order, and what derives from them."""

from __future__ import annotations

from factories import bombcell, default_params, good_unit

from bcviewer.core.rules.criteria import FLAGS
from bcviewer.core.rules.metric import Step
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.rules import (
    BLOCK_MASKS,
    BLOCK_NAMES,
    FAMILY_NAMES,
    FEW_SPIKES_RULE,
    FOUR_WAY,
    FOUR_WAY_MASK,
    MISSING_PEAKS,
    RPV_RULE,
    RULE_INDEX,
    RULES,
    Block,
    Family,
    mask_of,
)

FLAGS_OF_THE_NOTEBOOK = [
    "noise_nPeaks>maxNPeaks",
    "noise_nTroughs>maxNTroughs",
    "noise_wvDuration<minWvDuration",
    "noise_wvDuration>maxWvDuration",
    "noise_baselineFlatness>maxWvBaselineFraction",
    "noise_scndPeakToTroughRatio>maxScndPeakToTroughRatio_noise",
    "noise_spatialDecaySlope<minSpatialDecaySlope",
    "noise_spatialDecaySlope<minSpatialDecaySlopeExp",
    "noise_spatialDecaySlope>maxSpatialDecaySlopeExp",
    "mua_percentageSpikesMissing_gaussian>maxPercSpikesMissing",
    "mua_nSpikes<minNumSpikes",
    "mua_fractionRPVs_estimatedTauR>maxRPVviolations",
    "mua_presenceRatio<minPresenceRatio",
    "mua_rawAmplitude<minAmplitude",
    "mua_signalToNoiseRatio<minSNR",
    "mua_maxDriftEstimate>maxDrift",
    "mua_isolationDistance<isoDmin",
    "mua_Lratio>lratioMax",
    "nonsoma_troughToPeak2Ratio<minTroughToPeak2Ratio_nonSomatic",
    "nonsoma_mainPeak_before_width<minWidthFirstPeak_nonSomatic",
    "nonsoma_mainTrough_width<minWidthMainTrough_nonSomatic",
    "nonsoma_peak1ToPeak2Ratio>maxPeak1ToPeak2Ratio_nonSomatic",
    "nonsoma_mainPeakToTroughRatio>maxMainPeakToTroughRatio_nonSomatic",
]


def test_the_flags_are_the_notebooks_in_its_order():
    assert [rule.flag for rule in RULES if rule.flag] == FLAGS_OF_THE_NOTEBOOK
    assert len(FLAGS_OF_THE_NOTEBOOK) == 23


def test_missing_n_peaks_is_the_only_rule_without_a_flag():
    assert [i for i, rule in enumerate(RULES) if not rule.flag] == [MISSING_PEAKS]
    assert RULES[MISSING_PEAKS].token == "NOISE: nPeaks missing"
    assert RULES[MISSING_PEAKS].title == "peaks: no value"


def test_a_token_is_the_class_and_the_key():
    assert RULES[RPV_RULE].token == "MUA: fractionRPVs_estimatedTauR>maxRPVviolations"
    assert RULES[-1].token.startswith("NON-SOMA: mainPeakToTroughRatio>")


def test_a_title_says_what_is_wrong():
    assert RULES[FEW_SPIKES_RULE].title == "spikes too low"
    assert RULES[RPV_RULE].title == "RPV fraction too high"


def test_keys_are_distinct_and_indexed():
    assert len(RULE_INDEX) == len(RULES) == 24
    assert all(RULES[i].key == key for key, i in RULE_INDEX.items())


def test_thresholds_and_flags_are_those_bombcell_reads():
    read = set(bombcell().default_parameters._CLASSIFICATION_KEYS) | {"keepUncertainRPVUnits"}
    assert {rule.parameter for rule in RULES if rule.parameter} | set(FLAGS) == read


def test_the_four_way_rules_are_bombcells_group():
    group = bombcell().default_parameters._NON_SOMATIC_GROUP
    assert {RULES[i].parameter for i in FOUR_WAY} == set(group)
    assert mask_of(FOUR_WAY) == FOUR_WAY_MASK


def test_the_block_masks_divide_the_rules():
    assert sum(BLOCK_MASKS) == (1 << len(RULES)) - 1
    assert [mask.bit_count() for mask in BLOCK_MASKS] == [10, 9, 5]
    assert len(BLOCK_NAMES) == len(Block)
    assert BLOCK_MASKS[Block.NON_SOMA] & FOUR_WAY_MASK == FOUR_WAY_MASK


def test_families_are_for_mua_rules_only():
    for rule in RULES:
        assert (rule.family != Family.NONE) == (rule.block == Block.MUA)
    assert len(FAMILY_NAMES) == len(Family)


def test_every_gate_is_a_flag_and_every_column_exists():
    for rule in RULES:
        assert {flag for flag, _ in rule.gates} <= set(FLAGS)
        assert rule.metric in good_unit()
        assert rule.declared is METRICS[rule.metric]
        assert rule.parameter in default_params() or rule.op == "missing"
        if rule.exemption:
            assert rule.exemption.column in good_unit()


def test_every_rule_has_a_step_and_the_linear_decay_its_own():
    assert all(rule.step is not None for rule in RULES)
    own = [rule for rule in RULES if rule.own_step]
    assert [(rule.parameter, rule.step) for rule in own] == [
        ("minSpatialDecaySlope", Step("share", 0.25))
    ]
