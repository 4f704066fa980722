"""What curators said of units: labels and notes, by cluster id."""

from __future__ import annotations

from dataclasses import dataclass

from bcviewer.core.rules.labels import Label

MANUAL_LABELS: tuple[Label, ...] = (
    Label.GOOD,
    Label.MUA,
    Label.NOISE,
    Label.NON_SOMA,
    Label.NON_SOMA_GOOD,
    Label.NON_SOMA_MUA,
)
"""The labels a curator can give."""


@dataclass(frozen=True, slots=True)
class ManualUnit:
    """What was said last of one unit.

    Attributes
    ----------
    label : Label or None
        One of :data:`MANUAL_LABELS`; None: none was given, or it was cleared.
    note : str
        Plain text; empty: none.
    by : str
        Who said it last.
    at : str
        When, ISO 8601 in UTC.
    """

    label: Label | None = None
    note: str = ""
    by: str = ""
    at: str = ""
