"""The command table."""

from __future__ import annotations

from bcviewer.app.commands.command import Command
from bcviewer.app.commands.curate_menu import CURATE, MERGES
from bcviewer.app.commands.file_menu import FILE
from bcviewer.app.commands.filter_menu import FILTER, WHAT_IF
from bcviewer.app.commands.help_menu import HELP
from bcviewer.app.commands.units_menu import UNITS
from bcviewer.app.commands.view_menu import VIEW

COMMANDS: tuple[Command, ...] = (*FILE, *UNITS, *CURATE, *MERGES, *FILTER, *WHAT_IF, *VIEW, *HELP)
"""The commands, in the order of the menus."""
