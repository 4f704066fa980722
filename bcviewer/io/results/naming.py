"""What to call a probe: after the nearest folder whose name tells something, no two alike."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

from bcviewer.io.names import MODE_PREFIX

_LETTER = re.compile(r"kilosort\d*(?:\.\d+)?[_-](?P<probe>[A-Za-z0-9]+)$", re.IGNORECASE)
_GENERIC = re.compile(
    r"""(py)?(kilosort|ks)[\d._-]*(out|output|outputs|result|results|sorted|sorting)?
      | (sorter|sorting|sort|spike|si|phy|in[_-]container)?[_-]?(out|output|outputs|sorting|sorted)
      | results? | phy | alf | (bombcell|qmetrics?)[\W_\d]*(out|output|outputs|results?)?""",
    re.IGNORECASE | re.VERBOSE,
)
"""Folders that every recording has: sorters', SpikeInterface's, Bombcell's."""
_IMEC = re.compile(r"(?:^|[._-])(imec\d+)(?:[._-]|$)", re.IGNORECASE)
"""SpikeGLX and CatGT: ``run_g0_imec0``, ``run_g0_tcat.imec0.ap``."""
_STREAM = re.compile(r".+-\d+\.(?P<stream>.*[A-Za-z].*)")
"""Open Ephys: ``<processor>-<its id>.<stream>``."""
_OPEN_EPHYS = re.compile(
    r"record[ _]node.*|experiment\d*|recording\d*|continuous|events|spikes", re.IGNORECASE
)
"""Folders within every recording of it."""
_PART = re.compile(r"(imec|probe|shank|group)[ _-]?[A-Z0-9]{1,2}", re.IGNORECASE)
"""Folders of a probe, or of a part of one, that are called by nothing else."""
_PROBE_LETTER = re.compile(r"Probe[ _-]?([A-Z])(?![a-z])")


def letter_of(name: str) -> str:
    """Return the probe in ``kilosort4_B``; empty where the name has none."""
    match = _LETTER.match(name)
    return match["probe"] if match and not _GENERIC.fullmatch(name) else ""


def probe_of(name: str) -> str:
    """Return the probe's letter from ``kilosort4_B``, or the whole name where it has none."""
    return letter_of(name) or name


def is_telling(name: str) -> bool:
    """Whether a folder's name says more than which program made it."""
    return bool(name) and not _GENERIC.fullmatch(name)


def tells_recording(name: str) -> bool:
    """Whether a folder's name may be that of a recording, and not of a part of each."""
    within = name.startswith(MODE_PREFIX) or _OPEN_EPHYS.fullmatch(name)
    return is_telling(name) and not within


def recording_and_probe(ks_dir: Path) -> tuple[str, str]:
    """Return what a recording and its probe are called, from wherever they are looked at.

    A folder whose name tells no probe is both: what is in it is the only sort that there is.
    """
    named = next((f for f in chain((ks_dir,), ks_dir.parents) if is_telling(f.name)), ks_dir)
    probe = short(named.name) or str(named)
    if not _names_probe(named.name):
        return named.name or str(named), probe
    above = (folder.name for folder in named.parents if tells_recording(folder.name))
    return next(above, named.name), probe


def _names_probe(name: str) -> bool:
    return short(name) != name or _PART.fullmatch(name) is not None


def short(name: str) -> str:
    """Return what tells probes apart in a folder's or a stream's name."""
    if found := letter_of(name):
        return found
    if match := _IMEC.search(name):
        return match[1]
    match = _STREAM.fullmatch(name.rpartition("#")[2])
    return match["stream"] if match else name


def stream_letter(name: str) -> str:
    """Return the letter of ``…ProbeA-AP``; empty where there is none."""
    match = _PROBE_LETTER.search(name)
    return match[1] if match else ""


def telling(path: Path) -> str:
    """Return the name of the nearest folder that tells something, the path's own first."""
    found = (folder.name for folder in chain((path,), path.parents) if is_telling(folder.name))
    return next(found, path.name or str(path))


def own_names(paths: Sequence[Path]) -> dict[Path, str]:
    """Return each path's name; some may be alike.

    Where what tells is a folder that lettered probes are in as well, ``kilosort4`` beside
    ``kilosort4_A``, a path keeps its own name.
    """
    lettered = {path.parent for path in paths if letter_of(path.name)}
    out = {}
    for path in paths:
        beside = not is_telling(path.name) and path.parent in lettered
        out[path] = path.name if beside else short(telling(path))
    return out


def distinct(names: Mapping[Path, str], taken: Iterable[str] = ()) -> dict[Path, str]:
    """Return a name for each path, no two alike whatever their case, and none of those taken.

    Those that would be called the same get in front what differs in their paths:
    ``session1 A`` and ``session2 A``.
    """
    alike: dict[str, list[Path]] = defaultdict(list)
    for path, name in names.items():
        alike[name.casefold()].append(path)
    found: dict[Path, str] = {}
    for group in alike.values():
        theirs = [names[path] for path in group]
        told = theirs if len(group) == 1 else _told_apart(group, theirs)
        found |= dict(zip(group, told, strict=True))
    used = {name.casefold() for name in taken}
    return {path: _free(found[path], used) for path in names}


def _told_apart(paths: list[Path], names: list[str]) -> list[str]:
    parts = _differing([path.parts for path in paths])
    trial = names
    for wanted in (parts[:1], parts):
        trial = [" ".join([*(c[i] for c in wanted if c[i]), n]) for i, n in enumerate(names)]
        if len({text.casefold() for text in trial}) == len(trial):
            break
    return trial


def _differing(parts: list[tuple[str, ...]]) -> list[list[str]]:
    """Return the columns in which paths differ; one of all that follows where they part."""
    if len({len(path) for path in parts}) == 1:
        columns = [list(column) for column in zip(*parts, strict=True)]
        return [column for column in columns if len(set(column)) > 1]
    start = 0
    while len({path[start : start + 1] for path in parts}) == 1:
        start += 1
    return [[" ".join(filter(is_telling, path[start:-1])) for path in parts]]


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free.casefold())
    return free
