"""Columns of what phy made further rows of: nothing is known of those."""

from __future__ import annotations

import numpy as np
import pytest

from bcviewer.core.sheet.padding import padded


@pytest.mark.parametrize(
    ("values", "kind", "more"),
    [
        (np.array(["a"], object), "O", ""),
        (np.array([True]), "b", False),
        (np.array([3]), "f", float("nan")),
        (np.array([0.5], np.float32), "f", float("nan")),
    ],
)
def test_a_row_more_says_nothing(values: np.ndarray, kind: str, more: object) -> None:
    out = padded(values, 2)
    assert out.dtype.kind == kind
    assert out[0] == values[0]
    np.testing.assert_equal(out[1], more)
    assert padded(values, 1) is values
