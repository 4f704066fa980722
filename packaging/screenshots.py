"""Render the pictures of the README with the program itself, from the demo.

    python packaging/screenshots.py [FOLDER]

FOLDER is ``resources/`` unless another one is given. Settings of this machine are not used, so that
the layout and the colours are those of a first start.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PICTURES: dict[str, tuple[str, ...]] = {
    # All probes, as it opens; one failed rule and evidence enough to see why: RPV fraction.
    "screenshot.png": ("demo", "--unit", "5"),
}
"""File names and the arguments of ``bcviewer`` that they show."""


def main() -> int:
    """Render each picture; return the exit status."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "resources"
    folder.mkdir(parents=True, exist_ok=True)
    for name, arguments in PICTURES.items():
        status = render(folder.resolve() / name, arguments)
        if status:
            return status
        print(folder / name)
    return 0


def render(picture: Path, arguments: tuple[str, ...]) -> int:
    """Run the program in settings of its own until it has written a picture."""
    with tempfile.TemporaryDirectory(prefix="bcviewer-screenshots-") as settings:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
            "BCVIEWER_CONFIG_DIR": settings,
            "BCVIEWER_THEME": "light",
            "QT_QPA_PLATFORM": "offscreen",
            "QT_SCALE_FACTOR": "1",
        }
        command = [sys.executable, "-m", "bcviewer", *arguments, "--screenshot", str(picture)]
        return subprocess.run(command, env=environment, check=False, timeout=300).returncode


if __name__ == "__main__":
    raise SystemExit(main())
