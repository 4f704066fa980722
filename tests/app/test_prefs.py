"""The settings file: what is written is read, and a damaged file costs the settings only."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray

from bcviewer.app import kept_settings
from bcviewer.app.prefs import (
    MAX_RECENT,
    MAX_SORTS,
    Left,
    Prefs,
    cache_folder,
    log_file,
    settings_file,
)
from bcviewer.frame import application


def again(prefs: Prefs) -> Prefs:
    prefs.sync()
    return Prefs()


def test_defaults() -> None:
    prefs = Prefs()
    assert prefs.recent() == []
    assert prefs.columns() == []
    assert prefs.widths() == {}
    assert prefs.frozen() is None
    assert prefs.geometry().isEmpty()
    assert prefs.layout("unit").isEmpty()
    assert prefs.layout_name() == ""
    assert prefs.phy_command() == ""


def test_files_are_where_the_tests_said(config_dir: Path) -> None:
    assert settings_file() == config_dir / "bcviewer.ini"
    assert log_file() == config_dir / "bcviewer.log"
    assert cache_folder() == config_dir / "spike_index"
    prefs = Prefs()
    prefs.set_phy_command("/opt/phy")
    prefs.sync()
    assert "/opt/phy" in settings_file().read_text("utf-8")


def test_round_trip() -> None:
    prefs = Prefs()
    prefs.set_columns(["label", "nSpikes"])
    prefs.set_widths({"label": 120, "reason": 300})
    prefs.set_frozen(0)
    prefs.set_phy_command('C:\\phy; x, "y" = µ')
    prefs.set_window(QByteArray(b"\x00\xff geometry"), "overview", QByteArray(b"\x01 state"))
    read = again(prefs)
    assert read.columns() == ["label", "nSpikes"]
    assert read.widths() == {"label": 120, "reason": 300}
    assert read.frozen() == 0
    assert read.phy_command() == 'C:\\phy; x, "y" = µ'
    assert read.geometry() == QByteArray(b"\x00\xff geometry")
    assert read.layout_name() == "overview"
    assert read.layout("overview") == QByteArray(b"\x01 state")
    assert read.layout("unit").isEmpty()


def test_a_list_of_one_stays_a_list() -> None:
    prefs = Prefs()
    prefs.set_columns(["label"])
    prefs.add_recent("/rec, with comma")
    read = again(prefs)
    assert read.columns() == ["label"]
    assert read.recent() == ["/rec, with comma"]


def test_recent_paths_newest_first_once_and_not_for_ever() -> None:
    prefs = Prefs()
    for i in range(MAX_RECENT + 3):
        prefs.add_recent(f"/rec{i}")
    prefs.add_recent("/rec5")
    read = again(prefs).recent()
    assert len(read) == MAX_RECENT
    assert read[:2] == ["/rec5", f"/rec{MAX_RECENT + 2}"]
    assert read.count("/rec5") == 1


def test_reset_forgets_everything() -> None:
    prefs = Prefs()
    prefs.add_recent("/rec")
    prefs.set_frozen(3)
    prefs.set_window(QByteArray(b"g"), "unit", QByteArray(b"s"))
    prefs.reset()
    read = Prefs()
    assert read.recent() == []
    assert read.frozen() is None
    assert read.geometry().isEmpty()


def test_settings_of_an_older_version_are_carried_over_and_nothing_is_taken_away(
    config_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    renames = ((2, "old/width", "new/width"), (2, "old/theme", "looks/theme"), (1, "a", "b"))
    monkeypatch.setattr(kept_settings, "RENAMED", renames)
    monkeypatch.setattr(kept_settings, "VERSION", 2)
    config_dir.mkdir()
    settings_file().write_text(
        "[settings]\nversion=1\n[old]\nwidth=7\ntheme=dark\n[looks]\ntheme=light\n"
        "[General]\na=1\n[table]\nfrozen=3\n[plugin]\nof_another=kept\n"
    )
    read = again(Prefs())
    assert read.settings.value("new/width") == "7"
    assert read.theme() == "light", "what is said by the new name goes first"
    assert read.settings.value("b") is None, "that one was renamed before"
    assert read.frozen() == 3
    for key, value in (("old/width", "7"), ("old/theme", "dark"), ("plugin/of_another", "kept")):
        assert read.settings.value(key) == value
    assert int(read.settings.value("settings/version")) == 2


@pytest.mark.parametrize("version", ["9", "x", "-1", "99999999999", "²"])
def test_settings_of_a_newer_version_stay_a_newer_versions(config_dir: Path, version: str) -> None:
    config_dir.mkdir()
    settings_file().write_text(f"[settings]\nversion={version}\n[looks]\ntheme=dark\n", "utf-8")
    read = again(Prefs())
    assert read.theme() == "dark"
    kept = "9" if version == "9" else str(kept_settings.VERSION)
    assert str(read.settings.value("settings/version")) == kept


def test_forget_layouts_keeps_the_rest() -> None:
    prefs = Prefs()
    prefs.set_window(QByteArray(b"g"), "unit", QByteArray(b"s"))
    prefs.set_columns(["label"])
    prefs.forget_layouts()
    assert prefs.geometry().isEmpty()
    assert prefs.layout("unit").isEmpty()
    assert prefs.layout_name() == ""
    assert prefs.columns() == ["label"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02\xff\xfe" * 200,
        b"[table\ncolumns=@Invalid(\n===\n",
        (
            b"[table]\nfrozen=many\nwidths=label, reason:wide, :7, snr:-3\ncolumns=@ByteArray(x)\n"
            b"[window]\ngeometry=nonsense\nlayout=7\n"
        ),
        "[table]\nfrozen=²\n".encode(),  # a digit, and no number
    ],
)
def test_a_damaged_file_is_no_obstacle(config_dir: Path, content: bytes) -> None:
    config_dir.mkdir()
    settings_file().write_bytes(content)
    prefs = Prefs()
    assert prefs.widths() == {}
    assert prefs.frozen() is None
    assert prefs.geometry().isEmpty()
    assert isinstance(prefs.columns(), list)
    prefs.set_frozen(1)
    assert again(prefs).frozen() == 1


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(5_000_000_000)


@pytest.mark.skipif(os.name == "nt", reason="pipes and devices are POSIX")
@pytest.mark.parametrize(
    ("make", "name", "why"),
    [
        (_pipe, "bcviewer.ini", "is a named pipe"),
        (lambda path: path.mkdir(), "bcviewer.ini", "is a folder"),
        (lambda path: path.symlink_to("/dev/zero"), "bcviewer.ini", "is a device"),
        (lambda path: path.symlink_to(path), "bcviewer.ini", "cannot be written"),
        (_huge, "bcviewer.ini", "has 5,000 MB"),
        (_pipe, "bcviewer.ini.lock", "is a named pipe"),
    ],
)
def test_what_is_no_settings_file_is_left_alone(
    config_dir: Path, make: Callable[[Path], None], name: str, why: str
) -> None:
    config_dir.mkdir()
    path = config_dir / name
    make(path)
    before = path.lstat()
    prefs = Prefs()
    assert why in prefs.problem
    assert prefs.problem.endswith("Settings are not read, and are kept until the program ends.")
    assert prefs.recent() == []
    prefs.set_frozen(3)
    prefs.add_recent("/rec")
    prefs.set_window(QByteArray(b"g"), "unit", QByteArray(b"s"))
    prefs.sync()
    assert (prefs.frozen(), prefs.recent(), prefs.layout("unit")) == (3, ["/rec"], b"s")
    prefs.forget_layouts()
    assert (prefs.layout_name(), prefs.recent(), prefs.frozen()) == ("", ["/rec"], 3)
    prefs.reset()
    assert prefs.frozen() is None
    after = path.lstat()
    assert (after.st_ino, after.st_mode, after.st_size) == (
        before.st_ino,
        before.st_mode,
        before.st_size,
    )
    assert [p.name for p in config_dir.iterdir()] == [name]


def test_a_settings_file_that_is_a_link_is_used(config_dir: Path, tmp_path: Path) -> None:
    config_dir.mkdir()
    (tmp_path / "mine.ini").write_text("[table]\nfrozen=2\n")
    try:
        settings_file().symlink_to(tmp_path / "mine.ini")
    except OSError:
        pytest.skip("links need rights here")
    prefs = Prefs()
    assert (prefs.problem, prefs.frozen()) == ("", 2)


@pytest.mark.skipif(os.name == "nt", reason="pipes are POSIX")
def test_a_log_that_is_a_pipe_is_not_opened(config_dir: Path) -> None:
    config_dir.mkdir()
    os.mkfifo(log_file())
    application.set_up_log()
    assert application.log.handlers == []


def test_a_folder_that_cannot_be_made_costs_the_settings_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BCVIEWER_CONFIG_DIR", str(tmp_path / "file" / "below"))
    prefs = Prefs()
    prefs.set_frozen(1)
    prefs.sync()
    assert prefs.frozen() == 1


def test_sorts_of_results_are_remembered() -> None:
    prefs = Prefs()
    assert prefs.sorts() == {}
    prefs.add_sorts({"/a=b/1": "/s, 1"})
    prefs.add_sorts({"/a=b/2": "C:\\x"})
    prefs.add_sorts({"/a=b/1": "/s, 3"})
    assert again(prefs).sorts() == {"/a=b/2": "C:\\x", "/a=b/1": "/s, 3"}
    prefs.add_sorts({f"/r{i}": "/s" for i in range(MAX_SORTS)})
    assert len(again(prefs).sorts()) == MAX_SORTS


def test_raw_files_are_remembered_beside_the_sorts() -> None:
    prefs = Prefs()
    assert prefs.raw_files() == {}
    prefs.add_sorts({"/results": "/sort"})
    prefs.add_raw_file("D:\\sort, 1", "E:\\raw=1.bin")
    prefs.add_raw_file("/b", "/raw.bin")
    prefs.add_raw_file("/b", "/other.bin")
    assert again(prefs).raw_files() == {"D:\\sort, 1": "E:\\raw=1.bin", "/b": "/other.bin"}
    assert again(prefs).sorts() == {"/results": "/sort"}
    prefs.settings.setValue("recordings/raw", "{")
    assert prefs.raw_files() == {}


@pytest.mark.parametrize("text", ["[1]", "{", "5", '{"a": 5}', "[" * 100_000])
def test_damaged_sorts_are_none(text: str) -> None:
    prefs = Prefs()
    prefs.settings.setValue("recordings/sorts", text)
    assert prefs.sorts() == {}


def test_where_a_path_was_left_is_remembered_and_nothing_damaged_is_believed() -> None:
    prefs, left = Prefs(), Left("/rec/kilosort4_C/bombcell", 41, "final")
    assert prefs.left("/rec") is None
    prefs.add_left("/rec", left)
    prefs.sync()
    assert Prefs().left("/rec") == left
    for damaged in ("", "[", "7", "[1, 2]", '[1, 2, "final"]', '["/rec", 2, "theirs"]', "[" * 9000):
        prefs.settings.setValue("recordings/left", json.dumps({"/rec": damaged}))
        assert prefs.left("/rec") is None, damaged
    prefs.settings.setValue("recordings/left", json.dumps({"/rec": '["/rec", "x", "final"]'}))
    assert prefs.left("/rec") == Left("/rec", None, "final")
