"""Thresholds by the curator's labels: ``bombcell.suggest_parameter_adjustments``.

``answer`` takes no parameters. Of its arrays ``given`` is UTF-8 of a JSON object: ``params``, what
Bombcell judges by, with all that it fills in; ``manual`` and ``bombcell``, each unit's label by the
curator and by Bombcell; ``withheld``, thresholds that take no part where several are held together.
Each other array is a metric of these units.

It returns ``said``, UTF-8 of a JSON object with ``rows`` (its details, NaN as null), ``version``
and ``stages``, and for each stage arrays of :class:`bcviewer.core.comparison.suggested.Folds` by
name, with the stage and a dot before it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import bombcell
import numpy as np
import pandas as pd
from bombcell import manual_analysis

from bcviewer.core.arrays import Array

N_FOLDS = 200
"""As many resamples as Bombcell draws for each threshold."""
_SEED = 0


def answer(_: Mapping[str, Any], arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return what bombcell suggests by some labels, and what several suggestions do together.

    Parameters
    ----------
    arrays : mapping
        ``given``, JSON as bytes: ``params``, by labelled unit ``manual`` and ``bombcell``, labels
        as bombcell calls them, and ``withheld``, thresholds that are not offered. All others are
        metrics by name, shape (n_labelled,), NaN where a unit has none.

    Returns
    -------
    dict
        ``said``, JSON as bytes: ``rows``, bombcell's details; its ``version``; ``stages``, the
        offered thresholds of each. By stage, ``STAGE.NAME``, what :func:`folds_of` returns.
    """
    given = json.loads(arrays["given"].tobytes())
    metrics = {name: values for name, values in arrays.items() if name != "given"}
    n = len(given["manual"])
    names = {"manual_type_name": given["manual"], "Bombcell_unit_type": given["bombcell"]}
    merged = pd.DataFrame(
        {"unit_id": np.arange(n), **names, "Bombcell_unit_type_normalized": given["bombcell"]}
    )
    table = pd.DataFrame({"phy_clusterID": np.arange(n), **metrics})
    _, details = manual_analysis.suggest_parameter_adjustments(
        merged, table, given["params"], return_details=True
    )
    rows = [
        {name: _plain(value) for name, value in row.items()} for row in details.to_dict("records")
    ]
    offered = [
        row["parameter"]
        for row in rows
        if row["status"] == "suggested" and row["parameter"] not in given["withheld"]
    ]
    full = merged.merge(table, left_on="unit_id", right_on="phy_clusterID", how="left")
    out: dict[str, Array] = {}
    stages = {}
    for stage in dict.fromkeys(row["stage"] for row in rows if row["parameter"] in offered):
        stages[stage], found = folds_of(full, given["params"], stage, offered)
        out |= {f"{stage}.{name}": value for name, value in found.items()}
    said = {"rows": rows, "version": getattr(bombcell, "__version__", ""), "stages": stages}
    return out | {"said": np.frombuffer(json.dumps(said, allow_nan=False).encode(), np.uint8)}


def folds_of(
    full: pd.DataFrame, params: Mapping[str, Any], stage: str, offered: list[str]
) -> tuple[list[str], dict[str, Array]]:
    """Tune each offered threshold of a stage alone, all on the same resamples.

    It is Bombcell's bootstrap, by its functions: stratified, with replacement, ties broken towards
    the present threshold. Only that it draws other resamples for each threshold, which therefore
    holds out other units: nothing could be said of several together.

    Returns
    -------
    list of str
        The k thresholds that were tuned.
    dict
        Of these ``below`` (the side that fails) and ``current``, shape (k,), ``values``, shape
        (k, n), and ``tuned``, shape (k, n_folds); of the n units that count ``reject`` and
        ``others`` (another rule of the stage fails), shape (n,), and ``held_out``, shape
        (n_folds, n).
    """
    ours = manual_analysis
    failures = ours._criterion_failures(full, params)
    chosen = [c for c in ours._THRESHOLD_CRITERIA if c[3] == stage and c[1] in offered]
    labels = ours._STAGE_LABELS[stage]
    manual = full["manual_type_name"].to_numpy()
    kept = np.isin(manual, labels["pass"] + labels["fail"])
    values = np.array([full[metric].to_numpy(dtype=float) for metric, *_ in chosen])
    kept &= np.isfinite(values).all(axis=0)
    if stage == "mua":
        kept &= ~ours._failures_of_others(failures, "noise", None, len(full))
    values, reject = values[:, kept], np.isin(manual[kept], labels["fail"])
    keys = [(metric, name, stage) for metric, name, *_ in chosen]
    others = np.zeros(len(full), bool)
    for key, fails in failures.items():
        if key[2] == stage and key not in keys:
            others |= fails
    tables = []
    for i, (metric, name, side, _, _) in enumerate(chosen):
        alone = ours._failures_of_others(failures, stage, (metric, name, stage), len(full))[kept]
        candidates = ours._candidate_thresholds(values[i])
        tables.append((candidates, ours._rejection_matrix(values[i], candidates, side, alone)))
    current = np.array([float(params[name]) for _, name, *_ in chosen])
    tuned, held_out = _resampled(tables, reject, current)
    return [name for _, name, *_ in chosen], {
        "below": np.array([side == "below" for _, _, side, *_ in chosen]),
        "values": values,
        "current": current,
        "tuned": tuned,
        "held_out": held_out,
        "reject": reject,
        "others": others[kept],
    }


def _resampled(
    tables: list[tuple[Array, Array]], reject: Array, current: Array
) -> tuple[Array, Array]:
    """Return each threshold tuned on each resample, and the units that each resample left out."""
    rng = np.random.default_rng(_SEED)
    sides = [np.flatnonzero(reject), np.flatnonzero(~reject)]
    tuned = np.empty((len(tables), N_FOLDS))
    held_out = np.ones((N_FOLDS, len(reject)), bool)
    for k in range(N_FOLDS):
        drawn = np.concatenate([rng.choice(side, size=side.size, replace=True) for side in sides])
        held_out[k, drawn] = False
        for i, (candidates, rejected) in enumerate(tables):
            tuned[i, k], _ = manual_analysis._best_threshold(
                rejected[drawn], reject[drawn], candidates, current[i]
            )
    return tuned, held_out


def _plain(value: Any) -> Any:
    """Return a cell of the details as JSON can say it."""
    if isinstance(value, str):
        return value
    number = float(value)
    return number if math.isfinite(number) else None
