"""Reads merges that other programs propose: SpikeInterface's curation, or a table of pairs."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

from bcviewer.core.curation.merge_queue import MOST_MERGES, MergeQueue, ProposedMerge
from bcviewer.core.rules.counts import count_of
from bcviewer.core.run.scored import MOST_TOGETHER, listed
from bcviewer.errors import UserError
from bcviewer.io.exchange.import_si import is_curation
from bcviewer.io.exchange.table_rows import rows_of, text_of
from bcviewer.io.files import one_line, read_bytes, reason

LARGEST = 16_000_000
"""Largest file that is read, bytes."""
_MOST_TOLD = 20
"""Of so many problems each is told."""
MOST_READ = 500_000
"""So many merges of a file are looked at; all others are counted."""
_MOST_NAMED = 100_000
"""A merge of more units than this is not looked at."""
_MOST_COLUMNS = 1_000
_HINT = (
    "It is SpikeInterface's curation (JSON with merges), or a table (CSV, TSV) with two columns of"
    " cluster ids and maybe a score."
)
_VERSIONS = ("0", "1", "2")
_ID_HEAD = re.compile(r"(?!\d$)(?:(?:unit|cluster|clu)?(?:id)?)([12ab])(?:id)?")
_SCORE_HEAD = re.compile(r"score|prob|simil|confid")
_SESSIONS = ("recses1", "recses2")
"""UnitMatch's columns of the recordings that the two units are of."""


@dataclass(frozen=True, slots=True)
class KnownUnits:
    """Which units there are.

    Attributes
    ----------
    units : set of int
        Cluster ids.
    gone : set of int
        Those that phy has merged or split since.
    si_ids : mapping of str to int or None
        Cluster ids by SpikeInterface's, where it has ids of its own.
    """

    units: Set[int]
    gone: Set[int] = frozenset()
    si_ids: Mapping[str, int] | None = None


@dataclass(slots=True)
class _Found:
    """What a file has by now."""

    name: str
    known: KnownUnits
    merges: dict[tuple[int, ...], ProposedMerge] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    sessions: set[str] = field(default_factory=set)
    more: int = 0
    repeated: int = 0
    alone: int = 0
    beyond: int = 0
    unread: int = 0
    _clusters: dict[tuple[type, Any, bool], int | None] = field(default_factory=dict)
    """Cluster ids by how units are named: most are named often."""

    def skip(self, where: str, why: str) -> None:
        """Tell that something is left out, and why."""
        if len(self.problems) < _MOST_TOLD:
            self.problems.append(f"{self.name}, {where}: {why}.")
        else:
            self.more += 1

    def take(self, where: str, units: list[Any], score: str, *, by_si: bool) -> None:
        """Take a merge of units as they are named in the file."""
        if len(units) > _MOST_NAMED:
            self._skip_many(where, len(units))
            return
        ids = [self._cluster(unit, by_si=by_si) for unit in units]
        there = list(dict.fromkeys(i for i in ids if i is not None))
        gone = [str(i) for i in there if i in self.known.gone]
        if None in ids:
            lacks = [unit for unit, i in zip(units, ids, strict=True) if i is None][:5]
            words = listed(tuple(one_line(unit, 20) for unit in lacks))
            self.skip(where, f"no unit of these results is called {words}")
        elif gone:
            self.skip(where, f"{listed(tuple(gone))} no longer there: merged or split in phy")
        elif len(there) > MOST_TOGETHER:
            self._skip_many(where, len(there))
        elif len(there) == 1 and self.sessions:  # a table of UnitMatch's has each unit's
            self.alone += 1
        elif len(there) == 1:
            self.skip(where, f"{there[0]} with itself")
        elif len(there) > 1:
            key = tuple(sorted(there))
            if key in self.merges:
                self.repeated += 1
            elif len(self.merges) >= MOST_MERGES:
                self.beyond += 1
            else:
                self.merges[key] = ProposedMerge(tuple(there), one_line(score, 20))

    def _skip_many(self, where: str, n: int) -> None:
        words = f"{count_of(n, 'unit')}, more than {MOST_TOGETHER} that are previewed"
        self.skip(where, words)

    def _cluster(self, unit: Any, *, by_si: bool) -> int | None:
        """Return the cluster id of a unit; None: there is none of that name."""
        if isinstance(unit, bool) or not isinstance(unit, (int, float, str)):
            return None
        key = unit.__class__, unit, by_si  # 1 and 1.0 are other names
        if key not in self._clusters:
            self._clusters[key] = self._cluster_called(unit, by_si=by_si)
        return self._clusters[key]

    def _cluster_called(self, unit: float | str, *, by_si: bool) -> int | None:
        text = str(unit).strip()
        if by_si and self.known.si_ids is not None:
            return self.known.si_ids.get(text)
        if not re.fullmatch(r"\d{1,18}(?:\.0*)?", text, re.ASCII):
            return None
        number = int(text.split(".")[0])
        return number if number in self.known.units or number in self.known.gone else None

    def told(self) -> tuple[str, ...]:
        """Return what is to be said, a line each."""
        counts = (
            (self.more, "more are left out like these"),
            (self.repeated, "named a second time: each is there once"),
            (self.alone, "of a unit with itself: left out"),
            (self.beyond, f"beyond the first {MOST_MERGES:,}: make the file smaller"),
            (self.unread, f"after the first {MOST_READ:,} are not read: make the file smaller"),
        )
        return (*self.problems, *(f"{self.name}: {n:,} {what}." for n, what in counts if n))


def read_merges(path: Path, known: KnownUnits) -> tuple[MergeQueue, tuple[str, ...]]:
    """Return the merges that a file proposes, and what is to be said of it, a line each.

    Raises
    ------
    UserError
        If it cannot be read, is of neither kind, or proposes none for these units.
    """
    name = one_line(path.name, 80)
    found = _Found(name, known)
    try:
        data = read_bytes(path, LARGEST)
        text = text_of(data)
        if is_curation(text):
            _take_curation(found, text)
        else:
            _take_table(found, text)
    except UserError as error:
        raise UserError(f"{name}: {error.message}.", error.hint or _HINT) from None
    except csv.Error as error:
        raise UserError(f"{name}: damaged ({reason(error)}).", _HINT) from None
    told = found.told()
    if not found.merges:
        raise UserError(f"{name}: no merge of units of these results.", " ".join(told[:3]) or _HINT)
    mark = blake2b(data, digest_size=8).hexdigest()
    return MergeQueue.of(name, found.merges.values(), mark), told


def _take_curation(found: _Found, text: str) -> None:
    try:
        content = json.loads(text, object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        raise UserError("not JSON, or cut off") from None
    version = str(content.get("format_version", "0"))
    if version not in _VERSIONS:
        raise UserError(f"a curation of format version {one_line(version, 20)}, not known here")
    splits = content.get("splits")
    if isinstance(splits, (list, dict)) and splits:
        found.skip("splits", f"{count_of(len(splits), 'split')} left out: only merges are taken")
    groups = _groups(content)
    for number, (units, new) in enumerate(islice(groups, MOST_READ), 1):
        where = f"merge {number}"
        if isinstance(units, list) and len(units) > 1:
            found.take(where, units, "", by_si=True)
        else:
            what = "" if new is None else f" ({one_line(new, 20)})"
            found.skip(where, f"no list of two units and more{what}")
    found.unread += sum(1 for _ in groups)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) < len(pairs):
        twice = next(name for name, n in Counter(name for name, _ in pairs).items() if n > 1)
        raise UserError(f"“{one_line(twice, 20)}” is in it twice: which is meant is not known")
    return out


def _groups(content: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the units of each merge, and what it is called, of any version."""
    for key in ("merges", "merge_unit_groups", "mergeGroups"):
        merges = content.get(key)
        if isinstance(merges, dict):
            yield from ((units, new) for new, units in merges.items())
        elif isinstance(merges, list):
            for merge in merges:
                named = isinstance(merge, dict)
                yield (merge.get("unit_ids"), merge.get("new_unit_id")) if named else (merge, None)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where what is; −1: nowhere."""

    ids: tuple[int, int]
    score: int
    sessions: tuple[int, int]


def _take_table(found: _Found, text: str) -> None:
    rows = ((line, row) for line, row in rows_of(text) if any(map(str.strip, row)))
    line, first = next(rows, (0, []))
    if len(first) > _MOST_COLUMNS:
        raise UserError(f"{count_of(len(first), 'column')}: no table of pairs")
    named = found.known.si_ids
    if named is not None and any(text != str(i) for text, i in named.items()):
        found.problems.append(
            f"{found.name}: its ids are read as cluster ids, not SpikeInterface's."
        )
    columns, is_head = _columns([cell.strip() for cell in first])
    if not is_head:
        _take_row(found, columns, line, first)
    for line, row in islice(rows, MOST_READ):
        _take_row(found, columns, line, row)
    found.unread += sum(1 for _ in rows)
    if len(found.sessions) > 1:
        n = count_of(len(found.sessions), "recording")
        raise UserError(f"pairs within {n}: which one this is is not known", "Keep its rows only.")


def _columns(cells: list[str]) -> tuple[_Columns, bool]:
    """Return where what is, and whether the first row is headings."""
    numbers = [re.fullmatch(r"\d+(?:\.0*)?", cell, re.ASCII) is not None for cell in cells]
    if len(cells) in (2, 3) and numbers[0] and numbers[1]:  # of more nothing says what they are
        return _Columns((0, 1), 2 if len(cells) > 2 else -1, (-1, -1)), False
    heads = [re.sub(r"[^a-z0-9]", "", cell.casefold()) for cell in cells]
    marks = [_ID_HEAD.fullmatch(head) for head in heads]
    ends = [None if mark is None else mark[1] for mark in marks]
    pairs = [(ends.index(a), ends.index(b)) for a, b in ("12", "ab") if a in ends and b in ends]
    if not pairs:
        shown = ", ".join(one_line(cell, 30) for cell in cells[:8])
        raise UserError(f"no two columns of cluster ids among {shown or 'none'}")
    score = next((i for i, head in enumerate(heads) if _SCORE_HEAD.search(head)), -1)
    there = all(name in heads for name in _SESSIONS)
    sessions = (heads.index(_SESSIONS[0]), heads.index(_SESSIONS[1])) if there else (-1, -1)
    return _Columns(pairs[0], score, sessions), True


def _take_row(found: _Found, columns: _Columns, line: int, row: list[str]) -> None:
    where = f"line {line}"
    if len(row) <= max(*columns.ids, *columns.sessions):
        found.skip(where, "too few columns")
        return
    sessions = {row[at].strip() for at in columns.sessions if at >= 0}
    if len(sessions) > 1:
        found.skip(where, "a pair of two recordings")
        return
    found.sessions |= sessions
    score = row[columns.score].strip() if 0 <= columns.score < len(row) else ""
    found.take(where, [row[at] for at in columns.ids], score, by_si=False)
