"""The columns of what comes beside a run: what is tried, what another run says, what people say."""

from __future__ import annotations

from bcviewer.core.rules.column import COMPARED, LABELS, SAID, Column

TRIED: tuple[Column, ...] = (
    Column(
        "was",
        "was",
        "text",
        help="While a proposal is tried: Bombcell's label without it.",
        reads=LABELS,
    ),
    Column(
        "flip",
        "flip",
        "text",
        help="While a proposal is tried: the label that it takes from a unit, and the one that it"
        " gives instead; empty where the label stays, or cannot be said without a run.",
        reads=LABELS,
    ),
)
"""A proposal's."""
BETWEEN_RUNS: tuple[Column, ...] = (
    Column(
        "change",
        "change",
        "text",
        help="While the run is compared with another one: the label before and the label after;"
        " empty where they are the same.",
        reads=COMPARED,
    ),
    Column(
        "before",
        "before",
        "text",
        help="While the run is compared with another one: the label in the run before.",
        reads=COMPARED,
    ),
    Column(
        "after",
        "after",
        "text",
        help="While the run is compared with another one: the label in the run after.",
        reads=COMPARED,
    ),
    Column(
        "cause",
        "cause",
        "text",
        help="Why the label changed between two runs, in a word: thresholds or measurement alone"
        " would do; either of them; only both together; a gate that was switched on; unknown; or"
        " the unit is in one run only (only_before, only_after). Empty: it is the same in both.",
        reads=COMPARED,
    ),
    Column(
        "because",
        "because",
        "text",
        help="What of it changed the label: the fewest parameters that suffice, or the metrics"
        " that were measured otherwise.",
        reads=COMPARED,
    ),
    Column(
        "moved",
        "moved",
        "text",
        help="The metrics that were measured otherwise and changed the label, with both values.",
        reads=COMPARED,
    ),
)
"""A comparison's with another run."""
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
