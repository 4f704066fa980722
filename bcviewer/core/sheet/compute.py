"""How the columns of our own are computed from a sheet's parts, each one declared in ``COLUMNS``.

Each may read what its ``Column.reads`` names, and nothing else. Values of a run's units only are
made as long as the sheet by who asks (:mod:`bcviewer.core.sheet.padding`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from bcviewer.core.audit import reasons
from bcviewer.core.audit.audit import Audit
from bcviewer.core.audit.margins import (
    conditions,
    presence_bins,
    room,
    shortfall,
    weakest_pass,
)
from bcviewer.core.audit.rpv import RPV_NAMES, SAVED_LIMIT
from bcviewer.core.curation.blind import blind_labels
from bcviewer.core.curation.said_columns import NO_LABEL
from bcviewer.core.rules.columns import BETWEEN
from bcviewer.core.rules.labels import LABEL_NAMES, Label
from bcviewer.core.rules.rules import FAMILY_NAMES, FOUR_WAY_MASK, RULES
from bcviewer.core.run.derived import depths, firing_rate, kept_fraction, shanks
from bcviewer.core.run.phy import PHY_STATES
from bcviewer.core.run.region import is_inside
from bcviewer.core.sheet.ordering import AttentionKeys
from bcviewer.core.sheet.padding import CodesTexts, Values, padded_texts
from bcviewer.core.sheet.parts import Parts
from bcviewer.core.sheet.veil import HIDDEN_WORDS

INSIDE, OUTSIDE = "inside", "outside"


def _disagreement(table: Parts) -> Values:
    label, saved = table.rule_labels, table.saved_codes
    decided = label != Label.INCOMPLETE
    out = decided & (saved != Label.UNKNOWN) & (saved != label)
    if table.recomputed is not None:
        out = out | (decided & (table.recomputed != label))
    return np.asarray(out | _overridden(table))


def _overridden(table: Parts) -> Values:
    labels = table.manual.labels
    theirs = table.bombcell_labels
    return np.asarray((labels != NO_LABEL) & (labels != theirs) & (theirs != Label.UNSCORED))


def attention_keys(parts: Parts) -> AttentionKeys:
    """Return what the attention order of the rows follows from."""
    inside = None
    if parts.inputs.of_interest is not None:
        codes, texts = padded_texts(_roi(parts), parts.n_units)
        inside = (texts == INSIDE)[codes]
    audit = parts.audit
    counts = conditions(audit.failed, (audit.failed & np.uint32(FOUR_WAY_MASK)) != 0)
    far = shortfall(audit.failed, audit.margins)
    distance = np.where(audit.label == Label.GOOD, audit.safety_of_good, far)
    return AttentionKeys(audit.attention, counts, distance, room(audit.margins), inside)


def weakest(audit: Audit) -> npt.NDArray[np.int64]:
    """Return the rule that each unit passes with the least margin, −1 where there is none."""
    return weakest_pass(audit.states, audit.margins)


def places_in(order: Values) -> Values:
    """Return the place of each row in an order, from 1."""
    place = np.empty(len(order))
    place[order] = np.arange(1, len(order) + 1)
    return place


def _presence_texts(table: Parts) -> CodesTexts:
    """Return presence as ``k/n`` bins; empty where either is unknown."""
    run = table.run
    ratio = run.units.floats("presenceRatio")
    if ratio is None:
        ratio = np.full(run.n_units, np.nan)
    start, stop = run.units.floats("useTheseTimesStart"), run.units.floats("useTheseTimesStop")
    known = np.isfinite(ratio) & (0 < run.settings.number("presenceRatioBinSize") < np.inf)
    if start is None or stop is None:
        known[:] = False
    else:
        known &= (stop > start) & np.isfinite(start) & np.isfinite(stop)
    bins = np.where(known, presence_bins(run.units, run.settings), 0.0)
    with np.errstate(invalid="ignore", over="ignore"):
        present = np.where(known, np.rint(ratio * bins), 0.0)
    key = np.clip(present, 0, 1e6).astype(np.int64) << 24 | np.clip(bins, 0, 1e6).astype(np.int64)
    return reasons.mask_texts(key, lambda k: f"{k >> 24}/{k & 0xFFFFFF}" if k & 0xFFFFFF else "")


def _roi(table: Parts) -> CodesTexts:
    texts, region = np.array([OUTSIDE, INSIDE, ""], dtype=object), table.inputs.of_interest
    if region is None:
        return np.full(table.n_scored, 2), texts
    inside, known = is_inside(table.run, region)
    codes = inside.astype(np.int64)
    codes[~known] = 2
    return codes, texts


def _names(codes: Values, names: Sequence[str]) -> CodesTexts:
    return codes, np.array(names, dtype=object)


def _constant(table: Parts, text: str) -> CodesTexts:
    return np.zeros(table.n_units, np.int64), np.array([text], dtype=object)


def plain_texts(texts: Values | None, n: int) -> CodesTexts:
    """Return texts as codes and distinct texts; ``n`` empty ones where there are none."""
    if texts is None:
        return np.zeros(n, np.int64), np.array([""], dtype=object)
    codes = {text: i for i, text in enumerate(dict.fromkeys(texts.tolist()))}
    coded = np.fromiter((codes[t] for t in texts.tolist()), np.int64, len(texts))
    return coded, np.array([t or "" for t in codes], dtype=object)


def _weakest_texts(table: Parts) -> CodesTexts:
    """Return the weakest pass of GOOD units; other units have none to speak of."""
    good = table.audit.label == Label.GOOD
    texts = np.array([*(rule.key for rule in RULES), ""], dtype=object)
    return np.where(good, weakest(table.audit), -1) % len(texts), texts


def _not_tested(table: Parts) -> CodesTexts:
    label = table.audit.label
    none = ("no spikes", "not scored by Bombcell")
    texts = [reasons.not_tested(table.audit), *(f"all rules: {why}" for why in none)]
    codes = (label == Label.EMPTY) + 2 * (label == Label.UNSCORED).astype(np.int64)
    emptied = _with_emptied(table, codes, np.array(texts, dtype=object), "all rules: ")
    return _with_hidden(table, *_with_unanswered(table, *emptied, "all rules: "))


def _with_emptied(
    table: Parts, codes: npt.NDArray[np.int64], texts: Values, before: str = ""
) -> CodesTexts:
    """Return texts in which units whose spikes were all removed as duplicates say so."""
    codes_of: dict[str, int] = {}
    for row, in_sort in table.emptied.items():
        if table.audit.label[row] == Label.EMPTY:
            words = f"{before}{reasons.empty_words(in_sort)}"
            codes[row] = codes_of.setdefault(words, len(texts) + len(codes_of))
    return codes, np.append(texts, np.array(list(codes_of), dtype=object))


def _with_unanswered(
    table: Parts, codes: npt.NDArray[np.int64], texts: Values, before: str = ""
) -> CodesTexts:
    """Return texts in which units for which a proposal has no answer say why."""
    tried = table.inputs.tried
    if tried is None or not tried.unanswered.any():
        return codes, texts
    rows = np.flatnonzero(tried.unanswered)
    kinds, which = np.unique(tried.answers.codes[rows], return_inverse=True)
    codes = codes.astype(np.int64)
    codes[rows] = len(texts) + which
    found = [f"{before}{tried.answers.texts[kind]}" for kind in kinds.tolist()]
    return codes, np.append(texts, np.array(found, dtype=object))


def _flips(table: Parts) -> CodesTexts:
    """Return from which label to which a proposal takes each unit; empty: it stays as it is."""
    was, now = table.bombcell_labels, table.verdicts
    known = (now != Label.UNSCORED) & (was != now)
    key = np.where(known, was.astype(np.int64) * len(LABEL_NAMES) + now + 1, 0)
    kinds = np.flatnonzero(np.bincount(key, minlength=1))  # few: counted, not sorted
    codes = np.zeros(int(kinds.max(initial=0)) + 1, np.int64)
    codes[kinds] = np.arange(len(kinds))
    codes = codes[key]
    texts = [
        f"{LABEL_NAMES[(k - 1) // len(LABEL_NAMES)]} → {LABEL_NAMES[(k - 1) % len(LABEL_NAMES)]}"
        if k
        else ""
        for k in kinds.tolist()
    ]
    return codes, np.array(texts, dtype=object)


def _with_hidden(table: Parts, codes: npt.NDArray[np.int64], texts: Values) -> CodesTexts:
    """Return texts in which units whose verdict is hidden say so."""
    if not len(table.veil):
        return codes, texts
    codes = codes.copy()
    codes[table.veil.rows] = len(texts)
    return codes, np.append(texts, np.array([HIDDEN_WORDS], dtype=object))


def _rpv_verdicts(table: Parts) -> CodesTexts:
    unscored, tried = table.audit.label == Label.UNSCORED, table.inputs.tried
    names = RPV_NAMES
    if tried is not None and tried.saved_limit:
        names = tuple(name.replace(SAVED_LIMIT, tried.of_saved_limit) for name in names)
    return _names(np.where(unscored, len(names), table.audit.rpv), (*names, ""))


def _reasons(table: Parts) -> CodesTexts:
    """Return the reason in short; of a unit that Bombcell has not scored, what phy made it of."""
    codes, texts = _with_emptied(table, *reasons.short_reasons(table.audit))
    codes, texts = _with_hidden(table, *_with_unanswered(table, codes, texts))
    if not table.n_made:
        return codes, texts
    made = len(texts) + np.arange(table.n_made)
    return with_made(table, np.append(codes[: table.n_scored], made), np.append(texts, made))


def with_made(table: Parts, codes: npt.NDArray[np.int64], texts: Values) -> CodesTexts:
    """Return reasons with what is said now of the units that phy made: the last rows, and texts."""
    said = [_of_made(table, row) for row in range(table.n_scored, table.n_units)]
    return codes, np.append(texts[: len(texts) - len(said)], np.array(said, dtype=object))


def _of_made(table: Parts, row: int) -> str:
    """Return what is said of a unit that phy made: its verdict, scored here, and of what it is."""
    phy, verdict = table.phy, table.scored_here(row)
    read = None if phy is None or phy.there_again(row) else phy.as_read
    made = "" if read is None else read.detail(row) if verdict else read.text(row)
    unsaved = "" if phy is None else table.veil.unsaved(phy, row)
    here = f"here: {verdict}" if verdict else ""
    return " · ".join(filter(None, (here, made, unsaved)))


def _scored_here(table: Parts) -> CodesTexts:
    made = range(table.n_scored, table.n_units)
    found = ["", *(table.scored_here(row) for row in made)]
    codes = np.zeros(table.n_units, np.int64)
    codes[table.n_scored :] = np.arange(1, len(found))
    return codes, np.array(found, dtype=object)


def _phy_states(table: Parts) -> CodesTexts:
    codes = np.zeros(table.n_units, np.int8) if table.phy is None else table.phy.state
    return _names(codes, PHY_STATES)


def _groups(table: Parts) -> Values | None:
    """Return phy's groups, as they were read last, and of the units that it made."""
    return table.run.phy_group if table.phy is None else table.phy.all_groups()


def _phy_changes(table: Parts) -> CodesTexts:
    return _constant(table, "") if table.phy is None else table.veil.phy_texts(table.phy)


def _classification_reasons(table: Parts) -> CodesTexts:
    found = reasons.classification_reasons(table.audit)
    return _with_hidden(table, *_with_unanswered(table, *found))


def _blind(table: Parts) -> CodesTexts:
    by_id = blind_labels(table.inputs.said)
    codes = [int(by_id[i].label) if i in by_id else 0 for i in table.ids.cluster_id.tolist()]
    return _names(np.array(codes, np.int8), LABEL_NAMES)


def _between(name: str) -> Callable[[Parts], CodesTexts]:
    """Return what takes a column from the comparison with another run."""

    def column(table: Parts) -> CodesTexts:
        compared = table.inputs.compared
        found: CodesTexts = _constant(table, "") if compared is None else getattr(compared, name)
        return found

    return column


def _under(table: Parts) -> CodesTexts:
    """Return under which proposal each manual label was given."""
    from bcviewer.core.curation.under import under_labels  # not at the start

    by_id = under_labels(table.inputs.said)
    texts = ["", *sorted(set(by_id.values()))]
    place = {i: texts.index(words) for i, words in by_id.items()}
    labelled = table.manual.labels != NO_LABEL  # of others it would tell what is hidden
    ids = np.where(labelled, table.ids.cluster_id, -1).tolist()
    codes = np.array([place.get(i, 0) for i in ids], np.int32)
    return codes, np.array(texts, dtype=object)


NUMBERS: dict[str, Callable[[Parts], Values]] = {
    "cluster_id": lambda t: np.where(t.ids.has_id, t.ids.cluster_id, np.nan),
    "unit_index": lambda t: np.arange(t.n_units, dtype=np.float64),
    "n_failed": lambda t: t.audit.n_failed.astype(np.float64),
    "n_deciding": lambda t: np.bitwise_count(t.audit.deciding).astype(np.float64),
    "steps_to_good": lambda t: t.audit.steps_to_good,
    "safety_of_good": lambda t: t.audit.safety_of_good,
    "good_margin": lambda t: np.where(
        t.audit.label == Label.GOOD, t.audit.safety_of_good, -t.audit.steps_to_good
    ),
    "borderline": lambda t: t.audit.borderline,
    "firing_rate": lambda t: firing_rate(t.run),
    "kept_fraction": lambda t: kept_fraction(t.run),
    "depth_um": lambda t: depths(t.run),
    "shank": lambda t: shanks(t.run),
    "disagreement": _disagreement,
    "reviewed": lambda t: t.manual.labels != NO_LABEL,
    "overridden": _overridden,
    "conflict": lambda t: t.manual.conflict,
    "stable_from_s": lambda t: t.manual.stable_s(0),
    "stable_to_s": lambda t: t.manual.stable_s(1),
}
TEXTS: dict[str, Callable[[Parts], CodesTexts]] = {
    "probe": lambda t: _constant(t, t.run.provenance.probe),
    "label": lambda t: _names(t.labels, LABEL_NAMES),
    "bombcell_label": lambda t: _names(t.bombcell_labels, LABEL_NAMES),
    "was": lambda t: _names(t.bombcell_labels, LABEL_NAMES),
    "flip": _flips,
    "audit_label": lambda t: _names(t.audit.label, LABEL_NAMES),
    "saved_label": lambda t: plain_texts(t.run.saved, t.n_scored),
    "split_label": lambda t: _names(t.audit.split_label, LABEL_NAMES),
    "family": lambda t: _names(t.audit.family, FAMILY_NAMES),
    "rpv_verdict": _rpv_verdicts,
    "reason": _reasons,
    "phy_state": _phy_states,
    "phy_change": _phy_changes,
    "scored_here": _scored_here,
    "classification_reason": _classification_reasons,
    "masked_reasons": lambda t: reasons.mask_texts(t.audit.masked, reasons.tokens),
    "missing_values": lambda t: reasons.mask_texts(
        reasons.missing_mask(t.audit), reasons.missing_values
    ),
    "sole_blocker": lambda t: reasons.mask_texts(t.audit.sole_blocker, reasons.blocker),
    "not_tested": _not_tested,
    "weakest_pass": _weakest_texts,
    "presence_bins": _presence_texts,
    "roi_label": _roi,
    "brain_region": lambda t: _constant(t, t.run.provenance.region),
    "ks_label": lambda t: plain_texts(t.run.ks_label, t.n_scored),
    "phy_group": lambda t: plain_texts(_groups(t), t.n_scored),
    "si_unit_id": lambda t: plain_texts(t.run.si_ids, t.n_scored),
    "manual_label": lambda t: _names(np.maximum(t.manual.labels, 0), LABEL_NAMES),  # 0: no text
    "blind_label": _blind,
    "manual_under": _under,
    "final_label": lambda t: _names(t.final_labels(), LABEL_NAMES),
    "note": lambda t: (t.manual.note.codes, t.manual.note.texts),
    "manual_by": lambda t: (t.manual.by.codes, t.manual.by.texts),
    "manual_at": lambda t: (t.manual.at.codes, t.manual.at.texts),
    "note_by": lambda t: (t.manual.note_by.codes, t.manual.note_by.texts),
    "note_at": lambda t: (t.manual.note_at.codes, t.manual.note_at.texts),
    **{name: _between(name) for name in BETWEEN},
    "opinions": lambda t: (t.manual.opinions.codes, t.manual.opinions.texts),
}
