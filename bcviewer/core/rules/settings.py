"""How a run was measured: its saved parameters that no rule reads. History, to be read only."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """The parameters of a run beside its criteria.

    Attributes
    ----------
    saved : mapping
        What was read, by today's names, as plain Python values.
    """

    saved: Mapping[str, object]

    @classmethod
    def from_saved(cls, saved: Mapping[str, object], judged: Mapping[str, object]) -> Settings:
        """Return those of all saved parameters that are not among those judged by."""
        rest = {name: value for name, value in saved.items() if name not in judged}
        return cls(MappingProxyType(rest))

    def number(self, name: str) -> float:
        """Return any numeric parameter, NaN where it is absent or no number."""
        number = as_number(self.saved.get(name))
        return math.nan if number is None else number

    def text(self, name: str) -> str:
        """Return any text parameter, empty where it is absent or no text."""
        value = self.saved.get(name)
        return value if isinstance(value, str) else ""


def as_number(value: object) -> float | None:
    """Return a saved value as float: NaN where it is unset, None where it is no number."""
    if value is None:
        return math.nan
    if isinstance(value, (bool, int, float)):
        try:
            return float(value)
        except OverflowError:  # a whole number of more than 308 digits
            return None
    if isinstance(value, str):
        if value.strip().casefold() in {"", "nan", "none", "null"}:
            return math.nan
        try:
            return float(value)
        except ValueError:
            return None
    return None
