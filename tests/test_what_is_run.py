"""Every test is run by README's command, `make slow` or `make long`; CI runs the first two."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from _pytest.mark.expression import Expression

ROOT = Path(__file__).resolve().parent.parent

CHOOSES_NONE = {
    *("-q", "--strict-markers", "--strict-config", "-n", "auto", "--dist", "worksteal"),
    *("--benchmark-skip", "--hypothesis-profile=slow"),
}
"""The other words of the two commands: none leaves a test out (but for what is timed)."""


def run_by(command: str) -> Expression:
    """Return which tests a command runs; it is to choose by one expression of marks only."""
    words = shlex.split(command)
    at = words.index("-m")
    assert {*words[:at], *words[at + 2 :]} <= CHOOSES_NONE, command
    return Expression.compile(words[at + 1])


def the_suite() -> Expression:
    """README's command: no option of its own, so those of pyproject.toml."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    options = settings["tool"]["pytest"]["ini_options"]
    assert options["testpaths"] == ["tests"]
    return run_by(options["addopts"])


def made_by(target: str) -> Expression:
    """`make slow`, `make long`."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    found = re.search(rf"^{target}:.*\n\t\$\(PYTHON\) -m pytest (.*)\n\n", makefile, re.MULTILINE)
    assert found is not None
    return run_by(found[1])


def left_out(marks: dict[str, set[str]], *commands: Expression) -> list[str]:
    """Return the tests, each with its marks, that none of some commands runs."""
    return [
        test
        for test, has in marks.items()
        if not any(one.evaluate(lambda name, has=has, **_: name in has) for one in commands)
    ]


def test_every_test_is_run_by_one_of_three_commands(
    request: pytest.FixtureRequest, collected: list[pytest.Item]
) -> None:
    marks = {item.nodeid: {mark.name for mark in item.iter_markers()} for item in collected}
    assert request.node.nodeid in marks
    assert left_out(marks, the_suite(), made_by("slow"), made_by("long")) == []


def test_what_no_command_runs_is_found() -> None:
    marks = {"a": {"slow", "gui"}, "b": {"hypothesis"}, "c": {"gui"}}
    assert left_out(marks, the_suite()) == ["a"]
    assert left_out(marks, made_by("slow")) == ["b", "c"]


@pytest.mark.parametrize("narrower", ["-k quick", "--ignore=tests/gui", "--deselect=x", "tests/io"])
def test_a_command_that_leaves_tests_out_is_found(narrower: str) -> None:
    assert run_by("-q -m 'not slow'").evaluate(lambda name, **_: name == "gui")
    with pytest.raises(AssertionError):
        run_by(f"-q -m 'not slow' {narrower}")


def test_a_property_in_a_test_is_marked_as_one() -> None:
    """`make properties` goes by the mark that hypothesis sets where it decorates the test."""
    within = [
        f"{path.name}: {test.name}"
        for path in sorted(Path(__file__).parent.rglob("test_*.py"))
        for test in ast.parse(path.read_text("utf-8")).body
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test_")
        for inner in ast.walk(test)
        if isinstance(inner, ast.FunctionDef) and inner is not test
        if any(ast.unparse(mark).startswith("given(") for mark in inner.decorator_list)
        if "pytest.mark.hypothesis" not in map(ast.unparse, test.decorator_list)
    ]
    assert within == []


def test_ci_runs_two_of_them_and_ends_with_the_suite() -> None:
    if not (ci := ROOT / ".ci" / "run").exists():
        pytest.skip("in a checkout only")
    lines = ci.read_text("utf-8").splitlines()
    assert "make slow" in lines
    assert lines[-1] == 'eval "$TEST_COMMAND"'
    assert "TEST_COMMAND='python3 -m pip install \".[test]\" && python3 -m pytest'" in lines
