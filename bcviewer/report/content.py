"""What the page says of one probe, as plain words and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bcviewer.core.audit.audit import Rpv
from bcviewer.core.audit.reasons import blocker
from bcviewer.core.audit.states import State
from bcviewer.core.audit.summary import agreement, class_counts, family_counts, why_no_good
from bcviewer.core.figures.words import class_name, rule_words, share
from bcviewer.core.rules.columns import COLUMNS, Column
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.criteria import FLAGS
from bcviewer.core.rules.defaults import Setting, computation, settings
from bcviewer.core.rules.labels import CLASSES, LABEL_NAMES, Codes, Label
from bcviewer.core.rules.rules import RULES
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.oracle.client import Verification

MAX_ROWS = 5_000
UNIT_COLUMNS: tuple[str, ...] = (
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
SHOWN_DIFFERENCES = 10


@dataclass(frozen=True, slots=True)
class Count:
    """One class: its code for the style sheet, its name, units, and their share."""

    code: str
    name: str
    n: int
    share: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter as text."""

    name: str
    value: str
    default: str
    differs: bool
    note: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the table of units."""

    text: str
    style: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Units:
    """The table of units.

    Attributes
    ----------
    columns : tuple of Column
        Its columns.
    rows : list of tuple of Cell
        At most ``MAX_ROWS``, in attention order.
    left_out : int
        How many units are not in it.
    """

    columns: tuple[Column, ...]
    rows: list[tuple[Cell, ...]]
    left_out: int


@dataclass(frozen=True, slots=True)
class ProbeText:
    """Everything but the figures."""

    facts: tuple[tuple[str, str], ...]
    no_good: str
    undecided: str
    changed: tuple[Parameter, ...]
    thresholds: tuple[Parameter, ...]
    flags: tuple[Parameter, ...]
    computation: tuple[Parameter, ...]
    issues: tuple[str, ...]
    counts: tuple[Count, ...]
    split: tuple[Count, ...]
    families: Mapping[str, int]
    blockers: tuple[tuple[str, int, str], ...]
    not_tested: tuple[tuple[str, str, str], ...]
    no_value: tuple[tuple[str, str, str], ...]
    agreement: tuple[str, ...]
    units: Units = field(repr=False)


def probe_text(table: Sheet, answer: Verification | None) -> ProbeText:
    """Return the words and numbers about one run."""
    listed = settings(table.criteria)
    computed = computation(table.run.settings)
    return ProbeText(
        facts=tuple(_facts(table, answer)),
        no_good="" if (table.labels == Label.GOOD).any() else why_no_good(table.audit),
        undecided=_undecided(table),
        changed=tuple(_parameter(s) for s in (*listed, *computed) if s.differs),
        thresholds=tuple(_parameter(s) for s in listed if s.name not in FLAGS),
        flags=tuple(_parameter(s) for s in listed if s.name in FLAGS),
        computation=tuple(_parameter(s) for s in computed),
        issues=tuple(str(issue) for issue in table.run.issues),
        counts=label_counts(table.labels),
        split=_split(table),
        families=family_counts(table.audit),
        blockers=_blockers(table),
        not_tested=tuple(_not_tested(table)),
        no_value=tuple(_no_value(table)),
        agreement=tuple(_agreement(table, answer)),
        units=unit_table(table),
    )


def label_counts(codes: Codes) -> tuple[Count, ...]:
    """Return the classes with their counts and shares."""
    return tuple(
        Count(label.name, class_name(label), n, share(n, len(codes)))
        for label, n in class_counts(codes).items()
    )


def _split(table: Sheet) -> tuple[Count, ...]:
    """Return the counts as if non-somatic units were split, where that says more."""
    if not (table.labels == Label.NON_SOMA).any():
        return ()
    return label_counts(table.audit.split_label)


def kept_words(table: Sheet) -> str:
    """Return which share of the session the metrics were computed on."""
    kept = table.values("kept_fraction")
    known = kept[np.isfinite(kept)]
    if not table.n_units:
        return "no units"
    if not len(known):
        return "unknown: the length of the session is not known"
    low, middle, high = (float(q) for q in np.quantile(known, (0, 0.5, 1)))
    unknown = len(kept) - len(known)
    rest = f"; unknown for {count_of(unknown, 'unit')}" if unknown else ""
    if low == high == 1.0:
        return "the whole session" + rest
    return f"median {middle:.0%} of the session (from {low:.0%} to {high:.0%} by unit){rest}"


def verified_words(answer: Verification | None) -> str:
    """Return whether bombcell was asked, and which one."""
    if answer is None:
        return "not asked"
    if answer.status == "verified":
        return f"bombcell {answer.version}"
    by = f" by bombcell {answer.version}" if answer.version else ""
    return f"{answer.status}{by}: {answer.why}"


SORT_WORDS = {
    "": "",
    "parameters": " (named by the saved parameters; the results are elsewhere)",
    "person": " (chosen by hand; the results are elsewhere)",
}
"""How it is known which sort the results belong to."""


def _facts(table: Sheet, answer: Verification | None) -> list[tuple[str, str]]:
    where = table.run.provenance
    facts = [
        ("Kilosort directory", where.ks_dir + SORT_WORDS[where.sort_from]),
        ("Bombcell results", where.results_dir),
        ("Written by", where.writer or "unknown"),
        ("Labels verified by", verified_words(answer)),
        ("Kept time", kept_words(table)),
    ]
    if where.mode:
        facts.insert(2, ("Run mode", where.mode))
    if where.region:
        facts.append(("Brain region", where.region))
    if where.roi_um is not None:
        end = "the highest" if where.tip_at_top else "the lowest"
        facts.append(("Region of interest", f"{where.roi_um:g} µm from the tip ({end} y)"))
    too_few = int((table.audit.rpv == Rpv.UNDECIDABLE).sum())
    if too_few:
        facts.append(
            ("RPV: too few spikes to say", f"{count_of(too_few, 'unit')} ({_kept_rpv(table)})")
        )
    return facts


def _kept_rpv(table: Sheet) -> str:
    if table.criteria.flags["keepUncertainRPVUnits"]:
        return "kept: keepUncertainRPVUnits is on"
    return "they fail the rule: keepUncertainRPVUnits is off"


def _undecided(table: Sheet) -> str:
    n = int((table.audit.label == Label.INCOMPLETE).sum())
    if not n:
        return ""
    why = "; ".join(dict.fromkeys(s.why for s in table.audit.rules if s.open))
    saved = int(
        ((table.audit.label == Label.INCOMPLETE) & (table.labels != Label.INCOMPLETE)).sum()
    )
    text = f"The rules alone cannot decide {n:,} of {count_of(table.n_units, 'unit')}: {why}."
    return text + (f" For {saved:,} of them the saved label is shown." if saved else "")


def _parameter(setting: Setting) -> Parameter:
    if setting.filled:
        note = "not saved: filled in by Bombcell"
    elif setting.value is None:
        note = "absent"
    else:
        note = ""
    return Parameter(
        setting.name, _value(setting.value), _value(setting.default), setting.differs, note
    )


def _value(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        if np.isnan(value):
            return "no value"
        return format(value, "g").replace("inf", "∞").replace("-", "−")
    return str(value)


def _blockers(table: Sheet) -> tuple[tuple[str, int, str], ...]:
    """Return each sole blocker with its units, and how many of them are within one step."""
    audit = table.audit
    out = []
    masks, counts = np.unique(audit.sole_blocker[audit.sole_blocker != 0], return_counts=True)
    for i in np.argsort(-counts, kind="stable"):
        near = (audit.sole_blocker == masks[i]) & audit.borderline
        out.append((blocker(int(masks[i])), int(counts[i]), f"{int(near.sum()):,}"))
    return tuple(out)


def _not_tested(table: Sheet) -> list[tuple[str, str, str]]:
    out = []
    for rule, status in zip(RULES, table.audit.rules, strict=True):
        if not status.tested:
            effect = "may leave labels undecided" if status.open else "changes no label"
            out.append((rule.token, status.why, effect))
    return out


def _no_value(table: Sheet) -> list[tuple[str, str, str]]:
    """Return the tested rules that some units could not be put to."""
    out = []
    for i, rule in enumerate(RULES):
        states = table.audit.states[i]
        if missing := int((states == State.MISSING).sum()):
            out.append(
                (rule_words(table, i), count_of(missing, "unit"), _missing_words(rule.metric))
            )
        if exempt := int((states == State.EXEMPT).sum()):
            words = rule.exemption.words if rule.exemption else "exempt"
            out.append((rule_words(table, i), count_of(exempt, "unit"), words))
    return out


def _missing_words(metric: str) -> str:
    if metric == "nPeaks":
        return "no value: NOISE by the rule “nPeaks missing”"
    if metric == "mainPeak_before_width":
        return "no value: the four-way non-somatic branch cannot fire"
    return "no value: Bombcell lets it pass"


def _agreement(table: Sheet, answer: Verification | None) -> list[str]:
    ours, saved = table.audit.label, table.saved_codes
    found = agreement(ours, saved)
    lines = []
    if found.compared:
        lines.append(f"{found.words} with the saved ones." + _differences(table, saved, "saved"))
    else:
        lines.append("There are no saved labels to compare with.")
    if answer is None or answer.codes is None:
        lines.append(f"bombcell's own labels: {verified_words(answer)}.")
    else:
        found = agreement(ours, answer.codes)
        lines.append(
            f"{found.words} with bombcell {answer.version}."
            + _differences(table, answer.codes, "bombcell")
        )
    return lines


def _differences(table: Sheet, other: Codes, name: str) -> str:
    silent = (Label.INCOMPLETE, Label.UNKNOWN)
    ours = table.audit.label
    differ = np.flatnonzero((ours != other) & ~np.isin(ours, silent) & ~np.isin(other, silent))
    if not len(differ):
        return ""
    parts = [
        f"{table.ids.named(int(i))}: {LABEL_NAMES[ours[i]] or 'no label'} by the rules, "
        f"{LABEL_NAMES[other[i]] or 'no label'} {name}"
        for i in differ[:SHOWN_DIFFERENCES]
    ]
    more = len(differ) - len(parts)
    return " " + "; ".join(parts) + (f"; and {more:,} more" if more else "") + "."


def unit_table(table: Sheet, most: int = MAX_ROWS) -> Units:
    """Return the table of units in attention order."""
    columns = tuple(COLUMNS[key] for key in UNIT_COLUMNS if table.kind(key) is not None)
    columns = tuple(c for c in columns if c.kind == "text" or not _is_void(table, c.key))
    order = table.attention_rows()[:most].tolist()
    codes, texts = table.codes("classification_reason")
    rows = [
        tuple(
            _cell(table, column, row, str(texts[codes[row]]) if column.key == "reason" else "")
            for column in columns
        )
        for row in order
    ]
    return Units(columns, rows, table.n_units - len(rows))


def _is_void(table: Sheet, key: str) -> bool:
    return bool(table.n_units) and bool(np.isnan(table.values(key)).all())


def _cell(table: Sheet, column: Column, row: int, hint: str) -> Cell:
    text = table.text(column.key, row).replace("-", "−" if column.kind == "number" else "-")
    if column.key == "label":
        return Cell(text if text != "–" else "no spikes", f"c {Label(table.labels[row]).name}")
    if column.kind == "text":
        return Cell(text, "t", hint)
    failed = int(table.audit.failed[row])
    return Cell(text, "x" if any(failed >> i & 1 for i in column.rules) else "")


def shown_classes(counts: Sequence[Mapping[Label, int]]) -> list[Label]:
    """Return the classes that a comparison of several runs needs."""
    always = (Label.GOOD, Label.MUA, Label.NOISE)
    order = dict.fromkeys((*CLASSES, *Label))
    return [label for label in order if label in always or any(c.get(label) for c in counts)]
