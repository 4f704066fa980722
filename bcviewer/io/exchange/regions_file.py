"""What writing regions of interest into a config changes, to be shown before it is written."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bcviewer.core.run.region import Region
from bcviewer.errors import UserError
from bcviewer.io.exchange.plan import Plan, PlannedFile, check_target, state_of
from bcviewer.io.files import one_line, open_input, reason
from bcviewer.io.results.config import LARGEST, read_config
from bcviewer.io.results.config_regions import with_regions
from bcviewer.io.results.find import probe_in


@dataclass(frozen=True, slots=True)
class RegionsPlan:
    """What is to be written into a config.

    Attributes
    ----------
    plan : Plan
        The file.
    changes : tuple of str
        What changes, a line a probe.
    left_out : tuple of str
        What cannot be written, a line a probe.
    """

    plan: Plan
    changes: tuple[str, ...]
    left_out: tuple[str, ...]


def plan_regions(file: Path, regions: Sequence[tuple[str, Region]]) -> RegionsPlan:
    """Return what writing regions of interest into a config would change.

    Parameters
    ----------
    file : Path
        The config.
    regions : sequence of (str, Region)
        Each probe's Kilosort directory, and its region.

    Raises
    ------
    UserError
        If nothing would change, or the file cannot be written.
    """
    name = one_line(file.name)
    check_target(file)
    there = state_of(file)
    if there is None:
        raise UserError(f"{name}: not there any more.")
    config = read_config(file)
    of_probe: dict[str, dict[Region, None]] = {}  # several sorts of a probe have one line in it
    for ks_dir, region in regions:
        of_probe.setdefault(probe_in(config, Path(ks_dir)), {})[region] = None
    lengths, changes, left_out = dict[str, float](), [], []
    for probe, found in of_probe.items():
        why, length = _not_written(tuple(found)), round(next(iter(found)).stop_um, 1)
        if why:
            left_out.append(f"{probe}: {', '.join(region.ends for region in found)}: {why}")
        elif config.roi_um.get(probe) != length:
            was = f"{config.roi_um[probe]:,.10g}" if probe in config.roi_um else "none"
            lengths[probe] = length
            changes.append(f"{probe}: {was} → {length:,.10g} µm")
    if not lengths:
        why = "; ".join(left_out) or "it says the same of all regions"
        raise UserError(f"{name}: nothing to write: {why}.")
    content = _content(file, lengths)
    if state_of(file) != there:
        raise UserError(f"{name}: it is being changed just now.", "Try again.")

    def write(path: Path) -> None:
        path.write_bytes(content)
        shutil.copymode(file, path)

    planned = PlannedFile(file, write, "; ".join(changes), (), there, file.parent)
    return RegionsPlan(Plan("config", (planned,)), tuple(changes), tuple(left_out))


def _not_written(regions: Sequence[Region]) -> str:
    """Return why a config cannot say what is of interest of a probe; empty: it can."""
    if len(regions) > 1:
        return "its sorts differ, and a config has one length for all of them"
    if regions[0].start_um > 0:
        return "a config holds a length from the tip only"
    return "" if round(regions[0].stop_um, 1) > 0 else "a config holds tenths of a µm"


def _content(file: Path, lengths: Mapping[str, float]) -> bytes:
    """Return the file as it is to be."""
    try:
        with open_input(file, follow=False) as opened:
            data = opened.read(LARGEST + 1)
        return with_regions(data, lengths)
    except (OSError, UserError) as error:
        raise UserError(f"{one_line(file.name)}: {reason(error)}.") from None
