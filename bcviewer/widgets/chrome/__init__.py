"""Filter bar, status, banner, docks, dialogs."""
