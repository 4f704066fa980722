"""What a column of the audit table is: its name, its kind, and what it reads."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from bcviewer.core.rules.metric import NO_VALUE, figure

Kind = Literal["number", "text", "flag"]

RUN = frozenset({"run"})
HIDDEN = frozenset({"hidden"})
"""What a blind review hides: read by whatever tells a verdict, or a label of anybody's."""
OTHERS = RUN | HIDDEN
"""What labels and columns that others left beside the results read."""
CELLS = frozenset({"run", "cells"})
"""What cell types that were computed here read."""
COMPARED = frozenset({"compared"}) | HIDDEN
"""What a comparison with another run says reads."""
OF_INTEREST = frozenset({"region"})
"""What the region of interest follows from, beside the run."""
AUDIT = frozenset({"run", "criteria", "tried"}) | HIDDEN
"""What the audit reads, and so what whatever follows from it reads."""
SAID = frozenset({"said"}) | HIDDEN
IMPORTED = frozenset({"sources"}) | HIDDEN
"""What labels that a curator imported read."""
PHY = frozenset({"run", "phy"})
SCORED = frozenset({"scored"}) | HIDDEN
"""What verdicts on units that phy made, scored here, read."""
LABELS = AUDIT | {"oracle"}
"""What Bombcell's label of a unit reads."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the audit table.

    Attributes
    ----------
    key : str
        Its name in filters and exports.
    title : str
        Its name in the window.
    kind : {'number', 'text', 'flag'}
        What its values are.
    unit, fmt, help : str
        Unit, ``format`` specification and explanation.
    rules : tuple of int
        Rules that read it: a cell is marked where one of them fails.
    group : str
        Whose it is, where it is neither Bombcell's nor ours.
    head : str
        A shorter title, for the head of the column.
    reads : frozenset of str
        The fields of :class:`~bcviewer.core.sheet.inputs.Inputs` that its values follow from. As
        long as those are the same objects (and the rows are the same ones) it is not computed
        again.
    words : callable or None
        Writes a value where a format cannot: as it is written elsewhere, too.
    """

    key: str
    title: str
    kind: Kind
    unit: str = ""
    fmt: str = ""
    help: str = ""
    rules: tuple[int, ...] = ()
    group: str = ""
    head: str = ""
    reads: frozenset[str] = field(kw_only=True)
    words: Callable[[float], str] | None = field(default=None, kw_only=True)

    @property
    def heading(self) -> str:
        """What stands over the column: its title, in short, with the unit."""
        title = self.head or self.title
        return f"{title} ({self.unit})" if self.unit else title

    def text_of(self, value: float) -> str:
        """Return a number or flag of it as people read it; a missing value is a dash."""
        if self.kind == "flag":
            return "yes" if value else ""
        if math.isnan(value):
            return NO_VALUE
        if self.words is not None:
            return self.words(float(value))
        if math.isinf(value):
            return "∞" if value > 0 else "−∞"
        return figure(float(value), self.fmt)
