"""What is said of labels of others before they are kept or taken over."""

from __future__ import annotations

from bcviewer.core.curation.imported import MOST_UNMATCHED, Conflicts, ImportedLabels, Word
from bcviewer.core.rules.counts import count_of, first_of
from bcviewer.core.rules.labels import LABEL_NAMES, Label


def meaning(word: Word) -> str:
    """Return what a word of a file was taken for."""
    if word.label is Label.EMPTY:
        return "no label"
    if word.label is Label.UNKNOWN:
        return "none of ours: not taken"
    return LABEL_NAMES[word.label]


def summary(imported: ImportedLabels, found: Conflicts, is_kept: bool) -> str:
    """Return what a file has, and what keeping or taking it over would do."""
    parts = [f"{len(found.new):,} new", f"{len(found.same):,} the same"]
    parts.append(f"{len(found.conflicting):,} other than what is said here")
    if found.unknown:
        parts.append(f"{len(found.unknown):,} not in these results")
    if found.double:
        parts.append(f"{len(found.double):,} on several rows of these results: left out")
    if imported.unmatched:
        most = " or more" if len(imported.unmatched) >= MOST_UNMATCHED else ""
        what = "with an id that SpikeInterface has not here"
        parts.append(f"{len(imported.unmatched):,}{most} {what}")
    if imported.unlabelled:
        parts.append(f"{imported.unlabelled:,} without a label")
    kept = "" if is_kept else "Kept as a label source, they change none of your labels. "
    lines = [imported.source, f"Units: {', '.join(parts)}."]
    lines += [imported.remark] * bool(imported.remark)
    lines.append(
        f"{kept}Taken over, they are manual labels in the name of “{imported.person}”, as one step"
        " to undo."
    )
    return "\n".join(lines)


def left_out(imported: ImportedLabels) -> str:
    """Return what of a file is not taken; empty: all of it is."""
    lines = []
    if imported.n_skipped:
        first = imported.skipped[0]
        n = imported.n_skipped
        lines.append(
            f"{count_of(n, 'line')} not taken, for example line {first.line}: "
            f"{first.why} ({first.text})."
        )
    if imported.unmatched:
        lines.append(f"Ids that SpikeInterface has not here: {first_of(imported.unmatched, 5)}.")
    return "\n".join(lines)
