"""Plans and their application: previewed, whole or not at all, with copies of what is replaced."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import pytest

from bcviewer.errors import CancelledError, UsageError, UserError
from bcviewer.io import names
from bcviewer.io.exchange import apply_plan as module
from bcviewer.io.exchange.apply_plan import apply_plan
from bcviewer.io.exchange.plan import Plan, planned, text_table

NOW = datetime(2026, 3, 1, 10, 20, 30)
STAMP = "20260301T102030"


def files(folder: Path) -> dict[str, str]:
    found = sorted(path for path in folder.rglob("*") if not path.is_dir())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in found}


def plan_of(folder: Path, *contents: tuple[str, str], **more: object) -> Plan:
    made = [planned(folder / name, text.encode(), "a text", **more) for name, text in contents]
    return Plan("test", tuple(made))


# What is shown


def test_the_preview_shows_each_file_what_it_replaces_and_its_head(tmp_path):
    (tmp_path / "b.txt").write_text("old text")
    os.utime(tmp_path / "b.txt", (0, datetime(2026, 2, 3, 4, 5).timestamp()))
    plan = plan_of(tmp_path, ("a.txt", "one\ttab\ntwo\n3\n4\n5\n6\n"), ("b.txt", "x"))
    plan = Plan("test", plan.files, ("mind this",))
    assert plan.preview() == (
        "warning: mind this",
        f"{tmp_path / 'a.txt'}: a text, new",
        "    one tab",
        "    two",
        "    3",
        "    4",
        "    … 2 more",
        f"{tmp_path / 'b.txt'}: a text, replaces 8 bytes of 2026-02-03 04:05",
        "    x",
    )
    assert files(tmp_path) == {"b.txt": "old text"}


def test_a_preview_is_one_printable_line_each(tmp_path):
    plan = plan_of(tmp_path, ("a.txt", "\x1b[31mred\u202e" + "x" * 500))
    (line,) = plan.files[0].head
    assert line.isprintable()
    assert len(line) <= 120


def test_text_tables_are_quoted_as_csv_readers_expect():
    table = text_table(("a", "b"), [(1, 'x"y'), (2, "t\tu"), (3, "\ud800")])
    assert table == b'a\tb\n1\t"x""y"\n2\t"t\tu"\n3\t?\n'


# All of it


@pytest.mark.parametrize("backup", [True, False])
def test_files_are_written_and_what_was_there_is_copied(tmp_path, backup):
    (tmp_path / "b.txt").write_text("old")
    before = (tmp_path / "b.txt").stat().st_mtime_ns
    plan = plan_of(tmp_path, ("a.txt", "A"), ("b.txt", "B"))
    done = apply_plan(plan, backup=backup, now=NOW)
    copy = tmp_path / f"b.txt.bak-{STAMP}"
    assert done.written == (tmp_path / "a.txt", tmp_path / "b.txt")
    assert done.backups == ((copy,) if backup else ())
    kept = {copy.name: "old"} if backup else {}
    assert files(tmp_path) == {"a.txt": "A", "b.txt": "B"} | kept
    if backup:
        assert copy.stat().st_mtime_ns == before


def test_copies_go_to_their_folder_and_never_over_one_another(tmp_path):
    folder = tmp_path / "bcviewer" / "backup"
    for text in "ABC":
        apply_plan(plan_of(tmp_path, ("a.txt", text), backup_folder=folder), now=NOW)
    assert files(tmp_path) == {
        "a.txt": "C",
        f"bcviewer/backup/a.txt.bak-{STAMP}": "A",
        f"bcviewer/backup/a.txt.bak-{STAMP}-2": "B",
    }


def test_a_function_may_write_the_content(tmp_path):
    file = planned(tmp_path / "a.bin", lambda path: path.write_bytes(b"\0\1"), "two bytes")
    apply_plan(Plan("test", (file,)))
    assert (tmp_path / "a.bin").read_bytes() == b"\0\1"


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_files_have_the_usual_mode(tmp_path):
    apply_plan(plan_of(tmp_path, ("a.txt", "A")))
    (tmp_path / "plain").touch()
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_hard_link_of_what_is_replaced_keeps_its_content(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    os.link(tmp_path / "a.txt", tmp_path / "elsewhere.txt")
    apply_plan(plan_of(tmp_path, ("a.txt", "new")), backup=False)
    assert files(tmp_path) == {"a.txt": "new", "elsewhere.txt": "old"}


# Or none of it


def three(folder: Path) -> Plan:
    """Return a plan of three files; the second replaces one."""
    (folder / "b.txt").write_text("old b")
    (folder / "c.txt").write_text("old c")
    backup = folder / "bcviewer" / "backup"
    texts = (("a.txt", "A"), ("b.txt", "B"), ("c.txt", "C"))
    return plan_of(folder, *texts, backup_folder=backup)


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def failing(monkeypatch, target: object, name: str, at: int) -> None:
    """Let a function raise "disk full" at its n-th call, counted from 1."""
    real, calls = getattr(target, name), [0]

    def call(*given: object, **named: object) -> object:
        calls[0] += 1
        return full() if calls[0] == at else real(*given, **named)

    monkeypatch.setattr(target, name, call)


STAGES = [
    *((os, "fsync", n) for n in range(1, 6)),  # three files, two copies
    *((shutil, "copyfileobj", n) for n in (1, 2)),
    *((module, "new_beside", n) for n in (1, 2, 3)),
    *((Path, "replace", n) for n in (1, 2, 3)),
]


@pytest.mark.parametrize(("target", "name", "at"), STAGES)
def test_a_full_disk_at_any_moment_changes_nothing(tmp_path, monkeypatch, target, name, at):
    plan = three(tmp_path)
    before = {path: path.stat() for path in tmp_path.iterdir()}
    with monkeypatch.context() as patch:
        failing(patch, target, name, at)
        with pytest.raises(UserError) as caught:
            apply_plan(plan, now=NOW)
    assert files(tmp_path) == {"b.txt": "old b", "c.txt": "old c"}
    assert not (tmp_path / "bcviewer").exists()
    after = {path: path.stat() for path in tmp_path.iterdir()}
    assert {p: (s.st_ino, s.st_mtime_ns) for p, s in before.items()} == {
        p: (s.st_ino, s.st_mtime_ns) for p, s in after.items()
    }
    assert any(f"{tmp_path / name}: cannot be" in str(caught.value) for name in NAMES)
    assert "no space left on device. Nothing was changed." in str(caught.value)
    apply_plan(plan, now=NOW)
    assert files(tmp_path)["b.txt"] == "B"


NAMES = ["a.txt", "b.txt", "c.txt", "bcviewer/backup/b.txt", "bcviewer/backup/c.txt"]


def test_without_hard_links_what_is_replaced_is_put_back_too(tmp_path, monkeypatch):
    plan = three(tmp_path)
    monkeypatch.setattr(os, "link", full)
    failing(monkeypatch, Path, "replace", 3)
    with pytest.raises(UserError, match=r"c\.txt: cannot be written: .* Nothing was changed"):
        apply_plan(plan)
    assert files(tmp_path) == {"b.txt": "old b", "c.txt": "old c"}


def test_where_putting_back_fails_too_it_says_where_the_old_file_is(tmp_path, monkeypatch):
    plan = three(tmp_path)
    real, calls = Path.replace, []

    def replace(self: Path, target: Path) -> Path:
        calls.append(target.name)
        return full() if len(calls) >= 3 else real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(UserError) as caught:
        apply_plan(plan, now=NOW)
    assert calls == ["a.txt", "b.txt", "c.txt", "b.txt"]
    copy = tmp_path / "bcviewer" / "backup" / f"b.txt.bak-{STAMP}"
    assert f"b.txt could not be put back (no space left on device); what it was is in {copy}." in (
        str(caught.value)
    )
    assert "Nothing was changed" not in str(caught.value)
    assert copy.read_text() == "old b"
    assert (tmp_path / "c.txt").read_text() == "old c"
    assert not (tmp_path / "a.txt").exists()


def test_without_a_copy_the_spare_one_is_kept_where_it_cannot_be_put_back(tmp_path, monkeypatch):
    plan = three(tmp_path)
    real, calls = Path.replace, []

    def replace(self: Path, target: Path) -> Path:
        calls.append(target.name)
        return full() if len(calls) >= 3 else real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(UserError) as caught:
        apply_plan(plan, backup=False)
    kept = Path(str(caught.value).partition("what it was is in ")[2].partition(". ")[0])
    assert kept.read_text() == "old b"


def test_cancelling_changes_nothing(tmp_path):
    def cancel(path: Path) -> None:
        path.write_text("half")
        raise CancelledError

    plan = three(tmp_path)
    plan = Plan("test", (*plan.files, planned(tmp_path / "d.txt", cancel, "never")))
    with pytest.raises(CancelledError):
        apply_plan(plan)
    assert files(tmp_path) == {"b.txt": "old b", "c.txt": "old c"}


@pytest.mark.parametrize("then", ["changed", "gone", "came"])
def test_what_changed_since_the_preview_is_not_replaced(tmp_path, then):
    plan = three(tmp_path)
    if then == "changed":
        (tmp_path / "c.txt").write_text("by somebody else")
    elif then == "gone":
        (tmp_path / "c.txt").unlink()
    else:
        (tmp_path / "a.txt").write_text("by somebody else")
    before = files(tmp_path)
    with pytest.raises(UserError, match=r"has changed since the preview\. Nothing was changed"):
        apply_plan(plan)
    assert files(tmp_path) == before


READ_ONLY = """
import os, sys
from pathlib import Path
from bcviewer.errors import UserError
from bcviewer.io.exchange.apply_plan import apply_plan
from bcviewer.io.exchange.plan import Plan, planned
if os.geteuid() == 0:
    os.setuid(65534)
file = planned(Path(sys.argv[1]), b"new", "a text")
try:
    apply_plan(Plan("test", (file,)))
except UserError as error:
    print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_a_folder_that_is_read_only():
    # Not pytest's own folder: nobody but its owner may enter that.
    with tempfile.TemporaryDirectory(prefix="bcviewer_") as name:
        _check_read_only(Path(name))


def _check_read_only(folder: Path) -> None:
    target = folder / "a.txt"
    target.write_text("old")
    folder.chmod(0o555)
    command = [sys.executable, "-c", READ_ONLY, str(target)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == (
        f"{target}: cannot be written: permission denied. Nothing was changed. "
        "Make room or give write access, or choose another folder.\n"
    )
    folder.chmod(0o755)
    assert files(folder) == {"a.txt": "old"}


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match=r"cannot be written: no such file or directory"):
        apply_plan(plan_of(tmp_path / "no", ("a.txt", "A")))


# Never


@pytest.mark.parametrize(
    "name",
    [
        "cluster_group.tsv",
        "cluster_KSLabel.tsv",
        "params.py",
        "spike_clusters.npy",
        ".phy/state.json",
        "bombcell/.phy/notes.txt",
        "templates._bc_qMetrics.parquet",
        "cluster_bc_unitType.tsv",
        "my_units.tsv",
        "MY_UNITS.CSV",
    ],
)
def test_what_belongs_to_the_recording_is_no_target(tmp_path, name):
    (tmp_path / "params.py").touch()
    with pytest.raises(UsageError, match=r"belongs to the recording|phy would read this file"):
        planned(tmp_path / name, b"", "nothing")


@pytest.mark.parametrize("name", [*names.PHY_EXPORTS, *names.MANUAL_EXPORTS, "units.json"])
def test_our_own_exports_may_be_beside_a_recording(tmp_path, name):
    (tmp_path / "params.py").touch()
    apply_plan(Plan("test", (planned(tmp_path / name, b"x", "x"),)))
    assert (tmp_path / name).read_bytes() == b"x"


def test_a_folder_or_a_link_in_the_files_place_is_not_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "target").write_text("theirs")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    for name in ("folder", "link", "nowhere"):
        with pytest.raises(UserError, match="is not a plain file, and is not replaced"):
            planned(tmp_path / name, b"", "nothing")
    assert (tmp_path / "target").read_text() == "theirs"


def test_copies_do_not_go_through_a_link(tmp_path):
    results, away = tmp_path / "results", tmp_path / "away"
    results.mkdir()
    (away / "backup").mkdir(parents=True)
    (results / "bcviewer").symlink_to(away)
    (results / "a.txt").write_text("old")
    plan = plan_of(results, ("a.txt", "new"), backup_folder=results / "bcviewer" / "backup")
    with pytest.raises(UserError, match=r"bcviewer: is a link to elsewhere.* Nothing was changed"):
        apply_plan(plan)
    assert (results / "a.txt").read_text() == "old"
    assert list((away / "backup").iterdir()) == []


def test_results_behind_a_link_have_their_copies(tmp_path):
    real = tmp_path / "real"
    real.mkdir()
    results = tmp_path / "results"
    results.symlink_to(real)
    (results / "a.txt").write_text("old")
    plan = plan_of(results, ("a.txt", "new"), backup_folder=results / "bcviewer" / "backup")
    (copy,) = apply_plan(plan).backups
    assert copy.read_text() == "old"
