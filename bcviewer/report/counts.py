"""Classes with their counts and shares, as the page lists them."""

from __future__ import annotations

from dataclasses import dataclass

from bcviewer.core.arrays import Codes
from bcviewer.core.audit.summary import class_counts
from bcviewer.core.figures.words import share
from bcviewer.core.rules.labels import class_name


@dataclass(frozen=True, slots=True)
class Count:
    """One class: its code for the style sheet, its name, units, and their share."""

    code: str
    name: str
    n: int
    share: str


def label_counts(codes: Codes) -> tuple[Count, ...]:
    """Return the classes with their counts and shares."""
    return tuple(
        Count(label.name, class_name(label), n, share(n, len(codes)))
        for label, n in class_counts(codes).items()
    )
