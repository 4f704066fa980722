"""Cell types that were computed here: columns of their own, that no label and no verdict reads."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from factories import again, make_run, sheet_of

from bcviewer.core.filter.language import evaluate, parse_filter
from bcviewer.core.run.cell_types import CELL_TYPES, DURATION, LONG_ISI, SUPPRESSION
from bcviewer.core.run.cells import CellTypes, cells_of, rate_to_ask
from bcviewer.core.run.foreign import ForeignColumn
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.frame import to_frame
from bcviewer.core.sheet.inputs import Inputs

TYPES = ["Wide-spiking", "Narrow-spiking", "Unknown", ""]
FOUND = {
    "isi_cv": [1.5, 0.5, math.nan, math.nan],
    "waveform_duration_peak_trough": [500.0, 300.0, math.nan, math.nan],
    DURATION: [500.0, 300.0, math.nan, math.nan],
    LONG_ISI: [0.0, 0.2, math.nan, math.nan],
    SUPPRESSION: [10.0, 50.0, math.nan, math.nan],
}


def run(**more: Any) -> Run:
    return make_run({"presenceRatio": [1.0, 0.5, 1.0, 0.6]}, **more)


def cells(of: Run, region: str = "cortex", left_out: str = "") -> CellTypes:
    found = {"cell_type": np.array(TYPES, object)} | {k: np.array(v) for k, v in FOUND.items()}
    return cells_of(of, region, "0.94", found, left_out)


def test_they_are_columns_that_say_whose_they_are_and_what_they_are_not() -> None:
    found = cells(run(), left_out="1 unit left out (unit 3: x)")
    assert [column.key for column in found.columns] == [
        "cell_type_cortex_here",
        f"ephys_{DURATION}_here",
        "ephys_isi_cv_here",
        f"ephys_{LONG_ISI}_here",
        f"ephys_{SUPPRESSION}_here",
    ]
    assert found.first == ("cell_type_cortex_here", f"ephys_{DURATION}_here")
    assert len(cells(run(), "striatum").first) == 4
    heads = [column.column.heading for column in found.columns[:3]]
    assert heads == ["cortex type here", "duration here (µs)", "isi_cv here"]
    for column in found.columns:
        shown = column.column
        assert shown.title.endswith("[computed here, bombcell 0.94]")
        assert (shown.group, "no label of quality" in shown.help) == (CELL_TYPES, True)
    assert found.words == (
        "Cortex types of 3 units by bombcell 0.94: 1 Wide-spiking, 1 Narrow-spiking, 1 Unknown."
        " 1 unit left out (unit 3: x)"
    )


def test_a_column_of_a_file_keeps_its_name() -> None:
    mine = ForeignColumn("x", "x.tsv", np.zeros(4), key="cell_type_cortex_here")
    found = cells(run(foreign=(mine,)))
    assert found.first[0] == "cell_type_cortex_here_file"
    sheet = again(sheet_of(found.run), cells=found)
    assert sheet.text("cell_type_cortex_here", 0) == "0"


@pytest.mark.parametrize(
    ("rate", "asked"),
    [(30_000.0, None), (29_999.95, None), (30_000.6, None), (25_000.0, 25_000.0), (32_000.0, 32e3)],
)
def test_the_rate_of_a_clock_is_bombcells_and_another_one_is_told(
    rate: float, asked: float | None
) -> None:
    """12 samples are 400 µs, the rule's limit, at 30 kHz: at 29,999.95 Hz they would be more."""
    assert (asked is None and math.isnan(rate_to_ask(rate))) or rate_to_ask(rate) == asked
    told = "computed with the sort's" in cells(run(sample_rate=rate)).columns[0].help
    assert told == (asked is not None)


def test_a_sheet_has_them_and_says_of_everything_else_the_same() -> None:
    plain = sheet_of(run(saved=["GOOD", "MUA", "GOOD", "MUA"]))
    for name in plain.names():
        plain.warm(name)
    found = cells(plain.run)
    sheet = again(plain, cells=found)
    new = [column.key for column in found.columns]
    assert list(sheet.names()) == [*plain.names(), *new]
    for name in plain.names():
        shown = [sheet.text(name, row) for row in range(4)]
        assert shown == [plain.text(name, row) for row in range(4)], name
    assert sheet.labels is plain.labels
    assert sheet.basis is plain.basis  # no plot has anything to draw
    assert [sheet.text(new[0], row) for row in range(4)] == ["Wide-spiking", *TYPES[1:3], "–"]
    wanted = parse_filter(f"{new[0]} == 'Narrow-spiking' or {new[1]} > 400", sheet)
    assert np.flatnonzero(evaluate(wanted, sheet)).tolist() == [0, 1]
    assert sheet.order(new[1])[:2].tolist() == [1, 0]
    frame = to_frame(sheet)
    assert frame[new[0]].tolist() == TYPES
    other = again(sheet, cells=cells(plain.run, "striatum"))
    assert new[0] not in other.names()
    assert list(derive(again(other, cells=None).inputs).names()) == list(plain.names())


def test_a_blind_review_shows_them_and_another_run_has_none() -> None:
    plain = sheet_of(run())
    sheet = again(plain, cells=cells(plain.run), hidden=(0, 1))
    assert sheet.text("cell_type_cortex_here", 0) == "Wide-spiking"
    with pytest.raises(ValueError, match="another run"):
        Inputs(run(), plain.criteria, cells=cells(plain.run))
