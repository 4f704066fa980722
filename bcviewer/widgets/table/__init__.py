"""The unit table."""
