"""What the thresholds cost, a row each: the numbers of a step either way, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bcviewer.core.arrays import Ints
from bcviewer.core.comparison.costs import Costs, ThresholdCost
from bcviewer.core.comparison.proposal import value_words
from bcviewer.core.rules.labels import CLASSES_FIRST, class_name
from bcviewer.core.rules.metric import NO_VALUE
from bcviewer.core.rules.rules import RULES

HEADS: tuple[tuple[str, str], ...] = (
    ("threshold", "The threshold as it stands, and the saved one where another is tried"),
    ("alone", "Units that this threshold alone keeps from GOOD"),
    (
        "GOOD lost | gained",
        "By one step of measurement error, stricter or looser; outline: all units that change",
    ),
    ("a step looser", "What each class gains or loses by one step of measurement error"),
    ("a step stricter", "The same the other way"),
    ("here", "Whether the choice matters where the threshold stands"),
)
BAR = 2
"""Which of these columns is drawn."""
FLAT, STEEP = "flat here: the choice does not matter", "steep: a step decides"


@dataclass(frozen=True, slots=True, eq=False)
class CostRow:
    """One threshold.

    Attributes
    ----------
    cost : ThresholdCost
        Its numbers.
    texts : tuple of str
        What stands in each column of :data:`HEADS`.
    """

    cost: ThresholdCost
    texts: tuple[str, ...]


def threshold_rules() -> tuple[int, ...]:
    """Return the rules that have a threshold."""
    return tuple(i for i, rule in enumerate(RULES) if rule.parameter)


def cost_row(costs: Costs, rule: int) -> CostRow | None:
    """Return the row of a rule; None where nothing is tested by it."""
    cost = costs.cost(rule)
    return None if cost is None else CostRow(cost, _texts(cost))


def _texts(cost: ThresholdCost) -> tuple[str, ...]:
    handle = cost.handle
    name = f"{handle.title} {value_words(handle.value)}"
    name += f" ({value_words(handle.saved)})" if handle.is_moved else ""
    name += ", differs by probe" if cost.differs else ""
    here = FLAT if cost.is_flat else STEEP if cost.is_steep else ""
    here = " · ".join(filter(None, (here, cost.condition)))
    bar = f"−{max(cost.lost, 0):,} +{max(cost.gained, 0):,}"
    alone = f"{cost.lost_alone:,}"
    return name, alone, bar, _changes(cost.looser), _changes(cost.stricter), here


def _changes(counts: Ints) -> str:
    """Return what each class gains or loses."""
    said = [f"{class_name(k)} {signed(counts[k])}" for k in CLASSES_FIRST if counts[k]]
    return " · ".join(said) or NO_VALUE


def signed(n: int) -> str:
    """Return a change of a count: ``+12``, ``−3``."""
    return f"{int(n):+,}".replace("-", "−")


def ranked(rows: Sequence[CostRow], column: int = -1, descending: bool = True) -> list[CostRow]:
    """Return rows in order: of a column of :data:`HEADS`, or (−1) what decides most first."""
    keys = {
        -1: _weight,
        1: lambda row: row.cost.lost_alone,
        3: lambda row: (row.cost.gained, int(abs(row.cost.looser).sum())),
        4: lambda row: (row.cost.lost, int(abs(row.cost.stricter).sum())),
        BAR: lambda row: (row.cost.gained + row.cost.lost, row.cost.moved),
        5: lambda row: (row.cost.is_steep, not row.cost.is_flat, row.cost.moved),
    }
    if column == 0:
        return sorted(rows, key=lambda row: row.texts[0].casefold(), reverse=descending)
    return sorted(rows, key=keys[column], reverse=descending)


def _weight(row: CostRow) -> tuple[int, int, int]:
    return row.cost.gained + row.cost.lost, row.cost.lost_alone, row.cost.moved
