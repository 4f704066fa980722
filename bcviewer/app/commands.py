"""Every command of the window, declared once: menus, keys, tooltips and the key list."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can do.

    Attributes
    ----------
    key : str
        Its name; the window has a method of this name with ``do_`` before it.
    title : str
        Its text in a menu.
    menu : str
        The menu it stands in; empty for commands that have keys only.
    shortcuts : tuple of str
        Keys, in Qt's portable spelling; the first is shown in the menu.
    help : str
        What it does, for the tooltip and the key list.
    needs_run : bool
        Whether it is greyed out without an open run.
    checkable : bool
        Whether it is on or off.
    icon : str
        Name of its icon.
    separate : bool
        Whether a line stands above it in the menu.
    """

    key: str
    title: str
    menu: str
    shortcuts: tuple[str, ...] = ()
    help: str = ""
    needs_run: bool = True
    checkable: bool = False
    icon: str = ""
    separate: bool = False


MENUS: tuple[str, ...] = ("File", "Units", "Curate", "Filter", "View", "Help")
SUBMENUS: dict[str, str] = {"demo": "Open recent", "reset_layout": "Docks"}
"""Menus within a menu, by the command that they stand below."""

_CLASS_NAMES = ("GOOD", "MUA", "NOISE", "NON-SOMA", "NON-SOMA GOOD", "NON-SOMA MUA")
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
        "changed_in_phy",
        "Changed in phy",
        "Show units only that phy changed, removed or made after Bombcell ran.",
    ),
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "open",
        "Open folder…",
        "File",
        ("Ctrl+O",),
        "Open a Kilosort directory, a bombcell folder, a folder of probes or any folder above.",
        False,
        icon="open",
    ),
    Command(
        "open_config",
        "Open config file…",
        "File",
        ("Ctrl+Shift+O",),
        "Open a recording by its config file (.json).",
        False,
    ),
    Command(
        "demo",
        "Open the demo recording",
        "File",
        (),
        "Open the recording that ships with the program.",
        False,
    ),
    Command(
        "kilosort_folder",
        "Kilosort folder of these results…",
        "File",
        (),
        "Say which Kilosort directory these results are of, where they are not in it.",
    ),
    Command(
        "reload", "Reload", "File", ("F5",), "Read the files of this probe again.", icon="reload"
    ),
    Command(
        "export_selected",
        "Export selected units…",
        "File",
        ("Ctrl+E",),
        "Write the selected units to a CSV, TSV, Parquet or JSON file.",
        icon="export",
        separate=True,
    ),
    Command(
        "export_shown",
        "Export shown units…",
        "File",
        ("Ctrl+Shift+E",),
        "Write the units that pass the filter to a file.",
    ),
    Command(
        "report",
        "Report…",
        "File",
        ("Ctrl+R",),
        "Write a self-contained HTML page about this probe, with every plot.",
    ),
    Command(
        "open_in_phy",
        "Open in phy",
        "File",
        (),
        "Start phy on this directory, or bring the phy that is open on it forward.",
        icon="phy",
        separate=True,
    ),
    Command(
        "preferences",
        "Preferences…",
        "File",
        ("Ctrl+,",),
        "Set who curates, and where phy is.",
        False,
    ),
    Command("quit", "Quit", "File", ("Ctrl+Q",), "Close the program.", False, separate=True),
    Command(
        "next_unit",
        "Next unit",
        "Units",
        ("Down", "Space", "J"),
        "Go to the next unit in table order.",
        icon="next",
    ),
    Command(
        "previous_unit",
        "Previous unit",
        "Units",
        ("Up", "Shift+Space", "K"),
        "Go to the previous unit in table order.",
        icon="previous",
    ),
    Command("first_unit", "First unit", "Units", ("Home",), "Go to the first unit shown."),
    Command("last_unit", "Last unit", "Units", ("End",), "Go to the last unit shown."),
    Command(
        "next_borderline",
        "Next borderline unit",
        "Units",
        ("B",),
        "Go to the next unit within one step of GOOD's edge.",
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
        "select_shown",
        "Select all shown units",
        "Units",
        ("Ctrl+A",),
        "Select every unit that passes the filter.",
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
    *(
        Command(f"label_{key}", f"Label {name}", "Curate", (shortcut,), text)
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
        "note",
        "Note…",
        "Curate",
        ("T",),
        "Write a note on the selected units: Enter saves it, Esc leaves it as it was.",
        icon="note",
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
    ),
    Command(
        "previous_unreviewed",
        "Previous unreviewed unit",
        "Curate",
        ("Shift+N",),
        "Go to the unit before, of those without a manual label.",
    ),
    Command(
        "next_disagreement",
        "Next disagreement",
        "Curate",
        ("O",),
        "Go to the next unit shown whose label sources, the manual one included, disagree.",
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
    Command("filter", "Filter…", "Filter", ("/", "Ctrl+F"), "Type a filter."),
    Command("clear_filter", "Clear filter", "Filter", ("Esc",), "Show all units again."),
    *(
        Command(
            f"class_{i}",
            name,
            "Filter",
            (str(i),),
            f"Show only {name} units (toggle).",
            checkable=True,
            separate=i == 1,
        )
        for i, name in enumerate(_CLASS_NAMES, 1)
    ),
    *(
        Command(f"chip_{key}", title, "Filter", (), text, checkable=True, separate=i == 0)
        for i, (key, title, text) in enumerate(_CHIPS)
    ),
    Command(
        "layout_unit",
        "Unit layout",
        "View",
        ("F2",),
        "The table, and why the current unit has its label.",
        False,
    ),
    Command(
        "layout_overview",
        "Overview layout",
        "View",
        ("F3",),
        "The table, and the population: classes and reasons.",
        False,
    ),
    Command(
        "layout_metrics",
        "Metrics layout",
        "View",
        ("F4",),
        "The table, and the distributions of the metrics.",
        False,
    ),
    Command(
        "layout_evidence",
        "Evidence layout",
        "View",
        ("F6",),
        "The table, and everything that the spikes say about the current unit.",
        False,
    ),
    Command(
        "layout_curate",
        "Curate layout",
        "View",
        ("F7",),
        "The table, the current unit, what is left to review and what was said.",
        False,
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
        "refresh_order",
        "Refresh order",
        "View",
        ("R",),
        "Filter and sort the rows by what came from elsewhere since they were put in order.",
    ),
    *(
        Command(
            f"probe_{i}",
            f"Probe {letter}",
            "View",
            (f"Ctrl+{i}",),
            f"Open probe {letter} of this recording.",
            separate=i == 1,
        )
        for i, letter in enumerate("ABCDEF", 1)
    ),
    Command("keys", "Keys", "Help", ("H", "F1"), "The list of keys.", False, icon="help"),
    Command("filter_help", "The filter language", "Help", (), "What a filter can say.", False),
    Command("log", "Show log file", "Help", (), "Open the folder of the log file.", False),
    Command("about", "About bcviewer", "Help", (), "Versions and licence.", False, separate=True),
)
"""The commands, in the order of the menus."""
