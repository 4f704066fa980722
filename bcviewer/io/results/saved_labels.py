"""The labels that a run saved: from its table, and with care from a TSV beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bcviewer.core.arrays import Array, Codes, Ints
from bcviewer.core.rules.counts import count_of, first_of
from bcviewer.core.rules.labels import LABEL_NAMES, Label, parse_label, parse_labels
from bcviewer.core.run.run import Issue
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.files import one_line, printable
from bcviewer.io.results.cluster_tsv import read_tsv_column
from bcviewer.io.results.folders import results_in

COLUMN = "bc_unitType"


def saved_labels(
    columns: Mapping[str, Array], cluster_id: Ints, results: Path, ks_dir: Path, file: str
) -> tuple[Array, Codes, list[Issue]]:
    """Return the saved labels as text (None: none), their codes, and what is odd about them.

    Parameters
    ----------
    columns : mapping of str to numpy.ndarray
        The unit table.
    cluster_id : numpy.ndarray of int64
        phy's ids, shape (n_units,).
    results, ks_dir : Path
        The results folder and the Kilosort directory.
    file : str
        Name of the table's file, for messages.
    """
    texts = columns.get(COLUMN)
    issues: list[Issue] = []
    if texts is None:
        texts, issue = _from_tsv(cluster_id, results, ks_dir)
        issues.append(issue)
    elif texts.dtype != object:
        texts = np.array([None if t != t else f"{t:g}" for t in texts.tolist()], dtype=object)
    codes = parse_labels(texts)
    return texts, codes, issues + _spellings(texts, codes, file)


def _from_tsv(cluster_id: Ints, results: Path, ks_dir: Path) -> tuple[Array, Issue]:
    """Return labels from ``cluster_bc_unitType.tsv``, where phy cannot have changed it.

    phy reads and rewrites every TSV of the Kilosort directory, but none of the results folder.
    """
    nothing: Array = np.full(len(cluster_id), None, dtype=object)
    found = [folder for folder in (results, ks_dir) if (folder / names.LABELS_TSV).exists()]
    if not found:
        return nothing, Issue(
            names.UNITS_PARQUET, f"no saved labels (no column {COLUMN}).", "The audit's are shown."
        )
    path = found[0] / names.LABELS_TSV
    try:
        if found[0] != results:
            _check_shared(results, ks_dir)
        column = read_tsv_column(path)
        if set(column.values) != set(cluster_id[cluster_id >= 0].tolist()):
            raise UserError("its cluster ids are not those of the table")
    except UserError as error:
        effect = "No saved labels; the audit's are shown."
        return nothing, Issue(path.name, f"{error.message}.", effect)
    effect = f"Read from the file in {one_line(path.parent.name)}."
    return column.of(cluster_id), Issue(path.name, "the table has no saved labels.", effect)


def _check_shared(results: Path, ks_dir: Path) -> None:
    """Refuse a TSV of the Kilosort directory that may not be what this run wrote."""
    if (ks_dir / names.PHY_FOLDER).exists():
        raise UserError("phy has been here and may have changed it")
    if next(results_in(ks_dir), results) != results:
        raise UserError("it may belong to another of the results folders")


def _spellings(texts: Array, codes: Codes, file: str) -> list[Issue]:
    """Return one issue for labels that are not spelled as Bombcell spells them."""
    odd: dict[str, int] = {}
    none = 0
    for text, n in Counter(texts.tolist()).items():
        if text is None:
            none += n
        elif text not in LABEL_NAMES[: Label.INCOMPLETE]:
            odd[text] = n
    issues = []
    if odd:
        shown = first_of([_meaning(text) for text in odd], 4)
        units = count_of(sum(odd.values()), "unit")
        what = f"labels that Bombcell spells otherwise ({units}): {shown}."
        issues.append(Issue(file, what))
    if none and none < len(codes):
        issues.append(
            Issue(file, f"no saved label for {none:,} of {count_of(len(codes), 'unit')}.")
        )
    return issues


def _meaning(text: str) -> str:
    label = parse_label(text)
    means = "unknown" if label == Label.UNKNOWN else LABEL_NAMES[label] or "empty"
    return f"'{printable(text, 30)}' ({means})"
