"""What columns write."""

from __future__ import annotations

import pytest

from bcviewer.core.rules.columns import COLUMNS
from bcviewer.core.rules.comparisons import margin_sign


@pytest.mark.parametrize("margin", [0.0, 0.04, -0.04, 1.04, -1.26, 25.0, -25.0])
def test_a_margin_is_written_in_the_table_as_in_why(margin: float) -> None:
    assert COLUMNS["good_margin"].text_of(margin) == margin_sign(margin)
    assert COLUMNS["good_margin"].text_of(float("nan")) == "–"
