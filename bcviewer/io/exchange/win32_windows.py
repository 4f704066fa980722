"""Windows and processes of Windows, through its own libraries. Of use on Windows only."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from typing import Any

_RESTORE = 9
_OWNER = 4
_ALL_PROCESSES = 2


def choose(windows: Sequence[tuple[int, int]], processes: Collection[int]) -> int | None:
    """Return the topmost window of some processes.

    Parameters
    ----------
    windows : sequence of tuple of int
        The windows and the processes that own them, the topmost first.
    processes : collection of int
        Ids of processes.
    """
    return next((window for window, process in windows if process in processes), None)


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    class _Entry(ctypes.Structure):
        _fields_ = (
            ("size", wintypes.DWORD),
            ("usage", wintypes.DWORD),
            ("process", wintypes.DWORD),
            ("heap", ctypes.c_size_t),
            ("module", wintypes.DWORD),
            ("threads", wintypes.DWORD),
            ("parent", wintypes.DWORD),
            ("priority", wintypes.LONG),
            ("flags", wintypes.DWORD),
            ("file", wintypes.WCHAR * 260),
        )

    def _declare(library: Any, name: str, returns: Any, *takes: Any) -> Any:
        function = getattr(library, name)
        function.restype, function.argtypes = returns, takes
        return function

    def bring(processes: Collection[int]) -> bool:
        """Bring a window of some processes forward; return whether it came.

        Raises
        ------
        LookupError
            If none of them has a window.
        """
        user = ctypes.WinDLL("user32", use_last_error=True)
        window = choose(_windows(user), processes)
        if window is None:
            raise LookupError
        if _declare(user, "IsIconic", wintypes.BOOL, wintypes.HWND)(window):
            show = _declare(user, "ShowWindowAsync", wintypes.BOOL, wintypes.HWND, ctypes.c_int)
            show(window, _RESTORE)
        front = _declare(user, "SetForegroundWindow", wintypes.BOOL, wintypes.HWND)
        return bool(front(window))

    def _windows(user: Any) -> list[tuple[int, int]]:
        """Return the windows that are seen and belong to no other, the topmost first."""
        callback = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)
        seen = _declare(user, "IsWindowVisible", wintypes.BOOL, wintypes.HWND)
        owner = _declare(user, "GetWindow", wintypes.HWND, wintypes.HWND, wintypes.UINT)
        pointer = ctypes.POINTER(wintypes.DWORD)
        whose = _declare(user, "GetWindowThreadProcessId", wintypes.DWORD, wintypes.HWND, pointer)
        each = _declare(user, "EnumWindows", wintypes.BOOL, callback, wintypes.LPARAM)
        found: list[tuple[int, int]] = []

        def take(window: int, _: int) -> bool:
            if seen(window) and not owner(window, _OWNER):
                process = wintypes.DWORD()
                whose(window, ctypes.byref(process))
                found.append((window, process.value))
            return True

        each(callback(take), 0)
        return found

    def parents() -> dict[int, int]:
        """Return the parent of each process."""
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        take = _declare(
            kernel, "CreateToolhelp32Snapshot", wintypes.HANDLE, wintypes.DWORD, wintypes.DWORD
        )
        pointer = ctypes.POINTER(_Entry)
        first = _declare(kernel, "Process32FirstW", wintypes.BOOL, wintypes.HANDLE, pointer)
        following = _declare(kernel, "Process32NextW", wintypes.BOOL, wintypes.HANDLE, pointer)
        close = _declare(kernel, "CloseHandle", wintypes.BOOL, wintypes.HANDLE)
        snapshot = take(_ALL_PROCESSES, 0)
        if snapshot in (None, ctypes.c_void_p(-1).value):
            return {}
        found = {}
        try:
            entry = _Entry(size=ctypes.sizeof(_Entry))
            there = first(snapshot, ctypes.byref(entry))
            while there:
                found[entry.process] = entry.parent
                there = following(snapshot, ctypes.byref(entry))
        finally:
            close(snapshot)
        return found
