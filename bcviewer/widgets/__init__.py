"""The widgets, one class a file."""
