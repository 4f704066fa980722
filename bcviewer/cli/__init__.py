"""The command line: an entry, and a module for each command."""
