"""Books of small random sheets, and the same units as plain columns: brute force to compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from curation_cases import act, note
from dice import Dice, thrown
from factories import make_run, sheet_of
from hypothesis import strategies as st

from bcviewer.core.curation.label_source import LabelSource
from bcviewer.core.curation.replay import replay
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.run.foreign import ForeignColumn
from bcviewer.core.run.phy import Phy, PhyState, unread
from bcviewer.core.run.run import Provenance, Run, Sites
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.sheet import Sheet

NAN, INF = float("nan"), float("inf")
_METRICS: dict[str, list[float]] = {
    "presenceRatio": [1.0, 0.69, 0.71, 0.1, NAN],
    "nSpikes": [2400.0, 299.0, 0.0],
    "nPeaks": [1.0, 5.0, NAN],
    "Lratio": [0.001, 0.5, NAN, INF],
    "rawAmplitude": [200.0, 39.0, NAN],
    "fractionRPVs_estimatedTauR": [0.03, 0.2],
    "RPV_status": [1.0, 0.0, -1.0],
    "maxChannels": [0.0, 1.0, NAN],
}
_TEXTS = ["good", "Good", "mua", "", "noise"]
_SITES = Sites(np.array([[0.0, 0.0], [0.0, 500.0]]))


def foreign(key: str, *values: Any) -> ForeignColumn:
    """Return a column of another program: numbers, or texts."""
    kind: Any = object if isinstance(values[0] if values else 0.0, str) else np.float64
    return ForeignColumn(key, f"cluster_{key}.tsv", np.array(values, kind), key)


_SIZE = 100
"""Choices that a sheet of six units takes, at most."""


def sheet_by(dice: Dice, probe: str, most: int) -> Sheet:
    """Return a sheet of a few units, with columns that others may not have."""
    n = dice.number(0, most)
    columns = {key: dice.picks(values, n) for key, values in _METRICS.items()}
    drop = dice.pick([(), (), ("Lratio",), ("nTroughs",)])
    params = dice.pick([{}, {"minPresenceRatio": 0.5}, {"computeDrift": False}])
    roi = dice.pick([None, 100.0])
    extra = []
    if dice.flag():
        extra.append(foreign("seen", *dice.pick([["x"] * n, [1.0] * n])))
    run = make_run(
        columns,
        params,
        dice.picks(["GOOD", "MUA", None, "what"], n),
        drop=drop,
        cluster_id=np.array(dice.order(n), np.int64) * 2,
        provenance=Provenance(f"ks_{probe}", f"ks_{probe}/b", f"ks_{probe}", probe, roi_um=roi),
        sites=_SITES,
        ks_label=np.array(dice.picks(_TEXTS, n), object) if dice.flag() else None,
        foreign=tuple(extra),
    )
    label = LABEL_NAMES[Label.MUA]
    said = [act(f"a{i}", i, unit=2 * i, label=label) for i in range(n) if dice.flag()]
    said += [note(f"n{i}", 9, "hm", unit=2 * i) for i in range(n) if dice.flag()]
    given = {"said": replay(said)}
    if dice.flag():
        given["sources"] = (LabelSource("model", {0: Label.GOOD, 4: Label.NOISE}, {0: 0.5}),)
    if dice.flag():
        given["phy"] = made_by_phy(run) if dice.flag() else unread(run)
    return sheet_of(run, **given)


def sheets(probe: str) -> st.SearchStrategy[Sheet]:
    """Draw a sheet of a few units."""
    return thrown(lambda dice: sheet_by(dice, probe, 6), _SIZE)


def made_by_phy(run: Run) -> Phy:
    """Return that phy has made one more unit."""
    state = np.array([PhyState.CURRENT] * run.n_units + [PhyState.NEW], np.int8)
    return Phy(run, state, np.array([99]), {run.n_units: "all from 0"})


def books(least: int = 2, most: int = 3) -> st.SearchStrategy[Book]:
    """Draw a book of several sheets."""

    def build(dice: Dice) -> Book:
        count = dice.number(least, most)
        return Book([sheet_by(dice, probe, 6) for probe in "CAB"[:count]])

    return thrown(build, 1 + most * _SIZE)


class Plain:
    """The units of some sheets as plain columns, value by value."""

    def __init__(self, parts: Sequence[Sheet], probes: Sequence[str]) -> None:
        self.parts, self.probes = parts, probes
        self.n_units = sum(sheet.n_units for sheet in parts)

    def names(self) -> Sequence[str]:
        """Return every name that any sheet has and of which they agree."""
        every = dict.fromkeys(name for sheet in self.parts for name in sheet.names())
        return [name for name in ("probe", *every) if self.kind(name) is not None]

    def kind(self, name: str) -> Any:
        """Return what a column is where it is one thing."""
        if name == "probe":
            return "text"
        kinds = {sheet.kind(name) for sheet in self.parts} - {None}
        return kinds.pop() if len(kinds) == 1 else None

    def values(self, name: str) -> Any:
        """Return a column, missing where a sheet has none; but for the attention order."""
        out: list[Any] = []
        for sheet, probe in zip(self.parts, self.probes, strict=True):
            if name == "probe":
                out += [probe] * sheet.n_units
            elif sheet.kind(name) is None:
                out += ["" if self.kind(name) == "text" else NAN] * sheet.n_units
            else:
                out += sheet.values(name).tolist()
        return np.array(out, {"text": object, "flag": bool}.get(self.kind(name), np.float64))
