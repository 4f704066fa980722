"""Modules that are read in one sitting, functions that are seen at once; no test left out."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from _pytest.mark.expression import Expression
from conftest import COLLECTED

import bcviewer

PACKAGE = Path(bcviewer.__file__).parent
ROOT = Path(__file__).resolve().parent.parent
MODULE = 350
"""Most lines of a module. One that grows has a state that nobody owns: move that, not lines."""
SMALLER = {"app/session.py": 300, "frame/window.py": 300}
"""What everything meets in holds nothing itself."""
FUNCTION = 40
"""Most lines of a function, without its docstring."""


def too_long(path: str, source: str) -> list[str]:
    """Return a line for the module, and for each function, that is over its limit."""
    sizes = {path: (len(source.splitlines()), SMALLER.get(path, MODULE))}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            sizes[f"{path}:{node.name}"] = max(
                sizes.get(f"{path}:{node.name}", (0, 0)), (_lines(node), FUNCTION)
            )
    return [
        f"{key}: {n} lines, {limit} are allowed" for key, (n, limit) in sizes.items() if n > limit
    ]


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    doc = function.body[0] if ast.get_docstring(function) is not None else None
    described = doc.end_lineno - doc.lineno + 1 if doc is not None else 0
    return function.end_lineno - function.lineno + 1 - described


def test_no_module_and_no_function_is_too_long() -> None:
    found = [
        line
        for file in sorted(PACKAGE.rglob("*.py"))
        for line in too_long(file.relative_to(PACKAGE).as_posix(), file.read_text("utf-8"))
    ]
    assert not found, "\n".join(found)


def test_what_is_too_long_is_found() -> None:
    long = "def f():\n" + '    """Say.\n\n    More.\n    """\n' + "    x = 1\n" * 40
    assert too_long("a.py", long) == ["a.py:f: 41 lines, 40 are allowed"]
    assert too_long("a.py", long.replace("    x = 1\n", "", 1)) == []
    inner = "class C:\n    def f(self): ...\n\n" + long + "\nclass D:\n    def f(self): ...\n"
    assert too_long("a.py", inner) == ["a.py:f: 41 lines, 40 are allowed"]
    assert too_long("a.py", "x = 1\n" * 350) == []
    assert too_long("a.py", "x = 1\n" * 351) == ["a.py: 351 lines, 350 are allowed"]
    assert too_long("app/session.py", "x = 1\n" * 301) != []


# -- what CI runs is every test ---------------------------------------------------------------

CHOOSES_NONE = {
    *("-q", "--strict-markers", "--strict-config", "-n", "auto", "--dist", "worksteal"),
    *("--benchmark-skip", "--hypothesis-profile=bcviewer"),
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


def the_slow_ones() -> Expression:
    """`make slow`."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    found = re.search(r"^slow:.*\n\t\$\(PYTHON\) -m pytest (.*)\n\n", makefile, re.MULTILINE)
    assert found is not None
    return run_by(found[1])


def neither(marks: set[str]) -> bool:
    """Whether a test with these marks is run neither by the suite nor by `make slow`."""
    return not any(
        e.evaluate(lambda name, **_: name in marks) for e in (the_suite(), the_slow_ones())
    )


def test_every_test_is_run_by_the_suite_or_by_make_slow(request: pytest.FixtureRequest) -> None:
    collected = request.config.stash[COLLECTED]
    assert request.node in collected
    left_out = [i.nodeid for i in collected if neither({m.name for m in i.iter_markers()})]
    assert left_out == []


@pytest.mark.parametrize("narrower", ["-k quick", "--ignore=tests/gui", "--deselect=x", "tests/io"])
def test_a_command_that_leaves_tests_out_is_found(narrower: str) -> None:
    assert run_by("-q -m 'not slow'").evaluate(lambda name, **_: name == "gui")
    with pytest.raises(AssertionError):
        run_by(f"-q -m 'not slow' {narrower}")


def test_a_property_in_a_test_is_marked_as_one() -> None:
    """The mark that `make slow` goes by is set by hypothesis where it decorates the test itself."""
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


def test_ci_runs_both_and_ends_with_the_suite() -> None:
    if not (ci := ROOT / ".ci" / "run").exists():
        pytest.skip("in a checkout only")
    lines = ci.read_text("utf-8").splitlines()
    assert "make slow" in lines
    assert lines[-1] == 'eval "$TEST_COMMAND"'
    assert "TEST_COMMAND='python3 -m pip install \".[test]\" && python3 -m pytest'" in lines
