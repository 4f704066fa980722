"""The columns of a cohort's runs as its window shows them: texts, and what they are sorted by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bcviewer.core.arrays import Array, Floats, Ints
from bcviewer.core.cohort.cohort_runs import SHARE, CohortRuns, natural
from bcviewer.core.cohort.run_columns import COUNTS, READ_STATUS
from bcviewer.core.figures.words import share
from bcviewer.core.rules.labels import LABEL_HELP, Label, class_name

VERSION = "bombcell_version"
CLASSES_BAR = "classes"
"""The column with a bar of the classes."""
PROBLEM = "problem"
"""The last column, which takes what room there is."""

_A_TIME = "2026-08-08 08:08"
_LONGEST = 8
"""So many of the texts with most letters are measured."""


@dataclass(frozen=True, slots=True)
class RunHead:
    """A column.

    Attributes
    ----------
    key, title, tip : str
        Its name, what stands over it, and what that means.
    is_number : bool
        Whether its cells are numbers, and so stand to the right.
    """

    key: str
    title: str
    tip: str
    is_number: bool = False


_FIRST = (
    RunHead("recording", "recording", "The recording, by the name of its folder."),
    RunHead("probe", "probe", "The probe."),
    RunHead("run", "run", "The run mode, or the folder of the results."),
    RunHead(VERSION, "version", "The version of Bombcell that wrote the results."),
    RunHead("n_units", "units", "Units, those without spikes among them.", True),
)
_BAR = RunHead(CLASSES_BAR, "classes", "The classes of the units with spikes, as shares of these.")
_SHARE = RunHead(SHARE, "GOOD share", "GOOD units, of those with spikes.", True)
MATCHING = RunHead("matching", "matching", "Units that the filter of units shows.", True)
TRIED = (
    RunHead("tried_good", "GOOD tried", "GOOD units by what is tried.", True),
    RunHead("tried_change", "change", "Units that become GOOD, and that no longer are.", True),
    RunHead(
        "tried_unsure",
        "not certain",
        "Units that the saved metrics do not answer for certain: they need a run of Bombcell.",
        True,
    ),
)
_LAST = (
    RunHead("read_at", "read", "When it was read (UTC)."),
    RunHead(PROBLEM, "problem", "Why it could not be read, or what is odd about its files."),
)


def run_heads(table: CohortRuns, matching: bool, tried: bool) -> tuple[RunHead, ...]:
    """Return the columns of some runs: a count of each class that there is.

    What was asked for stands beside what it is compared with, where it is in sight.

    Parameters
    ----------
    table : CohortRuns
        The runs.
    matching, tried : bool
        Whether units are filtered, and whether anything is tried.
    """
    good, *others = (
        RunHead(name, class_name(label), LABEL_HELP[label], True)
        for label, name in COUNTS.items()
        if label == Label.GOOD or table.counts(name).any()
    )
    shown = (*_FIRST, *(MATCHING,) * matching, _BAR, good, *TRIED * tried, *others)
    return (*shown, _SHARE, *_LAST)


def run_text(table: CohortRuns, key: str, row: int) -> str:
    """Return what stands in a cell of a column of the table's own."""
    facts = table.rows[row]
    if key == PROBLEM:
        status = str(facts.get("status") or "")
        said = str(facts.get(PROBLEM) or "")
        return said if status == READ_STATUS else ": ".join(filter(None, (status, said)))
    if key == "read_at":  # to the minute
        return str(facts.get(key) or "").replace("T", " ")[: len(_A_TIME)]
    if key == VERSION:
        return str(facts.get(key) or "").removeprefix("bombcell ")
    if table.kind(key) == "text":
        return str(facts.get(key) or "")
    if not facts.get("part"):
        return ""
    if key == SHARE:
        return share(int(table.counts(COUNTS[Label.GOOD])[row]), int(table.with_spikes[row]))
    return f"{table.counts(key)[row]:,}"


def widest_texts(table: CohortRuns, key: str) -> list[str]:
    """Return texts among which the widest one of a column of the table's own is."""
    if key == SHARE:
        return ["> 99.9 %"]
    if key == "read_at":
        return [_A_TIME]
    if table.kind(key) == "number":
        return [f"{table.counts(key).max(initial=0):,}"]
    firsts = np.unique(table.codes(key)[0], return_index=True)[1].tolist()
    longest = sorted(firsts, key=lambda row: len(str(table.rows[row].get(key) or "")))
    return [run_text(table, key, row) for row in longest[-_LONGEST:]]


def bar_words(table: CohortRuns, row: int) -> str:
    """Return the classes of a run in words, a line each."""
    of = int(table.with_spikes[row])
    counts = {label: int(table.counts(name)[row]) for label, name in COUNTS.items()}
    told = [
        f"{class_name(label)}: {n:,} ({share(n, of)})"
        if label != Label.EMPTY
        else f"no spikes: {n:,}"
        for label, n in counts.items()
        if n
    ]
    return "\n".join(told)


def sorted_rows(table: CohortRuns, by: Array | Sequence[str] | None, descending: bool) -> Ints:
    """Return all rows in the order of some values; what has none comes last, either way.

    Parameters
    ----------
    table : CohortRuns
        The runs; rows of equal values are in its own order.
    by : numpy.ndarray or sequence of str or None
        A number of each row (NaN: it has none), or a text; None: the table's own order.
    descending : bool
        Whether the largest comes first.
    """
    order = table.order
    if by is None:
        return order[::-1] if descending else order
    numbers = _ranks(by) if not isinstance(by, np.ndarray) else by.astype(np.float64)
    keys: Floats = numbers[order]
    ranked = np.argsort(-keys if descending else keys, kind="stable")
    return order[ranked]


def _ranks(texts: Sequence[str]) -> Floats:
    """Return the place of each text among all; NaN of an empty one."""
    places = {text: float(i) for i, text in enumerate(sorted(set(texts), key=natural))}
    return np.array([places[text] if text else np.nan for text in texts])
