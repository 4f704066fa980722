"""The words of the filter language: its keywords and functions, with their help."""

from __future__ import annotations

from dataclasses import dataclass

KEYWORDS: dict[str, str] = {
    "and": "Both sides hold; also &&.",
    "or": "At least one side holds; also ||.",
    "not": "The condition does not hold; also !. Looser than comparisons: not x < 2.",
    "in": "The value is one of a list: label in ('MUA', 'GOOD'); also not in.",
    "contains": "The text has this part, whatever its case: reason contains 'drift'; also ~.",
    "true": "Yes: borderline == true is the same as borderline.",
    "false": "No: borderline == false is the same as not borderline.",
}
"""Every keyword (any case) and its help."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language: how it is written, its help, and how many arguments it takes."""

    usage: str
    help: str
    n_min: int
    n_max: int


FUNCTIONS: dict[str, Function] = {
    "missing": Function("missing(x)", "x has no value. Comparisons with it never hold.", 1, 1),
    "contains": Function("contains(text, 'abc')", "text has 'abc' in it, any case.", 2, 2),
    "abs": Function("abs(x)", "x without its sign.", 1, 1),
    "log10": Function("log10(x)", "Decimal logarithm of x; missing where x < 0.", 1, 1),
    "min": Function("min(a, b)", "The least; missing where one is missing.", 2, 99),
    "max": Function("max(a, b)", "The greatest; missing where one is missing.", 2, 99),
}
"""Every function (any case)."""
