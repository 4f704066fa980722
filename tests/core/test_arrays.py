"""Helpers on arrays."""

from __future__ import annotations

import numpy as np
import pytest

from bcviewer.core.arrays import distinct


@pytest.mark.parametrize("values", [[3, 1, 3, 2], [], [np.nan, 1.0, np.nan], ["b", "a", "b"]])
def test_distinct_values_are_those_of_numpy(values):
    array = np.array(values)
    np.testing.assert_array_equal(distinct(array), np.unique(array))
