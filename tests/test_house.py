"""Modules that are read in one sitting, functions that are seen at once, and none for nobody."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

import bcviewer

PACKAGE = Path(bcviewer.__file__).parent
MODULE = 350
"""Most lines of a module. One that grows has a state that nobody owns: move that, not lines."""
SMALLER = {"app/session.py": 300, "frame/window.py": 300}
"""What everything meets in holds nothing itself."""
FUNCTION = 40
"""Most lines of a function, without its docstring."""


@cache
def parsed(source: str) -> ast.Module:
    """Return a module's tree: each test here asks for all of them."""
    return ast.parse(source)


CALLED_FROM_OUTSIDE = {
    # scripts
    "wait_saved",
    # what makes values, and says where to click, in tests
    "cell_center",
    "column_center",
    "name_text",
    "part_center",
    "row_center",
    "segment_center",
    "selected_places",
    "show_layout",
    # what several probes at once stand on
    "rows_of_unit",
    "sheet_of",
}
"""What nothing in the package calls. One that something calls by now is to be taken out."""


def too_long(path: str, source: str) -> list[str]:
    """Return a line for the module, and for each function, that is over its limit."""
    sizes = {path: (len(source.splitlines()), SMALLER.get(path, MODULE))}
    for node in ast.walk(parsed(source)):
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


def uncalled(sources: Iterable[str]) -> set[str]:
    """Return the names of functions, methods and classes that nothing in some sources names.

    Qt calls what is in camelCase, the table of commands calls ``do_<act>``, and Python what is
    registered with ``atexit``. A table may name what it means in a text.
    """
    trees = [parsed(source) for source in sources]
    defined = {name for tree in trees for name in _defined(tree)}
    return defined - {name for tree in trees for name in _named(tree)}


def _defined(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            by_python = any(ast.unparse(one) == "atexit.register" for one in node.decorator_list)
            others = node.name.startswith(("__", "do_")) or re.search("[A-Z]", node.name)
            if not others and not by_python:
                yield node.name


def _named(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and re.fullmatch(r"[\w.:]+", str(node.value)):
            yield from re.split("[.:]", str(node.value))


def test_nothing_is_there_that_nobody_calls() -> None:
    found = uncalled(file.read_text("utf-8") for file in PACKAGE.rglob("*.py"))
    assert found - CALLED_FROM_OUTSIDE == set(), "delete it, with the tests that only test it"
    assert CALLED_FROM_OUTSIDE - found == set(), "the package calls it, or it is gone"


def test_what_nobody_calls_is_found() -> None:
    source = "class A:\n    def f(self): ...\n    def showEvent(self): ...\n\ndef g(): ...\n"
    assert uncalled([source]) == {"A", "f", "g"}
    assert uncalled([source, "import a\na.A().f()\nTABLE = ['a.b:g']\n"]) == set()
    assert uncalled([source, '# f\n"f of A, and g"\n']) == {"A", "f", "g"}
    assert uncalled(["@atexit.register\ndef g(): ...\ndef do_it(): ...\n"]) == set()


OF_THE_PROCESS = {
    "app/curating/opened.py:_paused",  # the collector of garbage is the process's own
    "app/threads/answers.py:_asked",  # no folder is asked twice at a time, whoever asks
    "app/threads/answers.py:_saved",  # a folder's name: where the person saved something last
    "app/threads/waiting.py:_first_turn",  # the thread's event loop is about to be run
    "app/threads/job_thread.py:_left",  # threads that hang in the system
    "core/audit/again.py:LAST_AUDITS",  # by run, weakly: goes with it
    "core/audit/cells.py:_KEPT",  # by audit, weakly: goes with it
    "core/sheet/rule_lines.py:_LINES",  # by sheet, weakly: goes with it
    "frame/application.py:_kept",  # windows beside the first one, until they are closed
    "frame/application.py:_windows",  # weakly: Qt closes them all
    "widgets/drawing/spare_items.py:_spare",  # plots that are empty; forgotten with a window
    "io/exchange/phy_start.py:_running",  # two windows must not start two phys on one folder
}
"""State of modules: what is true of the whole process, and keeps no recording alive."""
_CONTAINERS = re.compile(r"(\w+\.)*(set|dict|list|deque|defaultdict|Counter|local|count|Weak\w+)")


def module_state(path: str, source: str) -> set[str]:
    """Return the names of a module that hold what changes.

    These are lists, dicts and sets in lower case, containers that begin empty, variables of a
    context, and what a function says that it changes of its module (``global``).
    """
    made = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp
    out = set()
    for node in ast.walk(tree := parsed(source)):
        if isinstance(node, ast.Global):
            out |= set(node.names)
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = {t.id for t in targets if isinstance(t, ast.Name) and not t.id.startswith("__")}
        call = node.value if isinstance(node.value, ast.Call) and not node.value.args else None
        if call is not None and _CONTAINERS.fullmatch(ast.unparse(call.func)):
            out |= names
        if isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "ContextVar":
            out |= names
        if isinstance(node.value, made):
            out |= {name for name in names if name.islower()}
    return {f"{path}:{name}" for name in out}


def test_no_module_holds_state_but_what_is_of_the_whole_process() -> None:
    found = set()
    for file in PACKAGE.rglob("*.py"):
        path = file.relative_to(PACKAGE).as_posix()
        found |= module_state(path, file.read_text("utf-8"))
    assert found == OF_THE_PROCESS, "give it an owner"


def test_state_of_a_module_is_found() -> None:
    source = "_a: list[int] = []\nb = c = {}\nTABLE = {1: 2}\n__all__ = []\nd = (1,)\n"
    assert module_state("m.py", source) == {"m.py:_a", "m.py:b", "m.py:c"}
    source = "_E: WeakSet[int] = weakref.WeakSet()\nF = set()\nG = frozenset()\nH = set([1])\n"
    source += "def f():\n    global i\n    j = {}\n"
    assert module_state("m.py", source) == {"m.py:_E", "m.py:F", "m.py:i"}
    assert module_state("m.py", '_A: ContextVar[int] = ContextVar("a")\n') == {"m.py:_A"}


NO_ROWS_OF = {"core/sheet/ids.py": "NO_ROWS", "core/evidence/shape.py": "NO_SAMPLES"}
"""Constants that are no rows: one for rows of any kind, and one for samples, which are none."""


def no_rows(source: str) -> list[str]:
    """Return the constants of a module that are an empty array of integers."""
    return [
        ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
        for node in parsed(source).body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        if ast.unparse(node.value) in ("np.empty(0, np.int64)", "np.zeros(0, np.int64)")
    ]


def test_no_rows_are_declared_once() -> None:
    found = {
        file.relative_to(PACKAGE).as_posix(): ", ".join(names)
        for file in PACKAGE.rglob("*.py")
        if (names := no_rows(file.read_text("utf-8")))
    }
    assert found == NO_ROWS_OF, "core/sheet/ids.py has them"


def test_constants_without_rows_are_found() -> None:
    assert no_rows("_A = np.empty(0, np.int64)\nB: Ints = np.zeros(0, np.int64)\n") == ["_A", "B"]
    assert no_rows("C = np.empty(0)\ndef f(): return np.empty(0, np.int64)\n") == []


TESTS = Path(__file__).resolve().parent
MOST_PRIVATE = 209
"""Times that tests reach into what is another object's own; lower it with them, never raise it."""
NOT_OURS = {"_asdict", "_exit", "_replace"}
"""Python's own public names that begin so."""


def private(source: str) -> list[str]:
    """Return the names with one underscore that are asked of another object than oneself."""
    return [
        node.attr
        for node in ast.walk(parsed(source))
        if isinstance(node, ast.Attribute)
        if re.match("_[^_]", node.attr) and node.attr not in NOT_OURS
        if not (isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"})
    ]


@pytest.mark.slow
def test_tests_reach_into_private_things_no_more_often() -> None:
    found = {f.name: len(private(f.read_text("utf-8"))) for f in TESTS.rglob("*.py")}
    assert found["shared_window.py"] == 0, "what every test relies on asks for public names"
    total = sum(found.values())
    assert total <= MOST_PRIVATE, "give it a public name, or ask what is on screen"


def test_what_is_private_is_found() -> None:
    assert private("a._b\na.b._c()\ngetattr(a, '_d')\n") == ["_b", "_c"]
    assert private("self._b\ncls._c\na.__class__\nrow._replace(x=1)\nself.b._c\n") == ["_c"]


def public_names(source: str) -> set[str]:
    """Return the public classes and names of types that a module makes itself."""
    found = set()
    for node in parsed(source).body:
        if isinstance(node, ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {t.id for t in targets if isinstance(t, ast.Name) and not t.id.isupper()}
    return {name for name in found if name[0].isupper()}


def test_two_things_never_have_one_name() -> None:
    """A name that is used of two things has to be looked up each time it is read."""
    where: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for name in public_names(path.read_text("utf-8")):
            where.setdefault(name, []).append(path.relative_to(PACKAGE).as_posix())
    assert {name: paths for name, paths in where.items() if len(paths) > 1} == {}


def test_public_names_are_classes_and_types_and_not_constants() -> None:
    source = "class A: ...\nclass _B: ...\nCs = list[int]\nDEF = 1\nd = 2\nEs: int = 3\nimport Gs\n"
    assert public_names(source) == {"A", "Cs", "Es"}


EQUAL_BY_CHANCE = {
    "BLIND",  # a field of the journal; a source of labels
    "BOMBCELL",  # who answers; a name in SpikeInterface's JSON
    "FINAL",  # a source of labels; a name in SpikeInterface's JSON
    "LARGEST",  # files of two kinds
    "ROW_HEIGHT",  # rows of two kinds of plots
    "VERSION",  # formats of our own
}
"""Constants of two modules that have one name and one value, and may become unlike."""


def constants(source: str) -> dict[str, str]:
    """Return the public constants of a module, each with what it is made of."""
    found = {}
    for node in parsed(source).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=True))
            found |= {
                name.id: ast.unparse(value)
                for name, value in pairs
                if isinstance(name, ast.Name) and re.fullmatch("[A-Z][A-Z0-9_]+", name.id)
            }
    return found


def test_no_constant_is_declared_twice() -> None:
    """One of two is forgotten when the other is changed."""
    where: dict[tuple[str, str], list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for pair in constants(path.read_text("utf-8")).items():
            where.setdefault(pair, []).append(path.relative_to(PACKAGE).as_posix())
    twice = {name for (name, _), paths in where.items() if len(paths) > 1}
    assert twice == EQUAL_BY_CHANCE, "one of them imports the other's"


def test_constants_are_found() -> None:
    source = (
        "A_1 = 1\nBC: int = 2\nDE, FG = 3, (4, 5)\n_H = 6\nT = 7\ni = 8\ndef f():\n    JK = 9\n"
    )
    assert constants(source) == {"A_1": "1", "BC": "2", "DE": "3", "FG": "(4, 5)"}
