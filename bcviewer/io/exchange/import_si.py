"""Reads SpikeInterface's curation, format versions 0 (sortingview's), 1 and 2 (our own export)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from bcviewer.core.curation.imported import ImportedLabels
from bcviewer.core.rules.counts import count_of
from bcviewer.errors import UserError
from bcviewer.io.exchange.found_labels import FoundLabels
from bcviewer.io.files import one_line

_VERSIONS = ("1", "2")
_BOMBCELL = "bombcell"
"""Our export's automatic labels: a source of their own already."""
_FIRST = "quality"
_HINT = "Save it from SpikeInterface's viewer or its curation tools, format version 2."
_MOST_COLUMNS = 50
_OTHERS = {
    "removed": "removed unit",
    "removed_units": "removed unit",
    "merges": "merge",
    "merge_unit_groups": "merge",
    "mergeGroups": "merge",
    "splits": "split",
}
_SORTINGVIEW = "labelsByUnit"
_ALL_LABELS = "all_labels"
"""What SpikeInterface calls sortingview's one list of labels."""


def is_curation(text: str) -> bool:
    """Return whether a text is JSON of an object, which no table of ours begins like."""
    return text.lstrip()[:1] == "{"


def read_curation(text: str, source: str, found: FoundLabels, column: str) -> ImportedLabels:
    """Return the labels in a curation.

    Parameters
    ----------
    text : str
        The file's text.
    source : str
        The file's path.
    found : FoundLabels
        What is filled.
    column : str
        The label definition to read; empty: ``quality``, else the first one.

    Raises
    ------
    UserError
        If it is no such curation, or has no label in it. The message is a reason without the
        file's name.
    """
    content = _content(text)
    entries = list(_entries(content))
    definitions = content.get("label_definitions")
    there = dict.fromkeys(definitions if isinstance(definitions, dict) else ())
    there |= dict.fromkeys(name for _, _, labels in entries for name in labels)
    names = [str(name) for name in there if name != _BOMBCELL][:_MOST_COLUMNS]
    if not names and there:
        raise UserError(
            "Bombcell's own labels, which nobody curated", "They are label sources of their own."
        )
    if not names:
        raise UserError("has no label definition in it", _HINT)
    shown = tuple(one_line(name, 40) for name in names)
    default = _FIRST if _FIRST in names else names[0]
    chosen = names[shown.index(column)] if column in shown else default
    for number, unit, labels in entries:
        _take(found, number, unit, labels.get(chosen, []))
    file = one_line(PurePath(source).name, 120)
    return found.imported(
        source, f"SpikeInterface ({file})", one_line(chosen, 40), shown, _remark(content)
    )


def _content(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise UserError("not JSON, or cut off", _HINT) from None
    by_unit = content.get(_SORTINGVIEW) if isinstance(content, dict) else None
    if isinstance(by_unit, dict) and "manual_labels" not in content:
        entries = [{"unit_id": i, _ALL_LABELS: labels} for i, labels in by_unit.items()]
        return {**content, "manual_labels": entries}
    if not isinstance(content, dict) or not isinstance(content.get("manual_labels"), list):
        raise UserError("no curation of SpikeInterface: it has no list manual_labels", _HINT)
    version = str(content.get("format_version", ""))
    if version not in _VERSIONS:
        said = one_line(version, 20) or "none"
        raise UserError(f"a curation of format version {said}, which is not known", _HINT)
    return content


def _entries(content: dict[str, Any]) -> Iterator[tuple[int, object, dict[str, Any]]]:
    """Yield the number of each entry, its unit, and its labels by definition."""
    for number, entry in enumerate(content["manual_labels"], 1):
        if not isinstance(entry, dict) or "unit_id" not in entry:
            continue
        labels = entry.get("labels")
        if labels is None:  # version 1 has them beside the id
            labels = {key: value for key, value in entry.items() if key != "unit_id"}
        if isinstance(labels, dict):
            yield number, entry["unit_id"], labels


def _take(found: FoundLabels, number: int, unit: object, labels: object) -> None:
    if not labels:
        return
    named = isinstance(unit, (int, str)) and not isinstance(unit, bool)
    texts = [labels] if isinstance(labels, str) else labels
    shown = one_line(f"{unit}: {labels}", 80)
    if not named or not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
        found.skip(number, shown, "no unit with a label")
        return
    cluster = found.cluster(number, str(unit), shown)
    if cluster is not None:
        for text in texts:
            found.take_label(cluster, number, text)


def _remark(content: dict[str, Any]) -> str:
    """Return what a curation says beside labels; none of it is taken over."""
    parts = []
    for key, what in _OTHERS.items():
        listed = content.get(key)
        if isinstance(listed, list) and listed:
            parts.append(count_of(len(listed), what))
    return f"Not taken over: {', '.join(parts)}." if parts else ""
