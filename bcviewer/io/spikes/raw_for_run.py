"""Which raw file a run of Bombcell can read: one file of int16, with what describes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.settings import Settings
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.files import one_line
from bcviewer.io.spikes.raw_file import CHOSEN, At, raw_places, raw_size

_OPEN_EPHYS = "structure.oebin"
_ABOVE = 4
"""So many folders above ``continuous.dat`` it may be."""


@dataclass(frozen=True, slots=True)
class RawForRun:
    """The raw file of a run.

    Attributes
    ----------
    path : Path or None
        The file; None where there is none that Bombcell reads.
    meta : Path or None
        What describes it.
    why : str
        Why there is none, or who named it.
    """

    path: Path | None
    meta: Path | None
    why: str


def raw_for_run(ks_dir: Path, said: Settings, settings: Settings, chosen: str, at: At) -> RawForRun:
    """Find the raw file of a sort for a run of Bombcell.

    Parameters
    ----------
    ks_dir : Path
        The sort.
    said, settings : Settings
        What ``params.py`` and the parameters of an earlier run say.
    chosen : str
        The file that somebody named; empty: nobody did.
    at : callable
        Told each file that is looked at, before it is.

    Raises
    ------
    UserError
        If the file that was named is not one that Bombcell reads.
    """
    missed: list[str] = []
    looked: list[list[Path]] = []
    for paths, source in raw_places(ks_dir, said.saved, settings, chosen):
        if paths in looked:
            continue  # who names it first is followed, and told
        looked.append(paths)
        try:
            _check(paths, said, at)
        except UserError as error:
            if source == CHOSEN:
                raise UserError(f"{error.message}.") from None
            missed.append(f"{error.message} ({source})")
            continue
        meta = next((one for one in _described(paths[0]) if one.is_file()), None)
        return RawForRun(paths[0], meta, source)
    return RawForRun(None, None, "; ".join(missed) or f"{names.PARAMS_PY} names none")


def _check(paths: list[Path], said: Settings, at: At) -> None:
    """Raise ``UserError`` where Bombcell would not read what is there."""
    shown = one_line(str(paths[0]), 300)
    if len(paths) > 1:
        raise UserError(f"{shown}: is one of {count_of(len(paths), 'file')}, Bombcell reads one")
    raw_size(paths[0], at)
    if (dtype := said.saved.get("dtype")) not in (None, "int16", "<i2", "i2"):
        raise UserError(f"{shown}: holds {one_line(dtype, 40)}, Bombcell reads int16")
    if said.number("offset") > 0:
        raise UserError(f"{shown}: begins at byte {said.number('offset'):g}, Bombcell reads all")


def _described(raw: Path) -> Iterator[Path]:
    """Yield where SpikeGLX and Open Ephys write what describes a raw file."""
    yield raw.with_suffix(".meta")
    if raw.name == "continuous.dat":
        yield from (folder / _OPEN_EPHYS for folder in list(raw.parents)[:_ABOVE])
