"""Rows in the order of a column, and what the attention order of units is made of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bcviewer.core.arrays import Bools, Codes, Floats, Ints
from bcviewer.core.audit.order import attention_order
from bcviewer.core.sheet.padding import CodesTexts, Values


def by_texts(found: CodesTexts, descending: bool) -> Ints:
    """Return the rows by a column of texts, whatever their case; rows without one come last."""
    codes, texts = found
    folded = np.array([str(text).casefold() for text in texts], dtype=object)
    rank = np.unique(folded, return_inverse=True)[1]
    key = rank[codes].astype(np.float64)
    key[np.isin(codes, np.flatnonzero(texts == ""))] = np.nan
    return by_numbers(key, descending)


def by_numbers(values: Values, descending: bool) -> Ints:
    """Return the rows by numbers or flags; missing ones come last either way."""
    key = values.astype(np.float64, copy=False)
    return np.argsort(-key if descending else key, kind="stable")


class AttentionKeys(NamedTuple):
    """What a unit's place in the attention order follows from, shape (n_units,) each.

    ``in_roi`` is None where nobody said which units are in the region of interest. The other
    fields are the arguments of :func:`~bcviewer.core.audit.order.attention_order`.
    """

    group: Codes
    conditions: Ints
    distance: Floats
    room: Floats
    in_roi: Bools | None

    def order(self) -> Ints:
        """Return the rows in attention order."""
        return attention_order(self.group, self.conditions, self.distance, self.room, self.in_roi)


def joined_keys(parts: tuple[AttentionKeys, ...]) -> AttentionKeys:
    """Return the keys of several sheets' rows.

    Of a recording without a region of interest no unit is known to be outside it: they stand
    beside those inside.
    """
    group, conditions, distance, room = (
        np.concatenate([part[i] for part in parts]) for i in range(4)
    )
    inside = None
    if any(part.in_roi is not None for part in parts):
        inside = np.concatenate(
            [np.ones(len(p.group), bool) if p.in_roi is None else p.in_roi for p in parts]
        )
    return AttentionKeys(group, conditions, distance, room, inside)
