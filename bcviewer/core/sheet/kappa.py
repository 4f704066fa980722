"""How far two label sources agree, in words, and how the units of manual labels were sampled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bcviewer.core.curation.blind import IN_SIGHT, blind_labels, sampling_words
from bcviewer.core.curation.under import under_labels
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.core.sheet.sources import Confusion


def share_words(part: int, whole: int) -> str:
    """Return a share, which is 0 % or 100 % only where it is exactly that."""
    text = f"{part / whole:.1%}"
    if part and text == "0.0%":
        return "<0.1%"
    return ">99.9%" if part < whole and text == "100.0%" else text


def kappa_words(kappa: float) -> str:
    """Return Cohen's kappa, which is 1.00 only where it is exactly that."""
    if np.isnan(kappa):
        return "is not defined: both use one class only"
    text = f"{kappa:.2f}"
    return ">0.99" if kappa < 1 and text == "1.00" else text


def agreement_words(found: Confusion) -> str:
    """Return how many units two sources agree about, with Cohen's kappa."""
    n = found.n
    if not n:
        return "No unit has a label by both"
    text = f"{found.agreeing:,} of {n:,} agree ({share_words(found.agreeing, n)})"
    return f"{text} · Cohen's κ {kappa_words(found.kappa)}"


def sampled(sheets: Sequence[Sheet], source: str) -> str:
    """Return how the units of a source's labels were chosen; empty where it is no curator's.

    A label that was given in sight of the verdict cannot judge it: agreement is partly made by
    the looking.
    """
    if source == "blind":
        there = [one for sheet in sheets for one in blind_labels(sheet.inputs.said).values()]
        return sampling_words(there)
    if source != "manual":
        return ""
    given = blind = 0
    for sheet in sheets:
        given += sheet.manual.n_labels
        blind += len(blind_labels(sheet.inputs.said))
    if not given:
        return ""
    words = f"{IN_SIGHT}, but for {blind:,} given blind first" if blind else IN_SIGHT
    under = sum(len(under_labels(sheet.inputs.said)) for sheet in sheets)
    return words + (f"; {under:,} given under a proposal left out" if under else "")
