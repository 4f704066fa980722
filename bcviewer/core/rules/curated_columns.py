"""The columns of what curators said, here and in blind reviews."""

from __future__ import annotations

from bcviewer.core.rules.column import LABELS, SAID, Column

CURATED: tuple[Column, ...] = (
    Column(
        "manual_label", "manual", "text", help="The label that a curator gave, here.", reads=SAID
    ),
    Column(
        "blind_label",
        "blind",
        "text",
        help="The label that was given in a blind review, while the verdict was hidden; whatever"
        " was said in sight of it since.",
        reads=SAID,
    ),
    Column(
        "final_label",
        "final",
        "text",
        help="The latest manual label of any person, and where nobody gave one Bombcell's; never by"
        " criteria that are only tried. Where people differ see conflict and opinions.",
        reads=LABELS | SAID,
    ),
    Column("note", "note", "text", help="The curators' note.", reads=SAID),
    Column("reviewed", "reviewed", "flag", help="A curator gave the unit a label.", reads=SAID),
    Column(
        "overridden",
        "overridden",
        "flag",
        help="The manual label is not the one that Bombcell gave.",
        reads=LABELS | SAID,
    ),
    Column(
        "conflict",
        "conflict",
        "flag",
        help="People differ about the label: the latest is shown, and opinions has everybody's.",
        reads=SAID,
    ),
    Column("opinions", "opinions", "text", help="Where people differ, each one's.", reads=SAID),
    Column("manual_by", "by", "text", help="Who gave the manual label.", reads=SAID),
    Column(
        "manual_under",
        "given under",
        "text",
        help="The thresholds and flags that were tried while the manual label was given: such"
        " labels count in no agreement.",
        reads=SAID,
    ),
    Column("manual_at", "labelled at", "text", "UTC", help="When it was given.", reads=SAID),
    Column("note_by", "note by", "text", help="Who wrote the note.", reads=SAID),
    Column("note_at", "noted at", "text", "UTC", help="When it was written.", reads=SAID),
    Column(
        "stable_from_s",
        "stable from",
        "number",
        "s",
        ".1f",
        "From when on a curator keeps the unit for stable: a stretch that was chosen by hand.",
        reads=SAID,
    ),
    Column(
        "stable_to_s",
        "stable to",
        "number",
        "s",
        ".1f",
        "Until when a curator keeps the unit for stable: a stretch that was chosen by hand.",
        reads=SAID,
    ),
)
