"""In which thresholds and flags the probes of a recording differ, in words."""

from __future__ import annotations

from collections.abc import Sequence

from bcviewer.core.comparison.proposal import value_words
from bcviewer.core.rules.criteria import Criteria


def differing_words(probes: Sequence[str], criteria: Sequence[Criteria]) -> tuple[str, ...]:
    """Return in which thresholds and flags some probes differ, as one line; none: in none.

    Parameters
    ----------
    probes : sequence of str
        What they are called.
    criteria : sequence of Criteria
        Those of each.
    """
    names = dict.fromkeys(c.name for one in criteria[1:] for c in criteria[0].diff(one))
    differing = [f"{name} {_values(name, probes, criteria)}" for name in names]
    if not differing:
        return ()
    return (f"Parameters differ between the probes: {'; '.join(differing)}.",)


def _values(name: str, probes: Sequence[str], criteria: Sequence[Criteria]) -> str:
    """Return each value of a parameter, and whose it is: ``0.7 (A, C), 0.6 (B)``."""
    whose: dict[str, list[str]] = {}
    for probe, one in zip(probes, criteria, strict=True):
        whose.setdefault(value_words(one.values.get(name)), []).append(probe)
    return ", ".join(f"{value} ({', '.join(who)})" for value, who in whose.items())
