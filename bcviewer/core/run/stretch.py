"""A stretch of the recording that somebody chose by hand: how it is written, read and shown."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from bcviewer.errors import UserError

MINUTES_FROM_S = 600.0
"""Times from here on are in minutes, as on the axes of plots over time."""

LATEST_S = 1e8
"""No recording goes on for three years: a later time is a mistake, s."""

_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_WRITTEN = re.compile(rf"({_NUMBER})\.\.({_NUMBER})", re.ASCII)
_TIME = rf"({_NUMBER}|\d+:\d\d(?::\d\d)?(?:\.\d*)?)"
_TYPED = re.compile(
    rf"\s*{_TIME}\s*(?:-|–|—|\.\.|to)\s*{_TIME}\s*(s|min|h)?\s*", re.ASCII | re.IGNORECASE
)
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some of a recording, in its own time.

    Spikes at its start and at its stop are in it where they are in the whole: each number counts
    as Bombcell counts it over the time that it kept.

    Attributes
    ----------
    start_s, stop_s : float
        s; the start is earlier.
    """

    start_s: float
    stop_s: float

    @property
    def words(self) -> str:
        """Its limits, to be read: ``0–42 min``; exports have them exactly."""
        unit, per = ("min", 60.0) if self.stop_s >= MINUTES_FROM_S else ("s", 1.0)
        return f"{_short(self.start_s / per)}–{_short(self.stop_s / per)} {unit}"

    @property
    def chosen(self) -> str:
        """What stands over everything that is computed of it."""
        return f"chosen by hand: {self.words}"

    @property
    def stable(self) -> str:
        """What a note says where it is kept as the time in which a unit is stable."""
        return f"stable {self.words}"

    @property
    def written(self) -> str:
        """It as a text that :func:`read_stretch` reads back to the last digit."""
        return f"{self.start_s!r}..{self.stop_s!r}"


def _short(value: float) -> str:
    """Return a time with one decimal, where it has any."""
    return f"{value:.1f}".removesuffix(".0")


def make_stretch(start_s: float, stop_s: float) -> Stretch | None:
    """Return a stretch; None where these are no limits of one."""
    known = math.isfinite(start_s) and math.isfinite(stop_s)
    if not known or not 0 <= start_s < stop_s <= LATEST_S:
        return None
    return Stretch(float(start_s), float(stop_s))


def read_stretch(text: str) -> Stretch | None:
    """Return the stretch that :attr:`Stretch.written` is of; None where the text is none."""
    found = _WRITTEN.fullmatch(text)
    return None if found is None else make_stretch(float(found[1]), float(found[2]))


def within(start_s: float, stop_s: float, first_s: float, last_s: float) -> Stretch | None:
    """Return what two times, in any order, enclose of a session; None: nothing of it.

    Parameters
    ----------
    start_s, stop_s : float
        The times, s.
    first_s, last_s : float
        The session's first and last spike, s: for Bombcell it goes from the one to the other.
        NaN where they are not known.
    """
    low, high = sorted((start_s, stop_s))
    low, high = max(low, 0.0), max(high, 0.0)
    if math.isfinite(first_s) and math.isfinite(last_s):
        low, high = min(max(low, first_s), last_s), min(max(high, first_s), last_s)
    return make_stretch(low, high)


def typed_stretch(text: str, last_s: float) -> tuple[float, float]:
    """Return the two times, s, that somebody typed: ``0-42 min``, ``90 to 600 s``, ``5:00–9:30``.

    Without a unit they are in that of the axes: minutes where the session is long.

    Raises
    ------
    UserError
        Where the text is none.
    """
    found = _TYPED.fullmatch(text)
    if found is None:
        raise UserError(f"“{text[:40]}” is no stretch of time.", "Type it as 0-42 min or 90-600 s.")
    usual = 60.0 if last_s >= MINUTES_FROM_S else 1.0
    per = _SECONDS[found[3].lower()] if found[3] else usual
    start, stop = (_seconds(part, per) for part in found.group(1, 2))
    if not start < stop:
        raise UserError(f"“{text[:40]}”: the second time is not later than the first.")
    return start, stop


def _seconds(text: str, per: float) -> float:
    """Return a time in s: a clock's, or a number of a unit."""
    if ":" not in text:
        return float(text) * per
    total = 0.0
    for part in text.split(":"):
        total = total * 60.0 + float(part)
    return total


def typed(stretch: Stretch) -> str:
    """Return a stretch as it can be typed, as exactly as it is shown."""
    return stretch.words.replace("–", "-")
