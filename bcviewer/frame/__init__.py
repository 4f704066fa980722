"""The main window: panels into docks, commands into menus."""
