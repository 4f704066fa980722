"""Names of what long work calls: it tells how far it is, and asks whether to go on."""

from __future__ import annotations

from collections.abc import Callable

Check = Callable[[], None]
"""Raises where the work was cancelled."""
Cancelled = Callable[[], bool]
"""Whether the work was cancelled."""
TellProgress = Callable[[float, str], None]
"""Told how far the work is, 0 to 1, and what it does."""
TellFolder = Callable[[str], None]
"""Told which folder is looked at."""
