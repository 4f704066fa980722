"""The report about many probes, beside the audit of the same ones."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from bench_measure import REPO, Data, Row, timed

PROBES = 200
SMALL = 200_000
"""Files above this size (spikes, waveforms) are not read by a report, and not copied, bytes."""


def rows(data: Data) -> list[Row]:
    folders = [str(path) for path in make_probes(data.work / "probes", PROBES)]
    page = data.work / "report.html"
    audited = timed(lambda: run("audit", *folders, "-o", str(data.work / "audit.csv"))) / 1e3
    figure = timed(lambda: run("report", *folders, "-o", str(page))) / 1e3
    beside = sorted((data.work / "report_files").iterdir())
    total = sum(path.stat().st_size for path in (page, *beside)) / 1e6
    note = f"{1 + len(beside)} pages, {total:.0f} MB; the first {page.stat().st_size / 1e6:.1f} MB"
    what = f"report, {PROBES} probes, bombcell asked"
    return [Row(what, figure, "s", 60.0, audited, "bcviewer audit -o", note=note)]


def run(command: str, *arguments: str) -> None:
    whole = [sys.executable, "-m", "bcviewer", command, *arguments]
    subprocess.run(whole, check=True, capture_output=True, cwd=REPO)


def make_probes(folder: Path, n: int) -> list[Path]:
    """Return ``n`` copies of the demo's probes, without what no report reads."""
    found = sorted((REPO / "resources" / "demo").glob("*/bombcell/*/kilosort4_*"))
    out = []
    for i in range(n):
        source, made = found[i % len(found)], folder / f"s{i:03d}" / found[i % len(found)].name
        for path in source.rglob("*"):
            if path.is_file() and path.stat().st_size < SMALL:
                to = made / path.relative_to(source)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, to)
        out.append(made)
    return out
