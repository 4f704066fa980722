"""The audit table: the notebook's flags bit for bit, derived numbers, order, cells as text."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import slow_notebook
from curation_cases import act
from factories import again, default_params, make_run, shared_data, sheet_of
from hypothesis import given
from hypothesis import strategies as st

from bcviewer.core.comparison.comparison import RunVerdict, compare
from bcviewer.core.comparison.pairing import itself
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.comparison.two_runs import TwoRuns
from bcviewer.core.comparison.what_if import tried
from bcviewer.core.curation.blind import Sample, blind_field
from bcviewer.core.curation.entries import under_field
from bcviewer.core.curation.replay import replay
from bcviewer.core.rules.barcode import BARCODE
from bcviewer.core.rules.column_choices import DEFAULT_COLUMNS, EXPORT_LAST
from bcviewer.core.rules.columns import COLUMNS, OWN_COLUMNS, PROBE
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.run.phy import unread
from bcviewer.core.run.run import Provenance, Sites
from bcviewer.core.run.scored import ScoredUnits
from bcviewer.core.sheet.frame import flag_columns, to_frame
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs

NAN, INF = float("nan"), float("inf")
RECORDINGS = ("session_demo", "sim_3probes", "sim_synthetic", "toy", "toy_variants", "toy_v0.90")
TABLE = "templates._bc_qMetrics.parquet"
PARAMETERS = "_bc_parameters._bc_qMetrics.parquet"
LAST = [
    "split_label",
    "family",
    "masked_reasons",
    "not_tested",
    "missing_values",
    "n_failed",
    "sole_blocker",
    "steps_to_good",
    "safety_of_good",
    "rpv_verdict",
    "kept_fraction",
    "depth_um",
    "roi_label",
]


def table(columns=None, params=None, recomputed=None, **more) -> Sheet:
    run = make_run(columns, params, **more)
    return sheet_of(run, codes=recomputed)


def units(n: int) -> dict[str, list[float]]:
    return {"nPeaks": [1.0] * n}


# Recordings


def recordings() -> list[str]:
    root = shared_data()
    found = [p for name in RECORDINGS for p in (root / name).rglob(TABLE)] if root else []
    return sorted(path.parent.relative_to(root).as_posix() for path in found)


def raw(folder: Path) -> tuple[list[str], list[dict[str, float]], dict[str, object]]:
    """Return the columns' names, the units and the parameters, by pyarrow alone."""
    read = pq.read_table(folder / TABLE)
    names = [name for name in read.column_names if not name.startswith("__")]
    rows = [
        {key: NAN if value is None else value for key, value in row.items()}
        for row in read.to_pylist()
    ]
    return names, rows, pq.read_table(folder / PARAMETERS).to_pylist()[0]


@pytest.mark.parametrize("folder", recordings() or [""])
def test_a_recordings_flags_and_reasons_are_the_notebooks(shared, folder):
    names, rows, saved = raw(shared / folder)
    (place,) = find_runs(shared / folder)
    run = read_run(place)
    mine = sheet_of(run)
    flags = flag_columns(mine)
    wanted = slow_notebook.flags(rows, saved)
    assert list(flags) == list(wanted)
    for name, column in wanted.items():
        assert flags[name].dtype == bool
        assert flags[name].tolist() == column, name
    labels, texts = zip(*(slow_notebook.verdict(row, saved) for row in rows), strict=True)
    frame = to_frame(mine)
    assert frame["bombcell_label"].tolist() == list(labels)
    assert frame["classification_reason"].tolist() == list(texts)
    first = ["bombcell_label", "unit_index", "cluster_id"]
    theirs = ["shank"] * (run.sites is not None and run.sites.shank is not None)
    theirs += [column.key for column in run.foreign]
    assert list(frame) == [*names, *first, *wanted, "classification_reason", *LAST, *theirs]
    for name in names:
        if name != "bc_unitType":
            np.testing.assert_array_equal(frame[name], [row[name] for row in rows], name)
    assert frame["cluster_id"].tolist() == [row["phy_clusterID"] for row in rows]


def test_all_recordings_are_found(shared):
    assert len(recordings()) == 27


# Flags


def test_a_rule_whose_gate_is_off_has_no_column():
    every = set(flag_columns(table()))
    for flag, names in {
        "extractRaw": {"mua_rawAmplitude<minAmplitude", "mua_signalToNoiseRatio<minSNR"},
        "computeDrift": {"mua_maxDriftEstimate>maxDrift"},
        "computeDistanceMetrics": {"mua_isolationDistance<isoDmin", "mua_Lratio>lratioMax"},
        "computeSpatialDecay": {
            "noise_spatialDecaySlope<minSpatialDecaySlopeExp",
            "noise_spatialDecaySlope>maxSpatialDecaySlopeExp",
        },
    }.items():
        assert every - set(flag_columns(table(params={flag: False}))) == names
    linear = set(flag_columns(table(params={"spDecayLinFit": True})))
    assert {name for name in linear if "Decay" in name} == {
        "noise_spatialDecaySlope<minSpatialDecaySlope"
    }
    assert len(every) == 22


def test_a_rule_without_column_or_threshold_has_no_flag():
    flags = flag_columns(table(drop=["presenceRatio"], absent=["maxNPeaks"]))
    assert "mua_presenceRatio<minPresenceRatio" not in flags
    assert "noise_nPeaks>maxNPeaks" not in flags


def test_a_missing_value_or_threshold_is_false():
    flags = flag_columns(table({"presenceRatio": [NAN, 0.1]}, {"maxDrift": NAN, "maxNPeaks": None}))
    assert flags["mua_presenceRatio<minPresenceRatio"].tolist() == [False, True]
    assert flags["mua_maxDriftEstimate>maxDrift"].tolist() == [False, False]
    assert flags["noise_nPeaks>maxNPeaks"].tolist() == [False, False]


def test_flags_look_at_no_exemption_and_at_no_other_rule():
    columns = {
        "fractionRPVs_estimatedTauR": 1.0,
        "RPV_status": 0.0,
        "rawAmplitude": NAN,
        "signalToNoiseRatio": 1.0,
        "troughToPeak2Ratio": 1.0,
        "nPeaks": 9.0,
    }
    flags = flag_columns(table(columns, {"keepUncertainRPVUnits": True}))
    assert {name for name, column in flags.items() if column[0]} == {
        "noise_nPeaks>maxNPeaks",
        "mua_fractionRPVs_estimatedTauR>maxRPVviolations",
        "mua_signalToNoiseRatio<minSNR",
        "nonsoma_troughToPeak2Ratio<minTroughToPeak2Ratio_nonSomatic",
    }


def test_empty_units_have_flags_too():
    flags = flag_columns(table({"nSpikes": 0.0}))
    assert flags["mua_nSpikes<minNumSpikes"].tolist() == [True]


# The frame


def test_the_columns_of_the_table_are_the_issues():
    columns = {"phy_clusterID": [5, 6], "bc_unitType": np.array(["GOOD", "MUA"], object)}
    frame = to_frame(table({**columns, "my_note": [1.0, 2.0]}, cluster_id=np.array([5, 6])))
    names = list(frame)
    own = names[: names.index("bombcell_label")]
    assert set(own) == {*make_run().units, "phy_clusterID", "bc_unitType", "my_note"}
    assert own[-1] == "my_note"
    assert names[len(own) : len(own) + 3] == ["bombcell_label", "unit_index", "cluster_id"]
    rest = names[len(own) + 3 :]
    assert rest == [*flag_columns(table()), "classification_reason", *LAST]
    assert list(EXPORT_LAST) == LAST
    assert frame["n_failed"].dtype.kind == "i"


def test_a_run_without_units_has_all_columns():
    frame = to_frame(table(units(0)))
    assert len(frame) == 0
    assert list(frame) == list(to_frame(table()))


def test_every_column_can_be_read_and_shown():
    xy = np.array([[0.0, 20.0 * i] for i in range(10)])
    sites = Sites(xy, np.zeros(10, np.int64))
    place = Provenance("ks", "ks/b", "k", "A", region="MOp", roi_um=100.0)
    labels = np.array(["good", ""], object)
    runs = table(
        units(2),
        provenance=place,
        si_ids=np.array(["7", ""], object),
        sites=sites,
        ks_label=labels,
        phy_group=labels,
        saved=["MUA", ""],
    )
    extra = (*blind_field(Sample(1, 1, 2)), *under_field("minPresenceRatio=0.1"))
    said = replay([act("a", 1, extra=extra)])
    scored = ScoredUnits(runs.run, {7: "bombcell cannot be asked"})
    runs = again(runs, phy=unread(runs.run), said=said, scored=scored)
    runs = again(runs, tried=tried(runs.inputs, Proposal.of({"minPresenceRatio": 0.1})))
    verdict = RunVerdict.of(runs.run)
    two = TwoRuns.of(compare(verdict, verdict, itself(runs.run)), ("a", "b"), True)
    runs = again(runs, compared=two.beside())
    names = runs.names()
    assert [name for name in names if name not in METRICS] == [c.key for c in OWN_COLUMNS]
    assert set(DEFAULT_COLUMNS) - {PROBE.key, BARCODE.key} <= set(names)
    for name in names:
        runs.warm(name)
        assert len(runs.values(name)) == 2
        assert runs.kind(name) == COLUMNS[name].kind
        assert isinstance(runs.text(name, 1), str)
        assert sorted(runs.order(name).tolist()) == [0, 1]


def test_columns_that_a_run_does_not_have_are_not_listed():
    names = table(drop=["Lratio"]).names()
    absent = (
        "ks_label",
        "phy_group",
        "si_unit_id",
        "shank",
        "roi_label",
        "brain_region",
        "was",
        "flip",
    )
    for name in (*absent, "Lratio"):
        assert name not in names
    assert table(drop=["Lratio"]).kind("Lratio") is None
    assert table().kind("no such column") is None
    assert math.isnan(table(drop=["Lratio"]).values("Lratio")[0])


# Derived numbers


def times(start, stop, **more):
    return {**units(len(start)), "useTheseTimesStart": start, "useTheseTimesStop": stop, **more}


def test_kept_fraction():
    chunks = {"computeTimeChunks": True}
    columns = times([0.0, 100.0, NAN, 0.0], [1000.0, 600.0, 5.0, 2000.0])
    runs = table(columns, chunks, session_s=(0.0, 1000.0))
    np.testing.assert_array_equal(runs.values("kept_fraction"), [1.0, 0.5, NAN, 1.0])
    assert runs.text("kept_fraction", 1) == "50%"
    assert runs.text("kept_fraction", 2) == "–"
    # no chunks were chosen: everything was kept, but of units that Bombcell did not assess
    off = {"computeTimeChunks": False}
    whole = table(columns, off, session_s=(0.0, 1000.0))
    np.testing.assert_array_equal(whole.values("kept_fraction"), [1.0, 1.0, NAN, 1.0])
    few = units(3) | {"nSpikes": [49.0, 50.0, NAN]}
    for drop in (["useTheseTimesStart"], ["useTheseTimesStart", "useTheseTimesStop"]):
        older = table(few, off, session_s=(0.0, 1000.0), drop=drop)
        np.testing.assert_array_equal(older.values("kept_fraction"), [NAN, 1.0, 1.0])
    unknown = table(columns, chunks)
    assert np.isnan(unknown.values("kept_fraction")).all()
    nothing = table(columns, chunks, session_s=(0.0, 1.0), drop=["useTheseTimesStart"])
    assert np.isnan(nothing.values("kept_fraction")).all()
    unsaid = table(columns, session_s=(0.0, 2000.0), absent=["computeTimeChunks"])
    np.testing.assert_array_equal(unsaid.values("kept_fraction"), [0.5, 0.25, NAN, 1.0])


def test_the_firing_rate_is_of_the_kept_time():
    columns = times([0.0, 0.0, 5.0, 0.0], [100.0, NAN, 5.0, 50.0], nSpikes=[200.0, 9, 9, 0])
    np.testing.assert_array_equal(table(columns).values("firing_rate"), [2.0, NAN, NAN, 0.0])
    none = table(columns, drop=["useTheseTimesStop"]).values("firing_rate")
    assert np.isnan(none).all()


def test_infinite_times_warn_of_nothing():
    big = 1.7e308
    columns = times([INF, 0.0, -big, 0.0], [INF, INF, big, 5e-324], nSpikes=[1.0, 1, 1, 1e300])
    runs = table(columns, {"computeTimeChunks": True}, session_s=(0.0, 100.0))
    for name in runs.names():
        runs.values(name)
        assert all(isinstance(runs.text(name, row), str) for row in range(4))


def test_presence_is_k_of_n_bins():
    columns = times([0.0, 0.0, 0.0, NAN, 9.0, 0.0], [1260.0, 1260.0, 10.0, 60.0, 9.0, INF])
    columns["presenceRatio"] = [1.0, 0.6, NAN, 1.0, 1.0, 1.0]
    runs = table(columns, {"presenceRatioBinSize": 60})
    assert runs.values("presence_bins").tolist() == ["20/20", "12/20", "", "", "", ""]
    assert runs.text("presence_bins", 2) == "–"
    for size in (None, 0, -1, INF):
        runs = table(columns, {"presenceRatioBinSize": size})
        assert set(runs.values("presence_bins").tolist()) == {""}, size


def test_depth_is_the_y_of_the_peak_channel():
    sites = Sites(np.array([[0.0, 10.0], [0.0, 30.0]]))
    columns = {"maxChannels": [0.0, 1.0, 2.0, -1.0, NAN, 0.5, INF]}
    depth = table(columns, sites=sites).values("depth_um")
    np.testing.assert_array_equal(depth, [10.0, 30.0, NAN, NAN, NAN, NAN, NAN])
    assert np.isnan(table(columns).values("depth_um")).all()


@pytest.mark.parametrize(
    ("at_top", "labels"),
    [(False, ["inside", "inside", "outside", ""]), (True, ["outside", "inside", "inside", ""])],
)
def test_the_region_of_interest_is_counted_from_the_tip(at_top, labels):
    sites = Sites(np.array([[0.0, 100.0], [0.0, 150.0], [0.0, 200.0]]))
    place = Provenance("ks", "ks/b", "k", "A", roi_um=50.0, tip_at_top=at_top)
    columns = {"maxChannels": [0.0, 1.0, 2.0, NAN]}
    runs = table(columns, sites=sites, provenance=place)
    assert runs.values("roi_label").tolist() == labels
    assert set(table(columns, provenance=place).values("roi_label").tolist()) == {""}
    assert set(table(columns, sites=sites).values("roi_label").tolist()) == {""}


# Labels and their sources


def test_the_saved_label_is_shown_where_the_audit_is_incomplete():
    saved = ["GOOD", None, "what", ""]
    columns = {"nTroughs": [1.0] * 4}
    runs = table(columns, saved=saved, drop=["nPeaks"])
    assert runs.values("label").tolist() == ["GOOD", "incomplete", "incomplete", ""]
    assert runs.values("audit_label").tolist() == ["incomplete"] * 4
    assert runs.values("saved_label").tolist() == ["GOOD", "", "what", ""]
    assert not runs.values("disagreement").any()


def test_label_sources_that_disagree():
    columns = {"presenceRatio": [1.0, 1.0, 1.0, 0.1, 1.0], "nSpikes": [500, 500, 500, 500, 0]}
    saved = ["GOOD", "MUA", None, "MUA", ""]
    runs = table(columns, saved=saved)
    assert runs.values("disagreement").tolist() == [False, True, False, False, False]
    theirs = np.array([Label.GOOD, Label.GOOD, Label.NOISE, Label.MUA, Label.EMPTY], np.int8)
    runs = table(columns, saved=saved, recomputed=theirs)
    assert runs.values("disagreement").tolist() == [False, True, True, False, False]
    assert runs.values("label").tolist() == ["GOOD", "GOOD", "NOISE", "MUA", ""]
    assert runs.values("audit_label").tolist() == ["GOOD", "GOOD", "GOOD", "MUA", ""]


# Order


VALUES = st.sampled_from([NAN, INF, -INF, 0.0, -0.0, 1.0, 2.5, -3.0])


@given(values=st.lists(VALUES, min_size=1, max_size=30), descending=st.booleans())
def test_numbers_sort_stably_with_missing_ones_last(values, descending):
    order = table({"Lratio": values}).order("Lratio", descending).tolist()
    rows = [i for i, value in enumerate(values) if not math.isnan(value)]
    rows.sort(key=lambda i: -values[i] if descending else values[i])
    assert order == rows + [i for i, value in enumerate(values) if math.isnan(value)]


TEXTS = st.sampled_from(["", "good", "Good", "mua", "GOOD", "Àé", "zz", "a", "B"])


@given(texts=st.lists(TEXTS, min_size=1, max_size=30), descending=st.booleans())
def test_texts_sort_stably_whatever_their_case(texts, descending):
    runs = table(units(len(texts)), ks_label=np.array(texts, object))
    order = runs.order("ks_label", descending).tolist()
    rows = sorted((i for i, t in enumerate(texts) if t), key=lambda i: texts[i].casefold())
    if descending:
        folded = dict.fromkeys(texts[i].casefold() for i in reversed(rows))
        rows = [i for text in folded for i in sorted(rows) if texts[i].casefold() == text]
    assert order == rows + [i for i, text in enumerate(texts) if not text]


def test_equal_short_reasons_of_different_rules_keep_their_order():
    columns = {"waveformDuration_peakTrough": [50.0, 2000.0, 50.0]}
    runs = table(columns)
    assert len(set(runs.values("reason").tolist())) == 1
    assert runs.order("reason").tolist() == [0, 1, 2]
    assert runs.order("reason", descending=True).tolist() == [0, 1, 2]


def test_flags_sort():
    runs = table({"presenceRatio": [1.0, 1.0, 1.0]}, saved=["GOOD", "MUA", "GOOD"])
    assert runs.order("disagreement").tolist() == [0, 2, 1]
    assert runs.order("disagreement", descending=True).tolist() == [1, 0, 2]


def test_the_attention_column_is_the_place_in_the_attention_order():
    # an empty unit, a safe one, one at risk, a sole blocker, one that fails two rules
    columns = {
        "nSpikes": [0.0, 2400.0, 2400.0, 2400.0, 50.0],
        "presenceRatio": [1.0, 1.0, 0.7, 0.69, 0.1],
    }
    roomy = {"maxNPeaks": 9, "maxNTroughs": 9}
    runs = table(columns, roomy)
    assert runs.attention_rows().tolist() == [2, 3, 1, 4, 0]
    assert runs.values("attention").tolist() == [5.0, 3.0, 1.0, 2.0, 4.0]
    assert runs.order("attention").tolist() == [2, 3, 1, 4, 0]
    assert runs.order("attention", descending=True).tolist() == [0, 4, 1, 3, 2]
    sites = Sites(np.array([[0.0, 0.0], [0.0, 500.0]]))
    place = Provenance("ks", "ks/b", "k", "A", roi_um=50.0)
    inside = {**columns, "maxChannels": [1.0, 1.0, 1.0, 0.0, 0.0]}
    assert table(inside, roomy, sites=sites, provenance=place).attention_rows().tolist()[:2] == [
        3,
        4,
    ]


# Cells as text


@pytest.mark.parametrize("name", sorted(METRICS))
def test_what_is_no_number_has_a_sign(name):
    runs = table({name: [NAN, INF, -INF, 1.0]})
    assert [runs.text(name, row) for row in range(3)] == ["–", "∞", "−∞"]
    assert float(runs.text(name, 3).replace(",", "").rstrip("%")) == 1.0


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("nSpikes", 12345.0, "12,345"),
        ("presenceRatio", 0.6999, "0.700"),
        ("waveformDuration_peakTrough", 433.3, "433"),
        ("Lratio", 1.234e-5, "1.23e-05"),
        ("percentageSpikesMissing_gaussian", 2.0, "2.0"),
    ],
)
def test_cells_have_as_many_digits_as_mean_something(name, value, text):
    assert table({name: value}).text(name, 0) == text


def test_texts_and_flags_as_text():
    runs = table({"presenceRatio": [1.0, 1.0]}, saved=["MUA", "GOOD"], cluster_id=np.array([7, 8]))
    assert [runs.text("disagreement", row) for row in (0, 1)] == ["yes", ""]
    assert [runs.text("family", row) for row in (0, 1)] == ["–", "–"]
    assert runs.text("label", 0) == "GOOD"
    assert runs.text("cluster_id", 0) == "7"
    assert runs.text("steps_to_good", 0) == "–"


def test_a_table_is_computed_once():
    runs = table()
    assert runs.values("firing_rate") is runs.values("firing_rate")
    assert runs.codes("reason") is runs.codes("reason")


def test_other_parameters_than_the_runs():
    run = make_run({"presenceRatio": 0.8})
    strict = run.criteria.replace(minPresenceRatio=0.9)
    runs = sheet_of(run, criteria=strict)
    assert runs.values("label").tolist() == ["MUA"]
    assert flag_columns(runs)["mua_presenceRatio<minPresenceRatio"].tolist() == [True]
    assert default_params()["minPresenceRatio"] == 0.7


@pytest.mark.parametrize(
    ("peaks", "shank"), [([0.0, 1.0], [0, 3]), ([0.0, math.nan], [0.0, math.nan])]
)
def test_the_shank_is_exported_as_a_whole_number_where_all_are_known(peaks, shank) -> None:
    sites = Sites(np.zeros((2, 2)), np.array([0, 3]))
    sheet = table({**units(2), "maxChannels": peaks}, sites=sites)
    found = to_frame(sheet)["shank"]
    assert found.dtype.kind == ("f" if math.nan in peaks else "i")
    np.testing.assert_array_equal(found, shank)


def test_a_heading_has_the_unit_of_its_column() -> None:
    assert COLUMNS["depth_um"].heading.endswith("(µm)")
    assert COLUMNS["label"].heading == (COLUMNS["label"].head or COLUMNS["label"].title)
