"""Colours, plots and axes; no panels."""
