"""Reads the plain values of ``params.py`` without ever running it."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from pathlib import Path

from bcviewer.core.run.run import Issue
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.files import decode, read_bytes

_LARGEST = 1_000_000


def read_params_py(ks_dir: Path) -> tuple[dict[str, object], tuple[Issue, ...]]:
    """Return what ``params.py`` assigns as plain values, without running it.

    Anything but a literal (number, text, list) is left out with an issue. No file: nothing.
    """
    path = ks_dir / names.PARAMS_PY
    if not path.exists():
        return {}, ()
    try:
        text = decode(read_bytes(path, _LARGEST))
    except UserError as error:
        return {}, (Issue(path.name, f"{error.message}.", "It is ignored."),)
    values: dict[str, object] = {}
    other: list[str] = []
    for statement in _statements(text):
        name = _target(statement)
        try:
            if name is None:
                raise ValueError
            values[name] = ast.literal_eval(statement.value)  # type: ignore[attr-defined]
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            other.append(name or "a statement")
    if not other:
        return values, ()
    listed = ", ".join(dict.fromkeys(other))
    what = f"{listed[:100]}: not plain values."
    return values, (Issue(path.name, what, "They are ignored; the file is never run."),)


def _statements(text: str) -> Iterator[ast.stmt]:
    r"""Yield the file's statements; where it does not parse, those of the lines that do.

    A path such as ``'C:\Users\x'`` is a syntax error that must not cost the sample rate.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # backslashes in Windows paths
        try:
            yield from ast.parse(text).body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            for line in text.splitlines():
                try:
                    yield from ast.parse(line).body
                except (SyntaxError, ValueError, MemoryError, RecursionError):
                    yield ast.Pass()


def _target(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        return target.id if isinstance(target, ast.Name) else None
    return None
