"""Puts the words and figures of any number of probes on one self-contained page."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from bcviewer import __version__
from bcviewer.core.audit.summary import class_counts
from bcviewer.core.calls import Check
from bcviewer.core.figures.depth_profile import ProbeDepths, depths_of
from bcviewer.core.figures.recording_dashboard import ProbeSummary, Summaries, problem_words
from bcviewer.core.rules.counts import count_of
from bcviewer.core.rules.defaults import DEFAULTS_OF
from bcviewer.core.rules.labels import CLASSES, LABEL_HELP, Label, class_name
from bcviewer.core.rules.palette import FAIL_FILL, LABEL_FILL, LABEL_SIGN
from bcviewer.core.run.saved_in_phy import SavedInPhy
from bcviewer.core.sheet.book import Book
from bcviewer.core.sheet.derive import derive
from bcviewer.core.sheet.inputs import Oracle
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.io.put_file import final_place
from bcviewer.oracle.client import Bombcell, Verification
from bcviewer.report.beside_phy import BesidePhy
from bcviewer.report.content import ProbeText, kept_words, probe_text
from bcviewer.report.curators import MAX_SAID, label_name
from bcviewer.report.figures import comparison_plot, population_plots
from bcviewer.report.folder import Pages
from bcviewer.report.metric_figures import metric_plots
from bcviewer.report.pens import Plot
from bcviewer.report.recording import recording_of
from bcviewer.report.set_figures import family_plots, upset_plot
from bcviewer.report.unit_rows import MAX_ROWS, Units

FOLDER = Path(__file__).resolve().parent


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
    kept: str = ""
    verified: str = ""
    text: ProbeText | None = None
    numbers: ProbeSummary | None = None
    depths: ProbeDepths | None = None
    plots: tuple[Plot, ...] = ()
    metrics: tuple[Plot, ...] = ()


def write_report(
    sources: Iterable[Sheet | BesidePhy | NotRead],
    output: Path,
    bombcell: Bombcell | None = None,
    check: Check = lambda: None,
    *,
    apart: bool = False,
) -> None:
    """Write one page about some runs; it appears whole or not at all.

    Parameters
    ----------
    sources : iterable of Sheet, BesidePhy or NotRead
        The runs, with what phy saved since or without, read one after the other; what could not
        be read is listed with its error.
    output : Path
        Where to.
    bombcell : Bombcell, optional
        Is asked for its own labels, which win; without it the page says that nobody was asked.
    check : callable
        Called between probes; what it raises ends the writing and leaves nothing behind.
    apart : bool
        Whether the page has summaries only, and each probe a page of its own in a folder beside
        it. Then only one probe is in memory.

    Raises
    ------
    UserError
        If a file cannot be written.
    """
    probes = []
    links = {}
    with Pages(output) as pages:
        for i, source in enumerate(sources, 1):
            check()
            probe = make_probe(source, f"p{i}", bombcell)
            if apart and probe.text is not None:
                home = f"../{quote(final_place(output).name)}#{probe.key}"
                links[probe.key] = pages.add(_short(probe), render([probe], home=home))
                probe = _summary(probe)
            probes.append(probe)
        pages.finish(render(probes, links=links if apart else None))


def _summary(probe: Probe) -> Probe:
    """Return a probe without what only its own page shows."""
    text = probe.text and replace(probe.text, units=Units((), [], 0))
    return replace(probe, text=text, plots=(), metrics=())


def make_probe(source: Sheet | BesidePhy | NotRead, key: str, bombcell: Bombcell | None) -> Probe:
    """Return one probe with its words and figures."""
    if isinstance(source, NotRead):
        return Probe(key, visible(source.name), "", visible(source.where), visible(source.why))
    phy: SavedInPhy | None = None
    if isinstance(source, BesidePhy):
        phy, source = source.phy, source.table
    answer = None
    if bombcell is not None:
        answer = bombcell.verify(source.run, source.criteria)
        if answer.codes is not None:
            oracle = Oracle(source.run, source.criteria, answer.codes)
            source = derive(replace(source.inputs, oracle=oracle), source)
    where = source.run.provenance
    return Probe(
        key,
        visible(where.name),
        visible(where.mode),
        visible(where.ks_dir),
        n_units=source.n_units,
        counts=class_counts(source.labels),
        kept=kept_words(source),
        verified=_verified(source, answer),
        text=probe_text(source, answer, phy),
        numbers=Summaries().of(Book([source]))[0],
        depths=depths_of(source, where.probe),
        plots=(
            *population_plots(source, key),
            upset_plot(source, key),
            *family_plots(source, key),
        ),
        metrics=tuple(metric_plots(source, key)),
    )


def _verified(table: Sheet, answer: Verification | None) -> str:
    """Return agreement with bombcell in a word or two, for the comparison."""
    if answer is None:
        return "not asked"
    if answer.codes is None:
        return answer.status
    differ = int((answer.codes != table.audit.label).sum())
    return "agrees" if not differ else f"{count_of(differ, 'unit')} differ"


def visible(text: object) -> str:
    """Return a text without control characters and halves of surrogates: no page may hold them."""
    return "".join(
        char if char in "\t\n" or char.isprintable() or char.isspace() else "\ufffd"
        for char in str(text)
    )


@cache
def template(name: str) -> Template:
    """Return a template of this folder; all text that it is given is escaped."""
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, (Markup, int)) else visible(value),
    )
    environment.filters["count_of"] = count_of
    return environment.get_template(name)


def dress() -> dict[str, object]:
    """Return what every page of ours has: style, the one script, colours and signs, and when."""
    script = (FOLDER / "sort.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    now = datetime.now().astimezone()
    return {
        "fills": {label.name: LABEL_FILL[label] for label in Label},
        "signs": {label.name: LABEL_SIGN[label] for label in Label},
        "version": __version__,
        "written": f"{now:%Y-%m-%d %H:%M}",
        "style": Markup((FOLDER / "style.css").read_text("utf-8")),  # noqa: S704  our own
        "script": Markup(script),  # noqa: S704  our own
        "digest": digest,
    }


def render(probes: list[Probe], *, links: Mapping[str, str] | None = None, home: str = "") -> str:
    """Return the page.

    Parameters
    ----------
    probes : list of Probe
        What is on it.
    links : mapping of str to str, optional
        Addresses of the probes' own pages by their keys: then this one has summaries only.
    home : str
        Address of the page of summaries, where this is the page of one of many probes.
    """
    read = [probe for probe in probes if probe.counts is not None]
    counts = [probe.counts for probe in read if probe.counts is not None]
    compare = recording = None
    if len(probes) > 1 and read:
        each = [(p.numbers, p.depths) for p in read if p.numbers and p.depths]
        recording = recording_of([_short(p) for p in read], *zip(*each, strict=True))
    if len([c for c in counts if sum(c.values())]) > 1:
        compare = comparison_plot([_short(probe) for probe in read], counts)
    return template("template.html").render(
        probes=probes,
        links=links,
        home=home,
        read=read,
        title=_title(probes),
        compare=compare,
        recording=recording,
        problem_words=problem_words,
        class_name=class_name,
        label_name=label_name,
        max_said=MAX_SAID,
        label_help=[(label, LABEL_HELP[label]) for label in CLASSES],
        fail_fill=FAIL_FILL,
        defaults_of=DEFAULTS_OF,
        max_rows=MAX_ROWS,
        **dress(),
    )


def _title(probes: list[Probe]) -> str:
    if len(probes) == 1:
        mode = f" ({probes[0].mode})" if probes[0].mode else ""
        return f"Bombcell audit of {probes[0].name}{mode}"
    return f"Bombcell audit of {count_of(len(probes), 'probe')}"


def _short(probe: Probe) -> str:
    name = f"{probe.name} · {probe.mode}" if probe.mode else probe.name
    return name if len(name) <= 36 else f"{name[:35]}…"
