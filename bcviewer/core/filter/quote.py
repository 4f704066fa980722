"""How a text is written in a filter: what is clicked at writes filters, too."""

from __future__ import annotations


def quote(text: str) -> str:
    """Return a text as it is written in a filter, whatever is in it."""
    mark = '"' if "'" in text and '"' not in text else "'"
    return mark + text.replace(mark, mark * 2) + mark
