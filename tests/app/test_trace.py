"""The trace: JSON lines with the fields that its module documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bcviewer.app import trace as module
from bcviewer.app.trace import Trace, process_age
from bcviewer.errors import UserError


def test_lines_are_json_and_there_at_once(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    trace = Trace(str(path))
    trace.write("start")
    trace.write("loaded", units=7, path="/ré/µ")
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    trace.close()
    trace.write("after closing")
    assert [set(line) for line in lines] == [{"t", "event"}, {"t", "event", "units", "path"}]
    assert lines[1]["units"] == 7
    assert lines[1]["path"] == "/ré/µ"
    assert 0 < lines[0]["t"] <= lines[1]["t"]
    assert len(path.read_text("utf-8").splitlines()) == 2


def test_without_a_file_it_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trace = Trace()
    trace.write("start")
    trace.close()
    assert list(tmp_path.glob("*")) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk is always full here")
def test_a_disk_that_fills_ends_the_trace_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A step of the curator's writes a line: it must not fail for that."""
    monkeypatch.setattr(module, "final_place", lambda _: Path("/dev/full"))
    trace = Trace(str(tmp_path / "trace.jsonl"))
    trace.write("step")
    trace.write("step")
    assert not trace.on
    trace.close()
    said = capsys.readouterr().err
    assert said == "bcviewer: the trace ends, as it cannot be written: No space left on device.\n"


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="trace"):
        Trace(str(tmp_path / "nowhere" / "trace.jsonl"))


def test_time_counts_from_the_start_of_the_process() -> None:
    age = process_age()
    assert 0 < age < 24 * 3600
    assert process_age() >= age


def test_every_event_that_is_written_is_documented() -> None:
    source = Path(module.__file__).parent.parent / "frame"
    written = {
        part.split('"')[1]
        for name in ("application.py", "window.py", "actions.py")
        for part in (source / name).read_text("utf-8").split("trace.write(")[1:]
    }
    assert {event for event in written if f"``{event}``" not in module.__doc__} == set()
