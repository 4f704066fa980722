"""What was said of units as columns: who is in no row changes nothing."""

from __future__ import annotations

import numpy as np
from curation_cases import act

from bcviewer.core.curation.replay import replay
from bcviewer.core.curation.said_columns import ManualColumns
from bcviewer.core.run.unit_ids import UnitIds


def test_what_is_said_of_a_unit_that_is_not_there_changes_no_column() -> None:
    ids = UnitIds(np.array([1, 2], np.int64))
    state = replay([act("one", 0, unit=1)])
    columns = ManualColumns.of(ids, state)
    assert columns.with_units(ids, state, [99]) is columns
    assert columns.n_labels == 1
