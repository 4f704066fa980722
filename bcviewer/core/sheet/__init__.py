"""A table of units: the columns of a run, and what is said of one unit."""
