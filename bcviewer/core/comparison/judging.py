"""Labels of some units by any metrics and criteria, without what else an audit says."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from bcviewer.core.arrays import Codes
from bcviewer.core.audit.labelling import judged
from bcviewer.core.audit.states import State, States, rule_status
from bcviewer.core.rules.criteria import FLAGS, THRESHOLDS, Criteria
from bcviewer.core.rules.rules import RULES
from bcviewer.core.run.run import SavedTable

READ: tuple[str, ...] = tuple(
    dict.fromkeys(
        column
        for rule in RULES
        for column in (rule.metric, *((rule.exemption.column,) if rule.exemption else ()))
    )
)
"""The columns that the rules read."""


def labelled(table: SavedTable, criteria: Criteria) -> tuple[Codes, States]:
    """Return the label of each unit and the state of each rule, as an audit has them."""
    status = tuple(rule_status(rule, table, criteria) for rule in RULES)
    states = np.full((len(RULES), table.n_units), State.NOT_TESTED, np.uint8)
    label, _, _ = judged(table, criteria, status, states)
    return label, states


def is_void(table: SavedTable, metric: str) -> bool:
    """Whether a table holds no value of a metric."""
    column = table.floats(metric)
    return column is None or bool(np.isnan(column).all())


def mixed(before: Criteria, after: Criteria, names: Collection[str]) -> Criteria:
    """Return criteria of which some parameters are those of ``after``.

    All others are those that ``before`` judges by, also where Bombcell filled them in: no other
    parameter moves with one.
    """
    saved: dict[str, object] = {}
    for name in THRESHOLDS:
        source = after if name in names else before
        if name in source.thresholds:
            saved[name] = source.thresholds[name]
        elif name in source.unreadable:
            saved[name] = source.saved[name]
    for name in FLAGS:
        saved[name] = (after if name in names else before).flags[name]
    return Criteria.from_saved(saved)
