"""The report: one page, whole, escaped, and with the numbers of the summaries."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from contextlib import nullcontext
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from curation_cases import act, note
from factories import again, make_run, sheet_of
from qt_fixtures import write_recording

import bcviewer.report
from bcviewer.cli.entry import main
from bcviewer.core.audit.reasons import bits
from bcviewer.core.audit.summary import blocker_counts, class_counts, family_counts
from bcviewer.core.curation.blind import Sample, blind_field
from bcviewer.core.curation.replay import replay
from bcviewer.core.figures.few_good import few_good
from bcviewer.core.figures.words import listed, share
from bcviewer.core.rules.criteria import Criteria
from bcviewer.core.rules.labels import Label
from bcviewer.core.rules.rules import RULES
from bcviewer.core.run.run import Issue, Provenance, Run, Sites
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.io.journal.recording_key import recording_key
from bcviewer.io.journal.store import JournalStore
from bcviewer.io.journal.user_data import journals_folder
from bcviewer.io.results.bombcell import read_run
from bcviewer.io.results.find import find_runs
from bcviewer.oracle.client import Bombcell, Verification
from bcviewer.report.content import probe_text
from bcviewer.report.curators import curators_of
from bcviewer.report.page import NotRead, Probe, make_probe, render, visible, write_report
from bcviewer.report.unit_rows import unit_table

NAN = float("nan")
MARKUP = "<img src=x onerror=alert(1)>&\"'"
VOID = {"meta", "br", "img", "link", "hr", "input"}


class Page(HTMLParser):
    """Checks nesting and gathers ids, addresses, styles and texts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.events: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("src", "href", "xlink:href", "srcset", "action", "data"):
                self.addresses.append(value or "")
            if name.startswith("on"):
                self.events.append(name)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text += data


def check(text: str) -> Page:
    """Assert what holds for every page."""
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    assert page.events == []
    for address in page.addresses:
        assert address.startswith("#"), address
        assert address[1:] in page.ids
    for target in re.findall(r"url\(([^)]*)\)", text):
        assert target.startswith("#")
        assert target[1:] in page.ids
    without = text.replace("http://www.w3.org/2000/svg", "").replace(
        "http://www.w3.org/1999/xlink", ""
    )
    assert "http:" not in without
    assert "https:" not in without
    assert "@import" not in text
    for figure in re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL):
        ET.fromstring(figure)
    assert {"script", "style"} <= page.tags
    assert text.count("<script") == 1
    return page


def a_table(**more: object) -> Sheet:
    """Return units of every class, with failures that hide others, and missing values."""
    rng = np.random.default_rng(3)
    n = 60
    columns = {
        "nPeaks": rng.integers(1, 4, n).astype(float),
        "nSpikes": np.where(np.arange(n) == 0, 0.0, rng.integers(20, 4000, n)),
        "presenceRatio": rng.uniform(0.4, 1.0, n),
        "spatialDecaySlope": rng.choice([0.001, 0.03, 0.03, 0.03], n),
        "fractionRPVs_estimatedTauR": rng.choice([0.02, 0.2, 1.0], n),
        "RPV_status": rng.choice([-1.0, 0.0, 1.0], n),
        "mainPeakToTroughRatio": rng.uniform(0.2, 0.95, n),
        "mainPeak_before_width": rng.choice([NAN, 3.0, 6.0], n),
        "rawAmplitude": rng.choice([NAN, 30.0, 200.0], n),
        "isolationDistance": rng.choice([1e11, np.inf, 10.0, 90.0], n),
    }
    run = make_run(columns, **more)
    return sheet_of(run)


def a_page(*tables: Sheet | NotRead) -> str:
    return render([make_probe(table, f"p{i}", None) for i, table in enumerate(tables)])


def table_of(run: Run) -> Sheet:
    return sheet_of(run)


@pytest.fixture(scope="module")
def table() -> Sheet:
    return a_table(saved=[MARKUP] * 60, ks_label=np.array([MARKUP] * 60, object))


@pytest.fixture(scope="module")
def text(table: Sheet) -> str:
    bad = NotRead(MARKUP, f"/{MARKUP}", f"{MARKUP}\x00\x1b")
    return a_page(table, bad)


def test_a_page_is_whole_and_has_the_summaries_numbers(table: Sheet, text: str) -> None:
    page = check(text)
    said = probe_text(table, None)
    assert {c.code: c.n for c in said.counts} == {
        label.name: n for label, n in class_counts(table.labels).items()
    }
    assert {name: n for name, n, _ in said.blockers} == blocker_counts(table.audit)
    assert said.families == family_counts(table.audit)
    for count in said.counts:
        if count.n:
            assert f'<li class="{count.code}"><b>{count.n:,}</b>' in text
    for title in ("Top 15 reasons", "Failure sets", "MUA by family", "Top 10 reasons: NON-SOMA"):
        assert title in page.text
    assert text.count("<svg") == text.count("</svg>") > 20


def test_texts_in_figures_stay_texts(text: str) -> None:
    drawn = re.findall(r"<text[^>]*>([^<]*)</text>", text)
    assert "presence ratio &lt; 0.7" in drawn
    assert "spatial decay &lt; 0.01 1/µm" in drawn  # numbers in texts are not shortened
    assert any("◆ MUA" in one for one in drawn)


@pytest.mark.parametrize(
    "columns",
    [
        {"nSpikes": []},
        {"nSpikes": [2400.0]},
        {"nPeaks": [NAN, NAN], "presenceRatio": NAN},
        {"Lratio": [1e300, np.inf, -np.inf], "nSpikes": [1e18, 5.0, 1e-300]},
        {"fractionRPVs_estimatedTauR": [1.0, 1.0], "RPV_status": 0.0},
    ],
    ids=["no units", "one unit", "no values", "huge", "no GOOD"],
)
@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
def test_odd_runs_have_a_page(columns: dict[str, object]) -> None:
    table = table_of(make_run(columns))
    page = check(a_page(table))
    assert few_good(table).text in page.text


def test_incomplete_runs_say_what_is_absent() -> None:
    table = table_of(make_run(drop=("presenceRatio",), saved=["GOOD"]))
    page = check(a_page(table))
    assert "no column presenceRatio in these results" in page.text
    assert "For 1 of them the saved label is shown." in page.text
    assert "No GOOD unit" not in page.text


def test_text_from_a_recording_is_escaped(text: str) -> None:
    page = check(text)
    assert "<img" not in text
    assert page.text.count(MARKUP) >= 3
    assert "\x00" not in text
    assert "img" not in page.tags


def test_visible_leaves_texts_alone() -> None:
    assert visible("a\tµ–×\n") == "a\tµ–×\n"
    assert visible("\x00a\udcff\x85") in ("\ufffda\ufffd\ufffd", "\ufffda\ufffd\x85")


def test_several_probes_have_contents_and_a_comparison(tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    empty = table_of(make_run({"nSpikes": [0.0, 0.0]}))
    write_report([empty, NotRead("gone", "/gone", "is not there"), empty], out)
    page = check(out.read_text("utf-8"))
    assert "No GOOD unit: no unit has a spike." in page.text
    assert "Bombcell audit of 3 probes" in page.text
    assert "Classes by probe" in page.text
    assert "not read: is not there" in page.text
    assert {"#p1", "#p2", "#p3"} <= set(page.addresses)


def test_several_probes_begin_with_the_dashboard() -> None:
    sites = Sites(np.array([[0.0, 0.0], [0.0, 500.0], [0.0, 1000.0]]))
    columns = {"maxChannels": [0.0, 1.0, 2.0], "presenceRatio": [1.0, 1.0, 0.1]}
    places = [
        Provenance(f"ks_{p}", f"ks_{p}/b", f"ks_{p}", p, roi_um=roi)
        for p, roi in (("A", 600.0), ("B", None))
    ]
    odd = Issue("params.py", f"is {MARKUP}.", "It is left out.")
    runs = [make_run(columns, provenance=p, sites=sites, issues=(odd,)) for p in places]
    sheets = [table_of(run) for run in runs]
    text = a_page(*sheets, NotRead("C", "/c", "gone"))
    page = check(text)
    first = text[text.index('<table class="compare">') : text.index("</table>")]
    cells = [
        [re.sub("<[^>]+>", "", cell) for cell in re.findall("<t[hd].*?</t[hd]>", row, re.DOTALL)]
        for row in re.findall("<tr>.*?</tr>", first, re.DOTALL)
    ]
    at = cells[0].index("GOOD in region")
    assert [row[at] for row in (*cells[1:3], cells[-1])] == ["2", "–", "2"]
    assert [row[cells[0].index("units")] for row in (*cells[1:3], cells[-1])] == ["3", "3", "6"]
    assert cells[-1][0] == "all"
    assert MARKUP not in first, "it is escaped"
    assert "not read: gone" in first
    assert "along-depth-0" in page.ids
    assert "ks_A: 0–600 µm, from the config" in page.text
    alone = check(a_page(sheets[0]))
    assert "along-depth-0" not in alone.ids


def test_the_table_of_units_is_cut_and_says_so(table: Sheet) -> None:
    found = unit_table(table, 10)
    assert (len(found.rows), found.left_out) == (10, 50)
    ids = [int(row[0].text) for row in found.rows]
    assert ids == table.ids.cluster_id[table.attention_rows()[:10]].tolist()
    words = replace(probe_text(table, None), units=found)
    probe = Probe("p", "name", "", "where", counts=class_counts(table.labels), text=words)
    assert "50 left out" in render([probe])


def test_failing_values_are_marked(table: Sheet) -> None:
    found = unit_table(table)
    keys = [column.key for column in found.columns]
    for row, cells in zip(table.attention_rows().tolist(), found.rows, strict=True):
        failed = {RULES[i].metric for i in bits(int(table.audit.failed[row]))}
        marked = {key for key, cell in zip(keys, cells, strict=True) if cell.style == "x"}
        assert marked == failed & set(keys)
        assert cells[keys.index("label")].style == f"c {Label(table.labels[row]).name}"


def test_words() -> None:
    assert [share(1, 3), share(0, 3), share(1, 5000), share(996, 1000), share(0, 0)] == [
        "33 %",
        "0 %",
        "< 0.1 %",
        "99.6 %",
        "–",
    ]
    assert listed(["a", "b", "c"]) == "a, b and c"


def test_nothing_is_left_behind_where_writing_fails(tmp_path: Path) -> None:
    def stop() -> None:
        raise UserError("stopped")

    with pytest.raises(UserError):
        write_report([a_table()], tmp_path / "r.html", check=stop)
    assert list(tmp_path.iterdir()) == []


def test_the_page_is_in_the_package() -> None:
    folder = Path(bcviewer.report.__file__).parent
    for name in ("template.html", "compare.html", "head.html", "style.css", "sort.js"):
        assert (folder / name).is_file()


# The command


class Absent(Bombcell):
    """A helper process that cannot be asked."""

    def verify(self, run: Run, params: Criteria) -> Verification:
        return Verification("not verified", why="it is not installed")


@pytest.mark.slow
def test_where_bombcell_and_matplotlib_are_missing_the_page_says_so(
    tmp_path: Path,
) -> None:
    for name in ("bombcell", "matplotlib"):
        code = f"raise ModuleNotFoundError(\"No module named '{name}'\", name='{name}')"
        (tmp_path / f"{name}.py").write_text(code)
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    env = {**os.environ, "PYTHONPATH": path, "BCVIEWER_CONFIG_DIR": str(tmp_path / "settings")}
    page = tmp_path / "page.html"
    command = ["report", "demo", "--probe", "A", "--mode", "batch", "-o", str(page)]
    done = subprocess.run(
        [sys.executable, "-m", "bcviewer", *command],
        capture_output=True, text=True, env=env, timeout=100, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    text = page.read_text("utf-8")
    assert "it is not installed (python3 -m pip install bombcell)" in text
    assert "Traceback" not in text


@pytest.mark.slow
def test_the_command_writes_about_the_demo(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    real_bombcell: Bombcell,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bcviewer.cli.report.Bombcell", lambda: nullcontext(real_bombcell))
    assert main(["report", "demo", "--mode", "np20_rerun", "--probe", "A"]) == 0
    text = (tmp_path / "bcviewer_report.html").read_text("utf-8")
    page = check(text)
    assert re.search(r"(\d+) of \1 labels agree with bombcell [\d.]+\.", page.text)
    assert "np20_rerun" in page.text
    captured = capsys.readouterr()
    assert "1 probe written to bcviewer_report.html" in captured.out
    assert captured.err == ""


def test_a_bad_probe_is_listed_and_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bcviewer.cli.report.Bombcell", Absent)
    out = tmp_path / "r.html"
    gone = tmp_path / "gone"
    chosen = ["--mode", "np20_rerun", "--probe", "A", "-o", str(out)]
    assert main(["report", str(gone), "demo", *chosen]) == 1
    assert "does not exist" in capsys.readouterr().err
    page = check(out.read_text("utf-8"))
    assert "not read:" in page.text
    assert "does not exist" in page.text
    assert "bombcell's own labels: not verified: it is not installed." in page.text


@pytest.mark.parametrize(
    ("arguments", "message", "status"),
    [
        (["nowhere"], "does not exist", 1),
        (["demo", "-o", "r.pdf"], "HTML", 2),
        (["demo", "-o", "no/such/r.html"], "no such folder", 2),
    ],
)
def test_what_cannot_be_written_is_said(
    arguments: list[str],
    message: str,
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report", *arguments]) == status
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_wrong_usage_is_2() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["report"])
    assert caught.value.code == 2


@pytest.mark.slow
def test_it_imports_no_qt_and_no_matplotlib() -> None:
    code = (
        "import sys\n"
        "from bcviewer.cli import report; from bcviewer.report import page\n"
        "from bcviewer.cli.audit import audit_place\n"
        "from bcviewer.cli.lookup import demo_config\n"
        "from bcviewer.io.results.find import find_runs\n"
        "place = find_runs(demo_config())[0]\n"
        "page.render([page.make_probe(audit_place(place), 'p', None)])\n"
        "found = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not found & {'PySide6', 'pyqtgraph', 'bombcell', 'pandas'}, found\n"
        "assert 'matplotlib' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_the_window_and_the_audit_import_none_of_it() -> None:
    code = (
        "import sys, bcviewer.cli.entry, bcviewer.cli.audit\n"
        "assert not {'jinja2', 'matplotlib', 'bcviewer.report'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_probe_without_good_units_says_why(shared: Path) -> None:
    (place,) = find_runs(shared / "sim_3probes" / "kilosort4_C")
    table = table_of(read_run(place))
    page = check(a_page(table))
    sentence = few_good(table).text
    assert sentence.startswith("No GOOD unit: ")
    assert sentence in page.text
    # the same number for the same word as in the chip and in the sentence
    assert "(61 of them undecidable: MUA" in sentence
    assert "78 units, 61 of them undecidable MUA (they fail the rule" in page.text
    assert "where one of them has no value it cannot fire" in page.text


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_chromium_prints_it(tmp_path: Path, text: str) -> None:
    page = tmp_path / "r.html"
    page.write_text(text, "utf-8")
    printed = tmp_path / "r.pdf"
    command = [
        str(CHROMIUM),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={tmp_path / 'profile'}",
        f"--print-to-pdf={printed}",
        page.as_uri(),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert printed.read_bytes().startswith(b"%PDF")
    assert printed.stat().st_size > 50_000


def test_what_curators_said_is_on_the_page() -> None:
    blind = blind_field(Sample(7, 2, 59))
    actions = [
        act("a", 1, "ada", "MUA", 3, extra=blind),
        act("b", 2, "ada", "GOOD", 4),
        act("c", 3, f"bob {MARKUP}", "NOISE", 4),
        note("d", 4, f"two cells? {MARKUP}", unit=5),
    ]
    sheet = a_table()
    sheet = again(sheet, said=replay(actions))
    said = curators_of(sheet)
    assert [(p.name, p.labels, p.notes) for p in said.people] == [
        ("ada", 2, 1),
        (f"bob {MARKUP}", 1, 0),
    ]
    assert [(u.name, u.blind) for u in said.units] == [
        ("unit 3", True),
        ("unit 4", False),
        ("unit 5", False),
    ]
    assert sum(c.n for c in said.final) == sheet.n_units
    assert {c.code: c.n for c in said.final} == {
        label.name: n for label, n in class_counts(sheet.parts.final_labels()).items()
    }
    text = a_page(sheet)
    page = check(text)
    assert "(blind, 1 labelled of 2 of 59 units drawn at random (seed 7))" in page.text
    assert "(given in sight of the verdict, but for 1 given blind first)" in page.text
    assert "People differ about 1 unit: unit 4 (ada: GOOD; bob" in page.text
    assert "two cells?" in page.text
    assert "Nobody has labelled" in check(a_page(a_table())).text


@pytest.mark.long
def test_the_command_reads_what_curators_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BCVIEWER_CONFIG_DIR", str(tmp_path / "data"))
    folder = write_recording(tmp_path / "ks", {"presenceRatio": [1.0, 0.5, 0.4]})
    run = read_run(find_runs(folder)[0])
    store = JournalStore(recording_key(run), journals_folder(), folder / "bombcell", "p")
    store.append(act("a", 1, "ada", "NOISE", 1))
    store.close()
    output = tmp_path / "page.html"
    assert main(["report", str(folder), "-o", str(output)]) == 0
    assert "ada" in check(output.read_text("utf-8")).text
