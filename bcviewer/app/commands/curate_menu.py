"""The Curate menu: labels, notes, undo, labels of others."""

from __future__ import annotations

from bcviewer.app.commands.command import Command

_LABELS = (
    ("good", "GOOD", "Alt+G", "Label the selected units GOOD."),
    ("mua", "MUA", "Alt+M", "Label the selected units MUA."),
    ("noise", "NOISE", "Alt+N", "Label the selected units NOISE."),
    (
        "nonsoma",
        "NON-SOMA",
        "Alt+S",
        "Label the selected units NON-SOMA, or NON-SOMA GOOD where the run splits these.",
    ),
    (
        "nonsoma_mua",
        "NON-SOMA MUA",
        "Alt+Shift+S",
        "Label the selected units NON-SOMA MUA, where the run splits NON-SOMA.",
    ),
)

CURATE: tuple[Command, ...] = (
    *(
        Command(
            f"label_{key}", f"Label {name}", "Curate", (shortcut,), text, act="label", about=name
        )
        for key, name, shortcut, text in _LABELS
    ),
    Command(
        "label_clear",
        "Clear label",
        "Curate",
        ("Alt+U",),
        "Take the manual label from the selected units.",
        icon="clear",
    ),
    Command(
        "label_in_phy",
        "Label in phy",
        "Curate",
        ("Ctrl+Alt+P",),
        "Give the selected units your labels in a linked phy, too: undone and saved there.",
    ),
    Command(
        "note",
        "Note…",
        "Curate",
        ("T",),
        "Write a note on the selected units: Enter saves it, Esc leaves it as it was.",
        icon="note",
    ),
    Command(
        "keep_stable",
        "Keep stretch as stable",
        "Curate",
        ("Ctrl+T",),
        "Note the stretch that is looked at as the time in which the current unit is stable.",
    ),
    Command(
        "stable",
        "Look at stable time",
        "Curate",
        ("Ctrl+Shift+T",),
        "Show the evidence of the time that is kept as stable beside the whole.",
    ),
    Command(
        "forget_stable",
        "Remove stable time",
        "Curate",
        (),
        "Take back that the current unit is stable in some time of its own, and what its note says"
        " of it.",
    ),
    Command(
        "accept",
        "Accept Bombcell's label for the shown units…",
        "Curate",
        (),
        "Give every unit shown Bombcell's label as its manual label; one step to undo.",
    ),
    Command(
        "undo",
        "Undo",
        "Curate",
        ("Ctrl+Z",),
        "Take back your last label or note, also of an earlier session.",
        icon="undo",
        separate=True,
    ),
    Command(
        "redo",
        "Redo",
        "Curate",
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        "Bring back what was undone last.",
        icon="redo",
    ),
    Command(
        "next_unreviewed",
        "Next unreviewed unit",
        "Curate",
        ("N",),
        "Go to the next unit shown without a manual label.",
        separate=True,
        repeats=True,
    ),
    Command(
        "previous_unreviewed",
        "Previous unreviewed unit",
        "Curate",
        ("Shift+N",),
        "Go to the unit before, of those without a manual label.",
        repeats=True,
    ),
    Command(
        "new_queue",
        "New review queue…",
        "Curate",
        (),
        "Choose which units to review, blind or in sight of the verdict: Tab, arrows, Enter.",
    ),
    Command(
        "resume_queue",
        "Resume review queue",
        "Curate",
        (),
        "Show the units of the review queue that was left, and go on with the next of them.",
    ),
    Command(
        "next_disagreement",
        "Next disagreement",
        "Curate",
        ("O",),
        "Go to the next unit shown whose label sources, the manual one included, disagree.",
        repeats=True,
    ),
    Command(
        "advance",
        "Advance after labelling",
        "Curate",
        (),
        "Go to the next unit in table order once a label is given.",
        False,
        checkable=True,
    ),
    Command(
        "write_regions",
        "Write regions of interest into the config…",
        "Curate",
        (),
        "Write the regions that were set along depth into the config that is open, as"
        " probe_recording_roi, after a question; a copy of the file stays beside it.",
        separate=True,
    ),
    Command(
        "export_labels",
        "Export labels…",
        "Curate",
        ("Ctrl+L",),
        "Write manual labels and notes for phy, Bombcell or SpikeInterface, after a preview.",
        separate=True,
    ),
    Command(
        "import_labels",
        "Import labels…",
        "Curate",
        ("Ctrl+Shift+L",),
        "Keep labels of phy, Bombcell, SpikeInterface, a model or a table beside yours, or take"
        " them over, after a preview.",
    ),
)

MERGES: tuple[Command, ...] = (
    Command(
        "open_merges",
        "Open proposed merges…",
        "Merges",
        (),
        "Go through merges that another program proposes: SpikeInterface's curation (JSON), or a"
        " table of pairs (UnitMatch, SLAy).",
    ),
    Command(
        "accept_merge",
        "Accept the proposed merge",
        "Merges",
        ("Y",),
        "Say that these units are one, and go on to the next. Nothing is merged by that.",
        separate=True,
    ),
    Command(
        "reject_merge",
        "Reject the proposed merge",
        "Merges",
        ("X",),
        "Say that these units are not one, and go on to the next.",
    ),
    Command(
        "skip_merge",
        "Skip the proposed merge",
        "Merges",
        ("V",),
        "Say of these units neither, and go on to the next: they are counted as skipped.",
    ),
    Command(
        "back_merge",
        "Take back what was said of a merge",
        "Merges",
        ("U",),
        "Take back what was said last of a proposed merge, and go to it.",
    ),
    Command(
        "merges_in_phy",
        "Merge in phy what was accepted…",
        "Merges",
        (),
        "Merge the units of what was accepted in the phy that is linked, as actions of phy's own:"
        " undone and saved there.",
        separate=True,
    ),
    Command(
        "export_merges",
        "Export accepted merges…",
        "Merges",
        (),
        "Write the accepted merges, with the labels, as SpikeInterface's curation (JSON).",
    ),
    Command(
        "end_merges",
        "End proposed merges",
        "Merges",
        (),
        "Go through the proposed merges no more; what was said is kept for when they are opened"
        " again.",
    ),
)
"""Merges that other programs propose: a menu of its own."""
