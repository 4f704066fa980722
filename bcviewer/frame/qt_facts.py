"""What Qt says of itself, as JSON, in a process of its own: one that lacks a library aborts.

Run by ``bcviewer doctor``.
"""

from __future__ import annotations

import json
import os
import sys

from bcviewer.errors import UserError
from bcviewer.frame.qt_guard import (
    PLATFORM_ENV,
    check_platform,
    check_scale,
    check_version,
    has_display,
)


def main() -> int:
    """Print the facts, or why there are none on standard error; return the exit status."""
    on_screen = has_display()
    if not on_screen:
        os.environ.setdefault(PLATFORM_ENV, "offscreen")
    try:
        check_version()
        from PySide6 import __version__ as qt_version
        from PySide6.QtGui import QGuiApplication

        check_platform()
        check_scale()
    except (UserError, ImportError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    from bcviewer.app import prefs

    application = QGuiApplication([])
    screens = [
        f"{screen.size().width()} × {screen.size().height()} × {screen.devicePixelRatio():g}"
        for screen in application.screens()
    ]
    facts = {
        "version": qt_version,
        "platform": application.platformName(),
        "screens": ", ".join(screens) if on_screen else "no display to open a window on",
        "settings": str(prefs.settings_file()),
        "log": str(prefs.log_file()),
        "cache": str(prefs.cache_folder()),
    }
    sys.stdout.write(json.dumps(facts))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
