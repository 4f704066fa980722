"""The File menu."""

from __future__ import annotations

from bcviewer.app.commands.command import Command

FILE: tuple[Command, ...] = (
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
        "raw_file",
        "Raw file of this recording…",
        "File",
        (),
        "Say where the raw file (.bin, .dat) of this sort is; single spikes are read from it.",
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
        "methods",
        "Methods text…",
        "File",
        ("Ctrl+Shift+M",),
        "Bombcell's methods paragraph for a paper, with references and BibTeX.",
    ),
    Command(
        "run_bombcell",
        "Run Bombcell…",
        "File",
        (),
        "Run Bombcell on this sort, or on a Kilosort directory; never over results that are there.",
        False,
        separate=True,
    ),
    Command(
        "open_in_phy",
        "Open in phy",
        "File",
        (),
        "Start phy on this directory, or bring the phy that is open on it forward.",
        icon="phy",
    ),
    Command(
        "preferences",
        "Preferences…",
        "File",
        ("Ctrl+,",),
        "Set theme, font size, columns, who curates, and where phy is.",
        False,
    ),
    Command("quit", "Quit", "File", ("Ctrl+Q",), "Close the program.", False, separate=True),
)
