"""Render the pictures of the guide with the program itself, from its demo.

    python packaging/guide_pictures.py FOLDER

One window, in settings of its own, is brought into each state and painted. Nobody sees it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bcviewer.frame.window import Window

ROOT = Path(__file__).resolve().parent.parent
SIZE = (1440, 900)
WAIT_MS = 120_000


def _do(*commands: str) -> Callable[[Window], None]:
    def done(window: Window) -> None:
        for command in commands:
            window.actions_by_key.by_key[command].trigger()

    return done


def _what_if(window: Window) -> None:
    window.session.viewing.proposing.propose("maxRPVviolations", 0.2)


def _compare(window: Window) -> None:
    window.session.open_location(0)  # one probe: each has a comparison of its own
    window.session.wait_idle(WAIT_MS)
    window.actions_by_key.by_key["reset_proposal"].trigger()
    location = next(
        place
        for place in window.session.catalogue.locations
        if place.mode == "np20_rerun" and place.probe == "A"
    )
    window.session.comparing.compare_with(location.results_dir, open_is_after=False)


PICTURES: dict[str, Callable[[Window], None]] = {
    "verdict.png": _do("layout_unit"),
    "overview.png": _do("layout_overview"),
    "evidence.png": _do("layout_evidence"),
    "curate.png": _do("layout_curate"),
    "what_if.png": lambda window: (_do("layout_metrics")(window), _what_if(window))[1],
    "compare.png": lambda window: (_do("layout_unit")(window), _compare(window))[1],
}
"""The pictures and what is done for each, one after the other."""


def main() -> int:
    """Render each picture; return the exit status."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bcviewer-guide-") as settings:
        os.environ |= {
            "BCVIEWER_CONFIG_DIR": settings,
            "BCVIEWER_THEME": "light",
            "QT_QPA_PLATFORM": "offscreen",
            "QT_SCALE_FACTOR": "1",
        }
        sys.path.insert(0, str(ROOT))
        render(folder)
    return 0


def render(folder: Path) -> None:
    """Write all pictures into a folder."""
    from bcviewer.main import start

    app, window = start(["demo", "--mode", "batch", "--unit", "5"])
    window.remember = False
    window.resize(*SIZE)
    session = window.session
    if not session.wait_idle(WAIT_MS) or session.table is None:
        raise SystemExit("the demo cannot be opened")
    session.wait_verified(WAIT_MS)
    for name, bring in PICTURES.items():
        bring(window)
        for _ in range(2):  # docks are put in order, and what they ask at their size is answered
            session.wait_idle(WAIT_MS)
            window.arrange()
            app.processEvents()
            for panel in window.panels.values():
                panel.settle()
            session.wait_idle(WAIT_MS)
        app.processEvents()
        if not window.grab().save(str(folder / name)):
            raise SystemExit(f"{folder / name} cannot be written")
    window.close()


if __name__ == "__main__":
    raise SystemExit(main())
