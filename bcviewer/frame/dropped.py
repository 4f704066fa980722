"""What is dropped on a window."""

from __future__ import annotations

from PySide6.QtCore import QMimeData


def dropped_path(data: QMimeData) -> str:
    """Return the first folder or file of this computer among what is dragged; empty: none."""
    return next((url.toLocalFile() for url in data.urls() if url.isLocalFile()), "")
