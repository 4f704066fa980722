"""``bcviewer doctor``: what is installed, what is missing, and what stands in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from bcviewer.cli import doctor
from bcviewer.cli.entry import main
from bcviewer.io import system_libraries

FACTS = {
    "version": "6.10.1",
    "platform": "xcb",
    "screens": "800 × 600 × 1",
    "settings": "/x/bcviewer.ini",
    "log": "/x/bcviewer.log",
    "cache": "/x/spike_index",
}


class FakeBombcell:
    """A bombcell that answers at once, or not at all."""

    said = "0.94"

    def __init__(self, timeout_s: float) -> None:
        assert timeout_s > 0

    def __enter__(self) -> FakeBombcell:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def version(self) -> str:
        return self.said


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "Bombcell", FakeBombcell)
    monkeypatch.setattr(doctor, "_qt_facts", lambda: (FACTS, ""))
    monkeypatch.setattr(system_libraries, "missing", tuple)


def test_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    for words in ("bcviewer ", "Python ", "pyarrow ", "Qt: 6.10.1, platform xcb", "bombcell: 0.94"):
        assert words in said
    assert "Settings: /x/bcviewer.ini (not writable)" in said or os.geteuid() == 0


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("_qt_facts", lambda: (None, "libEGL.so.1: cannot open"), "Qt: does not start: libEGL"),
        ("Bombcell", type("Silent", (FakeBombcell,), {"said": ""}), "bombcell: cannot be asked"),
    ],
)
def test_what_is_missing_is_said(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: object,
    words: str,
) -> None:
    monkeypatch.setattr(doctor, name, value)
    assert main(["doctor"]) == 1
    assert words in capsys.readouterr().out


def test_a_package_without_metadata_is_there_all_the_same(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", unknown)
    monkeypatch.setitem(doctor.DISTRIBUTIONS, "bombcell", "no_such_module_anywhere")
    main(["doctor"])
    said = capsys.readouterr().out
    assert "jinja2 of unknown version, PySide6-Essentials of unknown version" in said
    assert "bombcell missing" in said


def test_missing_libraries_are_named_with_their_packages(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_libraries, "missing", lambda: ("libEGL.so.1", "libxcb-cursor.so.0"))
    main(["doctor"])
    said = capsys.readouterr().out
    assert "System libraries missing: libEGL.so.1, libxcb-cursor.so.0" in said
    assert "apt install libegl1 libxcb-cursor0" in said


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="libraries of Linux")
def test_a_library_that_cannot_be_loaded_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    def load(name: str) -> None:
        if name == "libGL.so.1":
            raise OSError(name)

    assert system_libraries.missing(load) == ("libGL.so.1",)


def test_the_home_folder_is_not_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "frieda"))
    monkeypatch.setenv("BCVIEWER_CONFIG_DIR", str(tmp_path / "frieda" / "settings"))
    main(["doctor"])
    said = capsys.readouterr().out
    assert "frieda" not in said
    assert "BCVIEWER_CONFIG_DIR=~" in said


@pytest.mark.long
@pytest.mark.parametrize(
    ("platform", "status", "words"),
    [("offscreen", 0, "Qt: 6."), ("no_such", 1, "Qt has no such platform here")],
)
def test_the_real_one(platform: str, status: int, words: str) -> None:
    given = {**os.environ, "QT_QPA_PLATFORM": platform}
    asked = [sys.executable, "-m", "bcviewer", "doctor"]
    done = subprocess.run(
        asked, capture_output=True, text=True, env=given, timeout=120, check=False
    )
    assert words in done.stdout
    assert done.returncode == status
    assert done.stderr == ""
