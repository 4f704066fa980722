"""Which columns several sheets have together, and what they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from bcviewer.core.rules.column import Column, Kind
from bcviewer.core.rules.columns import OWN_COLUMNS, PROBE
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.sheet.sheet import Sheet

_KIND_WORDS: dict[Kind, str] = {"number": "a number", "text": "text", "flag": "a condition"}


class AgreedColumns:
    """The columns of several sheets: those of any of them, where they agree what one is.

    Parameters
    ----------
    sheets : tuple of Sheet
        The sheets.
    probes : tuple of str
        What people call each.
    """

    def __init__(self, sheets: tuple[Sheet, ...], probes: tuple[str, ...]) -> None:
        self.sheets, self.probes = sheets, probes
        self._kinds: dict[str, Kind | None] = {}
        self._columns: dict[str, Column] = {}

    def having(self, name: str) -> Iterator[tuple[int, Kind]]:
        """Yield the sheets that have a column, by their number, and what it is there."""
        for i, sheet in enumerate(self.sheets):
            kind = sheet.kind(name)
            if kind is not None:
                yield i, kind

    @cached_property
    def _all_names(self) -> tuple[str, ...]:
        """The names of all columns that any of them has, ours first."""
        any_of = dict.fromkeys(name for sheet in self.sheets for name in sheet.names())
        own = [column.key for column in OWN_COLUMNS if column.key in any_of]
        metrics = [name for name in any_of if name in METRICS]
        return tuple(dict.fromkeys([PROBE.key, *own, *metrics, *any_of]))

    def names(self) -> Sequence[str]:
        """Return the keys of the columns, ``probe`` first."""
        return [name for name in self._all_names if self.kind(name) is not None]

    def extra_names(self) -> Sequence[str]:
        """Return the keys of the columns of other programs, then of imported labels."""
        own = dict.fromkeys(name for sheet in self.sheets for name in sheet.extra_names())
        imported = self.imported()
        first = [name for name in own if name not in imported]
        return [name for name in (*first, *self.imported()) if self.kind(name) is not None]

    def imported(self) -> Sequence[str]:
        """Return the keys of the columns of imported labels."""
        return list(dict.fromkeys(name for sheet in self.sheets for name in sheet.imported()))

    def kind(self, name: str) -> Kind | None:
        """Return what a column holds, or None where there is none of which they agree."""
        if name not in self._kinds:
            kinds = {kind for _, kind in self.having(name)}
            partly = kinds == {"flag"} and any(s.kind(name) is None for s in self.sheets)
            known = len(kinds) == 1 and not partly
            self._kinds[name] = "text" if name == PROBE.key else kinds.pop() if known else None
        return self._kinds[name]

    def why_absent(self, name: str) -> str:
        """Return why there is no such column although a sheet has one; else nothing."""
        where: dict[Kind, list[str]] = {}
        for i, kind in self.having(name):
            where.setdefault(kind, []).append(self.probes[i])
        if self.kind(name) is not None or not where:
            return ""
        parts = [f"{_KIND_WORDS[kind]} in {', '.join(probes)}" for kind, probes in where.items()]
        if len(parts) == 1:  # a condition can be true or false, but not missing
            parts.append("not known of the others")
        return f"{name} is {' and '.join(parts)}"

    def column(self, name: str) -> Column:
        """Return what a column is.

        Raises
        ------
        KeyError
            If there is none of this name, or none of which they agree.
        """
        if name not in self._columns:  # asked for with each cell that is painted
            self._columns[name] = self._column(name)
        return self._columns[name]

    def _column(self, name: str) -> Column:
        if name == PROBE.key:
            return PROBE
        if why := self.why_absent(name):
            raise KeyError(why)
        first = next(self.having(name), None)
        return self.sheets[first[0] if first else 0].column(name)
