"""What is said of labels of others before they are kept or taken over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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


def merged_words(each: Sequence[Sequence[Word]]) -> list[Word]:
    """Return the words of a file, the most frequent first, where it was read by probes."""
    found: dict[str, Word] = {}
    for word in (word for words in each for word in words):
        before = found.get(word.text)
        found[word.text] = word if before is None else replace(word, n=before.n + word.n)
    return sorted(found.values(), key=lambda word: -word.n)


def summary(told: Sequence[tuple[str, ImportedLabels, Conflicts]], is_kept: bool) -> str:
    """Return what a file has, and what keeping or taking it over would do.

    ``told`` is what it has of each probe, with what that is called; empty where it is one only.
    """
    first, lines = told[0][1], [told[0][1].source]
    for probe, imported, found in told:
        lines.append(f"{f'{probe}: ' if probe else ''}{_units(imported, found)}")
        lines += [imported.remark] * bool(imported.remark and len(told) == 1)
    kept = "" if is_kept else "Kept as a label source, they change none of your labels. "
    lines.append(
        f"{kept}Taken over, they are manual labels in the name of “{first.person}”, as one step"
        " to undo."
    )
    return "\n".join(lines)


def _units(imported: ImportedLabels, found: Conflicts) -> str:
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
    return f"Units: {', '.join(parts)}."


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
