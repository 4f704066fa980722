"""When something was said: times as texts that sort as times do, and which ones are believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EARLIEST, LATEST = "2020-01-01T00:00:00.000000Z", "2100-01-01T00:00:00.000000Z"
"""Times before the one, or from the other on, are no times: a clock was wrong."""
OWN_LATEST = "2101-01-01T00:00:00.000000Z"
"""Where the times of a person's own journal end: room to come after the last one of another."""
_UNDATED = "!"


def later(at: str, *others: str) -> str:
    """Return a time that is later than all others: ``at``, or a microsecond after the last one.

    Clocks of machines differ, and are set back: what is said in sight of something comes after it.
    """
    last = max(others, default="")
    if at > last:
        return at
    moment = datetime.fromisoformat(last) + timedelta(microseconds=1)
    return time_text(moment)


def stamp(now: datetime, *seen: str) -> str:
    """Return the time to write an action with: now, but after all times in ``seen``.

    It is always one that is read again, whatever the clock says: where that is out of bounds the
    time is the earliest that comes after what is seen.
    """
    at = time_text(now)
    return later(at if is_believed(at) else EARLIEST, *seen)


def is_time(text: str) -> bool:
    """Return whether a text of the right form is a time, believed or not."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_believed(at: str, *, own: bool = False) -> bool:
    """Return whether a time can be one at which something was said.

    Parameters
    ----------
    at : str
        The time as it is written.
    own : bool
        Whether it is in a journal that this computer wrote.
    """
    return EARLIEST <= at < (OWN_LATEST if own else LATEST)


def undated(at: str) -> str:
    """Return what stands for a time that is not believed: it is before all times."""
    return _UNDATED + at


def raw_time(at: str) -> str:
    """Return a time as the journal has it, believed or not."""
    return at.removeprefix(_UNDATED)


def written_time(at: str) -> str:
    """Return :attr:`Action.at` as people may see it; empty where it is not believed."""
    return "" if at.startswith(_UNDATED) else at


def time_text(moment: datetime) -> str:
    """Return a moment as :attr:`Action.at` is written."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="microseconds") + "Z"
