"""Other thresholds and flags than a run's own: what is tried, by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bcviewer.core.rules.criteria import FLAGS, THRESHOLDS, Criteria
from bcviewer.errors import UsageError

OFFERED: tuple[str, ...] = (*THRESHOLDS, *FLAGS)
"""What a proposal can change, in the order in which its changes are listed."""

_Read = TypeVar("_Read")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Proposal:
    """Thresholds and flags to judge by instead of a run's own.

    Attributes
    ----------
    changes : tuple of (str, float or bool)
        The changed parameters by name, in the order of the rules.
    """

    changes: tuple[tuple[str, float | bool], ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, float | bool]) -> Proposal:
        """Return the proposal of some values by name."""
        return cls(tuple((name, values[name]) for name in OFFERED if name in values))

    @property
    def words(self) -> str:
        """The changes as they are typed: ``minPresenceRatio=0.6 computeDrift=false``."""
        return " ".join(f"{name}={value_words(value)}" for name, value in self.changes)

    def against(self, criteria: Criteria) -> Proposal:
        """Return those of the changes that change anything of a run's criteria."""
        now = criteria.values
        return Proposal(tuple((n, v) for n, v in self.changes if n not in now or now[n] != v))

    def with_change(self, name: str, value: float | bool | None) -> Proposal:
        """Return it with a parameter set to a value; None: as it was saved.

        Raises
        ------
        UsageError
            For a name, or a value, that :func:`parse_changes` would refuse.
        """
        values = dict(self.changes)
        values.pop(name, None)
        if value is not None:
            values[name] = parse_value(name, value_words(value))
        return Proposal.of(values)

    def on(self, criteria: Criteria) -> Criteria:
        """Return a run's criteria with the changes, as Bombcell would fill in the rest."""
        return criteria.replace(**dict(self.against(criteria).changes))


NO_PROPOSAL = Proposal()
"""Everything as it was saved."""


def value_words(value: object) -> str:
    """Return a parameter's value as it is typed; an absent one as ``absent``."""
    if value is None:
        return "absent"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(float(value)).removesuffix(".0")
    return str(value)


def parse_changes(texts: Iterable[str]) -> Proposal:
    """Return the proposal that ``NAME=VALUE`` texts make.

    Thresholds take numbers (``inf`` too), flags ``true``, ``false``, ``1`` or ``0``.

    Raises
    ------
    UsageError
        For a name that is no threshold or flag of Bombcell's, given twice, or with a value that
        it cannot have. One line.
    """
    return Proposal.of(parse_pairs(texts, parse_value))


def parse_pairs(texts: Iterable[str], parse: Callable[[str, str], _Read]) -> dict[str, _Read]:
    """Return the values of ``NAME=VALUE`` texts by name, each as ``parse`` reads it.

    Raises
    ------
    UsageError
        For a text without a value, and a name that is given twice; and what ``parse`` raises.
    """
    values: dict[str, _Read] = {}
    for text in texts:
        name, sign, value = (part.strip() for part in text.partition("="))
        if not sign:
            raise UsageError(f"--set {text}: NAME=VALUE is expected.", "As minPresenceRatio=0.6.")
        if name in values:
            raise UsageError(f"--set {text}: {name} is set twice.", "Leave one of them out.")
        values[name] = parse(name, value)
    return values


def parse_value(name: str, text: str) -> float | bool:
    """Return the value of one parameter; raise ``UsageError`` as :func:`parse_changes` does."""
    if name in FLAGS:
        return parse_flag(name, text)
    if name not in THRESHOLDS:
        raise _not_offered(name)
    number = parse_number(text)
    if math.isnan(number):
        raise UsageError(f"{name}={text}: is a threshold.", "Give a number, as 0.6 or 1e-3.")
    return number


def parse_flag(name: str, text: str) -> bool:
    """Return whether a flag is on; raise ``UsageError`` for a text that says neither."""
    if text.casefold() not in _TRUTH:
        raise UsageError(f"{name}={text}: is on or off.", "Give true, false, 1 or 0.")
    return _TRUTH[text.casefold()]


def parse_number(text: str) -> float:
    """Return the number that somebody typed; NaN: it is none. A long minus is a minus.

    Digits beyond all numbers (``1e999``) are none: infinite is what is typed as ``inf``.
    """
    try:
        number = math.nan if "_" in text else float(text.strip().replace("−", "-"))
    except ValueError:
        return math.nan
    return math.nan if math.isinf(number) and any(map(str.isdigit, text)) else number


def _not_offered(name: str) -> UsageError:
    from bcviewer.core.comparison.measured import BESIDE, MEASURED  # hardly ever needed

    if name in MEASURED:
        return UsageError(
            f"{name}: chooses how a metric is measured, which saved metrics cannot answer:"
            " it needs `bcviewer run`."
        )
    if name in BESIDE:
        return UsageError(f"{name}: no label follows from it.", "Leave it out.")
    import difflib

    near = difflib.get_close_matches(name, OFFERED, 1, 0.5) or difflib.get_close_matches(
        name.casefold(), [one for one in OFFERED if one.casefold() == name.casefold()], 1, 0.0
    )
    hint = f"Is {near[0]} meant?" if near else f"There is: {', '.join(OFFERED)}."
    return UsageError(f"{name or 'no name'}: is no threshold or flag of Bombcell's.", hint)
