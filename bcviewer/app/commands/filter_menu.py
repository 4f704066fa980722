"""The Filter menu: the box, the classes, the other chips; and the What if menu."""

from __future__ import annotations

from bcviewer.app.commands.command import Command
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES

_CHIPS = (
    ("sole_blocker", "Sole blocker", "Show units with a single failed condition only."),
    ("borderline", "Borderline", "Show units within one step of GOOD's edge only."),
    ("undecidable", "Undecidable", "Show MUA units of the family undecidable only."),
    (
        "disagreement",
        "Disagreement",
        "Show units whose label sources, manual labels among them, disagree only.",
    ),
    (
        "flips",
        "Flips",
        "Show units only whose label another one takes the place of by what is tried.",
    ),
    (
        "changed",
        "Changed",
        "Show units only whose label is another one in the run that this one is compared with.",
    ),
    (
        "changed_in_phy",
        "Changed in phy",
        "Show units only that phy changed, removed or made after Bombcell ran.",
    ),
    (
        "scored_here",
        "Scored here",
        "Show units only that phy made and that are scored here: they count among no class.",
    ),
)

FILTER: tuple[Command, ...] = (
    Command("filter", "Filter…", "Filter", ("/", "Ctrl+F"), "Type a filter."),
    Command("clear_filter", "Clear filter", "Filter", ("Esc",), "Show all units again."),
    *(
        Command(
            f"class_{i}",
            LABEL_NAMES[label],
            "Filter",
            (str(i),),
            f"Show only {LABEL_NAMES[label]} units (toggle).",
            checkable=True,
            separate=i == 1,
            act="class",
            about=LABEL_NAMES[label],
        )
        for i, label in enumerate(CLASSES, 1)
    ),
    *(
        Command(
            f"chip_{key}",
            title,
            "Filter",
            (),
            text,
            checkable=True,
            separate=i == 0,
            act="chip",
            about=key,
        )
        for i, (key, title, text) in enumerate(_CHIPS)
    ),
)

WHAT_IF: tuple[Command, ...] = (
    Command(
        "try_parameters",
        "What if…",
        "What if",
        ("Ctrl+Alt+T",),
        "Try other thresholds and flags, beside the saved ones and Bombcell's defaults.",
    ),
    Command(
        "undo_proposal",
        "Undo what was tried",
        "What if",
        ("Ctrl+Alt+Z",),
        "Take back the last change of the proposal; labels are undone by a key of their own.",
        separate=True,
    ),
    Command(
        "redo_proposal",
        "Redo what was tried",
        "What if",
        ("Ctrl+Alt+Y",),
        "Bring back the change of the proposal that was taken back last.",
    ),
    Command(
        "reset_proposal",
        "Reset what was tried",
        "What if",
        ("Ctrl+Alt+R",),
        "Judge by the saved thresholds and flags again.",
    ),
    Command(
        "keep_proposal",
        "Keep what is tried as…",
        "What if",
        ("Ctrl+Alt+K",),
        "Keep the proposal under a name and with a reason, beside the labels.",
        separate=True,
    ),
    Command(
        "kept_proposals",
        "Kept proposals…",
        "What if",
        ("Ctrl+Alt+O",),
        "Open, copy, save or remove a proposal that somebody kept.",
    ),
    Command(
        "proposal_for_all",
        "Go along to all probes",
        "What if",
        (),
        "Try the same of each other probe that is opened next.",
        checkable=True,
    ),
    Command(
        "copy_proposal",
        "Copy as Python for Bombcell",
        "What if",
        ("Ctrl+Alt+C",),
        "Copy what is tried as lines that change Bombcell's param.",
        separate=True,
    ),
    Command(
        "export_proposal",
        "Export what is tried…",
        "What if",
        (),
        "Write what is tried as JSON, or as Python for Bombcell.",
    ),
    Command(
        "import_proposal",
        "Import a proposal…",
        "What if",
        (),
        "Try the proposal of a JSON file.",
    ),
    Command(
        "suggest",
        "Suggest thresholds from labels",
        "What if",
        ("Ctrl+Alt+S",),
        "Ask Bombcell which thresholds fit the manual labels, and show how far each agrees.",
    ),
    Command(
        "take_suggestion",
        "Take the next suggestion",
        "What if",
        ("Ctrl+Alt+A",),
        "Try the next threshold that Bombcell suggests; a proposal, until Bombcell is run.",
    ),
)
