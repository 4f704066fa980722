"""Cell types that bombcell's functions told here: what was asked, and the columns that follow."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Array
from bcviewer.core.rules.column import CELLS
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.cell_types import (
    CELL_TYPES,
    DURATION,
    LONG_ISI,
    READ_BY,
    SUPPRESSION,
    rule_words,
    told_twice,
)
from bcviewer.core.run.foreign import ForeignColumn, named
from bcviewer.core.run.run import Run

_HEADS = {
    DURATION: "duration here (µs)",
    SUPPRESSION: "suppression here (ms)",
    LONG_ISI: "long ISIs here",
}
"""What stands over those: there is no room for whole titles."""
SAMPLE_RATE = 30_000.0
"""What Bombcell's Python version takes every sort's sample rate for, Hz."""
_CLOCK = 1e-3
"""A clock deviates by less: then it is that rate, as Bombcell has it."""
_WHERE = "computed here"


def rate_to_ask(sample_rate: float) -> float:
    """Return the sample rate to compute with, Hz; NaN: the one that Bombcell assumes.

    Its rules have limits that are a whole number of samples at its rate, so that the real one of a
    clock (30,000.1 Hz) would give other types than Bombcell's. At another rate its own durations
    would be wrong.
    """
    return math.nan if abs(sample_rate / SAMPLE_RATE - 1) < _CLOCK else sample_rate


@dataclass(frozen=True, slots=True, eq=False)
class CellTypes:
    """What bombcell says of the cells of a run by the rule of one brain region.

    Attributes
    ----------
    run : Run
        Whose units they are.
    region : str
        One of :data:`READ_BY`.
    version : str
        bombcell's.
    columns : tuple of ForeignColumn
        The type, the properties that it follows from, and the others; marked as computed here.
    first : tuple of str
        The keys of the type and of what it follows from.
    words : str
        How many there are of each type, and of how many units why not.
    """

    run: Run
    region: str
    version: str
    columns: tuple[ForeignColumn, ...]
    first: tuple[str, ...]
    words: str


def cells_of(
    run: Run, region: str, version: str, found: Mapping[str, Array], left_out: str = ""
) -> CellTypes:
    """Return what follows from bombcell's answers.

    Parameters
    ----------
    run : Run
        Whose units they are.
    region, version : str
        Whose rule, and bombcell's version.
    found : mapping of str to numpy.ndarray
        By row ``cell_type`` (object array of str, empty where the sort has no such cluster) and the
        properties (float64).
    left_out : str
        Of whom it is not known, and why.
    """
    types = found["cell_type"]
    told = _told(version, run.sample_rate)
    rule = f"{rule_words(region)}. {told}"
    first = _column(f"cell_type_{region}", types, f"{region} type", version, rule)
    read = [name for name in READ_BY[region] if name in found]
    known = {"cell_type", *read}
    rest = [name for name in found if name not in known and not told_twice(name, found)]
    properties = [
        _column(f"ephys_{name}", found[name], name, version, f"An ephys property. {told}")
        for name in (*read, *rest)
    ]
    taken = (*run.units, *(column.key for column in run.foreign))
    counts = Counter(text for text in types.tolist() if text)
    listed = ", ".join(f"{n:,} {text}" for text, n in counts.most_common())
    n = sum(counts.values())
    words = f"{region.capitalize()} types of {count_of(n, 'unit')} by bombcell {version}: {listed}."
    columns = named([first, *properties], taken)
    keys = tuple(column.key for column in columns[: 1 + len(read)])
    return CellTypes(run, region, version, columns, keys, f"{words} {left_out}".rstrip())


def _told(version: str, sample_rate: float) -> str:
    """Return where the numbers come from."""
    rate = ""
    if not math.isnan(rate_to_ask(sample_rate)):
        rate = f" It assumes {SAMPLE_RATE:,.0f} Hz; computed with the sort's {sample_rate:,.6g} Hz."
    return (
        f"Computed here by bombcell {version} (its Python version, limits fixed in its code) of the"
        " sort as it is now: all spikes of the cluster, duplicates too, and its template."
        f"{rate} MATLAB and Python differ. It is no label of quality, and changes none."
    )


def _column(key: str, values: Array, title: str, version: str, text: str) -> ForeignColumn:
    return ForeignColumn(
        f"{key}_here",
        "",
        values if values.dtype == object else np.asarray(values, np.float64),
        title=f"{title} [{_WHERE}, bombcell {version}]",
        help=text,
        group=CELL_TYPES,
        head=_HEADS.get(title, f"{title} here"),
        reads=CELLS,
    )
