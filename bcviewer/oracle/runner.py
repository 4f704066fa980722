"""The process in which Bombcell runs: ``python -m bcviewer.oracle.runner``.

It reads one line of JSON from its standard input and runs ``bombcell.run_bombcell``. On its
standard output it answers lines of JSON: ``{"of": words, "n": n, "total": n}`` as it goes on, at
last ``{"done": version}`` or ``{"error": one line}``. Whatever Bombcell prints goes to standard
error. It ends with its input, which ends with its parent, however that happens, and takes with it
what its parent has given no place yet: of a program that is killed nothing is left.

Nothing of the recording is unpickled: NumPy opens arrays of numbers only, so that Bombcell takes
``ops.npy`` for one that is not there, and is given what it looks for in it.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from bcviewer.io.results.run_folder import remove_tree
from bcviewer.oracle.helper import one_line_of, take_channel

FIXED: dict[str, object] = {
    "plotDetails": False,
    "plotGlobal": False,
    "savePlots": False,
    "plotsSaveDir": None,
    "verbose": False,
    "decompress_data": False,
}
"""What a run here is always given: it draws nothing, and writes to its results alone."""

_TELL_S = 0.1

Tell = Callable[[dict[str, object]], None]


def main() -> int:
    """Run Bombcell as the first line of the input asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is the parent's business
    os.environ["MPLBACKEND"] = "Agg"
    requests, replies = take_channel()
    asked = json.loads(requests.readline())
    watched = requests, Path(asked["staging"])
    watcher = threading.Thread(target=_end_with, args=watched, daemon=True)
    watcher.start()
    lock = threading.Lock()

    def tell(message: dict[str, object]) -> None:
        with lock:
            replies.write(json.dumps(message).encode() + b"\n")
            replies.flush()

    try:
        tell({"done": run(asked, tell)})
    except Exception as error:  # noqa: BLE001 - bombcell raises anything; it is told in a line
        _print_trace()
        with contextlib.suppress(OSError):  # nobody listens any more
            tell({"error": one_line_of(error)})
    watcher.join()  # the input ends, by now or when the results have their place
    return 0


def run(asked: dict[str, Any], tell: Tell) -> str:
    """Run Bombcell, and return its version.

    Parameters
    ----------
    asked : dict
        ``ks_dir``, ``results``; ``values``, the parameters by name; ``raw`` and ``meta``, empty
        where there are none; ``tsv``; ``n_units``.
    tell : callable
        Told how far it is.
    """
    np.load = functools.partial(load_unpickled, np.load)
    tell({"of": "Starting Bombcell", "n": 0, "total": asked["n_units"]})
    import bombcell

    # WORKAROUND: bombcell has no way to be asked how far it is but its bars
    for name, words in (
        ("extract_raw_waveforms", "Raw waveforms"),
        ("helper_functions", "Metrics"),
    ):
        # the package has functions that are called as these modules
        module: Any = importlib.import_module(f"bombcell.{name}")
        module.tqdm = functools.partial(_told, words, asked["n_units"], tell)
    bombcell.run_bombcell(asked["ks_dir"], asked["results"], parameters(bombcell, asked))
    return str(getattr(bombcell, "__version__", "of unknown version"))


def parameters(bombcell: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Return Bombcell's own defaults with what is asked for.

    Raises
    ------
    ValueError
        If this Bombcell does not know one of them.
    """
    raw, meta = asked["raw"] or None, asked["meta"] or None
    param = bombcell.get_default_parameters(asked["ks_dir"], raw_file=raw, meta_file=meta)
    param["joblib_backend_preference"] = "threads"  # processes may outlive a cancelled run
    if strange := [name for name in asked["values"] if name not in param]:
        raise ValueError(f"this Bombcell knows no parameter {', '.join(strange)}")
    for name, value in asked["values"].items():
        several = isinstance(value, list)
        param[name] = np.array(value, np.float64) if several else value
    if param.get("gain_to_uV") is None:
        param["gain_to_uV"] = math.nan  # Bombcell asks whether it is one
    tsv = bool(asked["tsv"])
    return {**param, **FIXED, "saveAsTSV": tsv, "unit_type_for_phy": tsv}


def load_unpickled(load: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Open an array of numbers as NumPy does; one of Python's objects is refused."""
    options["allow_pickle"] = False
    return load(*args[:2], **options)


def _told(words: str, total: int, tell: Tell, items: Iterable[Any], **_: object) -> Iterator[Any]:
    """Yield what a bar of progress would, and tell how far it is."""
    last = 0.0
    for n, item in enumerate(items):
        now = time.monotonic()
        if now - last >= _TELL_S:
            tell({"of": words, "n": n, "total": total})
            last = now
        yield item
    tell({"of": words, "n": total, "total": total})


def _end_with(requests: BinaryIO, staging: Path) -> None:
    """End with the input, in the middle of whatever it is, and leave nothing unfinished behind."""
    try:
        while requests.read(1):
            pass
    except OSError:
        pass
    remove_tree(staging)
    os._exit(1)


def _print_trace() -> None:
    import traceback

    traceback.print_exc(file=sys.stderr)
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
