"""The curator's minute: scripted hands in the real window, and what they take.

    python tests/minute/run.py [LETTER …]

Each task opens the program on copies of the shared recordings (BCVIEWER_SHARED_DATA, or
``../shared/data`` beside the repository), presses keys and clicks as a person does, and reads back
from the disk what came of it. It prints keys, the machine's time and mistakes, and ends with
status 1 where a figure is missed. QT_QPA_PLATFORM=xcb lets it run on a screen.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent), str(HERE.parent / "core")]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import minute_tasks as tasks  # noqa: E402 - found above
from factories import shared_data  # noqa: E402
from minute_figures import Figure, line_of, status_of  # noqa: E402

Task = Callable[[Path, Path], Iterator[Figure]]
TASKS: dict[str, tuple[tuple[Task, str, int], ...]] = {
    "a": ((tasks.decide, "session_demo", 3), (tasks.slip, "session_demo", 1)),
    "b": ((tasks.why_none, "session_demo", 2),),
    "c": ((tasks.export, "session_demo", 1), (tasks.export, "sim_3probes", 1)),
    "d": ((tasks.compare, "session_demo", 1), (tasks.compare, "sim_3probes", 1)),
    "e": ((tasks.restart, "session_demo", 1),),
}
"""By letter: what is done, on which recording, and how many figures it gives."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("letters", nargs="*", metavar="LETTER", help=", ".join(TASKS))
    given = parser.parse_args()
    if unknown := set(given.letters) - set(TASKS):
        parser.error(f"no task {', '.join(sorted(unknown))}; there are {', '.join(TASKS)}")
    shared = shared_data()
    if shared is None:
        parser.error("no shared recordings: set BCVIEWER_SHARED_DATA to their folder")
    say(f"{'':58} {'keys':>4} {'for':>5} {'each':>13} {'machine':>9} {'mistakes':>9}")
    chosen = [one for letter in given.letters or TASKS for one in TASKS[letter]]
    figures = []
    for task, recording, _ in chosen:
        with tempfile.TemporaryDirectory(prefix="bcviewer-minute-") as folder:
            for figure in task(copied(shared / recording, Path(folder)), Path(folder)):
                figures.append(figure)
                say(line_of(figure))
    return status_of(figures, sum(n for *_, n in chosen))


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def copied(recording: Path, work: Path) -> Path:
    """Return a copy that may be written into; what opens it, where that is a file."""
    copy = shutil.copytree(recording, work / recording.name)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    config = copy / "recording_config.json"
    return config if config.exists() else copy


if __name__ == "__main__":
    sys.exit(main())
