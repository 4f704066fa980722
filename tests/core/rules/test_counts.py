"""Counts in words: one function for all of them, and no text that makes its own."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import bcviewer
from bcviewer.core.rules.counts import count_of, counts_of, first_of, units_named, verb_of

SOURCES = sorted(
    path
    for path in Path(bcviewer.__file__).parent.rglob("*")
    if path.suffix in (".py", ".html") and path.name != "counts.py"
)

THINGS = (
    "unit|spike|label|note|row|id|line|column|recording|probe|run|file|folder|action|rule|reason"
    "|journal|violation|pair|channel|source|condition|interval|template|cluster|parameter|shank|bin"
)
COUNTED = re.compile(
    # a number that is written as one, and what is counted: one may be 1
    r"(\{(?!count_of)[^{}]*(?::,(?:\.0f)?|\blen\([^{}]*\)|\bn(?:_\w+)?)\}|format\([^()]*\) *\}\}) "
    rf"(?:[A-Za-z-]+ )?(?:{THINGS})s\b(?!/)"
)
OWN_PLURAL = re.compile(
    r"""(?:else|if) *["']s["']|["']s["'] *(?:\*|if)|["']{2} if [^"']* else "s\""""
)
ALWAYS_MANY = {
    # constants, and what is said only of more than one
    "all {in_sort:,} spikes",
    "{MOST_BINS:,} bins",
    "{MOST_FOLDERS:,} folders",
    "{MOST_ENTRIES:,} files",
    "{len(children):,} folders",
    "{rows:,} rows",
    "{columns:,} columns",
    "{FEW:,} units",
    '"{:,}".format(max_rows) }} units',
}


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "0 units"),
        (1, "1 unit"),
        (1.0, "1 unit"),
        (np.int64(1), "1 unit"),
        (2, "2 units"),
        (1316, "1,316 units"),
        (np.float32(4000.0), "4,000 units"),
    ],
)
def test_a_count_and_its_name_agree(n: float, words: str) -> None:
    assert count_of(n, "unit") == words


def test_other_plurals_and_verbs() -> None:
    assert [count_of(n, "unit is", "units are") for n in (1, 2)] == ["1 unit is", "2 units are"]
    assert [verb_of(n, "has", "have") for n in (0, 1, 7)] == ["have", "has", "have"]


def test_long_lists_are_cut_and_counted() -> None:
    assert first_of(["a", "b", "c"]) == "a, b, c"
    assert first_of(list("abcd")) == "a, b, c and 1 more"
    assert first_of(["x"] * 2000, 1) == "x and 1,999 more"
    assert units_named([5]) == "unit 5"
    assert units_named({9, 3}) == "units 3, 9"
    assert units_named(range(15)) == "units 0, 1, 2, 3, 4, 5, 6, 7 and 7 more"
    assert units_named(range(7), 5) == "units 0, 1, 2, 3, 4 and 2 more"


@pytest.mark.parametrize(
    "text",
    [
        'f"{len(rows):,} units written"',
        'f"{n:,} MUA units"',
        'f"{n} files written"',
        'f"{of} of {found.compared:,} labels agree"',
        '{{ "{:,}".format(probe.n_units) }} units',
    ],
)
def test_the_search_finds_a_count_of_its_own(text: str) -> None:
    assert COUNTED.search(text)


def test_counts_by_name() -> None:
    assert counts_of({"GOOD": 11, "MUA": 1_300}) == "GOOD 11, MUA 1,300"
    assert counts_of({}) == "none"


def test_nothing_makes_a_plural_of_its_own() -> None:
    """A text that says “1 units” was written where nobody thought of one."""
    found = []
    for path in SOURCES:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            counts = [m.group() for m in COUNTED.finditer(line)]
            known = [c for c in counts if any(c in many or many in line for many in ALWAYS_MANY)]
            if len(counts) > len(known) or OWN_PLURAL.search(line):
                found.append(f"{path.name}:{number}: {line.strip()}")
    assert found == []
