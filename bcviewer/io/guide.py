"""The guide: its pages as Markdown, and the site made of them where that is installed, too."""

from __future__ import annotations

import re
from pathlib import Path

from bcviewer.io.resources import changelog_path, resource_path

FOLDER, SITE = "guide", "site"
INDEX = "index.md"
"""The page that lists the others, in their order."""
_VERSION = re.compile(r"^## ", re.MULTILINE)
_CHAPTER = re.compile(r"^\d+\. \[([^]]+)\]\((\w+\.md)\)", re.MULTILINE)


def chapters(index: str) -> dict[str, str]:
    """Return the titles of the pages that the first page lists, by their file names."""
    return {name: title for title, name in _CHAPTER.findall(index)}


def guide_pages(made: dict[str, str]) -> dict[str, str]:
    """Return the pages, the index first, then in its order.

    Parameters
    ----------
    made : dict of str to str
        Pages that are in no file, by their names.

    Raises
    ------
    FileNotFoundError
        Where this installation has no guide, or not all of it.
    """
    index = resource_path(FOLDER, INDEX).read_text("utf-8")
    pages = {INDEX: index}
    for name in chapters(index):
        text = made.get(name)
        pages[name] = resource_path(FOLDER, name).read_text("utf-8") if text is None else text
    return pages


def built_guide() -> Path | None:
    """Return the first page of the guide as a site, if it was built for this installation."""
    try:
        return resource_path(SITE, "index.html")
    except FileNotFoundError:
        return None


def newest_changes() -> str:
    """Return what the changelog says of its newest version, as Markdown.

    Raises
    ------
    FileNotFoundError
        Where this installation has no changelog.
    """
    sections = _VERSION.split(changelog_path().read_text("utf-8"))
    return f"## {sections[1]}" if len(sections) > 1 else sections[0]
