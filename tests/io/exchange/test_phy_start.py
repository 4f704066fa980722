"""How phy is started: its command, and the last lines of what it printed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bcviewer.errors import UserError
from bcviewer.io.exchange.phy_start import find_program, last_lines, split_command


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
