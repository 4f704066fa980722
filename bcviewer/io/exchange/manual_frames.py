"""What curators said, as columns of frames."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bcviewer.core.curation.manual import ManualUnit
from bcviewer.core.rules.column_choices import EXPORT_STABLE
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES
from bcviewer.core.sheet.derive import Settled

if TYPE_CHECKING:
    import pandas as pd

Manual = Mapping[int, ManualUnit]
"""What was said of units, by cluster id."""

MANUAL_COLUMNS: tuple[str, ...] = (
    "manual_label",
    "manual_note",
    "manual_by",
    "manual_at",
    "note_by",
    "note_at",
    "opinions",
    *EXPORT_STABLE,
)
"""What is appended to a table of units where there are labels of curators."""

LABELS_COLUMNS: tuple[str, ...] = (
    "cluster_id",
    "manual_label",
    "bombcell_label",
    "note",
    "by",
    "at",
    "note_by",
    "note_at",
    "opinions",
    *EXPORT_STABLE,
)
"""The columns of ``bcviewer labels``."""

_NOTHING = ManualUnit()


def with_manual(frame: pd.DataFrame, manual: Manual) -> pd.DataFrame:
    """Return a frame with :data:`MANUAL_COLUMNS` last; missing where nothing was said.

    Parameters
    ----------
    frame : pandas.DataFrame
        A row a unit, with a column ``cluster_id``.
    manual : mapping of int to ManualUnit
        What curators said, by cluster id.
    """
    import pandas as pd

    units = [_NOTHING if pd.isna(i) else manual.get(int(i), _NOTHING) for i in frame["cluster_id"]]
    texts = zip(*map(_texts, units), strict=True) if units else ((),) * len(MANUAL_COLUMNS)
    added = {
        name: pd.Series(values, dtype=_kind(name), index=frame.index)
        for name, values in zip(MANUAL_COLUMNS, texts, strict=True)
    }
    # The results may have columns of these names: somebody joined them to the table.
    return frame.drop(columns=list(MANUAL_COLUMNS), errors="ignore").assign(**added)


def labels_of(table: Settled, manual: Manual) -> pd.DataFrame:
    """Return :data:`LABELS_COLUMNS` of the units with a label or a note, by cluster id.

    Units that are no more in the results are kept; they have no ``bombcell_label``.
    """
    import pandas as pd

    theirs = {i: LABEL_NAMES[code] for i, code in labels_by_id(table).items()}
    units = spoken_of(manual)
    rows = []
    for i, unit in units.items():
        label, *rest = _texts(unit)
        rows.append((label, theirs.get(i), *rest))
    frame = _typed(pd.DataFrame(rows, columns=list(LABELS_COLUMNS[1:])))
    frame.insert(0, LABELS_COLUMNS[0], pd.Series(list(units), dtype="int64"))
    return frame


def all_labels_of(table: Settled, manual: Manual) -> pd.DataFrame:
    """Return :data:`LABELS_COLUMNS` of every unit with an id, its final label after the id.

    Units that are no more in the results come last; they are final by what curators said only.
    """
    import pandas as pd

    everybody = dict.fromkeys(sorted(labels_by_id(table)), _NOTHING) | spoken_of(manual)
    theirs, final = labels_by_id(table), final_by_id(table, manual)
    rows = []
    for i, unit in everybody.items():
        label, *rest = _texts(unit)
        bombcell = LABEL_NAMES[theirs[i]] or None if i in theirs else None
        rows.append((final.get(i) or None, label, bombcell, *rest))
    names = ["final_label", *LABELS_COLUMNS[1:]]
    frame = _typed(pd.DataFrame(rows, columns=names))
    frame.insert(0, LABELS_COLUMNS[0], pd.Series(list(everybody), dtype="int64"))
    return frame


def final_by_id(table: Settled, manual: Manual) -> dict[int, str]:
    """Return the final label by cluster id; empty: there is none, as without spikes.

    It is the manual one, and where there is none Bombcell's: never one by criteria that are
    only tried.
    """
    ids, codes = table.ids.cluster_id.tolist(), table.parts.settled_labels().tolist()
    named = [LABEL_NAMES[code] if code in CLASSES else "" for code in codes]  # or undecided
    out = {i: name for i, name in zip(ids, named, strict=True) if i >= 0}
    said = ((i, unit.label) for i, unit in spoken_of(manual).items())
    return out | {i: LABEL_NAMES[label] for i, label in said if label is not None}


def labels_by_id(table: Settled) -> dict[int, int]:
    """Return the code of Bombcell's label by cluster id; rows without an id are left out."""
    codes = zip(table.ids.cluster_id.tolist(), table.bombcell_labels.tolist(), strict=True)
    return {i: code for i, code in codes if i >= 0}


def spoken_of(manual: Manual) -> dict[int, ManualUnit]:
    """Return the units with a label, a note or a stable time, by cluster id in order.

    What older journals say of −1 is left out: it stood for rows without an id.
    """
    return {
        i: unit
        for i, unit in sorted(manual.items())
        if i >= 0 and (unit.label is not None or unit.note or unit.stable)
    }


def writable(text: str) -> str:
    """Return a text with a ``?`` for each byte that is no text: no format can hold those."""
    return text.encode("utf-8", "replace").decode()


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame of what was said with the kinds of its columns."""
    return frame.astype({name: _kind(name) for name in frame.columns})


def _kind(name: str) -> str:
    return "float64" if name in EXPORT_STABLE else "string"


def stable_of(unit: ManualUnit) -> tuple[float, float]:
    """Return from when to when a unit is stable, s, exactly as it was chosen; NaN: not kept."""
    kept = unit.stretch
    return (kept.start_s, kept.stop_s) if kept is not None else (math.nan, math.nan)


def _texts(unit: ManualUnit) -> tuple[str | float | None, ...]:
    """Return label, note, who and when of each, people's opinions, and from when to when stable.

    None, or NaN: there is none.
    """
    label = None if unit.label is None else LABEL_NAMES[unit.label]
    said = (unit.note, unit.by, unit.at, unit.note_by, unit.note_at, unit.opinions)
    return (label, *(writable(text) or None for text in said), *stable_of(unit))
