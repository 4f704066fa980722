"""Reasons in the notebook's grammar, also where the notebook's audit is wrong."""

from __future__ import annotations

import numpy as np
import pytest
import slow_notebook
from factories import default_params, good_unit, make_run, mask, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.audit import reasons
from bcviewer.core.rules.labels import LABEL_NAMES
from bcviewer.core.rules.metrics import SHORT_TITLES
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.frame import to_frame
from bcviewer.core.sheet.sheet import Sheet

NAN, INF = float("nan"), float("inf")
SPLIT = {"splitGoodAndMua_NonSomatic": True}
FIRED = {
    "troughToPeak2Ratio": 4.0,
    "mainPeak_before_width": 3.0,
    "mainTrough_width": 4.0,
    "peak1ToPeak2Ratio": 4.0,
}
FOUR_TOKENS = (
    "NON-SOMA: troughToPeak2Ratio<minTroughToPeak2Ratio_nonSomatic"
    " | NON-SOMA: mainPeak_before_width<minWidthFirstPeak_nonSomatic"
    " | NON-SOMA: mainTrough_width<minWidthMainTrough_nonSomatic"
    " | NON-SOMA: peak1ToPeak2Ratio>maxPeak1ToPeak2Ratio_nonSomatic"
)
RATIO_TOKEN = "NON-SOMA: mainPeakToTroughRatio>maxMainPeakToTroughRatio_nonSomatic"
EVERYTHING_FAILS = {
    "nPeaks": 9.0,
    "nTroughs": 9.0,
    "waveformDuration_peakTrough": 50.0,
    "waveformBaselineFlatness": 0.9,
    "scndPeakToTroughRatio": 2.0,
    "spatialDecaySlope": 0.001,
    "percentageSpikesMissing_gaussian": 50.0,
    "nSpikes": 60.0,
    "fractionRPVs_estimatedTauR": 0.5,
    "presenceRatio": 0.1,
    "rawAmplitude": 10.0,
    "signalToNoiseRatio": 1.0,
    "maxDriftEstimate": 500.0,
    "isolationDistance": 1.0,
    "Lratio": 9.0,
    "mainPeakToTroughRatio": 2.0,
    **FIRED,
}
MUA_TOKENS = (
    "MUA: percentageSpikesMissing_gaussian>maxPercSpikesMissing | MUA: nSpikes<minNumSpikes"
    " | MUA: fractionRPVs_estimatedTauR>maxRPVviolations | MUA: presenceRatio<minPresenceRatio"
    " | MUA: rawAmplitude<minAmplitude | MUA: signalToNoiseRatio<minSNR"
    " | MUA: maxDriftEstimate>maxDrift | MUA: isolationDistance<isoDmin | MUA: Lratio>lratioMax"
)
NOISE_METRICS = (
    "nPeaks",
    "nTroughs",
    "waveformDuration_peakTrough",
    "waveformBaselineFlatness",
    "scndPeakToTroughRatio",
    "spatialDecaySlope",
)


def table(columns=None, params=None, **more) -> Sheet:
    run = make_run(columns, params, **more)
    return sheet_of(run)


def cell(name: str, columns=None, params=None, **more) -> str:
    return str(table(columns, params, **more).values(name)[0])


def reason(columns=None, params=None, **more) -> str:
    return cell("classification_reason", columns, params, **more)


def but_noise(columns: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in columns.items() if name not in NOISE_METRICS}


# The grammar


def test_a_good_unit_has_the_notebooks_sentence():
    assert reason() == "GOOD: passed NOISE and MUA thresholds, and not non-somatic"


def test_noise_tokens_come_in_the_notebooks_order():
    assert reason(EVERYTHING_FAILS) == (
        "NOISE: nPeaks>maxNPeaks | NOISE: nTroughs>maxNTroughs | NOISE: wvDuration<minWvDuration"
        " | NOISE: baselineFlatness>maxWvBaselineFraction"
        " | NOISE: scndPeakToTroughRatio>maxScndPeakToTroughRatio_noise"
        " | NOISE: spatialDecaySlope<minSpatialDecaySlopeExp"
    )


@pytest.mark.parametrize(
    ("columns", "params", "token"),
    [
        ({"waveformDuration_peakTrough": 2000.0}, {}, "wvDuration>maxWvDuration"),
        ({"spatialDecaySlope": 0.2}, {}, "spatialDecaySlope>maxSpatialDecaySlopeExp"),
        (
            {"spatialDecaySlope": -0.2},
            {"spDecayLinFit": True},
            "spatialDecaySlope<minSpatialDecaySlope",
        ),
    ],
)
def test_the_other_noise_tokens(columns, params, token):
    assert reason(columns, params) == f"NOISE: {token}"


def test_mua_tokens_come_in_the_notebooks_order():
    somatic = {"mainPeakToTroughRatio": 0.1, "mainTrough_width": 9.0}
    columns = {**but_noise(EVERYTHING_FAILS), **somatic}
    assert reason(columns) == MUA_TOKENS


def test_non_soma_has_a_token_for_each_comparison_of_each_branch_that_fired():
    assert reason(FIRED) == FOUR_TOKENS
    assert reason({"mainPeakToTroughRatio": 2.0}) == RATIO_TOKEN
    assert reason({**FIRED, "mainPeakToTroughRatio": 2.0}) == f"{FOUR_TOKENS} | {RATIO_TOKEN}"


def test_a_non_soma_good_unit_has_its_non_soma_tokens():
    assert reason(FIRED, SPLIT) == FOUR_TOKENS


# Where the notebook's audit is wrong


def test_cluster_id_is_phys_and_not_the_row_number():
    frame = to_frame(table({"nPeaks": [1.0, 1.0]}, cluster_id=np.array([7, 3])))
    assert frame["cluster_id"].tolist() == [7, 3]
    assert frame["unit_index"].tolist() == [0, 1]


def test_snr_is_no_reason_where_raw_amplitude_is_missing():
    columns = {"rawAmplitude": NAN, "signalToNoiseRatio": 1.0}
    assert reason(columns) == reasons.GOOD_REASON
    assert reason({**columns, "presenceRatio": 0.1}) == "MUA: presenceRatio<minPresenceRatio"


def test_rpv_is_no_reason_where_kept_as_uncertain():
    columns = {"fractionRPVs_estimatedTauR": 1.0, "RPV_status": 0.0}
    assert reason(columns) == "MUA: fractionRPVs_estimatedTauR>maxRPVviolations"
    assert reason(columns, {"keepUncertainRPVUnits": True}) == reasons.GOOD_REASON


def test_comparisons_beyond_are_no_reasons_and_are_not_masked_either():
    three = {**FIRED, "mainTrough_width": 9.0}
    assert reason(three) == reasons.GOOD_REASON
    assert reason({**three, "mainPeakToTroughRatio": 2.0}) == RATIO_TOKEN
    assert reason({**three, "presenceRatio": 0.1}) == "MUA: presenceRatio<minPresenceRatio"
    assert cell("masked_reasons", three) == ""
    assert cell("masked_reasons", {**three, "nPeaks": 9.0}) == ""
    assert table(three).values("n_failed")[0] == 0


def test_non_soma_mua_has_both_kinds_of_tokens_mua_first():
    columns = but_noise(EVERYTHING_FAILS)
    assert reason(columns, SPLIT) == f"{MUA_TOKENS} | {FOUR_TOKENS} | {RATIO_TOKEN}"
    assert cell("label", columns, SPLIT) == "NON-SOMA MUA"
    assert cell("masked_reasons", columns, SPLIT) == ""


def test_unsplit_non_soma_hides_its_mua_reasons():
    columns = {"mainPeakToTroughRatio": 2.0, "presenceRatio": 0.1}
    assert reason(columns) == RATIO_TOKEN
    assert cell("masked_reasons", columns) == "MUA: presenceRatio<minPresenceRatio"


def test_noise_by_missing_peaks_says_so():
    assert reason({"nPeaks": NAN}) == "NOISE: nPeaks missing"
    both = {"nPeaks": NAN, "nTroughs": 9.0}
    assert reason(both) == "NOISE: nPeaks missing | NOISE: nTroughs>maxNTroughs"


def test_an_empty_unit_has_a_reason():
    assert reason({"nSpikes": 0.0, "nPeaks": NAN}) == "EMPTY: no spikes"
    assert cell("masked_reasons", {**EVERYTHING_FAILS, "nSpikes": 0.0}) == ""


def test_absent_parameters_are_filled_as_bombcell_does():
    columns = {"scndPeakToTroughRatio": 0.9}
    absent = ["maxScndPeakToTroughRatio_noise"]
    assert reason(columns, absent=absent).endswith("maxScndPeakToTroughRatio_noise")
    # computeDrift is off where it is absent
    assert reason({"maxDriftEstimate": 900.0}, absent=["computeDrift"]) == reasons.GOOD_REASON


def test_good_is_a_class_and_no_substring():
    runs = table({"nPeaks": [1.0, 1.0], "mainPeakToTroughRatio": [0.1, 2.0]}, SPLIT)
    assert runs.values("label").tolist() == ["GOOD", "NON-SOMA GOOD"]
    assert [r.startswith("GOOD:") for r in runs.values("classification_reason")] == [True, False]


def test_what_cannot_be_decided_says_what_could_not_be_tested():
    columns = {"nPeaks": [1.0, 1.0, 1.0], "nTroughs": [1.0, 9.0, 1.0], "nSpikes": [500, 500, 0]}
    runs = table(columns, drop=["presenceRatio"], absent=["maxNPeaks"])
    wanted = "INCOMPLETE: cannot be tested: nPeaks>maxNPeaks | presenceRatio<minPresenceRatio"
    assert runs.values("classification_reason").tolist() == [
        wanted,
        "NOISE: nTroughs>maxNTroughs",
        "EMPTY: no spikes",
    ]
    assert runs.values("not_tested").tolist()[0] == (
        "nPeaks>maxNPeaks | spatialDecaySlope<minSpatialDecaySlope | presenceRatio<minPresenceRatio"
    )
    assert runs.values("not_tested").tolist()[2] == "all rules: no spikes"


# Other texts


def test_missing_values_name_each_metric_once():
    columns = {"waveformDuration_peakTrough": NAN, "rawAmplitude": NAN}
    text = cell("missing_values", columns)
    assert text == "waveformDuration_peakTrough | rawAmplitude"
    assert cell("missing_values") == ""


def test_the_four_way_branch_is_one_blocker():
    assert cell("sole_blocker", {"presenceRatio": 0.1}) == "presenceRatio<minPresenceRatio"
    assert cell("sole_blocker", FIRED) == FOUR_TOKENS.replace("NON-SOMA: ", "").replace("|", "&")
    assert cell("sole_blocker", {**FIRED, "mainPeakToTroughRatio": 2.0}) == ""
    assert cell("sole_blocker", {"nPeaks": NAN}) == ""


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, "passes every rule"),
        ({"nSpikes": 0.0}, "no spikes"),
        ({"nPeaks": NAN}, "no peaks found"),
        ({"nPeaks": NAN, "nTroughs": 9.0}, "no peaks found, troughs"),
        ({"presenceRatio": 0.1}, "incomplete: presence ratio"),
        (
            {"presenceRatio": 0.1, "percentageSpikesMissing_gaussian": 50.0},
            "incomplete: spikes missing, presence ratio",
        ),
        (FIRED, "four-way non-somatic branch"),
    ],
)
def test_short_reasons(columns, words):
    assert cell("reason", columns) == words


def test_a_short_reason_that_cannot_be_decided():
    assert cell("reason", drop=["nPeaks"]) == "cannot be decided"


def test_masks_and_their_texts():
    assert reasons.bits(0) == ()
    assert reasons.bits(0b1011) == (0, 1, 3)
    one = mask("Lratio>lratioMax")
    codes, texts = reasons.mask_texts(np.array([one, 0, one], np.uint32), reasons.tokens)
    assert texts[codes].tolist() == ["MUA: Lratio>lratioMax", "", "MUA: Lratio>lratioMax"]
    assert len(texts) == 2
    assert reasons.mask_texts(np.empty(0, np.uint32), reasons.tokens)[1].tolist() == []


# Every unit, against a slow reference


def near(limit: float) -> st.SearchStrategy[float]:
    sides = [limit, np.nextafter(limit, -INF), np.nextafter(limit, INF), limit / 2, limit * 2]
    return st.sampled_from([*map(float, sides), NAN, INF, -INF])


METRICS = {rule.metric: rule.parameter for rule in RULES if rule.op != "missing"}
UNIT = st.fixed_dictionaries(
    {
        **{
            metric: st.one_of(st.just(good_unit()[metric]), near(default_params()[parameter]))
            for metric, parameter in METRICS.items()
        },
        "nSpikes": st.sampled_from([0.0, 12.0, 299.0, 300.0, 5000.0, NAN]),
        "RPV_status": st.sampled_from([-1.0, 0.0, 1.0, NAN]),
    }
)
FLAGS = st.fixed_dictionaries(
    {
        name: st.booleans()
        for name in (
            "computeSpatialDecay",
            "spDecayLinFit",
            "extractRaw",
            "computeDrift",
            "computeDistanceMetrics",
            "splitGoodAndMua_NonSomatic",
            "keepUncertainRPVUnits",
        )
    }
)


@given(units=st.lists(UNIT, max_size=12), flags=FLAGS)
def test_texts_built_per_mask_are_those_built_per_unit(units, flags):
    params = {**default_params(), **flags}
    columns = {name: [unit[name] for unit in units] for name in (*METRICS, "RPV_status")}
    runs = table(columns, params)
    wanted = [slow_notebook.verdict(unit, params) for unit in units]
    assert runs.values("label").tolist() == [label for label, _ in wanted]
    assert runs.values("classification_reason").tolist() == [text for _, text in wanted]
    names = np.array(LABEL_NAMES, object)[runs.audit.label].tolist()
    for unit, label, masked in zip(units, names, runs.values("masked_reasons"), strict=True):
        # split, all of them off: what a stronger block hides is what the other labels would say
        loose = {**params, "splitGoodAndMua_NonSomatic": True}
        everything = every_failure(unit, loose)
        decided = slow_notebook.verdict(unit, params)[1].split(" | ")
        hidden = [token for token in everything if token not in decided]
        assert masked == (" | ".join(hidden) if label else "")


def every_failure(unit, params) -> list[str]:
    """Return all failures in order: those of NOISE, then those without its rules."""
    found = slow_notebook.verdict(unit, params)[1].split(" | ")
    noise = [token for token in found if token.startswith("NOISE")]
    calm = {metric: good_unit()[metric] for metric in NOISE_METRICS}
    calm["spatialDecaySlope"] = 0.03
    rest = slow_notebook.verdict({**unit, **calm}, params)[1].split(" | ")
    return noise + [token for token in rest if not token.startswith(("GOOD", "NOISE"))]


@pytest.mark.parametrize(
    ("in_sort", "words"),
    [
        (0, "no spikes"),
        (-1, "no spikes left after duplicates were removed"),
        (1, "its only spike removed as duplicates"),
        (1234, "all 1,234 spikes removed as duplicates"),
    ],
)
def test_why_a_unit_has_no_spikes(in_sort, words):
    assert reasons.empty_words(in_sort) == words


@pytest.mark.parametrize(
    ("reason", "shorter"),
    [
        (
            "undecidable: RPV fraction, spikes",
            ("undecidable: RPV, spikes", "undecidable: RPV +1", "RPV, spikes", "RPV +1"),
        ),
        (
            "peaks, troughs, baseline flatness",
            ("peaks, troughs, flatness", "peaks, troughs +1", "peaks +2"),
        ),
        ("main peak / trough", ("main peak/trough", "main peak")),
        (
            "second peak / trough, troughs",
            ("peak 2/trough, troughs", "peak 2/trough +1", "peak 2 +1"),
        ),
        ("four-way non-somatic branch", ("four-way",)),
        ("passes every rule", ("passes",)),
        ("no spikes", ()),
    ],
)
def test_a_reason_is_shortened_by_words_never_by_letters(
    reason: str, shorter: tuple[str, ...]
) -> None:
    assert reasons.shorter_reasons(reason) == (reason, *shorter)


def test_what_is_before_a_colon_and_no_family_stays() -> None:
    reason = "needs a run: RPV_status was decided at maxRPVviolations 0.1"
    assert reasons.shorter_reasons(reason) == (reason,)


def test_every_short_title_is_one_of_a_metric_and_shorter() -> None:
    titles = {rule.declared.title for rule in RULES}
    assert titles >= set(SHORT_TITLES)
    assert all(len(short) < len(title) for title, short in SHORT_TITLES.items())
    assert len({*SHORT_TITLES.values(), *titles}) == len(SHORT_TITLES) + len(titles)
