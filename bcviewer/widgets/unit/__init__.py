"""The current unit: its verdict and its evidence."""
