"""What was read so far of a file of labels, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bcviewer.core.curation.imported import MOST_UNMATCHED, ImportedLabels, Skipped, Word
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.labels import Label
from bcviewer.core.run.stretch import Stretch, make_stretch
from bcviewer.errors import UserError
from bcviewer.io.exchange.label_words import label_of
from bcviewer.io.files import one_line
from bcviewer.io.results.cluster_tsv import whole_number

_MAX_ID = 2**31
_MOST_SKIPPED = 200
_MOST_WORDS = 100


@dataclass(slots=True)
class FoundLabels:
    """Labels and notes by cluster id, and what could not be taken.

    Parameters
    ----------
    split : bool
        Whether code 3 means non-somatic *good*.
    codes : bool
        Whether numbers are Bombcell's codes.
    si_ids : mapping of str to int or None
        Cluster ids by SpikeInterface's, where the file names units by these.
    """

    split: bool = False
    codes: bool = True
    si_ids: Mapping[str, int] | None = None
    labels: dict[int, Label] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    stable: dict[int, Stretch] = field(default_factory=dict)
    probability: dict[int, float] = field(default_factory=dict)
    unlabelled: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    n_skipped: int = 0
    _torn: set[int] = field(default_factory=set)
    _words: dict[str, Word] = field(default_factory=dict)
    _unmatched: dict[str, None] = field(default_factory=dict)

    def skip(self, line: int, text: str, why: str) -> None:
        """Remember a line that was not taken."""
        self.n_skipped += 1
        if len(self.skipped) < _MOST_SKIPPED:
            self.skipped.append(Skipped(line, one_line(text, 80), why))

    def cluster(self, line: int, text: str, shown: str) -> int | None:
        """Return the cluster id that a text names; None: none, and that is remembered."""
        if self.si_ids is not None:
            found = self.si_ids.get(text)
            if found is None and (number := whole_number(text)) is not None:
                found = self.si_ids.get(str(number))
            if found is None and len(self._unmatched) < MOST_UNMATCHED:
                self._unmatched[one_line(text, 40)] = None
            return found
        number = whole_number(text)
        if number is None or not 0 <= number < _MAX_ID:
            self.skip(line, shown, "no cluster id")
            return None
        return number

    def take_label(self, cluster: int, line: int, text: str) -> bool:
        """Take a label; return whether it is one of ours, and the unit's only one."""
        label = label_of(text, self.split, codes=self.codes)
        self._count(text, label)
        if label is Label.EMPTY:
            self.unlabelled += 1
        elif label is Label.UNKNOWN:
            self.skip(line, f"{cluster}: {text}", "no label of ours")
        elif cluster in self._torn or self.labels.get(cluster, label) != label:
            self.skip(line, f"{cluster}: {text}", "the unit has two labels in this file")
            self._torn.add(cluster)
            self.labels.pop(cluster, None)
            self.probability.pop(cluster, None)
        else:
            self.labels[cluster] = label
            return True
        return False

    def take_stable(self, cluster: int, line: int, limits: tuple[str, str]) -> None:
        """Take the time in which a unit is stable, exactly; two empty cells say nothing."""
        if not any(map(str.strip, limits)):
            return
        try:
            stretch = make_stretch(float(limits[0]), float(limits[1]))
        except ValueError:
            stretch = None
        if stretch is None:
            self.skip(line, f"{cluster}: {' to '.join(limits)}", "no stable time from … to, in s")
        else:
            self.stable[cluster] = stretch

    def _count(self, text: str, label: Label) -> None:
        word = one_line(text, 40)
        before = self._words.get(word)
        if before is not None or len(self._words) < _MOST_WORDS:
            n = 0 if before is None else before.n
            self._words[word] = Word(word, label, n + 1)

    def imported(
        self, source: str, person: str, column: str, columns: tuple[str, ...] = (), remark: str = ""
    ) -> ImportedLabels:
        """Return what was read.

        Raises
        ------
        UserError
            If there is no label, no note and no stable time. The message is a reason without the
            file's name.
        """
        if not self.labels and not self.notes and not self.stable:
            raise UserError(f"has no label in it{self._why_none()}")
        return ImportedLabels(
            source,
            person,
            self.labels,
            self.notes,
            self.unlabelled,
            tuple(self.skipped),
            self.n_skipped,
            column,
            columns,
            self.probability,
            tuple(sorted(self._words.values(), key=lambda word: -word.n)),
            "si" if self.si_ids is not None else "cluster",
            tuple(self._unmatched),
            remark,
            self.stable,
        )

    def _why_none(self) -> str:
        if self._unmatched:
            n, first = len(self._unmatched), next(iter(self._unmatched))
            return f": {count_of(n, 'id')} that SpikeInterface has not here ({first})"
        if self.skipped:
            first_line = self.skipped[0]
            return f": line {first_line.line} has {first_line.why} ({first_line.text})"
        return f": {count_of(self.unlabelled, 'unit')} without one" if self.unlabelled else ""
