"""The system's libraries that Qt asks for on Linux, and the packages that hold them."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

DEBIAN = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libOpenGL.so.0": "libopengl0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""What Qt's wheels link to and do not bring, and the package of each in Debian and Ubuntu."""


def missing(load: Callable[[str], object] = ctypes.CDLL) -> tuple[str, ...]:
    """Return the libraries of :data:`DEBIAN` that are not there; elsewhere than on Linux, none."""
    if not sys.platform.startswith("linux"):
        return ()
    return tuple(name for name in DEBIAN if not _loads(name, load))


def _loads(name: str, load: Callable[[str], object]) -> bool:
    try:
        load(name)
    except OSError:
        return False
    return True


def install_words(libraries: tuple[str, ...]) -> str:
    """Return the command that installs some of them, as :data:`DEBIAN` knows them."""
    packages = [DEBIAN[name] for name in libraries if name in DEBIAN]
    return f"On Debian and Ubuntu: apt install {' '.join(packages)}"
