"""Columns of several sheets as one: values one after the other, and texts by one list of codes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bcviewer.core.curation.said_columns import ManualColumns, TextCodes
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.core.sheet.padding import CodesTexts, Values


def joined_numbers(parts: Sequence[Values | None], lengths: Sequence[int]) -> Values:
    """Return numbers or flags one after the other; None: so many missing ones."""
    return np.concatenate(
        [
            np.full(n, np.nan) if part is None else part
            for part, n in zip(parts, lengths, strict=True)
        ]
    )


def joined_texts(parts: Sequence[CodesTexts | None], lengths: Sequence[int]) -> CodesTexts:
    """Return text columns as one, with distinct texts; None: so many rows without one."""
    known: dict[str, int] = {}
    codes = []
    for part, n in zip(parts, lengths, strict=True):
        if part is None:
            codes.append(np.full(n, known.setdefault("", len(known)), np.int64))
        else:
            codes.append(_coded(part, known))
    return np.concatenate(codes), np.array(list(known), dtype=object)


def joined_ids(parts: Sequence[UnitIds]) -> UnitIds:
    """Return the ids of several sheets' rows; each sheet's are its own units'."""
    lengths = [len(part) for part in parts]
    return UnitIds(
        np.concatenate([part.cluster_id for part in parts]),
        np.repeat(np.arange(len(parts), dtype=np.int64), lengths),
    )


def joined_said(parts: Sequence[ManualColumns]) -> ManualColumns:
    """Return what curators said of several sheets' rows."""
    labels = np.concatenate([part.labels for part in parts])
    texts = [name for name in ManualColumns.__dataclass_fields__ if name != "labels"]
    joined = (_joined_said_texts([getattr(part, name) for part in parts]) for name in texts)
    return ManualColumns(labels, *joined)


def _joined_said_texts(parts: Sequence[TextCodes]) -> TextCodes:
    known = {"": 0}  # as in each of them, code 0 says nothing
    codes = [_coded((part.codes, part.texts), known) for part in parts]
    return TextCodes(np.concatenate(codes).astype(np.int32), np.array(list(known), dtype=object))


def _coded(part: CodesTexts, known: dict[str, int]) -> Values:
    """Return a column's codes in a list of texts that grows by those it does not have."""
    codes, texts = part
    places = [known.setdefault(text, len(known)) for text in texts.tolist()]
    return np.array(places, np.int64)[codes] if places else np.zeros(0, np.int64)
