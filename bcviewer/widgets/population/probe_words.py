"""What is written about probes: where they are, and why their units cannot be placed."""

from __future__ import annotations

from bcviewer.core.figures.probe import usable_sites
from bcviewer.core.run.run import Run
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.io import names

_LONGEST = 90
"""Letters of a region's name that are written; its tooltip has them all."""


def probe_words(sheet: Sheet, shaded: bool) -> str:
    """Return a probe's brain region and region of interest in words; empty where it has none."""
    said, region = sheet.run.provenance, sheet.inputs.of_interest
    name = " ".join(said.region.split())
    short = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
    words = [short] if short else []
    if region is not None:
        end, what = "highest" if said.tip_at_top else "lowest", "shaded"
        what = what if shaded else "region of interest"
        words.append(f"{what}: {region.words} ({end} y)")
    return " · ".join(words)


def problem_of(book: Book) -> str:
    """Return why no unit of any probe can be placed; empty where one can."""
    found = [_problem(sheet.run) for sheet in book.sheets]
    return found[0] if all(found) else ""


def _problem(run: Run) -> str:
    """Return why no unit can be placed; empty where that is not so."""
    file = names.CHANNEL_POSITIONS
    if run.sites is not None and usable_sites(run).any():
        return "" if "maxChannels" in run.units else "No column maxChannels: units have no place"
    why = [issue.what.rstrip(".") for issue in run.issues if issue.file == file]
    if why or run.sites is not None:
        said = why[0] if why else "holds no place that can be drawn"
        return f"{file}: {said}: units cannot be placed"
    return f"{file} is not there: units cannot be placed"
