"""Every broken, odd and hostile recording through ``bcviewer audit``: never a traceback."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from bcviewer.cli import entry as cli

pytestmark = pytest.mark.skipif(os.name == "nt", reason="hard links and modes are POSIX")


def entries(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*")}


@pytest.mark.long
def test_no_recording_gives_a_traceback(hostile, capsys, tmp_path):
    """One test for all: what one leaves behind is seen after the others, too."""
    pwned = Path(tempfile.gettempdir())
    before, marks = entries(hostile), set(pwned.glob("PWNED_*"))
    cases = sorted(path for path in hostile.iterdir() if path.is_dir())
    assert len(cases) >= 40
    statuses = {}
    for case in cases:
        inside = [path for path in case.iterdir() if path.is_dir()]
        odd = case.name == "odd_path" and len(inside) == 1
        output = tmp_path / "out.csv"
        output.unlink(missing_ok=True)
        status = cli.main(["audit", str(inside[0] if odd else case), "-o", str(output)])
        captured = capsys.readouterr()
        statuses[case.name] = status
        assert status in (0, 1), case.name
        assert "Traceback" not in captured.out + captured.err
        for line in captured.err.splitlines():
            assert line.startswith(("bcviewer: ", "[")), (case.name, line)
        if status:
            assert "bcviewer: " in captured.err, case.name
        assert output.exists() == (" written to " in captured.out), case.name
    assert statuses["one_unit"] == 0
    assert statuses["never_run"] == 1
    assert entries(hostile) == before
    assert set(pwned.glob("PWNED_*")) == marks


@pytest.mark.long
def test_all_of_them_at_once_in_every_format(hostile, capsys, tmp_path):
    """Cases with other columns, types and texts go into one table."""
    cases = sorted(str(path) for path in hostile.iterdir() if path.is_dir())
    for suffix in (".csv", ".parquet", ".json"):
        output = tmp_path / f"all{suffix}"
        assert cli.main(["audit", *cases, "-o", str(output)]) == 1
        captured = capsys.readouterr()
        assert f" units written to {output}" in captured.out
        assert all(line.startswith(("bcviewer: ", "[")) for line in captured.err.splitlines())
        assert output.stat().st_size > 10_000
