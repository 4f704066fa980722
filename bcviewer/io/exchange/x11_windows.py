"""Windows of an X11 screen, through libxcb, which Qt needs there anyway.

Not libX11: it ends the whole program where a window has gone in between.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from ctypes import POINTER, Structure, c_char_p, c_int, c_uint, c_uint8, c_uint16, c_uint32
from ctypes import c_void_p as ptr
from dataclasses import dataclass
from typing import Any

WAIT_S = 2.0
"""So long a window manager has to bring a window forward, s."""
_EVERY_S = 0.02
_MOST_WINDOWS = 4096
_BY_HAND = 2
"""Says that a person wants it: what a program wants by itself may be held back."""
_TO_MANAGER = 0x180000
"""SubstructureNotify and SubstructureRedirect: who listens to these is the window manager."""
_CLIENT_MESSAGE = 33


@dataclass(frozen=True, slots=True)
class Owned:
    """A window and whose it is.

    Attributes
    ----------
    window : int
        Its id.
    process : int
        The id of the process that owns it; 0: not said.
    machine : str
        Where that process runs; empty: not said.
    """

    window: int
    process: int
    machine: str = ""


def choose(windows: Sequence[Owned], processes: Collection[int], machine: str) -> int | None:
    """Return the window to bring forward: the topmost of some processes of this machine.

    Parameters
    ----------
    windows : sequence of Owned
        The windows, the lowest first.
    processes : collection of int
        Ids of processes.
    machine : str
        This machine's name: a process of the same number on another one is another program.
    """
    mine = [
        one.window
        for one in windows
        if one.process in processes and _host(one.machine) in ("", _host(machine))
    ]
    return mine[-1] if mine else None


def _host(name: str) -> str:
    return name.partition(".")[0].lower()


def bring(processes: Collection[int]) -> bool:
    """Bring a window of some processes forward; return whether it came.

    Raises
    ------
    LookupError
        If none of them has a window.
    OSError
        If the screen or the library cannot be used.
    """
    with _connected() as screen:
        supported = screen.numbers(screen.root, "_NET_SUPPORTED")
        if screen.atom("_NET_ACTIVE_WINDOW") not in supported:
            raise OSError("there is no window manager that takes such a wish")
        window = choose(screen.windows(), processes, socket.gethostname())
        if window is None:
            raise LookupError
        screen.activate(window)
        return wait_for(lambda: screen.active_process() in processes)


def wait_for(true: Callable[[], bool]) -> bool:
    """Return whether something became true in :data:`WAIT_S`."""
    until = time.monotonic() + WAIT_S
    while not (now := true()) and time.monotonic() < until:
        time.sleep(_EVERY_S)
    return now


class _Cookie(Structure):
    _fields_ = (("sequence", c_uint),)


class _Screens(Structure):
    _fields_ = (("data", POINTER(c_uint32)), ("rem", c_int), ("index", c_int))


class _Atom(Structure):
    _fields_ = (("head", c_uint32 * 2), ("atom", c_uint32))


class _Property(Structure):
    _fields_ = (("kind", c_uint8), ("format", c_uint8), ("sequence", c_uint16))


_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "xcb_connect": (ptr, (c_char_p, POINTER(c_int))),
    "xcb_connection_has_error": (c_int, (ptr,)),
    "xcb_disconnect": (None, (ptr,)),
    "xcb_get_setup": (ptr, (ptr,)),
    "xcb_setup_roots_iterator": (_Screens, (ptr,)),
    "xcb_screen_next": (None, (POINTER(_Screens),)),
    "xcb_intern_atom": (_Cookie, (ptr, c_uint8, c_uint16, c_char_p)),
    "xcb_intern_atom_reply": (POINTER(_Atom), (ptr, _Cookie, ptr)),
    "xcb_get_property": (
        _Cookie,
        (ptr, c_uint8, c_uint32, c_uint32, c_uint32, c_uint32, c_uint32),
    ),
    "xcb_get_property_reply": (POINTER(_Property), (ptr, _Cookie, ptr)),
    "xcb_get_property_value": (ptr, (POINTER(_Property),)),
    "xcb_get_property_value_length": (c_int, (POINTER(_Property),)),
    "xcb_send_event": (_Cookie, (ptr, c_uint8, c_uint32, c_uint32, c_char_p)),
    "xcb_flush": (c_int, (ptr,)),
}
"""What is called: the type it returns, and those it takes."""


def _library() -> tuple[Any, Any]:
    """Return libxcb, and what frees its answers."""
    xcb = ctypes.CDLL("libxcb.so.1")
    for name, (returns, takes) in _FUNCTIONS.items():
        function = getattr(xcb, name)
        function.restype, function.argtypes = returns, takes
    free = ctypes.CDLL(None).free
    free.restype, free.argtypes = None, (ptr,)
    return xcb, free


@contextmanager
def _connected() -> Iterator[_Screen]:
    """Connect to the screen of ``DISPLAY``."""
    xcb, free = _library()
    number = c_int(0)
    connection = xcb.xcb_connect(None, ctypes.byref(number))
    try:
        if xcb.xcb_connection_has_error(connection):
            raise OSError("the screen of DISPLAY does not answer")
        screens = xcb.xcb_setup_roots_iterator(xcb.xcb_get_setup(connection))
        for _ in range(number.value):
            xcb.xcb_screen_next(ctypes.byref(screens))
        yield _Screen(xcb, free, connection, screens.data[0])
    finally:
        xcb.xcb_disconnect(connection)


class _Screen:
    """A screen that one is connected to. What cannot be read of a window is empty."""

    def __init__(self, xcb: Any, free: Any, connection: int, root: int) -> None:
        self._xcb = xcb
        self._free = free
        self._connection = connection
        self._atoms: dict[str, int] = {}
        self.root = root

    def atom(self, name: str) -> int:
        """Return the number of a name; 0: nobody uses it."""
        if name not in self._atoms:
            raw = name.encode()
            cookie = self._xcb.xcb_intern_atom(self._connection, 1, len(raw), raw)
            reply = self._xcb.xcb_intern_atom_reply(self._connection, cookie, None)
            self._atoms[name] = reply.contents.atom if reply else 0
            self._free(reply)
        return self._atoms[name]

    def _property(self, window: int, name: str, bits: int) -> bytes:
        ask = (0, window, self.atom(name), 0, 0, _MOST_WINDOWS)
        cookie = self._xcb.xcb_get_property(self._connection, *ask)
        reply = self._xcb.xcb_get_property_reply(self._connection, cookie, None)
        if not reply:
            return b""
        try:
            if reply.contents.format != bits:
                return b""
            size = self._xcb.xcb_get_property_value_length(reply)
            return ctypes.string_at(self._xcb.xcb_get_property_value(reply), size)
        finally:
            self._free(reply)

    def numbers(self, window: int, name: str) -> tuple[int, ...]:
        """Return a property that is numbers."""
        raw = self._property(window, name, 32)
        return struct.unpack(f"={len(raw) // 4}I", raw[: len(raw) // 4 * 4])

    def windows(self) -> list[Owned]:
        """Return the programs' windows, the lowest first."""
        found = self.numbers(self.root, "_NET_CLIENT_LIST_STACKING")
        return [self._owned(w) for w in found or self.numbers(self.root, "_NET_CLIENT_LIST")]

    def _owned(self, window: int) -> Owned:
        machine = self._property(window, "WM_CLIENT_MACHINE", 8).rstrip(b"\0")
        process = (*self.numbers(window, "_NET_WM_PID"), 0)[0]
        return Owned(window, process, machine.decode("utf-8", "replace"))

    def active_process(self) -> int:
        """Return whose window is the active one; 0: nobody's."""
        for window in self.numbers(self.root, "_NET_ACTIVE_WINDOW")[:1]:
            return self._owned(window).process if window else 0
        return 0

    def activate(self, window: int) -> None:
        """Ask the window manager to bring a window forward, from wherever it is."""
        kind = self.atom("_NET_ACTIVE_WINDOW")
        event = struct.pack("=BBHII5I", _CLIENT_MESSAGE, 32, 0, window, kind, _BY_HAND, 0, 0, 0, 0)
        self._xcb.xcb_send_event(self._connection, 0, self.root, _TO_MANAGER, event)
        self._xcb.xcb_flush(self._connection)
