"""The curator's bar, docks and dialogs."""
