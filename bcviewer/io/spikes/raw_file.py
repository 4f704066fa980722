"""The raw file that a sort was made of: found by what others wrote of it, read a snippet at a time.

``params.py`` is read as text and never run. The file is opened for reading, only if it is a
regular one, and closed again: it is never mapped, since one that is cut meanwhile would end the
program.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import BinaryIO

import numpy as np

from bcviewer.core.arrays import Array, Ints
from bcviewer.core.evidence.raw_file import RawAbout
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.settings import Settings
from bcviewer.core.run.run import Run
from bcviewer.errors import UserError
from bcviewer.io import names
from bcviewer.io.files import file_size, one_line, open_input, reason
from bcviewer.io.spikes.kilosort import read_array
from bcviewer.io.spikes.params_py import read_params_py

CHOOSE = "File > Raw file of this recording… points at it."
"""What a curator can do where there is none."""

CHOSEN = "chosen by hand"

_BOMBCELL = "Bombcell's parameters"

_MOST_CHANNELS = 100_000
_MOST_PARTS = 1_000
_LARGEST_SNIPPET = 100_000_000
"""Bytes of one snippet on all channels: more is a mistake in the parameters."""
_PACKED = (".cbin", ".ch", ".zip", ".gz", ".h5", ".nwb", ".zarr")
"""Ends of names of files that hold no plain numbers."""
_CHECK_EVERY = 16
"""Snippets between two looks whether somebody still waits."""

At = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the numbers lie in the file, as ``params.py`` says, or else Bombcell's parameters."""

    n_channels: int
    said_by: str
    dtype: np.dtype[np.generic]
    offset: int
    notes: tuple[str, ...]

    @property
    def row(self) -> int:
        """Bytes of one sample of all channels."""
        return self.n_channels * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the files that follow each other: its samples are ``first`` to before ``stop``."""

    path: Path
    first: int
    stop: int


class RawFiles:
    """A raw file of one or several parts: :class:`bcviewer.core.evidence.raw_file.RawFile`.

    Made by :func:`find_raw`.
    """

    def __init__(
        self, parts: tuple[_Part, ...], layout: _Layout, columns: Ints, about: RawAbout, at: At
    ) -> None:
        self.about = about
        self._at = at
        self._parts = parts
        self._layout = layout
        self._columns = columns

    def snippets(
        self, starts: Ints, width: int, channels: Ints, check: Callable[[], None]
    ) -> Array:
        """Return ``width`` samples from each start on, of some channels, as they are stored."""
        columns, layout = self._columns_of(channels), self._layout
        if width * layout.row > _LARGEST_SNIPPET:
            size = f"{width * layout.row / 1e6:,.0f} MB"
            raise UserError(f"A spike of {width:,} samples on all channels would be {size}.")
        out = np.empty((len(starts), width, len(columns)), layout.dtype)
        order = np.argsort(starts, kind="stable")  # a disk likes to go one way
        for part, which in self._by_part(starts[order], width, order):
            self._at(str(part.path))
            try:
                with open_input(part.path) as file:
                    for n, i in enumerate(which.tolist()):
                        if n % _CHECK_EVERY == 0:
                            check()
                        first = max(int(starts[i]), part.first)
                        stop = min(int(starts[i]) + width, part.stop)
                        rows = self._read(file, first - part.first, stop - first)
                        at = first - int(starts[i])
                        out[i, at : at + len(rows)] = rows[:, columns]
            except OSError as error:
                raise UserError(f"{part.path}: {reason(error)}.") from None
            except UserError as error:
                raise UserError(f"{part.path}: {error.message}.") from None
        return out

    def _by_part(self, starts: Ints, width: int, order: Ints) -> Iterator[tuple[_Part, Ints]]:
        """Yield the parts with the snippets that lie in them, wholly or not."""
        for part in self._parts:
            low = int(np.searchsorted(starts, part.first - width, "right"))
            high = int(np.searchsorted(starts, part.stop, "left"))
            if high > low:
                yield part, order[low:high]

    def _read(self, file: BinaryIO, first: int, n: int) -> Array:
        """Return some samples of all channels, shape (n, n_channels)."""
        layout = self._layout
        file.seek(layout.offset + first * layout.row)
        data = file.read(n * layout.row)
        if len(data) != n * layout.row:
            raise UserError("changed while it was read")
        return np.frombuffer(data, layout.dtype).reshape(n, layout.n_channels)

    def _columns_of(self, channels: Ints) -> Ints:
        if len(channels) and int(channels.max()) >= len(self._columns):
            raise UserError(
                f"{names.CHANNEL_MAP}: has {count_of(len(self._columns), 'channel')}, "
                f"none for {int(channels.max())}."
            )
        return self._columns[channels]


def find_raw(run: Run, chosen: str, at: At) -> RawFiles:
    """Find the raw file of a run and check what can be checked of it.

    The file that somebody chose is taken if it is there, else the one that ``params.py`` names,
    else the one that Bombcell's parameters name.

    Parameters
    ----------
    run : Run
        The run.
    chosen : str
        The file that somebody pointed at; empty: nobody did.
    at : callable
        Told each file that is looked at, before it is: its drive may not answer.

    Raises
    ------
    UserError
        If there is none, with where it was expected and what to do.
    """
    ks_dir = Path(run.provenance.ks_dir)
    at(str(ks_dir))
    said, _ = read_params_py(ks_dir)
    places: list[tuple[list[Path], str]] = []
    for paths, source in raw_places(ks_dir, said, run.settings, chosen):
        if paths not in [known for known, _ in places]:
            places.append((paths, source))
    if not places:
        raise UserError(
            f"{names.PARAMS_PY} names no raw file (dat_path), nor do Bombcell's parameters. "
            + CHOOSE
        )
    missed: list[str] = []
    for paths, source in places:
        try:
            sizes = [raw_size(path, at) for path in paths]
        except UserError as error:
            missed.append(f"{error.message} ({source})")
            continue
        layout = _layout(said, run.settings)
        notes = [f"Not taken: {text}." for text in missed]
        parts = _parts(paths, sizes, layout, notes)
        at(str(ks_dir))
        columns, said_of_them = _columns(ks_dir, layout)
        told = (*notes, *layout.notes, *said_of_them)
        files = tuple(str(path) for path in paths)
        about = RawAbout(files, source, parts[-1].stop, layout.n_channels, told)
        return RawFiles(parts, layout, columns, about, at)
    raise UserError(f"No raw file where it was expected: {'; '.join(missed)}. {CHOOSE}")


def raw_places(
    ks_dir: Path, said: Mapping[str, object], settings: Settings, chosen: str
) -> Iterator[tuple[list[Path], str]]:
    """Yield where the raw file may be: its parts, and who says so."""
    if chosen:
        yield [Path(chosen)], CHOSEN
    texts = said.get("dat_path")
    listed = list(texts) if isinstance(texts, (list, tuple)) else [texts]
    known = [text for text in listed if isinstance(text, str) and text.strip()]
    if known and len(known) == len(listed) <= _MOST_PARTS:
        yield [_path(ks_dir, text) for text in known], f"dat_path of {names.PARAMS_PY}"
    text = settings.text("raw_data_file").strip()
    if text and text.casefold() not in ("nan", "none"):
        yield [_path(ks_dir, text)], f"raw_data_file of {_BOMBCELL}"


def _path(ks_dir: Path, text: str) -> Path:
    """Return a path as phy takes it: from the Kilosort directory, where it is a relative one."""
    if PureWindowsPath(text).drive:  # on another system it is nowhere, and told as it is written
        return Path(text)
    return ks_dir / text


def raw_size(path: Path, at: At) -> int:
    """Return the size of a part, bytes; raises ``UserError`` with its path and what is wrong."""
    shown = one_line(str(path), 300)
    if path.suffix.casefold() in _PACKED:
        raise UserError(f"{shown}: packed ({path.suffix}); only plain numbers are read")
    if PureWindowsPath(path).drive and not path.is_absolute():
        raise UserError(f"{shown}: not there (a path of Windows)")
    at(str(path))
    try:
        return file_size(path)
    except UserError as error:
        raise UserError(f"{shown}: {error.message}") from None


def _layout(said: Mapping[str, object], settings: Settings) -> _Layout:
    """Return how the numbers lie in the file."""
    n, said_by, notes = _channels(said, settings)
    assumed: list[str] = []
    offset = Settings(said).number("offset")
    if math.isnan(offset):
        offset = 0.0
        assumed.append("that they begin at its beginning (offset 0)")
    if not (0 <= offset < 2**62 and offset == math.floor(offset)):
        raise UserError(f"{names.PARAMS_PY}: offset is {offset:g}, no number of bytes.")
    if said.get("dtype") is None:
        assumed.append("that they are int16, as Kilosort's are (dtype)")
    if assumed:
        how = " and ".join(assumed)
        notes.append(f"{names.PARAMS_PY} does not tell how the numbers lie: it is assumed {how}.")
    return _Layout(n, said_by, _dtype(said.get("dtype")), int(offset), tuple(notes))


def _channels(said: Mapping[str, object], settings: Settings) -> tuple[int, str, list[str]]:
    """Return how many channels the file has, who says so, and what to say of it."""
    told = [(Settings(said).number("n_channels_dat"), "n_channels_dat", names.PARAMS_PY)]
    told += [(settings.number(name), name, _BOMBCELL) for name in ("n_channels_rec", "nChannels")]
    known = [one for one in told if not math.isnan(one[0])]
    if not known:
        raise UserError(
            f"{names.PARAMS_PY} does not say how many channels (n_channels_dat), nor do "
            f"{_BOMBCELL} (n_channels_rec)."
        )
    n, name, who = known[0]
    if not (1 <= n <= _MOST_CHANNELS and n == math.floor(n)):
        raise UserError(f"{who}: {name} is {n:g}, no number of channels.")
    notes = []
    others = [number for number, _, by in known if by != who]
    if others and others[0] != n:
        notes.append(f"{who} says {n:g} channels, {_BOMBCELL} {others[0]:g}: {who} is followed.")
    return int(n), f"{name} of {who}", notes


def _dtype(said: object) -> np.dtype[np.generic]:
    """Return the type of the numbers; ``int16`` where nobody says: all of Kilosort's are."""
    if said is None:
        return np.dtype(np.int16)
    try:
        dtype: np.dtype[np.generic] = np.dtype(said) if isinstance(said, str) else np.dtype("V")
    except (TypeError, ValueError, SyntaxError):
        dtype = np.dtype("V")
    if dtype.kind not in "iuf":
        raise UserError(f"{names.PARAMS_PY}: dtype is {one_line(said, 40)}, no type of numbers.")
    return dtype


def _parts(
    paths: list[Path], sizes: list[int], layout: _Layout, notes: list[str]
) -> tuple[_Part, ...]:
    """Return the files that follow each other; what is odd about one is added to ``notes``."""
    parts: list[_Part] = []
    first = 0
    channels = count_of(layout.n_channels, "channel")
    for path, size in zip(paths, sizes, strict=True):
        samples, rest = divmod(max(size - layout.offset, 0), layout.row)
        if not samples:
            raise UserError(f"{path}: has not one sample of {channels}.")
        if rest:
            notes.append(
                f"{path.name}: its size is no whole number of samples of "
                f"{channels} ({count_of(rest, 'byte is', 'bytes are')} left): is it this file?"
            )
        parts.append(_Part(path, first, first + samples))
        first += samples
    return tuple(parts)


def _columns(ks_dir: Path, layout: _Layout) -> tuple[Ints, tuple[str, ...]]:
    """Return the place in the file of each channel of the probe, and what to say of it."""
    path = ks_dir / names.CHANNEL_MAP
    if not path.exists():
        said = f"{names.CHANNEL_MAP} is not there: channels are taken in the file's order."
        return np.arange(layout.n_channels), (said,)
    try:
        columns = read_array(path, kinds="iu", most_bytes=10_000_000).ravel().astype(np.int64)
    except UserError as error:
        raise UserError(f"{names.CHANNEL_MAP}: {error.message}.") from None
    if len(columns) and not 0 <= columns.min() <= columns.max() < layout.n_channels:
        raise UserError(
            f"{names.CHANNEL_MAP} names channel {int(columns.max())}, the raw file has "
            f"{layout.n_channels:,} ({layout.said_by})."
        )
    return columns, ()
