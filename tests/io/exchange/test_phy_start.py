"""How phy is started: its command, and the last lines of what it printed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bcviewer.errors import UserError
from bcviewer.io.exchange import phy_start as module
from bcviewer.io.exchange.phy_start import find_program, last_lines, split_command, start_phy


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's quotes")
def test_the_phy_command_may_have_blanks_quotes_and_options(tmp_path: Path) -> None:
    program = tmp_path / "my tools" / "phy"
    program.parent.mkdir()
    program.touch()
    assert split_command(str(program)) == [str(program)]
    assert split_command(f"'{program}' --debug") == [str(program), "--debug"]
    with pytest.raises(UserError, match="No closing quotation"):
        split_command("'phy")


def test_a_program_is_found_by_its_whole_path(tmp_path: Path) -> None:
    """phy is started in another folder: a relative path must not be looked for there."""
    program = Path(sys.executable)
    assert find_program(f'"{program}" --x') == (str(program), ["--x"])
    with pytest.raises(UserError, match=r"Preferences\.$"):
        find_program(str(tmp_path / "gone"))


def test_a_relative_path_is_of_the_folder_we_are_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / ("phy.exe" if sys.platform == "win32" else "phy")
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    assert find_program(f".{'/'}{program.name}") == (str(program), [])


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (b"", ""),
        (b"\n\n  \n", ""),
        (b"one", "one"),
        (b"1\n2\n\n3\n4.\n", "2 · 3 · 4"),
        (b"\x1b[31mred\xff\x00\n", "[31mred\ufffd"),
    ],
)
def test_last_lines(printed: bytes, said: str) -> None:
    assert last_lines(printed) == said


def test_last_lines_are_not_long() -> None:
    assert len(last_lines(b"x" * 100_000)) <= 160


@pytest.mark.skipif(sys.platform == "win32", reason="what is printed is not cut there")
def test_what_phy_prints_is_cut_where_it_is_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PRINTED", 2000)
    (tmp_path / "params.py").touch()
    phy = tmp_path / "phy"
    phy.write_text(
        "#!/bin/sh\nhead -c 100000 /dev/zero | tr '\\0' a; echo; echo before\n"
        f"read line < {tmp_path / 'pipe'}\necho after\nexit 3\n"
    )
    phy.chmod(0o755)
    os.mkfifo(tmp_path / "pipe")
    started = start_phy(str(phy), tmp_path)
    with (tmp_path / "pipe").open("w") as pipe:  # opens once phy has printed and reads it
        size = os.fstat(started.printed.fileno()).st_size
        started.trim()
        assert size > 100_000
        assert os.fstat(started.printed.fileno()).st_size == 0
        pipe.write("go on\n")
    assert started.process.wait(20) == 3
    assert os.fstat(started.printed.fileno()).st_size == len("after\n")
    error = started.failure()
    started.forget()
    assert error is not None
    assert "before · after." in str(error)
