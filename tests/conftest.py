"""What all tests share. Core and io tests run without PySide6: keep this file free of Qt."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import shared_data
from hypothesis import HealthCheck, settings

from bcviewer.oracle.client import Bombcell

# Compiled once, not in each worker, run and interpreter that a test starts: 12 s of the processor.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The collector looks at what was just made after every 700 objects; with what hypothesis and a
# few hundred modules keep, that was a tenth of the suite's time.
gc.set_threshold(20_000, 20, 20)

# `make properties`: others each time.
settings.register_profile(
    "bcviewer", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
# `make slow`: the same ones each time.
settings.register_profile(
    "slow", settings.get_profile("bcviewer"), max_examples=30, derandomize=True
)
# The suite and `make coverage`: the first of those.
settings.register_profile("few", settings.get_profile("slow"), max_examples=15)
settings.load_profile("few")

HERE = Path(__file__).resolve().parent
GUI_FIXTURE = "qapp"
OWN_WINDOW = "open_window"
"""Half a second and more for each test: what `shared_window` cannot give."""
SHARED_FIXTURES = {"shared", "field", "hostile"}
COLLECTED = pytest.StashKey[list[pytest.Item]]()
ASK_BOMBCELL = {"bombcell", "bombcell_labels", "bombcell_filled"}
"""What a test module has from ``factories`` that imports bombcell: 2 s in each process."""


def turn(item: pytest.Item) -> int:
    """Return when it is a test's turn; those of one turn keep their order.

    xdist gives each process a part of the list, and who is ready takes from the end of another's.
    So one process imports bombcell and another one Qt, the programs that take seconds have begun
    long before the end, and at the end there are short tests.
    """
    fixtures = getattr(item, "fixturenames", ())
    module = getattr(item, "module", None)
    if "real_bombcell" in fixtures or ASK_BOMBCELL & vars(module or object).keys():
        return 0
    folder = item.path.relative_to(HERE).parts[0] if item.path.is_relative_to(HERE) else ""
    return {"oracle": 0, "gui": 2, "app": 3, "widgets": 4}.get(folder, 1)


def window_of(item: pytest.Item) -> str:
    """Return the fixture by which a test has the window that it shares, or nothing.

    Those of a module that have the same one come one after the other: another test in between
    closes it, and opening one costs more than most tests do in it.
    """
    known = getattr(item, "_fixtureinfo", None)
    found = known.name2fixturedefs.items() if known is not None else ()
    own = [name for name, (*_, used) in found if "shared_window" in used.argnames]
    if not own and "shared_window" in getattr(item, "fixturenames", ()):
        own = ["shared_window"]
    return " ".join(sorted(own))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what needs a window or the shared recordings, and what opens a window of its own.

    By fixture, so that a new test needs no mark. What is slow for another reason, or asks for the
    recordings itself, is marked where it stands.
    """
    place: dict[tuple[Path, str], int] = {}
    for item in items:
        window = window_of(item)
        module = place.setdefault((item.path, ""), len(place))
        place.setdefault((item.path, window), max(module, len(place)) if window else module)
    items.sort(
        key=lambda item: (turn(item), place[item.path, ""], place[item.path, window_of(item)])
    )
    config.stash[COLLECTED] = list(items)
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if GUI_FIXTURE in fixtures:
            item.add_marker("gui")
        if OWN_WINDOW in fixtures:
            item.add_marker("slow")
        if fixtures & SHARED_FIXTURES:
            item.add_marker("shared")


@pytest.fixture(scope="session")
def collected(request: pytest.FixtureRequest) -> list[pytest.Item]:
    """Return all tests that were found, also those that this run leaves out."""
    return request.config.stash[COLLECTED]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of shared recordings; skip where it is absent."""
    folder = shared_data()
    if folder is None:
        pytest.skip("no shared recordings: set BCVIEWER_SHARED_DATA or put them in ../shared/data")
    return folder


@pytest.fixture(scope="session")
def field(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the folders as people have them once; copies, but read them only."""
    out = tmp_path_factory.mktemp("field")
    script = shared / "make_field.py"
    if not script.exists():
        pytest.skip("no make_field.py beside the shared recordings")
    subprocess.run([sys.executable, str(script), str(out)], check=True, capture_output=True)
    return out


@pytest.fixture(scope="session")
def hostile(shared: Path) -> Iterator[Path]:
    """Build the hostile recordings once, in a folder that any user may look into."""
    # Not pytest's own folder: only its owner may enter that, and one test reads as "nobody".
    out = Path(tempfile.mkdtemp(prefix="bcviewer_hostile_"))
    out.chmod(0o755)
    for mark in Path(tempfile.gettempdir()).glob("PWNED_*"):
        mark.unlink()
    script = shared / "make_hostile.py"
    if not script.exists():
        pytest.skip("no make_hostile.py beside the shared recordings")
    # Ordinary permissions, whatever the umask: the cases are opened as another user too.
    subprocess.run(
        [sys.executable, str(script), str(out), "--bombs"],
        check=True,
        capture_output=True,
        umask=0o022,
    )
    yield out
    for folder, _, _ in os.walk(out):
        Path(folder).chmod(0o755)
    shutil.rmtree(out)


@pytest.fixture(scope="session")
def real_bombcell() -> Iterator[Bombcell]:
    """One helper process with the installed bombcell: importing that takes 2 s."""
    with Bombcell() as client:
        client.version()
        gc.collect()
        gc.freeze()  # no Qt test of this worker takes the process for one that it left behind
        yield client
