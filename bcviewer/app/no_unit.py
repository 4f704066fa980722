"""Why there is no current unit, in words: for the table, the panels, and the keys."""

from __future__ import annotations

from bcviewer.app.scene import Scene

NOTHING_OPEN = "Nothing is open."
NO_UNITS = "There is no unit in these results."
NOTHING_SHOWN = "No unit is shown."


def no_unit_words(scene: Scene) -> str:
    """Return why a panel has no unit to show; empty: there is one."""
    if scene.table is None:
        return NOTHING_OPEN
    if scene.current >= 0:
        return ""
    if not scene.table.n_units:
        return NO_UNITS
    return "Choose a unit in the table." if scene.view.n_shown else NOTHING_SHOWN


def empty_table_words(scene: Scene) -> str:
    """Return what stands in the table where it shows no unit, and how to get them back."""
    hidden = 0 if scene.table is None else scene.table.n_units - scene.view.n_shown
    return f"No unit passes the filter ({hidden:,} hidden). Esc clears it." if hidden else NO_UNITS
