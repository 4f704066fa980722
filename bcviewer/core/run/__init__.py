"""A run as it was read, and what follows from it alone."""
