"""Modules that are read in one sitting, and functions that are seen at once."""

from __future__ import annotations

import ast
from pathlib import Path

import bcviewer

PACKAGE = Path(bcviewer.__file__).parent
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
