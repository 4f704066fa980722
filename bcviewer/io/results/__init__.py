"""Bombcell's results: found, read, checked, with what is beside them."""
