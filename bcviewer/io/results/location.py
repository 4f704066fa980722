"""Where one run is: a probe's results on disk, or a probe that cannot be opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RunLocation:
    """One probe's results on disk, or a probe that was found but cannot be opened.

    Attributes
    ----------
    ks_dir, results_dir : Path
        The Kilosort directory and its results folder.
    name, probe : str
        What to call it, and the short form for buttons: ``kilosort4_A`` and ``A``; where the
        directory's name tells nothing, the nearest parent's that does. Within one run mode no
        two of what was found are alike.
    mode : str
        Run mode: a key of ``names.MODE_FOLDERS``, or the folder's name; may be empty.
    variant : str
        Name of the results folder where the sort has several and this is not the usual one;
        then it is the end of the mode, too.
    others : tuple of str
        Names of the other results folders of the same sort.
    region : str
        Brain region, from a config.
    roi_um : float or None
        Length of the region of interest from the tip, µm, from a config.
    tip_at_top : bool
        Whether the tip is at the highest y.
    problem : str
        Why it cannot be opened; empty where it can.
    sort_from : {'', 'parameters', 'person'}
        Who says that the results are of this Kilosort directory: they are in it; their saved
        parameters; somebody who pointed at it.
    """

    ks_dir: Path
    results_dir: Path
    name: str
    probe: str
    mode: str = ""
    variant: str = ""
    others: tuple[str, ...] = ()
    region: str = ""
    roi_um: float | None = None
    tip_at_top: bool = False
    problem: str = ""
    sort_from: str = ""
