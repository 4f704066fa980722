"""What the dialogs of labels run in a thread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from factories import again
from qt_fixtures import KINDS, table_of

from bcviewer.app.curating.label_jobs import ProbeLabels, import_job
from bcviewer.app.threads.worker import Control
from bcviewer.core.rules.labels import Label

CODES = "unit_id,manual_classification\n0,1\n1,3\n2,-1\n"


@pytest.mark.parametrize("shown", ["bombcell", "split"])
@pytest.mark.parametrize(
    ("splits", "meant"), [(False, Label.NON_SOMA), (True, Label.NON_SOMA_GOOD)]
)
def test_a_code_means_what_the_run_meant(
    tmp_path: Path, shown: str, splits: bool, meant: Label
) -> None:
    path = tmp_path / "manual_unit_classifications.csv"
    path.write_text(CODES, "utf-8")
    table = again(table_of(KINDS, {"splitGoodAndMua_NonSomatic": splits}), source=shown)
    told: list[str] = []
    control = Control(lambda _, text: told.append(text))
    read = import_job([ProbeLabels("A", table, {}, np.arange(table.n_units))], path)(control)
    assert read.imported.labels == {0: Label.GOOD, 1: meant}
    assert [change.cluster_id for change in read.found.new] == [0, 1]
    assert told == ["Reading manual_unit_classifications.csv"]
