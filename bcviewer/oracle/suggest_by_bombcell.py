"""Asks bombcell which thresholds it suggests by the curator's labels."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from bcviewer.core.arrays import Array, Ints
from bcviewer.core.audit.states import exempt_units, rule_status
from bcviewer.core.comparison.agreement import labelled_rows
from bcviewer.core.comparison.judging import READ
from bcviewer.core.comparison.suggested import Folds, Suggested, Suggestion, withheld
from bcviewer.core.curation.counted import CountedLabels
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.rules import RULES, Block
from bcviewer.core.run.run import Run, SavedTable
from bcviewer.core.sheet.derive import settled
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.oracle.asked import Helper

MOST = 5_000
"""More labels than that bombcell is not asked about: it needs memory by their square."""

_MANUAL: dict[int, str] = {
    Label.GOOD: "Good",
    Label.MUA: "MUA",
    Label.NOISE: "Noise",
    Label.NON_SOMA: "Non-somatic",
    Label.NON_SOMA_GOOD: "Non-somatic good",
    Label.NON_SOMA_MUA: "Non-somatic MUA",
}
"""What it calls the labels of curators."""
_OF_FOLDS = ("below", "values", "current", "tuned", "held_out", "reject", "others")
_FLOATS = ("current", "suggested", "accuracy_current", "accuracy_suggested", "ci_low", "ci_high")


def ask_suggestions(sheet: Sheet, counted: CountedLabels, bombcell: Helper) -> Suggested:
    """Return what bombcell suggests for a run by some labels.

    It is asked about the saved thresholds, whatever is proposed: a suggestion is a change of these.
    It is given what its classifier fills in, since its suggester would fill in something else, and
    no value where a rule exempts a unit, so that no exempt unit is taken for a rejected one.

    Parameters
    ----------
    sheet : Sheet
        A run.
    counted : CountedLabels
        The labels.
    bombcell : Helper
        Who is asked.

    Raises
    ------
    UserError
        Where there are no labels or too many, or bombcell cannot be asked. One line.
    """
    sheet = settled(sheet)
    run, criteria = sheet.run, sheet.criteria
    rows, said, left_out = labelled_rows(sheet, counted.labels)
    peaks = run.units.floats("nPeaks")
    if peaks is not None:  # NOISE whatever the thresholds: its suggester knows no such rule
        there = ~np.isnan(peaks[rows])
        rows, said, left_out = rows[there], said[there], left_out + int((~there).sum())
    _check(len(rows), counted)
    table = run.units.picked(rows, READ)
    why = withheld(run, criteria, table)
    given = {
        "params": params_for_suggester(criteria, table),
        "manual": [_MANUAL[label] for label in said.tolist()],
        "bombcell": [LABEL_NAMES[label] for label in sheet.parts.verdicts[rows].tolist()],
        "withheld": list(why),
    }
    asked: dict[str, Array] = dict(given_metrics(criteria, table))
    asked["given"] = np.frombuffer(json.dumps(given).encode(), np.uint8)
    answered = bombcell.ask("suggest", {}, asked)
    return _suggested(run, criteria, counted, (rows, left_out), why, answered)


def _check(n: int, counted: CountedLabels) -> None:
    kind = "blind labels" if counted.blind else "labels"
    if not n:
        raise UserError(f"There are no {kind} to suggest thresholds by.", "Label units first.")
    if n > MOST:
        many = count_of(n, "label")
        raise UserError(f"{many}: more than Bombcell can be asked about, {MOST:,}.")


def params_for_suggester(criteria: Criteria, table: SavedTable) -> dict[str, float | bool]:
    """Return what it is to judge by: every threshold and flag, in the precision of the metrics.

    Its classifier compares a metric in the metric's own precision; its suggester in another one.
    """
    out: dict[str, float | bool] = dict(criteria.flags)
    for rule in RULES:
        if rule.parameter in criteria.thresholds:
            out[rule.parameter] = rule_status(rule, table, criteria).threshold
    return out


def given_metrics(criteria: Criteria, table: SavedTable) -> Mapping[str, Array]:
    """Return the metrics that it reads; none where a unit is exempt."""
    out: dict[str, Array] = {}
    for rule in RULES:
        values = table.floats(rule.metric)
        if rule.op == "missing" or rule.block == Block.NON_SOMA or values is None:
            continue
        if rule.exemption is not None:
            values = np.where(exempt_units(rule, table, criteria), np.nan, values)
        out[rule.metric] = values
    return out


def _suggested(
    run: Run,
    criteria: Criteria,
    counted: CountedLabels,
    asked: tuple[Ints, int],
    why: Mapping[str, str],
    answered: Mapping[str, Array],
) -> Suggested:
    said = json.loads(answered["said"].tobytes())
    found = tuple(_suggestion(row, criteria, why) for row in said["rows"])
    folds = {
        stage: Folds(tuple(names), *(answered[f"{stage}.{name}"] for name in _OF_FOLDS))
        for stage, names in said["stages"].items()
    }
    rows, left_out = asked
    version = str(said["version"])
    return Suggested(run, criteria, counted, version, len(rows), left_out, found, folds)


def _suggestion(row: Mapping[str, Any], criteria: Criteria, why: Mapping[str, str]) -> Suggestion:
    name = str(row["parameter"])
    _, suggested, now, held_out, low, high = (
        math.nan if row[key] is None else float(row[key]) for key in _FLOATS
    )
    return Suggestion(
        name,
        str(row["stage"]),
        criteria.thresholds[name],
        suggested,
        str(row["status"]),
        int(row["n_pass"]),
        int(row["n_fail"]),
        now,
        held_out,
        low,
        high,
        why.get(name, ""),
    )
