"""The Help menu."""

from __future__ import annotations

from bcviewer.app.commands.command import Command

HELP: tuple[Command, ...] = (
    Command("guide", "Guide", "Help", (), "How it is done, chapter by chapter.", False),
    Command("tour", "Tour", "Help", (), "The six things that matter, in a minute.", False),
    Command("keys", "Keys", "Help", ("H", "F1"), "The list of keys.", False, icon="help"),
    Command("filter_help", "The filter language", "Help", (), "What a filter can say.", False),
    Command("whats_new", "What's new", "Help", (), "What changed with this version.", False),
    Command("log", "Show log file", "Help", (), "Open the folder of the log file.", False),
    Command("about", "About bcviewer", "Help", (), "Versions and licence.", False, separate=True),
)
