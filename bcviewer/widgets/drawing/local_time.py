"""Moments as people read them: in their own time, short where it was today."""

from __future__ import annotations

from datetime import UTC, datetime


def local_time(at: str, now: datetime | None = None) -> str:
    """Return a moment in the local time: ``14:02`` where it is today, else with its date.

    Parameters
    ----------
    at : str
        ISO 8601 in UTC; with or without a zone. Empty, or no moment at all: returned as it is.
    now : datetime, optional
        What counts as now.
    """
    try:
        moment = datetime.fromisoformat(at)
        local = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone()
    except (ValueError, OverflowError, OSError):
        return at
    today = (now or datetime.now(UTC)).astimezone().date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"
