"""Older names: complete, never onto a name that is there, and told in one line."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bcviewer.core.rules.criteria import FLAGS, THRESHOLDS
from bcviewer.core.rules.metrics import METRICS
from bcviewer.io.results.renames import COLUMN_RENAMES, PARAM_RENAMES, rename_issue, renamed

TODAY_ONLY = {"RPV_status", "estimatedTauR", "keepUncertainRPVUnits"}


def test_todays_names_are_today() -> None:
    assert set(COLUMN_RENAMES.values()) <= {*METRICS, "phy_clusterID"}
    assert not set(COLUMN_RENAMES) & set(METRICS)
    assert not set(PARAM_RENAMES) & {*THRESHOLDS, *FLAGS}
    for kept in ("minMainPeakToTroughRatio", "spikeWidth", "standardSpikeWidth", "spike_width"):
        assert kept not in PARAM_RENAMES
    assert "RPV_tauR_estimate" not in COLUMN_RENAMES


def test_order_values_and_what_was_renamed() -> None:
    out, old = renamed({"n_spikes": 1, "x": 2, "isoD": 3}, COLUMN_RENAMES)
    assert list(out.items()) == [("nSpikes", 1), ("x", 2), ("isolationDistance", 3)]
    assert old == ("n_spikes", "isoD")


@pytest.mark.parametrize("order", [1, -1])
def test_never_onto_a_name_that_is_there(order: int) -> None:
    columns = dict(
        [("scndPeakToTroughRatio", 1), ("secndPeakToTroughRatio", 2)][::order]  # MATLAB, 2024-11
    )
    out, old = renamed(columns, COLUMN_RENAMES)
    assert out == columns
    assert old == ()


def test_two_old_names_of_one() -> None:
    out, old = renamed({"fraction_RPVs": 1, "fractionRPVs": 2}, COLUMN_RENAMES)
    assert out == {"fractionRPVs_estimatedTauR": 1, "fractionRPVs": 2}
    assert old == ("fraction_RPVs",)


def test_one_issue_for_all() -> None:
    assert rename_issue("f", (), ()) is None
    issue = rename_issue("f", ("a", "b", "c", "d"), ("e",))
    assert issue is not None
    assert issue.what == "older names of 4 columns (a, b, c and 1 more) and 1 parameter (e)."


def test_snake_case_results_have_all_of_todays_names(shared: Path) -> None:
    folder = shared / "bombcell_repo_history" / "py_2025-04_1ce2b563_snake_case" / "bombcell"
    table = pq.read_schema(folder / "templates._bc_qMetrics.parquet").names
    columns, _ = renamed(dict.fromkeys(table), COLUMN_RENAMES)
    assert set(METRICS) - set(columns) == TODAY_ONLY & set(METRICS)
    saved = pq.read_schema(folder / "_bc_parameters._bc_qMetrics.parquet").names
    params, _ = renamed(dict.fromkeys(saved), PARAM_RENAMES)
    assert {*THRESHOLDS, *FLAGS} - set(params) == TODAY_ONLY & set(FLAGS)
