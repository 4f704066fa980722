"""The audit table: the values of every column, computed when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bcviewer.core.audit import reasons
from bcviewer.core.audit.audit import RPV_NAMES, Audit
from bcviewer.core.audit.margins import conditions, presence_bins, room, shortfall, weakest_pass
from bcviewer.core.audit.order import attention_order
from bcviewer.core.audit.unscored import padded_codes
from bcviewer.core.curation.label_source import LabelSource, source_columns
from bcviewer.core.curation.said_columns import MANUAL_COLUMNS, NO_LABEL, ManualColumns
from bcviewer.core.rules.columns import (
    COLUMNS,
    EXPORT_FIRST,
    EXPORT_LAST,
    EXPORT_MANUAL,
    OWN_COLUMNS,
    Column,
    Kind,
)
from bcviewer.core.rules.labels import LABEL_NAMES, Codes, Label, label_names
from bcviewer.core.rules.metrics import METRICS
from bcviewer.core.rules.params import Params
from bcviewer.core.rules.rules import FAMILY_NAMES, FOUR_WAY_MASK, RULES
from bcviewer.core.run.derived import depths, firing_rate, kept_fraction, shanks
from bcviewer.core.run.identity import PHY_STATES
from bcviewer.core.run.run import RunData

if TYPE_CHECKING:
    import pandas as pd

    from bcviewer.core.run.foreign import ForeignColumn

Values = npt.NDArray[Any]
CodesTexts = tuple[npt.NDArray[Any], Values]
INSIDE, OUTSIDE = "inside", "outside"
PHY_COLUMNS = ("phy_state", "phy_change")
_LABEL_TEXTS = np.array(LABEL_NAMES, dtype=object)


class AuditTable:
    """The columns of one run and its audit. Values never change; they are computed when read.

    Parameters
    ----------
    run : RunData
        The run.
    audit : Audit
        Its audit.
    params : Params, optional
        The parameters of the audit, where they are not the run's own.
    recomputed : numpy.ndarray, optional
        Codes of the labels that Bombcell itself gave.
    source : {'bombcell', 'saved', 'split'}
        Which labels classes are counted by.
    manual : ManualColumns, optional
        What curators said.
    sources : tuple of LabelSource
        Labels of others that curators imported.

    Attributes
    ----------
    basis : object
        The same for tables that differ in what curators said, and in what became of the units
        in phy, only.
    bombcell_labels : numpy.ndarray of int8
        Bombcell's label of each unit, whatever the source.
    labels : numpy.ndarray of int8
        The label by the source.
    """

    def __init__(
        self,
        run: RunData,
        audit: Audit,
        params: Params | None = None,
        recomputed: Codes | None = None,
        source: str = "bombcell",
        manual: ManualColumns | None = None,
        sources: tuple[LabelSource, ...] = (),
    ) -> None:
        self.run = run
        self.audit = audit
        self.params = params or run.params
        self.recomputed = recomputed
        self.source = source
        self.bombcell_labels: Codes = shown_labels(run, audit, recomputed)
        by_source = {"saved": run.saved_codes, "split": audit.split_label}
        self.labels: Codes = by_source.get(source, self.bombcell_labels)
        self.manual = ManualColumns.empty(run.n_units) if manual is None else manual
        self.sources = sources
        self._source_columns = source_columns(sources)
        self._foreign: dict[str, ForeignColumn] = {column.key: column for column in run.foreign}
        self.basis = object()
        self._weakest: npt.NDArray[np.int64] | None = None
        self._numbers: dict[str, Values] = {}
        self._texts: dict[str, CodesTexts] = {}

    def with_identity(self, run: RunData, audit: Audit) -> AuditTable:
        """Return the table with what became of the units in phy.

        Parameters
        ----------
        run, audit : RunData, Audit
            This table's, by :func:`bcviewer.core.audit.unscored.with_identity`. Where rows were
            added, what curators said has to be given anew (:meth:`with_manual`).
        """
        codes = None if self.recomputed is None else self.recomputed[: run.n_scored]
        recomputed = None if codes is None else padded_codes(codes, run.n_units)
        other = AuditTable(run, audit, self.params, recomputed, self.source, None, self.sources)
        if run.n_units == self.n_units:  # no other rows: what is computed and drawn holds
            other.manual, other.basis = self.manual, self.basis
            other._weakest = self._weakest
            other._numbers = dict(self._numbers)
            changed = self.changed_by(run)
            other._texts = {k: v for k, v in self._texts.items() if k not in changed}
        return other

    def changed_by(self, run: RunData) -> tuple[str, ...]:
        """Return the columns that say something else of the same rows once a run is compared."""
        return PHY_COLUMNS if run.emptied == self.run.emptied else (*PHY_COLUMNS, "reason")

    def by_source(self, source: str) -> AuditTable:
        """Return the same table with classes by another label source."""
        return self._relabelled(self.recomputed, source)

    def with_recomputed(self, codes: Codes) -> AuditTable:
        """Return the same table with the labels that Bombcell itself gave to what it scored."""
        return self._relabelled(padded_codes(codes, self.n_units), self.source)

    @property
    def is_split(self) -> bool:
        """Whether NON-SOMA is split into GOOD and MUA."""
        return self.source == "split" or bool(self.params.flags["splitGoodAndMua_NonSomatic"])

    def with_manual(self, manual: ManualColumns) -> AuditTable:
        """Return the same table with what curators said; all other columns are shared."""
        other = copy(self)
        other.manual = manual
        other._numbers = {k: v for k, v in self._numbers.items() if k not in MANUAL_COLUMNS}
        other._texts = {k: v for k, v in self._texts.items() if k not in MANUAL_COLUMNS}
        return other

    def with_sources(self, sources: tuple[LabelSource, ...]) -> AuditTable:
        """Return the same table with other imported labels; all other columns are shared."""
        other = copy(self)
        other.sources, other._source_columns = sources, source_columns(sources)
        mine = {*self._source_columns, *other._source_columns}
        other._numbers = {k: v for k, v in self._numbers.items() if k not in mine}
        other._texts = {k: v for k, v in self._texts.items() if k not in mine}
        return other

    def _relabelled(self, recomputed: Codes | None, source: str) -> AuditTable:
        """Return the same table with other labels; columns that do not read them are kept."""
        other = AuditTable(
            self.run, self.audit, self.params, recomputed, source, self.manual, self.sources
        )
        other._weakest = self._weakest
        stale = ("disagreement", "overridden")
        other._numbers = {k: v for k, v in self._numbers.items() if k not in stale}
        stale = ("label", "bombcell_label")
        other._texts = {k: v for k, v in self._texts.items() if k not in stale}
        return other

    @property
    def n_units(self) -> int:
        """Number of units."""
        return self.run.n_units

    def names(self) -> Sequence[str]:
        """Return the keys of the columns that this run has, ours first."""
        own = [column.key for column in OWN_COLUMNS if self._has(column.key)]
        metrics = (name for name in self.run.units if name in METRICS)
        return [*own, *metrics, *self._foreign, *self._source_columns]

    def column(self, name: str) -> Column:
        """Return what a column is: one of ours, of another program, or of imported labels.

        Raises
        ------
        KeyError
            If there is none of this name.
        """
        known = COLUMNS.get(name)
        if known is not None:
            return known
        found = self._source_columns.get(name) or self._foreign[name]
        return found.column

    def _has(self, key: str) -> bool:
        run = self.run
        lacking = {
            "ks_label": run.ks_label is None,
            "phy_group": run.phy_group is None,
            "si_unit_id": run.si_ids is None,
            "shank": run.sites is None or run.sites.shank is None,
            "roi_label": run.provenance.roi_um is None,
            "brain_region": not run.provenance.region,
            **dict.fromkeys(PHY_COLUMNS, run.identity is None),
        }
        return not lacking.get(key, False)

    def kind(self, name: str) -> Kind | None:
        """Return what a column holds, or None where there is no such column."""
        if name in self._source_columns or name in self._foreign:
            return self.column(name).kind
        column = COLUMNS.get(name)
        if column is None or not self._has(name):
            return None
        if name in METRICS and name not in self.run.units:
            return None
        return column.kind

    def values(self, name: str) -> Values:
        """Return a column: float64, bool, or object array of str, shape (n_units,)."""
        if self.column(name).kind == "text":
            codes, texts = self.codes(name)
            return np.asarray(texts[codes])
        if name not in self._numbers:
            self._numbers[name] = self._compute(name)
        return self._numbers[name]

    def codes(self, name: str) -> CodesTexts:
        """Return a text column as codes, shape (n_units,), and its distinct texts."""
        if name not in self._texts:
            self._texts[name] = self._compute_texts(name)
        return self._texts[name]

    def warm(self, name: str) -> None:
        """Compute a column now, so that reading it later costs nothing."""
        if self.column(name).kind == "text":
            self.codes(name)
        else:
            self.values(name)

    def _compute_texts(self, name: str) -> CodesTexts:
        if name in self._source_columns:
            return self._source_columns[name].codes(self.run.cluster_id), _LABEL_TEXTS
        if name in self._foreign:
            return _plain(self._foreign[name].values, self.n_units)
        return _TEXTS[name](self)

    def _compute(self, name: str) -> Values:
        if name in self._source_columns:
            return self._source_columns[name].numbers(self.run.cluster_id)
        if name in self._foreign:
            return self._foreign[name].values
        if name in METRICS:
            column = self.run.units.floats(name)
            return np.full(self.n_units, np.nan) if column is None else column
        return _NUMBERS[name](self)

    def text(self, name: str, row: int) -> str:
        """Return one cell as people read it; a missing value is a dash, nothing said is nothing."""
        column = self.column(name)
        if column.kind == "text":
            codes, texts = self.codes(name)
            nothing = "" if name in MANUAL_COLUMNS else "–"
            return (str(texts[codes[row]]) or nothing) + (
                self._borrowed(row) if name == "label" else ""
            )
        value = self.values(name)[row]
        if column.kind == "flag":
            return "yes" if value else ""
        if np.isnan(value):
            return "–"
        if np.isinf(value):
            return "∞" if value > 0 else "−∞"
        return format(float(value), column.fmt)

    def _borrowed(self, row: int) -> str:
        """Return what marks a label that stands in for an incomplete audit's."""
        if self.recomputed is not None or self.source != "bombcell":
            return ""
        incomplete = self.audit.label[row] == Label.INCOMPLETE
        return " (saved)" if incomplete and self.labels[row] != Label.INCOMPLETE else ""

    def widest_texts(self, name: str) -> list[str]:
        """Return some texts of a column that take the most room, without formatting them all."""
        if self.column(name).kind == "text":
            texts = self.codes(name)[1].tolist()
            return sorted((str(text) for text in texts), key=len)[-3:]
        values = self.values(name)
        if not self.n_units or values.dtype == bool:
            return ["yes"]
        finite = np.where(np.isfinite(values), values, 0.0)
        return [self.text(name, int(i)) for i in (finite.argmax(), finite.argmin())]

    def order(self, name: str, descending: bool = False) -> npt.NDArray[np.int64]:
        """Return the rows sorted by a column, stable; missing values come last either way."""
        column = self.column(name)
        if name == "attention":
            order = np.argsort(self.values(name), kind="stable")
            return order[::-1] if descending else order
        if column.kind == "text":
            codes, texts = self.codes(name)
            folded = np.array([str(text).casefold() for text in texts], dtype=object)
            rank = np.unique(folded, return_inverse=True)[1]
            key = rank[codes].astype(np.float64)
            key[np.isin(codes, np.flatnonzero(texts == ""))] = np.nan
        else:
            key = self.values(name).astype(np.float64, copy=False)
        return np.argsort(-key if descending else key, kind="stable")

    def attention_rows(self) -> npt.NDArray[np.int64]:
        """Return the rows in attention order."""
        inside = None
        if self._has("roi_label"):
            codes, texts = self.codes("roi_label")
            inside = (texts == INSIDE)[codes]
        audit = self.audit
        counts = conditions(audit.failed, (audit.failed & np.uint32(FOUR_WAY_MASK)) != 0)
        far = shortfall(audit.failed, audit.margins)
        distance = np.where(audit.label == Label.GOOD, audit.safety_of_good, far)
        passed = room(audit.margins)
        return attention_order(audit.attention, counts, distance, passed, inside)

    @property
    def weakest_pass(self) -> npt.NDArray[np.int64]:
        """The rule that each unit passes with the least margin, −1 where there is none."""
        if self._weakest is None:
            self._weakest = weakest_pass(self.audit.states, self.audit.margins)
        return self._weakest

    def flags(self) -> dict[str, npt.NDArray[np.bool_]]:
        """Return the notebook's flag columns of the rules that this run tests.

        A flag is True where the comparison holds: it looks at no exemption, and a missing value
        is False. A rule that is switched off, or cannot be tested, has no column.
        """
        out: dict[str, npt.NDArray[np.bool_]] = {}
        for rule, status in zip(RULES, self.audit.rules, strict=True):
            value = self.run.units.numbers(rule.metric)
            absent = rule.parameter not in self.params.thresholds
            if not rule.flag or status.off or value is None or absent:
                continue
            limit = status.threshold
            out[rule.flag] = np.asarray(value < limit if rule.op == "<" else value > limit)
        return out

    def to_frame(self) -> pd.DataFrame:
        """Return the whole table as a pandas frame, as ``bcviewer audit -o`` writes it.

        Units that Bombcell has not scored are not in it.
        """
        import pandas as pd

        scored, n = self.run.as_scored, self.run.n_scored
        own = {k: column for k, column in scored.units.columns.items() if k not in EXPORT_FIRST}
        first = {
            "bombcell_label": label_names(self.bombcell_labels),
            "unit_index": np.arange(n),
            "cluster_id": _ids_for_frame(scored),
        }
        names = ("classification_reason", *EXPORT_LAST)
        last = {name: self._spread(name) for name in names} | {"n_failed": self.audit.n_failed}
        columns = {**own, **first, **self.flags(), **last}
        if self._has("shank"):
            shank = self.values("shank")
            columns["shank"] = shank if np.isnan(shank).any() else shank.astype(np.int64)
        more = [name for name in (*self._foreign, *self._source_columns) if name not in columns]
        columns |= {name: self._spread(name) for name in more}
        if self.manual.anything:
            columns |= {name: self._spread(name) for name in EXPORT_MANUAL}
        # Copied one by one: pandas would gather them in blocks, which takes four times as long.
        frame = {name: column[:n].copy() for name, column in columns.items()}
        return pd.DataFrame(frame, copy=False)

    def _spread(self, name: str) -> Any:
        """Return a column for a frame; pandas keeps texts in less than an object each."""
        import pandas as pd

        if self.column(name).kind != "text":
            return self.values(name)
        codes, texts = self.codes(name)
        return pd.Series(texts).array.take(codes)


def _ids_for_frame(run: RunData) -> Any:
    """Return the cluster ids for a frame; missing where a row has none."""
    import pandas as pd

    if run.has_id.all():
        return run.cluster_id
    return pd.arrays.IntegerArray(run.cluster_id.copy(), ~run.has_id)


def shown_labels(run: RunData, audit: Audit, recomputed: Codes | None) -> Codes:
    """Return the label to show: Bombcell's own wins, the saved one fills an incomplete audit."""
    if recomputed is not None:
        return recomputed
    use_saved = (audit.label == Label.INCOMPLETE) & (run.saved_codes != Label.UNKNOWN)
    return np.where(use_saved, run.saved_codes, audit.label).astype(np.int8)


def _disagreement(table: AuditTable) -> Values:
    run, audit = table.run, table.audit
    decided = audit.label != Label.INCOMPLETE
    out = decided & (run.saved_codes != Label.UNKNOWN) & (run.saved_codes != audit.label)
    if table.recomputed is not None:
        out = out | (decided & (table.recomputed != audit.label))
    return np.asarray(out | _overridden(table))


def _overridden(table: AuditTable) -> Values:
    labels = table.manual.labels
    theirs = table.bombcell_labels
    return np.asarray((labels != NO_LABEL) & (labels != theirs) & (theirs != Label.UNSCORED))


def _attention(table: AuditTable) -> Values:
    place = np.empty(table.n_units)
    place[table.attention_rows()] = np.arange(1, table.n_units + 1)
    return place


def _presence_texts(table: AuditTable) -> CodesTexts:
    """Return presence as ``k/n`` bins; empty where either is unknown."""
    run = table.run
    ratio = table.values("presenceRatio")
    start, stop = run.units.floats("useTheseTimesStart"), run.units.floats("useTheseTimesStop")
    known = np.isfinite(ratio) & (0 < run.params.number("presenceRatioBinSize") < np.inf)
    if start is None or stop is None:
        known[:] = False
    else:
        known &= (stop > start) & np.isfinite(start) & np.isfinite(stop)
    bins = np.where(known, presence_bins(run.units, run.params), 0.0)
    with np.errstate(invalid="ignore", over="ignore"):
        present = np.where(known, np.rint(ratio * bins), 0.0)
    key = np.clip(present, 0, 1e6).astype(np.int64) << 24 | np.clip(bins, 0, 1e6).astype(np.int64)
    return reasons.mask_texts(key, lambda k: f"{k >> 24}/{k & 0xFFFFFF}" if k & 0xFFFFFF else "")


def _roi(table: AuditTable) -> CodesTexts:
    run = table.run
    texts = np.array([OUTSIDE, INSIDE, ""], dtype=object)
    length = run.provenance.roi_um
    if length is None or run.sites is None:
        return np.full(run.n_units, 2), texts
    depth, y = table.values("depth_um"), run.sites.xy[:, 1]
    from_tip = y.max() - depth if run.provenance.tip_at_top else depth - y.min()
    codes = (from_tip <= length).astype(np.int64)
    codes[np.isnan(from_tip)] = 2
    return codes, texts


def _names(codes: Values, names: Sequence[str]) -> CodesTexts:
    return codes, np.array(names, dtype=object)


def _constant(table: AuditTable, text: str) -> CodesTexts:
    return np.zeros(table.n_units, np.int64), np.array([text], dtype=object)


def _plain(texts: Values | None, n: int) -> CodesTexts:
    if texts is None:
        return np.zeros(n, np.int64), np.array([""], dtype=object)
    codes = {text: i for i, text in enumerate(dict.fromkeys(texts.tolist()))}
    coded = np.fromiter((codes[t] for t in texts.tolist()), np.int64, len(texts))
    return coded, np.array([t or "" for t in codes], dtype=object)


def _weakest_texts(table: AuditTable) -> CodesTexts:
    """Return the weakest pass of GOOD units; other units have none to speak of."""
    good = table.audit.label == Label.GOOD
    texts = np.array([*(rule.key for rule in RULES), ""], dtype=object)
    return np.where(good, table.weakest_pass, -1) % len(texts), texts


def _not_tested(table: AuditTable) -> CodesTexts:
    label = table.audit.label
    none = ("all rules: no spikes", "all rules: not scored")
    texts = np.array([reasons.not_tested(table.audit), *none], dtype=object)
    return (label == Label.EMPTY) + 2 * (label == Label.UNSCORED).astype(np.int64), texts


def _rpv_verdicts(table: AuditTable) -> CodesTexts:
    unscored = table.audit.label == Label.UNSCORED
    return _names(np.where(unscored, len(RPV_NAMES), table.audit.rpv), (*RPV_NAMES, ""))


def _reasons(table: AuditTable) -> CodesTexts:
    """Return the reason in short; of a unit that Bombcell has not scored, what phy made it of."""
    codes, texts = reasons.short_reasons(table.audit)
    run, identity = table.run, table.run.identity
    codes_of: dict[str, int] = {}
    for row, in_sort in run.emptied.items():
        if table.audit.label[row] == Label.EMPTY:
            words = reasons.empty_words(in_sort)
            codes[row] = codes_of.setdefault(words, len(texts) + len(codes_of))
    texts = np.append(texts, np.array(list(codes_of), dtype=object))
    if identity is None or run.n_units == run.n_scored:
        return codes, texts
    rows = range(run.n_scored, run.n_units)
    codes = np.append(codes[: run.n_scored], len(texts) + np.arange(len(rows)))
    return codes, np.append(texts, np.array([identity.text(row) for row in rows], dtype=object))


def _phy_states(table: AuditTable) -> CodesTexts:
    identity = table.run.identity
    codes = np.zeros(table.n_units, np.int8) if identity is None else identity.state
    return _names(codes, PHY_STATES)


def _phy_changes(table: AuditTable) -> CodesTexts:
    identity = table.run.identity
    return _constant(table, "") if identity is None else identity.texts()


_NUMBERS: dict[str, Callable[[AuditTable], Values]] = {
    "cluster_id": lambda t: np.where(t.run.has_id, t.run.cluster_id, np.nan),
    "unit_index": lambda t: np.arange(t.n_units, dtype=np.float64),
    "n_failed": lambda t: t.audit.n_failed.astype(np.float64),
    "n_deciding": lambda t: np.bitwise_count(t.audit.deciding).astype(np.float64),
    "steps_to_good": lambda t: t.audit.steps_to_good,
    "safety_of_good": lambda t: t.audit.safety_of_good,
    "borderline": lambda t: t.audit.borderline,
    "firing_rate": lambda t: firing_rate(t.run),
    "kept_fraction": lambda t: kept_fraction(t.run),
    "depth_um": lambda t: depths(t.run),
    "shank": lambda t: shanks(t.run),
    "disagreement": _disagreement,
    "attention": _attention,
    "reviewed": lambda t: t.manual.labels != NO_LABEL,
    "overridden": _overridden,
}
_TEXTS: dict[str, Callable[[AuditTable], CodesTexts]] = {
    "label": lambda t: _names(t.labels, LABEL_NAMES),
    "bombcell_label": lambda t: _names(t.bombcell_labels, LABEL_NAMES),
    "audit_label": lambda t: _names(t.audit.label, LABEL_NAMES),
    "saved_label": lambda t: _plain(t.run.saved, t.n_units),
    "split_label": lambda t: _names(t.audit.split_label, LABEL_NAMES),
    "family": lambda t: _names(t.audit.family, FAMILY_NAMES),
    "rpv_verdict": _rpv_verdicts,
    "reason": _reasons,
    "phy_state": _phy_states,
    "phy_change": _phy_changes,
    "classification_reason": lambda t: reasons.classification_reasons(t.audit),
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
    "ks_label": lambda t: _plain(t.run.ks_label, t.n_units),
    "phy_group": lambda t: _plain(t.run.phy_group, t.n_units),
    "si_unit_id": lambda t: _plain(t.run.si_ids, t.n_units),
    "manual_label": lambda t: _names(np.maximum(t.manual.labels, 0), LABEL_NAMES),  # 0: no text
    "note": lambda t: (t.manual.note.codes, t.manual.note.texts),
    "manual_by": lambda t: (t.manual.by.codes, t.manual.by.texts),
    "manual_at": lambda t: (t.manual.at.codes, t.manual.at.texts),
}
