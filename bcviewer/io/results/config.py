"""The notebook's configuration file: which recording, which probes, and where they are."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bcviewer.errors import UserError
from bcviewer.io.files import decode, expanded, one_line, read_bytes
from bcviewer.io.results.folders import kind_of
from bcviewer.io.results.naming import short, stream_letter

LARGEST = 4_000_000
_MOST_PROBES = 200
_WINDOWS = re.compile(r"^(?:[A-Za-z]:[\\/]|\\\\|//[^/]+/[^/]+)")
_LENGTH = re.compile(r"(?P<number>\d+(?:[.,]\d+)?)\s*(?P<unit>[µμu]m|mm)?")
_NO_LENGTHS = frozenset({"", "null", "none", "nan", "all"})
_TIPS = {"lowest_y": False, "highest_y": True}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Config:
    """What a config file says.

    Attributes
    ----------
    file : Path
        The config file.
    recording : Path
        The recording's folder.
    probes : tuple of str
        Letters of all probes; empty where it names none: then those that exist are meant.
    streams : mapping of str to str
        Letter of each stream that it names.
    np20_probes : tuple of str
        Those that were run again in the mode ``np20_rerun``.
    regions : mapping of str to str
        Brain region of each probe.
    roi_um : mapping of str to float
        Length of the region of interest of each probe, µm from the tip; absent: none.
    tip_at_top : mapping of str to bool
        Probes whose tip is said to be at the lowest (False) or the highest (True) y.
    other_tips : bool
        The same of all other probes.
    """

    file: Path
    recording: Path
    probes: tuple[str, ...]
    streams: Mapping[str, str]
    np20_probes: tuple[str, ...]
    regions: Mapping[str, str]
    roi_um: Mapping[str, float]
    tip_at_top: Mapping[str, bool]
    other_tips: bool = False

    def probes_of(self, mode: str) -> tuple[str, ...]:
        """Return the probes that a run mode should have; others may be there as well."""
        if "/" in mode:  # another result of the same sorts
            return ()
        return {"batch": self.probes, "np20_rerun": self.np20_probes}.get(kind_of(mode), ())

    def probe_of(self, probe: str, folder: str) -> str:
        """Return the config's name for a probe, by its own and its folder's name; else its own."""
        said = {*self.probes, *self.np20_probes, *self.regions, *self.roi_um}
        if probe in said:
            return probe
        named = (self.streams.get(name) for name in (probe, folder, short(folder)))
        by_case = {name.casefold(): name for name in said}
        cased = (by_case.get(name.casefold()) for name in (probe, stream_letter(probe)))
        return next((name for name in (*named, *cased) if name), probe)

    def tip_of(self, probe: str) -> bool:
        """Return whether a probe's tip is at the highest y."""
        return self.tip_at_top.get(probe, self.other_tips)


def read_config(file: Path, root: Path | None = None) -> Config:
    """Read and check a config file.

    Parameters
    ----------
    file : Path
        The file.
    root : Path, optional
        Where the recordings are, instead of ``recordings_root``.

    Raises
    ------
    UserError
        One line with the file's name, and the line number where it is not JSON.
    """
    name = one_line(file.name)
    try:
        saved = _load(file)
        probes, streams = _streams(saved)
        tip = saved.get("probe_tip_at")
        return Config(
            file,
            _recording(saved, file, root),
            probes,
            streams,
            _letters(saved, "np20_probes"),
            _per_probe(saved, "probe_brain_regions", _region),
            _per_probe(saved, "probe_recording_roi", _length),
            _tips(saved, probes),
            isinstance(tip, str) and _tip("probe_tip_at", tip),
        )
    except UserError as error:
        hint = error.hint or "It should look like the notebook's recording_config.json."
        raise UserError(f"{name}: {error.message}.", hint) from None


def _load(file: Path) -> dict[str, Any]:
    try:
        saved = json.loads(decode(read_bytes(file, LARGEST)))
    except json.JSONDecodeError as error:
        raise UserError(f"line {error.lineno}: not valid JSON ({error.msg})") from None
    except RecursionError:
        raise UserError("not valid JSON (nested too deeply)") from None
    except ValueError as error:
        raise UserError(f"not valid JSON ({one_line(error, 80)})") from None
    if not isinstance(saved, dict):
        raise UserError("a JSON object with recording_name and recordings_root was expected")
    return saved


def _text(saved: Mapping[str, Any], key: str) -> str:
    value = saved.get(key)
    if key not in saved:
        raise UserError(f"{key} is missing")
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise UserError(f"{key} must be a text, not {_shown(value)}")
    return value.strip()


def _recording(saved: Mapping[str, Any], file: Path, root: Path | None) -> Path:
    """Return the recording's folder; a relative root starts at the config file."""
    name = _portable(_text(saved, "recording_name"))
    if _WINDOWS.match(name) or Path(name).is_absolute() or ".." in Path(name).parts:
        raise UserError(f"recording_name must be a folder's name, not {_shown(name)}")
    if root is not None:
        # The recording itself is what people have at hand as often as its parent.
        return root if root.name == name and not (root / name).is_dir() else root / name
    text = _text(saved, "recordings_root")
    if os.name != "nt" and _WINDOWS.match(text):
        raise UserError(
            f"recordings_root is a Windows path ({one_line(text, 80)})",
            "Say where it is on this computer with --root.",
        )
    return file.absolute().parent / expanded(_portable(text)) / name


def _portable(text: str) -> str:
    """Return a relative path written on Windows with this system's separators."""
    return text if os.name == "nt" or "/" in text else text.replace("\\", "/")


def _streams(saved: Mapping[str, Any]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the probes' letters, and the letter of each stream that belongs to one of them."""
    streams = saved.get("probe_stream_names")
    if streams is None:
        return (), {}
    if not isinstance(streams, (dict, list)) or not streams:
        raise UserError(f"probe_stream_names must name the probes, not {_shown(streams)}")
    letters: dict[str, None] = {}
    whose: dict[str, set[str]] = {}
    for named in list(streams)[:_MOST_PROBES]:
        if isinstance(streams, dict):
            letter, stream = _letter("probe_stream_names", named), streams[named]
        else:
            letter, stream = _letter_in(named), named
        letters[letter] = None
        for name in {stream, short(stream)} if isinstance(stream, str) else ():
            whose.setdefault(name, set()).add(letter)
    return tuple(letters), {name: min(own) for name, own in whose.items() if len(own) == 1}


def _letter_in(stream: object) -> str:
    """Return the probe that a stream's name tells: A of ``Neuropix-PXI-100.ProbeA-AP``."""
    if not isinstance(stream, str) or ".." in stream or not stream.strip():
        raise UserError(f"probe_stream_names: a stream's name must be text, not {_shown(stream)}")
    return stream_letter(stream) or _letter("probe_stream_names", short(stream.strip()))


def _letters(saved: Mapping[str, Any], key: str) -> tuple[str, ...]:
    listed = saved.get(key)
    if listed is None:
        return ()
    if not isinstance(listed, list):
        raise UserError(f"{key} must be a list of probes, not {_shown(listed)}")
    return tuple(_letter(key, probe) for probe in listed)[:_MOST_PROBES]


def _letter(key: str, probe: object) -> str:
    if not isinstance(probe, str) or not re.fullmatch(r"[\w. -]+", probe) or ".." in probe:
        raise UserError(f"{key}: a probe's name must be plain text, not {_shown(probe)}")
    return probe


def _per_probe(
    saved: Mapping[str, Any], key: str, check: Callable[[str, object], T | None]
) -> dict[str, T]:
    """Return a mapping from probe to checked value; null counts as absent."""
    values = saved.get(key)
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise UserError(f"{key} must map probes to values, not {_shown(values)}")
    checked = {p: check(f"{key}[{p!r}]", v) for p, v in values.items() if v is not None}
    return {probe: value for probe, value in checked.items() if value is not None}


def _region(where: str, value: object) -> str:
    if not isinstance(value, str):
        raise UserError(f"{where} must be a text, not {_shown(value)}")
    return one_line(value)


def _length(where: str, value: object) -> float | None:
    """Return a length in µm, from a number or from a text like ``180``, ``180 µm``, ``0,18 mm``."""
    number: object = value
    if isinstance(value, str):
        if value.strip().casefold() in _NO_LENGTHS:
            return None
        match = _LENGTH.fullmatch(value.strip())
        number = float(match["number"].replace(",", ".")) if match else value
        if match and match["unit"] == "mm":
            number = float(match["number"].replace(",", ".")) * 1000
    usable = isinstance(number, (int, float)) and not isinstance(number, bool)
    if not usable or not 0 < number < math.inf:  # type: ignore[operator]
        raise UserError(f"{where} must be a length in µm or null, not {_shown(value)}")
    return float(number)  # type: ignore[arg-type]


def _tips(saved: Mapping[str, Any], probes: tuple[str, ...]) -> dict[str, bool]:
    said = saved.get("probe_tip_at")
    if isinstance(said, str):
        return dict.fromkeys(probes, _tip("probe_tip_at", said))
    return _per_probe(saved, "probe_tip_at", _tip)


def _tip(where: str, value: object) -> bool:
    if not isinstance(value, str) or value not in _TIPS:
        raise UserError(f"{where} must be {' or '.join(_TIPS)}, not {_shown(value)}")
    return _TIPS[value]


def _shown(value: object) -> str:
    return one_line(json.dumps(value, ensure_ascii=False, default=str), 60)
