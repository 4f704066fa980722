"""Verdicts at another limit are those that bombcell gives when it is run with that limit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from evidence_fakes import FakeRecording
from factories import bombcell as imported
from factories import make_run, quiet

from bcviewer.cli.proposed import answered
from bcviewer.core.comparison.proposal import Proposal
from bcviewer.core.evidence.tau_r import DEFAULT_TAU_R
from bcviewer.core.run.run import SavedTable
from bcviewer.core.sheet.inputs import Inputs
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.io.spikes.recording import open_recording
from bcviewer.oracle.client import Bombcell
from bcviewer.oracle.status_by_bombcell import fresh_statuses


@pytest.mark.parametrize("limit", [0.03, 0.3])
def test_verdicts_of_real_units_are_bombcells(
    shared: Path, tmp_path: Path, real_bombcell: Bombcell, limit: float
) -> None:
    (place,) = find_runs(shared / "toy")
    run = read_run(place)
    proposal = Proposal.of({"keepUncertainRPVUnits": True, "maxRPVviolations": limit})
    with quiet():
        sliding = imported().quality_metrics.sliding_rp_status
    recording = open_recording(run, tmp_path)
    rows = [row for row in range(run.n_units) if (run.units.floats("nSpikes")[row] or 0) >= 50]
    found = fresh_statuses(run, proposal.on(run.criteria), rows, recording, real_bombcell)
    assert sorted(found) == rows
    for row in rows:
        chunk = [run.units.floats(f"useTheseTimes{end}")[row] for end in ("Start", "Stop")]
        param = {
            "maxRPVviolations": limit,
            "tauR_values": DEFAULT_TAU_R,
            "tauC": run.settings.number("tauC"),
            "confidence_threshold": 0.9,
            "tauR_reject": 0.0005,
        }
        times = recording.spikes(row).times
        assert found[row] == sliding(times, np.array(chunk), param)
    whole = answered(Inputs.of(run), proposal, real_bombcell)
    assert set(whole.answers) == {"exact"}


class Wrong:
    """A helper that must not be believed: it does not give what the run saved."""

    def ask(self, request, params, arrays, check=None):
        raise AssertionError("a unit without spikes is not asked about")


def test_a_unit_whose_spikes_are_not_there_is_left_out() -> None:
    run = make_run({"nSpikes": [2400.0]}, {"keepUncertainRPVUnits": True})
    assert fresh_statuses(run, run.criteria, [0], FakeRecording({}), Wrong()) == {}


def test_verdicts_are_not_taken_where_the_saved_one_does_not_come_out(
    shared: Path, tmp_path: Path, real_bombcell: Bombcell
) -> None:
    (place,) = find_runs(shared / "toy")
    run = read_run(place)
    other = run.units.floats("fractionRPVs_estimatedTauR") + 0.01
    units = SavedTable.from_columns({**run.units.columns, "fractionRPVs_estimatedTauR": other})
    changed = replace(run, units=units)
    recording = open_recording(changed, tmp_path)
    assert fresh_statuses(changed, run.criteria, [1, 2], recording, real_bombcell) == {}
