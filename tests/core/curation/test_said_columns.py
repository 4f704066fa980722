"""What was said of units as columns: who is in no row changes nothing."""

from __future__ import annotations

import numpy as np
from curation_cases import act

from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.curation.replay import replay
from bcviewer.core.curation.said_columns import ManualColumns
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.unit_ids import UnitIds


def test_what_is_said_of_a_unit_that_is_not_there_changes_no_column() -> None:
    ids = UnitIds(np.array([1, 2], np.int64))
    state = replay([act("one", 0, unit=1)])
    columns = ManualColumns.of(ids, state)
    assert columns.with_units(ids, state, [99]) is columns
    assert columns.n_labels == 1


def test_of_several_units_that_is_said_which_was_said_of_each() -> None:
    ids = UnitIds(np.array([1, 2, 3], np.int64))
    said = (("a", "GOOD", 1), ("b", "GOOD", 2), ("c", "MUA", 3))
    state = replay([act(name, unit, label=word, unit=unit) for name, word, unit in said])
    columns = ManualColumns.of(ids, state)
    one, both = columns.said_of(0), columns.said_of_all(np.array([0, 1]))
    assert (both.label, both.by) == (Label.GOOD, one.by)
    assert one.at
    assert both.at == ""
    assert columns.said_of_all(np.array([0, 2])).label is None
    assert ManualColumns.empty(2).said_of_all(np.array([0, 1])) == ManualUnit()
