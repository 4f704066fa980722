"""Which columns are shown at first, reported and exported; any other can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

DEFAULT_COLUMNS: tuple[str, ...] = (
    "probe",
    "label",
    "cluster_id",
    "rules",
    "reason",
    "good_margin",
    "fractionRPVs_estimatedTauR",
    "nSpikes",
    "depth_um",
    "roi_label",
    "manual_label",
    "note",
)
"""What the window's table shows at first, in this order."""


def with_what_if(columns: Sequence[str]) -> list[str]:
    """Return columns with those of a proposal, as long as one is tried: the flips by the label."""
    others = [key for key in columns if key not in ("was", "flip")]
    at = _by_the_label(others)
    return [*others[:at], "flip", *others[at:], "was"]


def with_between(columns: Sequence[str]) -> list[str]:
    """Return columns with those of a comparison, while there is one: the change by the label."""
    others = [key for key in columns if key not in ("change", "cause", "because")]
    at = _by_the_label(others)
    return [*others[:at], "change", "cause", *others[at:], "because"]


def _by_the_label(columns: Sequence[str]) -> int:
    """Return the place after the label, and after the id that follows it: it stays in sight."""
    at = columns.index("label") + 1 if "label" in columns else 0
    return at + (list(columns[at : at + 1]) == ["cluster_id"])


def with_passing(columns: Sequence[str], there: Callable[[str], object]) -> list[str]:
    """Return columns with those that are there for a while only: tried, or compared."""
    out = [*columns]
    for key, adds in (("flip", with_what_if), ("change", with_between)):
        out = adds(out) if there(key) else out
    return out


def shown_at_first(known: Sequence[str]) -> list[str]:
    """Return which of some columns to show at first: a region in place of the depth."""
    return [key for key in known if key != "depth_um" or "roi_label" not in known]


REPORT_COLUMNS: tuple[str, ...] = (
    "cluster_id",
    "label",
    "reason",
    "steps_to_good",
    "safety_of_good",
    "nSpikes",
    "firing_rate",
    "fractionRPVs_estimatedTauR",
    "rpv_verdict",
    "presenceRatio",
    "percentageSpikesMissing_gaussian",
    "rawAmplitude",
    "signalToNoiseRatio",
    "depth_um",
    "roi_label",
    "ks_label",
)
"""Columns of the report's table of units, where a run has them."""

EXPORT_FIRST: tuple[str, ...] = ("bombcell_label", "unit_index", "cluster_id")
EXPORT_LAST: tuple[str, ...] = (
    "split_label",
    "family",
    "masked_reasons",
    "not_tested",
    "missing_values",
    "n_failed",
    "sole_blocker",
    "steps_to_good",
    "safety_of_good",
    "rpv_verdict",
    "kept_fraction",
    "depth_um",
    "roi_label",
)
"""Columns of the exported table after the classification reason."""
EXPORT_STABLE: tuple[str, ...] = ("stable_from_s", "stable_to_s")
"""The time in which a curator keeps a unit for stable, exactly as it was chosen by hand."""
EXPORT_MANUAL: tuple[str, ...] = (
    "final_label",
    "manual_label",
    "manual_under",
    "opinions",
    "note",
    *EXPORT_STABLE,
)
"""Last columns of the exported table, where any unit has a manual label or a note (``opinions``:
where people differ; ``manual_under``: where one was given under a proposal; those of
:data:`EXPORT_STABLE`: where one was kept)."""
