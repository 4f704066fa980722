"""Reads one number of Kilosort 4's ``ops.npy``, which is a pickle, without ever unpickling it.

Bombcell takes its censored period from there, by unpickling. Here the pickle's own instructions
are listed, none is followed: the text of the key, and the number that is put down next to it.
"""

from __future__ import annotations

import pickletools
from pathlib import Path

import numpy as np

from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.files import file_size, open_input

_LARGEST = 500_000_000
_KEY = "duplicate_spike_ms"
_TEXTS = {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE"}
_NUMBERS = {"BINFLOAT", "FLOAT", "BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1"}
_MEMOS = {"MEMOIZE", "BINPUT", "LONG_BINPUT", "PUT"}
_LONGEST_MS = 100.0


def duplicate_window_s(ks_dir: Path) -> float | None:
    """Return the time within which Kilosort 4 took two spikes of a unit for one, s.

    0 where ``ops.npy`` does not name it, since its Kilosort 4 did not do so.

    Returns
    -------
    float or None
        None: there is no such file, or it cannot be told.
    """
    path = ks_dir / names.OPS
    try:
        file_size(path, limit=_LARGEST)
        with open_input(path) as file:
            version = np.lib.format.read_magic(file)
            read = np.lib.format.read_array_header_1_0
            if version != (1, 0):
                read = np.lib.format.read_array_header_2_0
            if not read(file)[2].hasobject:
                return None
            return _found(pickletools.genops(file))
    except (UserError, OSError, MemoryError, RecursionError, OverflowError):
        return None
    except (ValueError, TypeError, EOFError, SyntaxError, UnicodeError, IndexError, KeyError):
        return None  # what is damaged, or no pickle


def _found(instructions: object) -> float | None:
    """Return the number that follows the key, in seconds."""
    asked = False
    for code, value, _ in instructions:  # type: ignore[attr-defined]
        if asked and code.name in _NUMBERS:
            number = float(value)
            return number / 1000 if 0 <= number <= _LONGEST_MS else None
        if asked and code.name not in _MEMOS:
            return None  # the number of another kind: it is not guessed
        asked |= code.name in _TEXTS and value == _KEY
    return 0.0
