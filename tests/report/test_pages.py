"""The report of many probes: summaries, a page a probe beside it, and nothing half done."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from factories import make_run, sheet_of
from test_report import Absent, Page

from bcviewer.cli import report as command
from bcviewer.cli.entry import main
from bcviewer.core.sheet.sheet import Sheet
from bcviewer.errors import UserError
from bcviewer.report.page import NotRead, write_report

RUNS = 5
"""Runs of the demo."""


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the demo's runs be too many for one page."""
    monkeypatch.setattr(command, "MOST_ON_ONE_PAGE", RUNS - 1)
    monkeypatch.setattr(command, "Bombcell", Absent)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def stats(folder: Path) -> dict[Path, tuple[int, ...]]:
    """Return what changes where something below a folder is written; reading is no harm."""
    found = {path: path.lstat() for path in folder.rglob("*")}
    return {p: (s.st_ino, s.st_mode, s.st_size, s.st_mtime_ns) for p, s in found.items()}


def linked(page: Path) -> set[Path]:
    """Return the files that a page leads to, after looking whether the places on them are there."""
    found = Page(page.read_text("utf-8"))
    out = set()
    for address in found.addresses:
        parts = urlsplit(address)
        assert not parts.scheme
        assert not parts.netloc
        there = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        assert there.is_file(), address
        if parts.fragment:
            assert parts.fragment in Page(there.read_text("utf-8")).ids
        out.add(there)
    return out - {page}


@pytest.mark.long
def test_many_probes_have_a_page_each(many: None, tmp_path: Path, capsys) -> None:
    out = tmp_path / "my #1 report.html"
    assert main(["report", "demo", str(tmp_path / "gone"), "-o", str(out)]) == 1
    assert "344 units of 5 probes written to" in capsys.readouterr().out
    folder = tmp_path / "my #1 report_files"
    pages = set(folder.iterdir())
    assert sorted(page.name for page in pages)[:2] == [
        "001_kilosort4_A-batch.html",
        "002_kilosort4_B-batch.html",
    ]
    assert len(pages) == RUNS
    assert {path.name for path in tmp_path.iterdir()} == {out.name, folder.name}
    assert linked(out) == pages
    summary = Page(out.read_text("utf-8"))
    assert "This probe could not be read:" in summary.text
    assert "No GOOD unit: 112 of 115 units fail" in summary.text
    assert "Metrics and their thresholds" not in summary.text
    assert out.stat().st_size < 100_000
    for page in pages:
        assert linked(page) == {out}
        text = page.read_text("utf-8")
        assert "Metrics and their thresholds" in text
        assert "Content-Security-Policy" in text


def test_few_probes_have_one_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command, "Bombcell", Absent)
    assert main(["report", "demo", "-o", str(tmp_path / "r.html")]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def tables() -> Iterator[Sheet | NotRead]:
    run = make_run({"nPeaks": [1.0, 5.0]})
    table = sheet_of(run)
    yield from (table, NotRead("gone", "/gone", "is not there"), table, table)


def test_a_former_report_is_replaced_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    out, folder = tmp_path / "r.html", tmp_path / "r_files"
    write_report(tables(), out, apart=True)
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"00{i}_kilosort4_A.html" for i in (1, 2, 3)]
    (folder / "notes.txt").write_text("mine")
    (folder / "009_mine.html").write_text("<html>mine</html>")
    write_report(list(tables())[:2], out, apart=True)
    assert sorted(tree(folder)) == ["001_kilosort4_A.html", "009_mine.html", "notes.txt"]
    write_report(list(tables())[:1], out)
    assert sorted(tree(folder)) == ["009_mine.html", "notes.txt"]
    (folder / "notes.txt").unlink()
    (folder / "009_mine.html").unlink()
    write_report(tables(), out, apart=True)
    write_report(list(tables())[:1], out)
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize(
    "make",
    [
        lambda folder: folder.write_text("a file"),
        lambda folder: folder.symlink_to(folder.parent),
        lambda folder: (folder.mkdir(), (folder / "001_kilosort4_A.html").write_text("mine")),
        lambda folder: (folder.mkdir(), (folder / "001_kilosort4_A.html").symlink_to("x")),
    ],
)
def test_what_is_in_the_way_is_left_alone(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "r_files")
    before = stats(tmp_path)
    with pytest.raises(UserError, match=r"of a report|no page of ours"):
        write_report(tables(), tmp_path / "r.html", apart=True)
    assert stats(tmp_path) == before


def test_where_it_ends_early_the_former_report_stays(tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    write_report(tables(), out, apart=True)
    before = tree(tmp_path)
    calls = []

    def check() -> None:
        calls.append(0)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_report(tables(), out, check=check, apart=True)
    assert tree(tmp_path) == before


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_request_to_end_leaves_nothing_behind(
    many: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    read, seen = command.audit_place, []

    def audit_place(place):
        seen.append(place)
        if len(seen) == 3:
            os.kill(os.getpid(), getattr(signal, name))
        return read(place)

    monkeypatch.setattr(command, "audit_place", audit_place)
    before = signal.getsignal(signal.SIGTERM)
    # A shell starts what runs in its background with SIGINT ignored, and so might these tests be.
    interrupt = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert main(["report", "demo", "-o", str(tmp_path / "r.html")]) == 130
    finally:
        signal.signal(signal.SIGINT, interrupt)
    assert len(seen) == 3
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.slow
def test_the_order_is_that_of_the_command_line(many: None, tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    written = []
    for _ in range(2):
        assert main(["report", "demo", "-o", str(out)]) == 0
        text = out.read_text("utf-8")
        written.append(re.sub(r"Written on [\d: -]*", "", text))
    assert written[0] == written[1]
    assert re.findall(r'<section class="short" id="(p\d)">', text) == [
        f"p{i}" for i in range(1, RUNS + 1)
    ]
