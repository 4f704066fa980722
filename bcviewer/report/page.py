"""Puts the words and figures of any number of probes on one self-contained page."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bcviewer import __version__
from bcviewer.core.audit import Rpv
from bcviewer.core.defaults import DEFAULTS_OF
from bcviewer.core.labels import CLASSES, LABEL_HELP, Label
from bcviewer.core.palette import FAIL_FILL, LABEL_FILL, LABEL_SIGN
from bcviewer.core.summary import class_counts
from bcviewer.core.table import AuditTable
from bcviewer.io.export import write_atomically
from bcviewer.io.verify import Bombcell, Verification
from bcviewer.report.content import (
    MAX_ROWS,
    ProbeText,
    kept_words,
    probe_text,
    shown_classes,
)
from bcviewer.report.figures import Plot, comparison_plot, population_plots
from bcviewer.report.metric_figures import metric_plots
from bcviewer.report.set_figures import family_plots, upset_plot
from bcviewer.report.words import class_name, share, units

FOLDER = Path(__file__).resolve().parent
Check = Callable[[], None]


@dataclass(frozen=True, slots=True)
class NotRead:
    """A probe that could not be read; the page lists it.

    Attributes
    ----------
    name, where : str
        What to call it, and its path.
    why : str
        One line.
    """

    name: str
    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe on the page; ``text`` is None where it could not be read."""

    key: str
    name: str
    mode: str
    where: str
    why: str = ""
    n_units: int = 0
    counts: dict[Label, int] | None = None
    blockers: int = 0
    too_few: int = 0
    kept: str = ""
    verified: str = ""
    text: ProbeText | None = None
    plots: tuple[Plot, ...] = ()
    metrics: tuple[Plot, ...] = ()


def write_report(
    sources: Iterable[AuditTable | NotRead],
    output: Path,
    bombcell: Bombcell | None = None,
    check: Check = lambda: None,
) -> None:
    """Write one page about some runs; the file appears whole or not at all.

    Parameters
    ----------
    sources : iterable of AuditTable or NotRead
        The runs, read one after the other; what could not be read is listed with its error.
    output : Path
        Where to.
    bombcell : Bombcell, optional
        Is asked for its own labels, which win; without it the page says that nobody was asked.
    check : callable
        Called between probes; what it raises ends the writing and leaves nothing behind.

    Raises
    ------
    UserError
        If the file cannot be written.
    """
    probes = []
    for i, source in enumerate(sources, 1):
        check()
        probes.append(make_probe(source, f"p{i}", bombcell))
    text = render(probes).encode("utf-8", "replace")
    write_atomically(output, lambda temporary: _write(temporary, text))


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def make_probe(source: AuditTable | NotRead, key: str, bombcell: Bombcell | None) -> Probe:
    """Return one probe with its words and figures."""
    if isinstance(source, NotRead):
        return Probe(key, visible(source.name), "", visible(source.where), visible(source.why))
    answer = None
    if bombcell is not None:
        answer = bombcell.verify(source.run, source.params)
        if answer.codes is not None:
            source = AuditTable(source.run, source.audit, source.params, answer.codes)
    where = source.run.provenance
    return Probe(
        key,
        visible(where.name),
        visible(where.mode),
        visible(where.ks_dir),
        n_units=source.n_units,
        counts=class_counts(source.labels),
        blockers=int((source.audit.sole_blocker != 0).sum()),
        too_few=int((source.audit.rpv == Rpv.UNDECIDABLE).sum()),
        kept=kept_words(source),
        verified=_verified(source, answer),
        text=probe_text(source, answer),
        plots=(
            *population_plots(source, key),
            upset_plot(source, key),
            *family_plots(source, key),
        ),
        metrics=tuple(metric_plots(source, key)),
    )


def _verified(table: AuditTable, answer: Verification | None) -> str:
    """Return agreement with bombcell in a word or two, for the comparison."""
    if answer is None:
        return "not asked"
    if answer.codes is None:
        return answer.status
    differ = int((answer.codes != table.audit.label).sum())
    return "agrees" if not differ else f"{units(differ)} differ"


def visible(text: object) -> str:
    """Return a text without control characters and halves of surrogates: no page may hold them."""
    return "".join(
        char if char in "\t\n" or char.isprintable() or char.isspace() else "\ufffd"
        for char in str(text)
    )


def render(probes: list[Probe]) -> str:
    """Return the page."""
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, (Markup, int)) else visible(value),
    )
    environment.filters["share"] = share
    script = (FOLDER / "sort.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    read = [probe for probe in probes if probe.counts is not None]
    counts = [probe.counts for probe in read if probe.counts is not None]
    compare = None
    if len([c for c in counts if sum(c.values())]) > 1:
        compare = comparison_plot([_short(probe) for probe in read], counts)
    now = datetime.now().astimezone()
    return environment.get_template("template.html").render(
        probes=probes,
        read=read,
        title=_title(probes),
        classes=shown_classes(counts),
        compare=compare,
        class_name=class_name,
        label_help=[(label, LABEL_HELP[label]) for label in CLASSES],
        fills={label.name: LABEL_FILL[label] for label in Label},
        signs={label.name: LABEL_SIGN[label] for label in Label},
        fail_fill=FAIL_FILL,
        defaults_of=DEFAULTS_OF,
        max_rows=MAX_ROWS,
        version=__version__,
        written=f"{now:%Y-%m-%d %H:%M}",
        style=Markup((FOLDER / "style.css").read_text("utf-8")),  # noqa: S704  our own
        script=Markup(script),  # noqa: S704  our own
        digest=digest,
    )


def _title(probes: list[Probe]) -> str:
    if len(probes) == 1:
        mode = f" ({probes[0].mode})" if probes[0].mode else ""
        return f"Bombcell audit of {probes[0].name}{mode}"
    return f"Bombcell audit of {len(probes):,} probes"


def _short(probe: Probe) -> str:
    name = f"{probe.name} · {probe.mode}" if probe.mode else probe.name
    return name if len(name) <= 36 else f"{name[:35]}…"
