"""Tool tips: Qt takes them for rich text, so plain ones are written as such."""

from __future__ import annotations

from html import escape


def plain_tip(text: str) -> str:
    """Return a text as a tool tip that shows it as it is; empty stays empty: no tip."""
    return f"<p style='white-space:pre-wrap'>{escape(text, quote=False)}</p>" if text else ""
