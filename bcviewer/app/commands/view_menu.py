"""The View menu: layouts, columns, order, probes."""

from __future__ import annotations

from bcviewer.app.commands.command import Command

_LAYOUTS = (
    ("unit", "F2", "why the current unit has its label"),
    ("overview", "F3", "the population: classes and reasons"),
    ("metrics", "F4", "the distributions of the metrics"),
    ("evidence", "F6", "everything that the spikes say about the current unit"),
    ("curate", "F7", "the current unit, what is left to review and what was said"),
    ("recording", "F8", "the probes of the recording, side by side"),
)

VIEW: tuple[Command, ...] = (
    *(
        Command(
            f"layout_{key}",
            f"{key.capitalize()} layout",
            "View",
            (shortcut,),
            f"The table, and {what}.",
            False,
            checkable=True,
            act="layout",
            about=key,
        )
        for key, shortcut, what in _LAYOUTS
    ),
    Command("reset_layout", "Reset layout", "View", (), "Put every dock back in its place.", False),
    Command(
        "columns",
        "Columns…",
        "View",
        (),
        "Choose and order the table's columns.",
        icon="columns",
        separate=True,
    ),
    Command(
        "sort_attention",
        "Sort by attention",
        "View",
        ("A",),
        "Units where a minute of looking changes the data set, first.",
        separate=True,
    ),
    Command("sort_depth", "Sort by depth", "View", ("D",), "Deepest y first."),
    Command(
        "cost_curves",
        "Show or hide cost curves",
        "View",
        (),
        "Below the metric histograms: what each class would have if a threshold stood elsewhere.",
    ),
    Command(
        "refresh_order",
        "Refresh order",
        "View",
        ("R",),
        "Filter and sort the rows by what came from elsewhere since they were put in order.",
    ),
    Command(
        "every_probe",
        "All probes",
        "View",
        ("Ctrl+0",),
        "Open all probes of this run mode as one table.",
        separate=True,
    ),
    *(
        Command(
            f"probe_{i}",
            f"Probe {letter}",
            "View",
            (f"Ctrl+{i}",),
            f"Open probe {letter} of this recording.",
            act="probe",
            about=letter,
        )
        for i, letter in enumerate("ABCDEF", 1)
    ),
    Command(
        "mode_next",
        "Next run mode",
        "View",
        ("Ctrl+PgDown",),
        "Open the same probe in the next run mode, or the next results of the same sort.",
        separate=True,
        act="mode",
        about="1",
    ),
    Command(
        "mode_previous",
        "Previous run mode",
        "View",
        ("Ctrl+PgUp",),
        "Open the same probe in the run mode before, or the results before.",
        act="mode",
        about="-1",
    ),
)
