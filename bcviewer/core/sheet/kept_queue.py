"""A review queue as it is kept between two sessions, by cluster ids; read without trust."""

from __future__ import annotations

import json
from typing import Any, TypeGuard

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.core.run.unit_ids import UnitIds
from bcviewer.core.sheet.queue import QueueSpec, Review

VERSION = 1
MAX_IDS = 1_000_000
_LARGEST = 2**53


def to_text(review: Review, ids: UnitIds) -> str:
    """Return a queue as JSON."""
    spec = review.spec
    kept = {
        "v": VERSION,
        "order": spec.order,
        "size": spec.size,
        "classes": sorted(int(label) for label in spec.classes),
        "seed": spec.seed,
        "blind": spec.blind,
        "among": review.among,
        "left_out": review.left_out,
        "on": review.on,
        "ids": [*ids.ids_of(review.rows).tolist(), *review.missing],
    }
    return json.dumps(kept, separators=(",", ":"))


def from_text(text: str, ids: UnitIds) -> Review | None:
    """Return the queue that a text keeps, of the units that are (still) there; None: it is none.

    Units that were drawn and are gone are missing in it: it says so, and keeps them.
    """
    try:
        raw: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(raw, dict) or raw.get("v") != VERSION:
        return None
    spec, listed = _spec(raw), raw.get("ids")
    if spec is None or not isinstance(listed, list) or not 0 < len(listed) <= MAX_IDS:
        return None
    left_out = raw.get("left_out", 0)
    if not all(map(_is_count, (*listed, left_out, raw.get("among")))):
        return None
    rows, missing = _rows(ids, listed)
    if not len(rows):
        return None
    return Review(spec, rows, raw["among"], raw.get("on") is True, missing, left_out)


def is_same_queue(text: str, other: str) -> bool:
    """Return whether two texts keep one queue, on or left; what is none is no other one."""
    told = []
    for one in (text, other):
        try:
            raw = json.loads(one)
        except (ValueError, RecursionError):
            return True
        told.append({**raw, "on": True} if isinstance(raw, dict) else {})
    return not all(told) or told[0] == told[1]


def _spec(raw: dict[str, Any]) -> QueueSpec | None:
    order, size, seed, classes = (raw.get(name) for name in ("order", "size", "seed", "classes"))
    if order not in ("attention", "random") or not _is_count(seed) or not isinstance(classes, list):
        return None
    if size is not None and not _is_count(size):
        return None
    if not all(_is_count(code) and code in {int(label) for label in CLASSES} for code in classes):
        return None
    labels = frozenset(Label(code) for code in classes)
    return QueueSpec(order, size, labels, seed, raw.get("blind") is True)


def _rows(ids: UnitIds, listed: list[int]) -> tuple[Ints, tuple[int, ...]]:
    """Return the rows of ids, in their order, and the ids that no row has any more."""
    by_id: dict[int, int] = {}
    sayable = np.flatnonzero(ids.sayable)
    for row, i in zip(sayable.tolist(), ids.ids_of(sayable).tolist(), strict=True):
        by_id.setdefault(i, row)
    found = dict.fromkeys(by_id[i] for i in listed if i in by_id)
    missing = tuple(dict.fromkeys(i for i in listed if i not in by_id))
    return np.fromiter(found, np.int64, len(found)), missing


def _is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < _LARGEST
