"""The export for Bombcell: byte for byte what its own viewer writes, and its comparison runs."""

from __future__ import annotations

import contextlib
import io
import shutil
import sys
import warnings
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from curation_cases import act
from factories import again, bombcell, default_params, quiet, sheet_of, snapshot

from bcviewer.core.curation.entries import under_field
from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.curation.replay import replay
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.sheet.derive import settled
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.io import names
from bcviewer.io.exchange.apply_plan import apply_plan
from bcviewer.io.exchange.export_bombcell import class_names, plan_bombcell
from bcviewer.io.exchange.import_labels import read_labels
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs

SPLIT = {"splitGoodAndMua_NonSomatic": True}
CODES = {"NOISE": 0, "GOOD": 1, "MUA": 2, "NON-SOMA": 3, "NON-SOMA GOOD": 3, "NON-SOMA MUA": 4}


def results_of(table: Sheet) -> Path:
    return Path(table.run.provenance.results_dir)


def said(**labels: Label) -> dict[int, ManualUnit]:
    return {int(name[1:]): ManualUnit(label) for name, label in labels.items()}


# What its viewer writes


def viewer_module() -> ModuleType:
    """Return the viewer's module; the package gives a function of the same name."""
    bombcell()
    return sys.modules["bombcell.unit_quality_gui"]


def viewers_files(table: Sheet, codes: list[int], rows: np.ndarray, folder: Path) -> None:
    """Let Bombcell's own viewer write its files, without its widgets."""
    viewer = object.__new__(viewer_module().InteractiveUnitQualityGUI)
    viewer.unique_units = table.ids.cluster_id[rows]
    viewer.n_units = len(rows)
    viewer.manual_unit_types = np.array(codes, dtype=int)
    theirs = [CODES.get(LABEL_NAMES[code], np.nan) for code in table.bombcell_labels[rows]]
    viewer.bombcell_unit_types = np.array(theirs, dtype=float)
    viewer.class_names = class_names(table.run.criteria.flags["splitGoodAndMua_NonSomatic"])
    viewer.save_path = str(folder)
    with quiet():
        viewer._save_manual_classifications()
        viewer.export_manual_classifications()


@pytest.mark.parametrize("split", [False, True])
def test_the_files_are_its_viewers_to_the_byte(on_disk, tmp_path, split):
    columns = {
        "nSpikes": [2400.0, 500.0, 300.0, 299.0, 2400.0, 0.0, 2400.0],
        "presenceRatio": [1.0, 0.1, 1.0, 1.0, 1.0, 1.0, 0.1],
        "nPeaks": [1.0, 1.0, 9.0, 1.0, 1.0, 1.0, 1.0],
        "mainPeakToTroughRatio": [0.3, 0.3, 0.3, 0.3, 0.9, 0.3, 0.9],
    }
    ids = np.array([3, 4, 8, 9, 10, 12, 20], dtype=np.int64)
    table = on_disk(columns, params=SPLIT if split else None, cluster_id=ids)
    results, theirs = results_of(table), tmp_path / "theirs"
    (results / names.COMPARISON_CSV).write_text("an older one")
    last = Label.NON_SOMA_MUA if split else Label.NON_SOMA
    manual = said(_3=Label.MUA, _8=Label.NOISE, _10=Label.GOOD, _20=last)
    apply_plan(plan_bombcell(table, manual), backup=False)
    rows = np.array([0, 1, 2, 4, 6])  # those that it shows: minNumSpikes is 300
    viewers_files(table, [2, -1, 0, 1, 4 if split else 3], rows, theirs)
    ours = {path.name: path.read_text() for path in results.iterdir()}
    assert ours == {path.name: path.read_text() for path in theirs.iterdir()}
    assert set(ours) == set(names.MANUAL_EXPORTS)


def test_its_viewer_calls_classes_as_we_do():
    assert set(class_names(split=False)) == {-1, 0, 1, 2, 3, 4}
    source = Path(viewer_module().__file__).read_text("utf-8")
    for name in {*class_names(split=False).values(), *class_names(split=True).values()}:
        assert f'"{name}"' in source


def test_its_viewer_reads_what_was_written(on_disk):
    table = on_disk()
    apply_plan(plan_bombcell(table, said(_0=Label.GOOD, _5=Label.NOISE)))
    viewer = object.__new__(viewer_module().InteractiveUnitQualityGUI)
    viewer.save_path, viewer.n_units = str(results_of(table)), 6
    viewer.unique_units = np.arange(6)
    with quiet():
        read = viewer._load_manual_classifications()
    assert read.tolist() == [1, -1, -1, -1, -1, 0]


def test_the_comparison_is_written_only_where_there_is_one(on_disk):
    table = on_disk()
    names_of = {file.path.name for file in plan_bombcell(table, {}).files}
    assert names_of == {*names.MANUAL_EXPORTS} - {names.COMPARISON_CSV}


# What the codes can say


def codes_of(table: Sheet, manual: dict[int, ManualUnit]) -> tuple[dict[int, int], tuple]:
    plan = plan_bombcell(table, manual)
    apply_plan(plan, backup=False)
    frame = pd.read_csv(results_of(table) / "manual_unit_classifications.csv")
    return dict(zip(frame["unit_id"], frame["manual_classification"], strict=True)), plan.warnings


ALL = said(
    _0=Label.NOISE,
    _1=Label.GOOD,
    _2=Label.MUA,
    _3=Label.NON_SOMA,
    _4=Label.NON_SOMA_GOOD,
    _5=Label.NON_SOMA_MUA,
)


def test_codes_where_the_run_does_not_split(on_disk):
    codes, warned = codes_of(on_disk(), ALL)
    assert codes == {0: 0, 1: 1, 2: 2, 3: 3, 4: 3, 5: 3}
    (warning,) = warned
    assert warning.startswith("2 units labelled NON-SOMA GOOD or MUA: written as non-somatic")


def test_codes_where_the_run_splits(on_disk):
    codes, warned = codes_of(on_disk(params=SPLIT), ALL)
    assert codes == {0: 0, 1: 1, 2: 2, 3: -1, 4: 3, 5: 4}
    (warning,) = warned
    assert warning.startswith("1 unit labelled NON-SOMA: left out, since this run splits them")


def test_units_that_its_viewer_hides_are_written_where_labelled(on_disk):
    table = on_disk({"nSpikes": [2400.0, 10.0, 10.0, 2400.0, 2400.0, 2400.0]})
    codes, warned = codes_of(table, {1: ManualUnit(Label.NOISE), 0: ManualUnit(None, "a note")})
    assert codes == {0: -1, 1: 0, 3: -1, 4: -1, 5: -1}
    assert warned == (
        "1 labelled unit (unit 1) with so few spikes that Bombcell's own viewer hides them.",
        (
            "1 unit (unit 2) left out: without a manual label, and fewer than 300 spikes, as in"
            " Bombcell's own viewer."
        ),
        "1 note (unit 0) stays here: Bombcell's files have no notes.",
    )


def test_units_that_are_gone_are_left_out_with_their_notes(on_disk):
    codes, warned = codes_of(on_disk(), {99: ManualUnit(Label.NON_SOMA_MUA, "gone")})
    assert set(codes.values()) == {-1}
    assert warned == (
        "Labels and notes of 1 unit (unit 99) that are not in these results are left out.",
    )


def test_results_without_numbers_of_spikes_are_written_whole(on_disk):
    table = on_disk(drop=["nSpikes"])
    assert len(codes_of(table, {})[0]) == table.n_units


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("name", names.MANUAL_EXPORTS)
def test_labels_come_back_as_they_went(on_disk, split, name):
    table = on_disk(params=SPLIT if split else None)
    (results_of(table) / names.COMPARISON_CSV).touch()
    manual = ALL.copy()
    for lost in (3,) if split else (4, 5):  # what the codes cannot say, as the warnings tell
        del manual[lost]
    apply_plan(plan_bombcell(table, manual))
    read = read_labels(results_of(table) / name, split=split)
    assert read.labels == {i: unit.label for i, unit in manual.items()}
    assert (read.unlabelled, read.skipped) == (6 - len(manual), ())
    assert read.person == f"Bombcell's viewer ({name})"


def test_nothing_else_of_the_recording_changes(on_disk):
    table = on_disk()
    before = snapshot(results_of(table).parent)
    apply_plan(plan_bombcell(table, ALL))
    apply_plan(plan_bombcell(table, ALL))
    after = snapshot(results_of(table).parent)
    assert {k: v for k, v in after.items() if k in before} == before
    added = {Path(k).name.partition(".bak-")[0] for k in after if k not in before}
    assert added == {*names.MANUAL_EXPORTS} - {names.COMPARISON_CSV}


# Its comparison and its suggestions, run for real


def copied(folder: Path, tmp_path: Path) -> Sheet:
    ks_dir = tmp_path / folder.name
    shutil.copytree(folder, ks_dir)
    for path in (ks_dir, *(p for p in ks_dir.rglob("*") if p.is_dir())):
        path.chmod(0o755)
    run = read_run(find_runs(ks_dir)[0])
    return sheet_of(run)


def analysed(table: Sheet) -> dict:
    """Return what Bombcell makes of the exported labels."""
    package = bombcell()
    param, metrics, _ = package.load_bc_results(str(results_of(table)))
    with quiet():
        types = package.get_quality_unit_type(param, metrics)[1]
        frame = pd.DataFrame(metrics)
        frame.insert(0, "Bombcell_unit_type", types)
        return package.manual_analysis.analyze_manual_vs_bombcell(results_of(table), frame, param)


def printed(table: Sheet) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bombcell().compare_manual_vs_bombcell(results_of(table))
    return out.getvalue()


PROBES = [
    "sim_3probes/kilosort4_B",
    "session_demo/Demo_20260201_session001/bombcell/bombcell_DEFAULT/kilosort4_C",
    "session_demo/Demo_20260201_session001/bombcell/bombcell_NP2.0/kilosort4_C",
]


@pytest.mark.slow
@pytest.mark.parametrize("probe", PROBES)
def test_its_comparison_runs_on_a_whole_recording(shared, tmp_path, probe):
    table = copied(shared / probe, tmp_path)
    ids, labels = table.ids.cluster_id.tolist(), table.bombcell_labels.tolist()
    agreed = {i: ManualUnit(Label(code)) for i, code in zip(ids, labels, strict=True) if code}
    others = [i for k, i in enumerate(agreed) if k % 4 == 0]
    manual = agreed | {
        i: ManualUnit(Label.NOISE if agreed[i].label != Label.NOISE else Label.GOOD) for i in others
    }
    apply_plan(plan_bombcell(table, manual))
    done = analysed(table)
    stats = done["concordance_stats"]
    assert stats["total_units"] == len(manual)
    assert stats["concordant_units"] == len(manual) - len(others)
    confusion = done["confusion_matrix"]
    assert confusion.loc["All", "Noise"] == sum(u.label == Label.NOISE for u in manual.values())
    text = printed(table)
    assert f"Concordant units: {len(manual) - len(others)}/{len(manual)}" in text
    assert f"{len(others)} disagreements between BombCell and manual labels" in text
    assert "Error" not in text


def test_its_suggestions_follow_the_labels(on_disk):
    """Of units that only differ in their SNR, those below 30 are called MUA: 5 → about 30."""
    snr = np.linspace(6.0, 66.0, 60)
    table = on_disk({"signalToNoiseRatio": snr}, n=60)
    labels = np.where(snr < 30, Label.MUA, Label.GOOD).tolist()
    apply_plan(plan_bombcell(table, {i: ManualUnit(Label(k)) for i, k in enumerate(labels)}))
    frame = table.run.units.to_frame()
    frame.insert(0, "phy_clusterID", table.ids.cluster_id)
    frame.insert(0, "Bombcell_unit_type", "GOOD")
    analyse = bombcell().manual_analysis.analyze_manual_vs_bombcell
    with quiet():
        done = analyse(results_of(table), frame, default_params())
    assert done["concordance_stats"]["concordant_units"] == int((snr >= 30).sum())
    (suggestion,) = done["parameter_suggestions"]
    name, _, value = suggestion.partition(": 5 → ")
    assert name == "minSNR"
    assert 29 < float(value) < 31


def test_labels_given_under_a_proposal_are_told_in_the_preview(on_disk) -> None:
    table = on_disk({"nSpikes": [2400.0, 2400.0]})
    action = act("a", 1, label="GOOD", unit=1, extra=under_field("minPresenceRatio=0.6"))
    table = settled(again(table, said=replay([action])))
    plan = plan_bombcell(table, table.inputs.said.units)
    words = "1 label (unit 1) was given while other thresholds were tried: a weak judge of any."
    assert words in plan.warnings
