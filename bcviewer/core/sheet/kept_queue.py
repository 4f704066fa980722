"""A review queue as it is kept between two sessions, by cluster ids; read without trust."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

import numpy as np

from bcviewer.core.arrays import Ints
from bcviewer.core.rules.labels import CLASSES, Label
from bcviewer.core.run.unit_ids import UnitIds, is_digest
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.queue import QueueSpec, QueueUnit, Review

VERSION = 1
MAX_IDS = 1_000_000
_MOST_RECORDINGS = 1000
_LARGEST = 2**53


def to_text(review: Review, ids: UnitIds) -> str:
    """Return a queue of one recording as JSON."""
    units = [*ids.ids_of(review.rows).tolist(), *review.missing]
    return _written(review, {"ids": units}, units)


def to_text_of_all(review: Review, book: Book, keys: Sequence[str], at: int) -> str:
    """Return a queue over several recordings as JSON.

    Parameters
    ----------
    review : Review
        The queue.
    book : Book
        The recordings that are open.
    keys : sequence of str
        What the recording of each sheet is known by.
    at : int
        When it is kept, ms since 1970: each recording has a copy, and the last one counts.
    """
    of = np.zeros(len(review.rows), np.int64)
    for which in range(len(book)):
        of[np.isin(review.rows, book.within(which, review.rows))] = which
    gone = [unit for unit in review.missing if isinstance(unit, tuple)]
    names = list(dict.fromkeys([*keys, *(key for key, _ in gone)]))
    numbers = [*of.tolist(), *(names.index(key) for key, _ in gone)]
    ids = [*book.table.ids.ids_of(review.rows).tolist(), *(i for _, i in gone)]
    each = [(names[number], i) for number, i in zip(numbers, ids, strict=True)]
    units = {"at": at, "recordings": names, "of": numbers, "ids": ids}
    return _written(review, units, each)


def _written(review: Review, units: dict[str, Any], each: Sequence[QueueUnit]) -> str:
    spec, of = review.spec, review.spikes
    spikes = [[place, of[unit]] for place, unit in enumerate(each) if of.get(unit)] if of else []
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
        **units,
        **({"spikes": spikes} if spikes else {}),
    }
    return json.dumps(kept, separators=(",", ":"))


def from_text(text: str, ids: UnitIds) -> Review | None:
    """Return the queue that a text keeps, of the units that are (still) there; None: it is none.

    Units that were drawn and are gone are missing in it: it says so, and keeps them.
    """
    raw = _read(text)
    if raw is None:
        return None
    by_id, listed = _by_id(ids), list(dict.fromkeys(raw["ids"]))
    rows = [by_id[i] for i in listed if i in by_id]
    return _review(raw, rows, tuple(i for i in listed if i not in by_id), raw["ids"])


def found_again(review: Review, row_of: Callable[[QueueUnit], int]) -> Review:
    """Return a queue with those of its missing units that have a row by now, at its end.

    They are of phy's making, and what it made is known later than the queue. A blind review stays
    as it was drawn.

    Parameters
    ----------
    review : Review
        The queue.
    row_of : callable
        The row of a missing unit, as ``Review.missing`` names it; −1: it has none.
    """
    if review.is_blind or not review.missing:
        return review
    rows = {unit: row_of(unit) for unit in review.missing}
    there = [row for row in rows.values() if row >= 0]
    if not there:
        return review
    left = tuple(unit for unit in review.missing if rows[unit] < 0)
    return replace(review, rows=np.concatenate([review.rows, there]), missing=left)


def from_text_of_all(text: str, book: Book, keys: Sequence[str]) -> Review | None:
    """Return the queue over several recordings that a text keeps; None: it is none.

    Units of recordings that are not open are missing in it, as those that are gone.

    Parameters
    ----------
    text : str
        What :func:`to_text_of_all` wrote, read without trust.
    book : Book
        The recordings that are open.
    keys : sequence of str
        What the recording of each sheet is known by.
    """
    raw = _of_all(text)
    if raw is None:
        return None
    names, ids = raw["recordings"], np.array(raw["ids"], np.int64)
    of = np.array([names.index(name) for name in names], np.int64)[raw["of"]]
    rows, once = np.full(len(ids), -1), np.zeros(len(ids), bool)
    for number in np.unique(of).tolist():
        here = np.flatnonzero(of == number)
        once[here[np.unique(ids[here], return_index=True)[1]]] = True
        if names[number] in keys:
            which = keys.index(names[number])
            found = _rows_of(book.sheets[which].ids, ids[here])
            rows[here] = np.where(found < 0, -1, book.rows_of(which, found))
    gone = np.flatnonzero(once & (rows < 0)).tolist()
    missing = tuple((names[of[at]], raw["ids"][at]) for at in gone)
    each = [(names[number], i) for number, i in zip(of.tolist(), raw["ids"], strict=True)]
    return _review(raw, rows[once & (rows >= 0)].tolist(), missing, each)


def _rows_of(ids: UnitIds, wanted: Ints) -> Ints:
    """Return the row of each of some ids, the first of those that it has; -1: it has none."""
    sayable = np.flatnonzero(ids.sayable)
    known, first = np.unique(ids.ids_of(sayable), return_index=True)
    if not len(known):
        return np.full(len(wanted), -1)
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[at] == wanted, sayable[first[at]], -1)


def hidden_by_all(text: str, key: str) -> list[int]:
    """Return the cluster ids of a recording that a blind review over several was drawn of."""
    raw = _of_all(text)
    if raw is None or raw.get("blind") is not True:
        return []
    mine = {number for number, name in enumerate(raw["recordings"]) if name == key}
    return [i for number, i in zip(raw["of"], raw["ids"], strict=True) if number in mine]


def newest_first(texts: Sequence[str]) -> list[str]:
    """Return those of several copies that are of a queue over all, the one kept last first.

    A copy may be damaged or say what cannot be: then the one before it counts.
    """
    read = [(text, raw) for text in dict.fromkeys(texts) if (raw := _of_all(text)) is not None]
    return [text for text, _ in sorted(read, key=lambda one: -one[1]["at"])]


def _read(text: str) -> dict[str, Any] | None:
    """Return what a text says of a queue, where all that every queue has is sound."""
    try:
        raw: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(raw, dict) or raw.get("v") != VERSION:
        return None
    listed = raw.get("ids")
    if _spec(raw) is None or not isinstance(listed, list) or not 0 < len(listed) <= MAX_IDS:
        return None
    counts = (*listed, raw.get("left_out", 0), raw.get("among"))
    return raw if all(map(_is_count, counts)) and _tells_spikes(raw, len(listed)) else None


def _tells_spikes(raw: dict[str, Any], n: int) -> bool:
    """Return whether what a text says of spikes is sound: a digest by the place of a unit."""
    said = raw.get("spikes", [])
    if not isinstance(said, list) or not all(isinstance(o, list) and len(o) == 2 for o in said):
        return False
    return all(_is_count(place) and place < n and is_digest(had) for place, had in said)


def _of_all(text: str) -> dict[str, Any] | None:
    """Return what a text says of a queue over several recordings, where all of it is sound."""
    raw = _read(text)
    names, of, at = (None,) * 3 if raw is None else map(raw.get, ("recordings", "of", "at"))
    if not isinstance(names, list) or not isinstance(of, list) or not _is_count(at):
        return None
    if raw is None or len(of) != len(raw["ids"]) or len(names) > _MOST_RECORDINGS:
        return None
    if not all(isinstance(name, str) for name in names):
        return None
    return raw if all(_is_count(number) and number < len(names) for number in of) else None


def _review(
    raw: dict[str, Any],
    rows: list[int],
    missing: tuple[QueueUnit, ...],
    each: Sequence[QueueUnit],
) -> Review | None:
    spec = _spec(raw)
    if spec is None or not rows:
        return None
    on, left_out = raw.get("on") is True, raw.get("left_out", 0)
    spikes = {each[place]: had for place, had in raw.get("spikes", [])}
    return Review(spec, np.array(rows, np.int64), raw["among"], on, missing, left_out, spikes)


def is_same_queue(text: str, other: str) -> bool:
    """Return whether two texts keep one queue, on or left; what is none is no other one."""
    told = []
    for one in (text, other):
        try:
            raw = json.loads(one)
        except (ValueError, RecursionError):
            return True
        same = {"on": True, "at": 0, "spikes": 0}  # of which spikes is known later
        told.append({**raw, **same} if isinstance(raw, dict) else {})
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


def _by_id(ids: UnitIds) -> dict[int, int]:
    """Return the row of each id, the first of those that it has."""
    by_id: dict[int, int] = {}
    sayable = np.flatnonzero(ids.sayable)
    for row, i in zip(sayable.tolist(), ids.ids_of(sayable).tolist(), strict=True):
        by_id.setdefault(i, row)
    return by_id


def _is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < _LARGEST
