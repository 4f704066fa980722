"""Label sources side by side: each as codes, and how far any two of them agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bcviewer.core.arrays import Codes, distinct
from bcviewer.core.curation.label_source import LABEL_PREFIX
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.filter.fields import quote_name
from bcviewer.core.filter.quote import quote
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES, Label, parse_label
from bcviewer.core.sheet.table import Table

SOURCE_COLUMNS: dict[str, str] = {
    "audit": "audit_label",
    "bombcell": "bombcell_label",
    "saved": "saved_label",
    "kilosort": "ks_label",
    "phy": "phy_group",
    "manual": "manual_label",
    "blind": "blind_label",
}
"""The label sources of every run, and the column of each; imported ones are their own column."""

SOURCE_TITLES: dict[str, str] = {
    "audit": "audit",
    "bombcell": "Bombcell",
    "saved": "saved",
    "kilosort": "Kilosort",
    "phy": "phy's group",
    "manual": "manual",
    "blind": "manual, blind",
}
"""What people call them."""

_UNDER = "manual_under"
"""The column of what was tried while a manual label was given: none of those judges anything."""

_CLASS_CODES = frozenset(int(label) for label in CLASSES)


def sources_of(table: Table) -> tuple[str, ...]:
    """Return the sources that a run has: imported ones last, by the keys of their columns."""
    own = (source for source, column in SOURCE_COLUMNS.items() if table.kind(column) is not None)
    return (*own, *table.imported())


def column_of(source: str) -> str:
    """Return the key of a source's column."""
    return SOURCE_COLUMNS.get(source, source)


def title_of(source: str) -> str:
    """Return what people call a source."""
    return SOURCE_TITLES.get(source, source.removeprefix(LABEL_PREFIX))


def source_codes(table: Table, source: str) -> Codes:
    """Return each unit's label by a source, shape (n_units,); :data:`NO_LABEL` where it has none.

    Kilosort's and phy's ``good``, ``mua`` and ``noise`` are GOOD, MUA and NOISE. No label are a
    unit without spikes, an audit that is incomplete, and any text that is none of Bombcell's
    labels (phy's ``unsorted``), and a manual label that was given under a proposal.

    Raises
    ------
    KeyError
        If there is no such source, or the run does not have it.
    """
    if source not in sources_of(table):
        raise KeyError(source)
    codes, texts = table.codes(column_of(source))
    labels = _meanings(texts)[codes]
    if _leaves_out(table, source):
        under, words = table.codes(_UNDER)
        labels = np.where((words == "")[under], labels, np.int8(NO_LABEL))
    return labels


def _leaves_out(table: Table, source: str) -> bool:
    """Whether labels of a source were given under a proposal."""
    return source == "manual" and table.kind(_UNDER) is not None


def _meanings(texts: npt.NDArray[np.object_]) -> Codes:
    parsed = [int(parse_label(text)) for text in texts.tolist()]
    return np.array([code if code in _CLASS_CODES else NO_LABEL for code in parsed], np.int8)


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """How two sources label the same units.

    Attributes
    ----------
    classes : tuple of Label
        The classes that either source uses, in the order people read them.
    counts : numpy.ndarray of int64
        Units by class of the first (rows) and of the second (columns).
    without_first, without_second : int
        Units left out because the first, or the second, has no label for them (some lack both).
    left_out : int
        Units that lack either.
    """

    classes: tuple[Label, ...]
    counts: npt.NDArray[np.int64]
    without_first: int = 0
    without_second: int = 0
    left_out: int = 0

    @property
    def n(self) -> int:
        """Units with a label by both."""
        return int(self.counts.sum())

    @property
    def agreeing(self) -> int:
        """Units with the same label by both."""
        return int(np.trace(self.counts))

    @property
    def kappa(self) -> float:
        """Cohen's kappa; NaN where it is not defined.

        That is without units, and where both use one and the same class only.

        Notes
        -----
        Cohen, J. (1960), Educational and Psychological Measurement 20(1), 37-46:
        (p_o − p_e) / (1 − p_e), with the share p_o of units that agree and the share p_e that two
        independent sources with the same class counts would agree on.
        """
        n = self.n
        if n == 0:
            return float("nan")
        by_chance = float(self.counts.sum(1) @ self.counts.sum(0)) / n**2
        if by_chance == 1.0:
            return float("nan")
        return (self.agreeing / n - by_chance) / (1.0 - by_chance)


def confusion(first: Codes, second: Codes) -> Confusion:
    """Return how two sources label the same units.

    Parameters
    ----------
    first, second : numpy.ndarray of int8
        What :func:`source_codes` returns, for the same units in the same order.
    """
    has_first, has_second = first != NO_LABEL, second != NO_LABEL
    both = has_first & has_second
    a, b = first[both].astype(np.int64), second[both].astype(np.int64)
    used = set(a.tolist()) | set(b.tolist())
    classes = tuple(label for label in CLASSES if int(label) in used)
    place = np.zeros(len(Label), np.int64)
    place[[int(label) for label in classes]] = np.arange(len(classes))
    n = len(classes)
    flat = np.bincount(place[a] * n + place[b], minlength=n * n) if n else np.zeros(0, np.int64)
    return Confusion(
        classes,
        flat.reshape(n, n),
        int((~has_first).sum()),
        int((~has_second).sum()),
        int((~both).sum()),
    )


def label_filter(table: Table, source: str, label: Label | None) -> str:
    """Return the filter for the units that a source gives a label (None: gives none)."""
    codes, all_texts = table.codes(column_of(source))
    column = quote_name(column_of(source))
    texts = all_texts[distinct(codes)]  # those that a unit has
    wanted = NO_LABEL if label is None else int(label)
    fit = dict.fromkeys(texts[_meanings(texts) == wanted].tolist())
    named = sorted({str(text).casefold(): str(text) for text in fit if text}.values())
    listed = ", ".join(map(quote, named))
    parts = [f"{column} == {listed}" if len(named) == 1 else f"{column} in ({listed})"] * bool(
        named
    )
    if label is None:
        parts.append(f"missing({column})")
    if _leaves_out(table, source):
        under = quote_name(_UNDER)
        if label is None:
            parts.append(f"not missing({under})")
        else:
            parts = [f"{parts[0]} and missing({under})"] if parts else []
    if not parts:  # no unit has it
        return f"{column} == {quote(LABEL_NAMES[wanted])}"
    return parts[0] if len(parts) == 1 else f"({' or '.join(parts)})"


def cell_filter(table: Table, first: str, a: Label | None, second: str, b: Label | None) -> str:
    """Return the filter for a cell of the confusion of two sources."""
    return f"{label_filter(table, first, a)} and {label_filter(table, second, b)}"


def cross_table(first: Codes, second: Codes, classes: tuple[Label, ...]) -> npt.NDArray[np.int64]:
    """Return counts of all units by two sources, units without a label and totals included.

    Returns
    -------
    numpy.ndarray of int64
        Shape (n_classes + 2, n_classes + 2): the classes, no label, total; the first source by
        rows, the second by columns.
    """
    n = len(classes) + 1
    place = np.full(len(Label) + 1, n - 1, np.int64)  # NO_LABEL is −1: the last
    place[[int(label) for label in classes]] = np.arange(n - 1)
    flat = np.bincount(place[first] * n + place[second], minlength=n * n).reshape(n, n)
    out = np.zeros((n + 1, n + 1), np.int64)
    out[:n, :n] = flat
    out[n, :n], out[:n, n], out[n, n] = flat.sum(0), flat.sum(1), flat.sum()
    return out
