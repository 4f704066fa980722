"""The Units menu: steps, ids, what is copied."""

from __future__ import annotations

from bcviewer.app.commands.command import Command

UNITS: tuple[Command, ...] = (
    Command(
        "next_unit",
        "Next unit",
        "Units",
        ("Down", "Space", "J"),
        "Go to the next unit in table order.",
        icon="next",
        repeats=True,
    ),
    Command(
        "previous_unit",
        "Previous unit",
        "Units",
        ("Up", "Shift+Space", "K"),
        "Go to the previous unit in table order.",
        icon="previous",
        repeats=True,
    ),
    Command("first_unit", "First unit", "Units", ("Home",), "Go to the first unit shown."),
    Command("last_unit", "Last unit", "Units", ("End",), "Go to the last unit shown."),
    Command(
        "next_borderline",
        "Next borderline unit",
        "Units",
        ("B",),
        "Go to the next unit within one step of GOOD's edge.",
        repeats=True,
    ),
    Command(
        "next_similar",
        "Compare with the next similar unit",
        "Units",
        ("S",),
        "Show the most similar unit beside the current one in Pair; again: the next of five.",
        act="similar",
        about="1",
        separate=True,
        repeats=True,
    ),
    Command(
        "previous_similar",
        "Compare with the similar unit before",
        "Units",
        ("Shift+S",),
        "Show the unit before, of the five that are similar to the current one, in Pair; before the"
        " first: what Pair covers.",
        act="similar",
        about="-1",
        repeats=True,
    ),
    Command(
        "go_to",
        "Go to cluster id…",
        "Units",
        ("Ctrl+G",),
        "Type a cluster id, or # and a row number.",
        separate=True,
    ),
    Command(
        "stretch",
        "Stretch of the recording…",
        "Units",
        ("Shift+T",),
        "Show the evidence of a part of the recording beside the whole: type from when to when, or"
        " drag over Amplitudes.",
        separate=True,
    ),
    Command(
        "end_stretch",
        "End stretch",
        "Units",
        (),
        "Look at the whole recording again: Esc, or a click in Amplitudes.",
    ),
    Command(
        "lasso",
        "Split preview by lasso",
        "Units",
        ("L",),
        "Draw a lasso around spikes in Amplitudes or Drift: what bombcell would say of both parts."
        " Nothing is split.",
        separate=True,
    ),
    Command("end_lasso", "End lasso", "Units", (), "Draw no more, and end the preview: Esc."),
    *(
        Command(
            f"cells_{region}",
            f"Cell types by bombcell: {region}",
            "Units",
            (),
            f"Compute bombcell's ephys properties and, by its rule for the {region}, cell types of"
            " the open sort: columns, no labels; nothing is written.",
            act="cell_types",
            about=region,
            separate=first,
        )
        for region, first in (("cortex", True), ("striatum", False))
    ),
    Command(
        "select_shown",
        "Select all shown units",
        "Units",
        ("Ctrl+A",),
        "Select every unit that passes the filter.",
        separate=True,
    ),
    Command(
        "copy_rows",
        "Copy rows",
        "Units",
        ("Ctrl+C",),
        "Copy the selected units with the shown columns, as text for a spreadsheet.",
        separate=True,
    ),
    Command(
        "copy_ids",
        "Copy cluster ids",
        "Units",
        ("Ctrl+Shift+C",),
        "Copy the cluster ids of the selected units.",
    ),
)
