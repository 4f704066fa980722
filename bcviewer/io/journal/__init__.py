"""Journals of curation: written, read, and what a recording is known by."""
