"""A stretch by bombcell's own functions: the whole is the whole, a part is what they say of it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from evidence_fakes import FakeRecording, unit_data, unit_spikes
from evidence_files import read_units
from factories import bombcell as imported
from factories import quiet

from bcviewer.core.evidence.recording import UnitData
from bcviewer.core.evidence.tau_r import DEFAULT_TAU_R
from bcviewer.core.run.stretch import Stretch
from bcviewer.errors import UserError
from bcviewer.frame.application import demo_path
from bcviewer.oracle import amplitude_by_bombcell
from bcviewer.oracle.client import Bombcell
from bcviewer.oracle.refractory_by_bombcell import contamination


@pytest.fixture(scope="module")
def demo() -> list[UnitData]:
    units = read_units(sorted(Path(demo_path()).parent.rglob("kilosort4_A"))[0])
    kept = [unit for unit in units if unit.kept_s()[1] > unit.kept_s()[0]]
    return sorted(kept, key=lambda unit: unit.metric("nSpikes"))


def some(units: list[UnitData]) -> list[UnitData]:
    return units[:: max(1, len(units) // 6)]


def test_the_whole_as_a_stretch_is_the_whole_and_what_was_saved(
    demo: list[UnitData], real_bombcell: Bombcell
) -> None:
    for unit in some(demo):
        chosen = replace(unit, stretch=Stretch(*unit.kept_s()))
        whole, part = (contamination(one, real_bombcell) for one in (unit, chosen))
        for name in ("tau_r", "observed", "level", "expected", "clean_to", "above_from"):
            np.testing.assert_array_equal(getattr(part, name), getattr(whole, name))
        assert (part.now, part.n, part.need) == (whole.now, whole.n, whole.need)
        assert part.now.rpv == unit.metric("fractionRPVs_estimatedTauR")
        assert math.isnan(part.saved.rpv), "of a stretch nothing is saved"
        assert part.kept.chosen == chosen.stretch
        fits = [amplitude_by_bombcell.ask(one, real_bombcell) for one in (unit, chosen)]
        assert fits[0].percent == fits[1].percent or math.isnan(fits[0].percent)
        np.testing.assert_array_equal(fits[0].y, fits[1].y)
        assert (fits[0].chosen, fits[1].chosen) == (None, chosen.stretch)
        assert math.isnan(fits[1].saved)


def test_a_part_is_what_bombcell_says_of_its_spikes(
    demo: list[UnitData], real_bombcell: Bombcell
) -> None:
    imported()
    from bombcell import quality_metrics

    compared = 0
    for unit in some(demo):
        start, stop = unit.kept_s()
        chosen = Stretch(start + (stop - start) * 0.2, start + (stop - start) * 0.7)
        spikes = unit.recording.spikes(unit.row).between(chosen.start_s, chosen.stop_s)
        if spikes.n < 50:
            continue
        compared += 1
        found = contamination(replace(unit, stretch=chosen), real_bombcell)
        param = {
            "tauC": found.setup.tau_c,
            "tauR_values": DEFAULT_TAU_R,
            "tauR_reject": 0.5 / 1000,
            "contamination_values": np.arange(0.5, 35.5, 0.5) / 100,
            "confidence_threshold": found.setup.confidence,
            "maxRPVviolations": found.setup.limit,
            "rpv_method": "ibl_sliding",
            "plotDetails": False,
        }
        chunk = np.array([chosen.start_s, chosen.stop_s])
        with quiet():
            rpv, tau_r, _ = quality_metrics.sliding_rp_violations(spikes.times, chunk, param)
            status = quality_metrics.sliding_rp_status(spikes.times, chunk, param)
            percent, _ = quality_metrics.perc_spikes_missing(
                spikes.amplitudes.astype(np.float64),
                spikes.times,
                chunk,
                {"plotDetails": False},
                metric=True,
            )
        assert (found.now.rpv, found.now.tau_r, found.now.status) == (rpv, tau_r, status)
        fit = amplitude_by_bombcell.ask(replace(unit, stretch=chosen), real_bombcell)
        np.testing.assert_allclose(fit.percent, percent, rtol=1e-12)
    assert compared >= 3


def test_a_stretch_of_few_spikes_is_not_assessed_and_that_is_said() -> None:
    spikes = unit_spikes(np.arange(400.0), np.full(400, 20.0))
    kept = {"useTheseTimesStart": 0.0, "useTheseTimesStop": 400.0, "nSpikes": 400.0}
    unit = unit_data(FakeRecording({0: spikes}), columns=kept, session_s=(0.0, 400.0))
    few = replace(unit, stretch=Stretch(0.0, 30.5))
    with Bombcell() as never, pytest.raises(UserError, match=r"^Not for 0–30\.5 s: .* 50 .* 31\.$"):
        contamination(few, never)
    assert never.pid is None
