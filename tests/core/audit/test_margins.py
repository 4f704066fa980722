"""How far a unit is from GOOD in all: against a sum over its failing rules, one by one."""

from __future__ import annotations

import numpy as np
import pytest

from bcviewer.core.audit.margins import MARGIN_CLIP, shortfall
from bcviewer.core.rules.rules import FOUR_WAY, RULES

COUNT = next(i for i, rule in enumerate(RULES) if rule.is_count)
PLAIN = next(i for i, rule in enumerate(RULES) if not rule.is_count and not rule.four_way)


def masks(*rules: int) -> np.ndarray:
    """Return the failures of one unit."""
    return np.array([sum(1 << rule for rule in rules)], np.uint32)


def margins(**by_rule: float) -> np.ndarray:
    found = np.full((len(RULES), 1), np.nan)
    for name, value in by_rule.items():
        found[int(name[1:])] = value
    return found


@pytest.mark.parametrize(
    ("failed", "margin", "expected"),
    [
        ((), {}, 0.0),
        ((PLAIN,), {PLAIN: -1.5}, 1.5),
        ((PLAIN,), {}, MARGIN_CLIP),  # a failure without a margin is the farthest there is
        ((COUNT,), {}, 2 * MARGIN_CLIP),  # and that of a count is beyond it
        (FOUR_WAY, dict(zip(FOUR_WAY, (-3.0, -0.5, -2.0, -7.0), strict=True)), 0.5),  # the cheapest
        (FOUR_WAY, {FOUR_WAY[0]: -3.0}, 3.0),
        (FOUR_WAY, {}, MARGIN_CLIP),
        ((PLAIN, *FOUR_WAY), {PLAIN: -1.0, FOUR_WAY[2]: -4.0}, 5.0),
    ],
)
def test_the_shortfall_of_a_unit_is_what_its_failures_lack(
    failed: tuple[int, ...], margin: dict[int, float], expected: float
) -> None:
    found = shortfall(masks(*failed), margins(**{f"r{i}": v for i, v in margin.items()}))
    assert found.tolist() == [expected]
