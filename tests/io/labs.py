"""A lab's folder to build cohorts of, and a reader that is no other process."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from bcviewer.core.cohort.run_columns import RunRow
from bcviewer.io.cohort.build import Built, build
from bcviewer.io.cohort.read_one import read_one
from bcviewer.io.cohort.to_read import ToRead
from bcviewer.io.resources import resource_path
from bcviewer.io.results.find import Search


def here(tasks: Sequence[ToRead]) -> Iterator[RunRow]:
    """Read runs one after the other in this process."""
    yield from map(read_one, tasks)


def built(root: Path | Sequence[Path], folder: Path, **more: object) -> Built:
    """Build a cohort in this process."""
    roots = [root] if isinstance(root, Path) else root
    return build(roots, folder, more.pop("read_all", here), Search(), **more)


def lab(folder: Path) -> Path:
    """Copy the demo's recording (five runs of three probes), without what no audit reads."""
    source = resource_path("demo")
    for path in source.rglob("*"):
        kept = path.suffix in (".parquet", ".tsv", ".py") or path.stat().st_size < 1000
        if path.is_file() and (kept or path.name.startswith("spike_")):
            to = folder / path.relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to)
    return folder


def runs_in(folder: Path) -> list[Path]:
    """Return the Kilosort directories of a lab."""
    return sorted(path.parent for path in folder.rglob("params.py"))


def content(folder: Path) -> dict[str, bytes]:
    """Return every file of a cohort."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.fixture
def one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have all builds write one time, so that their files can be compared byte for byte."""
    monkeypatch.setitem(os.environ, "SOURCE_DATE_EPOCH", "1700000000")


def read_and_die(task: ToRead) -> RunRow:
    """Read a run; that of probe C takes its process with it, each time."""
    if task.probe == "C":
        os.kill(os.getpid(), signal.SIGKILL)
    return read_one(task)


def read_and_die_once(task: ToRead) -> RunRow:
    """Read a run; whoever is first to read one of probe C ends as if it were killed."""
    if task.probe == "C":
        try:
            os.close(os.open(f"{task.folder}.died", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return read_one(task)


def read_and_lose_all(task: ToRead) -> RunRow:
    """Raise for a run of probe C what a scheduler raises once enough workers died with it."""
    if task.probe == "C":
        from distributed import KilledWorker

        raise KilledWorker(task.place, SimpleNamespace(address="tcp://gone"), 3)
    return read_one(task)


def read_and_fail(task: ToRead) -> RunRow:
    """Raise what nobody expected for a run of probe C."""
    if task.probe == "C":
        raise ValueError("no such thing")
    return read_one(task)
