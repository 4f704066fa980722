"""How far the rules' labels agree with the saved ones and with bombcell's, in words."""

from __future__ import annotations

import numpy as np

from bcviewer.core.arrays import Codes
from bcviewer.core.audit.summary import agreement
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.oracle.client import Verification

SHOWN_DIFFERENCES = 10
"""Units of which the page says what is different; of the others how many there are."""


def verified_words(answer: Verification | None) -> str:
    """Return whether bombcell was asked, and which one."""
    if answer is None:
        return "not asked"
    if answer.status == "verified":
        return f"bombcell {answer.version}"
    by = f" by bombcell {answer.version}" if answer.version else ""
    return f"{answer.status}{by}: {answer.why}"


def agreement_words(table: Sheet, answer: Verification | None) -> list[str]:
    """Return a line on the saved labels, and one on bombcell's."""
    ours, saved = table.audit.label, table.saved_codes
    found = agreement(ours, saved)
    lines = []
    if found.compared:
        lines.append(f"{found.words} with the saved ones." + _differences(table, saved, "saved"))
    else:
        lines.append("There are no saved labels to compare with.")
    if answer is None or answer.codes is None:
        lines.append(f"bombcell's own labels: {verified_words(answer)}.")
    else:
        found = agreement(ours, answer.codes)
        lines.append(
            f"{found.words} with bombcell {answer.version}."
            + _differences(table, answer.codes, "bombcell")
        )
    return lines


def _differences(table: Sheet, other: Codes, name: str) -> str:
    silent = (Label.INCOMPLETE, Label.UNKNOWN)
    ours = table.audit.label
    differ = np.flatnonzero((ours != other) & ~np.isin(ours, silent) & ~np.isin(other, silent))
    if not len(differ):
        return ""
    parts = [
        f"{table.ids.named(int(i))}: {LABEL_NAMES[ours[i]] or 'no label'} by the rules, "
        f"{LABEL_NAMES[other[i]] or 'no label'} {name}"
        for i in differ[:SHOWN_DIFFERENCES]
    ]
    more = len(differ) - len(parts)
    return " " + "; ".join(parts) + (f"; and {more:,} more" if more else "") + "."
